//! Audit bundles of a ledger that is being written to, on both databases.

use std::path::Path;

use diesel::connection::SimpleConnection;
use domain::event::Fact;
use domain::value::Digest;
use domain::words::{ClaimKind, Erasure};
use server::app::{App, NewErasure, Why};
use server::demo;
use verify::write::{Place, WriteError, Written};
use verify::{Checkpoint, Options, Outcome, bundle};

use super::history::{claim, play};
use super::world::{ALICE, BOB, LEAD, World, expense, filed, run};
use crate::common::{on_both, with_both};

async fn export(app: &App, world: &World, path: &Path) -> Written {
    app.export_bundle(world.slug, Place::new(path).unwrap()).await.unwrap()
}

/// Why a claim was withdrawn.
async fn withdrawn(world: &World) -> Digest {
    let claim = filed(&world.file(ALICE, &expense(ALICE, 1)).await.unwrap());
    let (key, why) = (world.key(), Why { reason: "Not mine.".to_owned() });
    let receipt = world.app.withdraw_submission(world.ask(ALICE, &key), claim, &why).await.unwrap();
    let Fact::SubmissionWithdrawn { asked } = receipt.fact else { panic!("{receipt:?}") };
    asked.reason
}

fn verified(path: &Path) -> Outcome {
    let outcome = bundle(path, &Options::default()).unwrap();
    assert!(outcome.is_sound(), "{outcome}");
    outcome
}

on_both! {
    fn a_bundle_of_every_kind_of_event_is_sound(test: TestDb) {
        run(async {
            let world = play(test).await;
            let folder = tempfile::tempdir().unwrap();
            let (archive, plain) = (folder.path().join("bundle.tar.gz"), folder.path().join("bundle"));

            let written = export(&world.app, &world, &archive).await;
            let reader = App::start_reading(&test.target).unwrap();
            assert_eq!(export(&reader, &world, &plain).await, written);

            let outcome = verified(&archive);
            assert_eq!(outcome, verified(&plain));
            let program = world.program().await;
            assert_eq!((outcome.checkpoint.size, outcome.checkpoint.root), (program.size(), program.root()));
            assert_eq!(outcome.checked.batches, 2);
            println!("count: events verified from a bundle {}", outcome.checked.events);
        });
    }

    // Whatever is appended meanwhile, a bundle is of one moment, and later ones continue it.
    fn bundles_that_are_written_while_others_write_are_sound(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let folder = tempfile::tempdir().unwrap();
            let mut kept: Vec<Checkpoint> = Vec::new();
            let next = async |kept: &mut Vec<Checkpoint>| {
                let path = folder.path().join(format!("{}.tar.gz", kept.len()));
                let written = export(&world.app, &world, &path).await;
                let outcome = bundle(&path, &Options { kept: kept.clone(), ..Options::default() }).unwrap();
                assert!(outcome.is_sound(), "{outcome}");
                assert_eq!(outcome.checkpoint, written.checkpoint);
                kept.push(written.checkpoint);
            };
            next(&mut kept).await;
            let writer = {
                let world = world.clone();
                tokio::spawn(async move {
                    for n in 0..20 {
                        let who = if n % 2 == 0 { ALICE } else { BOB };
                        let new = claim(who, ClaimKind::Expense, "operations", "0.1", n);
                        filed(&world.file(who, &new).await.unwrap());
                    }
                })
            };
            while !writer.is_finished() {
                next(&mut kept).await;
            }
            writer.await.unwrap();
            next(&mut kept).await;
            let grown = kept.windows(2).filter(|pair| pair[0].size < pair[1].size).count();
            assert!(grown > 0);
            println!("count: bundles written while others write {}, of other lengths {grown}", kept.len());
        });
    }

    // The export has read the state, and waits until somebody reads what it writes: meanwhile a text goes.
    fn a_bundle_that_lacks_a_text_which_was_just_erased_is_made_anew(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let reason = withdrawn(&world).await;
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("bundle.tar.gz");
            let pipe = folder.path().join(format!(".bundle.tar.gz.partial-{}", std::process::id()));
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            let exporting = {
                let (world, path) = (world.clone(), path.clone());
                tokio::spawn(async move { world.app.export_bundle(world.slug, Place::new(&path).unwrap()).await })
            };
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            for who in [ALICE, LEAD] {
                let (key, new) = (world.key(), NewErasure { class: Erasure::Mistake });
                world.app.erase_document(world.ask(who, &key), reason, &new).await.unwrap();
            }
            let read = std::thread::spawn(move || std::fs::read(pipe).unwrap());

            let written = exporting.await.unwrap().unwrap();

            read.join().unwrap();
            assert_eq!(written.checkpoint.size, world.program().await.size());
            let outcome = verified(&path);
            assert_eq!(outcome.checkpoint, written.checkpoint);
        });
    }

    fn a_bundle_is_never_made_of_altered_or_lost_documents(test: TestDb) {
        run(async {
            let world = play(test).await;
            let folder = tempfile::tempdir().unwrap();
            for sql in ["UPDATE documents SET salt = '00' || substr(salt, 3)", "DELETE FROM documents"] {
                test.open().batch_execute(sql).unwrap();
                for name in ["bundle", "bundle.tar.gz"] {
                    let place = Place::new(&folder.path().join(name)).unwrap();
                    let refused = world.app.export_bundle(world.slug, place).await;
                    assert!(matches!(refused, Err(WriteError::Source(_))), "{refused:?}");
                }
            }
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half written is left");
        });
    }
}

with_both! {
    fn the_same_journal_gives_the_same_bundle_on_either_database(sqlite: TestDb, postgres: TestDb) {
        run(async {
            let folder = tempfile::tempdir().unwrap();
            let mut bytes = Vec::new();
            for (name, db) in [("sqlite.tar.gz", sqlite), ("postgres.tar.gz", postgres)] {
                let now = "2026-11-22T12:00:00Z".parse().unwrap();
                let (app, _) = demo::open_or_play(&db.target, now).await.unwrap();
                let path = folder.path().join(name);
                let place = Place::new(&path).unwrap();
                app.export_bundle(demo::slug().unwrap(), place).await.unwrap();
                verified(&path);
                bytes.push(std::fs::read(&path).unwrap());
            }
            assert!(bytes[0] == bytes[1]);
            println!("count: bytes of a bundle that are the same on either database {}", bytes[0].len());
        });
    }
}
