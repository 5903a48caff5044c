//! What the API shows: JSON made from the domain's values, the same word for the same thing everywhere.

mod books;
mod bounty;
mod chain;
mod findings;
mod people;
mod period;
mod preview;
mod program;
mod proof;
mod safe;
mod sheet;
mod signing;
mod votes;
mod work;

use domain::value::Address;
use serde::Serialize;
use utoipa::ToSchema;

pub use books::{AccountView, BudgetView, EntryView};
pub use bounty::BountyView;
use chain::{EndView, FoundView};
pub use chain::{NonceView, TransferView};
pub use findings::FindingView;
pub use people::{AddressView, ConflictView, InviteView, MemberView, NodeView};
pub use period::PeriodView;
pub use preview::{PreviewView, Remark};
pub use program::{PolicyVersionView, ProgramSummary, ProgramView};
pub use safe::{BatchView, SafeView};
use safe::{ObservationView, PayoutView};
pub use sheet::SheetView;
pub use signing::{ExecTransactionView, SigningView};
pub use votes::BallotView;
pub use work::{SubmissionDetail, SubmissionView, digests_of};

pub use crate::app::shape::Lpt;

/// An address with its EIP-55 checksum.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(pattern = "^0x[0-9a-fA-F]{40}$", example = "0x289ba1701C2F088cf0faf8B3705246331cB8A839")]
pub struct Checksummed(String);

impl From<Address> for Checksummed {
    fn from(address: Address) -> Self {
        Self(::safe::eip55::checksum(&address))
    }
}

/// A 32-byte hash of the chain.
fn hash(digest: &domain::value::Digest) -> String {
    format!("0x{digest}")
}
