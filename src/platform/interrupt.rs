//! Ctrl-C and `kill`: end at once where nothing can be half done, otherwise clean up first.
//!
//! SQLite undoes an unfinished transaction by itself, so the process may simply end. Only while an output file is
//! being written must it come back to remove what it began.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;

/// True while a signal may end the process on the spot.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));
static SIGNALLED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));
static TERMINATED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));
static GRACEFUL: AtomicUsize = AtomicUsize::new(0);

/// Sets up what happens at SIGINT and SIGTERM. Called once, by `main`.
pub fn install() -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    let set_up = || -> io::Result<()> {
        for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
            flag::register_conditional_shutdown(signal, i32::from(exit.code()), Arc::clone(&AT_ONCE))?;
            flag::register(signal, Arc::clone(&SIGNALLED))?;
        }
        flag::register(SIGTERM, Arc::clone(&TERMINATED))?;
        Ok(())
    };
    set_up().map_err(|e| Error::io("cannot set up signal handling", &e))
}

/// While this lives, a signal is noted and [`check`] reports it.
pub struct Graceful(());

/// Begins a stretch that cleans up after itself.
pub fn graceful() -> Graceful {
    GRACEFUL.fetch_add(1, Ordering::SeqCst);
    AT_ONCE.store(false, Ordering::SeqCst);
    Graceful(())
}

impl Drop for Graceful {
    fn drop(&mut self) {
        if GRACEFUL.fetch_sub(1, Ordering::SeqCst) == 1 {
            AT_ONCE.store(true, Ordering::SeqCst);
        }
    }
}

/// Whether a signal has come.
pub fn pending() -> bool {
    SIGNALLED.load(Ordering::SeqCst)
}

/// Fails once a signal has come.
pub fn check() -> io::Result<()> {
    // Not `Interrupted`: the standard library would quietly try such a write again.
    if pending() { Err(io::Error::other("interrupted")) } else { Ok(()) }
}

/// The error that a signal ends the program with.
pub fn error() -> Error {
    let exit = if TERMINATED.load(Ordering::SeqCst) { Exit::Terminated } else { Exit::Interrupted };
    Error::new(exit, "interrupted", "interrupted; nothing was left half done")
}
