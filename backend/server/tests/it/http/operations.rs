//! Every operation of the API: where it is, who may ask for it, and a request that it takes.

use std::collections::BTreeMap;

use domain::permission::Scope;
use domain::value::MemberNumber;
use reqwest::{Method, RequestBuilder};
use safe::signature::Form;
use serde::Deserialize;
use serde_json::{Value, json};
use server::app::{ApiToken, Attempt, Factor, NewToken, Proof, Proven};
use server::http::document;

use super::cast::{
    CROWD, Cast, PILOT, approve, bounty, but, claim, evidence, february, file, file_as, fund, funding,
    observation, open_where, owner, owners, program, record_address, revision, signature, vote,
};
use super::prepared::{self, Prepared};
use super::settled::{Settled, outflow};
use super::wallets::{address_of, key};
use super::{Api, PASSWORD, Person};
use crate::accounts::forger::claims_of;
use crate::app::world::address;

/// An operation of the OpenAPI document.
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With names in braces.
    pub path: String,
    /// What it answers when all is well.
    pub success: u16,
}

/// A picture that can be uploaded.
const CAPTURE: &[u8] = include_bytes!("../../captures/turned.png");

/// Every operation of the OpenAPI document. Who may read may also ask for the head: that is no operation of its own.
pub fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !["get", "post", "delete", "put", "patch"].contains(&method.as_str()) {
                continue;
            }
            let statuses = operation["responses"].as_object().unwrap().keys();
            let successes: Vec<u16> = statuses
                .filter(|status| status.starts_with('2'))
                .map(|status| status.parse().unwrap())
                .collect();
            let [success] = successes[..] else { panic!("{path}: {successes:?}") };
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let method = method.to_uppercase().parse().unwrap();
            found.push(Operation { id, method, path: path.clone(), success });
        }
    }
    found
}

/// Every read with its address in a program of that name, where the first of everything is asked for.
pub fn reads(slug: &str) -> Vec<(Operation, String)> {
    let place = |path: &str| {
        let path = path.replace("{slug}", slug).replace("{digest}", &"0".repeat(64));
        ["{member}", "{submission}", "{bounty}", "{batch}"]
            .iter()
            .fold(path, |path, part| path.replace(part, "1"))
    };
    let reads = operations().into_iter().filter(|operation| operation.method == Method::GET);
    reads.map(|read| (place(&read.path), read)).map(|(path, read)| (read, path)).collect()
}

/// A row of `docs/permissions.csv`, which is what people are told.
#[derive(Debug, Deserialize)]
pub struct Permission {
    operation: String,
    pub access: String,
    pub roles: String,
    /// The scopes of which an API token needs one.
    pub tokens: String,
    /// `fresh` where the proof must be.
    pub fresh: String,
    pub separations: String,
}

pub fn permissions() -> BTreeMap<String, Permission> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.csv");
    let rows = csv::Reader::from_path(path).unwrap().into_deserialize();
    rows.map(|row: Result<Permission, _>| row.unwrap()).map(|row| (row.operation.clone(), row)).collect()
}

/// Somebody who asks: a handle that only they have, and their number in the pilot, if any.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    pub handle: &'static str,
    pub member: Option<u32>,
    /// Tells the things apart that askers make.
    pub nth: u64,
}

/// A pilot in which there is one of everything, so that every operation can be asked for in earnest.
pub struct Scene<'a> {
    pub cast: Cast<'a>,
    /// Undecided claims by the member whose they are.
    claims: BTreeMap<u32, u64>,
    /// An undecided claim of alice's, and its digest.
    undecided: (u64, Value),
    /// Approved claims: one to preview, one to propose.
    approved: [Value; 2],
    /// What operations about claims and offers find.
    prepared: Prepared,
    settled: Settled,
    /// A document of the program.
    document: String,
    /// The event of a funding that nobody needs.
    funding: Value,
    /// The secrets of invites, for one asker each.
    secrets: Vec<Value>,
    /// An invite that nobody will use.
    invite: String,
    /// Members whom nobody needs for anything else, and who run nothing.
    spare: Vec<u64>,
    /// A member with the role alternate.
    stand_in: u64,
    /// An approved claim that waits for a second look.
    sampled: Value,
    /// The secret of a link with which bob is let in again.
    link: String,
}

/// What is asked for in an operation's name.
pub struct Sample {
    /// With `EVENT` where an outflow is yet to be recorded, `SESSION`, `TOKEN` and `WALLET` where one is yet to
    /// be there.
    pub path: String,
    id: String,
    /// The secret of a link that was not used.
    link: String,
    nth: u64,
    handle: &'static str,
    /// Who records the outflow that is asked about.
    recorder: Option<String>,
    pub body: Option<Value>,
    /// A file instead of a body.
    pub file: Option<&'static [u8]>,
    /// Whether a fresh refresh token comes with it.
    pub cookie: bool,
}

/// A member's own address, already recorded.
fn own(member: u32) -> String {
    address(u64::from(member))
}

/// Somebody joins the pilot with one role.
pub async fn join<'a>(api: &'a Api, lead: &Person<'_>, handle: &str, role: &str) -> (Person<'a>, u32) {
    let person = api.person(handle).await;
    let new = json!({ "handle": handle, "roles": [role] });
    let joined = lead.post(&format!("{PILOT}/members"), &new).await.json(201);
    (person, u32::try_from(joined["member"]["number"].as_u64().unwrap()).unwrap())
}

impl<'a> Scene<'a> {
    /// Sets it in an API that shares batches.
    pub async fn set(api: &'a Api) -> Self {
        let cast = open_where(api, json!({ "alternate_hours": 0, "sample_at_least": 1 })).await;
        record_address(&cast.alice).await;
        for (person, member) in [(&cast.lead, 1), (&cast.reviewers[0], 2), (&cast.treasurer, 4)] {
            let new = json!({ "program": "pilot", "address": own(member) });
            person.post("/me/addresses", &new).await.json(200);
        }
        fund(&cast.treasurer).await;
        cast.lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
        let paid = cast.approved(1, "6").await;
        let first = cast
            .treasurer
            .post(&format!("{PILOT}/batches"), &json!({ "submissions": [paid], "evidence_up": true }))
            .await
            .json(201);
        for (n, form) in [(1, Form::TypedData), (2, Form::EthSign)] {
            let signed = signature(&first["batch"], &owner(n), form);
            cast.treasurer.post(&format!("{PILOT}/batches/1/signatures"), &signed).await.json(200);
        }
        let approved = [cast.approved(2, "6").await, cast.approved(3, "6").await];
        let mut claims = BTreeMap::new();
        for (person, member, n) in
            [(&cast.lead, 1, 4), (&cast.reviewers[0], 2, 5), (&cast.treasurer, 4, 6), (&cast.alice, 5, 7)]
        {
            let (number, _) = file_as(person, &but(claim(n, "1"), json!({ "payee": own(member) }))).await;
            claims.insert(member, number.as_u64().unwrap());
        }
        let (number, undecided) = file(&cast.alice, 8, "7").await;
        // One of two approvals: the vote of whoever is asked about is the one that decides.
        approve(&cast.reviewers[1], &number, &undecided).await;
        let more = json!({ "cap": "5000", "reason": "More than one month." });
        cast.lead.post(&format!("{PILOT}/limits"), &more).await.json(200);
        let over = json!({ "kind": "month", "starts_at": "2025-06-01T00:00:00Z", "ends_at": "2025-07-01T00:00:00Z", "cap": "675" });
        cast.lead.post(&format!("{PILOT}/periods"), &over).await.json(201);
        let spare = but(funding(0xfe), json!({ "amount": "1" }));
        let funding = cast.treasurer.post(&format!("{PILOT}/funding"), &spare).await.json(200)["seq"].clone();
        let (sampled, digest) = file(&cast.alice, 9, "2").await;
        approve(&cast.reviewers[1], &sampled, &digest).await;
        let (mut secrets, mut spare, mut invite) = (Vec::new(), Vec::new(), String::new());
        for _ in 0..80 {
            let made = cast.lead.post(&format!("{PILOT}/invites"), &json!({ "roles": ["auditor"] })).await;
            let made = made.json(201);
            secrets.push(made["secret"].clone());
            made["invite"]["invite"].as_str().unwrap().clone_into(&mut invite);
        }
        for n in 0..8 {
            let (_, number) = join(api, &cast.lead, &format!("spare-{n}"), "contributor").await;
            spare.push(u64::from(number));
        }
        let (_, stand_in) = join(api, &cast.lead, "stand-in", "alternate").await;
        let program = api.app.program("pilot".parse().unwrap()).await.unwrap();
        let document = program.charter().texts.to_string();
        let prepared = Prepared::all(&cast).await;
        let settled = Settled::all(&cast, &paid).await;
        let bobs = cast.lead.post(&format!("{PILOT}/members/6/sign-in-link"), &json!({})).await.json(200);
        let link = bobs["secret"].as_str().unwrap().to_owned();
        for handle in ["sleeper", "napper"] {
            api.app.register(handle, PASSWORD).await.unwrap();
        }
        api.app.register("newcomer", PASSWORD).await.unwrap();
        Self {
            cast,
            claims,
            undecided: (number.as_u64().unwrap(), undecided),
            approved,
            prepared,
            settled,
            document,
            funding,
            secrets,
            invite,
            spare,
            stand_in: u64::from(stand_in),
            sampled,
            link,
        }
    }

    /// A request for an operation that its asker, if allowed to ask for it at all, is granted.
    pub fn sample(&self, operation: &Operation, asker: Asker) -> Sample {
        let Asker { handle, member, nth } = asker;
        let member = member.unwrap_or(5);
        let body = match operation.id.as_str() {
            "register" => Some(json!({ "handle": format!("new-{nth}"), "password": PASSWORD })),
            "login" => Some(json!({ "handle": "sleeper", "password": PASSWORD })),
            "make_token" => Some(json!({
                "name": format!("script {nth}"), "scopes": ["read"], "expires_at": "2026-06-01T00:00:00Z",
            })),
            "siwe_nonce" | "wallet_message" => Some(json!({ "address": address(7_000 + nth) })),
            "open_program" => Some(opening(handle, nth)),
            "add_member" => Some(json!({ "handle": "newcomer", "roles": ["contributor"] })),
            "grant_role" => Some(json!({ "role": "auditor" })),
            "record_address" | "address_typed_data" => {
                Some(json!({ "program": "pilot", "address": address(1_000 + nth) }))
            }
            "open_period" => Some(february()),
            "allot" => Some(json!({ "period": 1, "allotments": { "operations": "30" } })),
            "move_allotment" => Some(json!({
                "period": 1, "from": "bounties", "to": "marketing", "amount": "0.5", "reason": "Posters first.",
            })),
            "change_cap" => Some(json!({ "cap": format!("751.{nth}"), "reason": "A little more." })),
            "change_limits" => Some(json!({
                "cap": format!("5001.{nth}"), "categories": [], "reason": "A little more.",
            })),
            "close_period" => Some(json!({ "variance": "Nobody came." })),
            "withdraw_funding" => Some(json!({ "reason": "It went elsewhere." })),
            "post_bounty" => Some(bounty()),
            "file_submission" => Some(but(claim(100 + nth, "1"), json!({ "payee": own(member) }))),
            "revise_submission" => {
                let changes = json!({ "payee": own(member), "evidence": [evidence(200 + nth)] });
                Some(but(revision(0, "1"), changes))
            }
            "cast_vote" => Some(vote("approve", &self.undecided.1)),
            "vote_typed_data" => Some(json!({ "choice": "approve", "reason": "Done as said." })),
            "invite_member" => Some(json!({ "roles": ["contributor"] })),
            "join" => Some(json!({ "secret": self.secrets[usize::try_from(nth).unwrap()] })),
            "leave" | "make_sign_in_link" => Some(json!({})),
            "link_members" => {
                let other = self.spare[usize::try_from(nth).unwrap() % self.spare.len()];
                Some(json!({ "other": other, "linked": true, "reason": "One person." }))
            }
            "declare_conflict" => Some(json!({ "with": 6, "stands": true, "reason": "We share a flat." })),
            "declare_node" => {
                Some(json!({ "address": address(5_000 + nth), "operated": true, "note": "An orchestrator." }))
            }
            "erase_document" => Some(json!({ "class": "mistake" })),
            "call_alternate" => Some(json!({ "member": self.stand_in })),
            "check_sample" => Some(json!({ "passed": true, "reason": "Seen again." })),
            "observe_safe" => {
                let seen = json!({ "nonce": self.settled.seen, "owners": owners(CROWD) });
                Some(but(observation(2_000 + nth), seen))
            }
            "record_funding" => Some(funding(u8::try_from(nth).unwrap())),
            "preview_batch" => Some(json!({ "submissions": [self.approved[0]] })),
            "propose_batch" => Some(json!({ "submissions": [self.approved[1]], "evidence_up": true })),
            other => prepared::body(other).or_else(|| self.settled.body(other, nth)),
        };
        Sample {
            path: self.place(operation, asker),
            id: operation.id.clone(),
            link: self.link.clone(),
            nth,
            handle,
            recorder: self.settled.recorder(&operation.id),
            body,
            file: (operation.id == "upload_capture").then_some(CAPTURE),
            cookie: matches!(&*operation.id, "refresh" | "logout"),
        }
    }

    /// The address of a thing that is there.
    fn place(&self, operation: &Operation, asker: Asker) -> String {
        let member = asker.member.unwrap_or(5);
        let alices = self.claims[&5];
        let submission = match operation.id.as_str() {
            "revise_submission" => *self.claims.get(&member).unwrap_or(&alices),
            "cast_vote" | "vote_typed_data" => self.undecided.0,
            "check_sample" => self.sampled.as_u64().unwrap(),
            other => self.prepared.submission(other, member).unwrap_or(alices),
        };
        let path = operation.path.replace("{slug}", "pilot").replace("{digest}", &self.document);
        let path = path.replace("{submission}", &submission.to_string());
        let path =
            if operation.id == "release_slot" { path.replace("{member}", &member.to_string()) } else { path };
        // Bob: nobody needs him for anything else.
        let linked = if operation.id == "link_members" { member } else { 6 };
        let path = path.replace("{member}", &linked.to_string()).replace("{role}", "contributor");
        let path = path
            .replace("{invite}", &self.invite)
            .replace("{session}", "SESSION")
            .replace("{token}", "TOKEN")
            .replace("{address}", "WALLET");
        let path = self.settled.place(&operation.id, &path, asker.nth);
        let period = if operation.id == "close_period" { "2" } else { "1" };
        let path = path.replace("{period}", period);
        // The event of an outflow is known once that is recorded.
        let path = if operation.id == "settle_outflow" { path.replace("{event}", "EVENT") } else { path };
        let path = path.replace("{event}", &self.funding.to_string());
        let path = path.replace("{bounty}", &self.prepared.bounty(&operation.id).to_string());
        assert!(!path.contains('{'), "{path}: no thing of this name is known");
        if operation.id == "list_addresses" { format!("{path}?program=pilot") } else { path }
    }
}

/// An API token of somebody's, and what it is sent as.
pub async fn make_token(api: &Api, handle: &str, scopes: &[Scope]) -> (ApiToken, String) {
    let account = api.app.find_account(handle).await.unwrap().unwrap();
    let by =
        Proven { session: String::new(), proof: Proof::PasswordAndCode, proven_at: api.app.now().unwrap() };
    let expires_at = "2026-06-01T00:00:00Z".to_owned();
    let new = NewToken { name: "A script".to_owned(), scopes: scopes.to_vec(), expires_at };
    api.app.make_token(account, &by, &new).await.unwrap()
}

/// A program that is not there yet, led by whoever has this handle.
fn opening(handle: &str, nth: u64) -> Value {
    let members = json!([{ "handle": handle, "roles": ["lead"] }]);
    let changes =
        json!({ "slug": format!("program-{nth}"), "safe": address(3_000 + nth), "members": members });
    but(program(), changes)
}

impl Sample {
    /// The event of an outflow recorded now; some number where nothing can be.
    async fn outflow(&self, api: &Api, treasurer: &str) -> String {
        let path = format!("/api/v1{PILOT}/outflows");
        let request = api.request(Method::POST, &path).header("idempotency-key", api.key());
        let sent = request.bearer_auth(treasurer).json(&outflow(self.nth)).send().await.unwrap();
        let answer: Value = sent.json().await.unwrap();
        answer["seq"].as_u64().map_or_else(|| "1".to_owned(), |seq| seq.to_string())
    }

    /// Where it is asked for.
    pub async fn found(&self, api: &Api) -> String {
        match &self.recorder {
            _ if self.path.contains("SESSION") => {
                let other = claims_of(&api.sign_in(self.handle).await.token)["sid"].clone();
                self.path.replace("SESSION", other.as_str().unwrap())
            }
            _ if self.path.contains("TOKEN") => {
                let made = make_token(api, self.handle, &[Scope::Read]).await.0;
                self.path.replace("TOKEN", &made.id)
            }
            _ if self.path.contains("WALLET") => {
                let key = api.wallet_of(self.handle).await;
                self.path.replace("WALLET", &address_of(&key))
            }
            Some(token) => self.path.replace("EVENT", &self.outflow(api, token).await),
            None => self.path.clone(),
        }
    }

    /// What is said about the asker's own sign-in, after it was made so that it is granted.
    async fn about_oneself(&self, api: &Api) -> Option<Value> {
        if self.id == "siwe_verify" {
            let body = api.signed_in_with(&key(&format!("wallet {}", self.nth))).await;
            return Some(but(body, json!({ "handle": format!("walleted-{}", self.nth) })));
        }
        let account = api.app.find_account(self.handle).await.unwrap()?;
        match self.id.as_str() {
            "prove" => Some(json!({ "password": PASSWORD, "code": api.code_of(self.handle).await })),
            "change_password" => {
                let code = api.code_of(self.handle).await;
                Some(json!({ "password": PASSWORD, "code": code, "new_password": PASSWORD }))
            }
            "siwe_prove" => {
                let key = api.wallet_of(self.handle).await;
                Some(api.signed_in_with(&key).await)
            }
            "link_wallet" => {
                let key = key(&format!("{} {}", self.handle, self.nth));
                Some(api.linking_with(self.handle, &key).await)
            }
            "begin_second_factor" => {
                // Whether there was one or not.
                let _ = api.app.remove_second_factor(account).await;
                None
            }
            "confirm_second_factor" => {
                let _ = api.app.remove_second_factor(account).await;
                let begun = api.app.begin_second_factor(account).await.unwrap();
                Some(json!({ "code": begun.secret.code_at(api.app.now().unwrap()) }))
            }
            "remove_second_factor" => {
                api.code_of(self.handle).await;
                None
            }
            "reset" => {
                let (lead, bob) = (MemberNumber::FIRST, MemberNumber::new(6).unwrap());
                let slug = "pilot".parse().unwrap();
                let by = api.app.find_account("lead").await.unwrap().unwrap();
                let link = api.app.make_sign_in_link(by, slug, lead, bob, Factor::Stays).await;
                // Of a damaged program nobody makes another.
                let secret = link.map_or_else(|_| self.link.clone(), |link| link.secret);
                Some(json!({ "secret": secret, "password": PASSWORD }))
            }
            _ => None,
        }
    }

    /// The request without a token; with a key, and with what sign-in needs.
    pub async fn request(&self, api: &Api, method: &Method) -> RequestBuilder {
        let path = self.found(api).await;
        let mut request = api.request(method.clone(), &path).header("idempotency-key", api.key());
        request = request.header("x-forwarded-for", api.caller());
        if self.cookie {
            let caller = api.caller().parse().unwrap();
            let code = api.code_of("napper").await;
            let attempt = Attempt { code: Some(&code), ..Attempt::new("napper", PASSWORD) };
            let tokens = api.app.login(attempt, caller).await.unwrap();
            request = request.header("cookie", format!("__Host-bounty-ledger-refresh={}", tokens.refresh));
        }
        match (self.about_oneself(api).await.as_ref().or(self.body.as_ref()), self.file) {
            (Some(body), _) => request.json(body),
            (None, Some(file)) => request.body(file),
            (None, None) => request,
        }
    }
}
