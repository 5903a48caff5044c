//! The process of the node, which never outlives its holder.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::{Devchain, DevchainError};

/// Runs the node until standard input ends: when its holder closes it, or is gone in whatever way.
///
/// The signals of a terminal are left to the holder: they go to its process group, and this is another one, as anvil
/// would take them whatever its parent ignores. The folder is where anvil would keep old states.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
trap '' HUP INT TERM
cache=$(mktemp -d) || exit
"$0" "$@" --cache-path "$cache" 2>&1 3<&- &
node=$!
{ read -r nothing <&3; kill -9 "$node"; } >/dev/null 2>&1 &
watcher=$!
wait "$node"
kill -9 "$watcher"
rm -rf "$cache"
"#;

/// What it says once it answers, before the address.
const READY: &str = "Listening on ";
const PATIENCE: Duration = Duration::from_secs(30);

/// A running anvil.
#[derive(Debug)]
pub(super) struct Node {
    keeper: Child,
    url: String,
}

impl Node {
    /// Starts it on a free port of loopback, and waits until it answers.
    pub fn start(contracts: &Path, genesis_s: Option<u64>) -> Result<Self, DevchainError> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", KEEPER])
            .arg(contracts.join("anvil"))
            .args(["--host", "127.0.0.1", "--port", "0", "--chain-id", &Devchain::CHAIN_ID.to_string()])
            // Everybody may send without a key, and nobody needs ether for gas.
            .args(["--accounts", "0", "--auto-impersonate", "--gas-price", "0"])
            .args(["--block-base-fee-per-gas", "0", "--order", "fifo", "--max-persisted-states", "0"])
            // The block's gas limit that Arbitrum shows, 2⁵⁰: any number of transactions fits.
            .args(["--gas-limit", "1125899906842624"]);
        if let Some(genesis_s) = genesis_s {
            command.args(["--timestamp", &genesis_s.to_string()]);
        }
        command.process_group(0);
        command.current_dir(contracts).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = command.spawn().map_err(DevchainError::Start)?;
        let said = keeper.stdout.take().map(listen);
        // From here on it ends with this value, also when it does not get ready.
        let mut node = Self { keeper, url: String::new() };
        let address = said.ok_or(String::new()).and_then(|said| wait_until_ready(&said));
        node.url = address.map_err(|said| DevchainError::Silent { said }).map(|at| format!("http://{at}"))?;
        Ok(node)
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The keeper's input ends, and it ends the node.
        drop(self.keeper.stdin.take());
        // Nobody can be told of an error here, and there is none to expect.
        self.keeper.wait().ok();
    }
}

/// Reads all it says, in a thread: a node whose output nobody reads stops.
fn listen(output: ChildStdout) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Once it is ready nobody listens any more.
            tell.send(line).ok();
        }
    });
    told
}

/// The address it listens at, or what it said instead.
fn wait_until_ready(said: &Receiver<String>) -> Result<SocketAddr, String> {
    let start = Instant::now();
    let mut lines = Vec::new();
    while let Ok(line) = said.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
        if let Some(Ok(address)) = line.strip_prefix(READY).map(str::parse) {
            return Ok(address);
        }
        lines.push(line);
    }
    Err(lines.join("\n"))
}
