//! `portalctl search TEXT`

use super::{service, view};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;
use crate::portal::cli::{Page, line};

/// `search`
#[derive(clap::Args)]
pub struct SearchArgs {
    /// Part of a name, a number, a CVR or an address; all words must match, and slips of the fingers are forgiven
    #[arg(required = true, value_name = "TEXT", value_parser = line)]
    text: Vec<String>,
    #[command(flatten)]
    page: Page,
}

impl SearchArgs {
    /// Serves the command.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let actor = ctx.actor();
        let found = ctx.read(|conn| service::search(conn, &actor, &self.text.join(" ")))?;
        let warning = found.more.then(|| {
            Warning::new(
                "search.many",
                "there is more than this; type more of the name or number to see less and better",
            )
        });
        Ok(Answer::list(&view::HIT, found.hits).warn(warning))
    }
}
