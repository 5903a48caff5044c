//! What is asked of the budget in motion, and of fundings.

use super::describe::{Movement, Object, field, movement, optional};
use super::objects::{ALLOTMENT, CATEGORY, sources};
use super::shape::Shape::{Address, Amount, Count, Digest, List, Number, Object as Is, Slug, Word};

/// Meaning, what is asked, what comes of it, what is posted.
pub type About = (&'static str, &'static Object, Option<&'static Object>, Vec<Movement>);

pub fn moved() -> About {
    (
        "What a category has available in a period not closed is moved to another; both allotments change by the amount, and get a new version.",
        &MOVE,
        None,
        vec![movement("P/C/available", "P/C/available", "the amount")],
    )
}

pub fn cap_changed() -> About {
    (
        "The cap of a period not closed is raised, within the program's cap as in `period_opened`, or lowered to no less than allotments and floors need (I5).",
        &CAP,
        None,
        vec![
            movement("P/authority", "P/unallotted", "what the cap is raised by"),
            movement("P/unallotted", "P/authority", "what it is lowered by"),
        ],
    )
}

pub fn limits_changed() -> About {
    (
        "The program's cap changes, or the range of categories, or categories are added; at least one of these. The cap carries what periods hold and the floors of all categories; I4 and I5 hold in every period not closed. Closed periods keep the ranges and categories that they had.",
        &LIMITS,
        None,
        vec![],
    )
}

pub fn closed() -> About {
    (
        "A period closes for good, from the end of the time in which its claims may be filed (`ends_at` plus `claim_grace_hours`) on. No claim that names it is undecided or agreed, and no bounty of it still promises anything. What is available lapses, category by category in their order; what is unallotted goes back to the program. What was approved is still paid in it.",
        &CLOSE,
        None,
        vec![
            movement("P/C/available", "P/C/lapsed", "what is available"),
            movement("P/unallotted", "P/authority", "what is unallotted"),
        ],
    )
}

pub fn withdrawn() -> About {
    (
        "A recorded funding was wrong and is taken back, once, by a member only if a member attested it. All batches still ask at most the balance of `safe` after it.",
        &WITHDRAW,
        None,
        vec![movement("contributed", "safe", "the amount of the funding")],
    )
}

pub static ALLOT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("allotments", List(&Is(&ALLOTMENT)), "at least one, each category once"),
        field("period", Number, "in which period"),
        optional("reason", Digest, "the document that says why; present if any allotment is lowered"),
    ],
};

static MOVE: Object = Object {
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

static CAP: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("cap", Amount, "the whole cap, not the difference; another than before"),
        field("period", Number, "which period"),
        field("reason", Digest, "the document that says why"),
    ],
};

static LIMITS: Object = Object {
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

static CLOSE: Object = Object {
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
        optional("receipt", Digest, "the document with the receipt, if the ledger itself read it; only then"),
        optional("sender", Address, "who sent it, if known"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("tx_hash", Digest, "the transaction; with `log_index` it names the transfer"),
    ],
};

static WITHDRAW: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("event", Count, "the `seq` of a `funding_recorded`, below 2⁶⁴"),
        optional("reason", Digest, "the document that says why, if a member asks; only then"),
    ],
};
