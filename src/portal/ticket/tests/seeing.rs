//! What one sees: files and lists.

use super::super::actions;
use super::*;
use crate::platform::db::{self, Connection};

#[test]
fn s_008_files_are_counted_through_the_thread_as_far_as_one_sees_it() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    let file = |name: &str| {
        let bytes = Spooled::read(name.as_bytes(), name, 100).unwrap();
        PostFile { name: name.to_owned(), bytes, scan: FileScan::Unscanned }
    };
    let with = |name: &str| Post { files: vec![file(name)], ..Post::default() };
    world.write(|tx| service::reply(tx, &number, &with("note.txt"), true, &desk())).unwrap();
    world.write(|tx| service::reply(tx, &number, &with("svar.txt"), false, &desk())).unwrap();
    let name = |actor: &Actor, place| {
        world
            .db
            .read(|conn| service::attachment(conn, actor, &number, place))
            .map_or_else(|e| e.code().to_owned(), |(name, _)| name)
    };
    assert_eq!(name(&operator(), 1), "note.txt");
    assert_eq!(name(&operator(), 2), "svar.txt");
    assert_eq!(name(&operator(), 3), "attachment.not-found");
    assert_eq!(name(&operator(), 0), "attachment.not-found");
    assert_eq!(name(&as_user(ANNA), 1), "svar.txt");
}

#[test]
fn s_001_s_002_users_list_their_own_tickets_and_filters_narrow() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    let other = NewTicket { requester: BO.parse().unwrap(), ..new("50 % af_alt") };
    world.now("2024-04-22T09:00:00Z");
    world.write(|tx| service::create(tx, other, &desk())).unwrap();
    let list = |actor: &Actor, filter: Filter| {
        let mut numbers = Vec::new();
        world
            .db
            .read(|conn| {
                let filter = service::scoped(conn, actor, filter)?;
                store::each(conn, &filter, |ticket| {
                    numbers.push(ticket.number);
                    Ok(std::ops::ControlFlow::Continue(()))
                })
            })
            .map(|()| numbers)
    };
    let all = Filter::default;
    let by_text = |text: &str| Filter { text: Some(text.to_owned()), ..all() };
    assert_eq!(list(&operator(), all()).unwrap(), ["SAM 2404-0002", "SAM 2404-0001"]);
    assert_eq!(list(&as_user(ANNA), all()).unwrap(), [number]);
    assert_eq!(list(&operator(), by_text("50 %")).unwrap(), ["SAM 2404-0002"]);
    assert_eq!(list(&operator(), by_text("%f_a")).unwrap(), [""; 0]);
    assert_eq!(list(&operator(), by_text("KAN IKKE SE")).unwrap().len(), 2);
    let since = Filter { updated_since: Some("2024-04-22T09:00:00Z".to_owned()), ..all() };
    assert_eq!(list(&operator(), since).unwrap(), ["SAM 2404-0002"]);
    let closed = Filter { open: Some(false), ..all() };
    assert_eq!(list(&operator(), closed).unwrap(), [""; 0]);
}

fn found(world: &World, actor: &Actor, text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let filter = Filter { text: Some(text.to_owned()), ..Filter::default() };
    let list = |conn: &Connection| {
        let filter = service::scoped(conn, actor, filter)?;
        store::each(conn, &filter, |ticket| {
            numbers.push(ticket.number);
            Ok(std::ops::ControlFlow::Continue(()))
        })
    };
    world.db.read(list).unwrap();
    numbers
}

#[test]
fn words_are_found_in_subject_and_thread_and_notes_by_the_provider_alone() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let (first, second) = (world.create(), world.create());
    let say = |world: &mut World, number: &str, words: &str, internal| {
        world.write(|tx| service::reply(tx, number, &text(words), internal, &desk())).map(drop).unwrap();
    };
    say(&mut world, &first, "ÅRSOPGØRELSEN for løngruppe 017 mangler", false);
    say(&mut world, &first, "Kunden er vred over rykkerskrivelsen", true);
    for (words, all, annas) in [
        ("årsopgørelse", 1, 1),
        ("opgør", 1, 1),
        ("aarsopgoerelse", 1, 1),
        ("LØNGRUPPE adgang", 1, 1),
        ("løngruppe adgang findesikke", 0, 0),
        ("adgang", 2, 2),
        ("rykker", 1, 0),
        ("17", 1, 1),
        ("7 g", 1, 1),
        ("registered", 0, 0),
        ("\"*", 0, 0),
    ] {
        assert_eq!(found(&world, &operator(), words).len(), all, "{words}");
        assert_eq!(found(&world, &as_user(ANNA), words).len(), annas, "{words}");
        assert_eq!(found(&world, &as_user(BO), words).len(), 0, "{words}");
    }
    assert_eq!(found(&world, &operator(), "opgørelsen"), [first.as_str()]);
    assert_eq!(found(&world, &operator(), "adgang rapporter"), [second, first]);
}

#[test]
fn the_index_of_texts_is_sound_and_can_be_made_anew() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    world.advance(&number, TicketStatus::Done).unwrap();
    let places = |world: &World| {
        let sql = "SELECT rowid FROM ticket_text WHERE ticket_text MATCH 'rap' ORDER BY rowid";
        world.db.read(|conn| db::list(conn, sql, [], |row| Ok(row.get::<_, i64>(0)?))).unwrap()
    };
    assert_eq!(places(&world), [-1, 1], "the subject and what was written");
    world
        .write(|tx| {
            tx.execute_batch(
                "INSERT INTO ticket_text (ticket_text, rank) VALUES ('integrity-check', 1);
                              UPDATE ticket SET subject = 'Andet';
                              INSERT INTO ticket_text (ticket_text, rank) VALUES ('integrity-check', 1);
                              INSERT INTO ticket_text (ticket_text) VALUES ('rebuild');
                              INSERT INTO ticket_text (ticket_text, rank) VALUES ('integrity-check', 1);",
            )?;
            tx.record(actions::REPLY, "test", None::<&()>, None::<&()>)
        })
        .unwrap();
    assert_eq!(places(&world), [1]);
}

#[test]
fn lists_read_what_changed_last_first_and_what_is_known_by_its_row() {
    let world = World::new("2024-04-22T08:06:00Z");
    let plan = |filter: &Filter, rows: Option<&[i64]>| {
        let (sql, conditions) = store::list_query(filter, rows);
        let explain = |conn: &Connection| {
            db::list(conn, &format!("EXPLAIN QUERY PLAN {sql}"), conditions.params(), |row| {
                Ok(row.get::<_, String>("detail")?)
            })
        };
        world.db.read(explain).unwrap().join("; ")
    };
    let all = plan(&Filter::default(), None);
    assert!(all.starts_with("SCAN t USING INDEX ticket_updated") && !all.contains("TEMP B-TREE"), "{all}");
    let open = Filter { open: Some(true), ..Filter::default() };
    let plan_of_open = plan(&open, None);
    assert!(plan_of_open.starts_with("SCAN t USING INDEX ticket_open"), "{plan_of_open}");
    let sight = super::super::Sight { user: 1, places: vec![1, 2] };
    for filter in [open.clone(), Filter { sight: Some(sight), ..open.clone() }] {
        let plan = plan(&filter, filter.sight.is_none().then_some(&[1, 2]));
        assert!(plan.starts_with("SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"), "{plan}");
    }
    let due = "EXPLAIN QUERY PLAN SELECT id FROM ticket WHERE status = 'done' AND done_at <= ? ORDER BY done_at, id LIMIT 1";
    let plan = world.db.read(|conn| db::list(conn, due, [""], |row| Ok(row.get::<_, String>("detail")?)));
    assert!(plan.unwrap().join("; ").contains("USING COVERING INDEX ticket_due (done_at<?)"));
}
