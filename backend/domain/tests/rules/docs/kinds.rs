//! Every kind of event: what it means, what is asked, what comes of it, what is posted.

use domain::event::Kind;

use super::budget::{self, ALLOT, About, FUNDING};
use super::chain;
use super::describe::{Description, Object, field, movement, optional};
use super::disputes;
use super::objects::{
    CATEGORY, MEMBER, PAYOUT, POLICY, choices, claim_kinds, grounds, lanes, operations, period_kinds, roles,
    secondings, sources, verdicts, yes_no,
};
use super::people;
use super::policies;
use super::shape::Shape::{
    Address, Amount, Count, Digest, List, Number, Object as Is, Signature, Slug, Time, Version, Word,
};

/// The description of a kind.
pub fn describe(kind: Kind) -> Description {
    let (meaning, asked, outcome, postings): About = match kind {
        Kind::ProgramOpened => (
            "A program opens. Always event 0, and only it: its leaf hash is the program's identity.",
            &PROGRAM,
            None,
            vec![],
        ),
        Kind::MemberAdded => ("A member joins.", &MEMBER, Some(&MEMBER_ADDED), vec![]),
        Kind::RoleGranted => ("A member gets a role that they do not hold.", &ROLE, None, vec![]),
        Kind::RoleRevoked => (
            "A member loses a role that they hold. Votes of a reviewer who loses that role never count again; a program keeps at least one lead.",
            &ROLE,
            None,
            vec![],
        ),
        Kind::AddressRecorded => recorded(),
        Kind::PeriodOpened => (
            "A period opens with a cap of its own. Periods do not overlap, and what they hold together (the authority of each, less what lapsed in it) stays within the program's cap. It is planned before `starts_at`, open until `ends_at`, then evaluating until it is closed.",
            &PERIOD,
            Some(&PERIOD_OPENED),
            vec![movement("P/authority", "P/unallotted", "the cap")],
        ),
        Kind::Allotted => (
            "Categories are given their allotments, all that are named or none, in a period that is not closed. One movement for each that changes, in the order asked.",
            &ALLOT,
            None,
            vec![
                movement("P/unallotted", "P/C/available", "what the category is given more"),
                movement("P/C/available", "P/unallotted", "what it is given less"),
            ],
        ),
        Kind::AllotmentMoved => budget::moved(),
        Kind::CapChanged => budget::cap_changed(),
        Kind::LimitsChanged => budget::limits_changed(),
        Kind::PolicyChanged | Kind::DocumentErased => policies::about(kind),
        Kind::PeriodClosed => budget::closed(),
        Kind::BountyPosted => posted(),
        Kind::SlotTaken
        | Kind::SlotReleased
        | Kind::BountyClosed
        | Kind::OfferAccepted
        | Kind::SubmissionWithdrawn
        | Kind::CommentAdded
        | Kind::RejectionAppealed
        | Kind::SubmissionReopened
        | Kind::SubmissionHeld
        | Kind::SubmissionChallenged
        | Kind::SubmissionReleased
        | Kind::ReversalVoted => return disputes::describe(kind),
        Kind::SubmissionFiled => filed(),
        Kind::SubmissionRevised => revised(),
        Kind::VoteCast => voted(),
        Kind::WaitingApproved => (
            "The ledger approves a submission that was agreed and waited for the budget. When an event credits a category's `available`, the oldest agreed submission there that fits is due (categories in the order of period and slug); until no submission is due, no other event follows.",
            &WAITING,
            Some(&WAITED),
            vec![movement("P/C/available", "P/C/encumbered", "the revision's amount")],
        ),
        Kind::SafeObserved => (
            "What the Safe looked like at a block. Blocks rise from one observation to the next, and nonces never fall, except in one that corrects the last; only `system` corrects what `system` observed.",
            &SAFE,
            None,
            vec![],
        ),
        Kind::FundingRecorded => (
            "LPT that a funder, who is not the Safe, sent to it, each transfer once, unless it was withdrawn since. `system` says so only of a sender who sent another funding that stands.",
            &FUNDING,
            None,
            vec![movement("safe", "contributed", "the amount")],
        ),
        Kind::FundingWithdrawn => budget::withdrawn(),
        Kind::BatchProposed => proposed(),
        Kind::RejectionProposed
        | Kind::BatchExecuted
        | Kind::NonceConsumed
        | Kind::ExecutionWithdrawn
        | Kind::InflowRecorded
        | Kind::OutflowRecorded
        | Kind::RefundRecorded
        | Kind::TransferWithdrawn
        | Kind::InflowClassified
        | Kind::OutflowSettled
        | Kind::WordConfirmed
        | Kind::FindingRecorded
        | Kind::SignatureRecorded => chain::about(kind),
        Kind::MemberInvited
        | Kind::InviteWithdrawn
        | Kind::MemberJoined
        | Kind::MemberLeft
        | Kind::MembersLinked
        | Kind::ConflictDeclared
        | Kind::NodeDeclared
        | Kind::AlternateCalled
        | Kind::SampleChecked => return people::describe(kind),
    };
    Description { kind, meaning, separations: separations(kind), asked, outcome, postings }
}

fn recorded() -> About {
    (
        "A member records a payout address of their own. An address belongs to one member, for good, and to no other account of the same [person](#people).",
        &ADDRESS,
        Some(&ADDRESS_RECORDED),
        vec![],
    )
}

fn posted() -> About {
    (
        "A bounty offers a reward for each of some slots; all of it is reserved at once, for a probe `probe_limit` at most. Some moment after `at` lies both in its window and in the time in which the period's claims may be filed.",
        &BOUNTY,
        Some(&BOUNTY_POSTED),
        vec![movement("P/C/available", "P/C/reserved", "slots × reward")],
    )
}

fn filed() -> About {
    (
        "A member claims money for work, with evidence. This is revision 1. On a bounty that is not closed, from `opens_at` until before `closes_at`, a slot must be left that nobody else has taken. The claimant files at least `cooldown_hours` after their last claim, at most `claim_credits` claims without a bounty in a period (if that is not 0), and one of kind `lead` at least `lead_pay_hours` after the period began and after their last such claim.",
        &FILE,
        Some(&FILED),
        vec![],
    )
}

fn revised() -> About {
    (
        "The claimant replaces what a submission says that waits for votes or a revision; what it contests stays. Votes on the revision before count no longer; who recused stays out. The time for filing does not matter any more.",
        &REVISE,
        Some(&REVISED),
        vec![],
    )
}

fn proposed() -> About {
    (
        "Approved submissions are proposed to the Safe as one transaction: on its next free nonce, which is the first that the Safe had not consumed when last observed and for which nothing was proposed; or on one for which something was, which nobody has said the end of and which the Safe had not consumed. Of what is proposed for a nonce, its candidates, at most one is executed. Nothing is proposed while an outflow lies in suspense, nor the same `safe_tx_hash` twice for a nonce, nor for one on which a finding stands. Each submission is in flight on this very nonce already; or it is past its second look if it was sampled, past the `objection_hours` of its lane (found as for a vote) since it was approved, on no hold or challenge that stands, and its payee past `usable_from`. The last observation is at most `observation_hours` old. A nonce without an end asks for what its dearest candidate pays; one with an end for the total of the batch that was executed, if one was. With this one in place of the other candidates for its nonce, the nonces from the one observed on ask at most the balance observed, and all nonces without an end at most the balance of `safe`, each less the balance of `suspense_in`. One movement for each payout that was not in flight, in their order.",
        &BATCH,
        Some(&PROPOSED),
        vec![movement("P/C/encumbered", "P/C/inflight", "the payout's amount")],
    )
}

fn voted() -> About {
    (
        "A reviewer, or an alternate called for the submission, votes on the current revision; a rejection names its ground, and only `needs_changes` may come with an offer. All votes and limits are of [people](#people). A later vote of the same reviewer replaces it. A vote is live while its caster has held the role reviewer, or was called and has held the role alternate, without a break since, and has no stake; of the live votes of one person the latest counts. Who recused casts no vote on the submission any more, on later revisions neither, whatever becomes of their role and with no account. The lane is the revision's, or `lead` if the claimant is an insider now. Voters are the people with the role reviewer and the alternates called, without a stake. `needs_changes` sends the submission back at once. An approval decides if the live approvals reach the lane's `approvals` and, from outside, `outside`; or, `single_handed`, if one live approval is from outside, `at` is at least `single_handed_hours` after the revision, and exactly one voter who never recused is from outside. A rejection or recusal decides if the live rejections reach `rejections`, or if at least one live vote rejects and approval by all voters would do, while approval by those without a live rejection or recusal who never recused, together with the alternates who could still be called, would not. An approval that would decide is refused if other submissions that are agreed, approved, in a batch or paid hold one of its pieces of evidence for its function with shares that come to more than 100 percent with its own, or if it waits for a slot and none is left that no other person has taken. With the verdict `approved`, the first two movements for a bounty's claim that has no slot of its own yet (then one slot is used, and is its own for good), the third for any other. With the verdict `rejected`, the fourth if it waited for a slot of a closed bounty.",
        &VOTE,
        Some(&CAST),
        vec![
            movement("P/C/reserved", "P/C/encumbered", "the revision's amount"),
            movement("P/C/reserved", "P/C/available", "the reward's rest"),
            movement("P/C/available", "P/C/encumbered", "the revision's amount"),
            movement("P/C/reserved", "P/C/available", "what the closed bounty promises less"),
        ],
    )
}

/// Who may not ask, although the table of roles would let them.
fn separations(kind: Kind) -> &'static str {
    match kind {
        Kind::ProgramOpened => "It is the first member, who must be a lead, who opens the program.",
        Kind::SubmissionFiled => {
            "The payee is one of the claimant's own addresses; kind `lead` takes the role lead."
        }
        Kind::SubmissionRevised => "Only the claimant.",
        Kind::VoteCast => "Never who has a stake in the submission; an alternate only if called for it.",
        Kind::SlotTaken
        | Kind::SlotReleased
        | Kind::BountyClosed
        | Kind::OfferAccepted
        | Kind::SubmissionWithdrawn
        | Kind::CommentAdded
        | Kind::RejectionAppealed
        | Kind::SubmissionReopened
        | Kind::SubmissionHeld
        | Kind::SubmissionChallenged
        | Kind::SubmissionReleased
        | Kind::ReversalVoted => disputes::separations(kind),
        Kind::MemberAdded
        | Kind::RoleGranted
        | Kind::RoleRevoked
        | Kind::AddressRecorded
        | Kind::PeriodOpened
        | Kind::Allotted
        | Kind::AllotmentMoved
        | Kind::CapChanged
        | Kind::LimitsChanged
        | Kind::PeriodClosed
        | Kind::BountyPosted
        | Kind::WaitingApproved
        | Kind::SafeObserved
        | Kind::FundingRecorded
        | Kind::FundingWithdrawn
        | Kind::BatchProposed
        | Kind::PolicyChanged
        | Kind::RejectionProposed
        | Kind::ExecutionWithdrawn
        | Kind::InflowRecorded
        | Kind::OutflowRecorded
        | Kind::RefundRecorded
        | Kind::TransferWithdrawn
        | Kind::MemberInvited
        | Kind::InviteWithdrawn
        | Kind::MemberJoined
        | Kind::MemberLeft
        | Kind::MembersLinked
        | Kind::ConflictDeclared
        | Kind::NodeDeclared
        | Kind::AlternateCalled
        | Kind::SampleChecked
        | Kind::WordConfirmed
        | Kind::FindingRecorded
        | Kind::SignatureRecorded => "",
        Kind::DocumentErased => {
            "Its author first; then another person who holds lead, reviewer or treasurer."
        }
        Kind::BatchExecuted | Kind::NonceConsumed | Kind::InflowClassified | Kind::OutflowSettled => {
            chain::separations(kind)
        }
    }
}

static PROGRAM: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("cap", Amount, "the most that all periods together may spend"),
        field("categories", List(&Is(&CATEGORY)), "1 to 16"),
        field("chain", Count, "the chain id (EIP-155), below 2⁶⁴"),
        field("demo", Word("word", yes_no), "a demo's exports and pages say that they are one"),
        field("members", List(&Is(&MEMBER)), "numbered from 1 in this order; the first is a lead, and asks"),
        field("multi_send", Address, "MultiSendCallOnly: what a batch of several payouts calls"),
        field("policy", Is(&POLICY), "version 1 of the policy, in force from the start"),
        field("refused_payees", List(&Address), "other contracts that are never paid"),
        field("safe", Address, "the Safe that pays"),
        field("safe_version", Version, "of the Safe's contracts"),
        field("texts", Digest, "the document with name, description and scope"),
        field("token", Address, "the LPT contract"),
    ],
};

static MEMBER_ADDED: Object =
    Object { name: "outcome", meaning: "", fields: &[field("member", Number, "the next free number")] };

static ROLE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[field("member", Number, "whose role"), field("role", Word("role", roles), "which one")],
};

static ADDRESS: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("address", Address, "not zero, the token, the Safe, MultiSendCallOnly, or a refused payee"),
        optional("proof", Signature, "the address's signature of [PayoutAddress](#signed-data)"),
    ],
};

static ADDRESS_RECORDED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[
        optional("twin", Address, "the first known address with the same first two and last two bytes"),
        field(
            "usable_from",
            Time,
            "`at`, for a later than the first address plus `address_changed_hours`, without a proof plus `address_unproven_hours`",
        ),
    ],
};

static PERIOD: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("cap", Amount, "at least the floors of all categories"),
        field("ends_at", Time, "the first moment after it"),
        field("kind", Word("word", period_kinds), "what it is planned for"),
        field("starts_at", Time, "its first moment"),
    ],
};

static PERIOD_OPENED: Object =
    Object { name: "outcome", meaning: "", fields: &[field("period", Number, "the next free number")] };

static BOUNTY: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("brief", Digest, "the document with title and brief"),
        field("category", Slug, "which pays"),
        field("closes_at", Time, "the first moment at which a claim is too late"),
        field("function", Slug, "the function wanted: host, author, graphic, …"),
        field("opens_at", Time, "the first moment at which a claim may be filed"),
        field("period", Number, "which pays"),
        field("probe", Word("word", yes_no), "a feeler in another channel"),
        field("reward", Amount, "for each slot"),
        field("slots", Count, "1 to 1000"),
        optional(
            "template",
            Slug,
            "the kind of work, where it was made from a template: host, thread, explainer, …",
        ),
    ],
};

static BOUNTY_POSTED: Object =
    Object { name: "outcome", meaning: "", fields: &[field("bounty", Number, "the next free number")] };

static FILE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field(
            "amount",
            Amount,
            "at least 1 wei, at most the category's ceiling, and if there is a bounty its reward; with a share, `share` percent of the reward, rounded down to the wei",
        ),
        optional("bounty", Number, "present if and only if the kind is `bounty`"),
        field(
            "captures",
            List(&Digest),
            "at most 10 documents that show the evidence as it was seen; `texts` names them too",
        ),
        field("category", Slug, "the bounty's, if there is one"),
        field("channel", Slug, "where the work was seen: x, discord, …"),
        optional(
            "contests",
            Number,
            "another person's submission, live, not paid and in no batch when this one is filed, that holds some of the same evidence for the same function: their shares count against each other only when one is approved",
        ),
        field(
            "evidence",
            List(&Digest),
            "1 to 10 bound evidence keys; for each of them, the shares of this submission and of all other live ones that hold it for the same function come to 100 percent at most, leaving out the one that this contests and those that contest this",
        ),
        field("function", Slug, "what the claimant did in it; the bounty's, if there is one"),
        field("kind", Word("word", claim_kinds), "what the money is for"),
        field("payee", Address, "one of the claimant's payout addresses"),
        field("period", Number, "the bounty's, if there is one"),
        field("promoted", Word("word", yes_no), "whether somebody else also paid for it"),
        optional(
            "share",
            Count,
            "1 to 99: how much of the work is the claimant's, in percent; all of it if absent",
        ),
        field("texts", Digest, "the document with title, summary and links"),
    ],
};

static FILED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[
        field("digest", Digest, "the revision digest, to which votes bind"),
        field("lane", Word("lane", lanes), "the rules it is held to"),
        field("policy", Count, "the version of the policy in force, which decides about this revision"),
        field("submission", Number, "the next free number"),
    ],
};

static REVISE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("amount", Amount, "as in `submission_filed`"),
        field("captures", List(&Digest), "as in `submission_filed`"),
        field("channel", Slug, "as in `submission_filed`"),
        field("evidence", List(&Digest), "as in `submission_filed`"),
        field("function", Slug, "as in `submission_filed`"),
        field("payee", Address, "as in `submission_filed`"),
        optional(
            "period",
            Number,
            "which it names from now on, not closed: another one if and only if its own was closed (after it was approved; then it was reopened); its own if absent",
        ),
        field("promoted", Word("word", yes_no), "as in `submission_filed`"),
        optional("share", Count, "as in `submission_filed`"),
        field("submission", Number, "one that waits for votes or a revision"),
        field("texts", Digest, "as in `submission_filed`"),
    ],
};

pub static REVISED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[
        field("digest", Digest, "the revision digest, to which votes bind"),
        field("lane", Word("lane", lanes), "the rules it is held to from now on"),
        field("policy", Count, "the version of the policy in force, which decides about this revision"),
        field("revision", Number, "one more than the revision before"),
    ],
};

static VOTE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("choice", Word("word", choices), "what the reviewer says"),
        optional(
            "ground",
            Word("word", grounds),
            "what a rejection rests on; present if and only if it is one",
        ),
        optional(
            "offer",
            Amount,
            "what would be approved; only with `needs_changes`; at least 1 wei, at most the category's ceiling, and if there is a bounty its reward, or the claim's share of it as in `submission_filed`",
        ),
        field("ordinal", Count, "which vote of this reviewer on this revision it is, from 1, without a gap"),
        field("reason", Digest, "the document with the reason"),
        field("revision", Digest, "the digest of the current revision"),
        optional(
            "signature",
            Signature,
            "the signer's signature of [Vote](#signed-data), with `signer` or not at all",
        ),
        optional(
            "signer",
            Address,
            "an address that the reviewer recorded; demanded or refused if `signed_votes` says so",
        ),
        field("submission", Number, "one that waits for votes"),
    ],
};

static CAST: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[
        optional("available", Amount, "what the category has; only with the verdict `agreed`"),
        optional("missing", Amount, "needed less available; only with the verdict `agreed`"),
        optional("needed", Amount, "the revision's amount; only with the verdict `agreed`"),
        optional(
            "sampled",
            Word("word", yes_no),
            "`yes` if the lane is `small`, the verdict `approved`, and the claim is [sampled](#sample_checked)",
        ),
        optional("single_handed", Word("word", yes_no), "`yes` if the only outside reviewer decided alone"),
        field(
            "verdict",
            Word("word", verdicts),
            "what the vote led to; `agreed` is an approval that the budget cannot carry",
        ),
    ],
};

static WAITING: Object =
    Object { name: "asked", meaning: "", fields: &[field("submission", Number, "the one that is due")] };

static WAITED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[optional("sampled", Word("word", yes_no), "as in `vote_cast`")],
};

static SAFE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("balance", Amount, "LPT held by the Safe"),
        field("block", Count, "its height, below 2⁶⁴"),
        field("block_hash", Digest, "its hash"),
        optional(
            "corrects",
            Count,
            "the `seq` of the last `safe_observed`, below 2⁶⁴, if this one replaces it because it was wrong: then block and nonce may go back",
        ),
        optional("guard", Address, "the transaction guard, if one is set; not zero, the token or the Safe"),
        field("modules", List(&Address), "enabled modules"),
        field("nonce", Count, "the nonce of its next transaction, below 2⁶⁴"),
        field("owners", List(&Address), "at least one, each once; none is zero, the token or the Safe"),
        field("singleton", Address, "the contract behind the proxy"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("threshold", Count, "how many owners must sign: 1 to their number"),
    ],
};

static BATCH: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        optional(
            "adopts",
            Number,
            "the batch whose lines these are in their order, if a wallet chose another nonce or MultiSend for them: then the nonce is any that is open, or not consumed; `to` of several payouts is any MultiSendCallOnly of the Safe's version",
        ),
        field(
            "beside",
            Word("word", yes_no),
            "`yes` if and only if something is proposed for the nonce already, and one of them is to be executed",
        ),
        field("domain_hash", Digest, "the EIP-712 domain separator of the Safe"),
        field(
            "evidence_up",
            Word("word", yes_no),
            "whether somebody looked that the evidence of every claim is still up; `yes` if the policy's `evidence_up` is",
        ),
        field("message_hash", Digest, "the EIP-712 hash of the SafeTx struct"),
        field("nonce", Count, "the Safe's next free one, or an open one, below 2⁶⁴"),
        field("operation", Word("word", operations), "`0` for one payout, `1` for more"),
        field(
            "payouts",
            List(&Is(&PAYOUT)),
            "at least one, each submission once; 100 at most, or fewer by policy",
        ),
        field("safe_tx_hash", Digest, "what the owners sign"),
        field("to", Address, "the token for one payout, MultiSendCallOnly for more"),
    ],
};

pub static PROPOSED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[
        field("batch", Number, "the next free number"),
        field("root", Digest, "the journal's root before this event"),
        field("size", Count, "the journal's size before this event: its own `seq`"),
        field("total", Amount, "the sum of the payouts; `0` for a rejection"),
    ],
};

pub static SECONDED: Object = Object {
    name: "outcome",
    meaning: "",
    fields: &[field(
        "verdict",
        Word("word", secondings),
        "`counted` if a second person has to say the same, else `done`",
    )],
};
