//! Agreements signed through the front door: with the link's token, in a session, by the staff (K-200..K-205).

use serde_json::{Value, json};

use crate::auth::{self, ANNA, enrolled};
use crate::support::{Said, World};

const BIRGITTE: &str = "birgitte@oes.example.dk";
const STAFF: &str = "soren.vind@sam.example.dk";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A world with a signatory, one of the staff, and agreement 1, sent.
fn world() -> World {
    let world = auth::world();
    world.write("aftale.pdf", fixture("agreements/oes-kundeaftale.pdf"));
    world.write("ny.pdf", fixture("agreements/oes-databehandleraftale.pdf"));
    world.write("bilag.pdf", fixture("agreements/oes-kundeaftale-bilag-1.pdf"));
    for line in [
        format!("signatory set --tenant 10213231 --scope customer --name 'Birgitte Havemark' --email {BIRGITTE} --title Vicedirektør --phone 70000112"),
        format!("user create --email {STAFF} --name 'Søren Vind' --title Kontorchef --staff system-administrator"),
        "agreement create --tenant 10213231 --kind customer --title 'Kundeaftale 2026' --document aftale.pdf --annex bilag.pdf --effective-on 2026-06-01".to_owned(),
        "agreement send 1".to_owned(),
    ] {
        world.run(&line).ok();
    }
    world
}

/// The token of the signatory's newest link.
fn token(world: &World) -> String {
    let mails = world.json("mail list");
    let cause = "signatory:oekonomistyrelsen:customer";
    let mail = mails.as_array().unwrap().iter().find(|mail| mail["cause"] == cause).unwrap();
    let text = world.json(&format!("mail show {}", mail["id"]))["text"].as_str().unwrap().to_owned();
    text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn by_token(world: &World, line: &str) -> Said {
    world.run_with_input(&format!("{line} --token-stdin --format json"), &format!("{}\n", token(world)))
}

fn answer(said: Said) -> Value {
    serde_json::from_str(&said.ok().out).unwrap()
}

fn error(said: &Said) -> (u8, String) {
    assert_eq!(said.out, "", "{said}");
    let error: Value = serde_json::from_str(said.err.lines().last().unwrap()).unwrap();
    (said.code, error["error"]["code"].as_str().unwrap().to_owned())
}

fn kinds(detail: &Value) -> Vec<String> {
    detail["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn k_200_to_k_204_the_link_leads_from_the_mail_to_an_agreement_in_force() {
    let world = world();
    let mail = world.json("mail list")[0].clone();
    let text = world.json(&format!("mail show {}", mail["id"]))["text"].as_str().unwrap().to_owned();
    assert!(text.contains("- Kundeaftale 2026 (nr. 1)\n"), "{text}");
    let token = token(&world);
    let dashboard = answer(by_token(&world, "agreement dashboard"));
    assert_eq!(
        (&dashboard[0]["id"], &dashboard[0]["awaits"], &dashboard[0]["pages"]),
        (&json!(1), &json!(["customer", "provider"]), &json!(1)),
        "K-201"
    );
    assert_eq!(answer(by_token(&world, "agreement show 1"))["title"], "Kundeaftale 2026");
    by_token(&world, "agreement download 1 --out d.pdf").ok();
    assert_eq!(std::fs::read(world.path("d.pdf")).unwrap(), fixture("agreements/oes-kundeaftale.pdf"));
    by_token(&world, "agreement download 1 --annex 1 --out b.pdf").ok();
    let there = by_token(&world, "agreement download 1 --annex 1 --out d.pdf");
    assert_eq!(error(&there), (5, "file.exists".to_owned()), "what was not fetched is no event");
    assert_eq!(error(&by_token(&world, "agreement sign 1")), (7, "confirm.needed".to_owned()));
    assert_eq!(error(&by_token(&world, "agreement sign 1 -n --yes")).0, 2, "a free guess");
    let asked = by_token(&world, "agreement sign 1 --yes");
    let sha256 = world.json("agreement show 1")["sha256"].as_str().unwrap().to_owned();
    for shown in [
        "Kundeaftale 2026 (no. 1, version 1)",
        ", 1 page",
        &sha256,
        "Annex 1: bilag.pdf",
        "Birgitte Havemark",
    ] {
        assert!(asked.err.contains(shown), "K-202: {shown}\n{asked}");
    }
    let signed = answer(asked);
    assert_eq!((&signed["result"], &signed["item"]["state"]), (&json!("signed"), &json!("partly-signed")));
    let signature = &signed["item"]["signatures"][0];
    assert_eq!(
        (&signature["party"], &signature["method"], &signature["origin"], &signature["sha256"]),
        (&json!("customer"), &json!("dashboard-link"), &json!("portal"), &json!(sha256))
    );
    assert_eq!(error(&by_token(&world, "agreement sign 1 --yes")), (5, "agreement.signed".to_owned()));
    let both = world.json(&format!("agreement countersign 1 --signer {STAFF} --yes"));
    assert_eq!(both["item"]["state"], "in-force", "K-203");
    assert_eq!(both["warnings"], json!([]));
    assert!(both["item"]["certificate"].is_string(), "{both}");
    let detail = world.json("agreement show 1");
    assert_eq!(
        kinds(&detail),
        [
            "created",
            "sent",
            "opened",
            "downloaded",
            "downloaded",
            "signed",
            "signed",
            "in-force",
            "certified"
        ]
    );
    assert_eq!(detail["events"][2]["actor"], format!("signatory:{BIRGITTE}"));
    world.run("agreement download 1 --certificate --out c.pdf").ok();
    assert!(std::fs::read(world.path("c.pdf")).unwrap().starts_with(b"%PDF-1.7"));
    assert_eq!(answer(by_token(&world, "agreement dashboard")), json!([]));
    assert_eq!(answer(by_token(&world, "agreement dashboard --all"))[0]["state"], "in-force", "K-205");
    let told: Vec<_> = world
        .json("mail list")
        .as_array()
        .unwrap()
        .iter()
        .filter(|mail| mail["cause"] == "agreement:1")
        .map(|mail| mail["to"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told.len(), 3, "both sides: {told:?}");
    for address in [BIRGITTE, STAFF, "kundeportal@example.dk"] {
        assert!(told.iter().any(|to| to == address), "{address}");
    }
    let everything = std::fs::read(world.path("portal.db")).unwrap();
    assert!(
        !everything.windows(token.len()).any(|window| window == token.as_bytes()),
        "no token in the database"
    );
    assert!(!world.run("audit list --format json").out.contains(&token));
}

#[test]
fn the_link_opens_nothing_else() {
    let world = world();
    world.run("agreement create --tenant 10213231 --kind customer --title Kladde --document ny.pdf").ok();
    let not_found = (4, "agreement.not-found".to_owned());
    assert_eq!(error(&by_token(&world, "agreement show 2")), not_found, "a draft");
    assert_eq!(error(&by_token(&world, "agreement download 2 --out x.pdf")), not_found);
    assert!(!world.path("x.pdf").exists());
    assert_eq!(error(&by_token(&world, "agreement show 1 --as anna.holm@oes.example.dk --reason x")).0, 2);
    assert_eq!(error(&by_token(&world, "agreement dashboard --signatory birgitte@oes.example.dk")).0, 2);
    let wrong = world.run_with_input("agreement sign 1 --yes --token-stdin --format json", "7-abcdef\n");
    assert_eq!(error(&wrong), (6, "auth.refused".to_owned()));
    let first = token(&world);
    world.run("agreement send 2").ok();
    let old = world.run_with_input("agreement dashboard --token-stdin --format json", &format!("{first}\n"));
    assert_eq!(error(&old), (6, "auth.refused".to_owned()), "renewed at each send");
    assert_eq!(answer(by_token(&world, "agreement dashboard")).as_array().unwrap().len(), 2);
    let ended = token(&world);
    world.run("signatory remove --tenant 10213231 --scope customer --yes").ok();
    let gone =
        world.run_with_input("agreement sign 1 --yes --token-stdin --format json", &format!("{ended}\n"));
    assert_eq!(error(&gone), (6, "auth.refused".to_owned()), "who may sign is asked at signing");
}

#[test]
fn a_logged_in_signatory_signs_and_a_logged_in_administrator_countersigns() {
    let mut world = world();
    let app = enrolled(&world, ANNA);
    drop(app);
    assert_eq!(
        world.refused("agreement sign 1 --yes --session anna").0,
        4,
        "nobody's signatory, and it is not in force"
    );
    world
        .run(&format!("signatory set --tenant 10213231 --scope customer --name 'Anna Holm' --email {ANNA} --title Chef --phone 70000113"))
        .ok();
    assert_eq!(world.json("agreement dashboard --session anna")[0]["id"], 1);
    assert_eq!(
        world.json("agreement list --session anna"),
        json!([]),
        "outside the dashboard: only what is in force"
    );
    assert_eq!(world.refused("agreement sign 1 --session anna"), (7, "confirm.needed".to_owned()));
    assert_eq!(world.json("agreement sign 1 --session anna -n")["dry_run"], true);
    let signed = world.json("agreement sign 1 --yes --session anna");
    let signature = &signed["item"]["signatures"][0];
    assert_eq!((&signature["method"], &signature["second_step"]), (&json!("session"), &json!("app")));
    assert_eq!(world.refused(&format!("agreement countersign 1 --signer {STAFF} --yes --session anna")).0, 6);
    assert_eq!(world.refused("agreement countersign 1 --yes").0, 2, "who signs must be said");
    assert_eq!(
        world.refused(&format!("agreement countersign 1 --signer {STAFF}")),
        (7, "confirm.needed".to_owned())
    );
    assert_eq!(
        world.refused("agreement sign 1 --yes"),
        (6, "agreement.not-signatory".to_owned()),
        "the operator"
    );
    world.vars.insert("PORTALCTL_SESSION".to_owned(), "anna".to_owned());
    assert_eq!(error(&by_session_and_token(&world)).0, 2, "one of the two says who acts");
}

fn by_session_and_token(world: &World) -> Said {
    world.run_with_input("agreement dashboard --token-stdin --format json", "1-x\n")
}

#[test]
fn declining_withdrawing_and_ending_ask_and_need_a_reason() {
    let world = world();
    assert_eq!(error(&by_token(&world, "agreement decline 1 --yes")).0, 2, "a reason");
    assert_eq!(error(&by_token(&world, "agreement decline 1 --reason dyrt")).0, 7);
    let declined = answer(by_token(&world, "agreement decline 1 --reason dyrt --yes"));
    assert_eq!((&declined["result"], &declined["item"]["state"]), (&json!("declined"), &json!("declined")));
    assert_eq!(world.refused("agreement update 1 --document ny.pdf"), (5, "agreement.state".to_owned()));
    world.run("agreement create --tenant 10213231 --kind customer --title To --document aftale.pdf").ok();
    world.run("agreement create --tenant 10213231 --kind customer --title Tre --document ny.pdf").ok();
    for id in [2, 3] {
        world.run(&format!("agreement send {id}")).ok();
        by_token(&world, &format!("agreement sign {id} --yes")).ok();
        world.run(&format!("agreement countersign {id} --signer {STAFF} --yes")).ok();
    }
    assert_eq!(world.refused("agreement replace 2 --with 3").0, 7);
    let replaced = world.json("agreement replace 2 --with 3 --yes");
    assert_eq!(
        (&replaced["item"]["state"], &replaced["item"]["replaced_by"]),
        (&json!("replaced"), &json!(3))
    );
    assert_eq!(world.refused("agreement terminate 3 --on 2026-12-31 --yes").0, 2, "a reason");
    assert_eq!(world.refused("agreement terminate 3 --on 2026-12-31 --reason x").0, 7);
    let ended = world.json("agreement terminate 3 --on 2026-12-31 --reason opsagt --yes");
    assert_eq!(
        (&ended["item"]["state"], &ended["item"]["terminated_on"]),
        (&json!("terminated"), &json!("2026-12-31"))
    );
    assert_eq!(world.json("db check")["result"], "sound");
}

#[test]
fn a_new_version_voids_what_was_signed_and_the_link_leads_to_it() {
    let world = world();
    by_token(&world, "agreement sign 1 --yes").ok();
    assert_eq!(world.refused("agreement update 1").0, 2, "nothing to change was named");
    assert_eq!(world.json("agreement update 1 --document aftale.pdf")["result"], "unchanged");
    let updated = world.json("agreement update 1 --document ny.pdf --expires-on 2027-05-31");
    assert_eq!((&updated["result"], &updated["item"]["version"]), (&json!("updated"), &json!(2)));
    assert_eq!(updated["item"]["signatures"], json!([]));
    assert_eq!(updated["item"]["voided_signatures"][0]["party"], "customer");
    assert_eq!(updated["item"]["annexes"][0]["name"], "bilag.pdf", "absent leaves alone");
    assert_eq!(world.json("agreement update 1 --annex ''")["item"]["annexes"], json!([]));
    by_token(&world, "agreement sign 1 --yes").ok();
    let both = world.json(&format!("agreement countersign 1 --signer {STAFF} --yes"));
    assert_eq!((&both["item"]["state"], &both["item"]["version"]), (&json!("in-force"), &json!(3)));
}

#[test]
fn what_becomes_of_its_mails_is_part_of_the_evidence() {
    let world = world();
    world.run("mail send").ok();
    let detail = world.json("agreement show 1");
    assert_eq!(kinds(&detail), ["created", "sent", "mailed"]);
    let told = detail["events"][2]["detail"].as_str().unwrap();
    assert!(told.starts_with(&format!("{BIRGITTE}, mail ")), "{told}");
    assert_eq!(detail["events"][2]["actor"], "job:mail-send");
    assert_eq!(detail["events"][2]["previous"], detail["events"][1]["hash"]);
}

#[test]
fn evidence_that_was_changed_behind_the_programs_back_is_found() {
    let world = world();
    let conn = portalctl_raw(&world);
    conn.execute_batch(
        "DROP TRIGGER agreement_event_no_update; UPDATE agreement_event SET detail = 'en anden' WHERE kind = 'sent';",
    )
    .unwrap();
    drop(conn);
    let said = world.run("db check --format json");
    assert_eq!(said.code, 6, "{said}");
    assert!(said.out.contains("agreement 1: event 2 does not fit"), "{said}");
}

fn portalctl_raw(world: &World) -> rusqlite::Connection {
    #[expect(clippy::disallowed_methods, reason = "the test changes rows behind the program's back")]
    rusqlite::Connection::open(world.path("portal.db")).unwrap()
}
