//! Statements that members sign: a verifier recovers them again, and finds those of somebody else.

use domain::command::{
    Actor, Allot, Allotment, CallAlternate, CastVote, CheckSample, DeclareConflict, DeclareNode,
    FileSubmission, InviteMember, Join, Leave, LinkMembers, OpenPeriod, RecordAddress, WithdrawInvite,
};
use domain::event::{Event, Fact};
use domain::value::{Address, Count, Digest, PeriodNumber, Signature, SubmissionNumber};
use domain::words::{Choice, ClaimKind, Ground, PeriodKind, Role, YesNo};
use ethers::k256::ecdsa::SigningKey;
use safe::statement::Statement;
use serde_json::json;
use verify::statements::{forum_of, vote};
use verify::{Code, Gap, Member};

use crate::common::bundle::{forge, members, put, verify};
use crate::common::charter::{lpt, slug};
use crate::common::story::{ALTERNATE, FIRST_CONTRIBUTOR, LEAD, OUTSIDE, Twist, story};
use crate::common::{Ledger, address, member, submission};

fn wallet(n: u8) -> (SigningKey, Address) {
    let key = SigningKey::from_slice(&[n; 32]).unwrap();
    let address = ethers::utils::secret_key_to_address(&key).to_fixed_bytes();
    (key, Address::from_bytes(address))
}

fn sign(key: &SigningKey, hash: &Digest) -> Signature {
    let (signature, recovery) = key.sign_prehash_recoverable(hash.bytes()).unwrap();
    let bytes: Vec<u8> = signature.to_bytes().into_iter().chain([27 + recovery.to_byte()]).collect();
    Signature::from_bytes(bytes.try_into().unwrap()).unwrap()
}

/// The story, and after it a proven address, a signed vote with it, and all other events about people.
pub fn signed() -> (Ledger, usize, usize) {
    let mut ledger = story(Twist::None);
    let (key, own) = wallet(0x42);
    let forum = forum_of(&ledger.program);
    let statement = Statement::PayoutAddress { member: member(ALTERNATE), payee: own };
    let proof = Some(sign(&key, &statement.hash(&forum)));
    let proven = ledger.journal.len();
    ledger.does(ALTERNATE, RecordAddress { address: own, proof });

    let open = ledger.program.submissions().find(|claim| claim.stage.name() == "submitted").unwrap().clone();
    let asked = CastVote {
        choice: Choice::Reject,
        ground: Some(Ground::Criteria),
        offer: None,
        ordinal: Count::new(1),
        reason: ledger.reason("Signed."),
        revision: open.revision.digest,
        signature: None,
        signer: Some(own),
        submission: open.number,
    };
    let signature = Some(sign(&key, &vote(&open, &asked).hash(&forum)));
    let voted = ledger.journal.len();
    ledger.does(ALTERNATE, CastVote { signature, ..asked });

    let secret = Digest::sha256(&[b"knock"]);
    ledger
        .does(LEAD, InviteMember { invite: Digest::sha256(&[secret.bytes()]), roles: vec![Role::Alternate] });
    let name = ledger.paper(&json!({ "handle": "dora" }));
    let joined = ledger.ask(Actor::System, Join { name, secret: Some(secret) }).unwrap();
    let Fact::MemberJoined { outcome, .. } = joined else { panic!("{joined:?}") };
    // Whoever joins named themselves, although nobody's event says so.
    ledger.erases(outcome.member.get(), Some(LEAD), name, None);
    let reason = ledger.reason("The same person.");
    let (one, other) = (member(FIRST_CONTRIBUTOR), member(FIRST_CONTRIBUTOR + 1));
    ledger.does(LEAD, LinkMembers { linked: YesNo::Yes, member: one, other, reason });
    let reason = ledger.reason("Family.");
    ledger.does(OUTSIDE, DeclareConflict { reason, stands: YesNo::Yes, with: one });
    let note = ledger.paper(&json!({ "note": "An orchestrator." }));
    ledger.does(OUTSIDE, DeclareNode { address: address(0x99), note, operated: YesNo::Yes });
    ledger.does(FIRST_CONTRIBUTOR, Leave {});
    second_looks(&mut ledger, open.number);
    (ledger, proven, voted)
}

/// The alternate who joined is called, and another reviewer checks a sampled claim.
fn second_looks(ledger: &mut Ledger, open: SubmissionNumber) {
    let invite = Digest::sha256(&[b"another"]);
    ledger.does(LEAD, InviteMember { invite, roles: vec![Role::Auditor] });
    ledger.does(LEAD, WithdrawInvite { invite });
    let period = may(ledger);
    let small = ledger.claim(FIRST_CONTRIBUTOR + 2, ClaimKind::Expense, "marketing", "0.5");
    let number = ledger.files(FIRST_CONTRIBUTOR + 2, FileSubmission { period, ..small });
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve, "Fine."), "approved");
    let reason = ledger.reason("Fine again.");
    ledger.does(ALTERNATE, CheckSample { passed: YesNo::Yes, reason, submission: submission(number) });
    ledger.now = ledger.now.plus_hours(Count::new(168));
    let called = ledger.program.members().map(|member| member.number).max().unwrap();
    ledger.does(LEAD, CallAlternate { member: called, submission: open });
}

/// A third period, in which there is some money.
fn may(ledger: &mut Ledger) -> PeriodNumber {
    let period = PeriodNumber::new(3).unwrap();
    ledger.does(
        LEAD,
        OpenPeriod {
            cap: lpt("300"),
            ends_at: "2026-06-01T00:00:00Z".parse().unwrap(),
            kind: PeriodKind::Month,
            starts_at: "2026-05-01T00:00:00Z".parse().unwrap(),
        },
    );
    let allotments = vec![Allotment { amount: lpt("5"), category: slug("marketing") }];
    ledger.does(LEAD, Allot { allotments, period, reason: None });
    period
}

fn findings(ledger: &Ledger, edit: impl FnOnce(&mut Vec<Event>)) -> Vec<(Code, Option<u64>)> {
    let outcome = verify(&forge(ledger, edit));
    outcome
        .findings
        .list()
        .iter()
        .map(|finding| (finding.code, finding.seq.map(domain::value::Seq::get)))
        .collect()
}

#[test]
fn proofs_signed_votes_and_events_about_people_are_sound() {
    let (ledger, _, _) = signed();

    let outcome = verify(&members(&ledger));

    assert!(outcome.is_sound(), "{outcome}");
    let gap = outcome.unchecked.iter().find(|gap| gap.code == Gap::UnsignedVotes).unwrap();
    let votes = ledger.journal.iter().filter(|recorded| matches!(recorded.event.fact, Fact::VoteCast { .. }));
    assert!(gap.words.starts_with(&format!("{} votes", votes.count() - 1)), "{}", gap.words);
}

#[test]
fn a_tampered_proof_is_found() {
    let (ledger, proven, _) = signed();
    let (stranger, _) = wallet(0x43);
    let Fact::AddressRecorded { asked, .. } = &ledger.journal[proven].event.fact else { panic!() };
    let statement = Statement::PayoutAddress { member: member(ALTERNATE), payee: asked.address };
    let by_stranger = sign(&stranger, &statement.hash(&forum_of(&ledger.program)));

    let found = findings(&ledger, |events| {
        let Fact::AddressRecorded { asked, .. } = &mut events[proven].fact else { panic!() };
        asked.proof = Some(by_stranger);
    });

    assert_eq!(found, [(Code::SignatureDiffers, Some(u64::try_from(proven).unwrap()))]);
}

#[test]
fn a_signature_of_another_vote_is_found() {
    let (ledger, _, voted) = signed();

    let found = findings(&ledger, |events| {
        let Fact::VoteCast { asked, .. } = &mut events[voted].fact else { panic!() };
        asked.choice = Choice::Recuse;
    });

    assert!(found.contains(&(Code::SignatureDiffers, Some(u64::try_from(voted).unwrap()))), "{found:?}");
}

#[test]
fn a_note_that_is_no_note_is_found() {
    let (ledger, _, _) = signed();
    let place = ledger.journal.iter().find_map(|recorded| match &recorded.event.fact {
        Fact::NodeDeclared { asked } => Some(asked.note),
        _ => None,
    });
    let mut bundle = members(&ledger);
    put(&mut bundle, Member::Document(place.unwrap()), b"another note".to_vec());

    let outcome = verify(&bundle);

    assert_eq!(outcome.findings.list()[0].code, Code::DocumentDiffers);
}
