//! The empty file to begin with.

use serde::Serialize;

use super::{Column, Mode, Shape};
use crate::platform::ui::Answer;
use crate::platform::ui::render::Format;
use crate::platform::ui::view::{Kind, View, col};

/// A column as scripts read it.
#[derive(Debug, Serialize)]
struct ColumnRow {
    name: &'static str,
    field: &'static str,
    required: &'static [Mode],
    example: &'static str,
    about: &'static str,
}

static COLUMN: View = View {
    noun: "column",
    columns: &[
        col("name", Kind::Text),
        col("field", Kind::Text),
        col("required", Kind::Codes("mode")),
        col("example", Kind::Text),
        col("about", Kind::Text),
    ],
    details: &[],
    key: &["field"],
};

/// The headings with an example row, as CSV in the Danish manner; as a list of all columns where the answer is to be
/// JSON.
pub fn template(shape: &'static Shape, format: Format) -> Answer {
    if matches!(format, Format::Table | Format::Csv) {
        let line = |cell: fn(&Column) -> &'static str| {
            let cells: Vec<_> = shape.columns.iter().filter(|column| column.in_template).map(cell).collect();
            cells.join(";")
        };
        // The examples hold neither semicolons nor quotes; a test holds that.
        let (headings, examples) = (line(Column::heading), line(|column| column.example));
        return Answer::text(format!("{headings}\r\n{examples}\r\n"));
    }
    let rows = shape.columns.iter().map(|column| ColumnRow {
        name: column.heading(),
        field: column.field(),
        required: column.need.modes(),
        example: column.example,
        about: column.about,
    });
    Answer::list(&COLUMN, rows.collect())
}
