//! Decisions about mails, by what is known of them.

use super::rules::{
    Act, Authentication, By, Facts, Known, Report, Sender, Thread, forwards, judge, number_in, subject,
};
use super::{InboxState, Reason};
use crate::platform::inmail::auto::Sign;

fn facts() -> Facts {
    let sender = Sender::User("ida@example.dk".parse().unwrap(), vec!["oes".to_owned()]);
    Facts { cap: 60, sender, ..Facts::default() }
}

fn known(by: By, party: bool, open: bool) -> Thread {
    Thread::Known(Known { number: "SAM 2605-0001".to_owned(), tenant: "oes".to_owned(), by, party, open })
}

fn reason(facts: &Facts) -> (InboxState, Reason) {
    let judged = judge(facts);
    (judged.state, judged.reason)
}

#[test]
fn s_029_what_names_no_ticket_here_opens_one() {
    assert_eq!(reason(&facts()), (InboxState::Taken, Reason::New));
    let unknown = Facts { thread: Thread::Unknown("SAM 2401-0001".to_owned()), ..facts() };
    assert_eq!(judge(&unknown).act, Act::Create { tenant: "oes".to_owned(), follows: None });
}

#[test]
fn only_a_party_joins_a_ticket_however_it_is_named() {
    for by in [By::Answer, By::Address, By::Subject] {
        let reply = Facts { thread: known(by, true, true), ..facts() };
        assert_eq!(judge(&reply).act, Act::Reply("SAM 2605-0001".to_owned()));
        let stranger = Facts { thread: known(by, false, true), ..facts() };
        assert_eq!(reason(&stranger), (InboxState::Held, Reason::NotAParty));
        assert_eq!(judge(&stranger).act, Act::Nothing);
    }
    let late = Facts { thread: known(By::Answer, true, false), ..facts() };
    let follows = Some("SAM 2605-0001".to_owned());
    assert_eq!(judge(&late).act, Act::Create { tenant: "oes".to_owned(), follows });
}

#[test]
fn what_no_person_wrote_moves_nothing_whoever_sent_it() {
    let thread = known(By::Answer, true, true);
    let report = |failed, about: bool| {
        Some(Report { about: about.then(|| (7, "ida@example.dk".to_owned())), failed, said: String::new() })
    };
    let sign = |sure| Some(Sign { what: "x".to_owned(), sure });
    let perhaps = || Facts { auto: sign(false), ..facts() };
    assert_eq!(reason(&perhaps()), (InboxState::Held, Reason::AutoReply), "a party's mail is not lost");
    let stranger = Sender::Unknown("x@example.dk".parse().unwrap());
    assert_eq!(reason(&Facts { sender: stranger, ..perhaps() }), (InboxState::Ignored, Reason::AutoReply));
    for (facts, expected, act) in [
        (Facts { copy_of: Some(3), ours: true, ..facts() }, Reason::Duplicate, Act::Nothing),
        (Facts { ours: true, ..facts() }, Reason::Loop, Act::Nothing),
        (Facts { auto: sign(true), ..facts() }, Reason::AutoReply, Act::Nothing),
        (Facts { report: report(Some(true), true), ours: true, ..facts() }, Reason::BounceFailed, Act::Mark),
        (Facts { report: report(Some(false), true), ..facts() }, Reason::BounceNoted, Act::Nothing),
        (Facts { report: report(None, true), ..facts() }, Reason::BounceForeign, Act::Nothing),
        (Facts { report: report(Some(true), false), ..facts() }, Reason::BounceForeign, Act::Nothing),
    ] {
        let judged = judge(&Facts { thread: thread.clone(), ..facts });
        assert_eq!((judged.reason, &judged.act), (expected, &act));
        assert_ne!(judged.state, InboxState::Taken);
    }
}

#[test]
fn who_cannot_be_told_or_trusted_is_held() {
    let ida = || "ida@example.dk".parse().unwrap();
    for (sender, expected) in [
        (Sender::None, Reason::SenderInvalid),
        (Sender::Invalid("x".to_owned()), Reason::SenderInvalid),
        (Sender::Several("a, b".to_owned()), Reason::SeveralSenders),
        (Sender::Unknown(ida()), Reason::SenderUnknown),
        (Sender::Disabled(ida()), Reason::SenderDisabled),
        (Sender::Staff(ida()), Reason::SenderStaff),
        (Sender::User(ida(), Vec::new()), Reason::NoInstitution),
        (Sender::User(ida(), vec!["a".to_owned(), "b".to_owned()]), Reason::SeveralInstitutions),
    ] {
        assert_eq!(reason(&Facts { sender, ..facts() }), (InboxState::Held, expected));
    }
    let said = || "x".to_owned();
    let failed = Facts { authentication: Authentication::Failed(said()), ..facts() };
    assert_eq!(reason(&failed).1, Reason::SenderForged);
    for (by, expected) in
        [(By::Subject, Reason::SenderForged), (By::Address, Reason::Reply), (By::Answer, Reason::Reply)]
    {
        let doubtful = Facts { authentication: Authentication::Doubtful(said()), ..facts() };
        assert_eq!(reason(&Facts { thread: known(by, true, true), ..doubtful }).1, expected);
    }
    let step = |facts: &Facts| judge(facts).found.iter().find(|found| found.0 == "authentication").unwrap().1;
    assert_eq!(step(&facts()), "none", "nothing was checked");
    assert_eq!(step(&Facts { authentication: Authentication::Passed(said()), ..facts() }), "ok");
    assert_eq!(reason(&Facts { recent: 60, ..facts() }).1, Reason::SenderCap);
    assert_eq!(reason(&Facts { recent: 59, ..facts() }).1, Reason::New);
}

#[test]
fn subjects_lose_what_answering_put_there() {
    for (text, left) in [
        ("SV: RE: Fwd: Adgang", "Adgang"),
        ("Re[2]: Adgang", "Adgang"),
        ("SV: [SAM 2605-0001] Adgang", "Adgang"),
        ("Re: sam2605-0001: Adgang", "Adgang"),
        ("Vedr: moms: 25 %", "moms: 25 %"),
        ("Haster: adgang", "Haster: adgang"),
        ("SV:", ""),
        ("SAM 2605-0001", ""),
    ] {
        assert_eq!(subject(text, "SAM"), left, "{text}");
    }
    assert_eq!(subject(&"æ".repeat(100), "SAM").chars().count(), 80);
    assert!(forwards("VS: sag") && !forwards("SV: sag"));
}

#[test]
fn numbers_are_found_anywhere_and_nothing_else_is_one() {
    let found = |text| number_in(text, "SAM").map(|(.., number)| number);
    for text in ["x SAM 2605-0001 y", "sam2605-0001", "[SAM  2605-0001]", "SAM SAM 2605-0001"] {
        assert_eq!(found(text).as_deref(), Some("SAM 2605-0001"), "{text}");
    }
    assert_eq!(found("SAM 2605-12345").as_deref(), Some("SAM 2605-12345"));
    for text in [
        "ISAM 2605-0001",
        "SAM 260-0001",
        "SAM 2605-001",
        "SAM 2605 0001",
        "SAM",
        "2605-0001",
        "SAMæ 2605-0001",
    ] {
        assert_eq!(found(text), None, "{text}");
    }
}
