//! Nonces and transfers that every operation about them finds as it needs them.

use safe::signature::Form;
use serde_json::{Value, json};

use super::cast::{
    CROWD, Cast, PILOT, approve, but, claim, file_as, funding, in_wallet, observation, owner, owners,
    program, signature, vote,
};
use super::{Api, Person};
use crate::app::world::address;
use crate::transaction_service::rules::Kept;

/// What is to be found; the first batch was proposed on the first nonce.
pub struct Settled {
    /// A nonce that a batch was executed on: nothing was built on it.
    executed: u64,
    /// A nonce with a batch and one that rejects it.
    disputed: u64,
    /// The nonce that the Safe was seen at.
    pub seen: u64,
    /// The batch that rejects another.
    rejection: u64,
    /// A batch that nothing rejects yet, which owners sign.
    unrejected: Value,
    /// A batch of which a wallet made another transaction, and that.
    adopted: (u64, Value),
    /// A claim that was paid for good.
    paid: u64,
    /// Inflows that nobody explained, for one asker each.
    inflows: Vec<u64>,
    /// More of them, which are asked about as findings.
    findings: Vec<u64>,
    /// The treasurer's token.
    treasurer: String,
}

impl Settled {
    pub async fn all(cast: &Cast<'_>, paid: &Value) -> Self {
        attest(&[&cast.treasurer], 1, "71").await;
        let adopted = propose(cast, 301).await;
        let rejection = reject(cast, &adopted).await;
        saw(cast, 1_400, number(&adopted, "nonce") + 1).await;
        attest(&[&cast.treasurer, &cast.lead], rejection, "72").await;
        let path = format!("{PILOT}/batches/{}", adopted["number"]);
        // The wallet leaves some nonces out.
        let to = adopted["to"].as_str().unwrap();
        let shown = in_wallet(cast.lead.api, &path, number(&adopted, "nonce") + 90, to).await;
        let second = propose(cast, 302).await;
        attest(&[&cast.treasurer], number(&second, "number"), "73").await;
        let third = propose(cast, 303).await;
        let unrejected = propose(cast, 304).await;
        let (executed, disputed) = (number(&second, "nonce"), number(&third, "nonce"));
        let rejection = reject(cast, &third).await;
        // The Safe has consumed what is disputed.
        let seen = disputed + 1;
        saw(cast, 1_500, seen).await;
        share(cast, &unrejected).await;
        let [mut inflows, mut findings] = [Vec::new(), Vec::new()];
        for n in 0..20 {
            for (log_index, list) in [(0, &mut inflows), (9, &mut findings)] {
                let inflow = but(funding(0x80 + n), json!({ "amount": "0.5", "log_index": log_index }));
                let recorded = cast.treasurer.post(&format!("{PILOT}/inflows"), &inflow).await.json(200);
                list.push(recorded["seq"].as_u64().unwrap());
            }
        }
        Self {
            executed,
            disputed,
            seen,
            rejection,
            unrejected,
            adopted: (number(&adopted, "number"), shown),
            paid: paid.as_u64().unwrap(),
            inflows,
            findings,
            treasurer: cast.treasurer.token.clone(),
        }
    }

    pub fn body(&self, operation: &str, nth: u64) -> Option<Value> {
        // Nobody says the same as somebody else: every word is counted.
        let tx_hash = format!("{:064x}", 0x5000 + nth);
        let mut transfer = json!({ "amount": "0.25", "tx_hash": tx_hash, "log_index": 3 });
        match operation {
            "propose_rejection" | "share_batch" | "pull_confirmations" => Some(json!({})),
            "adopt_transaction" => Some(self.adopted.1.clone()),
            // Of another owner each time: the first and the last have signed.
            "record_signature" => {
                Some(signature(&self.unrejected, &owner(2 + nth % (CROWD - 2)), Form::TypedData))
            }
            "attest_execution" => Some(json!({ "tx_hash": tx_hash })),
            "consume_nonce" => Some(json!({ "how": "replaced", "tx_hash": tx_hash, "reason": "Not ours." })),
            "withdraw_execution" | "withdraw_transfer" => Some(json!({ "reason": "A wrong number." })),
            "record_inflow" => Some(transfer),
            "record_outflow" => {
                transfer["log_index"] = json!(4);
                Some(transfer)
            }
            "record_refund" => {
                transfer["log_index"] = json!(5);
                transfer["submission"] = json!(self.paid);
                Some(transfer)
            }
            "classify_inflow" | "settle_outflow" | "resolve_finding" => {
                Some(json!({ "reason": "We asked." }))
            }
            "change_policy" => {
                let hours = 200 + nth;
                Some(json!({ "policy": { "appeal_hours": hours }, "reason": "More time." }))
            }
            _ => None,
        }
    }

    /// The path of an operation, as far as it names one of these things.
    pub fn place(&self, operation: &str, path: &str, nth: u64) -> String {
        let batch = match operation {
            "attest_execution" => self.rejection,
            "propose_rejection" | "record_signature" | "share_batch" | "pull_confirmations" => {
                self.unrejected["number"].as_u64().unwrap()
            }
            "adopt_transaction" => self.adopted.0,
            _ => 1,
        };
        let nonce = if operation == "withdraw_execution" { self.executed } else { self.disputed };
        let path = path.replace("{batch}", &batch.to_string()).replace("{nonce}", &nonce.to_string());
        let nth = usize::try_from(nth).unwrap() % self.inflows.len();
        let path = path.replace("{finding}", &self.findings[nth].to_string());
        match operation {
            "classify_inflow" => path.replace("{event}", &self.inflows[nth].to_string()),
            "withdraw_transfer" => path.replace("{event}", &self.inflows.last().unwrap().to_string()),
            _ => path,
        }
    }

    /// Who records the outflow that an operation is about: before that, batches are proposed.
    pub fn recorder(&self, operation: &str) -> Option<String> {
        (operation == "settle_outflow").then(|| self.treasurer.clone())
    }
}

fn number(batch: &Value, name: &str) -> u64 {
    batch[name].as_u64().unwrap()
}

/// A batch of an approved claim of alice's.
async fn propose(cast: &Cast<'_>, n: u64) -> Value {
    let (claim, digest) = file_as(&cast.alice, &but(claim(n, "6"), json!({ "category": "marketing" }))).await;
    for reviewer in &cast.reviewers {
        approve(reviewer, &claim, &digest).await;
    }
    let body = json!({ "submissions": [claim], "evidence_up": true });
    cast.treasurer.post(&format!("{PILOT}/batches"), &body).await.json(201)["batch"].clone()
}

/// The number of the batch that rejects another.
async fn reject(cast: &Cast<'_>, batch: &Value) -> u64 {
    let path = format!("{PILOT}/batches/{}/rejection", batch["number"]);
    number(&cast.treasurer.post(&path, &json!({})).await.json(201)["batch"], "number")
}

/// They say that a batch was executed.
async fn attest(persons: &[&Person<'_>], batch: u64, byte: &str) {
    for person in persons {
        let path = format!("{PILOT}/batches/{batch}/execution");
        person.post(&path, &json!({ "tx_hash": byte.repeat(32) })).await.json(200);
    }
}

/// The Safe was seen at this nonce.
async fn saw(cast: &Cast<'_>, block: u64, nonce: u64) {
    let seen = but(observation(block), json!({ "nonce": nonce, "owners": owners(CROWD) }));
    cast.treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
}

/// The first owner's signature is recorded, and brought to the service; the last one's is there alone.
async fn share(cast: &Cast<'_>, batch: &Value) {
    let path = format!("{PILOT}/batches/{}", batch["number"]);
    let first = signature(batch, &owner(1), Form::TypedData);
    cast.treasurer.post(&format!("{path}/signatures"), &first).await.json(200);
    cast.treasurer.post(&format!("{path}/service"), &json!({})).await.json(200);
    let last = owner(CROWD);
    let signed = signature(batch, &last, Form::TypedData)["signature"].as_str().and_then(safe::hex::decode);
    let service = cast.lead.api.service.as_ref().unwrap();
    service.service().held[0].confirmations.push(Kept {
        owner: last.address(),
        signature: signed,
        kind: "EOA",
    });
}

/// An outflow that nobody recorded yet.
pub fn outflow(nth: u64) -> Value {
    json!({ "amount": "0.25", "tx_hash": format!("{:064x}", 0x6000 + nth), "log_index": 4 })
}

/// Two persons say the same.
pub async fn both(persons: [&Person<'_>; 2], path: &str, body: &Value) -> Value {
    let first = persons[0].post(path, body).await.json(200);
    assert_eq!(first["verdict"], "counted");
    let second = persons[1].post(path, body).await.json(200);
    assert_eq!(second["verdict"], "done");
    second
}

/// A program of its own, where claims of alice's are paid, disputed and owed.
pub struct Elsewhere<'a> {
    pub lead: Person<'a>,
    pub reviewer: Person<'a>,
    pub treasurer: Person<'a>,
    /// A treasurer, too, and whose claims they are.
    pub alice: Person<'a>,
    pub claims: Vec<u64>,
    nonce: u64,
    pub inflow: u64,
    pub outflow: u64,
}

pub const OTHER: &str = "/programs/settled";

/// Opens it: alice's first claim is paid; her second is in a batch that another rejects; her third is owed.
pub async fn elsewhere(api: &Api) -> Elsewhere<'_> {
    let mut people = Vec::new();
    for (handle, role) in [
        ("s-lead", "lead"),
        ("s-one", "reviewer"),
        ("s-two", "reviewer"),
        ("s-treasurer", "treasurer"),
        ("s-alice", "contributor"),
    ] {
        people.push((api.person(handle).await, json!({ "handle": handle, "roles": [role] })));
    }
    let members: Vec<&Value> = people.iter().map(|(_, member)| member).collect();
    let file = but(program(), json!({ "slug": "settled", "safe": address(935), "members": members }));
    people[0].0.post("/programs", &file).await.json(201);
    let Ok([lead, reviewer, second, treasurer, alice]) = <[_; 5]>::try_from(people) else { panic!("five") };
    let (lead, reviewer, second) = (lead.0, reviewer.0, second.0);
    let (treasurer, alice) = (treasurer.0, alice.0);
    alice.post("/me/addresses", &json!({ "program": "settled", "address": address(5) })).await.json(200);
    treasurer.post(&format!("{OTHER}/safe/observations"), &observation(1_000)).await.json(200);
    treasurer.post(&format!("{OTHER}/funding"), &funding(0xab)).await.json(200);
    let mut claims = Vec::new();
    for n in 401..=403 {
        let filed =
            alice.post(&format!("{OTHER}/submissions"), &claim(n, "6")).await.json(201)["submission"].clone();
        for person in [&reviewer, &second] {
            let vote = vote("approve", &filed["digest"]);
            person.post(&format!("{OTHER}/submissions/{}/votes", filed["number"]), &vote).await.json(200);
        }
        claims.push(filed["number"].as_u64().unwrap());
    }
    lead.post(&format!("{OTHER}/members/5/roles"), &json!({ "role": "treasurer" })).await.json(200);
    let batches = format!("{OTHER}/batches");
    treasurer.post(&batches, &json!({ "submissions": [claims[0]], "evidence_up": true })).await.json(201);
    treasurer.post(&format!("{batches}/1/execution"), &json!({ "tx_hash": "cd".repeat(32) })).await.json(200);
    let proposed =
        treasurer.post(&batches, &json!({ "submissions": [claims[1]], "evidence_up": true })).await.json(201);
    treasurer.post(&format!("{batches}/2/rejection"), &json!({})).await.json(201);
    let moved = |n: u8| but(funding(n), json!({ "amount": "6" }));
    let inflow =
        treasurer.post(&format!("{OTHER}/inflows"), &moved(0x91)).await.json(200)["seq"].as_u64().unwrap();
    let outflow =
        treasurer.post(&format!("{OTHER}/outflows"), &outflow_of(&moved(0x92))).await.json(200)["seq"]
            .as_u64()
            .unwrap();
    let nonce = proposed["batch"]["nonce"].as_u64().unwrap();
    Elsewhere { lead, reviewer, treasurer, alice, claims, nonce, inflow, outflow }
}

fn outflow_of(funding: &Value) -> Value {
    let mut outflow = funding.clone();
    outflow.as_object_mut().unwrap().remove("sender");
    outflow
}

impl Elsewhere<'_> {
    /// The Safe has consumed the nonce of the disputed batch.
    pub async fn seen_behind(&self) {
        let seen = but(observation(2_000), json!({ "nonce": self.nonce + 1 }));
        self.treasurer.post(&format!("{OTHER}/safe/observations"), &seen).await.json(200);
    }

    /// A batch that owes nothing again, one that does, an inflow and an outflow.
    pub fn paths(&self) -> [String; 4] {
        [
            format!("{OTHER}/batches/2"),
            format!("{OTHER}/batches/3"),
            format!("{OTHER}/inflows/{}/classify", self.inflow),
            format!("{OTHER}/outflows/{}/settle", self.outflow),
        ]
    }

    pub fn consumption(&self) -> String {
        format!("{OTHER}/nonces/{}/consumption", self.nonce)
    }

    /// That a transfer is about one of alice's claims.
    pub fn of_hers(&self, place: usize) -> Value {
        json!({ "reason": "We asked.", "submission": self.claims[place] })
    }

    /// Another transaction paid what is in flight.
    pub async fn settles_everything(&self) {
        let settle = format!("{OTHER}/outflows/{}/settle", self.outflow);
        both([&self.lead, &self.treasurer], &settle, &self.of_hers(1)).await;
    }
}
