//! Questions on a terminal: the real binary behind a pseudo-terminal, asked and answered.

mod auth;
mod requests;
mod terminal;

use std::process::Command;

use serde_json::Value;

use self::terminal::{Terminal, command_of, item_of, json, peopled, run, steady};
use crate::support::World;

#[test]
fn tenant_create_asks_corrects_and_shows_the_command() {
    let (dir, twin) = (peopled(), peopled());
    let mut terminal = Terminal::open(dir.path(), "tenant create --ministry 'Kirkens område'");
    terminal
        .answers("CVR number: ", "12345678")
        .sees("\"12345678\" is not a CVR number: the check digit does not fit (modulus 11)")
        .sees("hint: for example 10213231")
        .answers("CVR number: ", "17143611")
        .answers("Name: ", "")
        .sees("this cannot be empty")
        .sees("hint: for example Anna Holm")
        .answers("Name: ", "Anna's Ørkenråd")
        .answers("Code (else made from the name): ", "oekonomistyrelsen")
        .sees("institution oekonomistyrelsen exists already")
        .answers("Code (else made from the name): ", "oerkenraad")
        .answers("A further SE number: ", "29979812")
        .answers("A further SE number: ", "")
        .answers("location number: ", "")
        .answers("Key Account Manager: ", "-kam-");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("tenant oerkenraad: created"), "{screen}");
    let command = command_of(&screen);
    assert!(
        command.starts_with("portalctl tenant create --ministry 'Kirkens område' --cvr 17143611 "),
        "{command}"
    );
    let created = json(dir.path(), "tenant show oerkenraad");
    let again = item_of(twin.path(), &command);
    assert_eq!(steady(created.clone()), steady(again));
    assert_eq!(created["account_manager"], "-kam-");
}

#[test]
fn k_042_to_k_044_user_create_asks_for_institutions_and_rights() {
    let (dir, twin) = (peopled(), peopled());
    let mut terminal = Terminal::open(dir.path(), "user create --lang da");
    terminal
        .answers("E-mail address: ", "ida")
        .sees("is not an e-mail address")
        .answers("E-mail address: ", "Anna.Holm@example.dk")
        .sees("user anna.holm@example.dk exists already")
        .answers("E-mail address: ", "ida.lykkebo@example.dk")
        .answers("Name: ", "Ida Lykkebo")
        .answers("Institution (code, CVR or name): ", "oekonomistyrelse")
        .sees("did you mean \"oekonomistyrelsen\"?")
        .answers("Institution (code, CVR or name): ", "nedlagt")
        .sees("is archived")
        .answers("Institution (code, CVR or name): ", "10213231")
        .sees("Rights at oekonomistyrelsen")
        .sees("[ ] Rapporter")
        .types(" \r")
        .sees("anna.holm@example.dk is administrator of oekonomistyrelsen already")
        .sees("[ ] Rapporter")
        // The mark stands on the first line still: take it away, then mark the last two.
        .types(" jj j \r")
        .answers("Another institution: ", "Digitaliseringsstyrelsen")
        .sees("[ ] Rapporter")
        .types("\r")
        .sees("no right was marked")
        .sees("[ ] Rapporter")
        .types(" \r")
        .answers("Another institution: ", "")
        .answers("B-number (reports need it): ", "B123456")
        .answers("Phone, 8 digits: ", "70 10 10 10")
        .answers("Title: ", "")
        .sees("Som installationen")
        .types("jj\r")
        .sees("Who is behind the address")
        .types("\r");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let command = command_of(&screen);
    assert!(
        command.contains(
            "--rights oekonomistyrelsen:reader,reports --rights digitaliseringsstyrelsen:administrator"
        ),
        "{command}"
    );
    let created = json(dir.path(), "user show ida.lykkebo@example.dk");
    assert_eq!(created["language"], "nb");
    assert_eq!(steady(created), steady(item_of(twin.path(), &command)));
}

#[test]
fn contact_create_tells_at_once_which_roles_need_a_secure_address() {
    let (dir, twin) = (peopled(), peopled());
    let roles = json(dir.path(), "role list");
    let place = roles.as_array().unwrap().iter().position(|role| role["secure_email"] == true).unwrap();
    let down = "j".repeat(place);
    let mut terminal = Terminal::open(dir.path(), "contact create --unit 12345 --shared-email ''");
    terminal
        .answers("Institution (code, CVR or name): ", "oekonomistyrelsen")
        .answers("Name: ", "Pia Vad")
        .answers("Title: ", "")
        .answers("E-mail address: ", "pia.vad@example.dk")
        .answers("Is that a secure address? [y/N]", "n")
        .answers("Phone, 8 digits: ", "1")
        .sees("it has 1 digit, not 8")
        .answers("Phone, 8 digits: ", "70101010")
        .answers("Remarks (an empty line or . ends them): ", "Træffes \"altid\"; $HOME")
        .answers("  more: ", "ikke fredag")
        .answers("  more: ", "")
        .sees("Roles (space marks, Enter goes on)")
        .types(&format!("{down} \r"))
        .sees("is only for contacts with a secure e-mail address")
        .sees("Roles (space marks, Enter goes on)")
        .types(&format!("{down} {} \r", "k".repeat(place)));
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let command = command_of(&screen);
    let created = json(dir.path(), "contact show 1");
    assert_eq!(created["unit"], "accounting:12345");
    assert_eq!(created["roles"].as_array().unwrap().len(), 1);
    assert_eq!(created["remarks"], "Træffes \"altid\"; $HOME\nikke fredag");
    let (_, list, _) = run(dir.path(), "contact list --fields name,remarks");
    assert!(list.contains("$HOME↵ikke fredag"), "{list}");
    let (_, shown, _) = run(dir.path(), "contact show 1");
    assert!(shown.contains("$HOME\n") && shown.contains(" ikke fredag\n"), "{shown}");
    assert_eq!(steady(created), steady(item_of(twin.path(), &command)));
}

#[test]
fn contact_create_offers_the_units_of_the_institution() {
    let dir = peopled();
    let mut terminal = Terminal::open(dir.path(), "contact create --tenant 10213231 --dry-run --lang da");
    terminal
        .sees("Institutionen selv")
        .sees("Bogføringskreds 12345 Regnskab")
        .types("j\r")
        .answers("Name: ", "Pia Vad");
    for question in ["Title: ", "E-mail address: ", "Shared mailbox: ", "Phone, 8 digits: ", "ends them): "] {
        terminal.answers(question, "");
    }
    terminal.sees("Roles").types("\r");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(
        command_of(&screen),
        "portalctl contact create --tenant 10213231 --dry-run --lang da --unit accounting:12345 --name 'Pia Vad'"
    );
    assert_eq!(
        json(dir.path(), "contact list"),
        Value::Array(Vec::new()),
        "a dry run asks and keeps nothing"
    );
}

#[test]
fn k_056_signatory_set_asks_for_everything() {
    let (dir, twin) = (peopled(), peopled());
    let mut terminal = Terminal::open(dir.path(), "signatory set --lang da");
    terminal
        .answers("Institution (code, CVR or name): ", "")
        .sees("this cannot be empty")
        .answers("Institution (code, CVR or name): ", "34051178")
        .sees("Databehandleraftale")
        .types("j\r")
        .answers("Name: ", "Bo Lund")
        .answers("E-mail address: ", "bo.lund@")
        .sees("is not an e-mail address")
        .answers("E-mail address: ", "bo.lund@example.dk")
        .answers("Title or function: ", "Direktør")
        .answers("Phone, 8 digits: ", "70101010");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let command = command_of(&screen);
    assert!(command.contains("--tenant digitaliseringsstyrelsen --scope data-processing"), "{command}");
    let created = json(dir.path(), "signatory list --tenant digitaliseringsstyrelsen")[0].clone();
    assert_eq!(steady(created), steady(item_of(twin.path(), &command)));
}

#[test]
fn ticket_create_asks_and_takes_a_text_of_several_lines() {
    let (dir, twin) = (peopled(), peopled());
    let mut terminal = Terminal::open(dir.path(), "ticket create");
    terminal
        .answers("Institution (code, CVR or name): ", "digitaliseringsstyrelsen")
        .answers("Who asks (e-mail address): ", "anna.holm@example.dk")
        .sees("has no right at institution digitaliseringsstyrelsen")
        .sees("Who asks (e-mail address): ");
    assert_eq!(terminal.interrupts().0, 130);
    let mut terminal = Terminal::open(dir.path(), "ticket create --tenant 10213231");
    terminal
        .answers("Who asks (e-mail address): ", "anna.holm@example.dk")
        .answers("Subject: ", &"x".repeat(81))
        .sees("it has more than 80 characters")
        .answers("Subject: ", "Adgang til rapporter")
        .sees("Brugeradgang")
        .types("j\r")
        .answers("Text (an empty line or . ends it): ", "Jeg mangler 'adgang'.")
        .answers("  more: ", "100 % sikker")
        .answers("  more: ", ".");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let number = json(dir.path(), "ticket list")[0]["number"].as_str().unwrap().to_owned();
    let created = json(dir.path(), &format!("ticket show '{number}'"));
    assert_eq!(created["thread"][0]["text"], "Jeg mangler 'adgang'.\n100 % sikker");
    assert_eq!(created["type"], "user-access");
    let again = item_of(twin.path(), &command_of(&screen));
    assert_eq!(again["thread"][0]["text"], created["thread"][0]["text"]);
    assert_eq!(again["subject"], created["subject"]);
}

#[test]
fn ctrl_c_in_the_middle_leaves_nothing_behind() {
    let dir = peopled();
    let before = json(dir.path(), "audit head");
    for (line, question, cursor) in [
        ("user create --name Ida", "E-mail address: ", false),
        ("signatory set --tenant 10213231", "Kundeaftale", true),
    ] {
        let mut terminal = Terminal::with_escapes(dir.path(), line);
        terminal.sees(question);
        let (code, screen) = terminal.interrupts();
        assert_eq!(code, 130, "{screen}");
        assert!(screen.contains("interrupted; nothing was changed"), "{screen}");
        assert!(!screen.contains("no answer"), "{screen}");
        let (hidden, shown) = (screen.rfind("\u{1b}[?25l"), screen.rfind("\u{1b}[?25h"));
        assert!(!cursor || hidden < shown, "the cursor is seen again: {screen:?}");
    }
    assert_eq!(json(dir.path(), "audit head"), before);
}

#[test]
fn a_narrow_terminal_asks_the_same() {
    let dir = peopled();
    let binary_path = env!("CARGO_BIN_EXE_portalctl");
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("stty cols 60 rows 24; exec {binary_path} signatory set --tenant 10213231 --lang da"),
        ])
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm");
    let long = "Direktør for Center for Fællesoffentlig Administration og Styring i Staten";
    let mut terminal = Terminal::spawn(command);
    terminal
        .sees("Kundeaftale")
        .types("\r")
        .answers("Name: ", "Bo Lund")
        .answers("E-mail address: ", "bo.lund@example.dk")
        .answers("Title or function: ", long)
        .answers("Phone, 8 digits: ", "70101010");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(json(dir.path(), "signatory list")[0]["title"], long);
}

#[test]
fn without_a_terminal_everything_missing_is_named() {
    let world = World::peopled();
    for (line, missing) in [
        ("tenant create", "--cvr <CVR>, --name <NAME>"),
        ("user create --name Ida", "--email <EMAIL>"),
        ("contact create", "--tenant <TENANT>, --name <NAME>"),
        (
            "signatory set --tenant 10213231",
            "--scope <SCOPE>, --name <NAME>, --email <EMAIL>, --title <TITLE>, --phone <PHONE>",
        ),
        ("ticket create", "--tenant <TENANT>, --requester <EMAIL>, --subject <SUBJECT>"),
    ] {
        for flag in ["", " --yes", " --dry-run"] {
            let said = world.run(&format!("{line}{flag}"));
            let expected = format!("error: the following required arguments were not provided: {missing}\n");
            assert_eq!((said.code, said.err.starts_with(&expected)), (2, true), "{line}{flag}: {said}");
        }
        assert_eq!(world.refused(line), (2, "usage".to_owned()));
    }
}

#[test]
fn with_every_needed_flag_nothing_is_asked() {
    let dir = peopled();
    let terminal = Terminal::open(dir.path(), "tenant create --cvr 17143611 --name Ørkenrådet");
    let (code, screen) = terminal.ends();
    assert_eq!((code, screen.as_str()), (0, "tenant oerkenraadet: created\n"));
}

#[test]
fn a_saved_plan_is_stale_when_the_data_moved_on_and_back_while_its_question_stood() {
    let dir = peopled();
    let file = "schema: portalctl.state/1\ntenants: [{code: oekonomistyrelsen, units: []}]\n";
    std::fs::write(dir.path().join("state.yaml"), file).unwrap();
    json(dir.path(), "state plan state.yaml --out plan.json");
    let mut terminal = Terminal::open(dir.path(), "state apply plan.json");
    terminal.sees("This takes away 1 thing in");
    for ministry in ["Andet", ""] {
        json(dir.path(), &format!("tenant update oekonomistyrelsen --ministry '{ministry}'"));
    }
    let (code, screen) = {
        terminal.types("y\r");
        terminal.ends()
    };
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("the data changed since this plan was made"), "{screen}");
    assert_eq!(json(dir.path(), "unit show accounting:12345")["status"], "active");
}

#[test]
fn user_create_asks_nothing_for_an_address_that_exists() {
    let dir = peopled();
    let taken = Terminal::open(dir.path(), "user create --email Anna.Holm@example.dk");
    let (code, screen) = taken.ends();
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("user anna.holm@example.dk exists already"), "{screen}");
    let same = Terminal::open(dir.path(), "user create --email anna.holm@example.dk --if-not-exists");
    let (code, screen) = same.ends();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("what no flag says is left as it is"), "{screen}");
    assert!(screen.contains("unchanged"), "{screen}");
}

#[test]
fn issue_6_how_far_an_import_is_stands_on_a_terminal_only() {
    let dir = peopled();
    let rows: String = (0..20_000)
        .map(|area| format!("2025-03;A1;10213231;Bogføringskreds;12345;Område {area};10;9;1;;;;Nej\r\n"))
        .collect();
    let heading = "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;\
        Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet";
    std::fs::write(dir.path().join("large.csv"), format!("{heading}\r\n{rows}")).unwrap();
    let mut terminal = Terminal::open(dir.path(), "kpi import large.csv -n");
    terminal.sees("checking");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let (code, screen) = Terminal::open(dir.path(), "kpi import large.csv -n -q").ends();
    assert_eq!((code, screen.contains("checking")), (0, false), "{screen}");
    let (code, out, err) = run(dir.path(), "kpi import large.csv");
    assert_eq!(code, Some(0), "{err}");
    assert!(!format!("{out}{err}").contains("checking"), "{err}");
}
