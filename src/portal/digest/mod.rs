//! Reminders by mail, for who asked for them: at most one a day, only of what is new (A-031..A-033).

pub mod actions;
pub mod mail;
pub mod service;
mod store;

/// What is new to someone since the last reminder. Numbers and months, nothing of what was written.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct News {
    /// Tickets that wait for an answer: their numbers.
    pub waiting: Vec<String>,
    /// Tickets that are done and close within two days.
    pub closing: Vec<String>,
    /// Months whose KPI figures are final now, in words.
    pub months: Vec<String>,
    /// Months with a new service-target report.
    pub reports: Vec<String>,
    /// Agreements that wait for this person's signature.
    pub agreements: Vec<i64>,
}

impl News {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == News::default()
    }
}
