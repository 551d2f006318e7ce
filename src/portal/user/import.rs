//! Users from CSV files. No column touches a password, a code or a session, and none can.

use std::collections::HashMap;

use serde_json::Value;

use super::service::Outcome;
use super::sight::Sight;
use super::{UserKind, UserPatch, actions, local, put, store};
use crate::platform::bulk::{Applied, Cells, Column, Importer, Mode, Need, Shape};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, parse_coded};
use crate::platform::ui::answer::to_value;
use crate::portal::access::Right;
use crate::portal::cli::line;
use crate::values::{Email, Invalid};

/// What files of users look like.
pub static SHAPE: Shape = Shape {
    noun: "user",
    columns: &[
        Column::new(
            &["E-mail", "email"],
            Need::Always,
            "mette.friis@example.dk",
            "The address; it names the user and never changes",
        ),
        Column::new(&["Navn", "name"], Need::Create, "Mette Friis", "The name; never empty"),
        Column::new(&["B-nummer", "b_number"], Need::Never, "B234567", "The B-number, which reports need"),
        Column::new(&["Telefon", "phone"], Need::Never, "70101010", "The phone, 8 digits"),
        Column::new(&["Titel", "title"], Need::Never, "Kontorchef", "The title"),
        Column::new(
            &["Sprog", "language"],
            Need::Never,
            "da",
            "The language of mails: da, nb or en; empty follows the installation",
        ),
        Column::new(
            &["Rettigheder", "rights"],
            Need::Never,
            "eksempelstyrelsen:reader, eksempelstyrelsen:reports",
            "All rights of the user: institution:right, parted by commas or blanks; empty takes them all",
        ),
        Column::new(&["Type", "kind"], Need::Never, "Person", "person or shared-mailbox").beside(),
    ],
    key: &["email"],
    read_only: &["staff", "status", "mfa", "last_login_at", "created_at"],
    blames: &[("tenant.", "rights"), ("right", "rights"), ("user.b-number", "b_number")],
    missed: &[("status", &["active", "invited"]), ("staff", &[])],
    retried: &["rights.administrator-taken", "user.b-number-taken"],
    conflicts: &[],
    action: actions::IMPORT,
};

/// An import of users.
pub struct UserImport {
    /// What rows may do.
    pub mode: Mode,
    /// Whether those who are created are written to, and in which language where they have none of their own.
    pub invite: Option<Lang>,
}

/// What a row says of a user.
pub struct UserRow {
    email: Email,
    patch: UserPatch,
    /// Institutions, each with all its rights.
    rights: Option<Vec<(String, Vec<Right>)>>,
}

impl Importer for UserImport {
    type Row = UserRow;

    fn shape(&self) -> &'static Shape {
        &SHAPE
    }

    fn counts(&self) -> &'static [&'static str] {
        if self.invite.is_some() { &["invited"] } else { &[] }
    }

    fn read(&self, cells: &mut Cells<'_>) -> Option<UserRow> {
        let email = cells.filled("email", str::parse::<Email>);
        if let Some(email) = &email {
            cells.is_about(email.key());
        }
        let patch = UserPatch {
            name: cells.filled("name", cells.untouched("name", line)),
            b_number: cells.optional("b_number", str::parse),
            phone: cells.optional("phone", str::parse),
            title: cells.optional("title", line),
            language: cells.optional("language", parse_coded::<Lang>),
            kind: cells.filled("kind", parse_coded::<UserKind>),
            staff: None,
        };
        let rights = cells.list("rights", right).map(by_tenant);
        Some(UserRow { email: email?, patch, rights })
    }

    fn holder(&self, conn: &Connection, row: &UserRow) -> Result<Option<String>> {
        let Some(Some(b_number)) = &row.patch.b_number else { return Ok(None) };
        Ok(store::find_by_b_number(conn, b_number)?.map(|holder| holder.to_lowercase()))
    }

    fn let_go(&self, tx: &Tx<'_>, row: &UserRow) -> Result<Option<Value>> {
        if !tx.actor().is_provider() {
            return Ok(None);
        }
        let Some(before) = store::find_by_email(tx, &row.email)?.filter(|_| self.mode.updates()) else {
            return Ok(None);
        };
        let before_as_value = to_value(&before)?;
        put::give_up_b_number(tx, before)?;
        Ok(Some(before_as_value))
    }

    fn apply(&self, tx: &Tx<'_>, row: &UserRow) -> Result<Applied> {
        if !tx.actor().is_provider() {
            return self.apply_local(tx, row);
        }
        let before = store::find_by_email(tx, &row.email)?;
        let outcome = put::put(tx, self.mode, &row.email, row.patch.clone())?;
        let (mut user, mut result) = (outcome.user, outcome.result);
        if let Some(rights) = &row.rights
            && put::set_rights(tx, &user, rights)?
        {
            user = store::find(tx, user.id)?;
            result = if result == "unchanged" { "updated" } else { result };
        }
        let applied =
            Applied::new(user.email.as_str(), result, before.as_ref(), &user)?.warn(outcome.warnings);
        match self.invite {
            Some(lang) if result == "created" => {
                put::invite(tx, user.id, lang).map(|()| applied.count("invited"))
            }
            _ => Ok(applied),
        }
    }
}

impl UserImport {
    /// As a local administrator imports: their own institutions' users and rights (K-040, K-043).
    fn apply_local(&self, tx: &Tx<'_>, row: &UserRow) -> Result<Applied> {
        let sight = Sight::of(tx, tx.actor())?;
        let present = store::find_by_email(tx, &row.email)?;
        let is_new = present.is_none();
        let before = present.and_then(|user| sight.seen(user));
        let outcome = local::put(tx, self.mode, &row.email, row.patch.clone(), row.rights.as_deref())?;
        let Outcome { result, user, warnings } = outcome;
        let applied = Applied::new(user.email.as_str(), result, before.as_ref(), &user)?.warn(warnings);
        match self.invite {
            // Who is known elsewhere needs no invitation and gets none; the count does not tell who that was.
            Some(_) if result == "created" && !is_new => Ok(applied.count("invited")),
            Some(lang) if result == "created" => {
                put::invite(tx, user.id, lang).map(|()| applied.count("invited"))
            }
            _ => Ok(applied),
        }
    }
}

/// A right at an institution, `institution:right`.
fn right(text: &str) -> Result<(String, Right), Invalid> {
    let invalid = |rule: &str| {
        Invalid::new("rights.invalid", "a right at an institution", text, rule, "oekonomistyrelsen:reader")
    };
    if text.contains(char::is_whitespace) {
        return Err(invalid("it holds a blank; name the institution by its code or CVR"));
    }
    let (tenant, right) = text.rsplit_once(':').ok_or_else(|| {
        invalid(
            "it must be the institution, a colon and one right; the institution is named with every right",
        )
    })?;
    if tenant.is_empty() {
        return Err(invalid("the institution is missing before the colon"));
    }
    let right = parse_coded::<Right>(right).map_err(|of_right| invalid(&of_right.rule))?;
    Ok((tenant.to_owned(), right))
}

fn by_tenant(rights: Vec<(String, Right)>) -> Vec<(String, Vec<Right>)> {
    let mut grouped: Vec<(String, Vec<Right>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (tenant, right) in rights {
        match places.get(&tenant).and_then(|place| grouped.get_mut(*place)) {
            Some((_, rights)) => rights.push(right),
            None => {
                places.insert(tenant.clone(), grouped.len());
                grouped.push((tenant, vec![right]));
            }
        }
    }
    grouped
}
