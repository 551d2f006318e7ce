//! Who may come in, and with whose rights a command runs: passwords, links, second steps, sessions.
//!
//! Nothing is hashed inside a write. What is compared is read first, hashed outside, and in the write it is looked at
//! again whether it is still the same. A refusal is committed, so that failures count whatever happens next.

pub mod actions;
pub mod cli;
pub mod flow;
pub mod identity;
pub mod mail;
pub mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use crate::portal::session::Method;

crate::coded! {
    /// A way in whose failures are counted by themselves.
    pub enum Channel("login-channel") {
        /// The password.
        Password => "password",
        /// Codes of the app.
        App => "app",
        /// Codes by SMS.
        Sms => "sms",
        /// The emergency code.
        Emergency => "emergency",
    }
}

impl From<Method> for Channel {
    fn from(method: Method) -> Channel {
        match method {
            Method::App => Channel::App,
            Method::Sms => Channel::Sms,
            Method::Emergency => Channel::Emergency,
        }
    }
}
