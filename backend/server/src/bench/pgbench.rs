//! PostgreSQL's own pgbench, writing what an approval writes, a transaction for each.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;

use super::crowd::CALLERS;
use super::stage::Ledger;
use super::{BenchError, Watch};
use crate::db::{AnyConn, Stored, Target, open_write};

/// Claims in pgbench's ledger; its approvals go round among them.
const CLAIMS: usize = 2_000;

/// One approval: the head is locked, then all rows go in one pipeline. The bytes are as long as ours.
const SCRIPT: &str = r"BEGIN;
SELECT size FROM heads WHERE program = '@ID' FOR UPDATE \gset
\startpipeline
INSERT INTO events (program, seq, bytes, leaf, at, actor, kind, cause_key, cause_request) VALUES ('@ID', :size, convert_to(repeat('x', @BYTES), 'UTF8'), lpad(to_hex(:size::bigint), 64, '0'), '2026-01-05T12:00:00.000000Z', '2', 'vote_cast', lpad(to_hex(:size::bigint), 64, '0'), repeat('0', 64));
INSERT INTO documents (program, digest, salt, content, media_type) VALUES ('@ID', lpad(to_hex(:size::bigint), 64, '0'), repeat('0', 32), convert_to(repeat('x', 240), 'UTF8'), 'application/json');
UPDATE heads SET size = size + 1, leaf = lpad(to_hex(:size::bigint), 64, '0'), root = lpad(to_hex(:size::bigint), 64, '1') WHERE program = '@ID';
INSERT INTO entries (program, seq, line, account, side, amount, balance_after) VALUES ('@ID', :size, 1, '1/operations/available', 'D', repeat('0', 39), repeat('0', 39)), ('@ID', :size, 2, '1/operations/encumbered', 'C', repeat('0', 39), repeat('0', 39));
UPDATE accounts SET balance = lpad((:size::bigint)::text, 39, '0'), seq = :size WHERE program = '@ID' AND account IN ('1/operations/available', '1/operations/encumbered', '1/operations/reserved');
UPDATE submissions SET state = 'approved', decided_at = '2026-01-05T12:00:00.000000Z', seq = :size WHERE program = '@ID' AND number = 1 + :size::bigint % @CLAIMS;
INSERT INTO votes (program, submission, revision, reviewer, ordinal, choice, reason, seq, at) VALUES ('@ID', 1 + :size::bigint % @CLAIMS, 1, 2, :size, 'approve', lpad(to_hex(:size::bigint), 64, '0'), :size, '2026-01-05T12:00:00.000000Z');
COMMIT;
\endpipeline
";

/// Two databases of a server, dropped with this value: ours, and pgbench's.
pub(super) struct Peer {
    server: String,
    names: [String; 2],
    script: OnceLock<PathBuf>,
}

impl Peer {
    pub fn create(server: &str) -> Result<Self, BenchError> {
        let names =
            ["ours", "theirs"].map(|name| format!("bounty_ledger_bench_{}_{name}", std::process::id()));
        let peer = Self { server: server.to_owned(), names, script: OnceLock::new() };
        let mut admin = peer.admin()?;
        for name in &peer.names {
            admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        }
        Ok(peer)
    }

    fn admin(&self) -> Result<AnyConn, BenchError> {
        let mut admin = open_write(&self.server.parse()?)?;
        admin.batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")?;
        Ok(admin)
    }

    /// `scheme://host/any?options` with another database.
    fn url_of(&self, database: &str) -> String {
        let (place, options) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (scheme, rest) = place.split_once("://").unwrap_or(("postgres", place));
        let host = rest.split('/').next().unwrap_or_default();
        format!("{scheme}://{host}/{database}?{options}")
    }

    pub fn ours(&self) -> Result<Target, BenchError> {
        let [ours, _] = &self.names;
        Ok(self.url_of(ours).parse()?)
    }

    fn theirs(&self) -> String {
        let [_, theirs] = &self.names;
        self.url_of(theirs)
    }

    /// Fills pgbench's ledger as ours, and writes its script.
    pub async fn prepare(&self, folder: &Path, watch: Watch<'_>) -> Result<(), BenchError> {
        let target = self.theirs().parse()?;
        let id = Ledger::open(&target).await?;
        let ledger = Ledger::start(&target, id)?;
        ledger.file(CLAIMS, watch).await?;
        // One real vote says how long an event is.
        let vote = ledger.votes().await?.pop().ok_or(BenchError::Stage)?;
        let seq = ledger.writer.submit(vote).await?.pop().ok_or(BenchError::Stage)?.seq;
        let seq = i64::try_from(seq.get()).unwrap_or(i64::MAX);
        let event = crate::db::journal::find_event(&mut open_write(&target)?, id, seq)
            .map_err(crate::app::Error::from)?;
        let bytes = event.ok_or(BenchError::Stage)?.bytes.len();
        let script = SCRIPT
            .replace("@ID", &id.store())
            .replace("@BYTES", &bytes.to_string())
            .replace("@CLAIMS", &CLAIMS.to_string());
        let path = folder.join("approval.pgbench");
        std::fs::write(&path, script).map_err(|error| BenchError::Io { path: path.clone(), error })?;
        // Prepared once.
        let _ = self.script.set(path);
        Ok(())
    }

    /// Transactions a second.
    pub fn run(&self, seconds: u32) -> Result<u64, BenchError> {
        let script = self.script.get().ok_or(BenchError::Stage)?;
        let clients = CALLERS.to_string();
        let output = Command::new("pgbench")
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--client", &clients])
            .args(["--time", &seconds.to_string(), "--file"])
            .arg(script)
            .arg(self.theirs())
            .output()
            .map_err(|error| BenchError::Io { path: PathBuf::from("pgbench"), error })?;
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let whole = tps.and_then(|tps| tps.split(['.', ' ']).next()).and_then(|whole| whole.parse().ok());
        match whole {
            Some(tps) if output.status.success() => Ok(tps),
            _ => Err(BenchError::Pgbench { said: String::from_utf8_lossy(&output.stderr).trim().to_owned() }),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let Ok(mut admin) = self.admin() else { return };
        for name in &self.names {
            // What cannot be dropped now carries our name and the process's.
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Whether pgbench can be run.
pub(super) fn is_there() -> bool {
    Command::new("pgbench").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A server of our own, stopped and deleted with this value.
pub(super) struct Server {
    pub url: String,
    folder: PathBuf,
}

const SCRIPT_PATH: &str = "scripts/postgres";

impl Server {
    /// Starts one with `scripts/postgres`, which makes commits durable unless told otherwise; `None` where there
    /// is no such script or no PostgreSQL.
    pub fn start() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("bl-bench-{}", std::process::id()));
        let output = Command::new(SCRIPT_PATH).arg("start").arg(&folder).output().ok()?;
        let url = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !url.is_empty()).then_some(Self { url, folder })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT_PATH).arg("stop").arg(&self.folder).output();
    }
}
