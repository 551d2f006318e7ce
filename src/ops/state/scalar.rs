//! What stands in a state file where a value is expected: a scalar with its place, perhaps absent; or a list of objects.
//!
//! Every scalar is read as the text that stands there (`10213231`, `"10213231"`, `true`, `off`), so that no value
//! changes by looking like a number, a date or a truth value; what it must be is decided by the parsers of the flags.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_saphyr::{DoubleQuoted, Spanned};

use crate::platform::ui::foreign::has_hidden;

/// Where something stands in its file. The first line and column are 1; 0 is for what was never in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

/// A scalar that is there; `null` reads as an empty text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    value: String,
    /// Written without quotes by an export: a number or a truth value, or `null` for an empty text.
    bare: bool,
    /// Where it stands.
    pub at: Place,
}

impl Text {
    /// The text as it stands there; nothing for `null`.
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Whether it is no text but a number, a truth value or `null`: known of what is to be written, and of what was read
    /// by [`Field::with_its_kind`].
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// A text to be written.
    pub fn new(value: impl Into<String>) -> Text {
        Text { value: value.into(), ..Text::default() }
    }

    /// A number, a truth value or `null` (from an empty text) to be written as such.
    pub fn bare(value: impl fmt::Display) -> Text {
        Text { value: value.to_string(), bare: true, at: Place::default() }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        let spanned = Spanned::<Option<String>>::deserialize(deserializer)?;
        let place = Place { line: spanned.referenced.line(), column: spanned.referenced.column() };
        Ok(Text { value: spanned.value.unwrap_or_default(), bare: false, at: place })
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value.as_str() {
            "" if self.bare => serializer.serialize_none(),
            "true" if self.bare => serializer.serialize_bool(true),
            "false" if self.bare => serializer.serialize_bool(false),
            text => match text.parse::<i64>() {
                // `007` is no number: only what reads back as the same text is written as one.
                Ok(number) if self.bare && number.to_string() == text => serializer.serialize_i64(number),
                // In double quotes YAML can escape what a terminal must not get raw, as the export then does.
                _ if has_hidden(text) => DoubleQuoted(text).serialize(serializer),
                _ => serializer.serialize_str(text),
            },
        }
    }
}

impl JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// A scalar that may be absent, which leaves things as they are; `null` and `''` empty them.
#[derive(Debug, Clone, Default)]
pub struct Field(Option<Text>);

impl Field {
    /// The scalar, if the key is there.
    pub fn get(&self) -> Option<&Text> {
        self.0.as_ref()
    }

    /// Whether the key is not there.
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Reads a scalar of which it matters whether it stands in quotes: `false` is bare, `"false"` is not. Of numbers,
    /// which are bare too, the spelling is not kept.
    pub fn with_its_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field, D::Error> {
        let spanned = Spanned::<Typed>::deserialize(deserializer)?;
        let at = Place { line: spanned.referenced.line(), column: spanned.referenced.column() };
        Ok(Field(Some(Text { at, ..spanned.value.0 })))
    }

    /// A text to be written; without one the key is left away.
    pub fn text(value: Option<impl fmt::Display>) -> Field {
        Field(value.map(|value| Text::new(value.to_string())))
    }

    /// A number or truth value to be written as such; without one the key is left away.
    pub fn bare(value: Option<impl fmt::Display>) -> Field {
        Field(value.map(Text::bare))
    }

    /// A text to be written, or `null` where there is none.
    pub fn or_null(value: Option<impl fmt::Display>) -> Field {
        Field(Some(value.map_or_else(|| Text::bare(""), |value| Text::new(value.to_string()))))
    }
}

/// A scalar as the parser understands it.
struct Typed(Text);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Typed, D::Error> {
        struct Kinds;
        impl Visitor<'_> for Kinds {
            type Value = Typed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a single value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Typed, E> {
                Ok(Typed(Text::new(text)))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Typed, E> {
                Ok(Typed(Text::bare(truth)))
            }

            fn visit_unit<E>(self) -> Result<Typed, E> {
                Ok(Typed(Text::bare("")))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Typed, E> {
                Ok(Typed(Text::bare(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Typed, E> {
                Ok(Typed(Text::bare(number)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Typed, E> {
                Ok(Typed(Text::bare(number)))
            }
        }
        deserializer.deserialize_any(Kinds)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Field, D::Error> {
        Text::deserialize(deserializer).map(|text| Field(Some(text)))
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Field {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Field".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean", "null"]})
    }
}

/// A list that may be absent, which leaves things as they are; `[]` empties them. A bare `key:` is neither, and refused.
#[derive(Debug, Clone)]
pub struct List<T>(Option<Vec<T>>);

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List(None)
    }
}

impl<T> List<T> {
    /// The entries, if the key is there.
    pub fn get(&self) -> Option<&[T]> {
        self.0.as_deref()
    }

    /// Whether the key is not there.
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Entries to be written, also where there are none.
    pub fn all(entries: Vec<T>) -> List<T> {
        List(Some(entries))
    }

    /// Entries to be written; where there are none the key is left away.
    pub fn some(entries: Vec<T>) -> List<T> {
        List(Some(entries).filter(|entries| !entries.is_empty()))
    }

    /// Adds the entries of another file. The list is there if it is there in either.
    pub fn extend(&mut self, other: List<T>) {
        match (&mut self.0, other.0) {
            (Some(entries), Some(more)) => entries.extend(more),
            (none, more @ Some(_)) => *none = more,
            (_, None) => {}
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<List<T>, D::Error> {
        match Option::<Vec<T>>::deserialize(deserializer)? {
            Some(entries) => Ok(List(Some(entries))),
            None => Err(D::Error::custom(
                "there is nothing behind this key: write [] to empty the list, or leave the key away to keep it",
            )),
        }
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for List<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "items": generator.subschema_for::<T>()})
    }
}

/// Keys with a scalar each, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Map(pub Vec<(String, Text)>);

impl Map {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Map, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Map;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("keys with a value each")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Map(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// What the published schema says of scalars that are not just any text.
pub mod schemas {
    use schemars::{Schema, SchemaGenerator, json_schema};

    use crate::platform::settings;
    use crate::values::Coded;

    /// What may be left away but never emptied.
    pub fn filled(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"], "minLength": 1})
    }

    /// `true` or `false`.
    pub fn truth(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "boolean"})
    }

    /// A whole number, or none.
    pub fn number(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["integer", "null"], "minimum": 0})
    }

    /// A day.
    pub fn day(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }

    /// One of a set of codes.
    pub fn code<T: Coded>(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = T::all().iter().map(|member| member.code()).collect();
        json_schema!({"type": "string", "enum": codes})
    }

    /// One of a set of codes, or none.
    pub fn code_or_none<T: Coded>(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = T::all().iter().map(|member| Some(member.code())).chain([None]).collect();
        json_schema!({"enum": codes})
    }

    /// Several of a set of codes.
    pub fn codes<T: Coded>(generator: &mut SchemaGenerator) -> Schema {
        let code = code::<T>(generator);
        json_schema!({"type": "array", "items": code})
    }

    /// Why an account is shut, or that it is open.
    pub fn reason(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string", "minLength": 1}, {"const": false}, {"type": "null"}]})
    }

    /// Rights, each as the institution, a colon and the right.
    pub fn rights(_: &mut SchemaGenerator) -> Schema {
        let rights: Vec<_> = crate::portal::access::Right::all().iter().map(|right| right.code()).collect();
        let pattern = format!("^.+:({})$", rights.join("|"));
        json_schema!({"type": "array", "items": {"type": "string", "pattern": pattern}})
    }

    /// The name and version of the format.
    pub fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"const": super::super::model::SCHEMA})
    }

    /// Each setting with what it decides.
    pub fn settings(_: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for setting in settings::ALL {
            let about = serde_json::json!({
                "description": setting.about,
                "default": setting.default,
                "type": ["string", "number", "boolean", "null"],
            });
            properties.insert(setting.key.to_owned(), about);
        }
        json_schema!({"type": "object", "properties": properties, "additionalProperties": false})
    }
}
