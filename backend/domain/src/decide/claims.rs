//! Filing and revising submissions: what a claim may ask, and on what evidence.

use crate::books::Transfer;
use crate::command::{AcceptOffer, FileSubmission, ReviseSubmission, SubmissionFiled, SubmissionRevised};
use crate::event::Fact;
use crate::member::Member;
use crate::policy::Version;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{RevisionDigest, Stage, Submission, WHOLE};
use crate::value::{
    Address, Amount, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, RevisionNumber, Slug,
    SubmissionNumber, Timestamp,
};
use crate::words::{ClaimKind, Lane, Role};

use super::bounties::{check_free, contends_again, most};
use super::disputes::own;
use super::{Decision, checked_list, distinct_list, positive};

const MAX_EVIDENCE: u32 = 10;
const MAX_CAPTURES: u32 = 10;

/// What a revision asks, whether it is the first or a later one.
struct Claim<'a> {
    claimant: &'a Member,
    kind: ClaimKind,
    bounty: Option<BountyNumber>,
    period: PeriodNumber,
    category: Slug,
    amount: Amount,
    captures: &'a [Digest],
    evidence: &'a [Digest],
    function: Slug,
    payee: Address,
    /// In percent; all of the work if absent.
    share: Option<Count>,
    contests: Option<SubmissionNumber>,
    /// Whether a slot of its bounty is its own already.
    slot: bool,
    /// The submission that says this, once it is filed.
    number: Option<SubmissionNumber>,
    /// The submission that this replaces a revision of.
    replaces: Option<&'a Submission>,
    /// The version in force.
    policy: &'a Version,
}

impl<'a> Claim<'a> {
    /// What it replaces in the sums of its period: nothing if it comes from another one.
    fn replaced_here(&self) -> Option<&'a Submission> {
        self.replaces.filter(|before| before.period == self.period)
    }
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
        captures: &asked.captures,
        evidence: &asked.evidence,
        function: asked.function,
        payee: asked.payee,
        share: asked.share,
        contests: asked.contests,
        slot: false,
        number: None,
        replaces: None,
        policy: in_force(program, at)?,
    };
    check_time(program, &claim, at)?;
    let limit = claim.policy.policy.open_claims;
    if program.open_claims(member.number) >= limit.get() {
        return Err(Refusal::TooManyOpenClaims { limit });
    }
    check_contested(program, &claim)?;
    check(program, &claim)?;
    check_pace(program, &claim, at)?;
    let filed = u32::try_from(program.submissions.len()).ok().and_then(|count| count.checked_add(1));
    let submission = filed
        .and_then(SubmissionNumber::new)
        .ok_or(Refusal::TooMany { list: "submissions", limit: Count::new(u32::MAX) })?;
    let lane = lane(program, &claim);
    let digest = digest(program, &claim, submission, RevisionNumber::FIRST, asked.texts)?;
    let outcome = SubmissionFiled { digest, lane, policy: claim.policy.number, submission };
    Ok(Fact::SubmissionFiled { asked: Box::new(asked.clone()), outcome }.into())
}

pub(super) fn revise(
    program: &Program,
    member: &Member,
    asked: &ReviseSubmission,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let before = own(program, member, asked.submission)?;
    match before.stage {
        Stage::Submitted { .. } | Stage::NeedsChanges { .. } => {}
        Stage::Agreed { .. }
        | Stage::Approved { .. }
        | Stage::InBatch { .. }
        | Stage::Paid { .. }
        | Stage::Rejected { .. }
        | Stage::Withdrawn { .. }
        | Stage::Reversed { .. } => {
            return Err(Refusal::AlreadyDecided { submission: before.number, state: before.stage.name() });
        }
    }
    let claim = Claim {
        amount: asked.amount,
        captures: &asked.captures,
        evidence: &asked.evidence,
        function: asked.function,
        payee: asked.payee,
        period: period_of(program, before, asked.period)?,
        share: asked.share,
        ..as_before(program, member, before, at)?
    };
    let outcome = revision(program, &claim, before, asked.texts)?;
    Ok(Fact::SubmissionRevised { asked: Box::new(asked.clone()), outcome }.into())
}

/// The period that a revision names: its own, unless that was closed after it was approved, and it then reopened.
fn period_of(
    program: &Program,
    before: &Submission,
    named: Option<PeriodNumber>,
) -> Result<PeriodNumber, Refusal> {
    let closed = program.period(before.period)?.is_closed();
    let period = named.unwrap_or(before.period);
    if !closed && period != before.period {
        return Err(Refusal::PeriodStays { submission: before.number, period: before.period });
    }
    Ok(program.unclosed(period)?.number)
}

/// The claim says what it said, but for the amount that its reviewer offered.
pub(super) fn accept_offer(
    program: &Program,
    member: &Member,
    asked: AcceptOffer,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let before = own(program, member, asked.submission)?;
    let Stage::NeedsChanges { offer: Some(offer) } = before.stage else {
        return Err(Refusal::NoOffer { submission: before.number });
    };
    if asked.amount != offer {
        return Err(Refusal::OfferDiffers { submission: before.number, offer });
    }
    let claim = Claim { amount: offer, ..as_before(program, member, before, at)? };
    let outcome = revision(program, &claim, before, before.revision.texts)?;
    Ok(Fact::OfferAccepted { asked: Box::new(asked), outcome }.into())
}

/// What a claim says already.
fn as_before<'a>(
    program: &'a Program,
    claimant: &'a Member,
    before: &'a Submission,
    at: Timestamp,
) -> Result<Claim<'a>, Refusal> {
    Ok(Claim {
        claimant,
        kind: before.kind,
        bounty: before.bounty,
        period: before.period,
        category: before.category,
        amount: before.revision.amount,
        captures: &before.revision.captures,
        evidence: &before.revision.evidence,
        function: before.revision.function,
        payee: before.revision.payee,
        share: before.revision.share,
        contests: before.contests,
        slot: before.slot,
        number: Some(before.number),
        replaces: Some(before),
        policy: in_force(program, at)?,
    })
}

/// The version of the policy that decides about what is said now.
fn in_force(program: &Program, at: Timestamp) -> Result<&Version, Refusal> {
    program.policy_version_at(at).ok_or(Refusal::NotOpened)
}

/// A rejected claim asks again, as a new revision that says the same: nobody's earlier vote can be cast on it once
/// more. What must be reserved for it.
pub(super) fn revive(
    program: &Program,
    claimant: &Member,
    before: &Submission,
    at: Timestamp,
) -> Result<(SubmissionRevised, Vec<Transfer>), Refusal> {
    // It holds nothing now, so nothing is replaced.
    let claim = Claim { replaces: None, ..as_before(program, claimant, before, at)? };
    let outcome = revision(program, &claim, before, before.revision.texts)?;
    Ok((outcome, contends_again(program, before)?))
}

fn revision(
    program: &Program,
    claim: &Claim<'_>,
    before: &Submission,
    texts: Digest,
) -> Result<SubmissionRevised, Refusal> {
    check(program, claim)?;
    let revision = before
        .revision
        .number
        .next()
        .ok_or(Refusal::TooMany { list: "revisions", limit: Count::new(u32::MAX) })?;
    let lane = lane(program, claim);
    let digest = digest(program, claim, before.number, revision, texts)?;
    Ok(SubmissionRevised { digest, lane, policy: claim.policy.number, revision })
}

/// A claim comes within its period, and within its bounty's window.
fn check_time(program: &Program, claim: &Claim<'_>, at: Timestamp) -> Result<(), Refusal> {
    check_period(program, claim.period, at)?;
    let Some(number) = claim.bounty else { return Ok(()) };
    let bounty = program.bounty(number)?;
    if bounty.closed.is_some() {
        return Err(Refusal::BountyEnded { bounty: number });
    }
    if at < bounty.opens_at || at >= bounty.closes_at {
        let (opens_at, closes_at) = (bounty.opens_at, bounty.closes_at);
        return Err(Refusal::OutsideWindow { bounty: number, opens_at, closes_at });
    }
    check_free(program, bounty, claim.claimant.number, at)
}

/// People wait between claims, have so many without a bounty, and a lead is paid for time that has passed.
fn check_pace(program: &Program, claim: &Claim<'_>, at: Timestamp) -> Result<(), Refusal> {
    let (policy, person) = (&claim.policy.policy, claim.claimant.number);
    let pace = program.pace(person);
    if let Some(from) = pace.any.map(|last| last.plus_hours(policy.cooldown_hours)).filter(|from| at < *from)
    {
        return Err(Refusal::CoolingDown { from });
    }
    if claim.kind == ClaimKind::Lead {
        let began = program.period(claim.period)?.starts_at;
        let from = pace.lead.map_or(began, |last| last.max(began)).plus_hours(policy.lead_pay_hours);
        if at < from {
            return Err(Refusal::PayInArrears { from });
        }
    }
    let (credits, used) = (policy.claim_credits, program.filed(person, claim.period));
    if claim.bounty.is_none() && credits != Count::ZERO && used >= credits.get() {
        return Err(Refusal::NoCreditLeft { credits });
    }
    Ok(())
}

/// A contested claim holds evidence of this one, for the same function, is somebody else's and not yet paid.
fn check_contested(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    let Some(first) = claim.contests else { return Ok(()) };
    let contested = program.submission(first)?;
    let payable =
        contested.stage.is_live() && !matches!(contested.stage, Stage::InBatch { .. } | Stage::Paid { .. });
    let shared = claim.evidence.iter().any(|evidence| contested.revision.evidence.contains(evidence));
    let same = shared && contested.revision.function == claim.function;
    let another = !program.same_person(contested.claimant, claim.claimant.number);
    if payable && same && another { Ok(()) } else { Err(Refusal::NothingContested { submission: first }) }
}

fn check_period(program: &Program, number: PeriodNumber, at: Timestamp) -> Result<(), Refusal> {
    let period = program.unclosed(number)?;
    let until = period.claims_until(program.policy_at(at));
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
    distinct_list("captures", claim.captures, MAX_CAPTURES)?;
    check_shares(program, claim)?;
    check_limits(program, claim)
}

/// The shares of those who hold a piece of evidence for one function come to the whole at most. A claim and one that
/// contests it do not count against each other: who of the two did the work is for the reviewers to say.
fn check_shares(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    let share = claim.share.map_or(WHOLE, Count::get);
    if claim.share.is_some() && !(1..WHOLE).contains(&share) {
        return Err(Refusal::ShareOutOfRange);
    }
    let own = claim.number;
    for evidence in claim.evidence {
        let mut sum = share;
        for holding in program.evidence_holders(*evidence, claim.function) {
            let other = program.submission(holding.submission)?;
            let contests = own.is_some() && other.contests == own;
            if Some(other.number) == own || Some(other.number) == claim.contests || contests {
                continue;
            }
            sum = sum.saturating_add(holding.share);
            if sum > WHOLE {
                return Err(Refusal::EvidenceUsed { evidence: *evidence, first: other.number });
            }
        }
    }
    Ok(())
}

/// Of claims that hold the same evidence, those that are promised money come to the whole of it at most.
pub(super) fn check_promised(program: &Program, submission: &Submission) -> Result<(), Refusal> {
    for evidence in &submission.revision.evidence {
        let mut sum = submission.holding().share;
        for holding in program.evidence_holders(*evidence, submission.revision.function) {
            let other = program.submission(holding.submission)?;
            if other.number == submission.number || other.stage.approvals().is_none() {
                continue;
            }
            sum = sum.saturating_add(holding.share);
            if sum > WHOLE {
                return Err(Refusal::EvidenceUsed { evidence: *evidence, first: other.number });
            }
        }
    }
    Ok(())
}

fn check_kind(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    match (claim.kind, claim.bounty) {
        (ClaimKind::Bounty, None) => Err(Refusal::KindNeedsBounty),
        (ClaimKind::Bounty, Some(number)) => {
            let bounty = program.bounty(number)?;
            // A claim that has a slot already may outlive its bounty's period.
            let same_line =
                (claim.slot || bounty.period == claim.period) && bounty.category == claim.category;
            // Another function would make another claim of the same evidence.
            if !same_line || bounty.function != claim.function {
                return Err(Refusal::BountyMismatch { bounty: number });
            }
            let reward = most(bounty, claim.share)?;
            match claim.amount.checked_sub(reward).filter(|excess| !excess.is_zero()) {
                Some(excess) => {
                    Err(Refusal::OverReward { asked: claim.amount, reward, bounty: number, excess })
                }
                None => Ok(()),
            }
        }
        (kind, Some(_)) => Err(Refusal::KindHasNoBounty { kind }),
        (ClaimKind::Lead, None) if !claim.claimant.holds(Role::Lead) => Err(Refusal::LeadOnly),
        (ClaimKind::Expense | ClaimKind::Lead | ClaimKind::Retro, None) => Ok(()),
    }
}

/// Per-person shares and the retroactive limit, counted without the revision that is replaced.
fn check_limits(program: &Program, claim: &Claim<'_>) -> Result<(), Refusal> {
    let replaced = claim.replaced_here().map_or(Amount::ZERO, |before| before.revision.amount);
    let with_this =
        |sum: Amount| sum.saturating_sub(replaced).checked_add(claim.amount).ok_or(Refusal::AmountTooLarge);
    let person: MemberNumber = claim.claimant.number;
    // Counted for every category, so that no running sum ever overflows.
    let shared = program.share(person, claim.period, claim.category).ok_or(Refusal::AmountTooLarge)?;
    let asked = with_this(shared)?;
    if let Some(percent) = claim.policy.policy.person_share(claim.category) {
        let allotment = program.period(claim.period)?.allotment(claim.category);
        let limit = allotment.percent(percent.get()).ok_or(Refusal::AmountTooLarge)?;
        if asked > limit {
            return Err(Refusal::OverPersonShare { category: claim.category, percent, limit, asked });
        }
    }
    if claim.kind == ClaimKind::Retro {
        let limit = claim.policy.policy.retro_limit;
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
    let policy = &claim.policy.policy;
    let replaced = claim
        .replaced_here()
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
        contests: claim.contests,
        evidence: claim.evidence,
        function: claim.function,
        kind: claim.kind,
        payee: claim.payee,
        period: claim.period,
        policy: claim.policy.number,
        program: program.identity(),
        revision,
        share: claim.share,
        submission,
        texts,
    };
    covered.digest().map_err(|_| Refusal::AmountTooLarge)
}
