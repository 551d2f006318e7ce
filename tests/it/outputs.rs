//! Where commands write: `--force` replaces what a person named, never what the command works on.

use portalctl::portal::cli::clashes::{INPUTS, OUTPUT_FOLDER, OUTPUTS};

use crate::auth::{ANNA, PASSWORD, activate, world};
use crate::support::World;

#[track_caller]
fn is_refused(world: &World, line: &str, what: &str) {
    let said = world.run_with_input(line, &format!("{PASSWORD}\n"));
    assert_eq!(said.code, 2, "{line}: {said}");
    assert!(said.err.contains(what) && said.err.contains("never written over"), "{line}: {said}");
}

#[test]
fn no_output_takes_the_place_of_what_the_command_works_on() {
    let world = world();
    world.run("setting set login.require-mfa false").ok();
    activate(&world, ANNA, PASSWORD);
    world.run_with_input(&format!("auth login {ANNA} --out anna"), &format!("{PASSWORD}\n")).ok();
    std::fs::write(world.path("own.toml"), "language = \"da\"\n").unwrap();
    std::fs::write(world.path("state.yaml"), "schema: portalctl.state/1\n").unwrap();
    std::fs::write(world.path("users.csv"), "email,name\n").unwrap();
    std::os::unix::fs::symlink(world.path("portal.db"), world.path("link")).unwrap();
    std::fs::create_dir(world.path("folder")).unwrap();
    let all = || -> Vec<_> {
        ["portal.db", "portal.db.key", "own.toml", "anna", "state.yaml"]
            .map(|name| std::fs::read(world.path(name)).unwrap())
            .into()
    };
    let before = all();
    for (path, what) in [
        ("portal.db", "the database"),
        ("./portal.db", "the database"),
        ("folder/../portal.db", "the database"),
        ("link", "the database"),
        ("portal.db-wal", "a side file of the database"),
        ("folder/../portal.db-shm", "a side file of the database"),
        ("portal.db.lock", "the lock of the database"),
        ("portal.db.key", "the key file"),
        ("own.toml", "the configuration file"),
    ] {
        for line in [
            format!("auth login {ANNA} --out {path} --force"),
            format!("auth login {ANNA} --out new --secret-out {path} --force"),
            format!("rights review export --out {path} --force"),
            format!("state plan state.yaml --out {path} --force"),
            format!("user import users.csv --mode upsert --errors-to {path} --force"),
        ] {
            is_refused(&world, &format!("{line} --db portal.db --config own.toml"), what);
        }
    }
    is_refused(&world, "auth mfa enrol --session anna --secret-out anna --force", "the file of --session");
    is_refused(&world, "state plan state.yaml --out state.yaml --force", "a file that this command reads");
    let both = format!("auth login {ANNA} --out same --secret-out ./same --force");
    is_refused(&world, &both, "another output of this command");
    std::fs::rename(world.path("portal.db"), world.path("portal.zip")).unwrap();
    is_refused(
        &world,
        "agreement export --all --out-dir . --force --db portal.zip --config own.toml",
        "the database",
    );
    std::fs::rename(world.path("portal.zip"), world.path("portal.db")).unwrap();
    assert_eq!(all(), before, "nothing of it was touched");
    // The next login may take the last one's place.
    let again = format!("auth login {ANNA} --out anna --force");
    world.run_with_input(&format!("{again} --session anna"), &format!("{PASSWORD}\n")).ok();
}

#[test]
fn every_argument_that_names_a_file_is_known_to_be_read_or_written() {
    fn walk(command: &clap::Command, path: &str, unknown: &mut Vec<String>) {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let is_path =
                argument.get_value_parser().type_id() == std::any::TypeId::of::<std::path::PathBuf>();
            let known = OUTPUTS.contains(&id) || INPUTS.contains(&id) || id == OUTPUT_FOLDER;
            let elsewhere =
                ["db", "config", "session"].contains(&id) || (path.ends_with(" demo") && id == "folder");
            if is_path && !known && !elsewhere {
                unknown.push(format!("{path} {id}"));
            }
        }
        for inner in command.get_subcommands() {
            walk(inner, &format!("{path} {}", inner.get_name()), unknown);
        }
    }
    let mut unknown = Vec::new();
    walk(&portalctl::app::command(), "portalctl", &mut unknown);
    assert_eq!(unknown, Vec::<String>::new());
}
