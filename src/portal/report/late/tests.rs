//! Late cases.
