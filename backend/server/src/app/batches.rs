//! Payout batches: what would be signed, shown first, then frozen.

use domain::Program;
use domain::command::{Payout, ProposeBatch};
use domain::refusal::Refusal;
use domain::value::{Amount, Seq, SubmissionNumber};
use domain::words::Operation as DomainOperation;
use safe::{SafeAccount, SafeTx, SafeTxHashes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::files::FileError;
use verify::payment;

use super::call::{Ask, Operation};
use super::spelling::numbers;
use super::writer::Receipt;
use super::{App, Error};

const PROPOSE_BATCH: Operation = Operation::post("propose_batch");

/// Approved claims to be paid, in the order of the batch's lines.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    #[serde(deserialize_with = "numbers")]
    #[schema(value_type = Vec<u32>)]
    pub submissions: Vec<String>,
}

/// A batch as it would be proposed now.
#[derive(Clone, Debug)]
pub struct Preview {
    pub safe: SafeAccount,
    pub tx: SafeTx,
    pub hashes: SafeTxHashes,
    pub payouts: Vec<Payout>,
    pub total: Amount,
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
    /// What a batch of these claims would be; nothing is written.
    ///
    /// # Errors
    /// Claims that do not exist, a Safe that was never observed, or lines that cannot be paid.
    pub async fn preview_batch(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Preview, Error> {
        let program = self.program(ask.program).await?;
        let mut payouts = Vec::new();
        for number in &new.submissions {
            let number = number.parse::<SubmissionNumber>().map_err(Error::field("submissions"))?;
            let revision = &program.submission(number)?.revision;
            payouts.push(Payout { amount: revision.amount, payee: revision.payee, submission: number });
        }
        let nonce = program.next_nonce().ok_or(Refusal::SafeUnobserved)?;
        let (safe, tx) = transaction(&program, &payouts, nonce)?;
        let total = Amount::sum(payouts.iter().map(|payout| payout.amount)).ok_or(Refusal::AmountTooLarge)?;
        Ok(Preview { hashes: tx.hashes(&safe), safe, tx, payouts, total })
    }

    /// Proposes a batch: its claims are in flight from now on. Only a treasurer does.
    ///
    /// # Errors
    /// As [`App::preview_batch`], or a refusal: not approved, already batched, over the Safe's balance, …
    pub async fn propose_batch(&self, ask: Ask<'_>, new: &NewBatch) -> Result<Receipt, Error> {
        let cause = ask.cause(PROPOSE_BATCH, "/batches", new)?;
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let command = proposal(self.preview_batch(ask, new).await?)?;
            match self.write(ask, cause, command, Vec::new()).await {
                // Another treasurer took the nonce in between: the next one is as good.
                Err(Error::Refused(Refusal::NonceOutOfTurn { .. })) if tries < TRIES => {}
                answer => return answer,
            }
        }
    }
}

/// How often a proposal is made again when its nonce was taken.
const TRIES: u32 = 5;

fn proposal(preview: Preview) -> Result<ProposeBatch, Error> {
    Ok(ProposeBatch {
        domain_hash: preview.hashes.domain,
        message_hash: preview.hashes.message,
        nonce: Seq::new(preview.tx.nonce.low_u64()),
        operation: match preview.tx.operation {
            safe::Operation::Call => DomainOperation::Call,
            safe::Operation::DelegateCall => DomainOperation::DelegateCall,
            safe::Operation::Unknown(_) => return Err(safe::payout::PayoutError::Differs.into()),
        },
        payouts: preview.payouts,
        safe_tx_hash: preview.hashes.safe_tx,
        to: preview.tx.to,
    })
}
