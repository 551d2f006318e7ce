//! Whether what a manifest says of its agreements fits together: who signed which bytes, what follows from it (K-203),
//! and whether the events tell the same.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{AgreementLine, EventLine, FileLine, Manifest};
use crate::portal::agreement::facts::{self, Facts};
use crate::portal::agreement::{Event, EventKind, Kind, Origin, Party, State};
use crate::values::Coded;

/// Adds a sentence for everything that does not fit.
pub fn check(manifest: &Manifest, problems: &mut Vec<String>) {
    let mut files: BTreeMap<i64, Vec<&FileLine>> = BTreeMap::new();
    for file in &manifest.files {
        files.entry(file.agreement).or_default().push(file);
    }
    let mut seen = BTreeSet::new();
    for agreement in &manifest.agreements {
        let mut wrong = |what: String| problems.push(format!("agreement {}: {what}", agreement.id));
        if !seen.insert(agreement.id) {
            wrong("the manifest lists it more than once".to_owned());
        }
        if Kind::from_code(&agreement.kind).is_none() {
            wrong(format!("\"{}\" is not a kind of agreement", agreement.kind));
        }
        files_of(agreement, files.get(&agreement.id).map_or(&[], Vec::as_slice), &mut wrong);
        signatures(agreement, &mut wrong);
        let annexes = files.get(&agreement.id).map_or(&[][..], Vec::as_slice);
        let annexes =
            annexes.iter().filter(|file| file.role == "annex").map(|file| file.sha256.clone()).collect();
        events(agreement, annexes, &mut wrong);
    }
}

/// It has one document, which is the one that it names, and the certificate that it names and no other.
fn files_of(agreement: &AgreementLine, files: &[&FileLine], wrong: &mut impl FnMut(String)) {
    let of =
        |role: &str| -> Vec<&FileLine> { files.iter().copied().filter(|file| file.role == role).collect() };
    match of("document").as_slice() {
        [document] => {
            if document.path != agreement.document {
                wrong(format!("its document is {}, but it names {}", document.path, agreement.document));
            }
            if document.sha256 != agreement.sha256 {
                wrong(format!(
                    "the SHA-256 of its document is {}, but it names {}",
                    document.sha256, agreement.sha256
                ));
            }
        }
        others => wrong(format!("it has {} documents in the manifest, not one", others.len())),
    }
    let certificates: Vec<_> = of("certificate").into_iter().map(|file| file.path.as_str()).collect();
    if certificates != agreement.certificate.as_deref().into_iter().collect::<Vec<_>>() {
        wrong(format!(
            "its certificate is {}, but the manifest lists {}",
            agreement.certificate.as_deref().unwrap_or("none"),
            if certificates.is_empty() { "none".to_owned() } else { certificates.join(", ") }
        ));
    }
}

fn signatures(agreement: &AgreementLine, wrong: &mut impl FnMut(String)) {
    let mut parties = BTreeSet::new();
    for signature in &agreement.signatures {
        let party = signature.party.as_str();
        if Party::from_code(party).is_none() {
            wrong(format!("\"{party}\" is not a party"));
        }
        if Origin::from_code(&signature.origin).is_none() {
            wrong(format!("\"{}\" is not where a signature is given", signature.origin));
        }
        if !parties.insert(party) {
            wrong(format!("the {party} has signed more than once"));
        }
        let signer = &signature.signer;
        if signature.sha256 != agreement.sha256 {
            wrong(format!(
                "the {party}'s signature ({signer}) is of another document: SHA-256 {}",
                signature.sha256
            ));
        }
        if signature.version != agreement.version {
            wrong(format!(
                "the {party}'s signature ({signer}) is of version {}, not of {}",
                signature.version, agreement.version
            ));
        }
    }
    match State::from_code(&agreement.state) {
        Some(State::InForce | State::Terminated | State::Replaced) => {
            for party in Party::all().iter().filter(|party| !parties.contains(party.code())) {
                wrong(format!("it is {} without a signature of the {party}", agreement.state));
            }
        }
        Some(state) => wrong(format!("its state {state} does not belong into a bundle")),
        None => wrong(format!("\"{}\" is not a state of an agreement", agreement.state)),
    }
}

/// The chain holds, and what it tells is how the agreement stands.
fn events(agreement: &AgreementLine, annexes: Vec<String>, wrong: &mut impl FnMut(String)) {
    let events: Option<Vec<Event>> = agreement.events.iter().map(EventLine::event).collect();
    let Some(events) = events else {
        let unknown = agreement.events.iter().find(|line| line.event().is_none());
        wrong(format!("\"{}\" is not a kind of event", unknown.map_or("", |line| &line.kind)));
        return;
    };
    match Facts::of(agreement, &agreement.signatures, annexes) {
        Ok(facts) => {
            facts::contradictions(agreement.id, &events, Some(facts)).into_iter().for_each(&mut *wrong);
        }
        Err(error) => wrong(error.message().to_owned()),
    }
    // Events from before they were chained do not tell of which version they are.
    let of_this = |event: &&Event, kind: EventKind| {
        event.kind == kind
            && event.sha256 == agreement.sha256
            && event.version.is_none_or(|version| version == agreement.version)
    };
    let signed = events.iter().filter(|event| of_this(event, EventKind::Signed)).count();
    if signed < agreement.signatures.len() {
        wrong(format!("{} have signed, but its events tell of {signed}", agreement.signatures.len()));
    }
    if agreement.in_force_at.is_none() || !events.iter().any(|event| of_this(&event, EventKind::InForce)) {
        wrong("its events do not tell that it came into force".to_owned());
    }
    let last = events.iter().rev().find_map(|event| match event.kind {
        EventKind::InForce => Some(State::InForce),
        EventKind::Terminated => Some(State::Terminated),
        EventKind::Replaced => Some(State::Replaced),
        _ => None,
    });
    if let Some(last) = last.filter(|last| last.code() != agreement.state) {
        wrong(format!("it is {}, but its events tell that it is {last}", agreement.state));
    }
    if (agreement.state == State::Terminated.code()) != agreement.terminated_on.is_some() {
        wrong(format!("it is {}, which does not fit its last day", agreement.state));
    }
    if (agreement.state == State::Replaced.code()) != agreement.replaced_by.is_some() {
        wrong(format!("it is {}, which does not fit what took its place", agreement.state));
    }
}
