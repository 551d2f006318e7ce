//! Requests by mail for an administrator (K-032) or a signatory (K-056), pasted as plain text: which fields they hold.
//!
//! A field is a label at the beginning of a line, with its value behind a colon or on the next line. Quote marks,
//! bullets, mail headers and whatever else stands around the fields are passed over; reading ends at the signature.

mod lines;
pub mod places;
mod printable;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::str::FromStr;

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::files;
use crate::platform::sheet::{Fault, Faults};
use crate::portal::cli::line as one_line;
use crate::values::{BNumber, Cvr, DanishPhone, Email, Invalid};
use lines::Line;

/// No request is longer.
const LIMIT: u64 = 1024 * 1024;

/// The fields of a request, as the guide names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// CVR-nummer
    Cvr,
    /// Navn
    Name,
    /// E-mailadresse
    Email,
    /// B-nummer
    BNumber,
    /// Telefonnummer
    Phone,
    /// Titel/funktion
    Title,
}

/// A field that stands in the request but cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which.
    pub field: Field,
    /// What stands there, or the part of it that cannot be read.
    pub value: String,
    /// Why it cannot be read, as a sentence.
    pub why: String,
    /// Where, as a file's fault.
    fault: Fault,
}

/// What a request holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// CVR numbers, each once; several are possible (K-032).
    pub cvrs: Vec<Cvr>,
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<Email>,
    /// State employee id.
    pub b_number: Option<BNumber>,
    /// Phone.
    pub phone: Option<DanishPhone>,
    /// Title or function.
    pub title: Option<String>,
    /// What stands there but cannot be read. A field of one value that is among these has none.
    pub unread: Vec<Unread>,
}

/// Reads a request from a file, or from standard input for `-`.
pub fn read(ctx: &mut Ctx<'_>, path: &Path) -> Result<Request> {
    let name = name_of(path);
    if path == Path::new("-") && ctx.can_ask() {
        ctx.note("Paste the request; Ctrl-D on a line of its own ends it.");
    }
    let bytes = files::read_limited(ctx.input(path)?, LIMIT, &name)?;
    let text = decode(&bytes);
    parse(&printable::decode(&text).map_or(text, |bytes| decode(&bytes)), &name)
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "the request".to_owned() } else { path.display().to_string() }
}

/// Bytes as text: by their byte-order mark, else UTF-8 where they are that, else windows-1252.
pub fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Reads the fields of a request. What cannot be read is no error yet: see [`Request::refuse_unread`].
pub fn parse(text: &str, name: &str) -> Result<Request> {
    let mut reading = Reading::default();
    // A label whose value is on the next line, or a list of CVR numbers that goes on.
    let mut open: Option<(Field, String)> = None;
    // Fields without a colon count where there is none with: a signature above the request may hold some.
    let mut loose = Vec::new();
    for (line, raw) in (1..).zip(text.lines()) {
        match lines::read(raw) {
            Line::Field { field, label, value } if value.is_empty() => open = Some((field, label)),
            Line::Field { field, label, value } => {
                reading.value(line, field, &label, &value);
                open = (field == Field::Cvr).then_some((field, label));
            }
            Line::Loose { field, label, value } => {
                loose.push((line, field, label, value));
                open = None;
            }
            Line::SignOff if reading.any || !loose.is_empty() => break,
            Line::Text(value) => {
                let Some((field, label)) = open.take() else { continue };
                if field == Field::Cvr && reading.last == Some(Field::Cvr) && !lines::is_list_of_cvrs(&value)
                {
                    continue;
                }
                reading.value(line, field, &label, &value);
                open = (field == Field::Cvr).then_some((field, label));
            }
            Line::SignOff | Line::Other => open = None,
        }
    }
    let strict: Vec<_> = reading.seen.iter().map(|(field, _)| *field).collect();
    for (line, field, label, value) in loose {
        if !strict.contains(&field) {
            reading.value(line, field, &label, &value);
        }
    }
    if !reading.any {
        return Err(Error::invalid_file(format!("{name} holds none of the fields of a request"))
            .hint("it must be plain text with lines such as `Navn: Anna Holm`; the fields are CVR-nummer, Navn, E-mailadresse, B-nummer, Telefonnummer, Titel/funktion"));
    }
    reading.request.forget_unread();
    Ok(reading.request)
}

#[derive(Default)]
struct Reading {
    request: Request,
    /// Where each field was read first.
    seen: Vec<(Field, u64)>,
    last: Option<Field>,
    any: bool,
}

impl Reading {
    fn value(&mut self, line: u64, field: Field, label: &str, value: &str) {
        self.any = true;
        self.last = Some(field);
        let first = self.seen.iter().find(|(seen, _)| *seen == field).map(|(_, line)| *line);
        if first.is_none() {
            self.seen.push((field, line));
        }
        let request = &mut self.request;
        let refused = match field {
            _ if printable::is_left_in(value) => Err(Refused::Encoded),
            Field::Cvr => self.cvrs(value),
            Field::Name => set(&mut request.name, one_line(value), first),
            Field::Email => set(&mut request.email, Email::from_str(lines::bare_address(value)), first),
            Field::BNumber => set(&mut request.b_number, value.parse(), first),
            Field::Phone => set(&mut request.phone, value.parse(), first),
            Field::Title => set(&mut request.title, one_line(value), first),
        };
        if let Err(refused) = refused {
            let (code, part, why) = match refused {
                Refused::Invalid(invalid) => (invalid.code, invalid.value.clone(), invalid.to_string()),
                Refused::Encoded => (
                    "request.encoded",
                    value.to_owned(),
                    format!(
                        "\"{value}\" is quoted-printable, as mails are sent; save the mail as plain text"
                    ),
                ),
                Refused::Doubled(first) => (
                    "request.doubled",
                    value.to_owned(),
                    format!("\"{value}\" is not what line {first} says; one of the two must go"),
                ),
            };
            let message = format!("{label}: {why}");
            let fault = Fault { line, column: None, value: value.to_owned(), code, message };
            self.request.unread.push(Unread { field, value: part, why, fault });
        }
    }

    fn cvrs(&mut self, value: &str) -> Result<(), Refused> {
        let mut refused = Ok(());
        for part in lines::cvrs(value) {
            match part.parse::<Cvr>() {
                Ok(cvr) if self.request.cvrs.contains(&cvr) => {}
                Ok(cvr) => self.request.cvrs.push(cvr),
                Err(invalid) => refused = refused.and(Err(Refused::Invalid(invalid))),
            }
        }
        refused
    }
}

/// Why a value was not taken.
enum Refused {
    Invalid(Invalid),
    /// It still is as mails are sent.
    Encoded,
    /// It differs from the one on that line.
    Doubled(u64),
}

fn set<T: PartialEq>(
    slot: &mut Option<T>,
    read: Result<T, Invalid>,
    first: Option<u64>,
) -> Result<(), Refused> {
    let value = read.map_err(Refused::Invalid)?;
    match (slot.as_ref(), first) {
        (Some(present), Some(first)) if *present != value => Err(Refused::Doubled(first)),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

impl Request {
    /// A field that is said twice is read neither way.
    fn forget_unread(&mut self) {
        for field in self.unread.iter().map(|unread| unread.field) {
            match field {
                Field::Cvr => {}
                Field::Name => self.name = None,
                Field::Email => self.email = None,
                Field::BNumber => self.b_number = None,
                Field::Phone => self.phone = None,
                Field::Title => self.title = None,
            }
        }
    }

    /// Whether this field stands there but cannot be read.
    pub fn is_unread(&self, field: Field) -> bool {
        self.unread.iter().any(|unread| unread.field == field)
    }

    /// Refuses what cannot be read, all of it in one run (65), but for the fields that need not be.
    pub fn refuse_unread(&self, path: &Path, overruled: &[Field]) -> Result<()> {
        let mut faults = Faults::default();
        for unread in self.unread.iter().filter(|unread| !overruled.contains(&unread.field)) {
            faults.push(unread.fault.clone());
        }
        faults.into_result(&name_of(path), "mend the text, or overrule what stands there with a flag")
    }

    /// What was understood, as an aligned list, and why the rest was not. `places` are the institutions that the CVR
    /// numbers name, a line each.
    pub fn summary(&self, places: &[String], with_b_number: bool) -> String {
        let cvrs: Vec<_> = self.cvrs.iter().map(Cvr::to_string).collect();
        let cvrs = Some(cvrs.join(", ")).filter(|cvrs| !cvrs.is_empty());
        let fields = [
            ("CVR-nummer", Field::Cvr, cvrs),
            ("Navn", Field::Name, self.name.clone()),
            ("E-mailadresse", Field::Email, self.email.as_ref().map(Email::to_string)),
            ("B-nummer", Field::BNumber, self.b_number.as_ref().map(BNumber::to_string)),
            ("Telefonnummer", Field::Phone, self.phone.as_ref().map(DanishPhone::to_string)),
            ("Titel/funktion", Field::Title, self.title.clone()),
        ];
        let mut rows = Vec::new();
        for (label, field, value) in fields {
            if field == Field::BNumber && !with_b_number {
                continue;
            }
            let unread = self.unread.iter().filter(|unread| unread.field == field);
            let mut values: Vec<_> =
                value.into_iter().chain(unread.map(|unread| format!("! {}", unread.why))).collect();
            if values.is_empty() {
                values.push("–".to_owned());
            }
            if field == Field::Cvr {
                values.extend(places.iter().cloned());
            }
            let labels = std::iter::once(label).chain(std::iter::repeat(""));
            rows.extend(labels.zip(values));
        }
        let rows: Vec<_> = rows.iter().map(|(label, value)| format!("  {label:<14}  {value}")).collect();
        format!("Understood from the request:\n{}", rows.join("\n"))
    }
}
