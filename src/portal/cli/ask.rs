//! Asking for what a command line lacks: field by field with the checks of the flags, and at the end the command
//! that would have done it without questions.

use std::str::FromStr;

use crate::platform::ctx::Ctx;
use crate::platform::db::{Connection, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{label_of, text};
use crate::platform::ui::prompt;
use crate::portal::access::Right;
use crate::portal::access::grants::{self, Place};
use crate::portal::tenant::{Tenant, service as tenant_service};
use crate::values::{Coded, Invalid};

/// A flag, and what a question calls it.
pub type Field = (&'static str, &'static str);

/// Flags as the help shows them (`--cvr <CVR>`), each with whether it is missing.
pub type Wanted<'a> = &'a [(&'a str, bool)];

/// A conversation about one thing that is to be created.
pub struct Asking<'c, 'e> {
    /// What the command has in hand.
    pub ctx: &'c mut Ctx<'e>,
    db: Db,
    /// What the answers come to as flags.
    flags: Vec<String>,
    /// The lines of a text that `--body-file -` would read.
    input: Vec<String>,
    /// Whether it was said that Enter passes over.
    optional: bool,
}

/// Refuses a command line that lacks something where nobody can be asked. Answers with whether to ask.
pub fn lacks(ctx: &Ctx<'_>, wanted: Wanted<'_>) -> Result<bool> {
    let missing: Vec<_> = wanted.iter().filter(|(_, missing)| *missing).map(|(flag, _)| *flag).collect();
    if missing.is_empty() || ctx.can_ask() {
        return Ok(!missing.is_empty());
    }
    let missing = missing.join(", ");
    Err(Error::usage(format!("the following required arguments were not provided: {missing}"))
        .hint("`--help` behind the command shows what it takes; at a terminal it asks"))
}

/// A value that was given or asked for; what [`lacks`] has seen to is never missing.
pub fn given<T>(value: Option<T>, flag: &str) -> Result<T> {
    value.ok_or_else(|| {
        Error::usage(format!("the following required arguments were not provided: {flag}"))
            .hint("`--help` behind the command shows what it takes")
    })
}

/// The check of a flag whose value parses itself.
pub fn parsed<T: FromStr<Err = Invalid>>(_: &Connection, text: &str) -> Result<T> {
    Ok(text.parse()?)
}

/// The check of a name or title.
pub fn one_line(_: &Connection, text: &str) -> Result<String> {
    Ok(super::line(text)?)
}

impl<'c, 'e> Asking<'c, 'e> {
    /// Begins to ask, if something is missing that is needed.
    pub fn begin(ctx: &'c mut Ctx<'e>, wanted: Wanted<'_>) -> Result<Option<Asking<'c, 'e>>> {
        if lacks(ctx, wanted)? { Asking::open(ctx).map(Some) } else { Ok(None) }
    }

    /// Begins. The database is opened before the first question, so that nobody answers for nothing.
    pub fn open(ctx: &'c mut Ctx<'e>) -> Result<Asking<'c, 'e>> {
        ctx.refuse_fields()?;
        let db = ctx.open()?;
        Ok(Asking { ctx, db, flags: Vec::new(), input: Vec::new(), optional: false })
    }

    /// Says something on stderr. Without a terminal nothing but an error may stand there under `--format json`.
    pub fn tell(&mut self, text: &str) {
        if self.ctx.can_ask() || !self.ctx.global.manner.format.is_json() {
            self.ctx.note(text);
        }
    }

    /// Looks something up.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.db.read(read)
    }

    /// Keeps a flag for the command that is shown at the end.
    pub fn keep(&mut self, flag: &str, value: &str) {
        if value.starts_with('-') {
            self.flags.push(format!("{flag}={value}"));
        } else {
            self.flags.extend([flag.to_owned(), value.to_owned()]);
        }
    }

    /// Keeps a flag that takes no value.
    pub fn keep_switch(&mut self, flag: &str) {
        self.flags.push(flag.to_owned());
    }

    /// Takes a value from elsewhere, unless the flag was given.
    pub fn take<T: ToString>(&mut self, value: &mut Option<T>, flag: &str, found: Option<T>) {
        if value.is_none()
            && let Some(found) = found
        {
            self.keep(flag, &found.to_string());
            *value = Some(found);
        }
    }

    /// Asks for what is needed, unless the flag was given.
    pub fn needed<T>(
        &mut self,
        value: &mut Option<T>,
        (flag, label): Field,
        check: impl Fn(&Connection, &str) -> Result<T>,
    ) -> Result<()> {
        if value.is_none() {
            let (text, found) = self.line(label, check)?;
            self.keep(flag, &text);
            *value = Some(found);
        }
        Ok(())
    }

    /// Offers what may be left away, unless the flag was given.
    pub fn optional<T>(
        &mut self,
        value: &mut Option<T>,
        (flag, label): Field,
        check: impl Fn(&Connection, &str) -> Result<T>,
    ) -> Result<()> {
        if value.is_none()
            && let Some((text, found)) = self.line_or_enter(label, check)?
        {
            self.keep(flag, &text);
            *value = Some(found);
        }
        Ok(())
    }

    /// Offers a list, one entry a line until Enter, unless the flag was given.
    pub fn several<T>(
        &mut self,
        values: &mut Vec<T>,
        (flag, label): Field,
        check: impl Fn(&Connection, &str) -> Result<T>,
    ) -> Result<()> {
        if !values.is_empty() {
            return Ok(());
        }
        while let Some((text, found)) = self.line_or_enter(label, &check)? {
            self.keep(flag, &text);
            values.push(found);
        }
        Ok(())
    }

    /// Asks which member of a closed set, unless the flag was given. With `none`, a text id, as
    /// first choice there need be none.
    pub fn coded<T: Coded>(
        &mut self,
        value: &mut Option<T>,
        (flag, label): Field,
        none: Option<&str>,
    ) -> Result<()> {
        if value.is_some() {
            return Ok(());
        }
        let lang = self.ctx.lang();
        let members = T::all().iter().map(|member| (member.code().to_owned(), label_of(lang, *member)));
        if let Some(code) = self.pick((flag, label), none, members.collect())? {
            *value = T::from_code(&code);
        }
        Ok(())
    }

    /// Asks which of these codes, each with its label; keeps the flag. With `none`, a text id, as first choice
    /// there need be none.
    pub fn pick(
        &mut self,
        (flag, label): Field,
        none: Option<&str>,
        members: Vec<(String, String)>,
    ) -> Result<Option<String>> {
        let mut codes: Vec<_> = none.iter().map(|_| None).collect();
        let lang = self.ctx.lang();
        let mut labels: Vec<_> =
            none.iter().map(|none| text(lang, none).unwrap_or_else(|| (*none).to_owned())).collect();
        for (code, label) in members {
            codes.push(Some(code));
            labels.push(label);
        }
        let chosen = prompt::choice(label, &labels, 0)?;
        let code = codes.into_iter().nth(chosen).flatten();
        if let Some(code) = &code {
            self.keep(flag, code);
        }
        Ok(code)
    }

    /// Asks for an institution that new things may be added to. One that was given must be such a one too.
    pub fn tenant(&mut self, value: &mut Option<String>) -> Result<Tenant> {
        let tenant = match value {
            Some(name) => self.db.read(|conn| active_tenant(conn, name))?,
            None => {
                let (_, tenant) = self.line("Institution (code, CVR or name)", active_tenant)?;
                self.keep("--tenant", &tenant.code);
                tenant
            }
        };
        *value = Some(tenant.code.clone());
        Ok(tenant)
    }

    /// Asks which rights someone is to have at an institution: at least one, and none that cannot be granted.
    pub fn rights(&mut self, tenant: &Tenant, proposed: Option<Right>) -> Result<Vec<Right>> {
        let lang = self.ctx.lang();
        let labels: Vec<_> = Right::all().iter().map(|right| label_of(lang, *right)).collect();
        let mut marked: Vec<_> = Right::all().iter().map(|right| Some(*right) == proposed).collect();
        loop {
            let question = format!("Rights at {} (space marks)", tenant.code);
            let places = prompt::choices(&question, &labels, &marked)?;
            let rights: Vec<_> =
                places.iter().filter_map(|place| Right::all().get(*place).copied()).collect();
            let checked = if rights.is_empty() {
                Err(Error::usage("no right was marked").hint("mark one with the space bar, then press Enter"))
            } else if rights.contains(&Right::Administrator) {
                self.read(|conn| grants::check_room(conn, Place { id: tenant.id, code: &tenant.code }))
            } else {
                Ok(())
            };
            match checked {
                Ok(()) => return Ok(rights),
                Err(error) if prompt::is_about_the_answer(&error) => self.ctx.complain(&error),
                Err(error) => return Err(error),
            }
            marked = Right::all().iter().map(|right| rights.contains(right)).collect();
        }
    }

    /// Keeps a rights group.
    pub fn keep_rights(&mut self, tenant: &str, rights: &[Right]) {
        let rights: Vec<_> = rights.iter().map(|right| right.code()).collect();
        self.keep("--rights", &format!("{tenant}:{}", rights.join(",")));
    }

    /// Asks for a text of several lines, ended by an empty line or a full stop alone.
    pub fn text(&mut self) -> Result<String> {
        self.input = self.lines("Text (an empty line or . ends it)", |text| Ok(text.to_owned()))?;
        if !self.input.is_empty() {
            self.flags.extend(["--body-file".to_owned(), "-".to_owned()]);
        }
        Ok(self.input.join("\n"))
    }

    /// Asks for lines, which must pass the check together, until an empty one or a full stop alone.
    pub fn lines(
        &mut self,
        label: &str,
        check: impl Fn(&str) -> Result<String, Invalid>,
    ) -> Result<Vec<String>> {
        self.say_optional();
        let mut lines: Vec<String> = Vec::new();
        let mut question = label;
        loop {
            let line = self.ctx.ask(question, |line| {
                check(&[lines.join("\n").as_str(), line].join("\n"))?;
                Ok(line.to_owned())
            })?;
            if line.is_empty() || line == "." {
                return Ok(lines);
            }
            lines.push(line);
            question = "  more";
        }
    }

    /// Asks for a line that cannot be empty until it passes the check; answers with the text and what it stands for.
    pub fn line<T>(
        &mut self,
        label: &str,
        check: impl Fn(&Connection, &str) -> Result<T>,
    ) -> Result<(String, T)> {
        self.line_or_nothing(label, |conn, text| {
            check(conn, text).map_err(|error| if text.is_empty() { emptiness(error) } else { error })
        })
    }

    fn line_or_nothing<T>(
        &mut self,
        label: &str,
        check: impl Fn(&Connection, &str) -> Result<T>,
    ) -> Result<(String, T)> {
        let db = &self.db;
        self.ctx.ask(label, |text| Ok((text.to_owned(), db.read(|conn| check(conn, text))?)))
    }

    /// As [`Asking::line`], but Enter passes over.
    pub fn line_or_enter<T>(
        &mut self,
        label: &str,
        check: impl Fn(&Connection, &str) -> Result<T>,
    ) -> Result<Option<(String, T)>> {
        self.say_optional();
        let (text, found) = self
            .line_or_nothing(label, |conn, text| (!text.is_empty()).then(|| check(conn, text)).transpose())?;
        Ok(found.map(|found| (text, found)))
    }

    /// Says once that what follows may be left away.
    fn say_optional(&mut self) {
        if !std::mem::replace(&mut self.optional, true) {
            self.tell("What follows may be left out: Enter passes over it.");
        }
    }

    /// Shows the command that does the same without questions. It is shown before anything is written: should the
    /// write fail, no answer is lost.
    pub fn finish(mut self) {
        let command = without_questions(&self.ctx.typed, &self.flags, &self.input);
        self.tell(&format!("The same without questions:\n{command}"));
    }
}

/// What is said of an empty answer: with the example of the check, but without its words for a wrong value.
fn emptiness(error: Error) -> Error {
    if !prompt::is_about_the_answer(&error) {
        return error;
    }
    let said = Error::usage("this cannot be empty");
    match error.hint_text() {
        Some(hint) => said.hint(hint),
        None => said,
    }
}

/// An institution by whatever names it, that new things may be added to.
pub fn active_tenant(conn: &Connection, name: &str) -> Result<Tenant> {
    let tenant = tenant_service::resolve(conn, name)?;
    tenant_service::require_active(&tenant)?;
    Ok(tenant)
}

/// What was typed, with the answers as flags in place of the request that they were read from.
fn without_questions(typed: &[String], flags: &[String], input: &[String]) -> String {
    let mut words = vec!["portalctl"];
    let mut typed = typed.iter();
    while let Some(word) = typed.next() {
        if word == "--from-request" {
            typed.next();
        } else if !word.starts_with("--from-request=") {
            words.push(word);
        }
    }
    words.extend(flags.iter().map(String::as_str));
    let command = shell_words::join(words);
    if input.is_empty() {
        return command;
    }
    format!("printf '%s\\n' {} | {command}", shell_words::join(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        shell_words::split(text).unwrap()
    }

    #[test]
    fn the_command_shown_is_what_was_typed_and_answered_without_the_request() {
        let typed = words("--db x.db user create --from-request mail.txt --yes");
        let flags = words("--name 'Anna O'\\''Hara' --title=-");
        assert_eq!(
            without_questions(&typed, &flags, &[]),
            "portalctl --db x.db user create --yes --name 'Anna O'\\''Hara' '--title=-'"
        );
        assert_eq!(
            without_questions(&words("user create --from-request=-"), &[], &[]),
            "portalctl user create"
        );
        let lines = ["Linje 1".to_owned(), "to".to_owned()];
        assert_eq!(
            without_questions(&words("ticket create"), &words("--body-file -"), &lines),
            "printf '%s\\n' 'Linje 1' to | portalctl ticket create --body-file -"
        );
    }
}
