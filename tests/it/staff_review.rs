//! The review of the provider's own staff: certified and taken like every other right.

use chrono::Duration;
use serde_json::json;

use crate::support::World;

const JONAS: &str = "jonas.brandtoft@sam.example.dk";
const SOREN: &str = "soren.vind@sam.example.dk";
const ANNA: &str = "--as anna.holm@oes.example.dk --reason gennemgang";

fn world() -> World {
    let world = World::peopled();
    world.run(&format!("user create --email {SOREN} --name 'Søren Vind' --staff system-administrator")).ok();
    world
}

/// The whole sheet, with one decision upon every row that begins so.
fn reviewed(world: &World, start: &str, decision: &str) -> String {
    let sheet = world.run("rights review export --out -").ok().out;
    let decide = |line: &str| match line.starts_with(start) {
        true => line.replace(";;;\r\n", &format!(";{decision};;\r\n")),
        false => line.to_owned(),
    };
    sheet.split_inclusive("\r\n").map(decide).collect()
}

#[test]
fn the_sheet_lists_the_staff_with_their_role_and_no_institution() {
    let world = world();
    let sheet = world.run("rights review export --out -").ok().out;
    let staff: String = sheet.lines().filter(|line| line.contains("@sam.")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(staff, @"
    jonas.brandtoft@sam.example.dk;Jonas Brandtoft;;Sagsbehandler;Inviteret;;2026-05-04;;r-788bbe734d60;;;
    soren.vind@sam.example.dk;Søren Vind;;Systemadministrator;Inviteret;;2026-05-04;;r-0ade888e19c6;;;
    ");
    for elsewhere in ["--tenant 10213231", ANNA] {
        let sheet = world.run(&format!("rights review export --out - {elsewhere}")).ok().out;
        assert!(!sheet.contains("@sam."), "{sheet}");
    }
}

#[test]
fn a_staff_role_is_certified_once_and_taken_like_any_right() {
    let world = world();
    world.write("behold.csv", reviewed(&world, "soren", "behold"));
    let kept = world.json("rights review import behold.csv");
    assert_eq!((&kept["summary"]["kept"], &kept["summary"]["removed"]), (&json!(1), &json!(0)));
    assert_eq!(kept["items"][0]["key"], format!("{SOREN}:system-administrator"));
    assert_eq!(world.json("rights review import behold.csv")["summary"]["unchanged"], 1);

    world.write("fjern.csv", reviewed(&world, "jonas", "fjern"));
    assert_eq!(world.json("rights review import fjern.csv")["summary"]["removed"], 1);
    assert_eq!(world.json(&format!("user show {JONAS}"))["staff"], json!(null));
    assert_eq!(world.json("rights review import fjern.csv")["summary"]["unchanged"], 1);
    // Given anew: nobody looked at that one, and the old sheet does not take it.
    world.wait(Duration::hours(1));
    world.run(&format!("user update {JONAS} --staff caseworker")).ok();
    assert_eq!(world.refused("rights review import fjern.csv"), (5, "review.changed".to_owned()));
    // Another role by now is another thing too.
    world.write("igen.csv", reviewed(&world, "jonas", "fjern"));
    world.run(&format!("user update {JONAS} --staff system-administrator")).ok();
    assert_eq!(world.refused("rights review import igen.csv"), (5, "review.changed".to_owned()));
    assert_eq!(world.json(&format!("user show {JONAS}"))["staff"], "system-administrator");
}

#[test]
fn nobody_reviews_away_their_own_role_and_an_institution_reviews_no_staff() {
    let world = world();
    let own = format!("--as {SOREN} --reason gennemgang");
    world.write("soren.csv", reviewed(&world, "soren", "fjern"));
    assert_eq!(world.refused(&format!("rights review import soren.csv {own}")), (6, "user.self".to_owned()));
    world.write("jonas.csv", reviewed(&world, "jonas", "fjern"));
    assert_eq!(
        world.refused(&format!("rights review import jonas.csv {ANNA}")),
        (65, "file.invalid".to_owned())
    );
    assert_eq!(
        world.refused(&format!("rights review import jonas.csv --as {JONAS} --reason gennemgang")),
        (6, "rights.refused".to_owned())
    );
    world.run(&format!("rights review import jonas.csv {own}")).ok();
    assert_eq!(world.json(&format!("user show {JONAS}"))["staff"], json!(null));
}
