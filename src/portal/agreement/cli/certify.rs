//! `agreement certify`, and the certificate that a second signature leaves behind.

use serde_json::{Value, json};

use crate::platform::ctx::Ctx;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::platform::ui::Answer;
use crate::platform::ui::answer::{Bulk, Warning};
use crate::portal::access;
use crate::portal::agreement::service::certificate;
use crate::portal::agreement::view::AgreementDetail;

/// `agreement certify`
#[derive(clap::Args)]
pub struct CertifyArgs {
    /// The agreements' numbers [default: all in force that have no certificate yet]
    #[arg(value_name = "N")]
    numbers: Vec<i64>,
}

pub(super) fn run(args: &CertifyArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    ctx.refuse_fields()?;
    let mut db = ctx.open()?;
    let numbers = match args.numbers.as_slice() {
        [] => db.read(certificate::missing)?,
        numbers => numbers.to_vec(),
    };
    let attempts = numbers.into_iter().map(|number| (number.to_string(), attempt(ctx, &mut db, number)));
    Bulk::of_attempts(attempts.collect())
}

fn attempt(ctx: &Ctx<'_>, db: &mut Db, number: i64) -> Result<(&'static str, Value)> {
    let result = if make(ctx, db, number)? { "created" } else { "unchanged" };
    Ok((result, json!({})))
}

/// Makes the certificate of what has just come into force. The signature stands whatever becomes of this, so a failure
/// is a warning.
pub(super) fn after_signing(ctx: &mut Ctx<'_>, signed: &AgreementDetail) -> Option<Warning> {
    if ctx.global.dry_run || signed.agreement.in_force_at.is_none() {
        return None;
    }
    let id = signed.agreement.id;
    let made = ctx.open().and_then(|mut db| make(ctx, &mut db, id));
    made.err().map(|error| missing(id, &error))
}

fn missing(id: i64, error: &Error) -> Warning {
    Warning::new(
        "agreement.certificate-missing",
        format!(
            "agreement {id} is in force, but its certificate could not be made: {}; `portalctl agreement certify {id}` tries again",
            error.message()
        ),
    )
}

fn make(ctx: &Ctx<'_>, db: &mut Db, id: i64) -> Result<bool> {
    certificate::make(db, &ctx.actor().job(certificate::JOB), id, ctx.lang())
}
