//! `portalctl key …`

use serde::Serialize;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::platform::ui::render::Format;
use crate::platform::ui::view::{Kind, View, col};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum KeyCommand {
    /// Print the public key that bundles are signed with, as `minisign -p` reads it
    ShowPublic,
}

static PUBLIC_KEY: View = View {
    noun: "public key",
    columns: &[col("public_key", Kind::Text), col("key_id", Kind::Text)],
    details: &[],
    key: &["key_id"],
};

#[derive(Serialize)]
struct Row {
    public_key: String,
    key_id: String,
}

impl KeyCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let KeyCommand::ShowPublic = self;
        ctx.refuse_dry_run()?;
        let signing = ctx.key()?.signing_key()?;
        let key = signing.public();
        // To people and pipes it is the file itself, so that `key show-public > portal.pub` is all it takes.
        if ctx.global.manner.format == Format::Table && ctx.global.manner.fields.is_none() {
            return Ok(Answer::text(key.file()));
        }
        Answer::show(&PUBLIC_KEY, &Row { public_key: key.line(), key_id: key.id() })
    }
}
