//! Event 0: what a program is opened with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Envelope;
use super::people::member;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{Category, Charter, LaneRules, Policy, State, Version};
use super::value::{Fields, distinct, few};

const LANES: &[&str] = &["lead", "normal", "retro", "small"];
const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ZERO: &str = "0x0000000000000000000000000000000000000000";

/// The state after event 0, whose leaf hash is the identity.
pub fn open(envelope: &Envelope<'_>, identity: String) -> Result<State, Broken> {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let needed = [
        "cap",
        "categories",
        "chain",
        "demo",
        "members",
        "multi_send",
        "policy",
        "refused_payees",
        "safe",
        "safe_version",
        "texts",
        "token",
    ];
    let asked = Fields::of("asked", data.value("asked"), &needed, &[])?;
    asked.long("chain")?;
    asked.word("demo", &["no", "yes"])?;
    asked.digest("texts")?;
    let version: Vec<&str> = asked.text("safe_version")?.split('.').collect();
    let is_version = version.len() == 3
        && version.iter().all(|part| part.parse::<u8>().is_ok_and(|number| number.to_string() == **part));
    hold(Rule::Shape, is_version, || format!("no version: {version:?}"))?;
    let mut members = BTreeMap::new();
    for (number, joining) in (1..).zip(asked.list("members")?) {
        members.insert(number, member(Some(joining), envelope.seq)?);
    }
    let names: Vec<&str> = members.values().map(|member| member.name.as_str()).collect();
    few("members", &names, 100)?;
    let leads = envelope.actor == Some(1) && members.get(&1).is_some_and(|first| first.holds("lead"));
    hold(Rule::Opening, leads, || "the first member leads, and opens the program".to_owned())?;

    let refused_payees = asked.addresses("refused_payees")?;
    distinct("refused_payees", &refused_payees)?;
    let categories = categories(&asked)?;
    let charter = Charter {
        cap: asked.amount("cap")?,
        multi_send: asked.address("multi_send")?.to_owned(),
        categories,
        refused_payees: refused_payees.into_iter().map(str::to_owned).collect(),
        safe: asked.address("safe")?.to_owned(),
        token: asked.address("token")?.to_owned(),
    };
    let floors: Option<u128> =
        charter.categories.iter().try_fold(0_u128, |sum, category| sum.checked_add(category.floor));
    hold(Rule::Floors, floors.is_some_and(|floors| floors <= charter.cap), || format!("floors {floors:?}"))?;
    let contracts = [&charter.safe, &charter.token, &charter.multi_send];
    few("safe, token and multi_send", &contracts, 3)?;
    hold(Rule::Shape, contracts.iter().all(|contract| *contract != ZERO), || {
        "a contract is zero".to_owned()
    })?;
    let ranges = charter.categories.iter().cloned().enumerate();
    Ok(State {
        identity,
        cap: charter.cap,
        categories: charter.categories.clone(),
        versions: vec![Version {
            number: 1,
            from: envelope.at,
            policy: policy(asked.value("policy"), &charter.categories)?,
            said: asked.value("policy").cloned().unwrap_or_default(),
        }],
        ranges: ranges.map(|(place, category)| (envelope.seq, place, category)).collect(),
        charter,
        members,
        places: BTreeMap::new(),
        periods: BTreeMap::new(),
        bounties: BTreeMap::new(),
        claims: BTreeMap::new(),
        observations: Vec::new(),
        fundings: Vec::new(),
        batches: BTreeMap::new(),
        nonces: BTreeMap::new(),
        suspense: BTreeMap::new(),
        refunds: BTreeMap::new(),
        papers: BTreeMap::new(),
        invites: BTreeMap::new(),
        links: BTreeSet::new(),
        conflicts: BTreeSet::new(),
        nodes: BTreeMap::new(),
        sampled: BTreeMap::new(),
        prev: String::new(),
    })
}

fn categories(asked: &Fields<'_>) -> Result<Vec<Category>, Broken> {
    let mut categories = Vec::new();
    for value in asked.list("categories")? {
        let fields = Fields::of("category", Some(value), &["ceiling", "floor", "slug"], &[])?;
        let category = Category {
            slug: fields.slug("slug")?.to_owned(),
            floor: fields.amount("floor")?,
            ceiling: fields.money("ceiling")?,
        };
        hold(Rule::Ceiling, category.floor <= category.ceiling, || format!("floor of {}", category.slug))?;
        categories.push(category);
    }
    let slugs: Vec<&str> = categories.iter().map(|category| category.slug.as_str()).collect();
    few("categories", &slugs, 16)?;
    Ok(categories)
}

pub fn policy(value: Option<&Value>, categories: &[Category]) -> Result<Policy, Broken> {
    let needed = [
        "address_changed_hours",
        "address_unproven_hours",
        "alternate_hours",
        "appeal_hours",
        "batch_lines",
        "challenge_hours",
        "claim_credits",
        "claim_grace_hours",
        "cooldown_hours",
        "decision_grace_hours",
        "decision_hours",
        "evidence_up",
        "hold_hours",
        "invite_hours",
        "lanes",
        "lead_pay_hours",
        "notice_hours",
        "observation_hours",
        "open_claims",
        "open_joining",
        "payday",
        "person_shares",
        "probe_limit",
        "renewal_hours",
        "retro_limit",
        "sample_at_least",
        "sample_one_in",
        "signed_votes",
        "slot_hours",
        "small_limit",
        "small_person_limit",
    ];
    let fields = Fields::of("policy", value, &needed, &["single_handed_hours"])?;
    let given = Fields::of("lanes", fields.value("lanes"), LANES, &[])?;
    let mut lanes = BTreeMap::new();
    for name in LANES {
        lanes.insert(*name, lane(given.value(name))?);
    }
    let mut person_shares = BTreeMap::new();
    for share in fields.list("person_shares")? {
        let share = Fields::of("person_share", Some(share), &["category", "percent"], &[])?;
        let (category, percent) = (share.slug("category")?, share.count("percent")?);
        let known = categories.iter().any(|known| known.slug == category);
        hold(Rule::Unknown, known, || format!("no category {category}"))?;
        hold(Rule::Shape, (1..=100).contains(&percent), || format!("{percent} percent"))?;
        let again = person_shares.insert(category.to_owned(), percent).is_some();
        hold(Rule::List, !again, || format!("two shares of {category}"))?;
    }
    fields.count("renewal_hours")?;
    let payday = ["batch_on", "claims_by", "every_weeks", "votes_by"];
    let payday = Fields::of("payday", fields.value("payday"), &payday, &[])?;
    for day in ["batch_on", "claims_by", "votes_by"] {
        payday.word(day, DAYS)?;
    }
    let weeks = payday.count("every_weeks")?;
    hold(Rule::Shape, weeks > 0, || "no payday".to_owned())?;
    let policy = Policy {
        address_changed_hours: fields.count("address_changed_hours")?,
        address_unproven_hours: fields.count("address_unproven_hours")?,
        alternate_hours: fields.count("alternate_hours")?,
        appeal_hours: fields.count("appeal_hours")?,
        batch_lines: fields.count("batch_lines")?,
        challenge_hours: fields.count("challenge_hours")?,
        claim_credits: fields.count("claim_credits")?,
        claim_grace_hours: fields.count("claim_grace_hours")?,
        cooldown_hours: fields.count("cooldown_hours")?,
        decision_grace_hours: fields.count("decision_grace_hours")?,
        decision_hours: fields.count("decision_hours")?,
        evidence_up: fields.word("evidence_up", &["no", "yes"])? == "yes",
        hold_hours: fields.count("hold_hours")?,
        invite_hours: fields.count("invite_hours")?,
        lanes,
        lead_pay_hours: fields.count("lead_pay_hours")?,
        notice_hours: fields.count("notice_hours")?,
        observation_hours: fields.count("observation_hours")?,
        open_claims: fields.count("open_claims")?,
        open_joining: fields.word("open_joining", &["no", "yes"])? == "yes",
        person_shares,
        probe_limit: fields.amount("probe_limit")?,
        retro_limit: fields.amount("retro_limit")?,
        sample_at_least: fields.count("sample_at_least")?,
        sample_one_in: fields.count("sample_one_in")?,
        signed_votes: fields.word("signed_votes", &["demanded", "off", "offered"])?,
        single_handed_hours: fields.maybe("single_handed_hours", Fields::count)?,
        slot_hours: fields.count("slot_hours")?,
        small_limit: fields.amount("small_limit")?,
        small_person_limit: fields.amount("small_person_limit")?,
    };
    let said = value.map(Value::to_string).unwrap_or_default();
    let longest =
        said.split("_hours\":\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<u64>().ok());
    hold(Rule::Shape, longest.max().unwrap_or(0) <= 8_760, || {
        "somebody waits for longer than a year".to_owned()
    })?;
    let sensible = (1..=100).contains(&policy.batch_lines)
        && policy.open_claims > 0
        && policy.decision_grace_hours >= policy.claim_grace_hours;
    hold(Rule::Shape, sensible, || "batch_lines or open_claims".to_owned())?;
    Ok(policy)
}

fn lane(value: Option<&Value>) -> Result<LaneRules, Broken> {
    let fields =
        Fields::of("lane-rules", value, &["approvals", "objection_hours", "outside", "rejections"], &[])?;
    let rules = LaneRules {
        approvals: fields.count("approvals")?,
        objection_hours: fields.count("objection_hours")?,
        outside: fields.count("outside")?,
        rejections: fields.count("rejections")?,
    };
    let LaneRules { approvals, outside, rejections, .. } = rules;
    if rejections > 0 && (1..=approvals).contains(&outside) {
        return Ok(rules);
    }
    broken(
        Rule::Shape,
        format!("a lane of {approvals} approvals, {outside} outside, {rejections} rejections"),
    )
}
