//! The example world: the commands of `fixtures/demo.txt`, typed into a new folder on the world's own dates.
//!
//! The folder's database is made with a clock that is not the system's, which marks it as an example world for
//! good; no other command can set the clock (DESIGN §1 rule 3).

pub mod cli;
mod files;
mod script;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;

use crate::platform::ctx::Ctx;
use crate::platform::env::{Clock, Env, Stream};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::files::cannot_write;
use crate::platform::ui::render::cannot_print;

use script::Step;

/// What was built.
pub struct Built {
    /// How many commands were run.
    pub commands: usize,
}

/// Builds the example world in `folder`, which must be new or empty, showing each step on stdout.
pub fn build(ctx: &mut Ctx<'_>, folder: &Path) -> Result<Built> {
    refuse_occupied(folder)?;
    std::fs::create_dir_all(folder).map_err(|e| cannot_write(folder, &e))?;
    for (name, bytes) in files::FIXTURES {
        let path = folder.join("fixtures").join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|e| cannot_write(parent, &e))?;
        std::fs::write(&path, bytes).map_err(|e| cannot_write(&path, &e))?;
    }
    let steps = script::parse(files::SCRIPT)?;
    let begin = script::first_time(&steps)?;
    let clock = Rc::new(Cell::new(begin));
    let mut commands = 0;
    for step in steps {
        match step {
            Step::Heading(text) => say(ctx, &format!("\n━━ {text} ━━\n"))?,
            Step::Remark(text) => say(ctx, &format!("\n# {text}\n"))?,
            Step::At(time) => clock.set(time),
            Step::Command { line, words } => {
                say(ctx, &format!("$ {line}\n"))?;
                type_command(ctx, folder, &clock, &line, words)?;
                commands += 1;
            }
        }
    }
    let readme = folder.join("README.md");
    std::fs::write(&readme, files::README).map_err(|e| cannot_write(&readme, &e))?;
    Ok(Built { commands })
}

/// Runs one command in the folder, with the story's clock, and its output where ours goes.
fn type_command(
    ctx: &mut Ctx<'_>,
    folder: &Path,
    clock: &Rc<Cell<chrono::DateTime<chrono::Utc>>>,
    line: &str,
    words: Vec<String>,
) -> Result<()> {
    let run = ctx.run_command;
    let outer = &mut *ctx.env;
    let mut inner = Env {
        clock: Clock::Story(Rc::clone(clock)),
        entropy: outer.entropy.clone(),
        // Nothing of the user's own surroundings reaches into the story.
        vars: BTreeMap::from([("PORTALCTL_CONFIG".to_owned(), "fixtures/config.toml".to_owned())]),
        cwd: folder.to_owned(),
        stdin: Box::new(std::io::empty()),
        stdin_is_terminal: false,
        stdout: take(&mut outer.stdout),
        stderr: take(&mut outer.stderr),
        operator: outer.operator.clone(),
    };
    let exit = run(&mut inner, words);
    outer.stdout = inner.stdout;
    outer.stderr = inner.stderr;
    if exit == Exit::Success {
        return Ok(());
    }
    Err(Error::internal(format!("the story stopped: `{line}` ended with exit code {}", exit.code())))
}

fn take(stream: &mut Stream) -> Stream {
    let Stream { is_terminal, width, .. } = *stream;
    std::mem::replace(stream, Stream { writer: Box::new(std::io::sink()), is_terminal, width })
}

fn say(ctx: &mut Ctx<'_>, text: &str) -> Result<()> {
    let writer = &mut ctx.env.stdout.writer;
    writer.write_all(text.as_bytes()).and_then(|()| writer.flush()).map_err(|e| cannot_print(&e))
}

fn refuse_occupied(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder).map(Iterator::count) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(cannot_write(folder, &e)),
        Ok(0) => Ok(()),
        Ok(_) => Err(Error::conflict("demo.exists", format!("{} exists and is not empty", folder.display()))
            .hint("name a new folder, or remove that one")),
    }
}
