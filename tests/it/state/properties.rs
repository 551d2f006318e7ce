//! Generated worlds: `apply ∘ export` is the identity, a second apply changes nothing, a plan is what is then done; and
//! no bytes make the reader panic.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use portalctl::ops::init;
use portalctl::ops::state::apply::{Options as Apply, Outcome, apply};
use portalctl::ops::state::model::{
    ClosedDay, Contact, Measure, Role, SCHEMA, Signatory, State, Target, Tenant, TicketType, Unit, User,
};
use portalctl::ops::state::scalar::{Field, List, Map, Text};
use portalctl::ops::state::wanted::Wanted;
use portalctl::ops::state::{check, export, read, saved};
use portalctl::platform::actor::{Actor, Principal};
use portalctl::platform::db::{Db, Options};
use portalctl::platform::env::{Clock, Entropy};
use portalctl::platform::error::{Error, Result};
use portalctl::platform::i18n::Lang;
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Texts that a careless writer of YAML would give back as something else.
const TRICKY: [&str; 44] = [
    "no",
    "yes",
    "on",
    "off",
    "y",
    "n",
    "null",
    "Null",
    "~",
    "true",
    "False",
    "10213231",
    "007",
    "0x1F",
    "0o7",
    "1e3",
    "1_000",
    "-1",
    "+1",
    ".5",
    ".inf",
    ".nan",
    "12:30:45",
    "2026-12-24",
    "- a",
    "-",
    "a: b",
    ":a",
    "a:",
    "# a",
    "a #b",
    "'a'",
    "\"a\"",
    "{a}",
    "[a]",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "| a",
    "> a",
    "<<",
];

fn word() -> impl Strategy<Value = String> {
    let printable = "[\\PC]{1,24}".prop_map(|text| text.trim().to_owned());
    prop_oneof![
        select(TRICKY.to_vec()).prop_map(str::to_owned),
        "[A-ZÆØÅ][a-zæøå]{2,9} [A-ZÆØÅ][a-zæøå]{2,9}",
        printable,
        "[a-z \u{202e}\u{2066}\u{200f}]{1,6}".prop_map(|text| text.trim().to_owned()),
    ]
    .prop_filter("a name is not empty", |text| !text.trim().is_empty())
}

/// What would do something to a terminal, or turn the direction of what stands there.
fn steers(c: char) -> bool {
    c.is_control() || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".contains(c)
}

/// Texts among whose characters are such.
fn steering() -> impl Strategy<Value = String> {
    "[ a\"'\\\\:#\u{202e}\u{2066}\u{200f}\u{61c}\u{1b}\u{9b}\n]{0,8}"
}

fn prose() -> impl Strategy<Value = String> {
    vec(word(), 1..4).prop_map(|lines| lines.join("\n").trim().to_owned())
}

fn flag() -> impl Strategy<Value = Field> {
    of(any::<bool>()).prop_map(Field::bare)
}

fn text() -> impl Strategy<Value = Field> {
    of(word()).prop_map(Field::text)
}

fn name() -> impl Strategy<Value = Field> {
    word().prop_map(|name| Field::text(Some(name)))
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = Field> {
    weighted(0.2, select(words)).prop_map(Field::text)
}

fn email(place: &'static str) -> impl Strategy<Value = Field> {
    of((0..50_u32).prop_map(move |n| format!("{place}{n}@example.dk"))).prop_map(Field::text)
}

fn phone() -> impl Strategy<Value = Field> {
    of(10_000_000..99_999_999_u32).prop_map(Field::text)
}

fn codes(all: &'static [&'static str]) -> impl Strategy<Value = List<Text>> {
    subsequence(all.to_vec(), 0..=all.len())
        .prop_map(|chosen| List::all(chosen.into_iter().map(Text::new).collect()))
}

fn unit(tenant: usize, n: usize) -> impl Strategy<Value = Unit> {
    let number = tenant * 10 + n;
    (any::<bool>(), text(), text(), text(), one_of(&["archived"])).prop_map(
        move |(circle, name, server, database, status)| Unit {
            kind: Text::new(if circle { "accounting" } else { "payroll" }),
            number: Text::new(if circle { format!("{number:05}") } else { number.to_string() }),
            name,
            server,
            database,
            ldv: Field::default(),
            status,
        },
    )
}

fn signatories() -> impl Strategy<Value = Vec<Signatory>> {
    let person = (name(), 0..50_u32, name(), 10_000_000..99_999_999_u32);
    let scopes = subsequence(vec!["customer", "data-processing", "other"], 0..=3);
    (scopes, vec(person, 3)).prop_map(|(scopes, people)| {
        let pairs = scopes.into_iter().zip(people);
        pairs
            .map(|(scope, (name, n, title, phone))| Signatory {
                scope: Text::new(scope),
                name,
                email: Field::text(Some(format!("s{n}@example.dk"))),
                title,
                phone: Field::text(Some(phone)),
            })
            .collect()
    })
}

fn contact(n: usize) -> impl Strategy<Value = Contact> {
    let plain = codes(&["general", "accounting", "payroll", "primary-payroll", "neu"]);
    let address = (email("c"), email("faelles"), phone(), any::<bool>());
    (name(), text(), address, of(prose()), plain).prop_map(
        move |(name, title, (email, shared_email, phone, secure), remarks, roles)| Contact {
            key: Text::new(format!("k-{n}")),
            name,
            unit: Field::default(),
            title,
            secure_email: Field::bare((secure && !email.is_absent()).then_some(true)),
            email,
            shared_email,
            phone,
            remarks: Field::text(remarks),
            roles,
        },
    )
}

fn tenant(n: usize) -> impl Strategy<Value = Tenant> {
    let cvr = select(vec!["10213231", "34051178", "53383211"]);
    let units = (0..3_usize).prop_flat_map(move |many| (0..many).map(|i| unit(n, i)).collect::<Vec<_>>());
    let contacts = (0..3_usize).prop_flat_map(|many| (0..many).map(contact).collect::<Vec<_>>());
    let data = (cvr, name(), text(), codes(&["34051178", "53383211"]), text(), one_of(&["archived"]));
    (data, units, signatories(), contacts).prop_map(move |(data, units, signatories, mut contacts)| {
        let (cvr, name, ministry, se_numbers, account_manager, status) = data;
        if let (Some(contact), Some(unit)) = (contacts.first_mut(), units.first()) {
            contact.unit = Field::text(Some(format!("{}:{}", unit.kind.as_str(), unit.number.as_str())));
        }
        Tenant {
            code: Text::new(format!("t-{n}")),
            cvr: Field::text(Some(cvr)),
            name,
            ministry,
            se_numbers,
            glns: List::default(),
            account_manager,
            status,
            units: List::all(units),
            signatories: List::all(signatories),
            contacts: List::all(contacts),
        }
    })
}

/// A user with rights at some of the institutions. Only the first of each may be an administrator who is not shut.
fn user(n: usize, tenants: usize) -> impl Strategy<Value = User> {
    let rights = ["editor", "reader", "reports", "administrator"];
    let all: Vec<_> = (0..tenants).flat_map(|t| rights.map(|right| (t, right))).collect();
    let most = all.len();
    let data =
        (name(), any::<bool>(), phone(), text(), one_of(&["da", "nb", "en"]), one_of(&["shared-mailbox"]));
    let reason = of(prop_oneof![prose(), select(vec!["true", "false", "null", "~"]).prop_map(str::to_owned)]);
    (data, of(select(vec!["caseworker", "system-administrator"])), reason, subsequence(all, 0..=most))
        .prop_map(move |((name, known, phone, title, language, kind), staff, reason, rights)| {
            let staff = staff.filter(|_| n % 5 == 4);
            let shut = reason.is_some();
            let held = rights.into_iter().filter(|(t, right)| *right != "administrator" || *t == n || shut);
            let held = held.map(|(t, right)| Text::new(format!("t-{t}:{right}")));
            User {
                email: Text::new(format!("Bruger{n}@example.dk")),
                name,
                b_number: Field::text(known.then(|| format!("B{:05}", 10_000 + n))),
                phone,
                title,
                language,
                kind,
                staff: Field::text(staff),
                disabled: Field::text(reason),
                rights: List::all(if staff.is_some() { Vec::new() } else { held.collect() }),
            }
        })
}

fn catalogues() -> impl Strategy<Value = State> {
    let roles = (word(), codes(&["general", "payroll"]), of(prose()), one_of(&["retired"]), flag());
    let target = (0..4_u32, of(0..=10_000_u32), of(0..9_u32));
    let measure = (word(), vec(target, 0..3), one_of(&["retired"]));
    let days = proptest::collection::btree_map(1..28_u32, word(), 0..3);
    let settings = (select(vec!["1", "2", "30"]), any::<bool>(), select(vec!["off", "12"]));
    (roles, measure, days, settings, name(), one_of(&["retired"])).prop_map(
        |(role, (measure, mut targets, retired), days, (administrators, mfa, hours), name, status)| {
            let (role_name, tabs, description, role_status, secure) = role;
            targets.sort_by_key(|target| target.0);
            targets.dedup_by_key(|target| target.0);
            let targets = targets.into_iter().map(|(month, bp, days)| Target {
                from: Text::new(format!("2026-{:02}-01", month + 1)),
                target_bp: Field::bare(bp),
                max_days: Field::bare(days),
            });
            let new_role = Role {
                code: Text::new("neu"),
                name: Field::text(Some(role_name)),
                managed_by: Field::text(Some("provider")),
                secure_email: Field::default(),
                tabs: tabs.clone(),
                description: Field::or_null(description),
                status: role_status.clone(),
            };
            let old_role = Role {
                code: Text::new("forum-rpa"),
                name: Field::default(),
                managed_by: Field::default(),
                secure_email: secure,
                tabs,
                description: Field::or_null(None::<&str>),
                status: role_status,
            };
            State {
                schema: Text::new(SCHEMA),
                settings: Map(vec![
                    ("rights.administrators-per-tenant".to_owned(), Text::new(administrators)),
                    ("login.require-mfa".to_owned(), Text::bare(mfa)),
                    ("ticket.reminder-hours".to_owned(), Text::new(hours)),
                ]),
                closed_days: List::all(
                    days.into_iter()
                        .map(|(day, name)| ClosedDay {
                            date: Text::new(format!("2026-12-{day:02}")),
                            name: Text::new(name),
                        })
                        .collect(),
                ),
                roles: List::all(vec![new_role, old_role]),
                ticket_types: List::all(vec![TicketType { code: Text::new("andet"), name, status }]),
                measures: List::all(vec![Measure {
                    code: Text::new("B1"),
                    name: Field::text(Some(measure)),
                    basis: Field::default(),
                    unit_kind: Field::default(),
                    direction: Field::default(),
                    status: retired,
                    targets: List::all(targets.collect()),
                }]),
                tenants: List::default(),
                users: List::default(),
            }
        },
    )
}

fn world() -> impl Strategy<Value = State> {
    (0..3_usize).prop_flat_map(|many| {
        let tenants = (0..many).map(tenant).collect::<Vec<_>>();
        let users = (0..5_usize).map(|n| user(n, many)).collect::<Vec<_>>();
        (catalogues(), tenants, users, 0..=5_usize).prop_map(|(catalogues, tenants, mut users, most)| {
            users.truncate(most);
            State { tenants: List::all(tenants), users: List::all(users), ..catalogues }
        })
    })
}

fn actor() -> Actor {
    let reason = Some("fordi".to_owned());
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason }
}

fn empty() -> Db {
    let mut db = Db::in_memory(Options {
        dry_run: false,
        wait: Duration::from_secs(1),
        clock: Clock::Story(Rc::new(Cell::new("2026-06-10T08:00:00Z".parse().unwrap()))),
        entropy: Entropy::Counter(Rc::new(Cell::new(0))),
    })
    .unwrap();
    db.write(&actor(), init::seed).unwrap();
    db
}

const HOW: Apply = Apply { prune: false, max_deletes: u64::MAX, invite: false, lang: Lang::Da };

fn wanted(yaml: &str) -> Wanted {
    let state = read::read("world.yaml", yaml.as_bytes()).unwrap_or_else(|fault| panic!("{fault}\n{yaml}"));
    check::check(&[("world.yaml".to_owned(), state)]).unwrap_or_else(|faults| panic!("{faults:?}\n{yaml}"))
}

fn done(db: &mut Db, yaml: &str, how: Apply) -> Result<Outcome> {
    let wanted = wanted(yaml);
    db.write(&actor(), |tx| apply(tx, &wanted, how))
}

/// What a plan does: the same, rolled back.
fn planned(db: &mut Db, yaml: &str, how: Apply) -> Result<Outcome> {
    let wanted = wanted(yaml);
    let mut seen = None;
    let refused = db.write(&actor(), |tx| -> Result<()> {
        seen = Some(apply(tx, &wanted, how)?);
        Err(Error::internal("rolled back"))
    });
    seen.ok_or_else(|| refused.unwrap_err())
}

fn exported(db: &Db) -> String {
    db.read(|conn| export::yaml(&export::all(conn)?)).unwrap()
}

fn explain(error: &Error) -> String {
    format!("{error}: {:?}", error.detail_values())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn apply_after_export_is_the_identity_and_a_second_apply_changes_nothing(world in world()) {
        let mut db = empty();
        let yaml = export::yaml(&world).unwrap();
        let first = done(&mut db, &yaml, HOW);
        prop_assert!(first.is_ok(), "{}\n{yaml}", explain(&first.unwrap_err()));
        let again = done(&mut db, &yaml, HOW).unwrap();
        prop_assert!(again.items.is_empty(), "{:#?}\n{yaml}", again.items);

        let export = exported(&db);
        let same = done(&mut db, &export, HOW).unwrap();
        prop_assert!(same.items.is_empty(), "{:#?}\n{export}", same.items);
        let mut other = empty();
        let restored = done(&mut other, &export, HOW);
        prop_assert!(restored.is_ok(), "{}\n{export}", explain(&restored.unwrap_err()));
        prop_assert_eq!(&exported(&other), &export);
        // What was declared is what is exported, word for word.
        let (asked, given) = (world.users.get().unwrap(), read::read("", export.as_bytes()).unwrap());
        let given = given.users.get().unwrap_or_default().to_vec();
        prop_assert_eq!(asked.len(), given.len());
        for (asked, given) in asked.iter().zip(&given) {
            let text = |field: &Field| field.get().map(|text| text.as_str().to_owned());
            prop_assert_eq!(text(&asked.name), text(&given.name));
            prop_assert_eq!(text(&asked.title), text(&given.title));
            prop_assert_eq!(text(&asked.disabled), text(&given.disabled));
        }
    }

    #[test]
    fn a_plan_is_what_is_then_done(
        one in world(), two in world(), prune in any::<bool>(), invite in any::<bool>()
    ) {
        let mut db = empty();
        let (one, two) = (export::yaml(&one).unwrap(), export::yaml(&two).unwrap());
        done(&mut db, &one, HOW).unwrap();
        let how = Apply { prune, invite, ..HOW };
        let before = exported(&db);
        let plan = planned(&mut db, &two, how);
        prop_assert_eq!(exported(&db), before.clone(), "a plan keeps nothing");
        match plan {
            Ok(plan) => {
                let outcome = done(&mut db, &two, how).unwrap();
                prop_assert_eq!(&plan.items, &outcome.items);
                prop_assert_eq!((plan.unchanged, plan.mails), (outcome.unchanged, outcome.mails));
                prop_assert_eq!(before == exported(&db), outcome.items.is_empty());
                let again = done(&mut db, &two, how).unwrap();
                prop_assert!(again.items.is_empty(), "{:#?}\n{two}", again.items);
            }
            Err(refusal) => {
                // Nothing can be added to what the first world archived.
                prop_assert!(!refusal.detail_values().is_empty(), "{}", explain(&refusal));
                prop_assert!(done(&mut db, &two, how).is_err());
                prop_assert_eq!(exported(&db), before);
            }
        }
    }

    #[test]
    fn every_text_survives_being_written_and_read(texts in vec(prop_oneof![any::<String>(), word(), prose(), steering()], 1..8)) {
        let entries = texts.iter().enumerate().map(|(n, text)| (format!("k{n}"), Text::new(text)));
        let state = State { schema: Text::new(SCHEMA), settings: Map(entries.collect()), ..State::default() };
        for written in [export::yaml(&state).unwrap(), export::json(&state).unwrap()] {
            prop_assert!(!written.chars().any(|c| c != '\n' && steers(c)), "{written:?}");
            let read = read::read("x", written.as_bytes());
            prop_assert!(read.is_ok(), "{:?}\n{written}", read.unwrap_err());
            let read: Vec<_> = read.unwrap().settings.0.into_iter().map(|(_, text)| text.as_str().to_owned()).collect();
            prop_assert_eq!(&read, &texts, "{}", written);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = saved::is_plan(&bytes);
        let _ = saved::read("x", &bytes);
        if let Ok(state) = read::read("x", &bytes) {
            let _ = check::check(&[("x".to_owned(), state)]);
        }
    }

    #[test]
    fn no_slip_of_the_fingers_makes_the_reader_panic(slips in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = super::EXAMPLE.as_bytes().to_vec();
        for (at, byte) in slips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(state) = read::read("x", &bytes) {
            let _ = check::check(&[("x".to_owned(), state)]);
        }
    }
}
