//! Reading and writing rows with few words.

use std::ops::ControlFlow;
use std::str::FromStr;

use chrono::NaiveDate;
use rusqlite::types::{FromSql, Value};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::values::{Coded, Invalid, Month, parse_utc_text};

/// The first row, if there is one.
pub fn optional<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    from_row: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(from_row).transpose()
}

/// The only row of a query that always has one, such as a count.
pub fn one<T: FromSql>(conn: &Connection, sql: &str, params: impl Params) -> Result<T> {
    Ok(conn.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// The first column of the first row, if there is one.
pub fn scalar<T: FromSql>(conn: &Connection, sql: &str, params: impl Params) -> Result<Option<T>> {
    Ok(conn.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?)
}

/// All rows.
pub fn list<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    from_row: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    statement.query_and_then(params, from_row)?.collect()
}

/// Hands each row on as it is read, until the receiver has enough.
pub fn each(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut receive: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        if receive(row)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Writes; answers with the number of rows changed.
pub fn execute(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<usize> {
    Ok(tx.prepare_cached(sql)?.execute(params)?)
}

/// Inserts one row; answers with its id.
pub fn insert(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<i64> {
    Ok(tx.prepare_cached(sql)?.insert(params)?)
}

/// Changes exactly one row; anything else is an internal error.
pub fn execute_one(tx: &Tx<'_>, sql: &str, params: impl Params) -> Result<()> {
    match execute(tx, sql, params)? {
        1 => Ok(()),
        n => Err(Error::internal(format!("a statement for one row changed {n}: {sql}"))),
    }
}

/// Typed columns.
pub trait RowExt {
    /// A column that holds a code.
    fn coded<T: Coded>(&self, column: &str) -> Result<T>;
    /// A column that may hold a code.
    fn coded_opt<T: Coded>(&self, column: &str) -> Result<Option<T>>;
    /// A column that holds a value in its canonical text.
    fn parsed<T: FromStr<Err = Invalid>>(&self, column: &str) -> Result<T>;
    /// A column that may hold a value in its canonical text.
    fn parsed_opt<T: FromStr<Err = Invalid>>(&self, column: &str) -> Result<Option<T>>;
    /// A column that may hold a time.
    fn time_opt(&self, column: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>>;
    /// A column that holds a calendar day.
    fn date(&self, column: &str) -> Result<NaiveDate>;
    /// A column that may hold a calendar day.
    fn date_opt(&self, column: &str) -> Result<Option<NaiveDate>>;
    /// A column that holds a month as a number.
    fn month(&self, column: &str) -> Result<Month>;
}

impl RowExt for Row<'_> {
    fn coded<T: Coded>(&self, column: &str) -> Result<T> {
        self.coded_opt(column)?.ok_or_else(|| unreadable(column, "NULL"))
    }

    fn coded_opt<T: Coded>(&self, column: &str) -> Result<Option<T>> {
        let code: Option<String> = self.get(column)?;
        code.map(|code| T::from_code(&code).ok_or_else(|| unreadable(column, &code))).transpose()
    }

    fn parsed<T: FromStr<Err = Invalid>>(&self, column: &str) -> Result<T> {
        self.parsed_opt(column)?.ok_or_else(|| unreadable(column, "NULL"))
    }

    fn parsed_opt<T: FromStr<Err = Invalid>>(&self, column: &str) -> Result<Option<T>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| text.parse().map_err(|_| unreadable(column, &text))).transpose()
    }

    fn time_opt(&self, column: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| parse_utc_text(&text).ok_or_else(|| unreadable(column, &text))).transpose()
    }

    fn date(&self, column: &str) -> Result<NaiveDate> {
        self.date_opt(column)?.ok_or_else(|| unreadable(column, "NULL"))
    }

    fn date_opt(&self, column: &str) -> Result<Option<NaiveDate>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| text.parse().map_err(|_| unreadable(column, &text))).transpose()
    }

    fn month(&self, column: &str) -> Result<Month> {
        let number: i64 = self.get(column)?;
        Month::from_yyyymm(number).ok_or_else(|| unreadable(column, &number.to_string()))
    }
}

fn unreadable(column: &str, value: &str) -> Error {
    Error::internal(format!("the database holds \"{value}\" in column {column}, which cannot be"))
}

/// The conditions of a list, put together from what was asked for.
#[derive(Default)]
pub struct Where {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Where {
    /// Adds a condition with one `?`, where a value was given.
    pub fn equals(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.conditions.push(condition.to_owned());
            self.values.push(value.into());
        }
    }

    /// Adds a condition without a value.
    pub fn always(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Adds a condition with as many `?` as values.
    pub fn all(&mut self, condition: &str, values: impl Iterator<Item = Value>) {
        self.conditions.push(condition.to_owned());
        self.values.extend(values);
    }

    /// Adds `column IN (…)`, where values were given.
    pub fn any_of(&mut self, column: &str, values: &[impl AsRef<str>]) {
        if !values.is_empty() {
            let marks = vec!["?"; values.len()].join(", ");
            self.conditions.push(format!("{column} IN ({marks})"));
            self.values.extend(values.iter().map(|value| Value::Text(value.as_ref().to_owned())));
        }
    }

    /// Adds `column IN (…)` for these rows; `None` for all rows.
    pub fn among(&mut self, column: &str, rows: Option<&[i64]>) {
        if let Some(rows) = rows {
            let marks = vec!["?"; rows.len()].join(", ");
            self.conditions.push(format!("{column} IN ({marks})"));
            self.values.extend(rows.iter().map(|row| Value::Integer(*row)));
        }
    }

    /// ` WHERE …`, or nothing.
    pub fn sql(&self) -> String {
        match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" WHERE {}", conditions.join(" AND ")),
        }
    }

    /// The values for the marks, in order.
    pub fn params(&self) -> impl Params + '_ {
        rusqlite::params_from_iter(self.values.iter())
    }
}
