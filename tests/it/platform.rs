//! What every command has in common: formats, exit codes, dry run, audit, configuration, mail.

use chrono::Duration;
use serde_json::json;

use crate::support::World;

#[test]
fn no_database_says_how_to_make_one() {
    let world = World::empty();
    insta::assert_snapshot!(world.run("tenant list").to_string().replace(world.dir.path().to_str().unwrap(), "DIR"), @"
    ------- stderr -------
    error: there is no database at DIR/portal.db
    hint: create one with `portalctl init`, or name yours with --db FILE
    [exit code 78]
    ");
}

#[test]
fn files_that_are_no_database_are_refused_untouched() {
    let world = World::empty();
    world.write("text.db", "this is no database, only a text that is long enough to be looked at as one");
    world.write("empty.db", "");
    for file in ["text.db", "empty.db", "."] {
        assert_eq!(
            world.refused(&format!("tenant list --db {file}")),
            (78, "db.not-a-database".to_owned()),
            "{file}"
        );
    }
    assert_eq!(std::fs::read(world.path("empty.db")).unwrap(), b"");
    let foreign = world.path("foreign.db");
    #[expect(clippy::disallowed_methods, reason = "another program's file")]
    let conn = portalctl::platform::db::Connection::open(foreign).unwrap();
    conn.execute_batch("CREATE TABLE t (x)").unwrap();
    assert_eq!(world.refused("tenant list --db foreign.db"), (78, "db.not-a-database".to_owned()));
}

#[test]
fn init_never_writes_over_anything() {
    let world = World::new();
    assert_eq!(world.refused("init"), (5, "db.exists".to_owned()));
    std::fs::remove_file(world.path("portal.db")).unwrap();
    assert_eq!(world.refused("init"), (5, "db.exists".to_owned()), "the key file is there still");
}

#[test]
fn k_101_the_public_key_is_a_file_of_minisigns_and_stays_the_same() {
    let world = World::new();
    let file = world.run("key show-public").ok().out;
    let [comment, line] = file.lines().collect::<Vec<_>>()[..] else { panic!("{file}") };
    let shown = world.json("key show-public");
    assert_eq!(shown, json!({"public_key": line, "key_id": shown["key_id"]}));
    assert_eq!(
        comment,
        format!("untrusted comment: minisign public key {}", shown["key_id"].as_str().unwrap())
    );
    assert!(line.starts_with("RW") && line.len() == 56);
    assert_eq!(world.run("key show-public").ok().out, file);
    assert_eq!(world.refused("key show-public --dry-run"), (2, "usage".to_owned()));
    std::fs::remove_file(world.path("portal.db.key")).unwrap();
    assert_eq!(world.refused("key show-public"), (78, "key.missing".to_owned()));
}

#[test]
fn every_format_gives_the_same_list() {
    let world = World::peopled();
    insta::assert_snapshot!(world.run("tenant list"), @"
    Kode                      CVR-nummer  Navn                      Ministerområde     Status
    digitaliseringsstyrelsen  34051178    Digitaliseringsstyrelsen                     Aktiv
    oekonomistyrelsen         10213231    Økonomistyrelsen          Finansministeriet  Aktiv
    ");
    insta::assert_snapshot!(world.run("tenant list --format csv --fields code,cvr"), @"
    code,cvr
    digitaliseringsstyrelsen,34051178
    oekonomistyrelsen,10213231
    ");
    insta::assert_snapshot!(world.run("tenant list --format id"), @"
    digitaliseringsstyrelsen
    oekonomistyrelsen
    ");
    insta::assert_snapshot!(world.run("tenant list --format jsonl --fields name,code --limit 1"), @r#"
    {"name":"Digitaliseringsstyrelsen","code":"digitaliseringsstyrelsen"}
    "#);
    insta::assert_snapshot!(world.run("tenant list --lang en --fields code,status --offset 1"), @"
    Code               Status
    oekonomistyrelsen  Active
    ");
    assert_eq!(world.json("contact list"), json!([]), "an empty list is a list");
}

#[test]
fn a_field_that_does_not_exist_is_named_with_those_that_do() {
    let world = World::peopled();
    insta::assert_snapshot!(world.run("unit list --fields numer"), @r#"
    ------- stderr -------
    error: there is no field "numer"; there are: tenant, kind, number, name, server, database, ldv, status
    hint: did you mean "number"?
    [exit code 2]
    "#);
    assert_eq!(world.refused("tenant create --cvr 53383211 --name X --fields code").0, 2);
    assert_eq!(world.json("tenant list").as_array().unwrap().len(), 2, "nothing was created");
}

#[test]
fn argument_errors_are_json_too() {
    let world = World::new();
    for line in ["tenant", "tenant lst", "tenant create --cvr 10213231", "tenant list --limit x", "nonsense"]
    {
        let (code, error) = world.refused(line);
        assert_eq!((code, error.as_str()), (2, "usage"), "{line}");
    }
    assert_eq!(world.refused("tenant create --cvr 12345678 --name X"), (2, "cvr.invalid".to_owned()));
    insta::assert_snapshot!(world.run("tenant create --cvr 10391005 --name X"), @r#"
    ------- stderr -------
    error: --cvr <CVR>: "10391005" is not a CVR number: the check digit does not fit (modulus 11)
    hint: for example 10213231
    [exit code 2]
    "#);
}

#[test]
fn a_dry_run_reports_as_if_done_and_keeps_nothing() {
    let world = World::peopled();
    let before = (world.json("audit head"), world.json("user list"), world.json("mail list"));
    for line in [
        "tenant create --cvr 53383211 --name Kriminalforsorgen",
        "tenant archive digitaliseringsstyrelsen",
        "unit move 999 --to digitaliseringsstyrelsen --from 2026-06",
        "user create --email ny@example.dk --name Ny --rights 10213231:reader",
        "user remove ida.lykkebo@oes.example.dk --tenant oekonomistyrelsen",
        "rights grant ida.lykkebo@oes.example.dk --tenant 10213231 --right editor",
        "signatory set --tenant 10213231 --scope other --name X --email x@example.dk --title T --phone 70101010",
        "contact create --tenant 10213231 --name X",
        "role retire general",
        "setting set ticket.prefix ABC",
        "calendar add 2026-12-24 --name Juleaftensdag",
        "kpi target remove --measure B2 --from 2026-01-01",
    ] {
        let answer = world.json(&format!("{line} --dry-run"));
        assert_eq!(answer["dry_run"], true, "{line}");
        assert_ne!(answer["result"], "unchanged", "{line}");
    }
    assert_eq!(before, (world.json("audit head"), world.json("user list"), world.json("mail list")));
    assert_eq!(world.refused("tenant list --dry-run"), (2, "usage".to_owned()));
}

#[test]
fn dangerous_things_ask_and_without_a_terminal_need_yes() {
    let world = World::peopled();
    for line in [
        "unit update 12345 --status archived",
        "unit archive 12345",
        "unit move 999 --to digitaliseringsstyrelsen --from 2026-06",
        "tenant update digitaliseringsstyrelsen --status archived",
        "tenant archive digitaliseringsstyrelsen",
        "user remove ida.lykkebo@oes.example.dk --tenant oekonomistyrelsen",
        "user disable ida.lykkebo@oes.example.dk --reason fratrådt",
        "role update general --status retired",
        "role retire general",
    ] {
        assert_eq!(world.refused(line), (7, "confirm.needed".to_owned()), "{line}");
        world.run(&format!("{line} --yes")).ok();
    }
}

#[test]
fn control_characters_of_foreign_text_never_reach_the_terminal() {
    let world = World::peopled();
    let name = "\u{1b}[31mRød\u{9b}2J";
    let said = world.run(&format!("contact create --tenant 10213231 --name '{name}'"));
    assert_eq!(said.code, 2, "a name is one line of plain text\n{said}");
    assert!(!said.err.contains('\u{1b}') && !said.err.contains('\u{9b}'), "{said}");
    let said = world.run("tenant show 'x\u{1b}]0;title\u{7}'");
    assert_eq!(said.code, 4);
    assert!(!said.err.contains('\u{1b}') && !said.err.contains('\u{7}'), "{said:}");
}

#[test]
fn the_audit_names_who_did_what_to_which_object_and_why() {
    let world = World::peopled();
    world.run("user disable ida.lykkebo@oes.example.dk --reason fratrådt --yes").ok();
    let entries = world.json("audit list --object ida.lykkebo@oes.example.dk");
    let newest = &entries[0];
    assert_eq!(newest["action"], "user.disable");
    assert_eq!(newest["actor"], "operator:drift@testhost");
    assert_eq!(newest["reason"], "fratrådt");
    assert_eq!(newest["before"]["status"], "invited");
    assert_eq!(newest["after"]["status"], "disabled");
    assert_eq!(world.json("audit list --action user.disable").as_array().unwrap().len(), 1);
    let shown = world.json(&format!("audit show {}", newest["seq"]));
    assert_eq!(&shown, newest);
    assert_eq!(world.refused("audit show 9999"), (4, "audit-entry.not-found".to_owned()));
}

#[test]
fn audit_verify_finds_every_way_to_tamper() {
    let tamper = |sql: &str| {
        let world = World::peopled();
        let head = world.json("audit head")["head"].as_str().unwrap().to_owned();
        #[expect(clippy::disallowed_methods, reason = "the test tampers from outside")]
        let conn = portalctl::platform::db::Connection::open(world.path("portal.db")).unwrap();
        conn.execute_batch(
            "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;
             DROP TRIGGER audit_detail_no_update; DROP TRIGGER audit_detail_no_delete; PRAGMA foreign_keys = OFF;",
        )
        .unwrap();
        conn.execute_batch(sql).unwrap();
        (world.run(&format!("audit verify --expect {head} --format json")), world)
    };
    assert_eq!(tamper("SELECT 1").0.code, 0, "an untouched trail is intact");
    let cases = [
        ("UPDATE audit_detail SET actor = 'operator:nobody' WHERE seq = 3", 3),
        ("UPDATE audit_detail SET after = replace(after, 'Finans', 'Forsvars') WHERE seq = 2", 2),
        ("UPDATE audit SET at = '2020-01-01T00:00:00Z' WHERE seq = 4", 4),
        ("UPDATE audit SET action = 'tenant.update' WHERE seq = 2", 2),
        ("DELETE FROM audit_detail WHERE seq = 5; DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit_detail WHERE seq = 4", 4),
        (
            "UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -1;",
            2,
        ),
        (
            "INSERT INTO audit SELECT (SELECT max(seq) + 1 FROM audit), at, action, digest, prev_hash, hash FROM audit WHERE seq = 2",
            -1,
        ),
        ("DELETE FROM audit_detail WHERE seq > 4; DELETE FROM audit WHERE seq > 4", 5),
    ];
    for (sql, seq) in cases {
        let (said, _world) = tamper(sql);
        assert_eq!(said.code, 6, "{sql}\n{said}");
        let verdict: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(verdict["result"], "broken", "{sql}");
        if seq > 0 {
            assert_eq!(verdict["seq"], seq, "{sql}: {verdict}");
        }
    }
}

#[test]
fn the_trail_refuses_updates_and_deletes() {
    let world = World::peopled();
    #[expect(clippy::disallowed_methods, reason = "the test tampers from outside")]
    let conn = portalctl::platform::db::Connection::open(world.path("portal.db")).unwrap();
    for sql in [
        "UPDATE audit SET at = ''",
        "DELETE FROM audit",
        "UPDATE audit_detail SET actor = ''",
        "DELETE FROM audit_detail",
    ] {
        assert!(conn.execute_batch(sql).unwrap_err().to_string().contains("append-only"), "{sql}");
    }
}

#[test]
fn configuration_has_an_origin_and_unknown_keys_are_refused_with_their_line() {
    let mut world = World::empty();
    world.write("mine.toml", "language = \"en\"\n\n[sender]\nname = \"SAM\"\n");
    let shown = world.json("config show --config mine.toml --db other.db");
    let find = |key: &str| shown.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(find("language")["value"], "en");
    assert!(find("language")["origin"].as_str().unwrap().ends_with("mine.toml"));
    assert_eq!(find("database")["origin"], "flag");
    assert_eq!(find("mail.hold")["origin"], "default");
    world.vars.insert("PORTALCTL_LANG".into(), "nb".into());
    let shown = world.json("config show --config mine.toml");
    assert_eq!(
        shown.as_array().unwrap().iter().find(|row| row["key"] == "language").unwrap()["origin"],
        "environment"
    );

    world.write("bad.toml", "language = \"en\"\nlanguge = \"da\"\n");
    let said = world.run("config show --config bad.toml");
    assert_eq!(said.code, 78);
    assert!(said.err.contains("bad.toml line 2") && said.err.contains("languge"), "{said}");
    assert_eq!(world.refused("config show --config missing.toml"), (78, "config.missing".to_owned()));
    world.write("wrong.toml", "[mail]\ntransport = \"pigeon\"\n");
    assert_eq!(world.refused("config show --config wrong.toml").0, 78);
}

#[test]
fn settings_keep_their_rules_and_are_audited() {
    let world = World::new();
    assert_eq!(world.json("setting get ticket.close-after-hours")["value"], "168");
    assert_eq!(world.json("setting set ticket.close-after-hours 24")["result"], "updated");
    assert_eq!(world.json("setting set ticket.close-after-hours 24")["result"], "unchanged");
    assert_eq!(world.refused("setting set ticket.close-after-hours soon"), (2, "setting.invalid".to_owned()));
    assert_eq!(world.refused("setting get ticket.prefiks"), (4, "setting.not-found".to_owned()));
    let entry = &world.json("audit list --object setting:ticket.close-after-hours")[0];
    assert_eq!((&entry["before"], &entry["after"]), (&json!("168"), &json!("24")));
}

#[test]
fn a_setting_goes_back_to_its_default() {
    let world = World::new();
    let reset = "setting reset ticket.close-after-hours";
    assert_eq!(world.json(reset)["result"], "unchanged");
    world.run("setting set ticket.close-after-hours 24").ok();
    assert_eq!(world.json(&format!("{reset} --dry-run"))["item"]["value"], "168");
    let answer = world.json(reset);
    assert_eq!((&answer["result"], &answer["item"]["value"]), (&json!("updated"), &json!("168")));
    assert_eq!(world.json(reset)["result"], "unchanged");
    let trail = world.json("audit list --object setting:ticket.close-after-hours");
    assert_eq!(trail.as_array().unwrap().len(), 2);
    assert_eq!((&trail[0]["action"], &trail[0]["after"]), (&json!("setting.set"), &json!("168")));
    assert_eq!(world.refused("setting reset ticket.prefiks"), (4, "setting.not-found".to_owned()));
}

#[test]
fn mails_are_rendered_when_sent_and_their_links_never_rest() {
    let world = World::peopled();
    let queued = world.json("mail list --state queued");
    assert_eq!(queued.as_array().unwrap().len(), 3);
    let mail = world.json("mail show 1");
    let text = mail["text"].as_str().unwrap();
    let link = text.lines().find(|line| line.contains("token=")).unwrap();
    assert!(link.starts_with("https://kundeportal.example.dk/activation?token="), "{link}");
    let token = link.rsplit_once("token=").unwrap().1.to_owned();
    let database = std::fs::read(world.path("portal.db")).unwrap();
    let holds = |bytes: &[u8]| bytes.windows(token.len()).any(|window| window == token.as_bytes());
    let journal = std::fs::read(world.path("portal.db-wal")).unwrap_or_default();
    assert!(!holds(&database) && !holds(&journal), "the token rests in the database");

    let sent = world.json("mail send");
    assert_eq!(sent["summary"], json!({"sent": 3, "failed": 0}));
    let eml = std::fs::read_to_string(world.path("portal.db.outbox/1.eml")).unwrap();
    assert!(eml.contains("Subject: Din adgang til Kundeportalen") && eml.contains(link), "{eml}");
    assert!(eml.contains("Auto-Submitted: auto-generated"));
    let after = world.json("mail show 1");
    assert_eq!((&after["state"], &after["text"]), (&json!("sent"), &json!(null)));
    assert_eq!(world.json("mail send")["summary"]["sent"], 0, "nothing is sent twice");
}

#[test]
fn a_head_that_cannot_be_is_a_usage_error_and_zeros_prove_nothing() {
    let world = World::peopled();
    assert_eq!(world.refused("audit verify --expect zz"), (2, "hash.invalid".to_owned()));
    assert_eq!(world.run(&format!("audit verify --expect {}", "0".repeat(64))).code, 6);
}

#[test]
fn a_damaged_file_is_a_finding_of_db_check() {
    use std::io::{Seek, SeekFrom, Write};
    let world = World::peopled();
    let length = std::fs::metadata(world.path("portal.db")).unwrap().len();
    let mut file = std::fs::File::options().write(true).open(world.path("portal.db")).unwrap();
    for page in (2..length / 4096).step_by(3) {
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        file.write_all(&[0x5a; 512]).unwrap();
    }
    let said = world.run("db check --format json");
    assert_eq!(said.code, 6, "{said}");
    assert!(said.out.contains("broken"), "{said}");
}

#[test]
fn v_003_an_expired_link_is_not_sent_and_a_new_invitation_ends_the_old_one() {
    let world = World::peopled();
    world.run("user invite anna.holm@oes.example.dk").ok();
    assert_eq!(world.json("mail show 1")["state"], "cancelled");
    world.wait(Duration::hours(25));
    let said = world.run("mail send --format json");
    assert_eq!(said.code, 3, "{said}");
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(answer["summary"], json!({"sent": 0, "failed": 3}));
    assert_eq!(answer["items"][0]["errors"][0]["code"], "mail.link-expired");
}

#[test]
fn colour_is_for_terminals_and_can_be_refused_or_forced() {
    let mut world = World::peopled();
    let coloured = |said: &crate::support::Said| (said.out.contains('\u{1b}'), said.err.contains('\u{1b}'));
    assert_eq!(coloured(&world.run("tenant list")), (false, false), "not into a pipe");
    assert_eq!(coloured(&world.run("tenant list --color always")), (true, false));
    assert_eq!(coloured(&world.run("tenant show x --color always")), (false, true));
    assert_eq!(coloured(&world.run("tenant list --color always --format json")), (false, false));
    world.width = Some(100);
    assert_eq!(coloured(&world.run("tenant list")), (true, false));
    assert_eq!(coloured(&world.run("tenant list --color never")), (false, false));
    world.vars.insert("NO_COLOR".into(), "1".into());
    assert_eq!(coloured(&world.run("tenant list")), (false, false));
}

#[test]
fn a_table_fits_the_terminal_and_breaks_no_number() {
    let mut world = World::peopled();
    // A pipe gets whole lines.
    assert!(world.run("role list").out.lines().any(|line| line.chars().count() > 80));
    world.vars.insert("NO_COLOR".into(), "1".into());
    world.width = Some(60);
    insta::assert_snapshot!(world.run("user list --fields email,name,status --limit 1"), @"
    E-mail                    Navn       Status
    anna.holm@oes.example.dk  Anna Holm  Inviteret
    ------- stderr -------
    note: there are more rows; see them with --limit N or --offset N
    ");
    for line in
        ["role list", "tenant list", "audit list", "mail list", "unit list", "user list", "setting list"]
    {
        let said = world.run(line);
        let widest = said.out.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        let in_one_column = said.out.contains("\n\n");
        assert!(widest <= 60 || in_one_column, "{line}\n{said}");
    }
    assert!(world.run("audit list --limit 1").out.contains("04-05-2026 10.00"), "a time stays whole");
}
