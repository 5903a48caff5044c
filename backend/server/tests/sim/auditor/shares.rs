//! Evidence: who holds how much of a piece of work, and who is promised money for it.

use super::claim::{Claim, Stage};
use super::claims::Asked;
use super::rule::{Broken, Rule, broken, hold};
use super::state::State;

/// The other live claims that hold some of this evidence for this function, piece by piece.
fn holders<'a>(
    state: &'a State,
    number: u32,
    key: &'a str,
    function: &'a str,
) -> impl Iterator<Item = (u32, &'a Claim)> {
    let holds = move |claim: &Claim| {
        let said = claim.revision();
        claim.is_live() && said.function == function && said.evidence.iter().any(|held| held == key)
    };
    let others = state.claims.iter().filter(move |(other, claim)| **other != number && holds(claim));
    others.map(|(other, claim)| (*other, claim))
}

/// A claim contests somebody else's that is live, in no batch, and holds some of the same evidence.
pub fn check_contested(state: &State, claim: &Asked<'_>) -> Result<(), Broken> {
    let Some(first) = claim.contests else { return Ok(()) };
    let Some(contested) = state.claims.get(&first) else {
        return broken(Rule::Unknown, format!("no submission {first}"));
    };
    let same = contested.revision().function == claim.function
        && claim.evidence.iter().any(|key| contested.revision().evidence.iter().any(|held| held == key));
    let paid = matches!(contested.stage, Stage::InBatch(_) | Stage::Paid { .. });
    let open = contested.is_live() && !paid;
    let another = !state.is_same(contested.claimant, claim.claimant);
    hold(Rule::Contested, same && open && another, || format!("nothing of submission {first} to contest"))
}

/// Shares come to the whole at most, but for those of a claim and one that contests it.
pub fn check_held(state: &State, claim: &Asked<'_>) -> Result<(), Broken> {
    for key in &claim.evidence {
        let others = holders(state, claim.submission, key, claim.function);
        let others = others.filter(|(number, other)| {
            claim.contests != Some(*number) && other.contests != Some(claim.submission)
        });
        let held: u64 = others.map(|(_, other)| other.share()).sum();
        let share = claim.share.unwrap_or(100);
        hold(Rule::Evidence, held + share <= 100, || format!("{share} percent beside {held} of {key}"))?;
    }
    Ok(())
}

/// Those who are promised money for a piece of evidence, or paid, come to the whole at most.
pub fn check_promised(state: &State, number: u32, claim: &Claim) -> Result<(), Broken> {
    for key in &claim.revision().evidence {
        let others = holders(state, number, key, &claim.revision().function);
        let promised: u64 =
            others.filter(|(_, other)| other.stage.is_promised()).map(|(_, other)| other.share()).sum();
        let share = claim.share();
        hold(Rule::Promised, promised + share <= 100, || {
            format!("{share} percent beside {promised} of {key} that are promised")
        })?;
    }
    Ok(())
}
