//! The certificate of an agreement's signatures: made once, when it has come into force, and kept with it, so that
//! nothing has to be typeset when it is exported.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::mails::PROVIDER;
use super::{find, object};
use crate::platform::actor::Actor;
use crate::platform::blob::{self, Spooled};
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{self, Lang, format, label, label_of};
use crate::platform::typeset;
use crate::portal::agreement::{
    Agreement, Annex, Event, EventKind, Origin, Party, Signature, actions, evidence, store,
};
use crate::portal::signatory::Scope;
use crate::portal::tenant::{Tenant, store as tenant_store};
use crate::portal::user::{Staff, store as user_store};
use crate::values::{Coded, Email, parse_utc_text};

/// The job that makes what is missing, and in whose name certificates are made.
pub const JOB: &str = "agreement-certificates";

const TEMPLATE: &str = include_str!("../certificate.typ");

/// Everything that a certificate says, read at one moment.
pub struct Material {
    agreement: Agreement,
    tenant: Tenant,
    annexes: Vec<Annex>,
    signatures: Vec<Signature>,
    events: Vec<Event>,
    lang: Lang,
}

/// What the certificate of an agreement in force will say, in the language of whoever signed for the institution;
/// `None` where it has one already. What is not in force gets none.
pub fn material(conn: &Connection, id: i64, default: Lang) -> Result<Option<Material>> {
    let agreement = find(conn, id)?;
    if agreement.certificate.is_some() {
        return Ok(None);
    }
    if agreement.in_force_at.is_none() {
        return Err(Error::conflict(
            "agreement.state",
            format!("agreement {id} is {} and has no certificate", agreement.state),
        )
        .hint("the certificate is made when both parties have signed"));
    }
    let mut signatures = store::signatures::list(conn, id)?;
    signatures.retain(Signature::counts);
    let customer = signatures.iter().find(|signature| signature.party == Party::Customer);
    let reader = match customer {
        Some(signature) => user_store::find_by_email(conn, &signature.email.parse::<Email>()?)?,
        None => None,
    };
    Ok(Some(Material {
        tenant: tenant_store::find(conn, agreement.tenant_id)?,
        annexes: store::annexes(conn, id)?,
        signatures,
        events: store::events::list(conn, id)?,
        lang: reader.and_then(|user| user.language).unwrap_or(default),
        agreement,
    }))
}

/// The numbers of what is in force without a certificate.
pub fn missing(conn: &Connection) -> Result<Vec<i64>> {
    store::uncertified(conn)
}

/// How many there are.
pub fn count(conn: &Connection, _: DateTime<Utc>) -> Result<i64> {
    Ok(i64::try_from(missing(conn)?.len()).unwrap_or(i64::MAX))
}

/// Makes the certificate of an agreement in force and keeps it: a read, the typesetting, a write. `false` where it has
/// one.
pub fn make(db: &mut Db, actor: &Actor, id: i64, default: Lang) -> Result<bool> {
    let Some(material) = db.read(|conn| material(conn, id, default))? else { return Ok(false) };
    let certificate = typeset(&material)?;
    db.write(actor, |tx| keep(tx, &material, &certificate))
}

/// Typesets a certificate; never inside a transaction. Its date is that of coming into force.
pub fn typeset(material: &Material) -> Result<Spooled> {
    let agreement = &material.agreement;
    let at = agreement.in_force_at.as_deref().and_then(parse_utc_text);
    let at = at.ok_or_else(|| {
        Error::internal(format!("agreement {} has no time of coming into force", agreement.id))
    })?;
    let title = format!("{}: {}", material.word("title"), agreement.title);
    let bytes = typeset::pdf(TEMPLATE, &material.data(), material.lang, &title, at)?;
    Spooled::read(bytes.as_slice(), "certificate.pdf", u64::MAX)
}

/// Keeps a certificate with its agreement, unless someone else was quicker.
pub fn keep(tx: &Tx<'_>, material: &Material, certificate: &Spooled) -> Result<bool> {
    let before = find(tx, material.agreement.id)?;
    if before.certificate.is_some() {
        return Ok(false);
    }
    let stored = blob::store(tx, certificate)?;
    let after = Agreement { certificate: Some(stored.id), ..before };
    store::update(tx, &after)?;
    let told = format!("SHA-256 {}", stored.sha256);
    evidence::add(tx, &after, EventKind::Certified, Some(&told))?;
    tx.record(actions::CERTIFY, object(&after), None::<&()>, Some(&json!({"sha256": stored.sha256})))?;
    Ok(true)
}

/// The words of the template, by their names there.
const WORDS: [&str; 15] = [
    "agreement",
    "documents",
    "role",
    "file",
    "pages",
    "sha256",
    "signatures",
    "events",
    "time",
    "what",
    "verify",
    "verify-files",
    "verify-chain",
    "annex",
    "signed-hash",
];

impl Material {
    fn word(&self, name: &str) -> String {
        i18n::text(self.lang, &format!("certificate-{name}")).unwrap_or_default()
    }

    fn data(&self) -> Value {
        let (agreement, lang) = (&self.agreement, self.lang);
        let kind = label_of(lang, agreement.kind);
        let words: Map<String, Value> =
            WORDS.iter().map(|name| ((*name).to_owned(), self.word(name).into())).collect();
        json!({
            "from": PROVIDER,
            "foot": format!("{kind} {} · {}", agreement.id, self.tenant.name),
            "words": words,
            "intro": self.word("intro"),
            "agreement": self.facts(),
            "documents": self.documents(),
            "signatures": self.signatures.iter().map(|signature| self.signature(signature)).collect::<Vec<_>>(),
            "events": self.events.iter().map(|event| self.event(event)).collect::<Vec<_>>(),
            "head": evidence::head(&self.events).unwrap_or_else(|| self.word("unknown")),
        })
    }

    fn facts(&self) -> Vec<[String; 2]> {
        let (agreement, lang) = (&self.agreement, self.lang);
        let number = format!("{}, {} {}", agreement.id, self.word("version"), agreement.version);
        let mut facts = vec![
            [self.word("kind"), label_of(lang, agreement.kind)],
            [self.word("name"), agreement.title.clone()],
            [self.word("number"), number],
            [self.word("customer"), self.tenant.name.clone()],
            [self.word("cvr"), self.tenant.cvr.to_string()],
        ];
        for (name, date) in [("effective", agreement.effective_on), ("expires", agreement.expires_on)] {
            if let Some(date) = date {
                facts.push([self.word(name), format::long_date(lang, date)]);
            }
        }
        facts.push([self.word("in-force"), self.time(agreement.in_force_at.as_deref())]);
        facts
    }

    fn documents(&self) -> Vec<Value> {
        let agreement = &self.agreement;
        let pages = agreement.pages.map_or_else(|| self.word("unknown"), |pages| pages.to_string());
        let document = json!({
            "role": self.word("document"), "name": agreement.document, "sha256": agreement.sha256, "pages": pages,
        });
        let annex = |annex: &Annex| {
            let role = format!("{} {}", self.word("annex"), annex.position);
            json!({"role": role, "name": annex.name, "sha256": annex.sha256, "pages": ""})
        };
        std::iter::once(document).chain(self.annexes.iter().map(annex)).collect()
    }

    fn signature(&self, signature: &Signature) -> Value {
        let lang = self.lang;
        let or = |value: Option<String>, missing: &str| value.unwrap_or_else(|| self.word(missing));
        let side = match signature.party {
            Party::Customer => format!("{}: {}", label_of(lang, signature.party), self.tenant.name),
            Party::Provider => PROVIDER.to_owned(),
        };
        let since = signature.right_since.as_deref();
        let right = match since {
            Some(since) => {
                format!("{}, {} {}", self.right(&signature.role), self.word("since"), self.time(Some(since)))
            }
            None => self.right(&signature.role),
        };
        let method = match signature.origin {
            Origin::Portal => label(lang, "signature-method", &signature.method),
            Origin::Recorded => signature.method.clone(),
        };
        // A recorded signature's second step is the other service's matter; a link has none.
        let second_step = match (signature.origin, signature.method.as_str()) {
            (Origin::Portal, "session") => or(signature.second_step.map(|step| label_of(lang, step)), "none"),
            (Origin::Portal, _) => self.word("none"),
            (Origin::Recorded, _) => self.word("unknown"),
        };
        let proof = match (&signature.evidence, &signature.evidence_sha256) {
            (Some(name), Some(sha256)) => Some(format!("{name}, SHA-256 {sha256}")),
            _ => None,
        };
        let facts = [
            [self.word("signer"), signature.signer.clone()],
            [self.word("email"), signature.email.clone()],
            [self.word("job"), or(signature.title.clone(), "unknown")],
            [self.word("right"), right],
            [self.word("time"), self.time(Some(&signature.signed_at))],
            [self.word("given"), label_of(lang, signature.origin)],
            [self.word("method"), method],
            [self.word("second-step"), second_step],
            [self.word("reference"), or(signature.reference.clone(), "none")],
            [self.word("evidence"), or(proof, "none")],
            [self.word("address"), self.word("unknown")],
        ];
        json!({"heading": side, "facts": facts, "sha256": signature.sha256})
    }

    /// The right to sign, as its scope or staff role is called.
    fn right(&self, role: &str) -> String {
        match (Scope::from_code(role), Staff::from_code(role)) {
            (Some(scope), _) => label_of(self.lang, scope),
            (None, Some(staff)) => label_of(self.lang, staff),
            (None, None) => role.to_owned(),
        }
    }

    fn event(&self, event: &Event) -> Value {
        let who = match &event.real_actor {
            Some(real) if *real != event.actor => format!("{}, {} {real}", event.actor, self.word("by")),
            _ => event.actor.clone(),
        };
        // The documents and signatures stand above, in the reader's language.
        let stands_above = matches!(
            event.kind,
            EventKind::Created | EventKind::Updated | EventKind::Signed | EventKind::InForce
        );
        json!({
            "at": {"utc": event.at, "local": parse_utc_text(&event.at).map(|at| format::long_time(self.lang, at))},
            "kind": label_of(self.lang, event.kind),
            "who": who,
            "detail": event.detail.as_ref().filter(|_| !stands_above),
            "hash": event.hash,
        })
    }

    /// A time as it is kept, and in brackets as it was in Copenhagen.
    fn time(&self, text: Option<&str>) -> String {
        let Some(text) = text else { return self.word("unknown") };
        match parse_utc_text(text) {
            Some(at) => format!("{text} ({})", format::long_time(self.lang, at)),
            None => text.to_owned(),
        }
    }
}
