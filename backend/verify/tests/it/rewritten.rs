//! Histories rewritten by somebody who controls everything: chain, checkpoint and all files are made anew. The
//! rules find what they would not have decided; what they would have, only a kept checkpoint finds.

use domain::command::Actor;
use domain::event::{Event, Fact};
use domain::value::{Amount, Seq};
use domain::words::{Choice, Role, Verdict};
use verify::{Code, Finding, Member, Outcome};

use crate::common::bundle::{Members, checkpoint, forge, get, members, put, verify, verify_since};
use crate::common::story::{ALTERNATE, FIRST_CONTRIBUTOR, OUTSIDE, SECOND, Twist, story};
use crate::common::{Ledger, address, member, propose, shorter};

/// The place of the first event of which something holds.
pub fn place(events: &[Event], is: impl Fn(&Fact) -> bool) -> usize {
    events.iter().position(|event| is(&event.fact)).unwrap()
}

/// Forges a history and says what a verification finds.
pub fn forged(ledger: &Ledger, edit: impl FnOnce(&mut Vec<Event>)) -> Outcome {
    verify(&forge(ledger, edit))
}

/// The first finding, which must be of the rules: bytes, chain and root are as they should be.
fn first(outcome: &Outcome) -> &Finding {
    let first = &outcome.findings.list()[0];
    for finding in outcome.findings.list() {
        assert!(
            !matches!(
                finding.code,
                Code::NotAnEvent
                    | Code::NotCanonical
                    | Code::OutOfPlace
                    | Code::ChainBroken
                    | Code::RootDiffers
                    | Code::SizeDiffers
                    | Code::IdentityDiffers
            ),
            "a forger leaves no such trace: {outcome}"
        );
    }
    first
}

pub fn demands(outcome: &Outcome, code: Code, seq: usize) {
    let first = first(outcome);
    let seq = Seq::new(u64::try_from(seq).unwrap());
    assert_eq!((first.code, first.seq), (code, Some(seq)), "{outcome}");
}

fn vote(fact: &Fact) -> bool {
    matches!(fact, Fact::VoteCast { .. })
}

#[test]
fn a_vote_moved_behind_its_decision_is_refused() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let outcome = forged(&ledger, |events| {
        seq = place(events, vote);
        let at = events[seq].at;
        let mut moved = events.remove(seq);
        moved.at = events[seq].at;
        events[seq].at = at;
        events.insert(seq + 1, moved);
    });
    // The other vote comes first now, and it no longer decides.
    demands(&outcome, Code::DecidedOtherwise, seq);
}

#[test]
fn a_vote_by_somebody_else_is_refused() {
    let ledger = story(Twist::None);
    for (actor, code) in [
        (Actor::Member(member(FIRST_CONTRIBUTOR)), Code::Refused),
        (Actor::Member(member(SECOND)), Code::Refused),
        (Actor::System, Code::Refused),
    ] {
        let mut seq = 0;
        let outcome = forged(&ledger, |events| {
            // Both reviewers' votes of one claim by the same one, or one by nobody's reviewer.
            seq = place(events, vote) + usize::from(actor == Actor::Member(member(SECOND)));
            if actor == Actor::Member(member(SECOND)) {
                events[seq].actor = Actor::Member(member(OUTSIDE));
            } else {
                events[seq].actor = actor;
            }
            if actor == Actor::System {
                events[seq].cause = None;
            }
        });
        demands(&outcome, code, seq);
    }
}

/// No decision needs the cause: who repeats a key makes one request into two events.
#[test]
fn a_key_spent_twice_is_found() {
    let ledger = story(Twist::None);
    let last = ledger.journal.len() - 1;
    let mut count = 0;
    for (first, again) in [(0, 1), (0, last), (last - 1, last), (3, 90)] {
        let outcome = forged(&ledger, |events| {
            assert_ne!(events[again].cause, None);
            events[again].cause = events[first].cause;
        });
        demands(&outcome, Code::KeySpent, again);
        assert_eq!(outcome.findings.list().len(), 1, "{outcome}");
        count += 1;
    }
    println!("count: keys spent twice and found {count}");
}

#[test]
fn an_amount_raised_after_the_votes_is_refused() {
    let ledger = story(Twist::None);
    let more = |amount: &mut Amount| *amount = amount.checked_add(Amount::LPT).unwrap();
    let mut seq = 0;

    let in_batch = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::BatchProposed { .. }));
        let Fact::BatchProposed { asked, outcome } = &mut events[seq].fact else { panic!() };
        more(&mut asked.payouts[0].amount);
        more(&mut outcome.total);
        **asked = propose(ledger.program.charter(), asked.payouts.clone(), asked.nonce);
    });
    demands(&in_batch, Code::Refused, seq);

    let in_claim = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::SubmissionFiled { .. }));
        let Fact::SubmissionFiled { asked, .. } = &mut events[seq].fact else { panic!() };
        asked.amount = "2".parse().unwrap();
    });
    // The revision's digest, which the votes bind to, was of the other amount.
    demands(&in_claim, Code::DecidedOtherwise, seq);
}

#[test]
fn a_payee_changed_is_refused() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let in_batch = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::BatchProposed { .. }));
        let Fact::BatchProposed { asked, .. } = &mut events[seq].fact else { panic!() };
        asked.payouts[0].payee = address(0x99);
        **asked = propose(ledger.program.charter(), asked.payouts.clone(), asked.nonce);
    });
    demands(&in_batch, Code::Refused, seq);

    // With hashes of the true lines, the payment itself is found first.
    let hidden = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::BatchProposed { .. }));
        let Fact::BatchProposed { asked, .. } = &mut events[seq].fact else { panic!() };
        asked.payouts[0].payee = address(0x99);
    });
    demands(&hidden, Code::PaymentDiffers, seq);

    let in_claim = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::SubmissionFiled { .. }));
        let Fact::SubmissionFiled { asked, .. } = &mut events[seq].fact else { panic!() };
        asked.payee = address(0x99);
    });
    demands(&in_claim, Code::Refused, seq);
}

#[test]
fn a_role_granted_after_it_was_used_is_refused() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let outcome = forged(&ledger, |events| {
        let grant = place(events, |fact| matches!(fact, Fact::RoleGranted { .. }));
        let mut late = events.remove(grant);
        seq = place(events, |fact| matches!(fact, Fact::RoleRevoked { .. }));
        late.at = events[seq].at;
        events.insert(seq + 1, late);
    });
    demands(&outcome, Code::Refused, seq);

    // A reviewer's role that comes with the opening cannot be moved without another identity.
    let outcome = forged(&ledger, |events| {
        let Fact::ProgramOpened { asked } = &mut events[0].fact else { panic!() };
        asked.members[1].roles = vec![Role::Contributor];
    });
    assert!(!outcome.is_sound(), "{outcome}");
    assert_ne!(outcome.checkpoint.identity, ledger.program.identity());
}

#[test]
fn an_event_dropped_from_the_middle_is_found_where_it_is_needed() {
    let ledger = story(Twist::None);
    let needed = ledger.journal.iter().map(|recorded| recorded.event.fact.kind()).collect::<Vec<_>>();
    let mut found = 0;
    for (dropped, kind) in needed.iter().enumerate().skip(1) {
        let outcome = forged(&ledger, |events| {
            events.remove(dropped);
        });
        // Some events nothing depends on; such a history is valid, and only a kept checkpoint finds it.
        if outcome.is_sound() {
            let forged = forge(&ledger, |events| {
                events.remove(dropped);
            });
            let outcome = verify_since(&forged, &[checkpoint(&ledger.program)]);
            assert_eq!(outcome.findings.list()[0].code, Code::KeptIsLonger, "{kind}: {outcome}");
        } else {
            let seq = first(&outcome).seq;
            let late = seq.is_none_or(|seq| seq.get() >= u64::try_from(dropped).unwrap());
            assert!(late, "{kind}: {outcome}");
            found += 1;
        }
    }
    println!(
        "count: events dropped from a rewritten history {}, found by the rules alone {found}",
        needed.len() - 1
    );
    assert!(found * 2 > needed.len());
}

#[test]
fn a_posting_altered_is_found_by_the_rules() {
    let ledger = story(Twist::None);
    let mut count = 0;
    for seq in 0..ledger.journal.len() {
        for line in 0..ledger.journal[seq].event.postings.len() / 2 {
            let outcome = forged(&ledger, |events| {
                for posting in &mut events[seq].postings[2 * line..2 * line + 2] {
                    posting.2 = posting.2.checked_sub(Amount::from_wei(1)).unwrap();
                }
            });
            demands(&outcome, Code::DecidedOtherwise, seq);
            count += 1;
        }
    }
    println!("count: postings altered in rewritten histories {count}");
}

#[test]
fn an_outcome_altered_is_found_by_the_rules() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let approved = forged(&ledger, |events| {
        seq = place(events, vote);
        let Fact::VoteCast { outcome, .. } = &mut events[seq].fact else { panic!() };
        outcome.verdict = Verdict::Approved;
    });
    demands(&approved, Code::DecidedOtherwise, seq);

    let earlier = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::AddressRecorded { .. }));
        let at = events[seq].at;
        let second = seq + 1;
        let Fact::AddressRecorded { outcome, .. } = &mut events[second].fact else { panic!() };
        outcome.usable_from = at;
        seq = second;
    });
    demands(&earlier, Code::DecidedOtherwise, seq);

    let choice = forged(&ledger, |events| {
        seq = place(
            events,
            |fact| matches!(fact, Fact::VoteCast { asked, .. } if asked.choice == Choice::Reject),
        );
        let Fact::VoteCast { asked, .. } = &mut events[seq].fact else { panic!() };
        (asked.choice, asked.ground) = (Choice::Recuse, None);
        assert_ne!(events[seq].actor, Actor::Member(member(ALTERNATE)));
    });
    // To recuse instead is a vote like any other; that the same reviewer votes again is not.
    assert!(first(&choice).seq > Some(Seq::new(u64::try_from(seq).unwrap())), "{choice}");
    assert_eq!(first(&choice).code, Code::Refused);
}

#[test]
fn the_state_that_batches_were_proposed_on_is_part_of_them() {
    let ledger = story(Twist::None);
    let mut all = members(&ledger);
    let seq =
        ledger.journal.iter().position(|recorded| matches!(recorded.event.fact, Fact::BatchProposed { .. }));
    let text = String::from_utf8(get(&all, Member::Events).to_vec()).unwrap();
    let size = format!("\"size\":\"{}\"", seq.unwrap());
    assert!(text.contains(&size));
    put(&mut all, Member::Events, text.replacen(&size, "\"size\":\"3\"", 1).into_bytes());
    let outcome = verify(&all);
    let codes: Vec<Code> = outcome.findings.list().iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::DecidedOtherwise), "{outcome}");
}

/// Each twist is a history that could have been; a checkpoint kept from the true one tells them apart.
#[test]
fn a_valid_other_history_is_found_by_a_kept_checkpoint_alone() {
    let truth = story(Twist::None);
    let kept = checkpoint(&truth.program);
    let early = kept_after(&truth, 3);
    for twist in Twist::ALL {
        let other = members(&story(twist));

        let alone = verify(&other);
        let held = verify_since(&other, &[kept]);

        assert!(alone.is_sound(), "{twist:?}: {alone}");
        let [finding] = held.findings.list() else { panic!("{twist:?}: {held}") };
        assert!(matches!(finding.code, Code::KeptDiffers | Code::KeptIsLonger), "{twist:?}: {held}");
        // One kept before anything was changed says nothing.
        let since_early = verify_since(&other, &[early]);
        assert!(since_early.is_sound() && since_early.checked.kept == [early.size]);
    }
    println!("count: valid other histories found by a kept checkpoint {}", Twist::ALL.len());
}

/// The checkpoint of the first events of a ledger.
fn kept_after(ledger: &Ledger, events: usize) -> verify::Checkpoint {
    checkpoint(&shorter(ledger, events).program)
}

#[test]
fn a_journal_that_grew_continues_every_checkpoint_it_ever_had() {
    let ledger = story(Twist::None);
    let bundle = members(&ledger);
    let all: Vec<_> = (1..=ledger.journal.len()).map(|events| kept_after(&ledger, events)).collect();

    let outcome = verify_since(&bundle, &all);

    assert!(outcome.is_sound(), "{outcome}");
    assert_eq!((outcome.checked.kept.len(), outcome.checked.kept[0]), (all.len(), ledger.program.size()));
    println!("count: kept checkpoints continued {}", all.len());
}

#[test]
fn a_tail_cut_off_is_found_by_a_kept_checkpoint_alone() {
    let ledger = story(Twist::None);
    let kept = checkpoint(&ledger.program);
    let mut count = 0;
    for events in (1..ledger.journal.len()).step_by(13) {
        let cut: Members = members(&shorter(&ledger, events));

        let alone = verify(&cut);
        let held = verify_since(&cut, &[kept]);

        assert!(alone.is_sound(), "{alone}");
        let [finding] = held.findings.list() else { panic!("{held}") };
        assert_eq!(finding.code, Code::KeptIsLonger);
        count += 1;
    }
    println!("count: tails cut off and found by a kept checkpoint {count}");
}

#[test]
fn a_checkpoint_of_another_program_is_no_prefix() {
    let ledger = story(Twist::None);
    let mut other = checkpoint(&ledger.program);
    other.identity = domain::value::Digest::sha256(&[b"another"]);
    let held = verify_since(&members(&ledger), &[other]);
    let [finding] = held.findings.list() else { panic!("{held}") };
    assert_eq!(finding.code, Code::KeptOfAnother);
}
