//! `ticket type …`

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::{Page, line};
use crate::portal::ticket::kind::{self, TypeStatus};
use crate::portal::ticket::view::TICKET_TYPE;

/// The verbs of ticket types.
#[derive(clap::Subcommand)]
pub enum TypeCommand {
    /// List the types of tickets
    List(TypeListArgs),
    /// Create a type
    Create(TypeCreateArgs),
    /// Change a type's name, or take a retired one back into use
    Update(TypeUpdateArgs),
    /// Keep a type from new tickets; those that have it keep it
    Retire(TypeRetireArgs),
}

impl TypeCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        access::provider_only(&ctx.actor())?;
        match self {
            TypeCommand::List(_) => Ok(Answer::list(&TICKET_TYPE, ctx.read(kind::list)?)),
            TypeCommand::Create(args) => {
                let (new, item) =
                    ctx.write(|tx| kind::create(tx, &args.code, &args.name, args.if_not_exists))?;
                Answer::change(&TICKET_TYPE, if new { "created" } else { "unchanged" }, &item)
            }
            TypeCommand::Update(args) => {
                let TypeUpdateArgs { code, name, status } = args;
                let (changed, item) = ctx.write(|tx| kind::update(tx, &code, name, status))?;
                Answer::change(&TICKET_TYPE, if changed { "updated" } else { "unchanged" }, &item)
            }
            TypeCommand::Retire(args) => {
                let (changed, item) = ctx.write(|tx| kind::retire(tx, &args.code))?;
                Answer::change(&TICKET_TYPE, if changed { "retired" } else { "unchanged" }, &item)
            }
        }
    }
}

/// `ticket type list`
#[derive(clap::Args)]
pub struct TypeListArgs {
    #[command(flatten)]
    page: Page,
}

/// `ticket type create`
#[derive(clap::Args)]
pub struct TypeCreateArgs {
    /// Its stable code
    #[arg(long, value_parser = kind::parse_code)]
    code: String,
    /// What people call it
    #[arg(long, value_parser = line)]
    name: String,
    /// Take a type that is there already and does not differ as it is
    #[arg(long)]
    if_not_exists: bool,
}

/// `ticket type update`
#[derive(clap::Args)]
pub struct TypeUpdateArgs {
    /// The type's code
    #[arg(value_name = "CODE")]
    code: String,
    /// What people call it
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// active or retired
    #[arg(long, value_parser = parse_coded::<TypeStatus>)]
    status: Option<TypeStatus>,
}

/// `ticket type retire`
#[derive(clap::Args)]
pub struct TypeRetireArgs {
    /// The type's code
    #[arg(value_name = "CODE")]
    code: String,
}
