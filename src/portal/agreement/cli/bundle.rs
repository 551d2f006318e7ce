//! `agreement export` and `agreement verify`.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::json;

use crate::platform::ctx::Ctx;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::files::{self, OutputFile};
use crate::platform::i18n::{format, parse_coded};
use crate::platform::ui::Answer;
use crate::platform::ui::answer::{Bulk, Warning};
use crate::portal::access;
use crate::portal::agreement::bundle::{self, Choice, Plan};
use crate::portal::agreement::view::VERIFIED;
use crate::portal::agreement::{Kind, sight};
use crate::portal::tenant::store as tenant_store;
use crate::values::parse_date;

/// `agreement export`
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["tenant", "all"]))]
pub struct ExportArgs {
    /// The institution
    #[arg(long, requires = "out", conflicts_with = "out_dir")]
    tenant: Option<String>,
    /// Every institution that has something to export, one ZIP each
    #[arg(long, requires = "out_dir", conflicts_with = "out")]
    all: bool,
    /// The ZIP to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The folder for the ZIPs of --all
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Only of this kind
    #[arg(long, value_parser = parse_coded::<Kind>)]
    kind: Option<Kind>,
    /// Only with the last signature on this day or later
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    signed_from: Option<NaiveDate>,
    /// Also what was in force once: expired, terminated, replaced
    #[arg(long)]
    include_ended: bool,
    /// What is valid on this day [default: all that is recorded as in force]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    as_of: Option<NaiveDate>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

/// A bundle and where it goes.
struct Job {
    tenant: String,
    path: PathBuf,
    /// The path as it was typed.
    shown: String,
    plan: Plan,
}

pub(super) fn export(args: &ExportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let (actor, today) = (ctx.actor(), format::local_date(ctx.env.clock.now()));
    let choice = Choice {
        kind: args.kind,
        signed_from: args.signed_from,
        include_ended: args.include_ended,
        as_of: args.as_of,
    };
    let out_dir = args.out_dir.as_ref().map(|dir| ctx.path(dir));
    let (out, force) = (args.out.as_ref().map(|out| ctx.path(out)), args.force);
    let key = if ctx.global.dry_run { None } else { Some(ctx.key()?.signing_key()?) };
    let jobs = ctx.open()?.read(|conn| {
        let jobs = match (&args.tenant, &out, &out_dir) {
            (Some(name), Some(out), _) => {
                let tenant = sight::tenant_for(conn, &actor, name)?;
                let plan = bundle::plan(conn, &tenant, &choice, today)?;
                vec![Job { tenant: tenant.code, path: out.clone(), shown: shown(&args.out), plan }]
            }
            (None, _, Some(dir)) => {
                access::provider_only(&actor)?;
                everyone(conn, dir, &shown(&args.out_dir), &choice, today)?
            }
            _ => return Err(Error::usage("say --tenant with --out, or --all with --out-dir")),
        };
        if jobs.iter().any(|job| job.path.ends_with("-")) {
            return Err(Error::usage(
                "a bundle cannot be written to standard output: a ZIP is written back and forth",
            )
            .hint("name a file with --out FILE.zip"));
        }
        if !force {
            refuse_existing(&jobs)?;
        }
        if let Some(key) = &key {
            if let Some(dir) = &out_dir {
                files::create_private_dir(dir)?;
            }
            // All are written before the first takes its place, so that a full disk leaves none.
            let mut written = Vec::with_capacity(jobs.len());
            for job in &jobs {
                let out = OutputFile::create(&job.path, force)?;
                written.push(bundle::write(conn, &job.plan, key, out)?);
            }
            written.into_iter().try_for_each(OutputFile::finish)?;
        }
        Ok(jobs)
    })?;
    Ok(answer(args, &jobs))
}

fn everyone(
    conn: &Connection,
    dir: &Path,
    typed: &str,
    choice: &Choice,
    today: NaiveDate,
) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for tenant in tenant_store::list(conn)? {
        let plan = bundle::plan(conn, &tenant, choice, today)?;
        if plan.agreements() > 0 {
            let name = format!("{}.zip", tenant.code);
            let shown = Path::new(typed).join(&name).display().to_string();
            jobs.push(Job { tenant: tenant.code, path: dir.join(name), shown, plan });
        }
    }
    Ok(jobs)
}

/// Looks at all places before the first file is written, so that nothing is done by halves.
fn refuse_existing(jobs: &[Job]) -> Result<()> {
    match jobs.iter().find(|job| job.path.exists()) {
        None => Ok(()),
        Some(job) => Err(Error::conflict("file.exists", format!("{} exists already", job.path.display()))
            .hint("choose another name, or replace it with --force")),
    }
}

/// A path as it was typed.
fn shown(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}

fn answer(args: &ExportArgs, jobs: &[Job]) -> Answer {
    let mut bulk = Bulk::default()
        .with("agreements", jobs.iter().map(|job| job.plan.agreements()).sum::<usize>() as u64)
        .with("files", jobs.iter().map(|job| job.plan.files()).sum::<usize>() as u64)
        .with("bytes", jobs.iter().map(|job| job.plan.bytes()).sum::<u64>());
    bulk = bulk.with("path", if args.all { shown(&args.out_dir) } else { shown(&args.out) });
    for job in jobs {
        bulk.items.push(json!({
            "key": job.tenant,
            "result": "written",
            "path": job.shown,
            "agreements": job.plan.agreements(),
            "files": job.plan.files(),
            "bytes": job.plan.bytes(),
        }));
    }
    let nothing = bulk.summary.get("agreements").is_some_and(|n| *n == 0);
    let nothing = nothing.then(|| {
        Warning::new(
            "agreement.nothing-to-export",
            "no agreement fits; `portalctl agreement list` shows the states, --include-ended adds what has ended",
        )
    });
    Answer::bulk(bulk).warn(nothing).warn(uncertified(jobs))
}

/// Says which agreements have no certificate, as those that came into force before there were any.
fn uncertified(jobs: &[Job]) -> Option<Warning> {
    const NAMED: usize = 10;
    let all: Vec<i64> = jobs.iter().flat_map(|job| job.plan.uncertified().iter().copied()).collect();
    let first = all.first()?;
    let named: Vec<String> = all.iter().take(NAMED).map(i64::to_string).collect();
    let more = all.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(Warning::new(
        "agreement.certificate-missing",
        format!(
            "without a certificate of the signatures: agreement {}{more}; `portalctl agreement certify {first}` makes one",
            named.join(", ")
        ),
    ))
}

/// `agreement verify`
#[derive(clap::Args)]
pub struct VerifyArgs {
    /// The ZIP
    #[arg(value_name = "FILE.zip")]
    file: PathBuf,
    /// The provider's public key, as `key show-public` prints it: the line RW… or the file with it
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
}

/// How large the file of a public key may be.
const KEY_MAX: u64 = 4096;

pub(super) fn verify(args: &VerifyArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let key = args.public_key.as_deref().map(|given| {
        bundle::seal::key(given, || {
            let file = files::open_input(&ctx.path(given))?;
            let bytes = files::read_limited(file, KEY_MAX, given)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        })
    });
    let key = key.transpose()?;
    // A small buffer: it is left at every leap, and the files themselves are read past it.
    let verdict = if args.file == Path::new("-") {
        let spooled = ctx.spool(&args.file, u64::MAX)?;
        bundle::verify(BufReader::new(spooled.rewound()?), key.as_ref())?
    } else {
        let file = files::open_input(&ctx.path(&args.file))?;
        bundle::verify(BufReader::new(file), key.as_ref())?
    };
    let exit = if verdict.problems.is_empty() { Exit::Success } else { Exit::Refused };
    Ok(Answer::show(&VERIFIED, &verdict)?.exit(exit).warn(verdict.warnings))
}
