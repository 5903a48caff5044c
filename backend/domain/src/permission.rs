//! Who may ask for what: one table, from kinds of commands to roles.
//!
//! The separations that depend on the thing asked about (not your own claim, your own addresses only)
//! stand with the decisions that check them.

use crate::event::Kind;
use crate::words::Role;

/// Who may ask for one kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Members with at least one of these roles.
    Roles(&'static [Role]),
    /// The ledger itself, for what follows by itself.
    System,
}

/// The permission table.
pub const fn allowed(kind: Kind) -> Allowed {
    use Role::{Contributor, Lead, Reviewer, Treasurer};
    match kind {
        Kind::ProgramOpened
        | Kind::MemberAdded
        | Kind::RoleGranted
        | Kind::RoleRevoked
        | Kind::PeriodOpened
        | Kind::Allotted
        | Kind::BountyPosted => Allowed::Roles(&[Lead]),
        Kind::AddressRecorded | Kind::SubmissionFiled | Kind::SubmissionRevised => {
            Allowed::Roles(&[Contributor, Lead, Reviewer, Treasurer])
        }
        Kind::VoteCast => Allowed::Roles(&[Reviewer]),
        Kind::WaitingApproved => Allowed::System,
        Kind::SafeObserved | Kind::FundingRecorded | Kind::BatchProposed => Allowed::Roles(&[Treasurer]),
    }
}
