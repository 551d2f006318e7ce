//! Where a row belongs: institution and unit.

use std::collections::{BTreeSet, HashMap};

use super::{Catalogue, MissingUnit, PROVISIONAL, TenantEntry, UnitEntry};
use crate::platform::i18n::parse_coded;
use crate::platform::sheet::cell;
use crate::portal::tenant::Status;
use crate::values::{AccountingCircle, Cvr, Invalid, Month, UnitKind, UnitNumber};

/// The three cells that say where a row belongs, as text.
pub(super) struct PlaceCells<'a> {
    pub cvr: &'a str,
    pub kind: &'a str,
    pub number: &'a str,
}

/// Which of the three cells something is wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceCell {
    Cvr,
    Kind,
    Number,
}

/// What is wrong with a place: the cell, a code, a sentence.
pub(super) type PlaceFault = (PlaceCell, &'static str, String);

/// Finds places, and remembers the units that are to be created.
pub(super) struct Places<'a> {
    catalogue: &'a Catalogue,
    create_units: bool,
    new_units: HashMap<(UnitKind, String), UnitEntry>,
    pub missing: Vec<MissingUnit>,
    pub padded: BTreeSet<String>,
}

impl<'a> Places<'a> {
    pub fn new(catalogue: &'a Catalogue, create_units: bool) -> Places<'a> {
        let (new_units, missing, padded) = (HashMap::new(), Vec::new(), BTreeSet::new());
        Places { catalogue, create_units, new_units, missing, padded }
    }

    /// The unit, if it is that institution's in the month; or everything that is wrong with it, and the kind of unit as
    /// far as that is known.
    pub fn find(
        &mut self,
        cells: &PlaceCells<'_>,
        month: Option<Month>,
    ) -> Result<(u32, UnitKind), (Option<UnitKind>, Vec<PlaceFault>)> {
        let mut faults = Vec::new();
        let invalid = |faults: &mut Vec<PlaceFault>, place, code, invalid: Invalid| {
            let explained = cell::explain(invalid);
            let code = if explained.code.starts_with("excel.") { explained.code } else { code };
            faults.push((place, code, format!("{explained}; {}", explained.hint())));
        };
        let cvr =
            cells.cvr.parse::<Cvr>().map_err(|e| invalid(&mut faults, PlaceCell::Cvr, "cvr.invalid", e)).ok();
        let tenants = cvr.as_ref().and_then(|cvr| {
            let tenants = self.catalogue.tenants.get(cvr.as_str());
            if tenants.is_none() {
                let message = format!("no institution has CVR {cvr}");
                faults.push((PlaceCell::Cvr, "cvr.unknown", message));
            }
            tenants
        });
        let kind = parse_coded::<UnitKind>(cells.kind)
            .map_err(|e| invalid(&mut faults, PlaceCell::Kind, "unit.invalid", e))
            .ok();
        let number = kind.and_then(|kind| {
            self.number(kind, cells.number)
                .map_err(|e| invalid(&mut faults, PlaceCell::Number, "unit.invalid", e))
                .ok()
        });
        let unit = match (kind, number) {
            (Some(kind), Some(number)) => {
                self.unit(kind, number, month, tenants).map_err(|fault| faults.extend(fault)).ok()
            }
            _ => None,
        };
        match (unit, kind) {
            (Some(unit), Some(kind)) if faults.is_empty() => Ok((unit, kind)),
            _ => Err((kind, faults)),
        }
    }

    fn number(&mut self, kind: UnitKind, text: &str) -> Result<String, Invalid> {
        if kind != UnitKind::Accounting {
            return UnitNumber::parse(kind, text).map(|number| number.number_text());
        }
        // Spreadsheets take the zeros away that a number begins with.
        let (circle, padded) = AccountingCircle::from_sheet(text)?;
        if padded {
            self.padded.insert(circle.to_string());
        }
        Ok(circle.to_string())
    }

    fn unit(
        &mut self,
        kind: UnitKind,
        number: String,
        month: Option<Month>,
        tenants: Option<&Vec<TenantEntry>>,
    ) -> Result<u32, Option<PlaceFault>> {
        let named = format!("{kind}:{number}");
        let key = (kind, number);
        let Some(entry) = self.catalogue.units.get(&key).or_else(|| self.new_units.get(&key)) else {
            return self.create(key, &named, tenants);
        };
        let (Some(month), Some(tenants)) = (month, tenants) else { return Err(None) };
        let owner = entry.periods.iter().rev().find(|(from, _)| *from <= yyyymm(month)).map(|(_, id)| *id);
        if tenants.iter().any(|tenant| Some(tenant.id) == owner) {
            return Ok(entry.id);
        }
        let whose = owner.and_then(|id| self.catalogue.cvrs.get(&id));
        let whose = whose.map_or_else(|| "nobody".to_owned(), |(cvr, code)| format!("{code}, CVR {cvr}"));
        let message = format!("unit {named} does not belong to this CVR in {month}; it belongs to {whose}");
        Err(Some((PlaceCell::Number, "unit.tenant", message)))
    }

    fn create(
        &mut self,
        key: (UnitKind, String),
        named: &str,
        tenants: Option<&Vec<TenantEntry>>,
    ) -> Result<u32, Option<PlaceFault>> {
        let unknown = |message: String| Err(Some((PlaceCell::Number, "unit.unknown", message)));
        if !self.create_units {
            return unknown(format!("there is no unit {named}; --create-units would create it"));
        }
        match tenants.map(Vec::as_slice) {
            None | Some([]) => Err(None),
            Some([tenant]) if tenant.status == Status::Archived => {
                let message = format!(
                    "there is no unit {named}, and {} is archived: nothing new can be added to it",
                    tenant.code
                );
                Err(Some((PlaceCell::Cvr, "tenant.archived", message)))
            }
            Some([tenant]) => {
                let id = PROVISIONAL + u32::try_from(self.missing.len()).unwrap_or(PROVISIONAL - 1);
                let (kind, number) = key.clone();
                self.missing.push(MissingUnit { kind, number, tenant: tenant.clone() });
                self.new_units.insert(key, UnitEntry { id, periods: vec![(0, tenant.id)] });
                Ok(id)
            }
            Some(several) => {
                let codes: Vec<_> = several.iter().map(|tenant| tenant.code.as_str()).collect();
                let codes = codes.join(", ");
                unknown(format!(
                    "there is no unit {named}, and {codes} share this CVR: create it with `portalctl unit create`"
                ))
            }
        }
    }
}

/// A month as the tables hold it.
pub(super) fn yyyymm(month: Month) -> u32 {
    u32::try_from(month.yyyymm()).unwrap_or_default()
}
