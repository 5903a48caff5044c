//! Policies that change, and documents that have to go.

use serde_json::Value;

use super::claim::{Revision, Stage};
use super::nonces::check_verdict;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{LaneRules, Paper, Policy, State, Version, Word};
use super::value::{Fields, Micros, plus_hours};
use super::{Effect, Envelope};

const CLASSES: &[&str] = &["mistake", "personal_data", "rights_of_others", "unlawful"];
/// From the strictest on.
const SIGNED: &[&str] = &["demanded", "offered", "off"];

impl State {
    /// The version in force at a moment.
    pub fn version_at(&self, at: Micros) -> &Version {
        let in_force = self.versions.iter().rev().find(|version| version.from <= at);
        in_force.unwrap_or(&self.versions[0])
    }

    pub fn policy_at(&self, at: Micros) -> &Policy {
        &self.version_at(at).policy
    }

    /// The policy that decides about a revision.
    pub fn policy_of(&self, revision: &Revision) -> &Policy {
        let cited = self.versions.iter().find(|version| version.number == revision.policy);
        &cited.unwrap_or(&self.versions[0]).policy
    }
}

pub fn change(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["after", "policy", "reason"], &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["from", "version"], &[])?;
    asked.digest("reason")?;
    let policy = super::opening::policy(asked.value("policy"), &state.categories)?;
    let said = asked.value("policy").cloned().unwrap_or_default();
    let Some(last) = state.versions.last() else { return Ok(Vec::new()) };
    let after = asked.count("after")?;
    hold(Rule::Number, after == last.number, || format!("version {after} is changed, not {}", last.number))?;
    hold(Rule::Unchanged, said != last.said, || "the policy is what it was".to_owned())?;
    let (version, expected) = (outcome.count("version")?, last.number + 1);
    hold(Rule::Number, version == expected, || format!("version {version}, not {expected}"))?;
    let now = state.policy_at(envelope.at);
    let loosens = loosens(now, &policy);
    let notice = if loosens.is_some() { now.notice_hours } else { 0 };
    let expected = plus_hours(envelope.at, notice).max(last.from);
    let from = outcome.time("from")?;
    hold(Rule::Notice, from == expected, || format!("from {from}, not {expected}: loosens {loosens:?}"))?;
    state.versions.push(Version { number: version, from, policy, said });
    Ok(Vec::new())
}

/// The first value that is loosened, as the page lists them.
fn loosens(before: &Policy, after: &Policy) -> Option<&'static str> {
    let lane = |name: &&'static str| {
        let (was, is): (LaneRules, LaneRules) = (before.lanes[name], after.lanes[name]);
        let falls = is.approvals < was.approvals
            || is.objection_hours < was.objection_hours
            || is.outside < was.outside;
        falls || is.rejections > was.rejections
    };
    if before.lanes.keys().any(lane) {
        return Some("lanes");
    }
    let falls = [
        ("address_changed_hours", before.address_changed_hours, after.address_changed_hours),
        ("address_unproven_hours", before.address_unproven_hours, after.address_unproven_hours),
        ("alternate_hours", before.alternate_hours, after.alternate_hours),
        ("challenge_hours", before.challenge_hours, after.challenge_hours),
        ("cooldown_hours", before.cooldown_hours, after.cooldown_hours),
        ("hold_hours", before.hold_hours, after.hold_hours),
        ("lead_pay_hours", before.lead_pay_hours, after.lead_pay_hours),
        ("notice_hours", before.notice_hours, after.notice_hours),
        ("sample_at_least", before.sample_at_least, after.sample_at_least),
    ];
    // 0 stands above every other number.
    let last = |number: u64| if number == 0 { u64::MAX } else { number };
    let rises = [
        ("batch_lines", before.batch_lines, after.batch_lines),
        ("claim_credits", last(before.claim_credits), last(after.claim_credits)),
        ("claim_grace_hours", before.claim_grace_hours, after.claim_grace_hours),
        ("observation_hours", before.observation_hours, after.observation_hours),
        ("open_claims", before.open_claims, after.open_claims),
        ("sample_one_in", last(before.sample_one_in), last(after.sample_one_in)),
    ];
    let limits = [
        ("probe_limit", before.probe_limit, after.probe_limit),
        ("retro_limit", before.retro_limit, after.retro_limit),
        ("small_limit", before.small_limit, after.small_limit),
        ("small_person_limit", before.small_person_limit, after.small_person_limit),
    ];
    let shares = before
        .person_shares
        .iter()
        .any(|(category, percent)| after.person_shares.get(category).is_none_or(|allowed| allowed > percent));
    let alone = match (before.single_handed_hours, after.single_handed_hours) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(was), Some(is)) => is < was,
    };
    let strictness = |policy: &Policy| SIGNED.iter().position(|word| *word == policy.signed_votes);
    let words = [
        ("evidence_up", before.evidence_up && !after.evidence_up),
        ("open_joining", !before.open_joining && after.open_joining),
        ("person_shares", shares),
        ("signed_votes", strictness(after) > strictness(before)),
        ("single_handed_hours", alone),
    ];
    let falls = falls.into_iter().map(|(value, was, is)| (value, is < was));
    let rises = rises.into_iter().map(|(value, was, is)| (value, is > was));
    let limits = limits.into_iter().map(|(value, was, is)| (value, is > was));
    falls.chain(rises).chain(limits).chain(words).find(|(_, loosened)| *loosened).map(|(value, _)| value)
}

/// Remembers whose events name a document, and which submissions those are about.
pub fn remember_papers(state: &mut State, envelope: &Envelope<'_>) {
    let field = |of: &str, name: &str| {
        let named = envelope.data.get(of).and_then(|of| of.get(name)).and_then(Value::as_str);
        named.and_then(|number| number.parse::<u32>().ok())
    };
    let about = field("asked", "submission").or_else(|| field("outcome", "submission"));
    let Some(asked) = envelope.data.get("asked") else { return };
    let name = |of: &Value| -> Vec<String> {
        let fields = ["brief", "name", "note", "reason", "receipt", "text", "texts", "variance"];
        fields.iter().filter_map(|field| of.get(*field)?.as_str().map(str::to_owned)).collect()
    };
    let mut papers = name(asked);
    for list in ["members", "captures"] {
        for entry in asked.get(list).and_then(Value::as_array).into_iter().flatten() {
            papers.extend(entry.as_str().map(str::to_owned));
            papers.extend(name(entry));
        }
    }
    for paper in papers {
        let known: &mut Paper = state.papers.entry(paper).or_default();
        known.named.insert((envelope.actor, about));
    }
}

pub fn erase(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["author", "class", "document"], &["submission"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    let class = asked.word("class", CLASSES)?;
    let (author, about) = (asked.number("author")?, asked.maybe("submission", Fields::number)?);
    let document = asked.digest("document")?;
    let Some(paper) = state.papers.get(document) else {
        return broken(Rule::Erasure, format!("nobody named {document}"));
    };
    hold(Rule::Erasure, paper.erased.is_none(), || format!("erased in {:?}", paper.erased))?;
    let named = paper.named.contains(&(Some(author), about));
    hold(Rule::Erasure, named, || format!("named by {:?}", paper.named))?;
    about.map_or(Ok(()), |number| check_over(state, number, envelope.at))?;
    let member = envelope.actor.unwrap_or_default();
    let own = state.is_same(author, member);
    let asks = paper.words.iter().any(|word| word.says == class && state.is_same(word.member, author));
    hold(Rule::Erasure, own != asks, || format!("member {member}, asked before {asks}"))?;
    let holds = |role: &&str| state.members.get(&member).is_some_and(|known| known.holds(role));
    let agrees = own || ["lead", "reviewer", "treasurer"].iter().any(holds);
    hold(Rule::Role, agrees, || format!("member {member} may not agree"))?;
    check_verdict(&outcome, asks)?;
    let Some(paper) = state.papers.get_mut(document) else { return Ok(Vec::new()) };
    if asks {
        paper.erased = Some(envelope.seq);
    } else {
        paper.words.push(Word { member, seq: envelope.seq, says: class.to_owned() });
    }
    Ok(Vec::new())
}

/// What a decision rests on stays as long as it can be disputed, or paid for.
fn check_over(state: &State, number: u32, at: Micros) -> Result<(), Broken> {
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let decided = claim.decided.as_ref().map_or(at, |(at, _)| *at);
    let over = match claim.stage {
        Stage::Withdrawn | Stage::Reversed => true,
        Stage::Paid { .. } => state.periods.get(&claim.period).is_some_and(|period| period.closing.is_some()),
        Stage::Rejected => at >= plus_hours(decided, state.policy_of(claim.revision()).appeal_hours),
        _ => false,
    };
    hold(Rule::StillNeeded, over, || format!("submission {number} is {}", claim.stage.word()))
}
