//! `portalctl demo`

use std::path::PathBuf;

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::ui::Answer;
use crate::portal::access;

/// `demo`
#[derive(clap::Args)]
pub struct DemoArgs {
    /// The new folder to build the example world in
    #[arg(value_name = "DIR", default_value = "demo-out")]
    folder: PathBuf,
}

impl DemoArgs {
    /// Serves the command.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_fields()?;
        ctx.refuse_acting_as("builds a world of its own")?;
        access::provider_only(&ctx.actor())?;
        if ctx.global.dry_run {
            return Err(Error::usage(
                "--dry-run makes no sense here: the example world is a folder of its own",
            )
            .hint("leave --dry-run away"));
        }
        let folder = ctx.path(&self.folder);
        let built = super::build(ctx, &folder)?;
        let shown = self.folder.display();
        Ok(Answer::text(format!(
            "\n{} commands were run. The example world lies in {shown}; {shown}/README.md says what to try next.\n",
            built.commands
        )))
    }
}
