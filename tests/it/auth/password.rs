//! Passwords: forgotten, initial, changed.

use chrono::Duration;
use serde_json::json;

use super::{
    ANNA, IDA, OTHER, PASSWORD, activate, done, enrolled, error, last_text, last_token, refused, world,
};
use crate::support::World;

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
fn a_whole_link_is_a_token_and_a_refused_password_is_told_once() {
    let world = world();
    let link =
        last_text(&world, ANNA).lines().find(|line| line.contains("token=")).unwrap().trim().to_owned();
    let activate = "auth activate --token-stdin --password-stdin";
    let said = world.run_with_input(activate, &format!("{link}\nkort\n"));
    assert_eq!((said.code, said.err.matches("it is shorter than").count()), (2, 1), "{said}");
    let said = world.run_with_input(activate, &format!("{link}\nKaffe#kop\t77-Sol\n"));
    assert!(said.code == 2 && said.err.contains("control character"), "{said}");
    assert_eq!(done(&world, activate, &[&link, PASSWORD])["result"], "activated");
}

#[test]
fn one_hour_is_an_hour() {
    let world = world();
    world.run("setting set onboarding.link-hours 1").ok();
    for (language, hour) in [("da", "1 time."), ("nb", "1 time."), ("en", "1 hour.")] {
        world.run(&format!("user update {IDA} --language {language}")).ok();
        world.run(&format!("user invite {IDA}")).ok();
        assert!(last_text(&world, IDA).contains(hour), "{language}");
    }
}

#[test]
fn the_address_never_changes_and_everyone_s_sessions_are_a_number() {
    let world = world();
    let said = world.run(&format!("user update {IDA} --email ny@example.dk"));
    assert!(said.code == 2 && said.err.contains("never changes"), "{said}");
    enrolled(&world, ANNA);
    let said = world.run("auth revoke --all -n").ok();
    assert!(said.out.contains("sessions of everyone 1: "), "{said}");
}
