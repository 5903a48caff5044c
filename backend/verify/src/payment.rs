//! The Safe transaction of a batch, encoded again from its lines; that of a rejection has none.

use domain::batch::Batch;
use domain::command::{OpenProgram, Payout, ProposeBatch, ProposeRejection};
use domain::value::{Address, Digest, Seq};
use domain::words::Operation;
use safe::deployments::{DEPLOYMENTS, Deployment};
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

/// The transaction that a wallet made of these lines, by a MultiSendCallOnly that it chose itself; `None` if `to` is
/// none that is known for the Safe's version on its chain, or not what a wallet could choose.
///
/// # Errors
/// As [`transaction`].
pub fn adopted(
    charter: &OpenProgram,
    payouts: &[Payout],
    nonce: Seq,
    to: Address,
) -> Result<Option<(SafeAccount, SafeTx)>, PaymentError> {
    let (safe, tx) = transaction(charter, payouts, nonce)?;
    let is_known = |deployment: &Deployment| {
        deployment.version == safe.version
            && deployment.chains.contains(&safe.chain_id)
            && deployment.multi_send_call_only == to
    };
    let may_be_chosen = match tx.operation {
        safe::Operation::Call => to == tx.to,
        safe::Operation::DelegateCall => DEPLOYMENTS.iter().any(is_known),
        safe::Operation::Unknown(_) => false,
    };
    Ok(may_be_chosen.then_some((safe, SafeTx { to, ..tx })))
}

/// The transaction that consumes a nonce and pays nobody.
///
/// # Errors
/// A Safe that is not known.
pub fn rejection(charter: &OpenProgram, nonce: Seq) -> Result<(SafeAccount, SafeTx), PaymentError> {
    Ok((account(charter)?, safe::rejection_tx(&charter.safe, nonce)))
}

/// What a batch says of the transaction that its lines make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stated {
    domain: Digest,
    message: Digest,
    safe_tx: Digest,
    to: Address,
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
}

/// The transaction of a batch in the state, if it hashes as the batch says; else `None`. One without payouts is a
/// rejection. Whether a wallet was to choose its MultiSend, [`is_encoded`] says.
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
    let made = match batch.payouts.as_slice() {
        [] => Some(rejection(charter, batch.nonce)?),
        payouts => adopted(charter, payouts, batch.nonce, batch.to)?,
    };
    Ok(made.filter(|(safe, tx)| Stated::of(safe, tx) == Some(stated)))
}

/// Whether a proposed batch states the transaction that its lines make, and all its hashes; of one that a wallet
/// chose the MultiSend for, [`adopted`].
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
    let made = match asked.adopts {
        Some(_) => adopted(charter, &asked.payouts, asked.nonce, asked.to)?,
        None => Some(transaction(charter, &asked.payouts, asked.nonce)?),
    };
    Ok(made.is_some_and(|(safe, tx)| Stated::of(&safe, &tx) == Some(stated)))
}

/// Whether a proposed rejection states the hashes of the one transaction that it can be.
///
/// # Errors
/// As [`rejection`].
pub fn is_rejection(charter: &OpenProgram, asked: &ProposeRejection) -> Result<bool, PaymentError> {
    let (safe, tx) = rejection(charter, asked.nonce)?;
    let hashes = tx.hashes(&safe);
    let stated = (asked.domain_hash, asked.message_hash, asked.safe_tx_hash);
    Ok(stated == (hashes.domain, hashes.message, hashes.safe_tx))
}
