//! `ticket attachment`

use std::path::{Path, PathBuf};

use crate::platform::blob;
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::files::OutputFile;
use crate::platform::ui::Answer;
use crate::portal::ticket::service;
use crate::portal::ticket::view::{ATTACHMENT, Written};

/// `ticket attachment`
#[derive(clap::Args)]
pub struct AttachmentArgs {
    /// The ticket: `SAM 2404-1030`, or without its prefix
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Which of its files, counted from 1 in the order of the thread
    #[arg(value_name = "K")]
    place: usize,
    /// Where to write it; - is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn write(args: &AttachmentArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let actor = ctx.actor();
    let db = ctx.open()?;
    if args.out == Path::new("-") {
        let out = &mut ctx.env.stdout.writer;
        db.read(|conn| {
            let (_, stored) = service::attachment(conn, &actor, &args.number, args.place)?;
            blob::copy_to(conn, &stored, out)
        })?;
        return Ok(Answer::nothing());
    }
    let path = ctx.path(&args.out);
    let written = db.read(|conn| {
        let (name, stored) = service::attachment(conn, &actor, &args.number, args.place)?;
        let mut file = OutputFile::create(&path, args.force)?;
        blob::copy_to(conn, &stored, &mut file)?;
        file.finish()?;
        Ok(Written { name, path: args.out.display().to_string(), size: stored.size, sha256: stored.sha256 })
    })?;
    Answer::show(&ATTACHMENT, &written)
}

/// The name a file keeps at the ticket: its own, without its folder and without control characters.
pub(super) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}
