//! Invites, who joins and leaves, accounts of one person, conflicts and nodes.

use std::collections::BTreeSet;

use super::people::next;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{Invite, Member, ROLES, State};
use super::value::{Fields, few, plus_hours, sha256, unhex};
use super::{Effect, Envelope};

impl State {
    /// All accounts of the person a member is.
    pub fn accounts(&self, member: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([member]);
        loop {
            let touching = |link: &&(u32, u32)| found.contains(&link.0) || found.contains(&link.1);
            let wider: BTreeSet<u32> =
                self.links.iter().filter(touching).flat_map(|(one, other)| [*one, *other]).collect();
            if wider.is_subset(&found) {
                return found;
            }
            found.extend(wider);
        }
    }

    /// The person a member is, by the lowest number of an account.
    pub fn person(&self, member: u32) -> u32 {
        self.accounts(member).first().copied().unwrap_or(member)
    }

    pub fn is_same(&self, one: u32, other: u32) -> bool {
        one == other || self.accounts(one).contains(&other)
    }

    fn any(&self, member: u32, is: impl Fn(&Member) -> bool) -> bool {
        self.accounts(member).iter().any(|account| self.members.get(account).is_some_and(&is))
    }

    /// Whether an account of this person runs the program.
    pub fn is_insider(&self, member: u32) -> bool {
        self.any(member, Member::is_insider)
    }

    /// Whether no account of this person leads it.
    pub fn is_outside(&self, member: u32) -> bool {
        !self.any(member, |account| account.holds("lead"))
    }
}

pub fn invite(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["invite", "roles"], &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["until"], &[])?;
    let given = asked.texts("roles", |role| ROLES.contains(&role))?;
    few("roles", &given, 100)?;
    let (until, expected) =
        (outcome.time("until")?, plus_hours(envelope.at, state.policy_at(envelope.at).invite_hours));
    hold(Rule::Invite, until == expected, || format!("until {until}, not {expected}"))?;
    let roles = ROLES.iter().copied().filter(|role| given.contains(role)).collect();
    let before =
        state.invites.insert(asked.digest("invite")?.to_owned(), Invite { roles, until, open: true });
    hold(Rule::Invite, before.is_none(), || "an invite with this digest was made before".to_owned())?;
    Ok(Vec::new())
}

pub fn withdraw(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["invite"], &[])?;
    let Some(invite) = state.invites.get_mut(asked.digest("invite")?) else {
        return broken(Rule::Unknown, "no such invite");
    };
    hold(Rule::Invite, std::mem::replace(&mut invite.open, false), || "it is not open".to_owned())?;
    Ok(Vec::new())
}

pub fn join(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["name"], &["secret"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["member"], &[])?;
    let (number, expected) = (outcome.number("member")?, next(&state.members));
    hold(Rule::Number, number == expected, || format!("member {number}, not {expected}"))?;
    let given: BTreeSet<&'static str> = if let Some(secret) = asked.maybe("secret", Fields::digest)? {
        let Some(invite) = state.invites.get_mut(&sha256(&[&unhex(secret)])) else {
            return broken(Rule::Invite, "the secret of no invite");
        };
        let usable = invite.open && envelope.at < invite.until;
        hold(Rule::Invite, usable, || format!("open {}, until {}", invite.open, invite.until))?;
        invite.open = false;
        invite.roles.clone()
    } else {
        hold(Rule::Invite, state.policy_at(envelope.at).open_joining, || "it takes an invite".to_owned())?;
        BTreeSet::from(["contributor"])
    };
    let roles = given.into_iter().map(|role| (role, envelope.seq)).collect();
    let member = Member { name: asked.digest("name")?.to_owned(), roles, added: envelope.seq };
    state.members.insert(number, member);
    Ok(Vec::new())
}

pub fn leave(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    Fields::of("asked", data.value("asked"), &[], &[])?;
    let member = state.members.get_mut(&envelope.actor.unwrap_or_default());
    let roles = member.map(|member| std::mem::take(&mut member.roles)).unwrap_or_default();
    hold(Rule::RoleHeld, !roles.is_empty(), || "there is nothing to leave".to_owned())?;
    let led = state.members.values().any(|member| member.holds("lead"));
    hold(Rule::LastLead, led, || "nobody leads the program any more".to_owned())?;
    Ok(Vec::new())
}

fn known(state: &State, number: u32) -> Result<(), Broken> {
    if state.members.contains_key(&number) {
        return Ok(());
    }
    broken(Rule::Unknown, format!("no member {number}"))
}

pub fn link(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["linked", "member", "other", "reason"], &[])?;
    asked.digest("reason")?;
    let (one, other) = (asked.number("member")?, asked.number("other")?);
    known(state, one)?;
    known(state, other)?;
    let linked = asked.word("linked", &["no", "yes"])? == "yes";
    let actor = envelope.actor.unwrap_or_default();
    let leads = state.members.get(&actor).is_some_and(|member| member.holds("lead"));
    let own = (actor == one && !state.is_insider(other)) || (actor == other && !state.is_insider(one));
    hold(Rule::Link, leads || (linked && own), || format!("member {actor} may not"))?;
    let pair = (one.min(other), one.max(other));
    let fits = if linked { !state.is_same(one, other) } else { state.links.contains(&pair) };
    hold(Rule::Link, fits && one != other, || format!("{one} and {other}, linked {linked}"))?;
    if linked {
        state.links.insert(pair);
    } else {
        state.links.remove(&pair);
    }
    Ok(Vec::new())
}

pub fn conflict(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["reason", "stands", "with"], &[])?;
    asked.digest("reason")?;
    let with = asked.number("with")?;
    known(state, with)?;
    let actor = envelope.actor.unwrap_or_default();
    hold(Rule::Declared, !state.is_same(actor, with), || "a conflict with themselves".to_owned())?;
    let changed = match asked.word("stands", &["no", "yes"])? {
        "yes" => state.conflicts.insert((actor, with)),
        _ => state.conflicts.remove(&(actor, with)),
    };
    hold(Rule::Declared, changed, || "it stands, or is over, already".to_owned())?;
    Ok(Vec::new())
}

pub fn node(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["address", "note", "operated"], &[])?;
    asked.digest("note")?;
    let operated = asked.word("operated", &["no", "yes"])? == "yes";
    let key = (asked.address("address")?.to_owned(), envelope.actor.unwrap_or_default());
    let before = state.nodes.insert(key, operated).unwrap_or(false);
    hold(Rule::Declared, before != operated, || "the register says so already".to_owned())?;
    Ok(Vec::new())
}
