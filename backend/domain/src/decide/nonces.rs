//! What became of a nonce: a batch was executed, or nobody was paid; and taking it back. Keeps I6.

use crate::batch::{Effects, How, Nonce, Voice};
use crate::books::{Account, Transfer};
use crate::command::{AttestExecution, ConsumeNonce, Seconded, WithdrawExecution};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::{Refusal, RoleList};
use crate::submission::{Stage, Submission};
use crate::suspense::Unexplained;
use crate::value::{Amount, BatchNumber, Digest, MemberNumber, Seq, SubmissionNumber};
use crate::words::{Bucket, Consumption, Role, Seconding};

use super::sources::check_undoable;
use super::{Decision, sum};

/// One treasurer's word pays; where claims would also be owed again, two persons have to say the same.
pub(super) fn attest_execution(
    program: &Program,
    member: &Member,
    asked: AttestExecution,
) -> Result<Decision, Refusal> {
    let batch = program.batch(asked.batch).ok_or(Refusal::NoSuchBatch { batch: asked.batch })?;
    let how = How::Executed(batch.number);
    let (verdict, transfers) = end(program, member, batch.nonce, how, asked.tx_hash)?;
    let outcome = Seconded { verdict };
    Ok(Decision { fact: Fact::BatchExecuted { asked: Box::new(asked), outcome }, transfers })
}

pub(super) fn consume_nonce(
    program: &Program,
    member: &Member,
    asked: ConsumeNonce,
) -> Result<Decision, Refusal> {
    let (verdict, transfers) = end(program, member, asked.nonce, How::Unpaid(asked.how), asked.tx_hash)?;
    let outcome = Seconded { verdict };
    Ok(Decision { fact: Fact::NonceConsumed { asked: Box::new(asked), outcome }, transfers })
}

/// The ledger read that a batch was executed, to the wei.
pub(super) fn read_execution(program: &Program, asked: AttestExecution) -> Result<Decision, Refusal> {
    let batch = program.batch(asked.batch).ok_or(Refusal::NoSuchBatch { batch: asked.batch })?;
    let how = How::Executed(batch.number);
    let effects = effects_of(program, batch.nonce, how)?;
    let (transfers, outcome) = (ended(program, &effects)?, Seconded { verdict: Seconding::Done });
    Ok(Decision { fact: Fact::BatchExecuted { asked: Box::new(asked), outcome }, transfers })
}

/// The ledger read that a nonce was consumed, and that nothing of its lines was paid.
pub(super) fn read_consumption(program: &Program, asked: ConsumeNonce) -> Result<Decision, Refusal> {
    // What was paid instead of the lines is for people to settle.
    if asked.how == Consumption::Mismatched {
        return Err(Refusal::GroundUnfit);
    }
    let effects = effects_of(program, asked.nonce, How::Unpaid(asked.how))?;
    let (transfers, outcome) = (ended(program, &effects)?, Seconded { verdict: Seconding::Done });
    Ok(Decision { fact: Fact::NonceConsumed { asked: Box::new(asked), outcome }, transfers })
}

fn end(
    program: &Program,
    member: &Member,
    number: Seq,
    how: How,
    tx_hash: Digest,
) -> Result<(Seconding, Vec<Transfer>), Refusal> {
    let effects = effects_of(program, number, how)?;
    if effects.returned.is_empty() {
        if !member.holds(Role::Treasurer) {
            return Err(Refusal::RoleNeeded { roles: RoleList(&[Role::Treasurer]) });
        }
        return Ok((Seconding::Done, ended(program, &effects)?));
    }
    let voices = program.nonce(number).map_or(&[][..], |nonce| &nonce.voices);
    let verdict = seconded(program, member, voices, &(how, tx_hash), &effects.returned)?;
    match verdict {
        Seconding::Counted => Ok((verdict, Vec::new())),
        Seconding::Done => Ok((verdict, ended(program, &effects)?)),
    }
}

/// What this end of a nonce would mean, if it can have that end.
fn effects_of(program: &Program, number: Seq, how: How) -> Result<Effects, Refusal> {
    let nonce = program.nonce(number).ok_or(Refusal::NothingProposed { nonce: number })?;
    if nonce.end.is_some() {
        return Err(Refusal::NonceEnded { nonce: number });
    }
    // The Safe consumes its nonces one after another.
    let before = program.nonces().find(|other| other.end.is_none() && other.number < number);
    if let Some(before) = before {
        return Err(Refusal::EarlierNonceOpen { nonce: number, earlier: before.number });
    }
    match (nonce.finding, how) {
        (None, How::Unpaid(Consumption::Mismatched)) => return Err(Refusal::NothingFound { nonce: number }),
        (Some(found), How::Executed(_) | How::Unpaid(Consumption::Failed | Consumption::Replaced)) => {
            return Err(Refusal::FindingStands { nonce: number, event: found.event });
        }
        (None, _) | (Some(_), How::Unpaid(Consumption::Mismatched)) => {}
    }
    let effects = program.effects(nonce, how);
    // As long as the Safe was not seen behind the nonce, what owners signed can still be executed.
    if !effects.returned.is_empty() {
        let seen = program.observation().map_or(Seq::ZERO, |observation| observation.safe.nonce);
        if seen <= number {
            return Err(Refusal::NonceUnconsumed { nonce: number, seen });
        }
    }
    Ok(effects)
}

/// What one more word for the same leads to: those of two different persons suffice, and nobody decides where their
/// own money is in question.
pub(super) fn seconded<T: PartialEq>(
    program: &Program,
    member: &Member,
    voices: &[Voice<T>],
    says: &T,
    claims: &[SubmissionNumber],
) -> Result<Seconding, Refusal> {
    if let Some(submission) = program.concerned(member.number, claims) {
        return Err(Refusal::OwnMoney { submission });
    }
    let mut others = 0_u32;
    for voice in voices.iter().filter(|voice| voice.says == *says && program.counts(voices, voice, claims)) {
        if program.same_person(voice.member, member.number) {
            return Err(Refusal::SaidBefore { event: voice.seq });
        }
        others = others.saturating_add(1);
    }
    Ok(if others == 0 { Seconding::Counted } else { Seconding::Done })
}

/// The money that moves when a nonce has this end.
fn ended(program: &Program, effects: &Effects) -> Result<Vec<Transfer>, Refusal> {
    let mut transfers = Vec::new();
    for number in &effects.paid {
        transfers.extend(paid(program.submission(*number)?, Bucket::Inflight));
    }
    let again = program.amount_of(&effects.again)?;
    transfers.push(Transfer { from: Account::SuspenseOut, to: Account::Safe, amount: again });
    for number in &effects.returned {
        let submission = program.submission(*number)?;
        transfers.push(line(submission, Bucket::Inflight, Bucket::Encumbered));
    }
    let left = program.books().balance(Account::Safe);
    let needed = sum([program.amount_of(&effects.paid)?, again])?;
    match needed.checked_sub(left) {
        Some(missing) if !missing.is_zero() => Err(Refusal::SafeShort { booked: left, missing }),
        _ => Ok(transfers),
    }
}

/// What moves when a claim is paid in full.
fn paid(submission: &Submission, from: Bucket) -> [Transfer; 2] {
    let (period, category) = (submission.period, submission.category);
    let left = Transfer {
        from: Account::Spent(period, category),
        to: Account::Safe,
        amount: submission.revision.amount,
    };
    [line(submission, from, Bucket::Expended), left]
}

fn line(submission: &Submission, from: Bucket, to: Bucket) -> Transfer {
    let account = |bucket| Account::Line(submission.period, submission.category, bucket);
    Transfer { from: account(from), to: account(to), amount: submission.revision.amount }
}

/// The exact inverse of what the end of a nonce moved, as long as nothing was built on it.
pub(super) fn withdraw_execution(
    program: &Program,
    asked: WithdrawExecution,
    by_ledger: bool,
) -> Result<Decision, Refusal> {
    let number = asked.nonce;
    let nonce = program.nonce(number).ok_or(Refusal::NothingProposed { nonce: number })?;
    let Some(end) = &nonce.end else {
        // What was found on a chain that has changed since is to be found anew.
        return match nonce.finding {
            Some(_) if by_ledger => Ok(Fact::ExecutionWithdrawn { asked: Box::new(asked) }.into()),
            _ => Err(Refusal::NonceOpen { nonce: number }),
        };
    };
    check_undoable(by_ledger, end.event, end.source)?;
    let later = program.nonces().find(|other| other.end.is_some() && other.number > number);
    if let Some(later) = later {
        return Err(Refusal::LaterNonceEnded { nonce: number, later: later.number });
    }
    let Effects { paid: settled, again, returned } = &end.effects;
    let mut transfers = Vec::new();
    for number in settled {
        let submission = program.submission(*number)?;
        let Stage::Paid { payment, .. } = &submission.stage else {
            return Err(Refusal::WentOn { submission: submission.number, state: submission.stage.name() });
        };
        if !payment.refunded.is_zero() {
            return Err(Refusal::RefundedSince { submission: submission.number, refunded: payment.refunded });
        }
        let [line, left] = paid(submission, Bucket::Inflight);
        transfers.extend([line, left].map(inverse));
    }
    if program.suspense.get(&end.event).is_some_and(|item| item.explained.is_some()) {
        return Err(Refusal::ExplainedBefore { event: end.event });
    }
    let again = Transfer { from: Account::SuspenseOut, to: Account::Safe, amount: program.amount_of(again)? };
    transfers.push(inverse(again));
    for number in returned {
        let submission = program.submission(*number)?;
        // A later revision is another debt, which the batch does not pay.
        let same = submission.revision.made < end.event;
        if !same || !matches!(submission.stage, Stage::Approved { .. }) {
            return Err(Refusal::WentOn { submission: submission.number, state: submission.stage.name() });
        }
        transfers.push(line(submission, Bucket::Encumbered, Bucket::Inflight));
    }
    Ok(Decision { fact: Fact::ExecutionWithdrawn { asked: Box::new(asked) }, transfers })
}

const fn inverse(transfer: Transfer) -> Transfer {
    Transfer { from: transfer.to, to: transfer.from, amount: transfer.amount }
}

impl Program {
    /// What the end of a nonce means for the claims on it.
    pub(crate) fn effects(&self, nonce: &Nonce, how: How) -> Effects {
        let executed = match how {
            How::Executed(batch) => self.lines_of(batch),
            How::Unpaid(_) => Vec::new(),
        };
        let mut effects = Effects::default();
        for number in &executed {
            let on_it = |submission: &Submission| matches!(submission.stage, Stage::InBatch { nonce: held, .. } if held == nonce.number);
            match self.submission(*number) {
                Ok(submission) if on_it(submission) => effects.paid.push(*number),
                _ => effects.again.push(*number),
            }
        }
        effects.returned = self.in_flight_on(nonce);
        effects.returned.retain(|number| !executed.contains(number));
        effects
    }

    /// The claims that a batch pays, in the order of their numbers.
    fn lines_of(&self, batch: BatchNumber) -> Vec<SubmissionNumber> {
        let payouts = self.batch(batch).map_or(&[][..], |batch| &batch.payouts);
        let mut lines: Vec<_> = payouts.iter().map(|payout| payout.submission).collect();
        lines.sort_unstable();
        lines
    }

    /// The claims in flight on a nonce, in the order of their numbers.
    pub fn in_flight_on(&self, nonce: &Nonce) -> Vec<SubmissionNumber> {
        let mut lines: Vec<_> = nonce.candidates.iter().flat_map(|batch| self.lines_of(*batch)).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.retain(|number| {
            let stage = self.submission(*number).map(|submission| &submission.stage);
            matches!(stage, Ok(Stage::InBatch { nonce: held, .. }) if *held == nonce.number)
        });
        lines
    }

    /// What the revisions of these claims ask for together.
    pub(crate) fn amount_of(&self, submissions: &[SubmissionNumber]) -> Result<Amount, Refusal> {
        let mut amounts = Vec::new();
        for number in submissions {
            amounts.push(self.submission(*number)?.revision.amount);
        }
        sum(amounts)
    }

    /// The first of some claims that is of a member's person.
    fn concerned(&self, member: MemberNumber, claims: &[SubmissionNumber]) -> Option<SubmissionNumber> {
        let own = |number: &&SubmissionNumber| {
            self.submission(**number).is_ok_and(|claim| self.same_person(claim.claimant, member))
        };
        claims.iter().find(own).copied()
    }

    /// Whether what a member said of some claims still counts: it is the last that their person said, they have run
    /// the program without a break since, and nobody found out that one of the claims is theirs.
    fn counts<T>(&self, voices: &[Voice<T>], voice: &Voice<T>, claims: &[SubmissionNumber]) -> bool {
        let corrected =
            |later: &Voice<T>| later.seq > voice.seq && self.same_person(later.member, voice.member);
        let runs = [Role::Lead, Role::Reviewer, Role::Treasurer];
        let speaks = self.members.get(&voice.member).is_some_and(|member| {
            runs.iter().any(|role| member.holds_since(*role).is_some_and(|held| held < voice.seq))
        });
        speaks && !voices.iter().any(corrected) && self.concerned(voice.member, claims).is_none()
    }

    /// The words for the end of a nonce that count.
    pub fn words_on<'a>(&'a self, nonce: &'a Nonce) -> impl Iterator<Item = &'a Voice<(How, Digest)>> {
        let counts = move |voice: &&Voice<(How, Digest)>| {
            let (how, _) = voice.says;
            self.counts(&nonce.voices, voice, &self.effects(nonce, how).returned)
        };
        nonce.voices.iter().filter(counts)
    }

    /// The words for what moved LPT that count.
    pub fn words_about<'a>(
        &'a self,
        item: &'a Unexplained,
    ) -> impl Iterator<Item = &'a Voice<Option<SubmissionNumber>>> {
        item.voices.iter().filter(move |voice| self.counts(&item.voices, voice, voice.says.as_slice()))
    }
}
