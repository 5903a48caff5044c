//! Who may do what: one table, from operations to roles.
//!
//! HTTP, command line and replay obey the same rows. Operations of the API that write a command name its kind;
//! the rest only read. What depends on the thing asked about (not your own claim, your own addresses only)
//! stands with the decisions that check it, and is repeated here as words for people.

use crate::event::Kind;
use crate::words::{Role, words};

words!(
    /// What an API token may be made for.
    Scope {
        /// Reading what its owner may read.
        Read = "read",
        /// The work of contributors: claims, comments, slots, captures.
        Submit = "submit",
        /// What treasurers take out for the Safe.
        TreasurerExport = "treasurer-export",
    }
);

/// Who may ask for one kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Members with at least one of these roles.
    Roles(&'static [Role]),
    /// Every member, whatever their roles.
    Member,
    /// The ledger itself, for what follows by itself.
    System,
}

/// Who may carry out an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without signing in: what the public may audit.
    Public,
    /// Whoever has an account, member or not.
    SignedIn,
    /// Every member of the program.
    Member,
    /// Members with at least one of these roles.
    Roles(&'static [Role]),
    /// The ledger itself.
    System,
}

impl Access {
    /// The word that tables show; roles are listed beside it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::SignedIn => "signed_in",
            Self::Member => "member",
            Self::Roles(_) => "roles",
            Self::System => "system",
        }
    }

    /// The roles of which one is needed; none where no role is.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Roles(roles) => roles,
            Self::Public | Self::SignedIn | Self::Member | Self::System => &[],
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// What the API calls the operation.
    pub operation: &'static str,
    /// The command that it writes.
    pub kind: Option<Kind>,
    pub access: Access,
    /// What somebody with the role still may not do, in words.
    pub separations: &'static [&'static str],
    /// The scopes of which an API token needs one; with none, no token may. Public operations look at no token.
    pub scopes: &'static [Scope],
    /// Whether it is taken only from a session that was proven a moment ago.
    pub fresh: bool,
}

const fn read(operation: &'static str) -> Permission {
    Permission {
        operation,
        kind: None,
        access: Access::Public,
        separations: &[],
        scopes: &[Scope::Read],
        fresh: false,
    }
}

const fn write(operation: &'static str, kind: Kind, roles: &'static [Role]) -> Permission {
    Permission {
        operation,
        kind: Some(kind),
        access: Access::Roles(roles),
        separations: &[],
        scopes: &[],
        fresh: false,
    }
}

const fn but(permission: Permission, separations: &'static [&'static str]) -> Permission {
    Permission { separations, ..permission }
}

const fn open_to(permission: Permission, access: Access) -> Permission {
    Permission { access, ..permission }
}

/// For API tokens with one of these scopes too.
const fn tokens(permission: Permission, scopes: &'static [Scope]) -> Permission {
    Permission { scopes, ..permission }
}

/// The work of contributors, which their scripts may do as well.
const fn submit(permission: Permission) -> Permission {
    tokens(permission, &[Scope::Submit])
}

/// Changes who may do what, or where money goes: nobody does that from a session left open.
const fn fresh(permission: Permission) -> Permission {
    Permission { fresh: true, ..permission }
}

const LEAD: &[Role] = &[Role::Lead];
const REVIEWER: &[Role] = &[Role::Reviewer];
/// Those who vote: alternates only where they are called.
const VOTERS: &[Role] = &[Role::Alternate, Role::Reviewer];
const TREASURER: &[Role] = &[Role::Treasurer];
/// Those who run the program.
const RUNNERS: &[Role] = &[Role::Lead, Role::Reviewer, Role::Treasurer];
/// Whoever has a role.
const EVERYBODY: &[Role] = Role::ALL;
/// Those who do work or run the program; an auditor only reads.
const CLAIMANTS: &[Role] = &[Role::Contributor, Role::Lead, Role::Reviewer, Role::Treasurer];

const NOT_YOURS: &str = "not on your own claim, nor on one of an account linked to yours";
const NOT_PAYING_YOU: &str = "not on a claim that pays an address or a node of yours";
const NO_CONFLICT: &str = "not on a claim of somebody with whom you declared a conflict";

/// The permission table.
pub const TABLE: &[Permission] = &[
    but(
        write("open_program", Kind::ProgramOpened, LEAD),
        &["whoever has an account may open a program; they are its first member and a lead of it"],
    ),
    fresh(but(write("add_member", Kind::MemberAdded, LEAD), &["the member's account must exist"])),
    fresh(write("grant_role", Kind::RoleGranted, LEAD)),
    fresh(but(write("revoke_role", Kind::RoleRevoked, LEAD), &["the last lead keeps the role"])),
    fresh(but(
        write("record_address", Kind::AddressRecorded, CLAIMANTS),
        &["your own addresses only", "an address belongs to one member"],
    )),
    write("open_period", Kind::PeriodOpened, LEAD),
    write("allot", Kind::Allotted, LEAD),
    write("move_allotment", Kind::AllotmentMoved, LEAD),
    write("change_cap", Kind::CapChanged, LEAD),
    write("change_limits", Kind::LimitsChanged, LEAD),
    fresh(write("change_policy", Kind::PolicyChanged, LEAD)),
    write("close_period", Kind::PeriodClosed, LEAD),
    write("post_bounty", Kind::BountyPosted, LEAD),
    submit(but(write("take_slot", Kind::SlotTaken, CLAIMANTS), &["for somebody else: leads only"])),
    submit(but(write("release_slot", Kind::SlotReleased, CLAIMANTS), &["somebody else's: leads only"])),
    write("close_bounty", Kind::BountyClosed, LEAD),
    submit(but(
        write("file_submission", Kind::SubmissionFiled, CLAIMANTS),
        &["in your own name only", "paid to an address of your own only", "kind lead: leads only"],
    )),
    submit(but(write("revise_submission", Kind::SubmissionRevised, CLAIMANTS), &["your own claim only"])),
    submit(but(write("accept_offer", Kind::OfferAccepted, CLAIMANTS), &["your own claim only"])),
    submit(but(
        write("withdraw_submission", Kind::SubmissionWithdrawn, CLAIMANTS),
        &[
            "of others, leads only: what waits for a revision or the budget once its period's decisions are overdue",
        ],
    )),
    submit(write("add_comment", Kind::CommentAdded, EVERYBODY)),
    but(
        write("cast_vote", Kind::VoteCast, VOTERS),
        &[NOT_YOURS, NOT_PAYING_YOU, NO_CONFLICT, "an alternate on submissions they were called for only"],
    ),
    submit(but(write("appeal_rejection", Kind::RejectionAppealed, CLAIMANTS), &["your own claim only"])),
    submit(but(write("reopen_submission", Kind::SubmissionReopened, CLAIMANTS), &["your own claim only"])),
    but(write("hold_submission", Kind::SubmissionHeld, RUNNERS), &[NOT_YOURS, "once for each claim"]),
    but(
        write("challenge_submission", Kind::SubmissionChallenged, EVERYBODY),
        &[NOT_YOURS, "once for each claim", "one at a time"],
    ),
    but(
        write("release_submission", Kind::SubmissionReleased, EVERYBODY),
        &[NOT_YOURS, "what others hold or challenge: leads only"],
    ),
    but(
        write("reverse_submission", Kind::ReversalVoted, REVIEWER),
        &[NOT_YOURS, NOT_PAYING_YOU, NO_CONFLICT, "once"],
    ),
    open_to(write("approve_waiting", Kind::WaitingApproved, &[]), Access::System),
    write("observe_safe", Kind::SafeObserved, TREASURER),
    write("record_funding", Kind::FundingRecorded, TREASURER),
    write("withdraw_funding", Kind::FundingWithdrawn, TREASURER),
    fresh(write("propose_batch", Kind::BatchProposed, TREASURER)),
    fresh(write("adopt_transaction", Kind::BatchProposed, TREASURER)),
    fresh(write("propose_rejection", Kind::RejectionProposed, TREASURER)),
    but(
        write("attest_execution", Kind::BatchExecuted, RUNNERS),
        &[
            "where nothing is owed again: treasurers only",
            "where claims are owed again: two persons",
            "not where a claim of your own is owed again",
        ],
    ),
    but(
        write("consume_nonce", Kind::NonceConsumed, RUNNERS),
        &[
            "where nothing is owed again: treasurers only",
            "where claims are owed again: two persons",
            "not where a claim of your own is owed again",
        ],
    ),
    write("withdraw_execution", Kind::ExecutionWithdrawn, TREASURER),
    write("record_inflow", Kind::InflowRecorded, TREASURER),
    write("record_outflow", Kind::OutflowRecorded, TREASURER),
    write("record_refund", Kind::RefundRecorded, TREASURER),
    write("withdraw_transfer", Kind::TransferWithdrawn, TREASURER),
    but(
        write("classify_inflow", Kind::InflowClassified, RUNNERS),
        &["two persons", "not the refund of a claim of your own"],
    ),
    but(
        write("settle_outflow", Kind::OutflowSettled, RUNNERS),
        &["two persons", "not the payment of a claim of your own"],
    ),
    but(
        write("resolve_finding", Kind::NonceConsumed, RUNNERS),
        &["as for what it is about: an inflow, an outflow, or the end of a nonce"],
    ),
    but(
        open_to(write("record_signature", Kind::SignatureRecorded, &[]), Access::Member),
        &["of a current owner of the Safe, whoever brings it"],
    ),
    open_to(write("pull_confirmations", Kind::SignatureRecorded, &[]), Access::Member),
    open_to(write("confirm_word", Kind::WordConfirmed, &[]), Access::System),
    open_to(write("record_finding", Kind::FindingRecorded, &[]), Access::System),
    but(
        open_to(write("erase_document", Kind::DocumentErased, &[]), Access::Member),
        &["its author asks first", "lead, reviewer or treasurer, and another person, agrees"],
    ),
    fresh(write("invite_member", Kind::MemberInvited, LEAD)),
    write("withdraw_invite", Kind::InviteWithdrawn, LEAD),
    but(
        open_to(write("join", Kind::MemberJoined, &[]), Access::SignedIn),
        &[
            "with the secret of an open invite, or where the policy lets everybody join",
            "once for each account",
        ],
    ),
    but(
        open_to(write("leave", Kind::MemberLeft, &[]), Access::Member),
        &["for yourself only", "the last lead keeps the role"],
    ),
    but(
        open_to(write("link_members", Kind::MembersLinked, &[]), Access::Member),
        &[
            "a lead, or one of the two for themselves; another who runs the program has to ask it themselves",
            "only a lead takes a link apart",
        ],
    ),
    but(write("declare_conflict", Kind::ConflictDeclared, VOTERS), &["of your own only"]),
    but(open_to(write("declare_node", Kind::NodeDeclared, &[]), Access::Member), &["of your own only"]),
    write("call_alternate", Kind::AlternateCalled, LEAD),
    but(
        write("check_sample", Kind::SampleChecked, REVIEWER),
        &[NOT_YOURS, NOT_PAYING_YOU, NO_CONFLICT, "not on a claim that you approved"],
    ),
    tokens(open_to(read("preview_batch"), Access::Member), &[Scope::Read, Scope::TreasurerExport]),
    open_to(read("get_me"), Access::SignedIn),
    open_to(read("list_addresses"), Access::Member),
    open_to(read("address_typed_data"), Access::Member),
    open_to(read("vote_typed_data"), Access::Member),
    submit(open_to(read("upload_capture"), Access::Member)),
    tokens(open_to(read("share_batch"), Access::Member), &[]),
    open_to(read("list_sessions"), Access::SignedIn),
    tokens(open_to(read("prove"), Access::SignedIn), &[]),
    tokens(read("reset"), &[]),
    tokens(open_to(read("change_password"), Access::SignedIn), &[]),
    tokens(open_to(read("list_tokens"), Access::SignedIn), &[]),
    fresh(tokens(open_to(read("make_token"), Access::SignedIn), &[])),
    tokens(open_to(read("end_token"), Access::SignedIn), &[]),
    but(
        fresh(tokens(open_to(read("make_sign_in_link"), Access::Roles(LEAD)), &[])),
        &["not for yourself: another lead does", "not for a member of a program that you do not lead"],
    ),
    fresh(tokens(open_to(read("begin_second_factor"), Access::SignedIn), &[])),
    fresh(tokens(open_to(read("confirm_second_factor"), Access::SignedIn), &[])),
    fresh(tokens(open_to(read("remove_second_factor"), Access::SignedIn), &[])),
    tokens(read("siwe_nonce"), &[]),
    tokens(read("siwe_verify"), &[]),
    tokens(open_to(read("siwe_prove"), Access::SignedIn), &[]),
    open_to(read("list_wallets"), Access::SignedIn),
    tokens(open_to(read("wallet_message"), Access::SignedIn), &[]),
    but(
        fresh(tokens(open_to(read("link_wallet"), Access::SignedIn), &[])),
        &["a wallet belongs to one account", "it signs for it itself"],
    ),
    but(
        fresh(tokens(open_to(read("unlink_wallet"), Access::SignedIn), &[])),
        &["not the last way into an account"],
    ),
    open_to(read("list_notices"), Access::SignedIn),
    tokens(open_to(read("end_session"), Access::SignedIn), &[]),
    tokens(open_to(read("end_sessions"), Access::SignedIn), &[]),
    read("list_invites"),
    read("list_conflicts"),
    read("list_nodes"),
    tokens(read("register"), &[]),
    tokens(read("login"), &[]),
    tokens(read("refresh"), &[]),
    tokens(read("logout"), &[]),
    read("list_programs"),
    read("get_program"),
    read("get_permissions"),
    read("list_policies"),
    read("list_nonces"),
    read("list_transfers"),
    read("list_members"),
    read("list_periods"),
    read("get_budget"),
    read("list_bounties"),
    read("get_bounty"),
    read("list_submissions"),
    read("get_submission"),
    read("get_safe"),
    read("list_batches"),
    read("get_batch"),
    tokens(read("get_transaction_builder"), &[Scope::Read, Scope::TreasurerExport]),
    tokens(read("get_typed_data"), &[Scope::Read, Scope::TreasurerExport]),
    tokens(read("get_airdrop"), &[Scope::Read, Scope::TreasurerExport]),
    tokens(read("get_annotated"), &[Scope::Read, Scope::TreasurerExport]),
    tokens(read("get_sheet"), &[Scope::Read, Scope::TreasurerExport]),
    tokens(read("get_sheet_json"), &[Scope::Read, Scope::TreasurerExport]),
    tokens(read("get_exec_transaction"), &[Scope::Read, Scope::TreasurerExport]),
    read("list_findings"),
    read("list_entries"),
    read("list_accounts"),
    read("get_ledger_csv"),
    read("get_ledger_jsonl"),
    read("list_events"),
    read("get_document"),
];

/// Who may ask for a kind of command; nobody but the ledger for one that the table lacks.
pub fn allowed(kind: Kind) -> Allowed {
    let row = TABLE.iter().find(|permission| permission.kind == Some(kind));
    match row.map(|permission| permission.access) {
        Some(Access::Roles(roles)) => Allowed::Roles(roles),
        Some(Access::Member) => Allowed::Member,
        Some(Access::Public | Access::SignedIn | Access::System) | None => Allowed::System,
    }
}

/// The row of an operation.
pub fn find(operation: &str) -> Option<&'static Permission> {
    TABLE.iter().find(|permission| permission.operation == operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_the_table_and_every_operation_once() {
        for kind in Kind::ALL {
            let rows: Vec<_> = TABLE.iter().filter(|permission| permission.kind == Some(*kind)).collect();
            assert!(!rows.is_empty(), "{kind}");
            // Whichever operation asks for it.
            assert!(rows.iter().all(|row| row.access == rows[0].access), "{kind}");
        }
        for permission in TABLE {
            let same = TABLE.iter().filter(|other| other.operation == permission.operation).count();
            assert_eq!(same, 1, "{}", permission.operation);
        }
    }
}
