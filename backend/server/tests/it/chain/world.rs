//! A small chain behind a node of the test: what it holds can be changed between any two requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use domain::value::Digest;
use serde_json::{Value, json};
use server::chain::{Block, Confirmations, Nodes};

use super::node_at::{Asked, NodeAt, Reply};

/// What the chain holds.
pub struct World {
    pub chain: Value,
    pub latest: u64,
    pub finalized: u64,
    /// From this block on, blocks have other hashes.
    pub forked_at: u64,
    pub logs: Vec<Value>,
    /// The most blocks that logs may be asked of.
    pub widest: u64,
    pub receipts: HashMap<String, Value>,
    /// By address and calldata, or address and slot.
    pub answers: HashMap<(String, String), Value>,
    /// Looks at a request before it is answered, and may answer it.
    pub before: Box<Watcher>,
}

type Watcher = dyn FnMut(&Asked, &mut Held) -> Option<Reply> + Send;

/// What a test changes while the chain is read.
pub struct Held {
    pub forked_at: u64,
}

/// The chain, and the node that tells of it.
pub struct ChainAt {
    pub node: NodeAt,
    world: Arc<Mutex<World>>,
}

/// The hash of a block, of a transaction or of anything else: a kind, a side of the fork, and a number.
pub fn hash(kind: u8, side: u8, number: u64) -> String {
    format!("0x{kind:02x}{side:02x}{number:060x}")
}

pub fn digest(hash: &str) -> Digest {
    hash[2..].parse().unwrap()
}

impl World {
    pub fn block(&self, number: u64) -> Value {
        if number > self.latest {
            return Value::Null;
        }
        let side = |number| u8::from(number >= self.forked_at);
        json!({
            "number": format!("{number:#x}"),
            "hash": hash(0xb1, side(number), number),
            "parentHash": number.checked_sub(1).map_or(hash(0, 0, 0), |parent| hash(0xb1, side(parent), parent)),
            "timestamp": format!("{:#x}", 1_700_000_000 + number),
            "transactions": [hash(0x77, 0, number)],
            "l1BlockNumber": "0x1",
        })
    }

    fn logs(&self, filter: &Value) -> Reply {
        let number = |text: &Value| u64::from_str_radix(&text.as_str().unwrap()[2..], 16).unwrap();
        let (from, to) = (number(&filter["fromBlock"]), number(&filter["toBlock"]));
        if to - from + 1 > self.widest {
            return Reply::Error(-32005, "query exceeds the most blocks that may be asked of");
        }
        let within = |log: &&Value| (from..=to).contains(&number(&log["blockNumber"]));
        Reply::Result(self.logs.iter().filter(within).cloned().collect())
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let mut held = Held { forked_at: self.forked_at };
        if let Some(reply) = (self.before)(asked, &mut held) {
            return reply;
        }
        self.forked_at = held.forked_at;
        let params = &asked.body["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match asked.method() {
            "eth_chainId" => Reply::Result(self.chain.clone()),
            "eth_getBlockByNumber" => Reply::Result(match text(&params[0]).as_str() {
                "latest" => self.block(self.latest),
                "finalized" => self.block(self.finalized),
                number => self.block(u64::from_str_radix(&number[2..], 16).unwrap()),
            }),
            "eth_getBlockByHash" => {
                let mut blocks = (0..=self.latest).map(|number| self.block(number));
                Reply::Result(blocks.find(|block| block["hash"] == params[0]).unwrap_or_default())
            }
            "eth_getLogs" => self.logs(&params[0]),
            "eth_getTransactionReceipt" => {
                Reply::Result(self.receipts.get(&text(&params[0])).cloned().unwrap_or_default())
            }
            "eth_call" => {
                let key = (text(&params[0]["to"]), text(&params[0]["data"]));
                self.answers.get(&key).cloned().map_or(Reply::Error(3, "execution reverted"), Reply::Result)
            }
            "eth_getStorageAt" => {
                let key = (text(&params[0]), text(&params[1]));
                Reply::Result(self.answers.get(&key).cloned().unwrap_or_else(|| json!(hash(0, 0, 0))))
            }
            "eth_getCode" => {
                let key = (text(&params[0]), "code".to_owned());
                Reply::Result(self.answers.get(&key).cloned().unwrap_or_else(|| json!("0x")))
            }
            _ => Reply::Error(-32601, "the method does not exist"),
        }
    }
}

impl ChainAt {
    /// A chain of 120 blocks, of which 100 are final.
    pub fn start() -> Self {
        let world = World {
            chain: json!("0xa4b1"),
            latest: 120,
            finalized: 100,
            forked_at: u64::MAX,
            logs: Vec::new(),
            widest: u64::MAX,
            receipts: HashMap::new(),
            answers: HashMap::new(),
            before: Box::new(|_, _| None),
        };
        let world = Arc::new(Mutex::new(world));
        let shared = world.clone();
        Self { node: NodeAt::start(move |asked| shared.lock().unwrap().answer(asked)), world }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn nodes(&self) -> Nodes {
        Nodes::new(self.node.client(), None, Confirmations::Finalized)
    }

    pub fn nodes_beside(&self, second: &Self) -> Nodes {
        Nodes::new(self.node.client(), Some(second.node.client()), Confirmations::Finalized)
    }

    /// A block as this chain has it now.
    pub fn block(&self, number: u64) -> Block {
        serde_json::from_value(self.world().block(number)).unwrap()
    }

    /// What was asked by this method, in its order.
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let bodies = self.node.seen().into_iter().map(|body| serde_json::from_str::<Value>(&body).unwrap());
        bodies.filter(|body| body["method"] == method).map(|mut body| body["params"].take()).collect()
    }

    /// From the first request by this method on, the chain has other blocks from `number` on.
    pub fn reorganise_at(&self, method: &'static str, number: u64) {
        self.world().before = Box::new(move |asked, held| {
            if asked.method() == method {
                held.forked_at = number;
            }
            None
        });
    }
}
