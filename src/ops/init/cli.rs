//! `portalctl init`

use serde_json::json;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::platform::ui::view::{Kind, View, col};
use crate::portal::access;

/// `init`
#[derive(clap::Args)]
pub struct InitArgs {}

static DATABASE: View = View {
    noun: "database",
    columns: &[col("database", Kind::Text), col("key_file", Kind::Text)],
    details: &[],
    key: &["database"],
};

impl InitArgs {
    /// Serves the command.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_fields()?;
        ctx.refuse_acting_as("makes a new database")?;
        access::provider_only(&ctx.actor())?;
        let (database, key_file) = (ctx.config.database.clone(), ctx.config.key_file.clone());
        super::init(&database, &key_file, ctx.options(), &ctx.actor())?;
        ctx.note(&format!("key file: {}; keep a copy of it apart from the database", key_file.display()));
        let item =
            json!({"database": database.display().to_string(), "key_file": key_file.display().to_string()});
        Answer::change(&DATABASE, "created", &item)
    }
}
