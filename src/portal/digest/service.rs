//! Reminders: who gets one, and of what. Looks at the state, so late, repeated and skipped runs give one mail.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::store::{self, Reader};
use super::{News, actions, mail};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::Lang;
use crate::platform::i18n::format::{self, local_date, start_of_day};
use crate::platform::outbox::{self, NewMail};
use crate::platform::settings;
use crate::portal::access::{self, Menu};
use crate::portal::agreement::store as agreements;
use crate::portal::signatory::{Signatory, store as signatories};
use crate::portal::ticket::store::sight;
use crate::portal::user::{Staff, User, store as users};
use crate::values::{Month, utc_text};

/// The job's name.
pub const JOB: &str = "mail-digest";

/// How many users are looked at, and told, at a time.
const CHUNK: usize = 500;

/// How far the first reminder looks back.
const FIRST: TimeDelta = TimeDelta::days(7);

/// How long before its end a done ticket is told of.
const SOON: TimeDelta = TimeDelta::days(2);

/// What is the same for everyone, read once.
struct Board {
    now: DateTime<Utc>,
    /// The same as text: what happens from then on is for the next reminder.
    until: String,
    today: String,
    close_after: TimeDelta,
    closed: Vec<(i64, String)>,
    reported: Vec<(i64, i64, String)>,
    /// By address, what its holder may sign.
    signatories: HashMap<String, Vec<Signatory>>,
    /// What waits for signatures, and since when.
    sent: HashMap<i64, String>,
}

/// Queues today's reminders, in a series of writes. Answers with how many.
pub fn remind(db: &mut Db, actor: &Actor, base_url: &str, lang: Lang) -> Result<u64> {
    access::provider_only(actor)?;
    let now = db.now();
    let board = db.read(|conn| Board::read(conn, now))?;
    let (mut after, mut told) = (0, 0);
    loop {
        // Found out outside the write, so that nobody waits for it.
        let (last, news) = db.read(|conn| {
            let readers = store::readers(conn, after, &board.today, CHUNK)?;
            let mut news = Vec::new();
            for reader in &readers {
                let user = users::find(conn, reader.id)?;
                let found = board.news(conn, reader, &user, user.language.unwrap_or(lang))?;
                if !found.is_empty() {
                    news.push((user, found));
                }
            }
            Ok((readers.last().map(|reader| reader.id), news))
        })?;
        let Some(last) = last else { return Ok(told) };
        after = last;
        if !news.is_empty() {
            told += db.write(actor, |tx| tell(tx, &news, &board, base_url, lang))?;
        }
    }
}

/// How many users would get a reminder now.
pub fn count(conn: &Connection, now: DateTime<Utc>) -> Result<i64> {
    let board = Board::read(conn, now)?;
    let (mut after, mut due) = (0, 0);
    loop {
        let readers = store::readers(conn, after, &board.today, CHUNK)?;
        let Some(last) = readers.last() else { return Ok(due) };
        after = last.id;
        for reader in &readers {
            let user = users::find(conn, reader.id)?;
            due += i64::from(!board.news(conn, reader, &user, Lang::Da)?.is_empty());
        }
    }
}

fn tell(tx: &Tx<'_>, news: &[(User, News)], board: &Board, base_url: &str, lang: Lang) -> Result<u64> {
    let mut told = Vec::new();
    for (user, found) in news {
        // What was so when it was read is asked again.
        if !store::is_reader(tx, user.id, &board.today)? {
            continue;
        }
        let mut params = serde_json::to_value(found)
            .map_err(|e| Error::internal(format!("the news of {}: {e}", user.email)))?;
        if let Value::Object(params) = &mut params {
            params.insert("name".to_owned(), json!(user.name));
            params.insert("base_url".to_owned(), json!(base_url));
        }
        let mail = NewMail {
            template: &mail::DIGEST,
            to: &user.email,
            language: user.language.unwrap_or(lang),
            cause: format!("user:{}", user.email),
            params,
            link: None,
            reply_tag: None,
        };
        outbox::queue(tx, &mail)?;
        store::set_reminded(tx, user.id, &board.until)?;
        told.push(user.email.as_str());
    }
    if !told.is_empty() {
        tx.record(actions::SEND, "user:batch", None::<&()>, Some(&json!({"to": told})))?;
    }
    Ok(told.len() as u64)
}

impl Board {
    fn read(conn: &Connection, now: DateTime<Utc>) -> Result<Board> {
        let mut present: HashMap<String, Vec<Signatory>> = HashMap::new();
        for signatory in signatories::list(conn, None, false)? {
            present.entry(signatory.email.key()).or_default().push(signatory);
        }
        let sent = agreements::awaiting(conn, None)?;
        Ok(Board {
            now,
            until: utc_text(now),
            today: utc_text(start_of_day(local_date(now))),
            close_after: TimeDelta::hours(settings::TICKET_CLOSE_AFTER_HOURS.int(conn)?),
            closed: store::closed_months(conn)?,
            reported: store::reported_months(conn)?,
            signatories: present,
            sent: sent.into_iter().filter_map(|one| Some((one.id, one.sent_at?))).collect(),
        })
    }

    /// What is new to this user.
    fn news(&self, conn: &Connection, reader: &Reader, user: &User, lang: Lang) -> Result<News> {
        let first = utc_text(self.now - FIRST);
        let since = reader.last.as_deref().unwrap_or(&first);
        // Those that came within two days of their end since then. What happens while this runs is for the next time.
        let lead = self.close_after - SOON;
        let then = crate::values::parse_utc_text(since).unwrap_or(self.now);
        let (from, to) = (utc_text(then - lead), utc_text(self.now - lead));
        Ok(News {
            waiting: sight::waiting(conn, user.id, since, &self.until)?,
            closing: sight::done_between(conn, user.id, &from, &to)?,
            months: self.closed_for(conn, user, since, lang)?,
            reports: self.reported_for(conn, user, since, lang)?,
            agreements: self.unsigned_by(conn, user, since)?,
        })
    }

    /// Whether something happened since then, and before this run.
    fn is_new(&self, at: &str, since: &str) -> bool {
        at >= since && at < self.until.as_str()
    }

    fn closed_for(&self, conn: &Connection, user: &User, since: &str, lang: Lang) -> Result<Vec<String>> {
        let new: Vec<i64> =
            self.closed.iter().filter(|(_, at)| self.is_new(at, since)).map(|(month, _)| *month).collect();
        if new.is_empty() || open(conn, user, Menu::Reports)?.is_some_and(|places| places.is_empty()) {
            return Ok(Vec::new());
        }
        Ok(new.into_iter().filter_map(Month::from_yyyymm).map(|month| format::month(lang, month)).collect())
    }

    fn reported_for(&self, conn: &Connection, user: &User, since: &str, lang: Lang) -> Result<Vec<String>> {
        if !self.reported.iter().any(|(.., at)| self.is_new(at, since)) {
            return Ok(Vec::new());
        }
        let places = open(conn, user, Menu::Information)?;
        let seen = |tenant: &i64| places.as_ref().is_none_or(|places| places.contains(tenant));
        let mut months: Vec<i64> = self
            .reported
            .iter()
            .filter(|(tenant, _, at)| self.is_new(at, since) && seen(tenant))
            .map(|(_, month, _)| *month)
            .collect();
        months.dedup();
        Ok(months
            .into_iter()
            .filter_map(Month::from_yyyymm)
            .map(|month| format::month(lang, month))
            .collect())
    }

    fn unsigned_by(&self, conn: &Connection, user: &User, since: &str) -> Result<Vec<i64>> {
        let mut unsigned = Vec::new();
        for signatory in self.signatories.get(&user.email.key()).into_iter().flatten() {
            for (id, _) in signatories::waiting(conn, signatory.tenant_id, &[signatory.scope])? {
                if self.sent.get(&id).is_some_and(|at| self.is_new(at, since)) {
                    unsigned.push(id);
                }
            }
        }
        unsigned.sort_unstable();
        Ok(unsigned)
    }
}

/// Where this user opens a menu; `None` is everywhere.
fn open(conn: &Connection, user: &User, menu: Menu) -> Result<Option<Vec<i64>>> {
    let email = user.email.to_string();
    let effective = match user.staff == Some(Staff::SystemAdministrator) {
        true => Principal::Provider(email.clone()),
        false => Principal::User(email.clone()),
    };
    let actor = Actor { real: format!("user:{email}"), effective, reason: None };
    match access::places(conn, &actor, menu) {
        Err(error) if matches!(error.exit(), Exit::Refused | Exit::NotFound) => Ok(Some(Vec::new())),
        places => places,
    }
}
