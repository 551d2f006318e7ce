//! Coming in: activation, login, codes, two steps, sessions, as they are typed.

use std::os::unix::fs::PermissionsExt;

use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use portalctl::platform::secret::totp::TotpSecret;
use serde_json::Value;

use crate::support::{Said, World};

mod emergency;
mod login;
mod mfa;
mod password;
mod secrets;
mod sessions;
mod sms;

pub const ANNA: &str = "anna.holm@oes.example.dk";
const IDA: &str = "ida.lykkebo@oes.example.dk";
pub const PASSWORD: &str = "Kaffe#kop77-Sol";
const OTHER: &str = "Tog!perron-Blå42";

/// A world whose passwords cost little.
pub fn world() -> World {
    let world = World::peopled();
    world.run("setting set password.argon2 m=1024,t=1,p=1").ok();
    world
}

/// The text of the last message to somebody.
fn last_text(world: &World, to: &str) -> String {
    let mails = world.json("mail list");
    let mail = mails.as_array().unwrap().iter().find(|mail| mail["to"] == to).unwrap();
    world.json(&format!("mail show {}", mail["id"]))["text"].as_str().unwrap().to_owned()
}

pub fn last_token(world: &World, to: &str) -> String {
    let text = last_text(world, to);
    text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn typed(world: &World, line: &str, lines: &[&str]) -> Said {
    world.run_with_input(&format!("{line} --format json"), &format!("{}\n", lines.join("\n")))
}

fn said(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}\n{said}"))
}

#[track_caller]
fn done(world: &World, line: &str, lines: &[&str]) -> Value {
    said(&typed(world, line, lines).ok())
}

#[track_caller]
fn error(world: &World, line: &str, lines: &[&str]) -> (u8, String) {
    let said = typed(world, line, lines);
    assert_eq!(said.out, "", "{said}");
    let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|e| panic!("{e}\n{said}"));
    (said.code, error["error"]["code"].as_str().unwrap().to_owned())
}

fn refused() -> (u8, String) {
    (6, "auth.refused".to_owned())
}

pub fn activate(world: &World, email: &str, password: &str) {
    let token = last_token(world, email);
    done(world, "auth activate --token-stdin --password-stdin", &[&token, password]);
}

pub struct App(TotpSecret);

impl App {
    pub fn read(world: &World, file: &str) -> App {
        let uri = std::fs::read_to_string(world.path(file)).unwrap();
        let secret = uri.split_once("secret=").unwrap().1.split('&').next().unwrap();
        App(TotpSecret::from_bytes(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap())
    }

    pub fn code(&self, world: &World) -> String {
        self.0.code(world.now.get()).unwrap().to_string()
    }
}

/// Activates a user and sets up an app and an emergency code: the session is in the file named like the first name.
pub fn enrolled(world: &World, email: &str) -> App {
    let name = email.split('.').next().unwrap();
    activate(world, email, PASSWORD);
    done(world, &format!("auth login {email} --out {name}"), &[PASSWORD]);
    world.run(&format!("auth mfa enrol --session {name} --secret-out {name}.app")).ok();
    let app = App::read(world, &format!("{name}.app"));
    let confirm = format!("auth mfa confirm --session {name} --secret-out {name}.emergency");
    done(world, &confirm, &[&app.code(world)]);
    // So that the next login has a code of its own.
    world.wait(Duration::seconds(30));
    app
}

fn mode(world: &World, file: &str) -> u32 {
    std::fs::metadata(world.path(file)).unwrap().permissions().mode() & 0o777
}

fn read(world: &World, file: &str) -> String {
    std::fs::read_to_string(world.path(file)).unwrap().trim().to_owned()
}

/// Standard input during which something else happens: before its first byte is read.
struct Meanwhile(Option<Box<dyn FnOnce()>>, std::io::Cursor<Vec<u8>>);

impl Meanwhile {
    fn stdin(lines: &[&str], happens: impl FnOnce() + 'static) -> Box<Meanwhile> {
        let text = format!("{}\n", lines.join("\n"));
        Box::new(Meanwhile(Some(Box::new(happens)), std::io::Cursor::new(text.into_bytes())))
    }
}

impl std::io::Read for Meanwhile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if let Some(happens) = self.0.take() {
            happens();
        }
        self.1.read(buffer)
    }
}

/// The subjects of the messages to somebody, the latest first.
fn subjects(world: &World, to: &str) -> Vec<String> {
    let mails = world.json("mail list");
    let own = mails.as_array().unwrap().iter().filter(|mail| mail["to"] == to);
    own.map(|mail| mail["subject"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Code and reference of the latest SMS.
fn last_sms(world: &World) -> (String, String) {
    let mails = world.json("mail list");
    let id = mails.as_array().unwrap().iter().find(|mail| mail["channel"] == "sms").unwrap()["id"].clone();
    let text = std::fs::read_to_string(world.path(&format!("portal.db.outbox/{id}.sms"))).unwrap();
    let digits =
        |n: usize| text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == n).unwrap().to_owned();
    (digits(6), digits(4))
}

fn count_sms(world: &World) -> usize {
    world.json("mail list").as_array().unwrap().iter().filter(|mail| mail["channel"] == "sms").count()
}

/// Activates a user whose second step is SMS: the session is in the file named like the first name.
fn enrolled_by_sms(world: &World, email: &str) {
    let name = email.split('.').next().unwrap();
    activate(world, email, PASSWORD);
    done(world, &format!("auth login {email} --out {name}"), &[PASSWORD]);
    done(world, &format!("auth mfa enrol --session {name} --phone +4542822160"), &[]);
    let (code, _) = last_sms(world);
    done(world, &format!("auth mfa confirm --session {name} --secret-out {name}.emergency"), &[&code]);
    world.wait(Duration::seconds(60));
}
