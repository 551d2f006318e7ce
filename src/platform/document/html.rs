//! A document as one page: nothing is fetched, nothing is run.
//!
//! Tabs and choices are radio buttons that the style sheet looks at, so they work without scripts and by keyboard; where
//! a browser does not know `:has()`, and on paper, all tabs are seen one below the other.

use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::json;

use super::Document;
use crate::platform::error::{Error, Result};
use crate::platform::i18n;
use crate::platform::ui::foreign::visible;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

static ENVIRONMENT: LazyLock<std::result::Result<Environment<'static>, String>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    // Everything is escaped but what `page.html` says is not: the style sheet and the charts, both of our own making.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|e| e.to_string())?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => {
            minijinja::escape_formatter(out, state, &visible(text, true).into())
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    environment.add_template("page", PAGE).map_err(|e| e.to_string())?;
    Ok(environment)
});

/// The page.
///
/// # Errors
/// None that a user could cause: a page that cannot be written is a bug (1).
pub fn html(document: &Document) -> Result<String> {
    let bug = |e: String| Error::internal(format!("a page cannot be written: {e}"));
    let environment = ENVIRONMENT.as_ref().map_err(|e| bug(e.clone()))?;
    let page = environment.get_template("page").map_err(|e| bug(format!("{e:#}")))?;
    let word = |id: &str| i18n::text(document.lang, id).unwrap_or_default();
    let values = json!({
        "doc": document,
        "style": format!("{STYLE}{}", switches(document)),
        "word_skip": word("document-skip"),
        "word_notes": word("document-notes"),
        "word_facts": word("document-facts"),
        "word_chart": word("document-chart-table"),
    });
    let values: minijinja::Value = serde_json::from_value(values).map_err(|e| bug(e.to_string()))?;
    page.render(values).map_err(|e| bug(format!("{e:#}")))
}

/// What the radio buttons show and hide.
fn switches(document: &Document) -> String {
    let mut css = String::new();
    let choices = document.choices.as_ref().map_or(0, |choices| choices.labels.len());
    let _ = writeln!(css, "@supports selector(:has(*)) {{");
    for choice in 0..choices {
        let _ =
            writeln!(css, "body:has(#c{choice}:checked) .panel:is(.k):not(.k{choice}) {{ display: none }}");
    }
    let _ = writeln!(css, "@media screen {{");
    if document.tabs.len() > 1 {
        for tab in 0..document.tabs.len() {
            let _ = writeln!(css, "body:has(#t{tab}:checked) .tab:not(#p{tab}) {{ display: none }}");
        }
    }
    css.push_str("}\n}\n");
    css
}
