//! Payout batches: what would be signed, shown first, then frozen.

use domain::command::{Actor, Cause, Payout, ProposeBatch};
use domain::event::Event;
use domain::preview;
use domain::refusal::Refusal;
use domain::value::{Count, MemberNumber, Seq, SubmissionNumber, Timestamp};
use domain::words::{Operation as DomainOperation, YesNo};
use domain::{Program, Request, decide};
use safe::payout::PayoutError;
use safe::{SafeAccount, SafeTx, SafeTxHashes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::files::FileError;
use verify::payment;

use super::call::{Ask, Operation};
use super::spelling::numbers;
use super::treasury::counted;
use super::writer::{Call, Job, Receipt, Target};
use super::{App, Error, shape};

const PROPOSE_BATCH: Operation = Operation::post("propose_batch");

/// Approved claims to be paid, in the order of the batch's lines.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    #[serde(deserialize_with = "numbers")]
    #[schema(value_type = Vec<shape::Number>)]
    pub submissions: Vec<String>,
    /// The open nonce beside whose batches this one is proposed; the next free one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_611_686_018_427_387_903_u64)]
    pub nonce: Option<u64>,
    /// Whether somebody looked that the evidence of every claim is still up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub evidence_up: bool,
    /// Whether more claims than a batch may have become several batches, on consecutive nonces.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub split: bool,
}

/// A batch as it would be proposed now.
#[derive(Debug)]
pub struct Preview {
    pub shown: preview::Preview,
    /// The event after which it was looked at.
    pub as_of: Seq,
    /// What the Safe would be asked to do; none before it was ever observed, or if it cannot be encoded.
    pub transaction: Option<(SafeTx, SafeTxHashes)>,
    /// What a proposal would be answered with, if not with a batch.
    pub refusal: Option<Error>,
}

/// The transaction that pays these lines at a nonce, encoded and read back.
pub(super) fn transaction(
    program: &Program,
    payouts: &[Payout],
    nonce: Seq,
) -> Result<(SafeAccount, SafeTx), Error> {
    Ok(payment::transaction(program.charter(), payouts, nonce).map_err(FileError::from)?)
}

impl App {
    /// What a batch of these claims would be, and what a proposal of it would be refused with; nothing is written. Of a
    /// list that is split, one for each batch, as if those before it were proposed.
    ///
    /// # Errors
    /// More claims than a batch may have, claims that do not exist, or amounts that cannot be added up: what
    /// cannot be shown at all.
    pub async fn preview_batch(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Vec<Preview>, Error> {
        let mut program = self.program(ask.program).await?;
        let at = self.now()?.max(program.last_at());
        let nonce = nonce(new)?;
        // Of a call that nobody makes: no event of a member is without one.
        let cause = ask.cause(PROPOSE_BATCH, "/batches", new)?;
        let as_of = Seq::new(program.size().get().saturating_sub(1));
        let mut previews = Vec::new();
        for payouts in parts(&program, new)? {
            let (shown, event) = looked_at(&program, (ask.member, cause), payouts, new, nonce, at)?;
            if let Some(event) = event {
                program.apply(&event.record()?)?;
            }
            previews.push(Preview { as_of, ..shown });
        }
        Ok(previews)
    }

    /// Proposes a batch: its claims are in flight from now on. Only a treasurer does. A list that is split makes several
    /// batches, all or none.
    ///
    /// # Errors
    /// Claims that do not exist, lines that cannot be encoded, or a refusal: not approved, already batched, over
    /// the Safe's balance, …
    pub async fn propose_batches(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Vec<Receipt>, Error> {
        let cause = ask.cause(PROPOSE_BATCH, "/batches", new)?;
        let id = self.program_id(ask.program).await?;
        if self.reads_chain() {
            // What is proposed stands on the Safe as it is now.
            self.read_chain_of(id, true).await?;
        }
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let program = self.program(ask.program).await?;
            check_code(&program)?;
            let calls = calls(&program, new, cause)?;
            let job = Job {
                target: Target::Existing(id),
                actor: Actor::Member(ask.member),
                calls,
                accounts: Vec::new(),
            };
            match self.writer.submit(job).await {
                // Another treasurer took the nonce in between: the next one is as good.
                Err(Error::Refused(Refusal::NonceOutOfTurn { .. }))
                    if new.nonce.is_none() && tries < TRIES => {}
                answer => return answer,
            }
        }
    }

    /// As [`App::propose_batches`], for claims that make one batch: the first one's receipt.
    ///
    /// # Errors
    /// As there.
    pub async fn propose_batch(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Receipt, Error> {
        self.propose_batches(ask, new).await?.into_iter().next().ok_or(Error::Stopped)
    }
}

/// A call for each batch that these claims make, the first on the nonce that is asked for or the next one.
fn calls(program: &Program, new: &NewBatch, cause: Cause) -> Result<Vec<Call>, Error> {
    let mut calls = Vec::new();
    let mut next = nonce(new)?;
    for (part, payouts) in (0..).zip(parts(program, new)?) {
        let (tx, hashes) = encoded(program, &payouts, next)?;
        next = Some(Seq::new(tx.nonce.low_u64().saturating_add(1)));
        let command = proposal(&tx, &hashes, payouts, new, YesNo::from(new.evidence_up))?;
        let cause = Some(cause.of_part(part));
        calls.push(Call { command: command.into(), cause, documents: Vec::new() });
    }
    Ok(calls)
}

/// The most batches that one proposal makes.
const MOST_PARTS: u32 = 10;

/// What these claims are to be paid, in their order, batch by batch.
fn parts(program: &Program, new: &NewBatch) -> Result<Vec<Vec<Payout>>, Error> {
    let (at, lines) = (program.last_at(), new.submissions.len());
    let limit = program.policy_at(at).batch_lines.get();
    let most = limit.saturating_mul(MOST_PARTS);
    if !new.split || new.nonce.is_some() {
        preview::check_length(program, lines, at)?;
    } else if !u32::try_from(lines).is_ok_and(|lines| lines <= most) {
        return Err(Refusal::TooMany { list: "payouts", limit: Count::new(most) }.into());
    }
    let payouts = payouts(program, new)?;
    if payouts.is_empty() {
        return Ok(vec![payouts]);
    }
    let lines = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    Ok(payouts.chunks(lines).map(<[Payout]>::to_vec).collect())
}

/// One batch as it would be proposed now, and the event that this would be.
fn looked_at(
    program: &Program,
    (member, cause): (MemberNumber, Cause),
    payouts: Vec<Payout>,
    new: &NewBatch,
    nonce: Option<Seq>,
    at: Timestamp,
) -> Result<(Preview, Option<Event>), Error> {
    let shown = preview::preview(program, &payouts, nonce, at)?;
    let as_of = Seq::ZERO;
    let (tx, hashes) = match encoded(program, &payouts, nonce) {
        Ok(encoded) => encoded,
        Err(error) => return Ok((Preview { shown, as_of, transaction: None, refusal: Some(error) }, None)),
    };
    // Whoever looks at a batch before it is proposed looks at its evidence, too.
    let command = proposal(&tx, &hashes, payouts, new, YesNo::Yes)?.into();
    let request = Request { actor: Actor::Member(member), at, cause: Some(cause), command };
    let decided = decide(program, &request).map_err(Error::from);
    let decided = decided.and_then(|event| check_code(program).map(|()| event));
    let transaction = program.next_nonce().map(|_| (tx, hashes));
    let (event, refusal) = match decided {
        Ok(event) => (Some(event), None),
        Err(refusal) => (None, Some(refusal)),
    };
    Ok((Preview { shown, as_of, transaction, refusal }, event))
}

/// Refuses to pay through a Safe whose code is not the one that the program names, as it was last observed.
pub(super) fn check_code(program: &Program) -> Result<(), Error> {
    let Some(observation) = program.observation() else { return Ok(()) };
    let (chain, singleton) = (program.charter().chain.get(), observation.safe.singleton);
    let named = payment::account(program.charter()).map_err(FileError::from)?.version;
    if safe::deployments::version_of_singleton(chain, &singleton) == Some(named) {
        return Ok(());
    }
    let singleton = safe::eip55::checksum(&singleton);
    Err(Error::UnknownSingleton { singleton, version: named.to_string() })
}

/// How often a proposal is made again when its nonce was taken.
const TRIES: u32 = 5;

/// What these claims are to be paid, in their order.
fn payouts(program: &Program, new: &NewBatch) -> Result<Vec<Payout>, Error> {
    let mut payouts = Vec::new();
    for (place, number) in new.submissions.iter().enumerate() {
        let at = || format!("submissions[{place}]");
        let number = number.parse::<SubmissionNumber>().map_err(Error::at(at))?;
        let revision = &program.submission(number)?.revision;
        payouts.push(Payout { amount: revision.amount, payee: revision.payee, submission: number });
    }
    Ok(payouts)
}

/// The nonce that is asked for.
fn nonce(new: &NewBatch) -> Result<Option<Seq>, Error> {
    new.nonce.map(|nonce| counted("nonce", nonce)).transpose()
}

/// The transaction of these lines on a nonce, or on the next one; on the first one while nobody observed the Safe,
/// which is refused.
fn encoded(
    program: &Program,
    payouts: &[Payout],
    nonce: Option<Seq>,
) -> Result<(SafeTx, SafeTxHashes), Error> {
    let nonce = nonce.or_else(|| program.next_nonce()).unwrap_or(Seq::ZERO);
    let (safe, tx) = transaction(program, payouts, nonce)?;
    let hashes = tx.hashes(&safe);
    Ok((tx, hashes))
}

fn proposal(
    tx: &SafeTx,
    hashes: &SafeTxHashes,
    payouts: Vec<Payout>,
    new: &NewBatch,
    evidence_up: YesNo,
) -> Result<ProposeBatch, Error> {
    Ok(ProposeBatch {
        adopts: None,
        beside: YesNo::from(new.nonce.is_some()),
        domain_hash: hashes.domain,
        evidence_up,
        message_hash: hashes.message,
        nonce: Seq::new(tx.nonce.low_u64()),
        operation: match tx.operation {
            safe::Operation::Call => DomainOperation::Call,
            safe::Operation::DelegateCall => DomainOperation::DelegateCall,
            safe::Operation::Unknown(_) => return Err(PayoutError::Differs.into()),
        },
        payouts,
        safe_tx_hash: hashes.safe_tx,
        to: tx.to,
    })
}
