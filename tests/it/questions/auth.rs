//! Coming in at a terminal: what is typed unseen, what is shown once, and what a "no" leaves as it was.

use std::path::Path;

use data_encoding::BASE32_NOPAD;
use portalctl::platform::secret::totp::TotpSecret;
use rexpect::process::{Signal, WaitStatus};

use super::terminal::{Terminal, json, peopled, run};

const ANNA: &str = "anna.holm@example.dk";
const PASSWORD: &str = "Kaffe#kop77-Sol";
const OTHER: &str = "Tog!perron-Blå42";
const SECRET: &str = "New password";
const AGAIN: &str = "The same again";

/// A folder with a database in which a password costs little.
fn world() -> tempfile::TempDir {
    let dir = peopled();
    json(dir.path(), "setting set password.argon2 m=1024,t=1,p=1");
    dir
}

/// The token of the last mail with a link.
fn token(dir: &Path) -> String {
    let mails = json(dir, "mail list --state queued");
    let mail = mails.as_array().unwrap().iter().find(|mail| mail["to"] == ANNA).unwrap()["id"].clone();
    let text = json(dir, &format!("mail show {mail}"))["text"].as_str().unwrap().to_owned();
    text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

/// Nothing of this is on the screen.
#[track_caller]
fn unseen(screen: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!screen.contains(secret), "it is seen: {screen}");
    }
}

#[track_caller]
fn ends_well(terminal: Terminal) -> String {
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    screen
}

fn activate(dir: &Path) {
    let mut terminal = Terminal::open(dir, "auth activate");
    terminal
        .answers_unseen("Token of the link", &token(dir))
        .answers_unseen(SECRET, PASSWORD)
        .answers_unseen(AGAIN, PASSWORD);
    ends_well(terminal);
}

fn log_in(dir: &Path, out: &str) {
    let mut terminal = Terminal::open(dir, &format!("auth login {ANNA} --out {out}"));
    terminal.answers_unseen(&format!("Password of {ANNA}"), PASSWORD);
    let screen = ends_well(terminal);
    unseen(&screen, &[PASSWORD]);
}

/// The code that the app shows so many steps from now.
fn code(app: &TotpSecret, steps: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "the real binary has the real clock")]
    let now = chrono::Utc::now();
    app.code(now + chrono::Duration::seconds(30 * steps)).unwrap().to_string()
}

/// The app as it is set up from the key that is typed in, where no camera is at hand.
fn app_of(screen: &str) -> TotpSecret {
    let (_, behind) = screen.split_once("type this key into it: ").unwrap();
    let key: String = behind.lines().next().unwrap().split_whitespace().collect();
    TotpSecret::from_bytes(&BASE32_NOPAD.decode(key.as_bytes()).unwrap()).unwrap()
}

/// The emergency code on a screen.
fn emergency_of(screen: &str) -> String {
    let (_, behind) = screen.split_once("shown this once:").unwrap();
    behind.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn v_005_activation_asks_for_the_password_twice_and_again_where_they_differ() {
    let dir = world();
    let token = token(dir.path());
    let mut terminal = Terminal::open(dir.path(), "auth activate");
    terminal
        .answers_unseen("Token of the link", &token)
        .answers_unseen(SECRET, PASSWORD)
        .answers_unseen(AGAIN, OTHER)
        .sees("These are not the same; once more, please")
        .answers_unseen(SECRET, PASSWORD)
        .answers_unseen(AGAIN, PASSWORD);
    let screen = ends_well(terminal);
    unseen(&screen, &[PASSWORD, OTHER, &token]);
    assert_eq!(json(dir.path(), &format!("user show {ANNA}"))["status"], "active");

    // Nobody is asked for a password that then cannot be set.
    let mut terminal = Terminal::open(dir.path(), "auth activate");
    terminal.answers_unseen("Token of the link", &token);
    let (code, screen) = terminal.ends();
    assert_eq!(code, 6, "{screen}");
    assert!(!screen.contains(SECRET), "{screen}");
}

#[test]
fn v_005_a_password_that_breaks_the_rule_leaves_the_link_to_be_used() {
    let dir = world();
    let mut terminal = Terminal::open(dir.path(), "auth activate");
    terminal
        .answers_unseen("Token of the link", &token(dir.path()))
        .answers_unseen(SECRET, "kort")
        .answers_unseen(AGAIN, "kort");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 2, "{screen}");
    unseen(&screen, &["kort\r", "\"kort\""]);
    assert_eq!(json(dir.path(), &format!("user show {ANNA}"))["status"], "invited");
    activate(dir.path());
}

#[test]
fn v_010_enrolment_draws_a_code_shows_the_key_and_hands_the_emergency_code_over_once() {
    let dir = world();
    activate(dir.path());
    log_in(dir.path(), "anna");
    assert_eq!(run(dir.path(), "ticket list --session anna").0, Some(6), "two steps are required");

    let screen = ends_well(Terminal::open(dir.path(), "auth mfa enrol --session anna"));
    let drawn: Vec<_> = screen.lines().filter(|line| line.contains('█') || line.contains('▀')).collect();
    assert!(drawn.len() > 15, "a QR code: {screen}");
    let app = app_of(&screen);

    // Saying that it is not saved: the second step is on, the emergency code opens nothing.
    let mut terminal = Terminal::open(dir.path(), "auth mfa confirm --session anna");
    terminal
        .answers_unseen("Code", &code(&app, 0))
        .sees("Your emergency code, shown this once:")
        .answers("I have safely copied and saved this code", "n");
    let screen = ends_well(terminal);
    assert!(screen.contains("there is no emergency code now"), "{screen}");
    let lost = emergency_of(&screen);
    assert!(screen.contains("portalctl auth mfa emergency-code"), "{screen}");
    assert_eq!(json(dir.path(), &format!("auth mfa status --user {ANNA}"))["emergency_code"], false);
    assert_eq!(
        run(dir.path(), "user me --session anna").0,
        Some(0),
        "the second step is on: the session is lifted"
    );

    let mut terminal = Terminal::open(dir.path(), "auth mfa emergency-code --session anna");
    terminal
        .answers_unseen("Code of the app in use", &code(&app, 1))
        .answers("I have safely copied and saved this code", "y");
    let screen = ends_well(terminal);
    let saved = emergency_of(&screen);
    assert_eq!((saved.len(), saved.matches('-').count()), (24, 4), "XXXX-XXXX-XXXX-XXXX-XXXX");
    assert_ne!(saved, lost);

    // With it one comes in once, and another follows; with the one that was not saved nobody does.
    let login = format!("auth login {ANNA} --out again --method emergency");
    let mut terminal = Terminal::open(dir.path(), &login);
    terminal.answers_unseen(&format!("Password of {ANNA}"), PASSWORD).answers_unseen("Emergency code", &lost);
    assert_eq!(terminal.ends().0, 6);
    let mut terminal = Terminal::open(dir.path(), &login);
    terminal
        .answers_unseen(&format!("Password of {ANNA}"), PASSWORD)
        .answers_unseen("Emergency code", &saved)
        .answers("I have safely copied and saved this code", "y");
    let screen = ends_well(terminal);
    assert_ne!(emergency_of(&screen), saved);
    unseen(&screen, &[PASSWORD, &saved]);
    assert_eq!(run(dir.path(), "ticket list --session again").0, Some(0));
    let (_, audit, _) = run(dir.path(), "audit list --format json");
    unseen(&audit, &[PASSWORD, &saved, &lost]);
}

#[test]
fn a_login_asks_for_the_code_and_shows_neither() {
    let dir = world();
    activate(dir.path());
    log_in(dir.path(), "anna");
    let app = app_of(&ends_well(Terminal::open(dir.path(), "auth mfa enrol --session anna")));
    let mut terminal = Terminal::open(dir.path(), "auth mfa confirm --session anna");
    terminal.answers_unseen("Code", &code(&app, 0)).answers("I have safely copied and saved this code", "y");
    ends_well(terminal);
    let mut terminal = Terminal::open(dir.path(), &format!("auth login {ANNA} --out again"));
    let digits = code(&app, 1);
    terminal
        .answers_unseen(&format!("Password of {ANNA}"), PASSWORD)
        .answers_unseen("Code of the authenticator app", &digits);
    let screen = ends_well(terminal);
    unseen(&screen, &[PASSWORD, &digits]);
    assert_eq!(run(dir.path(), "user me --session again").0, Some(0));
    // A wrong password asks for no code.
    let mut terminal = Terminal::open(dir.path(), &format!("auth login {ANNA} --out wrong"));
    terminal.answers_unseen(&format!("Password of {ANNA}"), OTHER);
    let (code, screen) = terminal.ends();
    assert_eq!(code, 6, "{screen}");
    assert!(!screen.contains("Code of") && !dir.path().join("wrong").exists(), "{screen}");
}

#[test]
fn a_password_is_changed_with_the_present_one_and_the_new_one_twice() {
    let dir = world();
    json(dir.path(), "setting set login.require-mfa false");
    activate(dir.path());
    log_in(dir.path(), "anna");
    let mut terminal = Terminal::open(dir.path(), "auth change-password --session anna");
    terminal
        .answers_unseen("Present password", "Forkert!gæt-99x")
        .answers_unseen(SECRET, OTHER)
        .answers_unseen(AGAIN, OTHER);
    assert_eq!(terminal.ends().0, 6, "the present one was wrong");
    let mut terminal = Terminal::open(dir.path(), "auth change-password --session anna");
    terminal
        .answers_unseen("Present password", PASSWORD)
        .answers_unseen(SECRET, OTHER)
        .answers_unseen(AGAIN, PASSWORD)
        .sees("These are not the same")
        .answers_unseen(SECRET, OTHER)
        .answers_unseen(AGAIN, OTHER);
    let screen = ends_well(terminal);
    unseen(&screen, &[PASSWORD, OTHER]);
    let mut terminal = Terminal::open(dir.path(), &format!("auth login {ANNA} --out old"));
    terminal.answers_unseen(&format!("Password of {ANNA}"), PASSWORD);
    assert_eq!(terminal.ends().0, 6, "the old one opens nothing");
}

#[test]
fn a_declined_question_and_an_interrupted_one_change_nothing() {
    let dir = world();
    json(dir.path(), "setting set login.require-mfa false");
    activate(dir.path());
    log_in(dir.path(), "anna");
    let before = json(dir.path(), "audit head");
    for line in [
        format!("auth mfa reset {ANNA} --reason tabt"),
        format!("user disable {ANNA} --reason slut"),
        format!("user remove {ANNA} --tenant oekonomistyrelsen"),
        format!("rights revoke {ANNA} --tenant oekonomistyrelsen --right administrator"),
    ] {
        let mut terminal = Terminal::open(dir.path(), &line);
        terminal.answers("[y/N]", "n");
        let (code, screen) = terminal.ends();
        assert_eq!(code, 7, "{line}: {screen}");
    }
    let unseen_question = || {
        let mut terminal = Terminal::open(dir.path(), "auth change-password --session anna");
        terminal.asks_unseen("Present password").types("halv");
        terminal
    };
    // No Enter follows: each of them ends the question by itself.
    let mut terminal = unseen_question();
    terminal.types("\u{3}");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("interrupted; nothing was changed"), "{screen}");
    for (signal, exit) in [
        (Signal::SIGINT, Some(130)),
        (Signal::SIGTERM, Some(143)),
        (Signal::SIGHUP, None),
        (Signal::SIGQUIT, None),
    ] {
        let (status, shows) = unseen_question().after_signal(signal);
        match status {
            WaitStatus::Exited(_, code) => assert_eq!(Some(code), exit, "{signal}"),
            WaitStatus::Signaled(_, by, _) => assert_eq!((by, None), (signal, exit)),
            other => panic!("{signal}: {other:?}"),
        }
        assert!(shows, "{signal}: what is typed is seen again");
    }
    // Ctrl-D is no answer, and so no wrong password. What was typed before it must be rubbed out first.
    let mut terminal = unseen_question();
    terminal.types("\u{15}\u{4}");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 7, "{screen}");
    assert!(screen.contains("no answer; nothing was changed"), "{screen}");
    assert_eq!(json(dir.path(), "audit head"), before);
    assert_eq!(run(dir.path(), "user me --session anna").0, Some(0), "the session goes on");
}

#[test]
fn k_020_an_administrator_at_a_terminal_is_not_told_who_is_known_elsewhere() {
    let dir = world();
    json(
        dir.path(),
        "user create --email sven@example.dk --name Sven --rights digitaliseringsstyrelsen:reader",
    );
    let line = format!("user create --as {ANNA} --reason proeve --rights oekonomistyrelsen:reader --dry-run");
    for email in ["sven@example.dk", "ganske.ny@example.dk"] {
        let mut terminal = Terminal::open(dir.path(), &line);
        terminal.answers("E-mail address: ", email).sees("Name: ");
        assert!(!terminal.screen().contains("exists already"), "{}", terminal.screen());
        assert_eq!(terminal.interrupts().0, 130);
    }
}
