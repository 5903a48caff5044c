//! More claims than a batch may have: several batches on consecutive nonces, all or none.

use domain::batch::Batch;
use domain::refusal::Refusal;
use domain::value::{BatchNumber, Count, Seq};
use domain::words::{Choice, ClaimKind};
use server::app::{Error, NewBatch, NewObservation, Receipt};

use super::history::{claim, funding, observation, proposed};
use super::world::{ALICE, BOB, CAROL, REVIEWER, TREASURER, World, filed, run};
use crate::common::{TestDb, on_both};

/// Ten lines a batch; 25 approved claims of 1 LPT, and one that nobody decided. The Safe was seen with this.
async fn start(test: &TestDb, balance: &str) -> World {
    let world = World::open_with(test, |file| file.policy.batch_lines = 10).await;
    for (n, who) in (1..=26).zip([ALICE, BOB, CAROL].into_iter().cycle()) {
        let new = claim(who, ClaimKind::Expense, "marketing", "1", n);
        let number = filed(&world.file(who, &new).await.unwrap());
        if n < 26 {
            world.vote(REVIEWER, number, Choice::Approve).await.unwrap();
        }
    }
    let app = &world.app;
    let seen = NewObservation { balance: balance.to_owned(), ..observation(100) };
    app.observe_safe(world.ask(TREASURER, &world.key()), &seen).await.unwrap();
    app.record_funding(world.ask(TREASURER, &world.key()), &funding("300", 0)).await.unwrap();
    world
}

fn claims(numbers: impl IntoIterator<Item = u32>, split: bool) -> NewBatch {
    let submissions = numbers.into_iter().map(|number| number.to_string()).collect();
    NewBatch { submissions, nonce: None, evidence_up: true, split }
}

async fn propose(world: &World, new: &NewBatch, key: &str) -> Result<Vec<Receipt>, Error> {
    world.app.propose_batches(world.ask(TREASURER, key), new).await
}

/// The refusal of each batch that a preview shows.
async fn refusals(world: &World, new: &NewBatch) -> Vec<Option<String>> {
    let previews = world.app.preview_batch(world.ask(TREASURER, ""), new).await.unwrap();
    previews.into_iter().map(|preview| preview.refusal.map(|refusal| refusal.to_string())).collect()
}

on_both! {
    fn twenty_five_claims_become_three_batches_on_consecutive_nonces(test: TestDb) {
        run(async {
            let world = start(test, "300").await;
            let size = world.program().await.size().get();
            // In an order of the treasurer's own.
            let order: Vec<u32> = (1..=25).rev().collect();
            let new = claims(order.clone(), true);
            let previews = world.app.preview_batch(world.ask(TREASURER, ""), &new).await.unwrap();
            assert_eq!(world.program().await.size().get(), size, "nothing is written");

            let receipts = propose(&world, &new, "split").await.unwrap();

            let program = world.program().await;
            let batches: Vec<&Batch> = program.batches().collect();
            assert_eq!((receipts.len(), batches.len(), program.size().get()), (3, 3, size + 3));
            let lines: Vec<Vec<u32>> = batches.iter().map(|batch| batch.payouts.iter().map(|line| line.submission.get()).collect()).collect();
            let expected: Vec<Vec<u32>> = order.chunks(10).map(<[u32]>::to_vec).collect();
            assert_eq!(lines, expected);
            assert_eq!(batches.iter().map(|batch| batch.nonce).collect::<Vec<_>>(), [3, 4, 5].map(Seq::new));
            for ((receipt, preview), batch) in receipts.iter().zip(&previews).zip(&batches) {
                assert_eq!((proposed(receipt).batch, receipt.seq, receipt.replayed), (batch.number, batch.proposed, false));
                assert!(preview.refusal.is_none(), "{preview:?}");
                let (tx, hashes) = preview.transaction.as_ref().unwrap();
                assert_eq!((Seq::new(tx.nonce.low_u64()), tx.to), (batch.nonce, batch.to), "what was shown is what is proposed");
                assert_eq!([hashes.domain, hashes.message, hashes.safe_tx], [batch.domain_hash, batch.message_hash, batch.safe_tx_hash]);
                assert_eq!(preview.shown.total, batch.total);
            }

            // The answer was lost.
            let again = propose(&world, &new, "split").await.unwrap();
            let told = |receipts: &[Receipt]| receipts.iter().map(|receipt| (receipt.seq, receipt.leaf)).collect::<Vec<_>>();
            assert_eq!(told(&again), told(&receipts));
            assert!(again.iter().all(|receipt| receipt.replayed));
            assert_eq!(world.program().await.size().get(), size + 3);
            let other = propose(&world, &claims([1], true), "split").await;
            assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
            world.check(test).await;
        });
    }

    fn if_one_of_them_is_refused_none_is_proposed(test: TestDb) {
        run(async {
            let world = start(test, "300").await;
            let size = world.program().await.size().get();
            // The last one of the third batch is undecided.
            let refused = propose(&world, &claims((1..=24).chain([26]), true), "one").await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::NotApproved { .. }))), "{refused:?}");
            let shown = refusals(&world, &claims((1..=24).chain([26]), true)).await;
            assert_eq!([shown[0].is_some(), shown[1].is_some(), shown[2].is_some()], [false, false, true], "{shown:?}");
            // The same claim in two of them.
            let twice = propose(&world, &claims((1..=24).chain([1]), true), "two").await;
            assert!(matches!(twice, Err(Error::Refused(Refusal::AlreadyBatched { .. }))), "{twice:?}");
            // Unless it is asked for, and beside others, nothing is split.
            let beside = NewBatch { nonce: Some(3), ..claims(1..=25, true) };
            for new in [claims(1..=25, false), beside] {
                let refused = propose(&world, &new, "three").await;
                let limit = Count::new(10);
                assert!(matches!(&refused, Err(Error::Refused(Refusal::TooMany { limit: most, .. })) if *most == limit), "{refused:?}");
            }
            let refused = propose(&world, &claims((1..=25).cycle().take(101), true), "four").await;
            assert!(matches!(&refused, Err(Error::Refused(Refusal::TooMany { limit, .. })) if limit.get() == 100), "{refused:?}");
            assert_eq!((world.program().await.size().get(), world.program().await.batches().count()), (size, 0));

            // A refusal spends no key.
            assert_eq!(propose(&world, &claims(1..=25, true), "one").await.unwrap().len(), 3);
            // As many as a batch may have make one.
            let fresh = test.fresh_like();
            let world = start(&fresh, "300").await;
            let one = propose(&world, &claims(1..=10, true), "one").await.unwrap();
            assert_eq!((one.len(), proposed(&one[0]).batch), (1, BatchNumber::FIRST));
        });
    }

    fn each_is_looked_at_as_if_those_before_it_were_proposed(test: TestDb) {
        run(async {
            // Enough for the first and not for the second.
            let world = start(test, "15").await;
            let size = world.program().await.size().get();
            let new = claims(1..=25, true);
            let refused = propose(&world, &new, "one").await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::OverSafeBalance { .. }))), "{refused:?}");
            let shown = refusals(&world, &new).await;
            assert_eq!(shown[0], None);
            assert!(shown[1].as_ref().is_some_and(|refusal| refusal.contains("the Safe can pay 5 LPT")), "{shown:?}");
            assert_eq!(world.program().await.size().get(), size);
            world.check(test).await;
        });
    }
}
