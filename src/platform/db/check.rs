//! Is the file sound? Integrity, foreign keys, shape (`db check`).

use rusqlite::Connection;

use crate::platform::error::Result;

/// What SQLite's own integrity check finds wrong; empty when sound.
pub fn integrity(conn: &Connection) -> Result<Vec<String>> {
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// As [`integrity`], of a file that is not open yet.
pub fn integrity_of_file(path: &std::path::Path) -> Result<Vec<String>> {
    integrity(&super::connect(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

/// Rows that refer to rows that are not there.
pub fn foreign_keys(conn: &Connection) -> Result<Vec<String>> {
    let mut statement =
        conn.prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 20")?;
    let lines = statement
        .query_map([], |row| {
            let (table, rowid, parent): (String, Option<i64>, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("{table} row {} refers to a missing {parent}", rowid.unwrap_or_default()))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(lines)
}

/// The tables of the file with their numbers of rows.
pub fn counts(conn: &Connection) -> Result<Vec<(String, i64)>> {
    let mut statement = conn.prepare(
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| {
            let rows = conn.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0))?;
            Ok((name, rows))
        })
        .collect()
}
