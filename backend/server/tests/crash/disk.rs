//! The library that stands between a server and its disk; `disk.c` says what it does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use server::db::Target;

use crate::served::Home;

/// Orders are numbered, so that each is known as another one.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The library, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("disk.so");
        // Another run may be using the one that is there.
        let fresh = library.with_extension(std::process::id().to_string());
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&fresh).arg(source);
        assert!(cc.status().unwrap().success(), "{cc:?}");
        fs::rename(fresh, &library).unwrap();
        library
    })
}

/// What shall go wrong, in the words of `disk.c`.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub call: &'static str,
    pub fault: &'static str,
    pub after: u64,
    pub times: i64,
    pub seed: u64,
    /// How the file's name ends.
    pub end: &'static str,
}

/// A disk under a SQLite ledger.
pub struct Disk<'a> {
    home: &'a Home,
}

impl<'a> Disk<'a> {
    pub fn under(home: &'a Home) -> Self {
        Self { home }
    }

    /// The program, serving from this disk.
    pub fn serve(&self) -> Command {
        let Target::Sqlite(file) = &self.home.target else { panic!("SQLite only") };
        let folder = fs::canonicalize(Path::new(file).parent().unwrap()).unwrap();
        let mut command = self.home.serve();
        command.env("LD_PRELOAD", library()).env("DISK_FOLDER", folder);
        command.env("DISK_ORDER", self.order()).env("DISK_DONE", self.done()).env("DISK_DOUBT", self.doubt());
        command
    }

    fn order(&self) -> PathBuf {
        self.home.path("order")
    }

    fn done(&self) -> PathBuf {
        self.home.path("done")
    }

    fn doubt(&self) -> PathBuf {
        self.home.path("doubt")
    }

    /// Whether a failed fsync left something that can be read and will never last.
    pub fn is_in_doubt(&self) -> bool {
        self.doubt().exists()
    }

    /// Waits for the end of a power cut: what lasted can be read, and nothing else.
    pub fn has_power_again(&self) {
        let start = Instant::now();
        while self.order().exists() {
            assert!(start.elapsed() < Duration::from_mins(1), "the power does not come back");
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = fs::remove_file(self.doubt());
    }

    /// From now on it fails.
    pub fn fail(&self, order: &Order) {
        let Order { call, fault, after, times, seed, end } = order;
        let (written, place) = (self.home.path("order.new"), self.order());
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        fs::write(&written, format!("{number} {call} {fault} {after} {times} {seed} {end}\n")).unwrap();
        fs::rename(written, place).unwrap();
    }

    /// From now on it is well.
    pub fn mend(&self) {
        fs::remove_file(self.order()).unwrap();
    }

    /// The faults so far: call, fault, and file.
    pub fn faults(&self) -> Vec<String> {
        let done = fs::read_to_string(self.done()).unwrap_or_default();
        done.lines().map(str::to_owned).collect()
    }
}
