//! `portalctl auth …`

mod entry;
mod input;
mod login;
mod mfa;
mod password;
mod proof;
mod sessions;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::session::SessionState;

pub use entry::{Entry, identify, session_of};
pub use mfa::MfaCommand;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum AuthCommand {
    /// Choose a first password with the token of an activation mail
    Activate(password::LinkArgs),
    /// Choose a new password with the token of a reset mail
    Reset(password::LinkArgs),
    /// Ask for a link to a new password; the answer is the same whether or not there is such an account
    Forgot(password::ForgotArgs),
    /// Log in: password and code, by prompt or one a line on standard input
    Login(login::LoginArgs),
    /// Give the code that a login awaits
    Code(login::CodeArgs),
    /// End one's own session and remove its file
    Logout,
    /// List sessions that have not ended: one's own, or to the provider anyone's
    Sessions(sessions::ListArgs),
    /// End all sessions of a user, or of everyone
    Revoke(sessions::RevokeArgs),
    /// Change one's own password; one's other sessions end
    ChangePassword(password::ChangeArgs),
    /// Two steps: an app or SMS besides the password
    #[command(subcommand)]
    Mfa(MfaCommand),
}

impl AuthCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        use crate::portal::link::Purpose;
        match self {
            AuthCommand::Activate(args) => args.run(ctx, Purpose::Activation),
            AuthCommand::Reset(args) => args.run(ctx, Purpose::Reset),
            AuthCommand::Forgot(args) => args.run(ctx),
            AuthCommand::Login(args) => args.run(ctx),
            AuthCommand::Code(args) => args.run(ctx),
            AuthCommand::Logout => sessions::logout(ctx),
            AuthCommand::Sessions(args) => args.run(ctx),
            AuthCommand::Revoke(args) => args.run(ctx),
            AuthCommand::ChangePassword(args) => args.run(ctx),
            AuthCommand::Mfa(command) => command.run(ctx),
        }
    }

    /// Whether it is a way in, for somebody who is nobody yet.
    pub fn is_entrance(&self) -> bool {
        matches!(
            self,
            AuthCommand::Activate(_) | AuthCommand::Reset(_) | AuthCommand::Forgot(_) | AuthCommand::Login(_)
        )
    }

    /// Whether it may run in a session that has come only so far.
    pub fn leads_on_from(&self, state: SessionState) -> bool {
        match (self, state) {
            (AuthCommand::Logout, _) | (_, SessionState::Active) => true,
            (AuthCommand::Code(_), SessionState::CodeRequired) => true,
            (AuthCommand::ChangePassword(_), SessionState::PasswordChangeRequired) => true,
            (AuthCommand::Mfa(mfa), SessionState::EnrolmentRequired) => mfa.is_enrolment(),
            _ => false,
        }
    }
}
