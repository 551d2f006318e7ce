//! State files: YAML, and JSON as the YAML that it is. What is not of the form is told with its place.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::{Error as Fault, Options};

use super::faults::detail;
use super::model::{SCHEMA, State};
use super::scalar::Place;
use crate::values::nearest;

/// How large a file may be.
pub const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads one file. What is wrong is one of the `details` of an error.
pub fn read(name: &str, bytes: &[u8]) -> Result<State, Value> {
    let text = decode(name, bytes)?;
    let state: State =
        parse(text).map_err(|(place, message)| detail(name, place, "", "", "file.invalid", &message))?;
    let schema = state.schema.as_str();
    if schema != SCHEMA {
        let message = format!("this version reads files whose `schema` is {SCHEMA}, not \"{schema}\"");
        return Err(detail(name, state.schema.at, "schema", schema, "state.schema", &message));
    }
    Ok(state)
}

/// The text of a file, without its byte order mark.
pub fn decode<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, Value> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let place = Place { line, column: 1 };
        detail(name, place, "", "", "file.invalid", "this line is not UTF-8 text; save the file as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads one document of YAML; what is wrong with it comes with its place and a sentence.
///
/// Twenty thousand people are some half million nodes, above the parser's own limits: the size of the file bounds
/// them instead. What stays is what guards against a small file that unfolds into a large one (aliases, merges, depth).
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, (Place, String)> {
    let largest = LARGEST as usize;
    let options: Options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: largest,
            max_nodes: largest,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_merge_keys: 1_000,
            max_documents: 2,
            max_depth: 16,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 100_000,
            max_replay_stack_depth: 16,
            max_alias_expansions_per_anchor: 1_000,
        },
        // `no` is a word here, not a truth value.
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|fault| {
        let fault = fault.without_snippet();
        let place = fault.location().map(|at| Place { line: at.line(), column: at.column() });
        (place.unwrap_or(Place { line: 1, column: 1 }), sentence(fault))
    })
}

fn sentence(fault: &Fault) -> String {
    match fault {
        Fault::SerdeUnknownField { field, expected, .. } => {
            let near = nearest(field, expected.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("there is no key `{field}` here{near} (there are: {})", expected.join(", "))
        }
        Fault::SerdeMissingField { field, .. } => format!("the key `{field}` is missing here"),
        Fault::DuplicateMappingKey { key, .. } => {
            format!("the key `{}` stands here twice", key.as_deref().unwrap_or_default())
        }
        Fault::MultipleDocuments { .. } => {
            "a second document begins here (`---`); give each a file of its own".to_owned()
        }
        Fault::Eof { .. } => format!("the file is empty; it needs at least `schema: {SCHEMA}`"),
        Fault::Unexpected { expected: "mapping start", .. } => {
            "keys with their values are expected here (`key: value`)".to_owned()
        }
        Fault::Unexpected { expected: "sequence start", .. } => {
            "a list is expected here (`[a, b]`, or lines that begin with `- `)".to_owned()
        }
        Fault::Unexpected { expected: "string scalar", .. } => "a single value is expected here".to_owned(),
        other => {
            // The place stands beside the sentence; the parser's own words for it would say it twice.
            let whole = other.to_string();
            let words = whole.lines().next().unwrap_or_default().trim_start_matches("error: ");
            match words.rfind(" at line ") {
                Some(end) => words.get(..end).unwrap_or(words).to_owned(),
                None => words.to_owned(),
            }
        }
    }
}
