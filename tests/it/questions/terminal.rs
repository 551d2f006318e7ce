//! A person at a terminal, and what they would see and get otherwise.

use std::path::Path;
use std::process::{Command, Stdio};

use rexpect::process::{Signal, WaitStatus};
use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};
use serde_json::Value;

/// How long to look before looking again, and how often: 30 seconds, for a busy machine. When all goes well nothing
/// waits for it.
const LOOK_MS: u64 = 3_000;
const LOOKS: usize = 20;

/// A person at a terminal who has typed a command.
pub struct Terminal {
    session: PtySession,
    seen: String,
}

pub fn binary(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(dir).env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm");
    command
}

/// A command at a terminal that shows what is typed, as a person's does: the one that the tests get does not.
fn at_a_terminal(dir: &Path, line: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "stty echo; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_portalctl")])
        .args(shell_words::split(line).unwrap())
        .current_dir(dir)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm");
    command
}

/// Types a command without a terminal; answers with its exit code, stdout and stderr.
pub fn run(dir: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = binary(dir).args(shell_words::split(line).unwrap()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub fn json(dir: &Path, line: &str) -> Value {
    let (code, out, err) = run(dir, &format!("{line} --format json"));
    assert_eq!(code, Some(0), "{line}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// A folder with a database that the real binary takes.
pub fn peopled() -> tempfile::TempDir {
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
    pub fn open(dir: &Path, line: &str) -> Terminal {
        Terminal::spawn(at_a_terminal(dir, line))
    }

    /// A terminal whose control sequences are kept.
    pub fn with_escapes(dir: &Path, line: &str) -> Terminal {
        Terminal::look_at(at_a_terminal(dir, line), false)
    }

    pub fn spawn(command: Command) -> Terminal {
        Terminal::look_at(command, true)
    }

    fn look_at(command: Command, strip: bool) -> Terminal {
        let options = Options::new().timeout_ms(Some(LOOK_MS)).strip_ansi_escape_codes(strip);
        Terminal { session: spawn_with_options(command, options).unwrap(), seen: String::new() }
    }

    /// Waits until this is on the screen.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Terminal {
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
    pub fn answers(&mut self, question: &str, answer: &str) -> &mut Terminal {
        self.sees(question).types(&format!("{answer}\r"))
    }

    /// As [`Terminal::asks_unseen`], and answers it.
    #[track_caller]
    pub fn answers_unseen(&mut self, question: &str, answer: &str) -> &mut Terminal {
        self.asks_unseen(question).types(&format!("{answer}\r"))
    }

    /// Waits for a question whose answer is not to be seen, and until the terminal shows nothing of what is typed.
    #[track_caller]
    pub fn asks_unseen(&mut self, question: &str) -> &mut Terminal {
        self.sees(question);
        for _ in 0..1_000 {
            if !self.shows_typing() {
                return self;
            }
        }
        panic!("what is typed would be seen\nafter: {}", as_text(&self.seen))
    }

    fn shows_typing(&self) -> bool {
        let terminal = self.session.process().get_file_handle().unwrap();
        let stty = Command::new("stty").arg("-a").stdin(terminal).output().unwrap();
        !String::from_utf8_lossy(&stty.stdout).contains("-echo ")
    }

    /// Is sent one signal, without a key pressed; answers with how it ended and whether the terminal then shows again
    /// what is typed.
    #[track_caller]
    pub fn after_signal(mut self, signal: Signal) -> (WaitStatus, bool) {
        self.session.process_mut().signal(signal).unwrap();
        let status = self.session.process().wait().unwrap();
        (status, self.shows_typing())
    }

    /// All that was on the screen so far.
    pub fn screen(&self) -> String {
        as_text(&self.seen)
    }

    pub fn types(&mut self, keys: &str) -> &mut Terminal {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
        self
    }

    /// Presses Ctrl-C until it ends. One pressed in the very moment in which the terminal changes its mode is only
    /// noted.
    #[track_caller]
    pub fn interrupts(mut self) -> (i32, String) {
        let rest = self.patiently("the end", |session| {
            // Where it has ended already there is nobody to send it to.
            let _ = session.send_control('c');
            session.exp_eof()
        });
        self.ended(&rest)
    }

    /// Waits for the end; answers with the exit code and all that was on the screen.
    #[track_caller]
    pub fn ends(mut self) -> (i32, String) {
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
pub fn command_of(screen: &str) -> String {
    let (_, behind) =
        screen.split_once("The same without questions:\n").unwrap_or_else(|| panic!("{screen}"));
    // A quoted text of several lines is part of it.
    let mut command = String::new();
    for line in behind.lines() {
        command.push_str(line);
        if shell_words::split(&command).is_ok() {
            break;
        }
        command.push('\n');
    }
    command
}

/// Types the command shown into a shell, as a rehearsal where nothing of it is there yet.
#[track_caller]
pub fn item_of(dir: &Path, command: &str) -> Value {
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

/// What is the same each time a thing is created, and however it is looked at.
pub fn steady(mut item: Value) -> Value {
    for moving in
        ["created_at", "updated_at", "since", "number", "thread", "id", "locked_until", "sms_locked_until"]
    {
        item.as_object_mut().unwrap().remove(moving);
    }
    item
}
