//! Queueing a great many mails of one template in one transaction.

use minijinja::{Environment, UndefinedBehavior};
use serde::Deserialize;
use serde_json::Value;

use super::render::one_line;
use super::{Row, Template, insert, next_number};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::values::Coded;

/// Mails of one template. Its subjects are compiled once, its numbers are asked for once.
pub struct Batch<'a, 'tx> {
    tx: &'a Tx<'tx>,
    template: &'static Template,
    subjects: Environment<'static>,
    next: i64,
}

/// One of the mails.
pub struct Item<'a> {
    /// To whom.
    pub to: &'a str,
    /// In which language.
    pub language: Lang,
    /// Why: the object it is about.
    pub cause: &'a str,
    /// What the template shows. Never a secret.
    pub params: &'a Value,
    /// What an answer is about.
    pub reply_tag: &'a str,
}

impl<'a, 'tx> Batch<'a, 'tx> {
    /// Begins. While it goes on, nothing else is queued in this transaction.
    pub fn begin(tx: &'a Tx<'tx>, template: &'static Template) -> Result<Batch<'a, 'tx>> {
        let mut subjects = Environment::empty();
        subjects.set_undefined_behavior(UndefinedBehavior::Strict);
        for lang in Lang::all() {
            let (subject, _) = template.parts(*lang)?;
            subjects.add_template(lang.code(), subject).map_err(|e| failed(template, &e))?;
        }
        Ok(Batch { tx, template, subjects, next: next_number(tx)? })
    }

    /// Queues one, as [`queue`](super::queue).
    pub fn queue(&mut self, item: &Item<'_>) -> Result<()> {
        let values = minijinja::Value::deserialize(item.params)
            .map_err(|e| Error::internal(format!("mail template {}: {e}", self.template.name)))?;
        let subject = self
            .subjects
            .get_template(item.language.code())
            .and_then(|subject| subject.render(values))
            .map_err(|e| failed(self.template, &e))?;
        let subject = one_line(&subject);
        let row = Row {
            id: self.next,
            recipient: item.to,
            subject: &subject,
            language: item.language,
            cause: item.cause,
            template: self.template,
            params: item.params,
            link: None,
            code: None,
            reply_tag: Some(item.reply_tag),
        };
        insert(self.tx, &row)?;
        self.next += 1;
        Ok(())
    }
}

fn failed(template: &Template, error: &minijinja::Error) -> Error {
    Error::internal(format!("mail template {}: {error}", template.name))
}
