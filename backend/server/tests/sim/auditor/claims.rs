//! Claims filed and revised.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::claim::{Claim, Moment, Revision, Stage};
use super::offers::{check_open, check_slot};
use super::people::next;
use super::rule::{Broken, Rule, broken, hold};
use super::state::State;
use super::value::{Fields, Micros, Wei, canonical, distinct, few, part, plus_hours, sha256};
use super::{Effect, Envelope};

const KINDS: &[&str] = &["bounty", "expense", "lead", "retro"];
const LANES: &[&str] = &["lead", "normal", "retro", "small"];

/// What a revision asks, whichever it is.
pub struct Asked<'a> {
    pub submission: u32,
    revision: u32,
    pub claimant: u32,
    kind: &'static str,
    bounty: Option<u32>,
    pub contests: Option<u32>,
    period: u32,
    category: &'a str,
    amount: Wei,
    captures: Vec<&'a str>,
    channel: &'a str,
    pub evidence: Vec<&'a str>,
    pub function: &'a str,
    payee: &'a str,
    pub share: Option<u64>,
    texts: &'a str,
}

impl<'a> Asked<'a> {
    /// What a claim says already.
    pub fn again(submission: u32, claim: &'a Claim) -> Self {
        let said = claim.revision();
        Self {
            submission,
            revision: u32::try_from(claim.revisions.len()).unwrap_or(u32::MAX),
            claimant: claim.claimant,
            kind: claim.kind,
            bounty: claim.bounty,
            contests: claim.contests,
            period: claim.period,
            category: &claim.category,
            amount: said.amount,
            captures: said.captures.iter().map(String::as_str).collect(),
            channel: &said.channel,
            evidence: said.evidence.iter().map(String::as_str).collect(),
            function: &said.function,
            payee: &said.payee,
            share: said.share,
            texts: &said.texts,
        }
    }
}

/// Documents that show the evidence.
fn captures<'a>(asked: &Fields<'a>) -> Result<Vec<&'a str>, Broken> {
    let captures = asked.digests("captures")?;
    hold(Rule::List, captures.len() <= 10, || format!("{} captures", captures.len()))?;
    distinct("captures", &captures)?;
    Ok(captures)
}

/// A part of the work, not all of it.
fn share(asked: &Fields<'_>) -> Result<Option<u64>, Broken> {
    let share = asked.maybe("share", Fields::count)?;
    hold(Rule::Shape, share.is_none_or(|share| (1..100).contains(&share)), || format!("share {share:?}"))?;
    Ok(share)
}

pub fn file(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = [
        "amount", "captures", "category", "channel", "evidence", "function", "kind", "payee", "period",
        "promoted", "texts",
    ];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["bounty", "contests", "share"])?;
    let outcome =
        Fields::of("outcome", data.value("outcome"), &["digest", "lane", "policy", "submission"], &[])?;
    let (number, expected) = (outcome.number("submission")?, next(&state.claims));
    hold(Rule::Number, number == expected, || format!("submission {number}, not {expected}"))?;
    asked.word("promoted", &["no", "yes"])?;
    let claim = Asked {
        submission: number,
        revision: 1,
        claimant: envelope.actor.unwrap_or_default(),
        kind: asked.word("kind", KINDS)?,
        bounty: asked.maybe("bounty", Fields::number)?,
        contests: asked.maybe("contests", Fields::number)?,
        period: asked.number("period")?,
        category: asked.slug("category")?,
        amount: asked.money("amount")?,
        captures: captures(&asked)?,
        channel: asked.slug("channel")?,
        evidence: asked.digests("evidence")?,
        function: asked.slug("function")?,
        payee: asked.address("payee")?,
        share: share(&asked)?,
        texts: asked.digest("texts")?,
    };
    check_time(state, &claim, envelope.at)?;
    let open = state
        .claims
        .values()
        .filter(|other| state.is_same(other.claimant, claim.claimant) && other.stage.is_open());
    let open = u64::try_from(open.count()).unwrap_or(u64::MAX);
    hold(Rule::OpenClaims, open < state.policy_at(envelope.at).open_claims, || {
        format!("{open} are open already")
    })?;
    check_pace(state, &claim, envelope.at)?;
    super::shares::check_contested(state, &claim)?;
    let revision = revise_to(state, &claim, &outcome, envelope)?;
    let filed = Claim {
        claimant: claim.claimant,
        kind: claim.kind,
        bounty: claim.bounty,
        period: claim.period,
        category: claim.category.to_owned(),
        contests: claim.contests,
        filed: envelope.at,
        filed_at: envelope.at_text.to_owned(),
        stage: Stage::Submitted,
        slot: false,
        decided: None,
        revisions: vec![revision],
        votes: Vec::new(),
        recused: BTreeSet::new(),
        called: BTreeSet::new(),
        approvers: BTreeSet::new(),
        awaits_check: false,
        holds: Vec::new(),
        reversals: Vec::new(),
        objective: false,
        appealed: None,
        history: Vec::new(),
        touched: envelope.seq,
    };
    // A slot that the claimant's person has taken, and made no claim of yet, is this claim's.
    let accounts = state.accounts(claim.claimant);
    let bounty = claim.bounty.and_then(|bounty| state.bounties.get_mut(&bounty));
    let takes = bounty.into_iter().flat_map(|bounty| &mut bounty.takes);
    let mut takes = takes.filter(|take| accounts.contains(&take.member) && take.claim.is_none());
    if let Some(take) = takes.find(|take| envelope.at < take.until) {
        take.claim = Some(number);
    }
    state.claims.insert(number, filed);
    Ok(Vec::new())
}

pub fn revise(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed =
        ["amount", "captures", "channel", "evidence", "function", "payee", "promoted", "submission", "texts"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["period", "share"])?;
    let outcome =
        Fields::of("outcome", data.value("outcome"), &["digest", "lane", "policy", "revision"], &[])?;
    asked.word("promoted", &["no", "yes"])?;
    let (number, before) = own(state, envelope, &asked)?;
    hold(Rule::Stage, before.stage.is_waiting(), || format!("it is {}", before.stage.word()))?;
    let claim = Asked {
        amount: asked.money("amount")?,
        captures: captures(&asked)?,
        channel: asked.slug("channel")?,
        evidence: asked.digests("evidence")?,
        function: asked.slug("function")?,
        payee: asked.address("payee")?,
        period: period_of(state, before, &asked)?,
        share: share(&asked)?,
        texts: asked.digest("texts")?,
        ..next_revision(number, before, &outcome)?
    };
    let (revision, period) = (revise_to(state, &claim, &outcome, envelope)?, claim.period);
    put(state, number, (revision, period), envelope);
    Ok(Vec::new())
}

/// The claim's own period, or another one if that was closed; never a closed one.
fn period_of(state: &State, claim: &Claim, asked: &Fields<'_>) -> Result<u32, Broken> {
    let named = asked.maybe("period", Fields::number)?.unwrap_or(claim.period);
    let is_closed = |number: u32| state.periods.get(&number).map(|period| period.closing.is_some());
    hold(Rule::PeriodStays, named == claim.period || is_closed(claim.period) == Some(true), || {
        format!("period {named}, not {}", claim.period)
    })?;
    let Some(closed) = is_closed(named) else {
        return broken(Rule::Unknown, format!("no period {named}"));
    };
    hold(Rule::Closed, !closed, || format!("period {named} is closed"))?;
    Ok(named)
}

/// What the claim said, but for the amount that was offered.
pub fn accept(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["amount", "submission"], &[])?;
    let outcome =
        Fields::of("outcome", data.value("outcome"), &["digest", "lane", "policy", "revision"], &[])?;
    let (number, before) = own(state, envelope, &asked)?;
    let Stage::NeedsChanges(offer) = before.stage else {
        return broken(Rule::Stage, format!("it is {}", before.stage.word()));
    };
    let amount = asked.money("amount")?;
    hold(Rule::OfferTaken, offer == Some(amount), || format!("{amount} accepted, {offer:?} offered"))?;
    let claim = Asked { amount, ..next_revision(number, before, &outcome)? };
    let (revision, period) = (revise_to(state, &claim, &outcome, envelope)?, claim.period);
    put(state, number, (revision, period), envelope);
    remember(state, number, envelope, Moment::default());
    Ok(Vec::new())
}

/// The claim that its claimant speaks of.
pub fn own<'a>(
    state: &'a State,
    envelope: &Envelope<'_>,
    asked: &Fields<'_>,
) -> Result<(u32, &'a Claim), Broken> {
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    hold(Rule::Claimant, Some(claim.claimant) == envelope.actor, || {
        format!("it is member {}'s claim", claim.claimant)
    })?;
    Ok((number, claim))
}

/// Keeps what an event says about a claim beside its revisions and votes.
pub fn remember(state: &mut State, number: u32, envelope: &Envelope<'_>, said: Moment) {
    let Some(claim) = state.claims.get_mut(&number) else { return };
    claim.history.push(Moment {
        seq: envelope.seq,
        kind: envelope.kind.to_owned(),
        member: envelope.actor,
        at: envelope.at_text.to_owned(),
        ..said
    });
}

/// What a claim says already, as its next revision.
pub fn next_revision<'a>(number: u32, before: &'a Claim, outcome: &Fields<'_>) -> Result<Asked<'a>, Broken> {
    let said = Asked::again(number, before);
    let (revision, expected) = (outcome.number("revision")?, said.revision + 1);
    hold(Rule::Number, revision == expected, || format!("revision {revision}, not {expected}"))?;
    Ok(Asked { revision, ..said })
}

fn put(state: &mut State, number: u32, (revision, period): (Revision, u32), envelope: &Envelope<'_>) {
    let Some(claim) = state.claims.get_mut(&number) else { return };
    claim.revisions.push(revision);
    claim.period = period;
    claim.stage = Stage::Submitted;
    claim.touched = envelope.seq;
}

/// The revision that is made, if everything about it holds.
pub fn revise_to(
    state: &State,
    claim: &Asked<'_>,
    outcome: &Fields<'_>,
    envelope: &Envelope<'_>,
) -> Result<Revision, Broken> {
    check(state, claim, envelope.at)?;
    let (policy, expected) = (outcome.count("policy")?, state.version_at(envelope.at).number);
    hold(Rule::PolicyCited, policy == expected, || format!("version {policy}, not {expected}"))?;
    let (lane, expected) = (outcome.word("lane", LANES)?, lane(state, claim, envelope.at));
    hold(Rule::Lane, lane == expected, || format!("lane {lane}, not {expected}"))?;
    let (digest, expected) = (outcome.digest("digest")?, digest(state, claim, policy)?);
    hold(Rule::RevisionDigest, digest == expected, || format!("digest {digest}, not {expected}"))?;
    Ok(Revision {
        digest: expected,
        amount: claim.amount,
        captures: claim.captures.iter().map(|capture| (*capture).to_owned()).collect(),
        channel: claim.channel.to_owned(),
        evidence: claim.evidence.iter().map(|key| (*key).to_owned()).collect(),
        function: claim.function.to_owned(),
        lane,
        payee: claim.payee.to_owned(),
        policy,
        share: claim.share,
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
    hold(Rule::Closed, period.closing.is_none(), || "the period is closed".to_owned())?;
    let until = plus_hours(period.ends_at, state.policy_at(at).claim_grace_hours);
    hold(Rule::FilingTime, (period.starts_at..until).contains(&at), || format!("filed at {at}"))?;
    let Some(number) = claim.bounty else { return Ok(()) };
    let Some(bounty) = state.bounties.get(&number) else {
        return broken(Rule::Unknown, format!("no bounty {number}"));
    };
    check_open(bounty, number)?;
    let open = (bounty.opens_at..bounty.closes_at).contains(&at);
    hold(Rule::FilingTime, open, || format!("filed at {at}, outside its bounty's window"))?;
    check_slot(state, bounty, number, claim.claimant, at)
}

/// A person waits between two claims, has so many without a bounty, and leads are paid for time that has passed.
fn check_pace(state: &State, claim: &Asked<'_>, at: Micros) -> Result<(), Broken> {
    let policy = state.policy_at(at);
    let accounts = state.accounts(claim.claimant);
    let mine = || state.claims.values().filter(|other| accounts.contains(&other.claimant));
    let last = mine().map(|other| other.filed).max();
    let from = last.map(|last| plus_hours(last, policy.cooldown_hours));
    hold(Rule::Cooldown, from.is_none_or(|from| at >= from), || format!("a claim before {from:?}"))?;
    let used = mine().filter(|other| other.bounty.is_none() && other.period == claim.period).count();
    let left = policy.claim_credits == 0 || u64::try_from(used).is_ok_and(|used| used < policy.claim_credits);
    hold(Rule::Credits, left || claim.bounty.is_some(), || format!("{used} claims were filed already"))?;
    if claim.kind == "lead" {
        let began = state.periods.get(&claim.period).map(|period| period.starts_at);
        let last = mine().filter(|other| other.kind == "lead").map(|other| other.filed).max();
        let from = began.max(last).map(|last| plus_hours(last, policy.lead_pay_hours));
        hold(Rule::LeadPay, from.is_none_or(|from| at >= from), || format!("paid ahead of {from:?}"))?;
    }
    Ok(())
}

/// The most that a claim on a bounty may ask: the reward, or its share of it.
pub fn most(state: &State, bounty: u32, share: Option<u64>) -> Wei {
    let reward = state.bounties.get(&bounty).map_or(0, |bounty| bounty.reward);
    share.map_or(reward, |share| part(reward, share))
}

/// What holds for every revision.
pub fn check(state: &State, claim: &Asked<'_>, at: Micros) -> Result<(), Broken> {
    let Some(category) = state.category(claim.category) else {
        return broken(Rule::Unknown, format!("no category {}", claim.category));
    };
    hold(Rule::Ceiling, claim.amount <= category.ceiling, || format!("{} asked", claim.amount))?;
    match claim.bounty.map(|number| (number, state.bounties.get(&number))) {
        None => hold(Rule::Bounty, claim.kind != "bounty", || "it names no bounty".to_owned())?,
        Some((number, None)) => return broken(Rule::Unknown, format!("no bounty {number}")),
        Some((number, Some(bounty))) => {
            // A slot of its own outlives the bounty's period.
            let has_slot = state.claims.get(&claim.submission).is_some_and(|before| before.slot);
            let same = claim.kind == "bounty"
                && (bounty.period == claim.period || has_slot)
                && bounty.category == claim.category
                && bounty.function == claim.function
                && claim.amount <= most(state, number, claim.share);
            hold(Rule::Bounty, same, || format!("it is no claim of bounty {number}"))?;
        }
    }
    let claimant = state.members.get(&claim.claimant);
    let leads = claimant.is_some_and(|claimant| claimant.holds("lead"));
    hold(Rule::LeadKind, claim.kind != "lead" || leads, || "the claimant is no lead".to_owned())?;
    let owner = state.places.get(claim.payee).map(|place| place.owner);
    hold(Rule::Payee, owner == Some(claim.claimant), || format!("the payee is {owner:?}'s"))?;
    few("evidence", &claim.evidence, 10)?;
    super::shares::check_held(state, claim)?;
    check_limits(state, claim, at)
}

/// What the claimant's other live claims of the period ask, as far as they pass a test.
fn others(state: &State, claim: &Asked<'_>, test: impl Fn(&Claim) -> bool) -> Result<Wei, Broken> {
    let live = state.live_claims(claim.period).filter(|(number, _)| *number != claim.submission);
    super::budget::sum(live.filter(|(_, other)| test(other)).map(|(_, other)| other.revision().amount))
}

fn check_limits(state: &State, claim: &Asked<'_>, at: Micros) -> Result<(), Broken> {
    let policy = state.policy_at(at);
    let mine = |other: &Claim| state.is_same(other.claimant, claim.claimant);
    if let Some(percent) = policy.person_shares.get(claim.category) {
        let asked = others(state, claim, |other| mine(other) && other.category == claim.category)?;
        let allotment = state.periods.get(&claim.period).map_or(0, |period| period.allotment(claim.category));
        let limit = part(allotment, *percent);
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

fn lane(state: &State, claim: &Asked<'_>, at: Micros) -> &'static str {
    let policy = state.policy_at(at);
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

fn digest(state: &State, claim: &Asked<'_>, policy: u64) -> Result<String, Broken> {
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
        ("policy", text(&policy.to_string())),
        ("program", text(&state.identity)),
        ("revision", text(&claim.revision.to_string())),
        ("submission", text(&claim.submission.to_string())),
        ("texts", text(claim.texts)),
    ] {
        covered.insert(key.to_owned(), value);
    }
    for (key, value) in [("bounty", claim.bounty), ("contests", claim.contests)] {
        covered.extend(value.map(|number| (key.to_owned(), text(&number.to_string()))));
    }
    covered.extend(claim.share.map(|share| ("share".to_owned(), text(&share.to_string()))));
    let mut bytes = String::new();
    canonical(&Value::Object(covered), &mut bytes)?;
    Ok(sha256(&[bytes.as_bytes()]))
}
