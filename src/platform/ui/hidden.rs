//! A line that is typed unseen, read here and not by a library: a signal ends the question at once, and whatever ends it,
//! the terminal shows again what is typed.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::platform::interrupt;

/// Bytes that a terminal hands over as one line.
const LONGEST_LINE: usize = 4096;
/// How long to wait before looking whether a signal came: one that comes while waiting ends the wait by itself, one that
/// comes right before it does not.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What came of the question.
pub enum Typed {
    /// A line, without its end.
    Line(Zeroizing<String>),
    /// The end of the input (Ctrl-D): no answer.
    Nothing,
}

/// Reads a line from the terminal behind standard input, unseen. `ask` shows the question, once nothing is shown of what
/// is typed. A signal is an error of the kind `Interrupted`.
pub fn line(ask: impl FnOnce() -> io::Result<()>) -> io::Result<Typed> {
    let stdin = io::stdin();
    let unseen = Unseen::begin(stdin.as_fd())?;
    let typed = ask().and_then(|()| unseen.read());
    drop(unseen);
    // Only now, with the terminal as it was, may a signal that nobody else handles do what it does.
    interrupt::end_where_hung_up();
    typed
}

/// A terminal that does not show what is typed, until this is dropped.
struct Unseen<'t> {
    terminal: BorrowedFd<'t>,
    before: Termios,
    _held: interrupt::Held,
}

impl<'t> Unseen<'t> {
    fn begin(terminal: BorrowedFd<'t>) -> io::Result<Unseen<'t>> {
        let held = interrupt::hold()?;
        let before = tcgetattr(terminal)?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        // Lines and their correction stay the terminal's, and so does making a signal of Ctrl-C.
        modes.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(terminal, OptionalActions::Now, &modes)?;
        Ok(Unseen { terminal, before, _held: held })
    }

    fn read(&self) -> io::Result<Typed> {
        // Room for the whole line: growing would leave copies of a secret behind.
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
        let mut part = Zeroizing::new([0_u8; LONGEST_LINE]);
        loop {
            self.wait()?;
            let read = match rustix::io::read(self.terminal, &mut *part) {
                Ok(read) => read,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                Err(e) => return Err(e.into()),
            };
            if read == 0 {
                return Ok(Typed::Nothing);
            }
            line.extend_from_slice(part.get(..read).unwrap_or_default());
            if line.len() > LONGEST_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
            }
            if line.last() == Some(&b'\n') {
                break;
            }
        }
        let text = std::str::from_utf8(&line)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "what was typed is not UTF-8 text"))?;
        Ok(Typed::Line(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())))
    }

    /// Waits until there is a line to read, or a signal.
    fn wait(&self) -> io::Result<()> {
        loop {
            if interrupt::pending() || interrupt::is_hung_up() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let mut terminals = [PollFd::from_borrowed_fd(self.terminal, PollFlags::IN)];
            match poll(&mut terminals, Some(&LOOK)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(e) => return Err(e.into()),
            }
        }
    }
}

impl Drop for Unseen<'_> {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to put right.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
