//! Paydays: the treasurer looks at the Safe, then proposes a batch.

use domain::value::SubmissionNumber;

use super::DemoError;
use super::cast;
use super::stage::Stage;
use crate::app::{NewBatch, NewObservation};

/// The treasurer looks at the Safe and writes down what is there.
pub(super) async fn observe(stage: &Stage, day: u32) -> Result<(), DemoError> {
    let owner = |name| cast::written("owner", name);
    let new = NewObservation {
        block: 290_000_000_u64.saturating_add(u64::from(day).saturating_mul(340_000)),
        block_hash: format!("0x{}", cast::digest("block", &day.to_string())),
        nonce: 0,
        owners: vec![owner("one"), owner("two"), owner("three")],
        threshold: 2,
        singleton: "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762".to_owned(),
        modules: Vec::new(),
        guard: None,
        balance: "750".to_owned(),
        corrects: None,
    };
    stage.ask("treasurer", async |ask| stage.app.observe_safe(ask, &new).await).await?;
    Ok(())
}

/// Observes the Safe and proposes a batch of these claims.
pub(super) async fn pay(stage: &Stage, day: u32, claims: &[SubmissionNumber]) -> Result<(), DemoError> {
    stage.at(day, 9);
    observe(stage, day).await?;
    stage.at(day, 10);
    propose(stage, claims).await
}

async fn propose(stage: &Stage, claims: &[SubmissionNumber]) -> Result<(), DemoError> {
    let submissions = claims.iter().map(ToString::to_string).collect();
    let new = NewBatch { submissions, nonce: None, evidence_up: true };
    stage.ask("treasurer", async |ask| stage.app.propose_batch(ask, &new).await).await?;
    Ok(())
}
