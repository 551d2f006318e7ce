//! Fields as CSV cells, in either dialect.

use serde_json::Value;

use super::view::{Column, Kind, plain};
use crate::platform::sheet::{Cell, Dialect};

/// What heads a column: its field, with the unit that its figures have in this dialect.
pub(super) fn heading(column: &Column, dialect: Dialect) -> String {
    let unit = match (dialect, column.kind) {
        (Dialect::ExcelDa, Kind::Bp | Kind::Share) => Some(("_bp", "_percent")),
        (Dialect::ExcelDa, Kind::Ore) => Some(("_ore", "_kr")),
        _ => None,
    };
    match unit.and_then(|(old, new)| Some((column.field.strip_suffix(old)?, new))) {
        Some((field, new)) => format!("{field}{new}"),
        None => column.field.to_owned(),
    }
}

/// A field as a CSV cell: codes and raw values, lists parted by a space; what counts hundredths has a decimal comma
/// for Excel.
pub(super) fn cell(column: &Column, row: &Value, dialect: Dialect) -> Cell<'static> {
    let value = row.get(column.field).unwrap_or(&Value::Null);
    let kind = column.kind.of(row);
    let text = match (kind, value) {
        (Kind::Tuples(fields), Value::Array(objects)) => objects
            .iter()
            .map(|object| {
                let parts: Vec<_> =
                    fields.iter().map(|field| plain(object.get(*field).unwrap_or(&Value::Null))).collect();
                parts.join(":")
            })
            .collect::<Vec<_>>()
            .join(" "),
        (Kind::List | Kind::Codes(_), Value::Array(values)) => {
            values.iter().map(plain).collect::<Vec<_>>().join(" ")
        }
        (Kind::Ore | Kind::Bp | Kind::Share, Value::Number(number)) if dialect == Dialect::ExcelDa => {
            number.as_i64().map_or_else(|| plain(value), hundredths)
        }
        _ => plain(value),
    };
    match (kind, value) {
        (_, Value::Null | Value::Bool(_) | Value::Number(_)) | (Kind::Date | Kind::Time, _) => {
            Cell::Value(text.into())
        }
        _ => Cell::Text(text.into()),
    }
}

/// `123456` as `1234,56`: without dots, which Excel would take for a part of the number only sometimes.
fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    format!("{sign}{},{:02}", number / 100, number % 100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::view::col;
    use super::*;

    fn written(column: &Column, value: Value, dialect: Dialect) -> (String, bool) {
        match cell(column, &json!({column.field: value}), dialect) {
            Cell::Text(text) => (text.into_owned(), true),
            Cell::Value(text) => (text.into_owned(), false),
            Cell::Raw(_) => unreachable!("no answer has raw cells"),
        }
    }

    #[test]
    fn figures_of_hundredths_have_a_comma_for_excel_and_their_unit_in_the_heading() {
        let (bp, ore) = (col("target_bp", Kind::Bp), col("lost_ore", Kind::Ore));
        assert_eq!(heading(&bp, Dialect::ExcelDa), "target_percent");
        assert_eq!(heading(&ore, Dialect::ExcelDa), "lost_kr");
        assert_eq!(heading(&bp, Dialect::Plain), "target_bp");
        assert_eq!(written(&bp, json!(9950), Dialect::ExcelDa), ("99,50".to_owned(), false));
        assert_eq!(written(&ore, json!(-5), Dialect::ExcelDa), ("-0,05".to_owned(), false));
        assert_eq!(written(&ore, json!(123_456), Dialect::ExcelDa), ("1234,56".to_owned(), false));
        assert_eq!(written(&ore, json!(123_456), Dialect::Plain), ("123456".to_owned(), false));
        assert_eq!(written(&bp, Value::Null, Dialect::ExcelDa), (String::new(), false));
    }

    #[test]
    fn texts_may_be_guarded_and_numbers_times_and_truth_values_never() {
        let text = |kind, value| written(&col("x", kind), value, Dialect::ExcelDa).1;
        assert!(text(Kind::Text, json!("=1")) && text(Kind::List, json!(["007"])));
        assert!(text(Kind::Json, json!({"a": 1})));
        assert!(
            !text(Kind::Int, json!(-5)) && !text(Kind::Json, json!(2026)) && !text(Kind::Bool, json!(true))
        );
        assert!(!text(Kind::Date, json!("2026-05-31")));
    }
}
