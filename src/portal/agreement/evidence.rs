//! The chain of an agreement's events: each hash covers its event and the hash before it, so that none can be changed,
//! left out or slipped in without all later ones showing it. Whoever may write the database file could make a whole chain
//! anew; the certificate holds the head as it was, the bundle is signed, and the audit trail's head can be kept elsewhere.
//!
//! The hash of an event is the SHA-256 of a JSON array without white space, in UTF-8:
//! `[agreement,version,at,kind,actor,real_actor,sha256,detail,previous]`. `previous` is `null` for the first. Events
//! from before the chain have no hash; the first hash after them covers, as its `previous`, the SHA-256 of the array of
//! theirs: `[[at,kind,actor,sha256,detail],…]`.

use serde_json::{Value, json};

use super::{Agreement, Event, EventKind, Filter, facts, store};
use crate::platform::blob::hex_sha256;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;

/// Adds an event to an agreement's chain, with the time and the actors of this write.
pub fn add(tx: &Tx<'_>, agreement: &Agreement, kind: EventKind, detail: Option<&str>) -> Result<()> {
    let earlier = store::events::list(tx, agreement.id)?;
    let mut event = Event {
        at: tx.now_text(),
        kind,
        actor: tx.actor().effective_text(),
        sha256: agreement.sha256.clone(),
        detail: detail.map(str::to_owned),
        version: Some(agreement.version),
        real_actor: Some(tx.actor().real.clone()),
        previous: head(&earlier),
        hash: None,
    };
    event.hash = Some(hash(agreement.id, &event));
    store::events::insert(tx, agreement.id, &event)
}

/// What the next event of a chain is bound to; `None` where nothing comes before it.
pub fn head(events: &[Event]) -> Option<String> {
    let last = events.last()?;
    Some(match &last.hash {
        Some(hash) => hash.clone(),
        None => {
            let unchained: Vec<Value> = events
                .iter()
                .map(|event| json!([event.at, event.kind, event.actor, event.sha256, event.detail]))
                .collect();
            hex_sha256(Value::Array(unchained).to_string().as_bytes())
        }
    })
}

/// The first event, counted from 1, that does not fit into its chain; `None` where all do.
pub fn first_broken(agreement: i64, events: &[Event]) -> Option<usize> {
    let mut chained = false;
    for (position, event) in events.iter().enumerate() {
        let before = events.get(..position).unwrap_or_default();
        let fits = match &event.hash {
            None => !chained && event.previous.is_none(),
            Some(found) => event.previous == head(before) && *found == hash(agreement, event),
        };
        chained |= event.hash.is_some();
        if !fits {
            return Some(position + 1);
        }
    }
    None
}

/// Every agreement whose evidence does not hold, one sentence each.
pub fn check_all(conn: &Connection) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for id in store::events::stripped(conn)? {
        wrong.push(format!("agreement {id}: events have lost their hashes"));
    }
    for agreement in store::list(conn, None, &Filter::default())? {
        if let Some(what) = facts::fault(conn, &agreement)? {
            wrong.push(format!("agreement {}: {what}", agreement.id));
        }
    }
    Ok(wrong)
}

fn hash(agreement: i64, event: &Event) -> String {
    let canonical = json!([
        agreement,
        event.version,
        event.at,
        event.kind,
        event.actor,
        event.real_actor,
        event.sha256,
        event.detail,
        event.previous,
    ]);
    hex_sha256(canonical.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(detail: &str, chained: bool) -> Event {
        Event {
            at: "2026-05-04T08:00:00Z".to_owned(),
            kind: EventKind::Sent,
            actor: "operator:anna@host".to_owned(),
            sha256: "ab".repeat(32),
            detail: Some(detail.to_owned()),
            version: chained.then_some(1),
            real_actor: chained.then(|| "operator:anna@host".to_owned()),
            previous: None,
            hash: None,
        }
    }

    fn chain(details: &[(&str, bool)]) -> Vec<Event> {
        let mut events = Vec::new();
        for (detail, chained) in details {
            let mut next = event(detail, *chained);
            if *chained {
                next.previous = head(&events);
                next.hash = Some(hash(7, &next));
            }
            events.push(next);
        }
        events
    }

    #[test]
    fn a_hash_is_what_its_description_says() {
        let events = chain(&[("Birgitte <b@example.dk>", true)]);
        // printf '%s' '[7,1,"2026-05-04T08:00:00Z","sent","operator:anna@host","operator:anna@host","abab…","Birgitte <b@example.dk>",null]' | sha256sum
        let expected = hex_sha256(
            format!(
                "[7,1,\"2026-05-04T08:00:00Z\",\"sent\",\"operator:anna@host\",\"operator:anna@host\",\"{}\",\
                 \"Birgitte <b@example.dk>\",null]",
                "ab".repeat(32)
            )
            .as_bytes(),
        );
        assert_eq!(events.first().unwrap().hash.as_deref(), Some(expected.as_str()));
    }

    #[test]
    fn whatever_is_changed_left_out_or_slipped_in_shows() {
        let sound = chain(&[("a", false), ("b", false), ("c", true), ("d", true), ("e", true)]);
        assert_eq!(first_broken(7, &sound), None);
        assert_eq!(first_broken(8, &sound), Some(3), "another agreement's");
        for position in 0..sound.len() {
            let mut changed = sound.clone();
            changed.get_mut(position).unwrap().detail = Some("x".to_owned());
            assert!(first_broken(7, &changed).is_some(), "event {position} changed");
            let mut shorter = sound.clone();
            shorter.remove(position);
            // Only the end can be cut off unseen; the certificate and the state hold that.
            assert_eq!(first_broken(7, &shorter).is_none(), position == 4, "event {position} left out");
            let mut longer = sound.clone();
            longer.insert(position, event("new", position > 2));
            assert!(first_broken(7, &longer).is_some(), "one more before {position}");
        }
    }
}
