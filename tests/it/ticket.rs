//! Tickets, as typed.

use chrono::Duration;

use crate::support::World;

const ANNA: &str = "anna.ticket@example.dk";

fn world() -> World {
    let world = World::new();
    world.run("tenant create --cvr 10213231 --name Økonomistyrelsen --code oes").ok();
    world.run(&format!("user create --email {ANNA} --name 'Anna Holm' --rights oes:reader")).ok();
    world.run("user create --email carl@example.dk --name Carl --staff caseworker").ok();
    for subject in ["Et", "To"] {
        world.run(&format!("ticket create --tenant oes --requester {ANNA} --subject {subject}")).ok();
    }
    world
}

#[test]
fn s_005_cli_2_several_tickets_at_once_each_for_itself() {
    let world = world();
    let said = world.run("ticket advance 2605-0001 2605-0009 --to Udført --format json");
    assert_eq!(said.code, 3, "{said}");
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(answer["summary"], serde_json::json!({"advanced": 1, "failed": 1}));
    assert_eq!(answer["items"][0]["key"], "SAM 2605-0001");
    assert_eq!(answer["items"][0]["item"]["handled_by"], "requester");
    assert_eq!(answer["items"][1]["errors"][0]["code"], "ticket.not-found");
    assert_eq!(world.refused("ticket close 2605-0008 2605-0009"), (4, "ticket.not-found".to_owned()));
    let input = "2605-0001\n\n2605-0002\n";
    let said = world.run_with_input("ticket assign --numbers-from - --to carl@example.dk", input);
    assert_eq!(said.code, 3, "{said}");
    let said = world.run_with_input("ticket close --numbers-from -", input).ok();
    assert!(said.out.contains("closed: 2, failed: 0"), "{said}");
    assert_eq!(world.refused("ticket reopen 2605-0001"), (5, "ticket.closed".to_owned()));
}

#[test]
fn s_026_a_dry_run_of_close_due_tells_what_would_close_and_closes_nothing() {
    let world = world();
    world.run("ticket advance 2605-0001 2605-0002 --to done").ok();
    world.wait(Duration::hours(168));
    for (command, due) in
        [("ticket close-due --dry-run", 2), ("ticket close-due", 2), ("ticket close-due --explain", 0)]
    {
        let answer = world.json(command);
        assert_eq!(answer["summary"], serde_json::json!({"due": due, "closed": due}), "{command}");
    }
    assert_eq!(world.json("ticket list"), serde_json::json!([]));
    assert_eq!(world.json("ticket list --closed").as_array().unwrap().len(), 2);
}

#[test]
fn s_008_an_attachment_comes_out_as_it_went_in() {
    let world = world();
    world.write("Bilag.txt", "æøå");
    world.run("ticket reply 2605-0001 --attach Bilag.txt").ok();
    world.run("ticket attachment 2605-0001 1 --out ud.txt").ok();
    assert_eq!(std::fs::read_to_string(world.path("ud.txt")).unwrap(), "æøå");
    assert_eq!(world.refused("ticket attachment 2605-0001 1 --out ud.txt"), (5, "file.exists".to_owned()));
    assert_eq!(
        world.refused("ticket attachment 2605-0001 2 --out to.txt"),
        (4, "attachment.not-found".to_owned())
    );
}
