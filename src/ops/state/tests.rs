//! State files and the database: what is read back is what was written.
