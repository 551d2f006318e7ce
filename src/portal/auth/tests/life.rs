//! Random lives of an account: whatever is done in whatever order, nobody who is shut out has a session, no code and no
//! step is taken twice, and there is at most one link that opens.

use std::collections::HashSet;

use chrono::Duration;
use proptest::prelude::*;

use super::{Desk, email};
use crate::platform::db;
use crate::platform::error::Error;
use crate::platform::i18n::Lang;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::password::Password;
use crate::platform::secret::totp::TotpSecret;
use crate::portal::auth::service::mfa;
use crate::portal::auth::service::{password, step};
use crate::portal::link::Purpose;
use crate::portal::session::{self, SessionState};
use crate::portal::user::{UserStatus, service as users};

/// Sets up an app in a new session; the code of the next half minute is free again.
pub fn enrol(desk: &mut Desk, password: &str) -> Option<(i64, TotpSecret, EmergencyCode)> {
    let entered = desk.login(password).ok()?;
    let secret = TotpSecret::generate(desk.db.entropy()).unwrap();
    let code = EmergencyCode::generate(desk.db.entropy()).unwrap();
    let typed = secret.code(desk.now.get()).unwrap();
    let (actor, key) = (desk.actor.clone(), &desk.key);
    let confirmed = desk.db.write(&actor, |tx| {
        if entered.session.state != SessionState::EnrolmentRequired {
            return Err(Error::internal("not this time"));
        }
        mfa::enrol_app(tx, key, entered.session.id, &secret, None, Lang::Da)?;
        mfa::confirm(tx, key, entered.session.id, &typed, Some(&code), Lang::Da)?;
        mfa::saved_emergency(tx, key, entered.session.id, &code)
    });
    confirmed.ok().map(|_| (entered.session.id, secret, code))
}

#[derive(Debug, Clone)]
enum Act {
    Invite,
    Activate,
    Forgot,
    Reset(usize),
    Login(usize),
    LoginByEmergency(usize),
    WrongPassword,
    WrongCode(usize),
    Change(usize, usize),
    Enrol(usize),
    /// What an earlier session, whosever it is, does about the second step; with a code of the present one, or without.
    Earlier(usize, Step, bool),
    MfaReset,
    Disable,
    Enable,
    RevokeAll,
    Wait(i64),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Enrol,
    Confirm,
    ConfirmWithEmergency,
    Emergency,
}

const PASSWORDS: [&str; 3] = [super::PASSWORD, "Tog!perron-Blå42", "Skovtur&Regn-1988x"];

fn act() -> impl Strategy<Value = Act> {
    let n = || 0_usize..3;
    prop_oneof![
        2 => Just(Act::Invite),
        3 => Just(Act::Activate),
        2 => Just(Act::Forgot),
        2 => n().prop_map(Act::Reset),
        6 => n().prop_map(Act::Login),
        2 => n().prop_map(Act::LoginByEmergency),
        2 => Just(Act::WrongPassword),
        2 => n().prop_map(Act::WrongCode),
        1 => (n(), n()).prop_map(|(old, new)| Act::Change(old, new)),
        4 => n().prop_map(Act::Enrol),
        8 => (0_usize..8, prop_oneof![
            2 => Just(Step::Enrol),
            2 => Just(Step::Confirm),
            1 => Just(Step::ConfirmWithEmergency),
            2 => Just(Step::Emergency),
        ], any::<bool>()).prop_map(|(n, step, proof)| Act::Earlier(n, step, proof)),
        1 => Just(Act::MfaReset),
        1 => Just(Act::Disable),
        2 => Just(Act::Enable),
        1 => Just(Act::RevokeAll),
        4 => prop_oneof![Just(1_i64), Just(31), Just(60), Just(1000), Just(90_000)].prop_map(Act::Wait),
    ]
}

/// What was done so far, as one looking on from outside knows it.
#[derive(Default)]
struct Seen {
    app: Option<TotpSecret>,
    emergency: Option<EmergencyCode>,
    /// Codes that opened something, each with the secret or code it came from.
    taken: HashSet<String>,
    tokens: HashSet<String>,
    sessions: Vec<i64>,
    /// Sessions that took a code, or set up the second step themselves.
    stepped: HashSet<i64>,
    /// What an earlier session began to set up.
    pending: Option<TotpSecret>,
}

impl Seen {
    fn finish(&mut self, desk: &mut Desk, session: i64, typed: &str, password: &str) {
        let (actor, key) = (desk.actor.clone(), &desk.key);
        let done = desk.db.write(&actor, |tx| step::finish(tx, key, session, typed, None, true, Lang::Da));
        if done.is_ok() {
            self.sessions.push(session);
            self.stepped.insert(session);
            assert!(self.taken.insert(typed.to_owned()), "{typed} was taken twice");
            // The same again, at once, in another login.
            if let Ok(again) = desk.login(password)
                && again.session.state == SessionState::CodeRequired
            {
                self.finish(desk, again.session.id, typed, password);
            }
        }
    }

    /// An earlier session tries to change the second step.
    fn earlier(&mut self, desk: &mut Desk, session: i64, step: Step, proof: bool) {
        let (actor, now) = (desk.actor.clone(), desk.db.now());
        let Some(before) = desk.db.read(|conn| session::find_live(conn, session, now)).unwrap() else {
            return;
        };
        let is_on = desk.user().mfa.is_some();
        let typed = match (&self.app, proof) {
            (Some(app), true) => Some(app.code(desk.now.get()).unwrap().to_string()),
            _ => None,
        };
        let present = typed.as_deref();
        let fresh = TotpSecret::generate(desk.db.entropy()).unwrap();
        let emergency = EmergencyCode::generate(desk.db.entropy()).unwrap();
        let key = &desk.key;
        let proven = match step {
            Step::Enrol => {
                let done =
                    desk.db.write(&actor, |tx| mfa::enrol_app(tx, key, session, &fresh, present, Lang::Da));
                if done.is_err() {
                    return;
                }
                self.pending = Some(fresh);
                is_on
            }
            Step::Confirm | Step::ConfirmWithEmergency => {
                let Some(pending) = &self.pending else { return };
                let code = pending.code(desk.now.get()).unwrap();
                let with = matches!(step, Step::ConfirmWithEmergency).then_some(&emergency);
                let done = desk.db.write(&actor, |tx| mfa::confirm(tx, key, session, &code, with, Lang::Da));
                if done.is_err() {
                    return;
                }
                self.taken.insert(code.to_string());
                self.app = self.pending.take();
                self.stepped.insert(session);
                false
            }
            Step::Emergency => {
                let done = desk.db.write(&actor, |tx| {
                    mfa::replace_emergency(tx, key, session, &emergency, present, Lang::Da)?;
                    mfa::saved_emergency(tx, key, session, &emergency)
                });
                if done.is_err() {
                    return;
                }
                self.emergency = Some(emergency);
                before.state == SessionState::Active
            }
        };
        assert!(!is_on || self.stepped.contains(&session), "the password alone changed a second step");
        if proven {
            let typed = typed.expect("no second step is changed without a code of it");
            assert!(self.taken.insert(typed.clone()), "{typed} was taken twice");
        }
    }

    fn by_link(&mut self, desk: &mut Desk, purpose: Purpose, password: &str) {
        let Some(token) = desk.token(purpose) else { return };
        let done = desk.hand().set_by_link(&token, purpose, &Password::chosen(password));
        if done.is_ok() {
            assert!(self.tokens.insert(token.clone()), "a link opened twice");
            let again = desk.hand().set_by_link(&token, purpose, &Password::chosen(password));
            assert!(again.is_err(), "a link opened twice");
        }
    }

    fn act(&mut self, desk: &mut Desk, act: &Act) {
        let actor = desk.actor.clone();
        match act {
            Act::Invite => drop(desk.db.write(&actor, |tx| users::invite(tx, &email(), Lang::Da))),
            Act::Activate => self.by_link(desk, Purpose::Activation, PASSWORDS[0]),
            Act::Reset(n) => self.by_link(desk, Purpose::Reset, PASSWORDS[*n]),
            Act::Forgot => {
                let key = &desk.key;
                desk.db.write(&actor, |tx| password::forgot(tx, key, &email(), Lang::Da)).unwrap();
            }
            Act::Login(n) => {
                let Ok(entered) = desk.login(PASSWORDS[*n]) else { return };
                self.sessions.push(entered.session.id);
                if entered.session.state == SessionState::CodeRequired
                    && let Some(app) = &self.app
                {
                    let typed = app.code(desk.now.get()).unwrap();
                    self.finish(desk, entered.session.id, &typed, PASSWORDS[*n]);
                }
            }
            Act::LoginByEmergency(n) => {
                let (Ok(entered), Some(code)) = (desk.login(PASSWORDS[*n]), self.emergency.clone()) else {
                    return;
                };
                if entered.session.state == SessionState::CodeRequired {
                    self.finish(desk, entered.session.id, &code.text(), PASSWORDS[*n]);
                }
            }
            Act::WrongPassword => assert!(desk.login("Forkert#77").is_err()),
            Act::WrongCode(n) => {
                let Ok(entered) = desk.login(PASSWORDS[*n]) else { return };
                let key = &desk.key;
                let done = desk.db.write(&actor, |tx| {
                    step::finish(tx, key, entered.session.id, "12345", None, true, Lang::Da)
                });
                assert!(done.is_err());
            }
            Act::Change(old, new) => {
                let Some(id) = self.sessions.last() else { return };
                let now = desk.db.now();
                let Some(session) = desk.db.read(|conn| session::find_live(conn, *id, now)).unwrap() else {
                    return;
                };
                let user = desk.user();
                let (old, new) = (Password::typed(PASSWORDS[*old]), Password::chosen(PASSWORDS[*new]));
                drop(desk.hand().change_password(&session, &user, &old, &new));
            }
            Act::Enrol(n) => {
                if let Some((session, app, code)) = enrol(desk, PASSWORDS[*n]) {
                    self.sessions.push(session);
                    self.stepped.insert(session);
                    self.taken.insert(app.code(desk.now.get()).unwrap().to_string());
                    (self.app, self.emergency) = (Some(app), Some(code));
                }
            }
            Act::Earlier(n, step, proof) => {
                if let Some(session) = self.sessions.iter().rev().nth(*n).copied() {
                    self.earlier(desk, session, *step, *proof);
                }
            }
            Act::MfaReset => drop(desk.db.write(&actor, |tx| mfa::reset(tx, &email(), Lang::Da))),
            Act::Disable => drop(desk.db.write(&actor, |tx| users::disable(tx, &email()))),
            Act::Enable => drop(desk.db.write(&actor, |tx| users::enable(tx, &email()))),
            Act::RevokeAll => {
                let ended =
                    desk.db.write(&actor, |tx| crate::portal::auth::service::sessions::revoke_all(tx, None));
                ended.unwrap();
            }
            Act::Wait(seconds) => desk.wait(Duration::seconds(*seconds)),
        }
    }
}

/// What must be true whatever was done.
fn check(desk: &Desk, seen: &Seen) {
    let user = desk.user();
    let now = desk.db.now();
    let live = desk.db.read(|conn| session::list_live(conn, Some(user.id), now)).unwrap();
    if user.status == UserStatus::Disabled {
        assert!(live.is_empty(), "a disabled user is in");
    }
    if user.status == UserStatus::Invited && !user.activated {
        assert!(live.is_empty(), "nobody comes in without having chosen a password");
    }
    let active: Vec<_> = live.iter().filter(|session| session.state == SessionState::Active).collect();
    assert!(active.iter().all(|session| session.method.is_some()), "two steps are required");
    assert!(
        active.iter().all(|session| seen.stepped.contains(&session.id)),
        "a session is active that neither took a code nor set up the second step"
    );
    let count = |sql: &str| -> i64 { desk.db.read(|conn| db::one(conn, sql, [])).unwrap() };
    assert!(
        count("SELECT count(*) FROM link WHERE used_at IS NULL AND revoked_at IS NULL") <= 1,
        "two links open"
    );
    if user.status == UserStatus::Disabled {
        assert_eq!(count("SELECT count(*) FROM link WHERE used_at IS NULL AND revoked_at IS NULL"), 0);
    }
    assert_eq!(user.mfa.is_some(), count("SELECT count(*) FROM factor WHERE confirmed_at IS NOT NULL") > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_life_of_an_account_leads_where_nobody_may_be(
        grown in 0_usize..3,
        acts in proptest::collection::vec(act(), 1..40),
    ) {
        let mut desk = Desk::new();
        let mut seen = Seen::default();
        if grown > 0 {
            seen.act(&mut desk, &Act::Activate);
            // Somebody knows the password before its owner sets the second step up.
            if grown > 1 {
                seen.act(&mut desk, &Act::Login(0));
            }
            seen.act(&mut desk, &Act::Enrol(0));
        }
        for act in &acts {
            seen.act(&mut desk, act);
            check(&desk, &seen);
        }
    }
}
