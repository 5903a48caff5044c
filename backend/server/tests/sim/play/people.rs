//! What people say about themselves and each other, and second looks at claims.

use domain::command::{
    Actor, CallAlternate, CastVote, CheckSample, DeclareConflict, DeclareNode, InviteMember, Join, Leave,
    LinkMembers, RecordAddress, WithdrawInvite,
};
use domain::event::Kind;
use domain::people::InviteState;
use domain::submission::{Sample, Stage};
use domain::value::{Digest, MemberNumber, Signature, SubmissionNumber};
use domain::words::{Role, SignedVotes, YesNo};

use super::commands::{Asked, Asking};
use super::values::{any_address, digest};
use crate::rng::Rng;

/// So many secrets there are, so that invites are used, and used again.
const SECRETS: u64 = 60;

fn secret(number: u64) -> Digest {
    Digest::sha256(&[b"secret", &number.to_be_bytes()])
}

/// A signature of nobody: neither the rules nor the writer ask whose it is.
pub fn signature(rng: &mut Rng) -> Signature {
    let (r, s): ([u8; 32], [u8; 16]) = (rng.bytes(), rng.bytes());
    let bytes: Vec<u8> =
        r.into_iter().chain([0; 16]).chain(s).chain([27 + u8::from(rng.percent(50))]).collect();
    Signature::from_bytes(bytes.try_into().unwrap()).unwrap()
}

/// An address, now and then with a proof.
pub fn any_record(rng: &mut Rng) -> RecordAddress {
    let proof = rng.percent(30).then(|| signature(rng));
    RecordAddress { address: any_address(rng), proof }
}

impl Asking<'_> {
    pub fn person(&self, rng: &mut Rng) -> Asked {
        match rng.below(20) {
            0..=3 => self.invite(rng),
            4..=5 => {
                let open = self.program.invites().filter(|(_, invite)| invite.state == InviteState::Open);
                let invites: Vec<Digest> = open.map(|(digest, _)| *digest).collect();
                let invite = *rng.pick(&invites)?;
                self.by_someone(WithdrawInvite { invite }, rng)
            }
            6..=9 => self.join(rng),
            10..=11 => self.leave(rng),
            12..=14 => self.link(rng),
            15..=17 => self.conflict(rng),
            _ => {
                let operated = YesNo::from(rng.percent(70));
                self.by_someone(DeclareNode { address: any_address(rng), note: digest(rng), operated }, rng)
            }
        }
    }

    fn invite(&self, rng: &mut Rng) -> Asked {
        let roles = vec![rng.of([Role::Contributor, Role::Alternate, Role::Alternate, Role::Reviewer])];
        let invite = Digest::sha256(&[secret(rng.below(SECRETS)).bytes()]);
        self.by_someone(InviteMember { invite, roles }, rng)
    }

    fn join(&self, rng: &mut Rng) -> Asked {
        if self.program.members().count() > 30 {
            return None;
        }
        let open = |secret: &Digest| {
            let digest = Digest::sha256(&[secret.bytes()]);
            let mut invites = self.program.invites();
            invites.any(|(known, invite)| *known == digest && invite.state == InviteState::Open)
        };
        let known: Vec<Digest> = (0..SECRETS).map(secret).filter(open).collect();
        let secret =
            if rng.percent(85) { rng.pick(&known).copied() } else { Some(secret(rng.below(SECRETS))) };
        Some((Actor::System, Join { name: digest(rng), secret }.into()))
    }

    /// Seldom somebody without whom nothing would go on.
    fn leave(&self, rng: &mut Rng) -> Asked {
        let member = self.any_member(rng)?;
        let needed = [Role::Lead, Role::Reviewer, Role::Treasurer];
        let runs =
            self.program.member(member).is_ok_and(|known| needed.iter().any(|role| known.holds(*role)));
        (!runs || rng.percent(15)).then(|| (Actor::Member(member), Leave {}.into()))
    }

    fn link(&self, rng: &mut Rng) -> Asked {
        let (member, other) = (self.any_member(rng)?, self.any_member(rng)?);
        let same = self.program.person(member) == self.program.person(other);
        let linked = YesNo::from(!same && rng.percent(90));
        let asked = LinkMembers { linked, member, other, reason: digest(rng) };
        let lead = self.someone(rng, Kind::RoleGranted)?;
        Some((Actor::Member(if rng.percent(70) { lead } else { member }), asked.into()))
    }

    fn conflict(&self, rng: &mut Rng) -> Asked {
        let standing: Vec<_> = self.program.conflicts().map(|(pair, _)| *pair).collect();
        let reason = digest(rng);
        if let Some((reviewer, with)) = rng.pick(&standing).copied().filter(|_| rng.percent(60)) {
            return Some((
                Actor::Member(reviewer),
                DeclareConflict { reason, stands: YesNo::No, with }.into(),
            ));
        }
        let with = self.any_member(rng)?;
        self.by_someone(DeclareConflict { reason, stands: YesNo::Yes, with }, rng)
    }

    pub fn second_look(&self, rng: &mut Rng) -> Asked {
        let claims =
            self.held.stands.approved.iter().filter_map(|number| self.program.submission(*number).ok());
        let sampled: Vec<_> = claims.filter(|claim| claim.sample == Sample::Awaited).collect();
        if let Some(claim) = rng.pick(&sampled).copied().filter(|_| rng.percent(75)) {
            let reviewers = self.program.members().filter(|member| member.holds(Role::Reviewer));
            let own = |number: &MemberNumber| claim.stage.approvers().contains(number);
            let others = reviewers
                .map(|member| member.number)
                .filter(|number| !own(number) || rng.clone().percent(10));
            let others: Vec<MemberNumber> = others.collect();
            let passed = YesNo::from(rng.percent(75));
            let asked = CheckSample { passed, reason: digest(rng), submission: claim.number };
            return rng.pick(&others).map(|reviewer| (Actor::Member(*reviewer), asked.into()));
        }
        let submitted: Vec<SubmissionNumber> = self.held.stands.submitted.iter().copied().collect();
        let submission = *rng.pick(&submitted)?;
        let alternates = self.program.members().filter(|member| member.holds(Role::Alternate));
        let alternates: Vec<MemberNumber> = alternates.map(|member| member.number).collect();
        let member = *rng.pick(&alternates)?;
        self.by_someone(CallAlternate { member, submission }, rng)
    }

    /// The vote as the policy wants it, now and then otherwise.
    pub fn signed(&self, rng: &mut Rng, reviewer: MemberNumber, vote: CastVote) -> CastVote {
        let claim = self.program.submission(vote.submission);
        let wanted =
            claim.map_or(SignedVotes::Off, |claim| self.program.policy_of(&claim.revision).signed_votes);
        let wanted = match wanted {
            SignedVotes::Demanded => 96,
            SignedVotes::Offered => 30,
            SignedVotes::Off => 2,
        };
        let signer = if rng.percent(wanted) { self.payee(rng, reviewer) } else { None };
        CastVote { signature: signer.map(|_| signature(rng)), signer, ..vote }
    }

    /// Whether an approved claim waits for a second look.
    pub fn is_awaited(&self, number: SubmissionNumber) -> bool {
        let claim = self.program.submission(number);
        claim.is_ok_and(|claim| {
            claim.sample == Sample::Awaited && matches!(claim.stage, Stage::Approved { .. })
        })
    }
}
