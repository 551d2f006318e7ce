//! `portalctl kpi import`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::figures::Figures;
use super::items::Cases;
use super::service::{self, Imported};
use super::{Content, ImportOptions};
use crate::platform::actor::Actor;
use crate::platform::ctx::Ctx;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::platform::sheet::{Sheet, SheetOptions};
use crate::platform::ui::Answer;
use crate::platform::ui::progress::Progress;
use crate::portal::access;
use crate::portal::cli::{RejectArgs, SheetArgs};

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
    /// The rows are cases, which are judged by their age in working days and add up to the months' figures
    #[arg(long, conflicts_with = "close")]
    items: bool,
    /// Create units that do not exist yet
    #[arg(long)]
    create_units: bool,
    #[command(flatten)]
    rejects: RejectArgs,
    #[command(flatten)]
    sheet: SheetArgs,
}

impl ImportArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_fields()?;
        let actor = ctx.actor();
        access::provider_only(&actor)?;
        let name = match self.file.as_path() {
            file if file == Path::new("-") => "standard input".to_owned(),
            file => file.display().to_string(),
        };
        let place = self.rejects.place(ctx, &self.file)?;
        let options = SheetOptions { limit: LIMIT, ..self.sheet.options() };
        let sheet = Sheet::open(ctx.input(&self.file)?, &name, options)?;
        let options = ImportOptions {
            correct: self.correct,
            close: self.close,
            create_units: self.create_units,
            on_error: self.rejects.on_error(),
            errors_wanted: place.is_some(),
            ..ImportOptions::PLAIN
        };
        let progress = ctx.progress();
        let mut db = ctx.open()?;
        // A statement inserts a few dozen rows; in a file, what undoes it is more than all that is written.
        db.undo_in_memory()?;
        let file = File { sheet: &sheet, name: &name, options };
        let done = if self.items {
            file.take::<Cases>(&mut db, &actor, &progress)?
        } else {
            file.take::<Figures>(&mut db, &actor, &progress)?
        };
        drop(progress);
        match done {
            Ok(done) => {
                self.rejects.write(place, &sheet, &done.rejected, true)?;
                drop(done.held);
                Ok(Answer::bulk(done.bulk).exit(done.exit).warn(done.warnings))
            }
            Err((refusal, rejected)) => {
                self.rejects.write(place, &sheet, &rejected, false)?;
                Err(refusal)
            }
        }
    }
}

/// A file to be imported.
struct File<'f> {
    sheet: &'f Sheet,
    name: &'f str,
    options: ImportOptions,
}

/// Why a file is refused, and the lines for which it is, each with the reason.
type Refused = (Error, BTreeMap<u64, String>);

impl File<'_> {
    fn take<C: Content>(
        &self,
        db: &mut Db,
        actor: &Actor,
        progress: &Progress,
    ) -> Result<Result<Imported, Refused>> {
        let today = local_date(db.now());
        let mut prepared = db.read(|conn| {
            service::prepare::<C>(conn, actor, self.sheet, self.name, self.options, today, progress)
        })?;
        match prepared.take_refusal() {
            Some(refusal) => Ok(Err((refusal, prepared.rejected()))),
            None => Ok(Ok(db.write(actor, |tx| service::merge(tx, prepared, progress))?)),
        }
    }
}
