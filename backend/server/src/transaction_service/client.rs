use domain::value::{Address, Digest, Seq};
use safe::eip55::checksum;
use safe::signature::OwnerSignature;
use safe::{SafeAccount, SafeTx, hex};
use serde_json::{Value, json};

use super::confirmation::Confirmation;
use super::fault::{Fault, NotSent, ServiceError};
use super::key::ServiceKey;
use super::pending;
use super::proposal::{self, Proposal};
use super::request::{Http, Room, Sending};
use super::url::ServiceUrl;
use crate::chain::Limits;

/// The most characters of an origin that the service keeps.
const ORIGIN: usize = 200;

/// A Safe Transaction Service. Every operation is bounded in time, tries and bytes.
#[derive(Clone, Debug)]
pub struct TransactionService {
    http: Http,
}

/// A transaction that is to be shown to the owners.
#[derive(Clone, Copy, Debug)]
pub struct NewProposal<'a> {
    pub tx: &'a SafeTx,
    /// The safeTxHash that was signed.
    pub hash: Digest,
    /// Who proposes: an owner, whose signature counts as a confirmation, or a delegate, whose does not.
    pub sender: Address,
    /// The sender's.
    pub signature: &'a OwnerSignature,
    /// What the owners are told of where it comes from; at most 200 characters.
    pub origin: &'a str,
}

/// What was sent, and how it shows that it arrived.
#[derive(Clone, Copy)]
enum Sent {
    Proposal,
    Confirmation,
}

impl TransactionService {
    /// A client of the service; nothing is sent yet.
    ///
    /// # Errors
    /// For https, a machine without certificates of authorities.
    pub fn new(url: ServiceUrl, key: Option<ServiceKey>, limits: Limits) -> Result<Self, ServiceError> {
        Ok(Self { http: Http::new(url, key, limits)? })
    }

    /// Scheme and host of the service.
    pub fn service(&self) -> String {
        self.http.service()
    }

    /// Shows a transaction to the owners. What is there already stays, and gains the signature.
    ///
    /// # Errors
    /// Fields or a signature that do not belong to the hash (nothing is sent); a service that refuses, in its own
    /// words; or one that cannot be reached: [`Fault::Unsure`] if it may have arrived all the same.
    pub async fn propose(&self, safe: &SafeAccount, proposal: &NewProposal<'_>) -> Result<(), ServiceError> {
        let proposing = async {
            check(safe, proposal)?;
            let path = format!("/v2/safes/{}/multisig-transactions/", checksum(&safe.address));
            let sending = Sending { path: &path, body: &body(safe, proposal), tries: 0 };
            self.place(safe, sending, Sent::Proposal, &proposal.hash, &proposal.sender).await
        };
        proposing.await.map_err(|fault| self.error("propose a transaction", fault))
    }

    /// Adds an owner's signature to a transaction that was proposed.
    ///
    /// # Errors
    /// A signature that is not of this hash (nothing is sent); otherwise as [`TransactionService::propose`].
    pub async fn confirm(
        &self,
        safe: &SafeAccount,
        hash: &Digest,
        signature: &OwnerSignature,
    ) -> Result<(), ServiceError> {
        let confirming = async {
            if !signature.is_of(hash) {
                return Err(NotSent::NotSigned(signature.owner).into());
            }
            let path = format!("/v1/multisig-transactions/0x{hash}/confirmations/");
            let body = json!({ "signature": hex::encode(&signature.bytes()) });
            let sending = Sending { path: &path, body: &body, tries: 0 };
            self.place(safe, sending, Sent::Confirmation, hash, &signature.owner).await
        };
        confirming.await.map_err(|fault| self.error("confirm a transaction", fault))
    }

    /// A transaction with its confirmations; `None` if the service does not know it.
    ///
    /// # Errors
    /// A service that does not answer, or shows something else than this transaction of this Safe.
    pub async fn transaction(
        &self,
        safe: &SafeAccount,
        hash: &Digest,
    ) -> Result<Option<Proposal>, ServiceError> {
        let found = self.find(safe, hash, &mut self.http.room()).await;
        found.map_err(|fault| self.error("read a transaction", fault))
    }

    /// Who confirmed a transaction, according to the service; `None` if it does not know the transaction.
    ///
    /// # Errors
    /// As [`TransactionService::transaction`].
    pub async fn confirmations(
        &self,
        safe: &SafeAccount,
        hash: &Digest,
    ) -> Result<Option<Vec<Confirmation>>, ServiceError> {
        Ok(self.transaction(safe, hash).await?.map(|proposal| proposal.confirmations))
    }

    /// What waits from this nonce on, by nonce and hash: ours, and what others proposed for the Safe.
    ///
    /// The service leaves out what was proposed without any signature, and may lag the chain by half a minute.
    ///
    /// # Errors
    /// A service that does not answer, shows something else, or has more than 500.
    pub async fn pending(&self, safe: &SafeAccount, from: Seq) -> Result<Vec<Proposal>, ServiceError> {
        let found = pending::pending(&self.http, safe, from, &mut self.http.room()).await;
        found.map_err(|fault| self.error("list what is pending", fault))
    }

    fn error(&self, operation: &'static str, fault: Fault) -> ServiceError {
        ServiceError { service: self.service(), operation, fault }
    }

    async fn find(
        &self,
        safe: &SafeAccount,
        hash: &Digest,
        room: &mut Room,
    ) -> Result<Option<Proposal>, Fault> {
        let path = format!("/v2/multisig-transactions/0x{hash}/");
        let written: proposal::Written = match self.http.get(&path, "", room).await {
            Ok(written) => written,
            Err(Fault::NotFound { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let found = written.read(safe)?;
        if found.hash == *hash {
            Ok(Some(found))
        } else {
            Err(Fault::OtherTransaction { asked: *hash, found: found.hash })
        }
    }

    /// Sends something until it is there, and looks whether it is before it is sent again.
    async fn place(
        &self,
        safe: &SafeAccount,
        mut sending: Sending<'_>,
        sent: Sent,
        hash: &Digest,
        by: &Address,
    ) -> Result<(), Fault> {
        let mut room = self.http.room();
        let mut may_be_done = false;
        loop {
            let Err(fault) = self.http.post(&sending, &room).await else { return Ok(()) };
            may_be_done |= fault.may_be_done();
            let again = self.http.pause(&fault, &mut sending.tries, &room).await;
            if may_be_done {
                match self.find(safe, hash, &mut room).await {
                    Ok(Some(found)) if sent.shows_in(&found, by) => return Ok(()),
                    Ok(_) => {}
                    Err(_) => return Err(Fault::Unsure(Box::new(fault))),
                }
            }
            if again.is_none() {
                return Err(if fault.may_be_done() { Fault::Unsure(Box::new(fault)) } else { fault });
            }
        }
    }
}

impl Sent {
    /// Whether it is there, so that sending it again would change nothing.
    fn shows_in(self, found: &Proposal, by: &Address) -> bool {
        let is_signed = found.confirmations.iter().any(|confirmation| match confirmation {
            Confirmation::Signed(signature) => signature.owner == *by,
            Confirmation::Claimed(_) | Confirmation::Refuted { .. } => false,
        });
        match self {
            // A delegate's signature is not kept.
            Self::Proposal => is_signed || found.delegate.as_ref() == Some(by),
            Self::Confirmation => is_signed,
        }
    }
}

/// Whether the parts of a proposal belong together.
fn check(safe: &SafeAccount, proposal: &NewProposal<'_>) -> Result<(), NotSent> {
    let NewProposal { tx, hash, sender, signature, origin } = proposal;
    let computed = tx.hashes(safe).safe_tx;
    if computed != *hash {
        return Err(NotSent::OtherHash { named: *hash, computed });
    }
    if signature.owner != *sender || !signature.is_of(hash) {
        return Err(NotSent::NotSigned(*sender));
    }
    if origin.chars().nth(ORIGIN).is_some() { Err(NotSent::Origin(ORIGIN)) } else { Ok(()) }
}

/// A proposal as the service takes it: numbers as texts, because JavaScript's lose digits.
fn body(safe: &SafeAccount, proposal: &NewProposal<'_>) -> Value {
    let NewProposal { tx, hash, sender, signature, origin } = proposal;
    json!({
        "safe": checksum(&safe.address),
        "to": checksum(&tx.to),
        "value": tx.value.to_string(),
        "data": (!tx.data.is_empty()).then(|| hex::encode(&tx.data)),
        "operation": tx.operation.code(),
        "safeTxGas": tx.safe_tx_gas.to_string(),
        "baseGas": tx.base_gas.to_string(),
        "gasPrice": tx.gas_price.to_string(),
        "gasToken": checksum(&tx.gas_token),
        "refundReceiver": checksum(&tx.refund_receiver),
        "nonce": tx.nonce.to_string(),
        "contractTransactionHash": format!("0x{hash}"),
        "sender": checksum(sender),
        "signature": hex::encode(&signature.bytes()),
        "origin": origin,
    })
}
