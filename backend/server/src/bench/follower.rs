//! A server that follows a chain of our own making, in whose every block the Safe of its program tells something.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App as Routes, HttpResponse, HttpServer};
use domain::value::{Address, Digest};
use safe::calldata::{Argument, calldata, encode, keccak};
use safe::{U256, hex};
use serde_json::{Value, json};

use super::BenchError;
use super::gauges::Memory;
use super::payments::BLOCKS;
use super::stage::{self, Ledger};
use crate::app::{App, Clock, Entropy};
use crate::chain::{Client, Confirmations, Endpoint, Limits, Nodes};
use crate::db::Target;

/// Blocks between two looks.
const STEP: u64 = 100;
/// The `SafeL2` of version 1.4.1, whose code the Safe runs.
const SINGLETON: &str = "0x29fcb43b46531bca003ddc8fcb67ffe91900c762";
/// An hour before the program opens, in Unix seconds: 2026-01-05T11:00:00Z.
const GENESIS_S: u64 = 1_767_610_800;

/// A chain of empty blocks, one a second.
#[derive(Debug)]
struct Chain {
    safe: Address,
    /// The last block.
    tip: AtomicU64,
}

fn hash(kind: &str, block: u64) -> String {
    format!("0x{}", Digest::sha256(&[kind.as_bytes(), &block.to_be_bytes()]))
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}

impl Chain {
    fn block(&self, named: &Value) -> Value {
        let tip = self.tip.load(Ordering::SeqCst);
        let number = match named.as_str() {
            Some("finalized" | "latest") => Some(tip),
            Some(text) => text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok()),
            None => None,
        };
        let Some(number) = number.filter(|number| *number <= tip) else { return Value::Null };
        json!({
            "number": quantity(number),
            "hash": hash("block", number),
            "parentHash": hash("block", number.saturating_sub(1)),
            "timestamp": quantity(GENESIS_S.saturating_add(number)),
        })
    }

    /// One of the Safe in each block; none of the token.
    fn logs(&self, filter: &Value) -> Value {
        let of_safe = filter
            .get("address")
            .and_then(Value::as_str)
            .is_some_and(|address| address.eq_ignore_ascii_case(&self.safe.to_string()));
        let end = |name: &str| {
            let text = filter.get(name).and_then(Value::as_str).and_then(|text| text.strip_prefix("0x"));
            text.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0)
        };
        if !of_safe {
            return json!([]);
        }
        let topic = format!("0x{}", keccak(b"SafeReceived(address,uint256)"));
        let one = |number: u64| {
            json!({
                "address": self.safe, "topics": [topic, format!("0x{}", Digest::ZERO)], "data": format!("{:#066x}", 1),
                "blockNumber": quantity(number), "blockHash": hash("block", number),
                "transactionHash": hash("transaction", number), "logIndex": "0x0", "removed": false,
            })
        };
        (end("fromBlock")..=end("toBlock")).map(one).collect()
    }

    /// What the Safe and the token say: two of three owners sign, nothing was ever paid.
    fn call(data: &str) -> String {
        let is = |signature: &str| data.starts_with(&hex::encode(&calldata(signature, &[])));
        let owners: Vec<Address> = (1..=3).map(|n| Address::from_bytes([n; 20])).collect();
        let answer = if is("VERSION()") {
            encode(&[Argument::Bytes(b"1.4.1")])
        } else if is("getOwners()") {
            encode(&[Argument::Addresses(&owners)])
        } else if is("getThreshold()") {
            encode(&[Argument::Uint(U256::from(2))])
        } else if data.starts_with("0xcc2f8452") {
            let mut end = [0; 20];
            let [.., last] = &mut end;
            *last = 1;
            encode(&[Argument::Addresses(&[]), Argument::Address(Address::from_bytes(end))])
        } else {
            encode(&[Argument::Uint(U256::zero())])
        };
        hex::encode(&answer)
    }

    fn answer(&self, question: &Value) -> Value {
        let parameter = |n: usize| question.pointer(&format!("/params/{n}")).cloned().unwrap_or_default();
        match question.get("method").and_then(Value::as_str) {
            Some("eth_chainId") => json!(quantity(42_161)),
            Some("eth_getBlockByNumber") => self.block(&parameter(0)),
            Some("eth_getLogs") => self.logs(&parameter(0)),
            Some("eth_call") => {
                json!(Self::call(parameter(0).get("data").and_then(Value::as_str).unwrap_or_default()))
            }
            Some("eth_getStorageAt") => {
                let first =
                    parameter(1).as_str().is_some_and(|slot| slot.trim_start_matches(['0', 'x']).is_empty());
                let digits = if first { SINGLETON.trim_start_matches("0x") } else { "0" };
                json!(format!("0x{digits:0>64}"))
            }
            _ => Value::Null,
        }
    }
}

async fn answer(chain: Data<Chain>, body: Bytes) -> HttpResponse {
    let Ok(question) = serde_json::from_slice::<Value>(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    let id = question.get("id").cloned().unwrap_or_default();
    HttpResponse::Ok().json(json!({ "jsonrpc": "2.0", "id": id, "result": chain.answer(&question) }))
}

/// Follows the chain on a new ledger; gives what this process has in memory after the first blocks and after the last.
pub(super) async fn follow(path: &Path) -> Result<(u64, u64), BenchError> {
    let target = Target::Sqlite(path.to_string_lossy().into_owned());
    Ledger::open(&target).await?;
    let slug = stage::slug("bench")?;
    let app = App::start(&target, Clock::Set(stage::clock()?), Entropy::System)?;
    let safe = app.program(slug).await?.charter().safe;
    let chain = Data::from(Arc::new(Chain { safe, tip: AtomicU64::new(0) }));
    let listener = TcpListener::bind("127.0.0.1:0").map_err(BenchError::Http)?;
    let port = listener.local_addr().map_err(BenchError::Http)?.port();
    let routes = chain.clone();
    let server =
        HttpServer::new(move || Routes::new().app_data(routes.clone()).route("/", web::post().to(answer)));
    let server = server.workers(1).disable_signals().listen(listener).map_err(BenchError::Http)?.run();
    let handle = server.handle();
    tokio::spawn(server);
    let endpoint: Endpoint = format!("http://127.0.0.1:{port}/").parse().map_err(|_| BenchError::Stage)?;
    let client = Client::new(endpoint, Limits::default()).map_err(|_| BenchError::Stage)?;
    let app = app.with_nodes(Some(Nodes::new(client, None, Confirmations::Finalized)));
    let mut seen = Vec::new();
    for blocks in BLOCKS {
        while chain.tip.load(Ordering::SeqCst) < blocks {
            chain.tip.fetch_add(STEP, Ordering::SeqCst);
            app.read_chain(slug).await?;
        }
        seen.push(Memory::of_this_process().ok_or(BenchError::Stage)?.now);
    }
    handle.stop(true).await;
    match seen.as_slice() {
        [first, last] => Ok((*first, *last)),
        _ => Err(BenchError::Stage),
    }
}
