//! Ways in that a second reader found open, and that are closed.

use chrono::Duration;

use super::{Desk, PASSWORD, email, life};
use crate::platform::db;
use crate::platform::i18n::Lang;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::password::Password;
use crate::platform::settings;
use crate::portal::auth::service::{mfa, password};
use crate::portal::auth::{Channel, store};
use crate::portal::code::{self, CodePurpose};
use crate::portal::session::{self, Session, SessionState};
use crate::portal::user::service as users;

fn is_live(desk: &Desk, session: &Session) -> bool {
    let now = desk.db.now();
    desk.db.read(|conn| session::find_live(conn, session.id, now)).unwrap().is_some()
}

/// A user who came in with an initial password and must change it now.
fn newcomer() -> (Desk, Session) {
    let mut desk = Desk::new();
    let (actor, user) = (desk.actor.clone(), desk.user().id);
    let id = desk.db.write(&actor, |tx| {
        settings::set(tx, settings::ONBOARDING_METHOD, "initial-password")?;
        users::invite(tx, &email(), Lang::Da)?;
        let now = tx.now_text();
        Ok(code::store::find_open(tx, user, CodePurpose::InitialPassword, &now)?.unwrap().id)
    });
    desk.hand().keep_initial(id.unwrap(), &Password::chosen(PASSWORD)).unwrap();
    let session = desk.login(PASSWORD).unwrap().session;
    assert_eq!(session.state, SessionState::PasswordChangeRequired);
    (desk, session)
}

#[test]
fn a_session_of_the_password_alone_ends_when_its_owner_sets_a_second_step_up() {
    let mut desk = Desk::active();
    let stranger = desk.login(PASSWORD).unwrap().session;
    let (own, ..) = life::enrol(&mut desk, PASSWORD).unwrap();
    assert!(!is_live(&desk, &stranger));
    // Even were it alive, it could change nothing.
    let actor = desk.actor.clone();
    desk.db
        .write(&actor, |tx| {
            tx.unrecorded(|tx| {
                db::execute_one(
                    tx,
                    "UPDATE session SET ended_at = NULL, ended_reason = NULL WHERE id = ?",
                    [stranger.id],
                )
            })
        })
        .unwrap();
    assert!(is_live(&desk, &stranger));
    let code = EmergencyCode::generate(desk.db.entropy()).unwrap();
    for session in [stranger.id, own] {
        let key = &desk.key;
        let done =
            desk.db.write(&actor, |tx| mfa::replace_emergency(tx, key, session, &code, None, Lang::Da));
        assert_eq!(done.err().unwrap().code(), "auth.refused", "without a code neither does");
    }
}

#[test]
fn an_initial_password_that_is_void_changes_nothing() {
    let new = Password::chosen("Tog!perron-Blå42");
    let (mut desk, session) = newcomer();
    let (actor, user) = (desk.actor.clone(), desk.user());
    desk.db.write(&actor, |tx| users::invite(tx, &email(), Lang::Da)).unwrap();
    assert!(!is_live(&desk, &session), "a new invitation ends what the old one began");

    let (mut desk, session) = newcomer();
    desk.db
        .write(&actor, |tx| tx.unrecorded(|tx| code::revoke_all(tx, user.id, CodePurpose::InitialPassword)))
        .unwrap();
    let done = desk.hand().change_password(&session, &user, &Password::typed(PASSWORD), &new);
    assert_eq!(done.err().unwrap().code(), "auth.refused");
}

#[test]
fn a_stranger_who_asks_for_a_new_password_voids_no_invitation() {
    let mut desk = Desk::new();
    let actor = desk.actor.clone();
    let links =
        |desk: &Desk| -> i64 { desk.db.read(|conn| db::one(conn, "SELECT count(*) FROM link", [])).unwrap() };
    // Nobody's place, nobody's invitation: neither while one is open nor afterwards.
    for _ in 0..2 {
        let key = &desk.key;
        desk.db.write(&actor, |tx| password::forgot(tx, key, &email(), Lang::Da)).unwrap();
        assert_eq!(links(&desk), 1);
        desk.wait(Duration::hours(25));
    }
}

#[test]
fn a_reset_with_nothing_to_take_away_still_ends_what_is_open() {
    let mut desk = Desk::active();
    let session = desk.login(PASSWORD).unwrap().session;
    let (actor, user) = (desk.actor.clone(), desk.user().id);
    desk.db.write(&actor, |tx| tx.unrecorded(|tx| store::put_failures(tx, user, Channel::App, 5))).unwrap();
    let mut reset = || desk.db.write(&actor, |tx| mfa::reset(tx, &email(), Lang::Da)).unwrap().0;
    assert_eq!((reset(), reset()), (true, false));
    assert!(!is_live(&desk, &session));
    assert_eq!(desk.db.read(|conn| store::failures(conn, user, Channel::App)).unwrap().0, 0);
}
