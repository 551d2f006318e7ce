//! Bulk CSV: `tenant import`, `unit import`, `user import`, `contact import` (LESSONS "Bulk CSV import").

mod again;
mod damaged;
mod rows;
mod wrong;

use serde_json::Value;

use crate::support::World;

const USERS: &str = "E-mail;Navn;B-nummer;Telefon;Titel;Sprog;Rettigheder\r\n";

fn people(rows: &[&str]) -> String {
    format!("{USERS}{}\r\n", rows.join("\r\n"))
}

/// The user list without what an import cannot change.
fn users(world: &World) -> String {
    let fields = "--fields email,name,b_number,phone,title,language,rights";
    world.run(&format!("user list --format csv {fields}")).ok().out
}

fn error(world: &World, line: &str) -> (u8, Value) {
    let said = world.run(&format!("{line} --format json"));
    assert_eq!(said.out, "", "{line}");
    let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|e| panic!("{line}: {e}\n{said}"));
    (said.code, error["error"].clone())
}

fn audit_entries(world: &World) -> i64 {
    world.json("audit verify")["entries"].as_i64().unwrap()
}
