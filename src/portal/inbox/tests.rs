//! Decisions about mails, by what is known of them.
