//! Documents that have to go.

use serde::{Deserialize, Serialize};

use crate::value::{Digest, MemberNumber, SubmissionNumber};
use crate::words::Erasure;

/// Asks for a document to be erased, content and salt; its digest stays in the journal.
///
/// Who wrote it, and for which claim, is what the journal says: whoever carries the command looks it up, and so does
/// the verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EraseDocument {
    /// The member in whose event it was named first.
    pub author: MemberNumber,
    pub class: Erasure,
    pub document: Digest,
    /// The claim that event is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<SubmissionNumber>,
}
