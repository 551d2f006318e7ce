//! SMS: queued like mails, rendered with what a room of the portal derives, handed to a folder or to a program.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use portalctl::platform::actor::Actor;
use portalctl::platform::config::{self, Config, Overrides, SmsTransport};
use portalctl::platform::db::{self, Action, Connection, Db};
use portalctl::platform::env::{Clock, Entropy, Env, Operator};
use portalctl::platform::error::{Error, Result};
use portalctl::platform::i18n::Lang;
use portalctl::platform::outbox::render::{Renderer, SecretSource, Secrets};
use portalctl::platform::outbox::send::{self, Sent};
use portalctl::platform::outbox::{self, Class, Message, NewMail, NewSms, State, Template};
use portalctl::platform::secret::Key;
use serde_json::json;

use crate::support::{World, raw};

static CODE: Template = Template {
    name: "test.code",
    class: Class::Letter,
    da: "Din kode er {{ code }}. Reference {{ reference }}.\nDel den med ingen.\n",
    nb: "Koden din er {{ code }}. Referanse {{ reference }}.\n",
    en: "Your code is {{ code }}. Reference {{ reference }}.\n",
};
static NOTICE: Template = Template {
    name: "test.notice",
    class: Class::Letter,
    da: "Hej {{ name }}\n",
    nb: "Hei {{ name }}\n",
    en: "Hello {{ name }}\n",
};

static LETTER: Template =
    Template { name: "test.letter", class: Class::Letter, da: "Subject: Hej\n\nHej\n", nb: "", en: "" };

static TEMPLATES: &[&Template] = &[&CODE, &NOTICE, &LETTER];

/// Stands in for the room that will know codes: row 1 is valid, any other has expired.
#[derive(Default)]
struct Codes {
    prepared: RefCell<Vec<i64>>,
    refuse: Cell<bool>,
}

const SECRET: &str = "804519";

impl SecretSource for Codes {
    fn reveal(&self, _: &Connection, message: &Message, _: &str) -> Result<Secrets> {
        match message.code {
            Some(1) => Ok(Secrets::default().with("code", SECRET.to_owned())),
            _ => Err(Error::refused("code.expired", "the code has expired")),
        }
    }

    fn before_sending(&self, db: &mut Db, actor: &Actor, message: &Message, secrets: &Secrets) -> Result<()> {
        assert_eq!(secrets.get("code"), Some(SECRET));
        self.prepared.borrow_mut().push(message.id);
        if self.refuse.get() {
            return Err(Error::refused("code.used", "the code was used"));
        }
        db.write(actor, |tx| tx.record(Action("code.sent"), "code:1", None::<&()>, Some(&message.id)))
    }
}

/// A new database, its configuration, and codes for its SMS.
struct Desk {
    world: World,
    config: Config,
    codes: Codes,
    key: Key,
}

impl Desk {
    fn new(toml: &str) -> Desk {
        let world = World::new();
        world.write("portalctl.toml", format!("database = \"portal.db\"\n{toml}"));
        let named = Overrides { config: Some(world.path("portalctl.toml")), ..Overrides::default() };
        let config = config::load(&Env::system().unwrap(), &named).unwrap();
        let key = Key::load(&config.key_file).unwrap();
        Desk { world, config, codes: Codes::default(), key }
    }

    /// A world whose SMS go to this shell script.
    fn with_script(script: &str) -> Desk {
        let desk = Desk::new("[sms]\ntransport = \"command\"\ncommand = [\"./send-sms\", \"--fast\"]\n");
        // Written by another process: a file that is open for writing here cannot be run by a sibling test's child.
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
            .arg(desk.world.path("send-sms"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
        desk
    }

    fn db(&self, dry_run: bool) -> Db {
        let options = db::Options {
            dry_run,
            wait: Duration::from_secs(5),
            clock: Clock::Story(Rc::clone(&self.world.now)),
            entropy: Entropy::System,
        };
        Db::open(&self.world.path("portal.db"), options).unwrap()
    }

    fn queue(&self, template: &'static Template, code: Option<i64>) -> i64 {
        let to = "+45 42 82 21 60".parse().unwrap();
        let params = json!({"reference": "4711", "name": "Anna\u{7}\nHolm"});
        self.db(false)
            .write(&actor(), |tx| {
                tx.record(Action("test.sms"), "user:anna@example.dk", None::<&()>, Some(&template.name))?;
                outbox::queue_sms(
                    tx,
                    &NewSms {
                        template,
                        to: &to,
                        language: Lang::Da,
                        cause: "user:anna@example.dk".to_owned(),
                        params,
                        code,
                    },
                )
            })
            .unwrap()
    }

    fn queue_mail(&self) -> i64 {
        let to = "anna@example.dk".parse().unwrap();
        let cause = "user:anna@example.dk".to_owned();
        let (template, language, params) = (&LETTER, Lang::Da, json!({}));
        self.db(false)
            .write(&actor(), |tx| {
                tx.record(Action("test.mail"), &cause, None::<&()>, Some(&template.name))?;
                outbox::queue(
                    tx,
                    &NewMail { template, to: &to, language, cause, params, link: None, reply_tag: None },
                )
            })
            .unwrap()
    }

    fn renderer(&self) -> Renderer<'_> {
        Renderer { templates: TEMPLATES, secrets: &self.codes, key: &self.key }
    }

    fn send(&self) -> Result<Sent> {
        send::send_all(&mut self.db(false), &actor(), &self.config, &self.renderer())
    }

    fn send_now(&self, ids: &[i64]) -> Result<Sent> {
        send::send_now(&mut self.db(false), &actor(), &self.config, &self.renderer(), ids)
    }

    fn message(&self, id: i64) -> Message {
        self.db(false).read(|conn| outbox::find(conn, id)).unwrap().unwrap()
    }

    fn shown(&self, id: i64, to_operator: bool) -> Option<String> {
        let message = self.message(id);
        self.db(false)
            .read(|conn| self.renderer().shown(conn, &message, "2026-05-04T08:00:00Z", to_operator))
            .unwrap()
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.world.path(name)).ok()
    }

    fn database_holds(&self, text: &str) -> bool {
        ["portal.db", "portal.db-wal"].iter().any(|name| {
            let bytes = std::fs::read(self.world.path(name)).unwrap_or_default();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

fn actor() -> Actor {
    let operator = Operator { os_user: "drift".into(), sudo_user: None, host: "testhost".into() };
    Actor::operator(&operator, None)
}

fn counts(sent: &Sent) -> (usize, usize, usize) {
    (sent.sent, sent.failed, sent.deferred)
}

/// Takes number and text down where the tests look.
const TAKE: &str = "cd \"$(dirname \"$0\")\" && echo \"$# $1 $2\" >> numbers && cat >> texts";

#[test]
fn by_default_an_sms_becomes_a_private_file() {
    let desk = Desk::new("");
    let id = desk.queue(&CODE, Some(1));
    let text = "Din kode er 804519. Reference 4711.\nDel den med ingen.";
    assert_eq!(desk.shown(id, true).as_deref(), Some(text));
    assert_eq!(desk.shown(id, false), None, "a code is for an operator alone");
    let listed = &desk.world.json("mail list --state queued")[0];
    assert_eq!((&listed["channel"], &listed["to"]), (&json!("sms"), &json!("+4542822160")));
    assert_eq!((&listed["subject"], &listed["attempts"]), (&json!(null), &json!(0)));

    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
    let file = format!("portal.db.outbox/{id}.sms");
    assert_eq!(desk.read(&file).unwrap(), format!("To: +4542822160\n\n{text}\n"));
    let mode = std::fs::metadata(desk.world.path(&file)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(desk.shown(id, true), None, "what held a code is never shown again");
    assert_eq!(desk.world.json(&format!("mail show {id}"))["text"], json!(null));
    assert_eq!(*desk.codes.prepared.borrow(), [id]);
    assert!(!desk.database_holds(SECRET), "the code rests in the database");
    assert_eq!(counts(&desk.send().unwrap()), (0, 0, 0), "nothing is sent twice");
}

#[test]
fn what_holds_no_secret_can_be_read_later_and_adds_no_lines() {
    let desk = Desk::new("");
    let id = desk.queue(&NOTICE, None);
    desk.send().unwrap();
    assert_eq!(desk.shown(id, false).as_deref(), Some("Hej Anna \nHolm"));
    assert_eq!(*desk.codes.prepared.borrow(), [0; 0]);
}

#[test]
fn an_expired_code_or_a_refusal_at_the_last_moment_fails_the_message() {
    let desk = Desk::new("");
    let expired = desk.queue(&CODE, Some(2));
    assert_eq!(desk.shown(expired, true), None);
    let sent = desk.send().unwrap();
    assert_eq!((counts(&sent), &sent.items[0]["errors"][0]["code"]), ((0, 1, 0), &json!("code.expired")));
    assert_eq!(desk.message(expired).state, State::Failed);
    let used = desk.queue(&CODE, Some(1));
    desk.codes.refuse.set(true);
    assert_eq!(counts(&desk.send().unwrap()), (0, 1, 0));
    assert_eq!(desk.message(used).last_error.as_deref(), Some("the code was used"));
    assert_eq!(desk.read(&format!("portal.db.outbox/{used}.sms")), None);
}

#[test]
fn a_code_that_is_replaced_is_taken_back_and_another_table_s_is_not() {
    let desk = Desk::new("");
    let (code, other) = (desk.queue(&CODE, Some(1)), desk.queue(&NOTICE, Some(1)));
    let cancelled = desk
        .db(false)
        .write(&actor(), |tx| {
            tx.record(Action("test.cancel"), "code:1", None::<&()>, Some(&"cancelled"))?;
            outbox::cancel_by_code(tx, &CODE, 1)
        })
        .unwrap();
    assert_eq!(cancelled, 1);
    assert_eq!(desk.message(code).state, State::Cancelled);
    assert_eq!(desk.message(other).state, State::Queued);
    assert_eq!(counts(&desk.send_now(&[code]).unwrap()), (0, 0, 0));
}

#[test]
fn a_program_gets_the_number_as_its_last_argument_and_the_text_on_stdin() {
    let desk = Desk::with_script(TAKE);
    let id = desk.queue(&CODE, Some(1));
    let mut db = desk.db(true);
    let rehearsed = send::send_all(&mut db, &actor(), &desk.config, &desk.renderer()).unwrap();
    assert_eq!((counts(&rehearsed), desk.read("texts")), ((1, 0, 0), None), "a dry run starts no program");
    assert_eq!(*desk.codes.prepared.borrow(), [0; 0]);

    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
    assert_eq!(desk.read("numbers").unwrap(), "2 --fast +4542822160\n");
    assert_eq!(desk.read("texts").unwrap(), "Din kode er 804519. Reference 4711.\nDel den med ingen.");
    assert_eq!(desk.read(&format!("portal.db.outbox/{id}.sms")), None);
    let sent = desk.message(id);
    assert_eq!((sent.state, sent.attempts, sent.sent_at.is_some()), (State::Sent, 1, true));
    let entry = &desk.world.json("audit list --action mail.send")[0];
    assert_eq!(entry["after"], json!({"sent": [id], "failed": []}));
}

#[test]
fn exit_code_75_leaves_it_queued_for_the_next_run() {
    let desk = Desk::with_script("test -e \"$0.open\" || { echo 'closed for now' >&2; exit 75; }");
    let id = desk.queue(&NOTICE, None);
    let sent = desk.send().unwrap();
    assert_eq!((counts(&sent), &sent.items[0]["result"]), ((0, 0, 1), &json!("deferred")));
    let waiting = desk.message(id);
    assert_eq!((waiting.state, waiting.attempts), (State::Queued, 1));
    assert_eq!(waiting.last_error.as_deref(), Some("exit code 75: closed for now"));
    desk.world.write("send-sms.open", "");
    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
    let sent = desk.message(id);
    assert_eq!((sent.state, sent.attempts, sent.last_error), (State::Sent, 2, None));
}

#[test]
fn what_a_program_says_when_it_refuses_is_kept_without_the_code_and_without_control_characters() {
    let desk = Desk::with_script(
        "text=$(cat); printf 'no such number \\033[2J: %s %01000d' \"$text\" 0 >&2; exit 2",
    );
    let (id, next) = (desk.queue(&CODE, Some(1)), desk.queue(&NOTICE, None));
    let sent = desk.send().unwrap();
    assert_eq!((counts(&sent), &sent.items[0]["errors"][0]["code"]), ((0, 2, 0), &json!("sms.failed")));
    let error = desk.message(id).last_error.unwrap();
    assert!(
        error.starts_with("exit code 2: no such number ␛[2J: Din kode er …. Reference 4711.↵Del"),
        "{error}"
    );
    assert_eq!(error.chars().count(), 500);
    assert!(!desk.database_holds(SECRET), "the code rests in the database");
    assert_eq!(desk.message(next).state, State::Failed);
}

#[test]
fn a_program_that_does_not_end_is_killed_and_a_person_decides() {
    let mut desk = Desk::with_script("echo dialling >&2; exec sleep 600");
    let SmsTransport::Command(program) = &mut desk.config.sms else { panic!("no program") };
    assert_eq!(program.limit, Duration::from_secs(30));
    program.limit = Duration::from_millis(300);
    let id = desk.queue(&NOTICE, None);
    let sent = desk.send().unwrap();
    assert_eq!((counts(&sent), &sent.items[0]["errors"][0]["code"]), ((0, 1, 0), &json!("sms.time-limit")));
    let message = desk.message(id);
    assert_eq!(message.state, State::Unknown);
    assert!(message.last_error.unwrap().starts_with("not done after 0.3 s, killed"));
    assert_eq!(counts(&desk.send().unwrap()), (0, 0, 0), "it is not sent again by itself");
}

#[test]
fn a_missing_program_is_told_once_and_holds_no_mail_up() {
    let desk = Desk::new("[sms]\ntransport = \"command\"\ncommand = [\"./send-sms\"]\n");
    let ids = [desk.queue(&NOTICE, None), desk.queue(&NOTICE, None)];
    let mail = desk.queue_mail();
    let error = desk.send().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("sms.command", 78));
    let program = desk.world.path("send-sms");
    assert!(error.message().contains(program.to_str().unwrap()), "{error}");
    for id in ids {
        let message = desk.message(id);
        assert_eq!((message.state, message.attempts), (State::Queued, 0));
    }
    assert_eq!(desk.message(mail).state, State::Sent, "the mail has left");
    assert_eq!(desk.send_now(&ids).unwrap_err().code(), "sms.command");
}

#[test]
fn mail_send_tells_what_waits_and_what_the_configuration_lacks() {
    // The commands know the portal's own templates alone; until one of them is an SMS, any will do.
    static DONE: Template = Template { name: "ticket.done", class: Class::Letter, da: "", nb: "", en: "" };
    let desk = Desk::with_script("exit 75");
    let to = "+4542822160".parse().unwrap();
    let params = json!({"number": "SAM 2605-0001", "name": "Anna", "status": "Løst", "at": "", "until": "", "url": "", "written": false});
    let (template, language, cause) = (&DONE, Lang::Da, "ticket:SAM 2605-0001".to_owned());
    desk.db(false)
        .write(&actor(), |tx| {
            tx.record(Action("test.sms"), &cause, None::<&()>, Some(&template.name))?;
            outbox::queue_sms(tx, &NewSms { template, to: &to, language, cause, params, code: None })
        })
        .unwrap();
    let answer = desk.world.json("mail send --config portalctl.toml");
    assert_eq!(answer["summary"], json!({"sent": 0, "failed": 0, "deferred": 1}));
    assert_eq!(answer["items"][0]["errors"][0]["message"], "exit code 75");
    assert_eq!(answer["warnings"][0]["code"], "sms.deferred");

    std::fs::remove_file(desk.world.path("send-sms")).unwrap();
    assert_eq!(desk.world.refused("mail send --config portalctl.toml"), (78, "sms.command".to_owned()));
    assert_eq!(desk.world.json("mail show 1")["attempts"], 1);
}

#[test]
fn send_now_sends_just_these_and_leaves_them_to_a_run_that_is_under_way() {
    let desk = Desk::with_script(TAKE);
    let (first, second) = (desk.queue(&NOTICE, None), desk.queue(&CODE, Some(1)));
    assert_eq!(counts(&desk.send_now(&[second, 99]).unwrap()), (1, 0, 0));
    assert_eq!((desk.message(first).state, desk.message(second).state), (State::Queued, State::Sent));
    assert_eq!(desk.world.json("audit list --action mail.send")[0]["effective_actor"], "job:mail-send");

    let open = raw(desk.world.path("portal.db"));
    let lease =
        "UPDATE outbox SET lease = 'other', lease_ends = '2026-05-04T08:05:00Z' WHERE state = 'queued'";
    open.execute_batch(lease).unwrap();
    assert_eq!(counts(&desk.send_now(&[first]).unwrap()), (0, 0, 0));
    assert_eq!(desk.message(first).state, State::Queued);
    desk.world.wait(chrono::Duration::minutes(5));
    assert_eq!(counts(&desk.send_now(&[first]).unwrap()), (1, 0, 0));
}

#[test]
fn a_test_system_writes_to_no_real_number() {
    for (mail, files) in [("redirect_to = \"test@example.dk\"", 1), ("hold = true", 0)] {
        let mut desk = Desk::with_script(TAKE);
        let toml = format!(
            "[mail]\n{mail}\n[sms]\ntransport = \"command\"\ncommand = [\"./send-sms\", \"--fast\"]\n"
        );
        desk.world.write("portalctl.toml", format!("database = \"portal.db\"\n{toml}"));
        let named = Overrides { config: Some(desk.world.path("portalctl.toml")), ..Overrides::default() };
        desk.config = config::load(&Env::system().unwrap(), &named).unwrap();
        let id = desk.queue(&CODE, Some(1));
        assert_eq!(desk.send_now(&[id]).unwrap().sent, files, "{mail}");
        assert_eq!(desk.read("numbers"), None, "{mail}");
        let file = desk.read(&format!("portal.db.outbox/{id}.sms"));
        assert_eq!(file.is_some_and(|text| text.starts_with("To: +4542822160\n")), files == 1, "{mail}");
    }
}

#[test]
fn more_than_ten_messages_in_a_row_are_no_sms() {
    static LONG: Template =
        Template { name: "test.notice", class: Class::Letter, da: "{{ 'x' * 1531 }}", nb: "", en: "" };
    let desk = Desk::new("");
    let id = desk.queue(&NOTICE, None);
    let renderer = Renderer { templates: &[&LONG], secrets: &desk.codes, key: &desk.key };
    let sent = send::send_now(&mut desk.db(false), &actor(), &desk.config, &renderer, &[id]).unwrap();
    assert_eq!(sent.items[0]["errors"][0]["code"], "sms.too-long");
}

#[test]
fn the_configuration_names_the_program_and_refuses_half_of_it() {
    let world = World::empty();
    world.write("sms.toml", "[sms]\ntransport = \"command\"\ncommand = [\"bin/send-sms\", \"-q\"]\n");
    let shown = world.json("config show --config sms.toml");
    let find = |key: &str| shown.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(find("sms.transport")["value"], "command");
    let command = find("sms.command");
    assert!(command["origin"].as_str().unwrap().ends_with("sms.toml"));
    let argv: Vec<String> = serde_json::from_str(command["value"].as_str().unwrap()).unwrap();
    assert_eq!(argv, [world.path("bin/send-sms").to_str().unwrap(), "-q"], "meant from the file's folder");

    for wrong in [
        "transport = \"command\"",
        "command = []",
        "command = [\" \"]",
        "command = \"send-sms\"",
        "transport = \"fax\"",
    ] {
        world.write("wrong.toml", format!("[sms]\n{wrong}\n"));
        assert_eq!(
            world.refused("config show --config wrong.toml"),
            (78, "config.invalid".to_owned()),
            "{wrong}"
        );
    }
    let default = world.json("config show");
    let row = default.as_array().unwrap().iter().find(|row| row["key"] == "sms.command").unwrap();
    assert_eq!((&row["value"], &row["origin"]), (&json!(null), &json!("default")));
}
