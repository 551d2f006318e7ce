//! `mail ingest`: for a mail server's pipe, for files, and for maildirs.
//!
//! Whoever hands a mail over keeps it until it is stored: so whatever goes wrong before that is 75, and nothing that goes
//! wrong after it is an error.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::platform::blob::Spooled;
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::interrupt;
use crate::platform::settings;
use crate::platform::ui::answer::Warning;
use crate::platform::ui::{Answer, Bulk};
use crate::portal::inbox::service::{self, Desk, Done};

/// `mail ingest`
#[derive(clap::Args)]
pub struct IngestArgs {
    /// Mails as files, folders of .eml files, or maildirs; - is one mail on standard input [default: -]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// To which address the mail server delivered it
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
}

/// Where a mail comes from.
enum Source {
    Stdin,
    File(PathBuf),
    /// A file of a folder: it may be gone when its turn comes.
    Listed(PathBuf),
    /// A file in `new` of a maildir, and what it is called in `cur` once it was stored.
    Maildir(PathBuf, PathBuf),
}

impl Source {
    fn path(&self) -> &Path {
        match self {
            Source::Stdin => Path::new("-"),
            Source::File(path) | Source::Listed(path) | Source::Maildir(path, _) => path,
        }
    }
}

pub(super) fn run(args: &IngestArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    // A signal ends the command at once, but with 75, as long as a mail is read or stored.
    let not_stored = interrupt::temporary_failure()?;
    let (key, mut db) = (ctx.key()?, ctx.open()?);
    let limit = db.read(|conn| settings::MAIL_MAX_BYTES.int(conn))?.unsigned_abs();
    let recipient = args.recipient.as_deref().map(str::trim).filter(|address| !address.is_empty());
    let sources = sources(ctx, &args.files)?;
    drop(not_stored);
    let mut told = Told::default();
    let mut failures: Vec<(String, Error)> = Vec::new();
    // Whether what is stored is left to the job: the scanner is out of reach, and is not asked anew for each mail.
    let mut waits = false;
    for source in &sources {
        let _finish = interrupt::graceful();
        let name = source.path().display().to_string();
        let not_stored = interrupt::temporary_failure()?;
        let raw = match read(ctx, source, limit) {
            Ok(Some(raw)) => raw,
            Ok(None) => continue,
            // One that cannot be read holds up no other.
            Err(error) => {
                failures.push((name, error));
                continue;
            }
        };
        if ctx.global.dry_run {
            let desk = Desk { key: &key, config: &ctx.config };
            told.add(&name, service::rehearse(&mut db, &ctx.actor(), desk, &raw, recipient)?);
            continue;
        }
        let id = ctx.write_to(&mut db, |tx| service::receive(tx, &raw, recipient))?;
        drop(not_stored);
        if let Source::Maildir(new, cur) = source {
            told.moved(std::fs::rename(new, cur).err(), &name);
        }
        if waits {
            told.waiting(id, &name);
            continue;
        }
        let desk = Desk { key: &key, config: &ctx.config };
        match service::understand(&mut db, &ctx.actor(), desk, id) {
            Ok(done) => {
                waits = done.ends_run();
                told.add(&name, done);
            }
            // It is stored, and that is all that whoever handed it over has to know.
            Err(error) => told.stored(id, &name, &error),
        }
        if interrupt::pending() && sources.len() > 1 {
            return Err(interrupt::error());
        }
    }
    if !failures.is_empty() {
        return Err(not_stored_error(failures, sources.len()));
    }
    Ok(told.answer())
}

/// What is said of the mails.
#[derive(Default)]
struct Told {
    items: Vec<Value>,
    counts: Vec<(String, u64)>,
    warnings: Vec<Warning>,
}

impl Told {
    fn add(&mut self, name: &str, done: Done) {
        if let Some(error) = &done.failed {
            self.warn(done.mail.id, error);
        }
        let mail = done.mail;
        let words = [mail.reason.map(|reason| reason.to_string()), mail.ticket.clone()];
        let message = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
        self.push(mail.state.to_string(), json!({
            "key": mail.id, "result": mail.state, "reason": mail.reason, "ticket": mail.ticket, "file": name,
            "message": message,
        }));
    }

    /// A mail that is stored and of which nothing else can be told.
    fn stored(&mut self, id: i64, name: &str, error: &Error) {
        self.warn(id, error);
        self.waiting(id, name);
    }

    /// A mail that is stored and that nobody has looked at.
    fn waiting(&mut self, id: i64, name: &str) {
        let item = json!({"key": id, "result": "received", "reason": null, "ticket": null, "file": name, "message": ""});
        self.push("received".to_owned(), item);
    }

    fn warn(&mut self, id: i64, error: &Error) {
        let what = format!("mail {id} is stored and could not be understood yet: {}", error.message());
        self.warnings.push(Warning::new("mail.not-understood", what));
    }

    fn moved(&mut self, failed: Option<std::io::Error>, name: &str) {
        if let Some(error) = failed.filter(|error| error.kind() != ErrorKind::NotFound) {
            let what = format!("{name} is stored, and could not be moved to cur: {error}");
            self.warnings.push(Warning::new("mail.not-moved", what));
        }
    }

    fn push(&mut self, result: String, item: Value) {
        match self.counts.iter_mut().find(|(known, _)| *known == result) {
            Some((_, n)) => *n += 1,
            None => self.counts.push((result, 1)),
        }
        self.items.push(item);
    }

    fn answer(self) -> Answer {
        let bulk = Bulk { items: self.items, ..Bulk::default() };
        let bulk = match self.counts.is_empty() {
            true => bulk.with("received", 0),
            false => self.counts.into_iter().fold(bulk, |bulk, (result, n)| bulk.with(&result, n)),
        };
        Answer::bulk(bulk).warn(self.warnings)
    }
}

fn sources(ctx: &Ctx<'_>, named: &[PathBuf]) -> Result<Vec<Source>> {
    if named.is_empty() {
        return Ok(vec![Source::Stdin]);
    }
    let mut sources = Vec::new();
    for path in named {
        if path == Path::new("-") {
            sources.push(Source::Stdin);
            continue;
        }
        let path = ctx.path(path);
        let (new, cur) = (path.join("new"), path.join("cur"));
        if new.is_dir() && cur.is_dir() {
            for (file, name) in listed(&new)? {
                let mut kept = name.clone();
                if !name.to_string_lossy().contains(":2,") {
                    kept.push(":2,S");
                }
                sources.push(Source::Maildir(file, cur.join(kept)));
            }
        } else if path.is_dir() {
            let mails = listed(&path)?.into_iter().map(|(file, _)| file);
            let is_mail =
                |file: &PathBuf| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"));
            sources.extend(mails.filter(is_mail).map(Source::Listed));
        } else {
            sources.push(Source::File(path));
        }
    }
    if sources.iter().filter(|source| matches!(source, Source::Stdin)).count() > 1 {
        return Err(Error::usage("standard input can be read only once").hint("give `-` once"));
    }
    Ok(sources)
}

/// The files of a folder by name, hidden ones left out.
fn listed(folder: &Path) -> Result<Vec<(PathBuf, OsString)>> {
    let failed = |e: &std::io::Error| Error::io(format_args!("cannot read {}", folder.display()), e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| failed(&e))? {
        let entry = entry.map_err(|e| failed(&e))?;
        let is_file = entry.file_type().is_ok_and(|kind| !kind.is_dir());
        if is_file && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            files.push((entry.path(), entry.file_name()));
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a mail to its end; `None` for one that another process has taken away meanwhile.
fn read(ctx: &mut Ctx<'_>, source: &Source, limit: u64) -> Result<Option<Spooled>> {
    match ctx.spool(source.path(), limit) {
        Ok(raw) => Ok(Some(raw)),
        Err(_) if !matches!(source, Source::Stdin | Source::File(_)) && !source.path().exists() => Ok(None),
        Err(error) if error.code() == "file.invalid" => {
            Err(Error::busy("mail.too-large", error.message().to_owned())
                .hint("it was not stored and is still where it was; raise `mail.max-bytes` with `portalctl setting set`"))
        }
        Err(error) => Err(error),
    }
}

/// What could not be stored: the one error, or how many there were.
fn not_stored_error(failures: Vec<(String, Error)>, total: usize) -> Error {
    let count = failures.len();
    let details = failures
        .iter()
        .map(|(name, error)| json!({"file": name, "code": error.code(), "message": error.message()}))
        .collect();
    match failures.into_iter().next() {
        Some((_, error)) if total == 1 => error,
        first => {
            let why = first.map(|(_, error)| error.message().to_owned()).unwrap_or_default();
            Error::busy("mail.not-stored", format!("{count} of {total} mails could not be stored, first: {why}"))
                .hint("the others are stored; run the command again for these, what is stored already is recognised")
                .details(details)
        }
    }
}
