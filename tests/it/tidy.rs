//! The rules of the house (DESIGN §2): who may name which crate, who may import whom, and how files begin.

use std::path::{Path, PathBuf};

pub(crate) fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The code of a file without its comments, so that prose may speak of anything.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn offenders(word: &str, allowed: impl Fn(&str) -> bool) -> Vec<String> {
    sources()
        .into_iter()
        .filter(|(name, text)| !allowed(name) && code(text).contains(word))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn each_crate_is_named_only_in_its_own_place() {
    let is_store = |name: &str| name.ends_with("store.rs") || name.contains("/store/");
    let is_cli = |name: &str| {
        name == "app.rs"
            || name.split('/').any(|part| part.starts_with("cli"))
            || name.starts_with("ops/completion")
    };
    let sql_rooms = ["platform/db/", "platform/blob", "platform/audit", "platform/outbox/"];
    let none: Vec<String> = Vec::new();
    assert_eq!(
        offenders("rusqlite::", |name| is_store(name) || sql_rooms.iter().any(|room| name.starts_with(room))),
        none
    );
    assert_eq!(offenders("clap::", is_cli), none);
    assert_eq!(offenders("comfy_table", |name| name.starts_with("platform/ui/")), none);
    assert_eq!(offenders("lettre::", |name| name.starts_with("platform/outbox/")), none);
    let templates = ["platform/outbox/", "platform/document/"];
    assert_eq!(offenders("minijinja::", |name| templates.iter().any(|room| name.starts_with(room))), none);
    assert_eq!(offenders("lopdf::", |name| name.starts_with("platform/pdf/")), none);
    assert_eq!(offenders("infer::", |name| name.starts_with("platform/filetype/")), none);
    for signing in ["ed25519_compact", "minisign_verify", "blake2::"] {
        assert_eq!(offenders(signing, |name| name == "platform/secret/signing.rs"), none);
    }
    for typesetting in ["typst::", "typst_layout", "typst_pdf"] {
        assert_eq!(offenders(typesetting, |name| name.starts_with("platform/typeset/")), none);
    }
    assert_eq!(offenders("dialoguer::", |name| name == "platform/ui/prompt.rs"), none);
    assert_eq!(offenders("indicatif::", |name| name == "platform/ui/progress.rs"), none);
}

#[test]
fn imports_point_downwards() {
    let wings = ["app", "ops", "portal", "platform", "values"];
    for (name, text) in sources() {
        let own = name.trim_end_matches(".rs").split('/').next().unwrap().to_owned();
        let Some(own) = wings.iter().position(|wing| *wing == own) else { continue };
        for above in wings.iter().take(own) {
            assert!(
                !code(&text).contains(&format!("crate::{above}::")),
                "{name} uses {above}, which stands above it"
            );
        }
    }
}

#[test]
fn a_room_uses_only_rooms_listed_before_it() {
    let list = include_str!("../../src/portal/mod.rs");
    let rooms: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|room| *room != "cli")
        .collect();
    for (name, text) in sources() {
        let Some(own) = name.strip_prefix("portal/").and_then(|rest| rest.split('/').next()) else {
            continue;
        };
        let Some(own) = rooms.iter().position(|room| *room == own.trim_end_matches(".rs")) else { continue };
        for later in rooms.iter().skip(own + 1) {
            assert!(
                !code(&text).contains(&format!("crate::portal::{later}::")),
                "{name} uses the later room {later}"
            );
            assert!(
                !code(&text).contains(&format!("crate::portal::{later};")),
                "{name} uses the later room {later}"
            );
        }
    }
}

#[test]
fn rules_know_no_sql_and_no_clock_and_stores_no_services() {
    for (name, text) in sources() {
        let file = name.rsplit('/').next().unwrap();
        let code = code(&text);
        if file == "rules.rs" {
            assert!(
                !code.contains("Connection") && !code.contains("::db::") && !code.contains(".now()"),
                "{name}"
            );
        }
        if file == "store.rs" {
            assert!(!code.contains("service::"), "{name} uses a service");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    for (name, text) in sources() {
        assert!(text.starts_with("//! "), "{name} does not begin with //!");
        assert!(text.ends_with('\n') && !text.contains(" \n"), "{name}: white space at an end");
        assert!(text.lines().count() <= 500, "{name} has {} lines and wants dividing", text.lines().count());
    }
}

#[test]
fn every_column_has_a_heading_in_each_language() {
    use portalctl::platform::i18n::{Lang, text};
    use portalctl::values::Coded;
    let mut missing = Vec::new();
    for (name, source) in sources() {
        // What a module's own tests make up needs no heading.
        let source = code(source.split("#[cfg(test)]").next().unwrap_or_default());
        for call in source.split("col(\"").skip(1).chain(source.split("extra(\"").skip(1)) {
            let column = call.split('"').next().unwrap_or_default();
            let lacks = Lang::all().iter().any(|lang| text(*lang, &format!("col-{column}")).is_none());
            if lacks && !name.starts_with("platform/ui/") {
                missing.push(format!("{name}: {column}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
