//! `--out` and `--form`: reports as files, and many of them at once.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::platform::blob::hex_sha256;
use crate::platform::ctx::Ctx;
use crate::platform::document::{self, Document};
use crate::platform::error::{Error, Result};
use crate::platform::files::OutputFile;
use crate::platform::i18n::parse_coded;
use crate::platform::interrupt;
use crate::platform::ui::Answer;
use crate::platform::ui::render::{self, Format, Manner, Sink};
use crate::platform::ui::view::{Kind, View, col, extra};
use crate::values::Coded;

crate::coded! {
    /// What a report is written as.
    pub enum Form("report-form") {
        /// One page without anything from outside.
        Html => "html",
        /// Tagged PDF/A-2a.
        Pdf => "pdf",
        /// Rows.
        Csv => "csv",
        /// Rows as JSON.
        Json => "json",
    }
}

impl Form {
    /// Whether people look at it, and not programs.
    pub fn is_document(self) -> bool {
        matches!(self, Form::Html | Form::Pdf)
    }
}

/// Where a report goes.
#[derive(clap::Args)]
pub struct OutArgs {
    /// Write the report there: .html, .pdf, .csv or .json; - with --form for standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// html, pdf, csv or json [default: what the name of --out ends in; html with --out-dir]
    #[arg(long, value_name = "FORM", value_parser = parse_coded::<Form>)]
    form: Option<Form>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

impl OutArgs {
    /// The file to write and its form, where one is wanted.
    pub fn file(&self) -> Result<Option<(PathBuf, Form)>> {
        let Some(path) = &self.out else {
            return match self.form {
                None => Ok(None),
                Some(_) => Err(Error::usage("--form says what a file is written as; there is none to write")
                    .hint("name it with --out FILE, or use --format for an answer on the screen")),
            };
        };
        let ending = path.extension().and_then(OsStr::to_str).map(str::to_lowercase);
        let named = Form::all().iter().copied().find(|form| Some(form.code()) == ending.as_deref());
        match self.form.or(named) {
            Some(form) => Ok(Some((path.clone(), form))),
            None => Err(Error::usage(format!(
                "what should {} be written as? Its name ends in none of .html, .pdf, .csv, .json",
                path.display()
            ))
            .hint("give it such an end, or say --form html|pdf|csv|json")),
        }
    }

    /// The form of many files.
    pub fn form_of_all(&self) -> Form {
        self.form.unwrap_or(Form::Html)
    }

    /// Whether files that are there may be replaced.
    pub fn force(&self) -> bool {
        self.force
    }
}

/// A file that was written.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    form: Form,
    size: usize,
    sha256: String,
}

static WRITTEN: View = View {
    noun: "report",
    columns: &[
        col("path", Kind::Text),
        col("form", Kind::Code("report-form")),
        col("size", Kind::Int),
        extra("sha256", Kind::Text),
    ],
    details: &[],
    key: &["path"],
};

/// A document in its form.
pub fn made(document: &Document, form: Form) -> Result<Vec<u8>> {
    match form {
        Form::Pdf => document::pdf(document),
        _ => document::html(document).map(String::into_bytes),
    }
}

/// Rows as a file for programs: the same bytes as on standard output.
pub fn rows<T: Serialize + 'static>(
    view: &'static View,
    rows: Vec<T>,
    form: Form,
    manner: &Manner,
) -> Result<Vec<u8>> {
    let format = if form == Form::Csv { Format::Csv } else { Format::Json };
    let manner = Manner { format, ..manner.clone() };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut sink = Sink { writer: &mut out, is_terminal: false, width: None, colour: false };
    let mut silence = Sink { writer: &mut err, is_terminal: false, width: None, colour: false };
    render::print(Answer::list(view, rows), &manner, &mut sink, &mut silence)?;
    Ok(out)
}

/// Writes one report. A dry run makes it and writes nothing.
pub fn write(ctx: &mut Ctx<'_>, path: &Path, form: Form, bytes: &[u8], force: bool) -> Result<Answer> {
    let dry_run = ctx.global.dry_run;
    if path == Path::new("-") {
        if !dry_run {
            let out = &mut ctx.env.stdout.writer;
            out.write_all(bytes).and_then(|()| out.flush()).map_err(|e| render::cannot_print(&e))?;
        }
        return Ok(Answer::nothing());
    }
    let place = ctx.path(path);
    let mut out = OutputFile::create(&place, force)?;
    out.write_all(bytes).map_err(|e| crate::platform::files::cannot_write(&place, &e))?;
    if !dry_run {
        out.finish()?;
    }
    let shown = path.display().to_string();
    let written = Written { path: shown, form, size: bytes.len(), sha256: hex_sha256(bytes) };
    Answer::change(&WRITTEN, "written", &written)
}

/// Makes many files side by side, one thread a core, in the order given. A signal ends it between two of them.
pub fn side_by_side<T: Sync>(
    jobs: &[T],
    make: impl Fn(&T) -> Result<Vec<u8>> + Sync,
) -> Result<Vec<Vec<u8>>> {
    let threads =
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(jobs.len().max(1));
    let make = &make;
    let made = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    let own = jobs.iter().enumerate().skip(first).step_by(threads);
                    own.map(|(place, job)| {
                        if interrupt::pending() {
                            return Err(interrupt::error());
                        }
                        make(job).map(|bytes| (place, bytes))
                    })
                    .collect::<Result<Vec<_>>>()
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| {
            worker.join().unwrap_or_else(|_| Err(Error::internal("a thread that wrote reports broke off")))
        });
        joined.collect::<Result<Vec<_>>>()
    })?;
    let mut all: Vec<_> = made.into_iter().flatten().collect();
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, bytes)| bytes).collect())
}
