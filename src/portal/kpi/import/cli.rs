//! `portalctl kpi import`

use std::path::PathBuf;

use super::{ImportOptions, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::sheet::{Encoding, Sheet, SheetOptions};
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::values::Invalid;

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
    /// utf-8 or windows-1252 [default: detected]
    #[arg(long, value_parser = parse_coded::<Encoding>)]
    encoding: Option<Encoding>,
    /// What parts the cells: ; , or tab [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    delimiter: Option<u8>,
}

impl ImportArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_fields()?;
        access::provider_only(&ctx.actor())?;
        let name = self.file.display().to_string();
        let options = SheetOptions { encoding: self.encoding, delimiter: self.delimiter };
        let sheet = Sheet::open(ctx.input(&self.file)?, &name, options)?;
        let options =
            ImportOptions { correct: self.correct, close: self.close, create_units: self.create_units };
        let actor = ctx.actor();
        let prepared = ctx.open()?.read(|conn| service::prepare(conn, &actor, &sheet, &name, options))?;
        let done = ctx.write(|tx| service::merge(tx, prepared))?;
        Ok(Answer::bulk(done.bulk).warn(done.warnings))
    }
}

fn parse_delimiter(text: &str) -> Result<u8, Invalid> {
    match text {
        ";" => Ok(b';'),
        "," => Ok(b','),
        "\t" | "\\t" | "tab" => Ok(b'\t'),
        _ => Err(Invalid::new("usage", "a delimiter", text, "it must be one of ; , tab", ";")),
    }
}
