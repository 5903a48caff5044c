//! Policies that change, and documents that have to go.

use domain::command::{Actor, ChangePolicy, EraseDocument};
use domain::submission::Submission;
use domain::words::Erasure;

use super::charter;
use super::likely::{Asked, Asking, fresh_digest};
use super::rng::Rng;

impl Asking<'_> {
    pub fn policy_or_erasure(&self, rng: &mut Rng) -> Asked {
        if rng.percent(30) {
            let policy = charter::any(rng).policy;
            let after = self.program.policies().last()?.number;
            return self.by_someone(ChangePolicy { after, policy, reason: fresh_digest(rng) }, rng);
        }
        self.erasure(rng)
    }

    /// What a claim says goes, mostly in two steps.
    fn erasure(&self, rng: &mut Rng) -> Asked {
        let asked = |claim: &Submission| self.program.erased(&claim.revision.texts).is_none();
        let over = |claim: &Submission| !claim.stage.is_open() && asked(claim);
        let numbers = self.submissions(over);
        // Few of them, so that two ask for the same.
        let number = *numbers.iter().take(3).nth(usize::try_from(rng.below(3)).ok()?)?;
        let claim = self.program.submission(number).ok()?;
        let erase = EraseDocument {
            author: claim.claimant,
            class: rng.of([Erasure::Personal, Erasure::Personal, Erasure::Mistake]),
            document: claim.revision.texts,
            submission: Some(number),
        };
        if rng.percent(50) {
            Some((Actor::Member(claim.claimant), erase.into()))
        } else {
            self.by_someone(erase, rng)
        }
    }
}
