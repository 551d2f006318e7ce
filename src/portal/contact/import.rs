//! Contacts from CSV files.

use std::cell::OnceCell;

use super::role::{Role, store as role_store};
use super::{ContactPatch, NewContact, actions, service, store};
use crate::platform::bulk::{Applied, Cells, Column, Importer, Mode, Need, Shape, pieces};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::portal::cli::{line, prose};
use crate::portal::tenant::service as tenant_service;
use crate::portal::tenant::unit::service as unit_service;
use crate::values::{DanishPhone, Email, TenantCode, UnitRef};

/// What files of contacts look like.
pub static SHAPE: Shape = Shape {
    noun: "contact",
    columns: &[
        Column::new(
            &["Kunde", "tenant"],
            Need::Always,
            "eksempelstyrelsen",
            "The institution: its code or CVR",
        ),
        Column::new(
            &["Nøgle", "key"],
            Need::UnlessCreate,
            "mette-friis",
            "The key, unique in the institution. A new contact without it gets one made from its name (--mode create only)",
        ),
        Column::new(
            &["Enhed", "unit"],
            Need::Never,
            "accounting:54321",
            "The unit, as accounting:12345 or payroll:999; empty for the institution itself",
        ),
        Column::new(&["Navn", "name"], Need::Create, "Mette Friis", "The name; never empty"),
        Column::new(&["Titel", "title"], Need::Never, "Kontorchef", "The title"),
        Column::new(&["E-mail", "email"], Need::Never, "mette.friis@example.dk", "The address"),
        Column::new(
            &["Sikker e-mail", "secure_email"],
            Need::Never,
            "Nej",
            "Whether that address is a secure one",
        ),
        Column::new(
            &["Fællesmail", "shared_email"],
            Need::Never,
            "regnskab@example.dk",
            "The shared mailbox",
        ),
        Column::new(&["Telefon", "phone"], Need::Never, "70101010", "The phone, 8 digits"),
        Column::new(&["Bemærkninger", "remarks"], Need::Never, "Træffes bedst om formiddagen", "Remarks"),
        Column::new(
            &["Roller", "roles"],
            Need::Never,
            "general, accounting",
            "All roles by code, parted by commas or blanks; by name, parted by commas",
        ),
    ],
    key: &["tenant", "key"],
    read_only: &["id", "updated_at"],
    blames: &[
        ("tenant.", "tenant"),
        ("unit.", "unit"),
        ("contact.unit", "unit"),
        ("role.", "roles"),
        ("contact.secure-email", "secure_email"),
    ],
    missed: &[],
    retried: &[],
    conflicts: &[],
    action: actions::IMPORT,
};

/// An import of contacts.
pub struct ContactImport {
    /// What rows may do.
    pub mode: Mode,
    /// The roles there are, once the first row asked.
    catalogue: OnceCell<Vec<Role>>,
}

/// What a row says of a contact.
pub struct ContactRow {
    tenant: String,
    key: Option<String>,
    patch: ContactPatch,
    /// The cell of roles: names hold blanks, so only the catalogue can tell where one ends.
    roles: Option<String>,
}

impl ContactImport {
    /// An import in this mode.
    pub fn new(mode: Mode) -> ContactImport {
        ContactImport { mode, catalogue: OnceCell::new() }
    }

    /// The roles that a cell names: what stands between commas where that is one, else what stands between blanks.
    fn roles(&self, conn: &Connection, text: &str) -> Result<Vec<String>> {
        let catalogue = match self.catalogue.get() {
            Some(catalogue) => catalogue,
            None => {
                let list = role_store::list(conn)?;
                self.catalogue.get_or_init(|| list)
            }
        };
        let is_name = |piece: &str| {
            let wanted = piece.to_lowercase();
            catalogue.iter().any(|role| role.name.to_lowercase() == wanted)
        };
        let mut roles = Vec::new();
        for piece in pieces(text) {
            if is_name(piece) {
                roles.push(piece.to_owned());
            } else {
                roles.extend(piece.split_whitespace().map(str::to_owned));
            }
        }
        Ok(roles)
    }
}

impl Importer for ContactImport {
    type Row = ContactRow;

    fn shape(&self) -> &'static Shape {
        &SHAPE
    }

    fn read(&self, cells: &mut Cells<'_>) -> Option<ContactRow> {
        let tenant = cells.filled("tenant", |text| Ok(text.to_owned()));
        let key = if self.mode == Mode::Create {
            cells.optional("key", str::parse::<TenantCode>).flatten()
        } else {
            cells.filled("key", str::parse::<TenantCode>)
        };
        let key = key.map(|key| key.to_string());
        if let (Some(tenant), Some(key)) = (&tenant, &key) {
            cells.is_about(format!("{}:{key}", tenant.to_lowercase()));
        }
        let patch = ContactPatch {
            name: cells.filled("name", cells.untouched("name", line)),
            key: None,
            unit: cells.optional("unit", str::parse::<UnitRef>),
            title: cells.optional("title", line),
            email: cells.optional("email", str::parse::<Email>),
            secure_email: cells.yes_or_no("secure_email"),
            shared_email: cells.optional("shared_email", str::parse::<Email>),
            phone: cells.optional("phone", str::parse::<DanishPhone>),
            remarks: cells.optional("remarks", prose),
            roles: None,
        };
        let roles = cells.text("roles").map(|text| text.into_owned());
        Some(ContactRow { tenant: tenant?, key, patch, roles })
    }

    /// An institution has several names: its code, its CVR, its whole name.
    fn identity(&self, tx: &Tx<'_>, row: &ContactRow) -> Result<Option<String>> {
        let Some(key) = &row.key else { return Ok(None) };
        Ok(Some(format!("{}:{key}", tenant_service::resolve_in_file(tx, tx.actor(), &row.tenant)?.code)))
    }

    fn apply(&self, tx: &Tx<'_>, row: &ContactRow) -> Result<Applied> {
        let mut patch = row.patch.clone();
        patch.roles = row.roles.as_ref().map(|text| self.roles(tx, text)).transpose()?;
        let (before, (result, contact)) = match &row.key {
            Some(key) => {
                let tenant = tenant_service::resolve_in_file(tx, tx.actor(), &row.tenant)?;
                let before = store::find_by_key(tx, tenant.id, key)?;
                (before, service::put(tx, self.mode, &tenant.code, key, patch)?)
            }
            None => {
                let Some(name) = patch.name.clone() else {
                    return Err(tenant_service::incomplete("contact", "", "a name"));
                };
                let tenant = tenant_service::resolve_in_file(tx, tx.actor(), &row.tenant)?.code;
                let unit = patch.unit.clone().flatten();
                if let Some(unit) = &unit {
                    unit_service::resolve_in_file(tx, tx.actor(), unit)?;
                }
                let new = NewContact { tenant, unit, name, key: None, data: patch };
                (None, service::create(tx, new, false)?)
            }
        };
        let key = format!("{}:{}", contact.tenant, contact.key);
        Applied::new(key, result, before.as_ref(), &contact)
    }
}
