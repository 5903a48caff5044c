//! What a verification finds, and what it could not check. Codes are stable.

use std::collections::BTreeMap;

use domain::value::Seq;
use serde::Serialize;

use crate::member::Member;

/// The most findings that are kept; the rest is counted.
pub const MAX_FINDINGS: usize = 1_000;
/// So many findings of each code are kept, however many there were before.
pub const OF_EACH: usize = 8;

/// Declares codes: the word that programs read, and the sentence that docs/audit.md shows.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($code:ident = $word:literal : $means:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $means] $code,)+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $word,)+
                }
            }

            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => $means,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

codes!(
    /// What is wrong.
    Code {
        NotAnEvent = "not_an_event": "A line of `events.jsonl` is not an event.",
        NotCanonical = "not_canonical": "An event is spelled otherwise than its canonical bytes.",
        LineEnd = "line_end": "An event does not end in a line feed alone.",
        OutOfPlace = "out_of_place": "Another event stands where this one must: events are missing, doubled or moved.",
        ChainBroken = "chain_broken": "This event names another event before it than the one that stands there: one of the two was altered, or events are missing, doubled or moved.",
        TimeBackwards = "time_backwards": "An event is earlier than the one before.",
        OtherProgram = "other_program": "An event belongs to another program.",
        KeySpent = "key_spent": "An event spends an idempotency key that another one spent before.",
        CheckpointUnreadable = "checkpoint_unreadable": "`checkpoint` is not the three lines of a checkpoint.",
        IdentityDiffers = "identity_differs": "The checkpoint is of another program than the events.",
        SizeDiffers = "size_differs": "The checkpoint counts another number of events.",
        RootDiffers = "root_differs": "The events do not hash to the checkpoint's root.",
        KeptOfAnother = "kept_of_another": "The kept checkpoint is of another program.",
        KeptIsLonger = "kept_is_longer": "The journal is shorter than the kept checkpoint: events were cut off.",
        KeptDiffers = "kept_differs": "The events up to the kept checkpoint are not those it was made of: history was rewritten.",
        Refused = "refused": "The rules refuse what an event says was asked.",
        DecidedOtherwise = "decided_otherwise": "The rules make another event of what was asked.",
        DoesNotApply = "does_not_apply": "An event does not fit the state before it.",
        InvariantBroken = "invariant_broken": "An invariant of the books does not hold at the end.",
        PaymentDiffers = "payment_differs": "A batch states another Safe transaction, or other hashes, than its lines make, or an adopted one a MultiSend that is not known; or a rejection other hashes than a rejection has.",
        PaymentImpossible = "payment_impossible": "No Safe transaction can be made of a batch's lines.",
        SignatureDiffers = "signature_differs": "A vote, an address, or an owner's agreement to a batch carries a signature that is not of the address it names.",
        ReceiptDiffers = "receipt_differs": "A receipt does not show what an event says was read on the chain.",
        ReceiptErased = "receipt_erased": "A receipt on which an event rests was erased, which nobody may.",
        FileMissing = "file_missing": "A file that follows from the journal is missing.",
        FileDiffers = "file_differs": "A file is not what the journal makes.",
        FileExtra = "file_extra": "Files of a batch that the journal does not have, or that nobody writes of a rejection.",
        DocumentMissing = "document_missing": "A document that an event names is missing.",
        DocumentDiffers = "document_differs": "A document's bytes do not hash to its name.",
        DocumentExtra = "document_extra": "No event that could be read names this document.",
        DocumentUnreadable = "document_unreadable": "A document does not hold the texts of what names it, or is no capture or no receipt.",
        DocumentRemains = "document_remains": "A document that was erased is still there.",
        ErasureDiffers = "erasure_differs": "An erasure says otherwise than the journal whose a document is, or which claim it is about.",
        EvidenceDiffers = "evidence_differs": "The links or captures in a claim's text are not those that its event binds.",
        ArchiveHeader = "archive_header": "An entry of the archive has another mode, owner or time than an export writes.",
    }
);

codes!(
    /// What could not be checked.
    Gap {
        Unsigned = "unsigned_checkpoint": "The checkpoint carries no signature.",
        UnsignedVotes = "unsigned_votes": "Votes carry no signature of their reviewers.",
        Attested = "attested": "Somebody states it; the chain was not asked.",
        Unasked = "receipts_unasked": "Receipts are what a node answered: whether the chain has them, only a node can say.",
        Unproven = "read_unproven": "The ledger says that it read it on the chain, and there is no receipt of such a thing.",
        Approvals = "approvals_unchecked": "Owners of the Safe agreed in the Safe itself, or are contracts: only the chain can say so.",
        NoCheckpoint = "no_checkpoint": "There is no readable checkpoint to compare the root with.",
        Undecided = "undecided": "Events behind one that does not follow were not decided again.",
        NoState = "no_state": "Without the state after the last event, what follows from it was not made again, and signatures of votes and of owners were not recovered, nor receipts judged.",
        NoText = "no_text": "A text that the file shows is missing or damaged.",
    }
);

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: Code,
    /// The event it is about.
    pub seq: Option<Seq>,
    /// The member it is about.
    pub file: Option<String>,
    /// What is wrong, in a sentence.
    pub words: String,
}

/// The most characters of a text that comes from the input.
const MAX_WORDS: usize = 400;

/// A text that may hold what the input says: short, and without characters that change how others are read.
pub(crate) fn printable(text: &str) -> String {
    let harmless = |character: char| {
        !character.is_control()
            && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut short = String::new();
    for character in text.chars().take(MAX_WORDS) {
        if harmless(character) {
            short.push(character);
        } else {
            short.extend(character.escape_unicode());
        }
    }
    if text.chars().nth(MAX_WORDS).is_some() {
        short.push('…');
    }
    short
}

impl Finding {
    pub(crate) fn at(code: Code, seq: Seq, words: impl AsRef<str>) -> Self {
        Self { code, seq: Some(seq), file: None, words: printable(words.as_ref()) }
    }

    pub(crate) fn of(code: Code, member: Member, words: impl AsRef<str>) -> Self {
        Self { code, seq: None, file: Some(member.to_string()), words: printable(words.as_ref()) }
    }

    pub(crate) fn and_at(self, seq: Seq) -> Self {
        Self { seq: Some(seq), ..self }
    }
}

/// Something that could not be checked, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unchecked {
    pub code: Gap,
    pub words: String,
}

/// The findings of a verification: the first [`MAX_FINDINGS`], and the first [`OF_EACH`] of each code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kept: Vec<Finding>,
    more: u64,
    of_each: BTreeMap<Code, usize>,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        let before = self.of_each.entry(finding.code).or_default();
        let first = *before < OF_EACH;
        *before = before.saturating_add(1);
        // No crowd of small things hides a grave one that is found later.
        if first || self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Those that are kept, in the order in which they were found.
    pub fn list(&self) -> &[Finding] {
        &self.kept
    }

    /// How many more there were.
    pub fn more(&self) -> u64 {
        self.more
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_input_are_short_and_change_no_terminal() {
        assert_eq!(printable("a \"b\" – ü"), "a \"b\" – ü");
        assert_eq!(printable("\u{1b}[2J\n\u{202e}x"), "\\u{1b}[2J\\u{a}\\u{202e}x");
        let long = printable(&"x".repeat(1 << 20));
        assert_eq!((long.chars().count(), long.ends_with('…')), (MAX_WORDS + 1, true));
    }
}
