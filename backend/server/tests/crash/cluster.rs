//! PostgreSQL itself crashes, in a cluster of its own that syncs what it commits.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::journal::Journal;
use crate::kills::{all_is_well, take_stock};
use crate::served::{Home, Served, fresh, is_long, run};
use crate::town::{Load, Town};

/// Runs `scripts/postgres`; gives what it printed.
fn postgres(what: &str, folder: &Path) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres");
    let done = Command::new(script).arg(what).arg(folder).output().unwrap();
    assert!(done.status.success(), "{what}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A cluster that goes away with the test.
struct Cluster {
    folder: TempDir,
    url: String,
}

impl Cluster {
    fn start() -> Self {
        // A socket's path is short, and the server's own user must be able to enter.
        let folder = tempfile::Builder::new().prefix("ledger").tempdir_in("/tmp").unwrap();
        let url = postgres("start", folder.path());
        Self { folder, url }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        postgres("stop", self.folder.path());
    }
}

/// The cluster crashes under load: who waits is told, the server ends with code 2, and the next one has everything
/// that was acknowledged.
mod nothing_acknowledged_is_lost_when_the_cluster_crashes {
    use super::*;

    #[test]
    fn postgres() {
        let (mut rng, cluster, mut journal) = (fresh(), Cluster::start(), Journal::default());
        let (home, wanted) = (Home::at(cluster.url.clone()), if is_long() { 30 } else { 5 });
        run(async {
            let served = Served::start(&home, &mut home.serve());
            let town = Town::found(&served).await;
            served.stop();
            for _ in 0..wanted {
                let served = Served::start(&home, &mut home.serve());
                take_stock(&home, &served, &town, &mut journal, &mut rng).await;
                let load = Load::begin(&town, &served.url, &mut rng);
                tokio::time::sleep(Duration::from_millis(200 + rng.below(800))).await;
                super::postgres("crash", cluster.folder.path());
                let (code, said) = served.ended();
                load.end().await;
                assert_eq!(code, Some(2), "{said}");
                assert!(said.contains("start it again") && !said.contains("panicked"), "{said}");
            }
            let served = Served::start(&home, &mut home.serve());
            take_stock(&home, &served, &town, &mut journal, &mut rng).await;
            served.stop();
            all_is_well(&home);
            println!("answers: {:?}", town.book().codes);
            println!("count: crashes of the PostgreSQL cluster under load {wanted}");
            journal.print("crashes of the cluster", &town.book());
        });
    }
}
