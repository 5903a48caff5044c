//! A Safe, its owners, and transactions for them to sign.

use std::time::Duration;

use domain::value::{Address, Amount, Digest, Seq};
use safe::erc20::LPT_ARBITRUM;
use safe::signature::Form;
use safe::signer::LocalKey;
use safe::{
    Operation, OwnerSignature, SafeAccount, SafeTx, SafeVersion, Transfer, U256, payout_tx, rejection_tx,
};
use server::chain::Limits;
use server::transaction_service::{Confirmation, NewProposal};

use crate::chain::node_at::patient;

/// The key that the service may demand.
pub const KEY: &str = "s3cret.KEY-of-the-ledger";

pub fn safe() -> SafeAccount {
    SafeAccount { chain_id: 42161, address: Address::from_bytes([0xab; 20]), version: SafeVersion::V1_4_1 }
}

pub fn key(seed: &str) -> LocalKey {
    LocalKey::from_seed(seed.as_bytes())
}

pub fn alice() -> LocalKey {
    key("alice")
}

pub fn bob() -> LocalKey {
    key("bob")
}

/// Who is an owner of nothing.
pub fn mallory() -> LocalKey {
    key("mallory")
}

/// Two payouts in one batch, which the Safe runs as a delegate call.
pub fn batch(nonce: u64) -> SafeTx {
    let transfer = |to, lpt: u128| Transfer {
        recipient: Address::from_bytes([to; 20]),
        amount: Amount::from_wei(lpt * 10_u128.pow(18)),
    };
    let SafeAccount { chain_id, version, .. } = safe();
    payout_tx(chain_id, version, &LPT_ARBITRUM, &[transfer(1, 20), transfer(2, 5)], Seq::new(nonce)).unwrap()
}

/// A call of nothing: the shortest transaction there is.
pub fn rejection(nonce: u64) -> SafeTx {
    rejection_tx(&safe().address, Seq::new(nonce))
}

/// A transaction in which no field is like another or empty.
pub fn odd(nonce: u64) -> SafeTx {
    SafeTx {
        to: Address::from_bytes([0xd1; 20]),
        value: U256::MAX,
        data: vec![1, 2, 0xff],
        operation: Operation::Call,
        safe_tx_gas: U256::from(3),
        base_gas: U256::from(4),
        gas_price: U256::from(5),
        gas_token: Address::from_bytes([0xd2; 20]),
        refund_receiver: Address::from_bytes([0xd3; 20]),
        nonce: nonce.into(),
    }
}

pub fn hash(tx: &SafeTx) -> Digest {
    tx.hashes(&safe()).safe_tx
}

pub fn sign(tx: &SafeTx, key: &LocalKey) -> OwnerSignature {
    key.sign(&hash(tx), Form::TypedData).unwrap()
}

pub fn proposal<'a>(tx: &'a SafeTx, signature: &'a OwnerSignature) -> NewProposal<'a> {
    NewProposal { tx, hash: hash(tx), sender: signature.owner, signature, origin: "Bounty Ledger" }
}

/// Whose keys signed, in the order of the answer.
pub fn signers(confirmations: &[Confirmation]) -> Vec<Address> {
    let signed = confirmations.iter().filter_map(|confirmation| match confirmation {
        Confirmation::Signed(signature) => Some(signature.owner),
        Confirmation::Claimed(_) | Confirmation::Refuted { .. } => None,
    });
    signed.collect()
}

/// Limits that no test waits for, with room for large pages.
pub fn limits() -> Limits {
    Limits { answer_bytes: 4 * 1024 * 1024, ..patient() }
}

/// Limits of somebody who gives up soon.
pub fn hasty() -> Limits {
    Limits { per_try: Duration::from_secs(1), ..limits() }
}
