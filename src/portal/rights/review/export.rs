//! `rights review export`: the sheet that is decided upon.

use std::collections::HashMap;

use super::{HEADINGS, mark};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::platform::i18n::{Lang, label_of};
use crate::platform::sheet::{Cell, Dialect, Form};
use crate::portal::access::Menu;
use crate::portal::access::grants::{self, Grant};
use crate::portal::tenant::service as tenant_service;
use crate::portal::user::sight::Sight;
use crate::portal::user::store::{self as user_store, Filter};
use crate::portal::user::{User, UserStatus};
use crate::values::parse_utc_text;

/// The places of the days in a row.
const LAST_LOGIN: usize = 5;
const GRANTED_AT: usize = 6;

/// A sheet, and how many grants stand in it.
pub struct Exported {
    /// The bytes: UTF-8 with a mark, `;` between cells, as Danish spreadsheets read it.
    pub bytes: Vec<u8>,
    /// The grants.
    pub rows: usize,
}

/// One row for each right of each user at the institution, or at all that the actor may administer; then, where the
/// provider asks about all, one for each of its staff.
pub fn export(conn: &Connection, actor: &Actor, tenant: Option<&str>, lang: Lang) -> Result<Exported> {
    let tenants = tenant_service::scope(conn, actor, Menu::Users, tenant)?;
    let granted = grants::list(conn, tenants.as_deref(), None)?;
    let sight = Sight::of(conn, actor)?;
    let users = user_store::list(conn, &Filter { tenants, ..Filter::default() })?;
    let users: Vec<_> = users.into_iter().filter_map(|user| sight.seen(user)).collect();
    let users: HashMap<_, _> = users.iter().map(|user| (user.email.as_str(), user)).collect();
    let form = Form::from(Dialect::ExcelDa);
    let mut bytes = form.opening();
    let names = HEADINGS.iter().map(|heading| heading.names.first().copied().unwrap_or_default());
    form.row(names.map(|name| Cell::Value(name.into())), &mut bytes);
    for grant in &granted {
        form.row(cells(row(grant, users.get(grant.user.as_str()).copied(), lang)), &mut bytes);
    }
    let staff = match tenant.is_none() && actor.is_provider() {
        true => user_store::list(conn, &Filter { staff: true, ..Filter::default() })?,
        false => Vec::new(),
    };
    let staff: Vec<_> = staff.iter().filter_map(|user| staff_row(user, lang)).collect();
    let rows = granted.len() + staff.len();
    for member in staff {
        form.row(cells(member), &mut bytes);
    }
    Ok(Exported { bytes, rows })
}

fn day(time: &str) -> String {
    parse_utc_text(time).map(|time| local_date(time).to_string()).unwrap_or_default()
}

/// A member of the provider's staff: no institution, and the role as the right.
fn staff_row(user: &User, lang: Lang) -> Option<[String; 12]> {
    let role = user.staff?;
    let since = user.staff_since.as_deref().unwrap_or_default();
    Some([
        user.email.to_string(),
        user.name.clone(),
        String::new(),
        label_of(lang, role),
        label_of::<UserStatus>(lang, user.status),
        user.last_login_at.as_deref().map(day).unwrap_or_default(),
        day(since),
        String::new(),
        mark(user.email.as_str(), "", role, since),
        String::new(),
        String::new(),
        String::new(),
    ])
}

fn row(grant: &Grant, user: Option<&User>, lang: Lang) -> [String; 12] {
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

/// The cells of a row, in which only what people wrote needs a guard against being run as a formula.
fn cells(row: [String; 12]) -> impl Iterator<Item = Cell<'static>> {
    row.into_iter().enumerate().map(|(place, cell)| match place {
        LAST_LOGIN | GRANTED_AT => Cell::Value(cell.into()),
        _ => Cell::Text(cell.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_two_cells() {
        let mut text = Vec::new();
        let cells = ["=HYPERLINK(\"x\")", "a;b", "plain", "-1", ""].map(|cell| Cell::Text(cell.into()));
        Form::from(Dialect::ExcelDa).row(cells, &mut text);
        let expected = "\"\t=HYPERLINK(\"\"x\"\")\";\"a;b\";plain;\"\t-1\";\r\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
