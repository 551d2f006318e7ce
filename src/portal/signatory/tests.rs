//! Use cases of signatories.
