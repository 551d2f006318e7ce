//! `… import FILE`: what the imports of all rooms have in common.

use std::path::{Path, PathBuf};

use super::{RejectArgs, SheetArgs};
use crate::platform::bulk::{self, Done, Importer, Mode, Order, Shape};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::parse_coded;
use crate::platform::sheet::Sheet;
use crate::platform::ui::Answer;

/// The arguments of every bulk import whose rows may do several things.
#[derive(clap::Args)]
pub struct ImportArgs {
    #[command(flatten)]
    file: FileArgs,
    /// What rows may do: create, update or upsert (create or update). Needed; there is no default
    #[arg(long, value_parser = parse_coded::<Mode>)]
    mode: Option<Mode>,
}

/// The arguments of every bulk import.
#[derive(clap::Args)]
pub struct FileArgs {
    /// The CSV file, or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "template")]
    file: Option<PathBuf>,
    #[command(flatten)]
    rejects: RejectArgs,
    /// Print the headings with an example row, and do nothing else
    #[arg(long)]
    template: bool,
    #[command(flatten)]
    sheet: SheetArgs,
}

impl ImportArgs {
    /// Whether only the headings are asked for.
    pub fn is_template(&self) -> bool {
        self.file.is_template()
    }

    /// Prints the template, or imports the file.
    pub fn run<I: Importer>(
        self,
        ctx: &mut Ctx<'_>,
        shape: &'static Shape,
        importer: impl FnOnce(Mode) -> I,
    ) -> Result<Answer> {
        if self.is_template() {
            return self.file.template(ctx, shape);
        }
        ctx.refuse_fields()?;
        let mode = self.mode.ok_or_else(|| mode_missing(shape))?;
        self.file.run(ctx, mode, &importer(mode))
    }
}

impl FileArgs {
    /// Whether only the headings are asked for.
    pub fn is_template(&self) -> bool {
        self.template
    }

    /// Prints the headings with an example row.
    pub fn template(&self, ctx: &Ctx<'_>, shape: &'static Shape) -> Result<Answer> {
        ctx.refuse_dry_run()?;
        Ok(bulk::template(shape, ctx.global.manner.format))
    }

    /// Imports the file.
    pub fn run<I: Importer>(self, ctx: &mut Ctx<'_>, mode: Mode, importer: &I) -> Result<Answer> {
        ctx.refuse_fields()?;
        let file = self.file.unwrap_or_default();
        let name = if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
        let sheet = Sheet::open(ctx.input(&file)?, &name, self.sheet.options())?;
        let place = self.rejects.place(ctx, &file)?;
        let actor = ctx.actor();
        let order = Order { file: &name, mode, on_error: self.rejects.on_error() };
        let mut db = ctx.open()?;
        let Done { answer, rejected, held } = bulk::run(&mut db, &actor, &sheet, importer, order)?;
        self.rejects.write(place, &sheet, &rejected, answer.is_ok())?;
        drop(held);
        answer
    }
}

fn mode_missing(shape: &Shape) -> Error {
    let noun = shape.noun;
    Error::usage(format!("--mode is missing: say what the rows may do to {noun}s")).hint(format!(
        "--mode create adds (a {noun} that exists is an error), --mode update changes (one that does not exist is \
         an error), --mode upsert does either; there is no default"
    ))
}
