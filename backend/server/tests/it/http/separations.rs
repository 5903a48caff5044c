//! What somebody with the role still may not do, sentence by sentence as the permission table says it.

use std::collections::BTreeSet;

use safe::signature::Form;
use serde_json::{Value, json};

use super::cast::{
    PILOT, bounty, but, cast, claim, file, open, owner, program, record_address, revision, signature,
};
use super::operations::permissions;
use super::prepared::why;
use super::wallets::{address_of, key, personal_sign};
use super::{Answer, Api, Person, Stock};
use crate::app::world::{address, run};
use crate::common::on_both;

const NOT_YOURS: &str = "not on your own claim, nor on one of an account linked to yours";
const NOT_PAYING_YOU: &str = "not on a claim that pays an address or a node of yours";
const NO_CONFLICT: &str = "not on a claim of somebody with whom you declared a conflict";

/// Sentences of the table that a request has met.
struct Told {
    stock: Stock,
    before: String,
    met: BTreeSet<(&'static str, &'static str)>,
}

impl Told {
    /// The next request is refused, and leaves everything as it is now.
    fn next(&mut self) {
        self.before = self.stock.count();
    }

    #[track_caller]
    fn refused(
        &mut self,
        operation: &'static str,
        sentence: &'static str,
        answer: Answer,
        status: u16,
        code: &str,
    ) -> Value {
        assert_eq!(self.stock.count(), self.before, "{operation}: {sentence}");
        self.met.insert((operation, sentence));
        answer.refused(status, code).body
    }
}

/// Opening programs, members and addresses.
async fn around_people(told: &mut Told, people: &super::cast::Cast<'_>) {
    let (lead, alice, bob) = (&people.lead, &people.alice, &people.bob);
    let program_texts = lead.api.app.program("pilot".parse().unwrap()).await.unwrap().charter().texts;
    let (erase, mistake) =
        (format!("{PILOT}/documents/{program_texts}/erase"), json!({ "class": "mistake" }));
    told.next();
    let answer = bob.post(&erase, &mistake).await;
    told.refused("erase_document", "its author asks first", answer, 403, "author_first");
    lead.post(&erase, &mistake).await.json(200);
    told.next();
    let answer = bob.post(&erase, &mistake).await;
    let sentence = "lead, reviewer or treasurer, and another person, agrees";
    told.refused("erase_document", sentence, answer, 403, "runners_only");
    let others =
        json!({ "slug": "mine", "safe": address(900), "members": [{ "handle": "lead", "roles": ["lead"] }] });
    let answer = alice.post("/programs", &but(program(), others)).await;
    let body =
        told.refused("open_program", "whoever has an account may open a program", answer, 422, "malformed");
    assert_eq!(body["errors"][0]["field"], "members");
    let meek = json!({ "slug": "mine", "safe": address(900), "members": [{ "handle": "alice", "roles": ["reviewer"] }] });
    let answer = alice.post("/programs", &but(program(), meek)).await;
    told.refused(
        "open_program",
        "they are its first member and a lead of it",
        answer,
        422,
        "first_member_leads",
    );
    let answer =
        lead.post(&format!("{PILOT}/members"), &json!({ "handle": "no-one", "roles": ["auditor"] })).await;
    let body = told.refused("add_member", "the member's account must exist", answer, 422, "malformed");
    assert_eq!(body["errors"][0]["field"], "handle");
    let answer = lead.delete(&format!("{PILOT}/members/1/roles/lead")).await;
    told.refused("revoke_role", "the last lead keeps the role", answer, 409, "last_lead");
    let answer = lead.post(&format!("{PILOT}/members/1/sign-in-link"), &json!({})).await;
    let sentence = "not for yourself: another lead does";
    told.refused("make_sign_in_link", sentence, answer, 403, "forbidden");
    let elsewhere = json!({ "slug": "elsewhere", "safe": address(902), "members": [
        { "handle": "second-reviewer", "roles": ["lead"] }, { "handle": "bob", "roles": ["contributor"] },
    ] });
    people.reviewers[1].post("/programs", &but(program(), elsewhere)).await.json(201);
    told.next();
    let answer = lead.post(&format!("{PILOT}/members/6/sign-in-link"), &json!({})).await;
    let sentence = "not for a member of a program that you do not lead";
    told.refused("make_sign_in_link", sentence, answer, 403, "forbidden");
    let for_alice = json!({ "program": "pilot", "address": address(901), "member": 5 });
    let answer = bob.post("/me/addresses", &for_alice).await;
    let body = told.refused("record_address", "your own addresses only", answer, 422, "malformed");
    assert_eq!(body["errors"][0]["field"], "member");
    let answer = bob.post("/me/addresses", &json!({ "program": "pilot", "address": address(5) })).await;
    let body =
        told.refused("record_address", "an address belongs to one member", answer, 422, "address_taken");
    assert_eq!(body["member"], "5");
}

/// Wallets, and whose they are.
async fn around_wallets(told: &mut Told, api: &Api, people: &super::cast::Cast<'_>) {
    api.wallet_of("alice").await;
    let new = but(api.signed_in_with(&key("walter")).await, json!({ "handle": "walter" }));
    let walter = api.post("/auth/siwe/verify", &new).await.json(200);
    let walter = Person { api, token: walter["access_token"].as_str().unwrap().to_owned() };
    told.next();
    let taken = api.linking_with("bob", &key("alice")).await;
    let answer = people.bob.post("/me/wallets", &taken).await;
    told.refused("link_wallet", "a wallet belongs to one account", answer, 409, "wallet_taken");
    let own = api.linking_with("bob", &key("bob")).await;
    let other = personal_sign(&key("alice"), own["message"].as_str().unwrap());
    let answer = people.bob.post("/me/wallets", &but(own, json!({ "signature": other }))).await;
    told.refused("link_wallet", "it signs for it itself", answer, 422, "malformed");
    let answer = walter.delete(&format!("/me/wallets/{}", address_of(&key("walter")))).await;
    told.refused("unlink_wallet", "not the last way into an account", answer, 409, "last_wallet");
}

/// Claims and votes; alice is also a reviewer.
async fn around_claims(told: &mut Told, people: &super::cast::Cast<'_>) {
    let (lead, alice, bob) = (&people.lead, &people.alice, &people.bob);
    let (number, digest) = file(alice, 1, "10").await;
    lead.post(&format!("{PILOT}/members/5/roles"), &json!({ "role": "reviewer" })).await.json(200);
    bob.post("/me/addresses", &json!({ "program": "pilot", "address": address(6) })).await.json(200);
    let submissions = format!("{PILOT}/submissions");
    told.next();
    let for_alice = but(claim(2, "10"), json!({ "member": 5 }));
    let body = told.refused(
        "file_submission",
        "in your own name only",
        bob.post(&submissions, &for_alice).await,
        422,
        "malformed",
    );
    assert_eq!(body["errors"][0]["field"], "member");
    let to_alice = bob.post(&submissions, &claim(2, "10")).await;
    told.refused("file_submission", "paid to an address of your own only", to_alice, 422, "payee_not_yours");
    let as_lead = but(claim(2, "10"), json!({ "kind": "lead", "payee": address(6) }));
    told.refused(
        "file_submission",
        "kind lead: leads only",
        bob.post(&submissions, &as_lead).await,
        403,
        "lead_only",
    );
    let instead = but(revision(2, "10"), json!({ "payee": address(6) }));
    let answer = bob.post(&format!("{submissions}/{number}/revisions"), &instead).await;
    told.refused("revise_submission", "your own claim only", answer, 403, "not_your_claim");
    let answer = cast(alice, &number, &digest, "approve").await;
    told.refused("cast_vote", NOT_YOURS, answer, 403, "own_claim");
    let paid_to_reviewer = bob.post(&submissions, &but(claim(2, "10"), json!({ "payee": address(5) }))).await;
    paid_to_reviewer.refused(422, "payee_not_yours");
}

/// Offers, and claims beside their votes; alice and bob both claim and review. Gives a claim that is approved still.
async fn around_disputes(told: &mut Told, people: &super::cast::Cast<'_>) -> Value {
    let (lead, alice, bob) = (&people.lead, &people.alice, &people.bob);
    let posted = lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
    let slots = format!("{PILOT}/bounties/{}/slots", posted["bounty"]["number"]);
    lead.post(&slots, &json!({ "member": 5 })).await.json(200);
    let approved = people.approved(31, "6").await;
    let other = people.approved(32, "6").await;
    lead.post(&format!("{PILOT}/members/6/roles"), &json!({ "role": "reviewer" })).await.json(200);
    let claim = |number: &Value, what: &str| format!("{PILOT}/submissions/{number}/{what}");
    people.treasurer.post(&claim(&approved, "hold"), &why()).await.json(200);

    told.next();
    let somebody = "for somebody else: leads only";
    told.refused("take_slot", somebody, bob.post(&slots, &json!({ "member": 5 })).await, 403, "role_needed");
    let answer = bob.delete(&format!("{slots}/5")).await;
    told.refused("release_slot", "somebody else's: leads only", answer, 403, "role_needed");
    for (operation, what, body) in [
        ("accept_offer", "accept", json!({ "amount": "1" })),
        ("appeal_rejection", "appeal", why()),
        ("reopen_submission", "reopen", why()),
    ] {
        let answer = bob.post(&claim(&approved, what), &body).await;
        told.refused(operation, "your own claim only", answer, 403, "not_your_claim");
    }
    let overdue = "of others, leads only: what waits for a revision or the budget once its period's decisions are overdue";
    for person in [bob, lead] {
        let answer = person.post(&claim(&approved, "withdraw"), &why()).await;
        told.refused("withdraw_submission", overdue, answer, 403, "not_your_claim");
    }
    for (operation, what) in [
        ("hold_submission", "hold"),
        ("challenge_submission", "challenge"),
        ("release_submission", "release"),
        ("reverse_submission", "reverse"),
    ] {
        let answer = alice.post(&claim(&approved, what), &why()).await;
        told.refused(operation, NOT_YOURS, answer, 403, "own_claim");
    }
    let answer = bob.post(&claim(&approved, "release"), &why()).await;
    told.refused(
        "release_submission",
        "what others hold or challenge: leads only",
        answer,
        403,
        "not_your_hold",
    );

    people.treasurer.post(&claim(&approved, "release"), &why()).await.json(200);
    bob.post(&claim(&approved, "challenge"), &why()).await.json(200);
    bob.post(&claim(&approved, "reverse"), &why()).await.json(200);
    told.next();
    let answer = bob.post(&claim(&other, "challenge"), &why()).await;
    told.refused("challenge_submission", "one at a time", answer, 409, "one_challenge");
    let answer = bob.post(&claim(&approved, "reverse"), &why()).await;
    told.refused("reverse_submission", "once", answer, 403, "reversal_counted");

    bob.post(&claim(&approved, "release"), &why()).await.json(200);
    told.next();
    let answer = bob.post(&claim(&approved, "challenge"), &why()).await;
    told.refused("challenge_submission", "once for each claim", answer, 403, "held_before");
    let answer = people.treasurer.post(&claim(&approved, "hold"), &why()).await;
    told.refused("hold_submission", "once for each claim", answer, 403, "held_before");
    other
}

/// Who joins, leaves, is somebody else, or has a stake. Bob is an alternate here, and the reviewers have conflicts.
async fn around_stakes(told: &mut Told, people: &super::cast::Cast<'_>, approved: &Value) {
    let (lead, alice, bob, [first, second]) = (&people.lead, &people.alice, &people.bob, &people.reviewers);
    let (number, digest) = file(alice, 3, "10").await;
    lead.delete(&format!("{PILOT}/members/6/roles/reviewer")).await.json(200);
    lead.post(&format!("{PILOT}/members/6/roles"), &json!({ "role": "alternate" })).await.json(200);
    let with = json!({ "with": 5, "stands": true, "reason": "We share a flat." });
    first.post(&format!("{PILOT}/conflicts"), &with).await.json(200);
    let node = json!({ "address": address(5), "operated": true, "note": "An orchestrator." });
    second.post(&format!("{PILOT}/nodes"), &node).await.json(200);
    told.next();
    for (who, sentence, code) in [
        (first, NO_CONFLICT, "conflict_declared"),
        (second, NOT_PAYING_YOU, "own_payee"),
        (bob, "an alternate on submissions they were called for only", "not_called"),
    ] {
        let answer = cast(who, &number, &digest, "approve").await;
        told.refused("cast_vote", sentence, answer, 403, code);
    }
    for (who, sentence, code) in
        [(first, NO_CONFLICT, "conflict_declared"), (second, NOT_PAYING_YOU, "own_payee")]
    {
        let answer = who.post(&format!("{PILOT}/submissions/{approved}/reverse"), &why()).await;
        told.refused("reverse_submission", sentence, answer, 403, code);
    }
    for (operation, path, body) in [
        ("declare_conflict", "conflicts", but(with, json!({ "member": 3 }))),
        ("declare_node", "nodes", but(node, json!({ "member": 3 }))),
        ("leave", "leave", json!({ "member": 3 })),
    ] {
        let answer = first.post(&format!("{PILOT}/{path}"), &body).await;
        let sentence = if operation == "leave" { "for yourself only" } else { "of your own only" };
        let body = told.refused(operation, sentence, answer, 422, "malformed");
        assert_eq!(body["errors"][0]["field"], "member");
    }
    let answer = lead.post(&format!("{PILOT}/leave"), &json!({})).await;
    told.refused("leave", "the last lead keeps the role", answer, 409, "last_lead");
    let link =
        |other: u32, linked: bool| json!({ "other": other, "linked": linked, "reason": "One person." });
    let answer = bob.post(&format!("{PILOT}/members/5/links"), &link(7, true)).await;
    told.refused("link_members", "a lead, or one of the two for themselves", answer, 403, "lead_links");
    let answer = bob.post(&format!("{PILOT}/members/6/links"), &link(2, true)).await;
    let sentence = "another who runs the program has to ask it themselves";
    told.refused("link_members", sentence, answer, 403, "lead_links");
    let answer = bob.post(&format!("{PILOT}/members/6/links"), &link(7, false)).await;
    told.refused("link_members", "only a lead takes a link apart", answer, 403, "lead_links");
}

/// Whoever joins, and whoever looks twice.
async fn around_doors(told: &mut Told, api: &Api, people: &super::cast::Cast<'_>) {
    let (lead, alice, [first, second]) = (&people.lead, &people.alice, &people.reviewers);
    let mut file = but(program(), json!({ "slug": "careful", "safe": address(910) }));
    file["policy"]["sample_at_least"] = json!(1);
    lead.post("/programs", &file).await.json(201);
    alice.post("/me/addresses", &json!({ "program": "careful", "address": address(5) })).await.json(200);
    let submissions = "/programs/careful/submissions";
    let filed = alice.post(submissions, &claim(4, "2")).await.json(201)["submission"].clone();
    let sample = format!("{submissions}/{}/sample", filed["number"]);
    let approval = super::cast::vote("approve", &filed["digest"]);
    first.post(&format!("{submissions}/{}/votes", filed["number"]), &approval).await.json(200);
    lead.post("/programs/careful/members/5/roles", &json!({ "role": "reviewer" })).await.json(200);
    let node = json!({ "address": address(5), "operated": true, "note": "An orchestrator." });
    second.post("/programs/careful/nodes", &node).await.json(200);
    let with = json!({ "with": 5, "stands": true, "reason": "We share a flat." });
    people.alternate.post("/programs/careful/conflicts", &with).await.json(200);
    let stranger = api.person("stranger").await;
    told.next();
    let passed = json!({ "passed": true, "reason": "Seen again." });
    let answer = first.post(&sample, &passed).await;
    told.refused("check_sample", "not on a claim that you approved", answer, 403, "own_approval");
    let answer = alice.post(&sample, &passed).await;
    told.refused("check_sample", NOT_YOURS, answer, 403, "own_claim");
    let answer = second.post(&sample, &passed).await;
    told.refused("check_sample", NOT_PAYING_YOU, answer, 403, "own_payee");
    let answer = people.alternate.post(&sample, &passed).await;
    told.refused("check_sample", NO_CONFLICT, answer, 403, "conflict_declared");
    let join = format!("{PILOT}/join");
    let answer = stranger.post(&join, &json!({})).await;
    let sentence = "with the secret of an open invite, or where the policy lets everybody join";
    told.refused("join", sentence, answer, 403, "invite_needed");
    let answer = alice.post(&join, &json!({})).await;
    told.refused("join", "once for each account", answer, 409, "already_member");
}

/// Whose signature a member brings.
async fn around_owners(told: &mut Told, world: &super::settled::Elsewhere<'_>) {
    let [_, disputed, ..] = world.paths();
    let batch = world.lead.get(&disputed).await.json(200);
    let signatures = format!("{disputed}/signatures");
    let by = |n: u64| signature(&batch, &owner(n), Form::TypedData);
    told.next();
    let answer = world.alice.post(&signatures, &by(3)).await;
    let sentence = "of a current owner of the Safe, whoever brings it";
    let body = told.refused("record_signature", sentence, answer, 422, "malformed");
    assert_eq!(body["errors"][0]["field"], "signature");
    world.alice.post(&signatures, &by(1)).await.json(200);
}

/// What became of nonces, and LPT that moved otherwise, in a program of its own.
async fn around_the_chain(told: &mut Told, api: &Api) {
    let world = super::settled::elsewhere(api).await;
    around_owners(told, &world).await;
    world.seen_behind().await;
    let (lead, alice, reviewer) = (&world.lead, &world.alice, &world.reviewer);
    let [paid, disputed, inflow, outflow] = world.paths();
    let tx = json!({ "tx_hash": "ab".repeat(32) });
    let consumed = json!({ "how": "failed", "tx_hash": "ab".repeat(32), "reason": "It failed." });
    let why = json!({ "reason": "We asked." });
    reviewer.post(&format!("{disputed}/execution"), &tx).await.json(200);
    world.treasurer.post(&world.consumption(), &consumed).await.json(200);
    reviewer.post(&inflow, &why).await.json(200);
    reviewer.post(&outflow, &why).await.json(200);

    told.next();
    let alone = "where nothing is owed again: treasurers only";
    let two = "where claims are owed again: two persons";
    let own = "not where a claim of your own is owed again";
    let answer = lead.post(&format!("{paid}/execution"), &tx).await;
    told.refused("attest_execution", alone, answer, 403, "role_needed");
    let answer = reviewer.post(&format!("{disputed}/execution"), &tx).await;
    told.refused("attest_execution", two, answer, 403, "said_before");
    let answer = alice.post(&format!("{disputed}/execution"), &tx).await;
    told.refused("attest_execution", own, answer, 403, "own_money");
    let answer = world.treasurer.post(&world.consumption(), &consumed).await;
    told.refused("consume_nonce", two, answer, 403, "said_before");
    let answer = alice.post(&world.consumption(), &consumed).await;
    told.refused("consume_nonce", own, answer, 403, "own_money");
    let answer = reviewer.post(&inflow, &why).await;
    told.refused("classify_inflow", "two persons", answer, 403, "said_before");
    let answer = alice.post(&inflow, &world.of_hers(0)).await;
    told.refused("classify_inflow", "not the refund of a claim of your own", answer, 403, "own_money");
    let finding = format!("{}/findings/{}/resolve", super::settled::OTHER, world.inflow);
    let answer = reviewer.post(&finding, &why).await;
    let sentence = "as for what it is about: an inflow, an outflow, or the end of a nonce";
    told.refused("resolve_finding", sentence, answer, 403, "said_before");
    let answer = reviewer.post(&outflow, &why).await;
    told.refused("settle_outflow", "two persons", answer, 403, "said_before");
    let answer = alice.post(&outflow, &world.of_hers(2)).await;
    told.refused("settle_outflow", "not the payment of a claim of your own", answer, 403, "own_money");
    // A nonce on which everything was settled before owes nothing again.
    world.settles_everything().await;
    told.next();
    let answer = lead.post(&world.consumption(), &consumed).await;
    told.refused("consume_nonce", alone, answer, 403, "role_needed");
}

on_both! {
    fn every_separation_of_the_permission_table_holds(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let mut told = Told { stock: Stock::of(test), before: String::new(), met: BTreeSet::new() };

            around_people(&mut told, &people).await;
            around_claims(&mut told, &people).await;
            let approved = around_disputes(&mut told, &people).await;
            around_stakes(&mut told, &people, &approved).await;
            around_doors(&mut told, &api, &people).await;
            around_wallets(&mut told, &api, &people).await;
            around_the_chain(&mut told, &api).await;

            let table = permissions();
            let sentences = table.iter().flat_map(|(operation, row)| {
                row.separations.split("; ").filter(|sentence| !sentence.is_empty()).map(|sentence| (operation.as_str(), sentence))
            });
            assert_eq!(told.met, sentences.collect(), "a sentence that no request meets, or that is no longer there");
            println!("count: separations of the permission table met {}", told.met.len());
            api.stop().await;
        });
    }
}
