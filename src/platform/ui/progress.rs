//! How far a long command has come: a bar on stderr, on a terminal only and not under `--quiet`.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar, or none. It goes away when it is dropped.
#[derive(Default)]
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar where somebody looks.
    pub(in crate::platform) fn new(shown: bool) -> Progress {
        let style = ProgressStyle::with_template("{msg:10} {wide_bar} {percent:>3} %");
        let bar = style.ok().filter(|_| shown).map(|style| {
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
        });
        Progress(bar)
    }

    /// Begins a part of the work, of so many steps.
    pub fn begin(&self, what: &'static str, steps: u64) {
        if let Some(bar) = &self.0 {
            bar.set_message(what);
            bar.set_length(steps);
            bar.set_position(0);
        }
    }

    /// So many steps more are done.
    pub fn advance(&self, steps: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(steps);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
