//! Commands that nearly pass: one thing about them is wrong, or only odd.

use domain::command::{Actor, Allotment, ApproveWaiting, Payout};
use domain::event::Command;
use domain::value::{
    Address, Amount, BatchNumber, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug,
    SubmissionNumber,
};
use domain::words::{Choice, ClaimKind, Erasure, Ground, Operation, Role, YesNo};

use super::commands::Asking;
use super::misstate::{misstate, on_other_grounds};
use super::values::{any_address, any_evidence, digest, slug};
use crate::rng::Rng;

/// Changes one thing; what comes of it is for the rules to say.
pub fn spoil(rng: &mut Rng, asking: &Asking<'_>, actor: &mut Actor, command: &mut Command) {
    if rng.percent(20) {
        *actor = if rng.percent(10) { Actor::System } else { Actor::Member(member(rng)) };
        return;
    }
    if rng.percent(4) {
        *command = ApproveWaiting { submission: submission(rng) }.into();
        return;
    }
    if rng.percent(25) && on_other_grounds(rng, command) {
        return;
    }
    match command {
        Command::ProgramOpened(asked) => asked.cap = amount(rng, asked.cap),
        Command::MemberAdded(asked) => asked.roles.extend(rng.percent(70).then_some(Role::Reviewer)),
        Command::RoleGranted(asked) => asked.member = member(rng),
        Command::RoleRevoked(asked) => match rng.below(2) {
            0 => asked.member = member(rng),
            _ => asked.role = Role::Lead,
        },
        Command::AddressRecorded(asked) => asked.address = place(rng, asking),
        Command::PeriodOpened(asked) => match rng.below(4) {
            0 => asked.cap = amount(rng, asked.cap),
            1 => asked.ends_at = asked.starts_at,
            2 => asked.starts_at = asking.now,
            _ => asked.ends_at = asked.ends_at.plus_hours(Count::new(u32::MAX)),
        },
        Command::Allotted(asked) => match rng.below(5) {
            4 => asked.reason = None,
            0 => asked.period = period(rng),
            1 => asked.allotments.clear(),
            2 => asked.allotments.extend_from_within(..1),
            _ => {
                if let Some(Allotment { amount: allotted, .. }) = asked.allotments.first_mut() {
                    *allotted = amount(rng, *allotted);
                }
            }
        },
        Command::AllotmentMoved(_)
        | Command::CapChanged(_)
        | Command::LimitsChanged(_)
        | Command::PeriodClosed(_)
        | Command::FundingWithdrawn(_)
        | Command::PolicyChanged(_) => spoil_the_budget(rng, command),
        Command::RejectionProposed(_)
        | Command::BatchExecuted(_)
        | Command::NonceConsumed(_)
        | Command::ExecutionWithdrawn(_)
        | Command::InflowRecorded(_)
        | Command::OutflowRecorded(_)
        | Command::RefundRecorded(_)
        | Command::TransferWithdrawn(_)
        | Command::InflowClassified(_)
        | Command::OutflowSettled(_)
        | Command::WordConfirmed(_)
        | Command::FindingRecorded(_)
        | Command::SignatureRecorded(_) => misstate(rng, asking, command),
        // Who wrote a document, and about what, stands in the journal: whoever asks looks it up.
        Command::DocumentErased(asked) => asked.class = *rng.pick(Erasure::ALL).unwrap(),
        Command::BountyPosted(_)
        | Command::BountyClosed(_)
        | Command::SlotTaken(_)
        | Command::SlotReleased(_)
        | Command::OfferAccepted(_) => spoil_the_offers(rng, command),
        Command::CommentAdded(asked) => asked.submission = submission(rng),
        Command::SubmissionWithdrawn(asked) => asked.submission = submission(rng),
        Command::RejectionAppealed(asked) => asked.submission = submission(rng),
        Command::SubmissionReopened(asked) => asked.submission = submission(rng),
        Command::SubmissionHeld(asked) => asked.submission = submission(rng),
        Command::SubmissionChallenged(asked) => asked.submission = submission(rng),
        Command::SubmissionReleased(asked) => asked.submission = submission(rng),
        Command::ReversalVoted(asked) => asked.submission = submission(rng),
        Command::WaitingApproved(asked) => asked.submission = submission(rng),
        Command::MemberInvited(_)
        | Command::InviteWithdrawn(_)
        | Command::MemberJoined(_)
        | Command::MemberLeft(_)
        | Command::MembersLinked(_)
        | Command::ConflictDeclared(_)
        | Command::NodeDeclared(_)
        | Command::AlternateCalled(_)
        | Command::SampleChecked(_) => spoil_the_people(rng, actor, command),
        // Seldom so much that the Safe is never short again.
        Command::FundingRecorded(asked) if rng.percent(3) => asked.amount = amount(rng, asked.amount),
        Command::FundingRecorded(asked) => asked.amount = Amount::from_wei(rng.of([0, 1])),
        Command::SubmissionFiled(_)
        | Command::SubmissionRevised(_)
        | Command::VoteCast(_)
        | Command::SafeObserved(_)
        | Command::BatchProposed(_) => spoil_more(rng, asking, command),
    }
}

fn spoil_the_offers(rng: &mut Rng, command: &mut Command) {
    match command {
        Command::BountyPosted(asked) => match rng.below(7) {
            6 => (asked.probe, asked.slots) = (YesNo::Yes, Count::new(20)),
            0 => asked.period = period(rng),
            1 => asked.category = category(rng),
            2 => asked.reward = amount(rng, asked.reward),
            3 => asked.slots = Count::new(rng.of([0, 1, 1_000, 1_001, u32::MAX])),
            4 => asked.closes_at = asked.opens_at,
            _ => asked.opens_at = asked.opens_at.plus_hours(Count::new(rng.small(2_000))),
        },
        Command::BountyClosed(asked) => asked.bounty = bounty(rng),
        Command::SlotTaken(asked) => match rng.below(2) {
            0 => asked.bounty = bounty(rng),
            _ => asked.member = Some(member(rng)),
        },
        Command::SlotReleased(asked) => match rng.below(2) {
            0 => asked.bounty = bounty(rng),
            _ => asked.member = Some(member(rng)),
        },
        Command::OfferAccepted(asked) => match rng.below(3) {
            0 => asked.submission = submission(rng),
            _ => asked.amount = amount(rng, asked.amount),
        },
        _ => {}
    }
}

fn spoil_the_people(rng: &mut Rng, actor: &mut Actor, command: &mut Command) {
    match command {
        Command::MemberInvited(asked) => asked.roles.extend(rng.percent(70).then_some(Role::Reviewer)),
        Command::InviteWithdrawn(asked) => asked.invite = digest(rng),
        Command::MemberJoined(asked) => asked.secret = rng.percent(50).then(|| digest(rng)),
        Command::MemberLeft(_) => *actor = Actor::Member(MemberNumber::FIRST),
        Command::MembersLinked(asked) => match rng.below(3) {
            0 => asked.linked = YesNo::No,
            1 => asked.other = asked.member,
            _ => asked.other = member(rng),
        },
        Command::ConflictDeclared(asked) => match rng.below(2) {
            0 => asked.stands = YesNo::No,
            _ => asked.with = member(rng),
        },
        Command::NodeDeclared(asked) => asked.operated = YesNo::No,
        Command::AlternateCalled(asked) => match rng.below(2) {
            0 => asked.member = member(rng),
            _ => asked.submission = submission(rng),
        },
        Command::SampleChecked(asked) => asked.submission = submission(rng),
        _ => {}
    }
}

fn spoil_the_budget(rng: &mut Rng, command: &mut Command) {
    match command {
        Command::AllotmentMoved(asked) => match rng.below(4) {
            0 => asked.amount = amount(rng, asked.amount),
            1 => asked.from = category(rng),
            2 => asked.to = asked.from,
            _ => asked.period = period(rng),
        },
        Command::CapChanged(asked) => match rng.below(2) {
            0 => asked.cap = amount(rng, asked.cap),
            _ => asked.period = period(rng),
        },
        Command::LimitsChanged(asked) => match rng.below(3) {
            0 => asked.cap = asked.cap.map(|cap| amount(rng, cap)),
            1 => asked.categories.extend_from_within(..),
            _ => {
                if let Some(range) = asked.categories.first_mut() {
                    range.ceiling = amount(rng, range.ceiling);
                }
            }
        },
        Command::PeriodClosed(asked) => asked.period = period(rng),
        Command::FundingWithdrawn(asked) => asked.event = seq(rng, asked.event),
        Command::PolicyChanged(asked) => match rng.below(4) {
            0 => asked.policy.batch_lines = Count::new(rng.of([0, 101])),
            1 => asked.policy.open_claims = Count::ZERO,
            2 => asked.policy.payday.every_weeks = Count::ZERO,
            _ => asked.policy.person_shares.extend_from_within(..),
        },
        _ => {}
    }
}

fn spoil_more(rng: &mut Rng, asking: &Asking<'_>, command: &mut Command) {
    match command {
        Command::SubmissionFiled(asked) => match rng.below(11) {
            9 => asked.contests = Some(submission(rng)),
            10 => asked.share = Some(share(rng)),
            0 => asked.amount = amount(rng, asked.amount),
            1 => asked.bounty = rng.percent(70).then(|| bounty(rng)),
            2 => asked.category = category(rng),
            3 => asked.evidence = if rng.percent(30) { Vec::new() } else { long_evidence(rng) },
            4 => asked.function = slug("guest"),
            5 => asked.kind = *rng.pick(ClaimKind::ALL).unwrap(),
            6 => asked.payee = any_address(rng),
            7 => asked.period = period(rng),
            _ => {
                let held = asking.program.submission(submission(rng)).map(|other| other.revision.clone());
                if let Ok(other) = held {
                    (asked.evidence, asked.function) = (other.evidence, other.function);
                }
            }
        },
        Command::SubmissionRevised(asked) => match rng.below(6) {
            5 => asked.share = Some(share(rng)).filter(|_| rng.percent(50)),
            0 => asked.amount = amount(rng, asked.amount),
            1 => asked.evidence = long_evidence(rng),
            2 => asked.function = slug("guest"),
            3 => asked.payee = any_address(rng),
            _ => asked.submission = submission(rng),
        },
        Command::VoteCast(asked) => match rng.below(6) {
            4 if rng.percent(50) => asked.ground = rng.pick(Ground::ALL).copied().filter(|_| rng.percent(60)),
            4 => asked.signature = None,
            5 if rng.percent(50) => asked.offer = Some(amount(rng, Amount::LPT)),
            5 => asked.signer = Some(place(rng, asking)),
            0 => asked.ordinal = Count::new(rng.of([0, 1, 2, 3, u32::MAX])),
            1 => asked.revision = digest(rng),
            2 => asked.submission = submission(rng),
            _ => asked.choice = *rng.pick(Choice::ALL).unwrap(),
        },
        Command::SafeObserved(asked) => match rng.below(7) {
            0 => asked.balance = amount(rng, asked.balance),
            1 => asked.block = seq(rng, asked.block),
            2 => asked.nonce = seq(rng, asked.nonce),
            3 => asked.corrects = Some(seq(rng, Seq::new(7))),
            4 => asked.owners.push(place(rng, asking)),
            5 => asked.threshold = Count::new(rng.of([0, 4, u32::MAX])),
            _ => asked.guard = Some(place(rng, asking)),
        },
        Command::BatchProposed(asked) => match rng.below(10) {
            9 => asked.adopts = Some(batch(rng)).filter(|_| asked.adopts.is_none()),
            7 | 8 => asked.beside = if asked.beside == YesNo::Yes { YesNo::No } else { YesNo::Yes },
            6 => asked.evidence_up = YesNo::No,
            0 => asked.nonce = seq(rng, asked.nonce),
            1 => asked.to = place(rng, asking),
            2 => asked.operation = *rng.pick(Operation::ALL).unwrap(),
            3 => asked.payouts.extend_from_within(..),
            4 => asked.payouts.push(Payout {
                amount: Amount::LPT,
                payee: any_address(rng),
                submission: submission(rng),
            }),
            _ => {
                if let Some(line) = asked.payouts.first_mut() {
                    match rng.below(3) {
                        0 => line.amount = amount(rng, line.amount),
                        1 => line.payee = any_address(rng),
                        _ => line.submission = submission(rng),
                    }
                }
            }
        },
        _ => {}
    }
}

fn member(rng: &mut Rng) -> MemberNumber {
    MemberNumber::new(1 + rng.small(16)).unwrap()
}

fn period(rng: &mut Rng) -> PeriodNumber {
    PeriodNumber::new(1 + rng.small(5)).unwrap()
}

fn bounty(rng: &mut Rng) -> BountyNumber {
    BountyNumber::new(1 + rng.small(30)).unwrap()
}

pub fn batch(rng: &mut Rng) -> BatchNumber {
    BatchNumber::new(1 + rng.small(30)).unwrap()
}

pub fn submission(rng: &mut Rng) -> SubmissionNumber {
    SubmissionNumber::new(1 + rng.small(200)).unwrap()
}

/// In percent, some of it out of range.
fn share(rng: &mut Rng) -> Count {
    Count::new(rng.of([0, 1, 50, 99, 100, u32::MAX]))
}

fn category(rng: &mut Rng) -> Slug {
    slug(rng.of(["lead", "bounties", "marketing", "operations", "travel"]))
}

/// An amount near another one, or at an end of what can be counted.
pub fn amount(rng: &mut Rng, near: Amount) -> Amount {
    let wei = near.wei();
    Amount::from_wei(rng.of([
        0,
        1,
        wei.saturating_add(1),
        wei.saturating_sub(1),
        wei.saturating_mul(10),
        wei.saturating_mul(2),
        u128::MAX,
        u128::MAX / 2,
    ]))
}

pub fn seq(rng: &mut Rng, near: Seq) -> Seq {
    let near = near.get();
    Seq::new(rng.of([0, near, near.saturating_sub(1), near.saturating_add(1), near.saturating_add(7)]))
}

/// An address that means something.
pub fn place(rng: &mut Rng, asking: &Asking<'_>) -> Address {
    let charter = asking.program.charter();
    let refused = charter.refused_payees.first().copied().unwrap_or(Address::ZERO);
    let any = any_address(rng);
    rng.of([Address::ZERO, charter.token, charter.safe, charter.multi_send, refused, any])
}

/// Too much evidence, or some of it twice.
fn long_evidence(rng: &mut Rng) -> Vec<Digest> {
    (0..=rng.below(4)).flat_map(|_| any_evidence(rng)).collect()
}
