//! What a command has in hand: the outside world, the global flags, the configuration, and doors to the database.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use crate::platform::actor::{Actor, Principal};
use crate::platform::blob::Spooled;
use crate::platform::config::Config;
use crate::platform::db::{Connection, Db, Options, Tx};
use crate::platform::env::Env;
use crate::platform::error::{Error, Result};
use crate::platform::files;
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;
use crate::platform::ui::progress::Progress;
use crate::platform::ui::render::{Format, Manner, Sink};
use crate::platform::ui::{errors, prompt};

/// Bytes that a line of standard input may have: a password of 256 characters, a token or a code.
const LONGEST_LINE: usize = 4096;

/// The global flags that commands look at.
#[derive(Debug, Clone)]
pub struct Global {
    /// How the answer is to look.
    pub manner: Manner,
    /// Do it all, then roll back.
    pub dry_run: bool,
    /// Answer confirmations with yes.
    pub yes: bool,
    /// Say less on stderr.
    pub quiet: bool,
    /// Say more on stderr.
    pub verbose: bool,
    /// Why.
    pub reason: Option<String>,
    /// How long to wait for what is busy.
    pub wait: Duration,
    /// Whether stderr is coloured.
    pub colour: bool,
}

/// Runs a command line in another world; how `demo` types its commands.
pub type RunCommand = fn(&mut Env, Vec<String>) -> crate::platform::exit::Exit;

/// With whose rights a command runs.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Who really runs it, where that is not the person at the machine: a logged-in user.
    pub real: Option<String>,
    /// Whose rights count.
    pub principal: Principal,
    /// The row of the session, of whoever logged in.
    pub session: Option<i64>,
    /// The file that names the session.
    pub session_file: Option<PathBuf>,
    /// Looked at again inside every write, so that who was shut out meanwhile changes nothing any more.
    pub still_in: fn(&Connection, DateTime<Utc>, &Identity) -> Result<()>,
}

impl Identity {
    /// The person at the machine.
    pub fn operator() -> Identity {
        Identity {
            real: None,
            principal: Principal::Operator,
            session: None,
            session_file: None,
            still_in: |_, _, _| Ok(()),
        }
    }

    /// Whether this is the person at the machine with someone else's rights (`--as`).
    pub fn is_acting_as(&self) -> bool {
        self.session.is_none() && matches!(self.principal, Principal::Provider(_) | Principal::User(_))
    }
}

/// What a command has in hand.
pub struct Ctx<'e> {
    /// The outside world.
    pub env: &'e mut Env,
    /// The global flags.
    pub global: Global,
    /// The configuration in force.
    pub config: Config,
    /// With whose rights the command runs.
    pub identity: Identity,
    /// The front door, for a command that types others.
    pub run_command: RunCommand,
    /// The command line as it was typed, without the program's name.
    pub typed: Vec<String>,
}

impl Ctx<'_> {
    /// Who acts.
    pub fn actor(&self) -> Actor {
        let at_the_machine = Actor::operator(&self.env.operator, self.global.reason.clone());
        Actor {
            real: self.identity.real.clone().unwrap_or(at_the_machine.real),
            effective: self.identity.principal.clone(),
            reason: at_the_machine.reason,
        }
    }

    /// The language of labels and documents.
    pub fn lang(&self) -> Lang {
        self.config.language
    }

    /// What a database needs from outside.
    pub fn options(&self) -> Options {
        Options {
            dry_run: self.global.dry_run,
            wait: self.global.wait,
            clock: self.env.clock.clone(),
            entropy: self.env.entropy.clone(),
        }
    }

    /// The database. Every write to it first asks whether whoever runs the command is still in.
    pub fn open(&mut self) -> Result<Db> {
        self.open_with(self.options())
    }

    /// As [`Ctx::open`], with options of its own.
    pub fn open_with(&mut self, options: Options) -> Result<Db> {
        let path = self.config.database.clone();
        self.detail(&format!("database: {}", path.display()));
        let db = Db::open(&path, options)?;
        if self.identity.principal == Principal::Operator {
            return Ok(db);
        }
        let identity = self.identity.clone();
        Ok(db.guarded(Box::new(move |conn, now| (identity.still_in)(conn, now, &identity))))
    }

    /// Reads one consistent state of the database.
    pub fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.refuse_dry_run()?;
        self.open()?.read(read)
    }

    /// Writes, as [`Db::write`].
    pub fn write<T>(&mut self, write: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.refuse_fields()?;
        let mut db = self.open()?;
        self.write_to(&mut db, write)
    }

    /// As [`Ctx::write`], for a command that writes several times.
    pub fn write_to<T>(&self, db: &mut Db, write: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        db.write(&self.actor(), write)
    }

    /// Refuses `--as` where nobody may act for another: what signs, approves, touches credentials or is this machine's.
    /// `does` says what the command does, as in "records a signature".
    pub fn refuse_acting_as(&self, does: &str) -> Result<()> {
        if !self.identity.is_acting_as() {
            return Ok(());
        }
        Err(Error::refused("as.refused", format!("this {does}, which nobody does in another's name"))
            .hint("leave --as away, or let the person log in with `auth login` and use --session"))
    }

    /// Asks for a reason before anything else is asked or done.
    pub fn require_reason(&self) -> Result<()> {
        self.actor().require_reason().map(drop)
    }

    /// A dry run of what checks a password, token or code would be a free guess.
    pub fn refuse_free_guess(&self) -> Result<()> {
        if self.global.dry_run {
            return Err(Error::usage("--dry-run is refused where a password, a token or a code is checked")
                .hint("leave --dry-run away"));
        }
        Ok(())
    }

    /// A dry run of what changes nothing is a mistake worth telling.
    pub fn refuse_dry_run(&self) -> Result<()> {
        if self.global.dry_run {
            return Err(Error::usage("--dry-run is for commands that change something; this one only reads")
                .hint("leave --dry-run away"));
        }
        Ok(())
    }

    /// `--fields` chooses from rows that are shown; a change has none. Checked before anything is done.
    pub fn refuse_fields(&self) -> Result<()> {
        if self.global.manner.fields.is_some() {
            return Err(Error::usage(
                "--fields chooses the fields of a list or of `show`; this command changes something",
            )
            .hint("leave --fields away, or take what you need from --format json"));
        }
        Ok(())
    }

    /// Asks whether to go on. A dry run need not ask; without a terminal only `--yes` will do (7).
    pub fn confirm(&mut self, question: &str) -> Result<()> {
        if self.global.yes || self.global.dry_run {
            return Ok(());
        }
        if !self.can_ask() {
            return Err(prompt::needed(question));
        }
        if prompt::confirm(question)? {
            return Ok(());
        }
        Err(Error::new(
            crate::platform::exit::Exit::Confirmation,
            "confirm.declined",
            "not confirmed; nothing was changed",
        ))
    }

    /// Whether someone sits at a terminal who can be asked. A dry run may ask too; `--yes` answers confirmations only.
    pub fn can_ask(&self) -> bool {
        self.env.stdin_is_terminal && self.env.stderr.is_terminal
    }

    /// A secret: asked for at a terminal, otherwise the next line of standard input; `None` where that has ended.
    pub fn secret(&mut self, question: &str) -> Result<Option<Zeroizing<String>>> {
        match self.can_ask() {
            true => prompt::secret(question).map(Some),
            false => self.line(),
        }
    }

    /// The next line of standard input without its end, and no byte beyond it; `None` where there is no more.
    pub fn line(&mut self) -> Result<Option<Zeroizing<String>>> {
        // Room for the whole line: growing would leave copies of a secret behind.
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
        let mut byte = [0_u8];
        loop {
            let read = self.env.stdin.read(&mut byte).map_err(|e| Error::io("standard input", &e))?;
            match (read, byte) {
                (0, _) if line.is_empty() => return Ok(None),
                (0, _) | (_, [b'\n']) => break,
                _ if line.len() == LONGEST_LINE => {
                    return Err(Error::usage(format!(
                        "a line of standard input is longer than {LONGEST_LINE} bytes"
                    )));
                }
                (_, [byte]) => line.push(byte),
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        match std::str::from_utf8(&line) {
            Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
            Err(_) => Err(Error::usage("standard input is not UTF-8 text")),
        }
    }

    /// Asks for a line until it passes the check.
    pub fn ask<T>(&mut self, question: &str, check: impl FnMut(&str) -> Result<T>) -> Result<T> {
        prompt::line(question, &mut self.stderr(), check)
    }

    /// Tells of an error that the next answer may mend.
    pub fn complain(&mut self, error: &Error) {
        errors::print(error, Format::Table, &mut self.stderr());
    }

    /// A bar that shows how far a long command has come, where somebody looks at it.
    pub fn progress(&self) -> Progress {
        Progress::new(self.env.stderr.is_terminal && !self.global.quiet)
    }

    fn stderr(&mut self) -> Sink<'_> {
        let stream = &mut self.env.stderr;
        Sink {
            is_terminal: stream.is_terminal,
            width: stream.width,
            writer: &mut *stream.writer,
            colour: self.global.colour,
        }
    }

    /// The installation's key.
    pub fn key(&self) -> Result<Key> {
        Key::load(&self.config.key_file)
    }

    /// A path as the user meant it.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.env.path(path)
    }

    /// Opens an input: a file, or standard input for `-`.
    pub fn input<'r>(&'r mut self, path: &Path) -> Result<Box<dyn Read + 'r>> {
        if path == Path::new("-") {
            return Ok(Box::new(&mut self.env.stdin));
        }
        Ok(Box::new(files::open_input(&self.env.path(path))?))
    }

    /// Reads a whole text, such as the body of a reply. It must be UTF-8 and at most 1 MiB.
    pub fn text(&mut self, path: &Path) -> Result<String> {
        let name = path.display().to_string();
        let bytes = files::read_limited(self.input(path)?, 1024 * 1024, &name)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::invalid_file(format!("{name} is not UTF-8 text")).hint("save it as UTF-8"))?;
        Ok(text.trim_start_matches('\u{feff}').trim_end().to_owned())
    }

    /// Reads a file to its end, hashed and ready to be stored. At most `limit` bytes.
    pub fn spool(&mut self, path: &Path, limit: u64) -> Result<Spooled> {
        let name = path.display().to_string();
        Spooled::read(self.input(path)?, &name, limit)
    }

    /// Says something on stderr, unless quiet.
    pub fn note(&mut self, text: &str) {
        if !self.global.quiet {
            self.say(text);
        }
    }

    /// Says something on stderr that belongs to a question, also when quiet.
    pub fn tell(&mut self, text: &str) {
        self.say(text);
    }

    /// Says something on stderr that only `--verbose` wants to hear.
    pub fn detail(&mut self, text: &str) {
        if self.global.verbose {
            self.say(text);
        }
    }

    fn say(&mut self, text: &str) {
        let text = crate::platform::ui::foreign::visible(text, true);
        // There is nobody left to tell that stderr is closed.
        let _ = writeln!(self.env.stderr.writer, "{text}");
    }
}
