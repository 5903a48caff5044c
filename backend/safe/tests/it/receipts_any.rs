//! What holds of any receipt: it is survived, and no changed one matches.

use crate::chain::{Entry, OURS, SAFE, begins, json_of, line, moved, paid, payee, ran, receipt};
use crate::common::{address, digest, list, text, vectors};
use domain::value::{Amount, Digest};
use proptest::prelude::*;
use proptest::sample::Index;
use safe::erc20::LPT_ARBITRUM;
use safe::reconcile::Payment;
use safe::{Receipt, Transfer, Verdict, executions, movements, reconcile};
use serde_json::{Value, json};
use std::sync::LazyLock;

fn any_lines() -> impl Strategy<Value = Vec<Transfer>> {
    let few = (0..4_u8, 1..4_u128);
    let line = prop_oneof![few, (any::<u8>(), any::<u128>())].prop_map(|(to, wei)| line(to, wei));
    prop::collection::vec(line, 0..40)
}

fn judged(entries: &[Entry], lines: &[Transfer]) -> Verdict {
    reconcile(&receipt(entries), &SAFE, &LPT_ARBITRUM, &OURS, lines).unwrap()
}

/// An execution that pays these.
fn execution(transfers: &[Transfer]) -> Vec<Entry> {
    let mut entries = vec![begins(SAFE)];
    entries.extend(transfers.iter().map(paid));
    entries.push(ran(SAFE, OURS, 0));
    entries
}

/// A multiset, to compare what the verdict says with.
fn sorted(transfers: impl IntoIterator<Item = Transfer>) -> Vec<([u8; 20], u128)> {
    let mut all: Vec<_> =
        transfers.into_iter().map(|line| (*line.recipient.bytes(), line.amount.wei())).collect();
    all.sort_unstable();
    all
}

/// Reads it, and asks everything that can be asked of it.
fn survive(text: &str) {
    let Ok(receipt) = Receipt::parse(text) else { return };
    let _ = executions(&receipt, &SAFE, &LPT_ARBITRUM);
    let _ = movements(&receipt, &SAFE, &LPT_ARBITRUM);
    let _ = reconcile(&receipt, &SAFE, &LPT_ARBITRUM, &OURS, &[line(1, 1), line(1, 1)]);
}

/// A recorded receipt whose batch was paid exactly.
struct Paid {
    json: Value,
    safe: domain::value::Address,
    hash: Digest,
    lines: Vec<Transfer>,
    payment: Payment,
}

impl Paid {
    fn judged(&self, json: &Value) -> Option<Verdict> {
        let receipt = Receipt::read(json).ok()?;
        reconcile(&receipt, &self.safe, &LPT_ARBITRUM, &self.hash, &self.lines).ok()
    }

    /// The place in the list of the log with this index.
    fn place(&self, index: u64) -> usize {
        let index = json!(format!("{index:#x}"));
        list(&self.json, "logs").iter().position(|log| log["logIndex"] == index).unwrap()
    }
}

static PAID: LazyLock<Vec<Paid>> = LazyLock::new(|| {
    let file = vectors("receipts.json");
    let read = |scenario: &Value| {
        let batch = &scenario["ledger_batch"];
        let line = |line: &Value| Transfer {
            recipient: address(line, "to"),
            amount: Amount::from_wei(text(line, "amount").parse().unwrap()),
        };
        let mut paid = Paid {
            json: scenario["receipt"].clone(),
            safe: address(scenario, "safe"),
            hash: digest(batch, "safe_tx_hash"),
            lines: list(batch, "payouts").iter().map(line).collect(),
            payment: Payment { execution: 0, logs: vec![], refund: None },
        };
        let Some(Verdict::Matched(payment)) = paid.judged(&paid.json) else { return None };
        paid.payment = payment;
        (!paid.lines.is_empty()).then_some(paid)
    };
    list(&file, "scenarios").iter().filter_map(read).collect()
});

/// Changes one hex digit of a text.
fn flip(value: &mut Value, at: Index, by: u8) {
    let mut text = value.as_str().unwrap().to_owned();
    let at = 2 + at.index(text.len() - 2);
    let digit = u8::from_str_radix(&text[at..=at], 16).unwrap() ^ by;
    text.replace_range(at..=at, &format!("{digit:x}"));
    *value = json!(text);
}

#[test]
fn many_recorded_batches_were_paid() {
    assert_eq!(PAID.len(), 33);
}

proptest! {
    #[test]
    fn any_text_is_survived_as_a_receipt(text: String) {
        survive(&text);
    }

    /// A receipt with bytes replaced, cut out and doubled.
    #[test]
    fn any_mutation_of_a_receipt_is_survived(
        lines in prop::collection::vec((0..3_u8, 0..3_u128), 0..4),
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), 0..40_usize), 1..6),
    ) {
        let lines: Vec<Transfer> = lines.into_iter().map(|(to, wei)| line(to, wei)).collect();
        let mut bytes = json_of(&execution(&lines)).to_string().into_bytes();
        for (at, byte, len) in changes {
            let at = at.index(bytes.len());
            let end = (at + len).min(bytes.len());
            match byte % 3 {
                0 => bytes[at] = b"0123456789abcdefx\"{}[]:,"[usize::from(byte) % 24],
                1 => drop(bytes.drain(at..end)),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        survive(&String::from_utf8_lossy(&bytes));
    }

    /// Logs of the right contracts with any topics and data.
    #[test]
    fn any_log_is_survived(
        logs in prop::collection::vec((0..3_u8, 0..5_usize, 0..4_usize, any::<Vec<u8>>(), 0..3_usize), 0..8),
    ) {
        let known = [paid(&line(1, 1)), begins(SAFE), ran(SAFE, OURS, 0)];
        let entries: Vec<Entry> = logs
            .into_iter()
            .map(|(who, topics, event, data, words)| {
                let address = [SAFE, LPT_ARBITRUM, payee(1)][usize::from(who)];
                let first = known.get(event).map_or(format!("0x{OURS}"), |entry| entry.1[0].clone());
                let topics = std::iter::once(first).chain(vec![format!("0x{OURS}"); 3]).take(topics).collect();
                let data = if words == 0 { data } else { vec![0; words * 32] };
                Entry(address, topics, ethers::utils::hex::encode_prefixed(data))
            })
            .collect();
        survive(&json_of(&entries).to_string());
    }

    /// What is paid matches in whatever order, each line with a transfer of its own.
    #[test]
    fn what_was_paid_matches(lines in any_lines().prop_shuffle(), paid in any::<prop::sample::Selector>()) {
        let mut transfers = lines.clone();
        // Another order.
        transfers.sort_by_key(|line| (line.amount, line.recipient));
        if !transfers.is_empty() {
            let middle = *paid.select(&transfers);
            let place = transfers.iter().position(|line| *line == middle).unwrap();
            transfers.rotate_left(place);
        }
        let Verdict::Matched(payment) = judged(&execution(&transfers), &lines) else {
            return Err(TestCaseError::fail("it was paid exactly"));
        };
        let mut logs = payment.logs.clone();
        let there: Vec<Transfer> =
            logs.iter().map(|log| transfers[usize::try_from(log - 8).unwrap()]).collect();
        prop_assert_eq!(there, lines);
        logs.sort_unstable();
        logs.dedup();
        prop_assert_eq!(logs.len(), transfers.len());
    }

    /// Whatever was paid, each line and each transfer is named exactly once, and nothing is made up.
    #[test]
    fn a_difference_is_complete(lines in any_lines(), transfers in any_lines()) {
        let same = sorted(lines.clone()) == sorted(transfers.clone());
        match judged(&execution(&transfers), &lines) {
            Verdict::Matched(_) => prop_assert!(same),
            Verdict::Mismatch(difference) => {
                prop_assert!(!same);
                let pairs = [&difference.paid, &difference.wrong_amount, &difference.wrong_recipient];
                let pairs: Vec<_> = pairs.into_iter().flatten().collect();
                let mut places: Vec<usize> = pairs.iter().map(|pair| pair.line).collect();
                places.extend(&difference.missing);
                places.sort_unstable();
                prop_assert_eq!(places, (0..lines.len()).collect::<Vec<_>>());
                let mut logs: Vec<u64> = pairs.iter().map(|pair| pair.transfer.index).collect();
                logs.extend(difference.extra.iter().map(|transfer| transfer.index));
                logs.sort_unstable();
                let expected: Vec<u64> = (8..8 + u64::try_from(transfers.len()).unwrap()).collect();
                // Transfers of nothing count only where a line is of nothing.
                let counts = |index: &u64| {
                    let transfer = transfers[usize::try_from(index - 8).unwrap()];
                    !transfer.amount.is_zero() || logs.contains(index)
                };
                prop_assert_eq!(&logs, &expected.into_iter().filter(counts).collect::<Vec<_>>());
                for pair in &difference.paid {
                    let line = lines[pair.line];
                    prop_assert_eq!((pair.transfer.to, pair.transfer.amount), (line.recipient, line.amount));
                }
                for pair in &difference.wrong_amount {
                    prop_assert_eq!(pair.transfer.to, lines[pair.line].recipient);
                    prop_assert_ne!(pair.transfer.amount, lines[pair.line].amount);
                }
                for pair in &difference.wrong_recipient {
                    prop_assert_eq!(pair.transfer.amount, lines[pair.line].amount);
                    prop_assert_ne!(pair.transfer.to, lines[pair.line].recipient);
                }
                for place in &difference.missing {
                    for extra in &difference.extra {
                        prop_assert_ne!(extra.to, lines[*place].recipient);
                        prop_assert_ne!(extra.amount, lines[*place].amount);
                    }
                }
            }
            verdict => return Err(TestCaseError::fail(format!("{verdict:?}"))),
        }
    }

    /// One changed digit in the transfer of a line, or in what says that the batch ran, and nothing matches.
    #[test]
    fn a_tampered_receipt_never_matches(
        which: Index, line: Index, member in 0..5_usize, at: Index, by in 1..16_u8,
    ) {
        let paid = which.get(&PAID);
        let mut json = paid.json.clone();
        let log = &mut json["logs"][paid.place(*line.get(&paid.payment.logs))];
        match member {
            0 => flip(&mut log["address"], at, by),
            1..=3 => flip(&mut log["topics"][member - 1], at, by),
            _ => flip(&mut log["data"], at, by),
        }
        let verdict = paid.judged(&json);
        prop_assert!(matches!(verdict, None | Some(Verdict::Mismatch(_))), "{:?}", verdict);

        let mut json = paid.json.clone();
        let log = &mut json["logs"][paid.place(paid.payment.execution)];
        let indexed = log["topics"].as_array().unwrap().len() == 2;
        match member {
            0 | 1 => flip(&mut log["address"], at, by),
            2 | 3 => flip(&mut log["topics"][0], at, by),
            _ if indexed => flip(&mut log["topics"][1], at, by),
            _ => {
                // The hash is the first word of the data.
                let data = log["data"].as_str().unwrap().to_owned();
                let mut hash = json!(data[..66]);
                flip(&mut hash, at, by);
                log["data"] = json!(format!("{}{}", hash.as_str().unwrap(), &data[66..]));
            }
        }
        let verdict = paid.judged(&json);
        let reads = matches!(verdict, None | Some(Verdict::NotFound));
        prop_assert!(reads, "{:?}", verdict);
    }

    /// Logs in another order are refused; renumbered, so that a transfer leaves its execution, they match nothing.
    #[test]
    fn a_permuted_receipt_never_matches(which: Index, line: Index, one: Index, two: Index) {
        let paid = which.get(&PAID);
        let logs = list(&paid.json, "logs").len();
        let (one, two) = (one.index(logs), two.index(logs));
        if one != two {
            let mut json = paid.json.clone();
            json["logs"].as_array_mut().unwrap().swap(one, two);
            prop_assert!(Receipt::read(&json).is_err());
        }

        let mut json = paid.json.clone();
        let moved = paid.place(*line.get(&paid.payment.logs));
        let end = paid.place(paid.payment.execution);
        let logs = json["logs"].as_array_mut().unwrap();
        let log = logs.remove(moved);
        logs.insert(end, log);
        for (index, log) in logs.iter_mut().enumerate() {
            log["logIndex"] = json!(format!("{index:#x}"));
        }
        prop_assert!(matches!(paid.judged(&json), Some(Verdict::Mismatch(_))));

        // Nor do they with a transfer left out.
        let mut json = paid.json.clone();
        json["logs"].as_array_mut().unwrap().remove(moved);
        prop_assert!(matches!(paid.judged(&json), Some(Verdict::Mismatch(_))));
    }

    /// What others do in the same Ethereum transaction changes nothing.
    #[test]
    fn noise_of_others_changes_nothing(
        lines in any_lines(),
        noise in prop::collection::vec((any::<Index>(), 0..4_u8, 1..5_u8, 0..4_u128), 0..20),
    ) {
        let mut entries = execution(&lines);
        for (at, kind, who, wei) in noise {
            let entry = match kind {
                0 => moved(LPT_ARBITRUM, payee(who), SAFE, wei),
                1 => moved(payee(who), SAFE, payee(who), wei),
                2 => ran(payee(who), OURS, wei),
                _ => moved(LPT_ARBITRUM, SAFE, payee(who), 0),
            };
            entries.insert(at.index(entries.len() + 1), entry);
        }
        prop_assert!(matches!(judged(&entries, &lines), Verdict::Matched(_)));
    }
}
