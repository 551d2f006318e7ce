//! Use cases of coming in.
