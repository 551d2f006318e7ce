//! `--on-error` and `--errors-to`: what becomes of the wrong rows of a file.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::platform::bulk::{self, OnError};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::files::OutputFile;
use crate::platform::i18n::parse_coded;
use crate::platform::sheet::Sheet;

/// What becomes of the wrong rows of a file.
#[derive(clap::Args)]
pub struct RejectArgs {
    /// After a wrong row: stop (nothing is taken) or continue with the others [default: stop]
    #[arg(long, value_name = "stop|continue", value_parser = parse_coded::<OnError>)]
    on_error: Option<OnError>,
    /// Write the wrong rows there, with the reason in the column Fejl (not in a dry run)
    #[arg(long, value_name = "FILE")]
    errors_to: Option<PathBuf>,
    /// Replace the file of --errors-to
    #[arg(long, requires = "errors_to")]
    force: bool,
}

impl RejectArgs {
    /// What a wrong row does to the others.
    pub fn on_error(&self) -> OnError {
        self.on_error.unwrap_or(OnError::Stop)
    }

    /// Where the wrong rows go, looked at before anything is done, so that a name that is taken stops the import.
    pub fn place(&self, ctx: &Ctx<'_>, input: &Path) -> Result<Option<PathBuf>> {
        let Some(path) = self.errors_to.as_ref().filter(|_| !ctx.global.dry_run) else { return Ok(None) };
        let path = ctx.path(path);
        if path == ctx.path("-") || is_same_file(&path, &ctx.path(input)) {
            return Err(Error::usage("--errors-to needs a file of its own, neither the input nor -")
                .hint("for example --errors-to wrong.csv"));
        }
        OutputFile::check(&path, self.force)?;
        Ok(Some(path))
    }

    /// Writes the wrong rows where they go, each with its reason. `taken` says that the others were taken.
    pub fn write(
        &self,
        place: Option<PathBuf>,
        sheet: &Sheet,
        rejected: &BTreeMap<u64, String>,
        taken: bool,
    ) -> Result<()> {
        // Nothing failed: no file, but not an old one's rows either.
        let Some(place) = place.filter(|place| !rejected.is_empty() || (self.force && place.exists())) else {
            return Ok(());
        };
        OutputFile::create(&place, self.force)
            .map(|out| if taken { out.to_the_end() } else { out })
            .and_then(|out| bulk::write_rejected(sheet, rejected, out))
            .map_err(|error| match taken {
                true => error.hint("the right rows were taken; only the file of wrong ones is missing"),
                false => error,
            })
    }
}

/// Whether both are one file, by whatever names: a link to it, a way round to it.
fn is_same_file(a: &Path, b: &Path) -> bool {
    let inode = |path: &Path| std::fs::metadata(path).map(|file| (file.dev(), file.ino()));
    match (inode(a), inode(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
