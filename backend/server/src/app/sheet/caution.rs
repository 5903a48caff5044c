//! What keeps a batch from being signed, or from being executed as it stands.

use std::fmt;

use domain::Program;
use domain::batch::Batch;
use domain::value::{Address, Amount, Digest, Seq};
use domain::words::FindingKind;
use safe::{SafeAccount, SafeVersion};

use super::State;

/// A reason not to sign yet, or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// The nonce has an end: nothing on it can be executed any more.
    Settled,
    /// The Safe was seen to have consumed the nonce; nobody told the ledger by what.
    Consumed { nonce: Seq, next: Seq },
    /// Somebody says that the nonce was consumed, and somebody else has to say the same.
    Said { tx_hash: Digest },
    /// The chain shows something about the nonce that people have to settle.
    Found { finding: FindingKind, number: Seq, tx_hash: Digest },
    /// The Safe held less when it was last observed.
    Short { balance: Amount, missing: Amount },
    /// Nothing is proposed for nonces that the Safe has to consume first.
    Gap { nonces: u64 },
    /// The Safe's code is not that of the Safe which the program names.
    UnknownSingleton { singleton: Address, version: SafeVersion },
    /// The Safe was never observed: nobody can say who its owners are.
    Unobserved,
}

impl Caution {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Consumed { .. } => "nonce_consumed",
            Self::Said { .. } => "said_to_be_consumed",
            Self::Found { .. } => "finding",
            Self::Short { .. } => "over_safe_balance",
            Self::Gap { .. } => "unproposed_nonces",
            Self::UnknownSingleton { .. } => "unknown_singleton",
            Self::Unobserved => "safe_unobserved",
        }
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled => formatter.write_str("Nothing is left to sign: this nonce was consumed."),
            Self::Consumed { nonce, next } => write!(
                formatter,
                "The Safe runs nonce {next} next: nonce {nonce} was consumed, and nobody told the ledger by what. \
                 Do not sign."
            ),
            Self::Said { tx_hash } => write!(
                formatter,
                "Somebody says that this nonce was consumed by transaction 0x{tx_hash}; somebody else has to say the \
                 same. Look there before you sign."
            ),
            Self::Found { finding, number, tx_hash } => write!(
                formatter,
                "Transaction 0x{tx_hash} shows something else than the ledger expects of this nonce ({finding}): \
                 people have to settle finding {number} first."
            ),
            Self::Short { balance, missing } => write!(
                formatter,
                "The Safe held {balance} LPT when it was last observed, {missing} LPT less than this batch pays: \
                 executed now it would fail as a whole."
            ),
            Self::Gap { nonces } => write!(
                formatter,
                "Earlier nonces that nothing is proposed for: {nonces}. The Safe has to consume them before this one."
            ),
            Self::UnknownSingleton { singleton, version } => write!(
                formatter,
                "The Safe runs the code of {}, which is not that of a Safe {version}: do not sign before somebody found \
                 out who changed it.",
                safe::eip55::checksum(singleton)
            ),
            Self::Unobserved => formatter
                .write_str("The Safe was never observed: its owners, nonce and balance are not known here."),
        }
    }
}

/// What stands against signing a batch, the gravest first.
pub(super) fn cautions(
    program: &Program,
    batch: &Batch,
    account: &SafeAccount,
    state: &State,
    unproposed: u64,
) -> Vec<Caution> {
    let nonce = program.nonce(batch.nonce);
    let found = nonce.and_then(|nonce| nonce.finding).map(|found| Caution::Found {
        finding: found.finding,
        number: found.event,
        tx_hash: found.tx_hash,
    });
    match state {
        State::Executed(_) | State::Replaced(_) => {
            [Some(Caution::Settled), found].into_iter().flatten().collect()
        }
        State::Proposed => {
            let said = nonce.and_then(|nonce| program.words_on(nonce).next());
            let said = said.map(|voice| Caution::Said { tx_hash: voice.says.1 });
            let gap = (unproposed > 0).then_some(Caution::Gap { nonces: unproposed });
            found.into_iter().chain(said).chain(observed(program, batch, account)).chain(gap).collect()
        }
    }
}

fn observed(program: &Program, batch: &Batch, account: &SafeAccount) -> Vec<Caution> {
    let Some(observation) = program.observation() else { return vec![Caution::Unobserved] };
    let (safe, version) = (&observation.safe, account.version);
    let consumed =
        (safe.nonce > batch.nonce).then_some(Caution::Consumed { nonce: batch.nonce, next: safe.nonce });
    let known = safe::deployments::version_of_singleton(account.chain_id, &safe.singleton) == Some(version);
    let unknown = (!known).then_some(Caution::UnknownSingleton { singleton: safe.singleton, version });
    let missing = batch.total.checked_sub(safe.balance).filter(|missing| !missing.is_zero());
    let short = missing.map(|missing| Caution::Short { balance: safe.balance, missing });
    [consumed, unknown, short].into_iter().flatten().collect()
}
