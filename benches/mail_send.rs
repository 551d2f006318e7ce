//! `mail send` of 10,000 mails through a mail server in this process, and into a folder, against a bare loop of lettre
//! that sends the same bytes over one connection.
//!
//! `cargo bench --bench mail_send`. The server takes everything and answers at once; there is no TLS on either side, so
//! that what is compared is the queue: leases, notes of what left, and the trail, each safely on the disk.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use portalctl::platform::actor::{Actor, Principal};
use portalctl::platform::config::{Config, Limits, MailTransport, Overrides, Smtp, Tls, load};
use portalctl::platform::db::{Action, Db, Options};
use portalctl::platform::env::{Clock, Entropy, Env};
use portalctl::platform::i18n::Lang;
use portalctl::platform::outbox::{self, NewMail, send, trial};
use portalctl::platform::secret::Key;
use portalctl::portal::MessageSecrets;
use serde_json::json;

const MAILS: usize = 10_000;
const ROUNDS: usize = 3;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let (texts, received) = channel();
    let port = serve(texts);
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        let smtp = config(dir.path(), Some(port));
        best[0] = best[0].min(timed(|| queued_and_sent(dir.path(), &smtp)));
        let bytes: Vec<(String, Vec<u8>)> = received.try_iter().collect();
        assert_eq!(bytes.len(), MAILS);
        best[1] = best[1].min(timed(|| bare(port, &bytes)));
        assert_eq!(received.try_iter().count(), MAILS);
        let folder = config(dir.path(), None);
        best[2] = best[2].min(timed(|| queued_and_sent(dir.path(), &folder)));
    }
    let [smtp, bare, folder] = best.map(|time| time.as_secs_f64());
    println!("{MAILS} mails, best of {ROUNDS}:");
    println!(
        "  mail send, smtp   {smtp:8.2} s  {:8.0} mails/s  {:5.2} × bare",
        MAILS as f64 / smtp,
        smtp / bare
    );
    println!("  bare lettre loop  {bare:8.2} s  {:8.0} mails/s", MAILS as f64 / bare);
    println!(
        "  mail send, dir    {folder:8.2} s  {:8.0} mails/s  {:5.2} × bare",
        MAILS as f64 / folder,
        folder / bare
    );
}

/// The time that sending took; what comes before it is not counted.
fn timed(run: impl FnOnce() -> Duration) -> Duration {
    run()
}

/// This machine's manners, with the server or the folder.
fn config(dir: &Path, port: Option<u16>) -> Config {
    let path = dir.join("portalctl.toml");
    std::fs::write(&path, "database = \"portal.db\"\n").unwrap();
    let named = Overrides { config: Some(path), ..Overrides::default() };
    let mut config = load(&Env::system().unwrap(), &named).unwrap();
    if let Some(port) = port {
        config.mail = MailTransport::Smtp(Smtp {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::None,
            login: None,
            ca_file: None,
            limits: Limits::default(),
        });
    }
    config
}

fn queued_and_sent(dir: &Path, config: &Config) -> Duration {
    let path = dir.join("portal.db");
    for name in ["portal.db", "portal.db-wal", "portal.db-shm"] {
        let _ = std::fs::remove_file(dir.join(name));
    }
    std::fs::write(&path, []).unwrap();
    let options = Options {
        dry_run: false,
        wait: Duration::from_secs(5),
        clock: Clock::System,
        entropy: Entropy::System,
    };
    let mut db = Db::build_at(&path, options).unwrap();
    let actor = Actor { real: "operator:bench@host".into(), effective: Principal::Operator, reason: None };
    db.write(&actor, |tx| {
        tx.record(Action("bench.mails"), "mail:many", None::<&()>, Some(&MAILS))?;
        for n in 0..MAILS {
            let mail = NewMail {
                template: &trial::MAIL,
                to: &format!("bruger{n}@example.dk").parse()?,
                language: Lang::Da,
                cause: format!("bench:{n}"),
                params: json!({"sender": "Statens Administration"}),
                link: None,
                reply_tag: None,
            };
            outbox::queue(tx, &mail)?;
        }
        Ok(())
    })
    .unwrap();
    let key = Key::generate(&Entropy::System).unwrap();
    let secrets = MessageSecrets { key: &key, base_url: &config.base_url, lang: config.language };
    let begun = Instant::now();
    let sent = send::send_all(&mut db, &actor, config, &secrets.renderer()).unwrap();
    let took = begun.elapsed();
    assert_eq!(sent.sent, MAILS);
    took
}

/// The same conversation without a queue: nothing is looked up, nothing is noted.
fn bare(port: u16, mails: &[(String, Vec<u8>)]) -> Duration {
    let begun = Instant::now();
    let name = ClientId::Domain("example.dk".to_owned());
    let limit = Some(Duration::from_secs(60));
    let mut connection = SmtpConnection::connect(("127.0.0.1", port), limit, &name, None, None).unwrap();
    for (to, text) in mails {
        connection.command(Rset).unwrap();
        let from = "kundeportal@example.dk".parse().unwrap();
        let eight_bit = vec![MailParameter::Body(MailBodyParameter::EightBitMime)];
        connection.command(Mail::new(Some(from), eight_bit)).unwrap();
        connection.command(Rcpt::new(to.parse().unwrap(), Vec::new())).unwrap();
        connection.command(Data).unwrap();
        // As `Connection::message` writes it, the end of each text waits 40 ms for a late acknowledgement; in one piece
        // with its text the peer is as quick as it can be.
        let text = String::from_utf8_lossy(text).replace("\r\n.", "\r\n..");
        connection.command(format!("{text}\r\n.\r\n")).unwrap();
    }
    let _ = connection.quit();
    begun.elapsed()
}

/// A server that takes everything and hands on what it took.
fn serve(texts: Sender<(String, Vec<u8>)>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).unwrap();
            let texts = texts.clone();
            std::thread::spawn(move || talk(stream, &texts));
        }
    });
    port
}

fn talk(stream: TcpStream, texts: &Sender<(String, Vec<u8>)>) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream);
    answers.write_all(b"220 bench\r\n").ok()?;
    let (mut to, mut line) = (String::new(), Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let command = String::from_utf8_lossy(&line).into_owned();
        let answer: &[u8] = match command.get(..4)? {
            "EHLO" => b"250-bench\r\n250 8BITMIME\r\n",
            "RCPT" => {
                to = command.split(['<', '>']).nth(1)?.to_owned();
                b"250 fine\r\n"
            }
            "QUIT" => return answers.write_all(b"221 bye\r\n").ok(),
            "DATA" => {
                answers.write_all(b"354 go on\r\n").ok()?;
                let mut text = Vec::new();
                loop {
                    line.clear();
                    if lines.read_until(b'\n', &mut line).ok()? == 0 {
                        return None;
                    }
                    if line == b".\r\n" {
                        break;
                    }
                    text.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                }
                // The end of the last line belongs to the dot.
                text.truncate(text.len().saturating_sub(2));
                texts.send((std::mem::take(&mut to), text)).ok()?;
                b"250 taken\r\n"
            }
            _ => b"250 fine\r\n",
        };
        answers.write_all(answer).ok()?;
    }
}
