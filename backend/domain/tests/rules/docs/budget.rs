//! What is asked of the budget in motion, and of fundings.

use super::describe::{Object, field, optional};
use super::objects::{ALLOTMENT, CATEGORY, sources};
use super::shape::Shape::{Address, Amount, Count, Digest, List, Number, Object as Is, Slug, Word};

pub static ALLOT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("allotments", List(&Is(&ALLOTMENT)), "at least one, each category once"),
        field("period", Number, "in which period"),
        optional("reason", Digest, "the document that says why; present if any allotment is lowered"),
    ],
};

pub static MOVE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("amount", Amount, "at most what `from` has available"),
        field("from", Slug, "the category that gives"),
        field("period", Number, "in which period"),
        field("reason", Digest, "the document that says why"),
        field("to", Slug, "the category that receives, another one"),
    ],
};

pub static CAP: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("cap", Amount, "the whole cap, not the difference; another than before"),
        field("period", Number, "which period"),
        field("reason", Digest, "the document that says why"),
    ],
};

pub static LIMITS: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        optional("cap", Amount, "the program's cap; as it was if absent"),
        field(
            "categories",
            List(&Is(&CATEGORY)),
            "those with another range, and new ones, which come last in this order; 16 in all at most",
        ),
        field("reason", Digest, "the document that says why"),
    ],
};

pub static CLOSE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("period", Number, "which period"),
        field("variance", Digest, "the document that says why it spent what it spent"),
    ],
};

pub static FUNDING: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("amount", Amount, "what came in"),
        field("log_index", Count, "the place of the Transfer log in its block"),
        optional("sender", Address, "who sent it, if known"),
        field("source", Word("word", sources), "how the ledger came to know"),
        field("tx_hash", Digest, "the transaction; with `log_index` it names the transfer"),
    ],
};

pub static WITHDRAW: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("event", Count, "the `seq` of a `funding_recorded`, below 2⁶⁴"),
        field("reason", Digest, "the document that says why"),
    ],
};
