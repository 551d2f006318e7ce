//! Logging in: the contract's first login, refusals that say the same, delays and locks.

use chrono::Duration;
use serde_json::json;

use super::{
    ANNA, App, IDA, PASSWORD, activate, done, enrolled, error, last_token, mode, read, refused, typed, world,
};

#[test]
fn k_064_v_010_v_014_the_first_login_as_the_contract_has_it() {
    let world = world();
    let token = last_token(&world, ANNA);
    world.write("password", format!("{PASSWORD}\n"));
    let activate = "auth activate --token-stdin --password-file password";
    assert_eq!(error(&world, activate, &["1-xxxx"]), refused());
    let weak = typed(&world, "auth activate --token-stdin --password-stdin", &[&token, "anna"]);
    assert!(
        weak.code == 2 && weak.err.contains("password.invalid") && !weak.err.contains("\"anna\""),
        "{weak}"
    );
    assert_eq!(done(&world, activate, &[&token])["item"]["status"], "active");
    assert_eq!(error(&world, activate, &[&token]), refused(), "a link works once");

    let login = format!("auth login {ANNA} --out s");
    let answer = done(&world, &login, &[PASSWORD]);
    assert_eq!((&answer["result"], &answer["item"]["email"]), (&json!("enrolment-required"), &json!(ANNA)));
    assert_eq!(mode(&world, "s"), 0o600);
    assert_eq!(world.refused("tenant list --session s"), (6, "auth.session-limited".to_owned()));
    assert_eq!(error(&world, "auth code --session s", &["123456"]), (6, "auth.session-limited".to_owned()));
    assert_eq!(error(&world, &login, &[PASSWORD]), (5, "file.exists".to_owned()));

    assert_eq!(done(&world, "auth mfa enrol --session s --secret-out k", &[])["result"], "pending");
    assert_eq!((mode(&world, "k"), read(&world, "k").lines().count()), (0o600, 1));
    assert!(read(&world, "k").starts_with("otpauth://totp/"));
    assert_eq!(world.json("user show anna.holm@oes.example.dk")["mfa"], json!(null), "pending is not on");
    let app = App::read(&world, "k");
    assert_eq!(error(&world, "auth mfa confirm --session s", &["000000"]), refused());
    let confirmed = done(&world, "auth mfa confirm --session s", &[&app.code(&world)]);
    assert_eq!(confirmed["result"], "logged-in");
    assert_eq!(confirmed["item"]["emergency_code"], json!(null), "not into a pipe");
    assert_eq!(confirmed["warnings"][0]["code"], "auth.no-emergency-code");
    world.run("tenant list --session s").ok();
    assert_eq!(world.json(&format!("user show {ANNA}"))["mfa"], "app");
    let renew = "auth mfa emergency-code --session s --secret-out e";
    assert_eq!(error(&world, renew, &[]), (7, "secret.needed".to_owned()), "a code comes first");
    world.wait(Duration::seconds(30));
    assert_eq!(error(&world, renew, &["000000"]), refused());
    assert!(!world.path("e").exists());
    done(&world, renew, &[&app.code(&world)]);
    assert_eq!(error(&world, "auth mfa enrol --session s --secret-out k2", &["000000"]), refused());
    let code = read(&world, "e");
    assert!(code.len() == 24 && code.split('-').all(|group| group.len() == 4), "{code}");
    assert_eq!(mode(&world, "e"), 0o600);

    world.wait(Duration::seconds(30));
    let login = format!("auth login {ANNA} --out s --force");
    let answer = done(&world, &login, &[PASSWORD, &app.code(&world)]);
    assert_eq!(
        (&answer["result"], &answer["item"]["expires_at"]),
        (&json!("logged-in"), &json!("2026-05-04T20:01:00Z"))
    );
    assert_eq!(error(&world, &login, &[PASSWORD, &app.code(&world)]), refused(), "no step twice");
    assert_eq!(world.json(&format!("user show {ANNA}"))["last_login_at"], "2026-05-04T08:01:00Z");
}

#[test]
fn a_login_without_a_code_waits_for_it_in_a_session_that_can_do_nothing_else() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let answer = done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    assert_eq!((&answer["result"], &answer["item"]["method"]), (&json!("code-required"), &json!("app")));
    for line in ["tenant list", "user me", "auth sessions", "auth mfa status", "auth change-password"] {
        assert_eq!(
            world.refused(&format!("{line} --session s")),
            (6, "auth.session-limited".to_owned()),
            "{line}"
        );
    }
    assert_eq!(error(&world, "auth code --session s", &["000000"]), refused());
    let answer = done(&world, "auth code --session s", &[&format!(" {} ", app.code(&world))]);
    assert_eq!(answer["result"], "logged-in");
    assert_eq!(world.json("user me --session s")["email"], ANNA);
    assert_eq!(error(&world, "auth code --session s", &["000000"]).1, "auth.no-code-awaited");
    // A method that is not set up is none; the login is remembered like any other.
    let by_sms = done(&world, &format!("auth login {ANNA} --out u --method sms"), &[PASSWORD]);
    assert_eq!(
        (&by_sms["result"], &by_sms["item"]["method"], &by_sms["warnings"][0]["code"]),
        (&json!("code-required"), &json!("app"), &json!("auth.method-missing"))
    );
    world.run("auth logout --session u").ok();
    // A code that was wrong right away leaves no session behind.
    let login = format!("auth login {ANNA} --out t");
    assert_eq!(error(&world, &login, &[PASSWORD, "000000"]), refused());
    assert!(!world.path("t").exists());
    assert_eq!(world.json(&format!("auth sessions --user {ANNA}")).as_array().unwrap().len(), 2);
}

#[test]
fn every_reason_not_to_come_in_says_the_same_and_is_remembered() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let mut answers = Vec::new();
    let mut attempt = |email: &str, lines: &[&str]| {
        let said = typed(&world, &format!("auth login {email} --out never"), lines);
        answers.push((said.code, said.out, said.err));
    };
    attempt("nobody@example.dk", &[PASSWORD, "123456"]);
    attempt(ANNA, &["Forkert#77", "123456"]);
    attempt(ANNA, &[PASSWORD, "000000"]);
    attempt(IDA, &[PASSWORD, "123456"]);
    activate(&world, IDA, PASSWORD);
    world.run(&format!("user disable {IDA} --reason orlov --yes")).ok();
    attempt(IDA, &[PASSWORD, "123456"]);
    for _ in 0..6 {
        attempt(ANNA, &["Forkert#77"]);
        world.wait(Duration::seconds(20));
    }
    attempt(ANNA, &[PASSWORD, &app.code(&world)]);
    assert!(answers.iter().all(|answer| answer == &answers[0] && answer.0 == 6), "{answers:#?}");
    let remembered = world.json("audit list --action auth.refused");
    let remembered = remembered.as_array().unwrap();
    assert_eq!(remembered.len(), answers.len());
    let why = |n: usize| {
        let entry = world.json(&format!("audit show {}", remembered[n]["seq"]));
        entry["after"]["why"].as_str().unwrap().to_owned()
    };
    let whys: Vec<_> = (0..answers.len()).rev().map(why).collect();
    assert_eq!(whys[..5], ["unknown", "wrong", "wrong", "no-password", "disabled"]);
    assert_eq!(whys[5..], ["wrong", "wrong", "wrong", "wrong", "locked", "locked", "locked"]);
    let unknown = remembered.last().unwrap()["object"].as_str().unwrap();
    assert!(unknown.starts_with("address:") && !unknown.contains("nobody"), "{unknown}");
    let told: Vec<_> = world
        .json("mail list")
        .as_array()
        .unwrap()
        .iter()
        .filter(|mail| mail["to"] == ANNA && mail["subject"] == "Login er spærret i 15 minutter")
        .cloned()
        .collect();
    assert_eq!(told.len(), 1, "the user is told once");

    world.wait(Duration::minutes(15));
    let code = app.code(&world);
    let answer =
        done(&world, &format!("auth login {ANNA} --out s"), &[&format!("\u{a0} {PASSWORD} \t"), &code]);
    assert_eq!(answer["result"], "logged-in", "K-034: what came along with copying does not matter");
}

#[test]
fn failures_slow_down_before_they_lock() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let login = format!("auth login {ANNA} --out s");
    for _ in 0..2 {
        assert_eq!(error(&world, &login, &["Forkert#77"]), refused());
    }
    assert_eq!(error(&world, &login, &[PASSWORD, &app.code(&world)]), refused(), "too soon, though right");
    world.wait(Duration::seconds(1));
    done(&world, &login, &[PASSWORD, &app.code(&world)]);
    assert_eq!(world.json("audit list --action auth.lock"), json!([]));
}
