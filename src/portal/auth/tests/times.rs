//! Everything that ends by itself, a second before its time and at it.

use chrono::Duration;

use super::{Desk, PASSWORD, email};
use crate::platform::db;
use crate::platform::i18n::Lang;
use crate::platform::secret::password::Password;
use crate::platform::settings;
use crate::portal::auth::service::password;
use crate::portal::code::{self, CodePurpose};
use crate::portal::link::Purpose;
use crate::portal::session::{self, SessionState};
use crate::portal::user::{Staff, service as users};

const SECOND: Duration = Duration::seconds(1);

/// Forgets the password as anyone may, for anyone.
fn forget(desk: &mut Desk) {
    let (actor, key) = (desk.actor.clone(), &desk.key);
    desk.db.write(&actor, |tx| password::forgot(tx, key, &email(), Lang::Da)).unwrap();
}

fn links(desk: &Desk) -> i64 {
    desk.db.read(|conn| db::one(conn, "SELECT count(*) FROM link", [])).unwrap()
}

#[test]
fn a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours_with_it() {
    let mut desk = Desk::active();
    let (actor, user) = (desk.actor.clone(), desk.user().id);
    let begin = |desk: &mut Desk| {
        desk.db
            .write(&actor, |tx| {
                tx.unrecorded(|tx| session::issue(tx, user, SessionState::Active, None)).map(|(s, _)| s.id)
            })
            .unwrap()
    };
    let is_live = |desk: &Desk, id: i64| {
        let now = desk.db.now();
        desk.db.read(|conn| session::find_live(conn, id, now)).unwrap().is_some()
    };
    let idle = begin(&mut desk);
    desk.wait(Duration::minutes(30) - SECOND);
    assert!(is_live(&desk, idle));
    desk.wait(SECOND);
    assert!(!is_live(&desk, idle), "30 idle minutes");

    let used = begin(&mut desk);
    for _ in 0..36 {
        desk.wait(Duration::minutes(20));
        if is_live(&desk, used) {
            desk.db.write(&actor, |tx| session::touch(tx, used)).unwrap();
        }
        desk.wait(-SECOND);
        assert!(is_live(&desk, used));
        desk.wait(SECOND);
    }
    assert!(!is_live(&desk, used), "12 hours, used or not");
}

#[test]
fn a_link_opens_for_24_hours() {
    let day = Duration::hours(24);
    let mut desk = Desk::new();
    let activation = desk.token(Purpose::Activation).unwrap();
    desk.wait(day - SECOND);
    desk.hand().opened_by(&activation, Purpose::Activation).unwrap();
    desk.wait(SECOND);
    let late = desk.hand().opened_by(&activation, Purpose::Activation);
    assert_eq!(late.err().unwrap().code(), "auth.refused");

    let mut desk = Desk::active();
    forget(&mut desk);
    let reset = desk.token(Purpose::Reset).unwrap();
    desk.wait(day - SECOND);
    desk.hand().opened_by(&reset, Purpose::Reset).unwrap();
    desk.wait(SECOND);
    let late = desk.hand().set_by_link(&reset, Purpose::Reset, &Password::chosen("Tog!perron-Blå42"));
    assert_eq!(late.err().unwrap().code(), "auth.refused");
}

#[test]
fn an_initial_password_opens_for_the_days_of_its_setting() {
    let mut desk = Desk::new();
    let (actor, user) = (desk.actor.clone(), desk.user().id);
    let initial = desk.db.write(&actor, |tx| {
        settings::set(tx, settings::ONBOARDING_METHOD, "initial-password")?;
        settings::set(tx, settings::ONBOARDING_INITIAL_PASSWORD_DAYS, "3")?;
        users::invite(tx, &email(), Lang::Da)?;
        let now = tx.now_text();
        Ok(code::store::find_open(tx, user, CodePurpose::InitialPassword, &now)?.unwrap().id)
    });
    desk.hand().keep_initial(initial.unwrap(), &Password::chosen(PASSWORD)).unwrap();
    desk.wait(Duration::days(3) - SECOND);
    assert_eq!(desk.login(PASSWORD).unwrap().session.state, SessionState::PasswordChangeRequired);
    desk.wait(SECOND);
    assert_eq!(desk.login(PASSWORD).err().unwrap().code(), "auth.refused");
}

#[test]
fn three_links_an_hour_and_then_again() {
    let mut desk = Desk::active();
    desk.wait(Duration::hours(1));
    let before = links(&desk);
    for expected in [1, 2, 3, 3] {
        forget(&mut desk);
        assert_eq!(links(&desk) - before, expected);
    }
    desk.wait(Duration::hours(1) - SECOND);
    forget(&mut desk);
    assert_eq!(links(&desk) - before, 3, "not yet");
    desk.wait(SECOND);
    forget(&mut desk);
    assert_eq!(links(&desk) - before, 4);
}

#[test]
fn whoever_lost_the_invitation_is_invited_anew_within_the_hourly_number() {
    let mut desk = Desk::of(Some(Staff::Caseworker));
    let invitation = desk.token(Purpose::Activation).unwrap();
    for expected in [2, 3, 3] {
        forget(&mut desk);
        assert_eq!(links(&desk), expected);
    }
    let lost = desk.hand().opened_by(&invitation, Purpose::Activation);
    assert_eq!(lost.err().unwrap().code(), "auth.refused", "a newer one took its place");
    let token = desk.token(Purpose::Activation).unwrap();
    desk.hand().opened_by(&token, Purpose::Activation).unwrap();
    desk.wait(Duration::hours(1));
    forget(&mut desk);
    assert_eq!(links(&desk), 4);
}
