//! Commands about people: invites, links, conflicts, nodes, alternates, samples, signed votes.

use domain::command::{
    Actor, CallAlternate, CastVote, CheckSample, DeclareConflict, DeclareNode, InviteMember, Join, Leave,
    LinkMembers, WithdrawInvite,
};
use domain::event::Kind;
use domain::people::{Invite, InviteState};
use domain::submission::{Sample, Stage};
use domain::value::{Digest, MemberNumber};
use domain::words::{Role, SignedVotes, YesNo};

use super::likely::{Asked, Asking, any_address, fresh_digest};
use super::rng::Rng;
use crate::common::signature;

/// One of few secrets, so that invites are used, and used again.
pub fn any_secret(rng: &mut Rng) -> Digest {
    secret(rng.below(SECRETS))
}

const SECRETS: u64 = 40;

fn secret(number: u64) -> Digest {
    Digest::sha256(&[b"secret", &number.to_be_bytes()])
}

impl Asking<'_> {
    pub fn person(&self, rng: &mut Rng) -> Asked {
        match rng.below(18) {
            0..=2 => self.invite(rng),
            3..=6 => {
                let open = self.program.invites().filter(|(_, invite)| invite.state == InviteState::Open);
                let invites: Vec<Digest> = open.map(|(digest, _)| *digest).collect();
                let Some(invite) = rng.pick(&invites).copied() else { return self.invite(rng) };
                self.by_someone(WithdrawInvite { invite }, rng)
            }
            7..=10 => {
                let open: Vec<Digest> = (0..SECRETS).map(secret).filter(|one| self.is_open(one)).collect();
                let known = rng.pick(&open).copied().filter(|_| rng.percent(90));
                let secret = known.or_else(|| rng.percent(50).then(|| any_secret(rng)));
                Some((Actor::System, Join { name: fresh_digest(rng), secret }.into()))
            }
            11 if rng.percent(80) => self.by_someone(Leave {}, rng),
            11..=14 => self.link(rng),
            15..=16 => self.conflict(rng),
            _ => {
                let operated = YesNo::from(rng.percent(70));
                let declared = DeclareNode { address: any_address(rng), note: fresh_digest(rng), operated };
                self.by_someone(declared, rng)
            }
        }
    }

    fn invite(&self, rng: &mut Rng) -> Asked {
        let roles = vec![rng.of([Role::Contributor, Role::Alternate, Role::Reviewer])];
        let invite = Digest::sha256(&[any_secret(rng).bytes()]);
        self.by_someone(InviteMember { invite, roles }, rng)
    }

    fn is_open(&self, secret: &Digest) -> bool {
        let digest = Digest::sha256(&[secret.bytes()]);
        let open =
            |(known, invite): (&Digest, &Invite)| *known == digest && invite.state == InviteState::Open;
        self.program.invites().any(open)
    }

    fn link(&self, rng: &mut Rng) -> Asked {
        let (member, other) = (self.any_member(rng)?, self.any_member(rng)?);
        let linked =
            YesNo::from(rng.percent(60) && self.program.person(member) != self.program.person(other));
        let asked = LinkMembers { linked, member, other, reason: fresh_digest(rng) };
        let lead = self.someone(rng, Kind::RoleGranted)?;
        Some((Actor::Member(if rng.percent(85) { lead } else { member }), asked.into()))
    }

    fn conflict(&self, rng: &mut Rng) -> Asked {
        let standing: Vec<(MemberNumber, MemberNumber)> =
            self.program.conflicts().map(|(pair, _)| *pair).collect();
        let over = rng.pick(&standing).copied().filter(|_| rng.percent(60));
        let reason = fresh_digest(rng);
        if let Some((reviewer, with)) = over {
            let asked = DeclareConflict { reason, stands: YesNo::No, with };
            return Some((Actor::Member(reviewer), asked.into()));
        }
        let with = self.any_member(rng)?;
        self.by_someone(DeclareConflict { reason, stands: YesNo::Yes, with }, rng)
    }

    pub fn second_look(&self, rng: &mut Rng) -> Asked {
        let sampled = self.submissions(|claim| claim.sample == Sample::Awaited);
        if let Some(submission) = rng.pick(&sampled).copied().filter(|_| rng.percent(80)) {
            let passed = YesNo::from(rng.percent(70));
            let approvers = self.program.submission(submission).ok()?.stage.approvers();
            let reviewers = self.program.members().filter(|member| member.holds(Role::Reviewer));
            let others = reviewers.filter(|member| !approvers.contains(&member.number) || rng.percent(10));
            let others: Vec<MemberNumber> = others.map(|member| member.number).collect();
            let asked = CheckSample { passed, reason: fresh_digest(rng), submission };
            return rng.pick(&others).map(|reviewer| (Actor::Member(*reviewer), asked.into()));
        }
        let undecided = self.submissions(|claim| matches!(claim.stage, Stage::Submitted { .. }));
        let submission = *rng.pick(&undecided)?;
        let alternates = self.program.members().filter(|member| member.holds(Role::Alternate));
        let alternates: Vec<MemberNumber> = alternates.map(|member| member.number).collect();
        let Some(member) = rng.pick(&alternates).copied() else {
            let member = self.any_member(rng)?;
            return self.by_someone(domain::command::GrantRole { member, role: Role::Alternate }, rng);
        };
        self.by_someone(CallAlternate { member, submission }, rng)
    }

    /// The vote as the policy wants it, now and then otherwise.
    pub fn signed(&self, rng: &mut Rng, reviewer: MemberNumber, vote: CastVote) -> CastVote {
        let claim = self.program.submission(vote.submission);
        let policy =
            claim.map_or(&self.program.charter().policy, |claim| self.program.policy_of(&claim.revision));
        let wanted = match policy.signed_votes {
            SignedVotes::Demanded => 95,
            SignedVotes::Offered => 30,
            SignedVotes::Off => 3,
        };
        if !rng.percent(wanted) {
            return vote;
        }
        let signer = self.payee(rng, reviewer);
        CastVote { signature: signer.map(|_| signature()), signer, ..vote }
    }
}
