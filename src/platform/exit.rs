//! The exit codes of CLI.md §2, in one place.

/// How the program ends. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Success,
    /// An unexpected failure: a bug, or the disk.
    Failure,
    /// The command line cannot be meant.
    Usage,
    /// Some of many failed; the rest is done.
    Partial,
    /// Something named does not exist.
    NotFound,
    /// It exists, it differs, or the state does not allow it.
    Conflict,
    /// A right, policy, hold or limit is against it, or a check found something wrong.
    Refused,
    /// A confirmation or a terminal is needed.
    Confirmation,
    /// `state plan --exit-code`: something would change.
    Changes,
    /// `state plan --exit-code`: something would change, and something would be taken away.
    Deletions,
    /// The input file is wrong; nothing of it was taken.
    InvalidFile,
    /// Busy, locked or out of reach; try again later.
    Busy,
    /// The configuration, or a database of another schema version.
    Config,
    /// Interrupted (Ctrl-C).
    Interrupted,
    /// Told to end.
    Terminated,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::NotFound => 4,
            Exit::Conflict => 5,
            Exit::Refused => 6,
            Exit::Confirmation => 7,
            Exit::Changes => 10,
            Exit::Deletions => 11,
            Exit::InvalidFile => 65,
            Exit::Busy => 75,
            Exit::Config => 78,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}
