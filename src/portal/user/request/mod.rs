//! Requests by mail for an administrator (K-032) or a signatory (K-056), pasted as plain text: which fields they hold.
//!
//! A field is a label at the beginning of a line, with its value behind a colon or on the next line. Quote marks,
//! bullets, mail headers and whatever else stands around the fields are passed over; reading ends at the signature.

mod lines;
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
enum Field {
    Cvr,
    Name,
    Email,
    BNumber,
    Phone,
    Title,
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
}

/// Reads a request from a file, or from standard input for `-`.
pub fn read(ctx: &mut Ctx<'_>, path: &Path) -> Result<Request> {
    let name = if path == Path::new("-") { "the request".to_owned() } else { path.display().to_string() };
    if path == Path::new("-") && ctx.can_ask() {
        ctx.note("Paste the request; Ctrl-D on a line of its own ends it.");
    }
    let bytes = files::read_limited(ctx.input(path)?, LIMIT, &name)?;
    parse(&decode(&bytes), &name)
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

/// Reads the fields of a request. Everything wrong is told in one run (65).
pub fn parse(text: &str, name: &str) -> Result<Request> {
    let mut reading = Reading::default();
    // A label whose value is on the next line, or a list of CVR numbers that goes on.
    let mut open: Option<(Field, String)> = None;
    for (line, raw) in (1..).zip(text.lines()) {
        match lines::read(raw) {
            Line::Field { field, label, value } if value.is_empty() => open = Some((field, label)),
            Line::Field { field, label, value } => {
                reading.value(line, field, &label, &value);
                open = (field == Field::Cvr).then_some((field, label));
            }
            Line::SignOff if reading.any => break,
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
    if !reading.any {
        return Err(Error::invalid_file(format!("{name} holds none of the fields of a request"))
            .hint("it must be plain text with lines such as `Navn: Anna Holm`; the fields are CVR-nummer, Navn, E-mailadresse, B-nummer, Telefonnummer, Titel/funktion"));
    }
    reading
        .faults
        .into_result(name, "mend the text and try again; a flag does not overrule what cannot be read")?;
    Ok(reading.request)
}

#[derive(Default)]
struct Reading {
    request: Request,
    faults: Faults,
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
            Field::Cvr => self.cvrs(value),
            Field::Name => set(&mut request.name, one_line(value), first),
            Field::Email => set(&mut request.email, Email::from_str(lines::bare_address(value)), first),
            Field::BNumber => set(&mut request.b_number, value.parse(), first),
            Field::Phone => set(&mut request.phone, value.parse(), first),
            Field::Title => set(&mut request.title, one_line(value), first),
        };
        if let Err(refused) = refused {
            let (code, message) = match refused {
                Refused::Invalid(invalid) => (invalid.code, invalid.to_string()),
                Refused::Doubled(first) => (
                    "request.doubled",
                    format!("\"{value}\" is not what line {first} says; one of the two must go"),
                ),
            };
            let message = format!("{label}: {message}");
            self.faults.push(Fault { line, column: None, value: value.to_owned(), code, message });
        }
    }

    fn cvrs(&mut self, value: &str) -> Result<(), Refused> {
        for part in lines::cvrs(value) {
            let cvr = part.parse::<Cvr>().map_err(Refused::Invalid)?;
            if !self.request.cvrs.contains(&cvr) {
                self.request.cvrs.push(cvr);
            }
        }
        Ok(())
    }
}

/// Why a value was not taken.
enum Refused {
    Invalid(Invalid),
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
    /// What was understood, as an aligned list. `places` are the institutions that the CVR numbers name.
    pub fn summary(&self, places: &[String], with_b_number: bool) -> String {
        let cvrs: Vec<_> = self.cvrs.iter().map(Cvr::to_string).collect();
        let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        let mut rows = vec![
            ("CVR-nummer", text(Some(cvrs.join(", ")).filter(|cvrs| !cvrs.is_empty()))),
            ("Navn", text(self.name.clone())),
            ("E-mailadresse", text(self.email.as_ref().map(Email::to_string))),
            ("B-nummer", text(self.b_number.as_ref().map(BNumber::to_string))),
            ("Telefonnummer", text(self.phone.as_ref().map(DanishPhone::to_string))),
            ("Titel/funktion", text(self.title.clone())),
        ];
        if !with_b_number {
            rows.retain(|(label, _)| *label != "B-nummer");
        }
        if !places.is_empty() {
            rows.insert(1, ("", places.join(", ")));
        }
        let rows: Vec<_> = rows.iter().map(|(label, value)| format!("  {label:<14}  {value}")).collect();
        format!("Understood from the request:\n{}", rows.join("\n"))
    }
}
