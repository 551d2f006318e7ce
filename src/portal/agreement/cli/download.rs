//! `agreement download`.

use std::path::{Path, PathBuf};

use super::NumberArgs;
use super::dashboard::{self, TokenArgs};
use crate::platform::blob::{self, Blob};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::files::OutputFile;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::agreement::Party;
use crate::portal::agreement::service::{self, Part};
use crate::portal::agreement::view::{WRITTEN, Written};

/// `agreement download`
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("part").args(["annex", "certificate", "of_version", "evidence"]))]
pub struct DownloadArgs {
    #[command(flatten)]
    name: NumberArgs,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The annex of this number instead of the document
    #[arg(long, value_name = "K")]
    annex: Option<i64>,
    /// The certificate of its signatures instead of the document
    #[arg(long)]
    certificate: bool,
    /// The document of an earlier version; for the provider
    #[arg(long, value_name = "V")]
    of_version: Option<i64>,
    /// What proves the recorded signature of this party
    #[arg(long, value_name = "PARTY", value_parser = parse_coded::<Party>)]
    evidence: Option<Party>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) token: TokenArgs,
}

impl DownloadArgs {
    fn part(&self) -> Part {
        match (self.annex, self.of_version, self.evidence) {
            (Some(position), ..) => Part::Annex(position),
            (_, Some(version), _) => Part::Version(version),
            (.., Some(party)) => Part::Evidence(party),
            _ if self.certificate => Part::Certificate,
            _ => Part::Document,
        }
    }
}

pub(super) fn run(args: &DownloadArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    args.token.come_in(ctx)?;
    let (blob, name) = write(args, ctx)?;
    // Only what was fetched is evidence.
    dashboard::note_opened(ctx, args.name.number, Some(&name))?;
    if args.out == Path::new("-") {
        return Ok(Answer::nothing());
    }
    let written = Written { path: args.out.display().to_string(), sha256: blob.sha256, size: blob.size };
    Answer::change(&WRITTEN, "written", &written)
}

fn write(args: &DownloadArgs, ctx: &mut Ctx<'_>) -> Result<(Blob, String)> {
    let (actor, path, dry_run) = (ctx.actor(), ctx.path(&args.out), ctx.global.dry_run);
    let (number, part) = (args.name.number, args.part());
    let db = ctx.open()?;
    if args.out == Path::new("-") {
        let out = &mut ctx.env.stdout.writer;
        return db.read(|conn| {
            let (blob, name) = service::file(conn, &actor, number, part)?;
            if !dry_run {
                blob::copy_to(conn, &blob, out)?;
            }
            Ok((blob, name))
        });
    }
    db.read(|conn| {
        let (blob, name) = service::file(conn, &actor, number, part)?;
        let mut out = OutputFile::create(&path, args.force)?;
        blob::copy_to(conn, &blob, &mut out)?;
        if !dry_run {
            out.finish()?;
        }
        Ok((blob, name))
    })
}
