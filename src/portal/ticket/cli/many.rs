//! The verbs that take several tickets: each in its own write, so that one that fails holds up no other.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::platform::ctx::Ctx;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::parse_coded;
use crate::platform::settings;
use crate::platform::ui::answer::to_value;
use crate::platform::ui::{Answer, Bulk};
use crate::portal::ticket::service::{self, Advanced, Desk};
use crate::portal::ticket::view::TICKET;
use crate::portal::ticket::{Post, TicketStatus};
use crate::values::{Email, TicketNumber};

/// What names several tickets.
#[derive(clap::Args)]
pub struct Numbers {
    /// The tickets: `SAM 2404-1030`, or without the prefix
    #[arg(value_name = "NUMBER", required_unless_present = "numbers_from")]
    numbers: Vec<String>,
    /// A file with a number on each line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "numbers")]
    numbers_from: Option<PathBuf>,
}

impl Numbers {
    /// The one ticket that was named, where it is just one: `close` and `reopen` then answer with that change alone
    /// (CLI.md §3).
    fn one(&self) -> Option<&str> {
        match (self.numbers.as_slice(), &self.numbers_from) {
            ([number], None) => Some(number),
            _ => None,
        }
    }
}

/// `ticket reply`
#[derive(clap::Args)]
pub struct ReplyArgs {
    #[command(flatten)]
    numbers: Numbers,
    /// A file with the text; - is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "attach")]
    body_file: Option<PathBuf>,
    /// A file to attach (can be repeated)
    #[arg(long = "attach", value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// A note that the requester never sees
    #[arg(long)]
    internal: bool,
}

pub(super) fn reply(args: &ReplyArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    let body = args.body_file.as_deref();
    each(ctx, &args.numbers, body, &args.attach, |tx, number, post| {
        named("replied", &service::reply(tx, number, post, args.internal, &desk)?)
    })
}

/// `ticket assign`
#[derive(clap::Args)]
pub struct AssignArgs {
    #[command(flatten)]
    numbers: Numbers,
    /// The one of the staff who is to handle them
    #[arg(long, value_name = "EMAIL")]
    to: Email,
}

pub(super) fn assign(args: &AssignArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    each(ctx, &args.numbers, None, &[], |tx, number, _| {
        let (changed, detail) = service::assign(tx, number, &args.to, &desk)?;
        named(if changed { "assigned" } else { "unchanged" }, &detail)
    })
}

/// `ticket advance`
#[derive(clap::Args)]
pub struct AdvanceArgs {
    #[command(flatten)]
    numbers: Numbers,
    /// The status: started, assigned, awaiting-internal, awaiting-requester or done
    #[arg(long, value_name = "STATUS", value_parser = parse_coded::<TicketStatus>)]
    to: TicketStatus,
    /// A file with a message to go with it; - is standard input
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
}

pub(super) fn advance(args: &AdvanceArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    each(ctx, &args.numbers, args.body_file.as_deref(), &[], |tx, number, post| {
        let (advanced, detail) = service::advance(tx, number, args.to, post, &desk)?;
        let word = match advanced {
            Advanced::Moved => "advanced",
            Advanced::Replied => "replied",
            Advanced::Unchanged => "unchanged",
        };
        named(word, &detail)
    })
}

pub(super) fn close(numbers: &Numbers, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    if let Some(number) = numbers.one() {
        let (changed, detail) = ctx.write(|tx| service::close(tx, number, &desk))?;
        return Answer::change(&TICKET, if changed { "closed" } else { "unchanged" }, &detail);
    }
    each(ctx, numbers, None, &[], |tx, number, _| {
        let (changed, detail) = service::close(tx, number, &desk)?;
        named(if changed { "closed" } else { "unchanged" }, &detail)
    })
}

pub(super) fn reopen(numbers: &Numbers, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    if let Some(number) = numbers.one() {
        let detail = ctx.write(|tx| service::reopen(tx, number, &desk))?;
        return Answer::change(&TICKET, "reopened", &detail);
    }
    each(ctx, numbers, None, &[], |tx, number, _| named("reopened", &service::reopen(tx, number, &desk)?))
}

/// Does the same to each ticket, each in a write of its own.
fn each(
    ctx: &mut Ctx<'_>,
    numbers: &Numbers,
    body: Option<&Path>,
    attach: &[PathBuf],
    act: impl Fn(&Tx<'_>, &str, &Post) -> Result<(&'static str, Value)>,
) -> Result<Answer> {
    ctx.refuse_fields()?;
    let stdin = Path::new("-");
    let reads_stdin = body == Some(stdin) || attach.iter().any(|path| path == stdin);
    if reads_stdin && numbers.numbers_from.as_deref() == Some(stdin) {
        return Err(Error::usage("standard input can be read only once").hint("give `-` to one flag alone"));
    }
    let given = match &numbers.numbers_from {
        Some(path) => ctx.text(path)?.lines().map(str::to_owned).collect(),
        None => numbers.numbers.clone(),
    };
    let post = super::post(ctx, body, attach)?;
    let mut db = ctx.open()?;
    let prefix = db.read(|conn| settings::TICKET_PREFIX.get(conn))?;
    let mut keys: Vec<String> = Vec::new();
    for number in given.iter().map(|number| number.trim()).filter(|number| !number.is_empty()) {
        let key = TicketNumber::parse_with_prefix(number, &prefix)
            .map_or_else(|_| number.to_owned(), |number| number.to_string());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let attempts = keys
        .into_iter()
        .map(|key| {
            let attempt = ctx.write_to(&mut db, |tx| act(tx, &key, &post));
            (key, attempt)
        })
        .collect();
    Bulk::of_attempts(attempts)
}

fn named(result: &'static str, item: &impl Serialize) -> Result<(&'static str, Value)> {
    Ok((result, to_value(item)?))
}
