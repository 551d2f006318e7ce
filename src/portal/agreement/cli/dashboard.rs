//! `agreement dashboard`, and the token that says whose it is.

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::ui::Answer;
use crate::portal::agreement::service::dashboard::{self, Wanted};
use crate::portal::agreement::view::DASHBOARD;
use crate::portal::cli::Page;
use crate::values::Email;

/// The token of a signatory's link.
#[derive(clap::Args)]
pub struct TokenArgs {
    /// Be the signatory whose link this is: take from standard input what stands behind `token=`
    #[arg(long)]
    pub(super) token_stdin: bool,
}

impl TokenArgs {
    /// Lets the holder of the token in, if there is one; from here on the command is theirs.
    pub(super) fn come_in(&self, ctx: &mut Ctx<'_>) -> Result<()> {
        if !self.token_stdin {
            return Ok(());
        }
        ctx.refuse_free_guess()?;
        let key = ctx.key()?;
        let token = ctx.secret("Token of the link")?;
        let token = token.ok_or_else(|| Error::usage("standard input ended before the token"))?;
        let db = ctx.open()?;
        let now = db.now();
        ctx.identity = db.read(|conn| dashboard::opened_by(conn, &key, &token, now))?;
        Ok(())
    }
}

/// `agreement dashboard`
#[derive(clap::Args)]
pub struct DashboardArgs {
    /// What this signatory signs
    #[arg(long, value_name = "EMAIL", conflicts_with = "token_stdin")]
    signatory: Option<Email>,
    /// Also what no longer waits: signed, declined, over
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) token: TokenArgs,
    #[command(flatten)]
    page: Page,
}

pub(super) fn run(args: DashboardArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    args.token.come_in(ctx)?;
    let wanted = Wanted { signatory: args.signatory, all: args.all };
    let (actor, now) = (ctx.actor(), ctx.env.clock.now());
    let lines = ctx.read(|conn| dashboard::list(conn, &actor, &wanted, now))?;
    Ok(Answer::list(&DASHBOARD, lines))
}

/// Remembers that a signatory looked at what is to be signed, or fetched a file of it. Nobody does so in another's name.
pub(super) fn note_opened(ctx: &mut Ctx<'_>, id: i64, file: Option<&str>) -> Result<()> {
    if ctx.identity.is_acting_as() || ctx.global.dry_run {
        return Ok(());
    }
    let actor = ctx.actor();
    let mut db = ctx.open()?;
    if db.read(|conn| dashboard::is_news(conn, &actor, id, file))? {
        ctx.write_to(&mut db, |tx| dashboard::note_opened(tx, id, file))?;
    }
    Ok(())
}
