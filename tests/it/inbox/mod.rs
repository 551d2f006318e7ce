//! Mails that come in (issue 7, part 5): the fixtures each with its verdict, the commands, and many processes at once.

mod any;
mod commands;
mod handling;
mod many;
mod ugly;

use chrono::Duration;
use portalctl::platform::outbox::{loop_header, reply_address};
use portalctl::platform::secret::Key;

use crate::support::World;

/// A world with people, tickets and a mail that went out about the open one.
pub struct Post {
    pub world: World,
    /// What fixtures name: `{{answered}}` and the like, each with its value.
    pub names: Vec<(&'static str, String)>,
}

pub const IDA: &str = "ida.lykkebo@oes.example.dk";

/// The number of the open ticket, whose requester is Ida; the closed one is hers too.
pub const OPEN: &str = "SAM 2605-0001";
pub const CLOSED: &str = "SAM 2605-0002";

impl Post {
    pub fn new() -> Post {
        let world = World::peopled();
        for line in [
            "user create --email bo.kjaer@oes.example.dk --name 'Bo Kjær' --rights oekonomistyrelsen:reader",
            "user create --email frida.lukket@oes.example.dk --name 'Frida Lukket' --rights oekonomistyrelsen:reader",
            "user disable frida.lukket@oes.example.dk --reason prøve --yes",
            "user create --email vera.toside@oes.example.dk --name 'Vera Toside' --rights oekonomistyrelsen:reader --rights digitaliseringsstyrelsen:reader",
            "user create --email xenia.fjern@digst.example.dk --name 'Xenia Fjern' --rights digitaliseringsstyrelsen:reader",
            "user create --email uno.uden@oes.example.dk --name 'Uno Uden' --rights oekonomistyrelsen:reader",
            "rights revoke uno.uden@oes.example.dk --tenant oekonomistyrelsen --right reader",
        ] {
            world.run(line).ok();
        }
        for subject in ["Adgang", "Gammel sag"] {
            world
                .run(&format!(
                    "ticket create --tenant oekonomistyrelsen --requester {IDA} --subject '{subject}'"
                ))
                .ok();
        }
        world.run(&format!("ticket close '{CLOSED}'")).ok();
        world.run("mail send").ok();
        world.run(&format!("ticket advance '{OPEN}' --to awaiting-requester")).ok();
        world.run("mail send").ok();
        let asked = world.json("mail list");
        let about = format!("ticket:{OPEN}");
        let mut asked = asked.as_array().unwrap().iter();
        let asked = asked.find(|mail| mail["cause"] == about && mail["to"] == IDA).unwrap();
        let eml = world.path("portal.db.outbox").join(format!("{}.eml", asked["id"]));
        let eml = std::fs::read_to_string(eml).unwrap();
        let field = |name: &str| {
            let line = eml.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
            line.rsplit('<').next().unwrap().split('>').next().unwrap().to_owned()
        };
        let (answered, us) = (field("message-id:"), field("from:"));
        let key = Key::load(&world.path("portal.db.key")).unwrap();
        let address = reply_address::make(&key, &us.parse().unwrap(), "2605-0001").unwrap();
        let names = vec![
            ("{{answered}}", answered),
            ("{{us}}", us),
            ("{{forged}}", address.replace("2605-0001", "2605-0002")),
            ("{{address}}", address),
            ("{{loop}}", loop_header::make(&key).unwrap()),
            ("{{open}}", OPEN.to_owned()),
            ("{{bare}}", "2605-0001".to_owned()),
            ("{{closed}}", CLOSED.to_owned()),
        ];
        world.wait(Duration::hours(1));
        Post { world, names }
    }

    /// The same world again, to be changed on its own.
    pub fn copy(&self) -> World {
        let copy = World::empty();
        copy.now.set(self.world.now.get());
        for name in ["portal.db", "portal.db-wal", "portal.db.key"] {
            if self.world.path(name).exists() {
                std::fs::copy(self.world.path(name), copy.path(name)).unwrap();
            }
        }
        copy
    }

    /// A fixture with what it names filled in.
    pub fn filled(&self, bytes: &[u8]) -> Vec<u8> {
        // Byte by byte: what is not UTF-8 must stay as it is.
        self.names
            .iter()
            .fold(bytes.to_vec(), |bytes, (name, value)| replaced(&bytes, name.as_bytes(), value.as_bytes()))
    }

    /// Takes in a mail; answers with the item.
    pub fn take(&self, mail: &str) -> serde_json::Value {
        take(&self.world, &self.filled(mail.as_bytes()))
    }
}

pub fn take(world: &World, mail: &[u8]) -> serde_json::Value {
    let said =
        world.run_with_stdin("mail ingest --format json", Box::new(std::io::Cursor::new(mail.to_vec()))).ok();
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    answer["items"][0].clone()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
