//! Sessions: when they end, and whose rights count in them.

use std::os::unix::fs::PermissionsExt;

use chrono::Duration;
use serde_json::json;

use super::{
    ANNA, App, IDA, Meanwhile, OTHER, PASSWORD, activate, done, enrolled, error, last_text, refused, world,
};

#[test]
fn a_session_ends_when_idle_after_its_hours_and_from_outside() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let login = || {
        world.wait(Duration::seconds(30));
        done(&world, &format!("auth login {ANNA} --out s --force"), &[PASSWORD, &app.code(&world)]);
    };
    let ended = (6, "auth.session-ended".to_owned());
    login();
    for _ in 0..40 {
        world.wait(Duration::minutes(20));
        if world.run("user me --session s").code != 0 {
            break;
        }
    }
    assert_eq!(world.refused("user me --session s"), ended);
    let lasted = world.now.get().to_rfc3339();
    assert!(lasted.starts_with("2026-05-04T20:"), "twelve hours, used or not: {lasted}");
    login();
    world.wait(Duration::minutes(31));
    assert_eq!(world.refused("user me --session s"), ended, "idle");
    login();
    assert_eq!(done(&world, "auth logout --session s", &[])["result"], "logged-out");
    let left = std::fs::read_to_string(world.path("s")).unwrap();
    assert_eq!(left, "portalctl-session-1 ended\n", "the file holds nothing any more");
    assert_eq!(world.refused("user me --session s"), ended);
    assert_eq!(world.refused("user me --session elsewhere"), (4, "file.not-found".to_owned()));
    world.wait(Duration::seconds(30));
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD, &app.code(&world)]);
    assert_eq!(world.refused("auth revoke --all"), (7, "confirm.needed".to_owned()));
    assert_eq!(done(&world, "auth revoke --all --yes", &[])["item"]["sessions_ended"], 1);
    assert_eq!(world.refused("user me --session s"), ended);
    login();
    assert_eq!(world.refused("auth revoke --all --yes --session s"), (6, "rights.refused".to_owned()));
    assert_eq!(
        world.refused(&format!("auth sessions --user {IDA} --session s")),
        (6, "rights.refused".to_owned())
    );
    assert_eq!(world.json("auth sessions --session s")[0]["current"], true);
    assert_eq!(done(&world, &format!("auth revoke --user {ANNA} --session s"), &[])["result"], "revoked");
    assert_eq!(world.refused("user me --session s"), ended);
    login();
    world.run(&format!("user disable {ANNA} --reason fratrådt --yes")).ok();
    assert_eq!(world.refused("user me --session s"), ended, "shut out");
}

#[test]
fn whose_rights_count_is_said_once_and_without_doubt() {
    let mut world = world();
    enrolled(&world, ANNA);
    assert_eq!(world.json("tenant list --session anna").as_array().unwrap().len(), 1);
    assert_eq!(
        world.refused("setting set ticket.prefix ABC --session anna"),
        (6, "rights.refused".to_owned())
    );
    let as_ida = format!("--as {IDA} --reason x");
    assert_eq!(world.refused(&format!("tenant list --session anna {as_ida}")).0, 2);
    for line in [
        "auth login a@example.dk --out x",
        "auth forgot a@example.dk",
        "auth activate --token-stdin",
        "auth mfa status",
        "auth sessions",
        "auth change-password",
        "auth logout",
        "auth revoke --user a@example.dk",
        "user me --name X",
    ] {
        assert_eq!(world.refused(&format!("{line} {as_ida}")), (6, "rights.refused".to_owned()), "{line}");
    }
    for line in ["auth logout", "auth change-password", "auth mfa enrol", "auth code", "user me"] {
        assert_eq!(world.refused(line).0, 2, "{line}: nobody is logged in");
    }
    let audit = world.json("user me --session anna --name 'Anna Holm Dam'");
    assert_eq!(audit["result"], "updated");
    let entry = &world.json("audit list --action user.update")[0];
    assert_eq!(
        (&entry["actor"], &entry["effective_actor"]),
        (&json!(format!("user:{ANNA}")), &json!(format!("user:{ANNA}")))
    );

    std::fs::set_permissions(world.path("anna"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(world.refused("tenant list --session anna"), (78, "session.readable".to_owned()));
    std::fs::set_permissions(world.path("anna"), std::fs::Permissions::from_mode(0o600)).unwrap();
    world.write("nonsense", "x");
    std::fs::set_permissions(world.path("nonsense"), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(world.refused("tenant list --session nonsense"), (78, "session.invalid".to_owned()));
    assert_eq!(world.refused("tenant list --session nowhere"), (4, "file.not-found".to_owned()));
    world.vars.insert("PORTALCTL_SESSION".to_owned(), "anna".to_owned());
    assert_eq!(world.json("user me")["name"], "Anna Holm Dam");
    assert_eq!(world.refused(&format!("tenant list {as_ida}")).0, 2);
    assert_eq!(
        error(&world, &format!("auth login {ANNA} --out new"), &["Forkert#77"]),
        refused(),
        "a way in"
    );
    world.vars.insert("PORTALCTL_SESSION".to_owned(), String::new());
    assert_eq!(world.refused("tenant list"), (2, "usage".to_owned()));
    assert_eq!(world.refused(&format!("auth login {ANNA} --out new")), (2, "usage".to_owned()));
}

#[test]
fn staff_work_through_sessions_like_everybody_else() {
    let world = world();
    let mette = "mette.ravnkilde@sam.example.dk";
    world
        .run(&format!("user create --email {mette} --name 'Mette Ravnkilde' --staff system-administrator"))
        .ok();
    enrolled(&world, mette);
    enrolled(&world, "jonas.brandtoft@sam.example.dk");
    world.run("setting set ticket.prefix ABC --session mette").ok();
    let entry = &world.json("audit list --action setting.set")[0];
    assert_eq!(entry["actor"], format!("user:{mette}"));
    assert_eq!(
        world.refused("setting set ticket.prefix ABD --session jonas"),
        (6, "rights.refused".to_owned())
    );
    // A role that is taken away is gone in the session that is open.
    world.run(&format!("user update {mette} --staff ''")).ok();
    assert_eq!(
        world.refused("setting set ticket.prefix ABD --session mette"),
        (6, "rights.refused".to_owned())
    );
}

#[test]
fn where_everybody_must_be_logged_in_nothing_runs_as_the_operator() {
    let world = world();
    let app = enrolled(&world, ANNA);
    world.write("config.toml", "database = \"portal.db\"\nrequire_session = true\n");
    let strict = "--config config.toml";
    for line in ["tenant list", "mail send", "db status", "auth sessions", "user me", "auth code"] {
        assert_eq!(
            world.refused(&format!("{line} {strict}")),
            (6, "auth.session-needed".to_owned()),
            "{line}"
        );
    }
    assert_eq!(
        world.refused(&format!("tenant list --as {ANNA} --reason x {strict}")).1,
        "auth.session-needed"
    );
    done(&world, &format!("auth login {ANNA} --out s {strict}"), &[PASSWORD, &app.code(&world)]);
    world.run(&format!("tenant list --session s {strict}")).ok();
    done(&world, &format!("auth forgot {ANNA} {strict}"), &[]);
    assert!(world.run("config show").out.contains("require_session"));
}

#[test]
fn a_080_users_change_what_is_theirs_and_never_the_address() {
    let world = world();
    enrolled(&world, ANNA);
    let me =
        done(&world, "user me --session anna --language nb --notifications off --email-reminders off", &[]);
    let item = &me["item"];
    assert_eq!(
        (&item["language"], &item["notifications"], &item["email_reminders"]),
        (&json!("nb"), &json!(false), &json!(false))
    );
    assert_eq!(done(&world, "user me --session anna --notifications off", &[])["result"], "unchanged");
    assert_eq!(world.json("user me --session anna")["email"], ANNA);
    assert_eq!(world.refused("user me --session anna --email x@example.dk").0, 2);
    done(&world, &format!("auth forgot {ANNA}"), &[]);
    assert!(last_text(&world, ANNA).starts_with("Hei Anna"), "the user's own language");
}

#[test]
fn logging_out_empties_the_file_of_that_session_and_no_other() {
    let mut world = world();
    let app = enrolled(&world, ANNA);
    let login = |world: &crate::support::World, file: &str| {
        done(world, &format!("auth login {ANNA} --out {file} --force"), &[PASSWORD, &app.code(world)]);
        world.wait(Duration::seconds(30));
    };
    login(&world, "s");
    login(&world, "t");
    std::os::unix::fs::symlink(world.path("s"), world.path("to-s")).unwrap();
    assert_eq!(done(&world, "auth logout --session s -n", &[])["dry_run"], true);
    let closed = |file: &str| std::fs::read_to_string(world.path(file)).unwrap().ends_with(" ended\n");
    assert!(!closed("s"), "a dry run empties nothing");
    assert_eq!(done(&world, "auth logout --session to-s", &[])["warnings"], json!([]));
    assert!(!closed("s"), "only a file of its own");
    assert_eq!(world.refused("user me --session s"), (6, "auth.session-ended".to_owned()));
    world.vars.insert("PORTALCTL_SESSION".to_owned(), "t".to_owned());
    world.run("auth logout").ok();
    let closed = |file: &str| std::fs::read_to_string(world.path(file)).unwrap().ends_with(" ended\n");
    assert!(closed("t") && !closed("anna"));
    assert_eq!(world.refused("auth logout"), (6, "auth.session-ended".to_owned()), "no cause for alarm");
}

#[test]
fn a_session_without_a_second_step_does_not_outlive_the_day_one_is_required() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    world.run("setting set login.require-mfa false").ok();
    for file in ["s", "t"] {
        let login = format!("auth login {ANNA} --out {file}");
        assert_eq!(done(&world, &login, &[PASSWORD])["result"], "logged-in");
    }
    let limited = (6, "auth.session-limited".to_owned());
    // It is looked at again in the write itself: this was let in a moment before.
    let database = world.path("portal.db");
    let meanwhile = Meanwhile::stdin(&[PASSWORD, OTHER], move || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portalctl"));
        command.args(["setting", "set", "login.require-mfa", "true", "--db"]).arg(database);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    });
    let said = world.run_with_stdin("auth change-password --session s --format json", meanwhile);
    assert!(said.code == 6 && said.err.contains("auth.session-limited"), "{said}");

    assert_eq!(world.refused("tenant list --session s"), limited);
    let listed = world.json(&format!("auth sessions --user {ANNA}"));
    assert_eq!(listed[1]["state"], "enrolment-required");
    assert_eq!(listed[1]["expires_at"], "2026-05-04T08:30:00Z", "as long as any such session");
    done(&world, "auth mfa enrol --session s --secret-out k", &[]);
    let app = App::read(&world, "k");
    let confirmed = done(&world, "auth mfa confirm --session s --secret-out e", &[&app.code(&world)]);
    assert_eq!(confirmed["result"], "logged-in");
    world.run("tenant list --session s").ok();
    // The other one knows the password alone, and there is a second step now.
    assert_eq!(world.refused("tenant list --session t"), (6, "auth.session-ended".to_owned()));
    // Whoever took a second step notices nothing.
    world.run("setting set login.require-mfa false").ok();
    world.run("setting set login.require-mfa true").ok();
    world.run("tenant list --session s").ok();
}

#[test]
fn a_login_is_the_users_own_in_the_audit() {
    let world = world();
    let app = enrolled(&world, ANNA);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD, &app.code(&world)]);
    error(&world, &format!("auth login {ANNA} --out t"), &["Forkert#77"]);
    let by_anna = world.json(&format!("audit list --actor {ANNA} --action auth.login"));
    let by_anna = by_anna.as_array().unwrap();
    assert_eq!(by_anna.len(), 3, "the enrolment's, and both steps of this one");
    for entry in by_anna {
        assert_eq!(entry["effective_actor"], format!("user:{ANNA}"));
        assert!(entry["actor"].as_str().unwrap().starts_with("operator:"), "who really ran it");
    }
    // A failure is nobody's own: it concerns her.
    let refused = &world.json("audit list --action auth.refused")[0];
    assert!(refused["effective_actor"].as_str().unwrap().starts_with("operator:"));
    assert_eq!(refused["object"], format!("user:{ANNA}"));
}
