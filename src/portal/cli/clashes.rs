//! Where a command may write: never over what it works on, whatever `--force` says.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use crate::platform::config::Config;
use crate::platform::db::{beside, lock_path};
use crate::platform::error::{Error, Result};
use crate::platform::files::folder_of;

/// The flags that name a file to be written, in all commands. A test holds the command line against it and [`INPUTS`].
pub const OUTPUTS: [&str; 3] = ["out", "secret_out", "errors_to"];
/// The flag that names a folder for files `CODE.zip`.
pub const OUTPUT_FOLDER: &str = "out_dir";
/// The arguments that name files to be read.
pub const INPUTS: [&str; 11] = [
    "file",
    "files",
    "from_request",
    "password_file",
    "document",
    "annexes",
    "evidence",
    "body_file",
    "attach",
    "numbers_from",
    "token_file",
];

/// Refuses a command line whose outputs would take the place of the database, its side files, its key, the configuration,
/// the session it runs in, what it reads, or of each other. `place` makes a path what the user meant.
pub fn refuse_clashes(
    matches: &ArgMatches,
    config: &Config,
    session: Option<&Path>,
    place: impl Fn(&Path) -> PathBuf,
) -> Result<()> {
    let innermost = super::innermost(matches);
    let named = |ids: &[&'static str]| -> Vec<(&'static str, PathBuf)> {
        let of = |id: &'static str| {
            let values = innermost.try_get_many::<PathBuf>(id).ok().flatten().into_iter().flatten();
            values.filter(|path| *path != Path::new("-")).map(move |path| (id, path.clone()))
        };
        ids.iter().flat_map(|id| of(id)).collect()
    };
    let outputs = named(&OUTPUTS);
    let folder = named(&[OUTPUT_FOLDER]).pop();
    if outputs.is_empty() && folder.is_none() {
        return Ok(());
    }
    let mut taken = guarded(config);
    taken.extend(session.map(|path| ("the file of --session", place(path))));
    taken
        .extend(named(&INPUTS).into_iter().map(|(_, path)| ("a file that this command reads", place(&path))));
    for (id, path) in outputs {
        let path = place(&path);
        if let Some((what, _)) = taken.iter().find(|(_, other)| is_same_file(&path, other)) {
            return Err(clash(id, &path, what));
        }
        taken.push(("another output of this command", path));
    }
    if let Some((id, dir)) = folder {
        let dir = place(&dir);
        let within = |path: &Path| {
            path.extension().is_some_and(|ending| ending == "zip") && is_same_file(folder_of(path), &dir)
        };
        if let Some((what, path)) = taken.iter().find(|(_, path)| within(path)) {
            return Err(clash(id, path, what));
        }
    }
    Ok(())
}

/// What a command works on.
fn guarded(config: &Config) -> Vec<(&'static str, PathBuf)> {
    let database = &config.database;
    let mut guarded = vec![("the database", database.clone()), ("the key file", config.key_file.clone())];
    for suffix in ["-wal", "-shm", "-journal"] {
        guarded.push(("a side file of the database", beside(database, suffix)));
    }
    guarded.push(("the lock of the database", lock_path(database)));
    guarded.extend(config.files.iter().map(|path| ("the configuration file", path.clone())));
    guarded
}

/// Whether both are one file, by whatever names: a link to it, a way round to it.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    let inode = |path: &Path| std::fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    match (inode(a), inode(b)) {
        (Some(a), Some(b)) => a == b,
        // Where nothing is yet, or at one of the two only, the name and its folder say it.
        (None, None) => {
            a == b || (a.file_name() == b.file_name() && is_folder_of_both(folder_of(a), folder_of(b)))
        }
        _ => false,
    }
}

fn is_folder_of_both(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn clash(id: &str, path: &Path, what: &str) -> Error {
    let flag = id.replace('_', "-");
    Error::usage(format!("--{flag}: {} is {what}, which is never written over", path.display()))
        .hint("name a file of its own; --force does not help here")
}
