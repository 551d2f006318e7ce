//! `ticket create`: from flags or from questions.

use std::path::{Path, PathBuf};

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::cli::ask::{Asking, given};
use crate::portal::ticket::kind::{self, TypeStatus};
use crate::portal::ticket::view::TICKET;
use crate::portal::ticket::{NewTicket, service};
use crate::values::Email;

/// `ticket create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The institution (needed, or asked for)
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Who asks (needed, or asked for)
    #[arg(long, value_name = "EMAIL")]
    requester: Option<Email>,
    /// What it is about: one line, at most 80 characters (needed, or asked for)
    #[arg(long)]
    subject: Option<String>,
    /// The code of its type
    #[arg(long = "type", value_name = "CODE")]
    kind: Option<String>,
    /// A file with the text; - is standard input
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// A file to attach (can be repeated)
    #[arg(long = "attach", value_name = "FILE")]
    attach: Vec<PathBuf>,
}

/// Serves the verb.
pub fn run(mut args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let wanted = [
        ("--tenant <TENANT>", args.tenant.is_none()),
        ("--requester <EMAIL>", args.requester.is_none()),
        ("--subject <SUBJECT>", args.subject.is_none()),
    ];
    let mut text = None;
    if let Some(mut asking) = Asking::begin(ctx, &wanted)? {
        text = ask_for(&mut args, &mut asking)?;
        asking.finish();
    }
    let mut post = super::post(ctx, args.body_file.as_deref(), &args.attach)?;
    if let Some(text) = text {
        post.text = text;
    }
    let new = NewTicket {
        tenant: given(args.tenant, "--tenant <TENANT>")?,
        requester: given(args.requester, "--requester <EMAIL>")?,
        subject: given(args.subject, "--subject <SUBJECT>")?,
        kind: args.kind,
        post,
        follows: None,
    };
    let detail = ctx.write(|tx| service::create(tx, new))?;
    Answer::change(&TICKET, "created", &detail)
}

/// Asks for everything that no flag says; answers with the text, where no file holds it.
fn ask_for(args: &mut CreateArgs, asking: &mut Asking<'_, '_>) -> Result<Option<String>> {
    let tenant = asking.tenant(&mut args.tenant)?;
    let actor = asking.ctx.actor();
    asking.needed(&mut args.requester, ("--requester", "Who asks (e-mail address)"), |conn, text| {
        let email: Email = text.parse()?;
        Ok(service::requester(conn, &actor, &email, &tenant.code)?.email)
    })?;
    asking.needed(&mut args.subject, ("--subject", "Subject"), |_, text| service::subject(text))?;
    if args.kind.is_none() {
        let mut kinds = asking.read(kind::list)?;
        kinds.retain(|kind| kind.status == TypeStatus::Active);
        if !kinds.is_empty() {
            let members = kinds.into_iter().map(|kind| (kind.code, kind.name)).collect();
            args.kind = asking.pick(("--type", "Type"), Some("choice-none"), members)?;
        }
    }
    // Standard input is read only once, by one flag alone.
    if args.body_file.is_some() || args.attach.iter().any(|path| path == Path::new("-")) {
        return Ok(None);
    }
    asking.text().map(Some)
}
