//! Payout batches: what would be signed, shown first, then frozen.

use domain::command::{Actor, Payout, ProposeBatch};
use domain::preview;
use domain::refusal::Refusal;
use domain::value::{Seq, SubmissionNumber};
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
use super::writer::Receipt;
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
    /// What a batch of these claims would be, and what a proposal of it would be refused with; nothing is written.
    ///
    /// # Errors
    /// More claims than a batch may have, claims that do not exist, or amounts that cannot be added up: what
    /// cannot be shown at all.
    pub async fn preview_batch(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Preview, Error> {
        let program = self.program(ask.program).await?;
        let at = self.now()?.max(program.last_at());
        let payouts = payouts(&program, new)?;
        let nonce = nonce(new)?;
        let shown = preview::preview(&program, &payouts, nonce, at)?;
        let as_of = Seq::new(program.size().get().saturating_sub(1));
        let (tx, hashes) = match encoded(&program, &payouts, nonce) {
            Ok(encoded) => encoded,
            Err(error) => return Ok(Preview { shown, as_of, transaction: None, refusal: Some(error) }),
        };
        // Whoever looks at a batch before it is proposed looks at its evidence, too.
        let command = proposal(&tx, &hashes, payouts, new, YesNo::Yes)?.into();
        let request = Request { actor: Actor::Member(ask.member), at, cause: None, command };
        let refusal =
            decide(&program, &request).err().map(Error::from).or_else(|| check_code(&program).err());
        let transaction = program.next_nonce().map(|_| (tx, hashes));
        Ok(Preview { shown, as_of, transaction, refusal })
    }

    /// Proposes a batch: its claims are in flight from now on. Only a treasurer does.
    ///
    /// # Errors
    /// Claims that do not exist, lines that cannot be encoded, or a refusal: not approved, already batched, over
    /// the Safe's balance, …
    pub async fn propose_batch(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Receipt, Error> {
        let cause = ask.cause(PROPOSE_BATCH, "/batches", new)?;
        if self.reads_chain() {
            // What is proposed stands on the Safe as it is now.
            self.read_chain_of(self.program_id(ask.program).await?, true).await?;
        }
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let program = self.program(ask.program).await?;
            check_code(&program)?;
            let payouts = payouts(&program, new)?;
            let (tx, hashes) = encoded(&program, &payouts, nonce(new)?)?;
            let command = proposal(&tx, &hashes, payouts, new, YesNo::from(new.evidence_up))?;
            match self.write(ask, cause, command, Vec::new()).await {
                // Another treasurer took the nonce in between: the next one is as good.
                Err(Error::Refused(Refusal::NonceOutOfTurn { .. }))
                    if new.nonce.is_none() && tries < TRIES => {}
                answer => return answer,
            }
        }
    }
}

/// Refuses to pay through a Safe whose code is not the one that the program names, as it was last observed.
fn check_code(program: &Program) -> Result<(), Error> {
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
    preview::check_length(program, new.submissions.len(), program.last_at())?;
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
