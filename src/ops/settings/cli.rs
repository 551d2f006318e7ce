//! `portalctl config …` and `portalctl setting …`

use serde::Serialize;

use crate::platform::ctx::Ctx;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::settings::{self, Setting};
use crate::platform::ui::Answer;
use crate::platform::ui::view::{Kind, View, col};
use crate::portal::access;
use crate::portal::cli::Page;

/// The verbs of `config`.
#[derive(clap::Subcommand)]
pub enum ConfigCommand {
    /// Show each key with its value and where it came from
    Show(Page),
}

static CONFIG: View = View {
    noun: "configuration key",
    columns: &[col("key", Kind::Text), col("value", Kind::Text), col("origin", Kind::Text)],
    details: &[],
    key: &["key"],
};

impl ConfigCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let ConfigCommand::Show(_) = self;
        ctx.refuse_dry_run()?;
        Ok(Answer::list(&CONFIG, ctx.config.shown.clone()))
    }
}

/// The verbs of `setting`.
#[derive(clap::Subcommand)]
pub enum SettingCommand {
    /// List the settings with their values and defaults
    List(Page),
    /// Show one setting
    Get(GetArgs),
    /// Change a setting
    Set(SetArgs),
    /// Take a setting back to its default
    Reset(GetArgs),
}

/// What names a setting.
#[derive(clap::Args)]
pub struct GetArgs {
    /// The setting, such as ticket.close-after-hours
    #[arg(value_name = "KEY")]
    key: String,
}

/// `setting set`
#[derive(clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    key: GetArgs,
    /// The new value
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: String,
}

static SETTING: View = View {
    noun: "setting",
    columns: &[
        col("key", Kind::Text),
        col("value", Kind::Text),
        col("default", Kind::Text),
        col("about", Kind::Text),
    ],
    details: &[],
    key: &["key"],
};

#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: String,
    default: &'static str,
    about: &'static str,
}

fn row(conn: &Connection, setting: &Setting) -> Result<Row> {
    Ok(Row { key: setting.key, value: setting.get(conn)?, default: setting.default, about: setting.about })
}

impl SettingCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            SettingCommand::List(_) => {
                let rows = ctx.read(|conn| {
                    settings::ALL.iter().map(|setting| row(conn, setting)).collect::<Result<Vec<_>>>()
                })?;
                Ok(Answer::list(&SETTING, rows))
            }
            SettingCommand::Get(args) => {
                let setting = settings::find(&args.key)?;
                let row = ctx.read(|conn| row(conn, setting))?;
                Answer::show(&SETTING, &row)
            }
            SettingCommand::Set(args) => {
                let setting = settings::find(&args.key.key)?;
                let (changed, row) = ctx.write(|tx| {
                    access::provider_only(tx.actor())?;
                    let changed = settings::set(tx, setting, &args.value)?;
                    Ok((changed, row(tx, setting)?))
                })?;
                Answer::change(&SETTING, if changed { "updated" } else { "unchanged" }, &row)
            }
            SettingCommand::Reset(args) => {
                let setting = settings::find(&args.key)?;
                let (changed, row) = ctx.write(|tx| {
                    access::provider_only(tx.actor())?;
                    let changed = settings::reset(tx, setting)?;
                    Ok((changed, row(tx, setting)?))
                })?;
                Answer::change(&SETTING, if changed { "updated" } else { "unchanged" }, &row)
            }
        }
    }
}
