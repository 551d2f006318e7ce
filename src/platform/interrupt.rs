//! Ctrl-C and `kill`: end at once where nothing can be half done, otherwise clean up first.
//!
//! SQLite undoes an unfinished transaction by itself, so the process may simply end. Only while an output file is
//! being written must it come back to remove what it began.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;

/// True while a signal may end the process on the spot.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));
static SIGNALLED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));
static TERMINATED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));
/// True while a signal ends the process on the spot with 75.
static TEMPORARY: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));
static GRACEFUL: AtomicUsize = AtomicUsize::new(0);
/// True while a hang-up does what it does by itself; and the last one that came while it was held.
static NOT_HELD: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));
static HUNG_UP: LazyLock<Arc<AtomicUsize>> = LazyLock::new(|| Arc::new(AtomicUsize::new(0)));

/// Sets up what happens at SIGINT and SIGTERM. Called once, by `main`.
pub fn install() -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::flag;
    let set_up = || -> io::Result<()> {
        // A file that may grow no further is an error of the write that it happens to.
        flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
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

/// While this lives, a signal ends the process at once with 75: whoever hands something over brings it again.
pub struct Temporary {
    _not_otherwise: Graceful,
}

/// Begins a stretch in which a signal means "not taken over" (75).
pub fn temporary_failure() -> Result<Temporary> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    static SET_UP: Mutex<bool> = Mutex::new(false);
    let not_otherwise = graceful();
    let mut set_up = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
    if !*set_up {
        for signal in [SIGINT, SIGTERM] {
            let exit = i32::from(Exit::Busy.code());
            signal_hook::flag::register_conditional_shutdown(signal, exit, Arc::clone(&TEMPORARY))
                .map_err(|e| Error::io("cannot set up signal handling", &e))?;
        }
        *set_up = true;
    }
    TEMPORARY.store(true, Ordering::SeqCst);
    Ok(Temporary { _not_otherwise: not_otherwise })
}

impl Drop for Temporary {
    fn drop(&mut self) {
        TEMPORARY.store(false, Ordering::SeqCst);
    }
}

/// While this lives, SIGHUP and SIGQUIT are noted: the terminal must be put right before they end the program.
pub struct Held(());

/// Holds SIGHUP and SIGQUIT back. They are left alone until the first time: who ignores them (`nohup`) is never asked.
pub fn hold() -> io::Result<Held> {
    use signal_hook::consts::{SIGHUP, SIGQUIT};
    use signal_hook::flag;
    static SET_UP: Mutex<bool> = Mutex::new(false);
    let mut set_up = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
    if !*set_up {
        for signal in [SIGHUP, SIGQUIT] {
            flag::register_conditional_default(signal, Arc::clone(&NOT_HELD))?;
            flag::register_usize(signal, Arc::clone(&HUNG_UP), usize::try_from(signal).unwrap_or_default())?;
        }
        *set_up = true;
    }
    NOT_HELD.store(false, Ordering::SeqCst);
    Ok(Held(()))
}

impl Drop for Held {
    fn drop(&mut self) {
        NOT_HELD.store(true, Ordering::SeqCst);
    }
}

/// Whether SIGHUP or SIGQUIT came while they were held back.
pub fn is_hung_up() -> bool {
    HUNG_UP.load(Ordering::SeqCst) != 0
}

/// Does what SIGHUP or SIGQUIT does by itself, where one came while they were held back: the program ends here.
pub fn end_where_hung_up() {
    if let Ok(signal @ 1..) = i32::try_from(HUNG_UP.load(Ordering::SeqCst)) {
        // Should it come back all the same, the question has no answer.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
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
