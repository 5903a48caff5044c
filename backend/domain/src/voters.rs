//! Who may vote on a submission, whose votes count, and whether enough are left to decide it.

use std::collections::{BTreeMap, BTreeSet};

use crate::member::Member;
use crate::policy::LaneRules;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Approvers, Ballot, Ballots, Stage, Submission, Tally, Voice};
use crate::value::{Digest, MemberNumber, Timestamp};
use crate::words::{Choice, Lane, Role};

/// People who may vote, and whether each comes from outside.
type Electorate = BTreeMap<MemberNumber, bool>;

/// How many people may vote on a submission now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eligible {
    pub people: u32,
    /// Those of them who are not leads.
    pub outside: u32,
}

impl Eligible {
    fn of(electorate: &Electorate) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let outside = electorate.values().filter(|outside| **outside).count();
        Self { people: count(electorate.len()), outside: count(outside) }
    }

    /// Whether they suffice for a lane if all approve.
    pub const fn reaches(&self, rules: &LaneRules) -> bool {
        self.people >= rules.approvals.get() && self.outside >= rules.outside.get()
    }
}

/// Since when a member may vote on a submission: as a reviewer, or as an alternate called for it.
fn votes_since(submission: &Submission, member: &Member, ballot: &Ballot) -> bool {
    let as_reviewer = member.holds_since(Role::Reviewer);
    let called = submission.called.contains(&member.number);
    let as_alternate = if called { member.holds_since(Role::Alternate) } else { None };
    as_reviewer.into_iter().chain(as_alternate).any(|since| since < ballot.cast)
}

impl Program {
    /// What keeps a member from judging a submission whatever their role: it is theirs, or they have a stake.
    pub(crate) fn stake(&self, submission: &Submission, member: MemberNumber) -> Result<(), Refusal> {
        if self.same_person(submission.claimant, member) {
            return Err(Refusal::OwnClaim);
        }
        let accounts = self.accounts(member);
        let claimants = self.accounts(submission.claimant);
        let pairs = accounts.iter().flat_map(|own| claimants.iter().map(move |other| (*own, *other)));
        for pair in pairs {
            if self.people.conflicts.contains_key(&pair) {
                return Err(Refusal::ConflictDeclared { with: pair.1 });
            }
        }
        let payee = submission.revision.payee;
        let recorded = self.address(&payee).is_some_and(|known| self.same_person(known.owner, member));
        if recorded || accounts.iter().any(|own| self.people.nodes.contains_key(&(payee, *own))) {
            return Err(Refusal::OwnPayee { payee });
        }
        Ok(())
    }

    /// Whether somebody of this person recused themselves from a submission.
    pub(crate) fn is_recused(&self, submission: &Submission, member: MemberNumber) -> bool {
        submission.recused.iter().any(|recused| self.same_person(*recused, member))
    }

    /// Whether a member votes on a submission by their role.
    pub(crate) fn is_voter(submission: &Submission, member: &Member) -> bool {
        member.holds(Role::Reviewer)
            || (member.holds(Role::Alternate) && submission.called.contains(&member.number))
    }

    /// The latest vote of each person that counts, with the account that cast it.
    ///
    /// A vote counts while its caster may vote without a break since, and has no stake.
    pub(crate) fn live_ballots(
        &self,
        submission: &Submission,
        ballots: &Ballots,
    ) -> BTreeMap<MemberNumber, (MemberNumber, Ballot)> {
        let mut live: BTreeMap<MemberNumber, (MemberNumber, Ballot)> = BTreeMap::new();
        for (number, ballot) in ballots {
            let Some(member) = self.members.get(number) else { continue };
            if !votes_since(submission, member, ballot) || self.stake(submission, *number).is_err() {
                continue;
            }
            let person = self.person(*number);
            if live.get(&person).is_none_or(|(_, before)| before.cast < ballot.cast) {
                live.insert(person, (*number, *ballot));
            }
        }
        live
    }

    /// What the votes come to.
    pub(crate) fn tally(&self, submission: &Submission, ballots: &Ballots) -> Tally {
        let live = self.live_ballots(submission, ballots).into_iter();
        Tally::of(
            live.map(|(person, (_, Ballot { choice, .. }))| Voice {
                choice,
                outside: self.is_outside(person),
            }),
        )
    }

    /// Whose approvals count among these ballots, each person once.
    pub(crate) fn approvers(&self, submission: &Submission, ballots: &Ballots) -> Approvers {
        let live = self.live_ballots(submission, ballots).into_values();
        let approvals = live.filter(|(_, ballot)| ballot.choice == Choice::Approve);
        let mut approvals: Vec<(MemberNumber, Digest)> =
            approvals.map(|(member, ballot)| (member, ballot.reason)).collect();
        approvals.sort_unstable();
        Approvers::new(approvals.into_iter().collect())
    }

    fn electorate<'a>(
        &self,
        submission: &Submission,
        voters: impl Iterator<Item = &'a MemberNumber>,
    ) -> Electorate {
        let free = voters.filter(|number| self.stake(submission, **number).is_ok());
        free.map(|number| (self.person(*number), self.is_outside(*number))).collect()
    }

    /// The people who vote on a submission by their role and have no stake in it, recused ones too.
    fn voters(&self, submission: &Submission) -> Electorate {
        let holds = |number: &&MemberNumber| {
            self.members.get(*number).is_some_and(|member| member.holds(Role::Alternate))
        };
        let called = submission.called.iter().filter(holds);
        self.electorate(submission, self.reviewers.iter().chain(called))
    }

    /// Voters who have neither recused themselves nor said no to this revision.
    fn willing(&self, submission: &Submission, ballots: &Ballots) -> Electorate {
        let live = self.live_ballots(submission, ballots);
        let says_no = |person: &MemberNumber| {
            live.get(person).is_some_and(|(_, ballot)| match ballot.choice {
                Choice::Reject | Choice::Recuse => true,
                Choice::Approve | Choice::NeedsChanges => false,
            })
        };
        let mut willing = self.voters(submission);
        willing.retain(|person, _| !says_no(person) && !self.is_recused(submission, *person));
        willing
    }

    /// Alternates whom a lead could still call for a submission, each a person who has no vote on it yet.
    fn callable(&self, submission: &Submission) -> Electorate {
        let voters = self.voters(submission);
        let uncalled = self.people.alternates.iter().filter(|number| !submission.called.contains(number));
        let mut callable = self.electorate(submission, uncalled);
        callable.retain(|person, _| !voters.contains_key(person) && !self.is_recused(submission, *person));
        callable
    }

    /// Whether a member is an alternate whom a lead could call for a submission.
    pub(crate) fn is_callable(&self, submission: &Submission, member: MemberNumber) -> bool {
        self.callable(submission).contains_key(&self.person(member))
    }

    /// The people who may vote on a submission now.
    pub fn eligible(&self, submission: &Submission) -> Eligible {
        let mut voters = self.voters(submission);
        voters.retain(|person, _| !self.is_recused(submission, *person));
        Eligible::of(&voters)
    }

    /// Whether a lane's quorum is out of reach of those who may vote and have not said no.
    pub(crate) fn needs_alternate(&self, submission: &Submission, ballots: &Ballots) -> bool {
        let rules = self.rules_of(submission);
        !Eligible::of(&self.willing(submission, ballots)).reaches(rules)
    }

    /// Whether rejections and recusals have put the approvals out of reach, with no alternate left to call.
    ///
    /// Too few reviewers alone decide nothing: the program is then short of reviewers, not of approvals.
    pub(crate) fn out_of_reach(&self, submission: &Submission, ballots: &Ballots) -> bool {
        let rules = self.rules_of(submission);
        let mut left = self.willing(submission, ballots);
        left.extend(self.callable(submission));
        Eligible::of(&self.voters(submission)).reaches(rules) && !Eligible::of(&left).reaches(rules)
    }

    /// Whether the only outside reviewer of a submission may decide it alone by now.
    pub(crate) fn may_decide_alone(&self, submission: &Submission, at: Timestamp) -> bool {
        let Some(hours) = self.policy_of(&submission.revision).single_handed_hours else { return false };
        at >= submission.revision.made_at.plus_hours(hours) && self.eligible(submission).outside == 1
    }

    /// When the decision on a submission is due; `None` unless reviewers are to decide it.
    pub fn decision_due(&self, submission: &Submission) -> Option<Timestamp> {
        match submission.stage {
            Stage::Submitted { .. } => Some(
                submission.revision.made_at.plus_hours(self.policy_of(&submission.revision).decision_hours),
            ),
            Stage::NeedsChanges { .. }
            | Stage::Agreed { .. }
            | Stage::Approved { .. }
            | Stage::InBatch { .. }
            | Stage::Paid { .. }
            | Stage::Rejected { .. }
            | Stage::Withdrawn { .. }
            | Stage::Reversed { .. } => None,
        }
    }

    /// The lanes whose quorum the program's reviewers could not reach, with how many there are of them.
    pub fn short_lanes(&self) -> Vec<(Lane, Eligible)> {
        let reviewers: BTreeSet<MemberNumber> =
            self.reviewers.iter().map(|number| self.person(*number)).collect();
        let eligible =
            Eligible::of(&reviewers.into_iter().map(|person| (person, self.is_outside(person))).collect());
        let short =
            Lane::ALL.iter().filter(|lane| !eligible.reaches(self.policy_at(self.last_at()).lane(**lane)));
        short.map(|lane| (*lane, eligible)).collect()
    }
}
