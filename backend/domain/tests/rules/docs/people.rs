//! The kinds of events about people, and about second looks at claims.

use domain::event::Kind;

use super::describe::{Description, Movement, Object, field, movement, optional};
use super::objects::{roles, yes_no};
use super::shape::Shape::{Address, Digest, List, Number, Time, Word};

/// The description of one of these kinds; no other is asked for.
pub fn describe(kind: Kind) -> Description {
    let (meaning, separations, asked, outcome, postings): (_, _, _, Option<&'static Object>, Vec<Movement>) =
        match kind {
            Kind::MemberInvited => (
                "A lead invites whoever knows a secret of 32 bytes to join with some roles. A digest is used in one invite only.",
                "",
                &INVITE,
                Some(&INVITED),
                vec![],
            ),
            Kind::InviteWithdrawn => {
                ("An invite that nobody used is taken back.", "", &WITHDRAW, None, vec![])
            }
            Kind::MemberJoined => (
                "Somebody joins. With a secret, its SHA-256 is an invite that is open (neither used nor withdrawn) and `at` is before its `until`; the member gets its roles, and it is used. Without one, `open_joining` is `yes`, and the member is a contributor. As `waiting_approved`, it is the ledger's own event, because who joins is no member yet; unlike that, it does not come before a submission that is due.",
                "It is an account that is no member yet for whom the ledger asks.",
                &JOIN,
                Some(&JOINED),
                vec![],
            ),
            Kind::MemberLeft => (
                "A member gives up all roles, of which they have at least one. Their votes lapse as with a lost role, their claims stay. A program keeps at least one lead.",
                "Of oneself only.",
                &LEAVE,
                None,
                vec![],
            ),
            Kind::MembersLinked => (
                "Two different members are said to be accounts of one [person](#people), or no longer. They are not one person yet when they are linked, not even by way of others; and linked to each other when it is taken back. It decides nothing by itself: votes and limits are counted so from then on.",
                "To link: a lead; or one of the two, if no account of the other is an insider. To take a link apart: a lead.",
                &LINK,
                None,
                vec![],
            ),
            Kind::ConflictDeclared => (
                "A reviewer declares a conflict of interest with another person, or that it is over. While it stands, they and their other accounts have a stake in that person's claims.",
                "Of oneself only.",
                &CONFLICT,
                None,
                vec![],
            ),
            Kind::NodeDeclared => (
                "A member declares an orchestrator's or gateway's address that they operate, or that they do so no longer; never what the register says already. One who ever did has a stake in claims that pay it.",
                "Of oneself only.",
                &NODE,
                None,
                vec![],
            ),
            Kind::AlternateCalled => (
                "A lead calls an alternate to vote on a submission that waits for votes, on this and later revisions. The member holds the role alternate, was not called for it before, has no stake, never recused, and is no person who votes on it anyway. `at` is at least `alternate_hours` after the revision, or the voters without a live rejection or recusal who never recused do not reach the lane's quorum.",
                "",
                &CALL,
                None,
                vec![],
            ),
            Kind::SampleChecked => (
                "A reviewer looks again at an approved submission that was sampled and not checked since. An approval in the small lane is sampled if fewer than `sample_at_least` were sampled in the submission's period before, or if the first 8 bytes of `SHA-256(prev ‖ revision digest)` of the approving event, as a big-endian number, are a multiple of `sample_one_in`. One that passed may be paid; one that did not is sent back as if it were reopened. Whatever takes an approval back takes the submission out of the sample.",
                "Never who has a stake in the submission or recused, nor one of the people whose live approvals decided it.",
                &CHECK,
                None,
                vec![
                    movement("P/C/encumbered", "P/C/available", "the revision's amount, if it did not pass"),
                    movement("P/C/encumbered", "P/C/lapsed", "instead, if the period is closed"),
                ],
            ),
            other => panic!("{other} is described elsewhere"),
        };
    Description { kind, meaning, separations, asked, outcome, postings }
}

static INVITE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("invite", Digest, "the SHA-256 of the secret"),
        field("roles", List(&Word("role", roles)), "at least one, each once"),
    ],
};

static INVITED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[field("until", Time, "`at` plus `invite_hours`: the first moment at which it is too late")],
};

static WITHDRAW: Object =
    Object { name: "asked", meaning: "", fields: &[field("invite", Digest, "the SHA-256 of the secret")] };

static JOIN: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("name", Digest, "the document with the member's handle"),
        optional("secret", Digest, "the 32 bytes of an invite"),
    ],
};

static JOINED: Object =
    Object { name: "outcome", meaning: "", fields: &[field("member", Number, "the next free number")] };

static LEAVE: Object = Object { name: "asked", meaning: "", fields: &[] };

static LINK: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("linked", Word("word", yes_no), "`no` takes the link apart"),
        field("member", Number, "one of the two"),
        field("other", Number, "the other one"),
        field("reason", Digest, "the document with the reason"),
    ],
};

static CONFLICT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("reason", Digest, "the document with the reason"),
        field("stands", Word("word", yes_no), "`no` if it is over; never what stands already"),
        field("with", Number, "a member who is another person"),
    ],
};

static NODE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("address", Address, "of the node"),
        field("note", Digest, "the document that says what it is"),
        field("operated", Word("word", yes_no), "whether the member operates it now"),
    ],
};

static CALL: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("member", Number, "the alternate"),
        field("submission", Number, "one that waits for votes"),
    ],
};

static CHECK: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("passed", Word("word", yes_no), "whether it may be paid"),
        field("reason", Digest, "the document with the reason"),
        field("submission", Number, "an approved one in the sample"),
    ],
};
