//! SQL of looking for words in subjects and threads.

use crate::platform::db::{self, Connection, params};
use crate::platform::error::Result;
use crate::portal::ticket::Ticket;
use crate::portal::ticket::words::Words;

/// Up to how many places the index is asked for all of them. A word that stands in more is found soon enough by looking
/// at the tickets themselves, last changed first.
const FEW: i64 = 20_000;

/// The tickets that may hold the words, as the index knows it from their rarest; `None` where that would be too many, or
/// all words are too short for it. Each must still be looked at ([`holds`]).
pub fn candidates(conn: &Connection, words: &Words) -> Result<Option<Vec<i64>>> {
    let mut rarest: Option<(i64, String)> = None;
    for asked in words.asked() {
        let most = rarest.as_ref().map_or(FEW, |(least, _)| *least);
        let sql = "SELECT count(*) FROM (SELECT 1 FROM ticket_text WHERE ticket_text MATCH ? LIMIT ?)";
        let count: i64 = db::one(conn, sql, params![asked, most + 1])?;
        if count <= most {
            rarest = Some((count, asked));
        }
    }
    let Some((_, asked)) = rarest else { return Ok(None) };
    let sql = "SELECT DISTINCT CASE WHEN x.rowid < 0 THEN -x.rowid ELSE (SELECT ticket_id FROM ticket_entry WHERE id = x.rowid) END
               FROM ticket_text x WHERE x.ticket_text MATCH ?";
    db::list(conn, sql, [asked], |row| Ok(row.get(0)?)).map(Some)
}

/// Whether all words stand in the subject of a ticket or in what was written in its thread; in internal notes only where
/// asked for.
pub fn holds(conn: &Connection, ticket: &Ticket, words: &Words, with_internal: bool) -> Result<bool> {
    let mut found = vec![false; words.len()];
    words.find(&ticket.subject, &mut found);
    let sql = "SELECT text FROM ticket_entry
               WHERE ticket_id = ? AND kind IN ('message', 'note', 'mail') AND (? OR internal = 0) ORDER BY id";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![ticket.id, with_internal])?;
    while found.contains(&false)
        && let Some(row) = rows.next()?
    {
        words.find(row.get_ref(0)?.as_str().unwrap_or_default(), &mut found);
    }
    Ok(!found.contains(&false))
}
