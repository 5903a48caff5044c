//! The objects that stand inside what is asked.

use domain::words::{Lane, Role};

use super::describe::{Object, field, optional};
use super::shape::Shape::{Address, Amount, Count, Digest, List, Number, Object as Is, Slug, Word};

/// The words of an enum as the code declares them.
macro_rules! words_of {
    ($($name:ident: $type:ty),+ $(,)?) => {
        $(pub fn $name() -> Vec<&'static str> {
            <$type>::ALL.iter().map(|word| word.as_str()).collect()
        })+
    };
}

words_of!(roles: Role, lanes: Lane);
words_of!(
    claim_kinds: domain::words::ClaimKind,
    choices: domain::words::Choice,
    verdicts: domain::words::Verdict,
    period_kinds: domain::words::PeriodKind,
    grounds: domain::words::Ground,
    reversals: domain::words::Reversal,
    secondings: domain::words::Seconding,
    consumptions: domain::words::Consumption,
    findings: domain::words::FindingKind,
    forms: domain::words::SigningForm,
    erasures: domain::words::Erasure,
    weekdays: domain::words::Weekday,
    sources: domain::words::Source,
    operations: domain::words::Operation,
    signed_votes: domain::words::SignedVotes,
    yes_no: domain::words::YesNo,
);

/// Every object that stands inside another.
pub static INNER: [&Object; 9] =
    [&ALLOTMENT, &CATEGORY, &LANE_RULES, &LANES, &MEMBER, &PAYDAY, &PAYOUT, &PERSON_SHARE, &POLICY];

pub static ALLOTMENT: Object = Object {
    name: "allotment",
    meaning: "What a category is to be given.",
    fields: &[
        field("amount", Amount, "the whole allotment, not the difference"),
        field("category", Slug, "one of the program's"),
    ],
};

pub static CATEGORY: Object = Object {
    name: "category",
    meaning: "A budget line with the range it is planned for.",
    fields: &[
        field("ceiling", Amount, "the most it may be given in a period (I4), and the most one claim may ask"),
        field("floor", Amount, "what stays unallotted for it until it is given (I5)"),
        field("slug", Slug, "its name, also in accounts"),
    ],
};

pub static LANE_RULES: Object = Object {
    name: "lane-rules",
    meaning: "What a claim of one lane needs.",
    fields: &[
        field("approvals", Count, "approvals that decide, at least 1"),
        field("objection_hours", Count, "hours between approval and the first batch that may carry it"),
        field(
            "outside",
            Count,
            "how many of the approvals come from reviewers who are not leads, 1 to `approvals`",
        ),
        field("rejections", Count, "rejections that decide, at least 1"),
    ],
};

pub static LANES: Object = Object {
    name: "lanes",
    meaning: "The rules of every lane.",
    fields: &[
        field(
            "lead",
            Is(&LANE_RULES),
            "claims by people with an account that holds alternate, lead, reviewer or treasurer, and of who has become one since the revision",
        ),
        field("normal", Is(&LANE_RULES), "all others"),
        field("retro", Is(&LANE_RULES), "claims of kind `retro`"),
        field(
            "small",
            Is(&LANE_RULES),
            "claims up to `small_limit`, while the person's stay within `small_person_limit`",
        ),
    ],
};

pub static MEMBER: Object = Object {
    name: "member",
    meaning: "A member who joins.",
    fields: &[
        field("name", Digest, "the document with the member's handle"),
        field("roles", List(&Word("role", roles)), "at least one, each once"),
    ],
};

pub static PAYDAY: Object = Object {
    name: "payday",
    meaning: "The days of a week, in UTC, by whose end something is done.",
    fields: &[
        field("batch_on", Word("weekday", weekdays), "when a batch is proposed"),
        field(
            "claims_by",
            Word("weekday", weekdays),
            "what is claimed by the last such day before `votes_by` is in time",
        ),
        field(
            "every_weeks",
            Count,
            "1 for every week, 2 for every other, counted from the Monday 1970-01-05; never 0",
        ),
        field(
            "votes_by",
            Word("weekday", weekdays),
            "what is decided by the last such day before `batch_on` is in it",
        ),
    ],
};

pub static PAYOUT: Object = Object {
    name: "payout",
    meaning: "One transfer of a batch.",
    fields: &[
        field("amount", Amount, "exactly what the submission was approved for"),
        field("payee", Address, "the address frozen in its revision"),
        field("submission", Number, "an approved submission"),
    ],
};

pub static PERSON_SHARE: Object = Object {
    name: "person-share",
    meaning: "The most that one person may ask for in a category.",
    fields: &[
        field("category", Slug, "one of the program's"),
        field(
            "percent",
            Count,
            "1 to 100 percent of the category's current allotment, rounded down to the wei",
        ),
    ],
};

pub static POLICY: Object = Object {
    name: "policy",
    meaning: "The values a program decides by; every time is 8760 hours (a year) at most.",
    fields: &[
        field(
            "address_changed_hours",
            Count,
            "how long a payout address that is not the member's first cools off",
        ),
        field(
            "address_unproven_hours",
            Count,
            "how much longer an address waits that was recorded without a proof",
        ),
        field("alternate_hours", Count, "how old a revision is when an alternate may be called in any case"),
        field("appeal_hours", Count, "how long after a rejection it can be appealed against"),
        field("batch_lines", Count, "the most payouts in one batch, 1 to 100"),
        field("challenge_hours", Count, "how long a challenge keeps a claim out of batches"),
        field(
            "claim_credits",
            Count,
            "claims without a bounty that one person may file in a period; `0` for as many as they like",
        ),
        field("claim_grace_hours", Count, "how long after a period's end its claims may be filed"),
        field("cooldown_hours", Count, "how long one person waits between two claims"),
        field(
            "decision_grace_hours",
            Count,
            "how long after a period's end its last decisions are due, at least `claim_grace_hours`",
        ),
        field("decision_hours", Count, "how long after a revision its decision is due"),
        field(
            "evidence_up",
            Word("word", yes_no),
            "whether somebody looks, before a batch is proposed, that the evidence of its claims is still up",
        ),
        field("hold_hours", Count, "how long a hold keeps a claim out of batches"),
        field("invite_hours", Count, "how long an invite can be used"),
        field("lanes", Is(&LANES), "quorums and objection periods"),
        field(
            "lead_pay_hours",
            Count,
            "how long after the period began, and after their last one, a lead files a claim of kind `lead`",
        ),
        field(
            "notice_hours",
            Count,
            "how long before it is in force a policy is announced that loosens something",
        ),
        field("observation_hours", Count, "how old the last `safe_observed` may be when a batch is proposed"),
        field("open_claims", Count, "undecided claims one person may have over all accounts, at least 1"),
        field("open_joining", Word("word", yes_no), "whether anybody may join as a contributor"),
        field("payday", Is(&PAYDAY), "when people are paid; nothing is refused for it"),
        field("person_shares", List(&Is(&PERSON_SHARE)), "categories not named here are unlimited"),
        field("probe_limit", Amount, "the most that a probe bounty reserves"),
        field("renewal_hours", Count, "how long before a period's end its renewal is due"),
        field("retro_limit", Amount, "all live claims of kind `retro` of a period together"),
        field("sample_at_least", Count, "how many small-lane approvals of a period are sampled in any case"),
        field("sample_one_in", Count, "of how many further ones one is; 0 for none"),
        field("signed_votes", Word("word", signed_votes), "whether votes carry a signature"),
        optional(
            "single_handed_hours",
            Count,
            "how old a revision is when the only outside reviewer decides it alone; without it, nobody does",
        ),
        field("slot_hours", Count, "how long a slot stays taken without a claim"),
        field("small_limit", Amount, "the largest claim in the small lane"),
        field("small_person_limit", Amount, "all live small-lane claims of one person in a period together"),
    ],
};
