//! How a plan looks in every format.

use serde_json::json;

use super::{Format, Print};
use crate::platform::error::Result;
use crate::platform::sheet::Cell;
use crate::platform::ui::answer::Warning;
use crate::platform::ui::foreign::visible;
use crate::platform::ui::plan::Plan;

impl Print<'_, '_> {
    pub(super) fn plan(&mut self, plan: &Plan, warnings: &[Warning]) -> Result<()> {
        match self.manner.format {
            Format::Table => {
                let text = plan.text(self.out.colour);
                self.raw(&text)
            }
            Format::Id => plan.items.iter().try_for_each(|item| self.line(&visible(&item.key, false))),
            Format::Csv => {
                self.csv_heading(Plan::HEADINGS.map(str::to_owned).into_iter())?;
                plan.rows()
                    .try_for_each(|row| self.csv_line(row.into_iter().map(|cell| Cell::Text(cell.into()))))
            }
            Format::Json | Format::Jsonl => {
                let whole = json!({
                    "dry_run": plan.dry_run, "summary": plan.summary(), "items": plan.items, "warnings": warnings,
                });
                if self.manner.format == Format::Json {
                    self.json_document(&whole)
                } else {
                    self.json_line(&whole)
                }
            }
        }
    }
}
