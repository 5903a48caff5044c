//! The fold of what is said about people, and of second looks.

use super::ApplyError;
use super::claims::unapproved;
use crate::command::{Actor, AddMember, CheckSample, Join};
use crate::event::{Event, Fact};
use crate::member::Member;
use crate::people::{Conflict, Invite, InviteState, Node, link};
use crate::program::Program;
use crate::submission::{Sample, Stage, Submission};
use crate::value::{Count, Digest, MemberNumber, PeriodNumber, Seq};
use crate::words::{Role, YesNo};

impl Program {
    pub(super) fn fold_people(&mut self, event: &Event) -> Result<(), ApplyError> {
        let actor = match event.actor {
            Actor::Member(number) => Some(number),
            Actor::System => None,
        };
        match &event.fact {
            Fact::MemberInvited { asked, outcome } => {
                let (roles, until) = (asked.roles.clone(), outcome.until);
                let invite = Invite { roles, until, state: InviteState::Open, made: event.seq };
                self.people.invites.insert_mut(asked.invite, invite);
            }
            Fact::InviteWithdrawn { asked } => self.close_invite(asked.invite, InviteState::Withdrawn),
            Fact::MemberJoined { asked, outcome } => self.join(asked, outcome.member, event.seq),
            Fact::MemberLeft { .. } => {
                let number = actor.ok_or(ApplyError::NoActor)?;
                let member = Member::clone(self.member(number)?).retired();
                self.put_member(member);
            }
            Fact::MembersLinked { asked } => {
                self.people.put_link(link(asked.member, asked.other), asked.linked == YesNo::Yes);
            }
            Fact::ConflictDeclared { asked } => {
                let pair = (actor.ok_or(ApplyError::NoActor)?, asked.with);
                match asked.stands {
                    YesNo::Yes => {
                        let conflict = Conflict { reason: asked.reason, declared: event.seq };
                        self.people.conflicts.insert_mut(pair, conflict);
                    }
                    YesNo::No => _ = self.people.conflicts.remove_mut(&pair),
                }
            }
            Fact::NodeDeclared { asked } => {
                let key = (asked.address, actor.ok_or(ApplyError::NoActor)?);
                let node = Node { note: asked.note, operated: asked.operated, declared: event.seq };
                self.people.nodes.insert_mut(key, node);
            }
            _ => {}
        }
        Ok(())
    }

    fn close_invite(&mut self, digest: Digest, state: InviteState) {
        if let Some(invite) = self.people.invites.get(&digest).cloned() {
            self.people.invites.insert_mut(digest, Invite { state, ..invite });
        }
    }

    fn join(&mut self, asked: &Join, number: MemberNumber, seq: Seq) {
        let digest = asked.secret.map(|secret| Digest::sha256(&[secret.bytes()]));
        let invite = digest.and_then(|digest| self.people.invites.get(&digest));
        let roles = invite.map_or_else(|| vec![Role::Contributor], |invite| invite.roles.clone());
        self.add_member(number, &AddMember { name: asked.name, roles }, seq);
        if let Some(digest) = digest {
            self.close_invite(digest, InviteState::Used { by: number });
        }
    }

    pub(super) fn fold_sample(&mut self, event: &Event, asked: &CheckSample) -> Result<(), ApplyError> {
        let Actor::Member(by) = event.actor else { return Err(ApplyError::NoActor) };
        let mut submission = Submission::clone(self.submission(asked.submission)?);
        if !matches!(submission.stage, Stage::Approved { .. }) {
            return Err(ApplyError::Stage { submission: submission.number });
        }
        match asked.passed {
            YesNo::Yes => submission.sample = Sample::Passed { by },
            YesNo::No => {
                submission = unapproved(&submission, event.at, Stage::NeedsChanges { offer: None });
                submission.reversals.clear();
            }
        }
        submission.touched = event.seq;
        self.put_submission(submission)
    }

    /// Puts an approved submission into the sample, or not.
    pub(super) fn draw(&mut self, submission: &mut Submission, sampled: Option<YesNo>) {
        if sampled == Some(YesNo::Yes) {
            let period: PeriodNumber = submission.period;
            submission.sample = Sample::Awaited;
            self.people.sampled.insert_mut(period, Count::new(self.sampled(period).saturating_add(1)));
        }
    }
}
