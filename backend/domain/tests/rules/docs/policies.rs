//! The kinds of events about policies that change, and documents that have to go.

use domain::event::Kind;

use super::budget::About;
use super::describe::{Object, field, optional};
use super::kinds::SECONDED;
use super::objects::{POLICY, erasures};
use super::shape::Shape::{Count, Digest, Number, Object as Is, Time, Word};

/// The description of one of them.
pub fn about(kind: Kind) -> About {
    match kind {
        Kind::PolicyChanged => (
            "Another policy is announced, whole, and another than the last one announced. A revision is decided by the version in force when it was made, and cites it; what is not about a revision by the one in force. A version is in force from `from` on, until the next is. It is in force at once, unless it loosens something of the one in force: then the `notice_hours` of that one pass first. Never before the one announced before it.",
            &CHANGE,
            Some(&CHANGED),
            vec![],
        ),
        Kind::DocumentErased => (
            "A document has to go, content and salt; its digest stays. Its author asks, and another person agrees to the same class: the first word is `counted`, with the second it is `done` and the document is gone, once. If it belongs to a submission, that one is paid, withdrawn, reversed, or rejected for longer than its `appeal_hours`. A document that is not there without such an event that is `done` is a finding.",
            &ERASE,
            Some(&SECONDED),
            vec![],
        ),
        _ => unreachable!("{kind} is described elsewhere"),
    }
}

static CHANGE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("policy", Is(&POLICY), "all its values; their ranges as in `program_opened`"),
        field("reason", Digest, "the document that says why"),
    ],
};

static CHANGED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[
        field("from", Time, "from when on it is in force"),
        field("version", Count, "one more than the one announced before"),
    ],
};

static ERASE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("author", Number, "the member in whose event it was named first"),
        field("class", Word("word", erasures), "why it has to go"),
        field("document", Digest, "which one"),
        optional("submission", Number, "the submission which that event is about, if it is about one"),
    ],
};
