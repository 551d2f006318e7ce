//! Who may come in, and with whose rights a command runs.

pub mod identity;
