//! Use cases of reports.
