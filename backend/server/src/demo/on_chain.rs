//! What happens to the Safe in a demo that is played on a local chain: it is funded, looked at, signed for and used.

use domain::batch::How;
use domain::value::{Address, BatchNumber};
use domain::words::Source;
use safe::signature::Form;

use super::DemoError;
use super::local::{LocalChain, seconds};
use super::stage::Stage;
use crate::app::{NewFunding, NewSignature, Round, executable};
use crate::devchain::{TREASURY, Transaction};

/// Blocks come so many seconds before people look at them.
const BEFORE_S: u64 = 600;
/// Who sends what the owners have signed: anybody may.
const ANYBODY: Address = Address::from_bytes([0xee; 20]);

impl LocalChain {
    /// The next block is of a little before the stage's time, if the chain is not there yet.
    async fn catch_up(&self, stage: &Stage) -> Result<(), DemoError> {
        let then = seconds(stage.clock_now()?).saturating_sub(BEFORE_S);
        if self.node.latest().await?.time_s < then {
            self.node.set_next_block_time(then).await?;
        }
        Ok(())
    }
}

/// The grant arrives from Livepeer's treasury; gives what the ledger's treasurer says of it.
pub(super) async fn fund(
    stage: &Stage,
    chain: &LocalChain,
    amount: &'static str,
) -> Result<NewFunding, DemoError> {
    chain.catch_up(stage).await?;
    let sent = amount.parse().map_err(|_| DemoError::OffScript)?;
    let receipt = chain.node.fund(&chain.safe.address, sent).await?;
    let log = receipt.logs.last().ok_or(DemoError::OffScript)?;
    Ok(NewFunding {
        amount: amount.to_owned(),
        tx_hash: format!("0x{}", receipt.transaction),
        log_index: u32::try_from(log.index).map_err(|_| DemoError::OffScript)?,
        sender: Some(safe::eip55::checksum(&TREASURY)),
    })
}

/// The ledger itself looks at the Safe.
pub(super) async fn look(stage: &Stage, chain: &LocalChain) -> Result<(), DemoError> {
    chain.catch_up(stage).await?;
    chain.node.mine(1).await?;
    read(stage).await?;
    let program = stage.app.program(stage.slug).await?;
    match program.observation().map(|seen| seen.safe.source) {
        Some(Source::Chain) => Ok(()),
        Some(Source::Attested) | None => Err(DemoError::OffScript),
    }
}

/// Two owners sign a batch, each in the form of their wallet; somebody sends it, and the ledger reads that it is paid.
pub(super) async fn execute(
    stage: &Stage,
    chain: &LocalChain,
    day: u32,
    batch: BatchNumber,
) -> Result<(), DemoError> {
    let [one, _, three] = &chain.owners;
    for (hour, owner, form) in [(6, one, Form::TypedData), (7, three, Form::EthSign)] {
        stage.at(day, hour);
        let program = stage.app.program(stage.slug).await?;
        let hash = program.batch(batch).ok_or(DemoError::OffScript)?.safe_tx_hash;
        let signed = owner.sign(&hash, form).map_err(|_| DemoError::OffScript)?;
        let signature = Some(safe::hex::encode(&signed.bytes()));
        let new = NewSignature { signature, owner: None, form: None };
        stage.ask("treasurer", async |ask| stage.app.record_signature(ask, batch, &new).await).await?;
    }
    stage.at(day, 8);
    let program = stage.app.program(stage.slug).await?;
    let ready = executable(&program, program.batch(batch).ok_or(DemoError::OffScript)?)?;
    chain.catch_up(stage).await?;
    let sent = Transaction::call(ANYBODY, ready.safe.address, ready.calldata);
    let receipt = chain.node.carry_out(&sent).await?;
    read(stage).await?;
    let program = stage.app.program(stage.slug).await?;
    let nonce = program.batch(batch).and_then(|batch| program.nonce(batch.nonce));
    let end = nonce.and_then(|nonce| nonce.end.as_ref()).ok_or(DemoError::OffScript)?;
    let expected = (How::Executed(batch), Source::Chain, receipt.transaction);
    if (end.how, end.source, end.tx_hash) == expected { Ok(()) } else { Err(DemoError::OffScript) }
}

async fn read(stage: &Stage) -> Result<(), DemoError> {
    let Round { held, .. } = stage.app.read_chain(stage.slug).await?;
    if held.is_empty() { Ok(()) } else { Err(DemoError::OffScript) }
}
