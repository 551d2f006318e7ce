//! Decisions about agreements: which step leads where, who may sign, and what the dates say.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Agreement, Party, Signature, State};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::values::parse_utc_text;

/// What can be done to an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send it for signature.
    Send,
    /// The first signature.
    SignFirst,
    /// The second signature, of the same bytes.
    SignSecond,
    /// A signatory says no.
    Decline,
    /// The provider takes it back.
    Withdraw,
    /// A new version of the document; signatures so far are void.
    Update,
    /// End it before its time.
    Terminate,
    /// Another takes its place.
    Replace,
}

impl Step {
    /// What to do, as a phrase.
    fn phrase(self) -> &'static str {
        match self {
            Step::Send => "be sent",
            Step::SignFirst | Step::SignSecond => "be signed",
            Step::Decline => "be declined",
            Step::Withdraw => "be withdrawn",
            Step::Update => "get a new document",
            Step::Terminate => "be terminated",
            Step::Replace => "be replaced",
        }
    }
}

/// Where a step leads from a recorded state; `None` where it cannot be taken.
pub fn next(state: State, step: Step) -> Option<State> {
    use State::{
        AwaitingSignature, Declined, Draft, Expired, InForce, PartlySigned, Replaced, Terminated, Withdrawn,
    };
    match (state, step) {
        (Draft, Step::Send) => Some(AwaitingSignature),
        (Draft, Step::Update) => Some(Draft),
        (AwaitingSignature, Step::SignFirst) => Some(PartlySigned),
        (PartlySigned, Step::SignSecond) => Some(InForce),
        (AwaitingSignature | PartlySigned, Step::Update) => Some(AwaitingSignature),
        (AwaitingSignature | PartlySigned, Step::Decline) => Some(Declined),
        (AwaitingSignature | PartlySigned, Step::Withdraw) => Some(Withdrawn),
        (InForce, Step::Terminate) => Some(Terminated),
        (InForce, Step::Replace) => Some(Replaced),
        (
            Draft | AwaitingSignature | PartlySigned | InForce | Expired | Terminated | Declined | Withdrawn
            | Replaced,
            _,
        ) => None,
    }
}

/// Where a step leads on this day, or `agreement.state`.
pub fn take(agreement: &Agreement, step: Step, today: NaiveDate) -> Result<State> {
    let state = derived(agreement.state, agreement.expires_on, today);
    next(state, step).ok_or_else(|| {
        let id = agreement.id;
        let error = Error::conflict(
            "agreement.state",
            format!("agreement {id} is {state} and cannot {}", step.phrase()),
        );
        match state {
            State::Draft if matches!(step, Step::SignFirst | Step::SignSecond | Step::Decline) => {
                error.hint(format!("send it first: `portalctl agreement send {id}`"))
            }
            State::Draft => {
                error.hint(format!("nobody has been sent it; `portalctl agreement update {id}` changes it"))
            }
            _ => error.hint(format!("`portalctl agreement show {id}` tells what happened to it")),
        }
    })
}

/// Which of the two signatures one more would be.
pub fn signing_step(state: State) -> Step {
    if state == State::PartlySigned { Step::SignSecond } else { Step::SignFirst }
}

/// The state a reader sees: one in force whose last day is past is expired (dates inclusive, Copenhagen).
pub fn derived(state: State, expires_on: Option<NaiveDate>, today: NaiveDate) -> State {
    match (state, expires_on) {
        (State::InForce, Some(last)) if last < today => State::Expired,
        _ => state,
    }
}

/// Whether a customer sees an agreement in this state: in force, or ended after it was.
pub fn customer_sees(state: State) -> bool {
    matches!(state, State::InForce | State::Expired | State::Terminated | State::Replaced)
}

/// Refuses dates in the wrong order.
pub fn check_dates(effective_on: Option<NaiveDate>, expires_on: Option<NaiveDate>) -> Result<()> {
    match (effective_on, expires_on) {
        (Some(first), Some(last)) if last < first => Err(Error::usage(format!(
            "the agreement would expire on {last}, before it takes effect on {first}"
        ))
        .hint("--expires-on is the last day of validity; it cannot lie before --effective-on")),
        _ => Ok(()),
    }
}

/// Refuses a signature of the future, one of what was there before the present version came (`superseded`), and a
/// party's second one.
pub fn check_signature(
    agreement: &Agreement,
    present: &[Signature],
    party: Party,
    signed_at: DateTime<Utc>,
    superseded: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(signature) = present.iter().find(|signature| signature.counts() && signature.party == party) {
        return Err(Error::conflict(
            "agreement.signed",
            format!("{} has signed agreement {} for the {party} already", signature.signer, agreement.id),
        )
        .hint("each party signs once"));
    }
    if let Some(superseded) = superseded.filter(|superseded| signed_at < *superseded) {
        return Err(Error::conflict(
            "agreement.earlier-version",
            format!(
                "the signature is of {}, before version {} of agreement {} came on {}",
                crate::values::utc_text(signed_at),
                agreement.version,
                agreement.id,
                crate::values::utc_text(superseded)
            ),
        )
        .hint(
            "a signature counts for the very document that was signed; the new version has to be signed anew",
        ));
    }
    if signed_at > now {
        return Err(Error::usage(format!(
            "the signature is dated {}, which is in the future",
            crate::values::utc_text(signed_at)
        ))
        .hint("--signed-at takes the time of the signature, for example 2026-05-20T14:12:00+02:00"));
    }
    Ok(())
}

/// Refuses to be signed what has run out before it could take effect.
pub fn check_not_over(agreement: &Agreement, today: NaiveDate) -> Result<()> {
    match agreement.expires_on {
        Some(last) if last < today => Err(Error::conflict(
            "agreement.over",
            format!("agreement {} would have ended on {last}, before it is signed", agreement.id),
        )
        .hint(format!(
            "`portalctl agreement update {} --expires-on DATE` makes a new version",
            agreement.id
        ))),
        _ => Ok(()),
    }
}

/// Refuses a last day outside of what the agreement covers.
pub fn check_termination(agreement: &Agreement, on: NaiveDate) -> Result<()> {
    let signed = agreement.in_force_at.as_deref().and_then(parse_utc_text).map(local_date);
    let first = agreement.effective_on.or(signed);
    let id = agreement.id;
    if let Some(first) = first.filter(|first| on < *first) {
        return Err(Error::usage(format!("agreement {id} cannot end on {on}: it holds from {first}"))
            .hint("--on is the last day that it holds"));
    }
    if let Some(last) = agreement.expires_on.filter(|last| *last < on) {
        return Err(Error::usage(format!(
            "agreement {id} cannot be terminated on {on}: it ends on {last} anyway"
        ))
        .hint("--on is the last day that it holds; name an earlier one, or leave it as it is"));
    }
    Ok(())
}

/// Refuses what cannot take another's place: it must be of the same institution and kind, and in force itself, so that
/// there is no gap.
pub fn check_replacement(old: &Agreement, new: &Agreement, today: NaiveDate) -> Result<()> {
    let wrong = |why: String| {
        Err(Error::conflict(
            "agreement.replacement",
            format!("agreement {} cannot replace {}: {why}", new.id, old.id),
        )
        .hint("what replaces an agreement is of the same institution and kind, and in force"))
    };
    if old.id == new.id {
        return wrong("it is the same one".to_owned());
    }
    if old.tenant_id != new.tenant_id {
        return wrong(format!("it is {}'s, not {}'s", new.tenant, old.tenant));
    }
    if old.kind != new.kind {
        return wrong(format!("it is of kind {}, not {}", new.kind, old.kind));
    }
    match derived(new.state, new.expires_on, today) {
        State::InForce => match new.effective_on {
            Some(first) if first > today => {
                wrong(format!("it holds only from {first}, and there would be a gap"))
            }
            _ => Ok(()),
        },
        state => wrong(format!("it is {state}, not in force")),
    }
}

/// Who still has to sign.
pub fn awaited(agreement: &Agreement, signatures: &[Signature]) -> Vec<Party> {
    if !matches!(agreement.state, State::AwaitingSignature | State::PartlySigned) {
        return Vec::new();
    }
    let signed =
        |party: Party| signatures.iter().any(|signature| signature.counts() && signature.party == party);
    [Party::Customer, Party::Provider].into_iter().filter(|party| !signed(*party)).collect()
}

/// For which numbers of days before its end an agreement is to be warned of now, the nearest first. Once a warning was
/// given, those for more days before the end have had their time. Late runs find the same: what is past its last day is
/// no longer warned of.
pub fn due_warnings(expires_on: NaiveDate, horizons: &[i64], given: &[i64], today: NaiveDate) -> Vec<i64> {
    let left = (expires_on - today).num_days();
    let due = |days: &i64| (0..=*days).contains(&left) && given.iter().all(|given| days < given);
    let mut due: Vec<i64> = horizons.iter().copied().filter(due).collect();
    due.sort_unstable();
    due.dedup();
    due
}

/// Whether both parties have signed exactly these bytes (K-203).
pub fn both_signed(sha256: &str, signatures: &[Signature]) -> bool {
    [Party::Customer, Party::Provider].into_iter().all(|party| {
        signatures
            .iter()
            .any(|signature| signature.counts() && signature.party == party && signature.sha256 == sha256)
    })
}

/// Whether an agreement belongs into a bundle as of a day.
///
/// Without a day everything recorded as in force does, also before its first day; with one, what holds on that day.
/// `ended` adds what was in force once, and what was given notice though its last day is still to come.
pub fn exported(agreement: &Agreement, today: NaiveDate, as_of: Option<NaiveDate>, ended: bool) -> bool {
    let day = as_of.unwrap_or(today);
    // The day of the second signature counts, not the day on which one made elsewhere was recorded.
    let signed = agreement.signed_at.as_deref().and_then(parse_utc_text).map(local_date);
    let begun = as_of.is_none()
        || (signed.is_some_and(|signed| signed <= day)
            && agreement.effective_on.is_none_or(|first| first <= day));
    match derived(agreement.state, agreement.expires_on, day) {
        State::InForce => begun,
        // It was given notice or replaced later, and held on that day.
        State::Terminated if as_of.is_some() && agreement.terminated_on.is_some_and(|last| last >= day) => {
            begun
        }
        State::Replaced if as_of.is_some() && agreement.replaced_on.is_some_and(|since| day < since) => begun,
        State::Expired | State::Terminated | State::Replaced => ended && begun,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Coded;

    const STEPS: [Step; 8] = [
        Step::Send,
        Step::SignFirst,
        Step::SignSecond,
        Step::Decline,
        Step::Withdraw,
        Step::Update,
        Step::Terminate,
        Step::Replace,
    ];

    #[test]
    fn k_203_every_cell_of_the_transition_table() {
        // The columns are the steps above; "-" cannot be taken.
        let table = [
            ("draft", "awaiting-signature - - - - draft - -"),
            ("awaiting-signature", "- partly-signed - declined withdrawn awaiting-signature - -"),
            ("partly-signed", "- - in-force declined withdrawn awaiting-signature - -"),
            ("in-force", "- - - - - - terminated replaced"),
            ("expired", "- - - - - - - -"),
            ("terminated", "- - - - - - - -"),
            ("declined", "- - - - - - - -"),
            ("withdrawn", "- - - - - - - -"),
            ("replaced", "- - - - - - - -"),
        ];
        assert_eq!(table.len(), State::all().len());
        for (state, cells) in table {
            let state = State::from_code(state).unwrap();
            let cells: Vec<_> = cells.split(' ').map(State::from_code).collect();
            assert_eq!(cells.len(), STEPS.len());
            for (step, expected) in STEPS.into_iter().zip(cells) {
                assert_eq!(next(state, step), expected, "{state} × {step:?}");
            }
        }
    }

    #[test]
    fn k_097_the_last_day_still_counts() {
        let day = |text: &str| crate::values::parse_date(text).unwrap();
        let last = Some(day("2027-05-31"));
        assert_eq!(derived(State::InForce, last, day("2027-05-31")), State::InForce);
        assert_eq!(derived(State::InForce, last, day("2027-06-01")), State::Expired);
        assert_eq!(derived(State::InForce, None, day("2099-01-01")), State::InForce);
        assert_eq!(derived(State::Draft, last, day("2027-06-01")), State::Draft);
        assert_eq!(derived(State::Terminated, last, day("2027-06-01")), State::Terminated);
    }

    #[test]
    fn k_097_a_warning_is_due_once_for_each_number_of_days_and_the_nearest_counts() {
        let day = |text: &str| crate::values::parse_date(text).unwrap();
        let due =
            |given: &[i64], today: &str| due_warnings(day("2026-12-31"), &[90, 30, 90], given, day(today));
        assert_eq!(due(&[], "2026-10-01"), [0; 0], "91 days before");
        assert_eq!(due(&[], "2026-10-02"), [90]);
        assert_eq!(due(&[90], "2026-11-30"), [0; 0], "31 days before");
        assert_eq!(due(&[90], "2026-12-01"), [30]);
        assert_eq!(due(&[], "2026-12-31"), [30, 90], "late, on the last day");
        assert_eq!(
            due(&[30], "2026-12-31"),
            [0; 0],
            "90 days was asked for after 30 days had been warned of"
        );
        assert_eq!(due(&[], "2027-01-01"), [0; 0], "over");
    }

    #[test]
    fn an_agreement_does_not_end_before_it_begins() {
        let day = |text: &str| Some(crate::values::parse_date(text).unwrap());
        assert!(check_dates(day("2026-06-01"), day("2026-06-01")).is_ok());
        assert!(check_dates(None, day("2026-06-01")).is_ok());
        let error = check_dates(day("2026-06-02"), day("2026-06-01")).unwrap_err();
        assert_eq!(error.exit().code(), 2);
    }
}
