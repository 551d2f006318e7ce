//! `portalctl agreement …`

mod bundle;
mod certify;
mod dashboard;
mod download;
mod ending;
mod overview;
mod sign;
mod update;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::pdf::Pdf;
use super::view::{AGREEMENT, AgreementLine};
use super::{Filter, Kind, NamedFile, NewAgreement, State, annex, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::settings;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::{Page, line};
use crate::values::parse_date;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum AgreementCommand {
    /// Create a draft from a PDF
    Create(CreateArgs),
    /// List agreements
    List(ListArgs),
    /// Show an agreement with its annexes, signatures and events
    Show(ShowArgs),
    /// What awaits whose signature; with the link's token the signatory's own dashboard
    Dashboard(dashboard::DashboardArgs),
    /// Approved dispensations with their last days, the first to end first
    Dispensations(overview::OverviewArgs),
    /// Add-on services together with other agreements, the first to end first
    Addons(overview::OverviewArgs),
    /// Change a draft; after it was sent, make a new version, which voids the signatures so far
    Update(update::UpdateArgs),
    /// Send a draft for signature; its document is frozen from then on
    Send(NumberArgs),
    /// Send the signatory of what still waits a new link to the dashboard
    Remind(NumberArgs),
    /// Sign for the institution, as its signatory: logged in, or with the token of the dashboard's link
    Sign(sign::SignArgs),
    /// Sign for the provider, as one of its staff
    Countersign(sign::CountersignArgs),
    /// Record a signature that was made elsewhere; the second one brings the agreement into force
    RecordSignature(sign::RecordArgs),
    /// Say no, as the signatory; needs --reason
    Decline(sign::SignArgs),
    /// Take an agreement back before it is in force; needs --reason
    Withdraw(NumberArgs),
    /// End an agreement in force before its time; needs --reason
    Terminate(ending::TerminateArgs),
    /// Let another agreement in force take the place of one
    Replace(ending::ReplaceArgs),
    /// Make the certificates of signatures that are missing
    Certify(certify::CertifyArgs),
    /// Write the document, an annex or the certificate to a file
    Download(download::DownloadArgs),
    /// Write an institution's agreements to one ZIP that can be checked without the database
    Export(bundle::ExportArgs),
    /// Check a ZIP that export wrote; needs no database
    Verify(bundle::VerifyArgs),
}

impl AgreementCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            AgreementCommand::Create(args) => create(args, ctx),
            AgreementCommand::List(args) => list(args, ctx),
            AgreementCommand::Show(args) => show(&args, ctx),
            AgreementCommand::Dashboard(args) => dashboard::run(args, ctx),
            AgreementCommand::Dispensations(args) => overview::dispensations(args, ctx),
            AgreementCommand::Addons(args) => overview::addons(args, ctx),
            AgreementCommand::Update(args) => update::run(args, ctx),
            AgreementCommand::Send(args) => sign::send(&args, ctx),
            AgreementCommand::Remind(args) => sign::remind(&args, ctx),
            AgreementCommand::Sign(args) => sign::sign(&args, ctx),
            AgreementCommand::Countersign(args) => sign::countersign(&args, ctx),
            AgreementCommand::RecordSignature(args) => sign::record(args, ctx),
            AgreementCommand::Decline(args) => sign::decline(&args, ctx),
            AgreementCommand::Withdraw(args) => sign::withdraw(&args, ctx),
            AgreementCommand::Terminate(args) => ending::terminate(&args, ctx),
            AgreementCommand::Replace(args) => ending::replace(&args, ctx),
            AgreementCommand::Certify(args) => certify::run(&args, ctx),
            AgreementCommand::Download(args) => download::run(&args, ctx),
            AgreementCommand::Export(args) => bundle::export(&args, ctx),
            AgreementCommand::Verify(args) => bundle::verify(&args, ctx),
        }
    }

    /// Whether a token on standard input says who runs it.
    pub fn brings_token(&self) -> bool {
        match self {
            AgreementCommand::Show(args) => args.token.token_stdin,
            AgreementCommand::Dashboard(args) => args.token.token_stdin,
            AgreementCommand::Sign(args) | AgreementCommand::Decline(args) => args.token.token_stdin,
            AgreementCommand::Download(args) => args.token.token_stdin,
            _ => false,
        }
    }
}

/// What names an agreement.
#[derive(clap::Args)]
pub struct NumberArgs {
    /// The agreement's number
    #[arg(value_name = "N")]
    number: i64,
}

/// `agreement show`
#[derive(clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    name: NumberArgs,
    #[command(flatten)]
    token: dashboard::TokenArgs,
}

/// `agreement create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The institution
    #[arg(long)]
    tenant: String,
    /// customer, addon, dispensation, data-processing or other
    #[arg(long, value_parser = parse_coded::<Kind>)]
    kind: Kind,
    /// The title
    #[arg(long, value_parser = line)]
    title: String,
    /// The document, a PDF
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// An annex, a file of an allowed type: see `setting get agreement.annex-types` (can be repeated)
    #[arg(long = "annex", value_name = "FILE")]
    annexes: Vec<PathBuf>,
    /// The first day of validity
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    effective_on: Option<NaiveDate>,
    /// The last day of validity
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    expires_on: Option<NaiveDate>,
    /// The agreement that this one supplements
    #[arg(long, value_name = "N")]
    supplements: Option<i64>,
    /// The extra service bought
    #[arg(long, value_name = "TEXT", value_parser = line)]
    service: Option<String>,
}

fn create(args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    super::rules::check_dates(args.effective_on, args.expires_on)?;
    let limit = limit(ctx)?;
    let new = NewAgreement {
        document: Pdf::new(spool(ctx, &args.document, "document.pdf", limit)?)?,
        annexes: annexes(&args.annexes, ctx)?,
        tenant: args.tenant,
        kind: args.kind,
        title: args.title,
        effective_on: args.effective_on,
        expires_on: args.expires_on,
        supplements: args.supplements,
        service: args.service,
    };
    let item = ctx.write(|tx| service::create(tx, new))?;
    Answer::change(&AGREEMENT, "created", &item)
}

/// `agreement list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only of this kind
    #[arg(long, value_parser = parse_coded::<Kind>)]
    kind: Option<Kind>,
    /// Only in this state
    #[arg(long, value_parser = parse_coded::<State>)]
    state: Option<State>,
    /// Only signed by someone whose name or address holds this text
    #[arg(long, value_name = "TEXT")]
    signed_by: Option<String>,
    /// Only with the last signature on this day or later
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    signed_from: Option<NaiveDate>,
    /// Only with the last signature on this day or before
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    signed_to: Option<NaiveDate>,
    #[command(flatten)]
    page: Page,
}

fn list(args: ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let filter = Filter {
        tenant: args.tenant,
        kind: args.kind,
        state: args.state,
        signed_by: args.signed_by,
        signed_from: args.signed_from,
        signed_to: args.signed_to,
    };
    let (actor, now) = (ctx.actor(), ctx.env.clock.now());
    let agreements = ctx.read(|conn| service::list(conn, &actor, &filter, now))?;
    Ok(Answer::list(&AGREEMENT, agreements.into_iter().map(AgreementLine::from).collect::<Vec<_>>()))
}

fn show(args: &ShowArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    args.token.come_in(ctx)?;
    let number = args.name.number;
    dashboard::note_opened(ctx, number, None)?;
    let (actor, now) = (ctx.actor(), ctx.env.clock.now());
    let detail = ctx.read(|conn| service::show(conn, &actor, number, now))?;
    Answer::show(&AGREEMENT, &detail)
}

/// How large a file of an agreement may be.
fn limit(ctx: &mut Ctx<'_>) -> Result<u64> {
    let limit = ctx.open()?.read(|conn| settings::AGREEMENT_DOCUMENT_MAX_BYTES.int(conn))?;
    Ok(limit.unsigned_abs())
}

/// Reads the annexes before the transaction, and looks whether they may be some.
fn annexes(paths: &[PathBuf], ctx: &mut Ctx<'_>) -> Result<Vec<NamedFile>> {
    let limit = limit(ctx)?;
    let allowed = ctx.open()?.read(|conn| settings::AGREEMENT_ANNEX_TYPES.words(conn))?;
    paths.iter().map(|path| annex::check(spool(ctx, path, "", limit)?, &allowed)).collect()
}

/// Reads a file before the transaction; from standard input it gets the name given here.
fn spool(ctx: &mut Ctx<'_>, path: &Path, unnamed: &str, limit: u64) -> Result<NamedFile> {
    let bytes = ctx.spool(path, limit)?;
    let name = match path.file_name() {
        Some(name) if path != Path::new("-") => name.to_string_lossy().into_owned(),
        _ => unnamed.to_owned(),
    };
    Ok(NamedFile { name, bytes })
}
