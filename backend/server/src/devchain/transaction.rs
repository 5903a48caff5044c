//! Sending transactions as anybody, and reading their receipts.

use std::time::Duration;

use domain::value::{Address, Amount, Digest};
use safe::U256;
use safe::calldata::{Argument, calldata};
use safe::multisend;
use safe::{SafeAccount, SafeTx};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Devchain, DevchainError, LPT, deployment, wire};

/// Gas of each transaction: nobody pays for it, and estimating it would refuse those that are to fail.
const GAS: u64 = 30_000_000;
/// How often and how long a receipt is waited for.
const LOOKS: u32 = 5_000;
const PAUSE: Duration = Duration::from_millis(2);

/// A transaction on the local node; whoever it is from needs no key and no ether.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub from: Address,
    /// Nobody: it creates a contract.
    pub to: Option<Address>,
    /// Ether, in wei.
    pub value: U256,
    pub data: Vec<u8>,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    #[serde(rename = "transactionHash", deserialize_with = "wire::read_hash")]
    pub transaction: Digest,
    /// Whether it did not revert.
    #[serde(rename = "status", deserialize_with = "wire::read_flag")]
    pub succeeded: bool,
    #[serde(rename = "blockNumber", deserialize_with = "wire::read_quantity")]
    pub block: u64,
    #[serde(deserialize_with = "wire::read_hash")]
    pub block_hash: Digest,
    #[serde(deserialize_with = "wire::read_quantity")]
    pub gas_used: u64,
    pub logs: Vec<Log>,
}

/// An event of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    pub address: Address,
    #[serde(deserialize_with = "wire::read_hashes")]
    pub topics: Vec<Digest>,
    #[serde(deserialize_with = "wire::read_bytes")]
    pub data: Vec<u8>,
    /// Counted within the block.
    #[serde(rename = "logIndex", deserialize_with = "wire::read_quantity")]
    pub index: u64,
}

impl Transaction {
    /// Calls a contract.
    pub fn call(from: Address, to: Address, data: Vec<u8>) -> Self {
        Self { from, to: Some(to), value: U256::zero(), data }
    }

    /// Creates a contract by the code that makes it.
    pub fn create(from: Address, code: Vec<u8>) -> Self {
        Self { from, to: None, value: U256::zero(), data: code }
    }

    /// Moves LPT.
    pub fn pay_lpt(from: Address, to: &Address, amount: Amount) -> Self {
        Self::call(from, LPT, safe::erc20::transfer_calldata(to, U256::from(amount.wei())))
    }

    /// Runs a Safe's transaction; anybody may send it.
    pub fn execute(from: Address, safe: &SafeAccount, tx: &SafeTx, signatures: &[u8]) -> Self {
        Self::call(from, safe.address, tx.exec_calldata(signatures))
    }

    /// Approves a safeTxHash on the chain, as an owner whose wallet signs no hashes does.
    pub fn approve_hash(owner: Address, safe: &SafeAccount, hash: &Digest) -> Self {
        Self::call(owner, safe.address, calldata("approveHash(bytes32)", &[Argument::Word(*hash)]))
    }

    /// Has a Safe call something as its module does: without signatures, and without an `ExecutionSuccess`.
    pub fn by_module(module: Address, safe: &SafeAccount, to: Address, data: &[u8]) -> Self {
        let arguments = [
            Argument::Address(to),
            Argument::Uint(U256::zero()),
            Argument::Bytes(data),
            Argument::Uint(U256::zero()),
        ];
        let data = calldata("execTransactionFromModule(address,uint256,bytes,uint8)", &arguments);
        Self::call(module, safe.address, data)
    }

    /// Several calls in one transaction; all of them come from the `MultiSendCallOnly` of this Safe version.
    ///
    /// That contract runs calls for whoever calls it, so anybody can put calls of theirs around a payout.
    ///
    /// # Errors
    /// A version without contracts here.
    pub fn many(
        from: Address,
        version: safe::SafeVersion,
        calls: &[multisend::Call],
    ) -> Result<Self, DevchainError> {
        let multi_send = deployment(version)?.multi_send_call_only;
        Ok(Self::call(from, multi_send, multisend::calldata(calls)))
    }

    /// The same as one of several calls; who it is from is lost.
    pub fn as_call(&self) -> multisend::Call {
        let to = self.to.unwrap_or(Address::ZERO);
        multisend::Call { operation: 0, to, value: self.value, data: self.data.clone() }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "from": self.from,
            "to": self.to,
            "value": wire::quantity(self.value),
            "data": safe::hex::encode(&self.data),
            "gas": wire::quantity(GAS),
            "gasPrice": "0x0",
        })
    }
}

impl Devchain {
    /// Sends a transaction and waits until it is in a block; it may have reverted.
    ///
    /// # Errors
    /// A node that refuses it, or does not mine.
    pub async fn send(&self, transaction: &Transaction) -> Result<Receipt, DevchainError> {
        let hash = self.submit(transaction).await?;
        self.wait_for(&hash).await
    }

    /// Sends a transaction that must not revert.
    ///
    /// # Errors
    /// The contract's reason if it reverts.
    pub async fn carry_out(&self, transaction: &Transaction) -> Result<Receipt, DevchainError> {
        self.call(transaction).await?;
        let receipt = self.send(transaction).await?;
        if receipt.succeeded {
            Ok(receipt)
        } else {
            Err(DevchainError::Reverted { reason: format!("in transaction {}", receipt.transaction) })
        }
    }

    /// Hands a transaction over without waiting for a block, and returns its hash.
    ///
    /// # Errors
    /// A node that refuses it.
    pub async fn submit(&self, transaction: &Transaction) -> Result<Digest, DevchainError> {
        let hash: wire::Hash = self.rpc.ask("eth_sendTransaction", json!([transaction.to_json()])).await?;
        Ok(hash.0)
    }

    /// What a transaction would answer now; nothing changes.
    ///
    /// # Errors
    /// The contract's reason if it would revert.
    pub async fn call(&self, transaction: &Transaction) -> Result<Vec<u8>, DevchainError> {
        let answer: wire::Bytes = self.rpc.ask("eth_call", json!([transaction.to_json(), "latest"])).await?;
        Ok(answer.0)
    }

    /// What became of a transaction; `None` while it is in no block.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn receipt(&self, transaction: &Digest) -> Result<Option<Receipt>, DevchainError> {
        self.rpc.ask("eth_getTransactionReceipt", json!([wire::hash(transaction)])).await
    }

    pub(super) async fn wait_for(&self, transaction: &Digest) -> Result<Receipt, DevchainError> {
        for _ in 0..LOOKS {
            if let Some(receipt) = self.receipt(transaction).await? {
                return Ok(receipt);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(DevchainError::Answer { method: "eth_getTransactionReceipt" })
    }

    /// What a contract answers to a call of nobody.
    pub(super) async fn read(&self, contract: Address, data: Vec<u8>) -> Result<Vec<u8>, DevchainError> {
        self.call(&Transaction::call(Address::ZERO, contract, data)).await
    }
}
