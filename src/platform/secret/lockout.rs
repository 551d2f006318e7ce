//! How long a door stays shut after failures: a growing delay, then a lock that ends by itself.

use chrono::{DateTime, TimeDelta, Utc};

/// The settings `login.max-failures` and `login.lock-minutes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// Failures in a row that lock.
    pub max_failures: u32,
    /// How long a lock lasts.
    pub lock_minutes: u32,
}

/// Whether an attempt may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// It may.
    Open,
    /// Not before this time, since the last attempts failed.
    Wait(DateTime<Utc>),
    /// Not before this time: too many attempts failed.
    Locked(DateTime<Utc>),
}

impl Door {
    /// When it opens, where it is shut.
    pub fn opens_at(self) -> Option<DateTime<Utc>> {
        match self {
            Door::Open => None,
            Door::Wait(until) | Door::Locked(until) => Some(until),
        }
    }
}

impl Lockout {
    /// Whether an attempt may be made, after so many failures in a row of which the last was then.
    ///
    /// After the second failure one waits a second, then 2, 4, 8 … and never longer than a lock lasts; a mistyped
    /// password alone costs nothing.
    pub fn door(&self, failures: u32, last_failure: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Door {
        let Some(last) = last_failure else { return Door::Open };
        let lock = TimeDelta::minutes(i64::from(self.lock_minutes));
        let locks = failures >= self.max_failures;
        let delay = if locks { lock } else { wait(failures).min(lock) };
        match last.checked_add_signed(delay) {
            // At the end of the calendar nothing can be counted from; such a time was never written by this program.
            None => Door::Locked(last),
            Some(until) if until <= now => Door::Open,
            Some(until) if locks => Door::Locked(until),
            Some(until) => Door::Wait(until),
        }
    }

    /// The number of failures in a row once another was added now. A lock that has ended leaves nothing behind:
    /// otherwise one slip after it would lock again, and a stranger could keep somebody out with a single attempt.
    pub fn after_failure(
        &self,
        failures: u32,
        last_failure: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> u32 {
        let ended = failures >= self.max_failures && self.door(failures, last_failure, now) == Door::Open;
        if ended { 1 } else { failures.saturating_add(1) }
    }
}

/// The delay after that many failures, without a lock.
fn wait(failures: u32) -> TimeDelta {
    match failures.checked_sub(2) {
        None => TimeDelta::zero(),
        // A day and more; no lock lasts longer.
        Some(doublings) => TimeDelta::seconds(1 << doublings.min(20)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOCKOUT: Lockout = Lockout { max_failures: 5, lock_minutes: 15 };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn the_delay_doubles_and_the_fifth_failure_locks() {
        for (failures, expected) in [
            (0, Door::Open),
            (1, Door::Open),
            (2, Door::Wait(at(1))),
            (3, Door::Wait(at(2))),
            (4, Door::Wait(at(4))),
            (5, Door::Locked(at(900))),
            (6, Door::Locked(at(900))),
            (u32::MAX, Door::Locked(at(900))),
        ] {
            assert_eq!(LOCKOUT.door(failures, Some(at(0)), at(0)), expected, "{failures}");
        }
        assert_eq!(LOCKOUT.door(9, None, at(0)), Door::Open);
    }

    #[test]
    fn a_lock_ends_by_itself_and_counting_starts_anew() {
        assert_eq!(LOCKOUT.door(5, Some(at(0)), at(899)), Door::Locked(at(900)));
        assert_eq!(LOCKOUT.door(5, Some(at(0)), at(900)), Door::Open);
        assert_eq!(LOCKOUT.after_failure(5, Some(at(0)), at(900)), 1);
        assert_eq!(LOCKOUT.after_failure(5, Some(at(0)), at(899)), 6);
        assert_eq!(LOCKOUT.after_failure(4, Some(at(0)), at(9000)), 5);
        assert_eq!(LOCKOUT.after_failure(0, None, at(0)), 1);
    }

    #[test]
    fn a_delay_is_never_longer_than_a_lock() {
        let lockout = Lockout { max_failures: 100, lock_minutes: 1 };
        assert_eq!(lockout.door(8, Some(at(0)), at(0)), Door::Wait(at(60)));
        assert_eq!(lockout.door(99, Some(at(0)), at(0)), Door::Wait(at(60)));
    }

    proptest! {
        #[test]
        fn more_failures_never_open_earlier(
            failures in 0_u32..200, more in 0_u32..200, max_failures in 3_u32..=100, lock_minutes in 1_u32..=1440, now in -100_000_i64..100_000,
        ) {
            let lockout = Lockout { max_failures, lock_minutes };
            let fewer = lockout.door(failures, Some(at(0)), at(now)).opens_at();
            prop_assert!(lockout.door(failures + more, Some(at(0)), at(now)).opens_at() >= fewer);
        }

        #[test]
        fn whatever_happened_it_opens_at_the_latest_after_a_lock(
            failures: u32, max_failures in 3_u32..=100, lock_minutes in 1_u32..=1440,
        ) {
            let lockout = Lockout { max_failures, lock_minutes };
            let end = at(i64::from(lock_minutes) * 60);
            prop_assert_eq!(lockout.door(failures, Some(at(0)), end), Door::Open);
            let until = lockout.door(failures, Some(at(0)), at(0)).opens_at();
            prop_assert!(until.is_none_or(|until| until <= end));
            prop_assert!(until.is_none_or(|until| lockout.door(failures, Some(at(0)), until) == Door::Open));
        }
    }
}
