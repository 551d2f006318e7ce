//! `portalctl report …`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::document::Years;
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
        let document = material.and_then(|material| document::document(&material, lang, years_of(form)));
        let document = document.ok_or_else(|| nothing_closed(&warnings))?;
        (output::made(&document, form)?, warnings)
    } else {
        let (lines, warnings) = db.read(|conn| service::kpi(conn, &actor, &question))?;
        (output::rows(view::kpi(question.by), lines, form, &ctx.global.manner)?, warnings)
    };
    Ok(output::write(ctx, &path, form, &bytes, force)?.warn(warnings))
}

/// What a report of `--all` is made of.
enum Source {
    Document(Box<document::Material>),
    Rows(Vec<KpiLine>),
}

/// How many institutions' figures are in memory at once.
const AT_ONCE: usize = 8;

fn everyone(ctx: &mut Ctx<'_>, question: &Question, dir: &Path, form: Form, force: bool) -> Result<Answer> {
    ctx.refuse_fields()?;
    refuse_rows_in_documents(question, form)?;
    let (actor, lang, manner) = (ctx.actor(), ctx.lang(), ctx.global.manner.clone());
    let (place, dry_run) = (ctx.path(dir), ctx.global.dry_run);
    let make = |source: &Source| match source {
        Source::Document(material) => {
            let document = document::document(material, lang, years_of(form));
            let document = document.ok_or_else(|| Error::internal("a report without a closed month"))?;
            output::made(&document, form)
        }
        Source::Rows(lines) => output::rows(view::kpi(question.by), lines.clone(), form, &manner),
    };
    // All are read from one state, and all are written before the first takes its place.
    let (written, items, warnings) = ctx.open()?.read(|conn| {
        let (all, warnings) = service::everyone(conn, &actor, question)?;
        let all = all.ok_or_else(|| nothing_closed(&warnings))?;
        if !dry_run {
            files::create_private_dir(&place)?;
        }
        let (mut written, mut items) = (Vec::new(), Vec::new());
        for tenants in all.tenants.chunks(AT_ONCE) {
            let (mut codes, mut sources) = (Vec::new(), Vec::new());
            for tenant in tenants {
                if !all.has_report(conn, tenant)? {
                    continue;
                }
                codes.push(tenant.code.as_str());
                sources.push(if form.is_document() {
                    Source::Document(Box::new(all.material(conn, tenant)?))
                } else {
                    let asked = Asked { tenant: Some(tenant.code.clone()), ..question.asked.clone() };
                    Source::Rows(service::kpi(conn, &actor, &Question { asked, ..question.clone() })?.0)
                });
            }
            for (code, bytes) in codes.iter().zip(output::side_by_side(&sources, make)?) {
                let name = format!("{code}.{form}");
                let path = place.join(&name);
                if dry_run && path.exists() && !force {
                    return Err(files::cannot_write(&path, &std::io::ErrorKind::AlreadyExists.into()));
                }
                if !dry_run {
                    let mut out = OutputFile::create(&path, force)?;
                    out.write_all(&bytes).map_err(|e| files::cannot_write(&path, &e))?;
                    written.push(out.close()?);
                }
                items.push((code.to_string(), dir.join(name).display().to_string(), bytes.len() as u64));
            }
        }
        Ok((written, items, warnings))
    })?;
    let count = written.len();
    for (placed, file) in written.into_iter().enumerate() {
        file.place().map_err(|error| match placed {
            0 => error,
            _ => error.hint(format!(
                "{placed} of {count} reports are in their place already; mend this and say --force"
            )),
        })?;
    }
    let mut bulk = Bulk::default()
        .with("written", items.len() as u64)
        .with("form", form.code())
        .with("bytes", items.iter().map(|(_, _, size)| size).sum::<u64>())
        .with("path", dir.display().to_string());
    let item = |(code, path, size)| json!({"key": code, "result": "written", "path": path, "size": size});
    bulk.items.extend(items.into_iter().map(item));
    Ok(Answer::bulk(bulk).warn(warnings))
}

/// A page lets its reader choose among all years; on paper there is one.
fn years_of(form: Form) -> Years {
    if form == Form::Pdf { Years::Chosen } else { Years::All }
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
