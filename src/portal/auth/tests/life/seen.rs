//! A life as one looking on from outside knows it: what is done, and what may not come of it.

use std::collections::HashSet;

use chrono::Duration;

use super::super::{Desk, email};
use super::{Act, PASSWORDS, Step, count, enrol, invite, live};
use crate::platform::db;
use crate::platform::error::Error;
use crate::platform::i18n::Lang;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::password::Password;
use crate::platform::secret::totp::TotpSecret;
use crate::portal::auth::service::{mfa, password, sessions, step};
use crate::portal::auth::store;
use crate::portal::code;
use crate::portal::link::Purpose;
use crate::portal::session::{self, Method, Session, SessionState};
use crate::portal::user::{UserStatus, service as users};
use crate::values::utc_text;

/// What was done so far.
#[derive(Default)]
pub struct Seen {
    app: Option<TotpSecret>,
    /// The last emergency code that its owner saved, and whether it can still be used.
    emergency: Option<EmergencyCode>,
    usable: bool,
    /// Codes that opened something, each with the secret or code it came from.
    taken: HashSet<String>,
    tokens: HashSet<String>,
    sessions: Vec<i64>,
    /// Sessions that took a code, or set up the second step themselves.
    pub stepped: HashSet<i64>,
    /// Sessions that came in by the emergency code: the next one is theirs.
    owed: HashSet<i64>,
    /// Sessions that had ended and were brought back against all rules.
    pub revived: HashSet<i64>,
    /// What an earlier session began to set up.
    pending: Option<TotpSecret>,
}

fn find_live(desk: &Desk, id: i64) -> Option<Session> {
    let now = desk.db.now();
    desk.db.read(|conn| session::find_live(conn, id, now)).unwrap()
}

/// Whether an emergency code would open something now; it is not used up.
fn opens(desk: &mut Desk, code: &EmergencyCode) -> bool {
    let (actor, user) = (desk.actor.clone(), desk.user());
    let mut right = false;
    let key = &desk.key;
    let undone = desk.db.write(&actor, |tx| {
        store::clear_failures(tx, user.id, Method::Emergency.into())?;
        right = step::take(tx, key, &user, Method::Emergency, &code.text())?.is_ok();
        Err::<(), _>(Error::internal("only asked"))
    });
    undone.unwrap_err();
    right
}

/// What an invited user was sent that still opens something.
fn open_invitation(desk: &Desk) -> Vec<i64> {
    let now = utc_text(desk.db.now());
    let open = "SELECT id FROM link WHERE used_at IS NULL AND revoked_at IS NULL AND expires_at > ?
         UNION ALL SELECT -id FROM code WHERE purpose = 'initial-password' AND used_at IS NULL AND revoked_at IS NULL
         AND expires_at > ?";
    desk.db.read(|conn| db::list(conn, open, [&now, &now], |row| Ok(row.get(0)?))).unwrap()
}

impl Seen {
    /// One of the sessions there were, the earliest as likely as the latest.
    fn session(&self, n: usize) -> Option<i64> {
        self.sessions.get(n % self.sessions.len().max(1)).copied()
    }

    fn finish(&mut self, desk: &mut Desk, session: i64, typed: &str, password: &str) {
        let (actor, key) = (desk.actor.clone(), &desk.key);
        let done = desk.db.write(&actor, |tx| step::finish(tx, key, session, typed, None, true, Lang::Da));
        if done.is_ok() {
            self.sessions.push(session);
            self.stepped.insert(session);
            assert!(self.taken.insert(typed.to_owned()), "{typed} was taken twice");
            if EmergencyCode::parse(typed).is_some() {
                self.owed.insert(session);
                self.usable = false;
            }
            // The same again, at once, in another login.
            if let Ok(again) = desk.login(password)
                && again.session.state == SessionState::CodeRequired
            {
                self.finish(desk, again.session.id, typed, password);
            }
        }
    }

    fn app_code(&self, desk: &Desk) -> Option<String> {
        self.app.as_ref().map(|app| app.code(desk.now.get()).unwrap().to_string())
    }

    /// An earlier session tries to change the second step.
    fn earlier(&mut self, desk: &mut Desk, session: i64, step: Step, proof: bool) {
        let Some(before) = find_live(desk, session) else { return };
        let actor = desk.actor.clone();
        let is_on = desk.user().mfa.is_some();
        let typed = self.app_code(desk).filter(|_| proof);
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
                let Ok((after, _)) = done else { return };
                self.taken.insert(code.to_string());
                self.app = self.pending.take();
                self.stepped.insert(session);
                if with.is_some() {
                    self.usable = false;
                    assert!(!opens(desk, &emergency), "nobody said that this emergency code is saved");
                }
                if before.state == SessionState::EnrolmentRequired {
                    assert_eq!(
                        after.state,
                        SessionState::Active,
                        "the second step is on, and a login would do"
                    );
                }
                false
            }
            Step::Emergency | Step::EmergencyUnsaved => {
                let saved = matches!(step, Step::Emergency);
                let done = desk.db.write(&actor, |tx| {
                    mfa::replace_emergency(tx, key, session, &emergency, present, Lang::Da)?;
                    if saved {
                        mfa::saved_emergency(tx, key, session, &emergency)?;
                    }
                    Ok(())
                });
                if done.is_err() {
                    return;
                }
                if let Some(old) = self.emergency.take() {
                    assert!(!opens(desk, &old), "the old emergency code still opens");
                }
                assert_eq!(opens(desk, &emergency), saved, "it opens once it is saved");
                let owed = self.owed.contains(&session) && !self.usable;
                self.emergency = Some(emergency).filter(|_| saved);
                self.usable = saved;
                before.state == SessionState::Active && !owed
            }
        };
        assert!(!is_on || self.stepped.contains(&session), "the password alone changed a second step");
        assert!(
            before.state != SessionState::PasswordChangeRequired || before.method.is_some(),
            "an initial password set a second step up"
        );
        if proven {
            let typed = typed.expect("no second step is changed without a code of it");
            assert!(self.taken.insert(typed.clone()), "{typed} was taken twice");
        }
    }

    fn switch_off(&mut self, desk: &mut Desk, session: i64, by_emergency: bool) {
        let Some(before) = find_live(desk, session) else { return };
        let typed = match (&self.emergency, by_emergency) {
            (Some(code), true) => Some(code.text().to_string()),
            (None, true) => None,
            (_, false) => self.app_code(desk),
        };
        let Some(typed) = typed else { return };
        let (actor, key) = (desk.actor.clone(), &desk.key);
        let done = desk.db.write(&actor, |tx| mfa::disable(tx, key, session, None, &typed, Lang::Da));
        if done.is_err() {
            return;
        }
        assert!(by_emergency, "what is required was switched off with a code of the app");
        assert_eq!(before.state, SessionState::Active);
        assert!(self.stepped.contains(&session), "the password alone switched a second step off");
        assert!(self.taken.insert(typed.clone()), "{typed} was taken twice");
        assert!(live(desk).is_empty(), "a session goes on without the second step that is required");
        self.forget_step(desk);
    }

    /// Nothing is left of a second step.
    fn forget_step(&mut self, desk: &Desk) {
        assert_eq!(count(desk, "SELECT count(*) FROM factor WHERE confirmed_at IS NOT NULL"), 0);
        assert_eq!(count(desk, "SELECT count(*) FROM emergency_code"), 0);
        (self.app, self.usable, self.emergency) = (None, false, None);
    }

    fn by_link(&mut self, desk: &mut Desk, purpose: Purpose, password: &str) {
        let Some(token) = desk.token(purpose) else { return };
        let done = desk.hand().set_by_link(&token, purpose, &Password::chosen(password));
        if done.is_ok() {
            assert!(self.tokens.insert(token.clone()), "a link opened twice");
            let again = desk.hand().set_by_link(&token, purpose, &Password::chosen(password));
            assert!(again.is_err(), "a link opened twice");
            assert!(live(desk).is_empty(), "a session outlived the password that it began with");
        }
    }

    fn change(&mut self, desk: &mut Desk, old: &str, new: &str) {
        let Some(session) = self.sessions.last().and_then(|id| find_live(desk, *id)) else { return };
        let (user, now) = (desk.user(), utc_text(desk.db.now()));
        let initial =
            desk.db.read(|conn| store::credential(conn, user.id)).unwrap().and_then(|kept| kept.initial);
        let over = initial.is_some_and(|initial| {
            desk.db.read(|conn| code::store::find_live(conn, initial, &now)).unwrap().is_none()
        });
        let (old, new) = (Password::typed(old), Password::chosen(new));
        if desk.hand().change_password(&session, &user, &old, &new).is_ok() {
            assert!(!over, "an initial password that is over chose another");
            assert!(live(desk).iter().all(|other| other.id == session.id), "another session went on");
        }
    }

    fn revive(&mut self, desk: &mut Desk, id: i64) {
        // It knows the password alone; and nobody is to be in who is shut out.
        if self.stepped.contains(&id) || desk.user().status != UserStatus::Active {
            return;
        }
        let actor = desk.actor.clone();
        let revived = desk.db.write(&actor, |tx| {
            tx.unrecorded(|tx| {
                db::execute(
                    tx,
                    "UPDATE session SET ended_at = NULL, ended_reason = NULL
                     WHERE id = ? AND ended_at IS NOT NULL AND state = 'enrolment-required'",
                    [id],
                )
            })
        });
        if revived.unwrap() > 0 {
            self.revived.insert(id);
        }
    }

    /// Does it, and looks at what came of it.
    pub fn act(&mut self, desk: &mut Desk, act: &Act) {
        let actor = desk.actor.clone();
        match act {
            Act::Invite => {
                if invite(desk) {
                    assert!(live(desk).is_empty(), "a new invitation ends what the old one began");
                }
            }
            Act::Activate => self.by_link(desk, Purpose::Activation, PASSWORDS[0]),
            Act::Reset(n) => self.by_link(desk, Purpose::Reset, PASSWORDS[*n]),
            Act::Forgot => {
                let (is_invited, before) = (desk.user().status == UserStatus::Invited, open_invitation(desk));
                let key = &desk.key;
                desk.db.write(&actor, |tx| password::forgot(tx, key, &email(), Lang::Da)).unwrap();
                if is_invited && !before.is_empty() {
                    assert_eq!(open_invitation(desk).len(), 1, "a way in stays, and there is one");
                }
            }
            Act::Login(n) => {
                let Ok(entered) = desk.login(PASSWORDS[*n]) else { return };
                self.sessions.push(entered.session.id);
                if entered.session.state == SessionState::CodeRequired
                    && let Some(typed) = self.app_code(desk)
                {
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
            Act::Knock(n) => {
                if let Ok(entered) = desk.login(PASSWORDS[*n]) {
                    self.sessions.push(entered.session.id);
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
            Act::Change(old, new) => self.change(desk, PASSWORDS[*old], PASSWORDS[*new]),
            Act::Enrol(n) => {
                if let Some((session, app, code)) = enrol(desk, PASSWORDS[*n]) {
                    self.sessions.push(session);
                    self.stepped.insert(session);
                    self.taken.insert(app.code(desk.now.get()).unwrap().to_string());
                    (self.app, self.emergency, self.usable) = (Some(app), Some(code), true);
                }
            }
            Act::Earlier(n, step, proof) => {
                if let Some(session) = self.session(*n) {
                    self.earlier(desk, session, *step, *proof);
                }
            }
            Act::Revive(n) => {
                if let Some(session) = self.session(*n) {
                    self.revive(desk, session);
                }
            }
            Act::MfaOff(n, by_emergency) => {
                if let Some(session) = self.session(*n) {
                    self.switch_off(desk, session, *by_emergency);
                }
            }
            Act::MfaReset => {
                if desk.db.write(&actor, |tx| mfa::reset(tx, &email(), Lang::Da)).is_ok() {
                    assert!(live(desk).is_empty(), "a session outlived the reset");
                    assert_eq!(count(desk, "SELECT count(*) FROM factor"), 0, "something is still pending");
                    self.forget_step(desk);
                }
            }
            Act::Disable => drop(desk.db.write(&actor, |tx| users::disable(tx, &email()))),
            Act::Enable => drop(desk.db.write(&actor, |tx| users::enable(tx, &email()))),
            Act::RevokeAll => {
                desk.db.write(&actor, |tx| sessions::revoke_all(tx, None)).unwrap();
            }
            Act::Wait(seconds) => desk.wait(Duration::seconds(*seconds)),
        }
    }
}
