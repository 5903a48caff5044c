//! A key is spent by one written event, and by nothing else.

use domain::refusal::Refusal;
use domain::words::Choice;
use server::app::{Error, NewAddress};

use super::world::{
    ALICE, BOB, REVIEWER, World, address, at_once, expense, filed, link, pilot, run, slug, time,
};
use crate::common::on_both;

on_both! {
    fn of_16_callers_with_one_key_one_writes_and_all_get_its_receipt(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.events(test).await.len();
            let calls = (0..16).map(|_| {
                let world = world.clone();
                async move { world.app.file_submission(world.ask(ALICE, "once"), &expense(ALICE, 1)).await.unwrap() }
            });

            let receipts = at_once(calls).await;

            assert_eq!(receipts.iter().filter(|receipt| !receipt.replayed).count(), 1);
            let first = receipts.iter().find(|receipt| !receipt.replayed).unwrap();
            for receipt in &receipts {
                assert_eq!((receipt.seq, receipt.leaf, receipt.at), (first.seq, first.leaf, first.at));
                assert_eq!(receipt.fact, first.fact);
            }
            assert_eq!(world.events(test).await.len(), before + 1);
            world.check(test).await;
            println!("count: callers with one key {}", receipts.len());
        });
    }

    fn a_key_cannot_be_used_for_another_request(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            world.app.file_submission(world.ask(ALICE, "once"), &expense(ALICE, 1)).await.unwrap();
            let before = world.dump().await;

            let other = world.app.file_submission(world.ask(ALICE, "once"), &expense(ALICE, 2)).await;

            assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
            assert_eq!(world.dump().await, before);
        });
    }

    fn a_refusal_spends_nothing(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let elsewhere = address(100);
            let mut claim = expense(ALICE, 1);
            claim.payee = elsewhere.clone();
            let refused = world.app.file_submission(world.ask(ALICE, "later"), &claim).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::PayeeNotYours { .. }))), "{refused:?}");

            world.record(ALICE, &elsewhere).await.unwrap();

            let receipt = world.app.file_submission(world.ask(ALICE, "later"), &claim).await.unwrap();
            assert!(!receipt.replayed);
            // Another body may take the key of a refusal, too: it was never spent.
            let refused = world.app.file_submission(world.ask(ALICE, "x"), &expense(BOB, 2)).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
            assert!(world.app.file_submission(world.ask(ALICE, "x"), &expense(ALICE, 3)).await.is_ok());
        });
    }

    fn keys_are_remembered_after_a_restart_and_whatever_the_clock_says(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let first = world.app.file_submission(world.ask(ALICE, "once"), &expense(ALICE, 1)).await.unwrap();
            let before = world.dump().await;
            let restarted = world.another(test);
            drop(world);
            restarted.clock.set(time("2026-01-09T00:00:00Z"));

            let again =
                restarted.app.file_submission(restarted.ask(ALICE, "once"), &expense(ALICE, 1)).await.unwrap();

            assert!(again.replayed && !first.replayed);
            assert_eq!((again.seq, again.leaf, again.at, &again.fact), (first.seq, first.leaf, first.at, &first.fact));
            let other = restarted.app.file_submission(restarted.ask(ALICE, "once"), &expense(ALICE, 2)).await;
            assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
            assert_eq!(restarted.dump().await, before);
        });
    }

    fn members_and_operations_have_keys_of_their_own(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let claim = filed(&world.app.file_submission(world.ask(ALICE, "k"), &expense(ALICE, 1)).await.unwrap());

            let others = world.app.file_submission(world.ask(BOB, "k"), &expense(BOB, 2)).await.unwrap();
            let new = NewAddress { address: address(100), proof: None };
            let recorded = world.app.record_address(world.ask(ALICE, "k"), &new).await.unwrap();
            let ballot = world.ballot(claim, Choice::Approve).await;
            let voted = world.app.cast_vote(world.ask(REVIEWER, "k"), claim, &ballot).await.unwrap();

            assert!([&others, &recorded, &voted].iter().all(|receipt| !receipt.replayed));
            // The same operation on another claim is another request.
            let second = filed(&world.file(ALICE, &expense(ALICE, 3)).await.unwrap());
            let ballot = world.ballot(second, Choice::Approve).await;
            let other = world.app.cast_vote(world.ask(REVIEWER, "k"), second, &ballot).await;
            assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
        });
    }

    fn a_repeat_is_answered_though_its_time_has_passed(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let claim = filed(&world.file(ALICE, &expense(ALICE, 1)).await.unwrap());
            let mut changed = world.ballot(claim, Choice::Reject).await;
            let first = world.app.cast_vote(world.ask(REVIEWER, "v"), claim, &changed).await.unwrap();
            changed.ordinal = 2;
            world.app.cast_vote(world.ask(REVIEWER, "w"), claim, &changed).await.unwrap();

            // As a new request this vote would be out of turn.
            changed.ordinal = 1;
            let again = world.app.cast_vote(world.ask(REVIEWER, "v"), claim, &changed).await.unwrap();

            assert!(again.replayed);
            assert_eq!(again.leaf, first.leaf);
        });
    }

    fn opening_a_program_twice_with_one_key_opens_one(test: TestDb) {
        run(async {
            let world = World::unopened(test);
            let calls = (0..4).map(|_| {
                let world = world.clone();
                async move { world.app.open_program(&pilot(), true, "open").await.unwrap() }
            });

            let answers = at_once(calls).await;

            let written = answers.iter().filter(|receipts| receipts.iter().all(|receipt| !receipt.replayed));
            assert_eq!(written.count(), 1);
            let leaves = |receipts: &[server::app::Receipt]| -> Vec<_> {
                receipts.iter().map(|receipt| receipt.leaf).collect()
            };
            assert!(answers.iter().all(|receipts| leaves(receipts) == leaves(&answers[0])));
            assert_eq!(world.events(test).await.len(), 3);
            assert_eq!(world.app.programs().await.unwrap().len(), 1);
            let mut other = pilot();
            other.description = "Something else.".to_owned();
            let reused = world.app.open_program(&other, true, "open").await;
            assert!(matches!(reused, Err(Error::KeyReused)), "{reused:?}");
            let taken = world.app.open_program(&pilot(), true, "another key").await;
            assert!(matches!(taken, Err(Error::SlugTaken { .. })), "{taken:?}");
            world.check(test).await;
        });
    }

    fn programs_have_keys_of_their_own(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let mut second = pilot();
            second.slug = slug("second");
            second.safe = address(200).parse().unwrap();

            let receipts = world.app.open_program(&second, true, "open").await.unwrap();

            assert!(receipts.iter().all(|receipt| !receipt.replayed));
            let mut elsewhere = world.clone();
            elsewhere.slug = slug("second");
            for world in [&world, &elsewhere] {
                let new = NewAddress { address: address(300), proof: None };
                assert!(!world.app.record_address(world.ask(ALICE, "same"), &new).await.unwrap().replayed);
                world.check(test).await;
            }
            // Evidence is bound to the program: one post may be claimed in each.
            let mut claim = expense(ALICE, 1);
            claim.payee = address(300);
            claim.evidence = vec![link(1)];
            assert!(world.file(ALICE, &claim).await.is_ok());
            assert!(elsewhere.file(ALICE, &claim).await.is_ok());
        });
    }
}
