//! Receipts of real contracts, and made-up ones of what those cannot easily be brought to do.

use crate::chain::{
    Entry, OURS, SAFE, THEIRS, begins, failed, json_of, line, moved, paid, payee, ran, receipt,
};
use crate::common::{address, all_hold, digest, list, text, uint, vectors};
use domain::value::{Address, Amount, Digest};
use safe::erc20::LPT_ARBITRUM;
use safe::receipt::Place;
use safe::reconcile::{Difference, Pair, Payment};
use safe::{
    LogError, Movement, Receipt, ReceiptError, Transfer, U256, Verdict, executions, movements, reconcile,
};
use serde_json::{Value, json};

fn payouts(batch: &Value) -> Vec<Transfer> {
    let read = |line: &Value| Transfer {
        recipient: address(line, "to"),
        amount: Amount::from_wei(text(line, "amount").parse().unwrap()),
    };
    list(batch, "payouts").iter().map(read).collect()
}

/// A verdict in the words of the file.
fn told(verdict: &Verdict, lines: &[Transfer]) -> Value {
    let moved = |movement: &Movement| {
        let (to, amount) = (safe::eip55::checksum(&movement.to), movement.amount.wei().to_string());
        json!({"to": to, "amount": amount, "log_index": movement.index})
    };
    let (name, paid, unexpected, refund) = match verdict {
        Verdict::Reverted => ("reverted", vec![], vec![], None),
        Verdict::NotFound => ("not_found", vec![], vec![], None),
        Verdict::Failed { outflows, .. } => ("failed", vec![], outflows.clone(), None),
        Verdict::Matched(payment) => {
            assert_eq!(payment.logs.len(), lines.len());
            ("matched", (0..lines.len()).collect(), vec![], payment.refund)
        }
        Verdict::Mismatch(difference) => {
            let Difference { paid, wrong_amount, wrong_recipient, extra, refund, .. } = difference;
            let wrong = wrong_amount.iter().chain(wrong_recipient).map(|pair| pair.transfer);
            let unexpected = wrong.chain(extra.iter().copied()).collect();
            ("mismatch", paid.iter().map(|pair| pair.line).collect(), unexpected, *refund)
        }
    };
    let state = |place| if paid.contains(&place) { "paid" } else { "not_paid" };
    json!({
        "verdict": name,
        "payouts": (0..lines.len()).map(state).collect::<Vec<_>>(),
        "unexpected": unexpected.iter().map(moved).collect::<Vec<_>>(),
        "refund": refund.as_ref().map(moved),
    })
}

/// What kind of difference a scenario shows: lines and transfers in each list.
fn kinds(verdict: &Verdict) -> Option<[usize; 4]> {
    let Verdict::Mismatch(difference) = verdict else { return None };
    let Difference { wrong_amount, wrong_recipient, missing, extra, .. } = difference;
    Some([wrong_amount.len(), wrong_recipient.len(), missing.len(), extra.len()])
}

fn check(scenario: &Value, batch: &str, expected: &str) -> Verdict {
    let name = text(scenario, "name");
    let receipt = Receipt::read(&scenario["receipt"]).unwrap();
    let (safe, token) = (address(scenario, "safe"), address(scenario, "token"));
    let (batch, expected) = (&scenario[batch], &scenario[expected]);
    let (hash, lines) = (digest(batch, "safe_tx_hash"), payouts(batch));
    let verdict = reconcile(&receipt, &safe, &token, &hash, &lines).unwrap();
    let told = told(&verdict, &lines);
    for member in ["verdict", "payouts"] {
        assert_eq!(told[member], expected[member], "{name}");
    }
    let none = json!([]);
    assert_eq!(&told["unexpected"], expected.get("unexpected").unwrap_or(&none), "{name}");
    assert_eq!(&told["refund"], expected.get("refund").unwrap_or(&Value::Null), "{name}");

    let executions = executions(&receipt, &safe, &token).unwrap();
    let found = executions.iter().find(|execution| execution.safe_tx_hash == hash);
    assert_eq!(found.is_some(), !expected["execution"].is_null(), "{name}");
    if let Some(execution) = found {
        assert_eq!(digest(&expected["execution"], "safe_tx_hash"), hash);
        assert_eq!(Value::from(execution.success), expected["execution"]["success"], "{name}");
        assert_eq!(execution.payment, uint(&expected["execution"], "payment"), "{name}");
    }
    verdict
}

#[test]
fn every_receipt_leads_to_its_verdict() {
    let file = vectors("receipts.json");
    let cases = list(&file, "scenarios");
    let mut held = 0;
    for scenario in cases {
        let verdict = check(scenario, "ledger_batch", "expected");
        if !scenario["second_batch"].is_null() {
            check(scenario, "second_batch", "second_expected");
        }
        let name = text(scenario, "name").strip_suffix(text(scenario, "version"));
        let expected = match name {
            Some("amount_off_by_one_wei_") => Some([1, 0, 0, 0]),
            Some("recipient_replaced_") => Some([0, 1, 0, 0]),
            Some("one_missing_" | "duplicate_paid_once_" | "spoofed_transfer_logs_") => Some([0, 0, 1, 0]),
            Some("wrong_token_without_code_") => Some([0, 0, 2, 0]),
            Some("one_extra_") => Some([0, 0, 0, 1]),
            _ => None,
        };
        assert_eq!(kinds(&verdict), expected, "{name:?}");
        held += 1;
    }
    all_hold("receipts", held, cases.len());
}

#[test]
fn the_movements_of_every_receipt_add_up_to_the_change_of_the_balance() {
    let file = vectors("receipts.json");
    let cases = list(&file, "scenarios");
    let (mut held, mut incoming, mut own) = (0, 0, 0);
    for scenario in cases {
        let receipt = Receipt::parse(&scenario["receipt"].to_string()).unwrap();
        let safe = address(scenario, "safe");
        let (mut paid_in, mut paid_out) = (U256::zero(), U256::zero());
        for movement in movements(&receipt, &safe, &address(scenario, "token")).unwrap() {
            let amount = U256::from(movement.amount.wei());
            let out = movement.from == safe;
            assert_eq!(movement.execution.is_some(), out, "{}", scenario["name"]);
            if movement.is_to_self() {
                own += 1;
            } else if out {
                paid_out += amount;
            } else {
                incoming += 1;
                paid_in += amount;
            }
        }
        let balance = &scenario["safe_lpt_balance"];
        assert_eq!(
            uint(balance, "before") + paid_in,
            uint(balance, "after") + paid_out,
            "{}",
            scenario["name"]
        );
        held += 1;
    }
    assert_eq!((incoming, own), (3, 3));
    all_hold("receipts and balances", held, cases.len());
}

fn verdict(entries: &[Entry], lines: &[Transfer]) -> Verdict {
    reconcile(&receipt(entries), &SAFE, &LPT_ARBITRUM, &OURS, lines).unwrap()
}

fn matched(execution: u64, logs: &[u64]) -> Verdict {
    Verdict::Matched(Payment { execution, logs: logs.to_vec(), refund: None })
}

fn out(index: u64, execution: u64, line: &Transfer) -> Movement {
    let Transfer { recipient, amount } = *line;
    Movement { index, from: SAFE, to: recipient, amount, execution: Some(execution) }
}

#[test]
fn a_transfer_before_the_execution_begins_is_none_of_its_own() {
    // A module or an allowance moves LPT first, in the same Ethereum transaction.
    let (stray, line) = (line(8, 1), line(9, 5));
    let entries = [paid(&stray), begins(SAFE), paid(&line), ran(SAFE, OURS, 0), paid(&stray)];
    assert_eq!(verdict(&entries, &[line]), matched(10, &[9]));
    let movements = movements(&receipt(&entries), &SAFE, &LPT_ARBITRUM).unwrap();
    assert_eq!(
        movements.iter().map(|movement| movement.execution).collect::<Vec<_>>(),
        [None, Some(10), None]
    );

    // It is not taken for a line either; and a Safe that logs no beginning owns all that came before.
    let missing = kinds(&verdict(&entries, &[stray, line]));
    assert_eq!(missing, Some([0, 0, 1, 0]));
    let quiet = [paid(&stray), paid(&line), ran(SAFE, OURS, 0)];
    assert_eq!(kinds(&verdict(&quiet, &[line])), Some([0, 0, 0, 1]));
    // Other Safes end and begin nothing of ours.
    let others = [begins(SAFE), paid(&line), begins(payee(3)), ran(payee(3), THEIRS, 0), ran(SAFE, OURS, 0)];
    assert_eq!(verdict(&others, &[line]), matched(11, &[8]));
}

#[test]
fn each_of_two_executions_has_its_own_transfers_whatever_became_of_the_other() {
    let (one, two) = (line(8, 5), line(9, 5));
    for other in [ran(SAFE, THEIRS, 0), failed(SAFE, THEIRS, 0)] {
        let entries = [paid(&one), other, paid(&two), ran(SAFE, OURS, 0)];
        assert_eq!(verdict(&entries, &[two]), matched(10, &[9]));
        assert_eq!(kinds(&verdict(&entries, &[one, two])), Some([0, 0, 1, 0]));
        assert_eq!(kinds(&verdict(&entries, &[one])), Some([0, 1, 0, 0]));
    }
    let hash = THEIRS;
    let there = reconcile(&receipt(&[ran(SAFE, OURS, 0)]), &SAFE, &LPT_ARBITRUM, &hash, &[]).unwrap();
    assert_eq!(there, Verdict::NotFound);
    let elsewhere = reconcile(&receipt(&[ran(payee(3), OURS, 0)]), &SAFE, &LPT_ARBITRUM, &OURS, &[]).unwrap();
    assert_eq!(elsewhere, Verdict::NotFound);
}

#[test]
fn transfers_of_nothing_disturb_nobody_and_transfers_of_others_do_not_count() {
    let (ours, nothing) = (line(9, 5), line(8, 0));
    let entries = [
        paid(&nothing),
        paid(&line(9, 0)),
        moved(LPT_ARBITRUM, payee(7), SAFE, 5),
        moved(LPT_ARBITRUM, payee(7), payee(9), 5),
        moved(payee(6), SAFE, payee(9), 5),
        paid(&ours),
        ran(SAFE, OURS, 0),
    ];
    assert_eq!(verdict(&entries, &[ours]), matched(13, &[12]));
    assert_eq!(verdict(&entries, &[nothing, ours]), matched(13, &[7, 12]));
    let all = movements(&receipt(&entries), &SAFE, &LPT_ARBITRUM).unwrap();
    assert_eq!(all.iter().map(|movement| movement.index).collect::<Vec<_>>(), [7, 8, 9, 12]);
}

#[test]
fn a_refund_is_told_apart_and_only_one_is_taken_out() {
    let (line, refund, nothing) = (line(9, 5), line(7, 3), line(9, 0));
    let settled = |execution, transfer: &Transfer, index| {
        let refund = Some(out(index, execution, transfer));
        Verdict::Matched(Payment { execution, logs: vec![execution - 2], refund })
    };
    assert_eq!(verdict(&[paid(&line), paid(&refund), ran(SAFE, OURS, 3)], &[line]), settled(9, &refund, 8));
    // To the same payee and of the same amount as the line.
    assert_eq!(verdict(&[paid(&line), paid(&line), ran(SAFE, OURS, 5)], &[line]), settled(9, &line, 8));
    // In another token nothing is taken out.
    assert_eq!(verdict(&[paid(&line), ran(SAFE, OURS, 5)], &[line]), matched(8, &[7]));
    for (entries, extra) in [
        // Not what the event names, not last, or no payment at all.
        (vec![paid(&line), paid(&refund), ran(SAFE, OURS, 4)], 1),
        (vec![paid(&refund), paid(&line), ran(SAFE, OURS, 3)], 1),
        (vec![paid(&line), paid(&refund), ran(SAFE, OURS, 0)], 1),
        (vec![paid(&line), paid(&refund), paid(&refund), ran(SAFE, OURS, 3)], 1),
    ] {
        assert_eq!(kinds(&verdict(&entries, &[line])), Some([0, 0, 0, extra]));
    }
    // The last transfer is a line's, so nothing is a refund.
    assert_eq!(
        kinds(&verdict(&[paid(&line), paid(&refund), ran(SAFE, OURS, 3)], &[refund])),
        Some([0, 0, 0, 1])
    );
    let twin = Transfer { amount: line.amount, ..refund };
    assert_eq!(kinds(&verdict(&[paid(&twin), paid(&line), ran(SAFE, OURS, 5)], &[line])), Some([0, 0, 0, 1]));
    let entries = [paid(&line), paid(&refund), ran(SAFE, OURS, 3)];
    let Verdict::Mismatch(difference) = verdict(&entries, &[line, line]) else {
        panic!("one line is unpaid")
    };
    assert_eq!((difference.missing, difference.refund), (vec![1], Some(out(8, 9, &refund))));
    // After a failure it is all that can have moved.
    let entries = [paid(&nothing), paid(&refund), failed(SAFE, OURS, 3)];
    let outflows = vec![out(8, 9, &refund)];
    assert_eq!(verdict(&entries, &[line]), Verdict::Failed { execution: 9, outflows });
}

#[test]
fn a_difference_names_each_line_and_each_transfer_once() {
    let lines = [line(1, 10), line(2, 20), line(2, 20), line(3, 30), line(4, 40), line(5, 50), line(8, 1)];
    let transfers =
        [line(2, 20), line(2, 21), line(6, 30), line(7, 70), line(1, 10), line(4, 39), line(4, 41)];
    let mut entries: Vec<Entry> = transfers.iter().map(paid).collect();
    entries.push(ran(SAFE, OURS, 0));
    let pair = |line, place: usize| {
        let index = u64::try_from(place).unwrap() + 7;
        Pair { line, transfer: out(index, 14, &transfers[place]) }
    };
    let expected = Difference {
        execution: 14,
        paid: vec![pair(0, 4), pair(1, 0)],
        wrong_amount: vec![pair(2, 1), pair(4, 5)],
        wrong_recipient: vec![pair(3, 2)],
        missing: vec![5, 6],
        extra: vec![out(10, 14, &transfers[3]), out(13, 14, &transfers[6])],
        refund: None,
    };
    assert_eq!(verdict(&entries, &lines), Verdict::Mismatch(expected));
}

#[test]
fn logs_that_cannot_be_true_are_refused() {
    let read = |entries: &[Entry]| executions(&receipt(entries), &SAFE, &LPT_ARBITRUM);
    let transfer = paid(&line(9, 5));
    let Entry(token, topics, data) = transfer.clone();
    let shape = |event| Err(LogError::Shape { index: 7, event });
    let dirty = |place: usize| {
        let mut topics = topics.clone();
        topics[place].replace_range(2..4, "01");
        Entry(token, topics, data.clone())
    };
    for broken in [
        Entry(token, topics[..2].to_vec(), data.clone()),
        Entry(token, [topics.clone(), vec![topics[1].clone()]].concat(), data.clone()),
        Entry(token, topics.clone(), "0x".to_owned()),
        Entry(token, topics.clone(), format!("{data}00")),
        dirty(1),
        dirty(2),
    ] {
        assert_eq!(read(&[broken]), shape("Transfer"));
    }
    for (entry, event) in
        [(ran(SAFE, OURS, 0), "ExecutionSuccess"), (failed(SAFE, OURS, 0), "ExecutionFailure")]
    {
        let Entry(safe, topics, data) = entry;
        let more = [topics.clone(), vec![topics[0].clone()]].concat();
        assert_eq!(read(&[Entry(safe, more, data.clone())]), shape(event));
        assert_eq!(read(&[Entry(safe, topics.clone(), format!("{data}00"))]), shape(event));
        assert_eq!(read(&[Entry(safe, topics, "0x".to_owned())]), shape(event));
    }
    let twice = [ran(SAFE, OURS, 0), ran(SAFE, THEIRS, 0), failed(SAFE, OURS, 0)];
    assert_eq!(read(&twice), Err(LogError::Again { index: 9 }));

    // More than a u128 of LPT matters where the Safe pays or is paid, and nowhere else.
    let large = |from, to| {
        let Entry(token, topics, _) = moved(LPT_ARBITRUM, from, to, 0);
        Entry(token, topics, format!("0x{:032x}{:032x}", 1, 0))
    };
    let out = [large(SAFE, payee(1))];
    let back = [large(payee(1), SAFE)];
    let amount = Err(LogError::Amount { index: 7 });
    assert_eq!(movements(&receipt(&out), &SAFE, &LPT_ARBITRUM), amount);
    assert_eq!(movements(&receipt(&back), &SAFE, &LPT_ARBITRUM), amount);
    assert_eq!(movements(&receipt(&[large(payee(1), payee(2))]), &SAFE, &LPT_ARBITRUM), Ok(vec![]));
    let most = moved(LPT_ARBITRUM, SAFE, payee(1), u128::MAX);
    assert_eq!(movements(&receipt(&[most]), &SAFE, &LPT_ARBITRUM).unwrap().len(), 1);
    // Logs without topics, and of other contracts, may look as they like.
    let free = Entry(LPT_ARBITRUM, vec![], "0x1234".to_owned());
    let foreign = Entry(payee(4), topics[..1].to_vec(), String::from("0x"));
    assert_eq!(read(&[free, foreign]), Ok(vec![]));
}

/// The receipt with one member of it, or of its second log, changed (`null` takes it out).
fn changed(log: bool, member: &str, value: &Value) -> Result<Receipt, ReceiptError> {
    let mut json = json_of(&[begins(SAFE), ran(SAFE, OURS, 0)]);
    let object = if log { &mut json["logs"][1] } else { &mut json };
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(member)
    } else {
        members.insert(member.to_owned(), value.clone())
    };
    Receipt::read(&json)
}

#[test]
fn a_receipt_that_lacks_something_says_what() {
    for (log, members) in [
        (false, &["transactionHash", "blockHash", "blockNumber", "status", "logs"][..]),
        (
            true,
            &[
                "transactionHash",
                "blockHash",
                "blockNumber",
                "logIndex",
                "address",
                "topics",
                "data",
                "removed",
            ],
        ),
    ] {
        let place = if log { Place::Log(1) } else { Place::Receipt };
        for member in members {
            let error = changed(log, member, &Value::Null).unwrap_err();
            let ReceiptError::Missing { place: at, member: missing } = error else { panic!("{error}") };
            assert_eq!((at, missing), (place, *member));
            for value in [json!(7), json!({}), json!("0xzz"), json!("0x0g"), json!("")] {
                let error = changed(log, member, &value).unwrap_err();
                let ReceiptError::Malformed { place: at, member: malformed, .. } = error else {
                    panic!("{error}")
                };
                assert_eq!((at, malformed), (place, *member));
                assert!(error.to_string().contains(member), "{error}");
            }
        }
    }
    let hash = format!("0x{OURS}");
    for (log, member, value) in [
        (false, "transactionHash", json!(hash[2..])),
        (false, "transactionHash", json!(format!("{hash}0"))),
        (false, "blockHash", json!(format!("{hash}00"))),
        (false, "blockNumber", json!("0x")),
        (false, "blockNumber", json!("0x02b")),
        (false, "blockNumber", json!("0x+2b")),
        (false, "blockNumber", json!("0x10000000000000000")),
        (false, "status", json!("0x2")),
        (false, "status", json!(true)),
        (true, "data", json!("0x123")),
        (true, "data", json!("1234")),
        (true, "address", json!(hash)),
        (true, "topics", json!([hash, hash, hash, hash, hash])),
        (true, "topics", json!([7])),
        (true, "removed", json!("false")),
    ] {
        let error = changed(log, member, &value).unwrap_err();
        assert!(
            matches!(error, ReceiptError::Malformed { member: malformed, .. } if malformed == member),
            "{error}"
        );
    }
    assert!(matches!(Receipt::parse("null"), Err(ReceiptError::None)));
    assert!(matches!(Receipt::parse("[]"), Err(ReceiptError::Malformed { place: Place::Receipt, .. })));
    assert!(matches!(Receipt::parse("{"), Err(ReceiptError::Syntax(_))));
    let mut json = json_of(&[begins(SAFE)]);
    json["logs"][0] = json!("0x");
    assert!(matches!(Receipt::read(&json), Err(ReceiptError::Malformed { place: Place::Log(0), .. })));
}

#[test]
fn a_receipt_that_contradicts_itself_is_refused() {
    let other = json!(format!("0x{THEIRS}"));
    for (member, value) in
        [("transactionHash", &other), ("blockHash", &other), ("blockNumber", &json!("0x2c"))]
    {
        let error = changed(true, member, value).unwrap_err();
        let ReceiptError::Foreign { place: Place::Log(1), member: foreign } = error else {
            panic!("{error}")
        };
        assert_eq!(foreign, member);
    }
    let removed = changed(true, "removed", &json!(true));
    assert!(matches!(removed, Err(ReceiptError::Removed { place: Place::Log(1) })));
    for index in ["0x7", "0x6"] {
        let order = changed(true, "logIndex", &json!(index));
        assert!(matches!(order, Err(ReceiptError::Order { place: Place::Log(1) })), "{index}");
    }
    assert!(changed(true, "logIndex", &json!("0x9")).is_ok());
    assert!(matches!(changed(false, "status", &json!("0x0")), Err(ReceiptError::LogsOfReverted)));
    let mut reverted = json_of(&[]);
    reverted["status"] = json!("0x0");
    let reverted = Receipt::read(&reverted).unwrap();
    let verdict = reconcile(&reverted, &SAFE, &LPT_ARBITRUM, &OURS, &[]);
    assert_eq!(verdict, Ok(Verdict::Reverted));
}

#[test]
fn a_receipt_is_read_as_it_stands_whatever_a_chain_adds() {
    let read = receipt(&[begins(SAFE), paid(&line(9, 5))]);
    assert_eq!((read.tx_hash, read.block_hash, read.block_number), (Digest::ZERO, OURS, 43));
    assert!(read.succeeded);
    let log = &read.logs[1];
    assert_eq!((log.index, log.address, log.topics.len()), (8, LPT_ARBITRUM, 3));
    assert_eq!(log.data, [vec![0; 31], vec![5]].concat());
    let transfer = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    assert_eq!(log.topics[0].to_string(), transfer);
    // Some nodes write addresses with their checksum.
    let upper: Value = json!(safe::eip55::checksum(&LPT_ARBITRUM));
    assert_eq!(changed(true, "address", &upper).unwrap().logs[1].address, LPT_ARBITRUM);
    assert_eq!(
        Address::ZERO,
        changed(true, "address", &json!(Address::ZERO.to_string())).unwrap().logs[1].address
    );
}
