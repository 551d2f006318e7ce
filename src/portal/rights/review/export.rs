//! `rights review export`: the sheet that is decided upon.

use super::{HEADINGS, mark};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::platform::i18n::{Lang, label_of};
use crate::portal::access::Menu;
use crate::portal::access::grants::{self, Grant};
use crate::portal::tenant::service as tenant_service;
use crate::portal::user::sight::Sight;
use crate::portal::user::store::{self as user_store, Filter};
use crate::portal::user::{User, UserStatus};
use crate::values::parse_utc_text;

/// A sheet, and how many grants stand in it.
pub struct Exported {
    /// The bytes: UTF-8 with a mark, `;` between cells, as Danish spreadsheets read it.
    pub bytes: Vec<u8>,
    /// The grants.
    pub rows: usize,
}

/// One row for each right of each user at the institution, or at all that the actor may administer.
pub fn export(conn: &Connection, actor: &Actor, tenant: Option<&str>, lang: Lang) -> Result<Exported> {
    let tenants = tenant_service::scope(conn, actor, Menu::Users, tenant)?;
    let granted = grants::list(conn, tenants.as_deref(), None)?;
    let sight = Sight::of(conn, actor)?;
    let users = user_store::list(conn, &Filter::default())?;
    let users: Vec<_> = users.into_iter().filter_map(|user| sight.seen(user)).collect();
    let mut text = String::from("\u{feff}");
    line(&mut text, HEADINGS.iter().map(|heading| heading.names.first().copied().unwrap_or_default()));
    for grant in &granted {
        let user = users.iter().find(|user| user.email.as_str() == grant.user);
        let cells = row(grant, user, lang);
        line(&mut text, cells.iter().map(String::as_str));
    }
    Ok(Exported { bytes: text.into_bytes(), rows: granted.len() })
}

fn row(grant: &Grant, user: Option<&User>, lang: Lang) -> [String; 12] {
    let day = |time: &str| parse_utc_text(time).map(|time| local_date(time).to_string()).unwrap_or_default();
    let last_login = user.and_then(|user| user.last_login_at.as_deref());
    [
        grant.user.clone(),
        user.map(|user| user.name.clone()).unwrap_or_default(),
        grant.tenant.clone(),
        label_of(lang, grant.right),
        user.map(|user: &User| label_of::<UserStatus>(lang, user.status)).unwrap_or_default(),
        last_login.map(day).unwrap_or_default(),
        day(&grant.granted_at),
        grant.granted_by.clone(),
        mark(&grant.user, &grant.tenant, grant.right, &grant.granted_at),
        String::new(),
        String::new(),
        String::new(),
    ]
}

/// Appends a row. What a spreadsheet would run as a formula gets a tab in front, which reading takes away again.
fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(';');
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if formula || cell.contains([';', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(if formula { "\t" } else { "" });
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_two_cells() {
        let mut text = String::new();
        line(&mut text, ["=HYPERLINK(\"x\")", "a;b", "plain", "-1", ""].into_iter());
        assert_eq!(text, "\"\t=HYPERLINK(\"\"x\"\")\";\"a;b\";plain;\"\t-1\";\r\n");
    }
}
