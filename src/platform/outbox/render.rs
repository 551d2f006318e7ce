//! From a template and its parameters to the text of a message.
//!
//! What may not rest in the queue (a link, a code, a password) comes from a [`SecretSource`] at this moment. This wing
//! only knows that a message has such a thing; a room of the portal knows what it is and how long it is valid.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Channel, Message, State, Template};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;

/// Gives messages what may not rest in the queue.
pub trait SecretSource {
    /// What the text of this message shows besides its parameters: `link`, `code`, `password`. Asked only for a
    /// message that [holds a secret](Message::holds_secret). What is no longer valid is a refusal: such a message
    /// is not sent, and nothing of it is shown.
    fn reveal(&self, conn: &Connection, message: &Message, now: &str) -> Result<Secrets>;

    /// Called outside any transaction right before such a message leaves, again if it has to be sent again; not in a
    /// dry run. Here a password can be hashed. A refusal fails the message; any other error ends the run.
    fn before_sending(
        &self,
        _db: &mut Db,
        _actor: &Actor,
        _message: &Message,
        _secrets: &Secrets,
    ) -> Result<()> {
        Ok(())
    }

    /// Called where the mail server says that there is no such address, once for each object that a mail was about, in the
    /// transaction that notes it.
    fn address_refused(&self, _tx: &Tx<'_>, _message: &Message, _said: &str) -> Result<()> {
        Ok(())
    }

    /// Called for every message in the very transaction that notes what became of it: `sent`, `failed`, `unknown`, `deferred`. Here
    /// what a secret is derived from can be erased, so that nobody derives it again, and a business remembers the rest.
    fn noted(&self, _tx: &Tx<'_>, _message: &Message, _result: &str) -> Result<()> {
        Ok(())
    }
}

/// What a text shows that may not rest anywhere, by the name that its template uses.
#[derive(Default)]
pub struct Secrets(BTreeMap<&'static str, Zeroizing<String>>);

/// What rendering needs besides the queue.
pub struct Renderer<'a> {
    /// Every template there is.
    pub templates: &'a [&'static Template],
    /// Where links, codes and passwords come from.
    pub secrets: &'a dyn SecretSource,
    /// What the addresses that answers go to are signed with, and what tells our own mails from others.
    pub key: &'a Key,
}

/// A message as it would be sent now.
pub struct Rendered {
    /// The body of a mail, the whole of an SMS.
    pub text: Zeroizing<String>,
    /// What in it may not rest anywhere.
    pub secrets: Secrets,
}

impl Secrets {
    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Secrets {
        self.0.insert(name, Zeroizing::new(value));
        self
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// A text with every secret in it replaced by `…`.
    pub fn mask(&self, text: &str) -> String {
        self.0
            .values()
            .filter(|value| !value.is_empty())
            .fold(text.to_owned(), |text, value| text.replace(value.as_str(), "…"))
    }
}

impl fmt::Debug for Secrets {
    /// The names alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Template {
    fn source(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Da => self.da,
            Lang::Nb => self.nb,
            Lang::En => self.en,
        }
    }

    /// Whether its text hands out a link.
    fn names_link(&self, lang: Lang) -> bool {
        self.source(lang).contains("{{ link }}")
    }

    pub(super) fn parts(&self, lang: Lang) -> Result<(&'static str, &'static str)> {
        self.source(lang)
            .split_once("\n\n")
            .and_then(|(head, body)| Some((head.strip_prefix("Subject: ")?, body)))
            .ok_or_else(|| {
                Error::internal(format!("mail template {} ({lang}) has no subject line", self.name))
            })
    }
}

/// The subject of a mail that is being queued.
pub fn subject(template: &Template, lang: Lang, params: &Value) -> Result<String> {
    let (subject, _) = template.parts(lang)?;
    let text = fill(template.name, subject, params, &Secrets::default())?;
    Ok(one_line(&text))
}

/// A subject on one line: a name from outside must not be able to add header lines.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl Renderer<'_> {
    /// A message as it would be sent now. An expired or replaced secret is a refusal.
    pub fn render(&self, conn: &Connection, message: &Message, now: &str) -> Result<Rendered> {
        let secrets = match message.holds_secret() {
            true => self.secrets.reveal(conn, message, now)?,
            false => Secrets::default(),
        };
        let template = self.template(message)?;
        let params: Value = serde_json::from_str(&message.params)
            .map_err(|e| Error::internal(format!("mail {}: parameters: {e}", message.id)))?;
        let text = match message.channel {
            Channel::Mail => {
                let (_, body) = template.parts(message.language)?;
                fill(template.name, body, &params, &secrets)?
            }
            // The template's last line break is not part of the message; a name from outside adds no others.
            Channel::Sms => fill(template.name, template.source(message.language), &params, &secrets)?
                .trim()
                .chars()
                .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
                .collect(),
        };
        Ok(Rendered { text: Zeroizing::new(text), secrets })
    }

    fn template(&self, message: &Message) -> Result<&'static Template> {
        let found = self.templates.iter().find(|template| template.name == message.template);
        found
            .copied()
            .ok_or_else(|| Error::internal(format!("there is no mail template {}", message.template)))
    }

    /// The text as people may see it now. What holds a secret is shown while it waits and is valid, to an operator
    /// alone, and never again.
    pub fn shown(
        &self,
        conn: &Connection,
        message: &Message,
        now: &str,
        to_operator: bool,
    ) -> Result<Option<String>> {
        // A message whose link is long over names it no more.
        let secret = message.holds_secret() || self.template(message)?.names_link(message.language);
        if secret && !(to_operator && message.state == State::Queued) {
            return Ok(None);
        }
        match self.render(conn, message, now) {
            Err(error) if error.exit() == Exit::Refused => Ok(None),
            rendered => Ok(Some(rendered?.text.to_string())),
        }
    }
}

pub(super) fn fill(name: &str, source: &str, params: &Value, secrets: &Secrets) -> Result<String> {
    let failed = |e: minijinja::Error| Error::internal(format!("mail template {name}: {e}"));
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build().map_err(failed)?;
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax);
    let Value::Object(mut values) = params.clone() else {
        return Err(Error::internal(format!("mail template {name}: the parameters are not an object")));
    };
    values.extend(secrets.0.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
    let values: minijinja::Value = serde_json::from_value(Value::Object(values))
        .map_err(|e| Error::internal(format!("mail template {name}: {e}")))?;
    environment.render_str(source, values).map_err(failed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_show_in_the_text_alone() {
        let secrets = Secrets::default().with("code", "123456".to_owned());
        assert_eq!(format!("{secrets:?}"), "{\"code\"}");
        assert_eq!(secrets.mask("the code 123456, 123456"), "the code …, …");
        assert_eq!((secrets.get("code"), secrets.get("password")), (Some("123456"), None));
        let params = json!({"code": "from outside", "name": "Anna"});
        assert_eq!(fill("t", "{{ name }}: {{ code }}", &params, &secrets).unwrap(), "Anna: 123456");
        let missing = fill("t", "{{ password }}", &params, &secrets).unwrap_err();
        assert_eq!(missing.code(), "internal");
        assert!(!missing.message().contains("123456"), "{missing}");
    }
}
