//! Who has access, the periodic review, and the end of an account, as people type them.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::World;

const IDA: &str = "ida.lykkebo@oes.example.dk";

/// The peopled world with a second institution that has people of its own.
fn world() -> World {
    let world = World::peopled();
    for line in [
        "user create --email emil.redding@oes.example.dk --name 'Emil Redding' --rights 10213231:editor",
        "user create --email xenia.fjern@digst.example.dk --name 'Xenia Fjern' --rights 34051178:administrator",
        "user create --email sven.begge@digst.example.dk --name 'Sven Begge' --rights 34051178:reader --rights 10213231:reader",
    ] {
        world.run(line).ok();
    }
    world
}

/// The sheet of a review, with what is decided upon some of its rows.
fn reviewed(world: &World, arguments: &str, decisions: &[(&str, &str)]) -> String {
    let sheet = world.run(&format!("rights review export {arguments} --out -")).ok().out;
    sheet
        .split_inclusive("\r\n")
        .map(|line| {
            let decided = decisions.iter().find(|(start, _)| line.starts_with(start));
            match decided {
                Some((_, cells)) => line.replace(";;;\r\n", &format!(";{cells}\r\n")),
                None => line.to_owned(),
            }
        })
        .collect()
}

#[test]
fn who_reaches_an_institution_and_through_what() {
    let world = world();
    let fields = "--fields user,via,since,granted_by,b_number_missing,status";
    insta::assert_snapshot!(world.run(&format!("rights who --tenant oekonomistyrelsen {fields}")), @"
    Bruger                          Gennem               Fra               Tildelt af               Mangler B-nummer  Status
    anna.holm@oes.example.dk        Administrator        04-05-2026 10.00  operator:drift@testhost  Nej               Inviteret
    emil.redding@oes.example.dk     Rediger              04-05-2026 10.00  operator:drift@testhost  Nej               Inviteret
    ida.lykkebo@oes.example.dk      Læser, Rapporter     04-05-2026 10.00  operator:drift@testhost  Ja                Inviteret
    sven.begge@digst.example.dk     Læser                04-05-2026 10.00  operator:drift@testhost  Nej               Inviteret
    jonas.brandtoft@sam.example.dk  Medarbejder hos SAM  04-05-2026 10.00                           Nej               Inviteret
    ------- stderr -------
    besides: whoever may read the database file at the machine acts with the provider's rights
    ");
    let rows = world.json("rights who --tenant 10213231 --menu reports");
    assert_eq!(rows.as_array().unwrap().len(), 1, "Ida has the right and no B-number (K-151): {rows}");
    assert_eq!(rows[0]["user"], "anna.holm@oes.example.dk");
    assert_eq!(
        rows[0].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["user", "name", "tenant", "menus", "via", "since", "granted_by", "b_number_missing", "status"]
    );
    let all = world.json("rights who --tenant 10213231");
    let row = |who: &str| all.as_array().unwrap().iter().find(|row| row["user"] == who).unwrap().clone();
    assert_eq!(row(IDA)["b_number_missing"], true);
    assert_eq!(row(IDA)["via"], json!(["reader", "reports"]));
    assert_eq!(row("jonas.brandtoft@sam.example.dk")["via"], json!(["staff"]));
    assert_eq!(row("jonas.brandtoft@sam.example.dk")["menus"], json!(["information", "actions"]));
    // An institution's own administrator learns of its people, not of who works at the provider.
    let own = world.run("rights who --tenant 10213231 --as anna.holm@oes.example.dk --reason prøve").ok();
    assert!(!own.out.contains("sam.example.dk"), "{own}");
    assert!(own.err.contains("the provider's staff reach every institution"), "{own}");
    let quiet = world.run("rights who --tenant 10213231 --quiet").ok();
    assert_eq!(quiet.err, "");
}

#[test]
fn the_review_goes_out_as_a_danish_sheet() {
    let world = world();
    let sheet = world.run("rights review export --tenant 10213231 --out -").ok().out;
    insta::assert_snapshot!(sheet.replace('\r', "").trim_start_matches('\u{feff}'), @"
    E-mail;Navn;Kunde;Rettighed;Status;Sidste login;Tildelt den;Tildelt af;Mærke;Beslutning;Vurderet af;Dato
    anna.holm@oes.example.dk;Anna Holm;oekonomistyrelsen;Administrator;Inviteret;;2026-05-04;operator:drift@testhost;r-28f3cd590196;;;
    emil.redding@oes.example.dk;Emil Redding;oekonomistyrelsen;Rediger;Inviteret;;2026-05-04;operator:drift@testhost;r-39184d26d5ad;;;
    ida.lykkebo@oes.example.dk;Ida Lykkebo;oekonomistyrelsen;Læser;Inviteret;;2026-05-04;operator:drift@testhost;r-934d53052635;;;
    ida.lykkebo@oes.example.dk;Ida Lykkebo;oekonomistyrelsen;Rapporter;Inviteret;;2026-05-04;operator:drift@testhost;r-f6d8b9f6e73e;;;
    sven.begge@digst.example.dk;Sven Begge;oekonomistyrelsen;Læser;Inviteret;;2026-05-04;operator:drift@testhost;r-27354bf46c8e;;;
    ");
    assert!(sheet.starts_with('\u{feff}') && sheet.ends_with("\r\n"));
    let written = world.json("rights review export --out gennemgang.csv");
    assert_eq!((&written["result"], &written["item"]["rows"]), (&json!("written"), &json!(8)));
    assert_eq!(world.refused("rights review export --out gennemgang.csv"), (5, "file.exists".to_owned()));
    world.run("rights review export --out gennemgang.csv --force").ok();
}

#[test]
fn what_was_decided_is_done_and_recorded_once() {
    let world = world();
    let decided = [
        ("anna.holm", "behold;Lis Kvist;03-05-2026"),
        (IDA, "FJERN;Lis Kvist;2026-05-03"),
        ("emil", "remove;;"),
    ];
    world.write("gennemgang.csv", reviewed(&world, "--tenant 10213231", &decided));
    let tried = world.json("rights review import gennemgang.csv -n");
    assert_eq!(tried["dry_run"], true);
    let done = world.json("rights review import gennemgang.csv");
    assert_eq!(done["summary"], tried["summary"], "a dry run is the real run");
    assert_eq!(
        done["summary"],
        json!({"rows": 5, "kept": 1, "removed": 3, "review": 1, "unchanged": 0, "undecided": 1})
    );
    assert_eq!(done["items"].as_array().unwrap().len(), 4);
    assert_eq!(
        done["items"][0],
        json!({"key": "anna.holm@oes.example.dk:oekonomistyrelsen:administrator", "line": 2, "result": "kept"})
    );
    let left = world.json("rights list --tenant 10213231");
    let left: Vec<_> =
        left.as_array().unwrap().iter().map(|grant| grant["user"].as_str().unwrap().to_owned()).collect();
    assert_eq!(left, ["anna.holm@oes.example.dk", "sven.begge@digst.example.dk"]);
    let audit = world.json("audit list --action rights.review");
    assert_eq!(audit.as_array().unwrap().len(), 1, "one record for the batch");
    assert_eq!(audit[0]["after"]["certified"][0]["by"], "Lis Kvist");
    assert_eq!(audit[0]["after"]["certified"][0]["on"], "2026-05-03");
    // Whose decision the sheet does not name is whoever brought it.
    assert_eq!(audit[0]["after"]["certified"][1]["by"], "operator:drift@testhost");

    let entries = world.json("audit head")["entries"].clone();
    world.wait(Duration::days(2));
    let again = world.json("rights review import gennemgang.csv");
    assert_eq!(
        again["summary"],
        json!({"rows": 5, "kept": 0, "removed": 0, "unchanged": 4, "undecided": 1}),
        "the same sheet changes nothing"
    );
    assert_eq!(world.json("audit head")["entries"], entries);
}

fn faults(world: &World, line: &str) -> (u8, Vec<(Value, Value)>) {
    let said = world.run(&format!("{line} --format json"));
    assert_eq!(said.out, "");
    let error: Value = serde_json::from_str(&said.err).unwrap();
    let details = error["error"]["details"].as_array().unwrap();
    (said.code, details.iter().map(|fault| (fault["line"].clone(), fault["code"].clone())).collect())
}

#[test]
fn a_right_that_changed_since_the_sheet_was_written_is_a_conflict_and_nothing_is_taken() {
    let world = world();
    let decided = [("anna.holm", "behold;;"), (IDA, "fjern;;"), ("emil", "fjern;;")];
    world.write("gennemgang.csv", reviewed(&world, "--tenant 10213231", &decided));
    world.wait(Duration::hours(1));
    // Taken and granted anew: another grant, which nobody looked at.
    world.run("rights revoke emil.redding@oes.example.dk --tenant 10213231 --right editor").ok();
    world.run("rights grant emil.redding@oes.example.dk --tenant 10213231 --right editor").ok();
    // Taken otherwise.
    world.run(&format!("rights revoke {IDA} --tenant 10213231 --right reports")).ok();
    let changed = json!("review.changed");
    assert_eq!(
        faults(&world, "rights review import gennemgang.csv"),
        (5, vec![(json!(3), changed.clone()), (json!(5), changed)])
    );
    assert_eq!(
        world.json(&format!("rights list --user {IDA}")).as_array().unwrap().len(),
        1,
        "all or nothing"
    );
}

#[test]
fn nobody_has_reviewed_anything_in_the_future() {
    let world = world();
    let decided = [("anna.holm", "behold;Lis Kvist;2026-05-04"), ("emil", "behold;Lis Kvist;05-05-2026")];
    world.write("gennemgang.csv", reviewed(&world, "--tenant 10213231", &decided));
    assert_eq!(
        faults(&world, "rights review import gennemgang.csv"),
        (65, vec![(json!(3), json!("date.invalid"))])
    );
    assert_eq!(world.json("audit list --action rights.review"), json!([]));
}

#[test]
fn every_fault_of_a_review_is_told_with_its_line() {
    let world = world();
    let sheet = reviewed(&world, "--tenant 10213231", &[("anna.holm", "måske;;"), ("emil", "behold;;i går")]);
    let broken = sheet.replace(&format!("{IDA};"), "ingen@example.dk;").replace(";r-", ";R-");
    world.write("a.csv", &broken);
    let (code, found) = faults(&world, "rights review import a.csv");
    assert_eq!(code, 65);
    assert_eq!(found, [(json!(2), json!("code.invalid")), (json!(3), json!("date.invalid"))]);
    // Rows that name nothing.
    let sheet = reviewed(&world, "--tenant 10213231", &[(IDA, "fjern;;"), ("emil", "behold;;")]);
    world.write(
        "b.csv",
        sheet.replace(IDA, "ingen@example.dk").replace("oekonomistyrelsen;Rediger", "findes-ikke;Rediger"),
    );
    let unknown = json!("review.unknown");
    assert_eq!(
        faults(&world, "rights review import b.csv"),
        (65, vec![(json!(3), unknown.clone()), (json!(4), unknown.clone()), (json!(5), unknown)])
    );
    // Twice the same, and a mark that somebody typed.
    let row = sheet_row(&world, "emil");
    let heading = "E-mail;Kunde;Rettighed;Mærke;Beslutning\n";
    world.write("c.csv", format!("{heading}{row};fjern\n{row};behold\n"));
    assert_eq!(faults(&world, "rights review import c.csv"), (65, vec![(json!(3), json!("row.duplicate"))]));
    world.write("d.csv", format!("{heading}emil.redding@oes.example.dk;oekonomistyrelsen;editor;1;fjern\n"));
    assert_eq!(faults(&world, "rights review import d.csv"), (65, vec![(json!(2), json!("mark.invalid"))]));
    world.write("e.csv", "E-mail;Kunde\nx;y\n");
    assert_eq!(world.refused("rights review import e.csv").0, 65);
    assert_eq!(world.json("rights list --tenant 10213231").as_array().unwrap().len(), 5);
}

/// The columns of a row that a review needs, without the rest.
fn sheet_row(world: &World, start: &str) -> String {
    let sheet = world.run("rights review export --tenant 10213231 --out -").ok().out;
    let line = sheet.lines().find(|line| line.starts_with(start)).unwrap();
    let cells: Vec<_> = line.split(';').collect();
    [cells[0], cells[2], cells[3], cells[8]].join(";")
}

#[test]
fn an_institutions_administrator_reviews_its_people_and_no_others() {
    let world = world();
    let anna = "--as anna.holm@oes.example.dk --reason gennemgang";
    let sheet = reviewed(&world, anna, &[(IDA, "fjern;;"), ("sven", "fjern;;")]);
    assert!(!sheet.contains(";digitaliseringsstyrelsen;"), "{sheet}");
    world.write("egne.csv", &sheet);
    assert_eq!(world.json(&format!("rights review import egne.csv {anna}"))["summary"]["removed"], 3);
    // Sven is unknown to Anna now, and the same sheet still is what was done.
    assert_eq!(world.json(&format!("rights review import egne.csv {anna}"))["summary"]["unchanged"], 3);
    assert_eq!(world.json("user show sven.begge@digst.example.dk")["rights"].as_array().unwrap().len(), 1);
    // The administrator's own place is the provider's to take (K-021).
    let own = reviewed(&world, anna, &[("anna.holm", "fjern;;")]);
    world.write("selv.csv", own);
    assert_eq!(
        world.refused(&format!("rights review import selv.csv {anna}")),
        (6, "rights.refused".to_owned())
    );
    // What belongs to another institution is as unknown as what is not there.
    let theirs = reviewed(&world, "--tenant 34051178", &[("xenia", "fjern;;")]);
    world.write("andres.csv", theirs);
    assert_eq!(faults(&world, &format!("rights review import andres.csv {anna}")).1[0].1, "review.unknown");
    // The provider may, and is told what is missing then.
    let import = "rights review import andres.csv";
    assert_eq!(world.refused(import).0, 7, "it takes the only administrator");
    let taken = world.json(&format!("{import} --yes"));
    assert_eq!(taken["warnings"][0]["code"], "tenant.no-administrator");
}

#[test]
fn a_003_a_005_an_institution_with_users_and_no_administrator_is_pointed_out() {
    let world = world();
    assert!(!world.run("tenant list").ok().err.contains("no administrator"));
    world.run("user remove xenia.fjern@digst.example.dk --tenant 34051178 --yes").ok();
    for line in
        ["tenant list", "tenant show 34051178", "user list --tenant 34051178", "rights who --tenant 34051178"]
    {
        let said = world.run(line).ok().err;
        let mend = "`portalctl rights grant sven.begge@digst.example.dk --tenant digitaliseringsstyrelsen --right administrator`";
        assert!(
            said.contains("digitaliseringsstyrelsen has no administrator") && said.contains(mend),
            "{line}: {said}"
        );
    }
    let own = world.run("tenant list --as sven.begge@digst.example.dk --reason prøve").ok();
    assert!(!own.err.contains("no administrator"), "it is not theirs to mend: {own}");
}

#[test]
fn a_093_taking_out_is_at_once_and_for_good_and_the_last_administrator_is_named() {
    let world = world();
    let said = world.run("user remove anna.holm@oes.example.dk --tenant 10213231");
    insta::assert_snapshot!(said, @"
    ------- stderr -------
    error: this asks for confirmation: Take Anna Holm (anna.holm@oes.example.dk), its only administrator, out of oekonomistyrelsen, for good?
    hint: there is no terminal to ask at; say --yes if you mean it, or --dry-run to see what it would do
    [exit code 7]
    ");
    let said = world.run("user disable anna.holm@oes.example.dk --reason orlov");
    assert!(said.code == 7 && said.err.contains("the only administrator of oekonomistyrelsen?"), "{said}");
    let said = world.run(&format!("user remove {IDA} --tenant 10213231"));
    assert!(said.code == 7 && !said.err.contains("only administrator"), "{said}");
    // Before anything is asked it is looked whether it may be done at all.
    let anna = "--as anna.holm@oes.example.dk --reason prøve";
    for (line, code, error) in [
        ("anna.holm@oes.example.dk --tenant 10213231", 6, "user.self"),
        ("xenia.fjern@digst.example.dk --tenant 10213231", 4, "user.not-found"),
        ("ida.lykkebo@oes.example.dk --tenant 34051178", 4, "tenant.not-found"),
    ] {
        assert_eq!(world.refused(&format!("user remove {line} {anna}")), (code, error.to_owned()), "{line}");
    }
    world.run(&format!("user remove {IDA} --tenant 10213231 --yes {anna}")).ok();
    assert_eq!(world.refused(&format!("user show {IDA} {anna}")), (4, "user.not-found".to_owned()));
    // it cannot be undone, but the user can be added again.
    let added = world
        .json(&format!("user create --email {IDA} --name 'Ida Lykkebo' --rights 10213231:reader {anna}"));
    assert_eq!(added["item"]["rights"], json!([{"tenant": "oekonomistyrelsen", "right": "reader"}]));
}

#[test]
fn disabling_a_signatory_ends_the_link_to_the_agreements_too() {
    let world = world();
    world
        .run("signatory set --tenant 10213231 --scope customer --name 'Ida Lykkebo' --email Ida.Lykkebo@oes.example.dk --title Vicedirektør --phone 70000112")
        .ok();
    insta::assert_snapshot!(world.run(&format!("user disable {IDA} --yes --reason fratrådt")), @"
    user ida.lykkebo@oes.example.dk: disabled
    ------- stderr -------
    warning: a link or code with which ida.lykkebo@oes.example.dk would have come in was ended
    warning: ida.lykkebo@oes.example.dk is signatory, and the link to the agreements was ended; `portalctl signatory set` names another
    warning: 2 messages queued for ida.lykkebo@oes.example.dk were taken back
    ");
    let queued = world.json("mail list --state queued");
    let to: Vec<_> =
        queued.as_array().unwrap().iter().map(|mail| mail["to"].as_str().unwrap().to_lowercase()).collect();
    assert!(!to.contains(&IDA.to_owned()), "{to:?}");
    assert_eq!(
        world.refused(&format!("user list --as {IDA} --reason prøve")),
        (6, "user.disabled".to_owned())
    );
}

#[test]
fn k_028_c_01_c_02_a_local_administrator_grants_three_rights_and_never_to_staff() {
    let world = world();
    let anna = "--tenant 10213231 --as anna.holm@oes.example.dk --reason prøve";
    for right in ["editor", "reader", "reports"] {
        world.run(&format!("rights grant sven.begge@digst.example.dk --right {right} {anna}")).ok();
    }
    for right in ["editor", "reports"] {
        world.run(&format!("rights revoke sven.begge@digst.example.dk --right {right} {anna}")).ok();
    }
    for (line, code, error) in [
        ("rights grant sven.begge@digst.example.dk --right administrator", 6, "rights.refused"),
        ("rights revoke anna.holm@oes.example.dk --right administrator", 6, "rights.refused"),
        ("rights grant jonas.brandtoft@sam.example.dk --right reader", 4, "user.not-found"),
        ("rights grant xenia.fjern@digst.example.dk --right reader", 4, "user.not-found"),
    ] {
        assert_eq!(world.refused(&format!("{line} {anna}")), (code, error.to_owned()), "{line}");
    }
    assert_eq!(
        world.refused("rights grant jonas.brandtoft@sam.example.dk --right reader --tenant 10213231"),
        (5, "user.staff".to_owned())
    );
    // The right alone opens no report: it needs a B-number, which the administrator may add.
    let check = "rights check ida.lykkebo@oes.example.dk --menu reports";
    assert_eq!(world.run(&format!("{check} {anna}")).code, 6);
    let add = "user update ida.lykkebo@oes.example.dk --b-number B777777";
    world.run(&format!("{add} --as anna.holm@oes.example.dk --reason prøve")).ok();
    assert_eq!(world.run(&format!("{check} {anna}")).code, 0);
}

#[test]
fn who_never_logged_in_has_been_inactive_since_the_account_was_created() {
    let world = world();
    let count = |line: &str| world.json(line).as_array().unwrap().len();
    assert_eq!(count("user list --inactive-days 30"), 0);
    world.wait(Duration::days(30) - Duration::seconds(1));
    assert_eq!(count("user list --inactive-days 30"), 0);
    world.wait(Duration::seconds(1));
    assert_eq!(count("user list --inactive-days 30"), 6);
    world.run("user create --email ny@oes.example.dk --name Ny --rights 10213231:reader").ok();
    assert_eq!(count("user list --inactive-days 30 --tenant 10213231"), 4);
    assert_eq!(count("user list --missing-mfa"), 7);
    world.run(&format!("user disable {IDA} --yes --reason orlov")).ok();
    assert_eq!(count("user list --missing-mfa"), 6, "a disabled account needs no second step");
}
