//! Everything from outside: clock, randomness, environment, streams, terminal, operator.
//!
//! Nothing else in the program asks the system for these (clippy's `disallowed-methods` hold that). The release
//! binary builds exactly one `Env`, from the system; tests and `demo` build their own.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::rc::Rc;

use chrono::{DateTime, SubsecRound, Utc};

use crate::platform::error::{Error, Result};

/// Where the time comes from.
#[derive(Clone)]
pub enum Clock {
    /// The machine's own clock.
    System,
    /// A clock that stands still until it is moved; only an example world's database accepts it.
    Story(Rc<Cell<DateTime<Utc>>>),
}

impl Clock {
    /// The time now, to the second.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => system_now(),
            Clock::Story(cell) => cell.get(),
        }
    }

    /// Whether this is the machine's own clock.
    pub fn is_system(&self) -> bool {
        matches!(self, Clock::System)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

/// Where randomness comes from.
#[derive(Clone)]
pub enum Entropy {
    /// The operating system.
    System,
    /// A counter, for tests that compare bytes.
    Counter(Rc<Cell<u64>>),
}

impl Entropy {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0_u8; N];
        match self {
            Entropy::System => system_random(&mut bytes)?,
            Entropy::Counter(counter) => {
                counter.set(counter.get().wrapping_add(1));
                let mut state = counter.get().wrapping_mul(0x9E37_79B9_7F4A_7C15);
                for byte in &mut bytes {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    *byte = (state >> 32) as u8;
                }
            }
        }
        Ok(bytes)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
fn system_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| Error::internal(format!("no randomness from the system: {e}")))
}

/// One of the two output streams, with what is known of the terminal behind it.
pub struct Stream {
    /// Where the bytes go.
    pub writer: Box<dyn Write>,
    /// Whether a person's terminal is at the other end.
    pub is_terminal: bool,
    /// Columns of that terminal.
    pub width: Option<u16>,
}

/// Who runs the program, as the operating system tells.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The login name of the process.
    pub os_user: String,
    /// Who became that user with sudo.
    pub sudo_user: Option<String>,
    /// The machine.
    pub host: String,
}

/// Everything from outside.
pub struct Env {
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// Environment variables.
    pub vars: BTreeMap<String, String>,
    /// The folder that relative paths are meant from.
    pub cwd: PathBuf,
    /// Standard input.
    pub stdin: Box<dyn Read>,
    /// Whether a person types on standard input.
    pub stdin_is_terminal: bool,
    /// The answer.
    pub stdout: Stream,
    /// Everything else.
    pub stderr: Stream,
    /// Who runs the program.
    pub operator: Operator,
}

impl Env {
    /// The real world, as `main` hands it in.
    pub fn system() -> Result<Env> {
        let width = comfy_width();
        let cwd = std::env::current_dir().map_err(|e| Error::io("the current folder", &e))?;
        let vars = system_vars();
        let sudo_user = vars.get("SUDO_USER").filter(|name| !name.is_empty()).cloned();
        Ok(Env {
            clock: Clock::System,
            entropy: Entropy::System,
            cwd,
            stdin: Box::new(std::io::stdin()),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout: Stream {
                is_terminal: std::io::stdout().is_terminal(),
                width,
                writer: Box::new(std::io::BufWriter::with_capacity(64 * 1024, std::io::stdout())),
            },
            stderr: Stream {
                is_terminal: std::io::stderr().is_terminal(),
                width,
                writer: Box::new(std::io::stderr()),
            },
            operator: Operator {
                os_user: whoami::username().unwrap_or_else(|_| "unknown".to_owned()),
                sudo_user,
                host: gethostname::gethostname().to_string_lossy().into_owned(),
            },
            vars,
        })
    }

    /// An environment variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A path as the user meant it: relative to the current folder.
    pub fn path(&self, path: impl AsRef<std::path::Path>) -> PathBuf {
        self.cwd.join(path)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn system_vars() -> BTreeMap<String, String> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

fn comfy_width() -> Option<u16> {
    terminal_size::terminal_size().map(|(width, _)| width.0)
}
