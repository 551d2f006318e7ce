//! Questions on a terminal: the real binary behind a pseudo-terminal, asked and answered.

use std::path::Path;
use std::process::{Command, Stdio};

use rexpect::process::WaitStatus;
use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};
use serde_json::Value;

use crate::support::World;

/// How long to look before looking again, and how often: 30 seconds, for a busy machine. When all goes well nothing
/// waits for it.
const LOOK_MS: u64 = 3_000;
const LOOKS: usize = 10;

/// A person at a terminal who has typed a command.
struct Terminal {
    session: PtySession,
    seen: String,
}

fn binary(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(dir).env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm");
    command
}

/// Types a command without a terminal; answers with its exit code, stdout and stderr.
fn run(dir: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = binary(dir).args(shell_words::split(line).unwrap()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(dir: &Path, line: &str) -> Value {
    let (code, out, err) = run(dir, &format!("{line} --format json"));
    assert_eq!(code, Some(0), "{line}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// A folder with a database that the real binary takes.
fn peopled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for line in [
        "init",
        "tenant create --cvr 10213231 --name Økonomistyrelsen",
        "tenant create --cvr 34051178 --name Digitaliseringsstyrelsen",
        "tenant create --cvr 53383211 --name Nedlagt",
        "tenant archive nedlagt --yes",
        "unit create --tenant 10213231 --kind accounting --number 12345 --name Regnskab",
        "user create --email anna.holm@example.dk --name 'Anna Holm' --rights oekonomistyrelsen:administrator",
        "ticket type create --code user-access --name Brugeradgang",
    ] {
        let (code, _, err) = run(dir.path(), line);
        assert_eq!(code, Some(0), "{line}: {err}");
    }
    dir
}

impl Terminal {
    fn open(dir: &Path, line: &str) -> Terminal {
        let mut command = binary(dir);
        command.args(shell_words::split(line).unwrap());
        Terminal::spawn(command)
    }

    fn spawn(command: Command) -> Terminal {
        let options = Options::new().timeout_ms(Some(LOOK_MS)).strip_ansi_escape_codes(true);
        Terminal { session: spawn_with_options(command, options).unwrap(), seen: String::new() }
    }

    /// Waits until this is on the screen.
    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Terminal {
        // The reader takes every byte for a character.
        let needle: String = text.bytes().map(char::from).collect();
        let before = self.patiently(text, |session| session.exp_string(&needle));
        self.seen.push_str(&format!("{before}{needle}"));
        self
    }

    #[track_caller]
    fn patiently(
        &mut self,
        text: &str,
        mut look: impl FnMut(&mut PtySession) -> Result<String, rexpect::error::Error>,
    ) -> String {
        for last in (0..LOOKS).map(|n| n + 1 == LOOKS) {
            match look(&mut self.session) {
                Ok(found) => return found,
                Err(rexpect::error::Error::Timeout { .. }) if !last => {}
                Err(e) => panic!("waited for {text:?}: {e}\nafter: {}", as_text(&self.seen)),
            }
        }
        unreachable!("the last look answers")
    }

    /// Waits for a question and answers it.
    #[track_caller]
    fn answers(&mut self, question: &str, answer: &str) -> &mut Terminal {
        self.sees(question).types(&format!("{answer}\r"))
    }

    fn types(&mut self, keys: &str) -> &mut Terminal {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
        self
    }

    /// Presses Ctrl-C until it ends. One pressed in the very moment in which the terminal changes its mode is only
    /// noted.
    #[track_caller]
    fn interrupts(mut self) -> (i32, String) {
        let rest = self.patiently("the end", |session| {
            session.send_control('c')?;
            session.exp_eof()
        });
        self.ended(&rest)
    }

    /// Waits for the end; answers with the exit code and all that was on the screen.
    #[track_caller]
    fn ends(mut self) -> (i32, String) {
        let rest = self.patiently("the end", |session| session.exp_eof());
        self.ended(&rest)
    }

    #[track_caller]
    fn ended(mut self, rest: &str) -> (i32, String) {
        self.seen.push_str(rest);
        let WaitStatus::Exited(_, code) = self.session.process().wait().unwrap() else {
            panic!("it did not end by itself: {}", as_text(&self.seen))
        };
        (code, as_text(&self.seen).replace('\r', ""))
    }
}

fn as_text(seen: &str) -> String {
    let bytes: Vec<u8> = seen.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The command that is said to do the same.
#[track_caller]
fn command_of(screen: &str) -> String {
    let (_, behind) =
        screen.split_once("The same without questions:\n").unwrap_or_else(|| panic!("{screen}"));
    behind.lines().next().unwrap().to_owned()
}

/// Types the command shown into a shell, as a rehearsal where nothing of it is there yet.
#[track_caller]
fn item_of(dir: &Path, command: &str) -> Value {
    let binary = env!("CARGO_BIN_EXE_portalctl");
    let command = command.replacen("portalctl ", &format!("{binary} "), 1);
    let output = Command::new("sh")
        .args(["-c", &format!("{command} --dry-run --format json")])
        .current_dir(dir)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["item"].clone()
}

/// What is the same each time a thing is created.
fn steady(mut item: Value) -> Value {
    for moving in ["created_at", "updated_at", "since", "number", "thread", "id"] {
        item.as_object_mut().unwrap().remove(moving);
    }
    item
}

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
        .sees("it is empty")
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
        .sees("as the installation")
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
        .answers("Remarks: ", "Træffes \"altid\"; $HOME")
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
    assert_eq!(created["remarks"], "Træffes \"altid\"; $HOME");
    assert_eq!(steady(created), steady(item_of(twin.path(), &command)));
}

#[test]
fn contact_create_offers_the_units_of_the_institution() {
    let dir = peopled();
    let mut terminal = Terminal::open(dir.path(), "contact create --tenant 10213231 --dry-run --lang da");
    terminal
        .sees("the institution itself")
        .sees("Bogføringskreds 12345 Regnskab")
        .types("j\r")
        .answers("Name: ", "Pia Vad");
    for question in ["Title: ", "E-mail address: ", "Shared mailbox: ", "Phone, 8 digits: ", "Remarks: "] {
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
        let mut command = binary(dir.path());
        command.args(shell_words::split(line).unwrap());
        let options = Options::new().timeout_ms(Some(LOOK_MS));
        let mut terminal =
            Terminal { session: spawn_with_options(command, options).unwrap(), seen: String::new() };
        terminal.sees(question);
        let (code, screen) = terminal.interrupts();
        assert_eq!(code, 130, "{screen}");
        assert!(screen.contains("nothing was changed"), "{screen}");
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

#[test]
fn with_every_needed_flag_nothing_is_asked() {
    let dir = peopled();
    let terminal = Terminal::open(dir.path(), "tenant create --cvr 17143611 --name Ørkenrådet");
    let (code, screen) = terminal.ends();
    assert_eq!((code, screen.as_str()), (0, "tenant oerkenraadet: created\n"));
}
