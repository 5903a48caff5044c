//! Filing and revising submissions: what a claim may ask, and on what evidence.

use crate::command::{FileSubmission, ReviseSubmission, SubmissionFiled, SubmissionRevised};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{RevisionDigest, Stage, Submission};
use crate::value::{
    Address, Amount, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, RevisionNumber, Slug,
    SubmissionNumber, Timestamp,
};
use crate::words::{ClaimKind, Lane, Role};

use super::{Decision, checked_list, positive};

const MAX_EVIDENCE: u32 = 10;
/// The version of the policy in force: it does not change yet.
const POLICY_VERSION: Count = Count::new(1);

/// What a revision asks, whether it is the first or a later one.
struct Claim<'a> {
    claimant: &'a Member,
    kind: ClaimKind,
    bounty: Option<BountyNumber>,
    period: PeriodNumber,
    category: Slug,
    amount: Amount,
    evidence: &'a [Digest],
    function: Slug,
    payee: Address,
    /// The submission that this replaces a revision of.
    replaces: Option<&'a Submission>,
}

pub(super) fn file(
    program: &Program,
    member: &Member,
    asked: &FileSubmission,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let claim = Claim {
        claimant: member,
        kind: asked.kind,
        bounty: asked.bounty,
        period: asked.period,
        category: asked.category,
        amount: asked.amount,
        evidence: &asked.evidence,
        function: asked.function,
        payee: asked.payee,
        replaces: None,
    };
    check_time(program, &claim, at)?;
    let limit = program.policy().open_claims;
    if program.open_claims(member.number) >= limit.get() {
        return Err(Refusal::TooManyOpenClaims { limit });
    }
    check(program, &claim)?;
    let filed = u32::try_from(program.submissions.len()).ok().and_then(|count| count.checked_add(1));
    let submission = filed
        .and_then(SubmissionNumber::new)
        .ok_or(Refusal::TooMany { list: "submissions", limit: Count::new(u32::MAX) })?;
    let lane = lane(program, &claim);
    let digest = digest(program, &claim, submission, RevisionNumber::FIRST, asked.texts)?;
    let outcome = SubmissionFiled { digest, lane, submission };
    Ok(Fact::SubmissionFiled { asked: Box::new(asked.clone()), outcome }.into())
}

pub(super) fn revise(
    program: &Program,
    member: &Member,
    asked: &ReviseSubmission,
) -> Result<Decision, Refusal> {
    let before = program.submission(asked.submission)?;
    if before.claimant != member.number {
        return Err(Refusal::NotYourClaim { submission: before.number });
    }
    match before.stage {
        Stage::Submitted { .. } | Stage::NeedsChanges => {}
        Stage::Agreed { .. } | Stage::Approved { .. } | Stage::InBatch { .. } | Stage::Rejected { .. } => {
            return Err(Refusal::AlreadyDecided { submission: before.number, state: before.stage.name() });
        }
    }
    let claim = Claim {
        claimant: member,
        kind: before.kind,
        bounty: before.bounty,
        period: before.period,
        category: before.category,
        amount: asked.amount,
        evidence: &asked.evidence,
        function: asked.function,
        payee: asked.payee,
        replaces: Some(before),
    };
    check(program, &claim)?;
    let revision = before
        .revision
        .number
        .next()
        .ok_or(Refusal::TooMany { list: "revisions", limit: Count::new(u32::MAX) })?;
    let lane = lane(program, &claim);
    let digest = digest(program, &claim, before.number, revision, asked.texts)?;
    let outcome = SubmissionRevised { digest, lane, revision };
    Ok(Fact::SubmissionRevised { asked: Box::new(asked.clone()), outcome }.into())
}

/// A claim comes within its period, and within its bounty's window.
fn check_time(program: &Program, claim: &Claim<'_>, at: Timestamp) -> Result<(), Refusal> {
    check_period(program, claim.period, at)?;
    let Some(number) = claim.bounty else { return Ok(()) };
    let bounty = program.bounty(number)?;
    if at < bounty.opens_at || at >= bounty.closes_at {
        let (opens_at, closes_at) = (bounty.opens_at, bounty.closes_at);
        return Err(Refusal::OutsideWindow { bounty: number, opens_at, closes_at });
    }
    if bounty.slots_left() == 0 {
        return Err(Refusal::NoSlotLeft { bounty: number, slots: bounty.slots });
    }
    Ok(())
}

fn check_period(program: &Program, number: PeriodNumber, at: Timestamp) -> Result<(), Refusal> {
    let period = program.period(number)?;
    let until = period.ends_at.plus_hours(program.policy().claim_grace_hours);
    if at < period.starts_at || at >= until {
        return Err(Refusal::OutsidePeriod { period: number, from: period.starts_at, until });
    }
    Ok(())
}

/// What holds for every revision.
fn check(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    let category = program.category(claim.category)?;
    positive(claim.amount)?;
    if claim.amount > category.ceiling {
        let (asked, ceiling) = (claim.amount, category.ceiling);
        return Err(Refusal::AboveCeiling { category: category.slug, asked, ceiling });
    }
    check_kind(program, claim)?;
    match program.address(&claim.payee) {
        Some(known) if known.owner == claim.claimant.number => {}
        _ => return Err(Refusal::PayeeNotYours { address: claim.payee }),
    }
    checked_list("evidence", claim.evidence, MAX_EVIDENCE)?;
    for evidence in claim.evidence {
        let holder = program.evidence_holder(*evidence, claim.function);
        if let Some(first) = holder.filter(|first| Some(*first) != claim.replaces.map(|before| before.number))
        {
            return Err(Refusal::EvidenceUsed { evidence: *evidence, first });
        }
    }
    check_limits(program, claim)
}

fn check_kind(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    match (claim.kind, claim.bounty) {
        (ClaimKind::Bounty, None) => Err(Refusal::KindNeedsBounty),
        (ClaimKind::Bounty, Some(number)) => {
            let bounty = program.bounty(number)?;
            let same_line = bounty.period == claim.period && bounty.category == claim.category;
            // Another function would make another claim of the same evidence.
            if !same_line || bounty.function != claim.function {
                return Err(Refusal::BountyMismatch { bounty: number });
            }
            if claim.amount > bounty.reward {
                return Err(Refusal::OverReward {
                    asked: claim.amount,
                    reward: bounty.reward,
                    bounty: number,
                });
            }
            Ok(())
        }
        (kind, Some(_)) => Err(Refusal::KindHasNoBounty { kind }),
        (ClaimKind::Lead, None) if !claim.claimant.holds(Role::Lead) => Err(Refusal::LeadOnly),
        (ClaimKind::Expense | ClaimKind::Lead | ClaimKind::Retro, None) => Ok(()),
    }
}

/// Per-person shares and the retroactive limit, counted without the revision that is replaced.
fn check_limits(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    let replaced = claim.replaces.map_or(Amount::ZERO, |before| before.revision.amount);
    let with_this =
        |sum: Amount| sum.saturating_sub(replaced).checked_add(claim.amount).ok_or(Refusal::AmountTooLarge);
    let person: MemberNumber = claim.claimant.number;
    // Counted for every category, so that no running sum ever overflows.
    let shared = program.share(person, claim.period, claim.category).ok_or(Refusal::AmountTooLarge)?;
    let asked = with_this(shared)?;
    if let Some(percent) = program.policy().person_share(claim.category) {
        let allotment = program.period(claim.period)?.allotment(claim.category);
        let limit = allotment.percent(percent.get()).ok_or(Refusal::AmountTooLarge)?;
        if asked > limit {
            return Err(Refusal::OverPersonShare { category: claim.category, percent, limit, asked });
        }
    }
    if claim.kind == ClaimKind::Retro {
        let limit = program.policy().retro_limit;
        let asked = with_this(program.totals().retro(claim.period))?;
        if asked > limit {
            return Err(Refusal::OverRetroLimit { limit, asked });
        }
    }
    Ok(())
}

/// The lane a claim is decided in; splitting work into small claims does not pay.
fn lane(program: &Program, claim: &Claim<'_>) -> Lane {
    if program.is_insider(claim.claimant.number) {
        return Lane::Lead;
    }
    if claim.kind == ClaimKind::Retro {
        return Lane::Retro;
    }
    let policy = program.policy();
    let replaced = claim
        .replaces
        .filter(|before| before.revision.lane == Lane::Small)
        .map_or(Amount::ZERO, |before| before.revision.amount);
    let small = program.small(claim.claimant.number, claim.period);
    let with_this = small.and_then(|small| small.saturating_sub(replaced).checked_add(claim.amount));
    let within = with_this.is_some_and(|sum| sum <= policy.small_person_limit);
    if claim.amount <= policy.small_limit && within { Lane::Small } else { Lane::Normal }
}

fn digest(
    program: &Program,
    claim: &Claim<'_>,
    submission: SubmissionNumber,
    revision: RevisionNumber,
    texts: Digest,
) -> Result<Digest, Refusal> {
    let covered = RevisionDigest {
        amount: claim.amount,
        bounty: claim.bounty,
        category: claim.category,
        evidence: claim.evidence,
        function: claim.function,
        kind: claim.kind,
        payee: claim.payee,
        period: claim.period,
        policy: POLICY_VERSION,
        program: program.identity(),
        revision,
        submission,
        texts,
    };
    covered.digest().map_err(|_| Refusal::AmountTooLarge)
}
