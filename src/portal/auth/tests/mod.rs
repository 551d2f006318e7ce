//! Use cases of coming in: hash operations, races, and random lives of an account.

mod closed;
mod life;
mod times;

use std::cell::Cell;
use std::rc::Rc;

use chrono::{DateTime, Duration, Utc};

use super::flow::Hand;
use super::service::login::{self, Entered};
use super::service::step;
use super::store;
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{self, Db, Options};
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;
use crate::platform::secret::password::{Password, runs_of};
use crate::platform::settings;
use crate::portal::auth::Channel;
use crate::portal::link::Purpose;
use crate::portal::session::{Method, SessionState};
use crate::portal::user::{NewUser, Staff, User, service as users, store as user_store};
use crate::values::Email;

const PASSWORD: &str = "Kaffe#kop77-Sol";

/// A database in memory with one invited user, and a clock that can be moved.
struct Desk {
    db: Db,
    now: Rc<Cell<DateTime<Utc>>>,
    key: Key,
    actor: Actor,
}

fn email() -> Email {
    "anna.holm@example.dk".parse().unwrap()
}

fn new_user(email: Email) -> NewUser {
    NewUser {
        email,
        name: "Anna Holm".to_owned(),
        b_number: None,
        phone: None,
        title: None,
        language: None,
        kind: None,
        staff: None,
        rights: Vec::new(),
    }
}

impl Desk {
    fn new() -> Desk {
        Desk::of(None)
    }

    /// A desk whose user has this place among the provider's staff, or no place at all.
    fn of(staff: Option<Staff>) -> Desk {
        let now = Rc::new(Cell::new("2026-05-04T08:00:00Z".parse().unwrap()));
        let entropy = Entropy::Counter(Rc::default());
        let options = Options {
            dry_run: false,
            wait: std::time::Duration::ZERO,
            clock: Clock::Story(Rc::clone(&now)),
            entropy: entropy.clone(),
        };
        let real = "operator:test@host".to_owned();
        let actor = Actor { real, effective: Principal::Operator, reason: Some("test".to_owned()) };
        let mut desk =
            Desk { db: Db::in_memory(options).unwrap(), now, key: Key::generate(&entropy).unwrap(), actor };
        let new = NewUser { staff, ..new_user(email()) };
        desk.db
            .write(&desk.actor, |tx| {
                settings::set(tx, settings::PASSWORD_ARGON2, "m=1024,t=1,p=1")?;
                users::create(tx, new, true, false, Lang::Da)
            })
            .unwrap();
        desk
    }

    fn active() -> Desk {
        let mut desk = Desk::new();
        let token = desk.token(Purpose::Activation).unwrap();
        desk.hand().set_by_link(&token, Purpose::Activation, &Password::chosen(PASSWORD)).unwrap();
        desk
    }

    fn hand(&mut self) -> Hand<'_> {
        Hand { db: &mut self.db, actor: &self.actor, key: &self.key, default: Lang::Da }
    }

    fn user(&self) -> User {
        self.db.read(|conn| Ok(user_store::find_by_email(conn, &email())?.unwrap())).unwrap()
    }

    /// The token of the newest link of this purpose, whether or not it still opens anything.
    fn token(&self, purpose: Purpose) -> Option<String> {
        use crate::values::Coded;
        let found = self.db.read(|conn| {
            db::optional(
                conn,
                "SELECT id, nonce FROM link WHERE purpose = ? ORDER BY id DESC",
                [purpose.code()],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)),
            )
        });
        let (id, nonce) = found.unwrap()?;
        Some(self.key.link_token(purpose.code(), id, &nonce).unwrap())
    }

    fn login(&mut self, password: &str) -> Result<Entered> {
        self.hand().login(&email(), &Password::typed(password), None)
    }

    fn wait(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    /// With which parameters Argon2id runs in a whole login with this password.
    fn cost(&mut self, email: &Email, password: &str) -> Vec<String> {
        let password = Password::typed(password);
        runs_of(|| self.hand().login(email, &password, None)).1
    }
}

const COST: &str = "m=1024,t=1,p=1";

#[test]
fn whoever_asks_pays_for_one_hash_whatever_the_reason_not_to_come_in() {
    let mut desk = Desk::new();
    let paid = |desk: &mut Desk, email: &Email, password: &str, what: &str| {
        assert_eq!(desk.cost(email, password), [COST], "{what}");
    };
    paid(&mut desk, &email(), PASSWORD, "no password yet");
    let token = desk.token(Purpose::Activation).unwrap();
    desk.hand().set_by_link(&token, Purpose::Activation, &Password::chosen(PASSWORD)).unwrap();
    paid(&mut desk, &"nobody@example.dk".parse().unwrap(), PASSWORD, "unknown");
    paid(&mut desk, &email(), PASSWORD, "right");
    life::enrol(&mut desk, PASSWORD).unwrap();
    paid(&mut desk, &email(), PASSWORD, "right, and a code is asked for");
    paid(&mut desk, &email(), "Forkert#77", "wrong");
    paid(&mut desk, &email(), "Forkert#77", "wrong again");
    paid(&mut desk, &email(), PASSWORD, "right, and too soon");
    for _ in 0..5 {
        desk.wait(Duration::seconds(10));
        desk.login("Forkert#77").err().unwrap();
    }
    paid(&mut desk, &email(), PASSWORD, "locked");
    paid(&mut desk, &email(), "Forkert#77", "locked, and wrong");
    // With other parameters in force, a hash is made anew only where the door is open: not even that tells. Until its
    // owner's next login it costs what it was made with.
    desk.db.write(&desk.actor, |tx| settings::set(tx, settings::PASSWORD_ARGON2, "m=1025,t=1,p=1")).unwrap();
    paid(&mut desk, &email(), PASSWORD, "locked");
    paid(&mut desk, &email(), "Forkert#77", "locked, and wrong");
    desk.db.write(&desk.actor, |tx| users::disable(tx, &email())).unwrap();
    paid(&mut desk, &email(), PASSWORD, "disabled");
    paid(&mut desk, &email(), "Forkert#77", "disabled, and wrong");
    // An address that nobody has costs what the passwords there are cost.
    paid(&mut desk, &"nobody@example.dk".parse().unwrap(), PASSWORD, "unknown");
}

#[test]
fn after_other_parameters_came_into_force_an_unknown_address_costs_what_some_known_one_does() {
    let mut desk = Desk::active();
    let new = "m=1025,t=1,p=1";
    desk.db.write(&desk.actor, |tx| settings::set(tx, settings::PASSWORD_ARGON2, new)).unwrap();
    let unknown: Vec<Email> = (0..16).map(|n| format!("nobody{n}@example.dk").parse().unwrap()).collect();
    let costs = |desk: &mut Desk| -> Vec<String> {
        unknown.iter().map(|email| desk.cost(email, PASSWORD).concat()).collect()
    };
    assert_eq!(costs(&mut desk), [COST; 16], "all that there are cost the old");
    // Another, who was at the door since.
    let (actor, other) = (desk.actor.clone(), "ny@example.dk".parse::<Email>().unwrap());
    desk.db
        .write(&actor, |tx| {
            let created = users::create(tx, new_user(other), false, false, Lang::Da)?;
            let phc =
                super::service::hasher(tx)?.hash(&Password::chosen("Tog!perron-Blå42"), tx.entropy())?;
            store::put_credential(tx, created.user.id, &phc, None)
        })
        .unwrap();
    let mixed = costs(&mut desk);
    let count = |params: &str| mixed.iter().filter(|cost| *cost == params).count();
    assert!(count(COST) > 2 && count(new) > 2 && count(COST) + count(new) == 16, "{mixed:?}");
    assert_eq!(costs(&mut desk), mixed, "the same each time");
    desk.login(PASSWORD).unwrap();
    assert_eq!(costs(&mut desk), [new; 16], "and none the old once nobody does");
}

#[test]
fn a_hash_of_old_parameters_is_made_anew_at_the_login() {
    let mut desk = Desk::active();
    desk.db.write(&desk.actor, |tx| settings::set(tx, settings::PASSWORD_ARGON2, "m=2048,t=1,p=1")).unwrap();
    let phc = |desk: &Desk| {
        let user = desk.user().id;
        desk.db.read(|conn| store::credential(conn, user)).unwrap().unwrap().phc
    };
    assert!(phc(&desk).contains("m=1024"));
    assert_eq!(desk.cost(&email(), "Forkert#77"), [COST], "a wrong one makes nothing anew");
    assert_eq!(desk.cost(&email(), PASSWORD), [COST, "m=2048,t=1,p=1"]);
    assert!(phc(&desk).contains("m=2048"));
    assert_eq!(desk.cost(&email(), PASSWORD), ["m=2048,t=1,p=1"]);
    desk.login(PASSWORD).unwrap();
}

#[test]
fn of_two_logins_at_once_both_failures_count_and_no_old_password_opens() {
    let mut desk = Desk::active();
    let now = desk.db.now();
    let compare = |desk: &Desk, password: &str| {
        let asked = desk.db.read(|conn| login::look_up(conn, &desk.key, &email(), now)).unwrap();
        asked.compare(&Password::typed(password), desk.db.entropy()).unwrap()
    };
    let (one, two) = (compare(&desk, "Forkert#77"), compare(&desk, "Forkert#78"));
    let right = compare(&desk, PASSWORD);
    for compared in [&one, &two] {
        let (actor, key) = (desk.actor.clone(), &desk.key);
        let error =
            desk.db.write(&actor, |tx| login::enter(tx, key, compared, None, Lang::Da)).err().unwrap();
        assert!(error.is_committed() && error.code() == "auth.refused");
    }
    let user = desk.user().id;
    assert_eq!(desk.db.read(|conn| store::failures(conn, user, Channel::Password)).unwrap().0, 2);
    // The third was right, but compared with what is no longer the password.
    desk.wait(Duration::seconds(10));
    desk.db
        .write(&desk.actor, |tx| super::service::password::forgot(tx, &desk.key, &email(), Lang::Da))
        .unwrap();
    let token = desk.token(Purpose::Reset).unwrap();
    desk.hand().set_by_link(&token, Purpose::Reset, &Password::chosen("Tog!perron-Blå42")).unwrap();
    let (actor, key) = (desk.actor.clone(), &desk.key);
    desk.db.write(&actor, |tx| login::enter(tx, key, &right, None, Lang::Da)).err().unwrap();
}

#[test]
fn who_knows_the_password_cannot_try_codes_without_end() {
    let mut desk = Desk::active();
    life::enrol(&mut desk, PASSWORD);
    let mut refused = 0;
    for _ in 0..20 {
        desk.wait(Duration::seconds(20));
        let Ok(entered) = desk.login(PASSWORD) else { continue };
        let (actor, key) = (desk.actor.clone(), &desk.key);
        let finished = desk
            .db
            .write(&actor, |tx| step::finish(tx, key, entered.session.id, "000000", None, true, Lang::Da));
        refused += usize::from(finished.is_err());
    }
    let user = desk.user().id;
    let (failures, _) = desk.db.read(|conn| store::failures(conn, user, Channel::App)).unwrap();
    assert_eq!((refused, failures), (5, 5), "after five the app is locked");
    assert_eq!(desk.user().last_login_at.as_deref(), Some("2026-05-04T08:00:00Z"));
    let locked = desk.db.read(|conn| super::service::door(conn, user, Channel::App, desk.db.now())).unwrap();
    assert!(locked.opens_at().is_some());
    assert_eq!(desk.login(PASSWORD).err().unwrap().code(), "auth.refused", "and no code is asked for");
    // The emergency code is another way in, and counted by itself.
    let entered = desk.hand().login(&email(), &Password::typed(PASSWORD), Some(Method::Emergency)).unwrap();
    assert_eq!(entered.session.state, SessionState::CodeRequired);
}
