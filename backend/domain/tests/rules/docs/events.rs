//! `docs/events.md`: rendered from the descriptions, which are compared with the golden journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use domain::event::{Kind, Recorded};
use domain::evidence::EvidenceKey;
use domain::journal::{Document, Frontier, leaf_hash};
use domain::permission::{Allowed, allowed};
use domain::value::{Digest, MemberNumber};
use domain::words::YesNo;
use serde_json::{Value, json};

use super::describe::{Description, Object};
use super::golden::journal;
use super::hold;
use super::kinds::describe;
use super::objects::INNER;
use super::shape::FORMS;
use crate::common::{join, pilot_where, text};

const HEAD: &str = include_str!("events_head.md");

fn value(recorded: &Recorded) -> Value {
    serde_json::from_slice(&recorded.bytes).unwrap()
}

#[test]
fn the_page_about_events_is_what_the_code_writes() {
    hold("docs/events.md", &page());
    println!("count: kinds of events described {}", Kind::ALL.len());
}

#[test]
fn every_field_of_every_event_is_described_and_every_optional_one_comes_and_goes() {
    // Present and absent, for each field of each object.
    let mut met: BTreeMap<(String, &'static str), [bool; 2]> = BTreeMap::new();
    let mut other = pilot_where(|policy| {
        policy.single_handed_hours = None;
        policy.open_joining = YesNo::Yes;
    });
    other.ask_as_system(join("dora", None)).unwrap();
    for recorded in journal().journal.into_iter().chain(other.journal) {
        let data = value(&recorded)["data"].clone();
        let description = describe(recorded.event.fact.kind());
        let kind = description.kind.as_str();
        let mut seen = |object: &'static Object, field, present: bool| {
            let owner = owner(description.kind, object);
            met.entry((owner, field)).or_default()[usize::from(present)] = true;
        };
        let parts: BTreeSet<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
        let described =
            ["asked", "outcome"].into_iter().take(if description.outcome.is_some() { 2 } else { 1 });
        assert_eq!(parts, described.collect(), "{kind}");
        description.asked.check(&data["asked"], &mut seen);
        if let Some(outcome) = description.outcome {
            outcome.check(&data["outcome"], &mut seen);
        }
    }

    let all = Kind::ALL.iter().map(|kind| describe(*kind)).flat_map(|description| {
        let objects = [Some(description.asked), description.outcome].into_iter().flatten();
        objects.map(move |object| (owner(description.kind, object), object))
    });
    let inner = INNER.iter().map(|object| (object.name.to_owned(), *object));
    let mut fields = 0;
    for (owner, object) in all.chain(inner) {
        for field in object.fields {
            let found = met.get(&(owner.clone(), field.name)).copied().unwrap_or_default();
            assert_eq!(found, [field.optional, true], "{owner} {}: absent, present", field.name);
            fields += 1;
        }
    }
    println!("count: fields described {fields}");
}

/// What an object is called in messages: inner ones are the same wherever they stand.
fn owner(kind: Kind, object: &Object) -> String {
    let inner = INNER.iter().any(|inner| inner.name == object.name);
    if inner { object.name.to_owned() } else { format!("{kind} {}", object.name) }
}

#[test]
fn every_posting_is_described_and_every_described_one_is_posted() {
    let mut posted: BTreeMap<Kind, Vec<(String, String)>> = BTreeMap::new();
    for recorded in journal().journal {
        let kind = recorded.event.fact.kind();
        let places: Vec<usize> = recorded
            .event
            .postings
            .chunks(2)
            .map(|pair| {
                assert_eq!((pair[0].1.as_str(), pair[1].1.as_str(), pair[0].2), ("D", "C", pair[1].2));
                let movement = (general(&pair[0].0.to_string()), general(&pair[1].0.to_string()));
                let described = describe(kind).postings;
                let place = described.iter().position(|one| one.from == movement.0 && one.to == movement.1);
                posted.entry(kind).or_default().push(movement.clone());
                place.unwrap_or_else(|| panic!("{kind} posts {movement:?}, which nobody describes"))
            })
            .collect();
        // Lines of an allotment follow the categories asked; everything else the order described.
        assert!(kind == Kind::Allotted || places.is_sorted(), "{}", text(&recorded));
    }
    for kind in Kind::ALL {
        for movement in &describe(*kind).postings {
            let seen = posted
                .get(kind)
                .is_some_and(|seen| seen.iter().any(|(from, to)| from == movement.from && to == movement.to));
            assert!(seen, "{kind} never posts {} -> {}", movement.from, movement.to);
            for account in [movement.from, movement.to] {
                assert!(HEAD.contains(&format!("\n| `{account}` |")), "nobody says what {account} holds");
            }
        }
    }
}

/// An account with its period and category left open: `P/C/available`.
fn general(account: &str) -> String {
    let parts: Vec<&str> = account.split('/').collect();
    match parts.as_slice() {
        [_, bucket] => format!("P/{bucket}"),
        [_, _, bucket] => format!("P/C/{bucket}"),
        _ => account.to_owned(),
    }
}

#[test]
fn the_envelope_is_described_in_its_order() {
    let described: Vec<&str> = HEAD
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(key, _)| key)
        .collect();
    let envelope = &described[..=described.iter().position(|key| *key == "v").unwrap()];
    for recorded in journal().journal {
        let places: Vec<Option<usize>> =
            envelope.iter().map(|key| text(&recorded).find(&format!("\"{key}\":"))).collect();
        assert!(places.iter().all(Option::is_some));
        let keys: Vec<String> = value(&recorded).as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, envelope);
        assert!(envelope.is_sorted());
    }
}

/// The hashes as the page says they are computed, from the stored bytes alone.
#[test]
fn hashes_are_computed_as_the_page_says() {
    let ledger = journal();
    let mut tree = Frontier::default();
    let mut prev = "0".repeat(64);
    let mut filed: BTreeMap<String, Value> = BTreeMap::new();
    let identity = Digest::sha256(&[&[0], &ledger.journal[0].bytes]).to_string();
    for recorded in &ledger.journal {
        let event = value(recorded);
        assert_eq!(event["prev"], prev.as_str());
        let leaf = Digest::sha256(&[&[0], &recorded.bytes]);
        assert_eq!(leaf, leaf_hash(&recorded.bytes));
        if event["kind"] == "batch_proposed" {
            assert_eq!(event["data"]["outcome"]["root"], tree.root().to_string());
            assert_eq!(event["data"]["outcome"]["size"], event["seq"]);
        }
        tree.append(leaf);
        prev = leaf.to_string();
        if let Some(digest) = event["data"]["outcome"].get("digest") {
            assert_eq!(*digest, revision_digest(&event, &identity, &mut filed).1);
        }
    }
    assert_eq!(tree.root(), ledger.program.root());
    assert_eq!(filed.len(), 18);
}

/// What a revision digest takes over from what a claim says.
const COVERED: [&str; 11] = [
    "amount", "bounty", "category", "contests", "evidence", "function", "kind", "payee", "period", "share",
    "texts",
];

/// The object a revision digest covers, as text, and its SHA-256.
fn revision_digest(event: &Value, identity: &str, filed: &mut BTreeMap<String, Value>) -> (String, String) {
    let (asked, outcome) = (&event["data"]["asked"], &event["data"]["outcome"]);
    let number = outcome.get("submission").unwrap_or(&asked["submission"]).as_str().unwrap().to_owned();
    // A revision leaves out what stays as it was, but not the share.
    let said = filed.entry(number.clone()).or_insert_with(|| json!({}));
    if event["kind"] == "submission_revised" {
        said.as_object_mut().unwrap().remove("share");
    }
    for (key, value) in asked.as_object().unwrap() {
        said[key] = value.clone();
    }
    let mut covered = json!({ "policy": outcome["policy"], "program": identity, "submission": number });
    covered["revision"] = outcome.get("revision").cloned().unwrap_or_else(|| json!("1"));
    for key in COVERED {
        if let Some(value) = said.get(key) {
            covered[key] = value.clone();
        }
    }
    let sorted: BTreeMap<String, Value> = covered.as_object().unwrap().clone().into_iter().collect();
    let text = serde_json::to_string(&sorted).unwrap();
    let digest = Digest::sha256(&[text.as_bytes()]).to_string();
    (text, digest)
}

fn page() -> String {
    let ledger = journal();
    let identity = ledger.program.identity();
    let first_claim =
        ledger.journal.iter().find(|recorded| recorded.event.fact.kind() == Kind::SubmissionFiled);
    let (covered, digest) =
        revision_digest(&value(first_claim.unwrap()), &identity.to_string(), &mut BTreeMap::new());
    let key = EvidenceKey::from_link("https://twitter.com/livepeer/status/1790000000000000001?s=20").unwrap();
    let document = Document { salt: [7; 16], media_type: "text/plain", content: b"Fine work".to_vec() };
    let member = MemberNumber::FIRST;
    let cause = domain::command::Cause::of_call(
        member,
        "allot",
        "k-1",
        "POST",
        "/api/v1/programs/pilot/allotments",
        b"{}",
    );
    let examples = [
        ("{identity}", identity.to_string()),
        ("{covered}", covered),
        ("{revision}", digest),
        ("{key}", key.to_string()),
        ("{bound}", key.bound_to(&identity).to_string()),
        ("{salt}", "07".repeat(16)),
        ("{document}", document.digest().to_string()),
        ("{cause_key}", cause.0.to_string()),
        ("{cause_request}", cause.1.to_string()),
        ("{root}", ledger.program.root().to_string()),
        ("{size}", ledger.program.size().to_string()),
    ];
    let mut page = examples.iter().fold(HEAD.to_owned(), |page, (name, example)| page.replace(name, example));

    page.push_str("\n## Shapes of values\n\n| shape | form |\n|---|---|\n");
    for (shape, form) in &FORMS {
        writeln!(page, "| {} | {form} |", shape.name()).unwrap();
    }
    page.push_str(
        "\nWords of a closed set are listed where they stand. These objects stand inside others:\n",
    );
    for object in INNER {
        writeln!(page, "\n### {}\n\n{}\n", object.name, object.meaning).unwrap();
        fields(&mut page, object);
    }
    page.push_str("\n## Kinds\n");
    for kind in Kind::ALL {
        let sample = ledger.journal.iter().find(|recorded| recorded.event.fact.kind() == *kind).unwrap();
        describe_kind(&mut page, &describe(*kind), sample);
    }
    page
}

fn fields(page: &mut String, object: &Object) {
    page.push_str("| field | shape | meaning |\n|---|---|---|\n");
    for field in object.fields {
        let optional = if field.optional { ", may be left out" } else { "" };
        writeln!(page, "| `{}` | {}{optional} | {} |", field.name, field.shape.name(), field.meaning)
            .unwrap();
    }
}

fn describe_kind(page: &mut String, description: &Description, sample: &Recorded) {
    let who = match allowed(description.kind) {
        Allowed::System => "the ledger itself (`system`), never a member".to_owned(),
        Allowed::Member => "every member".to_owned(),
        Allowed::Roles(roles) => {
            let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            match roles.as_slice() {
                [role] => format!("members with the role {role}"),
                _ => format!("members with at least one of the roles {}", roles.join(", ")),
            }
        }
    };
    // As `domain::decide` lets it.
    let reads = matches!(
        description.kind,
        Kind::SafeObserved
            | Kind::FundingRecorded
            | Kind::FundingWithdrawn
            | Kind::BatchExecuted
            | Kind::NonceConsumed
            | Kind::ExecutionWithdrawn
            | Kind::InflowRecorded
            | Kind::OutflowRecorded
            | Kind::TransferWithdrawn
    );
    let read = if reads { "; and the ledger itself (`system`), of what it read on the chain" } else { "" };
    let who = format!("{who}{read}. {}", description.separations);
    let (kind, meaning) = (description.kind, description.meaning);
    write!(page, "\n### {kind}\n\n{meaning}\n\nAsked by: {}\n\n`asked`:\n\n", who.trim_end()).unwrap();
    fields(page, description.asked);
    match description.outcome {
        Some(outcome) => {
            page.push_str("\n`outcome`:\n\n");
            fields(page, outcome);
        }
        None => page.push_str("\nNo `outcome`.\n"),
    }
    if description.postings.is_empty() {
        page.push_str("\nPosts nothing.\n");
    } else {
        page.push_str("\nPosts, in this order:\n\n| debit | credit | amount |\n|---|---|---|\n");
        for movement in &description.postings {
            writeln!(page, "| `{}` | `{}` | {} |", movement.from, movement.to, movement.amount).unwrap();
        }
    }
    let after = format!(",\"kind\":\"{kind}\",\"post\":");
    let (before, _) = text(sample).split_once(&after).unwrap();
    let (_, data) = before.split_once("\"data\":").unwrap();
    let post = value(sample)["post"].to_string();
    write!(
        page,
        "\nSample: event {} of the golden journal.\n\n```json\n\"data\":{data}\n\"post\":{post}\n```\n",
        sample.event.seq
    )
    .unwrap();
}
