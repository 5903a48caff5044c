//! Every prefix of the published journal keeps the invariants, and each thing that the audit compares is missed by it
//! when it is wrong: no event does that, so the state itself is spoiled here.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::batch::{Batch, End, Nonce};
use crate::books::{Transfer, postings};
use crate::bounty::Bounty;
use crate::event::Recorded;
use crate::submission::Submission;
use crate::suspense::Unexplained;
use crate::value::{Count, Digest, Seq};

/// Spoils a state; `None` where it has nothing of the kind.
type Spoil = fn(&mut Program) -> Option<()>;

/// What is wrong, the violation that the audit must name, and how it comes to be.
type Spoiled = (&'static str, &'static str, Spoil);

/// The state after each event of the published journal.
fn states() -> impl Iterator<Item = Program> {
    let journal = include_str!("../../tests/golden/events.jsonl");
    let mut events = journal.lines().map(|line| Recorded::from_bytes(line.as_bytes()).unwrap());
    let first = Program::begin(&events.next().unwrap()).unwrap();
    let rest = events.scan(first.clone(), |program, event| {
        program.apply(&event).unwrap();
        Some(program.clone())
    });
    std::iter::once(first).chain(rest)
}

const LITTLE: Amount = Amount::from_wei(1);

fn more(amount: Amount) -> Amount {
    amount.checked_add(LITTLE).unwrap()
}

fn moved(program: &mut Program, from: Account, to: Account, amount: Amount) -> Option<()> {
    program.books.post(&postings(&[Transfer { from, to, amount }])).ok()
}

fn period(program: &Program, closed: bool) -> Option<PeriodNumber> {
    let periods = program.periods.values();
    periods.filter(|period| period.is_closed() == closed).map(|period| period.number).next()
}

fn claim(program: &Program, wanted: impl Fn(&Submission) -> bool) -> Option<Submission> {
    program.submissions().find(|submission| wanted(submission)).cloned()
}

/// Puts a claim in the place of another, with all that is kept of claims, and moves its money along.
fn put(program: &mut Program, submission: Submission) -> Option<()> {
    program.put_submission(submission).ok()
}

/// Puts a claim in the place of another, and tells nothing of it to the indexes.
fn slip(program: &mut Program, submission: Submission) -> Option<()> {
    let place = program.submissions().position(|known| known.number == submission.number)?;
    program.submissions.set_mut(place, Arc::new(submission)).then_some(())
}

fn nonce(program: &Program, wanted: impl Fn(&Nonce) -> bool) -> Option<Nonce> {
    program.nonces().find(|nonce| wanted(nonce)).cloned()
}

fn put_nonce(program: &mut Program, nonce: Nonce) {
    program.nonces.insert_mut(nonce.number, Arc::new(nonce));
}

/// A nonce that ended with a batch that paid a claim.
fn executed(program: &Program) -> Option<(Nonce, End)> {
    let paid = |nonce: &Nonce| nonce.end.as_ref().is_some_and(|end| !end.effects.paid.is_empty());
    let nonce = nonce(program, paid)?;
    let end = nonce.end.clone()?;
    Some((nonce, end))
}

fn says_paid(program: &mut Program, number: SubmissionNumber) -> Option<()> {
    let (nonce, mut end) = executed(program)?;
    end.effects.paid.push(number);
    put_nonce(program, Nonce { end: Some(end), ..nonce });
    Some(())
}

fn in_batch(program: &Program) -> Option<Submission> {
    claim(program, |submission| matches!(submission.stage, Stage::InBatch { .. }))
}

fn paid_by_batch(program: &Program) -> Option<Submission> {
    claim(program, |submission| matches!(submission.stage, Stage::Paid { batch: Some(_), .. }))
}

fn undecided(program: &Program) -> Option<Submission> {
    claim(program, |submission| matches!(submission.stage, Stage::Submitted { .. }))
}

const MONEY: &[Spoiled] = &[
    ("authority without a period's money", "CapDiffers", |program| {
        let number = period(program, false)?;
        moved(program, Account::Authority(number), Account::Safe, LITTLE)
    }),
    ("authority that outlives a closed period's money", "CapDiffers", |program| {
        let number = period(program, true)?;
        moved(program, Account::Authority(number), Account::Safe, LITTLE)
    }),
    ("a closed period with a cap below what it held", "CapDiffers", |program| {
        let number = period(program, true)?;
        let cap = program.books.balance(Account::Authority(number)).checked_sub(LITTLE)?;
        let period = program.periods.get(&number)?.as_ref().clone();
        program.periods.insert_mut(number, Arc::new(Period { cap, ..period }));
        Some(())
    }),
    ("money left over that nobody allotted", "LeftOver", |program| {
        let number = period(program, true)?;
        moved(program, Account::Authority(number), Account::Unallotted(number), LITTLE)
    }),
    ("money left over in a category", "LeftOver", |program| {
        let number = period(program, true)?;
        program.categories().iter().map(|category| category.slug).collect::<Vec<_>>().into_iter().find_map(
            |slug| {
                let line = |bucket| Account::Line(number, slug, bucket);
                moved(program, line(Bucket::Lapsed), line(Bucket::Available), LITTLE)
            },
        )
    }),
    ("spent money that is not expended", "BucketDiffers", |program| {
        let spent = program.books.balances().find(|(account, _)| matches!(account, Account::Spent(..)))?.0;
        moved(program, spent, Account::Safe, LITTLE)
    }),
    ("contributions that nobody sent", "BucketDiffers", |program| {
        moved(program, Account::Safe, Account::Contributed, LITTLE)
    }),
    ("money in suspense that never came", "BucketDiffers", |program| {
        moved(program, Account::Safe, Account::SuspenseIn, LITTLE)
    }),
    ("money in suspense that never went", "BucketDiffers", |program| {
        moved(program, Account::SuspenseOut, Account::Safe, LITTLE)
    }),
    ("a loss that nobody had", "BucketDiffers", |program| {
        moved(program, Account::Lost, Account::Safe, LITTLE)
    }),
];

const BATCHES: &[Spoiled] = &[
    ("a payout of another amount than its claim", "BatchedTwice", |program| {
        let open = nonce(program, |nonce| nonce.end.is_none())?;
        let number = *open.candidates.first()?;
        let mut batch = program.batch(number)?.clone();
        let payout = batch.payouts.first_mut()?;
        payout.amount = more(payout.amount);
        program.batches.insert_mut(number, Arc::new(batch));
        Some(())
    }),
    ("a payout to another address than its claim's", "BatchedTwice", |program| {
        let open = nonce(program, |nonce| nonce.end.is_none())?;
        let number = *open.candidates.first()?;
        let mut batch = program.batch(number)?.clone();
        batch.payouts.first_mut()?.payee = program.charter().token;
        program.batches.insert_mut(number, Arc::new(batch));
        Some(())
    }),
    ("a claim in a batch that does not hold it", "BatchedTwice", |program| {
        let mut submission = in_batch(program)?;
        let Stage::InBatch { batch, .. } = &mut submission.stage else { return None };
        *batch = batch.next()?;
        slip(program, submission)
    }),
    ("a claim on another nonce than its batch", "BatchedTwice", |program| {
        let mut submission = in_batch(program)?;
        let Stage::InBatch { nonce, .. } = &mut submission.stage else { return None };
        *nonce = nonce.next()?;
        slip(program, submission)
    }),
    ("a claim in a batch and paid by another", "BatchedTwice", |program| {
        let number = in_batch(program)?.number;
        says_paid(program, number)
    }),
    ("a claim that was paid twice", "BatchedTwice", |program| {
        let number = paid_by_batch(program)?.number;
        says_paid(program, number)
    }),
    ("a claim that is approved and stands in a batch", "BatchedTwice", |program| {
        let submission = in_batch(program)?;
        let Stage::InBatch { approvers, decided_at, .. } = submission.stage.clone() else { return None };
        let (amount, line) = (submission.revision.amount, |bucket| {
            Account::Line(submission.period, submission.category, bucket)
        });
        moved(program, line(Bucket::Inflight), line(Bucket::Encumbered), amount)?;
        slip(program, Submission { stage: Stage::Approved { approvers, decided_at }, ..submission })
    }),
    ("a claim that nobody decided and a batch paid", "BatchedTwice", |program| {
        let number = undecided(program)?.number;
        says_paid(program, number)
    }),
    ("a claim that was paid by no batch, whatever the nonces say", "PaidOtherwise", |program| {
        let mut submission = paid_by_batch(program)?;
        let Stage::Paid { batch, .. } = &mut submission.stage else { return None };
        *batch = None;
        slip(program, submission)
    }),
    ("a claim that was paid by another event", "PaidOtherwise", |program| {
        let mut submission = paid_by_batch(program)?;
        let Stage::Paid { payment, .. } = &mut submission.stage else { return None };
        payment.event = payment.event.next()?;
        slip(program, submission)
    }),
];

const EVIDENCE: &[Spoiled] = &[
    ("more than the whole of some work held", "EvidenceHeldTwice", |program| {
        let mut submission = undecided(program).filter(|submission| submission.contests.is_none())?;
        submission.revision.share = Some(Count::new(WHOLE + 1));
        put(program, submission)
    }),
    ("more than the whole of contested work promised", "EvidenceHeldTwice", |program| {
        let mut submission = claim(program, |submission| submission.stage.approvals().is_some())?;
        submission.revision.share = Some(Count::new(WHOLE + 1));
        submission.contests = Some(submission.number);
        put(program, submission)
    }),
];

const INDEXES: &[Spoiled] = &[
    ("totals of a claim that is not there", "TotalsDiffer", |program| {
        let submission = undecided(program)?;
        program.totals.replace(None, Some(&submission));
        Some(())
    }),
    ("an agreed claim that waits nowhere", "IndexDiffers", |program| {
        let turn = *program.waiting.keys().next()?;
        program.waiting.remove_mut(&turn);
        Some(())
    }),
    ("an agreed claim that waits for another amount", "IndexDiffers", |program| {
        let (turn, (number, amount)) = program.waiting.iter().next().map(|(turn, waits)| (*turn, *waits))?;
        program.waiting.insert_mut(turn, (number, more(amount)));
        Some(())
    }),
    ("a turn that nobody waits for", "IndexDiffers", |program| {
        let (turn, waits) = program.waiting.iter().next().map(|(turn, waits)| (*turn, *waits))?;
        program.waiting.insert_mut((turn.0, turn.1, turn.2.next()?), waits);
        Some(())
    }),
    ("a second look at what nobody approved", "IndexDiffers", |program| {
        let submission = undecided(program)?;
        let seen = program.people.sampled.insert(submission.period, Count::new(1));
        program.people.sampled = seen;
        slip(program, Submission { sample: Sample::Awaited, ..submission })
    }),
    ("a second look that was not counted", "IndexDiffers", |program| {
        let submission = claim(program, |submission| submission.sample == Sample::Awaited)?;
        program.people.sampled.remove_mut(&submission.period).then_some(())
    }),
    ("a payee that belongs to somebody else", "IndexDiffers", |program| {
        let submission = undecided(program)?;
        let mut address = *program.addresses.get(&submission.revision.payee)?;
        address.owner = address.owner.next()?;
        program.addresses.insert_mut(submission.revision.payee, address);
        Some(())
    }),
    ("a reviewer that no member is", "IndexDiffers", |program| {
        let other = program.members().find(|member| !member.holds(Role::Reviewer))?.number;
        program.reviewers.insert_mut(other);
        Some(())
    }),
    ("a reviewer that was forgotten", "IndexDiffers", |program| {
        let number = *program.reviewers.iter().next()?;
        program.reviewers.remove_mut(&number).then_some(())
    }),
    ("an alternate that no member is", "IndexDiffers", |program| {
        let other = program.members().find(|member| !member.holds(Role::Alternate))?.number;
        program.people.alternates.insert_mut(other);
        Some(())
    }),
    ("a nonce that asks for more than its dearest candidate", "IndexDiffers", |program| {
        let mut over = nonce(program, |nonce| nonce.end.is_some())?;
        over.dearest = more(over.dearest);
        put_nonce(program, over);
        Some(())
    }),
    ("candidates in another order", "IndexDiffers", |program| {
        let mut over = nonce(program, |nonce| nonce.end.is_some() && nonce.candidates.len() > 1)?;
        over.candidates.reverse();
        put_nonce(program, over);
        Some(())
    }),
    ("a batch of another nonce among the candidates", "IndexDiffers", |program| {
        let number = *nonce(program, |nonce| nonce.end.is_some())?.candidates.first()?;
        let batch = program.batch(number)?.clone();
        let nonce = batch.nonce.next()?;
        program.batches.insert_mut(number, Arc::new(Batch { nonce, ..batch }));
        Some(())
    }),
    ("a batch that is a candidate nowhere", "IndexDiffers", |program| {
        let mut over = nonce(program, |nonce| nonce.end.is_some() && nonce.candidates.len() > 1)?;
        let totals: Vec<_> =
            over.candidates.iter().map(|batch| program.batch(*batch).map(|batch| batch.total)).collect();
        let cheapest = (0..totals.len()).min_by_key(|place| totals.get(*place).copied().flatten())?;
        over.candidates.remove(cheapest);
        put_nonce(program, over);
        Some(())
    }),
    ("more spoken for than open nonces ask", "IndexDiffers", |program| {
        program.spoken_for = more(program.spoken_for);
        Some(())
    }),
    ("a funding that is not known to stand", "IndexDiffers", |program| {
        let funding = *program.fundings.values().find(|funding| funding.withdrawn.is_none())?;
        program.funded.remove_mut(&(funding.tx_hash, funding.log_index)).then_some(())
    }),
    ("a funding that was withdrawn and stands", "IndexDiffers", |program| {
        let mut funds = program.fundings.iter().filter(|(_, funding)| funding.withdrawn.is_some());
        let (event, funding) = funds.next().map(|(event, funding)| (*event, *funding))?;
        program.funded.insert_mut((funding.tx_hash, funding.log_index), event);
        Some(())
    }),
    ("a refund that is not known to stand", "IndexDiffers", |program| {
        let refund = *program.refunds.values().find(|refund| refund.withdrawn.is_none())?;
        program.funded.remove_mut(&(refund.tx_hash, refund.log_index)).then_some(())
    }),
    ("LPT in suspense that is not known to stand", "IndexDiffers", |program| {
        let logged = |item: &&Unexplained| item.withdrawn.is_none() && item.log_index.is_some();
        let item = program.suspense.values().find(logged)?.clone();
        program.funded.remove_mut(&(item.tx_hash, item.log_index?)).then_some(())
    }),
    ("a transfer that stands and was never recorded", "IndexDiffers", |program| {
        program.funded.insert_mut((Digest::ZERO, Count::ZERO), Seq::ZERO);
        Some(())
    }),
    ("a bounty that waits for more claims than there are", "IndexDiffers", |program| {
        let spent = program.bounties().find(|bounty| bounty.closed.is_none())?.number;
        let mut bounty = program.bounty(spent).ok()?.clone();
        bounty.undecided = Count::new(bounty.undecided.get() + 1);
        program.bounties.insert_mut(spent, bounty);
        Some(())
    }),
    ("a closed bounty with a slot that no claim used", "IndexDiffers", |program| {
        let over = |bounty: &&Bounty| bounty.closed.is_some() && bounty.promised() == Some(Amount::ZERO);
        let mut bounty = program.bounties().find(over)?.clone();
        bounty.slots = Count::new(bounty.slots.get() + 1);
        bounty.used = Count::new(bounty.used.get() + 1);
        program.bounties.insert_mut(bounty.number, bounty);
        Some(())
    }),
    ("a bounty with fewer slots than were used", "IndexDiffers", |program| {
        let free = |bounty: &&Bounty| bounty.closed.is_some() && bounty.used == Count::ZERO;
        let bounty = program.bounties().find(free)?.clone();
        let over = |submission: &Submission| submission.bounty.is_some() && !submission.stage.is_live();
        let submission = claim(program, |submission| over(submission) && !submission.slot)?;
        slip(program, Submission { bounty: Some(bounty.number), slot: true, ..submission })?;
        program
            .bounties
            .insert_mut(bounty.number, Bounty { slots: Count::ZERO, used: Count::new(1), ..bounty });
        Some(())
    }),
    ("evidence that one more holds", "IndexDiffers", |program| {
        let (key, holders) = program.evidence.iter().next().map(|(key, holders)| (*key, holders.clone()))?;
        let twice = [holders.as_slice(), &holders].concat();
        program.evidence.insert_mut(key, twice);
        Some(())
    }),
    ("evidence that nobody is known to hold", "IndexDiffers", |program| {
        let key = *program.evidence.keys().next()?;
        program.evidence.remove_mut(&key).then_some(())
    }),
    ("evidence of no claim that somebody holds", "IndexDiffers", |program| {
        let ((_, function), holders) =
            program.evidence.iter().next().map(|(key, holders)| (*key, holders.clone()))?;
        program.evidence.insert_mut((Digest::ZERO, function), holders);
        Some(())
    }),
];

#[test]
fn every_prefix_of_the_published_journal_keeps_the_invariants() {
    for program in states() {
        assert_eq!(program.audit(), Ok(()), "after {} events", program.size());
    }
}

#[test]
fn the_published_journal_comes_to_every_state_of_a_claim() {
    let states: Vec<Program> = states().collect();
    let claims = states.iter().flat_map(Program::submissions);
    let met: BTreeSet<&str> = claims.map(|submission| submission.stage.name()).collect();
    assert_eq!(met, BTreeSet::from(Stage::NAMES));
}

#[test]
fn whatever_is_spoiled_the_audit_names_it() {
    let states: Vec<Program> = states().collect();
    for (what, violation, spoil) in [MONEY, BATCHES, EVIDENCE, INDEXES].concat() {
        let mut met = 0;
        for state in &states {
            let mut program = state.clone();
            if spoil(&mut program).is_none() {
                continue;
            }
            met += 1;
            let found = program.audit().map_err(|found| format!("{found:?}"));
            let found = found.expect_err(what);
            assert!(found.starts_with(violation), "{what} after {} events: {found}", state.size());
        }
        assert!(met > 0, "the published journal never comes to where there is {what}");
    }
}
