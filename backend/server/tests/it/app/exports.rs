//! What leaves the house: ledger rows, and the files that signers import.

use domain::value::{Amount, BatchNumber, Digest};
use safe::inspect::{Inspection, Kind};
use safe::{U256, inspect};
use server::app::{BatchFiles, Error};

use super::history::{journal, play, settled};
use super::world::{World, run};
use crate::common::on_both;

async fn files(world: &World, batch: u32) -> BatchFiles {
    world.app.export_batch(world.slug, BatchNumber::new(batch).unwrap()).await.unwrap()
}

fn read(text: &str) -> Vec<Vec<String>> {
    let mut table = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    table.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

on_both! {
    fn ledger_rows_are_the_postings_in_lpt_and_in_wei(test: TestDb) {
        run(async {
            let world = play(test).await;
            let rows = world.app.ledger(world.slug).await.unwrap();
            let mut shown = rows.iter();
            for recorded in journal(&world, test).await {
                let event = &recorded.event;
                for (line, posting) in (1..).zip(&event.postings) {
                    let row = shown.next().unwrap();
                    assert_eq!((row.seq.to_string(), row.line), (event.seq.to_string(), line));
                    assert_eq!((&row.at, &row.kind), (&event.at.to_string(), &event.fact.kind().to_string()));
                    assert_eq!((&row.actor, &row.leaf_hash), (&event.actor.to_string(), &recorded.leaf.to_string()));
                    assert_eq!((&row.account, &row.side), (&posting.0.to_string(), &posting.1.to_string()));
                    assert_eq!(row.amount_wei, posting.2.wei().to_string());
                    for (lpt, wei) in [(&row.amount_lpt, &row.amount_wei), (&row.balance_lpt, &row.balance_wei)] {
                        assert_eq!(lpt.parse::<Amount>().unwrap().wei().to_string(), *wei);
                    }
                }
            }
            assert!(shown.next().is_none());
            println!("count: ledger rows {}", rows.len());
        });
    }

    fn batch_files_read_back_as_the_batch_line_by_line(test: TestDb) {
        run(async {
            let world = settled(test).await;
            let program = world.program().await;
            let (mut payouts, mut rejections) = (0, 0);
            for batch in program.batches() {
                let files = files(&world, batch.number.get()).await.files;
                if batch.payouts.is_empty() {
                    let [typed] = &files[..] else { panic!("{files:?}") };
                    let found = inspect(&typed.1).unwrap();
                    assert_eq!((typed.0, found.safe_tx_hash), ("typed-data.json", Some(batch.safe_tx_hash)));
                    rejections += 1;
                    continue;
                }
                let [builder, typed, airdrop, annotated] = &files[..] else { panic!("{files:?}") };
                for (name, text) in [builder, typed] {
                    let found = inspect(text).unwrap();
                    same_lines(&found, batch);
                    assert_eq!(found.warnings, [], "{name}");
                    assert_eq!((found.chain_id, found.safe), (Some(U256::from(42_161)), Some(program.charter().safe)));
                }
                let typed = inspect(&typed.1).unwrap();
                assert_eq!(typed.kind, Kind::TypedData);
                let hashes: [Option<Digest>; 3] = [typed.domain_hash, typed.message_hash, typed.safe_tx_hash];
                assert_eq!(hashes, [batch.domain_hash, batch.message_hash, batch.safe_tx_hash].map(Some));
                assert_eq!((typed.nonce, typed.to), (Some(U256::from(batch.nonce.get())), Some(batch.to)));
                assert!(builder.1.contains("DEMO"), "a demo never looks real");
                let found: serde_json::Value = serde_json::from_str(&builder.1).unwrap();
                let meta = |name: &str| found["meta"][name].as_str().unwrap();
                // The app that reads it chooses a nonce, and does not know that others stand on the batch's.
                let (nonce, hash) = (batch.nonce, format!("0x{}", batch.safe_tx_hash));
                assert!(meta("name").contains(&format!("batch {}, nonce {nonce}: ", batch.number)), "{}", meta("name"));
                let by_hand = format!("set the nonce to {nonce} by hand and compare the safeTxHash {hash}");
                assert!(meta("description").contains(&by_hand), "{}", meta("description"));

                let airdrop = read(&airdrop.1);
                assert_eq!(airdrop[0], ["token_type", "token_address", "receiver", "amount", "id"]);
                let annotated = read(&annotated.1);
                assert_eq!([airdrop.len(), annotated.len()], [batch.payouts.len() + 1; 2]);
                for (place, payout) in batch.payouts.iter().enumerate() {
                    let (row, payee) = (&airdrop[place + 1], safe::eip55::checksum(&payout.payee));
                    assert_eq!((&row[2], &row[3]), (&payee, &payout.amount.to_string()));
                    let cell = |name: &str| {
                        let column = annotated[0].iter().position(|column| column == name).unwrap();
                        annotated[place + 1][column].as_str()
                    };
                    assert_eq!((cell("line"), cell("claim")), ((place + 1).to_string().as_str(), payout.submission.to_string().as_str()));
                    assert_eq!((cell("amount_wei"), cell("payee")), (payout.amount.wei().to_string().as_str(), payee.as_str()));
                    assert_eq!(cell("amount_lpt").parse(), Ok(payout.amount));
                    assert_eq!(cell("safe_tx_hash"), format!("0x{}", batch.safe_tx_hash));
                    assert!(cell("approvals").contains("first-reviewer: I say "), "{}", cell("approvals"));
                    assert!(!cell("person").starts_with('='), "no spreadsheet runs a handle");
                    assert_eq!(cell("note"), format!("DEMO – do not sign. On nonce {nonce} only."));
                    payouts += 1;
                }
            }
            assert_eq!((program.batches().count(), rejections), (4, 1));
            println!("count: payouts read back {payouts}");
        });
    }

    fn exports_are_the_same_after_a_restart(test: TestDb) {
        run(async {
            let world = settled(test).await;
            let restarted = world.another(test);
            for batch in [1, 2, 3, 4] {
                assert_eq!(files(&restarted, batch).await, files(&world, batch).await);
            }
            let missing = world.app.export_batch(world.slug, BatchNumber::new(5).unwrap()).await;
            assert!(matches!(missing, Err(Error::NoSuchBatch { number: 5 })), "{missing:?}");
        });
    }
}

fn same_lines(found: &Inspection, batch: &domain::batch::Batch) {
    assert_eq!(found.transfers.len(), batch.payouts.len());
    for (transfer, payout) in found.transfers.iter().zip(&batch.payouts) {
        assert_eq!((transfer.recipient, transfer.amount), (payout.payee, U256::from(payout.amount.wei())));
    }
    assert_eq!(found.total.to_string(), batch.total.wei().to_string());
}
