//! What it takes to believe a payment: owners' signatures, a receipt, and the memory of whoever follows the chain.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use domain::value::{Address, Amount, Digest};
use safe::calldata::keccak;
use safe::receipt::Receipt;
use safe::reconcile::{Verdict, reconcile};
use safe::recover::ecrecover;
use safe::signature::{Form, SIGNATURE_BYTES, WalletSignature};
use safe::signer::LocalKey;
use safe::{Transfer, hex};
use serde_json::{Value, json};

use super::BenchError;
use super::figures::{Aim, Comparison, ROUNDS, Rounds};
use super::gauges::timed;
use super::weigh::{Load, weigh};

/// Owners' signatures of each round.
const SIGNATURES: usize = 1_000;
/// Transfers of the receipt.
const TRANSFERS: u8 = 150;
/// How often the receipt is read in each round.
const READS: u64 = 200;
/// Blocks that are followed, and those after which memory should stay as it is.
pub(super) const BLOCKS: [u64; 2] = [1_000, 10_000];

/// A signature as a wallet gives it, and the hash that is signed.
type Signed = (Digest, [u8; SIGNATURE_BYTES]);

fn address(kind: u8, n: u8) -> Address {
    let mut bytes = [kind; 20];
    let [.., last] = &mut bytes;
    *last = n;
    Address::from_bytes(bytes)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// As many in a second.
fn a_second(count: usize, time: Duration) -> u64 {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    count.saturating_mul(1_000_000_000).checked_div(nanos(time)).unwrap_or(0)
}

/// Signatures of three owners by turns, every second one of a message.
fn signed(keys: &[LocalKey; 3]) -> Result<Vec<Signed>, BenchError> {
    let mut signed = Vec::new();
    for (n, key) in (0..SIGNATURES).zip(keys.iter().cycle()) {
        let hash = Digest::sha256(&[&n.to_be_bytes()]);
        let form = if n.is_multiple_of(2) { Form::TypedData } else { Form::EthSign };
        let signature = key.sign(&hash, form).map_err(|_| BenchError::Stage)?;
        signed.push((hash, signature.bytes()));
    }
    Ok(signed)
}

/// Each read, and found to be of one of the owners.
fn checked(signed: &[Signed], owners: &[Address]) -> Option<usize> {
    let mut found = 0_usize;
    for (hash, bytes) in signed {
        let signature = WalletSignature::try_from(*bytes).ok()?;
        found = found.saturating_add(usize::from(signature.by_owner(hash, owners).is_ok()));
    }
    Some(found)
}

/// The peer: recovery by the library, and nothing else.
fn recovered(signed: &[Signed]) -> usize {
    let signers = signed.iter().filter_map(|(hash, [rs @ .., v])| {
        let v = if *v > 30 { v.saturating_sub(4) } else { *v };
        black_box(ecrecover(hash, rs, v))
    });
    signers.count()
}

fn signatures() -> Result<Comparison, BenchError> {
    let keys = ["first", "second", "third"].map(|name| LocalKey::from_seed(name.as_bytes()));
    let owners = keys.each_ref().map(LocalKey::address);
    let signed = signed(&keys)?;
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let (theirs, their_time) = timed(|| recovered(&signed)).ok_or(BenchError::Stage)?;
        let (ours, time) = timed(|| checked(&signed, &owners)).ok_or(BenchError::Stage)?;
        if (ours, theirs) != (Some(SIGNATURES), SIGNATURES) {
            return Err(BenchError::Stage);
        }
        rounds.push(a_second(SIGNATURES, time), a_second(SIGNATURES, their_time));
    }
    let what = "1,000 owners' signatures in both forms, read, recovered and checked";
    let names = [what, "recovery by the library alone", "a second of the processor"];
    Ok(rounds.compare("signatures", names, Aim::AtLeast(900), Vec::new()))
}

fn word(address: &Address) -> String {
    hex::encode(&[&[0; 12][..], address.bytes()].concat())
}

/// The lines of a batch, and the receipt of the transaction that pays them.
fn paid(safe: &Address, token: &Address, hash: &Digest) -> (Vec<Transfer>, String) {
    let transaction = format!("0x{}", Digest::sha256(&[b"transaction"]));
    let block = format!("0x{}", Digest::sha256(&[b"block"]));
    let log = |index: usize, contract: &Address, topics: Vec<String>, data: String| {
        json!({
            "address": contract.to_string(), "topics": topics, "data": data, "blockNumber": "0x10",
            "blockHash": block, "transactionHash": transaction, "transactionIndex": "0x1",
            "logIndex": format!("{index:#x}"), "removed": false,
        })
    };
    let topic = |event: &str| format!("0x{}", keccak(event.as_bytes()));
    let mut lines = Vec::new();
    for kind in [0xa1, 0xa2] {
        for n in 0..TRANSFERS {
            let amount = Amount::from_wei(u128::from(n).saturating_add(1_000_000_000_000_000_000));
            lines.push(Transfer { recipient: address(kind, n), amount });
        }
    }
    let mut logs: Vec<Value> = Vec::new();
    for line in &lines {
        let topics = vec![topic("Transfer(address,address,uint256)"), word(safe), word(&line.recipient)];
        logs.push(log(logs.len(), token, topics, format!("{:#066x}", line.amount.wei())));
    }
    let success = vec![topic("ExecutionSuccess(bytes32,uint256)"), format!("0x{hash}")];
    logs.push(log(logs.len(), safe, success, format!("{:#066x}", 0)));
    let receipt = json!({
        "type": "0x2", "status": "0x1", "cumulativeGasUsed": "0x100000", "logsBloom": format!("0x{}", "0".repeat(512)),
        "transactionHash": transaction, "transactionIndex": "0x1", "blockHash": block, "blockNumber": "0x10",
        "gasUsed": "0x100000", "effectiveGasPrice": "0x1", "from": word(safe).replace("0x000000000000000000000000", "0x"),
        "to": safe.to_string(), "contractAddress": null, "logs": logs,
    });
    (lines, receipt.to_string())
}

fn receipt() -> Result<Comparison, BenchError> {
    let (safe, token) = (address(0x5a, 1), address(0x10, 2));
    let hash = Digest::sha256(&[b"safe transaction"]);
    let (lines, text) = paid(&safe, &token, &hash);
    let parse = || (0..READS).filter(|_| black_box(serde_json::from_str::<Value>(&text)).is_ok()).count();
    let matched = || {
        let reads = (0..READS).filter(|_| {
            let verdict =
                Receipt::parse(&text).ok().map(|read| reconcile(&read, &safe, &token, &hash, &lines));
            matches!(verdict, Some(Ok(Verdict::Matched(_))))
        });
        reads.count()
    };
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let (theirs, their_time) = timed(parse).ok_or(BenchError::Stage)?;
        let (ours, time) = timed(matched).ok_or(BenchError::Stage)?;
        if ours != theirs || u64::try_from(ours) != Ok(READS) {
            return Err(BenchError::Stage);
        }
        let each = |time| nanos(time).checked_div(READS.saturating_mul(1_000)).unwrap_or(0).max(1);
        rounds.push(each(time), each(their_time));
    }
    let what = "a receipt with 300 transfers read strictly and matched with 300 lines";
    let names = [what, "its JSON parsed, and nothing else", "µs of the processor"];
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    Ok(rounds.compare("receipt", names, Aim::AtMost(20_000), vec![("bytes", length)]))
}

fn memory(folder: &Path) -> Result<Comparison, BenchError> {
    let mut rounds = Rounds::default();
    let file = folder.join("follower.sqlite");
    let seen = weigh(Load::Follow, &file)?;
    // What the process had after the first blocks comes first.
    rounds.push(seen.now, seen.most);
    let [first, last] = BLOCKS;
    let what = "what a server has in memory that follows a Safe in whose every block something happens, after 10,000";
    let names = [what, "after 1,000", "KiB"];
    Ok(rounds.compare(
        "follow-memory",
        names,
        Aim::AtMost(1_100),
        vec![("blocks", last), ("blocks before", first)],
    ))
}

/// Compares all three with what bounds them.
pub(super) fn run(folder: &Path) -> Result<Vec<Comparison>, BenchError> {
    Ok(vec![signatures()?, receipt()?, memory(folder)?])
}
