//! What one sees: files and lists.

use super::*;

#[test]
fn s_008_files_are_counted_through_the_thread_as_far_as_one_sees_it() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    let file = |name: &str| (name.to_owned(), Spooled::read(name.as_bytes(), name, 100).unwrap());
    let with = |name: &str| Post { text: String::new(), files: vec![file(name)], mail: None };
    world.write(|tx| service::reply(tx, &number, &with("note.txt"), true, Lang::Da)).unwrap();
    world.write(|tx| service::reply(tx, &number, &with("svar.txt"), false, Lang::Da)).unwrap();
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
    world.write(|tx| service::create(tx, other)).unwrap();
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
