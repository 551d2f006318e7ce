//! `portalctl report …`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::late::cli::LateArgs;
use super::{KpiLine, Question, Split, document, service, view};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::files::{self, OutputFile};
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::{Bulk, Warning};
use crate::portal::cli::Page;
use crate::portal::cli::output::{self, Form, OutArgs};
use crate::portal::kpi::service::Asked;
use crate::portal::service_report::cli as service_cli;
use crate::values::{Coded, UnitRef};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum ReportCommand {
    /// How the targets were reached, year to the latest closed month
    Kpi(KpiArgs),
    /// How the services kept their limits in a month
    Service(service_cli::ReportArgs),
    /// The cases that were not handled within the limit, and the open ones that are older
    Late(LateArgs),
}

impl ReportCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            ReportCommand::Kpi(args) => kpi(args, ctx),
            ReportCommand::Service(args) => args.run(ctx),
            ReportCommand::Late(args) => args.run(ctx),
        }
    }
}

/// `report kpi`
#[derive(clap::Args)]
pub struct KpiArgs {
    /// Of this institution [default: all]
    #[arg(long, conflicts_with = "unit")]
    tenant: Option<String>,
    /// Of this unit
    #[arg(long)]
    unit: Option<UnitRef>,
    /// The year [default: that of the latest closed month]
    #[arg(long, value_parser = clap::value_parser!(i32).range(1990..=2100))]
    year: Option<i32>,
    /// Beside the same months of this year
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1990..=2100))]
    compare: Option<i32>,
    /// Only this measure
    #[arg(long)]
    measure: Option<String>,
    /// A row for each service-area, unit or month
    #[arg(long, value_name = "WHAT", value_parser = parse_coded::<Split>)]
    by: Option<Split>,
    #[command(flatten)]
    output: OutArgs,
    /// A report for every institution that has figures in the year
    #[arg(long, requires = "out_dir", conflicts_with_all = ["tenant", "unit", "out"])]
    all: bool,
    /// The folder for the reports of --all, each named by the institution's code
    #[arg(long, value_name = "DIR", requires = "all")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    page: Page,
}

fn kpi(args: KpiArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let asked = Asked { tenant: args.tenant, unit: args.unit, measure: args.measure };
    let question = Question { asked, year: args.year, compare: args.compare, by: args.by };
    let force = args.output.force();
    if let Some(dir) = args.out_dir {
        return everyone(ctx, &question, &dir, args.output.form_of_all(), force);
    }
    let Some((path, form)) = args.output.file()? else {
        let (lines, warnings) = ctx.read(|conn| service::kpi(conn, &actor, &question))?;
        return Ok(Answer::list(view::kpi(question.by), lines).warn(warnings));
    };
    refuse_rows_in_documents(&question, form)?;
    let lang = ctx.lang();
    let db = ctx.open()?;
    let (bytes, warnings) = if form.is_document() {
        let (material, warnings) = db.read(|conn| service::material(conn, &actor, &question))?;
        let document = material.and_then(|material| document::document(&material, lang));
        let document = document.ok_or_else(|| nothing_closed(&warnings))?;
        (output::made(&document, form)?, warnings)
    } else {
        let (lines, warnings) = db.read(|conn| service::kpi(conn, &actor, &question))?;
        (output::rows(view::kpi(question.by), lines, form, &ctx.global.manner)?, warnings)
    };
    Ok(output::write(ctx, &path, form, &bytes, force)?.warn(warnings))
}

/// What the reports of `--all` are made of.
enum Source {
    Document(Box<document::Material>),
    Rows(Vec<KpiLine>),
}

fn everyone(ctx: &mut Ctx<'_>, question: &Question, dir: &Path, form: Form, force: bool) -> Result<Answer> {
    ctx.refuse_fields()?;
    refuse_rows_in_documents(question, form)?;
    let (actor, lang, manner) = (ctx.actor(), ctx.lang(), ctx.global.manner.clone());
    let (jobs, warnings) = ctx.open()?.read(|conn| {
        let (materials, warnings) = service::materials(conn, &actor, question)?;
        let mut jobs = Vec::with_capacity(materials.len());
        for (code, material) in materials {
            let source = if form.is_document() {
                Source::Document(Box::new(material))
            } else {
                let asked = Asked { tenant: Some(code.clone()), ..question.asked.clone() };
                let question = Question { asked, ..question.clone() };
                Source::Rows(service::kpi(conn, &actor, &question)?.0)
            };
            jobs.push((code, source));
        }
        Ok((jobs, warnings))
    })?;
    if jobs.is_empty() && !warnings.is_empty() {
        return Err(nothing_closed(&warnings));
    }
    let place = ctx.path(dir);
    let name = |code: &str| format!("{code}.{form}");
    if let Some((code, _)) = jobs.iter().find(|(code, _)| !force && place.join(name(code)).exists()) {
        let path = place.join(name(code));
        return Err(Error::conflict("file.exists", format!("{} exists already", path.display()))
            .hint("choose another folder, or replace what is there with --force"));
    }
    let made = output::side_by_side(&jobs, |(_, source)| match source {
        Source::Document(material) => {
            let document = document::document(material, lang);
            let document = document.ok_or_else(|| Error::internal("a report without a closed month"))?;
            output::made(&document, form)
        }
        Source::Rows(lines) => output::rows(view::kpi(question.by), lines.clone(), form, &manner),
    })?;
    let total: u64 = made.iter().map(|bytes| bytes.len() as u64).sum();
    let mut bulk = Bulk::default()
        .with("written", jobs.len() as u64)
        .with("form", form.code())
        .with("bytes", total)
        .with("path", dir.display().to_string());
    if !ctx.global.dry_run {
        files::create_private_dir(&place)?;
        // All are written before the first takes its place, so that a full disk leaves none.
        let mut written = Vec::with_capacity(jobs.len());
        for ((code, _), bytes) in jobs.iter().zip(&made) {
            let path = place.join(name(code));
            let mut out = OutputFile::create(&path, force)?;
            out.write_all(bytes).map_err(|e| files::cannot_write(&path, &e))?;
            written.push(out);
        }
        written.into_iter().try_for_each(OutputFile::finish)?;
    }
    for ((code, _), bytes) in jobs.iter().zip(&made) {
        let path = dir.join(name(code)).display().to_string();
        bulk.items.push(json!({"key": code, "result": "written", "path": path, "size": bytes.len()}));
    }
    Ok(Answer::bulk(bulk).warn(warnings))
}

/// A page and a PDF show the service areas, the units, the months and the years in any case.
fn refuse_rows_in_documents(question: &Question, form: Form) -> Result<()> {
    if form.is_document() && (question.by.is_some() || question.compare.is_some()) {
        return Err(Error::usage(format!(
            "--by and --compare choose the rows of a list; {form} shows service areas, units, months and all years anyway"
        ))
        .hint("leave them away, or write .csv or .json"));
    }
    Ok(())
}

/// A document without a figure is none.
fn nothing_closed(warnings: &[Warning]) -> Error {
    let message = warnings.first().map_or("there is nothing to report", |warning| warning.message.as_str());
    Error::conflict("kpi.no-closed-month", message).hint(
        "`portalctl kpi months` shows the months; `portalctl kpi close MONTH` makes one's figures final",
    )
}
