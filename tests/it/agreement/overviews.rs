//! The overviews of dispensations, add-ons and third-party tasks.

use serde_json::{Value, json};

use super::{in_force, on, world};

const IDA: &str = "--as ida.lykkebo@oes.example.dk --reason prøve";

/// Number, state and days left of each line.
fn lines(answer: &Value) -> Vec<(i64, String, Option<i64>)> {
    let lines = answer.as_array().unwrap().iter();
    lines
        .map(|line| {
            let state = line["state"].as_str().unwrap().to_owned();
            (line["id"].as_i64().unwrap(), state, line["days_left"].as_i64())
        })
        .collect()
}

fn line(id: i64, state: &str, left: Option<i64>) -> (i64, String, Option<i64>) {
    (id, state.to_owned(), left)
}

#[test]
fn k_097_all_approved_dispensations_with_their_ends_the_first_to_end_first() {
    let world = world();
    let ending = |title: &str, last: &str| {
        let last = if last.is_empty() { String::new() } else { format!("--expires-on {last}") };
        in_force(&world, "10213231", "dispensation", &format!("--title {title} {last}"))
    };
    let (endless, late, soon) =
        (ending("Altid", ""), ending("Sen", "2027-05-31"), ending("Snart", "2026-06-10"));
    let elsewhere = in_force(&world, "34051178", "dispensation", "--title Andre --expires-on 2026-12-31");
    in_force(&world, "10213231", "addon", "--title Tilkøb --expires-on 2026-06-01");
    world
        .run("agreement create --tenant 10213231 --kind dispensation --title Kladde --document aftale.pdf --expires-on 2026-06-01")
        .ok();
    on(&world, "2026-06-10");
    assert_eq!(
        lines(&world.json("agreement dispensations")),
        [
            line(soon, "in-force", Some(0)),
            line(elsewhere, "in-force", Some(204)),
            line(late, "in-force", Some(355)),
            line(endless, "in-force", None)
        ],
        "drafts are not approved, also to the provider"
    );
    assert_eq!(
        lines(&world.json(&format!("agreement dispensations {IDA}"))),
        [line(soon, "in-force", Some(0)), line(late, "in-force", Some(355)), line(endless, "in-force", None)],
        "an institution sees its own"
    );
    let before = |day: &str| lines(&world.json(&format!("agreement dispensations --expires-before {day}")));
    assert_eq!(before("2026-12-31"), [line(soon, "in-force", Some(0))], "before the day, not on it");
    // A minute past midnight in Copenhagen the last day is over.
    world.now.set("2026-06-10T22:01:00Z".parse().unwrap());
    let all = world.json("agreement dispensations --tenant 10213231");
    assert_eq!(lines(&all)[0], line(soon, "expired", None));
    assert_eq!(before("2026-12-31"), [], "what is over does not end any more");
    assert_eq!(
        (&all[0]["signed_by"], &all[0]["signed_at"], &all[0]["expires_on"]),
        (&json!("Birgitte Havemark"), &json!("2026-05-04T07:00:00Z"), &json!("2026-06-10"))
    );

    // One that was terminated holds until its last day.
    world.run(&format!("agreement terminate {late} --on 2026-07-01 --reason aftalt --yes")).ok();
    let ended = world.json("agreement dispensations --tenant 10213231");
    assert_eq!(lines(&ended)[1], line(late, "terminated", Some(20)));
    assert_eq!(ended[1]["terminated_on"], "2026-07-01");
    assert_eq!(before("2026-08-01"), [line(late, "terminated", Some(20))]);
    on(&world, "2026-07-02");
    assert_eq!(before("2026-08-01"), []);
    let said = world.run("agreement dispensations --tenant 34051178").ok();
    assert!(said.out.starts_with("Nr.  Kunde") && said.out.contains("Dage tilbage"), "{said}");
}

#[test]
fn k_098_add_on_services_stand_together_with_other_agreements() {
    let world = world();
    let customer = in_force(&world, "10213231", "customer", "--title Kundeaftale");
    let addon = in_force(
        &world,
        "10213231",
        "addon",
        &format!("--title Fakturamanager --service Fakturamanager --supplements {customer}"),
    );
    let other = in_force(&world, "10213231", "other", "--title Robotter --expires-on 2026-12-31");
    let found = world.json("agreement addons");
    assert_eq!(lines(&found), [line(other, "in-force", Some(241)), line(addon, "in-force", None)]);
    assert_eq!(
        (&found[1]["kind"], &found[1]["service"], &found[1]["supplements"]),
        (&json!("addon"), &json!("Fakturamanager"), &json!(customer))
    );
    let csv = world.run("agreement addons --format csv --fields id,kind,days_left").ok().out;
    assert_eq!(csv, format!("id,kind,days_left\r\n{other},other,241\r\n{addon},addon,\r\n"));
}

#[test]
fn k_099_whom_to_contact_about_what_a_third_party_does() {
    let world = world();
    let set = "third-party set --tenant 10213231 --task 'Lønudbetaling for udsendte'";
    assert_eq!(world.refused(set), (2, "third-party.incomplete".to_owned()));
    let new = format!(
        "{set} --authority Udenrigsministeriet --contact Løngruppen --email loen@um.example.dk --phone '+45 70 00 01 41' \
         --remarks 'Kun hverdage'"
    );
    assert_eq!(world.json(&new)["result"], "created");
    assert_eq!(world.json(&new)["result"], "unchanged");
    world.wait(chrono::Duration::hours(1));
    let changed = world.json(
        "third-party set --tenant oekonomistyrelsen --task 'LØNUDBETALING FOR UDSENDTE' --remarks '' --email ''",
    );
    assert_eq!(changed["result"], "updated");
    let listed = world.json(&format!("third-party list {IDA}"));
    assert_eq!(
        listed,
        json!([{
            "id": 1, "tenant": "oekonomistyrelsen", "task": "Lønudbetaling for udsendte",
            "authority": "Udenrigsministeriet", "contact": "Løngruppen", "email": null, "phone": "70000141",
            "remarks": null, "updated_at": "2026-05-04T09:00:00Z",
        }])
    );
    assert_eq!(world.refused(&format!("{set} --phone 7000")), (2, "phone.invalid".to_owned()));
    let gone = world.json("third-party remove --tenant 10213231 --task 'lønudbetaling for udsendte'");
    assert_eq!(gone["result"], "deleted");
    assert_eq!(world.json("third-party list"), json!([]));
    let trail = world.json("audit list --object 'third-party:oekonomistyrelsen:lønudbetaling for udsendte'");
    let actions: Vec<_> = trail.as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["third-party.remove", "third-party.update", "third-party.create"]);
}
