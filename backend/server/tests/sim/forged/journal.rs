//! A journal in a forger's hands: every event as JSON, changed at will and hashed again without a seam.

use std::collections::{BTreeMap, BTreeSet};

use domain::journal::{Frontier, leaf_hash};
use domain::value::Digest;
use serde_json::{Map, Value, json};

use crate::play::Held;

/// A journal that may be changed, and what is not to be made right again.
#[derive(Clone, Debug)]
pub struct Journal {
    pub events: Vec<Value>,
    /// The event whose `prev` stays wrong.
    pub keep_prev: Option<usize>,
    /// Revision digests stay as they are.
    pub keep_digests: bool,
    /// Roots and sizes that batches name stay as they are.
    pub keep_roots: bool,
    /// The policy that the program was opened with, before anybody forged it.
    opened: Value,
    /// What every version of the policy is to say.
    forged: BTreeSet<&'static str>,
}

impl Journal {
    pub fn of(held: &Held) -> Self {
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
        let events: Vec<Value> = held.journal.iter().map(|recorded| read(&recorded.bytes)).collect();
        let mut journal = Self {
            events,
            keep_prev: None,
            keep_digests: false,
            keep_roots: false,
            opened: Value::Null,
            forged: BTreeSet::new(),
        };
        journal.opened = journal.policy().clone();
        journal
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn kind(&self, place: usize) -> &str {
        self.events[place]["kind"].as_str().unwrap()
    }

    /// Of all events, in their order.
    pub fn kinds(&self) -> Vec<String> {
        (0..self.len()).map(|place| self.kind(place).to_owned()).collect()
    }

    pub fn asked(&mut self, place: usize) -> &mut Value {
        &mut self.events[place]["data"]["asked"]
    }

    pub fn outcome(&mut self, place: usize) -> &mut Value {
        &mut self.events[place]["data"]["outcome"]
    }

    /// The policy that the program is opened with.
    pub fn policy(&mut self) -> &mut Value {
        &mut self.asked(0)["policy"]
    }

    /// Every version of the policy says this.
    pub fn forge_policy(&mut self, key: &'static str, value: Value) {
        self.policy()[key] = value;
        self.forged.insert(key);
    }

    /// The places of all events of a kind that pass a test.
    pub fn all(&self, kind: &str, test: impl Fn(&Value) -> bool) -> Vec<usize> {
        (0..self.len()).filter(|place| self.kind(*place) == kind && test(&self.events[*place])).collect()
    }

    /// One in the middle of them.
    pub fn one(&self, kind: &str, test: impl Fn(&Value) -> bool) -> Option<usize> {
        let places = self.all(kind, test);
        places.get(places.len() / 2).copied()
    }

    /// Takes an event out.
    pub fn drop(&mut self, place: usize) {
        self.events.remove(place);
        self.renumber();
    }

    /// Puts an event in, with a cause of its own.
    pub fn insert(&mut self, place: usize, mut event: Value) {
        let fresh = |of: &str| Digest::sha256(&[of.as_bytes()]).to_string();
        if event["cause"] != json!([]) {
            event["cause"] = json!([fresh(&format!("key {place}")), fresh("request")]);
        }
        self.events.insert(place, event);
        self.renumber();
    }

    /// Says an event again, right after it.
    pub fn repeat(&mut self, place: usize) -> usize {
        let mut event = self.events[place].clone();
        event["post"] = json!([]);
        self.insert(place + 1, event);
        place + 1
    }

    fn renumber(&mut self) {
        let mut moved: BTreeMap<String, Value> = BTreeMap::new();
        for (seq, event) in self.events.iter_mut().enumerate() {
            let before = std::mem::replace(&mut event["seq"], json!(seq.to_string()));
            moved.entry(before.to_string()).or_insert_with(|| event["seq"].clone());
        }
        // What names an event names it still.
        for event in &mut self.events {
            for field in ["corrects", "event"] {
                if let Some(named) = event["data"]["asked"].get_mut(field)
                    && let Some(now) = moved.get(&named.to_string())
                {
                    *named = now.clone();
                }
            }
        }
    }

    /// What was forged of the first policy, later ones say as well.
    fn forge_later_policies(&mut self) {
        let (forged, opened) = (self.policy().clone(), self.opened.clone());
        let values = forged.as_object().cloned().unwrap_or_default().into_iter();
        let is_forged = |(key, value): &(String, Value)| {
            opened.get(key) != Some(value) || self.forged.contains(key.as_str())
        };
        let changed: Vec<_> = values.filter(is_forged).collect();
        for event in self.events.iter_mut().filter(|event| event["kind"] == "policy_changed") {
            for (key, value) in &changed {
                event["data"]["asked"]["policy"][key] = value.clone();
            }
        }
    }

    /// The lines of the forged journal: hashes, digests and roots are computed anew.
    pub fn lines(mut self) -> Vec<Vec<u8>> {
        self.forge_later_policies();
        let (mut lines, mut tree, mut prev) = (Vec::new(), Frontier::default(), Digest::ZERO);
        let mut claims = Claims::default();
        for (place, event) in self.events.iter_mut().enumerate() {
            if self.keep_prev != Some(place) {
                event["prev"] = json!(prev.to_string());
            }
            let kind = event["kind"].as_str().unwrap_or_default().to_owned();
            if ["batch_proposed", "rejection_proposed"].contains(&kind.as_str()) && !self.keep_roots {
                event["data"]["outcome"]["root"] = json!(tree.root().to_string());
                event["data"]["outcome"]["size"] = json!(place.to_string());
            }
            if !self.keep_digests {
                claims.rewrite(&kind, event);
            }
            let line = serde_json::to_vec(event).unwrap();
            prev = leaf_hash(&line);
            if place == 0 {
                claims.identity = prev.to_string();
            }
            tree.append(prev);
            lines.push(line);
        }
        lines
    }
}

/// What revision digests cover, so that a forger can make them anew.
#[derive(Default)]
struct Claims {
    identity: String,
    /// What the first revision says of a claim for good.
    first: BTreeMap<String, Map<String, Value>>,
    /// What the last revision of a claim said.
    last: BTreeMap<String, Map<String, Value>>,
    /// Digests as they were, and as they are now.
    renewed: BTreeMap<String, String>,
}

impl Claims {
    fn rewrite(&mut self, kind: &str, event: &mut Value) {
        let data = &mut event["data"];
        match kind {
            "submission_filed" => {
                let number = data["outcome"]["submission"].as_str().unwrap_or_default().to_owned();
                self.first.insert(number.clone(), data["asked"].as_object().cloned().unwrap_or_default());
                self.renew(&number, "1", data);
            }
            "submission_revised" | "offer_accepted" | "rejection_appealed" => {
                let number = data["asked"]["submission"].as_str().unwrap_or_default().to_owned();
                if let Some(said) = self.last.get_mut(&number).filter(|_| kind == "submission_revised") {
                    said.remove("share");
                }
                let revision = data["outcome"]["revision"].as_str().unwrap_or_default().to_owned();
                self.renew(&number, &revision, data);
            }
            "vote_cast" => {
                let voted = data["asked"]["revision"].as_str().and_then(|digest| self.renewed.get(digest));
                if let Some(renewed) = voted {
                    data["asked"]["revision"] = json!(renewed);
                }
            }
            _ => {}
        }
    }

    fn renew(&mut self, number: &str, revision: &str, data: &mut Value) {
        let mut covered = Map::new();
        let first = self.first.get(number).cloned().unwrap_or_default();
        for key in ["bounty", "category", "contests", "kind"] {
            covered.extend(first.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        // An accepted offer says nothing but the amount, an appeal nothing at all.
        let said = self.last.entry(number.to_owned()).or_default();
        for key in ["amount", "evidence", "function", "payee", "period", "share", "texts"] {
            said.extend(data["asked"].get(key).map(|value| (key.to_owned(), value.clone())));
        }
        covered.extend(said.clone());
        let policy = data["outcome"]["policy"].as_str().unwrap_or_default().to_owned();
        for (key, value) in [
            ("policy", policy.as_str()),
            ("program", &self.identity),
            ("revision", revision),
            ("submission", number),
        ] {
            covered.insert(key.to_owned(), json!(value));
        }
        let renewed = Digest::sha256(&[&serde_json::to_vec(&Value::Object(covered)).unwrap()]).to_string();
        let before = data["outcome"]["digest"].as_str().unwrap_or_default().to_owned();
        self.renewed.insert(before, renewed.clone());
        data["outcome"]["digest"] = json!(renewed);
    }
}
