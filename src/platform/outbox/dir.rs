//! Transport `dir`: each mail becomes one `.eml` file in a folder, each SMS one `.sms` file.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Channel, Message};
use crate::platform::error::Result;
use crate::platform::files::{OutputFile, cannot_write, create_private_dir};

/// Writes a message to `DIR/<id>.eml` or `DIR/<id>.sms`; a second time it is the same file.
pub fn write(dir: &Path, message: &Message, bytes: &[u8]) -> Result<()> {
    create_private_dir(dir)?;
    let path = file_of(dir, message);
    let mut file = OutputFile::create(&path, true)?;
    file.write_all(bytes).map_err(|e| cannot_write(&path, &e))?;
    file.finish()
}

/// Takes a message's file away again, if it is still there.
pub fn take_back(dir: &Path, message: &Message) {
    let _ = std::fs::remove_file(file_of(dir, message));
}

/// Where the message's file lies.
pub fn file_of(dir: &Path, message: &Message) -> PathBuf {
    let extension = match message.channel {
        Channel::Mail => "eml",
        Channel::Sms => "sms",
    };
    dir.join(format!("{}.{extension}", message.id))
}
