//! What members signed: made again from an event and the state before it, and whose signature it is.

use domain::Program;
use domain::command::{CastVote, OpenProgram, RecordAddress};
use domain::submission::Submission;
use domain::value::{Digest, MemberNumber};
use safe::statement::{Forum, Statement, Vote};

/// Where the members of a program make statements.
pub fn forum(charter: &OpenProgram, identity: Digest) -> Forum {
    Forum { chain_id: charter.chain.get(), program: identity, safe: charter.safe }
}

/// The forum of a program in memory.
pub fn forum_of(program: &Program) -> Forum {
    forum(program.charter(), program.identity())
}

/// A vote on a submission as its reviewer signs it.
pub fn vote(submission: &Submission, asked: &CastVote) -> Statement {
    Statement::Vote(Vote {
        submission: asked.submission,
        revision: asked.revision,
        ordinal: asked.ordinal,
        choice: asked.choice,
        amount: submission.revision.amount,
        payee: submission.revision.payee,
        category: submission.category,
        reason: asked.reason,
    })
}

/// Whether the proof of an address is its own signature; true without one.
pub fn is_proven(forum: &Forum, member: MemberNumber, asked: &RecordAddress) -> bool {
    let statement = Statement::PayoutAddress { member, payee: asked.address };
    asked.proof.is_none_or(|proof| statement.signer(forum, &proof) == Some(asked.address))
}

/// Whether a vote is signed by the signer that it names; true for one that is not signed.
pub fn is_signed(forum: &Forum, submission: &Submission, asked: &CastVote) -> bool {
    let signer = asked.signature.map(|signature| vote(submission, asked).signer(forum, &signature));
    signer.is_none_or(|signer| signer.is_some() && signer == asked.signer)
}
