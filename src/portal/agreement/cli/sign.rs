//! The way to force: `agreement send`, `sign`, `countersign`, `record-signature`, `decline`, `withdraw`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::certify;
use super::dashboard::TokenArgs;
use super::{NumberArgs, limit, spool};
use crate::platform::actor::Principal;
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::platform::i18n::{label_of, parse_coded};
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;
use crate::portal::access;
use crate::portal::agreement::service::Desk;
use crate::portal::agreement::service::certificate;
use crate::portal::agreement::service::signing::{self, How, Offer};
use crate::portal::agreement::view::{AGREEMENT, AgreementDetail};
use crate::portal::agreement::{NewSignature, Party, service};
use crate::portal::auth::identity;
use crate::portal::cli::line;
use crate::values::{Email, parse_timestamp};

/// `agreement record-signature`
#[derive(clap::Args)]
pub struct RecordArgs {
    #[command(flatten)]
    name: NumberArgs,
    /// For whom: customer or provider
    #[arg(long, value_parser = parse_coded::<Party>)]
    party: Party,
    /// Who signed: the signatory of the scope, or one of the provider's staff
    #[arg(long, value_name = "EMAIL")]
    signer: Email,
    /// The signer's name [default: as known]
    #[arg(long = "name", value_name = "NAME", value_parser = line)]
    signer_name: Option<String>,
    /// The signer's title [default: as known]
    #[arg(long, value_parser = line)]
    title: Option<String>,
    /// How it was signed, such as "MitID Erhverv"
    #[arg(long, value_name = "TEXT", value_parser = line)]
    method: String,
    /// When, with its offset: 2026-05-20T14:12:00+02:00
    #[arg(long, value_name = "TIME", value_parser = parse_timestamp)]
    signed_at: DateTime<Utc>,
    /// The transaction's id at the signing service
    #[arg(long, value_name = "TEXT", value_parser = line)]
    reference: Option<String>,
    /// What proves the signature, any kind of file
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
}

/// `agreement sign` and `agreement decline`
#[derive(clap::Args)]
pub struct SignArgs {
    #[command(flatten)]
    name: NumberArgs,
    #[command(flatten)]
    pub(super) token: TokenArgs,
}

/// `agreement countersign`
#[derive(clap::Args)]
pub struct CountersignArgs {
    #[command(flatten)]
    name: NumberArgs,
    /// Who signs, one of the provider's staff [default: whoever is logged in]
    #[arg(long, value_name = "EMAIL")]
    signer: Option<Email>,
}

pub(super) fn send(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    let item = ctx.write(|tx| signing::send(tx, args.number, &desk))?;
    let last = item.agreement.expires_on.filter(|last| *last < local_date(ctx.env.clock.now()));
    let warning = last.map(|last| {
        let what = "nobody can sign it here any more, only signatures made elsewhere can be recorded";
        Warning::new("agreement.over", format!("agreement {} ended on {last}: {what}", args.number))
    });
    Ok(Answer::change(&AGREEMENT, "sent", &item)?.warn(warning))
}

pub(super) fn remind(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let desk = Desk::of(ctx);
    let item = ctx.write(|tx| signing::remind(tx, args.number, &desk))?;
    Answer::change(&AGREEMENT, "reminded", &item)
}

pub(super) fn sign(args: &SignArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_acting_as("signs an agreement")?;
    ctx.refuse_fields()?;
    args.token.come_in(ctx)?;
    let (actor, number, desk) = (ctx.actor(), args.name.number, Desk::of(ctx));
    let db = ctx.open()?;
    let now = db.now();
    let offer = db.read(|conn| {
        let offer = signing::offer_to_customer(conn, &actor, number, now)?;
        signing::require_whole(conn, &offer)?;
        Ok(offer)
    })?;
    let how = how(ctx)?;
    confirm(ctx, &offer, "for the institution")?;
    let item = ctx.write(|tx| signing::sign(tx, &offer, how, &desk))?;
    signed(ctx, &item)
}

pub(super) fn countersign(args: &CountersignArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_acting_as("signs an agreement")?;
    ctx.refuse_fields()?;
    let (actor, number, desk) = (ctx.actor(), args.name.number, Desk::of(ctx));
    let signer = match (&args.signer, actor.user()) {
        (Some(signer), _) => signer.clone(),
        (None, Some(own)) => own.parse()?,
        (None, None) => {
            return Err(Error::usage("who signs for the provider must be said")
                .hint("--signer EMAIL names one of its staff: `portalctl user list` shows them"));
        }
    };
    let db = ctx.open()?;
    let now = db.now();
    let offer = db.read(|conn| {
        let offer = signing::offer_to_provider(conn, &actor, number, &signer, now)?;
        signing::require_whole(conn, &offer)?;
        Ok(offer)
    })?;
    let how = how(ctx)?;
    confirm(ctx, &offer, "for the provider")?;
    let item = ctx.write(|tx| signing::countersign(tx, &offer, how, &desk))?;
    signed(ctx, &item)
}

/// What a signature answers; the second one leaves a certificate behind.
fn signed(ctx: &mut Ctx<'_>, item: &AgreementDetail) -> Result<Answer> {
    let warning = certify::after_signing(ctx, item);
    if item.agreement.in_force_at.is_none() || ctx.global.dry_run {
        return Answer::change(&AGREEMENT, "signed", item);
    }
    // The certificate is part of the answer.
    let id = item.agreement.id;
    let (db, job) = (ctx.open()?, ctx.actor().job(certificate::JOB));
    let now = db.now();
    let item = db.read(|conn| service::show(conn, &job, id, now))?;
    Ok(Answer::change(&AGREEMENT, "signed", &item)?.warn(warning))
}

/// How whoever signs has shown who they are.
fn how(ctx: &mut Ctx<'_>) -> Result<How> {
    if ctx.identity.session.is_some() {
        let identity = ctx.identity.clone();
        let (session, _) = ctx.open()?.read(|conn| identity::own_session(conn, &identity))?;
        return Ok(How { method: "session", second_step: session.method });
    }
    let by_link = matches!(ctx.identity.principal, Principal::Signatory(_));
    Ok(How { method: if by_link { "dashboard-link" } else { "operator" }, second_step: None })
}

/// Shows what is about to be signed, and asks (K-201, K-202).
fn confirm(ctx: &mut Ctx<'_>, offer: &Offer, side: &str) -> Result<()> {
    let Offer { agreement, annexes, signer } = offer;
    let label = label_of(ctx.lang(), agreement.kind);
    let mut shown = vec![
        format!("{label}: {} (no. {}, version {})", agreement.title, agreement.id, agreement.version),
        format!("Document: {}{}", agreement.document, pages(agreement.pages)),
        format!("SHA-256:  {}", agreement.sha256),
    ];
    for annex in annexes {
        shown.push(format!("Annex {}: {}, SHA-256 {}", annex.position, annex.name, annex.sha256));
    }
    shown.push(format!("To be signed {side} by {} <{}>", signer.name, signer.email));
    // Where nobody can be asked, the refusal stands alone.
    if ctx.global.yes || ctx.global.dry_run || ctx.can_ask() {
        shown.iter().for_each(|line| ctx.tell(line));
    }
    ctx.confirm(&format!("Sign agreement {} of {}?", agreement.id, agreement.tenant))
}

fn pages(pages: Option<i64>) -> String {
    match pages {
        Some(1) => ", 1 page".to_owned(),
        Some(pages) => format!(", {pages} pages"),
        None => String::new(),
    }
}

pub(super) fn record(args: RecordArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_acting_as("records a signature")?;
    access::provider_only(&ctx.actor())?;
    let evidence = match &args.evidence {
        Some(path) => {
            let limit = limit(ctx)?;
            let file = spool(ctx, path, "evidence", limit)?;
            if file.bytes.size == 0 {
                return Err(Error::invalid_file(format!("{} is empty and proves nothing", file.name))
                    .hint("--evidence names what the signing service gave out"));
            }
            Some(file)
        }
        None => None,
    };
    let new = NewSignature {
        party: args.party,
        signer: args.signer,
        name: args.signer_name,
        title: args.title,
        method: args.method,
        signed_at: args.signed_at,
        reference: args.reference,
        evidence,
    };
    let (number, desk) = (args.name.number, Desk::of(ctx));
    let item = ctx.write(|tx| signing::record_signature(tx, number, new, &desk))?;
    signed(ctx, &item)
}

pub(super) fn decline(args: &SignArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_acting_as("declines an agreement")?;
    ctx.refuse_fields()?;
    ctx.require_reason()?;
    args.token.come_in(ctx)?;
    let (actor, number, desk) = (ctx.actor(), args.name.number, Desk::of(ctx));
    let db = ctx.open()?;
    let now = db.now();
    let offer = db.read(|conn| signing::offer_to_decline(conn, &actor, number, now))?;
    let agreement = &offer.agreement;
    ctx.confirm(&format!(
        "Decline agreement {} of {} ({})?",
        agreement.id, agreement.tenant, agreement.title
    ))?;
    let item = ctx.write(|tx| signing::decline(tx, &offer, &desk))?;
    Answer::change(&AGREEMENT, "declined", &item)
}

pub(super) fn withdraw(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    ctx.require_reason()?;
    let agreement = ctx.open()?.read(|conn| service::find(conn, args.number))?;
    ctx.confirm(&format!(
        "Withdraw agreement {} of {} ({})?",
        agreement.id, agreement.tenant, agreement.title
    ))?;
    let desk = Desk::of(ctx);
    let item = ctx.write(|tx| signing::withdraw(tx, args.number, &desk))?;
    Answer::change(&AGREEMENT, "withdrawn", &item)
}
