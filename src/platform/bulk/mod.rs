//! Changes to many things at once, from files: what to do about what is there already.

crate::coded! {
    /// What a file's rows may do. There is no default: whoever imports says what is meant (LESSONS 1b).
    pub enum Mode("mode") {
        /// Create; what exists already is a conflict.
        Create => "create",
        /// Change what exists; what does not is an error.
        Update => "update",
        /// Create what is missing, change what exists.
        Upsert => "upsert",
    }
}

impl Mode {
    /// Whether what is missing may be created.
    pub fn creates(self) -> bool {
        self != Mode::Update
    }

    /// Whether what exists may be changed.
    pub fn updates(self) -> bool {
        self != Mode::Create
    }
}
