//! The generated documentation: `docs/cli.md` from the parser, `docs/data.md` from `schema.sql`.
//!
//! `UPDATE_DOCS=1 cargo test` (or `just docs`) writes them; without it the test says what is out of date.

use std::fmt::Write;
use std::path::Path;

use clap::Command;

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    #[expect(clippy::disallowed_methods, reason = "the switch by which a person writes the documents anew")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is out of date; run `just docs`");
}

fn describe(command: &Command, path: &str, depth: usize, out: &mut String) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    assert!(!about.is_empty(), "`{path}` has no help text");
    let _ = writeln!(out, "{} `{path}`\n\n{about}\n", "#".repeat(depth.min(4)));
    let arguments: Vec<_> = command
        .get_arguments()
        .filter(|arg| {
            !arg.is_global_set() && !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version"
        })
        .collect();
    if !arguments.is_empty() {
        out.push_str("| argument | meaning |\n| --- | --- |\n");
        for argument in arguments {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "`{path}`: {} has no help text", argument.get_id());
            let names = argument
                .get_value_names()
                .map(|names| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" "));
            let takes = argument.get_action().takes_values();
            let shown = match (argument.get_long(), takes) {
                (Some(long), true) => format!("--{long} {}", names.unwrap_or_default()),
                (Some(long), false) => format!("--{long}"),
                (None, _) => names.unwrap_or_default(),
            };
            let needed = if argument.is_required_set() { " (needed)" } else { "" };
            let _ = writeln!(
                out,
                "| `{}` | {}{needed} |",
                shown.trim().replace('|', "\\|"),
                help.replace('|', "\\|")
            );
        }
        out.push('\n');
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        describe(inner, &format!("{path} {}", inner.get_name()), depth + 1, out);
    }
}

#[test]
fn the_command_reference_is_up_to_date_and_everything_has_a_help_text() {
    let mut command = portalctl::app::command();
    command.build();
    let mut out = String::from(
        "# The commands\n\nWritten by a test from the parser; do not edit. The contract behind it is explained in the README.\n\n## Global flags\n\n| flag | meaning |\n| --- | --- |\n",
    );
    for argument in command.get_arguments().filter(|argument| argument.is_global_set()) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(out, "| `--{}` | {help} |", argument.get_long().unwrap_or_default());
    }
    out.push('\n');
    for noun in command.get_subcommands().filter(|noun| noun.get_name() != "help") {
        describe(noun, &format!("portalctl {}", noun.get_name()), 2, &mut out);
    }
    out.push_str("## Exit codes\n\n| code | meaning |\n| --- | --- |\n");
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(out, "| {code} | {meaning} |");
    }
    out.push_str("\n## Error codes\n\n");
    out.push_str(&error_codes().iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", "));
    out.push('\n');
    check("cli.md", &out);
}

const EXIT_CODES: [(&str, &str); 15] = [
    ("0", "done, or nothing to do"),
    ("1", "unexpected failure (a bug, or the disk)"),
    ("2", "usage: unknown command or flag, a value that cannot be"),
    ("3", "partial: some of many failed, the rest is done"),
    ("4", "not found, an input file included"),
    ("5", "conflict: it exists, it differs, the state does not allow it, the plan is stale"),
    ("6", "refused: right, policy, limit; or a check found something wrong"),
    ("7", "a confirmation or a terminal is needed"),
    ("10", "`state plan --exit-code`: something would change"),
    ("11", "`state plan --exit-code`: something would be taken away"),
    ("65", "the input file is wrong: nothing of it was taken"),
    ("75", "busy: try again later"),
    ("78", "configuration, or a database of another schema version"),
    ("130", "interrupted: nothing half done"),
    ("143", "terminated: nothing half done"),
];

/// Every error code that the sources name: `noun.reason` in a string of its own.
fn error_codes() -> Vec<String> {
    let shape = regex_lite::Regex::new(r#""([a-z][a-z0-9-]*\.[a-z][a-z-]*)""#).unwrap();
    let constructors = ["Error::", "Warning::new", "Invalid::new", "not_after(", "code", ".invalid\""];
    let mut codes: Vec<String> = Vec::new();
    for (_, text) in super::tidy::sources() {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
        let lines: Vec<_> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let near = lines.get(n.saturating_sub(2)..=n).unwrap().concat();
            if constructors.iter().any(|word| near.contains(word)) && !near.contains("Action(") {
                codes.extend(shape.captures_iter(line).map(|found| found[1].to_owned()));
            }
        }
    }
    codes.retain(|code| {
        !code.ends_with(".rs")
            && !code.ends_with(".txt")
            && !code.ends_with(".db")
            && !code.ends_with(".toml")
    });
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn the_schema_of_state_files_is_up_to_date() {
    check("state.schema.json", &portalctl::ops::state::model::json_schema());
}

#[test]
fn the_schema_of_manifests_is_up_to_date() {
    check("bundle.schema.json", &portalctl::portal::agreement::bundle::manifest::schema_text());
}

#[test]
fn the_data_reference_is_up_to_date_and_every_table_is_explained() {
    let mut out = String::from("# The data\n\nWritten by a test from `schema.sql`; do not edit.\n\n");
    let mut comment: Vec<&str> = Vec::new();
    let mut table: Option<(String, Vec<String>)> = None;
    for line in portalctl::platform::db::SCHEMA.lines() {
        if let Some(heading) = line.strip_prefix("-- ── ") {
            let _ = writeln!(out, "## {}\n", heading.trim_end_matches(['─', ' ']));
            comment.clear();
        } else if let Some(text) = line.strip_prefix("-- ") {
            comment.push(text);
        } else if let Some(rest) = line.strip_prefix("CREATE VIRTUAL TABLE ") {
            let name = rest.split(' ').next().unwrap_or(rest);
            let _ = writeln!(out, "### {name}\n\n{}\n", comment.join(" "));
            comment.clear();
        } else if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            let name = name.trim_end_matches([' ', '(']).to_owned();
            let _ = writeln!(out, "### {name}\n\n{}\n", comment.join(" "));
            comment.clear();
            table = Some((name, Vec::new()));
        } else if line.starts_with(") STRICT") {
            if let Some((_, columns)) = table.take() {
                out.push_str("| column | type | meaning |\n| --- | --- | --- |\n");
                out.push_str(&columns.concat());
                out.push('\n');
            }
        } else if let Some((_, columns)) = table.as_mut() {
            let (definition, meaning) = line.split_once("--").unwrap_or((line, ""));
            let words: Vec<_> = definition.split_whitespace().collect();
            if let [name, kind, ..] = words.as_slice()
                && ["INTEGER", "TEXT", "BLOB", "INTEGER,", "TEXT,", "BLOB,"].contains(kind)
            {
                columns.push(format!(
                    "| `{}` | {} | {} |\n",
                    name.trim_matches('"'),
                    kind.trim_end_matches(','),
                    meaning.trim().replace('|', "\\|")
                ));
            }
        } else if line.is_empty() {
            comment.clear();
        }
    }
    check("data.md", &out);
}

/// The console block of the README: what is typed (`$ …`) and what is seen.
#[test]
fn what_the_readme_shows_is_what_one_sees() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("```console\n").unwrap();
    let (story, after) = rest.split_once("```\n").unwrap();
    let world = crate::support::World::empty();
    let folder = format!("{}/", world.dir.path().display());
    let mut seen = Vec::new();
    for line in story.lines().filter_map(|line| line.strip_prefix("$ portalctl ")) {
        let said = world.run(line).ok();
        seen.push(format!("$ portalctl {line}\n{}", said.out.replace(&folder, "")));
    }
    assert!(seen.len() >= 10, "the first ten commands");
    let expected = format!("{before}```console\n{}```\n{after}", seen.join("\n"));
    #[expect(clippy::disallowed_methods, reason = "the switch by which a person writes the documents anew")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    assert!(readme == expected, "README.md does not show what one sees; run `just docs`");
}
