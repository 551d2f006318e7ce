//! The walk-through of `docs/onboarding.md`: its files are written, its commands typed, and what is seen compared.

use std::path::Path;

use crate::support::World;

/// Types the commands of a console block (`$ portalctl …`, with ` > FILE` where the output goes to a file) and gives the
/// block as it is seen: output, messages, and the exit code where it is not 0.
fn typed(world: &World, block: &str) -> String {
    let folder = format!("{}/", world.dir.path().display());
    let mut seen = Vec::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("$ portalctl ")) {
        let (command, file) = match line.split_once(" > ") {
            Some((command, file)) => (command, Some(file)),
            None => (line, None),
        };
        let said = world.run(command);
        let out = match file {
            Some(file) => {
                world.write(file, &said.out);
                String::new()
            }
            None => said.out,
        };
        let code = if said.code == 0 { String::new() } else { format!("# exit code {}\n", said.code) };
        seen.push(format!("$ portalctl {line}\n{out}{}{code}", said.err).replace(&folder, ""));
    }
    seen.join("\n")
}

/// The document as it should be: every fenced block that names a file is written into the world, every console block
/// typed there.
fn replayed(world: &World, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("\n```") {
        let (info, from) = from.split_once('\n').unwrap();
        let (block, after) = from.split_once("```").unwrap();
        let block = match info.split_once(' ') {
            _ if info == "console" => typed(world, block),
            Some((_, file)) => {
                world.write(file, block);
                block.to_owned()
            }
            None => block.to_owned(),
        };
        out.push_str(&format!("{before}\n```{info}\n{block}```"));
        rest = after;
    }
    out + rest
}

#[test]
fn the_walk_through_shows_what_one_sees() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/onboarding.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let world = World::empty();
    let expected = replayed(&world, &text);
    #[expect(clippy::disallowed_methods, reason = "the switch by which a person writes the documents anew")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    assert!(text.matches("$ portalctl ").count() > 20, "the walk-through is there");
    assert!(text == expected, "docs/onboarding.md does not show what one sees; run `just docs`\n{expected}");
}
