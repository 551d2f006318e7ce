//! Institutions, units, people, rights, signatories, contacts and roles, as a sysadmin types them.

use serde_json::json;

use crate::support::World;

#[test]
fn the_code_of_an_institution_is_made_from_its_name() {
    let world = World::new();
    let code = |cvr: &str, name: &str| {
        world.json(&format!("tenant create --cvr {cvr} --name '{name}'"))["item"]["code"].clone()
    };
    assert_eq!(code("10213231", "Økonomistyrelsen"), "oekonomistyrelsen");
    assert_eq!(code("53383211", "Ærø & Åbenrå – Café"), "aeroe-aabenraa-cafe");
    assert_eq!(code("34051178", "ÆRØ & ÅBENRÅ Café"), "aeroe-aabenraa-cafe-2");
    assert_eq!(code("29979812", "2026"), "t-2026");
}

#[test]
fn a_cvr_names_an_institution_only_where_it_names_one() {
    let world = World::new();
    world.run("tenant create --cvr 17143611 --name Rigspolitiet").ok();
    assert_eq!(world.json("tenant show 17143611")["code"], "rigspolitiet");
    world.run("tenant create --cvr '17 14 36 11' --name 'Den Centrale Anklagemyndighed'").ok();
    assert_eq!(world.refused("tenant show 17143611"), (5, "tenant.ambiguous".to_owned()));
    assert_eq!(world.json("tenant show rigspolitiet")["cvr"], "17143611");
}

#[test]
fn k_071_k_072_an_institution_is_found_by_name_and_by_unit() {
    let world = World::peopled();
    for name in ["økonomistyrelsen", "ØKONOMISTYRELSEN", "DK 10213231", "accounting:12345", "Løngruppe:0999"]
    {
        assert_eq!(world.json(&format!("tenant show '{name}'"))["code"], "oekonomistyrelsen", "{name}");
    }
    assert_eq!(world.refused("tenant show accounting:54321"), (4, "unit.not-found".to_owned()));
    assert_eq!(world.refused("tenant show Økonomi"), (4, "tenant.not-found".to_owned()));
}

#[test]
fn create_is_idempotent_only_where_nothing_differs() {
    let world = World::peopled();
    let create = "tenant create --cvr 10213231 --name Økonomistyrelsen";
    assert_eq!(world.refused(create), (5, "tenant.exists".to_owned()));
    assert_eq!(world.json(&format!("{create} --if-not-exists"))["result"], "unchanged");
    let differing = format!("{create} --ministry Skatteministeriet --if-not-exists");
    assert_eq!(world.refused(&differing), (5, "tenant.differs".to_owned()));
    assert!(world.run(&differing).err.contains("ministry"));
    let user = "user create --email ida.lykkebo@oes.example.dk --name 'Ida Lykkebo'";
    assert_eq!(world.refused(user), (5, "user.exists".to_owned()));
    assert_eq!(
        world.json(&format!("{user} --if-not-exists --rights 10213231:reader"))["result"],
        "unchanged"
    );
    let differing = format!("{user} --if-not-exists --rights 10213231:editor");
    assert_eq!(world.refused(&differing), (5, "user.differs".to_owned()));
    let unit = "unit create --tenant 10213231 --kind accounting --number 12345";
    assert_eq!(world.refused(unit), (5, "unit.exists".to_owned()));
    assert_eq!(world.json(&format!("{unit} --if-not-exists --name Regnskab"))["result"], "unchanged");
}

#[test]
fn absent_leaves_alone_and_empty_empties() {
    let world = World::peopled();
    world.run("tenant update oekonomistyrelsen --gln 5798000398566 --account-manager 'Rikke Dam'").ok();
    let item = world.json("tenant update oekonomistyrelsen --se-number 10213231")["item"].clone();
    assert_eq!(
        (&item["ministry"], &item["account_manager"]),
        (&json!("Finansministeriet"), &json!("Rikke Dam"))
    );
    assert_eq!(item["glns"], json!(["5798000398566"]));
    let item = world.json("tenant update oekonomistyrelsen --ministry '' --gln ''")["item"].clone();
    assert_eq!(
        (&item["ministry"], &item["glns"], &item["se_numbers"]),
        (&json!(null), &json!([]), &json!(["10213231"]))
    );
    assert_eq!(world.json("tenant update oekonomistyrelsen --ministry ''")["result"], "unchanged");
}

#[test]
fn k_072_units_are_found_by_kind_and_number_and_pay_groups_compare_as_numbers() {
    let world = World::peopled();
    world.run("unit create --tenant 34051178 --kind Løngruppe --number 017 --ldv LDV1").ok();
    for name in ["payroll:17", "payroll:017", "17", "løngruppe:0017"] {
        assert_eq!(world.json(&format!("unit show {name}"))["number"], "017", "{name}");
    }
    assert_eq!(
        world.refused("unit create --tenant 10213231 --kind payroll --number 17"),
        (5, "unit.exists".to_owned())
    );
    assert_eq!(world.refused("unit create --tenant 10213231 --kind accounting --number 1234").0, 2);
    world.run("unit create --tenant 10213231 --kind payroll --number 12345").ok();
    assert_eq!(world.refused("unit show 12345"), (5, "unit.ambiguous".to_owned()));
    assert_eq!(world.json("unit list --kind payroll --tenant 34051178").as_array().unwrap().len(), 1);
}

#[test]
fn k_030_c_04_one_administrator_and_the_place_is_handed_over() {
    let world = World::peopled();
    let grant = "rights grant ida.lykkebo@oes.example.dk --tenant 10213231 --right administrator";
    insta::assert_snapshot!(world.run(grant), @"
    ------- stderr -------
    error: anna.holm@oes.example.dk is administrator of oekonomistyrelsen already, and there may be 1
    hint: say --replace to hand the place over; the limit is the setting rights.administrators-per-tenant
    [exit code 6]
    ");
    world.run(&format!("{grant} --replace")).ok();
    let who = world.json("user list --tenant 10213231 --right administrator");
    assert_eq!(who.as_array().unwrap().len(), 1);
    assert_eq!(who[0]["email"], "ida.lykkebo@oes.example.dk");
    world.run("setting set rights.administrators-per-tenant 2").ok();
    world.run("rights grant anna.holm@oes.example.dk --tenant 10213231 --right administrator").ok();
}

#[test]
fn an_administrators_place_taken_meanwhile_does_not_come_back() {
    let world = World::peopled();
    world.run("user disable anna.holm@oes.example.dk --reason orlov --yes").ok();
    let missing = world.json("tenant show oekonomistyrelsen");
    assert_eq!(missing["warnings"][0]["code"], "tenant.no-administrator", "C-04: pointed out");
    world.run("rights grant ida.lykkebo@oes.example.dk --tenant 10213231 --right administrator").ok();
    let back = world.json("user enable anna.holm@oes.example.dk");
    assert_eq!(back["warnings"][0]["code"], "rights.administrator-taken");
    assert_eq!(back["item"]["rights"], json!([]));
    assert_eq!(back["item"]["status"], "invited");
}

#[test]
fn k_151_c_02_reports_need_a_b_number() {
    let world = World::peopled();
    let check = "rights check ida.lykkebo@oes.example.dk --tenant 10213231 --menu";
    let said = world.run(&format!("{check} reports --format json"));
    assert_eq!(said.code, 6);
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&answer["allowed"], &answer["via"]), (&json!(false), &json!([])));
    assert!(answer["because"].as_str().unwrap().contains("B-number"), "{answer}");
    world.run("user update ida.lykkebo@oes.example.dk --b-number b654321").ok();
    assert_eq!(
        world.json(&format!("{check} Rapporter")),
        json!({
            "allowed": true,
            "because": "reports is open to ida.lykkebo@oes.example.dk at oekonomistyrelsen through reports",
            "via": ["reports"],
        })
    );
    assert_eq!(
        world.refused("user update anna.holm@oes.example.dk --b-number B654321").1,
        "user.b-number-taken"
    );
}

#[test]
fn k_046_the_matrix_as_people_read_it() {
    insta::assert_snapshot!(World::new().run("rights matrix"), @"
    Menu                  Administrator  Rediger  Læser  Rapporter
    Information           Ja             Ja       Ja     Ja
    Kundeaftaler          Ja             Ja       Ja     Ja
    Møder                 Ja             Ja       Ja     Nej
    Aktionslister         Ja             Ja       Ja     Nej
    Drejebøger            Ja             Ja       Ja     Nej
    Stamdata              Ja             Ja       Ja     Nej
    Rapporter             Ja             Nej      Nej    Ja
    Kontaktpersoner       Ja             Ja       Nej    Nej
    Brugeradministration  Ja             Nej      Nej    Nej
    ");
}

#[test]
fn s_030_k_064_an_address_is_one_user_whatever_its_case() {
    let world = World::peopled();
    let again = "user create --email IDA.lykkebo@OES.example.dk --name X";
    assert_eq!(world.refused(again), (5, "user.exists".to_owned()));
    assert_eq!(world.json("user show Ida.Lykkebo@oes.example.dk")["name"], "Ida Lykkebo");
    assert_eq!(world.refused("user show ida.lykebo@oes.example.dk").0, 4);
    assert!(
        world
            .run("user show ida.lykebo@oes.example.dk")
            .err
            .contains("did you mean \"ida.lykkebo@oes.example.dk\"")
    );
    for wrong in ["Ida <ida@example.dk>", "ida@", "ida@example", "ida example.dk"] {
        assert_eq!(
            world.refused(&format!("user create --email '{wrong}' --name X")),
            (2, "email.invalid".to_owned())
        );
    }
}

#[test]
fn k_045_mails_come_in_the_persons_language() {
    let world = World::peopled();
    world.run("user create --email kari.nord@example.dk --name 'Kari Nord' --language nb").ok();
    world.run("user create --email sam.west@example.dk --name 'Sam West' --language en --no-invite").ok();
    assert_eq!(world.json("mail list")[0]["subject"], "Din tilgang til kundeportalen");
    assert_eq!(world.json("mail list").as_array().unwrap().len(), 4, "--no-invite queues nothing");
}

#[test]
fn k_051_k_053_one_present_signatory_per_scope_and_history_stays() {
    let world = World::peopled();
    let set = |scope: &str, name: &str| {
        world.json(&format!(
            "signatory set --tenant 10213231 --scope {scope} --name {name} --email {name}@example.dk --title Chef --phone '+45 70 10 10 10'"
        ))
    };
    assert_eq!(set("customer", "Birgitte")["result"], "created");
    assert_eq!(set("customer", "Birgitte")["result"], "unchanged");
    world.wait(chrono::Duration::days(1));
    assert_eq!(set("customer", "Tove")["result"], "updated");
    assert_eq!(set("data-processing", "Tove")["result"], "created", "K-054: the same person for several");
    let present = world.json("signatory list --tenant 10213231");
    assert_eq!(present.as_array().unwrap().len(), 2);
    assert_eq!(present[0]["phone"], "70101010");
    let history = world.json("signatory list --history");
    assert_eq!(history.as_array().unwrap().len(), 3);
    assert_eq!(
        (&history[0]["name"], &history[0]["until"]),
        (&json!("Birgitte"), &json!("2026-05-05T08:00:00Z"))
    );
    // K-200: each new signatory gets the dashboard link; the one who left does not keep a mail in the queue.
    let mails = world.json("mail list");
    assert_eq!(mails[0]["subject"], "Jeres aftaler med Statens Administration");
    let birgitte = mails.as_array().unwrap().iter().find(|mail| mail["to"] == "Birgitte@example.dk").unwrap();
    assert_eq!(birgitte["state"], "cancelled");
    world.run("signatory remove --tenant 10213231 --scope customer --yes").ok();
    assert_eq!(
        world.refused("signatory remove --tenant 10213231 --scope customer --yes"),
        (4, "signatory.not-found".to_owned())
    );
}

#[test]
fn k_195_roles_7_8_and_11_need_a_secure_address() {
    let world = World::peopled();
    for role in ["output-data", "payroll-receipts", "refund"] {
        let create = format!("contact create --tenant 10213231 --name X --email x@example.dk --role {role}");
        assert_eq!(world.refused(&create), (6, "contact.secure-email-needed".to_owned()), "{role}");
        assert_eq!(world.json(&format!("{create} --secure-email"))["item"]["roles"], json!([role]));
    }
    assert_eq!(
        world.refused("contact update 1 --secure-email=false"),
        (6, "contact.secure-email-needed".to_owned())
    );
    // Another address is not secure because the old one was.
    assert_eq!(
        world.refused("contact update 1 --email y@example.dk"),
        (6, "contact.secure-email-needed".to_owned())
    );
    world.run("contact update 1 --email y@example.dk --secure-email").ok();
    assert_eq!(world.refused("contact create --tenant 10213231 --name Y --secure-email").0, 2);
}

#[test]
fn contacts_have_a_key_and_are_created_once() {
    let world = World::peopled();
    let create = "contact create --tenant 10213231 --name 'Pia Vad' --role accounting";
    assert_eq!(world.json(create)["item"]["key"], "pia-vad");
    assert_eq!(world.json(create)["item"]["key"], "pia-vad-2", "two people can have one name");
    assert_eq!(world.refused(&format!("{create} --key pia-vad")), (5, "contact.exists".to_owned()));
    assert_eq!(world.json(&format!("{create} --if-not-exists"))["result"], "unchanged");
    let differing = format!("{create} --if-not-exists --phone 70101010");
    assert_eq!(world.refused(&differing), (5, "contact.differs".to_owned()));
}

#[test]
fn k_194_a_contacts_phone_has_eight_digits() {
    let world = World::peopled();
    for phone in ["70101010", "70 10 10 10", "+45 70101010", "0045-70-10-10-10"] {
        let item =
            world.json(&format!("contact create --tenant 10213231 --name X --phone '{phone}'"))["item"]
                .clone();
        assert_eq!(item["phone"], "70101010", "{phone}");
    }
    for phone in ["7010101", "701010101", "+47 70101010", "nummer"] {
        let create = format!("contact create --tenant 10213231 --name X --phone '{phone}'");
        assert_eq!(world.refused(&create), (2, "phone.invalid".to_owned()), "{phone}");
    }
}

#[test]
fn k_140_k_142_tabs_show_contacts_by_place_and_by_role() {
    let world = World::peopled();
    for line in [
        "--name General",
        "--name Accounting --unit 12345",
        "--name Payroll --unit payroll:999",
        "--name Both --unit payroll:999 --role primary-payroll",
    ] {
        world.run(&format!("contact create --tenant 10213231 {line}")).ok();
    }
    let on = |tab: &str| {
        world.run(&format!("contact list --tab {tab} --format csv --fields name")).out.replace("\r\n", " ")
    };
    assert_eq!(on("Generelt"), "name General Both ");
    assert_eq!(on("accounting"), "name Accounting ");
    assert_eq!(on("Løn"), "name Payroll Both ");
}

#[test]
fn recipients_of_a_role_are_each_named_once() {
    let world = World::peopled();
    for line in [
        "--name A --email fælles@example.dk --role accounting",
        "--name B --email faelles@example.dk --role accounting",
        "--name C --email FAELLES@example.dk --role accounting",
        "--name D --shared-email delt@example.dk --role accounting",
        "--name E --role accounting",
    ] {
        let _ = world.run(&format!("contact create --tenant 10213231 {line}"));
    }
    let reached = world.run("contact recipients --role Kontaktperson\\ –\\ Regnskab --format id").ok().out;
    assert_eq!(reached, "faelles@example.dk\ndelt@example.dk\n");
}

#[test]
fn k_197_the_catalogue_is_data() {
    let world = World::peopled();
    let codes = world.run("role list --format id").out;
    assert_eq!(codes.lines().count(), 16);
    assert_eq!(codes.lines().next(), Some("forum-payroll"));
    let locked = world.run("role list --format csv --fields code,managed_by").out;
    let provider: Vec<_> = locked.lines().filter(|line| line.ends_with("provider")).collect();
    assert_eq!(
        provider,
        ["customer-forum,provider", "primary-payroll,provider", "primary-accounting,provider"],
        "K-196"
    );
    world.run("role create --code archive --name Arkivansvarlig --managed-by Kunden --tab general").ok();
    world.run("contact create --tenant 10213231 --name X --role archive").ok();
    world.run("role retire archive --yes").ok();
    assert_eq!(
        world.refused("contact create --tenant 10213231 --name Y --role archive"),
        (5, "role.retired".to_owned())
    );
    assert_eq!(world.json("contact show 1")["roles"], json!(["archive"]), "who holds it keeps it");
    assert_eq!(world.json("role update archive --status active")["item"]["status"], "active");
    world.run("contact create --tenant 10213231 --name Y --role archive").ok();
}

#[test]
fn a_unit_moves_and_its_contacts_stay_with_the_people_they_are() {
    let world = World::peopled();
    world.run("contact create --tenant 10213231 --name 'Pia Vad' --unit payroll:999").ok();
    let moved = world.json("unit move 999 --to digitaliseringsstyrelsen --from 2026-06 --yes");
    assert_eq!(
        (&moved["result"], &moved["item"]["tenant"]),
        (&json!("moved"), &json!("digitaliseringsstyrelsen"))
    );
    assert_eq!(moved["warnings"][0]["code"], "unit.contacts-stay");
    let contact = world.json("contact show 1");
    assert_eq!((&contact["tenant"], &contact["unit"]), (&json!("oekonomistyrelsen"), &json!(null)));
    let again = "unit move 999 --to oekonomistyrelsen --from 2026-06 --yes";
    assert_eq!(world.refused(again), (5, "unit.moved-later".to_owned()));
}

#[test]
fn what_was_not_asked_for_does_not_make_it_differ() {
    let world = World::peopled();
    world.run("contact create --tenant 10213231 --name 'Pia Vad' --phone 70101010 --role accounting").ok();
    let create = "contact create --tenant 10213231 --name 'Pia Vad' --if-not-exists";
    assert_eq!(world.json(create)["result"], "unchanged");
    let said = world.run(&format!("{create} --phone 70101011"));
    assert!(said.code == 5 && said.err.contains("phone"), "{said}");
    world.run("user create --email post@example.dk --name Post --kind shared-mailbox").ok();
    assert_eq!(
        world.json("user create --email post@example.dk --name Post --if-not-exists")["result"],
        "unchanged"
    );
    assert_eq!(world.json("role create --code general --name 'Generelle kontaktoplysninger' --managed-by tenant --if-not-exists")["result"], "unchanged");
}

#[test]
fn a_warning_about_administrators_comes_only_where_none_is_left() {
    let world = World::peopled();
    world.run("setting set rights.administrators-per-tenant 2").ok();
    world.run("rights grant ida.lykkebo@oes.example.dk --tenant 10213231 --right administrator").ok();
    let revoke = |email: &str| {
        world.json(&format!("rights revoke {email} --tenant 10213231 --right administrator --yes"))
    };
    assert_eq!(revoke("ida.lykkebo@oes.example.dk")["warnings"], json!([]));
    assert_eq!(revoke("anna.holm@oes.example.dk")["warnings"][0]["code"], "tenant.no-administrator");
}

#[test]
fn an_archived_institution_takes_nothing_new() {
    let world = World::peopled();
    world.run("tenant archive digitaliseringsstyrelsen --yes").ok();
    for line in [
        "unit create --tenant 34051178 --kind payroll --number 5",
        "contact create --tenant 34051178 --name X",
        "rights grant ida.lykkebo@oes.example.dk --tenant 34051178 --right reader",
    ] {
        assert_eq!(world.refused(line), (5, "tenant.archived".to_owned()), "{line}");
    }
    assert_eq!(world.json("tenant update 34051178 --status Aktiv")["result"], "updated");
    world.run("unit create --tenant 34051178 --kind payroll --number 5").ok();
}
