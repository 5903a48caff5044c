//! What is asked about a claim beside its revisions and votes.

use domain::command::{
    AcceptOffer, AddComment, AppealRejection, ChallengeSubmission, HoldSubmission, ReleaseSubmission,
    ReopenSubmission, ReverseSubmission, WithdrawSubmission,
};
use domain::event::Command;
use domain::value::{Amount, Digest, SubmissionNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::documents::{TEXT, text};
use super::writer::Receipt;
use super::{App, Error, shape};

const ACCEPT_OFFER: Operation = Operation::post("accept_offer");
const ADD_COMMENT: Operation = Operation::post("add_comment");

/// Why somebody does what they do.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// What somebody says about a claim.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    #[schema(value_type = shape::Text)]
    pub comment: String,
}

/// The offer that a claimant takes.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedOffer {
    /// As the reviewer offered it.
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
}

#[derive(Serialize)]
struct CommentText<'a> {
    comment: &'a str,
}

/// Declares use cases that name a claim and say why: their function, the last part of their path, their command.
macro_rules! with_a_reason {
    ($($(#[$doc:meta])* $name:ident at $path:literal: $command:ident)+) => {
        impl App {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// A reason that is none, or a refusal.
            pub async fn $name(
                &self,
                ask: Ask<'_>,
                submission: SubmissionNumber,
                why: &Why,
            ) -> Result<Receipt, Error> {
                let operation = Operation::post(stringify!($name));
                let command = |reason| $command { reason, submission }.into();
                self.say_why(ask, operation, &format!("/submissions/{submission}/{}", $path), why, command).await
            }
        )+}
    };
}

with_a_reason! {
    /// Takes a claim back that nothing is promised to yet: an own one, or one that nobody answers.
    withdraw_submission at "withdraw": WithdrawSubmission
    /// Gives up the approval of an own claim that is in no batch.
    reopen_submission at "reopen": ReopenSubmission
    /// Asks for another decision on an own rejected claim.
    appeal_rejection at "appeal": AppealRejection
    /// Keeps an approved claim out of batches for a while; those who run the program do.
    hold_submission at "hold": HoldSubmission
    /// Doubts an approved claim, which is kept out of batches for a while; any member does.
    challenge_submission at "challenge": ChallengeSubmission
    /// Ends a hold or a challenge before its time; who laid it or a lead does.
    release_submission at "release": ReleaseSubmission
    /// Votes to take the approval of a claim back; a reviewer does.
    reverse_submission at "reverse": ReverseSubmission
}

impl App {
    async fn say_why(
        &self,
        ask: Ask<'_>,
        operation: Operation,
        path: &str,
        why: &Why,
        command: impl FnOnce(Digest) -> Command,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &why.reason)?;
        self.write(ask, ask.cause(operation, path, why)?, command(reason.digest()), vec![reason]).await
    }

    /// Takes the counter-offer for an own claim that was sent back.
    ///
    /// # Errors
    /// An amount that is none, or a refusal: another offer, none at all, …
    pub async fn accept_offer(
        &self,
        ask: Ask<'_>,
        submission: SubmissionNumber,
        new: &AcceptedOffer,
    ) -> Result<Receipt, Error> {
        let amount = new.amount.parse::<Amount>().map_err(Error::field("amount"))?;
        let cause = ask.cause(ACCEPT_OFFER, &format!("/submissions/{submission}/accept"), new)?;
        self.write(ask, cause, AcceptOffer { amount, submission }, Vec::new()).await
    }

    /// Says something about a claim; any member does.
    ///
    /// # Errors
    /// Words that are none, or a refusal.
    pub async fn add_comment(
        &self,
        ask: Ask<'_>,
        submission: SubmissionNumber,
        new: &NewComment,
    ) -> Result<Receipt, Error> {
        let comment = self.document(&CommentText { comment: text("comment", &new.comment, TEXT)? })?;
        let cause = ask.cause(ADD_COMMENT, &format!("/submissions/{submission}/comments"), new)?;
        self.write(ask, cause, AddComment { submission, text: comment.digest() }, vec![comment]).await
    }
}
