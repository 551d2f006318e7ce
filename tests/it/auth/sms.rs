//! Codes by SMS.

use chrono::Duration;
use serde_json::json;

use super::{ANNA, PASSWORD, activate, done, error, refused, said, typed, world};

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
