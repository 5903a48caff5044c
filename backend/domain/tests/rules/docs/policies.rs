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
            "Another policy is announced, whole, and another than the last one announced. A revision is decided by the version in force when it was made, and cites it; what is not about a revision by the one in force. A version is in force from `from` on, until the next is. It is in force at once, unless it loosens something of the one in force: then the `notice_hours` of that one pass first. Never before the one announced before it. About a revision are `alternate_hours`, `appeal_hours`, `challenge_hours`, `decision_hours`, `hold_hours`, `lanes`, `sample_at_least`, `sample_one_in`, `signed_votes` and `single_handed_hours`; and what it may ask when it is made, which the version does that is in force then. Something is loosened if `address_changed_hours`, `address_unproven_hours`, `alternate_hours`, `challenge_hours`, `cooldown_hours`, `hold_hours`, `lead_pay_hours`, `notice_hours` or `sample_at_least` falls, or in any lane `approvals`, `objection_hours` or `outside`; if `batch_lines`, `claim_grace_hours`, `observation_hours`, `open_claims`, `probe_limit`, `retro_limit`, `small_limit` or `small_person_limit` rises, or in any lane `rejections`, or `claim_credits` or `sample_one_in`, where `0` is more than any other; if `evidence_up` was `yes` and is `no`, or `open_joining` was `no` and is `yes`; if `signed_votes` goes from `demanded` to `offered` or `off`, or from `offered` to `off`; if `single_handed_hours` falls, or is there where it was not; or if the `percent` of a category in `person_shares` rises, or its entry is gone. No other value loosens anything: neither `appeal_hours`, `decision_grace_hours`, `decision_hours`, `invite_hours`, `payday`, `renewal_hours` nor `slot_hours`.",
            &CHANGE,
            Some(&CHANGED),
            vec![],
        ),
        Kind::DocumentErased => (
            "A document has to go, content and salt; its digest stays. Its author asks, and another person agrees to the same class, as long as who asked is the author's person: the first word is `counted`, with the second it is `done` and the document is gone, once. If it belongs to a submission, that one is withdrawn, reversed, paid in a period that is closed, or rejected for longer than its `appeal_hours`. A document that is not there without such an event that is `done` is a finding.",
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
        field("after", Count, "the version that it changes: the one announced last"),
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
