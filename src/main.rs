//! The binary: the real world in, the exit code out.

use std::io::Write;
use std::process::ExitCode;

use portalctl::platform::env::Env;
use portalctl::platform::interrupt;

fn main() -> ExitCode {
    let world = interrupt::install().and_then(|()| Env::system());
    match world {
        Ok(mut env) => ExitCode::from(portalctl::run(&mut env, arguments()).code()),
        Err(error) => {
            // There is no `Env` to print through; this is all that can be done.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(error.exit().code())
        }
    }
}

fn arguments() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}
