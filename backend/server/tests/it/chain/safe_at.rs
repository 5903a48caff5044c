//! A Safe on a small chain, which a ledger can follow: what it does is in logs, receipts and its own answers alike.

use std::sync::{Arc, Mutex};

use ::safe::calldata::keccak;
use ::safe::reads;
use domain::value::{Address, Amount, Digest};
use serde_json::{Value, json};
use server::chain::Nodes;

use super::node_at::{Asked, Reply};
use super::world::{ChainAt, hash};

/// The last block that is final at the beginning: later than what tests state as a treasurer.
const FIRST: u64 = 5_000;

/// A Safe of one program, and the chain that it is on.
pub struct SafeAt {
    pub chain: ChainAt,
    safe: Address,
    token: Address,
    nonce: u64,
    balance: Amount,
    logs: Arc<Mutex<Vec<Value>>>,
}

fn word(number: u128) -> String {
    format!("{number:064x}")
}

fn padded(address: &Address) -> String {
    format!("{:0>64}", &address.to_string()[2..])
}

fn topic(event: &str) -> String {
    format!("0x{}", keccak(event.as_bytes()))
}

fn data(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Whether a log is what a filter asks for, but for its block.
fn fits(log: &Value, filter: &Value) -> bool {
    let topics = filter["topics"].as_array().unwrap();
    let fits = |(place, wanted): (usize, &Value)| match wanted {
        Value::Null => true,
        Value::Array(any) => any.contains(&log["topics"][place]),
        one => log["topics"][place] == *one,
    };
    log["address"] == filter["address"] && topics.iter().enumerate().all(fits)
}

fn within(log: &Value, filter: &Value) -> bool {
    let number = |text: &Value| u64::from_str_radix(&text.as_str().unwrap()[2..], 16).unwrap();
    (number(&filter["fromBlock"])..=number(&filter["toBlock"])).contains(&number(&log["blockNumber"]))
}

impl SafeAt {
    /// A Safe 1.4.1 of these owners, of whom two sign, on Arbitrum One.
    pub fn start(safe: Address, token: Address, owners: &[Address], nonce: u64, balance: Amount) -> Self {
        let chain = ChainAt::start();
        let logs: Arc<Mutex<Vec<Value>>> = Arc::default();
        let held = logs.clone();
        {
            let mut world = chain.world();
            (world.finalized, world.latest) = (FIRST, FIRST + 20);
            world.before = Box::new(move |asked: &Asked, _| {
                let filter = &asked.body["params"][0];
                let found = || {
                    held.lock()
                        .unwrap()
                        .iter()
                        .filter(|log| fits(log, filter) && within(log, filter))
                        .cloned()
                        .collect()
                };
                (asked.method() == "eth_getLogs").then(|| Reply::Result(found()))
            });
        }
        let of_chain = Self { chain, safe, token, nonce, balance, logs };
        let version = format!("0x{}{}{:0<64}", word(32), word(5), "312e342e31");
        of_chain.answers(safe, reads::version().data(), &version);
        let count = word(u128::try_from(owners.len()).unwrap());
        let list: String = owners.iter().map(padded).collect();
        of_chain.answers(safe, reads::owners().data(), &format!("0x{}{count}{list}", word(32)));
        of_chain.answers(safe, reads::threshold().data(), &format!("0x{}", word(2)));
        of_chain.answers(safe, reads::modules(None).data(), &format!("0x{}{}{}", word(64), word(1), word(0)));
        of_chain.runs("0x41675C099F32341bf84BFc5382aF534df5C7461a");
        of_chain.stands();
        of_chain
    }

    fn answers(&self, to: Address, call: &[u8], answer: &str) {
        self.chain.world().answers.insert((to.to_string(), data(call)), json!(answer));
    }

    /// Has the Safe tell its nonce and its balance.
    fn stands(&self) {
        self.answers(self.safe, reads::nonce().data(), &format!("0x{}", word(self.nonce.into())));
        self.answers(
            self.token,
            reads::balance(&self.safe).data(),
            &format!("0x{}", word(self.balance.wei())),
        );
    }

    /// From now on the Safe runs the code of another contract.
    pub fn runs(&self, singleton: &str) {
        self.answers(self.safe, &reads::SINGLETON_SLOT, &format!("0x{:0>64}", singleton[2..].to_lowercase()));
    }

    pub fn nodes(&self) -> Nodes {
        self.chain.nodes()
    }

    fn log(&self, block: u64, address: &Address, topics: &[String], data: &str) -> Value {
        let index = self.logs.lock().unwrap().len();
        json!({
            "address": address, "topics": topics, "data": data, "blockNumber": format!("{block:#x}"),
            "blockHash": hash(0xb1, 0, block), "transactionHash": hash(0x77, 0, block), "logIndex": format!("{index:#x}"), "removed": false,
        })
    }

    fn receipt(&self, block: u64, logs: &[Value]) -> String {
        let transaction = hash(0x77, 0, block);
        let receipt = json!({
            "transactionHash": transaction, "blockNumber": format!("{block:#x}"),
            "blockHash": hash(0xb1, 0, block), "status": "0x1", "logs": logs,
        });
        self.chain.world().receipts.insert(transaction.clone(), receipt);
        transaction
    }

    /// The Safe executes this in the next final block, and pays this; gives the transaction.
    pub fn executes(&mut self, safe_tx_hash: &Digest, paid: &[(Address, Amount)]) -> String {
        let block = self.chain.world().finalized + 1;
        let mut logs = Vec::new();
        for (to, amount) in paid {
            let topics = [
                topic("Transfer(address,address,uint256)"),
                format!("0x{}", padded(&self.safe)),
                format!("0x{}", padded(to)),
            ];
            let log = self.log(block, &self.token, &topics, &format!("0x{}", word(amount.wei())));
            self.logs.lock().unwrap().push(log.clone());
            logs.push(log);
            self.balance = self.balance.checked_sub(*amount).unwrap();
        }
        let topics = [topic("ExecutionSuccess(bytes32,uint256)"), format!("0x{safe_tx_hash}")];
        let log = self.log(block, &self.safe, &topics, &format!("0x{}", word(0)));
        self.logs.lock().unwrap().push(log.clone());
        logs.push(log);
        self.nonce += 1;
        self.stands();
        let transaction = self.receipt(block, &logs);
        self.chain.world().finalized = block;
        transaction
    }

    /// A transaction of others, in a block that is final or not yet.
    pub fn elsewhere(&self, is_final: bool) -> String {
        let block = {
            let world = self.chain.world();
            if is_final { world.finalized } else { world.latest }
        };
        self.receipt(block, &[])
    }

    /// The node fails from now on.
    pub fn fails(&self) {
        self.chain.world().before = Box::new(|_, _| Some(Reply::Error(-32000, "missing trie node")));
    }
}
