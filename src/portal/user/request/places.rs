//! The institutions that a request's CVR numbers name, and questions about those that are not clear.

use super::{Field, Request};
use crate::platform::error::{Error, Result};
use crate::platform::ui::answer::Warning;
use crate::platform::ui::prompt;
use crate::portal::cli::ask::{Asking, active_tenant};
use crate::portal::tenant::{Tenant, service as tenant_service, store as tenant_store};
use crate::values::Cvr;

/// What a CVR number of a request comes to.
pub enum Place {
    /// One institution.
    One(Tenant),
    /// Several that share the number.
    Shared(Cvr, Vec<Tenant>),
    /// None, with what stands there, and why where the list of what was understood does not say it already.
    Lost(String, Option<String>),
}

impl Place {
    /// The institutions it may be.
    pub fn tenants(&self) -> &[Tenant] {
        match self {
            Place::One(tenant) => std::slice::from_ref(tenant),
            Place::Shared(_, tenants) => tenants,
            Place::Lost(..) => &[],
        }
    }
}

/// Looks the CVR numbers up. Where nobody can be asked, each must name one institution; `cure` says how else to name
/// the one that is meant.
pub fn look_up(asking: &Asking<'_, '_>, request: &Request, cure: &str) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for cvr in &request.cvrs {
        let place = match asking.read(|conn| active_tenant(conn, cvr.as_str())) {
            Ok(tenant) => Place::One(tenant),
            Err(error) if !asking.ctx.can_ask() => {
                return Err(if error.code() == "tenant.ambiguous" { error.hint(cure) } else { error });
            }
            Err(error) if error.code() == "tenant.ambiguous" => {
                let tenants = asking.read(|conn| tenant_store::list_by_cvr(conn, cvr.as_str()))?;
                Place::Shared(cvr.clone(), tenants)
            }
            Err(error) if prompt::is_about_the_answer(&error) => {
                Place::Lost(format!("CVR {cvr}"), Some(error.message().to_owned()))
            }
            Err(error) => return Err(error),
        };
        places.push(place);
    }
    let unread = request.unread.iter().filter(|unread| unread.field == Field::Cvr);
    places.extend(unread.map(|unread| Place::Lost(format!("\"{}\"", unread.value), None)));
    Ok(places)
}

/// The institutions as lines for the list of what was understood: those found first, then why the others were not.
pub fn lines(places: &[Place]) -> Vec<String> {
    let found: Vec<_> = places
        .iter()
        .filter_map(|place| match place {
            Place::One(tenant) => Some(named(tenant)),
            _ => None,
        })
        .collect();
    let unclear = places.iter().filter_map(|place| match place {
        Place::Shared(cvr, tenants) => {
            let names: Vec<_> = tenants.iter().map(named).collect();
            Some(format!("! CVR {cvr} is shared by {}", names.join(", ")))
        }
        Place::Lost(what, Some(why)) => Some(format!("! {what}: {why}")),
        _ => None,
    });
    Some(found.join(", ")).filter(|found| !found.is_empty()).into_iter().chain(unclear).collect()
}

/// An institution with its code.
pub fn named(tenant: &Tenant) -> String {
    format!("{} ({})", tenant.name, tenant.code)
}

/// One institution for each place, each once; asks where it is not clear. At least one comes of it.
pub fn settle(asking: &mut Asking<'_, '_>, places: Vec<Place>) -> Result<Vec<Tenant>> {
    let is_alone = places.len() < 2;
    let mut tenants: Vec<Tenant> = Vec::new();
    for place in places {
        let tenant = match place {
            Place::One(tenant) => Some(tenant),
            Place::Shared(cvr, tenants) => Some(choose(asking, &cvr, tenants)?),
            Place::Lost(what, _) => {
                let question = format!("Institution in place of {what} (code, CVR or name)");
                if is_alone {
                    Some(asking.line(&question, active_tenant)?.1)
                } else {
                    asking.line_or_enter(&question, active_tenant)?.map(|(_, tenant)| tenant)
                }
            }
        };
        tenants.extend(tenant.filter(|new| tenants.iter().all(|known| known.id != new.id)));
    }
    if tenants.is_empty() {
        tenants.push(asking.line("Institution (code, CVR or name)", active_tenant)?.1);
    }
    Ok(tenants)
}

fn choose(asking: &mut Asking<'_, '_>, cvr: &Cvr, tenants: Vec<Tenant>) -> Result<Tenant> {
    let labels: Vec<_> = tenants.iter().map(named).collect();
    loop {
        let place = prompt::choice(&format!("Which institution of CVR {cvr}"), &labels, 0)?;
        let Some(tenant) = tenants.get(place) else {
            return Err(Error::internal("a choice that was not offered"));
        };
        match tenant_service::require_active(tenant) {
            Ok(()) => return Ok(tenant.clone()),
            Err(error) => asking.ctx.complain(&error),
        }
    }
}

/// Warns of institutions that a flag names and the request does not. Where someone is asked whether to go on, it is
/// said before that too.
pub fn warn_of_others<'a>(
    asking: &mut Asking<'_, '_>,
    request: &Request,
    flag: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<Vec<Warning>> {
    let asked: Vec<_> = request.cvrs.iter().map(Cvr::to_string).collect();
    let mut warnings = Vec::new();
    for name in names.filter(|_| !asked.is_empty()) {
        let tenant = match asking.read(|conn| tenant_service::resolve(conn, name)) {
            Ok(tenant) if !request.cvrs.contains(&tenant.cvr) => tenant,
            Err(error) if !prompt::is_about_the_answer(&error) => return Err(error),
            // One that is not there is refused by the command itself.
            _ => continue,
        };
        let message = format!(
            "{flag} names {}, which has CVR {}, but the request names CVR {}",
            tenant.code,
            tenant.cvr,
            asked.join(", ")
        );
        if asking.ctx.can_ask() {
            asking.tell(&format!("! {message}"));
        }
        warnings.push(Warning::new("request.other-tenant", message));
    }
    Ok(warnings)
}
