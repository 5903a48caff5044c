//! Receipts as a node gives them, of transactions that run what a ledger's Safe is to run, or something else.

use domain::value::{Address, Amount, Digest};
use ethers::abi::{Token, encode};
use ethers::types::U256;
use ethers::utils::keccak256;
use safe::{SafeAccount, SafeTx};
use serde_json::{Value, json};
use verify::payment;

use super::Ledger;
use super::charter::lpt;

/// What a contract logs.
#[derive(Clone, Debug)]
pub struct Log {
    pub address: Address,
    pub topics: Vec<Digest>,
    pub data: Vec<u8>,
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub hash: Digest,
    pub succeeded: bool,
    /// The place of its first log in the block.
    pub first: u64,
    pub logs: Vec<Log>,
    pub safe: SafeAccount,
    pub token: Address,
}

pub fn topic(event: &str) -> Digest {
    Digest::from_bytes(keccak256(event))
}

fn word(address: Address) -> Digest {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.bytes());
    Digest::from_bytes(word)
}

fn token(address: Address) -> Token {
    Token::Address((*address.bytes()).into())
}

impl Transaction {
    /// A transaction that does nothing yet.
    pub fn new(ledger: &Ledger, seed: &str) -> Self {
        Self {
            hash: Digest::sha256(&[b"transaction", seed.as_bytes()]),
            succeeded: true,
            first: 3,
            logs: Vec::new(),
            safe: payment::account(ledger.program.charter()).unwrap(),
            token: ledger.program.charter().token,
        }
    }

    fn log(mut self, address: Address, topics: Vec<Digest>, data: Vec<u8>) -> Self {
        self.logs.push(Log { address, topics, data });
        self
    }

    /// The index that the next log gets.
    pub fn next(&self) -> u64 {
        self.first + u64::try_from(self.logs.len()).unwrap()
    }

    /// The token moves.
    pub fn transfer(self, from: Address, to: Address, amount: Amount) -> Self {
        let topics = vec![topic("Transfer(address,address,uint256)"), word(from), word(to)];
        let token = self.token;
        self.log(token, topics, encode(&[Token::Uint(amount.wei().into())]))
    }

    /// The Safe pays.
    pub fn pays(self, to: Address, amount: Amount) -> Self {
        let safe = self.safe.address;
        self.transfer(safe, to, amount)
    }

    /// A `SafeL2` says what it is about to run.
    pub fn begins(self, tx: &SafeTx) -> Self {
        let info = encode(&[Token::Uint(tx.nonce), token(self.safe.address), Token::Uint(U256::from(2))]);
        let data = encode(&[
            token(tx.to),
            Token::Uint(tx.value),
            Token::Bytes(tx.data.clone()),
            Token::Uint(tx.operation.code().into()),
            Token::Uint(tx.safe_tx_gas),
            Token::Uint(tx.base_gas),
            Token::Uint(tx.gas_price),
            token(tx.gas_token),
            token(tx.refund_receiver),
            Token::Bytes(vec![0x11; 130]),
            Token::Bytes(info),
        ]);
        let event = "SafeMultiSigTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes,bytes)";
        let safe = self.safe.address;
        self.log(safe, vec![topic(event)], data)
    }

    /// The Safe ran a transaction of this hash, as 1.4.1 says it.
    pub fn ends(self, hash: Digest, succeeded: bool) -> Self {
        let event =
            if succeeded { "ExecutionSuccess(bytes32,uint256)" } else { "ExecutionFailure(bytes32,uint256)" };
        let safe = self.safe.address;
        self.log(safe, vec![topic(event), hash], encode(&[Token::Uint(U256::zero())]))
    }

    /// The Safe runs a batch of the ledger, which pays these instead of its lines if any are given.
    pub fn runs(self, ledger: &Ledger, number: u32, instead: Option<&[(Address, Amount)]>) -> Self {
        let batch = ledger.program.batch(super::batch_number(number)).unwrap();
        let (_, tx) = payment::rebuilt(ledger.program.charter(), batch).unwrap().unwrap();
        let lines: Vec<_> = batch.payouts.iter().map(|line| (line.payee, line.amount)).collect();
        let begun = self.begins(&tx);
        let paid = instead.unwrap_or(&lines).iter().fold(begun, |tx, (to, amount)| tx.pays(*to, *amount));
        paid.ends(batch.safe_tx_hash, true)
    }

    /// A batch of the ledger fails.
    pub fn fails(self, ledger: &Ledger, number: u32) -> Self {
        let batch = ledger.program.batch(super::batch_number(number)).unwrap();
        let (_, tx) = payment::rebuilt(ledger.program.charter(), batch).unwrap().unwrap();
        self.begins(&tx).ends(batch.safe_tx_hash, false)
    }

    /// The Safe runs what somebody else made on a nonce, which pays these.
    pub fn strange(self, nonce: u64, pays: &[(Address, Amount)]) -> Self {
        let tx = foreign(self.safe, nonce);
        let hash = tx.hashes(&self.safe).safe_tx;
        let begun = self.begins(&tx);
        pays.iter().fold(begun, |tx, (to, amount)| tx.pays(*to, *amount)).ends(hash, true)
    }

    /// The receipt.
    pub fn json(&self) -> Value {
        let block = Digest::sha256(&[b"block of", self.hash.bytes()]);
        let (hash, block_hash) = (format!("0x{}", self.hash), format!("0x{block}"));
        let logs: Vec<Value> = (self.first..)
            .zip(&self.logs)
            .map(|(index, log)| {
                let topics: Vec<String> = log.topics.iter().map(|topic| format!("0x{topic}")).collect();
                json!({
                    "address": log.address.to_string(),
                    "blockHash": block_hash,
                    "blockNumber": "0x2b",
                    "blockTimestamp": "0x699e9306",
                    "data": safe::hex::encode(&log.data),
                    "logIndex": format!("{index:#x}"),
                    "removed": false,
                    "topics": topics,
                    "transactionHash": hash,
                    "transactionIndex": "0x1",
                })
            })
            .collect();
        json!({
            "blockHash": block_hash,
            "blockNumber": "0x2b",
            "contractAddress": null,
            "cumulativeGasUsed": "0x392c0",
            "effectiveGasPrice": "0x5f5e100",
            "from": "0xa0ee7a142d267c1f36714e4a8f75612f20a79720",
            "gasUsed": "0x392c0",
            "logs": logs,
            "status": if self.succeeded { "0x1" } else { "0x0" },
            "to": self.safe.address.to_string(),
            "transactionHash": hash,
            "transactionIndex": "0x1",
            "type": "0x2",
        })
    }
}

/// A call that no batch is.
fn foreign(safe: SafeAccount, nonce: u64) -> SafeTx {
    let mut tx = safe::rejection_tx(&safe.address, domain::value::Seq::new(nonce));
    tx.data = b"another".to_vec();
    tx
}

/// So much to somebody who is no payee.
pub fn stranger(amount: &str) -> (Address, Amount) {
    (super::address(0xf9), lpt(amount))
}
