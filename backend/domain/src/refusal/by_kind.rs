//! Which refusals each kind of command can meet, for those who describe the ledger to others.

use crate::event::Kind;

/// Codes that stand before a kind's own: who asks the ledger through its front doors, signed in, as a member, and one
/// after another, meets only `role_needed` of them. `books` is a defect.
pub const COMMON: &[&str] = &[
    "not_a_member",
    "role_needed",
    "system_only",
    "members_only",
    "not_opened",
    "already_opened",
    "clock_behind",
    "system_first",
    "ground_unfit",
    "books",
];

/// The codes that commands of a kind can be refused with, beside the [`COMMON`] ones, in no particular order.
///
/// For documentation only: nothing is decided by it. Tests hold it against what the rules do.
pub const fn codes_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::ProgramOpened => OPENED,
        Kind::MemberAdded => &["empty_list", "too_many", "repeated"],
        Kind::RoleGranted => &["no_such_member", "role_held"],
        Kind::RoleRevoked => &["no_such_member", "role_not_held", "last_lead"],
        Kind::AddressRecorded => {
            &["payee_refused", "address_known", "address_taken", "other_accounts_address"]
        }
        Kind::PeriodOpened => &[
            "zero_amount",
            "empty_span",
            "period_overlaps",
            "amount_too_large",
            "over_program_cap",
            "floors_above_cap",
        ],
        Kind::Allotted => ALLOTTED,
        Kind::AllotmentMoved => MOVED,
        Kind::CapChanged => CAP,
        Kind::LimitsChanged => LIMITS,
        Kind::PolicyChanged => {
            &["policy_value", "too_many", "repeated", "no_such_category", "policy_moved", "nothing_changes"]
        }
        Kind::PeriodClosed => {
            &["no_such_period", "period_closed", "period_runs", "undecided_claims", "bounty_promises"]
        }
        Kind::BountyPosted => POSTED,
        Kind::SlotTaken => &[
            "no_such_bounty",
            "no_such_member",
            "bounty_ended",
            "outside_window",
            "slot_held",
            "no_slot_left",
            "slots_taken",
        ],
        Kind::SlotReleased => &["no_such_bounty", "no_such_member", "no_slot_held", "slot_claimed"],
        Kind::BountyClosed => &["no_such_bounty", "bounty_ended"],
        Kind::SubmissionFiled => FILED,
        Kind::SubmissionRevised => REVISED,
        Kind::OfferAccepted => ACCEPTED,
        Kind::SubmissionWithdrawn => {
            &["no_such_submission", "not_your_claim", "reopen_first", "already_decided"]
        }
        Kind::CommentAdded => &["no_such_submission"],
        Kind::RejectionAppealed => APPEALED,
        Kind::SubmissionReopened => {
            &["no_such_submission", "not_your_claim", "already_batched", "not_approved"]
        }
        Kind::SubmissionHeld => HELD,
        Kind::SubmissionChallenged => CHALLENGED,
        Kind::SubmissionReleased => &["no_such_submission", "own_claim", "not_held", "not_your_hold"],
        Kind::ReversalVoted => &[
            "no_such_submission",
            "own_claim",
            "conflict_declared",
            "own_payee",
            "already_batched",
            "not_approved",
            "recused",
            "reversal_counted",
        ],
        Kind::VoteCast => VOTED,
        Kind::WaitingApproved => &["no_such_submission", "not_waiting"],
        Kind::SafeObserved => OBSERVED,
        Kind::FundingWithdrawn => {
            &["no_such_funding", "read_from_chain", "funding_withdrawn", "funding_needed"]
        }
        Kind::FundingRecorded => {
            &["unknown_funder", "zero_amount", "safe_itself", "funding_known", "amount_too_large"]
        }
        Kind::BatchProposed => PROPOSED,
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
        | Kind::SignatureRecorded => codes_of_chain(kind),
        Kind::DocumentErased => ERASED,
        Kind::MemberInvited
        | Kind::InviteWithdrawn
        | Kind::MemberJoined
        | Kind::MemberLeft
        | Kind::MembersLinked
        | Kind::ConflictDeclared
        | Kind::NodeDeclared
        | Kind::AlternateCalled
        | Kind::SampleChecked => codes_of_people(kind),
    }
}

/// As [`codes_of`], for the kinds about people and second looks.
const fn codes_of_people(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::MemberInvited => &["empty_list", "too_many", "repeated", "invite_known"],
        Kind::InviteWithdrawn => &["no_such_invite", "invite_closed"],
        Kind::MemberJoined => &["no_such_invite", "invite_closed", "invite_expired", "invite_needed"],
        Kind::MemberLeft => &["no_roles_left", "last_lead"],
        Kind::MembersLinked => &["no_such_member", "same_person", "lead_links", "not_linked"],
        Kind::ConflictDeclared => &["no_such_member", "same_person", "conflict_known", "no_conflict"],
        Kind::NodeDeclared => &["node_unchanged"],
        Kind::AlternateCalled => &[
            "no_such_submission",
            "no_such_member",
            "revision_awaited",
            "already_decided",
            "not_an_alternate",
            "called_already",
            "not_callable",
            "too_early_to_call",
        ],
        Kind::SampleChecked => &[
            "no_such_submission",
            "own_claim",
            "conflict_declared",
            "own_payee",
            "recused",
            "no_sample_awaited",
            "own_approval",
        ],
        _ => &[],
    }
}

/// The codes of what is said of nonces, and of LPT that moved without a batch.
const fn codes_of_chain(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::RejectionProposed => {
            &["nothing_proposed", "nonce_ended", "finding_stands", "nonce_consumed", "proposed_before"]
        }
        Kind::BatchExecuted => EXECUTED,
        Kind::NonceConsumed => &[
            "nothing_proposed",
            "nonce_ended",
            "earlier_nonce_open",
            "finding_stands",
            "nothing_found",
            "nonce_unconsumed",
            "own_money",
            "said_before",
        ],
        Kind::ExecutionWithdrawn => &[
            "nothing_proposed",
            "nonce_open",
            "read_from_chain",
            "later_nonce_ended",
            "went_on",
            "refunded_since",
            "explained_before",
        ],
        Kind::InflowRecorded => &["zero_amount", "safe_itself", "funding_known", "amount_too_large"],
        Kind::OutflowRecorded => {
            &["zero_amount", "safe_itself", "funding_known", "paid_by_batch", "safe_short"]
        }
        Kind::RefundRecorded => {
            &["zero_amount", "safe_itself", "funding_known", "no_such_submission", "not_paid", "over_paid"]
        }
        Kind::TransferWithdrawn => &[
            "no_such_transfer",
            "read_from_chain",
            "funding_withdrawn",
            "explained_before",
            "safe_short",
            "refund_used",
            "funding_needed",
        ],
        Kind::InflowClassified => &[
            "no_such_transfer",
            "other_direction",
            "funding_withdrawn",
            "explained_before",
            "no_such_submission",
            "not_paid",
            "over_paid",
            "own_money",
            "said_before",
        ],
        Kind::OutflowSettled => &[
            "no_such_transfer",
            "other_direction",
            "funding_withdrawn",
            "explained_before",
            "no_such_submission",
            "not_owed",
            "own_money",
            "said_before",
        ],
        Kind::WordConfirmed => &["nothing_stated", "read_from_chain"],
        Kind::FindingRecorded => &["nothing_proposed", "finding_stands", "nonce_open", "nonce_ended"],
        Kind::SignatureRecorded => &[
            "no_such_batch",
            "nonce_ended",
            "finding_stands",
            "nonce_consumed",
            "not_an_owner",
            "signed_before",
        ],
        _ => &[],
    }
}

const ERASED: &[&str] = &[
    "no_such_member",
    "no_such_submission",
    "erased_before",
    "still_needed",
    "said_before",
    "runners_only",
    "author_first",
];

const OPENED: &[&str] = &[
    "first_member_leads",
    "empty_list",
    "too_many",
    "repeated",
    "zero_amount",
    "amount_too_large",
    "floor_above_ceiling",
    "floors_above_cap",
    "zero_address",
    "policy_value",
    "no_such_category",
];

const ALLOTTED: &[&str] = &[
    "no_such_period",
    "empty_list",
    "too_many",
    "repeated",
    "no_such_category",
    "above_ceiling",
    "over_cap",
    "floor_needed",
    "below_committed",
    "reason_needed",
    "period_closed",
];

const MOVED: &[&str] = &[
    "zero_amount",
    "no_such_period",
    "period_closed",
    "no_such_category",
    "repeated",
    "amount_too_large",
    "above_ceiling",
    "floor_needed",
    "over_budget",
];

const CAP: &[&str] = &[
    "zero_amount",
    "no_such_period",
    "period_closed",
    "nothing_changes",
    "amount_too_large",
    "over_program_cap",
    "over_cap",
    "floor_needed",
];

const LIMITS: &[&str] = &[
    "zero_amount",
    "too_many",
    "repeated",
    "nothing_changes",
    "floor_above_ceiling",
    "amount_too_large",
    "floors_above_cap",
    "over_program_cap",
    "ceiling_below_allotment",
    "floors_unfunded",
];

const POSTED: &[&str] = &[
    "no_such_period",
    "period_closed",
    "no_such_category",
    "zero_amount",
    "empty_list",
    "too_many",
    "empty_span",
    "window_unusable",
    "amount_too_large",
    "over_probe_limit",
    "over_budget",
];

const FILED: &[&str] = &[
    "no_such_period",
    "period_closed",
    "outside_period",
    "no_such_bounty",
    "bounty_ended",
    "outside_window",
    "no_slot_left",
    "slots_taken",
    "cooling_down",
    "pay_in_arrears",
    "no_credit_left",
    "too_many_open_claims",
    "no_such_submission",
    "nothing_contested",
    "no_such_category",
    "zero_amount",
    "above_ceiling",
    "kind_needs_bounty",
    "bounty_mismatch",
    "over_reward",
    "kind_has_no_bounty",
    "lead_only",
    "payee_not_yours",
    "empty_list",
    "too_many",
    "repeated",
    "share_out_of_range",
    "evidence_used",
    "amount_too_large",
    "over_person_share",
    "over_retro_limit",
];

const REVISED: &[&str] = &[
    "no_such_submission",
    "no_such_period",
    "period_closed",
    "period_stays",
    "not_your_claim",
    "already_decided",
    "zero_amount",
    "above_ceiling",
    "bounty_mismatch",
    "over_reward",
    "lead_only",
    "payee_not_yours",
    "empty_list",
    "too_many",
    "repeated",
    "share_out_of_range",
    "evidence_used",
    "amount_too_large",
    "over_person_share",
    "over_retro_limit",
];

/// What a claim says again, it may no longer be allowed to say.
const ACCEPTED: &[&str] = &[
    "no_such_submission",
    "not_your_claim",
    "no_offer",
    "offer_differs",
    "above_ceiling",
    "lead_only",
    "over_person_share",
    "over_retro_limit",
];

const APPEALED: &[&str] = &[
    "no_such_submission",
    "not_your_claim",
    "not_rejected",
    "appealed_before",
    "nothing_to_look_up",
    "appeal_late",
    "period_closed",
    "above_ceiling",
    "lead_only",
    "evidence_used",
    "over_person_share",
    "over_retro_limit",
    "no_slot_left",
    "over_budget",
];

const HELD: &[&str] =
    &["no_such_submission", "own_claim", "already_batched", "not_approved", "on_hold", "held_before"];

const CHALLENGED: &[&str] = &[
    "no_such_submission",
    "own_claim",
    "one_challenge",
    "already_batched",
    "not_approved",
    "on_hold",
    "held_before",
];

const OBSERVED: &[&str] = &[
    "empty_list",
    "too_many",
    "repeated",
    "threshold_above_owners",
    "owner_refused",
    "safe_unobserved",
    "not_the_last_observation",
    "read_from_chain",
    "observed_before",
    "nonce_went_back",
];

const PROPOSED: &[&str] = &[
    "empty_list",
    "too_many",
    "repeated",
    "evidence_unlooked",
    "outflow_unexplained",
    "no_such_batch",
    "lines_differ",
    "safe_unobserved",
    "nothing_proposed",
    "nonce_ended",
    "finding_stands",
    "nonce_consumed",
    "nonce_out_of_turn",
    "no_such_submission",
    "already_batched",
    "not_approved",
    "payout_differs",
    "on_hold",
    "objection_period",
    "address_cooling",
    "sample_unchecked",
    "observation_stale",
    "wrong_target",
    "proposed_before",
    "over_safe_balance",
];

const EXECUTED: &[&str] = &[
    "no_such_batch",
    "nonce_ended",
    "earlier_nonce_open",
    "finding_stands",
    "nonce_unconsumed",
    "own_money",
    "said_before",
    "safe_short",
];

const VOTED: &[&str] = &[
    "no_such_submission",
    "own_claim",
    "conflict_declared",
    "own_payee",
    "not_called",
    "revision_awaited",
    "already_decided",
    "recused",
    "stale_revision",
    "ordinal_out_of_turn",
    "ground_needed",
    "ground_misplaced",
    "offer_misplaced",
    "zero_amount",
    "above_ceiling",
    "over_reward",
    "signature_needed",
    "signatures_off",
    "signature_incomplete",
    "signer_not_yours",
    "evidence_used",
    "slots_taken",
    "no_slot_left",
];
