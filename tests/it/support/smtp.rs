//! A mail server of our own, with TLS, that does to a mail what the mail's address says: `nouser@` does not exist,
//! `grey@` is refused the first time, `drop-after@` loses the connection when it has the text, and so on.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

pub static ONLY_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub static ONLY_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// How the server is.
#[derive(Clone)]
pub struct Manner {
    pub starttls: bool,
    pub implicit: bool,
    /// For which host its certificate is.
    pub name: &'static str,
    pub versions: &'static [&'static SupportedProtocolVersion],
    /// Which login it takes, if it wants one.
    pub login: Option<(&'static str, &'static str)>,
    pub eight_bit: bool,
    /// What it says first.
    pub greeting: &'static str,
    /// What it says to every sender.
    pub sender: &'static str,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            starttls: true,
            implicit: false,
            name: "localhost",
            versions: rustls::ALL_VERSIONS,
            login: None,
            eight_bit: true,
            greeting: "220 test ESMTP",
            sender: "250 2.1.0 fine",
        }
    }
}

/// A mail that arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub from: String,
    pub to: String,
    pub text: String,
    pub encrypted: bool,
    pub login: Option<String>,
    pub mail_line: String,
}

#[derive(Default)]
struct Seen {
    arrived: Vec<Arrived>,
    connections: usize,
    tried: HashMap<String, usize>,
}

pub struct Server {
    pub port: u16,
    /// The certificate, in PEM, as `ca_file` names it.
    pub pem: String,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub fn start(manner: Manner) -> Server {
        let certified = rcgen::generate_simple_self_signed([manner.name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(manner.versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let tls = Arc::new(tls);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = stream.set_nodelay(true);
                let talk = Talk {
                    manner: manner.clone(),
                    tls: Arc::clone(&tls),
                    seen: Arc::clone(&kept),
                    buffer: Vec::new(),
                };
                kept.lock().unwrap().connections += 1;
                std::thread::spawn(move || talk.all(stream));
            }
        });
        Server { port, pem: certified.cert.pem(), seen }
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.seen.lock().unwrap().arrived.clone()
    }

    /// How many arrived at each address.
    pub fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for one in &self.seen.lock().unwrap().arrived {
            *counts.entry(one.to.clone()).or_default() += 1;
        }
        counts
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

struct Talk {
    manner: Manner,
    tls: Arc<ServerConfig>,
    seen: Arc<Mutex<Seen>>,
    buffer: Vec<u8>,
}

impl Talk {
    /// Talks until one of both has enough; what goes wrong is the client's to notice.
    fn all(mut self, stream: TcpStream) -> Option<()> {
        let mut plain = stream;
        if self.manner.implicit {
            return self.encrypted(plain, true);
        }
        say(&mut plain, self.manner.greeting)?;
        loop {
            let line = self.line(&mut plain)?;
            if line.eq_ignore_ascii_case("STARTTLS") && self.manner.starttls {
                say(&mut plain, "220 go ahead")?;
                return self.encrypted(plain, false);
            }
            let mut state = State::default();
            if line.to_ascii_uppercase().starts_with("EHLO") {
                self.ehlo(&mut plain, false)?;
            } else {
                // Nothing but a plain conversation is left.
                return self.commands(&mut plain, false, &mut state, Some(line));
            }
        }
    }

    fn encrypted(mut self, stream: TcpStream, greet: bool) -> Option<()> {
        let connection = ServerConnection::new(Arc::clone(&self.tls)).ok()?;
        let mut stream = StreamOwned::new(connection, stream);
        if greet {
            say(&mut stream, self.manner.greeting)?;
        }
        self.commands(&mut stream, true, &mut State::default(), None)
    }

    fn ehlo(&self, stream: &mut dyn Line, encrypted: bool) -> Option<()> {
        let mut offers = vec!["test greets you"];
        if self.manner.eight_bit {
            offers.push("8BITMIME");
        }
        if self.manner.starttls && !encrypted {
            offers.push("STARTTLS");
        }
        if self.manner.login.is_some() && encrypted {
            offers.push("AUTH PLAIN LOGIN");
        }
        offers.push("ENHANCEDSTATUSCODES");
        let last = offers.len() - 1;
        let lines: Vec<_> = offers
            .iter()
            .enumerate()
            .map(|(n, offer)| format!("250{}{offer}", if n == last { ' ' } else { '-' }))
            .collect();
        say(stream, &lines.join("\r\n"))
    }

    fn commands(
        &mut self,
        stream: &mut dyn Line,
        encrypted: bool,
        state: &mut State,
        first: Option<String>,
    ) -> Option<()> {
        let mut next = first;
        loop {
            let line = match next.take() {
                Some(line) => line,
                None => self.line(stream)?,
            };
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO") {
                self.ehlo(stream, encrypted)?;
            } else if upper.starts_with("AUTH PLAIN ") {
                let said = data_encoding::BASE64.decode(&line.as_bytes()[11..]).unwrap_or_default();
                let said = String::from_utf8(said).unwrap_or_default();
                let mut parts = said.split('\0').skip(1);
                let (user, password) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                if self.manner.login == Some((user, password)) {
                    state.login = Some(user.to_owned());
                    say(stream, "235 2.7.0 welcome")?;
                } else {
                    say(stream, &format!("535 5.7.8 not with {password}"))?;
                }
            } else if upper.starts_with("MAIL FROM:") {
                if self.manner.login.is_some() && state.login.is_none() {
                    say(stream, "530 5.7.0 log in first")?;
                    continue;
                }
                state.mail_line = line.clone();
                state.from = address(&line);
                say(stream, self.manner.sender)?;
            } else if upper.starts_with("RCPT TO:") {
                let to = address(&line);
                let times = {
                    let mut seen = self.seen.lock().unwrap();
                    let times = seen.tried.entry(to.clone()).or_default();
                    *times += 1;
                    *times
                };
                state.to.clone_from(&to);
                state.times = times;
                let answer = match to.split(['@', '+']).next().unwrap_or_default() {
                    "nouser" => "550 5.1.1 no such user \u{1b}[2J here",
                    "policy" => "550 5.7.1 we do not like you",
                    "grey" if times == 1 => "451 4.7.1 come back later",
                    "later" => "452 4.2.2 mailbox full",
                    "hang-up" if times == 1 => "421 4.3.2 going down",
                    _ => "250 2.1.5 fine",
                };
                say(stream, answer)?;
                if answer.starts_with("421") {
                    return None;
                }
            } else if upper == "DATA" {
                self.data(stream, encrypted, state)?;
            } else if upper == "RSET" || upper == "NOOP" {
                say(stream, "250 2.0.0 fine")?;
            } else if upper == "QUIT" {
                say(stream, "221 2.0.0 bye")?;
                return None;
            } else {
                say(stream, "502 5.5.1 what?")?;
            }
        }
    }

    fn data(&mut self, stream: &mut dyn Line, encrypted: bool, state: &State) -> Option<()> {
        let kind = state.to.split(['@', '+']).next().unwrap_or_default().to_owned();
        match kind.as_str() {
            "drop-before" if state.times == 1 => return None,
            "stall-before" => return self.stall(stream),
            "nodata" => return say(stream, "554 5.6.0 not that"),
            _ => {}
        }
        say(stream, "354 go on")?;
        let mut text = Vec::new();
        loop {
            let line = self.line(stream)?;
            if line == "." {
                break;
            }
            text.push(line.strip_prefix('.').map(str::to_owned).unwrap_or(line));
        }
        if kind == "spam" {
            return say(stream, "554 5.7.1 looks like spam");
        }
        if kind == "full" && state.times == 1 {
            return say(stream, "452 4.3.1 no room");
        }
        self.seen.lock().unwrap().arrived.push(Arrived {
            from: state.from.clone(),
            to: state.to.clone(),
            text: text.join("\n"),
            encrypted,
            login: state.login.clone(),
            mail_line: state.mail_line.clone(),
        });
        match kind.as_str() {
            "drop-after" => None,
            // It has it, and denies that.
            "denies" if state.times == 1 => say(stream, "451 4.3.0 try again"),
            "stall-after" => self.stall(stream),
            "twice" => say(stream, "250 2.0.0 taken\r\n250 2.0.0 taken once more"),
            _ => say(stream, "250 2.0.0 taken as 4711"),
        }
    }

    /// Says nothing until the other side has had enough.
    fn stall(&mut self, stream: &mut dyn Line) -> Option<()> {
        while self.line(stream).is_some() {}
        None
    }

    fn line(&mut self, stream: &mut dyn Line) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            let mut piece = [0_u8; 4096];
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return None,
                Ok(n) => self.buffer.extend_from_slice(&piece[..n]),
            }
        }
    }
}

#[derive(Default)]
struct State {
    from: String,
    to: String,
    times: usize,
    login: Option<String>,
    mail_line: String,
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

fn say(stream: &mut dyn Line, answer: &str) -> Option<()> {
    stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    stream.flush().ok()
}
