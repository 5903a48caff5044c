//! The kinds of events about offers, and about claims beside their votes.

use domain::event::Kind;

use super::describe::{Description, Object, field, movement, optional};
use super::kinds::REVISED;
use super::objects::reversals;
use super::shape::Shape::{Amount, Digest, Number, Time, Word};

/// The description of one of them.
pub fn describe(kind: Kind) -> Description {
    let freed = || {
        vec![
            movement("P/C/encumbered", "P/C/available", "the revision's amount"),
            movement("P/C/encumbered", "P/C/lapsed", "the same, if the period is closed"),
        ]
    };
    let fewer = || vec![movement("P/C/reserved", "P/C/available", "what the closed bounty promises less")];
    let (meaning, asked, outcome, postings): (_, _, Option<&'static Object>, _) = match kind {
        Kind::SlotTaken => (
            "One of a bounty's slots is reserved for a person. The bounty is not closed, nor past `closes_at`; a slot is left that no other [person](#people) has taken, and this one has taken none. While it is taken, others can neither claim nor be approved for it. No money moves: it is reserved already.",
            &TAKE,
            Some(&TAKEN),
            vec![],
        ),
        Kind::SlotReleased => {
            ("A slot that is taken, and of which no claim was made, is given back.", &TAKE, None, vec![])
        }
        Kind::BountyClosed => (
            "An offer ends: nobody can claim it any more, and slots without a claim are taken no more. From now on it promises its reward for each slot left, but for as many at most as claims on it wait for votes or a revision and have no slot of their own.",
            &CLOSE,
            None,
            fewer(),
        ),
        Kind::OfferAccepted => (
            "The claimant of a submission that was sent back with an offer takes it: a new revision says what the last one said, but for the amount. It must keep to everything that a revision keeps to.",
            &ACCEPT,
            Some(&REVISED),
            vec![],
        ),
        Kind::SubmissionWithdrawn => (
            "A claimant takes back a submission that waits for votes or a revision, or is agreed; from `decision_grace_hours` after its period's end on, until it is closed, a lead may take back one that waits for a revision or is agreed. Its evidence is free. If it waited for a slot of a closed bounty, that may promise less.",
            &ABOUT,
            None,
            fewer(),
        ),
        Kind::CommentAdded => ("Somebody says something about a submission.", &COMMENT, None, vec![]),
        Kind::RejectionAppealed => (
            "A claimant asks for another decision on a submission that was rejected less than `appeal_hours` ago, once, if a live rejection had an objective ground: `duplicate`, `invalid_proof` or `out_of_window`. Its period is not closed. A new revision that says the same waits for votes; it must keep to everything that a revision keeps to, and of a bounty a slot must be left if it has none of its own. If the bounty is closed, what it promises more must be available.",
            &ABOUT,
            Some(&REVISED),
            vec![movement("P/C/available", "P/C/reserved", "what the closed bounty promises more")],
        ),
        Kind::SubmissionReopened => (
            "A claimant gives up the approval of a submission that is in no batch: it waits for a new revision. A bounty's slot stays used, and its own. Holds, challenges and votes for reversal end.",
            &ABOUT,
            None,
            freed(),
        ),
        Kind::SubmissionHeld => (
            "Somebody who runs the program keeps an approved submission that is in no batch out of batches. No other hold or challenge stands at the time.",
            &ABOUT,
            Some(&HELD),
            vec![],
        ),
        Kind::SubmissionChallenged => (
            "Somebody doubts an approved submission that is in no batch, which keeps it out of batches. No other hold or challenge stands at the time.",
            &ABOUT,
            Some(&CHALLENGED),
            vec![],
        ),
        Kind::SubmissionReleased => {
            ("A hold or challenge that stands ends before its time.", &ABOUT, None, vec![])
        }
        Kind::ReversalVoted => (
            "A reviewer votes to take the approval of a submission back that is in no batch, once while that vote is live, and not if they recused. It is live while they have held the role without a break since and have no stake; those of one [person](#people) count once. When the live ones reach the `rejections` of its lane (found as for a vote), the submission is reversed: its evidence is free, and a hold or challenge on it ends. A bounty's slot stays used.",
            &ABOUT,
            Some(&REVERSAL),
            freed(),
        ),
        other => unreachable!("{other} is described elsewhere"),
    };
    Description { kind, meaning, separations: separations(kind), asked, outcome, postings }
}

/// Who may not ask, although the table of roles would let them.
pub fn separations(kind: Kind) -> &'static str {
    match kind {
        Kind::SlotTaken | Kind::SlotReleased => "For somebody else, only a lead.",
        Kind::OfferAccepted
        | Kind::SubmissionWithdrawn
        | Kind::RejectionAppealed
        | Kind::SubmissionReopened => "Only the claimant.",
        Kind::SubmissionHeld => "Never the claimant, and no person holds one submission twice.",
        Kind::SubmissionChallenged => {
            "Never the claimant, no person challenges one submission twice, and none while another challenge of theirs stands."
        }
        Kind::SubmissionReleased => {
            "Never the claimant, with no account; the person who keeps it back, or a lead."
        }
        Kind::ReversalVoted => "Never who has a stake in the submission.",
        _ => "",
    }
}

static ABOUT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("reason", Digest, "the document with the reason"),
        field("submission", Number, "which one"),
    ],
};

static ACCEPT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[field("amount", Amount, "the offer"), field("submission", Number, "which one")],
};

static COMMENT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[field("submission", Number, "which one"), field("text", Digest, "the document with the words")],
};

static TAKE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("bounty", Number, "which one"),
        optional("member", Number, "whose slot, if not that of the one who asks"),
    ],
};

static CLOSE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[field("bounty", Number, "which one"), field("reason", Digest, "the document with the reason")],
};

static TAKEN: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[field(
        "until",
        Time,
        "`at` plus `slot_hours`: the first moment at which it is taken no more, unless a claim was made of it",
    )],
};

static HELD: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[field(
        "until",
        Time,
        "`at` plus `hold_hours`: the first moment at which the hold stands no more, if nothing ends it before",
    )],
};

static CHALLENGED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[field(
        "until",
        Time,
        "`at` plus `challenge_hours`: the first moment at which the challenge stands no more, if nothing ends it before",
    )],
};

static REVERSAL: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[field("verdict", Word("word", reversals), "what the vote led to")],
};
