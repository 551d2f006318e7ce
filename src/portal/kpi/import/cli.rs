//! `portalctl kpi import`

use std::path::PathBuf;

use super::{ImportOptions, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::sheet::{Sheet, SheetOptions};
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::SheetArgs;

/// How many bytes a file may have: the figures of all institutions since the beginning are far fewer.
const LIMIT: u64 = 4 << 30;

/// `kpi import`
#[derive(clap::Args)]
pub struct ImportArgs {
    /// The CSV file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take figures that differ from those known; the old ones are kept in the history
    #[arg(long)]
    correct: bool,
    /// Close the months whose rows all say Ja in the column Afsluttet
    #[arg(long)]
    close: bool,
    /// Create units that do not exist yet
    #[arg(long)]
    create_units: bool,
    #[command(flatten)]
    sheet: SheetArgs,
}

impl ImportArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_fields()?;
        access::provider_only(&ctx.actor())?;
        let name = self.file.display().to_string();
        let options = SheetOptions { limit: LIMIT, ..self.sheet.options() };
        let sheet = Sheet::open(ctx.input(&self.file)?, &name, options)?;
        let options =
            ImportOptions { correct: self.correct, close: self.close, create_units: self.create_units };
        let actor = ctx.actor();
        let prepared = ctx.open()?.read(|conn| service::prepare(conn, &actor, &sheet, &name, options))?;
        let done = ctx.write(|tx| service::merge(tx, prepared))?;
        Ok(Answer::bulk(done.bulk).warn(done.warnings))
    }
}
