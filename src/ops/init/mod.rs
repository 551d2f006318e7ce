//! Creating a database and its key file.

pub mod cli;

use std::path::Path;

use crate::platform::actor::Actor;
use crate::platform::db::{Action, Db, Options, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::files::{cannot_write, folder_of};
use crate::platform::interrupt;
use crate::platform::secret::Key;
use crate::portal;
use crate::values::utc_text;

/// What can be recorded.
const INIT: Action = Action("db.init");

/// Creates the database at `path` and its key at `key_path`, both 0600; neither may exist.
///
/// The database is built beside its place and takes it when it is whole, so that a crash leaves nothing.
pub fn init(path: &Path, key_path: &Path, options: Options, actor: &Actor) -> Result<()> {
    for (what, path) in [("database", path), ("key file", key_path)] {
        if path.symlink_metadata().is_ok() {
            return Err(Error::conflict(
                "db.exists",
                format!("the {what} {} exists already", path.display()),
            )
            .hint("use it as it is, or name another place with --db FILE; init never writes over anything"));
        }
    }
    // Until it returns, a signal cleans up first.
    let _guard = interrupt::graceful();
    let key = Key::generate(&options.entropy)?;
    if options.dry_run {
        let mut db = Db::in_memory(options)?;
        return db.write(actor, seed);
    }
    let workshop = tempfile::Builder::new()
        .prefix(".portalctl-init-")
        .tempdir_in(folder_of(path))
        .map_err(|e| cannot_write(path, &e))?;
    let building = workshop.path().join("new.db");
    crate::platform::files::create_private(&building)?;
    let mut db = Db::build_at(&building, options)?;
    db.write(actor, seed)?;
    drop(db);
    if interrupt::pending() {
        return Err(interrupt::error());
    }
    key.save_new(key_path)?;
    // A link and not a rename: it fails if somebody else was quicker.
    if let Err(e) = std::fs::hard_link(&building, path) {
        let _ = std::fs::remove_file(key_path);
        return Err(cannot_write(path, &e));
    }
    Ok(())
}

/// What every new database holds: the catalogues.
pub fn seed(tx: &Tx<'_>) -> Result<()> {
    portal::seed(tx)?;
    tx.record(INIT, "db:new", None::<&()>, Some(&serde_json::json!({"at": utc_text(tx.now())})))
}
