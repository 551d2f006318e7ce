//! Codes by SMS.

use chrono::Duration;
use serde_json::json;

use super::{
    ANNA, App, PASSWORD, activate, count_sms, done, enrolled_by_sms, error, last_sms, last_text, refused,
    said, subjects, typed, world,
};

#[test]
fn v_011_v_012_v_025_codes_by_sms() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    let sms = || last_sms(&world);
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
    // The user is told what is shut, and so is the help desk.
    assert_eq!(subjects(&world, ANNA)[0], "Koder på SMS er spærret i 15 minutter");
    let text = last_text(&world, ANNA);
    assert!(text.contains("koder på SMS spærret") && !text.contains("login er spærret"), "{text}");
    let shown = world.json(&format!("user show {ANNA}"));
    assert_eq!(shown["locked_until"], json!(null));
    assert!(shown["sms_locked_until"].is_string(), "{shown}");
    world.wait(Duration::minutes(15));
    assert_eq!(world.json(&format!("user show {ANNA}"))["sms_locked_until"], json!(null));
}

#[test]
fn v_025_the_text_names_the_number_and_the_reference_too() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    let told = |said: crate::support::Said| {
        let said = said.ok();
        let (code, reference) = last_sms(&world);
        let expected = format!("code sent to the number ending in 160 (reference {reference})");
        assert!(said.out.contains(&expected) && !said.out.contains(&code), "{said}");
    };
    told(world.run("auth mfa enrol --session s --phone +4542822160"));
    let (code, _) = last_sms(&world);
    done(&world, "auth mfa confirm --session s", &[&code]);
    let login = format!("auth login {ANNA} --out s --force");
    told(world.run_with_input(&login, &format!("{PASSWORD}\n")));
    world.wait(Duration::seconds(60));
    told(world.run("auth code --session s"));
}

#[test]
fn another_method_is_set_up_with_two_calls_where_the_present_one_is_sms() {
    let world = world();
    enrolled_by_sms(&world, ANNA);
    let enrol = "auth mfa enrol --session anna --secret-out k";
    let before = count_sms(&world);
    let first = done(&world, enrol, &[]);
    let (code, reference) = last_sms(&world);
    assert_eq!(
        (&first["result"], &first["item"]["phone"], &first["item"]["reference"]),
        (&json!("code-required"), &json!("160"), &json!(reference))
    );
    assert_eq!(count_sms(&world), before + 1);
    assert!(!world.path("k").exists(), "nothing is begun yet");
    assert_eq!(world.json("auth mfa status --session anna")["pending"], json!(null));
    assert_eq!(error(&world, enrol, &["000000"]), refused());
    assert_eq!(done(&world, enrol, &[&code])["result"], "pending");
    assert_eq!(count_sms(&world), before + 1, "the second call sends none");
    assert_eq!(error(&world, &format!("{enrol} --force"), &[&code]), refused(), "a code once");
    let app = App::read(&world, "k");
    assert_eq!(done(&world, "auth mfa confirm --session anna", &[&app.code(&world)])["result"], "confirmed");
    assert_eq!(world.json("auth mfa status --session anna")["methods"], json!(["app", "sms"]));
}

#[test]
fn no_sms_is_sent_whose_code_could_not_be_taken() {
    let world = world();
    world.run("setting set login.require-mfa false").ok();
    enrolled_by_sms(&world, ANNA);
    let off = "auth mfa disable --session anna";
    for _ in 0..5 {
        assert_eq!(error(&world, off, &["000000"]), refused());
        world.wait(Duration::seconds(10));
    }
    world.wait(Duration::seconds(60));
    let before = count_sms(&world);
    for line in [off, "auth mfa enrol --session anna --secret-out k"] {
        assert_eq!(error(&world, line, &[]), refused(), "{line}: locked");
    }
    // While two steps are required an SMS would switch nothing off.
    world.wait(Duration::minutes(15));
    world.run("setting set login.require-mfa true").ok();
    assert_eq!(error(&world, off, &[]), (6, "auth.mfa-required".to_owned()));
    assert_eq!(count_sms(&world), before);
    world.run("setting set login.require-mfa false").ok();
    assert_eq!(done(&world, off, &[])["result"], "code-required");
    let (code, _) = last_sms(&world);
    assert_eq!(done(&world, off, &[&code])["result"], "disabled");
}

#[test]
fn an_sms_that_failed_is_not_told_as_sent_nor_as_waiting() {
    let world = world();
    activate(&world, ANNA, PASSWORD);
    done(&world, &format!("auth login {ANNA} --out s"), &[PASSWORD]);
    let command = |script: &str| {
        world.write("send-sms", format!("#!/bin/sh\ncat >/dev/null\n{script}\n"));
        let program = world.path("send-sms");
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        world.write(
            "sms.toml",
            "database = \"portal.db\"\n[sms]\ntransport = \"command\"\ncommand = [\"./send-sms\"]\n",
        );
    };
    let enrol = "auth mfa enrol --session s --phone +4542822160 --config sms.toml";
    command("echo 'no such number' >&2; exit 2");
    let answer = done(&world, enrol, &[]);
    let warning = &answer["warnings"][0];
    assert_eq!(warning["code"], "sms.failed");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("no such number") && message.contains("ask for a new code"), "{message}");
    assert_eq!((&answer["item"]["phone"], &answer["item"]["reference"]), (&json!(null), &json!(null)));
    assert_eq!(world.json("mail list")[0]["state"], "failed");

    // The code that nobody got does not stand in for the next one.
    assert_eq!(error(&world, enrol, &[]), (6, "auth.sms-wait".to_owned()));
    world.wait(Duration::seconds(60));
    command("echo closed >&2; exit 75");
    let said = world.run(enrol).ok();
    assert!(!said.out.contains("code sent") && said.out.contains("code queued"), "{said}");
    assert!(said.err.contains("it stays queued"), "{said}");
    assert_eq!(world.json("mail list")[0]["state"], "queued");
    let said = world.run(enrol).ok();
    assert!(!said.out.contains("code sent"), "it waits still: {said}");
    world.wait(Duration::seconds(60));
    command("exit 0");
    assert!(world.run(enrol).ok().out.contains("code sent to the number ending in 160"));
}
