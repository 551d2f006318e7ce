//! Whatever mails come in, between whatever is done to tickets: what must hold, holds.

use std::collections::BTreeMap;

use chrono::Duration;
use proptest::prelude::*;
use serde_json::Value;

use super::{IDA, OPEN, Post, take};
use crate::support::World;

const BO: &str = "bo.kjaer@oes.example.dk";
/// A party, one who may become one, one of another institution, and a stranger.
const SENDERS: [&str; 4] = [IDA, BO, "xenia.fjern@digst.example.dk", "fremmed@example.dk"];
/// How a mail names the ticket.
const NAMES: [&str; 4] = [
    "Subject: x\nIn-Reply-To: <{{answered}}>",
    "Subject: x\nDelivered-To: {{address}}",
    "Subject: SV: {{open}} x",
    "Subject: x",
];
const COMMANDS: [&str; 8] = [
    "ticket advance 'SAM 2605-0001' --to awaiting-requester",
    "ticket advance 'SAM 2605-0001' --to started",
    "ticket advance 'SAM 2605-0001' --to done",
    "ticket close 'SAM 2605-0001'",
    "ticket reopen 'SAM 2605-0001'",
    "ticket share 'SAM 2605-0001' --with bo.kjaer@oes.example.dk",
    "ticket unshare 'SAM 2605-0001' --with bo.kjaer@oes.example.dk",
    "job run ticket-close-due",
];

#[derive(Debug, Clone)]
enum Step {
    Mail {
        sender: usize,
        name: usize,
        automatic: bool,
    },
    /// One of those before comes again.
    Again(prop::sample::Index),
    Command(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..SENDERS.len(), 0..NAMES.len(), prop::bool::weighted(0.2))
            .prop_map(|(sender, name, automatic)| Step::Mail { sender, name, automatic }),
        2 => any::<prop::sample::Index>().prop_map(Step::Again),
        5 => (0..COMMANDS.len()).prop_map(Step::Command),
        2 => prop::sample::select(vec![1_i64, 100, 168]).prop_map(Step::Wait),
    ]
}

type Tickets = BTreeMap<String, Value>;

fn tickets(world: &World) -> Tickets {
    let list = world.json("ticket list --all");
    let numbers = list.as_array().unwrap().iter().map(|ticket| ticket["number"].as_str().unwrap().to_owned());
    numbers.map(|number| (number.clone(), world.json(&format!("ticket show '{number}'")))).collect()
}

fn mails_of(ticket: &Value) -> Vec<i64> {
    ticket["thread"].as_array().unwrap().iter().filter_map(|entry| entry["mail"].as_i64()).collect()
}

fn is_party(ticket: &Value, who: &str) -> bool {
    ticket["requester"] == who || ticket["shared_with"].as_array().unwrap().iter().any(|shared| shared == who)
}

fn check(world: &World, before: &Tickets, after: &Tickets, came: Option<(&str, bool, bool, &Value)>) {
    for (number, ticket) in before.iter().filter(|(_, ticket)| ticket["status"] == "closed") {
        let (mut was, mut is) = (ticket.clone(), after[number].clone());
        for ticket in [&mut was, &mut is] {
            // Others go on from it; and a share can still be taken back.
            for field in ["followed_by", "shared_with"] {
                ticket.as_object_mut().unwrap().remove(field);
            }
        }
        assert_eq!(was, is, "C-18: a closed ticket never changes");
    }
    // Every mail is in one final state, and a part of one ticket exactly where that is `taken`.
    let mails = world.json("mail list --incoming");
    let mut parts: Vec<(i64, &str)> = after
        .iter()
        .flat_map(|(number, ticket)| mails_of(ticket).into_iter().map(move |id| (id, number.as_str())))
        .collect();
    parts.sort_unstable();
    let mut taken: Vec<(i64, &str)> = Vec::new();
    for mail in mails.as_array().unwrap() {
        let state = mail["state"].as_str().unwrap();
        assert!(["taken", "held", "ignored"].contains(&state), "{mail}");
        if state == "taken" {
            taken.push((mail["id"].as_i64().unwrap(), mail["ticket"].as_str().unwrap()));
        }
    }
    taken.sort_unstable();
    assert_eq!(parts, taken);
    let Some((sender, automatic, again, item)) = came else { return };
    if automatic || again {
        assert_eq!(item["result"], "ignored", "{item}");
    }
    let Some(number) = item["ticket"].as_str() else { return };
    match before.get(number) {
        Some(ticket) => assert!(is_party(ticket, sender), "{sender} joined {number}: {ticket}"),
        None => assert_eq!(after[number]["requester"], sender, "{number} is opened in the sender's name"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s_029_what_must_hold_holds_whatever_comes_in(steps in prop::collection::vec(step(), 1..14)) {
        let post = Post::new();
        let world = &post.world;
        let mut came: Vec<(&str, String)> = Vec::new();
        let mut before = tickets(world);
        prop_assert!(is_party(&before[OPEN], IDA));
        for step in steps {
            let mut item = None;
            match step {
                Step::Wait(hours) => world.wait(Duration::hours(hours)),
                // Many are refused where the ticket stands.
                Step::Command(which) => drop(world.run(COMMANDS[which])),
                Step::Mail { sender, name, automatic } => {
                    let n = came.len();
                    let sign = if automatic { "Auto-Submitted: auto-replied\n" } else { "" };
                    let mail = format!(
                        "From: {}\nDate: Mon, 4 May 2026 10:{n:02}:00 +0200\nMessage-ID: <p{n}@example.dk>\n{sign}{}\n\nMail {n}\n",
                        SENDERS[sender], NAMES[name]
                    );
                    item = Some((SENDERS[sender], automatic, false, take(world, &post.filled(mail.as_bytes()))));
                    came.push((SENDERS[sender], mail));
                }
                Step::Again(which) if !came.is_empty() => {
                    let (sender, mail) = which.get(&came);
                    item = Some((*sender, false, true, take(world, &post.filled(mail.as_bytes()))));
                }
                Step::Again(_) => {}
            }
            let after = tickets(world);
            let came = item.as_ref().map(|(sender, automatic, again, item)| (*sender, *automatic, *again, item));
            check(world, &before, &after, came);
            before = after;
        }
    }
}
