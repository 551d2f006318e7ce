//! A world in which commands are typed: an empty folder, a clock that stands still, output that is kept.

pub mod smtp;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;

use chrono::{DateTime, Duration, Utc};
use portalctl::platform::env::{Clock, Entropy, Env, Operator, Stream};
use serde_json::Value;
use tempfile::TempDir;

/// A folder and a moment in which commands are typed.
pub struct World {
    pub dir: TempDir,
    pub now: Rc<Cell<DateTime<Utc>>>,
    entropy: Rc<Cell<u64>>,
    pub vars: BTreeMap<String, String>,
    pub width: Option<u16>,
}

/// What a command said and how it ended.
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: u8,
}

/// The rows themselves, for what no command does.
#[expect(clippy::disallowed_methods, reason = "a test arranges rows that no command would write")]
pub fn raw(path: impl AsRef<std::path::Path>) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

impl World {
    /// A world without a database, on 4 May 2026 at 10.00 in Copenhagen.
    pub fn empty() -> World {
        let now = DateTime::parse_from_rfc3339("2026-05-04T08:00:00Z").unwrap().to_utc();
        World {
            dir: tempfile::tempdir().unwrap(),
            now: Rc::new(Cell::new(now)),
            entropy: Rc::new(Cell::new(0)),
            vars: BTreeMap::new(),
            width: None,
        }
    }

    /// A world with a new database.
    pub fn new() -> World {
        let world = World::empty();
        world.run("init").ok();
        world
    }

    /// A world with two institutions, a unit of each kind and some people.
    pub fn peopled() -> World {
        let world = World::new();
        for line in [
            "tenant create --cvr 10213231 --name Økonomistyrelsen --ministry Finansministeriet",
            "tenant create --cvr 34051178 --name Digitaliseringsstyrelsen",
            "unit create --tenant 10213231 --kind accounting --number 12345 --name Regnskab",
            "unit create --tenant 10213231 --kind payroll --number 999",
            "user create --email anna.holm@oes.example.dk --name 'Anna Holm' --b-number B123456 --rights oekonomistyrelsen:administrator",
            "user create --email ida.lykkebo@oes.example.dk --name 'Ida Lykkebo' --rights oekonomistyrelsen:reader,reports",
            "user create --email jonas.brandtoft@sam.example.dk --name 'Jonas Brandtoft' --staff caseworker",
        ] {
            world.run(line).ok();
        }
        world
    }

    /// Types a command, as a shell would split it.
    #[must_use = "look at what it said, or assert the exit code with .ok()"]
    pub fn run(&self, line: &str) -> Said {
        self.run_with_input(line, "")
    }

    /// Types a command with something on standard input.
    pub fn run_with_input(&self, line: &str, input: &str) -> Said {
        self.run_with_stdin(line, Box::new(std::io::Cursor::new(input.as_bytes().to_vec())))
    }

    /// Types a command whose standard input comes from anywhere.
    pub fn run_with_stdin(&self, line: &str, stdin: Box<dyn std::io::Read>) -> Said {
        let (out, err) = (Buffer::default(), Buffer::default());
        let stream = |buffer: &Buffer| Stream {
            writer: Box::new(buffer.clone()),
            is_terminal: self.width.is_some(),
            width: self.width,
        };
        let mut env = Env {
            clock: Clock::Story(Rc::clone(&self.now)),
            entropy: Entropy::Counter(Rc::clone(&self.entropy)),
            vars: self.vars.clone(),
            cwd: self.dir.path().to_owned(),
            stdin,
            stdin_is_terminal: false,
            stdout: stream(&out),
            stderr: stream(&err),
            operator: Operator { os_user: "drift".into(), sudo_user: None, host: "testhost".into() },
        };
        let mut words = vec!["portalctl".to_owned()];
        words.extend(shell_words::split(line).unwrap());
        let exit = portalctl::run(&mut env, words);
        Said { out: out.text(), err: err.text(), code: exit.code() }
    }

    /// Types a command under `--format json` and reads its answer.
    pub fn json(&self, line: &str) -> Value {
        let said = self.run(&format!("{line} --format json"));
        serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{line}: {e}\n{said}"))
    }

    /// Types a command that must fail; answers with its exit code and the error's code.
    pub fn refused(&self, line: &str) -> (u8, String) {
        let said = self.run(&format!("{line} --format json"));
        assert_ne!(said.code, 0, "{line} was not refused\n{said}");
        assert_eq!(said.out, "", "{line}: stdout must be empty");
        let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|e| panic!("{line}: {e}\n{said}"));
        (said.code, error["error"]["code"].as_str().unwrap().to_owned())
    }

    /// Moves the clock on.
    pub fn wait(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }
}

impl Said {
    /// Asserts that it went well.
    #[track_caller]
    pub fn ok(self) -> Said {
        assert_eq!(self.code, 0, "{self}");
        self
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.out)?;
        if !self.err.is_empty() {
            write!(f, "------- stderr -------\n{}", self.err)?;
        }
        if self.code != 0 {
            write!(f, "[exit code {}]", self.code)?;
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
