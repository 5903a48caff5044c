//! A month with something of everything: each kind of event, each state of a claim.

use domain::command::BatchProposed;
use domain::event::{Fact, Kind, Recorded};
use domain::value::{BatchNumber, BountyNumber, MemberNumber, PeriodNumber, SubmissionNumber};
use domain::words::{Choice, ClaimKind, Consumption, Ground, PeriodKind, Role, Verdict};
use safe::signature::Form;
use safe::signer::LocalKey;
use serde_json::Value;
use server::app::{
    AcceptedOffer, NewBatch, NewBounty, NewCall, NewCap, NewCheck, NewClosing, NewComment, NewConflict,
    NewConsumption, NewExecution, NewExplanation, NewFunding, NewInflow, NewJoin, NewLimits, NewLink,
    NewMember, NewMove, NewNode, NewObservation, NewOutflow, NewPeriod, NewPolicy, NewRange, NewRefund,
    NewRevision, NewRole, NewSignature, NewSlot, NewSubmission, NewWithdrawal, NoWords, Receipt, Why,
};

use super::world::{
    ALICE, BOB, CAROL, LEAD, REVIEWER, REVIEWER_2, TREASURER, World, address, expense, filed, link, outcome,
    run, time,
};
use crate::common::{TestDb, with_both};

/// Kinds that another month is about, but for invites, whose secrets are made by chance.
const OF_PEOPLE: [Kind; 7] = [
    Kind::MemberJoined,
    Kind::MemberLeft,
    Kind::MembersLinked,
    Kind::ConflictDeclared,
    Kind::NodeDeclared,
    Kind::AlternateCalled,
    Kind::SampleChecked,
];

/// Kinds that only the ledger itself writes, of what it reads on the chain: the simulator plays them on both databases.
const OF_THE_CHAIN: [Kind; 2] = [Kind::WordConfirmed, Kind::FindingRecorded];

pub const SAFE_1_4_1: &str = "0x41675C099F32341bf84BFc5382aF534df5C7461a";

fn member(number: u32) -> MemberNumber {
    MemberNumber::new(number).unwrap()
}

pub fn hash(n: u8) -> String {
    format!("0x{}", format!("{n:02x}").repeat(32))
}

pub fn bounty() -> NewBounty {
    NewBounty {
        period: "1".to_owned(),
        category: "bounties".to_owned(),
        function: "host".to_owned(),
        title: "Host a space".to_owned(),
        brief: "An hour on X about transcoding.".to_owned(),
        reward: "20".to_owned(),
        slots: 3,
        opens_at: "2026-01-01T00:00:00Z".to_owned(),
        closes_at: "2026-02-01T00:00:00Z".to_owned(),
        probe: false,
        template: None,
    }
}

/// An owner of the Safe.
fn owner(n: u8) -> LocalKey {
    LocalKey::from_seed(&[n])
}

pub fn observation(block: u64) -> NewObservation {
    NewObservation {
        corrects: None,
        block,
        block_hash: hash(1),
        nonce: 3,
        owners: [1, 2].map(|n| owner(n).address().to_string()).to_vec(),
        threshold: 2,
        singleton: SAFE_1_4_1.to_owned(),
        modules: vec![address(902)],
        guard: Some(address(903)),
        balance: "400.5".to_owned(),
    }
}

pub fn funding(amount: &str, log_index: u32) -> NewFunding {
    NewFunding { amount: amount.to_owned(), tx_hash: hash(2), log_index, sender: Some(address(904)) }
}

/// A claim on a category.
pub fn claim(who: u32, kind: ClaimKind, category: &str, amount: &str, n: u64) -> NewSubmission {
    NewSubmission {
        kind,
        bounty: (kind == ClaimKind::Bounty).then(|| "1".to_owned()),
        category: category.to_owned(),
        amount: amount.to_owned(),
        ..expense(who, n)
    }
}

impl World {
    async fn claims(
        &self,
        who: u32,
        kind: ClaimKind,
        category: &str,
        amount: &str,
        n: u64,
    ) -> SubmissionNumber {
        filed(&self.file(who, &claim(who, kind, category, amount, n)).await.unwrap())
    }

    async fn votes(&self, claim: SubmissionNumber, choice: Choice) -> Verdict {
        self.vote(REVIEWER, claim, choice).await.unwrap();
        outcome(&self.vote(REVIEWER_2, claim, choice).await.unwrap()).verdict
    }

    pub async fn batch(&self, submissions: &[u32]) -> Receipt {
        let submissions = submissions.iter().map(ToString::to_string).collect();
        let new = NewBatch { submissions, nonce: None, evidence_up: true, split: false };
        self.app.propose_batch(self.ask(TREASURER, &self.key()), &new).await.unwrap()
    }
}

pub fn proposed(receipt: &Receipt) -> BatchProposed {
    match &receipt.fact {
        Fact::BatchProposed { outcome, .. } => *outcome,
        other => panic!("not a batch: {other:?}"),
    }
}

async fn set_up(world: &World) {
    let app = &world.app;
    let dave = NewMember { handle: "dave".to_owned(), roles: vec![Role::Contributor] };
    app.add_member_without_account(world.ask(LEAD, &world.key()), &dave).await.unwrap();
    app.grant_role(world.ask(LEAD, &world.key()), member(9), NewRole { role: Role::Auditor }).await.unwrap();
    app.revoke_role(world.ask(LEAD, &world.key()), member(9), Role::Contributor).await.unwrap();
    world.record(ALICE, &address(55)).await.unwrap();
    let february = NewPeriod {
        kind: PeriodKind::Month,
        starts_at: "2026-02-01T00:00:00Z".to_owned(),
        ends_at: "2026-03-01T00:00:00Z".to_owned(),
        cap: "750".to_owned(),
    };
    app.open_period(world.ask(LEAD, &world.key()), &february).await.unwrap();
    world.allot("2", &[("lead", "500")]).await.unwrap();
    world.allot("1", &[("bounties", "130"), ("operations", "25")]).await.unwrap();
    app.post_bounty(world.ask(LEAD, &world.key()), &bounty()).await.unwrap();
}

/// Claims 1 to 3: approved after a change of mind, approved as revised, approved in the small lane.
async fn approve_three(world: &World) {
    let changed = world.claims(ALICE, ClaimKind::Bounty, "bounties", "18", 1).await;
    let mut ballot = world.ballot(changed, Choice::Approve).await;
    for (ordinal, choice) in [(1, Choice::Approve), (2, Choice::Reject), (3, Choice::Approve)] {
        (ballot.ordinal, ballot.choice) = (ordinal, choice);
        ballot.ground = (choice == Choice::Reject).then_some(Ground::Criteria);
        world.app.cast_vote(world.ask(REVIEWER, &world.key()), changed, &ballot).await.unwrap();
    }
    let decided = world.vote(REVIEWER_2, changed, Choice::Approve).await.unwrap();
    assert_eq!(outcome(&decided).verdict, Verdict::Approved);

    let revised = world.claims(BOB, ClaimKind::Bounty, "bounties", "20", 3).await;
    let returned = world.vote(REVIEWER, revised, Choice::NeedsChanges).await.unwrap();
    assert_eq!(outcome(&returned).verdict, Verdict::NeedsChanges);
    let new = NewRevision {
        function: "host".to_owned(),
        channel: "youtube".to_owned(),
        title: "As asked".to_owned(),
        summary: "With the right link.".to_owned(),
        evidence: vec![link(4), link(5)],
        captures: Vec::new(),
        promoted: true,
        amount: "15.000000000000000001".to_owned(),
        payee: address(u64::from(BOB)),
        share: None,
        period: None,
    };
    world.app.revise_submission(world.ask(BOB, &world.key()), revised, &new).await.unwrap();
    assert_eq!(world.votes(revised, Choice::Approve).await, Verdict::Approved);

    let small = world.claims(CAROL, ClaimKind::Expense, "operations", "4.5", 6).await;
    let decided = world.vote(REVIEWER, small, Choice::Approve).await.unwrap();
    assert_eq!(outcome(&decided).verdict, Verdict::Approved);
}

/// Claims 4 to 9: rejected, its evidence used again, waiting for money, a lead's, and two undecided.
async fn decide_the_rest(world: &World) {
    let rejected = world.claims(CAROL, ClaimKind::Retro, "marketing", "12", 7).await;
    assert_eq!(world.votes(rejected, Choice::Reject).await, Verdict::Rejected);
    let again = world.claims(BOB, ClaimKind::Expense, "marketing", "20", 7).await;
    assert_eq!(world.votes(again, Choice::Approve).await, Verdict::Approved);

    let waiting = world.claims(BOB, ClaimKind::Expense, "operations", "30", 8).await;
    assert_eq!(world.votes(waiting, Choice::Approve).await, Verdict::Agreed);
    world.allot("1", &[("operations", "50")]).await.unwrap();

    let lead = world.claims(LEAD, ClaimKind::Lead, "lead", "100", 9).await;
    assert_eq!(world.votes(lead, Choice::Approve).await, Verdict::Approved);

    let open = world.claims(ALICE, ClaimKind::Bounty, "bounties", "20", 20).await;
    world.vote(REVIEWER, open, Choice::Recuse).await.unwrap();
    let returned = world.claims(ALICE, ClaimKind::Retro, "marketing", "1", 21).await;
    world.vote(REVIEWER_2, returned, Choice::NeedsChanges).await.unwrap();
}

/// Offers taken, given back and closed; claims 10 to 13: an offer accepted, comments, an appeal, a challenge and a
/// hold, an approval given up and one taken back.
async fn dispute(world: &World) {
    let app = &world.app;
    let why = Why { reason: "It has to be looked at.".to_owned() };
    let two = BountyNumber::new(2).unwrap();
    let probe = NewBounty { probe: true, reward: "2".to_owned(), ..bounty() };
    app.post_bounty(world.ask(LEAD, &world.key()), &probe).await.unwrap();
    app.take_slot(world.ask(ALICE, &world.key()), two, &NewSlot::default()).await.unwrap();
    app.release_slot(world.ask(ALICE, &world.key()), two, member(ALICE)).await.unwrap();
    app.close_bounty(world.ask(LEAD, &world.key()), two, &why).await.unwrap();

    let work = claim(BOB, ClaimKind::Expense, "marketing", "6", 30);
    let shared = filed(&world.file(BOB, &NewSubmission { share: Some(60), ..work.clone() }).await.unwrap());
    let rest = claim(CAROL, ClaimKind::Expense, "marketing", "2", 30);
    filed(&world.file(CAROL, &NewSubmission { share: Some(40), ..rest }).await.unwrap());
    let contests = Some(shared.to_string());
    let disputed = claim(ALICE, ClaimKind::Expense, "marketing", "6", 30);
    let disputed = NewSubmission { contests, share: Some(60), ..disputed };
    let disputed = filed(&world.file(ALICE, &disputed).await.unwrap());
    let mut ballot = world.ballot(shared, Choice::NeedsChanges).await;
    ballot.offer = Some("5.5".to_owned());
    app.cast_vote(world.ask(REVIEWER, &world.key()), shared, &ballot).await.unwrap();
    let offer = AcceptedOffer { amount: "5.5".to_owned() };
    app.accept_offer(world.ask(BOB, &world.key()), shared, &offer).await.unwrap();
    let comment = NewComment { comment: "Thank you: \"fair\".".to_owned() };
    app.add_comment(world.ask(BOB, &world.key()), shared, &comment).await.unwrap();
    for reviewer in [REVIEWER, REVIEWER_2] {
        let mut ballot = world.ballot(disputed, Choice::Reject).await;
        ballot.ground = Some(Ground::Duplicate);
        app.cast_vote(world.ask(reviewer, &world.key()), disputed, &ballot).await.unwrap();
    }
    app.appeal_rejection(world.ask(ALICE, &world.key()), disputed, &why).await.unwrap();
    app.withdraw_submission(world.ask(ALICE, &world.key()), disputed, &why).await.unwrap();
    assert_eq!(world.votes(shared, Choice::Approve).await, Verdict::Approved);
    app.hold_submission(world.ask(TREASURER, &world.key()), shared, &why).await.unwrap();
    app.release_submission(world.ask(LEAD, &world.key()), shared, &why).await.unwrap();
    app.challenge_submission(world.ask(CAROL, &world.key()), shared, &why).await.unwrap();
    app.reopen_submission(world.ask(BOB, &world.key()), shared, &why).await.unwrap();
    let doubted = world.claims(ALICE, ClaimKind::Expense, "marketing", "5.75", 31).await;
    assert_eq!(world.votes(doubted, Choice::Approve).await, Verdict::Approved);
    for reviewer in [REVIEWER, REVIEWER_2] {
        app.reverse_submission(world.ask(reviewer, &world.key()), doubted, &why).await.unwrap();
    }
}

/// Batch 1 pays claim 1, batch 2 claims 2, 3 and 5, in another order.
async fn propose(world: &World) {
    world.clock.set(time("2026-01-06T09:30:00.000001Z"));
    let app = &world.app;
    let mut first = observation(100);
    first.guard = None;
    first.modules.clear();
    app.observe_safe(world.ask(TREASURER, &world.key()), &first).await.unwrap();
    app.record_funding(world.ask(TREASURER, &world.key()), &funding("300.5", 0)).await.unwrap();
    let mut unknown = funding("100", 1);
    unknown.sender = None;
    app.record_funding(world.ask(TREASURER, &world.key()), &unknown).await.unwrap();
    world.batch(&[1]).await;
    app.observe_safe(world.ask(TREASURER, &world.key()), &observation(101)).await.unwrap();
    let second = proposed(&world.batch(&[3, 2, 5]).await);
    assert_eq!(second.batch, BatchNumber::new(2).unwrap());
}

/// What becomes of the batches: the first is executed, the second rejected and proposed anew; LPT moves otherwise.
async fn settle(world: &World) {
    let (app, why) = (&world.app, Why { reason: "Somebody looked: \"yes\".".to_owned() });
    let (one, two) = (BatchNumber::FIRST, BatchNumber::new(2).unwrap());
    let executed = |byte: &str| NewExecution { tx_hash: byte.repeat(32) };
    app.attest_execution(world.ask(TREASURER, &world.key()), one, &executed("c1")).await.unwrap();
    app.propose_rejection(world.ask(TREASURER, &world.key()), two, NoWords {}).await.unwrap();
    let nonce = world.program().await.batch(two).unwrap().nonce;
    let beside = NewBatch {
        submissions: vec!["2".to_owned()],
        nonce: Some(nonce.get()),
        evidence_up: true,
        split: false,
    };
    app.propose_batch(world.ask(TREASURER, &world.key()), &beside).await.unwrap();
    // Its owners sign the one in either form; the Safe has consumed the nonce before anything is owed again.
    let hash = world.program().await.batch(BatchNumber::new(4).unwrap()).unwrap().safe_tx_hash;
    for (n, form) in [(1, Form::TypedData), (2, Form::EthSign)] {
        let signed = owner(n).sign(&hash, form).unwrap();
        let signature = Some(safe::hex::encode(&signed.bytes()));
        let new = NewSignature { signature, owner: None, form: None };
        let four = BatchNumber::new(4).unwrap();
        app.record_signature(world.ask(CAROL, &world.key()), four, &new).await.unwrap();
    }
    let seen = NewObservation { nonce: nonce.get() + 1, ..observation(102) };
    app.observe_safe(world.ask(TREASURER, &world.key()), &seen).await.unwrap();
    let consumed =
        NewConsumption { how: Consumption::Replaced, tx_hash: "c2".repeat(32), reason: why.reason.clone() };
    for who in [TREASURER, LEAD] {
        app.consume_nonce(world.ask(who, &world.key()), nonce, &consumed).await.unwrap();
    }
    app.withdraw_execution(world.ask(TREASURER, &world.key()), nonce, &why).await.unwrap();
    for who in [TREASURER, LEAD] {
        let four = BatchNumber::new(4).unwrap();
        app.attest_execution(world.ask(who, &world.key()), four, &executed("c3")).await.unwrap();
    }
    let moved = |amount: &str, byte: &str| NewInflow {
        amount: amount.to_owned(),
        tx_hash: byte.repeat(32),
        log_index: 2,
        sender: Some(address(77)),
    };
    let came = app.record_inflow(world.ask(TREASURER, &world.key()), &moved("3.5", "d1")).await.unwrap().seq;
    let back = app.record_inflow(world.ask(TREASURER, &world.key()), &moved("1", "d2")).await.unwrap().seq;
    let explained = |submission: Option<&str>| NewExplanation {
        submission: submission.map(ToOwned::to_owned),
        reason: why.reason.clone(),
    };
    for who in [REVIEWER, TREASURER] {
        app.classify_inflow(world.ask(who, &world.key()), came, &explained(None)).await.unwrap();
        app.classify_inflow(world.ask(who, &world.key()), back, &explained(Some("1"))).await.unwrap();
    }
    let refund = NewRefund {
        submission: "1".to_owned(),
        amount: "2".to_owned(),
        tx_hash: "d3".repeat(32),
        log_index: 0,
        sender: None,
    };
    let refund = app.record_refund(world.ask(TREASURER, &world.key()), &refund).await.unwrap().seq;
    app.withdraw_transfer(world.ask(TREASURER, &world.key()), refund, &why).await.unwrap();
    let left = NewOutflow {
        amount: "5".to_owned(),
        tx_hash: "d4".repeat(32),
        log_index: 0,
        recipient: Some(address(78)),
    };
    let left = app.record_outflow(world.ask(TREASURER, &world.key()), &left).await.unwrap().seq;
    for who in [REVIEWER, TREASURER] {
        app.settle_outflow(world.ask(who, &world.key()), left, &explained(Some("3"))).await.unwrap();
    }
    let policy = serde_json::json!({ "open_claims": 13, "single_handed_hours": null });
    let Value::Object(policy) = policy else { panic!("an object") };
    let new = NewPolicy { policy, reason: why.reason.clone() };
    app.change_policy(world.ask(LEAD, &world.key()), &new).await.unwrap();
}

/// February: its limits and caps change, money moves in it, a funding was none, and it closes.
async fn change_the_budget(world: &World) {
    let (app, february) = (&world.app, PeriodNumber::new(2).unwrap());
    let reason = || "January went well: \"better\" than planned.".to_owned();
    let travel = NewRange { slug: "travel".to_owned(), floor: "0".to_owned(), ceiling: "20".to_owned() };
    let limits = NewLimits { cap: Some("2000".to_owned()), categories: vec![travel], reason: reason() };
    app.change_limits(world.ask(LEAD, &world.key()), &limits).await.unwrap();
    let cap = NewCap { cap: "760.5".to_owned(), reason: reason() };
    app.change_cap(world.ask(LEAD, &world.key()), february, &cap).await.unwrap();
    let travel = NewMove {
        period: "2".to_owned(),
        from: "lead".to_owned(),
        to: "travel".to_owned(),
        amount: "5.25".to_owned(),
        reason: reason(),
    };
    app.move_allotment(world.ask(LEAD, &world.key()), &travel).await.unwrap();
    let none = app.record_funding(world.ask(TREASURER, &world.key()), &funding("9", 7)).await.unwrap();
    let withdrawal = NewWithdrawal { reason: reason() };
    app.withdraw_funding(world.ask(TREASURER, &world.key()), none.seq, &withdrawal).await.unwrap();
    world.clock.set(time("2026-03-10T09:00:00Z"));
    let closing = NewClosing { variance: "Nobody claimed anything.".to_owned() };
    app.close_period(world.ask(LEAD, &world.key()), february, &closing).await.unwrap();
}

/// Plays the month on a new database.
pub async fn play(test: &TestDb) -> World {
    let world = World::open(test).await;
    set_up(&world).await;
    approve_three(&world).await;
    decide_the_rest(&world).await;
    dispute(&world).await;
    propose(&world).await;
    world
}

/// As [`play`], with what became of the batches.
pub async fn settled(test: &TestDb) -> World {
    let world = play(test).await;
    settle(&world).await;
    world
}

/// The events as the journal's bytes say.
pub async fn journal(world: &World, test: &TestDb) -> Vec<Recorded> {
    let rows = world.events(test).await;
    rows.iter().map(|row| Recorded::from_bytes(&row.bytes).unwrap()).collect()
}

with_both! {
    fn both_databases_hold_the_same_bytes_after_the_same_month(sqlite: TestDb, postgres: TestDb) {
        let [one, other] = [sqlite, postgres].map(|test| {
            run(async {
                let world = settled(test).await;
                change_the_budget(&world).await;
                world.check(test).await;
                let journal = journal(&world, test).await;
                let kinds: Vec<Kind> = journal.iter().map(|recorded| recorded.event.fact.kind()).collect();
                let elsewhere = [&OF_PEOPLE[..], &OF_THE_CHAIN, &[Kind::MemberInvited, Kind::InviteWithdrawn, Kind::DocumentErased]].concat();
                let mut all = Kind::ALL.iter().filter(|kind| !elsewhere.contains(kind));
                assert!(all.all(|kind| kinds.contains(kind)), "each kind: {kinds:?}");
                (world.dump().await, world.program().await.root(), journal)
            })
        });

        for ((table, rows), (_, others)) in one.0.iter().zip(&other.0) {
            assert_eq!(rows, others, "{table}");
            assert!(!rows.is_empty(), "{table} is tested");
        }
        assert_eq!(one, other);
        println!("count: events alike on both databases {}", one.2.len());
    }
}

/// Who joins, leaves, is one person, has a stake; alternates and second looks. Invites are left out: their secrets
/// are made by chance.
async fn play_people(test: &TestDb) -> World {
    let world = World::open_with(test, |file| {
        (file.policy.open_joining, file.policy.sample_at_least, file.policy.alternate_hours) = (true, 1, 0);
    })
    .await;
    let app = &world.app;
    let account = app.register("erin", "seventeen green otters").await.unwrap();
    app.join(account, world.slug, &NewJoin { secret: None }).await.unwrap();
    let reason = || "As everybody knows.".to_owned();
    let link = NewLink { other: BOB.to_string(), linked: true, reason: reason() };
    app.link_members(world.ask(LEAD, &world.key()), member(ALICE), &link).await.unwrap();
    let conflict = NewConflict { with: CAROL.to_string(), stands: true, reason: reason() };
    app.declare_conflict(world.ask(REVIEWER, &world.key()), &conflict).await.unwrap();
    let node = NewNode { address: address(700), operated: true, note: "An orchestrator.".to_owned() };
    app.declare_node(world.ask(ALICE, &world.key()), &node).await.unwrap();

    let small = world.claims(ALICE, ClaimKind::Expense, "operations", "2", 1).await;
    world.vote(REVIEWER, small, Choice::Approve).await.unwrap();
    let check = NewCheck { passed: false, reason: reason() };
    app.check_sample(world.ask(REVIEWER_2, &world.key()), small, &check).await.unwrap();
    let normal = world.claims(CAROL, ClaimKind::Expense, "operations", "6", 2).await;
    app.grant_role(world.ask(LEAD, &world.key()), member(9), NewRole { role: Role::Alternate })
        .await
        .unwrap();
    app.call_alternate(world.ask(LEAD, &world.key()), normal, &NewCall { member: "9".to_owned() })
        .await
        .unwrap();
    app.leave(world.ask(BOB, &world.key()), &NoWords {}).await.unwrap();
    world
}

with_both! {
    fn both_databases_hold_the_same_bytes_about_people(sqlite: TestDb, postgres: TestDb) {
        let [one, other] = [sqlite, postgres].map(|test| {
            run(async {
                let world = play_people(test).await;
                world.check(test).await;
                let journal = journal(&world, test).await;
                let kinds: Vec<Kind> = journal.iter().map(|recorded| recorded.event.fact.kind()).collect();
                assert!(OF_PEOPLE.iter().all(|kind| kinds.contains(kind)), "each kind: {kinds:?}");
                (world.dump().await, world.program().await.root(), journal)
            })
        });

        assert_eq!(one, other);
        println!("count: events about people alike on both databases {}", one.2.len());
    }
}
