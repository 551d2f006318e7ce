//! The gate: who was shut out changes nothing any more, and nobody gets round it (issue 4, part 5).

use std::io::{self, Cursor, Read};
use std::rc::Rc;

use serde_json::json;

use crate::auth::{ANNA, PASSWORD, activate, world};
use crate::rights;
use crate::support::World;

const SOREN: &str = "soren.vind@sam.example.dk";
const MAJ: &str = "maj.lund@sam.example.dk";
const SVEN: &str = "sven.begge@digst.example.dk";
const DITTE: &str = "ditte.kjaer@digst.example.dk";

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

/// A world with people who are known at Digitaliseringsstyrelsen: Sven is in use, Ditte was shut long ago.
fn known_elsewhere() -> World {
    let world = world();
    world.run("setting set login.require-mfa false").ok();
    let data = "--b-number B777777 --phone 70000113 --title Chef --language en";
    for (email, name) in [(SVEN, "Sven Begge"), (DITTE, "Ditte Kjær"), ("bo@digst.example.dk", "Bo")] {
        let data = if email == SVEN { data } else { "" };
        world
            .run(&format!("user create --email {email} --name '{name}' --rights 34051178:reader {data}"))
            .ok();
    }
    world.run("user update bo@digst.example.dk --b-number B888888").ok();
    activate(&world, SVEN, PASSWORD);
    world.run_with_input(&format!("auth login {SVEN} --out sven"), &format!("{PASSWORD}\n")).ok();
    world.run(&format!("user disable {DITTE} --reason fratraadt --yes")).ok();
    world.wait(chrono::Duration::hours(1));
    world
}

/// What a command says, with an address and a name taken out.
fn without(said: crate::support::Said, email: &str, name: &str) -> (u8, String, String) {
    let plain = |text: String| text.replace(email, "EMAIL").replace(name, "NAME");
    (said.code, plain(said.out), plain(said.err))
}

#[test]
fn k_020_an_administrator_learns_nothing_of_people_known_elsewhere() {
    let world = known_elsewhere();
    let anna = format!("--as {ANNA} --reason proeve");
    let new = "ganske.ny@digst.example.dk";
    for data in
        ["", "--b-number X1", "--b-number B888888", "--b-number B123456 --phone 70000114", "--no-invite"]
    {
        for form in ["json", "text", "csv"] {
            let answer = |email: &str| {
                let line =
                    format!("user create --email {email} --name N --rights 10213231:reader {data} {anna}");
                without(world.run(&format!("{line} -n --format {form}")), email, email)
            };
            assert_eq!(answer(SVEN), answer(new), "{data}");
            assert_eq!(answer(DITTE), answer(new), "{data}");
        }
    }
    // Nor afterwards, from what is shown of them: one that is new and has not come in looks the same.
    for (email, name) in [(SVEN, "Sven Begge"), (DITTE, "Ditte Kjær"), (new, "Ny")] {
        let line = format!("user create --email {email} --name '{name}' --rights 10213231:reader");
        world.run(&format!("{line} {anna}")).ok();
        assert_eq!(world.refused(&format!("{line} {anna}")), (5, "user.exists".to_owned()));
    }
    world.wait(chrono::Duration::days(2));
    let about = |email: &str, name: &str| {
        let row =
            |text: String| text.lines().find(|line| line.contains(email)).unwrap_or_default().to_owned();
        let lines = [
            format!("user show {email} {anna} --format json"),
            format!("user list {anna} --format csv"),
            format!("user list --missing-mfa {anna} --format csv"),
            format!("user list --inactive-days 1 {anna} --format csv"),
            format!("user list --status disabled {anna} --format csv"),
            format!("user list --status invited {anna} --format csv"),
            format!("rights who --tenant 10213231 {anna} --format csv"),
            format!("rights list --tenant 10213231 {anna} --format csv"),
            format!("rights check {email} --tenant 10213231 --menu information {anna} --format json"),
        ];
        lines.map(|line| {
            let said = world.run(&line);
            let (code, out, err) = (said.code, said.out, said.err);
            let out = if line.contains(" list ") || line.contains("who") { row(out) } else { out };
            without(crate::support::Said { out, err, code }, email, name)
        })
    };
    assert_eq!(about(SVEN, "Sven Begge"), about(new, "Ny"));
    assert_eq!(about(DITTE, "Ditte Kjær"), about(new, "Ny"));
    assert_eq!(world.json(&format!("user show {SVEN}"))["b_number"], "B777777", "nothing of it was changed");

    // What happens from now on is seen here too.
    world.wait(chrono::Duration::hours(1));
    world.run_with_input(&format!("auth login {SVEN} --out sven-2"), &format!("{PASSWORD}\n")).ok();
    let seen = world.json(&format!("user show {SVEN} {anna}"));
    assert_eq!((&seen["status"], seen["last_login_at"].is_string()), (&json!("active"), true));
    for hidden in ["b_number", "phone", "title", "language"] {
        assert_eq!(seen[hidden], json!(null), "{hidden}");
    }
    world.run(&format!("user disable {SVEN} --reason slut --yes")).ok();
    assert_eq!(world.json(&format!("user show {SVEN} {anna}"))["status"], "disabled");

    // Who was shut came back to nothing by this: the rights count once the provider opens the account, and is told.
    let allowed = world.json(&format!("rights check {DITTE} --tenant 10213231 --menu information"));
    assert_eq!(allowed["allowed"], false);
    let enabled = world.run(&format!("user enable {DITTE} --format json")).ok();
    assert!(enabled.out.contains("user.granted-while-shut"), "{enabled}");
    assert!(enabled.out.contains("oekonomistyrelsen:reader"), "{enabled}");
}

#[test]
fn k_020_invite_and_grant_answer_alike_whoever_is_known_elsewhere_and_write_to_nobody_who_was_in() {
    let world = known_elsewhere();
    let (anna, bo, new) =
        (format!("--as {ANNA} --reason proeve"), "bo@digst.example.dk", "ganske.ny@digst.example.dk");
    // In the very second in which one of them is shut.
    world.run(&format!("user disable {bo} --reason slut --yes")).ok();
    let people = [(SVEN, "Sven Begge"), (DITTE, "Ditte Kjær"), (bo, "Bo"), (new, "Ny")];
    for (email, name) in people {
        let line =
            format!("user create --email {email} --name '{name}' --rights 10213231:reader --no-invite");
        world.run(&format!("{line} {anna}")).ok();
    }
    for form in ["json", "table"] {
        let about = |email: &str, name: &str| {
            [
                format!("user show {email} {anna}"),
                format!("user invite {email} {anna}"),
                format!("rights grant {email} --tenant 10213231 --right editor {anna} -n"),
            ]
            .map(|line| without(world.run(&format!("{line} --format {form}")), email, name))
        };
        let fresh = about(new, "Ny");
        assert!(fresh.iter().all(|(code, _, _)| *code == 0), "{fresh:?}");
        for (email, name) in &people[..3] {
            assert_eq!(about(email, name), fresh, "{email}");
        }
    }
    let written = |email: &str| {
        let mails = world.json("mail list --state queued");
        mails.as_array().unwrap().iter().filter(|mail| mail["to"] == email).count()
    };
    assert_eq!(people.map(|(email, _)| written(email)), [0, 0, 0, 1]);
    // Whoever came in since needs no invitation, and is told what helps.
    world.wait(chrono::Duration::hours(1));
    world.run_with_input(&format!("auth login {SVEN} --out sven-2"), &format!("{PASSWORD}\n")).ok();
    let said = world.run(&format!("user invite {SVEN} {anna}"));
    assert_eq!(said.code, 5, "{said}");
    assert!(said.err.contains(&format!("portalctl auth forgot {SVEN}")), "{said}");
}

#[test]
fn k_020_staff_get_no_right_at_an_institution_and_that_alone_is_told() {
    let world = known_elsewhere();
    world.run(&format!("user create --email {MAJ} --name Maj --staff caseworker")).ok();
    let create = format!("user create --email {MAJ} --name Maj --rights 10213231:reader");
    assert_eq!(world.refused(&format!("{create} --as {ANNA} --reason p")), (6, "rights.refused".to_owned()));
    assert_eq!(world.json(&format!("user show {MAJ}"))["rights"], json!([]));
}

#[test]
fn k_040_a_file_of_an_administrator_tells_nothing_of_people_known_elsewhere_and_reads_again() {
    let world = known_elsewhere();
    let import =
        format!("user import - --mode upsert --invite --yes --as {ANNA} --reason proeve --format json");
    let answer = |email: &str| {
        let file = format!("email,name,rights\n{email},N,10213231:reader\n");
        let (code, out, err) = without(world.run_with_input(&format!("{import} -n"), &file), email, email);
        let steady: Vec<_> = out.lines().filter(|line| !line.contains("sha256")).map(str::to_owned).collect();
        (code, steady.join("\n"), err)
    };
    let new = answer("ganske.ny@digst.example.dk");
    assert!(new.1.contains("\"invited\": 1"), "{new:?}");
    assert_eq!(answer(SVEN), new);
    assert_eq!(answer(DITTE), new);
    let queued = world.json("mail list").as_array().unwrap().len();
    let file = format!("email,name,rights\n{SVEN},N,10213231:reader\n");
    world.run_with_input(&import, &file).ok();
    assert_eq!(world.json("mail list").as_array().unwrap().len(), queued, "who has come in is not invited");
    let again = world.run_with_input(&import, &file).ok();
    assert!(again.out.contains("user.not-maintained") && again.out.contains("\"unchanged\""), "{again}");
    let taken = world.run_with_input(&import, &format!("email,rights\n{SVEN},\n")).ok();
    for elsewhere in ["70000113", "B777777", "Chef"] {
        assert!(!taken.out.contains(elsewhere), "{taken}");
    }
}

#[test]
fn k_020_who_is_taken_out_is_answered_as_they_were_seen() {
    let world = known_elsewhere();
    world.run(&format!("rights grant {SVEN} --tenant 10213231 --right reader")).ok();
    let remove =
        format!("user remove {SVEN} --tenant 10213231 --yes --as {ANNA} --reason proeve --format json");
    let said = world.run(&remove).ok();
    for elsewhere in ["70000113", "B777777", "Chef", "digitaliseringsstyrelsen"] {
        assert!(!said.out.contains(elsewhere), "{said}");
    }
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
            let arguments = rights::filled(&world, arguments, email);
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
