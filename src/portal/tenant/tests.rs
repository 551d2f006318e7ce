//! Use cases of institutions and units.
