//! What takes more than one transaction, because a password is hashed in between.

use crate::platform::actor::Actor;
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;
use crate::platform::secret::password::{Hasher, Password};
use crate::portal::auth::service::login::{self, Entered};
use crate::portal::auth::service::{hasher, password as service};
use crate::portal::link::Purpose;
use crate::portal::session::{Method, Session};
use crate::portal::user::User;
use crate::values::{Email, utc_text};

/// Who does it, with what.
pub struct Hand<'a> {
    /// The database.
    pub db: &'a mut Db,
    /// Who acts.
    pub actor: &'a Actor,
    /// The installation's key.
    pub key: &'a Key,
    /// The language of mails to users who have none of their own.
    pub default: Lang,
}

impl Hand<'_> {
    /// The password of a login: read, compared, and taken or refused.
    pub fn login(&mut self, email: &Email, password: &Password, wanted: Option<Method>) -> Result<Entered> {
        let now = self.db.now();
        let asked = self.db.read(|conn| login::look_up(conn, self.key, email, now))?;
        let compared = asked.compare(password, self.db.entropy())?;
        let (key, default) = (self.key, self.default);
        self.db.write(self.actor, |tx| login::enter(tx, key, &compared, wanted, default))
    }

    /// Whose link this token is, before anybody is asked for a password.
    pub fn opened_by(&self, token: &str, purpose: Purpose) -> Result<User> {
        let now = utc_text(self.db.now());
        self.db.read(|conn| service::opened_by(conn, self.key, token, purpose, &now))
    }

    /// Sets the password of whoever has this link.
    pub fn set_by_link(&mut self, token: &str, purpose: Purpose, password: &Password) -> Result<User> {
        let user = self.opened_by(token, purpose)?;
        let hasher = self.hasher_for(&user, password)?;
        let phc = hasher.hash(password, self.db.entropy())?;
        let (key, default) = (self.key, self.default);
        self.db.write(self.actor, |tx| service::set_by_link(tx, key, token, purpose, &phc, default))
    }

    fn hasher_for(&self, user: &User, password: &Password) -> Result<Hasher> {
        self.db.read(|conn| {
            service::require_good(conn, user, password)?;
            hasher(conn)
        })
    }

    /// Changes the password of a logged-in user.
    pub fn change_password(
        &mut self,
        session: &Session,
        user: &User,
        old: &Password,
        new: &Password,
    ) -> Result<(Session, User)> {
        let hasher = self.hasher_for(user, new)?;
        service::require_other(old, new)?;
        let present = self.db.read(|conn| service::present(conn, session))?;
        let right = hasher.verify(present.as_ref().map(|present| present.phc.as_str()), old)?;
        let phc = hasher.hash(new, self.db.entropy())?;
        let (id, default) = (session.id, self.default);
        self.db.write(self.actor, |tx| service::change(tx, id, present.as_ref(), right, &phc, default))
    }

    /// Hashes an initial password for the mail that is about to leave.
    pub fn keep_initial(&mut self, initial: i64, password: &Password) -> Result<()> {
        let hasher = self.db.read(hasher)?;
        let phc = hasher.hash(password, self.db.entropy())?;
        self.db.write(self.actor, |tx| service::keep_initial(tx, initial, &phc))
    }
}
