//! Policies that change, and documents that have to go.

use domain::command::{Actor, ChangePolicy, EraseDocument};
use domain::event::Kind;
use domain::policy::{PersonShare, Policy};
use domain::value::{Count, Digest};
use domain::words::{Erasure, YesNo};
use serde_json::Value;

use super::commands::{Asked, Asking};
use super::scenario;
use super::values::{digest, lpt};
use crate::rng::Rng;

impl Asking<'_> {
    pub fn change_policy(&self, rng: &mut Rng) -> Asked {
        let version = self.program.policies().last()?;
        // Now and then of who did not see the last one.
        let after = if rng.percent(97) { version.number } else { Count::new(1) };
        let last = &version.policy;
        let policy = match rng.below(10) {
            // Back to what it was, or wholly another one.
            0 => self.program.charter().policy.clone(),
            1..=3 => {
                let category = self.category(rng)?;
                let percent = Count::new(rng.of([25, 60, 100]));
                scenario::policy(rng, vec![PersonShare { category, percent }])
            }
            _ => one_value(rng, last.clone()),
        };
        self.by_someone(ChangePolicy { after, policy, reason: digest(rng) }, rng)
    }

    /// A document goes in two steps: who wrote it asks, somebody else agrees.
    pub fn erase(&self, rng: &mut Rng) -> Asked {
        let asked = &self.held.erasing;
        if let Some(erase) = rng.pick(asked).filter(|_| rng.percent(75)) {
            let class = if rng.percent(90) { erase.class } else { Erasure::Mistake };
            let erase = EraseDocument { class, ..*erase };
            let person = if rng.percent(80) { self.someone(rng, Kind::RoleGranted) } else { None };
            let person = person.or_else(|| self.someone(rng, Kind::InflowClassified))?;
            return Some((Actor::Member(person), erase.into()));
        }
        for _ in 0..6 {
            let recorded = rng.pick(&self.held.journal)?;
            let Actor::Member(author) = recorded.event.actor else { continue };
            let documents: Vec<Digest> = recorded.event.fact.command().documents();
            let Some(document) = rng.pick(&documents).copied() else { continue };
            let event: Value = serde_json::from_slice(&recorded.bytes).ok()?;
            let submission = subject(&event["data"]);
            let over = submission.is_none_or(|number| {
                self.program.submission(number).is_ok_and(|claim| !claim.stage.is_open())
            });
            if over || rng.percent(10) {
                let class = rng.of([Erasure::Personal, Erasure::Personal, Erasure::Mistake, Erasure::Rights]);
                let erase = EraseDocument { author, class, document, submission };
                return Some((Actor::Member(author), erase.into()));
            }
        }
        None
    }
}

/// The submission that an event is about.
fn subject(data: &Value) -> Option<domain::value::SubmissionNumber> {
    let named = data["asked"].get("submission").or_else(|| data.get("outcome")?.get("submission"));
    named?.as_str()?.parse().ok()
}

/// The same policy with one other value, tighter or looser.
fn one_value(rng: &mut Rng, mut policy: Policy) -> Policy {
    match rng.below(12) {
        0 => policy.open_claims = Count::new(rng.of([4, 8, 12])),
        1 => policy.notice_hours = Count::new(rng.of([0, 12, 48])),
        2 => policy.lanes.normal = scenario::lane(rng),
        3 => policy.lanes.small = scenario::lane(rng),
        4 => policy.small_limit = lpt(rng, 6),
        5 => policy.evidence_up = YesNo::from(policy.evidence_up == YesNo::No),
        6 => policy.sample_one_in = Count::new(rng.of([0, 1, 2, 4])),
        7 => policy.claim_credits = Count::new(rng.of([0, 4, 10])),
        8 => policy.person_shares.truncate(1),
        9 => policy.single_handed_hours = rng.of([None, Some(0), Some(48)]).map(Count::new),
        10 => policy.payday = scenario::payday(rng),
        _ => policy.appeal_hours = Count::new(rng.of([24, 96, 168])),
    }
    policy
}
