//! The Safe transaction of a batch, encoded again from its lines.

use domain::batch::Batch;
use domain::command::{OpenProgram, Payout, ProposeBatch};
use domain::value::{Digest, Seq};
use domain::words::Operation;
use safe::payout::PayoutError;
use safe::{SafeAccount, SafeTx, SafeVersion, Transfer};
use thiserror::Error;

/// Why no Safe transaction can be made of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PaymentError {
    #[error("no Safe of version {0} is known: payouts go through Safe 1.3.0, 1.4.1 or 1.5.0")]
    UnknownVersion(domain::command::ContractVersion),
    #[error(transparent)]
    Payout(#[from] PayoutError),
}

/// The Safe of a program.
///
/// # Errors
/// A version of the Safe's contracts that is not known.
pub fn account(charter: &OpenProgram) -> Result<SafeAccount, PaymentError> {
    let version: SafeVersion = charter
        .safe_version
        .to_string()
        .parse()
        .map_err(|_| PaymentError::UnknownVersion(charter.safe_version))?;
    Ok(SafeAccount { chain_id: charter.chain.get(), address: charter.safe, version })
}

/// The lines of a batch as transfers.
pub fn transfers(payouts: &[Payout]) -> Vec<Transfer> {
    payouts.iter().map(|payout| Transfer { recipient: payout.payee, amount: payout.amount }).collect()
}

/// The transaction that pays these lines at a nonce, encoded and read back.
///
/// # Errors
/// Lines that cannot be paid, or a Safe that is not known.
pub fn transaction(
    charter: &OpenProgram,
    payouts: &[Payout],
    nonce: Seq,
) -> Result<(SafeAccount, SafeTx), PaymentError> {
    let safe = account(charter)?;
    let lines = transfers(payouts);
    let tx = safe::payout_tx(safe.chain_id, safe.version, &charter.token, &lines, nonce)?;
    Ok((safe, tx))
}

/// What a batch says of the transaction that its lines make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stated {
    domain: Digest,
    message: Digest,
    safe_tx: Digest,
    to: domain::value::Address,
    operation: Operation,
}

impl Stated {
    fn of(safe: &SafeAccount, tx: &SafeTx) -> Option<Self> {
        let hashes = tx.hashes(safe);
        let operation = match tx.operation {
            safe::Operation::Call => Operation::Call,
            safe::Operation::DelegateCall => Operation::DelegateCall,
            safe::Operation::Unknown(_) => return None,
        };
        let (domain, message, safe_tx) = (hashes.domain, hashes.message, hashes.safe_tx);
        Some(Self { domain, message, safe_tx, to: tx.to, operation })
    }

    /// The transaction that these lines make at a nonce, if it is the one stated.
    fn again(
        self,
        charter: &OpenProgram,
        payouts: &[Payout],
        nonce: Seq,
    ) -> Result<Option<(SafeAccount, SafeTx)>, PaymentError> {
        let (safe, tx) = transaction(charter, payouts, nonce)?;
        Ok((Self::of(&safe, &tx) == Some(self)).then_some((safe, tx)))
    }
}

/// The transaction of a batch in the state, if it hashes as the batch says; else `None`.
///
/// # Errors
/// As [`transaction`].
pub fn rebuilt(charter: &OpenProgram, batch: &Batch) -> Result<Option<(SafeAccount, SafeTx)>, PaymentError> {
    let stated = Stated {
        domain: batch.domain_hash,
        message: batch.message_hash,
        safe_tx: batch.safe_tx_hash,
        to: batch.to,
        operation: batch.operation,
    };
    stated.again(charter, &batch.payouts, batch.nonce)
}

/// Whether a proposed batch states the transaction that its lines make, and all its hashes.
///
/// # Errors
/// As [`transaction`].
pub fn is_encoded(charter: &OpenProgram, asked: &ProposeBatch) -> Result<bool, PaymentError> {
    let stated = Stated {
        domain: asked.domain_hash,
        message: asked.message_hash,
        safe_tx: asked.safe_tx_hash,
        to: asked.to,
        operation: asked.operation,
    };
    Ok(stated.again(charter, &asked.payouts, asked.nonce)?.is_some())
}
