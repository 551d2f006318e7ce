//! Looking for malware in files from outside, by ClamAV's daemon where one is configured.

use std::io::{self, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use clamav_client::{TransportProtocol, scan_buffer};

use crate::platform::blob::Spooled;
use crate::platform::config::{Clamd, Scanner};
use crate::platform::error::{Error, Result};
use crate::platform::ui::foreign::visible;

/// The code of the error of a scanner that gives no answer.
pub const OUT_OF_REACH: &str = "scanner.out-of-reach";

/// How long the daemon may take to answer a connection, and to look through a file.
const CONNECT: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(120);

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// Nobody looked: no scanner is configured.
    Unscanned,
    /// Nothing.
    Clean,
    /// Malware of this name.
    Infected(String),
}

/// Has a file looked through. Takes its time: never inside a transaction. A scanner that does not answer is out of reach
/// (75); what it was to look at is not taken for clean.
pub fn scan(scanner: &Scanner, file: &Spooled) -> Result<Scan> {
    let Scanner::Clamd(clamd) = scanner else { return Ok(Scan::Unscanned) };
    let mut bytes = Vec::new();
    file.rewound()?.read_to_end(&mut bytes).map_err(|e| Error::io("cannot read a temporary file", &e))?;
    let (at, answer) = match clamd {
        Clamd::Tcp(address) => (address.clone(), scan_buffer(&bytes, Tcp { address }, None)),
        Clamd::Socket(path) => (path.display().to_string(), scan_buffer(&bytes, Socket { path }, None)),
    };
    let answer = answer.map_err(|e| out_of_reach(&at, &e.to_string()))?;
    verdict(&String::from_utf8_lossy(&answer)).ok_or_else(|| {
        let said: String = visible(&String::from_utf8_lossy(&answer), false).chars().take(200).collect();
        out_of_reach(&at, &said)
    })
}

/// What the daemon's line means: `stream: OK` or `stream: NAME FOUND`. Anything else is no answer.
fn verdict(line: &str) -> Option<Scan> {
    let found = line.trim_end_matches(['\0', '\n']).strip_prefix("stream: ")?;
    match found {
        "OK" => Some(Scan::Clean),
        _ => found.strip_suffix(" FOUND").map(|name| Scan::Infected(name.to_owned())),
    }
}

fn out_of_reach(at: &str, why: &str) -> Error {
    Error::busy(OUT_OF_REACH, format!("the scanner at {at} gave no answer: {why}"))
        .hint("nothing was taken; start clamd, or mend [scanner] in the configuration, and try again")
}

struct Tcp<'a> {
    address: &'a str,
}

impl TransportProtocol for Tcp<'_> {
    type Stream = TcpStream;

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no such host");
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(LIMIT))?;
                    stream.set_write_timeout(Some(LIMIT))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

struct Socket<'a> {
    path: &'a Path,
}

impl TransportProtocol for Socket<'_> {
    type Stream = UnixStream;

    fn connect(&self) -> io::Result<UnixStream> {
        let stream = UnixStream::connect(self.path)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_ok_is_clean() {
        assert_eq!(verdict("stream: OK\0"), Some(Scan::Clean));
        let name = "Win.Test.EICAR_HDB-1".to_owned();
        assert_eq!(verdict("stream: Win.Test.EICAR_HDB-1 FOUND\0"), Some(Scan::Infected(name)));
        for other in ["", "stream: Size limit reached ERROR", "INSTREAM size limit exceeded. ERROR", "OK"] {
            assert_eq!(verdict(other), None, "{other}");
        }
    }
}
