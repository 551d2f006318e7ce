//! The gate: who was shut out changes nothing any more, and nobody gets round it (issue 4, part 5).

use std::io::{self, Cursor, Read};
use std::rc::Rc;

use serde_json::json;

use crate::auth::{ANNA, PASSWORD, activate, world};
use crate::rights;
use crate::support::World;

const SOREN: &str = "soren.vind@sam.example.dk";
const MAJ: &str = "maj.lund@sam.example.dk";

/// A world where one step is enough, with a session of each in a file named like the first name.
fn logged_in(people: &[&str]) -> World {
    let world = world();
    world.run("setting set login.require-mfa false").ok();
    for staff in [SOREN, MAJ] {
        world.run(&format!("user create --email {staff} --name Drift --staff system-administrator")).ok();
    }
    for person in people {
        activate(&world, person, PASSWORD);
        let out = person.split('.').next().unwrap();
        let login = format!("auth login {person} --out {out}");
        world.run_with_input(&login, &format!("{PASSWORD}\n")).ok();
    }
    world
}

/// Standard input whose first byte comes only after something happened.
struct After<F: FnMut()> {
    happens: Option<F>,
    then: Cursor<Vec<u8>>,
}

impl<F: FnMut()> Read for After<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(mut happens) = self.happens.take() {
            happens();
        }
        self.then.read(buffer)
    }
}

#[test]
fn a_08_who_is_shut_out_while_a_file_is_read_imports_nothing() {
    let world = Rc::new(logged_in(&[SOREN]));
    let users = |world: &World| world.json("user list").as_array().unwrap().len();
    let before = users(&world);
    let file = "email,name,rights\nny@oes.example.dk,Ny,10213231:reader\n";
    let yaml = "schema: portalctl.state/1\nsettings: {ticket.prefix: XYZ}\n";
    for (line, input) in [("user import - --mode upsert", file), ("state apply -", yaml)] {
        let line = format!("{line} --yes --session soren");
        let other = Rc::clone(&world);
        let happens = move || drop(other.run(&format!("user disable {SOREN} --reason slut --yes")).ok());
        let stdin = After { happens: Some(happens), then: Cursor::new(input.as_bytes().to_vec()) };
        let said = world.run_with_stdin(&line, Box::new(stdin));
        assert_eq!(said.code, 6, "{line}\n{said}");
        assert_eq!(users(&world), before);
        world.run(&format!("user enable {SOREN}")).ok();
        std::fs::remove_file(world.path("soren")).unwrap();
        world.run_with_input(&format!("auth login {SOREN} --out soren"), &format!("{PASSWORD}\n")).ok();
        // The same without that is taken.
        world.run_with_input(&format!("{line} -n"), input).ok();
    }
    assert_ne!(world.json("setting get ticket.prefix")["value"], "XYZ");
}

#[test]
fn k_020_an_administrator_learns_nothing_of_people_known_elsewhere() {
    let world = world();
    let sven = "sven.begge@digst.example.dk";
    let data = "--b-number B777777 --phone 70000113 --title Chef --language en";
    let elsewhere = format!("user create --email {sven} --name 'Sven Begge' --rights 34051178:reader {data}");
    world.run(&elsewhere).ok();
    world
        .run("user create --email bo@digst.example.dk --name Bo --rights 34051178:reader --b-number B888888")
        .ok();
    let anna = format!("--as {ANNA} --reason proeve");
    for data in ["", "--b-number X1", "--b-number B888888", "--b-number B123456 --phone 70000114"] {
        let answer = |email: &str| {
            let line = format!("user create --email {email} --name N --rights 10213231:reader {data} {anna}");
            let said = world.run(&format!("{line} -n --format json"));
            (said.code, said.out.replace(email, "EMAIL"), said.err.replace(email, "EMAIL"))
        };
        assert_eq!(answer(sven), answer("ganske.ny@digst.example.dk"), "{data}");
    }
    world.run(&format!("user create --email {sven} --name N --rights 10213231:reader {anna}")).ok();
    let seen = world.json(&format!("user show {sven} {anna}"));
    assert_eq!((&seen["email"], &seen["name"]), (&json!(sven), &json!("Sven Begge")));
    assert_eq!(seen["rights"], json!([{"tenant": "oekonomistyrelsen", "right": "reader"}]));
    for hidden in ["b_number", "phone", "title", "language", "mfa", "last_login_at", "created_at"] {
        assert_eq!(seen[hidden], json!(null), "{hidden}");
    }
    let found = world.json(&format!("user list --missing-mfa {anna}"));
    assert!(found.as_array().unwrap().iter().all(|user| user["email"] != sven), "{found}");
    assert_eq!(world.json(&format!("user show {sven}"))["b_number"], "B777777");
}

#[test]
fn a_08_the_last_of_a_kind_is_not_taken_unseen() {
    let world = logged_in(&[SOREN]);
    let revoke = format!("rights revoke {ANNA} --tenant 10213231 --right administrator");
    assert_eq!(world.refused(&revoke).0, 7);
    world.run(&format!("{revoke} --yes")).ok();

    let own = format!("user update {SOREN} --staff '' --session soren");
    assert_eq!(world.refused(&own), (6, "user.self".to_owned()));
    let caseworker = format!("user update {SOREN} --staff caseworker");
    assert_eq!(
        world.refused(&format!("{caseworker} --as {MAJ} --reason proeve")),
        (6, "user.last-system-administrator".to_owned()),
        "Maj has never come in"
    );
    let disable = format!("user disable {SOREN} --reason slut --yes --format json -n");
    assert!(world.run(&disable).ok().out.contains("user.no-system-administrator"));
    let demoted = world.run(&format!("{caseworker} --format json")).ok();
    assert!(demoted.out.contains("user.no-system-administrator"), "{demoted}");
}

#[test]
fn a_08_who_is_disabled_loses_what_is_queued_however_it_is_spelt() {
    let world = world();
    let queued = |world: &World| {
        let mails = world.json("mail list --state queued");
        mails
            .as_array()
            .unwrap()
            .iter()
            .filter(|mail| mail["to"].as_str().unwrap().starts_with("Kurt"))
            .count()
    };
    world.run("user create --email Kurt.Blom@oes.example.dk --name Kurt --rights 10213231:reader").ok();
    assert_eq!(queued(&world), 1);
    world.run("user disable kurt.blom@OES.example.dk --reason slut --yes").ok();
    assert_eq!(queued(&world), 0);
}

#[test]
fn a_08_a_session_of_a_customer_makes_no_database() {
    let world = logged_in(&[ANNA]);
    assert_eq!(world.refused("init --session anna"), (6, "rights.refused".to_owned()));
    assert_eq!(world.refused("demo elsewhere --session anna"), (6, "rights.refused".to_owned()));
    assert!(!world.path("elsewhere").exists());
}

/// The table of [`rights`] with a session of one's own. What is about the session itself, or is done in nobody else's name, is told apart
/// elsewhere; but no session of theirs reaches what is the machine's.
#[test]
fn k_046_a_session_reaches_what_the_table_says_and_no_more() {
    let world = rights::world();
    world.run("setting set password.argon2 m=1024,t=1,p=1").ok();
    world.run("setting set login.require-mfa false").ok();
    let mut wrong = Vec::new();
    for place in [2, 3, 5] {
        let (who, email) = rights::PEOPLE[place];
        let email = email.unwrap();
        world.run(&format!("user invite {email}")).ok();
        activate(&world, email, PASSWORD);
        let login = format!("auth login {email} --out session-{place}");
        world.run_with_input(&login, &format!("{PASSWORD}\n")).ok();
        for (command, arguments, expected) in rights::TABLE {
            let expected = expected.chars().nth(place).unwrap();
            let machine = matches!(*command, "init" | "demo");
            if command.starts_with("auth ") || *command == "user me" || (expected == '!' && !machine) {
                continue;
            }
            let expected = if machine { '-' } else { expected };
            let arguments = arguments.replace("{me}", email);
            let line =
                format!("{command} {arguments} --session session-{place} --reason prøve --format json");
            let said = world.run(&line);
            let found = rights::sign(command, &said);
            if found != expected && (expected, found) != ('+', '?') {
                wrong.push(format!("{line}, {who}: {expected} expected, {found} found: {}", said.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
}
