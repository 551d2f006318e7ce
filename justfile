# The only door: `just` lists what there is.

default:
    @just --list

# Formatting, lints, tests: what CI checks, without the example world
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo test

# The tests
test *ARGS:
    cargo test {{ARGS}}

# Look at changed transcripts one by one and take or refuse them
accept:
    cargo insta review

# Write the generated documents anew
docs:
    UPDATE_DOCS=1 cargo test --test it -- docs:: walkthrough::

# The benchmarks of docs/benchmarks.md
bench *ARGS:
    cargo bench {{ARGS}}

# Licences, bans and sources of the dependencies
deny:
    cargo deny check

# The example world in demo-out
demo:
    cargo run --release -- demo demo-out
