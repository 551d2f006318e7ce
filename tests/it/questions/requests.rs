//! Requests by mail: shown, completed, confirmed.

use serde_json::Value;

use super::terminal::{Terminal, command_of, item_of, json, peopled, steady};
use crate::support::World;

const ADMINISTRATOR: &str = "Fra: Karen Rasmussen\nEmne: Administrator\n\nCVR-nummer (flere muligt): 34051178 og 10213231\n\
    Navn: Søren Ærø\nE-mailadresse: soeren.aeroe@example.dk\nB-nummer: B765432\nTelefonnummer: 70 10 10 10\n\n\
    Med venlig hilsen\nKaren\n";

#[test]
fn k_032_a_request_is_shown_completed_and_confirmed() {
    let (dir, twin) = (peopled(), peopled());
    // Windows-1252, as an older mail program saves it.
    let bytes: Vec<u8> = ADMINISTRATOR.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    std::fs::write(dir.path().join("mail.txt"), bytes).unwrap();
    let mut terminal = Terminal::open(dir.path(), "user create --from-request mail.txt --lang da");
    terminal
        .sees("Understood from the request:")
        .sees("CVR-nummer      34051178, 10213231")
        .sees("Digitaliseringsstyrelsen (digitaliseringsstyrelsen), Økonomistyrelsen (oekonomistyrelsen)")
        .sees("Navn            Søren Ærø")
        .sees("B-nummer        B765432")
        // Without an administrator that is proposed, otherwise reader.
        .sees("[x] Administrator")
        .types("\r")
        .sees("Rights at oekonomistyrelsen")
        .sees("[x] Læser")
        .types("\r")
        .sees("The same without questions:")
        .answers("digitaliseringsstyrelsen: administrator; oekonomistyrelsen: reader? [y/N]", "y");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let command = command_of(&screen);
    assert!(!command.contains("--from-request"), "{command}");
    let created = json(dir.path(), "user show soeren.aeroe@example.dk");
    assert_eq!(created["name"], "Søren Ærø");
    assert_eq!(steady(created), steady(item_of(twin.path(), &command)));
}

#[test]
fn a_request_is_pasted_at_the_terminal_and_declined() {
    let dir = peopled();
    let mut terminal = Terminal::open(dir.path(), "signatory set --from-request -");
    terminal
        .sees("Ctrl-D on a line of its own ends it")
        .types("CVR-nummer: 10213231\nNavn: Bo Lund\nE-mail: bo.lund@example.dk\nB-nummer: B1234\nTitel/funktion: Chef\n\u{4}")
        .sees("Navn            Bo Lund")
        .sees("The B-number was passed over")
        .sees("Kundeaftale")
        .types("\r")
        .answers("Phone, 8 digits: ", "70101010")
        .answers("Make Bo Lund (bo.lund@example.dk) signatory of oekonomistyrelsen (customer)? [y/N]", "n");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 7, "{screen}");
    assert_eq!(json(dir.path(), "signatory list"), Value::Array(Vec::new()));
}

#[test]
fn a_request_without_a_terminal_needs_the_right_and_a_yes() {
    let world = World::peopled();
    world.write("mail.txt", ADMINISTRATOR);
    let said = world.run("user create --from-request mail.txt");
    assert_eq!(said.code, 2, "{said}");
    assert!(said.err.contains("not provided: --rights <TENANT:RIGHT,…>"), "{said}");
    let line = "user create --from-request - --rights digitaliseringsstyrelsen:administrator";
    assert_eq!(world.run_with_input(line, ADMINISTRATOR).code, 7);
    let said = world.run_with_input(&format!("{line} --dry-run"), ADMINISTRATOR).ok();
    assert!(said.err.contains("Understood from the request:"), "{said}");
    let said =
        world.run_with_input(&format!("{line} --name 'Søren Ø. Ærø' --yes --quiet"), ADMINISTRATOR).ok();
    assert_eq!(said.err, "");
    assert_eq!(world.json("user show soeren.aeroe@example.dk")["name"], "Søren Ø. Ærø", "a flag overrules");
    assert_eq!(
        world.refused("user create --from-request mail.txt --staff caseworker"),
        (5, "user.exists".to_owned())
    );
}

#[test]
fn k_056_a_signatory_request_without_a_terminal() {
    let world = World::peopled();
    world.write("mail.txt", "CVR-nummer:\n10213231\nNavn: Bo Lund\nE-mailadresse: bo.lund@example.dk\nTitel/funktion: Chef\nTelefonnummer: 70101010\n");
    let said = world.run("signatory set --from-request mail.txt --yes");
    assert_eq!((said.code, said.err.contains("not provided: --scope <SCOPE>\n")), (2, true), "{said}");
    assert_eq!(
        world.refused("signatory set --from-request mail.txt --scope other"),
        (7, "confirm.needed".to_owned())
    );
    world.run("signatory set --from-request mail.txt --scope other --yes").ok();
    assert_eq!(world.json("signatory list")[0]["title"], "Chef");
    world.run("tenant create --cvr 10213231 --name Tvilling").ok();
    let said = world.run("signatory set --from-request mail.txt --scope other --yes");
    assert_eq!(said.code, 5, "{said}");
    assert!(said.err.contains("oekonomistyrelsen") && said.err.contains("tvilling"), "{said}");
    world.run("signatory set --from-request mail.txt --scope customer --tenant tvilling --yes").ok();
    world.write("wrong.txt", "Navn: Bo Lund\nTelefonnummer: 12\n");
    let said = world.run("signatory set --from-request wrong.txt --yes");
    assert_eq!(said.code, 65, "{said}");
    assert!(
        said.err.contains("line 2: Telefonnummer: \"12\" is not a phone number: it has 2 digits, not 8"),
        "{said}"
    );
    assert_eq!(world.refused("signatory set --from-request none.txt").0, 4);
}

const UNCLEAR: &str = "CVR-nummer: 17143611, 12345678, 34051178\nNavn: Eva Dal\nE-mail: eva@example.dk eva2@example.dk\n\
    Telefon: 12345\n";

#[test]
fn what_a_request_leaves_unclear_is_marked_and_asked_for() {
    let (dir, twin) = (peopled(), peopled());
    for dir in [&dir, &twin] {
        let (code, _, err) = super::terminal::run(dir.path(), "tenant create --cvr 34051178 --name Tvilling");
        assert_eq!(code, Some(0), "{err}");
    }
    std::fs::write(dir.path().join("mail.txt"), UNCLEAR).unwrap();
    let mut terminal = Terminal::open(dir.path(), "user create --from-request mail.txt --lang da");
    terminal
        .sees("! \"12345678\" is not a CVR number")
        .sees("! CVR 17143611: ")
        .sees("! CVR 34051178 is shared by Digitaliseringsstyrelsen (digitaliseringsstyrelsen), Tvilling (tvilling)")
        .sees("E-mailadresse   ! \"eva@example.dk eva2@example.dk\" is not an e-mail address")
        .sees("Telefonnummer   ! \"12345\" is not a phone number")
        .answers("E-mail address: ", "eva@example.dk")
        .answers("Institution in place of CVR 17143611 (code, CVR or name): ", "oekonomistyrelse")
        .sees("did you mean \"oekonomistyrelsen\"?")
        .answers("Institution in place of CVR 17143611 (code, CVR or name): ", "")
        .sees("Which institution of CVR 34051178")
        .sees("Tvilling")
        .types("j\r")
        .answers("Institution in place of \"12345678\" (code, CVR or name): ", "")
        .sees("Rights at tvilling")
        .types("\r")
        .answers("Phone, 8 digits: ", "70101010")
        .answers("tvilling: administrator? [y/N]", "y");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    let created = json(dir.path(), "user show eva@example.dk");
    assert_eq!(created["phone"], "70101010");
    assert_eq!(steady(created), steady(item_of(twin.path(), &command_of(&screen))));
}

#[test]
fn flags_overrule_what_cannot_be_read_and_are_held_against_the_cvr_numbers() {
    let world = World::peopled();
    world.write("mail.txt", UNCLEAR);
    let line = "user create --from-request mail.txt --yes";
    let said = world.run(line);
    assert_eq!(said.code, 65, "{said}");
    for fault in ["CVR-nummer: ", "E-mail: ", "Telefon: \"12345\""] {
        assert!(said.err.contains(fault), "{said}");
    }
    assert_eq!(world.run(&format!("{line} --email eva@example.dk")).code, 65);
    let flags = "--email eva@example.dk --phone 70101010 --rights oekonomistyrelsen:reader";
    let said = world.run(&format!("{line} {flags}")).ok();
    assert!(
        said.err.contains(
            "oekonomistyrelsen, which has CVR 10213231, but the request names CVR 17143611, 34051178"
        ),
        "{said}"
    );
    world.write(
        "lost.txt",
        "CVR-nummer: 17143611\nNavn: Bo Lund\nE-mail: bo.lund@example.dk\nTelefon: 70101010\nTitel: Chef\n",
    );
    assert_eq!(world.refused("signatory set --from-request lost.txt --scope other").0, 4);
    let line = "signatory set --from-request lost.txt --scope other --tenant 10213231 --yes --format json";
    assert!(world.run(line).ok().out.contains("request.other-tenant"));
    world.run("tenant create --cvr 10213231 --name Tvilling").ok();
    world.write("shared.txt", "CVR-nummer: 10213231\nNavn: Bo Lund\nE-mail: bo.lund@example.dk\n");
    let said = world.run("user create --from-request shared.txt --yes");
    assert_eq!((said.code, said.err.contains("`--rights CODE:RIGHT`")), (5, true), "{said}");
}

#[test]
fn a_signatory_of_a_shared_or_unknown_cvr_number_is_asked_where() {
    let dir = peopled();
    let mail = "Navn: Bo Lund\nE-mail: bo.lund@example.dk\nTitel: Chef\nTelefon: 70101010\nB-nummer: ?\n";
    std::fs::write(dir.path().join("lost.txt"), format!("CVR-nummer: 17143611\n{mail}")).unwrap();
    let line = "signatory set --scope other --from-request";
    let mut terminal = Terminal::open(dir.path(), &format!("{line} lost.txt"));
    terminal
        .sees("! CVR 17143611: ")
        .answers("Institution (code, CVR or name): ", "10213231")
        .answers("signatory of oekonomistyrelsen (other)? [y/N]", "n");
    assert_eq!(terminal.ends().0, 7);
    super::terminal::run(dir.path(), "tenant create --cvr 10213231 --name Tvilling");
    std::fs::write(dir.path().join("shared.txt"), format!("CVR-nummer: 10213231\n{mail}")).unwrap();
    let mut terminal = Terminal::open(dir.path(), &format!("{line} shared.txt"));
    terminal
        .sees("! CVR 10213231 is shared by")
        .sees("Signatory of which of them")
        .sees("Tvilling")
        .types("j\r")
        .answers("signatory of tvilling (other)? [y/N]", "y");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
}
