//! The journal as it lies in the database, read after every crash.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;
use server::db::{Target, open_read, rows};
use sha2::{Digest, Sha256};

use crate::auditor::{Auditor, hex};
use crate::town::book::Book;

/// What was read so far, followed by the auditor.
#[derive(Default)]
pub struct Journal {
    auditor: Auditor,
    /// Leaf hashes, computed here from the bytes.
    leaves: Vec<String>,
    /// Where each key was spent.
    causes: BTreeMap<String, u64>,
    /// Events that were looked up because somebody was told of them.
    looked_up: u64,
    /// Of these, those that were not there.
    lost: usize,
}

impl Journal {
    /// Reads everything anew. What was there is still there; what is new follows every rule.
    pub fn read(&mut self, target: &Target) {
        let mut conn = open_read(target).unwrap();
        let program: String = sql::<Text>("SELECT id FROM programs").get_result(&mut conn).unwrap();
        let events = rows::Event::list(&mut conn, &program).unwrap();
        assert!(
            events.len() >= self.leaves.len(),
            "{} events are left of {}",
            events.len(),
            self.leaves.len()
        );
        for (place, event) in events.iter().enumerate() {
            let leaf = hex(&Sha256::new_with_prefix([0]).chain_update(&event.bytes).finalize());
            assert_eq!((usize::try_from(event.seq).unwrap(), &event.leaf), (place, &leaf));
            if let Some(before) = self.leaves.get(place) {
                assert_eq!(before, &leaf, "event {place} is another one");
                continue;
            }
            self.leaves.push(leaf);
            self.auditor.take(&event.bytes).unwrap_or_else(|finding| panic!("{finding}"));
            let read: Value = serde_json::from_slice(&event.bytes).unwrap();
            if let Some(cause) = read["cause"][0].as_str() {
                let seq = u64::try_from(place).unwrap();
                assert!(self.causes.insert(cause.to_owned(), seq).is_none(), "a key was spent twice: {read}");
            }
        }
        self.auditor.whole().unwrap_or_else(|finding| panic!("{finding}"));
    }

    /// Everything that was acknowledged is here, as it was acknowledged; nothing that was refused is.
    pub fn hold(&mut self, book: &Book) {
        let mut lost = Vec::new();
        for (cause, (receipt, request)) in &book.acknowledged {
            let place = usize::try_from(receipt.seq).unwrap();
            let found = (self.leaves.get(place), self.causes.get(cause));
            if found != (Some(&receipt.leaf), Some(&receipt.seq)) {
                lost.push((receipt, request));
            }
            self.looked_up += 1;
        }
        self.lost += lost.len();
        assert!(lost.is_empty(), "acknowledged and lost: {} events, {:?}", lost.len(), lost.first());
        for cause in &book.refused {
            assert!(!self.causes.contains_key(cause), "refused, and written: {cause}");
        }
    }

    /// Nothing of these was written.
    pub fn lacks(&self, causes: &BTreeSet<String>) {
        for cause in causes {
            assert!(!self.causes.contains_key(cause), "told that nothing was written, and written: {cause}");
        }
    }

    /// Prints the figures of a test: what crashed, and what became of the ledger.
    pub fn print(&self, what: &str, book: &Book) {
        let (overspent, twice) = (overspent(&self.auditor), paid_twice(&self.auditor));
        assert_eq!((overspent, twice), (0, 0));
        for (name, count) in [
            ("events acknowledged", u64::try_from(book.acknowledged.len()).unwrap()),
            ("events acknowledged and lost", u64::try_from(self.lost).unwrap()),
            ("look-ups of acknowledged events", self.looked_up),
            ("requests unanswered at a crash and written once", book.written_unanswered),
            ("requests unanswered at a crash and not written", book.not_written),
            ("requests repeated after a crash, answered the same", book.repeated),
            ("requests refused", u64::try_from(book.refused.len()).unwrap()),
            ("wei overspent", u64::try_from(overspent).unwrap()),
            ("claims in two batches", u64::try_from(twice).unwrap()),
        ] {
            println!("count: {what}: {name} {count}");
        }
    }

    /// Claims by where they stand, for tests that need some.
    pub fn stages(&self) -> BTreeMap<&'static str, usize> {
        let mut stages = BTreeMap::new();
        for claim in self.auditor.state().claims.values() {
            *stages.entry(claim.stage.word()).or_default() += 1;
        }
        stages
    }
}

/// What was promised or paid beyond an allotment.
fn overspent(auditor: &Auditor) -> u128 {
    let periods = auditor.state().periods.keys().filter_map(|period| auditor.report(*period));
    let lines = periods.flat_map(|report| report.lines);
    lines.map(|line| line.buckets[1..].iter().sum::<u128>().saturating_sub(line.allotment)).sum()
}

/// Claims that stand in more than one line of a batch.
fn paid_twice(auditor: &Auditor) -> usize {
    let lines = auditor.state().batches.values().flat_map(|batch| &batch.lines);
    let mut paid: Vec<u32> = lines.map(|line| line.submission).collect();
    let lines = paid.len();
    paid.sort_unstable();
    paid.dedup();
    lines - paid.len()
}
