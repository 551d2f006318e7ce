//! Random lives of an account: whatever is done in whatever order, nobody who is shut out has a session, no code and no
//! step is taken twice, there is at most one link that opens, and the password alone changes no second step.

mod seen;

use proptest::prelude::*;

use super::{Desk, email};
use crate::platform::db;
use crate::platform::error::Error;
use crate::platform::i18n::Lang;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::password::Password;
use crate::platform::secret::totp::TotpSecret;
use crate::platform::settings;
use crate::portal::auth::service::mfa;
use crate::portal::code::{self, CodePurpose};
use crate::portal::session::{self, Session, SessionState};
use crate::portal::user::{Staff, UserStatus, service as users};
use seen::Seen;

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
    /// A login that stops where a code is asked for.
    Knock(usize),
    WrongPassword,
    WrongCode(usize),
    Change(usize, usize),
    Enrol(usize),
    /// What an earlier session, whosever it is, does about the second step; with a code of the present one, or without.
    Earlier(usize, Step, bool),
    /// A session that set nothing up and was ended for that is alive again, as if what ends it had missed it.
    Revive(usize),
    /// A session switches two steps off: with the emergency code, or with one of the app, which must not do.
    MfaOff(usize, bool),
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
    /// A new emergency code whose owner never says that it is saved.
    EmergencyUnsaved,
}

const PASSWORDS: [&str; 3] = [super::PASSWORD, "Tog!perron-Blå42", "Skovtur&Regn-1988x"];

fn wait() -> impl Strategy<Value = Act> {
    prop_oneof![Just(1_i64), Just(31), Just(60), Just(1000), Just(86_000), Just(90_000)].prop_map(Act::Wait)
}

/// What sessions that are there do about the second step, and little else.
fn quarrel() -> impl Strategy<Value = Act> {
    let n = || 0_usize..8;
    let step = prop_oneof![
        2 => Just(Step::Enrol),
        2 => Just(Step::Confirm),
        1 => Just(Step::ConfirmWithEmergency),
        2 => Just(Step::Emergency),
        1 => Just(Step::EmergencyUnsaved),
    ];
    prop_oneof![
        10 => (n(), step, any::<bool>()).prop_map(|(n, step, proof)| Act::Earlier(n, step, proof)),
        2 => n().prop_map(Act::Revive),
        2 => (n(), any::<bool>()).prop_map(|(n, emergency)| Act::MfaOff(n, emergency)),
        1 => Just(Act::Login(0)),
        1 => Just(Act::LoginByEmergency(0)),
        1 => Just(Act::Knock(0)),
        1 => Just(Act::MfaReset),
        1 => Just(Act::Enrol(0)),
        2 => Just(Act::Wait(31)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let n = || 0_usize..3;
    prop_oneof![
        2 => Just(Act::Invite),
        3 => Just(Act::Activate),
        2 => Just(Act::Forgot),
        2 => n().prop_map(Act::Reset),
        6 => n().prop_map(Act::Login),
        2 => n().prop_map(Act::LoginByEmergency),
        1 => n().prop_map(Act::Knock),
        2 => Just(Act::WrongPassword),
        2 => n().prop_map(Act::WrongCode),
        2 => (n(), n()).prop_map(|(old, new)| Act::Change(old, new)),
        4 => n().prop_map(Act::Enrol),
        8 => quarrel(),
        1 => Just(Act::MfaReset),
        1 => Just(Act::Disable),
        2 => Just(Act::Enable),
        1 => Just(Act::RevokeAll),
        4 => wait(),
    ]
}

/// How a life begins, so that chance is spent on what comes after.
#[derive(Debug, Clone)]
enum Youth {
    /// Invited, and nothing else.
    Invited,
    /// Somebody logs in so often with the password alone, and may begin to set something up, before its owner does.
    Overheard { strangers: usize, begun: bool },
    /// With an initial password that is changed, or about to be.
    Initial { late: bool, strangers: usize },
}

fn youth() -> impl Strategy<Value = Youth> {
    prop_oneof![
        1 => Just(Youth::Invited),
        3 => (0_usize..3, any::<bool>())
            .prop_map(|(strangers, begun)| Youth::Overheard { strangers, begun }),
        2 => (any::<bool>(), 0_usize..2).prop_map(|(late, strangers)| Youth::Initial { late, strangers }),
    ]
}

impl Youth {
    fn acts(&self) -> Vec<Act> {
        match *self {
            Youth::Invited => Vec::new(),
            Youth::Overheard { strangers, begun } => {
                let mut acts = vec![Act::Activate];
                acts.extend(vec![Act::Login(0); strangers]);
                acts.extend(begun.then_some(Act::Earlier(0, Step::Enrol, false)));
                acts.push(Act::Enrol(0));
                acts
            }
            Youth::Initial { late, strangers } => {
                let mut acts = vec![Act::Invite];
                // Its last minutes: a session that began in them is still there when they are over.
                acts.extend(late.then_some(Act::Wait(86_000)));
                acts.extend(vec![Act::Login(0); strangers + 1]);
                acts
            }
        }
    }
}

/// A user who has a place, so that a forgotten invitation is sent anew.
fn desk(youth: &Youth) -> Desk {
    let mut desk = Desk::of(Some(Staff::Caseworker));
    let actor = desk.actor.clone();
    if let Youth::Initial { .. } = youth {
        let set = desk.db.write(&actor, |tx| {
            settings::set(tx, settings::ONBOARDING_METHOD, "initial-password")?;
            settings::set(tx, settings::ONBOARDING_INITIAL_PASSWORD_DAYS, "1")
        });
        set.unwrap();
    }
    desk
}

/// Invites anew; an initial password is hashed as its mail leaves.
fn invite(desk: &mut Desk) -> bool {
    let (actor, user) = (desk.actor.clone(), desk.user().id);
    if desk.db.write(&actor, |tx| users::invite(tx, &email(), Lang::Da)).is_err() {
        return false;
    }
    let now = crate::values::utc_text(desk.db.now());
    let purpose = CodePurpose::InitialPassword;
    let initial = desk.db.read(|conn| code::store::find_open(conn, user, purpose, &now)).unwrap();
    if let Some(initial) = initial {
        desk.hand().keep_initial(initial.id, &Password::chosen(PASSWORDS[0])).unwrap();
    }
    true
}

fn live(desk: &Desk) -> Vec<Session> {
    let (user, now) = (desk.user().id, desk.db.now());
    desk.db.read(|conn| session::list_live(conn, Some(user), now)).unwrap()
}

fn count(desk: &Desk, sql: &str) -> i64 {
    desk.db.read(|conn| db::one(conn, sql, [])).unwrap()
}

/// What must be true whatever was done.
fn check(desk: &Desk, seen: &Seen) {
    let user = desk.user();
    let live = live(desk);
    if user.status == UserStatus::Disabled {
        assert!(live.is_empty(), "a disabled user is in");
    }
    if user.status == UserStatus::Invited && !user.activated {
        let limited = |session: &Session| session.state == SessionState::PasswordChangeRequired;
        assert!(live.iter().all(limited), "nobody comes in without having chosen a password");
    }
    let active: Vec<_> = live.iter().filter(|session| session.state == SessionState::Active).collect();
    assert!(active.iter().all(|session| session.method.is_some()), "two steps are required");
    assert!(
        active.iter().all(|session| seen.stepped.contains(&session.id)),
        "a session is active that neither took a code nor set up the second step"
    );
    let out = |session: &Session| {
        session.state == SessionState::CodeRequired
            || seen.stepped.contains(&session.id)
            || seen.revived.contains(&session.id)
    };
    assert!(
        user.mfa.is_none() || live.iter().all(out),
        "a session of the password alone outlived the set-up of a second step"
    );
    const OPEN: &str = "SELECT count(*) FROM link WHERE used_at IS NULL AND revoked_at IS NULL";
    assert!(count(desk, OPEN) <= 1, "two links open");
    if user.status == UserStatus::Disabled {
        assert_eq!(count(desk, OPEN), 0);
    }
    let set_up = count(desk, "SELECT count(*) FROM factor WHERE confirmed_at IS NOT NULL");
    assert_eq!(user.mfa.is_some(), set_up > 0);
}

fn live_through(desk: &mut Desk, acts: &[Act]) {
    let mut seen = Seen::default();
    for act in acts {
        seen.act(desk, act);
        check(desk, &seen);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_life_of_an_account_leads_where_nobody_may_be(
        youth in youth(),
        acts in proptest::collection::vec(act(), 1..40),
    ) {
        let acts = [youth.acts(), acts].concat();
        live_through(&mut desk(&youth), &acts);
    }

    #[test]
    fn no_quarrel_of_sessions_about_the_second_step_is_won_by_the_password_alone(
        strangers in 1_usize..3,
        begun in any::<bool>(),
        // How its owner comes in again, if at all: somebody knocks, the phone is lost.
        again in prop_oneof![Just(None), Just(Some(Act::Knock(0))), Just(Some(Act::LoginByEmergency(0)))],
        acts in proptest::collection::vec(quarrel(), 1..24),
    ) {
        let youth = Youth::Overheard { strangers, begun };
        let again = again.map(|again| vec![Act::Wait(31), again]).unwrap_or_default();
        let acts = [youth.acts(), again, acts].concat();
        live_through(&mut desk(&youth), &acts);
    }

    #[test]
    fn no_initial_password_opens_more_than_the_choice_of_another(
        late in any::<bool>(),
        strangers in 0_usize..2,
        acts in proptest::collection::vec(
            prop_oneof![
                2 => Just(Act::Change(0, 1)),
                2 => Just(Act::Login(0)),
                1 => Just(Act::Login(1)),
                1 => Just(Act::Invite),
                1 => Just(Act::Forgot),
                2 => quarrel(),
                2 => wait(),
            ],
            1..12,
        ),
    ) {
        let youth = Youth::Initial { late, strangers };
        let acts = [youth.acts(), acts].concat();
        live_through(&mut desk(&youth), &acts);
    }
}

#[test]
fn an_initial_password_that_ran_out_meanwhile_chooses_no_other() {
    let youth = Youth::Initial { late: true, strangers: 0 };
    let mut desk = desk(&youth);
    let acts = [youth.acts(), vec![Act::Wait(1000), Act::Change(0, 1)]].concat();
    live_through(&mut desk, &acts);
    assert_eq!(desk.user().status, UserStatus::Invited);
}
