//! `contact create`: from flags or from questions.

use super::DataArgs;
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::label_of;
use crate::platform::ui::{Answer, prompt};
use crate::portal::access::{self, Menu};
use crate::portal::cli::ask::{Asking, given, one_line, parsed};
use crate::portal::cli::{Emptied, line, prose};
use crate::portal::contact::role::{Role, RoleStatus, store as role_store};
use crate::portal::contact::view::CONTACT;
use crate::portal::contact::{NewContact, rules, service};
use crate::portal::tenant::unit::store as unit_store;
use crate::portal::tenant::{Status, Tenant};

/// `contact create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The institution (needed, or asked for)
    #[arg(long)]
    tenant: Option<String>,
    /// The name (needed, or asked for)
    #[arg(long, value_parser = line)]
    name: Option<String>,
    #[command(flatten)]
    data: DataArgs,
    /// Take a contact of that key that is there already and does not differ as it is
    #[arg(long)]
    if_not_exists: bool,
}

/// Serves the verb.
pub fn run(mut args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let wanted = [("--tenant <TENANT>", args.tenant.is_none()), ("--name <NAME>", args.name.is_none())];
    if let Some(mut asking) = Asking::begin(ctx, &wanted)? {
        ask_for(&mut args, &mut asking)?;
        asking.finish();
    }
    let data = args.data.patch();
    let new = NewContact {
        tenant: given(args.tenant, "--tenant <TENANT>")?,
        unit: data.unit.clone().flatten(),
        name: given(args.name, "--name <NAME>")?,
        key: data.key.clone(),
        data,
    };
    let (result, contact) = ctx.write(|tx| service::create(tx, new, args.if_not_exists))?;
    Answer::change(&CONTACT, result, &contact)
}

/// Asks for everything that no flag says (K-181, K-193).
fn ask_for(args: &mut CreateArgs, asking: &mut Asking<'_, '_>) -> Result<()> {
    let tenant = asking.tenant(&mut args.tenant)?;
    let actor = asking.ctx.actor();
    asking.read(|conn| access::authorise(conn, &actor, Menu::Contacts, (tenant.id, &tenant.code)))?;
    ask_unit(&mut args.data, asking, &tenant)?;
    asking.needed(&mut args.name, ("--name", "Name"), one_line)?;
    let data = &mut args.data;
    asking.optional(&mut data.title, ("--title", "Title"), one_line)?;
    asking.optional(&mut data.email, ("--email", "E-mail address"), emptied_or)?;
    let has_email = data.email.as_ref().is_some_and(|email| email.0.is_some());
    if has_email && data.secure_email.is_none() && prompt::confirm("Is that a secure address?")? {
        asking.keep_switch("--secure-email");
        data.secure_email = Some(true);
    }
    asking.optional(&mut data.shared_email, ("--shared-email", "Shared mailbox"), emptied_or)?;
    asking.optional(&mut data.phone, ("--phone", "Phone, 8 digits"), emptied_or)?;
    if data.remarks.is_none() {
        let remarks = asking.lines("Remarks (an empty line or . ends them)", prose)?.join("\n");
        if !remarks.is_empty() {
            asking.keep("--remarks", &remarks);
            data.remarks = Some(remarks);
        }
    }
    ask_roles(data, asking)
}

/// The institution itself, or one of its units in use.
fn ask_unit(data: &mut DataArgs, asking: &mut Asking<'_, '_>, tenant: &Tenant) -> Result<()> {
    let mut units = asking.read(|conn| unit_store::list(conn, Some(&[tenant.id]), None))?;
    units.retain(|unit| unit.status == Status::Active);
    if data.unit.is_some() || units.is_empty() {
        return Ok(());
    }
    let lang = asking.ctx.lang();
    let members = units.iter().map(|unit| {
        let name = unit.name.as_deref().unwrap_or_default();
        (unit.key(), format!("{} {} {name}", label_of(lang, unit.kind), unit.number).trim_end().to_owned())
    });
    let chosen = asking.pick(("--unit", "Contact of"), Some("choice-institution"), members.collect())?;
    data.unit = chosen.map(|key| key.parse().map(|unit| Emptied(Some(unit)))).transpose()?;
    Ok(())
}

/// Roles are marked until they fit: some need a secure address, others the provider alone may give.
fn ask_roles(data: &mut DataArgs, asking: &mut Asking<'_, '_>) -> Result<()> {
    let mut roles = asking.read(role_store::list)?;
    roles.retain(|role| role.status == RoleStatus::Active);
    if data.roles.is_some() || roles.is_empty() {
        return Ok(());
    }
    let labels: Vec<_> = roles.iter().map(|role| role.name.clone()).collect();
    let by_provider = access::provider_only(&asking.ctx.actor()).is_ok();
    let mut marked = vec![false; roles.len()];
    loop {
        let places = prompt::choices("Roles (space marks, Enter goes on)", &labels, &marked)?;
        let chosen: Vec<Role> = places.iter().filter_map(|place| roles.get(*place).cloned()).collect();
        match rules::check_roles(&[], &chosen, data.secure_email == Some(true), by_provider) {
            Ok(()) => {
                for role in &chosen {
                    asking.keep("--role", &role.code);
                }
                data.roles = Some(chosen.into_iter().map(|role| role.code).collect());
                return Ok(());
            }
            Err(error) => asking.ctx.complain(&error),
        }
        marked = (0..roles.len()).map(|place| places.contains(&place)).collect();
    }
}

fn emptied_or<T: std::str::FromStr<Err = crate::values::Invalid>>(
    conn: &crate::platform::db::Connection,
    text: &str,
) -> Result<Emptied<T>> {
    parsed(conn, text).map(|value| Emptied(Some(value)))
}
