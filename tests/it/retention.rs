//! What opened something once and is long over: deleted when its owner is given the next one, and the history stays.

use chrono::Duration;
use portalctl::platform::db::Connection;
use serde_json::json;

use crate::auth::{ANNA, PASSWORD, last_token, world};
use crate::support::World;

#[expect(clippy::disallowed_methods, reason = "the test looks at the file from outside")]
fn count(world: &World, sql: &str) -> i64 {
    let conn = Connection::open(world.path("portal.db")).unwrap();
    let broken: i64 =
        conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0, "nothing refers to what is gone");
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn log_in(world: &World, out: &str) {
    world.run_with_input(&format!("auth login {ANNA} --out {out}"), &format!("{PASSWORD}\n")).ok();
}

#[test]
fn sessions_and_links_that_are_long_over_are_deleted_with_the_next_one() {
    let world = world();
    world.run("setting set login.require-mfa false").ok();
    let token = last_token(&world, ANNA);
    world.run("mail send").ok();
    let chosen = format!("{token}\n{PASSWORD}\n");
    world.run_with_input("auth activate --token-stdin --password-stdin", &chosen).ok();
    log_in(&world, "one");
    log_in(&world, "two");
    let dead_link = "SELECT count(*) FROM link l JOIN user u ON u.id = l.user_id
        WHERE u.email = 'anna.holm@oes.example.dk'";
    let sent = world.json("mail list --state sent");
    let mail = sent.as_array().unwrap().iter().find(|mail| mail["to"] == ANNA).unwrap()["id"].clone();
    let carries = format!("SELECT count(*) FROM outbox WHERE id = {mail} AND link_id IS NOT NULL");
    assert_eq!(count(&world, &carries), 1);

    world.wait(Duration::days(89));
    log_in(&world, "three");
    assert_eq!(count(&world, "SELECT count(*) FROM session"), 3, "not yet");
    world.wait(Duration::days(2));
    log_in(&world, "four");
    assert_eq!(count(&world, "SELECT count(*) FROM session"), 2, "the first two are gone");
    assert_eq!(count(&world, dead_link), 1);
    world.run(&format!("auth forgot {ANNA}")).ok();
    assert_eq!(count(&world, dead_link), 1, "the new one alone");

    assert_eq!(count(&world, &carries), 0);
    // The mail that went out with the old one is still told of, and hands out nothing.
    let shown = world.json(&format!("mail show {mail}"));
    assert_eq!((&shown["state"], &shown["text"]), (&json!("sent"), &json!(null)));
    assert_eq!(world.run("mail list --format json").ok().code, 0);
    let logins = world.json("audit list --action auth.login");
    assert_eq!(logins.as_array().unwrap().len(), 4, "who came in stays in the audit");
}

#[test]
fn codes_that_are_long_over_are_deleted_save_an_initial_password_in_use() {
    let world = world();
    world.run("setting set onboarding.method initial-password").ok();
    world.run(&format!("user invite {ANNA}")).ok();
    world.run(&format!("user invite {ANNA}")).ok();
    world.run("mail send").ok();
    assert_eq!(count(&world, "SELECT count(*) FROM code"), 2);
    assert_eq!(count(&world, "SELECT count(*) FROM credential WHERE initial_id IS NOT NULL"), 1);
    world.wait(Duration::days(120));
    world.run(&format!("user invite {ANNA}")).ok();
    assert_eq!(count(&world, "SELECT count(*) FROM code"), 2, "the password that is set, and the new one");
    world.run("mail send").ok();
    world.wait(Duration::days(120));
    world.run(&format!("user invite {ANNA}")).ok();
    assert_eq!(count(&world, "SELECT count(*) FROM code"), 2);
}

#[test]
fn a_mail_that_never_went_out_keeps_the_link_it_waits_with() {
    let world = world();
    let links = "SELECT count(*) FROM link l JOIN user u ON u.id = l.user_id
        WHERE u.email = 'anna.holm@oes.example.dk'";
    world.wait(Duration::days(120));
    // The old mail is taken back with the new invitation, and only that one's link goes with the one after it.
    world.run(&format!("user invite {ANNA}")).ok();
    assert_eq!(count(&world, links), 2);
    world.wait(Duration::days(120));
    world.run(&format!("user invite {ANNA}")).ok();
    assert_eq!(count(&world, links), 2);
    assert_eq!(count(&world, "SELECT count(*) FROM outbox WHERE state = 'queued' AND link_id IS NULL"), 0);
}
