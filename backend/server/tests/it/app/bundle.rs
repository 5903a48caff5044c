//! Audit bundles of a ledger that is being written to, on both databases.

use std::path::Path;

use diesel::connection::SimpleConnection;
use domain::words::ClaimKind;
use server::app::App;
use server::demo;
use verify::write::{Place, WriteError, Written};
use verify::{Checkpoint, Options, Outcome, bundle};

use super::history::{claim, play};
use super::world::{ALICE, BOB, World, filed, run};
use crate::common::{on_both, with_both};

async fn export(app: &App, world: &World, path: &Path) -> Written {
    app.export_bundle(world.slug, Place::new(path).unwrap()).await.unwrap()
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
