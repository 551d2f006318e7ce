//! The certificate of signatures.

use super::*;
use crate::platform::pdf;
use crate::portal::agreement::service::certificate;

impl World {
    fn certificate(&self, id: i64) -> Result<Option<Spooled>> {
        let material = self.db.read(|conn| certificate::material(conn, id, Lang::Da))?;
        material.map(|material| certificate::typeset(&material)).transpose()
    }

    fn certify(&mut self, id: i64) -> Result<bool> {
        let lang = Lang::Da;
        let Some(material) = self.db.read(|conn| certificate::material(conn, id, lang))? else {
            return Ok(false);
        };
        let made = certificate::typeset(&material)?;
        self.write(|tx| certificate::keep(tx, &material, &made))
    }
}

#[test]
fn it_is_made_once_when_both_have_signed_and_kept() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale 2026", PDF);
    world.send(id).unwrap();
    assert_eq!(refusal(world.certify(id)), (5, "agreement.state".to_owned()));
    world.sign(id, Party::Customer, SIGNATORY).unwrap();
    assert_eq!(refusal(world.certify(id)), (5, "agreement.state".to_owned()));
    world.sign(id, Party::Provider, STAFF).unwrap();
    assert_eq!(world.db.read(certificate::missing).unwrap(), [id]);
    let material = world.db.read(|conn| certificate::material(conn, id, Lang::Da)).unwrap().unwrap();
    let (first, again) = (world.certificate(id).unwrap().unwrap(), certificate::typeset(&material).unwrap());
    assert_eq!(first.sha256, again.sha256, "the same facts give the same bytes");
    assert!(world.certify(id).unwrap());
    assert!(!world.certify(id).unwrap(), "once");
    assert!(!world.write(|tx| certificate::keep(tx, &material, &again)).unwrap(), "someone else was quicker");
    assert!(world.db.read(certificate::missing).unwrap().is_empty());
    let now = world.clock.get();
    let detail = world.db.read(|conn| service::show(conn, &world.actor, id, now)).unwrap();
    let last = detail.events.last().unwrap();
    assert_eq!(
        (last.kind, last.detail.clone()),
        (EventKind::Certified, Some(format!("SHA-256 {}", first.sha256)))
    );
    let reader = Actor { effective: Principal::User(READER.to_owned()), ..world.actor.clone() };
    let (stored, _) = world.db.read(|conn| service::file(conn, &reader, id, Part::Certificate)).unwrap();
    assert_eq!(stored.sha256, first.sha256, "customers see it");
}

#[test]
fn it_is_a_pdf_that_says_it_in_the_signatorys_language() {
    let mut world = World::new();
    let id = world.in_force(Kind::Customer, "Kundeaftale på blåbærgrød", PDF, Some("2027-05-31"));
    let made = |lang: Lang| {
        let material = world.db.read(|conn| certificate::material(conn, id, lang)).unwrap().unwrap();
        certificate::typeset(&material).unwrap()
    };
    let words = |lang: Lang, world: &World| {
        let material = world.db.read(|conn| certificate::material(conn, id, lang)).unwrap().unwrap();
        pdf::open(&certificate::typeset(&material).unwrap(), "c").unwrap().title.unwrap()
    };
    for (lang, title) in [
        (Lang::Da, "Underskriftsbevis: Kundeaftale på blåbærgrød"),
        (Lang::Nb, "Signeringsbevis: Kundeaftale på blåbærgrød"),
        (Lang::En, "Signing certificate: Kundeaftale på blåbærgrød"),
    ] {
        let opened = pdf::open(&made(lang), "certificate.pdf").unwrap();
        assert_eq!(opened.title.as_deref(), Some(title));
        assert!(opened.pages >= 1);
    }
    let signatory = NewUser { language: Some(Lang::Nb), ..account(SIGNATORY, None, Vec::new()) };
    world.write(|tx| user::service::create(tx, signatory, false, false, Lang::Da)).unwrap();
    assert!(
        words(Lang::Da, &world).starts_with("Signeringsbevis: "),
        "the signatory's own language comes first"
    );
}
