//! What people ask about a claim beside its revisions and votes.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, BountyNumber, Digest, MemberNumber, SubmissionNumber, Timestamp};
use crate::words::Reversal;

/// A command that names a submission and the document that says why.
macro_rules! about {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The document with the reason.
            pub reason: Digest,
            pub submission: SubmissionNumber,
        }
    };
}

about!(
    /// Takes back an own claim that nothing is promised to yet.
    WithdrawSubmission
);
about!(
    /// Gives up the approval of an own claim that is in no batch, to say something else or another address.
    ReopenSubmission
);
about!(
    /// Asks for another decision on an own rejected claim, on a ground that can be looked up.
    AppealRejection
);
about!(
    /// Keeps an approved claim out of batches for a while: something has to be looked at.
    HoldSubmission
);
about!(
    /// Ends a hold or a challenge before its time.
    ReleaseSubmission
);
about!(
    /// Doubts an approved claim: it is kept out of batches for a while.
    ChallengeSubmission
);
about!(
    /// A reviewer's vote to take an approval back.
    ReverseSubmission
);

/// Takes the counter-offer of the reviewer who sent the claim back, as a new revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptOffer {
    /// What is offered: the offer may not have changed meanwhile.
    pub amount: Amount,
    pub submission: SubmissionNumber,
}

/// Says something about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddComment {
    pub submission: SubmissionNumber,
    /// The document with the words.
    pub text: Digest,
}

/// Reserves one of a bounty's slots for a person, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeSlot {
    pub bounty: BountyNumber,
    /// Whom a lead assigns it to; the one who asks, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberNumber>,
}

/// Gives a taken slot back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSlot {
    pub bounty: BountyNumber,
    /// Whose a lead takes back; that of the one who asks, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberNumber>,
}

/// Ends an offer: what its undecided claims do not need comes free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseBounty {
    pub bounty: BountyNumber,
    /// The document with the reason.
    pub reason: Digest,
}

/// Until when something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandsUntil {
    /// The first moment at which it no longer does.
    pub until: Timestamp,
}

/// What a vote to take an approval back led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReversalCast {
    pub verdict: Reversal,
}
