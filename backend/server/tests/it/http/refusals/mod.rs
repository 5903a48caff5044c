//! Every refusal of the rules that the API can reach: its status, its code, its words, and that it changes nothing.

mod budget;
mod chain;
mod claims;
mod disputes;
mod limits;
mod on_chain;
mod opening;
mod owners;
mod payouts;
mod people;
mod persons;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use domain::refusal::Refusal;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use server::db::Dump;

use super::cast::{Cast, but, open, program, record_address};
use super::{Answer, Api, Person, Stock};
use crate::app::world::{address, run};
use crate::common::{TestDb, on_both};

/// A program that is slow to trust: a changed address cools off, approvals can be objected to, and one claim of a
/// person is looked at at a time.
const STRICT: &str = "/programs/strict";

/// Refusals that no request leads to, and why.
const OUT_OF_REACH: &[(&str, &str)] = &[
    ("not_a_member", "who is not linked to a member is answered `forbidden` before any rule is asked"),
    ("system_only", "no operation asks for what follows by itself"),
    ("members_only", "a request always comes from a member, never from the ledger itself"),
    ("not_opened", "the one operation that opens a program asks for nothing else first"),
    ("already_opened", "opening makes a new program each time; a short name that is taken is `slug_taken`"),
    (
        "clock_behind",
        "a clock a little behind is moved to the last event, one far behind is answered `clock`",
    ),
    (
        "system_first",
        "what is due is written in the commit that frees the money, before anybody else is asked",
    ),
    ("not_waiting", "only the ledger itself asks for the approval of waiting claims"),
    ("payout_differs", "a batch names claims only: amount and payee are taken from what was approved"),
    (
        "nonce_out_of_turn",
        "the next nonce is taken from the state, and again if somebody else took it meanwhile",
    ),
    ("policy_moved", "a change names some values only, and is made again if another one came first"),
    ("wrong_target", "the transaction is made here, for one payout or for several"),
    (
        "ground_unfit",
        "what a member says is attested, with its reason; what the ledger reads has its receipt",
    ),
    ("nothing_stated", "only the ledger itself confirms what members said, and it looks that up first"),
    (
        "unknown_funder",
        "what comes from somebody who never funded the Safe is booked as an inflow by the ledger",
    ),
    (
        "lines_differ",
        "the lines are taken from the batch itself; a transaction that pays others is `other_lines`",
    ),
    ("invite_known", "the secret of an invite is made here, by chance"),
    (
        "signer_not_yours",
        "a signature is recovered first: who signs with an address of somebody else's has to have its key",
    ),
    ("books", "the rules refuse first: the books refusing would be a defect"),
];

/// Asks for what must be refused, and keeps the codes that came.
struct Door<'a> {
    api: &'a Api,
    stock: Stock,
    told: BTreeMap<String, (u16, String)>,
    met: BTreeSet<&'static str>,
    asked: u32,
}

/// Codes with status and message, as `docs/errors.md` tells people.
fn told() -> BTreeMap<String, (u16, String)> {
    let text = include_str!("../../../../../../docs/errors.md");
    // Behind them stand warnings, which have no status.
    let text = text.split("## Warnings").next().unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix(" |")?.splitn(3, " | ").collect();
        let [code, status, message] = cells[..] else { panic!("{line}") };
        Some((code.trim_end_matches('`').to_owned(), (status.parse().unwrap(), message.to_owned())))
    });
    rows.collect()
}

impl<'a> Door<'a> {
    fn at(api: &'a Api, test: &TestDb) -> Self {
        Self { api, stock: Stock::of(test), told: told(), met: BTreeSet::new(), asked: 0 }
    }

    /// Everything that lies in the database.
    async fn everything(&mut self) -> (String, Vec<Dump>) {
        let mut programs = Vec::new();
        for row in self.api.app.programs().await.unwrap() {
            programs.push(self.api.app.dump(row.slug.parse().unwrap()).await.unwrap());
        }
        (self.stock.count(), programs)
    }

    /// Sends a request that is refused so, and that leaves everything as it was. Gives the problem.
    async fn refuses(&mut self, request: RequestBuilder, status: u16, code: &'static str) -> Value {
        let before = self.everything().await;
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{answer:?}");
        assert!(self.everything().await == before, "{code}: a refusal wrote something");
        let body = answer.refused(status, code).body;
        let (told, message) = &self.told[code];
        assert_eq!(*told, status, "{code}: docs/errors.md says so");
        if Refusal::CODES.contains(&code) {
            assert_eq!(
                body["detail"],
                filled_in(message, &body),
                "{code}: what it speaks of stands beside it"
            );
            self.met.insert(code);
        }
        assert_eq!(body["type"], format!("/api/errors#{code}"));
        self.asked += 1;
        body
    }
}

/// A message with the values that the problem has under those names.
fn filled_in(message: &str, body: &Value) -> String {
    let mut text = message.to_owned();
    while let Some((before, rest)) = text.split_once('{') {
        let (name, after) = rest.split_once('}').unwrap();
        let value = body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}"));
        text = format!("{before}{value}{after}");
    }
    text
}

/// The program that is slow to trust, with the same people.
async fn open_strict(lead: &Person<'_>) {
    let mut file = but(program(), json!({ "slug": "strict", "safe": address(920) }));
    file["policy"]["address_changed_hours"] = json!(48);
    file["policy"]["open_claims"] = json!(1);
    file["policy"]["appeal_hours"] = json!(0);
    file["policy"]["claim_credits"] = json!(2);
    file["policy"]["cooldown_hours"] = json!(1);
    file["policy"]["lead_pay_hours"] = json!(500);
    file["policy"]["lanes"]["small"]["objection_hours"] = json!(24);
    lead.post("/programs", &file).await.json(201);
}

on_both! {
    fn every_refusal_that_can_be_reached_has_its_status_and_changes_nothing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people: Cast<'_> = open(&api).await;
            open_strict(&people.lead).await;
            record_address(&people.alice).await;
            people.bob.post("/me/addresses", &json!({ "program": "pilot", "address": address(6) })).await.json(200);
            let mut door = Door::at(&api, test);

            opening::meet(&mut door, &people).await;
            people::meet(&mut door, &people).await;
            budget::meet(&mut door, &people).await;
            claims::meet(&mut door, &people).await;
            disputes::meet(&mut door, &people).await;
            votes::meet(&mut door, &people).await;
            payouts::meet(&mut door, &people).await;
            persons::meet(&mut door, &people).await;
            chain::meet(&mut door).await;
            disputes::on_pace(&mut door).await;
            limits::meet(&mut door).await;
            on_chain::meet(&mut door).await;

            let unmet: BTreeSet<&str> = OUT_OF_REACH.iter().map(|(code, _)| *code).collect();
            let both: Vec<_> = door.met.intersection(&unmet).collect();
            assert!(both.is_empty(), "{both:?} were said to be out of reach");
            let all: BTreeSet<&str> = Refusal::CODES.iter().copied().collect();
            assert_eq!(door.met.union(&unmet).copied().collect::<BTreeSet<_>>(), all, "neither met nor out of reach");
            println!("count: refusal codes met over HTTP {}", door.met.len());
            println!("count: refused requests that changed nothing {}", door.asked);
            api.stop().await;
        });
    }
}
