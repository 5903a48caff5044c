//! What the journal says was read on the chain, held against receipts that were tampered with, and false claims about
//! true ones.

mod ends;
mod kept;

use domain::command::RecordOutflow;
use domain::event::Fact;
use domain::value::{Amount, Count, Digest};
use domain::words::{Consumption, Source};
use serde_json::{Value, json};
use verify::{Code, Findings};

use crate::common::bundle::{judged, members, verify};
use crate::common::receipt::{Transaction, stranger, topic};
use crate::common::story::{Twist, story};
use crate::common::{Ledger, address, batch_number, shorter};

/// The receipt that an event rests on.
fn receipt(fact: &mut Fact) -> Option<&mut Digest> {
    match fact {
        Fact::FundingRecorded { asked } => asked.receipt.as_mut(),
        Fact::InflowRecorded { asked } => asked.receipt.as_mut(),
        Fact::OutflowRecorded { asked } => asked.receipt.as_mut(),
        Fact::BatchExecuted { asked, .. } => asked.receipt.as_mut(),
        Fact::NonceConsumed { asked, .. } => asked.receipt.as_mut(),
        Fact::WordConfirmed { asked } => Some(&mut asked.receipt),
        Fact::FindingRecorded { asked } => Some(&mut asked.receipt),
        _ => None,
    }
}

/// The places of the events that rest on a receipt.
fn resting(ledger: &Ledger) -> Vec<usize> {
    let places = (0..ledger.journal.len()).filter(|place| receipt(&mut fact(ledger, *place)).is_some());
    places.collect()
}

fn fact(ledger: &Ledger, place: usize) -> Fact {
    ledger.journal[place].event.fact.clone()
}

/// The place of the first event that rests on a receipt and of which something holds.
fn place(ledger: &Ledger, is: impl Fn(&Fact) -> bool) -> usize {
    resting(ledger).into_iter().find(|place| is(&fact(ledger, *place))).unwrap()
}

fn executes(batch: u32) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::BatchExecuted { asked, .. } if asked.batch == batch_number(batch))
}

fn consumed(how: Consumption) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::NonceConsumed { asked, .. } if asked.how == how)
}

fn read(ledger: &Ledger, place: usize) -> Value {
    let digest = *receipt(&mut fact(ledger, place)).unwrap();
    serde_json::from_slice(&ledger.documents[&digest][16..]).unwrap()
}

/// What is found when an event rests on another document.
fn on_other(ledger: &Ledger, place: usize, content: &[u8]) -> Findings {
    let mut ledger = ledger.clone();
    let other = ledger.keep(content);
    judged(&ledger, |events| *receipt(&mut events[place].fact).unwrap() = other)
}

/// What is found when the receipt of an event is another one.
fn with(ledger: &Ledger, place: usize, edit: impl FnOnce(&mut Value)) -> Findings {
    let mut json = read(ledger, place);
    edit(&mut json);
    on_other(ledger, place, json.to_string().as_bytes())
}

fn codes(findings: &Findings) -> Vec<(Code, usize)> {
    let found = findings.list().iter();
    found.map(|it| (it.code, usize::try_from(it.seq.unwrap().get()).unwrap())).collect()
}

/// One finding, of the receipt, that names event and document and says this.
fn differs(findings: &Findings, place: usize, words: &str) {
    assert_eq!(codes(findings), [(Code::ReceiptDiffers, place)], "{findings:?}");
    let finding = &findings.list()[0];
    assert!(finding.file.as_ref().is_some_and(|file| file.starts_with("documents/")), "{finding:?}");
    assert!(finding.words.contains(words), "{finding:?}: {words}");
}

/// The same receipt of a transaction that did something else.
fn does_instead(ledger: &Ledger, place: usize, instead: impl FnOnce(Transaction) -> Transaction) -> Findings {
    let hash = read(ledger, place)["transactionHash"].as_str().unwrap()[2..].parse().unwrap();
    let empty = Transaction { hash, ..Transaction::new(ledger, "") };
    on_other(ledger, place, instead(empty).json().to_string().as_bytes())
}

fn replaced(json: &mut Value, from: &str, to: &str) {
    *json = serde_json::from_str(&json.to_string().replace(from, to)).unwrap();
}

fn digits(address: domain::value::Address) -> String {
    address.to_string()[2..].to_owned()
}

#[test]
fn every_statement_rests_on_its_own_transaction_of_this_safe_that_took_effect() {
    let ledger = story(Twist::None);
    let charter = ledger.program.charter();
    let places = resting(&ledger);
    assert_eq!(places.len(), 19);
    assert!(judged(&ledger, |_| {}).is_empty());
    let mut count = 0;
    for place in places {
        let other = with(&ledger, place, |json| {
            let hash = json["transactionHash"].as_str().unwrap().to_owned();
            replaced(json, &hash, &format!("0x{}", Digest::sha256(&[b"another"])));
        });
        differs(&other, place, "the receipt is of transaction 0x");
        let reverted = with(&ledger, place, |json| {
            (json["status"], json["logs"]) = (json!("0x0"), json!([]));
        });
        differs(&reverted, place, "");
        let strange =
            with(&ledger, place, |json| replaced(json, &digits(charter.safe), &digits(address(0xe3))));
        differs(&strange, place, "");
        let bare = with(&ledger, place, |json| json["logs"] = json!([]));
        differs(&bare, place, "");
        count += 4;
    }
    println!("count: receipts of other transactions, each found and named {count}");
}

/// The logs of a receipt.
fn logs(json: &mut Value) -> &mut Vec<Value> {
    json["logs"].as_array_mut().unwrap()
}

/// Gives the logs the indexes of their places.
fn numbered(json: &mut Value) {
    for (index, log) in (3..).zip(logs(json)) {
        log["logIndex"] = json!(format!("{index:#x}"));
    }
}

/// Another last digit.
fn bent(text: &mut Value) {
    let mut digits = text.as_str().unwrap().to_owned();
    let last = digits.pop().unwrap();
    digits.push(if last == '1' { '2' } else { '1' });
    *text = json!(digits);
}

/// Batch 7 was executed among other transfers: log 3 funds, log 4 is of others, log 5 begins, two lines, it ends, dust.
#[test]
fn an_execution_is_matched_with_the_lines_to_the_wei() {
    let ledger = story(Twist::None);
    let at = place(&ledger, executes(7));
    let tampered = |edit: &dyn Fn(&mut Value)| with(&ledger, at, edit);
    let not_its_lines = "what batch 7 moved in it is not its lines to the wei";

    for line in [3, 4] {
        differs(&tampered(&|json| bent(&mut logs(json)[line]["data"])), at, not_its_lines);
        differs(&tampered(&|json| bent(&mut logs(json)[line]["topics"][2])), at, not_its_lines);
        differs(&tampered(&|json| bent(&mut logs(json)[line]["topics"][1])), at, not_its_lines);
        differs(&tampered(&|json| bent(&mut logs(json)[line]["topics"][0])), at, not_its_lines);
        differs(&tampered(&|json| bent(&mut logs(json)[line]["address"])), at, not_its_lines);
        differs(&tampered(&|json| drop(logs(json).remove(line))), at, not_its_lines);
        let twice = |json: &mut Value| {
            let again = logs(json)[line].clone();
            logs(json).insert(line, again);
            numbered(json);
        };
        differs(&tampered(&twice), at, not_its_lines);
    }
    let end_first = |json: &mut Value| {
        logs(json)[3..6].rotate_right(1);
        numbered(json);
    };
    differs(&tampered(&end_first), at, not_its_lines);
    let begun_late = |json: &mut Value| {
        logs(json)[2..4].rotate_right(1);
        numbered(json);
    };
    differs(&tampered(&begun_late), at, not_its_lines);

    differs(&tampered(&|json| bent(&mut logs(json)[5]["topics"][1])), at, "did not run batch 7");
    differs(&tampered(&|json| bent(&mut logs(json)[5]["topics"][0])), at, "did not run batch 7");
    differs(&tampered(&|json| drop(logs(json).remove(5))), at, "did not run batch 7");
    let failed = |json: &mut Value| {
        let failure = format!("0x{}", topic("ExecutionFailure(bytes32,uint256)"));
        logs(json)[5]["topics"][0] = json!(failure);
    };
    differs(&tampered(&failed), at, "batch 7 failed in it");
    // Which line was paid first does not matter.
    let swapped = |json: &mut Value| {
        logs(json).swap(3, 4);
        numbered(json);
    };
    assert!(tampered(&swapped).is_empty());
}

/// A node that contradicts itself is none to rest on, whatever the event says.
#[test]
fn what_is_no_receipt_is_no_ground() {
    let ledger = story(Twist::None);
    let at = place(&ledger, executes(7));
    let unreadable = |findings: &Findings, words: &str| {
        assert_eq!(codes(findings), [(Code::DocumentUnreadable, at)], "{findings:?}");
        assert!(findings.list()[0].words.contains(words), "{findings:?}");
    };
    unreadable(&with(&ledger, at, |json| logs(json).swap(3, 4)), "out of order");
    unreadable(&with(&ledger, at, |json| logs(json)[3]["removed"] = json!(true)), "removed");
    unreadable(&with(&ledger, at, |json| json["status"] = json!("0x0")), "reverted and still has logs");
    unreadable(&with(&ledger, at, |json| *json = json!(null)), "has no receipt");
    unreadable(&with(&ledger, at, |json| bent(&mut logs(json)[3]["blockHash"])), "not the receipt's own");
    unreadable(&on_other(&ledger, at, b"{\"reason\":\"Paid.\"}"), "has no transactionHash");
    unreadable(&on_other(&ledger, at, b"\xff\xfe"), "not UTF-8");
    unreadable(&on_other(&ledger, at, b""), "not JSON");
    let mut long = read(&ledger, at).to_string().into_bytes();
    long.resize(verify::receipts::MAX_RECEIPT, b' ');
    assert!(on_other(&ledger, at, &long).is_empty());
    long.push(b' ');
    unreadable(&on_other(&ledger, at, &long), "more than 4194304 bytes");
    let signs = |count: usize| with(&ledger, at, |json| json["more"] = json!(vec![0; count]));
    assert!(signs(120_000).is_empty());
    unreadable(&signs(verify::receipts::MAX_SIGNS), "more than 131072 of {, [, : and ,");
    // Logs of the Safe or the token that cannot be true are no ground either.
    let impossible = with(&ledger, at, |json| logs(json)[3]["data"] = json!("0x"));
    let all = codes(&impossible);
    assert_eq!(all, [(Code::ReceiptDiffers, at)], "{impossible:?}");
}

/// What moved without a batch: the log says which way, how much, and from or to whom.
#[test]
fn a_transfer_is_the_one_of_its_log() {
    let ledger = story(Twist::None);
    let funding = place(&ledger, |fact| matches!(fact, Fact::FundingRecorded { .. }));
    let inflow = place(&ledger, |fact| matches!(fact, Fact::InflowRecorded { .. }));
    let outflow = place(&ledger, |fact| matches!(fact, Fact::OutflowRecorded { .. }));
    for (at, log) in [(funding, 0), (inflow, 6), (outflow, 1)] {
        let tampered = |edit: &dyn Fn(&mut Value)| with(&ledger, at, edit);
        differs(&tampered(&|json| bent(&mut logs(json)[log]["data"])), at, "the event says otherwise");
        for side in [1, 2] {
            differs(&tampered(&|json| bent(&mut logs(json)[log]["topics"][side])), at, "its log");
        }
        let turned = |json: &mut Value| logs(json)[log]["topics"].as_array_mut().unwrap().swap(1, 2);
        differs(&tampered(&turned), at, "the event says otherwise");
        differs(&tampered(&|json| drop(logs(json).remove(log))), at, "is no transfer of the token");
        differs(&tampered(&|json| bent(&mut logs(json)[log]["address"])), at, "is no transfer of the token");
        let own = |json: &mut Value| {
            let safe = logs(json)[log]["topics"][if at == outflow { 1 } else { 2 }].clone();
            (logs(json)[log]["topics"][1], logs(json)[log]["topics"][2]) = (safe.clone(), safe);
        };
        differs(&tampered(&own), at, "the event says otherwise");
    }
    let (gone, _) = stranger("0");
    let safe = ledger.program.charter().safe;
    for (log, words) in [
        // Of others; the Safe's own log; none at all; another one of the Safe.
        (4, "is no transfer of the token"),
        (5, "is no transfer of the token"),
        (99, "is no transfer of the token"),
        (9, "the event says otherwise"),
    ] {
        let findings = judged(&ledger, |events| {
            let Fact::FundingRecorded { asked } = &mut events[funding].fact else { panic!() };
            asked.log_index = Count::new(log);
            // The other one makes room.
            let Fact::InflowRecorded { asked } = &mut events[inflow].fact else { panic!() };
            asked.log_index = Count::new(if log == 9 { 3 } else { 9 });
        });
        let first = &findings.list()[0];
        assert_eq!(codes(&findings)[0], (Code::ReceiptDiffers, funding), "{findings:?}");
        assert!(first.words.contains(words), "{findings:?}");
    }
    // Who sent it is a claim like any other, where it is made.
    let claims = |sender: Option<domain::value::Address>| {
        judged(&ledger, |events| {
            let Fact::InflowRecorded { asked } = &mut events[inflow].fact else { panic!() };
            asked.sender = sender;
        })
    };
    differs(&claims(Some(gone)), inflow, "the event says otherwise");
    assert!(claims(None).is_empty());
    let to_self = does_instead(&ledger, inflow, |tx| {
        let padded = (0..6).fold(tx, |tx, _| tx.transfer(gone, address(0xf7), Amount::LPT));
        padded.transfer(safe, safe, Amount::from_wei(1))
    });
    differs(&to_self, inflow, "the event says otherwise");
    // Also where nobody says who sent it.
    let own = Transaction { first: 9, ..Transaction::new(&ledger, "seven") }.transfer(
        safe,
        safe,
        Amount::from_wei(1),
    );
    let mut of_nobody = ledger.clone();
    let other = of_nobody.receipt(&own);
    let unsaid = judged(&of_nobody, |events| {
        let Fact::InflowRecorded { asked } = &mut events[inflow].fact else { panic!() };
        (asked.sender, asked.receipt) = (None, Some(other));
    });
    differs(&unsaid, inflow, "the event says otherwise");
}

/// The rules leave it to the ledger to tell the transfers of batches from others.
#[test]
fn what_a_batch_paid_is_no_outflow_beside_it() {
    let whole = story(Twist::None);
    let at = place(&whole, executes(7));
    let Fact::BatchExecuted { asked, .. } = fact(&whole, at) else { panic!() };
    let batch = whole.program.batch(asked.batch).unwrap().clone();
    for (line, log) in [(0, 6), (1, 7)] {
        let mut ledger = shorter(&whole, at + 1);
        ledger.now = ledger.program.last_at();
        let event = ledger.reads(RecordOutflow {
            amount: batch.payouts[line].amount,
            log_index: Count::new(log),
            receipt: asked.receipt,
            recipient: Some(batch.payouts[line].payee),
            source: Source::Chain,
            tx_hash: asked.tx_hash,
        });
        let outcome = verify(&members(&ledger));
        differs(&outcome.findings, usize::try_from(event.get()).unwrap(), "pays a line of batch 7");
        assert_eq!(outcome.checked.receipts, 1, "{outcome}");
        // Taken back, nothing is counted twice.
        ledger.reads(domain::command::WithdrawTransfer { event, reason: None });
        let outcome = verify(&members(&ledger));
        assert!(outcome.is_sound() && outcome.checked.receipts == 2, "{outcome}");
    }
}
