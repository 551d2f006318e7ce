//! Parsed value types: what a text from outside must be before the program believes it.
//!
//! Every type here is made by parsing and cannot hold a wrong value, so the rooms of `portal` never
//! check a format again. Parsing trims and unifies, `Display` gives the stored form, and what
//! does not fit is an [`Invalid`] that says which rule was broken and shows an example. Nothing
//! here reads a clock, a file or the database, and nothing here imports another wing.

#[macro_use]
mod text;

mod amount;
mod b_number;
mod coded;
mod cvr;
mod email;
mod gln;
mod invalid;
mod letters;
mod month;
mod nearest;
mod percent;
mod phone;
mod prose;
mod tenant_code;
mod ticket_number;
mod time;
mod unit;
mod unit_number;

pub use amount::{Ore, parse_count};
pub use b_number::BNumber;
pub use coded::Coded;
pub use cvr::{Cvr, SeNumber};
pub use email::Email;
pub use gln::Gln;
pub use invalid::Invalid;
pub use letters::plain_letters;
pub use month::{Month, month_of_name};
pub use nearest::nearest;
pub use percent::{BasisPoints, ceil_bp, floor_bp, meets, stays_within};
pub use phone::{DanishPhone, E164};
pub use prose::prose;
pub use tenant_code::{TenantCode, tenant_code, tenant_code_taken};
pub use ticket_number::TicketNumber;
pub use time::{parse_date, parse_timestamp, parse_utc_text, utc_text};
pub use unit::{UnitKind, UnitNumber, UnitRef};
pub use unit_number::{AccountingCircle, PayGroup};
