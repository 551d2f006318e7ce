//! What a transaction did, object by object and field by field, read from what its use cases recorded.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::platform::audit::{self, Done};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::ui::plan::{Fate, FieldChange, Item};

/// The nouns of the actions that are about the declarable world; `db` for the birth of the database itself.
const NOUNS: [&str; 13] = [
    "db",
    "setting",
    "calendar",
    "role",
    "ticket-type",
    "kpi-measure",
    "kpi-target",
    "tenant",
    "unit",
    "user",
    "rights",
    "signatory",
    "contact",
];

/// The order in which kinds are listed, within an institution and outside of all.
const KINDS: [&str; 12] = [
    "setting",
    "closed-day",
    "role",
    "ticket-type",
    "measure",
    "target",
    "user",
    "tenant",
    "unit",
    "right",
    "signatory",
    "contact",
];

/// Fields that say when and by whom, that are shown elsewhere, or that follow from others.
const PASSED_OVER: [&str; 11] = [
    "id",
    "created_at",
    "updated_at",
    "granted_at",
    "granted_by",
    "since",
    "until",
    "last_login_at",
    "mfa",
    "rights",
    "tenant",
];

/// A plan made now holds as long as this stays the same: the last change of the declarable world.
pub fn base(conn: &Connection) -> Result<String> {
    audit::last_of(conn, &NOUNS)
}

/// Each object that changed after the audit row `seq`, as it was before the first and after the last of its records.
pub fn after(conn: &Connection, seq: i64) -> Result<Vec<Item>> {
    let mut objects: Vec<Object> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    audit::each_after(conn, seq, |done| {
        let Some(object) = Object::of(done) else { return };
        match known.get(&(object.kind.clone(), object.key.clone())).and_then(|at| objects.get_mut(*at)) {
            Some(earlier) => earlier.after = object.after,
            None => {
                known.insert((object.kind.clone(), object.key.clone()), objects.len());
                objects.push(object);
            }
        }
    })?;
    let mut items: Vec<_> = objects.into_iter().filter_map(Object::item).collect();
    let order = |kind: &str| KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len());
    items.sort_by(|a, b| {
        (&a.tenant, order(&a.kind), &a.kind, &a.key).cmp(&(&b.tenant, order(&b.kind), &b.kind, &b.key))
    });
    Ok(items)
}

struct Object {
    kind: String,
    key: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Object {
    fn of(done: Done) -> Option<Object> {
        let Done { action, object, before, after } = done;
        let (kind, key) = object.split_once(':')?;
        if action.starts_with("rights.") {
            let grant = before.as_ref().or(after.as_ref())?;
            let field = |name: &str| grant.get(name).and_then(Value::as_str).unwrap_or_default();
            let key = format!("{} {}:{}", field("user"), field("tenant"), field("right"));
            return Some(Object { kind: "right".to_owned(), key, before, after });
        }
        // Of a signatory whose time ended only the end is new; that is removal.
        let after = after.filter(|after| action != "signatory.remove" || after.get("until").is_none());
        Some(Object { kind: kind.to_owned(), key: key.to_owned(), before, after })
    }

    fn item(self) -> Option<Item> {
        let Object { kind, key, before, after } = self;
        let result = match (&before, &after) {
            (None, None) => return None,
            (None, Some(_)) => Fate::Created,
            (Some(_), None) => Fate::Deleted,
            (Some(before), Some(after)) if out_of_use(after) && !out_of_use(before) => Fate::Deleted,
            (Some(_), Some(_)) => Fate::Updated,
        };
        let stays = before.is_some() && after.is_some();
        let whole = after.as_ref().or(before.as_ref());
        let tenant = match kind.as_str() {
            "tenant" => Some(key.clone()),
            _ => whole.and_then(|whole| whole.get("tenant")).and_then(Value::as_str).map(str::to_owned),
        };
        let changes = differences(&kind, before, after);
        if changes.is_empty() && stays {
            return None;
        }
        Some(Item { kind, key, result, tenant, changes })
    }
}

fn out_of_use(object: &Value) -> bool {
    let status = object.get("status").and_then(Value::as_str);
    matches!(status, Some("archived" | "retired" | "disabled"))
}

/// The fields that make up an object's key, and are not told again.
fn key_fields(kind: &str) -> &'static [&'static str] {
    match kind {
        "tenant" | "role" | "ticket-type" | "measure" => &["code"],
        "unit" => &["kind", "number"],
        "user" => &["email"],
        "right" => &["user", "right"],
        "signatory" => &["scope"],
        "contact" => &["key"],
        "target" => &["measure", "from"],
        "closed-day" => &["date", "kind"],
        _ => &[],
    }
}

fn differences(kind: &str, before: Option<Value>, after: Option<Value>) -> Vec<FieldChange> {
    let mut before = fields(before);
    let mut changes = Vec::new();
    for (field, after) in fields(after) {
        let before = before.shift_remove(&field).unwrap_or_default();
        changes.push(FieldChange { field, before, after });
    }
    let gone = before.into_iter().map(|(field, before)| FieldChange { field, before, after: Value::Null });
    changes.extend(gone);
    changes.retain(|FieldChange { field, before, after }| {
        let told = PASSED_OVER.contains(&field.as_str()) || key_fields(kind).contains(&field.as_str());
        !told && filled(before) != filled(after)
    });
    changes
}

/// An empty list is as good as none.
fn filled(value: &Value) -> Option<&Value> {
    Some(value).filter(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
}

/// The fields of a recorded object; of one that is a value alone, the field `value`.
fn fields(object: Option<Value>) -> Map<String, Value> {
    match object {
        None => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(value) => Map::from_iter([("value".to_owned(), value)]),
    }
}
