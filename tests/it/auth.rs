//! Coming in: activation, login, codes, two steps, sessions, as they are typed.

use std::os::unix::fs::PermissionsExt;

use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use portalctl::platform::secret::totp::TotpSecret;
use serde_json::{Value, json};

use crate::support::{Said, World};

pub const ANNA: &str = "anna.holm@oes.example.dk";
const IDA: &str = "ida.lykkebo@oes.example.dk";
pub const PASSWORD: &str = "Kaffe#kop77-Sol";
const OTHER: &str = "Tog!perron-Blå42";

/// A world whose passwords cost little.
pub fn world() -> World {
    let world = World::peopled();
    world.run("setting set password.argon2 m=1024,t=1,p=1").ok();
    world
}

/// The text of the last message to somebody.
fn last_text(world: &World, to: &str) -> String {
    let mails = world.json("mail list");
    let mail = mails.as_array().unwrap().iter().find(|mail| mail["to"] == to).unwrap();
    world.json(&format!("mail show {}", mail["id"]))["text"].as_str().unwrap().to_owned()
}

pub fn last_token(world: &World, to: &str) -> String {
    let text = last_text(world, to);
    text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn typed(world: &World, line: &str, lines: &[&str]) -> Said {
    world.run_with_input(&format!("{line} --format json"), &format!("{}\n", lines.join("\n")))
}

fn said(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}\n{said}"))
}

#[track_caller]
fn done(world: &World, line: &str, lines: &[&str]) -> Value {
    said(&typed(world, line, lines).ok())
}

#[track_caller]
fn error(world: &World, line: &str, lines: &[&str]) -> (u8, String) {
    let said = typed(world, line, lines);
    assert_eq!(said.out, "", "{said}");
    let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|e| panic!("{e}\n{said}"));
    (said.code, error["error"]["code"].as_str().unwrap().to_owned())
}

fn refused() -> (u8, String) {
    (6, "auth.refused".to_owned())
}

pub fn activate(world: &World, email: &str, password: &str) {
    let token = last_token(world, email);
    done(world, "auth activate --token-stdin --password-stdin", &[&token, password]);
}

pub struct App(TotpSecret);

impl App {
    pub fn read(world: &World, file: &str) -> App {
        let uri = std::fs::read_to_string(world.path(file)).unwrap();
        let secret = uri.split_once("secret=").unwrap().1.split('&').next().unwrap();
        App(TotpSecret::from_bytes(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap())
    }

    pub fn code(&self, world: &World) -> String {
        self.0.code(world.now.get()).unwrap().to_string()
    }
}

/// Activates a user and sets up an app and an emergency code: the session is in the file named like the first name.
pub fn enrolled(world: &World, email: &str) -> App {
    let name = email.split('.').next().unwrap();
    activate(world, email, PASSWORD);
    done(world, &format!("auth login {email} --out {name}"), &[PASSWORD]);
    world.run(&format!("auth mfa enrol --session {name} --secret-out {name}.app")).ok();
    let app = App::read(world, &format!("{name}.app"));
    let confirm = format!("auth mfa confirm --session {name} --secret-out {name}.emergency");
    done(world, &confirm, &[&app.code(world)]);
    // So that the next login has a code of its own.
    world.wait(Duration::seconds(30));
    app
}

fn mode(world: &World, file: &str) -> u32 {
    std::fs::metadata(world.path(file)).unwrap().permissions().mode() & 0o777
}

fn read(world: &World, file: &str) -> String {
    std::fs::read_to_string(world.path(file)).unwrap().trim().to_owned()
}

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

#[test]
fn v_016_the_emergency_code_logs_in_once_and_a_new_one_follows() {
    let world = world();
    enrolled(&world, ANNA);
    let first = read(&world, "anna.emergency");
    let login = format!("auth login {ANNA} --out s --force --method emergency --secret-out second");
    assert_eq!(error(&world, &login, &[PASSWORD, "AAAA-AAAA-AAAA-AAAA-AAAA"]), refused());
    let answer = done(&world, &login, &[PASSWORD, &first.to_lowercase()]);
    assert_eq!((&answer["result"], &answer["item"]["method"]), (&json!("logged-in"), &json!("emergency")));
    let login = format!("auth login {ANNA} --out s --force");
    assert_eq!(error(&world, &login, &[PASSWORD, &first]), refused(), "used up");
    world.wait(Duration::seconds(1));
    let second = read(&world, "second");
    // Typed where the app's code is asked for, it is taken for what it is; without a place for it no new one is made.
    let answer = done(&world, &login, &[PASSWORD, &second]);
    assert_eq!(answer["warnings"][0]["code"], "auth.no-emergency-code");
    assert_eq!(world.json("auth mfa status --session s")["emergency_code"], false);
    assert_eq!(error(&world, &login, &[PASSWORD, &second]), refused());
}

#[test]
fn v_011_v_012_v_025_codes_by_sms() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    let sms = || {
        let mails = world.json("mail list");
        let id =
            mails.as_array().unwrap().iter().find(|mail| mail["channel"] == "sms").unwrap()["id"].clone();
        let text = std::fs::read_to_string(world.path(&format!("portal.db.outbox/{id}.sms"))).unwrap();
        let digits = |n: usize| {
            text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == n).unwrap().to_owned()
        };
        (digits(6), digits(4))
    };
    assert_eq!(error(&world, "auth mfa enrol --session s --method sms", &[]).0, 2);
    let answer = done(&world, "auth mfa enrol --session s --method sms --phone '42 82 21 60'", &[]);
    assert_eq!((&answer["result"], &answer["item"]["phone"]), (&json!("pending"), &json!("160")));
    let (code, reference) = sms();
    assert_eq!(answer["item"]["reference"], reference);
    assert_eq!(error(&world, "auth mfa confirm --session s", &["1"]), refused());
    assert_eq!(done(&world, "auth mfa confirm --session s", &[&code])["result"], "logged-in");
    assert_eq!(world.json(&format!("user show {ANNA}"))["mfa"], "sms");

    // The code goes out by SMS: the login waits, whatever stands on stdin.
    let login = format!("auth login {ANNA} --out s --force");
    let answer = done(&world, &login, &[PASSWORD, "123456"]);
    assert_eq!((&answer["result"], &answer["item"]["phone"]), (&json!("code-required"), &json!("160")));
    let (old, old_reference) = sms();
    assert_eq!(answer["item"]["reference"], old_reference);
    let again = done(&world, &login, &[PASSWORD]);
    assert_eq!(again["item"]["reference"], old_reference, "within a minute the one that was sent stands");
    world.wait(Duration::seconds(60));
    done(&world, &login, &[PASSWORD]);
    let (new, _) = sms();
    assert_eq!(error(&world, "auth code --session s", &[&old]), refused(), "a new one voids the old");
    assert_eq!(done(&world, "auth code --session s", &[&new])["result"], "logged-in");

    world.wait(Duration::seconds(60));
    done(&world, &login, &[PASSWORD]);
    let (late, _) = sms();
    world.wait(Duration::minutes(5));
    assert_eq!(error(&world, "auth code --session s", &[&late]), refused(), "five minutes");
    // The fourth within the hour is sent again on request.
    let again = typed(&world, "auth code --session s", &[]).ok();
    assert_eq!((said(&again)["result"].as_str(), sms().0 == late), (Some("code-required"), false));
    // The enrolment was counted apart: this is the fifth login.
    world.wait(Duration::minutes(6));
    assert_eq!(done(&world, &login, &[PASSWORD])["warnings"], json!([]));
    world.wait(Duration::minutes(6));
    let capped = done(&world, &login, &[PASSWORD]);
    assert_eq!(
        (&capped["result"], &capped["warnings"][0]["code"], &capped["item"]["reference"]),
        (&json!("code-required"), &json!("auth.sms-wait"), &json!(null)),
        "a login like any other, without an SMS"
    );
    world.wait(Duration::hours(1));
    done(&world, &login, &[PASSWORD]);
    let (code, _) = sms();
    for _ in 0..5 {
        assert_eq!(error(&world, "auth code --session s", &["000000"]), refused());
        world.wait(Duration::seconds(10));
    }
    assert_eq!(error(&world, "auth code --session s", &[&code]), refused(), "void after five wrong ones");
    let locks = world.json("audit list --action auth.lock");
    let lock = world.json(&format!("audit show {}", locks[0]["seq"]));
    assert_eq!((locks.as_array().unwrap().len(), &lock["after"]["channel"]), (1, &json!("sms")), "by itself");
}

#[test]
fn k_060_v_003_a_forgotten_password() {
    let world = world();
    enrolled(&world, ANNA);
    let forgot = |email: &str| done(&world, &format!("auth forgot {email}"), &[]);
    let queued = || world.json("mail list").as_array().unwrap().len();
    let before = queued();
    let known = forgot(ANNA);
    let unknown = forgot("nobody@example.dk");
    assert_eq!(known["result"], unknown["result"]);
    assert_eq!(
        known.as_object().unwrap().keys().collect::<Vec<_>>(),
        unknown.as_object().unwrap().keys().collect::<Vec<_>>()
    );
    assert_eq!(queued(), before + 1, "nothing is queued for whom nobody knows");
    let first = last_token(&world, ANNA);
    assert_eq!(forgot(ANNA), known);
    let second = last_token(&world, ANNA);
    assert_eq!(forgot(ANNA), known, "the activation link was the first of the hour: no more now");
    assert_eq!(queued(), before + 2);

    let reset = "auth reset --token-stdin --password-stdin";
    assert_eq!(error(&world, reset, &[&first, OTHER]), refused(), "a newer one took its place");
    assert_eq!(error(&world, "auth activate --token-stdin --password-stdin", &[&second, OTHER]), refused());
    assert_eq!(done(&world, reset, &[&second, OTHER])["result"], "reset");
    assert_eq!(error(&world, reset, &[&second, OTHER]), refused());
    assert_eq!(world.refused("user me --session anna"), (6, "auth.session-ended".to_owned()));
    assert_eq!(error(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD, "123456"]), refused());
    assert_eq!(done(&world, &format!("auth login {ANNA} --out s"), &[OTHER])["result"], "code-required");

    // Whoever never came in gets a new invitation.
    world.wait(Duration::hours(25));
    let stale = last_token(&World::peopled(), IDA);
    assert_eq!(error(&world, "auth activate --token-stdin --password-stdin", &[&stale, OTHER]), refused());
    forgot(IDA);
    activate(&world, IDA, OTHER);
    world.wait(Duration::hours(2));
    forgot(ANNA);
    let late = last_token(&world, ANNA);
    world.wait(Duration::hours(24));
    assert_eq!(error(&world, reset, &[&late, PASSWORD]), refused(), "24 hours");
}

#[test]
fn k_033_k_065_an_initial_password_in_a_mail_of_its_own() {
    let world = world();
    world.run("setting set onboarding.method initial-password").ok();
    world.run("user create --email signe.dam@oes.example.dk --name 'Signe Dam' --rights oekonomistyrelsen:reader").ok();
    let signe = "signe.dam@oes.example.dk";
    let mails = world.json("mail list");
    let to_signe: Vec<_> = mails.as_array().unwrap().iter().filter(|mail| mail["to"] == signe).collect();
    assert_eq!(to_signe.len(), 2, "user name and password are two mails");
    let text = last_text(&world, signe);
    let password =
        text.lines().find(|line| line.len() == 19 && line.matches('-').count() == 3).unwrap().to_owned();
    assert!(!text.contains(signe));
    let login = format!("auth login {signe} --out s --force");
    assert_eq!(error(&world, &login, &[&password]), refused(), "it opens once it was sent");
    world.run("mail send").ok();
    assert_eq!(world.json(&format!("mail show {}", to_signe[0]["id"]))["text"], json!(null));

    let answer = done(&world, &login, &[&password]);
    assert_eq!(answer["result"], "password-change-required");
    assert_eq!(world.refused("tenant list --session s"), (6, "auth.session-limited".to_owned()));
    assert_eq!(error(&world, "auth mfa enrol --session s --secret-out k", &[]).1, "auth.session-limited");
    assert_eq!(error(&world, "auth change-password --session s", &[&password, &password]).0, 2);
    let answer = done(&world, "auth change-password --session s", &[&password, PASSWORD]);
    assert_eq!(answer["result"], "enrolment-required");
    assert_eq!(world.json(&format!("user show {signe}"))["status"], "active");
    assert_eq!(error(&world, &login, &[&password]), refused(), "it is no password any more");
    assert_eq!(done(&world, &login, &[PASSWORD])["result"], "enrolment-required");

    // Sending again revokes the old one; and after its days it is over.
    world.run(&format!("user invite {IDA}")).ok();
    world.run("mail send").ok();
    let old = world.json(&format!("user invite {IDA}"));
    assert_eq!(old["result"], "invited");
    let password = |world: &World| {
        let text = last_text(world, IDA);
        text.lines().find(|line| line.len() == 19 && line.matches('-').count() == 3).unwrap().to_owned()
    };
    let new = password(&world);
    world.run("mail send").ok();
    world.wait(Duration::days(14));
    assert_eq!(error(&world, &format!("auth login {IDA} --out i"), &[&new]), refused(), "14 days");
}

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
    assert_eq!(world.refused("user me --session s"), ended);
    login();
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
fn k_062_changing_the_password_ends_the_other_sessions() {
    let world = world();
    let app = enrolled(&world, ANNA);
    done(&world, &format!("auth login {ANNA} --out other"), &[PASSWORD, &app.code(&world)]);
    let change = "auth change-password --session anna";
    assert_eq!(error(&world, change, &["Forkert#77", OTHER]), refused());
    assert_eq!(error(&world, change, &[PASSWORD, PASSWORD]).1, "password.invalid");
    assert_eq!(error(&world, change, &[PASSWORD]).0, 7);
    assert_eq!(done(&world, change, &[PASSWORD, OTHER])["result"], "updated");
    world.run("user me --session anna").ok();
    assert_eq!(world.refused("user me --session other"), (6, "auth.session-ended".to_owned()));
    assert!(world.run("mail list").out.contains("Din adgangskode er ændret"));
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
fn two_steps_stay_on_while_they_are_required_and_the_provider_can_take_them_away() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let off = "auth mfa disable --session anna";
    assert_eq!(error(&world, off, &[&app.code(&world)]), (6, "auth.mfa-required".to_owned()));
    let missing = |world: &World| world.run("user list --missing-mfa --format id").out;
    assert!(!missing(&world).contains(ANNA) && missing(&world).contains(IDA));

    let reset = format!("auth mfa reset {ANNA}");
    assert_eq!(world.refused(&reset).0, 2);
    assert_eq!(
        world.refused(&format!("{reset} --reason x --yes --session anna")),
        (6, "rights.refused".to_owned())
    );
    assert_eq!(world.refused(&format!("{reset} --reason 'ny telefon'")), (7, "confirm.needed".to_owned()));
    assert_eq!(world.json(&format!("{reset} --reason 'ny telefon' -n"))["result"], "reset");
    world.run("user me --session anna").ok();
    assert_eq!(done(&world, &format!("{reset} --reason 'ny telefon' --yes"), &[])["result"], "reset");
    assert_eq!(world.refused("user me --session anna"), (6, "auth.session-ended".to_owned()));
    assert!(missing(&world).contains(ANNA));
    assert!(world.run("mail list").out.contains("Totrinsbekræftelse er nulstillet"));
    assert_eq!(done(&world, &format!("{reset} --reason igen --yes"), &[])["result"], "unchanged");
    let login = format!("auth login {ANNA} --out anna --force");
    assert_eq!(done(&world, &login, &[PASSWORD])["result"], "enrolment-required");

    world.run("setting set login.require-mfa false").ok();
    assert_eq!(done(&world, &login, &[PASSWORD])["result"], "logged-in");
    done(&world, "auth mfa enrol --session anna --secret-out k", &[]);
    let app = App::read(&world, "k");
    done(&world, "auth mfa confirm --session anna --secret-out e", &[&app.code(&world)]);
    assert_eq!(error(&world, off, &["000000"]), refused());
    assert_eq!(done(&world, off, &[&read(&world, "e")])["item"]["methods"], json!([]), "V-016");
    assert_eq!(done(&world, &login, &[PASSWORD])["result"], "logged-in");
}

#[test]
fn nothing_that_is_checked_can_be_rehearsed() {
    let world = world();
    enrolled(&world, ANNA);
    for line in [
        "auth login anna.holm@oes.example.dk --out x",
        "auth code --session anna",
        "auth activate --token-stdin --password-stdin",
        "auth reset --token-stdin --password-stdin",
        "auth change-password --session anna",
        "auth mfa enrol --session anna --secret-out x",
        "auth mfa confirm --session anna",
        "auth mfa disable --session anna",
        "auth mfa emergency-code --session anna --secret-out x",
    ] {
        assert_eq!(
            error(&world, &format!("{line} -n"), &[PASSWORD, OTHER]),
            (2, "usage".to_owned()),
            "{line}"
        );
    }
    let before = world.json("audit head")["entries"].clone();
    assert_eq!(done(&world, "auth forgot anna.holm@oes.example.dk -n", &[])["dry_run"], true);
    assert_eq!(done(&world, "auth logout --session anna -n", &[])["dry_run"], true);
    assert_eq!(world.json("audit head")["entries"], before);
}

#[test]
fn v_009_a_terminal_shows_a_qr_code_and_the_key_below_it() {
    let mut world = world();
    activate(&world, ANNA, PASSWORD);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    assert_eq!(error(&world, "auth mfa enrol --session s", &[]), (7, "secret.needed".to_owned()));
    world.width = Some(100);
    let said = world.run("auth mfa enrol --session s").ok();
    let key =
        said.err.split_once("type this key into it: ").unwrap().1.lines().next().unwrap().replace(' ', "");
    assert!(said.err.contains('█') && key.len() == 32, "{said}");
    assert!(!said.out.contains(&key) && !said.out.contains('█'), "{said}");
    world.width = None;
    let app = App(TotpSecret::from_bytes(&BASE32_NOPAD.decode(key.as_bytes()).unwrap()).unwrap());
    assert_eq!(done(&world, "auth mfa confirm --session s", &[&app.code(&world)])["result"], "logged-in");
}

#[test]
fn an_independent_client_shows_the_same_codes() {
    let world = world();
    enrolled(&world, ANNA);
    let secret = read(&world, "anna.app");
    let secret = secret.split_once("secret=").unwrap().1.split('&').next().unwrap();
    let at = world.now.get().format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let output =
        std::process::Command::new("oathtool").args(["--totp", "--base32", "--now", &at, secret]).output();
    let Ok(output) = output else {
        eprintln!("skipped: oathtool is not installed here");
        return;
    };
    let code = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD, code.trim()])["result"],
        "logged-in"
    );
}

#[test]
fn nothing_secret_lies_where_it_must_not() {
    let world = world();
    let mut heard = String::new();
    let mut secrets: Vec<String> = vec![PASSWORD.to_owned(), OTHER.to_owned(), "Forkert#77-x".to_owned()];
    secrets.push(last_token(&world, ANNA));
    let app = enrolled(&world, ANNA);
    secrets.push(read(&world, "anna.emergency"));
    secrets.push(read(&world, "anna.emergency").replace('-', ""));
    let uri = read(&world, "anna.app");
    secrets.push(uri.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned());
    secrets.push(read(&world, "anna").rsplit(' ').next().unwrap().to_owned());
    let mut hear = |line: &str, lines: &[&str]| {
        let said = typed(&world, &format!("{line} --verbose"), lines);
        heard.push_str(&said.out);
        heard.push_str(&said.err);
    };
    let login = format!("auth login {ANNA} --out s --force");
    hear(&login, &["Forkert#77-x", "123456"]);
    hear(&login, &[PASSWORD, &app.code(&world)]);
    hear("auth change-password --session s", &[PASSWORD, OTHER]);
    hear(&format!("auth forgot {ANNA}"), &[]);
    let token = last_token(&world, ANNA);
    hear("auth reset --token-stdin --password-stdin", &[&token, PASSWORD]);
    secrets.push(token);
    world.wait(Duration::seconds(30));
    let emergency = read(&world, "anna.emergency");
    hear(&format!("{login} --secret-out next"), &[PASSWORD, &emergency]);
    secrets.push(read(&world, "next"));
    secrets.push(read(&world, "s").rsplit(' ').next().unwrap().to_owned());
    world.run("setting set onboarding.method initial-password").ok();
    world.run(&format!("user invite {IDA}")).ok();
    let text = last_text(&world, IDA);
    let initial =
        text.lines().find(|line| line.len() == 19 && line.matches('-').count() == 3).unwrap().to_owned();
    hear("mail send", &[]);
    hear(&format!("auth login {IDA} --out i"), &[&initial]);
    secrets.push(initial);
    for line in ["mail list", "audit list", "auth sessions", "user list"] {
        world.run(line).ok();
        hear(line, &[]);
    }
    let entries = world.json("audit list");
    let entries = entries.as_array().unwrap().iter();
    let shown: Vec<_> = entries.map(|entry| format!("audit show {}", entry["seq"])).collect();
    assert!(shown.len() > 10);
    for line in shown {
        world.run(&line).ok();
        hear(&line, &[]);
    }
    for secret in &secrets {
        assert!(!heard.contains(secret.as_str()), "{secret} was said");
    }
    // As they are typed they would not be found where they are kept as bytes.
    let decoded = |text: &str| BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).unwrap();
    let raws = [
        decoded(uri.split_once("secret=").unwrap().1.split('&').next().unwrap()),
        decoded(read(&world, "anna").rsplit(' ').next().unwrap()),
        decoded(read(&world, "s").rsplit(' ').next().unwrap()),
    ];
    for file in ["portal.db", "portal.db-wal"] {
        let Ok(bytes) = std::fs::read(world.path(file)) else { continue };
        for secret in &secrets {
            let found =
                bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret.as_bytes()));
            assert!(!found, "{secret} lies in {file}");
        }
        for raw in &raws {
            assert!(
                raw.len() >= 16 && !bytes.windows(raw.len()).any(|window| window == raw),
                "{raw:?} in {file}"
            );
        }
    }
    // What was sent holds what it must, and nothing else.
    for entry in std::fs::read_dir(world.path("portal.db.outbox")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let held: Vec<_> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
        assert!(held.len() <= 1, "{held:?}");
        assert!(
            held.iter().all(|secret| !secret.starts_with(PASSWORD) && !secret.starts_with(OTHER)),
            "{held:?}"
        );
    }
}

#[test]
fn a_used_link_takes_its_queued_mail_along_and_no_secret_goes_to_standard_output() {
    let world = world();
    activate(&world, IDA, PASSWORD);
    let mails = world.json("mail list");
    let mail = mails.as_array().unwrap().iter().find(|mail| mail["to"] == IDA).unwrap();
    assert_eq!(mail["state"], "cancelled");
    world.run("mail send").ok();
    let login = format!("auth login {IDA} --out -");
    assert_eq!(error(&world, &login, &[PASSWORD]), (2, "usage".to_owned()));
    assert!(!world.path("-").exists());
}
