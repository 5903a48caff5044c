//! Money that funders sent, transfer by transfer.

use serde::{Deserialize, Serialize};

use crate::command::RecordFunding;
use crate::value::{Address, Amount, Count, Digest, Seq};
use crate::words::Source;

/// A transfer into the Safe, as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funding {
    pub amount: Amount,
    pub log_index: Count,
    pub sender: Option<Address>,
    pub source: Source,
    pub tx_hash: Digest,
    /// The event that took it back because it was wrong.
    pub withdrawn: Option<Seq>,
}

impl Funding {
    pub(crate) const fn of(asked: &RecordFunding) -> Self {
        let RecordFunding { amount, log_index, sender, source, tx_hash, .. } = *asked;
        Self { amount, log_index, sender, source, tx_hash, withdrawn: None }
    }
}
