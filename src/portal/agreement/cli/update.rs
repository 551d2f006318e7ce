//! `agreement update`.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::{NumberArgs, limit, spool};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::agreement::pdf::Pdf;
use crate::portal::agreement::service::{Desk, versions};
use crate::portal::agreement::view::AGREEMENT;
use crate::portal::agreement::{Changes, NamedFile};
use crate::portal::cli::{Emptied, emptied, line, line_or_empty};
use crate::values::{Invalid, parse_date};

/// `agreement update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    name: NumberArgs,
    /// Another document, a PDF
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// An annex, in place of all that were there (can be repeated; '' for none)
    #[arg(long = "annex", value_name = "FILE", value_parser = path_or_empty())]
    annexes: Vec<PathBuf>,
    /// Another title
    #[arg(long, value_parser = line)]
    title: Option<String>,
    /// Another first day of validity ('' for none)
    #[arg(long, value_name = "DATE", value_parser = date_or_empty)]
    effective_on: Option<Emptied<NaiveDate>>,
    /// Another last day of validity ('' for none)
    #[arg(long, value_name = "DATE", value_parser = date_or_empty)]
    expires_on: Option<Emptied<NaiveDate>>,
    /// Another extra service ('' for none)
    #[arg(long, value_name = "TEXT", value_parser = line_or_empty)]
    service: Option<String>,
}

pub(super) fn run(args: UpdateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let changes = Changes {
        document: match &args.document {
            Some(path) => {
                let limit = limit(ctx)?;
                Some(Pdf::new(spool(ctx, path, "document.pdf", limit)?)?)
            }
            None => None,
        },
        annexes: annexes(&args.annexes, ctx)?,
        title: args.title,
        effective_on: args.effective_on.map(|date| date.0),
        expires_on: args.expires_on.map(|date| date.0),
        service: emptied(args.service),
    };
    versions::require_some(&changes)?;
    let (number, desk) = (args.name.number, Desk::of(ctx));
    let (result, item) = ctx.write(|tx| versions::update(tx, number, changes, &desk))?;
    Answer::change(&AGREEMENT, result, &item)
}

fn annexes(paths: &[PathBuf], ctx: &mut Ctx<'_>) -> Result<Option<Vec<NamedFile>>> {
    match paths {
        [] => Ok(None),
        [none] if none == Path::new("") => Ok(Some(Vec::new())),
        paths => super::annexes(paths, ctx).map(Some),
    }
}

fn path_or_empty() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn date_or_empty(text: &str) -> Result<Emptied<NaiveDate>, Invalid> {
    if text.trim().is_empty() { Ok(Emptied(None)) } else { parse_date(text).map(|date| Emptied(Some(date))) }
}
