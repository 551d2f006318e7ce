//! The second step: the app, what is switched off and taken away.

use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use portalctl::platform::secret::totp::TotpSecret;
use serde_json::json;

use super::{ANNA, App, IDA, PASSWORD, activate, done, enrolled, error, read, refused, typed, world};
use crate::support::World;

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
    assert!(said.err.contains("Then: portalctl auth mfa confirm --session s"), "{said}");
    // Where it does not fit the key stands alone.
    world.width = Some(40);
    let narrow = world.run("auth mfa enrol --session s").ok();
    assert!(!narrow.err.contains('█') && narrow.err.contains("columns"), "{narrow}");
    let key = narrow
        .err
        .split_once("type this key into it: ")
        .unwrap_or_else(|| panic!("{narrow}"))
        .1
        .lines()
        .next()
        .unwrap()
        .replace(' ', "");
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
fn what_helps_with_a_wrong_code_is_told_where_a_session_is_there_already() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    let of = |line: &str, lines: &[&str]| {
        let said = typed(&world, line, lines);
        let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
        let text = |field: &str| error["error"][field].as_str().unwrap().to_owned();
        (said.code, text("code"), text("message"), text("hint"))
    };
    let at_login = of(&format!("auth login {ANNA} --out s"), &["Forkert#77"]);
    assert!(at_login.3.contains("auth forgot"));
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    done(&world, "auth mfa enrol --session s --secret-out k", &[]);
    let at_enrolment = of("auth mfa confirm --session s", &["000000"]);
    let app = App::read(&world, "k");
    done(&world, "auth mfa confirm --session s", &[&app.code(&world)]);
    done(&world, &format!("auth login {ANNA} --out t"), &[PASSWORD]);
    let at_code = of("auth code --session t", &["000000"]);
    let at_change = of("auth mfa enrol --session s --secret-out k2", &["000000"]);
    for with_session in [at_enrolment, at_code, at_change] {
        assert_eq!((with_session.0, &with_session.1, &with_session.2), (6, &at_login.1, &at_login.2));
        let hint = with_session.3;
        assert!(hint.contains("next code") && hint.contains("clock") && !hint.contains("forgot"), "{hint}");
    }
    world.wait(Duration::seconds(10));
    let whole = of(&format!("auth login {ANNA} --out u"), &[PASSWORD, "000000"]);
    assert_eq!(whole, at_login, "a login says the same to the last word, however far it came");
}

#[test]
fn nobody_takes_their_own_second_step_away() {
    let world = world();
    let (mette, jonas) = ("mette.ravnkilde@sam.example.dk", "jonas.brandtoft@sam.example.dk");
    let create = format!("user create --email {mette} --name 'Mette Ravnkilde' --staff system-administrator");
    world.run(&create).ok();
    enrolled(&world, mette);
    enrolled(&world, jonas);
    let reset = |email: &str| format!("auth mfa reset {email} --reason 'ny telefon' --yes");
    for own in [mette, "METTE.Ravnkilde@sam.example.dk"] {
        let own = format!("{} --session mette", reset(own));
        assert_eq!(world.refused(&own), (6, "user.self".to_owned()));
    }
    assert_eq!(world.json("auth mfa status --session mette")["methods"], json!(["app"]));
    assert_eq!(done(&world, &format!("{} --session mette", reset(jonas)), &[])["result"], "reset");
    assert_eq!(done(&world, &reset(mette), &[])["result"], "reset", "the operator may");
}
