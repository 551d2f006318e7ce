//! From a template and its parameters to the text of a mail.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::Value;

use super::{Message, Template, live_link};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;

/// What rendering needs besides the queue.
pub struct Renderer<'a> {
    /// Every template there is.
    pub templates: &'a [&'static Template],
    /// For the tokens of links.
    pub key: &'a Key,
    /// What links begin with.
    pub base_url: &'a str,
}

impl Template {
    fn source(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Da => self.da,
            Lang::Nb => self.nb,
            Lang::En => self.en,
        }
    }

    fn parts(&self, lang: Lang) -> Result<(&'static str, &'static str)> {
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
    let text = fill(template.name, subject, params, None)?;
    // A name from outside must not be able to add header lines.
    Ok(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

impl Renderer<'_> {
    /// The body of a message as it would be sent now. An expired or replaced link is a refusal.
    pub fn body(&self, conn: &Connection, message: &Message, now: &str) -> Result<String> {
        let link = match message.link {
            None => None,
            Some(id) => {
                let (purpose, nonce) = live_link(conn, id, now)?.ok_or_else(|| {
                    Error::refused(
                        "mail.link-expired",
                        format!("mail {}: its link is no longer valid", message.id),
                    )
                    .hint("send a new one; for a user: `portalctl user invite E`")
                })?;
                let token = self.key.link_token(&purpose, id, &nonce)?;
                Some(format!("{}/{purpose}?token={token}", self.base_url))
            }
        };
        let template = self
            .templates
            .iter()
            .find(|template| template.name == message.template)
            .ok_or_else(|| Error::internal(format!("there is no mail template {}", message.template)))?;
        let (_, body) = template.parts(message.language)?;
        let params: Value = serde_json::from_str(&message.params)
            .map_err(|e| Error::internal(format!("mail {}: parameters: {e}", message.id)))?;
        fill(template.name, body, &params, link.as_deref())
    }
}

fn fill(name: &str, source: &str, params: &Value, link: Option<&str>) -> Result<String> {
    let failed = |e: minijinja::Error| Error::internal(format!("mail template {name}: {e}"));
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build().map_err(failed)?;
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax);
    let params: minijinja::Value = serde_json::from_value(params.clone())
        .map_err(|e| Error::internal(format!("mail template {name}: {e}")))?;
    environment.render_str(source, context! { link, ..params }).map_err(failed)
}
