//! Members, roles, payout addresses.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rule::{Broken, Rule, broken, hold};
use super::state::{Member, Place, ROLES, State};
use super::value::{Fields, few, plus_hours};
use super::{Effect, Envelope};

const ZERO: &str = "0x0000000000000000000000000000000000000000";

/// Reads a member who joins.
pub fn member(value: Option<&Value>, seq: u64) -> Result<Member, Broken> {
    let fields = Fields::of("member", value, &["name", "roles"], &[])?;
    let given = fields.texts("roles", |role| ROLES.contains(&role))?;
    few("roles", &given, 100)?;
    let roles: BTreeMap<&'static str, u64> =
        ROLES.iter().filter(|role| given.contains(role)).map(|role| (*role, seq)).collect();
    Ok(Member { name: fields.digest("name")?.to_owned(), roles, added: seq })
}

/// The number that comes after those of a map.
pub fn next<T>(numbered: &BTreeMap<u32, T>) -> u32 {
    numbered.last_key_value().map_or(1, |(last, _)| last + 1)
}

pub fn add(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let joining = member(data.value("asked"), envelope.seq)?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["member"], &[])?;
    let (number, expected) = (outcome.number("member")?, next(&state.members));
    hold(Rule::Number, number == expected, || format!("member {number}, not {expected}"))?;
    state.members.insert(number, joining);
    Ok(Vec::new())
}

/// Whose role, and which.
fn asked(envelope: &Envelope<'_>) -> Result<(u32, &'static str), Broken> {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["member", "role"], &[])?;
    Ok((asked.number("member")?, asked.word("role", ROLES)?))
}

pub fn grant(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let (number, role) = asked(envelope)?;
    let Some(member) = state.members.get_mut(&number) else {
        return broken(Rule::Unknown, format!("no member {number}"));
    };
    let held = member.roles.insert(role, envelope.seq).is_some();
    hold(Rule::RoleHeld, !held, || format!("member {number} is {role} already"))?;
    Ok(Vec::new())
}

pub fn revoke(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let (number, role) = asked(envelope)?;
    let Some(member) = state.members.get_mut(&number) else {
        return broken(Rule::Unknown, format!("no member {number}"));
    };
    let held = member.roles.remove(role).is_some();
    hold(Rule::RoleHeld, held, || format!("member {number} is no {role}"))?;
    let led = state.members.values().any(|member| member.holds("lead"));
    hold(Rule::LastLead, led, || "nobody leads the program any more".to_owned())?;
    Ok(Vec::new())
}

pub fn record(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["address"], &["proof"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["usable_from"], &["twin"])?;
    let address = asked.address("address")?;
    let (charter, policy) = (&state.charter, state.policy_at(envelope.at));
    let contracts = [ZERO, &charter.token, &charter.safe, &charter.multi_send];
    let refused = contracts.contains(&address) || charter.refused_payees.contains(address);
    hold(Rule::PayeeRefused, !refused, || format!("{address} is never paid"))?;
    let owner = envelope.actor.unwrap_or_default();
    let proof = asked.maybe("proof", Fields::signature)?;
    if let Some(known) = state.places.get(address) {
        return broken(Rule::AddressTaken, format!("{address} is member {}'s", known.owner));
    }
    let before = state.places.values().filter(|place| place.owner == owner).count();
    let changed = if before == 0 { 0 } else { policy.address_changed_hours };
    let unproven = if proof.is_some() { 0 } else { policy.address_unproven_hours };
    let expected = plus_hours(plus_hours(envelope.at, changed), unproven);
    let usable_from = outcome.time("usable_from")?;
    hold(Rule::UsableFrom, usable_from == expected, || format!("usable from {usable_from}, not {expected}"))?;
    let look = |address: &str| (address[2..6].to_owned(), address[38..].to_owned());
    let alike = state.places.iter().filter(|(known, _)| look(known) == look(address));
    let first = alike.min_by_key(|(_, place)| place.recorded).map(|(known, _)| known.as_str());
    let twin = outcome.maybe("twin", Fields::address)?;
    hold(Rule::Twin, twin == first, || format!("twin {twin:?}, not {first:?}"))?;
    let place = Place {
        owner,
        position: u32::try_from(before + 1).unwrap_or(u32::MAX),
        recorded: envelope.seq,
        proof: proof.map(str::to_owned),
        twin: twin.map(str::to_owned),
        usable_from,
        usable_text: outcome.text("usable_from")?.to_owned(),
    };
    state.places.insert(address.to_owned(), place);
    Ok(Vec::new())
}
