//! The published JSON Schema: the example and every export keep it, and it refuses what the reader refuses.

use serde_json::{Value, json};

use super::{EXAMPLE, applied};

/// As much of JSON Schema as the published one uses. Answers with what does not fit.
fn misfits(whole: &Value, schema: &Value, value: &Value, path: &str, out: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = whole.pointer(name.trim_start_matches('#')).unwrap();
        return misfits(whole, target, value, path, out);
    }
    let known = [
        "$schema",
        "$defs",
        "title",
        "description",
        "default",
        "type",
        "properties",
        "required",
        "const",
        "enum",
        "additionalProperties",
        "items",
        "pattern",
        "anyOf",
        "format",
        "minimum",
        "minLength",
    ];
    for keyword in schema.as_object().unwrap().keys() {
        assert!(known.contains(&keyword.as_str()), "this validator does not know {keyword}");
    }
    let types: Vec<_> = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other}"),
    };
    let mut wrong = |what: &str| out.push(format!("{path}: {what}"));
    if !types.is_empty() && !types.iter().any(|name| is(name.as_str().unwrap())) {
        wrong("type");
    }
    if schema.get("const").is_some_and(|only| only != value) {
        wrong("const");
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        wrong("enum");
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !regex_lite::Regex::new(pattern).unwrap().is_match(text)
    {
        wrong("pattern");
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = |one: &Value| {
            let mut own = Vec::new();
            misfits(whole, one, value, path, &mut own);
            own.is_empty()
        };
        if !any.iter().any(fits) {
            wrong("anyOf");
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.as_object().is_some_and(|object| !object.contains_key(name.as_str().unwrap())) {
            wrong(&format!("without {name}"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => misfits(whole, schema, inner, &format!("{path}.{name}"), out),
            None => out.push(format!("{path}: unknown {name}")),
        }
    }
    for (n, inner) in value.as_array().into_iter().flatten().enumerate() {
        misfits(whole, &schema["items"], inner, &format!("{path}[{n}]"), out);
    }
}

fn judged(value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&portalctl::ops::state::model::json_schema()).unwrap();
    let mut out = Vec::new();
    misfits(&schema, &schema, value, "", &mut out);
    out
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn the_example_and_the_exports_keep_the_schema() {
    let none: Vec<String> = Vec::new();
    assert_eq!(judged(&yaml(EXAMPLE)), none);
    let world = applied();
    assert_eq!(judged(&yaml(&world.run("state export").ok().out)), none);
    assert_eq!(judged(&world.json("state export")), none);
    let printed: Value = serde_json::from_str(&world.run("state schema").ok().out).unwrap();
    assert_eq!(printed["properties"]["schema"]["const"], "portalctl.state/1");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    for (wrong, expected) in [
        (json!({"schema": "portalctl.state/2"}), ".schema: const"),
        (json!({"schema": "portalctl.state/1", "tenant": []}), ": unknown tenant"),
        (json!({"schema": "portalctl.state/1", "users": [{"name": "x"}]}), ".users[0]: without \"email\""),
        (json!({"schema": "portalctl.state/1", "users": null}), ".users: type"),
        (json!({"schema": "portalctl.state/1", "settings": {"a.b": 1}}), ".settings: unknown a.b"),
        (
            json!({"schema": "portalctl.state/1", "users": [{"email": "a@b.dk", "rights": ["t:chef"]}]}),
            ".users[0].rights[0]: pattern",
        ),
        (
            json!({"schema": "portalctl.state/1", "users": [{"email": "a@b.dk", "disabled": true}]}),
            ".users[0].disabled: anyOf",
        ),
    ] {
        assert_eq!(judged(&wrong), [expected], "{wrong}");
    }
}
