//! Where secrets may lie, and where not.

use chrono::Duration;
use data_encoding::BASE32_NOPAD;

use super::{
    ANNA, IDA, OTHER, PASSWORD, activate, done, enrolled, error, last_text, last_token, read, typed, world,
};

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
