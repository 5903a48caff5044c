//! Claims and bounties that every operation about them finds as it needs them, one for each who may ask.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Person;
use super::cast::{Cast, PILOT, bounty, but, claim, file_as};
use crate::app::world::address;

/// Members 1, 2, 4 and 5, who may claim; the first three run the program.
const CLAIMANTS: [u32; 4] = [1, 2, 4, 5];
/// The first member who joins once the scene is set.
const AUDITOR: u32 = 18;

/// What is to be found, by operation and by who asks.
#[derive(Default)]
pub struct Prepared {
    submissions: BTreeMap<(&'static str, u32), u64>,
    bounties: BTreeMap<&'static str, u64>,
    filed: u64,
}

/// Who claims for a member, and the two reviewers who may judge it.
fn people<'a>(cast: &'a Cast<'a>, member: u32) -> (&'a Person<'a>, [&'a Person<'a>; 2]) {
    let [first, second] = &cast.reviewers;
    match member {
        1 => (&cast.lead, [first, second]),
        2 => (first, [second, &cast.alternate]),
        4 => (&cast.treasurer, [first, second]),
        _ => (&cast.alice, [first, second]),
    }
}

impl Prepared {
    pub async fn all(cast: &Cast<'_>) -> Self {
        let mut prepared = Self::default();
        for (operation, slots) in [("take_slot", 20), ("release_slot", 4), ("close_bounty", 1)] {
            let new = but(bounty(), json!({ "reward": "0.1", "slots": slots }));
            let posted = cast.lead.post(&format!("{PILOT}/bounties"), &new).await.json(201);
            prepared.bounties.insert(operation, posted["bounty"]["number"].as_u64().unwrap());
        }
        let slots = format!("{PILOT}/bounties/{}/slots", prepared.bounties["release_slot"]);
        for member in CLAIMANTS {
            cast.lead.post(&slots, &json!({ "member": member })).await.json(200);
            prepared.own(cast, member).await;
        }
        for member in [1, 2, 4, 5, AUDITOR] {
            let claimant = if member == 5 { 1 } else { 5 };
            let (number, _) = prepared.decided(cast, claimant, "approve").await;
            prepared.submissions.insert(("challenge_submission", member), number);
            // Who has no other way to keep a claim back releases what they challenged.
            prepared.submissions.insert(("release_submission", member), number);
        }
        for member in [1, 2, 4] {
            let (number, _) = prepared.decided(cast, 5, "approve").await;
            prepared.submissions.insert(("hold_submission", member), number);
            let (number, _) = prepared.decided(cast, 5, "approve").await;
            let hold = format!("{PILOT}/submissions/{number}/hold");
            people(cast, member).0.post(&hold, &why()).await.json(200);
            prepared.submissions.insert(("release_submission", member), number);
        }
        let (number, _) = prepared.decided(cast, 5, "approve").await;
        prepared.submissions.insert(("reverse_submission", 2), number);
        prepared
    }

    /// A member's own claims, in every state that they can do something about.
    async fn own(&mut self, cast: &Cast<'_>, member: u32) {
        let (_, [first, _]) = people(cast, member);
        let (offered, digest) = self.files(cast, member).await;
        let offer = json!({
            "choice": "needs_changes", "revision": digest, "ordinal": 1, "reason": "Half of it.", "offer": "0.25",
        });
        first.post(&format!("{PILOT}/submissions/{offered}/votes"), &offer).await.json(200);
        self.submissions.insert(("accept_offer", member), offered);
        let (number, _) = self.files(cast, member).await;
        self.submissions.insert(("withdraw_submission", member), number);
        let (number, _) = self.decided(cast, member, "reject").await;
        self.submissions.insert(("appeal_rejection", member), number);
        let (number, _) = self.decided(cast, member, "approve").await;
        self.submissions.insert(("reopen_submission", member), number);
    }

    async fn files(&mut self, cast: &Cast<'_>, member: u32) -> (u64, Value) {
        self.filed += 1;
        let paid = json!({ "payee": address(u64::from(member)), "category": "marketing" });
        let new = but(claim(500 + self.filed, "0.5"), paid);
        let (number, digest) = file_as(people(cast, member).0, &new).await;
        (number.as_u64().unwrap(), digest)
    }

    /// A claim that its reviewers decide, as soon as as many have voted as it takes.
    async fn decided(&mut self, cast: &Cast<'_>, member: u32, choice: &str) -> (u64, Value) {
        let (number, digest) = self.files(cast, member).await;
        for reviewer in people(cast, member).1 {
            let mut vote =
                json!({ "choice": choice, "revision": digest, "ordinal": 1, "reason": "I looked." });
            if choice == "reject" {
                vote["ground"] = json!("duplicate");
            }
            let state = reviewer.post(&format!("{PILOT}/submissions/{number}/votes"), &vote).await.json(200);
            if state["state"] != "submitted" {
                return (number, digest);
            }
        }
        panic!("submission {number} is undecided");
    }

    /// The submission that an operation finds for a member; any where it is refused anyhow.
    pub fn submission(&self, operation: &str, member: u32) -> Option<u64> {
        let known = |member| {
            let all = self.submissions.iter();
            all.filter(|((name, of), _)| *name == operation && of == member).map(|(_, number)| *number).next()
        };
        known(&member).or_else(|| [5, 1, 2].iter().find_map(known))
    }

    pub fn bounty(&self, operation: &str) -> u64 {
        self.bounties.get(operation).copied().unwrap_or(1)
    }
}

pub fn why() -> Value {
    json!({ "reason": "Something has to be looked at." })
}

/// What is sent with an operation about a claim or an offer; `None` for all others.
pub fn body(operation: &str) -> Option<Value> {
    match operation {
        "take_slot" => Some(json!({})),
        "accept_offer" => Some(json!({ "amount": "0.25" })),
        "add_comment" => Some(json!({ "comment": "Well done." })),
        "close_bounty"
        | "withdraw_submission"
        | "appeal_rejection"
        | "reopen_submission"
        | "hold_submission"
        | "challenge_submission"
        | "release_submission"
        | "reverse_submission" => Some(why()),
        _ => None,
    }
}
