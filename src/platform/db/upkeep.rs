//! What a commit brings up to date: the index of what can be searched for.

use rusqlite::Connection;

use crate::platform::error::Result;

/// Tells the index in one go what the triggers noted down. What is rolled back, such as a dry run, never gets here.
pub(super) fn run(conn: &Connection) -> Result<()> {
    let pending = "SELECT EXISTS (SELECT 1 FROM search_pending)";
    if !conn.prepare_cached(pending)?.query_row([], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    conn.execute_batch(
        "INSERT INTO search_index (search_index, rowid, folded)
             SELECT 'delete', id, was FROM search_pending WHERE was IS NOT NULL;
         INSERT INTO search_index (rowid, folded)
             SELECT e.id, e.folded FROM search_pending p JOIN search_entry e ON e.id = p.id;
         DELETE FROM search_pending;",
    )?;
    Ok(())
}
