//! Institutions from CSV files.

use super::{NewTenant, TenantPatch, actions, service, store};
use crate::platform::bulk::{Applied, Cells, Column, Importer, Mode, Need, Shape};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::portal::cli::line;
use crate::values::{Cvr, Gln, SeNumber, TenantCode};

/// What files of institutions look like.
pub static SHAPE: Shape = Shape {
    noun: "tenant",
    columns: &[
        Column::new(
            &["Kode", "code"],
            Need::UnlessCreate,
            "eksempelstyrelsen",
            "The code; it names the institution. A new one without it gets one made from its name (--mode create only)",
        ),
        Column::new(&["CVR-nummer", "cvr"], Need::Create, "53383211", "The company number, 8 digits"),
        Column::new(&["Navn", "name"], Need::Create, "Eksempelstyrelsen", "The name; never empty"),
        Column::new(&["Ministerområde", "ministry"], Need::Never, "Finansministeriet", "The ministry area"),
        Column::new(
            &["SE-numre", "se_numbers"],
            Need::Never,
            "17143611, 29979812",
            "All further SE numbers, parted by commas or blanks",
        )
        .beside(),
        Column::new(
            &["EAN/GLN", "glns"],
            Need::Never,
            "5798000398566",
            "All EAN/GLN location numbers, parted by commas or blanks",
        )
        .beside(),
        Column::new(
            &["Key Account Manager", "account_manager"],
            Need::Never,
            "Rikke Dam",
            "The Key Account Manager",
        )
        .beside(),
    ],
    key: &["code"],
    read_only: &["status", "created_at"],
    blames: &[],
    missed: &[("status", &["active"])],
    retried: &[],
    conflicts: &[],
    action: actions::IMPORT,
};

/// An import of institutions.
pub struct TenantImport {
    /// What rows may do.
    pub mode: Mode,
}

/// What a row says of an institution.
pub struct TenantRow {
    code: Option<String>,
    patch: TenantPatch,
}

impl Importer for TenantImport {
    type Row = TenantRow;

    fn shape(&self) -> &'static Shape {
        &SHAPE
    }

    fn read(&self, cells: &mut Cells<'_>) -> Option<TenantRow> {
        let code = if self.mode == Mode::Create {
            cells.optional("code", cells.untouched("code", str::parse::<TenantCode>)).flatten()
        } else {
            cells.filled("code", cells.untouched("code", str::parse::<TenantCode>))
        };
        let code = code.map(|code| code.to_string());
        if let Some(code) = &code {
            cells.is_about(code.as_str());
        }
        let patch = TenantPatch {
            cvr: cells.filled("cvr", str::parse::<Cvr>),
            name: cells.filled("name", cells.untouched("name", line)),
            ministry: cells.optional("ministry", line),
            se_numbers: cells.list("se_numbers", str::parse::<SeNumber>),
            glns: cells.list("glns", str::parse::<Gln>),
            account_manager: cells.optional("account_manager", line),
            status: None,
        };
        Some(TenantRow { code, patch })
    }

    fn apply(&self, tx: &Tx<'_>, row: &TenantRow) -> Result<Applied> {
        let patch = row.patch.clone();
        let Some(code) = &row.code else {
            let (Some(cvr), Some(name)) = (patch.cvr, patch.name) else {
                return Err(service::incomplete("tenant", "", "a CVR and a name"));
            };
            let new = NewTenant {
                cvr,
                name,
                code: None,
                ministry: patch.ministry.flatten(),
                se_numbers: patch.se_numbers.unwrap_or_default(),
                glns: patch.glns.unwrap_or_default(),
                account_manager: patch.account_manager.flatten(),
            };
            let (created, tenant) = service::create(tx, new, false)?;
            return Applied::new(tenant.code.as_str(), created.word(), None::<&()>, &tenant);
        };
        let before = store::find_by_code(tx, code)?;
        let (result, tenant) = service::put(tx, self.mode, code, patch)?;
        Applied::new(tenant.code.as_str(), result, before.as_ref(), &tenant)
    }
}
