//! Paydays: the treasurer looks at the Safe, proposes a batch, and says when the owners have executed it.

use domain::event::Fact;
use domain::value::{BatchNumber, SubmissionNumber};

use super::stage::Stage;
use super::{DemoError, cast, on_chain};
use crate::app::{NewBatch, NewExecution, NewObservation, NoWords};

/// The part of the Safe that changes: its next nonce, and the LPT in it.
pub(super) struct Held {
    nonce: u64,
    balance: &'static str,
}

/// The grant is there, and nothing was executed yet.
pub(super) const FUNDED: Held = Held { nonce: 0, balance: "750" };
/// The first batch is paid: 62 LPT.
pub(super) const PAID_ONCE: Held = Held { nonce: 1, balance: "688" };
/// The second batch is paid: 282 LPT.
pub(super) const PAID_TWICE: Held = Held { nonce: 2, balance: "406" };

/// The treasurer looks at the Safe and writes down what is there; where there is a chain, the ledger does itself.
pub(super) async fn observe(stage: &Stage, day: u32, held: &Held) -> Result<(), DemoError> {
    if let Some(chain) = &stage.chain {
        return on_chain::look(stage, chain).await;
    }
    let owner = |name| cast::written("owner", name);
    let new = NewObservation {
        block: 290_000_000_u64.saturating_add(u64::from(day).saturating_mul(340_000)),
        block_hash: format!("0x{}", cast::digest("block", &day.to_string())),
        nonce: held.nonce,
        owners: vec![owner("one"), owner("two"), owner("three")],
        threshold: 2,
        singleton: "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762".to_owned(),
        modules: Vec::new(),
        guard: None,
        balance: held.balance.to_owned(),
        corrects: None,
    };
    stage.ask("treasurer", async |ask| stage.app.observe_safe(ask, &new).await).await?;
    Ok(())
}

/// Observes the Safe and proposes a batch of these claims.
pub(super) async fn pay(
    stage: &Stage,
    day: u32,
    held: &Held,
    claims: &[SubmissionNumber],
) -> Result<BatchNumber, DemoError> {
    stage.at(day, 9);
    observe(stage, day, held).await?;
    stage.at(day, 10);
    let submissions = claims.iter().map(ToString::to_string).collect();
    let new = NewBatch { submissions, nonce: None, evidence_up: true, split: false };
    let receipt = stage.ask("treasurer", async |ask| stage.app.propose_batch(ask, &new).await).await?;
    match receipt.fact {
        Fact::BatchProposed { outcome, .. } => Ok(outcome.batch),
        _ => Err(DemoError::OffScript),
    }
}

/// The owners have executed a batch: the treasurer names the transaction, and looks at the Safe again. Where there is a
/// chain it is really executed, and nobody has to say so.
pub(super) async fn executed(
    stage: &Stage,
    day: u32,
    batch: BatchNumber,
    held: &Held,
) -> Result<(), DemoError> {
    if let Some(chain) = &stage.chain {
        return on_chain::execute(stage, chain, day, batch).await;
    }
    stage.at(day, 8);
    let tx_hash = format!("0x{}", cast::digest("transaction", &format!("batch {batch}")));
    let new = NewExecution { tx_hash };
    stage.ask("treasurer", async |ask| stage.app.attest_execution(ask, batch, &new).await).await?;
    observe(stage, day, held).await
}

/// Puts a transaction that pays nobody beside a batch, for the owners to sign instead.
pub(super) async fn reject(stage: &Stage, batch: BatchNumber) -> Result<(), DemoError> {
    stage.ask("treasurer", async |ask| stage.app.propose_rejection(ask, batch, NoWords {}).await).await?;
    Ok(())
}
