//! `portalctl state …`

use std::path::{Path, PathBuf};

use super::apply::{self, Options, Outcome};
use super::faults::Faults;
use super::model::{SCHEMA, State};
use super::saved::{self, SavedOptions, SavedPlan};
use super::wanted::Wanted;
use super::{changes, check, export, model, read};
use crate::platform::ctx::Ctx;
use crate::platform::db::{Options as Opening, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::files::{OutputFile, read_limited};
use crate::platform::ui::Answer;
use crate::platform::ui::foreign::safe_json;
use crate::platform::ui::plan::{Item, Plan};
use crate::platform::ui::render::Format;
use crate::portal::access;
use crate::portal::tenant::service as tenant_service;

/// How much an apply may take away where nothing is said.
const MAX_DELETES: u64 = 100;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum StateCommand {
    /// Print the declarable world as a state file: YAML, or JSON with --format json
    Export(ExportArgs),
    /// Show what `apply` would do, object by object and field by field
    Plan(PlanArgs),
    /// Bring the database to what state files, or a saved plan, say
    Apply(ApplyArgs),
    /// Print the JSON Schema of state files
    Schema,
}

impl StateCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        if !matches!(self, StateCommand::Schema) {
            access::provider_only(&ctx.actor())?;
        }
        match self {
            StateCommand::Export(args) => run_export(&args, ctx),
            StateCommand::Plan(args) => run_plan(&args, ctx),
            StateCommand::Apply(args) => run_apply(&args, ctx),
            StateCommand::Schema => {
                ctx.refuse_dry_run()?;
                Ok(Answer::text(model::json_schema()))
            }
        }
    }
}

/// `state export`
#[derive(clap::Args)]
pub struct ExportArgs {
    /// Only this institution, with its users' rights there (can be repeated)
    #[arg(long = "tenant", value_name = "TENANT")]
    tenants: Vec<String>,
}

fn run_export(args: &ExportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let as_json = match ctx.global.manner.format {
        Format::Table => false,
        Format::Json => true,
        _ => {
            return Err(Error::usage("a state file is YAML or JSON")
                .hint("leave --format away for YAML, or say --format json"));
        }
    };
    ctx.refuse_fields()?;
    let state = ctx.read(|conn| {
        if args.tenants.is_empty() {
            return export::all(conn);
        }
        let tenants = args.tenants.iter().map(|name| tenant_service::resolve(conn, name));
        export::some(conn, tenants.collect::<Result<_>>()?)
    })?;
    Ok(Answer::text(if as_json { export::json(&state)? } else { export::yaml(&state)? }))
}

/// How files are to be applied.
#[derive(clap::Args)]
pub struct HowArgs {
    /// Take away what an earlier apply created in these institutions and the files name no more
    #[arg(long)]
    prune: bool,
    /// How many things may be taken away, by --prune, an empty list or the files' own words [default: 100]
    #[arg(long, value_name = "N")]
    max_deletes: Option<u64>,
    /// Write to the users created and the signatories appointed
    #[arg(long)]
    invite: bool,
}

impl HowArgs {
    fn options(&self, ctx: &Ctx<'_>) -> Options {
        let max_deletes = self.max_deletes.unwrap_or(MAX_DELETES);
        Options { prune: self.prune, max_deletes, invite: self.invite, lang: ctx.lang() }
    }
}

/// `state plan`
#[derive(clap::Args)]
pub struct PlanArgs {
    /// State files, together one declaration; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
    /// End with 10 if something would change, with 11 if something would be taken away
    #[arg(long)]
    exit_code: bool,
    /// Keep the plan in a file that `apply` takes; - is standard output
    #[arg(long, value_name = "PLAN")]
    out: Option<PathBuf>,
    /// Replace an existing file of --out
    #[arg(long, requires = "out")]
    force: bool,
}

fn run_plan(args: &PlanArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    ctx.refuse_fields()?;
    let Input::Files(mut state, wanted) = input(&args.files, args.out.is_some(), ctx)? else {
        return Err(Error::usage("this is a plan already; `plan` makes one from state files")
            .hint("`portalctl state apply PLAN --dry-run` shows what a saved plan does"));
    };
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    let file = args.out.as_ref().filter(|_| !to_stdout);
    let output = file.map(|path| OutputFile::create(&ctx.path(path), args.force)).transpose()?;
    let options = args.how.options(ctx);
    let actor = ctx.actor();
    let mut db = ctx.open_with(Opening { dry_run: true, ..ctx.options() })?;
    db.undo_in_memory()?;
    let (base, outcome) = db.write(&actor, |tx| {
        // It is looked for in the whole audit where need be, and only a plan that is kept needs it.
        let base = args.out.is_some().then(|| changes::base(tx)).transpose()?.unwrap_or_default();
        Ok((base, apply::apply(tx, &wanted, options)?))
    })?;
    let saved = args.out.as_ref().map(|_| SavedPlan {
        schema: saved::SCHEMA.to_owned(),
        base,
        options: SavedOptions::of(options),
        items: outcome.items.clone(),
        declaration: state.take().map(|state| *state).unwrap_or_default(),
    });
    if let (Some(output), Some(plan)) = (output, &saved) {
        write(output, plan)?;
    }
    let exit = match (args.exit_code, outcome.items.is_empty(), outcome.deletions()) {
        (false, _, _) | (true, true, _) => Exit::Success,
        (true, false, 0) => Exit::Changes,
        (true, false, _) => Exit::Deletions,
    };
    match saved.filter(|_| to_stdout) {
        Some(plan) => Ok(Answer::text(text_of(&plan)?).warn(outcome.warnings).exit(exit)),
        None => Ok(answer(outcome, true).exit(exit)),
    }
}

fn text_of(plan: &SavedPlan) -> Result<String> {
    let text = serde_json::to_string_pretty(plan)
        .map_err(|e| Error::internal(format!("the plan cannot be written as JSON: {e}")))?;
    Ok(safe_json(&text) + "\n")
}

fn write(mut output: OutputFile, plan: &SavedPlan) -> Result<()> {
    use std::io::Write as _;
    let text = text_of(plan)?;
    let path = output.path().to_owned();
    output.write_all(text.as_bytes()).map_err(|e| crate::platform::files::cannot_write(&path, &e))?;
    output.finish()
}

/// `state apply`
#[derive(clap::Args)]
pub struct ApplyArgs {
    /// State files, together one declaration, or one saved plan; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
}

fn run_apply(args: &ApplyArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let (wanted, options, plan) = match input(&args.files, false, ctx)? {
        Input::Files(_, wanted) => (wanted, args.how.options(ctx), None),
        Input::Plan(wanted, plan) => {
            if args.how.prune || args.how.invite || args.how.max_deletes.is_some() {
                return Err(Error::usage("a saved plan says itself how it is applied")
                    .hint("leave --prune, --max-deletes and --invite away, or plan again with them"));
            }
            (wanted, plan.options.with(ctx.lang()), Some(plan))
        }
    };
    let actor = ctx.actor();
    let dry_run = ctx.global.dry_run;
    let mut db = ctx.open()?;
    db.undo_in_memory()?;
    let mut unconfirmed = None;
    let ask = !ctx.global.yes && !dry_run;
    let run = |tx: &Tx<'_>| match &plan {
        Some(plan) => as_planned(tx, &wanted, options, plan),
        None => apply::apply(tx, &wanted, options),
    };
    let done = db.write(&actor, |tx| {
        let outcome = run(tx)?;
        if ask && outcome.deletions() > 0 {
            // What is taken away is known only now; the error undoes it until somebody said yes.
            unconfirmed = Some(outcome);
            return Err(Error::internal("an unconfirmed apply was kept"));
        }
        Ok(outcome)
    });
    let Some(seen) = unconfirmed else { return Ok(answer(done?, dry_run)) };
    if ctx.can_ask() {
        // Nobody should have to say yes to what they have not seen.
        let plan =
            Plan { dry_run: true, items: seen.items.clone(), unchanged: seen.unchanged, mails: seen.mails };
        ctx.note(&plan.text(false));
    }
    ctx.confirm(&question(&seen, &ctx.config.database.clone()))?;
    let outcome = db.write(&actor, |tx| {
        let outcome = run(tx)?;
        insist(&outcome, &seen.items, "the data changed while the question stood")?;
        Ok(outcome)
    })?;
    Ok(answer(outcome, dry_run))
}

fn as_planned(tx: &Tx<'_>, wanted: &Wanted, options: Options, plan: &SavedPlan) -> Result<Outcome> {
    let moved_on = "the data changed since this plan was made";
    if changes::base(tx)? != plan.base {
        return Err(saved::stale(moved_on));
    }
    let outcome = apply::apply(tx, wanted, options)?;
    insist(&outcome, &plan.items, "applied now, this plan would do something else than it says")?;
    Ok(outcome)
}

fn insist(outcome: &Outcome, agreed: &[Item], otherwise: &str) -> Result<()> {
    if outcome.items == agreed { Ok(()) } else { Err(saved::stale(otherwise)) }
}

fn question(outcome: &Outcome, database: &Path) -> String {
    let (n, database) = (outcome.deletions(), database.display());
    let things = if n == 1 { "1 thing" } else { &format!("{n} things") };
    format!("This takes away {things} in {database}. Apply it?")
}

fn answer(outcome: Outcome, dry_run: bool) -> Answer {
    let Outcome { items, unchanged, mails, warnings } = outcome;
    Answer::plan(Plan { dry_run, items, unchanged, mails }).warn(warnings)
}

enum Input {
    /// All files together, where they are to be kept, and what they ask for.
    Files(Option<Box<State>>, Wanted),
    Plan(Wanted, Box<SavedPlan>),
}

/// Reads and checks what was named. Everything that is wrong in any of the files is told at once.
fn input(paths: &[PathBuf], keep: bool, ctx: &mut Ctx<'_>) -> Result<Input> {
    let mut faults = Faults::default();
    let mut files = Vec::new();
    for path in paths {
        let name =
            if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        let bytes = read_limited(ctx.input(path)?, read::LARGEST, &name)?;
        if saved::is_plan(&bytes) {
            if paths.len() > 1 {
                return Err(Error::usage(format!("{name} is a saved plan, which is applied alone"))
                    .hint("apply the plan without other files, or plan all files together"));
            }
            let mut plan = saved::read(&name, &bytes)?;
            let declaration = std::mem::take(&mut plan.declaration);
            let wanted = check::check(&[(name, declaration)]).map_err(Faults::into_error)?;
            return Ok(Input::Plan(wanted, Box::new(plan)));
        }
        match read::read(&name, &bytes) {
            Ok(state) => files.push((name, state)),
            Err(fault) => faults.push(|| fault),
        }
    }
    let wanted = match check::check(&files) {
        Ok(wanted) if faults.is_empty() => wanted,
        Ok(_) => return Err(faults.into_error()),
        Err(more) => {
            faults.append(more);
            return Err(faults.into_error());
        }
    };
    let whole = keep.then(|| {
        let mut whole = State { schema: super::scalar::Text::new(SCHEMA), ..State::default() };
        for (_, state) in files {
            whole.extend(state);
        }
        Box::new(whole)
    });
    Ok(Input::Files(whole, wanted))
}
