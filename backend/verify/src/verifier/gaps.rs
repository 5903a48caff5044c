//! What a verification cannot know, and says so each time.

use domain::value::Seq;

use super::Verifier;
use crate::finding::Gap;
use crate::receipts::Judged;

impl Verifier {
    /// What this verification cannot know.
    pub(super) fn note_gaps(&mut self, size: Seq, judged: Judged) {
        if let Some(stopped) = self.events.replay.stopped() {
            let last = size.get().saturating_sub(1).max(stopped.get());
            let words = format!(
                "events {stopped} to {last} were not decided again, because event {stopped} does not follow"
            );
            self.gap(Gap::Undecided, words);
            let words = format!(
                "keys.json, report.csv and the files of batches from event {stopped} on were not made again"
            );
            self.gap(Gap::NoState, words);
        }
        let unsigned = match self.covered.first() {
            None if self.events.chain.kept() > 0 => "the checkpoint is unsigned, and this journal continues none that you kept".to_owned(),
            None => "the checkpoint is unsigned: whoever made this bundle could have made it anew. Compare it with one you kept: --since".to_owned(),
            Some(covered) if *covered == size => {
                "the checkpoint is unsigned: it is the one you kept, and that is all that speaks for it".to_owned()
            }
            Some(covered) => format!(
                "the checkpoint is unsigned: up to event {} it continues the one you kept, and what follows could have been made anew",
                covered.get().saturating_sub(1)
            ),
        };
        self.gap(Gap::Unsigned, unsigned);
        self.note_votes();
        self.note_chain(judged);
    }

    fn note_votes(&mut self) {
        let votes = self.events.unsigned_votes();
        if votes > 0 {
            let are = if votes == 1 { "vote is" } else { "votes are" };
            let words = format!(
                "{votes} {are} not signed by their reviewers: that they cast them is the ledger's word"
            );
            self.gap(Gap::UnsignedVotes, words);
        }
    }

    /// On what rests what the journal says of the chain.
    fn note_chain(&mut self, judged: Judged) {
        // What a receipt shows as well is nobody's mere word any more.
        let attested = self.events.attested().saturating_sub(judged.confirmed);
        if attested > 0 {
            let are = if attested == 1 { "statement" } else { "statements" };
            let is = if attested == 1 { "is" } else { "are" };
            let words = format!(
                "{attested} {are} about the chain (the Safe, transfers, executions) {is} a treasurer's word, or that of two persons: the chain was not asked"
            );
            self.gap(Gap::Attested, words);
        }
        if judged.receipts > 0 {
            let receipts = judged.receipts;
            let are = if receipts == 1 { "receipt is" } else { "receipts are" };
            let words = format!(
                "{receipts} {are} what a node told the ledger: ask a node that you trust whether the chain has these transactions"
            );
            self.gap(Gap::Unasked, words);
        }
        let unproven = self.events.unproven();
        if unproven > 0 {
            let are = if unproven == 1 { "reading" } else { "readings" };
            let words = format!(
                "{unproven} {are} of the chain (the Safe as it stood, what a reorganisation took back) without a receipt: that it was so is the ledger's word"
            );
            self.gap(Gap::Unproven, words);
        }
        let approvals = self.events.approvals();
        if approvals > 0 {
            let are = if approvals == 1 { "agreement" } else { "agreements" };
            let words = format!(
                "{approvals} {are} of owners in the Safe itself, or of contracts, without a signature of a key: only the Safe can say so"
            );
            self.gap(Gap::Approvals, words);
        }
    }
}
