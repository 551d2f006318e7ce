//! Documents that people look at: one page of HTML without anything from outside, or a tagged PDF, from the same
//! content.
//!
//! A room says what a document holds (this model, in the words of the reader's language); how it looks is decided here,
//! in `page.html` with `page.css`, and in `document.typ`. Whatever text comes from outside is escaped by both.

pub mod chart;
mod html;
mod pdf;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::platform::i18n::Lang;

pub use html::html;
pub use pdf::pdf;

/// A document.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    /// The language of its words.
    #[serde(serialize_with = "code_of")]
    pub lang: Lang,
    /// What it is called.
    pub title: String,
    /// Who it comes from.
    pub from: String,
    /// What it is about, on one line.
    pub subject: String,
    /// What is known of its subject: names and values.
    pub facts: Vec<(String, String)>,
    /// What must be known before reading on.
    pub lead: Vec<String>,
    /// What one chooses among, such as years; none where there is no choice.
    pub choices: Option<Choices>,
    /// What the tabs are, for those who hear the page.
    pub tabs_legend: String,
    /// Its parts.
    pub tabs: Vec<Tab>,
    /// Whether each part begins a page on paper.
    #[serde(rename = "page-each")]
    pub page_each: bool,
    /// The day that its figures reach to.
    #[serde(skip)]
    pub day: chrono::NaiveDate,
}

/// What the reader can choose among; what is chosen first is seen on paper.
#[derive(Debug, Clone, Serialize)]
pub struct Choices {
    /// What is chosen.
    pub legend: String,
    /// The choices, each at most a word.
    pub labels: Vec<String>,
    /// The place of the one that is chosen first.
    pub chosen: usize,
}

/// A part of a document that is looked at alone.
#[derive(Debug, Clone, Serialize)]
pub struct Tab {
    /// A word or two.
    pub label: String,
    /// Its heading.
    pub heading: String,
    /// What it shows: for every choice, or for one.
    pub panels: Vec<Panel>,
}

/// What a part shows under a choice.
#[derive(Debug, Clone, Serialize)]
pub struct Panel {
    /// The place of the choice under which it is seen; `None`: always.
    pub choice: Option<usize>,
    /// What it shows.
    pub blocks: Vec<Block>,
}

/// A piece of content.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    /// A heading below that of the part.
    Heading {
        /// Its text.
        text: String,
    },
    /// A paragraph.
    Text {
        /// Its text.
        text: String,
    },
    /// What is amiss with the figures.
    Notes {
        /// One thing each.
        items: Vec<String>,
    },
    /// Figures worth large letters.
    Figures {
        /// One card each.
        cards: Vec<Card>,
    },
    /// A picture of figures that stand in a table too.
    Chart {
        /// What it shows.
        title: String,
        /// What is to be seen in it.
        alt: String,
        /// The picture; made by [`chart`] alone.
        svg: String,
    },
    /// A table.
    Table(Table),
}

/// A figure in large letters.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// Whose figure it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// What it is made of, the target, the trend.
    pub lines: Vec<String>,
    /// Whether the target is reached.
    pub verdict: Option<Verdict>,
}

/// Whether a target is reached, said in words; the sign beside it is an ornament.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Yes, no, or there is nothing to say.
    pub met: Option<bool>,
    /// In words.
    pub text: String,
}

/// A table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The headings.
    pub head: Vec<String>,
    /// Which columns hold words; the others are numbers.
    pub words: Vec<bool>,
    /// The rows; the first cell of each names it.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The cells.
    pub cells: Vec<String>,
    /// Whether it sums up the others.
    pub total: bool,
}

impl Table {
    /// A table whose first columns hold words.
    pub fn new(caption: impl Into<String>, words: usize, head: Vec<String>) -> Table {
        let words = (0..head.len()).map(|column| column < words).collect();
        Table { caption: caption.into(), head, words, rows: Vec::new() }
    }

    /// The columns from this one on hold words too.
    #[must_use]
    pub fn words_from(mut self, first: usize) -> Table {
        self.words.iter_mut().skip(first).for_each(|words| *words = true);
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(Row { cells, total: false });
    }

    /// Adds a row that sums up the others.
    pub fn total(&mut self, cells: Vec<String>) {
        self.rows.push(Row { cells, total: true });
    }
}

fn code_of<S: serde::Serializer>(lang: &Lang, serializer: S) -> Result<S::Ok, S::Error> {
    use crate::values::Coded;
    serializer.serialize_str(lang.code())
}
