//! Warnings that a dispensation ends soon (K-097), with the clock moved.

use serde_json::{Value, json};

use super::{in_force, on, world};
use crate::support::World;

const RUN: &str = "job run agreement-expiry";

/// An institution with two primary contacts, one of them a user who reads English and holds both roles.
fn with_contacts() -> World {
    let world = world();
    world.run("user update anna.holm@oes.example.dk --language en").ok();
    for line in [
        "contact create --tenant 10213231 --key a --name 'Anna Holm' --email Anna.Holm@oes.example.dk --role primary-payroll --role primary-accounting",
        "contact create --tenant 10213231 --key b --name 'Bo Lund' --shared-email regnskab@oes.example.dk --role primary-accounting",
        "contact create --tenant 10213231 --key c --name 'Carl Vad' --email carl@oes.example.dk --role general",
    ] {
        world.run(line).ok();
    }
    world
}

fn counted(answer: &Value) -> (&str, i64, i64) {
    let item = &answer["items"][0];
    let count = |name: &str| item[name].as_i64().unwrap();
    (item["result"].as_str().unwrap(), count("warned"), count("mails"))
}

/// To whom the mails about an agreement that ends went, in their order.
fn written(world: &World, id: i64) -> Vec<String> {
    let mails = world.json("mail list");
    let about = json!(format!("agreement:{id}"));
    let mut to: Vec<_> = mails
        .as_array()
        .unwrap()
        .iter()
        .filter(|mail| mail["cause"] == about && mail["subject"].as_str().unwrap().contains("2026"))
        .map(|mail| mail["to"].as_str().unwrap().to_owned())
        .collect();
    to.reverse();
    to
}

fn warned(world: &World, id: i64) -> Vec<String> {
    let events = world.json(&format!("agreement show {id}"))["events"].clone();
    let events = events.as_array().unwrap().iter().filter(|event| event["kind"] == "warned");
    events.map(|event| event["detail"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn k_097_a_warning_goes_out_90_and_30_days_before_once_each_to_each_address() {
    let world = with_contacts();
    let id = in_force(
        &world,
        "10213231",
        "dispensation",
        "--title Rejser --service Rejser --expires-on 2026-12-31",
    );
    in_force(&world, "10213231", "addon", "--title Tilkøb --expires-on 2026-12-31");
    on(&world, "2026-10-01");
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0), "91 days before");
    on(&world, "2026-10-02");
    let jobs = world.json("job list");
    let job = jobs.as_array().unwrap().iter().find(|job| job["name"] == "agreement-expiry").unwrap();
    assert_eq!(job["due"], 1);
    assert_eq!(counted(&world.json(&format!("{RUN} -n"))), ("done", 1, 3), "a dry run keeps nothing");
    assert_eq!(counted(&world.json(RUN)), ("done", 1, 3));
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0), "a second run finds nothing");
    let everyone = ["kundeportal@example.dk", "Anna.Holm@oes.example.dk", "regnskab@oes.example.dk"];
    assert_eq!(written(&world, id), everyone);
    on(&world, "2026-11-30");
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0), "31 days before");
    on(&world, "2026-12-01");
    assert_eq!(counted(&world.json(RUN)), ("done", 1, 3));
    for day in ["2026-12-31", "2027-01-01"] {
        on(&world, day);
        assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0), "{day}");
    }
    assert_eq!(
        warned(&world, id),
        ["90 days before 2026-12-31: 3 mails", "30 days before 2026-12-31: 3 mails"]
    );
    let trail = world.json(&format!("audit list --object agreement:{id} --action agreement.warn"));
    assert_eq!(trail[1]["after"], json!({"expires_on": "2026-12-31", "days": [90], "to": everyone}));
    assert_eq!(trail[0]["effective_actor"], "job:agreement-expiry");
    world.run("db check").ok();
}

#[test]
fn a_mail_says_what_ends_when_in_the_language_of_its_reader() {
    let world = with_contacts();
    in_force(
        &world,
        "10213231",
        "dispensation",
        "--title Rejser --service 'Egen afregning' --expires-on 2026-12-31",
    );
    on(&world, "2026-12-30");
    world.run(RUN).ok();
    let mails = world.json("mail list --state queued");
    let find = |to: &str| {
        let ours = mails
            .as_array()
            .unwrap()
            .iter()
            .find(|mail| mail["to"] == to && mail["subject"].as_str().unwrap().contains("2026"));
        let id = ours.unwrap()["id"].clone();
        let mail = world.json(&format!("mail show {id}"));
        format!("{}\n\n{}", mail["subject"].as_str().unwrap(), mail["text"].as_str().unwrap())
    };
    insta::assert_snapshot!(find("regnskab@oes.example.dk"), @r#"
    Dispensationsaftale "Rejser" udløber den 31. december 2026

    Kære Bo Lund

    Denne aftale mellem Økonomistyrelsen og Statens Administration udløber snart:

    Dispensationsaftale: Rejser (nr. 1)
    Ydelse: Egen afregning
    Gælder til og med: 31. december 2026 (om 1 dag)

    Skal den fortsætte, skal en ny aftale være underskrevet af begge parter inden da.

    Venlig hilsen
    Statens Administration
    "#);
    insta::assert_snapshot!(find("Anna.Holm@oes.example.dk"), @r#"
    Dispensation agreement "Rejser" ends on 31 December 2026

    Dear Anna Holm

    This agreement between Økonomistyrelsen and Statens Administration ends soon:

    Dispensation agreement: Rejser (no. 1)
    Service: Egen afregning
    Valid until and including: 31 December 2026 (in 1 day)

    If it is to go on, a new agreement must be signed by both parties before then.

    Kind regards
    Statens Administration
    "#);
}

#[test]
fn a_late_run_writes_once_for_the_nearest_and_notes_both() {
    let world = with_contacts();
    let id = in_force(&world, "10213231", "dispensation", "--title Rejser --expires-on 2026-12-31");
    let over = in_force(&world, "10213231", "dispensation", "--title Gammel --expires-on 2026-12-10");
    on(&world, "2026-12-11");
    assert_eq!(counted(&world.json(RUN)), ("done", 1, 3));
    assert_eq!(warned(&world, id), ["30 days before 2026-12-31: 3 mails"]);
    assert_eq!(warned(&world, over), [""; 0], "what is over is not warned of");
    on(&world, "2026-12-12");
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0), "both are noted");
    // A longer time that is asked for afterwards has passed; a shorter one comes.
    world.run("setting set agreement.warn-days 120,90,60,30,7").ok();
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0));
    on(&world, "2026-12-24");
    assert_eq!(counted(&world.json(RUN)), ("done", 1, 3));
}

#[test]
fn another_last_day_is_warned_of_anew_and_what_was_ended_is_not() {
    let world = with_contacts();
    let id = in_force(&world, "10213231", "dispensation", "--title Rejser --expires-on 2026-06-20");
    let ended = in_force(&world, "10213231", "dispensation", "--title Slut --expires-on 2026-06-20");
    world.run(&format!("agreement terminate {ended} --on 2026-06-01 --reason aftalt --yes")).ok();
    on(&world, "2026-06-01");
    assert_eq!(counted(&world.json(RUN)), ("done", 1, 3));
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0));
    #[expect(clippy::disallowed_methods, reason = "no command moves the end of what is in force")]
    let conn = portalctl::platform::db::Connection::open(world.path("portal.db")).unwrap();
    conn.execute("UPDATE agreement SET expires_on = '2026-06-25' WHERE id = ?", [id]).unwrap();
    drop(conn);
    assert_eq!(counted(&world.json(RUN)), ("done", 1, 3));
    assert_eq!(
        warned(&world, id),
        ["30 days before 2026-06-20: 3 mails", "30 days before 2026-06-25: 3 mails"]
    );
}

#[test]
fn an_institution_without_primary_contacts_is_told_of_and_the_provider_is_warned() {
    let world = world();
    let id = in_force(&world, "34051178", "dispensation", "--title Rejser --expires-on 2026-06-20");
    on(&world, "2026-06-01");
    let answer = world.json(RUN);
    assert_eq!(counted(&answer), ("done", 1, 1));
    assert_eq!(answer["warnings"][0]["code"], "agreement.no-primary-contact");
    assert_eq!(written(&world, id), ["kundeportal@example.dk"]);
    assert_eq!(warned(&world, id), ["30 days before 2026-06-20: 1 mail"]);
    assert_eq!(world.json(RUN)["warnings"], json!([]), "once");
}

#[test]
fn more_than_one_write_holds_and_an_end_on_the_last_day_is_named() {
    let world = world();
    for n in 0..53 {
        in_force(&world, "34051178", "dispensation", &format!("--title 'Nr. {n}' --expires-on 2026-06-20"));
    }
    on(&world, "2026-06-20");
    assert_eq!(counted(&world.json(&format!("{RUN} -n"))), ("done", 53, 53));
    assert_eq!(counted(&world.json(RUN)), ("done", 53, 53));
    assert_eq!(counted(&world.json(RUN)), ("nothing", 0, 0));
    let trail = world.json("audit list --action agreement.warn");
    assert_eq!(trail.as_array().unwrap().len(), 53);
}
