//! The chain of a demo that is played on one: a local node, and a Safe that really exists there.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Program;
use domain::batch::How;
use domain::books::Account;
use domain::value::{Address, Amount, Timestamp};
use safe::signer::LocalKey;
use safe::{SafeAccount, SafeVersion};
use verify::payment;

use super::{DemoError, MICROS_PER_SECOND, sign_ins};
use crate::chain::{Client, Confirmations, Endpoint, Limits, Nodes};
use crate::devchain::{Devchain, NewSafe};

/// Where the node's blocks are kept in the demo's folder while it does not run.
const FILE: &str = "local-chain";
/// The chain begins a day before the month, in seconds.
const DAY_S: u64 = 86_400;
/// How many of the owners sign.
const THRESHOLD: u64 = 2;
/// Between two blocks of a demo that is served.
const PAUSE: Duration = Duration::from_mins(1);

/// A local node with the demo's Safe on it; it ends when this is dropped.
#[derive(Debug)]
pub struct LocalChain {
    pub(super) node: Devchain,
    pub(super) safe: SafeAccount,
    /// Keys that everybody has.
    pub(super) owners: [LocalKey; 3],
    file: PathBuf,
}

/// Where a demo's chain comes from, and where it is kept.
#[derive(Clone, Copy, Debug)]
pub struct ChainFolders<'a> {
    /// What `scripts/contracts` prints: the local node and the contracts.
    pub contracts: &'a Path,
    /// The demo's own folder.
    pub data: &'a Path,
}

/// What the chain says that everybody has, beside what the ledger says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    pub safe: Held,
    /// Those whom executed batches paid.
    pub payees: Vec<Held>,
}

/// LPT of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub address: Address,
    pub on_chain: Amount,
    pub in_ledger: Amount,
}

impl Held {
    /// To the wei.
    pub fn agrees(&self) -> bool {
        self.on_chain == self.in_ledger
    }
}

/// Whether a demo's folder keeps a chain.
pub fn keeps_chain(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

fn owners() -> [LocalKey; 3] {
    ["one", "two", "three"].map(|name| LocalKey::from_seed(format!("bounty-ledger demo {name}").as_bytes()))
}

/// The folder as the node takes it, which runs in it.
pub(super) fn contracts_in(folder: &Path) -> Result<PathBuf, DemoError> {
    let missing = || DemoError::NoContracts(folder.to_owned());
    let folder = folder.canonicalize().map_err(|_| missing())?;
    if folder.join("anvil").exists() { Ok(folder) } else { Err(missing()) }
}

impl LocalChain {
    /// A new chain with a Safe that nobody has used, from a day before the month on.
    pub(super) async fn start(folders: ChainFolders<'_>, month: Timestamp) -> Result<Self, DemoError> {
        let genesis_s = seconds(month).checked_sub(DAY_S).ok_or(DemoError::Now)?;
        let node = Devchain::start_at(folders.contracts, genesis_s).await?;
        let owners = owners();
        let addresses: Vec<Address> = owners.iter().map(LocalKey::address).collect();
        let safe = node.create_safe(&NewSafe::new(SafeVersion::V1_4_1, &addresses, THRESHOLD)?).await?;
        Ok(Self { node, safe, owners, file: folders.data.join(FILE) })
    }

    /// The chain as it was kept.
    pub(super) async fn resume(folders: ChainFolders<'_>, program: &Program) -> Result<Self, DemoError> {
        let file = folders.data.join(FILE);
        let kept = match fs::read_to_string(&file) {
            Ok(kept) => kept,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(DemoError::WithoutChain),
            Err(error) => return Err(DemoError::File { path: file, error }),
        };
        let node = Devchain::resume(folders.contracts, &kept).await?;
        let safe = payment::account(program.charter()).map_err(|_| DemoError::OffScript)?;
        Ok(Self { node, safe, owners: owners(), file })
    }

    /// Keeps its blocks for the next start.
    ///
    /// # Errors
    /// A node that does not answer, or a file that cannot be written.
    pub async fn keep(&self) -> Result<(), DemoError> {
        let kept = self.node.dump().await?;
        let fault = |error| DemoError::File { path: self.file.clone(), error };
        sign_ins::write(&self.file, &kept).map_err(fault)
    }

    /// Where the node answers JSON-RPC.
    pub fn url(&self) -> &str {
        self.node.url()
    }

    pub fn safe(&self) -> &SafeAccount {
        &self.safe
    }

    /// The way to the node for a ledger: every block of it is final.
    ///
    /// # Errors
    /// Practically never.
    pub fn nodes(&self) -> Result<Nodes, DemoError> {
        let endpoint: Endpoint = self.url().parse().map_err(|_| DemoError::OffScript)?;
        let client = Client::new(endpoint, Limits::default()).map_err(|_| DemoError::OffScript)?;
        Ok(Nodes::new(client, None, Confirmations::Blocks(0)))
    }

    /// The number of the newest block.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn height(&self) -> Result<u64, DemoError> {
        Ok(self.node.latest().await?.number)
    }

    /// What everybody has on the chain, beside what the ledger says.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn holdings(&self, program: &Program) -> Result<Holdings, DemoError> {
        let mut paid: BTreeMap<Address, Amount> = BTreeMap::new();
        for nonce in program.nonces() {
            let Some(How::Executed(number)) = nonce.end.as_ref().map(|end| end.how) else { continue };
            for line in program.batch(number).map_or(&[][..], |batch| &batch.payouts) {
                let sum = paid.entry(line.payee).or_insert(Amount::ZERO);
                *sum = sum.checked_add(line.amount).ok_or(DemoError::OffScript)?;
            }
        }
        let mut payees = Vec::new();
        for (address, in_ledger) in paid {
            payees.push(self.held(address, in_ledger).await?);
        }
        let safe = self.held(self.safe.address, program.books().balance(Account::Safe)).await?;
        Ok(Holdings { safe, payees })
    }

    async fn held(&self, address: Address, in_ledger: Amount) -> Result<Held, DemoError> {
        Ok(Held { address, on_chain: self.node.lpt_balance(&address).await?, in_ledger })
    }

    /// Lets time pass on the chain from this moment on, with a block a minute, which is kept. Ends with an error only.
    ///
    /// # Errors
    /// A node that does not answer, or a file that cannot be written.
    pub async fn live(&self, now: Timestamp) -> Result<(), DemoError> {
        let newest = self.node.latest().await?.time_s;
        self.node.follow_time(seconds(now).max(newest.saturating_add(1))).await?;
        loop {
            self.node.mine(1).await?;
            self.keep().await?;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Unix seconds.
pub(super) fn seconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.micros().div_euclid(MICROS_PER_SECOND)).unwrap_or_default()
}
