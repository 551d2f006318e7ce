//! `ticket list`

use chrono::{DateTime, Utc};

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::{format, parse_coded};
use crate::platform::ui::Answer;
use crate::platform::ui::answer::to_value;
use crate::portal::cli::Page;
use crate::portal::tenant;
use crate::portal::ticket::view::TICKET;
use crate::portal::ticket::{Filter, TicketStatus, kind, service};
use crate::values::{Email, Invalid, parse_date, parse_timestamp, utc_text};

/// `ticket list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only open tickets (the default, unless --status is given)
    #[arg(long, conflicts_with_all = ["closed", "all"])]
    open: bool,
    /// Only closed tickets
    #[arg(long, conflicts_with = "all")]
    closed: bool,
    /// Open and closed tickets
    #[arg(long)]
    all: bool,
    /// Only tickets in this status (can be repeated)
    #[arg(long = "status", value_name = "STATUS", value_parser = parse_coded::<TicketStatus>)]
    statuses: Vec<TicketStatus>,
    /// Only tickets of this type
    #[arg(long = "type", value_name = "CODE")]
    kind: Option<String>,
    /// Only tickets of this institution
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Only what this person asked
    #[arg(long, value_name = "EMAIL")]
    requester: Option<Email>,
    /// Only what this one of the staff handles
    #[arg(long, value_name = "EMAIL")]
    assignee: Option<Email>,
    /// Only tickets changed since a date or time
    #[arg(long, value_name = "TIME", value_parser = since)]
    updated_since: Option<DateTime<Utc>>,
    /// Only tickets with all these words in subject or thread, also within longer words
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    page: Page,
}

/// Lists tickets, made while they are printed.
pub(super) fn run(args: ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let actor = ctx.actor();
    let db = ctx.open()?;
    let filter = db.read(|conn| {
        let user = |email: &Option<Email>| {
            email.as_ref().map(|email| service::person(conn, &actor, email)).transpose()
        };
        let filter = Filter {
            open: match (args.open, args.closed, args.all) {
                (true, ..) => Some(true),
                (_, true, _) => Some(false),
                (.., true) => None,
                _ => args.statuses.is_empty().then_some(true),
            },
            statuses: args.statuses,
            kind: args.kind.map(|code| kind::resolve(conn, &code).map(|kind| kind.id)).transpose()?,
            tenant: args
                .tenant
                .map(|name| tenant::service::resolve_known(conn, &actor, &name).map(|tenant| tenant.id))
                .transpose()?,
            sight: None,
            requester: user(&args.requester)?,
            assignee: user(&args.assignee)?,
            updated_since: args.updated_since.map(utc_text),
            text: args.text.filter(|text| !text.is_empty()),
        };
        service::scoped(conn, &actor, filter)
    })?;
    Ok(Answer::stream(&TICKET, move |sink| {
        db.read(|conn| service::each(conn, &filter, |ticket| sink(to_value(&ticket)?)))
    }))
}

/// A time, or the beginning of a day in Copenhagen.
fn since(text: &str) -> Result<DateTime<Utc>, Invalid> {
    if text.contains(['T', 't', ':']) {
        return parse_timestamp(text);
    }
    parse_date(text).map(format::start_of_day)
}
