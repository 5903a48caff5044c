//! A Safe as it stands at the end of a block: what a batch is proposed on, and what an execution left.

use domain::value::{Address, Amount, Count, Seq};
use safe::deployments::version_of_singleton;
use safe::eip55::checksum;
use safe::reads::{self, AnswerError, Question};
use safe::version::{SafeVersion, VersionError};
use thiserror::Error;
use tokio::try_join;

use super::node::Block;
use super::nodes::{ChainError, Nodes};

/// A Safe at the end of a block, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeSeen {
    pub block: Block,
    /// What `VERSION()` answers, such as `1.4.1` or `1.3.0+L2`.
    pub said_version: String,
    /// The contract whose code the Safe runs.
    pub singleton: Address,
    /// The version of that code, if it is one that we know.
    pub version: Result<SafeVersion, CodeError>,
    pub owners: Vec<Address>,
    /// From 1 to the number of owners.
    pub threshold: Count,
    /// Of the next transaction.
    pub nonce: Seq,
    pub guard: Option<Address>,
    /// They move money without signatures.
    pub modules: Vec<Address>,
    /// Of the token.
    pub balance: Amount,
}

/// Why the code of a Safe is not to be trusted with money. What was read of it may be what that code pretends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    #[error(
        "the Safe runs the code of {}, which is no Safe that we know on chain {chain}: do not pay through it",
        checksum(singleton)
    )]
    Unknown { singleton: Address, chain: u64 },
    #[error("the Safe says that it is version {said}, but runs the code of {runs}: do not pay through it")]
    OtherVersion { said: SafeVersion, runs: SafeVersion },
    #[error("the Safe does not say its version: {0}")]
    NoVersion(#[from] VersionError),
}

/// Why a Safe cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SafeError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("{}: {error}", checksum(contract))]
    Answer { contract: Address, error: AnswerError },
    #[error("{} refuses to say what every Safe says: is it a Safe?", checksum(contract))]
    Reverted { contract: Address },
    #[error("{} says that {threshold} of {owners} owners must sign: it is no Safe", checksum(safe))]
    Threshold { safe: Address, threshold: u32, owners: usize },
    #[error("{} lists a module twice: it is no Safe", checksum(safe))]
    Modules { safe: Address },
    #[error("{} has more than {} modules", checksum(safe), reads::MAX_MODULES)]
    TooManyModules { safe: Address },
}

impl Nodes {
    /// The Safe at the newest trusted block of this chain, and its balance of this token.
    ///
    /// # Errors
    /// A contract that is no Safe or no token, and as [`Nodes::trusted`] and [`Nodes::call`].
    pub async fn observe(&self, chain: u64, safe: &Address, token: &Address) -> Result<SafeSeen, SafeError> {
        let block = self.trusted(chain).await?;
        self.observe_at(chain, safe, token, &block).await
    }

    /// The Safe at the end of this block, and its balance of this token.
    ///
    /// # Errors
    /// As [`Nodes::observe`].
    pub async fn observe_at(
        &self,
        chain: u64,
        safe: &Address,
        token: &Address,
        block: &Block,
    ) -> Result<SafeSeen, SafeError> {
        self.still_at(block).await?;
        let (said_version, owners, threshold, nonce, balance, singleton, guard, modules) = try_join!(
            self.put(reads::version(), safe, block),
            self.put(reads::owners(), safe, block),
            self.put(reads::threshold(), safe, block),
            self.put(reads::nonce(), safe, block),
            self.put(reads::balance(safe), token, block),
            self.address_in(safe, &reads::SINGLETON_SLOT, block),
            self.address_in(safe, &reads::GUARD_SLOT, block),
            self.modules(safe, block),
        )?;
        self.still_at(block).await?;
        let signers = usize::try_from(threshold).unwrap_or(usize::MAX);
        if signers > owners.len() {
            return Err(SafeError::Threshold { safe: *safe, threshold, owners: owners.len() });
        }
        let singleton = singleton.unwrap_or(Address::ZERO);
        Ok(SafeSeen {
            block: *block,
            version: known_version(chain, singleton, &said_version),
            said_version,
            singleton,
            owners,
            threshold: Count::new(threshold),
            nonce: Seq::new(nonce),
            guard,
            modules,
            balance,
        })
    }

    /// The nonce of a Safe's next transaction and its balance of this token, at the end of this block.
    ///
    /// # Errors
    /// As [`Nodes::observe`].
    pub async fn count_at(
        &self,
        safe: &Address,
        token: &Address,
        block: &Block,
    ) -> Result<(Seq, Amount), SafeError> {
        self.still_at(block).await?;
        let (nonce, balance) =
            try_join!(self.put(reads::nonce(), safe, block), self.put(reads::balance(safe), token, block))?;
        self.still_at(block).await?;
        Ok((Seq::new(nonce), balance))
    }

    /// The answer of a contract to one question; whether the block is still there is for the caller to see.
    async fn put<T>(&self, question: Question<T>, to: &Address, block: &Block) -> Result<T, SafeError> {
        let answer = match self.loose_call(to, question.data(), block.number).await {
            Err(ChainError::Rpc(error)) if error.fault.is_revert() => {
                return Err(SafeError::Reverted { contract: *to });
            }
            answer => answer?,
        };
        question.read(&answer).map_err(|error| SafeError::Answer { contract: *to, error })
    }

    async fn address_in(
        &self,
        safe: &Address,
        slot: &[u8; 32],
        block: &Block,
    ) -> Result<Option<Address>, SafeError> {
        let word = self.loose_storage(safe, slot, block.number).await?;
        reads::address_in(&word).map_err(|error| SafeError::Answer { contract: *safe, error })
    }

    async fn modules(&self, safe: &Address, block: &Block) -> Result<Vec<Address>, SafeError> {
        let mut modules = Vec::new();
        let mut after = None;
        loop {
            let page = self.put(reads::modules(after.as_ref()), safe, block).await?;
            if page.modules.iter().any(|module| modules.contains(module)) {
                return Err(SafeError::Modules { safe: *safe });
            }
            modules.extend(page.modules);
            if modules.len() > reads::MAX_MODULES {
                return Err(SafeError::TooManyModules { safe: *safe });
            }
            if page.after.is_none() {
                return Ok(modules);
            }
            after = page.after;
        }
    }
}

/// The version of the code at `singleton`, if the Safe says the same.
fn known_version(chain: u64, singleton: Address, said: &str) -> Result<SafeVersion, CodeError> {
    let runs = version_of_singleton(chain, &singleton).ok_or(CodeError::Unknown { singleton, chain })?;
    let said: SafeVersion = said.parse()?;
    if said == runs { Ok(runs) } else { Err(CodeError::OtherVersion { said, runs }) }
}
