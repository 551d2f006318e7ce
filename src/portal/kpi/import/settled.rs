//! What the rows of a file need and what was not there: units and service areas.

use serde_json::{Value, json};

use super::rows::Known;
use super::{MissingUnit, Needed, PROVISIONAL, store};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::portal::tenant::unit::{NewUnit, UnitPatch, service as unit_service};
use crate::values::UnitNumber;

/// The rows behind provisional numbers.
pub(super) struct Settled {
    units: Vec<u32>,
    areas: Vec<u32>,
}

impl Settled {
    /// Creates the units and areas that are needed.
    pub fn create(tx: &Tx<'_>, needed: &Needed, known: &Known, items: &mut Vec<Value>) -> Result<Settled> {
        let (units, areas) = (vec![0; known.missing_units.len()], vec![0; known.missing_areas.len()]);
        let mut settled = Settled { units, areas };
        for number in &needed.units {
            let Some(missing) = known.missing_units.get((number - PROVISIONAL) as usize) else { continue };
            let MissingUnit { kind, number: text, tenant } = missing;
            let new = NewUnit {
                tenant: tenant.code.clone(),
                number: UnitNumber::parse(*kind, text)?,
                data: UnitPatch::default(),
            };
            let (_, unit) = unit_service::create(tx, new, false)?;
            items.push(json!({"key": unit.key(), "result": "created"}));
            if let Some(row) = settled.units.get_mut((number - PROVISIONAL) as usize) {
                *row = u32::try_from(unit.id).unwrap_or_default();
            }
        }
        for number in &needed.areas {
            let place = (number - PROVISIONAL) as usize;
            if let (Some(name), Some(row)) = (known.missing_areas.get(place), settled.areas.get_mut(place)) {
                *row = store::area(tx, name)?;
            }
        }
        Ok(settled)
    }

    pub fn unit(&self, number: u32) -> u32 {
        row_behind(number, &self.units)
    }

    pub fn area(&self, number: u32) -> u32 {
        row_behind(number, &self.areas)
    }
}

fn row_behind(number: u32, created: &[u32]) -> u32 {
    match number.checked_sub(PROVISIONAL) {
        Some(place) => created.get(place as usize).copied().unwrap_or_default(),
        None => number,
    }
}
