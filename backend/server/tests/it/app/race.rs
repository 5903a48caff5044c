//! Many callers for the last money of a category: one gets it, nobody is lost.

use std::collections::BTreeSet;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::submission::Stage;
use domain::value::{PeriodNumber, SubmissionNumber};
use domain::words::{Bucket, Choice, Verdict};
use server::app::Receipt;
use server::db::rows::{Account, Submission, Vote};
use server::db::{AnyConn, Stored, Target};

use super::world::{ALICE, REVIEWER, REVIEWER_2, World, at_once, expense, filed, lpt, outcome, run, slug};
use crate::common::{TestDb, on_both};

const CALLERS: u64 = 64;

fn rounds() -> usize {
    if std::env::var_os("BOUNTY_LEDGER_TEST_LONG").is_some() { 100 } else { 5 }
}

/// 64 claims of 10 LPT that one more approval decides, on a category with 10 LPT.
async fn agreed_but_for_one_vote(test: &TestDb) -> (World, Vec<SubmissionNumber>) {
    let world = World::open_with(test, |file| {
        file.allotments.insert(slug("operations"), lpt("10"));
    })
    .await;
    let claims = (1..=CALLERS).map(|n| {
        let world = world.clone();
        async move { filed(&world.file(ALICE, &expense(ALICE, n)).await.unwrap()) }
    });
    let claims = at_once(claims).await;
    let first_votes = claims.iter().map(|claim| {
        let (world, claim) = (world.clone(), *claim);
        async move { outcome(&world.vote(REVIEWER, claim, Choice::Approve).await.unwrap()).verdict }
    });
    assert!(at_once(first_votes).await.iter().all(|verdict| *verdict == Verdict::Counted));
    (world, claims)
}

/// All deciding votes at once, through these servers in turn; gives the receipts in the journal's order.
async fn decide(worlds: &[World], claims: &[SubmissionNumber]) -> Vec<Receipt> {
    let votes = claims.iter().zip(worlds.iter().cycle()).map(|(claim, world)| {
        let (world, claim) = (world.clone(), *claim);
        async move { world.vote(REVIEWER_2, claim, Choice::Approve).await.unwrap() }
    });
    let mut receipts = at_once(votes).await;
    receipts.sort_by_key(|receipt| receipt.seq);
    receipts
}

/// One was approved, the others are told what is missing; tables, memory and journal say the same.
async fn settled(test: &TestDb, world: &World, before: u64, receipts: &[Receipt]) {
    let seqs: BTreeSet<u64> = receipts.iter().map(|receipt| receipt.seq.get()).collect();
    assert!(
        seqs.iter().copied().eq(before..before + CALLERS),
        "seqs are distinct and without a gap: {seqs:?}"
    );
    let (approved, agreed) = receipts.split_first().unwrap();
    assert_eq!(outcome(approved).verdict, Verdict::Approved);
    for receipt in agreed {
        let outcome = outcome(receipt);
        assert_eq!(outcome.verdict, Verdict::Agreed);
        assert_eq!(
            (outcome.available, outcome.needed, outcome.missing),
            (Some(lpt("0")), Some(lpt("10")), Some(lpt("10")))
        );
    }
    let program = world.program().await;
    assert_eq!(program.available(PeriodNumber::FIRST, slug("operations")), lpt("0"));
    let (mut conn, id) = (test.open(), world.id().await);
    let balance = |account: &str, conn: &mut AnyConn| {
        Account::list(conn, &id).unwrap().into_iter().find(|row| row.account == account).unwrap().balance
    };
    assert_eq!(balance("1/operations/available", &mut conn), lpt("0").store());
    assert_eq!(balance("1/operations/encumbered", &mut conn), lpt("10").store());
    let states = Submission::list(&mut conn, &id).unwrap();
    let in_state = |state: &str| states.iter().filter(|row| row.state == state).count();
    assert_eq!((states.len(), in_state("approved"), in_state("agreed")), (64, 1, 63));
    assert_eq!(Vote::list(&mut conn, &id).unwrap().len(), 128);
    world.check(test).await;
}

/// The lead adds 20 LPT: the two that wait longest are approved in the same commit.
async fn raise(test: &TestDb, world: &World, receipts: &[Receipt]) {
    let raised = world.allot("1", &[("operations", "30")]).await.unwrap();

    let seq = i64::try_from(raised.seq.get()).unwrap();
    let followed: Vec<_> = world.events(test).await.into_iter().filter(|event| event.seq > seq).collect();
    assert_eq!(followed.len(), 2);
    assert!(followed.iter().all(|event| event.kind == "waiting_approved" && event.actor == "system"));
    assert!(followed.iter().all(|event| event.cause_key.is_none() && event.at == raised.at.store()));
    if let Target::Postgres(_) = test.target {
        let commits =
            sql::<BigInt>(&format!("SELECT count(DISTINCT xmin::text) FROM events WHERE seq >= {seq}"));
        assert_eq!(commits.get_result::<i64>(&mut test.open()).unwrap(), 1, "one commit for all three");
    }
    let program = world.program().await;
    let voted_on = |receipt: &Receipt| match receipt.fact.command() {
        domain::event::Command::VoteCast(vote) => vote.submission,
        other => panic!("not a vote: {other:?}"),
    };
    for (place, receipt) in receipts.iter().enumerate() {
        let stage = &program.submission(voted_on(receipt)).unwrap().stage;
        match place {
            0..=2 => assert!(matches!(stage, Stage::Approved { .. }), "{place}: {stage:?}"),
            _ => assert!(matches!(stage, Stage::Agreed { .. }), "{place}: {stage:?}"),
        }
    }
    let line = |bucket| program.books().line(PeriodNumber::FIRST, slug("operations"), bucket);
    assert_eq!((line(Bucket::Available), line(Bucket::Encumbered)), (lpt("0"), lpt("30")));
    world.check(test).await;
}

on_both! {
    fn of_64_callers_one_takes_the_last_10_lpt_and_63_wait(test: TestDb) {
        let fresh = |round| if round == 0 { None } else { Some(test.fresh_like()) };
        let mut decisions = 0;
        for round in 0..rounds() {
            let another = fresh(round);
            let test = another.as_ref().unwrap_or(test);
            run(async {
                let (world, claims) = agreed_but_for_one_vote(test).await;
                let before = world.program().await.size().get();

                let receipts = decide(std::slice::from_ref(&world), &claims).await;

                settled(test, &world, before, &receipts).await;
                raise(test, &world, &receipts).await;
            });
            decisions += CALLERS;
        }
        println!("count: concurrent decisions {decisions}");
    }
}

/// SQLite has one server for each file; PostgreSQL any number.
mod two_servers_write_one_journal_without_a_gap {
    use super::*;

    #[test]
    fn postgres() {
        let mut decisions = 0;
        for _ in 0..rounds() {
            let test = &TestDb::postgres();
            run(async {
                let (world, claims) = agreed_but_for_one_vote(test).await;
                let other = world.another(test);
                let before = world.program().await.size().get();

                let receipts = decide(&[world.clone(), other.clone()], &claims).await;

                settled(test, &world, before, &receipts).await;
                settled(test, &other, before, &receipts).await;
                raise(test, &other, &receipts).await;
            });
            decisions += CALLERS;
        }
        println!("count: concurrent decisions of two servers {decisions}");
    }
}
