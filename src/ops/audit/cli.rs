//! `portalctl audit …`

use serde_json::json;

use crate::platform::audit::{self, Filter, Verdict};
use crate::platform::ctx::Ctx;
use crate::platform::error::{OrNotFound, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::format::start_of_day;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::to_value;
use crate::platform::ui::view::{Kind, View, col, extra};
use crate::portal::access;
use crate::portal::cli::Page;
use crate::values::{Invalid, parse_date, parse_timestamp, utc_text};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum AuditCommand {
    /// List what was done, newest first
    List(ListArgs),
    /// Show one entry with what was and what is
    Show(ShowArgs),
    /// Check that no entry was changed, removed, inserted or reordered
    Verify(VerifyArgs),
    /// The number of entries and the last hash, to be kept elsewhere
    Head,
}

static ENTRY: View = View {
    noun: "audit entry",
    columns: &[
        col("seq", Kind::Text),
        col("at", Kind::Time),
        col("actor", Kind::Text),
        extra("effective_actor", Kind::Text),
        extra("reason", Kind::Text),
        col("action", Kind::Text),
        col("object", Kind::Text),
        extra("before", Kind::Json),
        extra("after", Kind::Json),
        extra("hash", Kind::Text),
    ],
    details: &[],
    key: &["seq"],
};

static VERDICT: View = View {
    noun: "audit trail",
    columns: &[col("result", Kind::Text), col("entries", Kind::Int), col("head", Kind::Text)],
    details: &[],
    key: &["head"],
};

static BROKEN: View = View {
    noun: "audit trail",
    columns: &[col("result", Kind::Text), col("seq", Kind::Text), col("why", Kind::Text)],
    details: &[],
    key: &["seq"],
};

impl AuditCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_dry_run()?;
        access::provider_only(&ctx.actor())?;
        match self {
            AuditCommand::List(args) => list(args, ctx),
            AuditCommand::Show(args) => {
                let entry =
                    ctx.read(|conn| audit::find(conn, args.seq))?.or_not_found("audit entry", args.seq)?;
                Answer::show(&ENTRY, &entry)
            }
            AuditCommand::Verify(args) => {
                let verdict = ctx.read(|conn| audit::verify(conn, args.expect.as_deref()))?;
                let answer = verdict.to_json();
                match verdict {
                    Verdict::Intact { .. } => Answer::show(&VERDICT, &answer),
                    Verdict::Broken { .. } => Ok(Answer::show(&BROKEN, &answer)?.exit(Exit::Refused)),
                }
            }
            AuditCommand::Head => {
                let (entries, head) = ctx.read(audit::head)?;
                Answer::show(&HEAD, &json!({"entries": entries, "head": head}))
            }
        }
    }
}

static HEAD: View = View {
    noun: "audit trail",
    columns: &[col("entries", Kind::Int), col("head", Kind::Text)],
    details: &[],
    key: &["head"],
};

/// `audit list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only what was done to this object: kind:key, or just its key
    #[arg(long, value_name = "KEY")]
    object: Option<String>,
    /// Only what this actor did (a part of the name will do)
    #[arg(long)]
    actor: Option<String>,
    /// Only this action, or all of its noun: `ticket.close`, `ticket`
    #[arg(long)]
    action: Option<String>,
    /// Not before this time (RFC 3339) or date
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<String>,
    #[command(flatten)]
    page: Page,
}

fn since(text: &str) -> Result<String, Invalid> {
    if let Ok(date) = parse_date(text) {
        return Ok(utc_text(start_of_day(date)));
    }
    parse_timestamp(text).map(utc_text)
}

fn list(args: ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let filter = Filter { object: args.object, actor: args.actor, action: args.action, since: args.since };
    let db = ctx.open()?;
    Ok(Answer::stream(&ENTRY, move |sink| {
        db.read(|conn| audit::each(conn, &filter, |entry| sink(to_value(&entry)?)))
    }))
}

/// `audit show`
#[derive(clap::Args)]
pub struct ShowArgs {
    /// The number of the entry
    #[arg(value_name = "SEQ")]
    seq: i64,
}

fn hash(text: &str) -> Result<String, Invalid> {
    let text = text.trim().to_lowercase();
    if text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(text);
    }
    let rule = "it must be 64 hexadecimal digits, as `audit head` prints them";
    Err(Invalid::new("hash.invalid", "a head of the trail", &text, rule, "ef0fc5fd…"))
}

/// `audit verify`
#[derive(clap::Args)]
pub struct VerifyArgs {
    /// A head noted earlier with `audit head`; finds a cut tail
    #[arg(long, value_name = "HASH", value_parser = hash)]
    expect: Option<String>,
}
