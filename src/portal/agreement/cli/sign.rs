//! The way to force: `agreement send`, `record-signature`, `withdraw`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{NumberArgs, limit, spool};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::agreement::view::AGREEMENT;
use crate::portal::agreement::{NewSignature, Party, service};
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

pub(super) fn send(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let lang = ctx.lang();
    let item = ctx.write(|tx| service::send(tx, args.number, lang))?;
    Answer::change(&AGREEMENT, "sent", &item)
}

pub(super) fn record(args: RecordArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_acting_as("records a signature")?;
    access::provider_only(&ctx.actor())?;
    let evidence = match &args.evidence {
        Some(path) => {
            let limit = limit(ctx)?;
            Some(spool(ctx, path, "evidence", limit)?)
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
    let (number, lang) = (args.name.number, ctx.lang());
    let item = ctx.write(|tx| service::record_signature(tx, number, new, lang))?;
    Answer::change(&AGREEMENT, "signed", &item)
}

pub(super) fn withdraw(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    ctx.require_reason()?;
    let agreement = ctx.open()?.read(|conn| service::find(conn, args.number))?;
    ctx.confirm(&format!(
        "Withdraw agreement {} of {} ({})?",
        agreement.id, agreement.tenant, agreement.title
    ))?;
    let item = ctx.write(|tx| service::withdraw(tx, args.number))?;
    Answer::change(&AGREEMENT, "withdrawn", &item)
}
