//! `user create`: from flags, from questions, or from a request by mail.

use std::path::{Path, PathBuf};

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, parse_coded};
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;
use crate::portal::access::{self, Menu, Right};
use crate::portal::cli::ask::{self, Asking, active_tenant, given, one_line, parsed};
use crate::portal::cli::line;
use crate::portal::tenant::Tenant;
use crate::portal::tenant::service as tenant_service;
use crate::portal::user::request::places::{self, Place};
use crate::portal::user::request::{self, Field};
use crate::portal::user::{NewUser, Staff, UserKind, service};
use crate::values::{BNumber, DanishPhone, Email, Invalid};

const PHONE: ask::Field = ("--phone", "Phone, 8 digits");
const TITLE: ask::Field = ("--title", "Title");

/// `user create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The address; it is the user name (needed, or asked for)
    #[arg(long)]
    email: Option<Email>,
    /// The name (needed, or asked for)
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// The B-number, which reports need
    #[arg(long)]
    b_number: Option<BNumber>,
    /// The phone, 8 digits
    #[arg(long)]
    phone: Option<DanishPhone>,
    /// The title
    #[arg(long, value_parser = line)]
    title: Option<String>,
    /// The language of mails: da, nb or en
    #[arg(long, value_parser = parse_coded::<Lang>)]
    language: Option<Lang>,
    /// person or shared-mailbox [default: person]
    #[arg(long, value_parser = parse_coded::<UserKind>)]
    kind: Option<UserKind>,
    /// An institution and rights there: TENANT:RIGHT[,RIGHT] (can be repeated)
    #[arg(long, value_name = "TENANT:RIGHT,…", value_parser = rights)]
    rights: Vec<(String, Vec<Right>)>,
    /// One of the provider's own: caseworker or system-administrator
    #[arg(long, value_parser = parse_coded::<Staff>)]
    staff: Option<Staff>,
    /// A request by mail as plain text, to take from what no flag says; - is standard input
    #[arg(long, value_name = "FILE")]
    from_request: Option<PathBuf>,
    /// Do not queue the mail
    #[arg(long)]
    no_invite: bool,
    /// Take a user who is there already and does not differ as it is
    #[arg(long)]
    if_not_exists: bool,
}

fn rights(text: &str) -> Result<(String, Vec<Right>), Invalid> {
    let (tenant, rights) =
        text.rsplit_once(':').filter(|(tenant, _)| !tenant.trim().is_empty()).ok_or_else(|| {
            Invalid::new(
                "rights.invalid",
                "a rights group",
                text,
                "it must be the institution, a colon, and rights parted by commas",
                "oekonomistyrelsen:reader,reports",
            )
        })?;
    let rights = rights.split(',').map(parse_coded::<Right>).collect::<Result<_, _>>()?;
    Ok((tenant.trim().to_owned(), rights))
}

/// Serves the verb.
pub fn run(mut args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    ctx.open()?.read(|conn| access::places(conn, &actor, Menu::Users))?;
    let mut warnings = Vec::new();
    if let Some(path) = args.from_request.take() {
        warnings = from_request(&mut args, ctx, &path)?;
    } else if let Some(mut asking) = Asking::begin(ctx, &needed(&args))? {
        ask_for(&mut args, &mut asking)?;
        asking.finish();
    }
    let new = NewUser {
        email: given(args.email, "--email <EMAIL>")?,
        name: given(args.name, "--name <NAME>")?,
        b_number: args.b_number,
        phone: args.phone,
        title: args.title,
        language: args.language,
        kind: args.kind,
        staff: args.staff,
        rights: args.rights,
    };
    let lang = ctx.lang();
    let outcome = ctx.write(|tx| service::create(tx, new, !args.no_invite, args.if_not_exists, lang))?;
    Ok(super::changed(outcome)?.warn(warnings))
}

fn needed(args: &CreateArgs) -> [(&'static str, bool); 2] {
    [("--email <EMAIL>", args.email.is_none()), ("--name <NAME>", args.name.is_none())]
}

/// Asks for everything that no flag says (K-042..K-044).
fn ask_for(args: &mut CreateArgs, asking: &mut Asking<'_, '_>) -> Result<()> {
    if ask_who(args, asking)? {
        return Ok(());
    }
    if args.staff.is_none() && args.rights.is_empty() {
        while let Some((_, tenant)) = asking.line_or_enter(institution(args), active_tenant)? {
            if args.rights.iter().any(|(known, _)| *known == tenant.code) {
                asking.ctx.complain(&Error::usage(format!("{} was named already", tenant.code)));
                continue;
            }
            ask_rights(args, asking, &tenant, None)?;
        }
        if args.rights.is_empty() {
            asking.coded(&mut args.staff, ("--staff", "One of the provider's own"), Some("choice-none"))?;
        }
    }
    ask_b_number(args, asking)?;
    asking.optional(&mut args.phone, PHONE, parsed)?;
    asking.optional(&mut args.title, TITLE, one_line)?;
    asking.coded(&mut args.language, ("--language", "Language of mails"), Some("choice-installation"))?;
    asking.coded(&mut args.kind, ("--kind", "Who is behind the address"), None)
}

fn ask_b_number(args: &mut CreateArgs, asking: &mut Asking<'_, '_>) -> Result<()> {
    let b_number = if opens_reports(args) { "B-number (reports need it)" } else { "B-number" };
    let (email, actor) = (args.email.clone(), asking.ctx.actor());
    asking.optional(&mut args.b_number, ("--b-number", b_number), |conn, text| {
        let number: BNumber = text.parse()?;
        if let Some(email) = &email {
            service::check_b_number(conn, &actor, Some(&number), email)?;
        }
        Ok(number)
    })
}

/// Answers with whether such a user is there already and is to be taken as it is: then there is nothing more to ask.
fn ask_who(args: &mut CreateArgs, asking: &mut Asking<'_, '_>) -> Result<bool> {
    let may_exist = args.if_not_exists;
    let actor = asking.ctx.actor();
    let free =
        |conn: &_, email: &Email| if may_exist { Ok(()) } else { service::check_free(conn, &actor, email) };
    if let Some(email) = &args.email {
        asking.read(|conn| free(conn, email))?;
    }
    asking.needed(&mut args.email, ("--email", "E-mail address"), |conn, text| {
        let email: Email = text.parse()?;
        free(conn, &email)?;
        Ok(email)
    })?;
    if let Some(email) = &args.email
        && let Some(present) = asking.read(|conn| service::find_seen(conn, &actor, email))?
    {
        asking.tell(&format!("User {} exists already; what no flag says is left as it is.", present.email));
        asking.take(&mut args.name, "--name", Some(present.name));
        return Ok(true);
    }
    asking.needed(&mut args.name, ("--name", "Name"), one_line)?;
    Ok(false)
}

fn ask_rights(
    args: &mut CreateArgs,
    asking: &mut Asking<'_, '_>,
    tenant: &Tenant,
    proposed: Option<Right>,
) -> Result<()> {
    let rights = asking.rights(tenant, proposed)?;
    asking.keep_rights(&tenant.code, &rights);
    args.rights.push((tenant.code.clone(), rights));
    Ok(())
}

fn institution(args: &CreateArgs) -> &'static str {
    if args.rights.is_empty() { "Institution (code, CVR or name)" } else { "Another institution" }
}

fn opens_reports(args: &CreateArgs) -> bool {
    args.rights
        .iter()
        .flat_map(|(_, rights)| rights)
        .any(|right| access::allows(*right, access::Menu::Reports))
}

/// Takes what no flag says from a request (K-032), shows what was understood, asks for the rest, and asks whether to
/// go on.
fn from_request(args: &mut CreateArgs, ctx: &mut Ctx<'_>, path: &Path) -> Result<Vec<Warning>> {
    let request = request::read(ctx, path)?;
    // Flags overrule the request, and so do not let its CVR numbers be looked at.
    let wants_rights = args.rights.is_empty() && args.staff.is_none();
    if !ctx.can_ask() {
        request.refuse_unread(path, &overruled(args, wants_rights))?;
    }
    let mut asking = Asking::open(ctx)?;
    let cure = "name the one you mean by its code: `--rights CODE:RIGHT`";
    let found = if wants_rights { places::look_up(&asking, &request, cure)? } else { Vec::new() };
    asking.tell(&request.summary(&places::lines(&found), true));
    let named = args.rights.iter().map(|(tenant, _)| tenant.as_str());
    let warnings = places::warn_of_others(&mut asking, &request, "--rights", named)?;
    asking.take(&mut args.email, "--email", request.email.clone());
    asking.take(&mut args.name, "--name", request.name.clone());
    asking.take(&mut args.b_number, "--b-number", request.b_number.clone());
    asking.take(&mut args.phone, "--phone", request.phone.clone());
    asking.take(&mut args.title, "--title", request.title.clone());
    let [email, name] = needed(args);
    ask::lacks(asking.ctx, &[email, name, ("--rights <TENANT:RIGHT,…>", wants_rights)])?;
    ask_who(args, &mut asking)?;
    if let Some(email) = &args.email {
        let actor = asking.ctx.actor();
        asking.read(|conn| service::check_b_number(conn, &actor, args.b_number.as_ref(), email))?;
    }
    if wants_rights {
        ask_requested_rights(args, &mut asking, found)?;
    }
    if request.is_unread(Field::BNumber) {
        ask_b_number(args, &mut asking)?;
    }
    if request.is_unread(Field::Phone) {
        asking.optional(&mut args.phone, PHONE, parsed)?;
    }
    if request.is_unread(Field::Title) {
        asking.optional(&mut args.title, TITLE, one_line)?;
    }
    asking.finish();
    ctx.confirm(&question(args))?;
    Ok(warnings)
}

/// The fields of a request that a flag overrules.
fn overruled(args: &CreateArgs, wants_rights: bool) -> Vec<Field> {
    let fields = [
        (Field::Cvr, !wants_rights),
        (Field::Name, args.name.is_some()),
        (Field::Email, args.email.is_some()),
        (Field::BNumber, args.b_number.is_some()),
        (Field::Phone, args.phone.is_some()),
        (Field::Title, args.title.is_some()),
    ];
    fields.into_iter().filter(|(_, given)| *given).map(|(field, _)| field).collect()
}

/// A request is for the institution's administrator (K-030), so that is proposed where there is none yet.
fn ask_requested_rights(args: &mut CreateArgs, asking: &mut Asking<'_, '_>, found: Vec<Place>) -> Result<()> {
    for tenant in places::settle(asking, found)? {
        let led = asking.read(|conn| tenant_service::has_administrator(conn, tenant.id))?;
        let proposed = if led { Right::Reader } else { Right::Administrator };
        ask_rights(args, asking, &tenant, Some(proposed))?;
    }
    Ok(())
}

fn question(args: &CreateArgs) -> String {
    let rights: Vec<_> = args
        .rights
        .iter()
        .map(|(tenant, rights)| {
            let rights: Vec<_> = rights.iter().map(ToString::to_string).collect();
            format!("{tenant}: {}", rights.join(", "))
        })
        .collect();
    let rights = if rights.is_empty() { String::new() } else { format!(" with {}", rights.join("; ")) };
    let email = args.email.as_ref().map(Email::as_str).unwrap_or_default();
    format!("Create {} ({email}){rights}?", args.name.as_deref().unwrap_or_default())
}
