//! Mail out (issue 7, part 6): through a mail server that refuses, stalls and drops, by many senders at once; notices put
//! together and capped; what people decide.

mod notices;
mod parallel;
mod people;
mod server;

use std::rc::Rc;
use std::time::Duration;

use portalctl::platform::actor::Actor;
use portalctl::platform::config::{self, Config, Limits, MailTransport, Overrides};
use portalctl::platform::db::{self, Action, Connection, Db};
use portalctl::platform::env::{Clock, Entropy, Env, Operator};
use portalctl::platform::error::{Error, Result};
use portalctl::platform::i18n::Lang;
use portalctl::platform::outbox::render::{Renderer, SecretSource, Secrets};
use portalctl::platform::outbox::send::{self, Sent};
use portalctl::platform::outbox::{self, Class, Message, NewMail, Template};
use portalctl::platform::secret::Key;
use serde_json::json;

use crate::support::smtp::{Manner, ONLY_12, ONLY_13, Server};
use crate::support::{World, raw};

static NOTICE: Template = Template {
    name: "test.notice",
    class: Class::Notice,
    da: "Subject: Nyt om {{ what }}\n\nHej\n\nDer er nyt om {{ what }}: æøå.\n",
    nb: "Subject: Nytt om {{ what }}\n\nHei\n\nDet er nytt om {{ what }}.\n",
    en: "Subject: News of {{ what }}\n\nHello\n\nThere is news of {{ what }}.\n",
};
static LETTER: Template = Template {
    name: "test.letter",
    class: Class::Letter,
    da: "Subject: Kære {{ what }}\n\nEt brev til {{ what }}.\n.\n..Prik\nÆrbødigst\n",
    nb: "",
    en: "Subject: Dear {{ what }}\n\nA letter to {{ what }}.\n",
};
static TEMPLATES: &[&Template] = &[&NOTICE, &LETTER];

/// These messages hold no secret.
struct NoSecrets;

impl SecretSource for NoSecrets {
    fn reveal(&self, _: &Connection, _: &Message, _: &str) -> Result<Secrets> {
        Err(Error::refused("test.none", "no secrets here"))
    }
}

/// A database, its configuration and perhaps a mail server.
struct Desk {
    world: World,
    config: Config,
    key: Key,
    server: Option<Server>,
}

impl Desk {
    /// With transport `dir` and what else the file says.
    fn with(toml: &str) -> Desk {
        Desk::made(toml, None)
    }

    /// With this mail server.
    fn to(manner: Manner) -> Desk {
        Desk::to_with(manner, "")
    }

    /// With this mail server and further keys of `[mail]`.
    fn to_with(manner: Manner, keys: &str) -> Desk {
        let tls = if manner.implicit { "implicit" } else { "required" };
        let server = Server::start(manner);
        let port = server.port;
        let tls = if keys.contains("tls =") { String::new() } else { format!("tls = \"{tls}\"\n") };
        let toml = format!(
            "[mail]\ntransport = \"smtp\"\nhost = \"localhost\"\nport = {port}\nca_file = \"ca.pem\"\n{tls}{keys}"
        );
        Desk::made(&toml, Some(server))
    }

    fn made(toml: &str, server: Option<Server>) -> Desk {
        let world = World::new();
        world.write("portalctl.toml", format!("database = \"portal.db\"\n{toml}"));
        if let Some(server) = &server {
            world.write("ca.pem", &server.pem);
        }
        let named = Overrides { config: Some(world.path("portalctl.toml")), ..Overrides::default() };
        let config = config::load(&Env::system().unwrap(), &named).unwrap();
        let key = Key::load(&config.key_file).unwrap();
        Desk { world, config, key, server }
    }

    /// Lets no stage take longer than this.
    fn hurry(&mut self) {
        let MailTransport::Smtp(smtp) = &mut self.config.mail else { panic!("no mail server") };
        let short = Duration::from_millis(300);
        smtp.limits = Limits { connect: Duration::from_secs(5), command: short, end_of_text: short };
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn db(&self, dry_run: bool) -> Db {
        let options = db::Options {
            dry_run,
            wait: Duration::from_secs(30),
            clock: Clock::Story(Rc::clone(&self.world.now)),
            entropy: Entropy::System,
        };
        Db::open(&self.world.path("portal.db"), options).unwrap()
    }

    fn queue(&self, template: &'static Template, to: &str, what: &str) -> i64 {
        self.queue_in(Lang::Da, template, to, what, None)
    }

    fn queue_in(
        &self,
        language: Lang,
        template: &'static Template,
        to: &str,
        what: &str,
        tag: Option<&str>,
    ) -> i64 {
        let to = to.parse().unwrap();
        let mail = NewMail {
            template,
            to: &to,
            language,
            cause: format!("thing:{what}"),
            params: json!({"what": what}),
            link: None,
            reply_tag: tag.map(str::to_owned),
        };
        self.db(false)
            .write(&actor(), |tx| {
                tx.record(Action("test.mail"), &mail.cause, None::<&()>, Some(&template.name))?;
                outbox::queue(tx, &mail)
            })
            .unwrap()
    }

    fn renderer(&self) -> Renderer<'_> {
        Renderer { templates: TEMPLATES, secrets: &NoSecrets, key: &self.key }
    }

    fn send(&self) -> Result<Sent> {
        send::send_all(&mut self.db(false), &actor(), &self.config, &self.renderer())
    }

    fn message(&self, id: i64) -> Message {
        self.db(false).read(|conn| outbox::find(conn, id)).unwrap().unwrap()
    }

    /// State, attempts and error of a message.
    fn fared(&self, id: i64) -> (String, i64, Option<String>) {
        let message = self.message(id);
        (message.state.to_string(), message.attempts, message.last_error)
    }

    fn file(&self, id: i64) -> String {
        std::fs::read_to_string(self.world.path(&format!("portal.db.outbox/{id}.eml"))).unwrap()
    }
}

fn actor() -> Actor {
    let operator = Operator { os_user: "drift".into(), sudo_user: None, host: "testhost".into() };
    Actor::operator(&operator, None)
}

/// Sent, failed, deferred.
fn counts(sent: &Sent) -> (usize, usize, usize) {
    (sent.sent, sent.failed, sent.deferred)
}

/// The one header of this name.
fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    mail.lines()
        .take_while(|line| !line.trim().is_empty())
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .map(str::trim)
}
