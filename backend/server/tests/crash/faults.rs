//! Disks that fail, fill up, or lose their power under load. On SQLite: PostgreSQL minds its own disks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::disk::{Disk, Order};
use crate::journal::Journal;
use crate::kills::{all_is_well, take_stock};
use crate::rng::Rng;
use crate::served::{Home, Served, fresh, is_long, run};
use crate::town::{Load, Town};

/// Any file of the database.
const ANY: &str = ".";
const LOG: &str = "-wal";
const FILE: &str = ".sqlite";

/// A ledger on a disk, and what is known of it.
struct Scene {
    _disk: TempDir,
    rng: Rng,
    home: Home,
    town: Arc<Town>,
    journal: Journal,
}

impl Scene {
    async fn begin() -> Self {
        // In memory if there is such a place: what lasts is for the library to say.
        let disk = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let home = Home::at(format!("sqlite:{}", disk.path().join("ledger.sqlite").display()));
        let served = Served::start(&home, &mut home.serve());
        let town = Town::found(&served).await;
        served.stop();
        Self { _disk: disk, rng: fresh(), home, town, journal: Journal::default() }
    }

    /// A server on the disk, at work for a moment.
    async fn at_work(&mut self) -> (Served, Load) {
        let served = Served::start(&self.home, &mut Disk::under(&self.home).serve());
        take_stock(&self.home, &served, &self.town, &mut self.journal, &mut self.rng).await;
        let load = Load::begin(&self.town, &served.url, &mut self.rng);
        tokio::time::sleep(Duration::from_millis(20 + self.rng.below(100))).await;
        (served, load)
    }

    /// A start on a sound disk: everything is there. Then the figures.
    async fn end(mut self, what: &str, wanted: &[&str]) {
        let served = Served::start(&self.home, &mut self.home.serve());
        take_stock(&self.home, &served, &self.town, &mut self.journal, &mut self.rng).await;
        served.stop();
        all_is_well(&self.home);
        let faults = Disk::under(&self.home).faults();
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for fault in &faults {
            *kinds.entry(fault).or_default() += 1;
        }
        println!("answers: {:?}", self.town.book().codes);
        for (kind, count) in &kinds {
            println!("count: {what}: {kind} {count}");
        }
        println!("count: injected faults {}", faults.len());
        for kind in wanted {
            assert!(
                kinds.keys().any(|found| found == kind || found.starts_with(&format!("{kind} "))),
                "no {kind}: {kinds:?}"
            );
        }
        self.journal.print(what, &self.town.book());
    }
}

fn rounds(ordinary: u64) -> u64 {
    if is_long() { ordinary * 4 } else { ordinary }
}

/// Waits until something is so.
#[track_caller]
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The disk refuses to write or to sync, the log or the file that the log is copied into: who waits is told (503), the
/// process ends with code 2, the next start has everything that was acknowledged. What a failed fsync should have
/// kept is gone.
#[test]
fn a_disk_that_fails_ends_the_server_and_loses_nothing_acknowledged() {
    run(async {
        let mut scene = Scene::begin().await;
        for round in 0..rounds(32) {
            let (served, load) = scene.at_work().await;
            let disk = Disk::under(&scene.home);
            let call = if round % 4 == 3 { "write" } else { "sync" };
            let (end, after) = if round % 8 < 5 { (LOG, scene.rng.below(8)) } else { (FILE, 0) };
            // Once, or from then on.
            let times = if scene.rng.percent(50) { 1 } else { -1 };
            let before = disk.faults().len();
            scene.town.pages_are_missing.store(end == FILE, Ordering::SeqCst);
            disk.fail(&Order { call, fault: "EIO", after, times, seed: 0, end });
            let (code, said) = served.ended();
            load.end().await;
            scene.town.pages_are_missing.store(false, Ordering::SeqCst);

            assert_eq!(code, Some(2), "{said}");
            assert!(said.contains("disk I/O error. The disk or its driver fails"), "{said}");
            assert!(!said.contains("panicked"), "{said}");
            assert!(disk.faults().len() > before, "nothing failed");
            disk.mend();
        }
        let told = scene.town.book().count("stopped");
        assert!(told > 0, "nobody was told");
        println!("count: failing disks: callers told that the ledger stopped {told}");
        println!("count: failing disks: servers ended and started again {}", rounds(32));
        let files = ["ledger.sqlite-wal", "ledger.sqlite"];
        let kinds = files.map(|file| [format!("sync EIO {file}"), format!("write EIO {file}")]).concat();
        scene.end("failing disks", &kinds.iter().map(String::as_str).collect::<Vec<_>>()).await;
    });
}

/// The disk does not give back what it holds, to those who only read: nobody is told that the ledger has a fault of its
/// own. SQLite takes an EIO for a damaged file: then nothing is written any more, and it says so (503). After any other
/// fault the process ends with code 2, as for the writer.
#[test]
fn a_disk_that_cannot_be_read_is_seen_by_readers_as_well() {
    run(async {
        let mut scene = Scene::begin().await;
        let mut codes: BTreeMap<String, u64> = BTreeMap::new();
        for round in 0..rounds(4) {
            let served = Served::start(&scene.home, &mut Disk::under(&scene.home).serve());
            take_stock(&scene.home, &served, &scene.town, &mut scene.journal, &mut scene.rng).await;
            let disk = Disk::under(&scene.home);
            let before = disk.faults().len();
            let (fault, told) =
                [("EIO", "503 damaged"), ("STALE", "503 stopped")][usize::from(round % 2 == 1)];
            disk.fail(&Order { call: "read", fault, after: 0, times: -1, seed: 0, end: ANY });
            // Somebody else's commit: what readers remember of the file is old, and they must read it again.
            let mut conn = server::db::open_write(&scene.home.target).unwrap();
            conn.batch_execute("UPDATE heads SET size = size").unwrap();
            drop(conn);
            let (list, ready) = (format!("{}/api/v1/programs", served.url), format!("{}/readyz", served.url));
            let start = Instant::now();
            let mut enough = 0;
            while enough < 9 && start.elapsed() < Duration::from_mins(1) {
                let Ok(answer) = reqwest::get(&list).await else { break };
                let status = answer.status().as_u16();
                let body: serde_json::Value = answer.json().await.unwrap_or_default();
                let code = format!("{status} {}", body["code"].as_str().unwrap_or("read"));
                assert!(code == "200 read" || code == told, "{fault}: {code}: {body}");
                enough += u64::from(code == told);
                *codes.entry(code).or_default() += 1;
            }
            if fault == "EIO" {
                let answer = reqwest::get(&ready).await.unwrap();
                let (status, said) = (answer.status().as_u16(), answer.text().await.unwrap());
                assert!(enough == 9 && status == 503 && said.contains("disk image is malformed"), "{said}");
                served.kill();
            } else {
                let (code, said) = served.ended();
                assert_eq!(code, Some(2), "{said}");
                assert!(said.contains("disk I/O error. The disk or its driver fails"), "{said}");
                assert!(!said.contains("panicked"), "{said}");
            }
            assert!(disk.faults().len() > before, "nothing failed");
            disk.mend();
        }
        println!("answers: {codes:?}");
        println!("count: disks that could not be read {}", rounds(4));
        scene.end("disks that cannot be read", &["read EIO", "read STALE"]).await;
    });
}

/// The disk fills up, also in the middle of a page: callers are told, nothing is written, and the same server goes
/// on when there is room.
#[test]
fn a_disk_that_fills_up_stops_nothing() {
    run(async {
        let mut scene = Scene::begin().await;
        for round in 0..rounds(12) {
            let (mut served, load) = scene.at_work().await;
            let disk = Disk::under(&scene.home);
            let fault = if round % 2 == 0 { "ENOSPC" } else { "SHORT" };
            let (before, after) = (disk.faults().len(), scene.rng.below(200));
            let told = || scene.town.book().count("storage_full");
            let told_before = told();
            disk.fail(&Order { call: "write", fault, after, times: -1, seed: 0, end: ANY });
            eventually("callers are told", || told() > told_before + 5);
            assert!(disk.faults().len() > before);
            scene.journal.read(&scene.home.target);
            scene.journal.lacks(&scene.town.book().full);
            let ready = format!("{}/readyz", served.url);
            assert_eq!(reqwest::get(&ready).await.unwrap().status().as_u16(), 503);
            let known = scene.town.book().acknowledged.len();
            disk.mend();
            assert_eq!(reqwest::get(&ready).await.unwrap().status().as_u16(), 200);
            eventually("it goes on", || scene.town.book().acknowledged.len() > known + 5);
            assert!(served.is_running());
            // Told to stop in one round, killed in the next: the log holds pieces of what found no room.
            if round % 4 < 2 {
                load.end().await;
                served.stop();
            } else {
                served.kill();
                load.end().await;
            }
        }
        let told = scene.town.book().count("storage_full");
        println!("count: full disks: answers that the disk was full {told}");
        scene.end("full disks", &["write ENOSPC", "write SHORT"]).await;
    });
}

/// The power goes at any moment: of what no fsync made last, all or some pages are lost.
#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    run(async {
        let mut scene = Scene::begin().await;
        let cuts = rounds(40);
        for round in 0..cuts {
            let (served, load) = scene.at_work().await;
            let disk = Disk::under(&scene.home);
            let (call, end) = (scene.rng.of(["sync", "write", "write"]), scene.rng.of([ANY, ANY, FILE]));
            let (after, seed) = (scene.rng.below(40), if round % 3 == 0 { 0 } else { scene.rng.next() >> 1 });
            let after = if end == FILE { 0 } else { after };
            disk.fail(&Order { call, fault: "CUT", after, times: 1, seed, end });
            let (code, said) = served.ended();
            load.end().await;
            assert_eq!(code, None, "{said}");
            disk.has_power_again();
        }
        println!("count: power cuts {cuts}");
        scene.end("power cuts", &["sync CUT", "write CUT"]).await;
    });
}

/// After a failed fsync the log can still be read, and may never reach the disk. The next start finds it whole; what
/// it then acknowledges must last all the same.
#[test]
fn a_log_that_no_fsync_kept_is_written_again_before_anything_is_built_on_it() {
    run(async {
        let mut scene = Scene::begin().await;
        let wanted = rounds(8);
        for _ in 0..wanted {
            let (served, load) = scene.at_work().await;
            let after = scene.rng.below(8);
            let disk = Disk::under(&scene.home);
            disk.fail(&Order { call: "sync", fault: "HIDE", after, times: -1, seed: 0, end: LOG });
            let (code, said) = served.ended();
            load.end().await;
            assert_eq!(code, Some(2), "{said}");
            disk.mend();
            assert!(disk.is_in_doubt());

            let (served, load) = scene.at_work().await;
            let disk = Disk::under(&scene.home);
            disk.fail(&Order { call: "sync", fault: "CUT", after: 0, times: 1, seed: 0, end: ANY });
            let (code, said) = served.ended();
            load.end().await;
            assert_eq!(code, None, "{said}");
            disk.has_power_again();
        }
        println!("count: power cuts after a failed fsync {wanted}");
        scene.end("power cuts after a failed fsync", &["sync HIDE", "sync CUT"]).await;
    });
}
