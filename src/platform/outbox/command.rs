//! Transport `command` for SMS: a program of this machine, called once a message.
//!
//! It gets the number as its last argument and the text on standard input; no shell is between. It answers by its exit
//! code: 0 sent, 75 try again later, anything else refused. What it says on stderr is kept for people.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use crate::platform::config::Program;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::ui::foreign::visible;

/// How many bytes of stderr are looked at, and how many characters are kept.
const READ: usize = 4096;
const KEPT: usize = 500;

/// How long a process that the program left behind may keep its stderr open after it.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// How a call ended; with what the program said, as it said it.
#[derive(Debug)]
pub enum Ended {
    /// The program took the message.
    Sent,
    /// It asks to be called again later.
    Later(String),
    /// It refused the message.
    Failed(String),
    /// It did not come to an end in time and was killed.
    TimedOut(String),
}

/// Calls the program. That it cannot be started is an error, and nothing was sent.
pub fn run(program: &Program, number: &str, text: &str) -> Result<Ended> {
    let Some((name, arguments)) = program.argv.split_first() else {
        return Err(Error::config("sms.command", "sms.command names no program"));
    };
    let mut child = Command::new(name)
        .args(arguments)
        .arg(number)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // Ctrl-C is for portalctl, which lets the message that is under way come to its end.
        .process_group(0)
        .spawn()
        .map_err(|e| cannot_start(name, &e))?;
    let said = child.stderr.take().map(listen);
    if let Some(mut stdin) = child.stdin.take() {
        // A text is shorter than the pipe holds, so this never waits. A program that does not read it has its reasons:
        // its exit code counts.
        let _ = stdin.write_all(text.as_bytes());
    }
    let status =
        wait(&mut child, program.limit).map_err(|e| Error::io(format_args!("waiting for {name}"), &e))?;
    let said = said.map(last_words).unwrap_or_default();
    Ok(match status.map(|status| (status.code(), status)) {
        None => {
            let limit = program.limit.as_secs_f64();
            Ended::TimedOut(with_words(format!("not done after {limit} s, killed"), &said))
        }
        Some((Some(0), _)) => Ended::Sent,
        Some((Some(code), _)) if code == i32::from(Exit::Busy.code()) => {
            Ended::Later(with_words(format!("exit code {code}"), &said))
        }
        Some((Some(code), _)) => Ended::Failed(with_words(format!("exit code {code}"), &said)),
        Some((None, status)) => {
            let signal = status.signal().unwrap_or_default();
            Ended::Failed(with_words(format!("ended by signal {signal}"), &said))
        }
    })
}

/// The first characters of what a program said, on one line.
pub fn readable(said: &str) -> String {
    visible(said, false).chars().take(KEPT).collect()
}

fn with_words(how: String, said: &str) -> String {
    match said.trim() {
        "" => how,
        said => format!("{how}: {said}"),
    }
}

/// Reads stderr to its end, so that the program never waits for a reader; hands on the first bytes.
fn listen(mut stderr: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 1024];
        let mut handed_on = 0;
        while let Ok(read @ 1..) = stderr.read(&mut buffer) {
            if handed_on < READ {
                // Nobody listens any more: go on reading all the same.
                let _ = send.send(buffer.iter().take(read).copied().collect());
                handed_on += read;
            }
        }
    });
    receive
}

fn last_words(said: Receiver<Vec<u8>>) -> String {
    let mut bytes = Vec::new();
    while let Ok(part) = said.recv_timeout(LAST_WORDS) {
        bytes.extend(part);
        if bytes.len() >= READ {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for the end; `None` where the limit came first and the program was killed. Counts pauses: no clock is read.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_millis(1);
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if waited >= limit {
            child.kill()?;
            // It may have ended by itself in the last moment; then that counts.
            let status = child.wait()?;
            return Ok(status.code().map(|_| status));
        }
        std::thread::sleep(pause);
        waited += pause;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn cannot_start(name: &str, source: &std::io::Error) -> Error {
    let message = format!("sms.command: cannot start {name}: {source}");
    match source.kind() {
        ErrorKind::WouldBlock | ErrorKind::OutOfMemory | ErrorKind::ExecutableFileBusy => {
            Error::busy("sms.busy", message).hint("nothing is lost: SMS stay queued; try again later")
        }
        _ => Error::config("sms.command", message)
            .hint("SMS stay queued; name a program that exists and may be run in [sms] of the configuration"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(script: &str, limit: Duration) -> String {
        // With `sh -c`, the number that comes last is `$0`.
        let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        format!("{:?}", run(&Program { argv, limit }, "+4542822160", "Æblegrød\nto").unwrap())
    }

    const AMPLE: Duration = Duration::from_secs(60);

    #[test]
    fn the_exit_code_decides_and_what_was_said_is_kept() {
        assert_eq!(called("test \"$0\" = +4542822160 && test \"$(cat)\" = 'Æblegrød\nto'", AMPLE), "Sent");
        assert_eq!(called("exec 0<&-; echo noise", AMPLE), "Sent");
        assert_eq!(called("echo full >&2; exit 75", AMPLE), "Later(\"exit code 75: full\")");
        assert_eq!(called("exit 1", AMPLE), "Failed(\"exit code 1\")");
        assert_eq!(called("kill -9 $$", AMPLE), "Failed(\"ended by signal 9\")");
        assert_eq!(
            called("exec sleep 600", Duration::from_millis(20)),
            "TimedOut(\"not done after 0.02 s, killed\")"
        );
    }

    #[test]
    fn much_on_stderr_and_a_process_left_behind_hold_nothing_up() {
        let flood = called("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 3", AMPLE);
        assert!(flood.starts_with("Failed(\"exit code 3: xxx") && flood.len() < 2 * READ, "{}", flood.len());
        assert_eq!(called("(exec sleep 2) & echo gone >&2; exit 4", AMPLE), "Failed(\"exit code 4: gone\")");
        assert_eq!(readable(&format!("a\x1b[2J\nb{}", "c".repeat(600))).chars().count(), KEPT);
        assert!(readable("a\x1b[2J\nb").starts_with("a␛[2J↵b"));
    }

    #[test]
    fn a_program_that_cannot_be_started_is_a_matter_of_configuration() {
        for argv in [vec!["/nowhere/send-sms".to_owned()], vec!["/".to_owned()], Vec::new()] {
            let error = run(&Program { argv, limit: AMPLE }, "+4542822160", "x").unwrap_err();
            assert_eq!((error.code(), error.exit()), ("sms.command", Exit::Config));
        }
    }
}
