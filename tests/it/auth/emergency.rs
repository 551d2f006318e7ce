//! The emergency code (V-015, V-016): where it goes, what it opens, and what follows it.

use chrono::Duration;
use serde_json::json;

use super::{
    ANNA, App, Meanwhile, PASSWORD, activate, done, enrolled, error, read, refused, subjects, world,
};

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
fn v_016_without_a_place_for_the_next_one_it_is_owed_and_can_be_had_later_once() {
    let world = world();
    enrolled(&world, ANNA);
    let first = read(&world, "anna.emergency");
    let login = format!("auth login {ANNA} --out s --method emergency");
    let answer = done(&world, &login, &[PASSWORD, &first]);
    let warning = answer["warnings"][0]["message"].as_str().unwrap();
    assert_eq!(answer["result"], "logged-in");
    assert!(warning.contains("auth mfa emergency-code"), "{warning}");
    assert_eq!(world.json("auth mfa status --session s")["emergency_code"], false);
    // The phone is lost: nothing but this session has anything to show.
    let next = "auth mfa emergency-code --session s --secret-out next";
    let another = "auth mfa emergency-code --session anna --secret-out next";
    assert_eq!(error(&world, another, &[]), (7, "secret.needed".to_owned()), "another session gives a code");
    assert_eq!(done(&world, next, &[])["result"], "updated");
    assert_eq!(world.json("auth mfa status --session s")["emergency_code"], true);
    assert_eq!(error(&world, &format!("{next} --force"), &[]), (7, "secret.needed".to_owned()), "once");
    let login = format!("auth login {ANNA} --out t --method emergency");
    assert_eq!(done(&world, &login, &[PASSWORD, &read(&world, "next")])["result"], "logged-in");
    assert_eq!(error(&world, another, &[]).0, 5, "the file is there");
}

#[test]
fn its_use_is_told_by_mail() {
    let world = world();
    enrolled(&world, ANNA);
    let used = || subjects(&world, ANNA).iter().filter(|subject| *subject == "Din nødkode er brugt").count();
    let login = format!("auth login {ANNA} --out s --method emergency --secret-out next");
    assert_eq!(error(&world, &login, &[PASSWORD, "AAAA-AAAA-AAAA-AAAA-AAAA"]), refused());
    assert_eq!(used(), 0);
    let first = read(&world, "anna.emergency");
    done(&world, &login, &[PASSWORD, &first]);
    assert_eq!(used(), 1);
    let next = read(&world, "next");
    done(&world, "auth mfa enrol --session s --secret-out k", &[&next]);
    assert_eq!(used(), 2, "for a change to the second step too");
    world.run("mail send").ok();
    for entry in std::fs::read_dir(world.path("portal.db.outbox")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(&first) && !text.contains(&next), "{text}");
    }
}

#[test]
fn v_016_it_switches_off_what_is_required_and_the_next_login_sets_up_another() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let login = format!("auth login {ANNA} --out s --force");
    done(&world, &login, &[PASSWORD, &app.code(&world)]);
    world.wait(Duration::seconds(30));
    let off = "auth mfa disable --session s";
    let required = (6, "auth.mfa-required".to_owned());
    assert_eq!(error(&world, off, &[]), required);
    assert_eq!(error(&world, off, &[&app.code(&world)]), required, "only the emergency code does");
    assert_eq!(error(&world, off, &["AAAA-AAAA-AAAA-AAAA-AAAA"]), refused());
    assert_eq!(world.json("auth mfa status --session s")["methods"], json!(["app"]));
    let answer = done(&world, off, &[&read(&world, "anna.emergency")]);
    assert_eq!(
        (&answer["result"], &answer["item"]["methods"], &answer["item"]["emergency_code"]),
        (&json!("disabled"), &json!([]), &json!(false))
    );
    assert_eq!(answer["warnings"][0]["code"], "auth.enrolment-next");
    for session in ["s", "anna"] {
        let line = format!("tenant list --session {session}");
        assert_eq!(world.refused(&line), (6, "auth.session-ended".to_owned()), "{session}");
    }
    assert_eq!(subjects(&world, ANNA)[0], "Totrinsbekræftelse er ændret");
    assert_eq!(done(&world, &login, &[PASSWORD])["result"], "enrolment-required");
    done(&world, "auth mfa enrol --session s --secret-out k", &[]);
    let app = App::read(&world, "k");
    let confirmed = done(&world, "auth mfa confirm --session s --secret-out e", &[&app.code(&world)]);
    assert_eq!(confirmed["result"], "logged-in");
}

#[test]
fn a_file_for_it_that_cannot_be_written_changes_nothing() {
    let world = world();
    let app = enrolled(&world, ANNA);
    let make = "auth mfa emergency-code --session anna";
    let first = read(&world, "anna.emergency");
    world.write("taken", "mine");
    std::fs::create_dir(world.path("folder")).unwrap();
    let code = app.code(&world);
    let before = world.json("audit head")["entries"].clone();
    for (place, why) in
        [("nowhere/e", (4, "file.not-found")), ("taken", (5, "file.exists")), ("folder", (5, "file.exists"))]
    {
        assert_eq!(
            error(&world, &format!("{make} --secret-out {place}"), &[&code]),
            (why.0, why.1.to_owned())
        );
    }
    // Somebody else takes the name while the code is typed: what was done already is undone.
    let place = world.path("late");
    let meanwhile = Meanwhile::stdin(&[&code], move || std::fs::write(place, "mine").unwrap());
    let said = world.run_with_stdin(&format!("{make} --secret-out late"), meanwhile);
    assert_eq!((said.code, read(&world, "late").as_str()), (5, "mine"), "{said}");
    assert_eq!(world.json("audit head")["entries"], before);
    assert_eq!(world.json("auth mfa status --session anna")["emergency_code"], true);
    // The same at a login by it: it is not used up.
    let place = world.path("later");
    let meanwhile = Meanwhile::stdin(&[PASSWORD, &first], move || std::fs::write(place, "mine").unwrap());
    let login = format!("auth login {ANNA} --out s --method emergency --secret-out");
    let said = world.run_with_stdin(&format!("{login} later"), meanwhile);
    assert_eq!((said.code, world.path("s").exists()), (5, false), "{said}");
    let login = format!("{login} second");
    assert_eq!(done(&world, &login, &[PASSWORD, &first])["result"], "logged-in", "the old one still opens");
    let replace = format!("{make} --secret-out taken --force");
    assert_eq!(done(&world, &replace, &[&code])["result"], "updated", "nor was the code of the app used up");
    assert_ne!(read(&world, "taken"), "mine");
}

#[test]
fn a_file_that_is_there_is_replaced_with_force_alone() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    done(&world, "auth mfa enrol --session s --secret-out k", &[]);
    let app = App::read(&world, "k");
    world.write("e", "mine");
    let confirm = "auth mfa confirm --session s --secret-out e";
    assert_eq!(error(&world, confirm, &[&app.code(&world)]), (5, "file.exists".to_owned()));
    assert_eq!(world.json("auth mfa status --session s")["methods"], json!([]), "nothing is on");
    assert_eq!(done(&world, &format!("{confirm} --force"), &[&app.code(&world)])["result"], "logged-in");
    let first = read(&world, "e");
    assert_eq!(first.len(), 24);
    // The code that follows at a login, and at a code given afterwards.
    let login = format!("auth login {ANNA} --out t --method emergency --secret-out e");
    assert_eq!(error(&world, &login, &[PASSWORD, &first]), (5, "file.exists".to_owned()));
    done(&world, &format!("auth login {ANNA} --out t --method emergency"), &[PASSWORD]);
    let code = "auth code --session t --secret-out e";
    assert_eq!(error(&world, code, &[&first]), (5, "file.exists".to_owned()));
    assert_eq!(done(&world, &format!("{code} --force"), &[&first])["result"], "logged-in");
    assert_ne!(read(&world, "e"), first);
}
