//! SQL of closed days.

use chrono::NaiveDate;

use super::Day;
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;

/// All closed days, by date.
pub fn list(conn: &Connection) -> Result<Vec<Day>> {
    db::list(conn, "SELECT day, name FROM closed_day ORDER BY day", [], from_row)
}

/// The closed day of this date.
pub fn find(conn: &Connection, date: NaiveDate) -> Result<Option<Day>> {
    db::optional(conn, "SELECT day, name FROM closed_day WHERE day = ?", [date.to_string()], from_row)
}

/// Adds a closed day, or gives it another name.
pub fn upsert(tx: &Tx<'_>, day: &Day) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO closed_day (day, name) VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET name = ?2",
        params![day.date.to_string(), day.name],
    )
}

/// Removes a closed day.
pub fn delete(tx: &Tx<'_>, date: NaiveDate) -> Result<()> {
    db::execute_one(tx, "DELETE FROM closed_day WHERE day = ?", [date.to_string()])
}

fn from_row(row: &Row<'_>) -> Result<Day> {
    Ok(Day::closed(row.date("day")?, row.get::<_, String>("name")?))
}
