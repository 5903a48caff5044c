//! Why a command is refused. A refusal changes nothing, and says what would make it pass.

mod by_kind;

use std::fmt;

use thiserror::Error;

use crate::books::BooksError;
use crate::value::{
    Address, Amount, BatchNumber, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug,
    SubmissionNumber, Timestamp,
};
use crate::words::{ClaimKind, Role};

pub use by_kind::{COMMON, codes_of};

/// What the caller can do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Ask with another value.
    AskDifferently,
    /// Ask somebody with the role, or with no stake in it.
    AskSomeoneElse,
    /// Ask for something that exists.
    AskForSomethingElse,
    /// Ask when things stand differently.
    AskWhenThingsChange,
    /// Ask a moment later.
    AskLater,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $({ $($field:ident: $type:ty),+ $(,)? })? = $code:literal, $remedy:ident, $message:literal;)+) => {
        /// Why a command is refused.
        #[derive(Clone, Debug, PartialEq, Eq, Error)]
        pub enum Refusal {
            $($(#[$doc])* #[error($message)] $name $({ $($field: $type),+ })?,)+
        }

        impl Refusal {
            /// The stable code of each refusal, in the order declared.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// Each refusal's code, what the caller can do, and its message with names for its values.
            pub const TABLE: &'static [(&'static str, Remedy, &'static str)] =
                &[$(($code, Remedy::$remedy, $message)),+];

            /// The stable code: documented, and never changed.
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$name $({ $($field: _),+ })? => $code,)+
                }
            }

            pub fn remedy(&self) -> Remedy {
                match self {
                    $(Self::$name $({ $($field: _),+ })? => Remedy::$remedy,)+
                }
            }

            /// The values that the message speaks of, by name, for programs that read it.
            pub fn facts(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$name $({ $($field),+ })? => vec![$($((stringify!($field), $field.to_string())),+)?],)+
                }
            }
        }
    };
}

refusals! {
    NotAMember { member: MemberNumber } = "not_a_member", AskSomeoneElse,
        "member {member} is not known in this program";
    RoleNeeded { roles: RoleList } = "role_needed", AskSomeoneElse,
        "this takes one of these roles: {roles}";
    SystemOnly = "system_only", AskSomeoneElse,
        "only the ledger itself does this";
    MembersOnly = "members_only", AskSomeoneElse,
        "a member has to ask for this: the ledger itself does not";
    NotOpened = "not_opened", AskDifferently,
        "the first command opens the program";
    AlreadyOpened = "already_opened", AskDifferently,
        "this program is open already";
    OwnClaim = "own_claim", AskSomeoneElse,
        "nobody votes on their own claim: another reviewer has to";
    ClockBehind { last: Timestamp, asked: Timestamp } = "clock_behind", AskLater,
        "the clock says {asked}, before the last event at {last}: try again in a moment";
    SystemFirst { submission: SubmissionNumber } = "system_first", AskLater,
        "submission {submission} is waiting for money that is free now and is approved first: try again";

    EmptyList { list: &'static str } = "empty_list", AskDifferently,
        "{list} needs at least one entry";
    TooMany { list: &'static str, limit: Count } = "too_many", AskDifferently,
        "{list} has at most {limit} entries";
    Repeated { list: &'static str } = "repeated", AskDifferently,
        "{list} names something twice";
    ZeroAmount = "zero_amount", AskDifferently,
        "the amount must be at least 0.000000000000000001 LPT";
    AmountTooLarge = "amount_too_large", AskDifferently,
        "the amounts add up to more than can be counted";
    FirstMemberLeads = "first_member_leads", AskDifferently,
        "the first member opens the program and must have the role lead";
    FloorAboveCeiling { category: Slug, floor: Amount, ceiling: Amount } = "floor_above_ceiling", AskDifferently,
        "category {category}: the floor of {floor} LPT is above the ceiling of {ceiling} LPT";
    FloorsAboveCap { floors: Amount, cap: Amount } = "floors_above_cap", AskDifferently,
        "the floors add up to {floors} LPT, over the cap of {cap} LPT";
    PolicyValue { value: String, rule: &'static str } = "policy_value", AskDifferently,
        "policy value {value}: {rule}";
    ZeroAddress = "zero_address", AskDifferently,
        "the token, the Safe and its MultiSendCallOnly are contracts, not the zero address";
    EmptySpan { from: Timestamp, to: Timestamp } = "empty_span", AskDifferently,
        "it must end after it starts: from {from} to {to} is nothing";
    RoleHeld { member: MemberNumber, role: Role } = "role_held", AskWhenThingsChange,
        "member {member} already has the role {role}";
    RoleNotHeld { member: MemberNumber, role: Role } = "role_not_held", AskWhenThingsChange,
        "member {member} does not have the role {role}";
    LastLead = "last_lead", AskWhenThingsChange,
        "a program needs a lead: give the role to somebody else first";

    PayeeRefused { address: Address, what: &'static str } = "payee_refused", AskDifferently,
        "{address} is {what}: money sent there is lost, so it cannot be a payout address";
    AddressKnown { address: Address } = "address_known", AskWhenThingsChange,
        "{address} is already one of your payout addresses";
    AddressTaken { address: Address, member: MemberNumber } = "address_taken", AskDifferently,
        "{address} is a payout address of member {member}: each address belongs to one member";
    PayeeNotYours { address: Address } = "payee_not_yours", AskDifferently,
        "{address} is not one of your payout addresses: record it first";

    OtherAccountsAddress { address: Address, member: MemberNumber } = "other_accounts_address", AskDifferently,
        "{address} is a payout address of member {member}, another account of yours: claim with that one, or record another address";

    InviteKnown { invite: Digest } = "invite_known", AskDifferently,
        "an invite with the digest {invite} was made before: make another secret";
    NoSuchInvite { invite: Digest } = "no_such_invite", AskForSomethingElse,
        "there is no invite with the digest {invite}";
    InviteClosed { invite: Digest, state: &'static str } = "invite_closed", AskWhenThingsChange,
        "the invite {invite} is {state}: ask a lead for another one";
    InviteExpired { invite: Digest, until: Timestamp } = "invite_expired", AskWhenThingsChange,
        "the invite {invite} could be used until {until}: ask a lead for another one";
    InviteNeeded = "invite_needed", AskSomeoneElse,
        "it takes an invite to join this program: ask a lead for one";
    NoRolesLeft = "no_roles_left", AskWhenThingsChange,
        "you have no role in this program any more: there is nothing to leave";
    LeadLinks = "lead_links", AskSomeoneElse,
        "a lead links members, or one of the two does: ask a lead to take a link apart, or to link others or somebody who runs the program";
    SamePerson { member: MemberNumber, other: MemberNumber } = "same_person", AskDifferently,
        "members {member} and {other} are one person already";
    NotLinked { member: MemberNumber, other: MemberNumber } = "not_linked", AskWhenThingsChange,
        "members {member} and {other} are not linked to each other";
    ConflictKnown { with: MemberNumber } = "conflict_known", AskWhenThingsChange,
        "your conflict with member {with} stands already";
    NoConflict { with: MemberNumber } = "no_conflict", AskWhenThingsChange,
        "no conflict of yours with member {with} stands";
    NodeUnchanged { address: Address } = "node_unchanged", AskWhenThingsChange,
        "the register says so of {address} already";

    NoSuchMember { member: MemberNumber } = "no_such_member", AskForSomethingElse,
        "there is no member {member}";
    NoSuchPeriod { period: PeriodNumber } = "no_such_period", AskForSomethingElse,
        "there is no period {period}";
    NoSuchFunding { event: Seq } = "no_such_funding", AskForSomethingElse,
        "event {event} recorded no funding";
    NoSuchCategory { category: Slug } = "no_such_category", AskForSomethingElse,
        "there is no category {category}";
    NoSuchBounty { bounty: BountyNumber } = "no_such_bounty", AskForSomethingElse,
        "there is no bounty {bounty}";
    NoSuchBatch { batch: BatchNumber } = "no_such_batch", AskForSomethingElse,
        "there is no batch {batch}";
    NoSuchSubmission { submission: SubmissionNumber } = "no_such_submission", AskForSomethingElse,
        "there is no submission {submission}";

    PeriodOverlaps { period: PeriodNumber } = "period_overlaps", AskDifferently,
        "period {period} covers part of this time: periods follow each other";
    OverProgramCap { excess: Amount, cap: Amount } = "over_program_cap", AskDifferently,
        "{excess} LPT over the program's {cap} cap";
    AboveCeiling { category: Slug, asked: Amount, ceiling: Amount } = "above_ceiling", AskDifferently,
        "{asked} LPT for {category} is above its ceiling of {ceiling} LPT";
    OverCap { excess: Amount, cap: Amount } = "over_cap", AskDifferently,
        "{excess} LPT over the {cap} cap";
    FloorNeeded { left: Amount, needed: Amount } = "floor_needed", AskDifferently,
        "this leaves {left} LPT unallotted, and other categories' floors still need {needed} LPT";
    BelowCommitted { category: Slug, asked: Amount, committed: Amount, lower: Amount } = "below_committed", AskWhenThingsChange,
        "{category} has {committed} LPT promised or paid already: it can be at most {lower} LPT lower, not {asked} LPT";
    ReasonNeeded { category: Slug, before: Amount, after: Amount } = "reason_needed", AskDifferently,
        "{category} would be lowered from {before} LPT to {after} LPT: say why";
    PolicyMoved { given: Count, last: Count } = "policy_moved", AskDifferently,
        "version {last} of the policy was announced last, not {given}: look what it says";
    NothingChanges = "nothing_changes", AskDifferently,
        "everything is as this asks already: nothing would change";
    CeilingBelowAllotment { category: Slug, ceiling: Amount, allotment: Amount, period: PeriodNumber } = "ceiling_below_allotment", AskWhenThingsChange,
        "{category} was given {allotment} LPT in period {period}: its ceiling cannot be {ceiling} LPT while it has that";
    FloorsUnfunded { period: PeriodNumber, unallotted: Amount, needed: Amount } = "floors_unfunded", AskWhenThingsChange,
        "period {period} has {unallotted} LPT unallotted, and these floors would need {needed} LPT there";
    PeriodClosed { period: PeriodNumber } = "period_closed", AskWhenThingsChange,
        "period {period} is closed: what is owed in it is paid, and nothing else changes";
    PeriodRuns { period: PeriodNumber, until: Timestamp } = "period_runs", AskWhenThingsChange,
        "period {period} takes claims until {until}: it can be closed then";
    UndecidedClaims { period: PeriodNumber, claims: Count } = "undecided_claims", AskWhenThingsChange,
        "period {period} has {claims} undecided claims: decide them first";
    BountyPromises { bounty: BountyNumber, promised: Amount, period: PeriodNumber } = "bounty_promises", AskWhenThingsChange,
        "bounty {bounty} of period {period} still promises {promised} LPT: close it first";
    OverBudget { category: Slug, available: Amount, needed: Amount, missing: Amount } = "over_budget", AskWhenThingsChange,
        "{category} has {available} LPT available, and {needed} LPT is needed: {missing} LPT is missing";

    BountyMismatch { bounty: BountyNumber } = "bounty_mismatch", AskDifferently,
        "bounty {bounty} is of another period, category or function than the claim says";
    WindowUnusable { period: PeriodNumber, from: Timestamp, until: Timestamp } = "window_unusable", AskDifferently,
        "nobody could claim in this window: claims of period {period} are taken from {from} until {until}";
    KindNeedsBounty = "kind_needs_bounty", AskDifferently,
        "a claim of kind bounty names its bounty";
    KindHasNoBounty { kind: ClaimKind } = "kind_has_no_bounty", AskDifferently,
        "a claim of kind {kind} names no bounty";
    LeadOnly = "lead_only", AskSomeoneElse,
        "only a lead claims pay of kind lead";
    OverReward { asked: Amount, reward: Amount, bounty: BountyNumber, excess: Amount } = "over_reward", AskDifferently,
        "{asked} LPT is over the reward of {reward} LPT of bounty {bounty}, by {excess} LPT";
    OverProbeLimit { asked: Amount, limit: Amount } = "over_probe_limit", AskDifferently,
        "a probe bounty reserves at most {limit} LPT, not {asked} LPT";
    BountyEnded { bounty: BountyNumber } = "bounty_ended", AskWhenThingsChange,
        "bounty {bounty} is closed: it takes no claims and no slots any more";
    SlotsTaken { bounty: BountyNumber, taken: Count } = "slots_taken", AskWhenThingsChange,
        "{taken} slots of bounty {bounty} are taken by others and the rest are used: wait until one comes free";
    SlotHeld { bounty: BountyNumber, member: MemberNumber, until: Timestamp } = "slot_held", AskWhenThingsChange,
        "member {member} has a slot of bounty {bounty} already, until {until}";
    NoSlotHeld { bounty: BountyNumber, member: MemberNumber } = "no_slot_held", AskWhenThingsChange,
        "member {member} has no slot of bounty {bounty} that could be given back";
    SlotClaimed { bounty: BountyNumber, submission: SubmissionNumber } = "slot_claimed", AskWhenThingsChange,
        "submission {submission} waits for this slot of bounty {bounty}: withdraw the claim to give it back";
    OutsideWindow { bounty: BountyNumber, opens_at: Timestamp, closes_at: Timestamp } = "outside_window", AskWhenThingsChange,
        "bounty {bounty} takes claims from {opens_at} until {closes_at}";
    NoSlotLeft { bounty: BountyNumber, slots: Count } = "no_slot_left", AskWhenThingsChange,
        "all {slots} slots of bounty {bounty} are used: reject the claim, or post another bounty for it";
    OutsidePeriod { period: PeriodNumber, from: Timestamp, until: Timestamp } = "outside_period", AskWhenThingsChange,
        "period {period} takes claims from {from} until {until}";
    EvidenceUsed { evidence: Digest, first: SubmissionNumber } = "evidence_used", AskWhenThingsChange,
        "this evidence is already held by submission {first} for the same function";
    PeriodStays { submission: SubmissionNumber, period: PeriodNumber } = "period_stays", AskDifferently,
        "submission {submission} names period {period} as long as that is not closed";
    NothingContested { submission: SubmissionNumber } = "nothing_contested", AskDifferently,
        "submission {submission} is not somebody else's unpaid claim to this evidence for the same function";
    ShareOutOfRange = "share_out_of_range", AskDifferently,
        "a share is 1 to 99 percent; leave it out where all of the work is yours";
    CoolingDown { from: Timestamp } = "cooling_down", AskWhenThingsChange,
        "your last claim is too short ago: the next one can be filed from {from}";
    PayInArrears { from: Timestamp } = "pay_in_arrears", AskWhenThingsChange,
        "a lead is paid for time that has passed: the next claim of kind lead can be filed from {from}";
    NoCreditLeft { credits: Count } = "no_credit_left", AskWhenThingsChange,
        "you have filed all {credits} claims without a bounty that one person has in a period";
    TooManyOpenClaims { limit: Count } = "too_many_open_claims", AskWhenThingsChange,
        "at most {limit} claims of one person are open at a time: wait for a decision";
    OverPersonShare { category: Slug, percent: Count, limit: Amount, asked: Amount } = "over_person_share", AskDifferently,
        "one person's claims on {category} come to at most {percent} % of it, {limit} LPT: with this one they would be {asked} LPT";
    OverRetroLimit { limit: Amount, asked: Amount } = "over_retro_limit", AskDifferently,
        "retroactive claims of a period come to at most {limit} LPT: with this one they would be {asked} LPT";

    NotYourClaim { submission: SubmissionNumber } = "not_your_claim", AskSomeoneElse,
        "submission {submission} belongs to somebody else";
    AlreadyDecided { submission: SubmissionNumber, state: &'static str } = "already_decided", AskWhenThingsChange,
        "submission {submission} is {state}: it is past voting and revising";
    RevisionAwaited { submission: SubmissionNumber } = "revision_awaited", AskWhenThingsChange,
        "submission {submission} was sent back: votes are cast on its next revision";
    StaleRevision { submission: SubmissionNumber, current: Digest } = "stale_revision", AskWhenThingsChange,
        "submission {submission} was revised since: read revision {current} and vote on that";
    OrdinalOutOfTurn { given: Count, expected: Count } = "ordinal_out_of_turn", AskWhenThingsChange,
        "this would be your vote number {given} on this revision, but your next one is number {expected}";
    GroundNeeded = "ground_needed", AskDifferently,
        "a rejection says what it rests on: criteria_not_met, duplicate, invalid_proof, other or out_of_window";
    GroundMisplaced = "ground_misplaced", AskDifferently,
        "only a rejection rests on a ground: leave it out";
    OfferMisplaced = "offer_misplaced", AskDifferently,
        "an offer comes with needs_changes only: leave it out";
    NoOffer { submission: SubmissionNumber } = "no_offer", AskWhenThingsChange,
        "nothing is offered for submission {submission}: revise it instead";
    OfferDiffers { submission: SubmissionNumber, offer: Amount } = "offer_differs", AskDifferently,
        "what is offered for submission {submission} is {offer} LPT";
    ReopenFirst { submission: SubmissionNumber } = "reopen_first", AskWhenThingsChange,
        "submission {submission} is approved: reopen it before you withdraw it";
    NotRejected { submission: SubmissionNumber, state: &'static str } = "not_rejected", AskWhenThingsChange,
        "submission {submission} is {state}: only rejected ones are appealed for";
    AppealedBefore { submission: SubmissionNumber } = "appealed_before", AskSomeoneElse,
        "the rejection of submission {submission} was appealed against once: that is final";
    NothingToLookUp { submission: SubmissionNumber } = "nothing_to_look_up", AskSomeoneElse,
        "submission {submission} was rejected by judgement, on no ground that can be looked up: that is final";
    AppealLate { submission: SubmissionNumber, until: Timestamp } = "appeal_late", AskSomeoneElse,
        "the rejection of submission {submission} could be appealed against until {until}";
    OnHold { submission: SubmissionNumber, until: Timestamp } = "on_hold", AskWhenThingsChange,
        "submission {submission} is on hold until {until}, unless it is released before";
    HeldBefore { submission: SubmissionNumber } = "held_before", AskSomeoneElse,
        "you have kept submission {submission} back once already: somebody else has to";
    NotHeld { submission: SubmissionNumber } = "not_held", AskWhenThingsChange,
        "nobody keeps submission {submission} back";
    NotYourHold { submission: SubmissionNumber, by: MemberNumber } = "not_your_hold", AskSomeoneElse,
        "member {by} keeps submission {submission} back: they or a lead release it";
    OneChallenge { first: SubmissionNumber } = "one_challenge", AskWhenThingsChange,
        "your challenge of submission {first} stands: release it first";
    ReversalCounted { submission: SubmissionNumber } = "reversal_counted", AskSomeoneElse,
        "your vote to reverse submission {submission} is counted: others have to join it";
    Recused { submission: SubmissionNumber } = "recused", AskSomeoneElse,
        "you declared a conflict on submission {submission}: another reviewer has to decide";
    ConflictDeclared { with: MemberNumber } = "conflict_declared", AskSomeoneElse,
        "you declared a conflict with member {with}: another reviewer has to decide";
    OwnPayee { payee: Address } = "own_payee", AskSomeoneElse,
        "this claim pays {payee}, an address or a node of yours: another reviewer has to decide";
    NotCalled { submission: SubmissionNumber } = "not_called", AskSomeoneElse,
        "you are an alternate, and no lead called you for submission {submission}";
    SignatureNeeded = "signature_needed", AskDifferently,
        "votes are signed in this program: ask for the vote as typed data, sign it, and send signature and signer";
    SignaturesOff = "signatures_off", AskDifferently,
        "votes are not signed in this program: leave signature and signer out";
    SignatureIncomplete = "signature_incomplete", AskDifferently,
        "a signed vote has both a signature and its signer";
    SignerNotYours { address: Address } = "signer_not_yours", AskDifferently,
        "{address} is not one of your recorded addresses: sign with one that is";
    NotAnAlternate { member: MemberNumber } = "not_an_alternate", AskDifferently,
        "member {member} does not have the role alternate";
    CalledAlready { member: MemberNumber, submission: SubmissionNumber } = "called_already", AskWhenThingsChange,
        "member {member} is called for submission {submission} already";
    NotCallable { member: MemberNumber, submission: SubmissionNumber } = "not_callable", AskDifferently,
        "member {member} cannot judge submission {submission}, or votes on it anyway: call another alternate";
    TooEarlyToCall { submission: SubmissionNumber, from: Timestamp } = "too_early_to_call", AskWhenThingsChange,
        "the reviewers of submission {submission} can still decide it: an alternate may be called from {from}";
    NoSampleAwaited { submission: SubmissionNumber } = "no_sample_awaited", AskWhenThingsChange,
        "submission {submission} does not wait for a second look";
    OwnApproval { submission: SubmissionNumber } = "own_approval", AskSomeoneElse,
        "you approved submission {submission}: another reviewer has to take the second look";
    NotWaiting { submission: SubmissionNumber } = "not_waiting", AskWhenThingsChange,
        "submission {submission} is not the one whose turn has come";

    ThresholdAboveOwners { threshold: Count, owners: Count } = "threshold_above_owners", AskDifferently,
        "a Safe with {owners} owners has a threshold of 1 to {owners}, not {threshold}";
    OwnerRefused { address: Address } = "owner_refused", AskDifferently,
        "{address} cannot be an owner or the guard of the Safe: it is zero, the token or the Safe itself";
    NotTheLastObservation { last: Seq } = "not_the_last_observation", AskDifferently,
        "only the last observation of the Safe can be corrected: event {last}";
    ObservedBefore { block: Seq, last: Seq } = "observed_before", AskDifferently,
        "block {block} is not after block {last}, where the Safe was last observed; was that wrong, correct it";
    NonceWentBack { nonce: Seq, last: Seq } = "nonce_went_back", AskDifferently,
        "a Safe's nonce never goes back: it was {last} already, not {nonce}; was that wrong, correct it";
    FundingKnown { tx_hash: String, log_index: Count } = "funding_known", AskWhenThingsChange,
        "transfer {log_index} of transaction {tx_hash} is already recorded";
    SafeItself { address: Address } = "safe_itself", AskDifferently,
        "{address} is the program's own Safe: what it sends to itself neither comes in nor leaves, and is not recorded";
    PaidByBatch { batch: BatchNumber, amount: Amount, recipient: Address } = "paid_by_batch", AskDifferently,
        "batch {batch} paid these {amount} LPT to {recipient} in this very transaction, and they are counted: was there another transfer like it, record that without its recipient";
    FundingWithdrawn { event: Seq } = "funding_withdrawn", AskWhenThingsChange,
        "what event {event} recorded was withdrawn already";
    FundingNeeded { event: Seq, amount: Amount, free: Amount, missing: Amount } = "funding_needed", AskWhenThingsChange,
        "event {event} recorded {amount} LPT, and the Safe has {free} LPT beside what batches pay: {missing} LPT is missing";

    NotApproved { submission: SubmissionNumber, state: &'static str } = "not_approved", AskWhenThingsChange,
        "submission {submission} is {state}: only approved ones are paid";
    SampleUnchecked { submission: SubmissionNumber } = "sample_unchecked", AskWhenThingsChange,
        "submission {submission} is in the audit sample: a second reviewer has to look at it before it is paid";
    AlreadyBatched { submission: SubmissionNumber, batch: BatchNumber } = "already_batched", AskWhenThingsChange,
        "submission {submission} is already in batch {batch}";
    ObjectionPeriod { submission: SubmissionNumber, until: Timestamp } = "objection_period", AskWhenThingsChange,
        "submission {submission} can be objected to until {until}: it can be paid after that";
    AddressCooling { submission: SubmissionNumber, payee: Address, until: Timestamp } = "address_cooling", AskWhenThingsChange,
        "submission {submission} pays to {payee}, which may be paid from {until}";
    PayoutDiffers { submission: SubmissionNumber, amount: Amount, payee: Address } = "payout_differs", AskDifferently,
        "submission {submission} was approved for {amount} LPT to {payee}, not for this";
    SafeUnobserved = "safe_unobserved", AskWhenThingsChange,
        "the Safe has not been observed yet: record its state first";
    ObservationStale { at: Timestamp, hours: Count } = "observation_stale", AskWhenThingsChange,
        "the Safe was last observed at {at}, more than {hours} hours ago: record its state again";
    NonceOutOfTurn { given: Seq, expected: Seq } = "nonce_out_of_turn", AskDifferently,
        "the next free nonce of the Safe is {expected}, not {given}";
    OverSafeBalance { total: Amount, payable: Amount, missing: Amount } = "over_safe_balance", AskWhenThingsChange,
        "the batch comes to {total} LPT, and beside open batches the Safe can pay {payable} LPT: {missing} LPT is missing";
    WrongTarget { to: Address } = "wrong_target", AskDifferently,
        "{to} is not what this batch must call: the token for one payout, MultiSendCallOnly for more";
    NonceConsumed { nonce: Seq } = "nonce_consumed", AskWhenThingsChange,
        "the Safe has consumed nonce {nonce}: nothing more can be proposed for it; say what became of its batches";
    ProposedBefore { batch: BatchNumber } = "proposed_before", AskWhenThingsChange,
        "batch {batch} is this very transaction: sign that one";
    NothingProposed { nonce: Seq } = "nothing_proposed", AskForSomethingElse,
        "nothing is proposed for nonce {nonce}";
    OutflowUnexplained { event: Seq, amount: Amount } = "outflow_unexplained", AskWhenThingsChange,
        "{amount} LPT left the Safe, recorded in event {event}, and nobody said what for: settle it before more is paid";

    EvidenceUnlooked = "evidence_unlooked", AskDifferently,
        "look first whether the evidence of every claim is still up, and say so";

    ErasedBefore { event: Seq } = "erased_before", AskWhenThingsChange,
        "this document was erased in event {event}";
    RunnersOnly = "runners_only", AskSomeoneElse,
        "somebody who runs the program has to agree: a lead, a reviewer or a treasurer";
    AuthorFirst { author: MemberNumber } = "author_first", AskSomeoneElse,
        "member {author} wrote this document: they ask first, for the same reason";
    StillNeeded { submission: SubmissionNumber, state: &'static str } = "still_needed", AskWhenThingsChange,
        "submission {submission} is {state}: what its decision rests on can be erased once it is withdrawn, reversed, rejected for good, or paid in a period that is closed";

    GroundUnfit = "ground_unfit", AskDifferently,
        "a member attests and says why, the ledger itself names the receipt that it read; a signature fits its form";
    ReadFromChain { event: Seq } = "read_from_chain", AskWhenThingsChange,
        "the ledger read on the chain what event {event} says: nobody takes it back, or has to confirm it";
    NothingStated { event: Seq } = "nothing_stated", AskForSomethingElse,
        "event {event} states nothing of the chain that still stands";
    UnknownFunder { sender: Address } = "unknown_funder", AskDifferently,
        "{sender} never sent a funding that was recorded: it takes a member to say what this is";
    FindingStands { nonce: Seq, event: Seq } = "finding_stands", AskWhenThingsChange,
        "event {event} found on the chain what does not fit the batches of nonce {nonce}: settle what left the Safe, then say that the nonce is mismatched";
    NothingFound { nonce: Seq } = "nothing_found", AskDifferently,
        "nothing was found on the chain that does not fit the batches of nonce {nonce}: say that they failed, or were replaced";
    NonceUnconsumed { nonce: Seq, seen: Seq } = "nonce_unconsumed", AskWhenThingsChange,
        "the Safe was last seen at nonce {seen}: what is signed for nonce {nonce} can still be executed; observe the Safe once it has consumed it";
    NotAnOwner { address: Address } = "not_an_owner", AskDifferently,
        "{address} is not an owner of the Safe as it was last observed: were the owners changed, observe the Safe again";
    SignedBefore { address: Address, event: Seq } = "signed_before", AskWhenThingsChange,
        "the signature of {address} is in event {event} already";
    LinesDiffer { batch: BatchNumber } = "lines_differ", AskDifferently,
        "these are not the lines of batch {batch} in their order: reject what the wallet shows, and import the file again";

    NonceEnded { nonce: Seq } = "nonce_ended", AskWhenThingsChange,
        "what became of nonce {nonce} is known already; was that wrong, withdraw it";
    NonceOpen { nonce: Seq } = "nonce_open", AskWhenThingsChange,
        "nothing was said yet of what became of nonce {nonce}";
    EarlierNonceOpen { nonce: Seq, earlier: Seq } = "earlier_nonce_open", AskWhenThingsChange,
        "the Safe consumes nonce {earlier} before nonce {nonce}: say first what became of that";
    LaterNonceEnded { nonce: Seq, later: Seq } = "later_nonce_ended", AskWhenThingsChange,
        "what became of nonce {later} rests on what became of nonce {nonce}: withdraw the later one first";
    SaidBefore { event: Seq } = "said_before", AskSomeoneElse,
        "you said so in event {event}: somebody else who runs the program has to say the same";
    OwnMoney { submission: SubmissionNumber } = "own_money", AskSomeoneElse,
        "submission {submission} is your own: two others who run the program have to say what became of it";
    WentOn { submission: SubmissionNumber, state: &'static str } = "went_on", AskWhenThingsChange,
        "submission {submission} has gone on since, and is {state}: undo that first";
    RefundedSince { submission: SubmissionNumber, refunded: Amount } = "refunded_since", AskWhenThingsChange,
        "{refunded} LPT of submission {submission} came back since: withdraw the refund first";
    SafeShort { booked: Amount, missing: Amount } = "safe_short", AskWhenThingsChange,
        "the books know of {booked} LPT in the Safe: record first how the other {missing} LPT came in";
    NotPaid { submission: SubmissionNumber, state: &'static str } = "not_paid", AskDifferently,
        "submission {submission} is {state}: only what was paid can come back";
    OverPaid { submission: SubmissionNumber, kept: Amount, over: Amount } = "over_paid", AskDifferently,
        "of submission {submission} {kept} LPT was paid and did not come back yet: this is {over} LPT more";
    NotOwed { submission: SubmissionNumber, state: &'static str } = "not_owed", AskDifferently,
        "submission {submission} is {state}: only what is approved or in a batch can have been paid";
    NoSuchTransfer { event: Seq } = "no_such_transfer", AskForSomethingElse,
        "event {event} recorded no such transfer";
    OtherDirection { event: Seq, what: &'static str, instead: &'static str } = "other_direction", AskDifferently,
        "the transfer of event {event} is an {what}: {instead} it";
    ExplainedBefore { event: Seq } = "explained_before", AskWhenThingsChange,
        "two persons said already what the transfer of event {event} was";
    RefundUsed { event: Seq, amount: Amount, free: Amount, missing: Amount } = "refund_used", AskWhenThingsChange,
        "the refund of event {event} freed {amount} LPT, and {free} LPT is free now: {missing} LPT was promised since";

    /// The decision itself would break an invariant: a defect of ours, never the caller's.
    Books { error: BooksError } = "books", AskLater,
        "the books refuse this, which is a defect of the ledger: {error}";
}

/// Roles, printed as a sentence lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleList(pub &'static [Role]);

impl fmt::Display for RoleList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|role| role.as_str()).collect();
        formatter.write_str(&words.join(", "))
    }
}
