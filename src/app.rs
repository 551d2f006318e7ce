//! The front door: the root of the command line, its global flags, and who serves which noun.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::ops;
use crate::platform::config::{self, Overrides};
use crate::platform::ctx::{Ctx, Global, Identity};
use crate::platform::env::{Env, Stream};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::{Lang, parse_coded};
use crate::platform::sheet::Dialect;
use crate::platform::ui::Answer;
use crate::platform::ui::errors;
use crate::platform::ui::render::{self, Format, Manner, Sink};
use crate::portal;
use crate::portal::auth::cli::Entry;
use crate::values::{Email, Invalid};

/// Administration of the customer portals of Statens Administration, over one SQLite file.
#[derive(Parser)]
#[command(name = "portalctl", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 2 usage, 3 partial, 4 not found, 5 conflict, 6 refused, 7 needs confirmation,\n65 bad input file, 75 busy, 78 configuration. See README.md."
)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Global flags")]
struct Flags {
    /// The database [default: `database` of the configuration, else portal.db here]
    #[arg(long, global = true, value_name = "FILE")]
    db: Option<PathBuf>,
    /// The configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Be the user who logged in with this session file; not with --as
    #[arg(long, global = true, value_name = "FILE")]
    session: Option<PathBuf>,
    /// Act with this user's rights; needs --reason
    #[arg(long = "as", global = true, value_name = "EMAIL")]
    act_as: Option<Email>,
    /// Why; kept in the audit
    #[arg(long, global = true, value_name = "TEXT")]
    reason: Option<String>,
    /// The form of the answer: table, json, jsonl, csv or id [default: table]
    #[arg(long, global = true, value_name = "FORMAT", value_parser = parse_format)]
    format: Option<Format>,
    /// For whom --format csv writes: plain for programs, excel-da for Danish Excel [default: plain]
    #[arg(long, global = true, value_name = "DIALECT", value_parser = parse_coded::<Dialect>)]
    csv_dialect: Option<Dialect>,
    /// Choose and order the fields of a list
    #[arg(long, global = true, value_name = "A,B", value_delimiter = ',')]
    fields: Option<Vec<String>>,
    /// Do it all, roll back, report as if done
    #[arg(short = 'n', long, global = true)]
    dry_run: bool,
    /// Answer confirmations with yes
    #[arg(short, long, global = true)]
    yes: bool,
    /// Say less on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true)]
    verbose: bool,
    /// The language of labels and documents: da, nb or en
    #[arg(long, global = true, value_name = "LANG", value_parser = parse_coded::<Lang>)]
    lang: Option<Lang>,
    /// Colour: auto, always or never [default: auto]
    #[arg(long, global = true, value_name = "WHEN", value_parser = ["auto", "always", "never"], hide_possible_values = true)]
    color: Option<String>,
    /// How long to wait for a busy database
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    wait: u64,
}

/// The nouns, in the order in which the help lists them.
#[derive(Subcommand)]
enum Command {
    /// Create the database and its key file
    Init(ops::init::cli::InitArgs),
    /// Build the example world in a new folder
    Demo(ops::demo::cli::DemoArgs),
    /// The database itself
    #[command(subcommand)]
    Db(ops::database::cli::DbCommand),
    /// This machine's configuration
    #[command(subcommand)]
    Config(ops::settings::cli::ConfigCommand),
    /// The business policy
    #[command(subcommand)]
    Setting(ops::settings::cli::SettingCommand),
    /// The key file, and what is public of it
    #[command(subcommand)]
    Key(ops::key::cli::KeyCommand),
    /// The declarable world: export it, plan and apply state files
    #[command(subcommand)]
    State(ops::state::cli::StateCommand),
    /// The audit trail
    #[command(subcommand)]
    Audit(ops::audit::cli::AuditCommand),
    /// The outgoing mail
    #[command(subcommand)]
    Mail(ops::mail::cli::MailCommand),
    /// What cron runs
    #[command(subcommand)]
    Job(ops::job::cli::JobCommand),
    /// Logging in: passwords, codes, two steps, sessions
    #[command(subcommand)]
    Auth(portal::auth::cli::AuthCommand),
    /// Institutions
    #[command(subcommand)]
    Tenant(portal::tenant::cli::TenantCommand),
    /// Accounting circles and pay groups
    #[command(subcommand)]
    Unit(portal::tenant::unit::cli::UnitCommand),
    /// People and shared mailboxes with an account
    #[command(subcommand)]
    User(portal::user::cli::UserCommand),
    /// Who may what at which institution
    #[command(subcommand)]
    Rights(portal::rights::cli::RightsCommand),
    /// Who may sign which agreements
    #[command(subcommand)]
    Signatory(portal::signatory::cli::SignatoryCommand),
    /// Contact persons
    #[command(subcommand)]
    Contact(portal::contact::cli::ContactCommand),
    /// The roles that contacts hold
    #[command(subcommand)]
    Role(portal::contact::role::cli::RoleCommand),
    /// Agreements, their signatures and bundles
    #[command(subcommand)]
    Agreement(portal::agreement::cli::AgreementCommand),
    /// Tasks that third parties do for institutions, and whom to contact
    #[command(subcommand)]
    ThirdParty(portal::third_party::cli::ThirdPartyCommand),
    /// Tickets: what institutions ask of the provider
    #[command(subcommand)]
    Ticket(portal::ticket::cli::TicketCommand),
    /// The days that are not working days
    #[command(subcommand)]
    Calendar(portal::calendar::cli::CalendarCommand),
    /// KPI figures, measures and targets
    #[command(subcommand)]
    Kpi(portal::kpi::cli::KpiCommand),
    /// Services and their figures, for the service-target report
    #[command(subcommand)]
    Service(portal::service_report::cli::ServiceCommand),
    /// Reports
    #[command(subcommand)]
    Report(portal::report::cli::ReportCommand),
    /// What there is for an institution to know
    #[command(subcommand)]
    Information(portal::service_report::cli::InformationCommand),
    /// What is called something like this, or has this number
    Search(portal::search::cli::SearchArgs),
}

impl Command {
    /// Whether someone hands something over and keeps it until it is stored.
    fn takes_over(&self) -> bool {
        matches!(self, Command::Mail(command) if command.takes_over())
    }

    fn is_entrance(&self) -> bool {
        matches!(self, Command::Auth(command) if command.is_entrance())
    }

    fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            Command::Init(args) => args.run(ctx),
            Command::Demo(args) => args.run(ctx),
            Command::Db(command) => command.run(ctx),
            Command::Config(command) => command.run(ctx),
            Command::Setting(command) => command.run(ctx),
            Command::Key(command) => command.run(ctx),
            Command::State(command) => command.run(ctx),
            Command::Audit(command) => command.run(ctx),
            Command::Mail(command) => command.run(ctx),
            Command::Job(command) => command.run(ctx),
            Command::Auth(command) => command.run(ctx),
            Command::Tenant(command) => command.run(ctx),
            Command::Unit(command) => command.run(ctx),
            Command::User(command) => command.run(ctx),
            Command::Rights(command) => command.run(ctx),
            Command::Signatory(command) => command.run(ctx),
            Command::Contact(command) => command.run(ctx),
            Command::Role(command) => command.run(ctx),
            Command::Agreement(command) => command.run(ctx),
            Command::ThirdParty(command) => command.run(ctx),
            Command::Ticket(command) => command.run(ctx),
            Command::Calendar(command) => command.run(ctx),
            Command::Kpi(command) => command.run(ctx),
            Command::Service(command) => command.run(ctx),
            Command::Report(command) => command.run(ctx),
            Command::Information(command) => command.run(ctx),
            Command::Search(args) => args.run(ctx),
        }
    }
}

/// The whole command line, for the generated documentation.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs one command line in a world; answers with how the program ends.
pub fn run(env: &mut Env, arguments: Vec<String>) -> Exit {
    let guess = guess_format(env, &arguments);
    let colour = guess_colour(env, &arguments);
    let typed = arguments.iter().skip(1).cloned().collect();
    let hands_over = hands_over(&arguments);
    match parse(arguments) {
        Err(error) => match refuse_arguments(env, &error, guess, colour) {
            Exit::Usage if hands_over => Exit::Busy,
            exit => exit,
        },
        Ok((cli, matches)) => {
            let takes_over = cli.command.takes_over() && !cli.flags.dry_run;
            match execute(env, cli, &matches, typed) {
                Ok(exit) => exit,
                Err(error) if error.code() == "stdout.closed" => Exit::Success,
                Err(error) => {
                    // Whatever it was, it was not taken over: it is to be brought again.
                    let error = if takes_over { error.temporary() } else { error };
                    let [_, mut err] = sinks(env, colour);
                    errors::print(&error, guess, &mut err);
                    error.exit()
                }
            }
        }
    }
}

/// Whether a command line that cannot be understood was meant to hand something over: a mail server that types it wrong
/// must keep the mail, too, and not send it back.
fn hands_over(arguments: &[String]) -> bool {
    let said = |word: &str| arguments.iter().skip(1).any(|argument| argument == word);
    said("mail") && said("ingest") && !said("-n") && !said("--dry-run")
}

fn parse(arguments: Vec<String>) -> Result<(Cli, ArgMatches), clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    Ok((cli, matches))
}

fn execute(env: &mut Env, cli: Cli, matches: &ArgMatches, typed: Vec<String>) -> Result<Exit> {
    let Cli { flags, command } = cli;
    let colour = guess_colour_of(env, flags.color.as_deref());
    let format = match (flags.format, env.var("PORTALCTL_FORMAT")) {
        (Some(format), _) => format,
        (None, Some(name)) => parse_format(name)?,
        (None, None) => Format::Table,
    };
    if flags.csv_dialect.is_some() && format != Format::Csv {
        return Err(Error::usage("--csv-dialect says how CSV is written, and this answer is not CSV")
            .hint("add --format csv, or leave --csv-dialect away"));
    }
    let overrides = overrides(env, &flags)?;
    let config = config::load(env, &overrides)?;
    let page = portal::cli::page_of(matches);
    let manner = Manner {
        format,
        csv: flags.csv_dialect.unwrap_or(Dialect::Plain),
        fields: flags.fields,
        limit: page.limit,
        offset: page.offset,
        lang: config.language,
        dry_run: flags.dry_run,
        quiet: flags.quiet,
    };
    let global = Global {
        manner: manner.clone(),
        dry_run: flags.dry_run,
        yes: flags.yes,
        quiet: flags.quiet,
        verbose: flags.verbose,
        reason: flags.reason,
        wait: Duration::from_secs(flags.wait),
        colour: colour[1],
    };
    let session = portal::auth::cli::session_of(env, flags.session.as_deref(), flags.act_as.is_some())?;
    // Who comes in is in no session yet; the login may well take the place of the last one.
    let in_session = session.as_deref().filter(|_| !command.is_entrance());
    portal::cli::clashes::refuse_clashes(matches, &config, in_session, |path| env.path(path))?;
    let identity = Identity::operator();
    let mut ctx = Ctx { env, global, config, identity, run_command: run, typed };
    let entry = match &command {
        Command::Auth(command) => Entry::Auth(command),
        Command::Agreement(command) if command.brings_token() => Entry::Token,
        _ => Entry::Other,
    };
    portal::auth::cli::identify(&mut ctx, &entry, session.as_deref(), flags.act_as.as_ref())?;
    let takes_over = command.takes_over();
    let answer = command.run(&mut ctx)?;
    let [mut out, mut err] = sinks(env, colour);
    match render::print(answer, &manner, &mut out, &mut err) {
        // It was taken; that this cannot be told is no reason to bring it again.
        Err(_) if takes_over => Ok(Exit::Success),
        printed => printed,
    }
}

fn overrides(env: &Env, flags: &Flags) -> Result<Overrides> {
    let by_variable = |name: &str| env.var(name).map(PathBuf::from);
    let database = match &flags.db {
        Some(path) => Some((path.clone(), true)),
        None => by_variable("PORTALCTL_DB").map(|path| (path, false)),
    };
    let language = match (flags.lang, env.var("PORTALCTL_LANG")) {
        (Some(lang), _) => Some((lang, true)),
        (None, Some(text)) => Some((parse_coded::<Lang>(text)?, false)),
        (None, None) => None,
    };
    Ok(Overrides {
        database,
        config: flags.config.clone().or_else(|| by_variable("PORTALCTL_CONFIG")),
        language,
    })
}

/// Prints help and version on stdout; everything else that clap refuses is a usage error on stderr.
fn refuse_arguments(env: &mut Env, error: &clap::Error, format: Format, colour: [bool; 2]) -> Exit {
    use clap::error::ErrorKind;
    let [out, mut err] = sinks(env, colour);
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let text = error.render();
        let text = if out.colour { text.ansi().to_string() } else { text.to_string() };
        let written = out.writer.write_all(text.as_bytes()).and_then(|()| out.writer.flush());
        return if written.is_ok() { Exit::Success } else { Exit::Failure };
    }
    errors::print(&usage_error(error), format, &mut err);
    Exit::Usage
}

/// A refusal of clap's as an error of ours, with the code of the value where one of ours refused it.
fn usage_error(error: &clap::Error) -> Error {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::usage("a command is missing")
            .hint("`portalctl --help` lists the commands; `portalctl NOUN --help` its verbs");
    }
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => Some(argument.as_str()),
        _ => None,
    };
    let invalid = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Invalid>());
    if let Some(invalid) = invalid {
        let place = argument.map(|argument| format!("{argument}: ")).unwrap_or_default();
        return Error::new(Exit::Usage, invalid.code, format!("{place}{invalid}")).hint(invalid.hint());
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim_end);
    let message = lines.next().unwrap_or("the command line cannot be understood");
    let message = message.strip_prefix("error: ").unwrap_or(message).to_owned();
    let missing: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("  --") || line.starts_with("  <"))
        .map(str::trim)
        .collect();
    let message = if missing.is_empty() { message } else { format!("{message} {}", missing.join(", ")) };
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: ").map(str::to_owned));
    Error::usage(message)
        .hint(tip.unwrap_or_else(|| "`--help` behind the command shows what it takes".to_owned()))
}

fn parse_format(name: &str) -> Result<Format, Invalid> {
    Format::from_name(name).ok_or_else(|| {
        Invalid::new("usage", "a format", name, "it must be one of table, json, jsonl, csv, id", "json")
    })
}

/// The format for an error in the very arguments that would name it.
fn guess_format(env: &Env, arguments: &[String]) -> Format {
    value_of(arguments, "--format")
        .or_else(|| env.var("PORTALCTL_FORMAT"))
        .and_then(Format::from_name)
        .unwrap_or(Format::Table)
}

fn guess_colour(env: &Env, arguments: &[String]) -> [bool; 2] {
    guess_colour_of(env, value_of(arguments, "--color"))
}

fn value_of<'a>(arguments: &'a [String], flag: &str) -> Option<&'a str> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == flag {
            return arguments.next().map(String::as_str);
        }
        if let Some(value) = argument.strip_prefix(flag).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value);
        }
    }
    None
}

/// Whether stdout and stderr are to be coloured: flag, then `NO_COLOR`, `CLICOLOR_FORCE`, then the terminal itself.
fn guess_colour_of(env: &Env, flag: Option<&str>) -> [bool; 2] {
    let by_stream = |stream: &Stream| match flag {
        Some("always") => true,
        Some("never") => false,
        _ if env.var("NO_COLOR").is_some() => false,
        _ if env.var("CLICOLOR_FORCE").is_some_and(|force| force != "0") => true,
        _ => stream.is_terminal && env.var("TERM") != Some("dumb"),
    };
    [by_stream(&env.stdout), by_stream(&env.stderr)]
}

fn sinks(env: &mut Env, [out, err]: [bool; 2]) -> [Sink<'_>; 2] {
    let Env { stdout, stderr, .. } = env;
    [(stdout, out), (stderr, err)].map(|(stream, colour)| Sink {
        is_terminal: stream.is_terminal,
        width: stream.width,
        writer: &mut *stream.writer,
        colour,
    })
}
