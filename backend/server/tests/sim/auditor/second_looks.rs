//! Who may vote on a claim, alternates who are called, and second looks at sampled claims.

use std::collections::{BTreeMap, BTreeSet};

use super::claim::{Claim, Moment, Stage, Vote};
use super::claims::remember;
use super::disputes::{end_hold, freed, words};
use super::rule::{Broken, Rule, broken, hold};
use super::state::{LaneRules, State};
use super::value::{Fields, plus_hours, sha256, unhex};
use super::{Effect, Envelope};

/// People, and whether each comes from outside.
pub type Crowd = BTreeMap<u32, bool>;

/// Whether a crowd is large enough for a quorum.
pub fn reaches(crowd: &Crowd, rules: LaneRules) -> bool {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let outside = crowd.values().filter(|outside| **outside).count();
    count(crowd.len()) >= rules.approvals && count(outside) >= rules.outside
}

impl State {
    /// Whether a member has a stake in a claim.
    pub fn stake(&self, claim: &Claim, member: u32) -> bool {
        let (own, theirs) = (self.accounts(member), self.accounts(claim.claimant));
        let payee = &claim.revision().payee;
        own.contains(&claim.claimant)
            || own.iter().any(|own| theirs.iter().any(|other| self.conflicts.contains(&(*own, *other))))
            || self.places.get(payee).is_some_and(|place| own.contains(&place.owner))
            || own.iter().any(|own| self.nodes.contains_key(&(payee.clone(), *own)))
    }

    /// Whether some account of this person recused.
    pub fn has_recused(&self, claim: &Claim, member: u32) -> bool {
        claim.recused.iter().any(|recused| self.is_same(*recused, member))
    }

    /// Whether a vote was cast by somebody who has been allowed to without a break since.
    fn is_live(&self, claim: &Claim, vote: &Vote) -> bool {
        let Some(member) = self.members.get(&vote.reviewer) else { return false };
        let since = |role| member.roles.get(role).is_some_and(|since| *since < vote.cast);
        (since("reviewer") || (claim.called.contains(&vote.reviewer) && since("alternate")))
            && !self.stake(claim, vote.reviewer)
    }

    /// The latest live vote of each person.
    pub fn live<'a>(&self, claim: &Claim, ballots: &BTreeMap<u32, &'a Vote>) -> BTreeMap<u32, &'a Vote> {
        let mut live: BTreeMap<u32, &Vote> = BTreeMap::new();
        for vote in ballots.values().filter(|vote| self.is_live(claim, vote)) {
            let person = self.person(vote.reviewer);
            if live.get(&person).is_none_or(|before| before.cast < vote.cast) {
                live.insert(person, vote);
            }
        }
        live
    }

    fn crowd(&self, claim: &Claim, may: impl Fn(u32) -> bool) -> Crowd {
        let able = self.members.keys().filter(|number| may(**number) && !self.stake(claim, **number));
        able.map(|number| (self.person(*number), self.is_outside(*number))).collect()
    }

    fn holds(&self, number: u32, role: &str) -> bool {
        self.members.get(&number).is_some_and(|member| member.holds(role))
    }

    /// The people who vote on a claim by their role.
    pub fn voters(&self, claim: &Claim) -> Crowd {
        self.crowd(claim, |number| {
            self.holds(number, "reviewer")
                || (self.holds(number, "alternate") && claim.called.contains(&number))
        })
    }

    /// Voters who never recused and do not say no.
    pub fn willing(&self, claim: &Claim, ballots: &BTreeMap<u32, &Vote>) -> Crowd {
        let live = self.live(claim, ballots);
        let mut willing = self.voters(claim);
        willing.retain(|person, _| {
            let against = live.get(person).is_some_and(|vote| ["reject", "recuse"].contains(&vote.choice));
            !against && !self.has_recused(claim, *person)
        });
        willing
    }

    /// Alternates who could still be called.
    pub fn callable(&self, claim: &Claim) -> Crowd {
        let voters = self.voters(claim);
        let mut callable =
            self.crowd(claim, |number| self.holds(number, "alternate") && !claim.called.contains(&number));
        callable.retain(|person, _| !voters.contains_key(person) && !self.has_recused(claim, *person));
        callable
    }

    /// Whether an approval now is drawn into the sample.
    pub fn drawn(&self, claim: &Claim) -> bool {
        if self.lane_now(claim) != "small" {
            return false;
        }
        let policy = self.policy_of(claim.revision());
        if self.sampled.get(&claim.period).copied().unwrap_or(0) < policy.sample_at_least {
            return true;
        }
        let hash = sha256(&[&unhex(&self.prev), &unhex(&claim.revision().digest)]);
        let number = u64::from_str_radix(hash.get(..16).unwrap_or("1"), 16).unwrap_or(1);
        policy.sample_one_in > 0 && number % policy.sample_one_in == 0
    }
}

/// Holds what an outcome says of the sample to what is drawn, and counts it.
pub fn check_draw(state: &mut State, number: u32, outcome: &Fields<'_>) -> Result<(), Broken> {
    let told = outcome.maybe("sampled", |fields, field| fields.word(field, &["yes"]))?.is_some();
    let Some(claim) = state.claims.get(&number) else { return Ok(()) };
    let drawn = state.drawn(claim);
    let period = claim.period;
    hold(Rule::Sample, told == drawn, || format!("sampled {told}, not {drawn}"))?;
    if drawn {
        *state.sampled.entry(period).or_default() += 1;
        if let Some(claim) = state.claims.get_mut(&number) {
            claim.awaits_check = true;
        }
    }
    Ok(())
}

pub fn call(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["member", "submission"], &[])?;
    let (member, number) = (asked.number("member")?, asked.number("submission")?);
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    hold(Rule::Stage, claim.stage == Stage::Submitted, || format!("it is {}", claim.stage.word()))?;
    let able = state.holds(member, "alternate") && !claim.called.contains(&member);
    let callable = state.callable(claim).contains_key(&state.person(member));
    hold(Rule::Called, able && callable, || format!("member {member} cannot be called"))?;
    let from = plus_hours(claim.revision().made_micros, state.policy_of(claim.revision()).alternate_hours);
    let needed = !reaches(&state.willing(claim, &claim.ballots()), state.rules_of(claim));
    hold(Rule::Called, envelope.at >= from || needed, || format!("not before {from}"))?;
    if let Some(claim) = state.claims.get_mut(&number) {
        claim.called.insert(member);
        claim.touched = envelope.seq;
    }
    remember(state, number, envelope, Moment::default());
    Ok(Vec::new())
}

pub fn check(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["passed", "reason", "submission"], &[])?;
    let said = words(&asked, "reason")?;
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let reviewer = envelope.actor.unwrap_or_default();
    hold(Rule::OwnClaim, !state.is_same(claim.claimant, reviewer), || "their own claim".to_owned())?;
    hold(Rule::Stake, !state.stake(claim, reviewer), || "they have a stake in it".to_owned())?;
    hold(Rule::Recused, !state.has_recused(claim, reviewer), || format!("member {reviewer} recused"))?;
    let awaited = claim.stage == Stage::Approved && claim.awaits_check;
    hold(Rule::Sample, awaited, || format!("submission {number} waits for no second look"))?;
    let own = claim.approvers.iter().any(|approver| state.is_same(*approver, reviewer));
    hold(Rule::Sample, !own, || format!("member {reviewer} approved it"))?;
    let passed = asked.word("passed", &["no", "yes"])? == "yes";
    let verdict = Some(if passed { "passed" } else { "sent_back" });
    let moves = freed(state, claim);
    remember(state, number, envelope, Moment { verdict, ..said });
    let Some(claim) = state.claims.get_mut(&number) else { return Ok(Vec::new()) };
    claim.awaits_check = false;
    claim.touched = envelope.seq;
    if passed {
        return Ok(Vec::new());
    }
    claim.stage = Stage::NeedsChanges(None);
    claim.decided = None;
    claim.reversals.clear();
    end_hold(claim, envelope);
    Ok(moves)
}

/// Who approved, among the live votes.
pub fn approvers(live: &BTreeMap<u32, &Vote>) -> BTreeSet<u32> {
    live.values().filter(|vote| vote.choice == "approve").map(|vote| vote.reviewer).collect()
}
