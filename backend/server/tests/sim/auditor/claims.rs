//! Claims filed and revised.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::people::next;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{Claim, Revision, Stage, State};
use super::value::{Fields, Micros, Wei, canonical, few, plus_hours, sha256};
use super::{Effect, Envelope};

const KINDS: &[&str] = &["bounty", "expense", "lead", "retro"];
const LANES: &[&str] = &["lead", "normal", "retro", "small"];

/// What a revision asks, whichever it is.
struct Asked<'a> {
    submission: u32,
    revision: u32,
    claimant: u32,
    kind: &'static str,
    bounty: Option<u32>,
    period: u32,
    category: &'a str,
    amount: Wei,
    evidence: Vec<&'a str>,
    function: &'a str,
    payee: &'a str,
    texts: &'a str,
}

pub fn file(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = [
        "amount", "category", "channel", "evidence", "function", "kind", "payee", "period", "promoted",
        "texts",
    ];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["bounty"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["digest", "lane", "submission"], &[])?;
    let (number, expected) = (outcome.number("submission")?, next(&state.claims));
    hold(Rule::Number, number == expected, || format!("submission {number}, not {expected}"))?;
    let claim = Asked {
        submission: number,
        revision: 1,
        claimant: envelope.actor.unwrap_or_default(),
        kind: asked.word("kind", KINDS)?,
        bounty: asked.maybe("bounty", Fields::number)?,
        period: asked.number("period")?,
        category: asked.slug("category")?,
        amount: asked.money("amount")?,
        evidence: asked.digests("evidence")?,
        function: asked.slug("function")?,
        payee: asked.address("payee")?,
        texts: asked.digest("texts")?,
    };
    check_time(state, &claim, envelope.at)?;
    let open = state
        .claims
        .values()
        .filter(|other| state.is_same(other.claimant, claim.claimant) && other.stage.is_open());
    let open = u64::try_from(open.count()).unwrap_or(u64::MAX);
    hold(Rule::OpenClaims, open < state.charter.policy.open_claims, || format!("{open} are open already"))?;
    let revision = revise_to(state, &claim, &asked, &outcome, envelope)?;
    let filed = Claim {
        claimant: claim.claimant,
        kind: claim.kind,
        bounty: claim.bounty,
        period: claim.period,
        category: claim.category.to_owned(),
        filed_at: envelope.at_text.to_owned(),
        stage: Stage::Submitted,
        decided: None,
        revisions: vec![revision],
        votes: Vec::new(),
        recused: BTreeSet::new(),
        called: BTreeSet::new(),
        approvers: BTreeSet::new(),
        awaits_check: false,
        slot: false,
        touched: envelope.seq,
    };
    state.claims.insert(number, filed);
    Ok(Vec::new())
}

pub fn revise(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = ["amount", "channel", "evidence", "function", "payee", "promoted", "submission", "texts"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["digest", "lane", "revision"], &[])?;
    let number = asked.number("submission")?;
    let Some(before) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    hold(Rule::Claimant, Some(before.claimant) == envelope.actor, || {
        format!("it is member {}'s claim", before.claimant)
    })?;
    let undecided = matches!(before.stage, Stage::Submitted | Stage::NeedsChanges);
    hold(Rule::Stage, undecided, || format!("it is {}", before.stage.word()))?;
    let expected = u32::try_from(before.revisions.len() + 1).unwrap_or(u32::MAX);
    let revision = outcome.number("revision")?;
    hold(Rule::Number, revision == expected, || format!("revision {revision}, not {expected}"))?;
    let category = before.category.clone();
    let claim = Asked {
        submission: number,
        revision,
        claimant: before.claimant,
        kind: before.kind,
        bounty: before.bounty,
        period: before.period,
        category: &category,
        amount: asked.money("amount")?,
        evidence: asked.digests("evidence")?,
        function: asked.slug("function")?,
        payee: asked.address("payee")?,
        texts: asked.digest("texts")?,
    };
    let revision = revise_to(state, &claim, &asked, &outcome, envelope)?;
    if let Some(claim) = state.claims.get_mut(&number) {
        claim.revisions.push(revision);
        claim.stage = Stage::Submitted;
        claim.touched = envelope.seq;
    }
    Ok(Vec::new())
}

/// The revision that is made, if everything about it holds.
fn revise_to(
    state: &State,
    claim: &Asked<'_>,
    asked: &Fields<'_>,
    outcome: &Fields<'_>,
    envelope: &Envelope<'_>,
) -> Result<Revision, Broken> {
    asked.word("promoted", &["no", "yes"])?;
    check(state, claim)?;
    check_limits(state, claim)?;
    let (lane, expected) = (outcome.word("lane", LANES)?, lane(state, claim));
    hold(Rule::Lane, lane == expected, || format!("lane {lane}, not {expected}"))?;
    let (digest, expected) = (outcome.digest("digest")?, digest(state, claim)?);
    hold(Rule::RevisionDigest, digest == expected, || format!("digest {digest}, not {expected}"))?;
    Ok(Revision {
        digest: expected,
        amount: claim.amount,
        channel: asked.slug("channel")?.to_owned(),
        evidence: claim.evidence.iter().map(|key| (*key).to_owned()).collect(),
        function: claim.function.to_owned(),
        lane,
        payee: claim.payee.to_owned(),
        texts: claim.texts.to_owned(),
        made: envelope.seq,
        made_at: envelope.at_text.to_owned(),
        made_micros: envelope.at,
    })
}

/// A claim is filed within its period and the days after it, and within its bounty's window.
fn check_time(state: &State, claim: &Asked<'_>, at: Micros) -> Result<(), Broken> {
    let Some(period) = state.periods.get(&claim.period) else {
        return broken(Rule::Unknown, format!("no period {}", claim.period));
    };
    let until = plus_hours(period.ends_at, state.charter.policy.claim_grace_hours);
    hold(Rule::FilingTime, (period.starts_at..until).contains(&at), || format!("filed at {at}"))?;
    let Some(number) = claim.bounty else { return Ok(()) };
    let Some(bounty) = state.bounties.get(&number) else {
        return broken(Rule::Unknown, format!("no bounty {number}"));
    };
    let open = (bounty.opens_at..bounty.closes_at).contains(&at);
    hold(Rule::FilingTime, open, || format!("filed at {at}, outside its bounty's window"))?;
    hold(Rule::SlotLeft, bounty.used < bounty.slots, || format!("bounty {number} has no slot left"))
}

/// What holds for every revision.
fn check(state: &State, claim: &Asked<'_>) -> Result<(), Broken> {
    let Some(category) = state.category(claim.category) else {
        return broken(Rule::Unknown, format!("no category {}", claim.category));
    };
    hold(Rule::Ceiling, claim.amount <= category.ceiling, || format!("{} asked", claim.amount))?;
    match claim.bounty.map(|number| (number, state.bounties.get(&number))) {
        None => hold(Rule::Bounty, claim.kind != "bounty", || "it names no bounty".to_owned())?,
        Some((number, None)) => return broken(Rule::Unknown, format!("no bounty {number}")),
        Some((number, Some(bounty))) => {
            let same = claim.kind == "bounty"
                && bounty.period == claim.period
                && bounty.category == claim.category
                && bounty.function == claim.function
                && claim.amount <= bounty.reward;
            hold(Rule::Bounty, same, || format!("it is no claim of bounty {number}"))?;
        }
    }
    let claimant = state.members.get(&claim.claimant);
    let leads = claimant.is_some_and(|claimant| claimant.holds("lead"));
    hold(Rule::LeadKind, claim.kind != "lead" || leads, || "the claimant is no lead".to_owned())?;
    let owner = state.places.get(claim.payee).map(|place| place.owner);
    hold(Rule::Payee, owner == Some(claim.claimant), || format!("the payee is {owner:?}'s"))?;
    few("evidence", &claim.evidence, 10)?;
    for (number, other) in state.claims.iter().filter(|(_, other)| other.is_live()) {
        let held = &other.revision().evidence;
        let same = *number != claim.submission
            && other.revision().function == claim.function
            && claim.evidence.iter().any(|key| held.iter().any(|held| held == key));
        hold(Rule::Evidence, !same, || format!("submission {number} holds the evidence"))?;
    }
    Ok(())
}

/// What the claimant's other live claims of the period ask, as far as they pass a test.
fn others(state: &State, claim: &Asked<'_>, test: impl Fn(&Claim) -> bool) -> Result<Wei, Broken> {
    let live = state.live_claims(claim.period).filter(|(number, _)| *number != claim.submission);
    super::budget::sum(live.filter(|(_, other)| test(other)).map(|(_, other)| other.revision().amount))
}

fn check_limits(state: &State, claim: &Asked<'_>) -> Result<(), Broken> {
    let policy = &state.charter.policy;
    let mine = |other: &Claim| state.is_same(other.claimant, claim.claimant);
    if let Some(percent) = policy.person_shares.get(claim.category) {
        let asked = others(state, claim, |other| mine(other) && other.category == claim.category)?;
        let allotment = state.periods.get(&claim.period).map_or(0, |period| period.allotment(claim.category));
        // Whole hundredths first: the product may be too large to count.
        let percent = Wei::from(*percent);
        let limit = allotment / 100 * percent + allotment % 100 * percent / 100;
        let within = asked.checked_add(claim.amount).is_some_and(|asked| asked <= limit);
        hold(Rule::Share, within, || format!("{asked} and {} of {limit}", claim.amount))?;
    }
    if claim.kind == "retro" {
        let asked = others(state, claim, |other| other.kind == "retro")?;
        let within = asked.checked_add(claim.amount).is_some_and(|asked| asked <= policy.retro_limit);
        hold(Rule::RetroLimit, within, || format!("{asked} and {} are retroactive", claim.amount))?;
    }
    Ok(())
}

fn lane(state: &State, claim: &Asked<'_>) -> &'static str {
    let policy = &state.charter.policy;
    if state.is_insider(claim.claimant) {
        return "lead";
    }
    if claim.kind == "retro" {
        return "retro";
    }
    let small = others(state, claim, |other| {
        state.is_same(other.claimant, claim.claimant) && other.revision().lane == "small"
    });
    let within = small
        .ok()
        .and_then(|small| small.checked_add(claim.amount))
        .is_some_and(|sum| sum <= policy.small_person_limit);
    if claim.amount <= policy.small_limit && within { "small" } else { "normal" }
}

fn digest(state: &State, claim: &Asked<'_>) -> Result<String, Broken> {
    let text = |text: &str| Value::String(text.to_owned());
    let mut covered = Map::new();
    for (key, value) in [
        ("amount", text(&claim.amount.to_string())),
        ("category", text(claim.category)),
        ("evidence", Value::Array(claim.evidence.iter().map(|key| text(key)).collect())),
        ("function", text(claim.function)),
        ("kind", text(claim.kind)),
        ("payee", text(claim.payee)),
        ("period", text(&claim.period.to_string())),
        ("policy", text("1")),
        ("program", text(&state.identity)),
        ("revision", text(&claim.revision.to_string())),
        ("submission", text(&claim.submission.to_string())),
        ("texts", text(claim.texts)),
    ] {
        covered.insert(key.to_owned(), value);
    }
    if let Some(bounty) = claim.bounty {
        covered.insert("bounty".to_owned(), text(&bounty.to_string()));
    }
    let mut bytes = String::new();
    canonical(&Value::Object(covered), &mut bytes)?;
    Ok(sha256(&[bytes.as_bytes()]))
}
