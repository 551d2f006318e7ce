//! Signatories and contacts of institutions.

use super::Run;
use crate::ops::state::wanted;
use crate::platform::bulk::Mode;
use crate::platform::error::Result;
use crate::portal::contact::{service as contact_service, store as contact_store};
use crate::portal::signatory::{Person, service as signatory_service, store as signatory_store};
use crate::portal::tenant::Tenant;
use crate::portal::tenant::service::incomplete;

/// Puts signatories and contacts; where a list is empty, all of them go.
pub(super) fn put(run: &mut Run<'_, '_>) -> Result<()> {
    for (tenant, row) in run.put_tenants() {
        for signatory in tenant.signatories.iter().flatten() {
            run.declare("signatory", &format!("{}:{}", row.code, signatory.scope));
            let put = put_signatory(run, signatory, &row);
            run.attempt(&signatory.at, put)?;
        }
        if tenant.signatories.as_ref().is_some_and(Vec::is_empty) {
            for present in signatory_store::list(run.tx, Some(&[row.id]), false)? {
                signatory_service::remove(run.tx, &row.code, present.scope, &present)?;
            }
        }
        for contact in tenant.contacts.iter().flatten() {
            run.declare("contact", &format!("{}:{}", row.code, contact.key));
            let put =
                contact_service::put(run.tx, Mode::Upsert, &row.code, &contact.key, contact.patch.clone());
            if let Some(("created", present)) = run.attempt(&contact.at, put)? {
                contact_service::stamp(run.tx, &present)?;
            }
        }
        if tenant.contacts.as_ref().is_some_and(Vec::is_empty) {
            for contact in contact_store::list(run.tx, Some(&[row.id]), None, None)? {
                contact_service::remove(run.tx, contact.id)?;
            }
        }
    }
    Ok(())
}

/// What is not said of a signatory stays what it is of the present one.
fn put_signatory(run: &mut Run<'_, '_>, wanted: &wanted::Signatory, tenant: &Tenant) -> Result<()> {
    let present = signatory_store::present(run.tx, tenant.id, wanted.scope)?;
    let kept = present.as_ref();
    let name = wanted.name.clone().or_else(|| kept.map(|present| present.name.clone()));
    let email = wanted.email.clone().or_else(|| kept.map(|present| present.email.clone()));
    let title = wanted.title.clone().or_else(|| kept.map(|present| present.title.clone()));
    let phone = wanted.phone.clone().or_else(|| kept.map(|present| present.phone.clone()));
    let (Some(name), Some(email), Some(title), Some(phone)) = (name, email, title, phone) else {
        let key = format!("{}:{}", tenant.code, wanted.scope);
        return Err(incomplete("signatory", &key, "name, email, title and phone"));
    };
    // A successor is the file's own only where the one before was.
    let own = match kept {
        Some(present) => {
            let applied = signatory_store::list_applied(run.tx, tenant.id)?;
            applied.iter().any(|own| own.id == present.id)
        }
        None => true,
    };
    let person = Person { name, email, title, phone };
    let (result, signatory) = signatory_service::appoint(run.tx, &tenant.code, wanted.scope, person)?;
    if result == "unchanged" {
        return Ok(());
    }
    if own {
        signatory_service::stamp(run.tx, &signatory)?;
    }
    if run.options.invite {
        signatory_service::send_dashboard(run.tx, &signatory, &tenant.name, None, run.options.lang)?;
        run.mails += 1;
    }
    Ok(())
}
