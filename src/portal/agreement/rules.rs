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

/// Where a step leads, or `agreement.state`.
pub fn take(agreement: &Agreement, step: Step) -> Result<State> {
    next(agreement.state, step).ok_or_else(|| {
        let id = agreement.id;
        let error = Error::conflict(
            "agreement.state",
            format!("agreement {id} is {} and cannot {}", agreement.state, step.phrase()),
        );
        match agreement.state {
            State::Draft => error.hint(format!("send it first: `portalctl agreement send {id}`")),
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

/// Refuses a signature of the future, and a party's second one.
pub fn check_signature(
    agreement: &Agreement,
    present: &[Signature],
    party: Party,
    signed_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(signature) = present.iter().find(|signature| signature.party == party) {
        return Err(Error::conflict(
            "agreement.signed",
            format!("{} has signed agreement {} for the {party} already", signature.signer, agreement.id),
        )
        .hint("each party signs once"));
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

/// Whether both parties have signed exactly these bytes (K-203).
pub fn both_signed(sha256: &str, signatures: &[Signature]) -> bool {
    [Party::Customer, Party::Provider].into_iter().all(|party| {
        signatures.iter().any(|signature| signature.party == party && signature.sha256 == sha256)
    })
}

/// Whether an agreement belongs into a bundle as of a day.
///
/// Without a day everything recorded as in force does, also before its first day; with one, what holds on that day.
/// `ended` adds what was in force once.
pub fn exported(agreement: &Agreement, today: NaiveDate, as_of: Option<NaiveDate>, ended: bool) -> bool {
    let day = as_of.unwrap_or(today);
    let signed = agreement.in_force_at.as_deref().and_then(parse_utc_text).map(local_date);
    let begun = as_of.is_none()
        || (signed.is_some_and(|signed| signed <= day)
            && agreement.effective_on.is_none_or(|first| first <= day));
    match derived(agreement.state, agreement.expires_on, day) {
        State::InForce => begun,
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
    fn an_agreement_does_not_end_before_it_begins() {
        let day = |text: &str| Some(crate::values::parse_date(text).unwrap());
        assert!(check_dates(day("2026-06-01"), day("2026-06-01")).is_ok());
        assert!(check_dates(None, day("2026-06-01")).is_ok());
        let error = check_dates(day("2026-06-02"), day("2026-06-01")).unwrap_err();
        assert_eq!(error.exit().code(), 2);
    }
}
