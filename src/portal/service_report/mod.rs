//! The service-target report (Servicemålsrapport): how the agreed days of processing were kept, service by service and
//! month by month (K-080..K-085, DOMAIN §2.5).
//!
//! A figure counts the cases of a month by the days that they took. In time is what took no more days than the service
//! allows (`within_days`): one day, as the provider promises. For period accounts the days count from the 15th of the
//! month after, so that 0 days means delivered by then. Only the row set of the report is well supported by the
//! sources; its exact words are not (C-12).

pub mod actions;
pub mod cli;
mod document;
pub mod import;
pub mod service;
pub mod store;
pub mod view;

use serde::Serialize;

use crate::platform::i18n::{self, Lang};
use crate::values::{Coded, Month, floor_bp};

/// A service of the report (K-084).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// Its code.
    pub service: String,
    /// Up to so many days is in time.
    pub within_days: i64,
}

impl Service {
    /// The service with this code, or with this name in any of the languages.
    pub fn named<'s>(services: &'s [Service], text: &str) -> Option<&'s Service> {
        let wanted = text.trim().to_lowercase();
        let called = |service: &Service, lang: Lang| {
            i18n::label(lang, "service", &service.service).to_lowercase() == wanted
        };
        services
            .iter()
            .find(|service| service.service == wanted)
            .or_else(|| services.iter().find(|service| Lang::all().iter().any(|lang| called(service, *lang))))
    }
}

/// Cases by the days that they took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Days {
    /// On the day itself.
    pub days_0: i64,
    /// One day.
    pub days_1: i64,
    /// Two days.
    pub days_2: i64,
    /// Three days.
    pub days_3: i64,
    /// More than three.
    pub days_more: i64,
}

impl Days {
    /// The counts in order.
    pub fn counts(&self) -> [i64; 5] {
        [self.days_0, self.days_1, self.days_2, self.days_3, self.days_more]
    }

    /// How many cases there are.
    pub fn count(&self) -> i64 {
        self.counts().iter().sum()
    }

    /// How many took no more than so many days.
    pub fn within(&self, days: i64) -> i64 {
        (0..).zip(self.counts()).filter(|(taken, _)| *taken <= days.min(3)).map(|(_, count)| count).sum()
    }
}

/// A row of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceLine {
    /// The service's code.
    pub service: String,
    /// The institution's code.
    pub tenant: String,
    /// The unit, where only its cases are counted.
    pub unit: Option<String>,
    /// The month.
    pub month: Month,
    /// How many cases.
    pub count: i64,
    /// Up to so many days is in time.
    pub within_days: i64,
    /// How many were in time.
    pub in_time: i64,
    /// The share in basis points, floored: truncated toward the miss; `None` without cases.
    pub attainment_bp: Option<i64>,
    /// Cases by days.
    #[serde(flatten)]
    pub days: Days,
}

impl ServiceLine {
    /// The share of a part in basis points, floored.
    pub fn share(&self, part: i64) -> Option<i64> {
        floor_bp(part, self.count)
    }
}

/// The report of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Ministry area (Ministerområde).
    pub ministry: Option<String>,
    /// The institution's name (Kunde).
    pub name: String,
    /// The accounting circles (Bogføringskredse) with figures in the month.
    pub accounting: Vec<String>,
    /// The pay groups (Løngrupper) with figures in the month.
    pub payroll: Vec<String>,
    /// The month.
    pub month: Month,
    /// A row for each service.
    pub lines: Vec<ServiceLine>,
}

/// What an institution's information holds (K-010).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Information {
    /// The institution's code.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// The month of the latest service-target report.
    pub service_report: Option<Month>,
    /// The months with such a report, the latest first.
    pub months: Vec<Month>,
    /// The rows of the latest.
    pub services: Vec<ServiceLine>,
}
