//! The audit trail: append-only, hash-chained, verifiable.
//!
//! Each row of `audit` holds a salted digest of its readable part and is chained to the one before; the readable
//! part lies in `audit_detail`. So a person's data can be erased there while the chain still verifies.

use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::platform::db::{self, Where};
use crate::platform::error::{Error, Result};

/// The readable part of a row to be appended.
pub struct NewEntry {
    /// When, UTC.
    pub at: String,
    /// `noun.verb`.
    pub action: &'static str,
    /// Who really did it.
    pub actor: String,
    /// With whose rights.
    pub effective_actor: String,
    /// Why.
    pub reason: Option<String>,
    /// `kind:key`.
    pub object: String,
    /// What was; `None` for what did not exist.
    pub before: Option<Value>,
    /// What is; `None` for what exists no longer.
    pub after: Option<Value>,
}

/// A row as people and scripts see it (CLI.md §3).
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// 1, 2, 3 …
    pub seq: i64,
    /// When, UTC.
    pub at: String,
    /// Who really did it; `None` once erased.
    pub actor: Option<String>,
    /// With whose rights.
    pub effective_actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// `noun.verb`.
    pub action: String,
    /// `kind:key`.
    pub object: Option<String>,
    /// What was.
    pub before: Option<Value>,
    /// What is.
    pub after: Option<Value>,
    /// The chain up to and with this row, in hexadecimal.
    pub hash: String,
}

/// Which rows to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// The object, as `kind:key` or just its key.
    pub object: Option<String>,
    /// Part of the real or effective actor.
    pub actor: Option<String>,
    /// The action, whole or up to its dot.
    pub action: Option<String>,
    /// Not before this UTC time.
    pub since: Option<String>,
}

/// The state of the chain.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was written.
    Intact {
        /// How many rows.
        entries: i64,
        /// The last hash, in hexadecimal.
        head: String,
    },
    /// The first row that is not.
    Broken {
        /// Its number, or where it should be.
        seq: i64,
        /// What is wrong with it.
        why: String,
    },
}

const GENESIS: [u8; 32] = [0; 32];

/// Appends a row to the chain.
pub fn append(conn: &Connection, salt: [u8; 16], entry: &NewEntry) -> Result<()> {
    let (last, prev) = last(conn)?;
    let seq = last + 1;
    let before = entry.before.as_ref().map(canonical);
    let after = entry.after.as_ref().map(canonical);
    let digest = digest_of(&salt, &readable(entry, before.as_deref(), after.as_deref()));
    let hash = chain(&prev, seq, &entry.at, entry.action, &digest);
    conn.prepare_cached(
        "INSERT INTO audit (seq, at, action, digest, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![seq, entry.at, entry.action, digest, prev, hash])?;
    conn.prepare_cached(
        "INSERT INTO audit_detail (seq, salt, actor, effective_actor, reason, object, before, after)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        seq,
        salt,
        entry.actor,
        entry.effective_actor,
        entry.reason,
        entry.object,
        before,
        after,
    ])?;
    Ok(())
}

/// The number of rows and the last hash in hexadecimal (zeros before the first).
pub fn head(conn: &Connection) -> Result<(i64, String)> {
    let (seq, hash) = last(conn)?;
    Ok((seq, hex(&hash)))
}

/// Hands on the rows that match, newest first.
pub fn each(
    conn: &Connection,
    filter: &Filter,
    mut receive: impl FnMut(Entry) -> Result<std::ops::ControlFlow<()>>,
) -> Result<()> {
    let mut conditions = Where::default();
    conditions.equals("? IN (d.object, substr(d.object, instr(d.object, ':') + 1))", filter.object.clone());
    conditions.equals("instr(d.actor || ' ' || d.effective_actor, ?) > 0", filter.actor.clone());
    conditions
        .equals("? IN (a.action, substr(a.action, 1, instr(a.action, '.') - 1))", filter.action.clone());
    conditions.equals("a.at >= ?", filter.since.clone());
    let sql = format!("{SELECT}{} ORDER BY a.seq DESC", conditions.sql());
    db::each(conn, &sql, conditions.params(), |row| receive(from_row(row)?))
}

/// What was done to one object, in the readable part of a row.
pub struct Done {
    /// `noun.verb`.
    pub action: String,
    /// `kind:key`.
    pub object: String,
    /// What was.
    pub before: Option<Value>,
    /// What is.
    pub after: Option<Value>,
}

/// Hands on what was recorded after the row `seq`, oldest first.
pub fn each_after(conn: &Connection, seq: i64, mut receive: impl FnMut(Done)) -> Result<()> {
    let sql = "SELECT a.action, d.object, d.before, d.after FROM audit a JOIN audit_detail d USING (seq)
        WHERE a.seq > ? ORDER BY a.seq";
    db::each(conn, sql, [seq], |row| {
        receive(Done {
            action: row.get(0)?,
            object: row.get(1)?,
            before: parse(row.get(2)?)?,
            after: parse(row.get(3)?)?,
        });
        Ok(std::ops::ControlFlow::Continue(()))
    })
}

/// The hash, in hexadecimal, of the last row whose action is of one of these nouns; zeros before the first.
pub fn last_of(conn: &Connection, nouns: &[&str]) -> Result<String> {
    let mut conditions = Where::default();
    conditions.any_of("substr(action, 1, instr(action, '.') - 1)", nouns);
    let sql = format!("SELECT hash FROM audit{} ORDER BY seq DESC LIMIT 1", conditions.sql());
    let hash: Option<Vec<u8>> = db::scalar(conn, &sql, conditions.params())?;
    Ok(hex(&hash.unwrap_or_else(|| GENESIS.to_vec())))
}

/// One row by its number.
pub fn find(conn: &Connection, seq: i64) -> Result<Option<Entry>> {
    db::optional(conn, &format!("{SELECT} WHERE a.seq = ?"), [seq], from_row)
}

/// Walks the whole chain. `expected_head` finds a cut tail, which the chain alone cannot show.
pub fn verify(conn: &Connection, expected_head: Option<&str>) -> Result<Verdict> {
    let mut statement = conn.prepare(
        "SELECT a.seq, a.at, a.action, a.digest, a.prev_hash, a.hash,
                d.salt, d.actor, d.effective_actor, d.reason, d.object, d.before, d.after
         FROM audit a LEFT JOIN audit_detail d USING (seq) ORDER BY a.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut prev = GENESIS;
    let mut count = 0;
    // The head of an empty trail is zeros; a trail that has grown since must not pass for it by that alone.
    let mut seen_expected = expected_head.is_none();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let (at, action): (String, String) = (row.get(1)?, row.get(2)?);
        let (stored_digest, stored_prev, stored_hash): (Vec<u8>, Vec<u8>, Vec<u8>) =
            (row.get(3)?, row.get(4)?, row.get(5)?);
        count += 1;
        let broken = |seq: i64, why: &str| Ok(Verdict::Broken { seq, why: why.to_owned() });
        if seq != count {
            return broken(count, "a row is missing");
        }
        if stored_prev != prev {
            return broken(seq, "it does not follow from the row before it");
        }
        let Some(salt) = row.get::<_, Option<Vec<u8>>>(6)? else {
            return broken(seq, "its readable part is missing");
        };
        let detail = json!({
            "actor": row.get::<_, String>(7)?,
            "effective_actor": row.get::<_, String>(8)?,
            "reason": row.get::<_, Option<String>>(9)?,
            "object": row.get::<_, String>(10)?,
            "before": parse(row.get(11)?)?,
            "after": parse(row.get(12)?)?,
        });
        if digest(&salt, &detail).as_slice() != stored_digest {
            return broken(seq, "its readable part was changed");
        }
        let hash = chain(&prev, seq, &at, &action, &stored_digest);
        if hash.as_slice() != stored_hash {
            return broken(seq, "its time, action or hash was changed");
        }
        prev = hash;
        seen_expected =
            seen_expected || expected_head.is_some_and(|head| head.eq_ignore_ascii_case(&hex(&hash)));
    }
    drop(rows);
    let orphans: i64 =
        db::one(conn, "SELECT count(*) FROM audit_detail WHERE seq NOT IN (SELECT seq FROM audit)", [])?;
    if orphans > 0 {
        return Ok(Verdict::Broken { seq: count + 1, why: "rows were cut off the end".to_owned() });
    }
    let empty_as_expected = count == 0 && expected_head == Some(hex(&GENESIS).as_str());
    if !(seen_expected || empty_as_expected) {
        return Ok(Verdict::Broken {
            seq: count + 1,
            why: "the expected head is not in the chain: rows were cut off, or the trail was written anew"
                .to_owned(),
        });
    }
    Ok(Verdict::Intact { entries: count, head: hex(&prev) })
}

/// JSON with sorted keys and no white space: the same value always gives the same bytes.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (n, (key, value)) in members.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(values) => {
            out.push('[');
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_canonical(value, out);
            }
            out.push(']');
        }
        Value::String(text) => write_text(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// A text as JSON has it. Most hold nothing that needs escaping.
fn write_text(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

const SELECT: &str =
    "SELECT a.seq, a.at, a.action, a.hash, d.actor, d.effective_actor, d.reason, d.object, d.before, d.after
     FROM audit a LEFT JOIN audit_detail d USING (seq)";

fn from_row(row: &rusqlite::Row<'_>) -> Result<Entry> {
    Ok(Entry {
        seq: row.get("seq")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        effective_actor: row.get("effective_actor")?,
        reason: row.get("reason")?,
        action: row.get("action")?,
        object: row.get("object")?,
        before: parse(row.get("before")?)?,
        after: parse(row.get("after")?)?,
        hash: hex(&row.get::<_, Vec<u8>>("hash")?),
    })
}

fn last(conn: &Connection) -> Result<(i64, [u8; 32])> {
    let last = db::optional(conn, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))
    })?;
    Ok(last.unwrap_or((0, GENESIS)))
}

/// The canonical text of the readable part, which [`verify`] makes anew from its columns. The keys are in their order.
fn readable(entry: &NewEntry, before: Option<&str>, after: Option<&str>) -> String {
    let mut text =
        String::with_capacity(256 + before.unwrap_or_default().len() + after.unwrap_or_default().len());
    text.push_str("{\"actor\":");
    write_text(&entry.actor, &mut text);
    text.push_str(",\"after\":");
    text.push_str(after.unwrap_or("null"));
    text.push_str(",\"before\":");
    text.push_str(before.unwrap_or("null"));
    text.push_str(",\"effective_actor\":");
    write_text(&entry.effective_actor, &mut text);
    text.push_str(",\"object\":");
    write_text(&entry.object, &mut text);
    text.push_str(",\"reason\":");
    match &entry.reason {
        Some(reason) => write_text(reason, &mut text),
        None => text.push_str("null"),
    }
    text.push('}');
    text
}

fn parse(text: Option<String>) -> Result<Option<Value>> {
    // A readable part that is no JSON any more was changed; as a plain string it cannot match its digest.
    Ok(text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

fn digest(salt: &[u8], detail: &Value) -> [u8; 32] {
    digest_of(salt, &canonical(detail))
}

fn digest_of(salt: &[u8], readable: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(readable).finalize().into()
}

fn chain(prev: &[u8; 32], seq: i64, at: &str, action: &str, digest: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(prev)
        .chain_update(seq.to_be_bytes())
        .chain_update((at.len() as u64).to_be_bytes())
        .chain_update(at)
        .chain_update((action.len() as u64).to_be_bytes())
        .chain_update(action)
        .chain_update(digest)
        .finalize()
        .into()
}

/// The verdict as an error-free answer: what `audit verify` prints.
impl Verdict {
    /// The JSON of CLI.md §4.
    pub fn to_json(&self) -> Value {
        match self {
            Verdict::Intact { entries, head } => {
                json!({"result": "intact", "entries": entries, "head": head})
            }
            Verdict::Broken { seq, why } => json!({"result": "broken", "seq": seq, "why": why}),
        }
    }
}

/// An unknown number.
pub fn not_found(seq: i64) -> Error {
    Error::not_found("audit entry", seq)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_the_canonical_json_that_is_verified(text in any::<String>(), other in any::<String>()) {
            let value = json!({"b": text, "a": [1, null, true, {"y": other, "x": -1.5}], &text: other});
            let parsed: Value = serde_json::from_str(&canonical(&value)).unwrap();
            prop_assert_eq!(&parsed, &value);
            let entry = NewEntry {
                at: String::new(),
                action: "a.b",
                actor: text.clone(),
                effective_actor: other.clone(),
                reason: Some(text.clone()).filter(|text| text.len() % 2 == 0),
                object: other.clone(),
                before: None,
                after: Some(value),
            };
            let whole = json!({
                "actor": entry.actor, "effective_actor": entry.effective_actor, "reason": entry.reason,
                "object": entry.object, "before": entry.before, "after": entry.after,
            });
            let after = entry.after.as_ref().map(canonical);
            prop_assert_eq!(readable(&entry, None, after.as_deref()), canonical(&whole));
        }
    }
}
