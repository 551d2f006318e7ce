//! SQL of threads and their files.

use crate::platform::db::{self, Connection, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::ticket::{Attachment, Entry, EntryKind, NewEntry, TicketStatus};
use crate::values::Coded;

/// Adds an entry; answers with its row.
pub fn insert(tx: &Tx<'_>, ticket: i64, entry: NewEntry<'_>) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO ticket_entry (ticket_id, at, kind, author_id, author, internal, text, mail_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            ticket,
            tx.now_text(),
            entry.kind.code(),
            entry.author_id,
            entry.author,
            entry.internal,
            entry.text,
            entry.mail,
        ],
    )
}

/// When a mail came in, UTC text.
pub fn mail_came_at(conn: &Connection, mail: i64) -> Result<Option<String>> {
    db::scalar(conn, "SELECT received_at FROM inbox WHERE id = ?", [mail])
}

/// Adds a file to an entry, at this place among its files.
pub fn attach(tx: &Tx<'_>, entry: i64, position: usize, file: &Attachment) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO ticket_attachment (entry_id, position, name, blob_id, scan) VALUES (?, ?, ?, ?, ?)",
        params![entry, position as i64, file.name, file.blob, file.scan.code()],
    )
}

/// The thread of a ticket, oldest first; what is internal only where asked for.
pub fn list(conn: &Connection, ticket: i64, with_internal: bool) -> Result<Vec<Entry>> {
    let rows = db::list(
        conn,
        "SELECT id, at, author, kind, text, internal, iif(?2, mail_id, NULL) AS mail,
             ?2 AND EXISTS (SELECT 1 FROM inbox_verdict v WHERE v.inbox_id = mail_id AND v.step = 'text'
                 AND v.verdict = 'shortened') AS shortened
         FROM ticket_entry WHERE ticket_id = ?1 AND (?2 OR internal = 0) ORDER BY id",
        params![ticket, with_internal],
        |row| {
            let (kind, text) = (row.coded("kind")?, row.get::<_, String>("text")?);
            let status = if kind == EntryKind::Status { TicketStatus::from_code(&text) } else { None };
            let entry = Entry {
                at: row.get("at")?,
                author: row.get("author")?,
                kind,
                text,
                status,
                attachments: Vec::new(),
                internal: row.get("internal")?,
                mail: row.get("mail")?,
                shortened: row.get("shortened")?,
            };
            Ok((row.get::<_, i64>("id")?, entry))
        },
    )?;
    rows.into_iter()
        .map(|(id, entry)| {
            let attachments = db::list(
                conn,
                "SELECT name FROM ticket_attachment WHERE entry_id = ? ORDER BY position",
                [id],
                |row| Ok(row.get(0)?),
            )?;
            Ok(Entry { attachments, ..entry })
        })
        .collect()
}

/// The files of a ticket in the order of its thread; those of internal entries only where asked for.
pub fn attachments(conn: &Connection, ticket: i64, with_internal: bool) -> Result<Vec<Attachment>> {
    db::list(
        conn,
        "SELECT a.name, a.blob_id, a.scan FROM ticket_entry e JOIN ticket_attachment a ON a.entry_id = e.id
         WHERE e.ticket_id = ? AND (? OR e.internal = 0) ORDER BY e.id, a.position",
        params![ticket, with_internal],
        |row| Ok(Attachment { name: row.get(0)?, blob: row.get(1)?, scan: row.coded("scan")? }),
    )
}
