//! Use cases of search.
