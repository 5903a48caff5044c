//! Rows of bounties, claims, their revisions, votes and history.

use std::collections::BTreeMap;

use domain::Program;
use domain::command::{Actor, CastVote};
use domain::event::{Event, Fact};
use domain::submission::{Stage, Submission, WHOLE};
use domain::value::{BountyNumber, Count, Digest, SubmissionNumber, Timestamp};
use domain::words::YesNo;

use super::{Changes, Held, int, list};
use crate::db::{Stored, rows};

impl Changes {
    pub(super) fn project_claims(&mut self, before: Option<&Program>, after: &Program, event: &Event) {
        match &event.fact {
            Fact::BountyPosted { outcome, .. } => self.put_bounty(after, event, outcome.bounty),
            Fact::BountyClosed { asked } => self.put_bounty(after, event, asked.bounty),
            Fact::SubmissionFiled { outcome, .. } => {
                self.put_revision(before, after, event, outcome.submission);
            }
            Fact::SubmissionRevised { asked, .. } => {
                self.put_revision(before, after, event, asked.submission);
            }
            Fact::OfferAccepted { asked, .. } => {
                self.put_revision(before, after, event, asked.submission);
                self.put_history(event, asked.submission, Said::default());
            }
            Fact::RejectionAppealed { asked, .. } => {
                self.put_revision(before, after, event, asked.submission);
                self.put_history(event, asked.submission, Said::text(asked.reason));
            }
            Fact::CommentAdded { asked } => {
                self.put_history(event, asked.submission, Said::text(asked.text));
            }
            Fact::VoteCast { asked, .. } => {
                self.put_vote(before, event, asked);
                self.put_submission(before, after, event, asked.submission);
                let bounty = after.submission(asked.submission).ok().and_then(|submission| submission.bounty);
                if let Some(bounty) = bounty {
                    self.put_bounty(after, event, bounty);
                }
            }
            Fact::WaitingApproved { asked, .. } => {
                self.put_submission(before, after, event, asked.submission);
                self.put_history(event, asked.submission, Said::default());
            }
            fact => {
                if let Some((submission, said)) = said(fact) {
                    self.put_submission(before, after, event, submission);
                    self.put_history(event, submission, said);
                }
            }
        }
    }

    fn put_bounty(&mut self, after: &Program, event: &Event, number: BountyNumber) {
        self.bounties.extend(after.bounty(number).ok().map(|bounty| rows::Bounty {
            program: event.program.store(),
            number: int(number.get()),
            period: int(bounty.period.get()),
            category: bounty.category.to_string(),
            function: bounty.function.to_string(),
            brief: bounty.brief.store(),
            reward: bounty.reward.store(),
            slots: int(bounty.slots.get()),
            used: int(bounty.used.get()),
            opens_at: bounty.opens_at.store(),
            closes_at: bounty.closes_at.store(),
            seq: int(bounty.posted.get()),
            probe: bounty.probe.to_string(),
            closed: bounty.closed.map(|closed| int(closed.get())),
            template: bounty.template.map(|template| template.to_string()),
        }));
    }

    fn put_revision(
        &mut self,
        before: Option<&Program>,
        after: &Program,
        event: &Event,
        number: SubmissionNumber,
    ) {
        self.revisions.extend(after.submission(number).ok().map(|submission| rows::Revision {
            program: event.program.store(),
            submission: int(number.get()),
            revision: int(submission.revision.number.get()),
            digest: submission.revision.digest.store(),
            amount: submission.revision.amount.store(),
            payee: submission.revision.payee.store(),
            texts: submission.revision.texts.store(),
            lane: submission.revision.lane.to_string(),
            seq: int(event.seq.get()),
            at: event.at.store(),
            policy: int(submission.revision.policy.get()),
            captures: list(&submission.revision.captures),
        }));
        self.put_submission(before, after, event, number);
    }

    pub(super) fn put_submission(
        &mut self,
        before: Option<&Program>,
        after: &Program,
        event: &Event,
        number: SubmissionNumber,
    ) {
        let held = |program: Option<&Program>| {
            let submission = program.and_then(|program| program.submission(number).ok().cloned());
            submission.map(|submission| evidence_rows(event, &submission)).unwrap_or_default()
        };
        let (old, new) = (held(before), held(Some(after)));
        for (key, _) in old.iter().filter(|(key, row)| new.get(*key) != Some(*row)) {
            self.held.remove(key);
            self.released.insert(key.clone());
        }
        self.held.extend(new.into_iter().filter(|(key, row)| old.get(key) != Some(row)));
        self.submissions
            .extend(after.submission(number).ok().map(|submission| submission_row(after, submission)));
    }

    fn put_vote(&mut self, before: Option<&Program>, event: &Event, asked: &CastVote) {
        let Actor::Member(reviewer) = event.actor else { return };
        let submission = before.and_then(|program| program.submission(asked.submission).ok());
        self.votes.extend(submission.map(|submission| rows::Vote {
            program: event.program.store(),
            submission: int(asked.submission.get()),
            revision: int(submission.revision.number.get()),
            reviewer: int(reviewer.get()),
            ordinal: int(asked.ordinal.get()),
            choice: asked.choice.to_string(),
            reason: asked.reason.store(),
            seq: int(event.seq.get()),
            at: event.at.store(),
            signature: asked.signature.map(|signature| signature.to_string()),
            signer: asked.signer.map(|signer| signer.store()),
            ground: asked.ground.map(|ground| ground.to_string()),
            offer: asked.offer.map(|offer| offer.store()),
        }));
    }

    fn put_history(&mut self, event: &Event, submission: SubmissionNumber, said: Said) {
        self.history.push(rows::History {
            program: event.program.store(),
            submission: int(submission.get()),
            seq: int(event.seq.get()),
            kind: event.fact.kind().to_string(),
            member: match event.actor {
                Actor::Member(member) => Some(int(member.get())),
                Actor::System => None,
            },
            text: said.text.map(|text| text.store()),
            until: said.until.map(|until| until.store()),
            verdict: said.verdict.map(ToOwned::to_owned),
            at: event.at.store(),
        });
    }
}

/// What an event about a claim says beside who, what and when.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    text: Option<Digest>,
    until: Option<Timestamp>,
    verdict: Option<&'static str>,
}

impl Said {
    fn text(text: Digest) -> Self {
        Self { text: Some(text), ..Self::default() }
    }
}

/// The claim that something beside a revision or a vote happened to.
fn said(fact: &Fact) -> Option<(SubmissionNumber, Said)> {
    let until = |reason, until| Said { until: Some(until), ..Said::text(reason) };
    match fact {
        Fact::SubmissionWithdrawn { asked } => Some((asked.submission, Said::text(asked.reason))),
        Fact::SubmissionReopened { asked } => Some((asked.submission, Said::text(asked.reason))),
        Fact::SubmissionHeld { asked, outcome } => {
            Some((asked.submission, until(asked.reason, outcome.until)))
        }
        Fact::SubmissionChallenged { asked, outcome } => {
            Some((asked.submission, until(asked.reason, outcome.until)))
        }
        Fact::SubmissionReleased { asked } => Some((asked.submission, Said::text(asked.reason))),
        Fact::ReversalVoted { asked, outcome } => {
            let verdict = Some(outcome.verdict.as_str());
            Some((asked.submission, Said { verdict, ..Said::text(asked.reason) }))
        }
        Fact::AlternateCalled { asked } => Some((asked.submission, Said::default())),
        Fact::SampleChecked { asked } => {
            let verdict = Some(if asked.passed == YesNo::Yes { "passed" } else { "sent_back" });
            Some((asked.submission, Said { verdict, ..Said::text(asked.reason) }))
        }
        _ => None,
    }
}

/// What a live submission holds: nothing once it asks for nothing any more.
fn evidence_rows(event: &Event, submission: &Submission) -> BTreeMap<Held, rows::Evidence> {
    if !submission.stage.is_live() {
        return BTreeMap::new();
    }
    let function = submission.revision.function.to_string();
    let row = |key: &Digest| {
        let row = rows::Evidence {
            program: event.program.store(),
            key: key.store(),
            function: function.clone(),
            submission: int(submission.number.get()),
            share: int(submission.revision.share.map_or(WHOLE, Count::get)),
            alone: int(submission.revision.share.is_none() && submission.contests.is_none()),
        };
        ((row.key.clone(), function.clone(), row.submission), row)
    };
    submission.revision.evidence.iter().map(row).collect()
}

/// A claim as it stands.
pub(crate) fn submission_row(program: &Program, submission: &Submission) -> rows::Submission {
    let revision = &submission.revision;
    rows::Submission {
        program: program.id().store(),
        number: int(submission.number.get()),
        member: int(submission.claimant.get()),
        kind: submission.kind.to_string(),
        bounty: submission.bounty.map(|bounty| int(bounty.get())),
        period: int(submission.period.get()),
        category: submission.category.to_string(),
        function: revision.function.to_string(),
        channel: revision.channel.to_string(),
        state: submission.stage.name().to_owned(),
        revision: int(revision.number.get()),
        digest: revision.digest.store(),
        lane: revision.lane.to_string(),
        amount: revision.amount.store(),
        payee: revision.payee.store(),
        texts: revision.texts.store(),
        filed_at: submission.filed_at.store(),
        decided_at: submission.stage.decided_at().as_ref().map(Timestamp::store),
        batch: match &submission.stage {
            Stage::InBatch { batch, .. } => Some(int(batch.get())),
            Stage::Paid { batch, .. } => batch.map(|batch| int(batch.get())),
            Stage::Submitted { .. }
            | Stage::NeedsChanges { .. }
            | Stage::Agreed { .. }
            | Stage::Approved { .. }
            | Stage::Rejected { .. }
            | Stage::Withdrawn { .. }
            | Stage::Reversed { .. } => None,
        },
        seq: int(submission.touched.get()),
        due_at: program.decision_due(submission).as_ref().map(Timestamp::store),
    }
}
