//! Pure decisions about coming in.

use crate::portal::session::{Method, SessionState};

/// What decides how far a right password leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The password is an initial one.
    pub initial: bool,
    /// A second step is set up.
    pub has_factor: bool,
    /// The setting `login.require-mfa`.
    pub require_mfa: bool,
}

/// How far a right password leads. Whoever has a second step takes it, whether it is required or not.
pub fn after_password(standing: Standing) -> SessionState {
    match standing {
        Standing { has_factor: true, .. } => SessionState::CodeRequired,
        Standing { initial: true, .. } => SessionState::PasswordChangeRequired,
        Standing { require_mfa: true, .. } => SessionState::EnrolmentRequired,
        Standing { require_mfa: false, .. } => SessionState::Active,
    }
}

/// How far a session leads once the code was right, or an initial password was changed.
pub fn after_step(standing: Standing) -> SessionState {
    match standing {
        Standing { initial: true, .. } => SessionState::PasswordChangeRequired,
        Standing { has_factor: false, require_mfa: true, .. } => SessionState::EnrolmentRequired,
        _ => SessionState::Active,
    }
}

/// The method that is asked for where the user names none: the app, where there is one (A-013: the most secure).
pub fn usual_method(set_up: &[Method]) -> Option<Method> {
    [Method::App, Method::Sms].into_iter().find(|method| set_up.contains(method))
}

/// Why a password or a code does not open, as the audit names it. To whoever asks, they are all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such user.
    Unknown,
    /// The account is shut.
    Disabled,
    /// No password was ever chosen.
    NoPassword,
    /// The initial password has expired or was replaced.
    InitialOver,
    /// Too many failures.
    Locked,
    /// Right, but too soon after a failure.
    TooSoon,
    /// What it was compared with changed at that moment.
    Changed,
    /// Wrong.
    Wrong,
}

impl Refusal {
    /// The word that is kept.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Unknown => "unknown",
            Refusal::Disabled => "disabled",
            Refusal::NoPassword => "no-password",
            Refusal::InitialOver => "initial-password-over",
            Refusal::Locked => "locked",
            Refusal::TooSoon => "too-soon",
            Refusal::Changed => "changed-meanwhile",
            Refusal::Wrong => "wrong",
        }
    }

    /// Whether it counts as a failure. What is tried at a locked door does not, or a stranger could keep it locked.
    pub fn counts(self) -> bool {
        self == Refusal::Wrong
    }
}

/// The last digits of a number, as the prompt shows them (V-025).
pub fn last_three(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(3)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_step_comes_before_anything_else_and_is_never_passed_over() {
        for initial in [false, true] {
            for require_mfa in [false, true] {
                let with = Standing { initial, has_factor: true, require_mfa };
                assert_eq!(after_password(with), SessionState::CodeRequired);
                let without = Standing { has_factor: false, ..with };
                assert_ne!(after_password(without), SessionState::CodeRequired);
                assert_eq!(after_password(without) == SessionState::Active, !initial && !require_mfa);
                assert_eq!(after_step(without), after_password(without));
            }
        }
        let all = Standing { initial: false, has_factor: true, require_mfa: true };
        assert_eq!(after_step(all), SessionState::Active);
    }

    #[test]
    fn v_025_the_last_three_digits() {
        assert_eq!(last_three("+4542822160"), "160");
        assert_eq!(last_three("12"), "12");
    }
}
