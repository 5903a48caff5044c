//! Owners of the Safe who agree to a batch. Whose a signature is, `app` recovers, and every verifier again.

use crate::batch::{Batch, Signing};
use crate::command::RecordSignature;
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::words::SigningForm;

use super::Decision;
use super::payouts::check_open;

pub(super) fn record_signature(program: &Program, asked: &RecordSignature) -> Result<Decision, Refusal> {
    let batch = program.batch(asked.batch).ok_or(Refusal::NoSuchBatch { batch: asked.batch })?;
    check_open(program, batch.nonce)?;
    let observation = program.observation().ok_or(Refusal::SafeUnobserved)?;
    if !observation.safe.owners.contains(&asked.owner) {
        return Err(Refusal::NotAnOwner { address: asked.owner });
    }
    if let Some(known) = batch.signings.iter().find(|signing| signing.owner == asked.owner) {
        return Err(Refusal::SignedBefore { address: asked.owner, event: known.event });
    }
    let fits = match asked.form {
        SigningForm::Eip712 | SigningForm::EthSign => asked.signature.is_some() && asked.contract.is_none(),
        SigningForm::ApprovedHash => asked.signature.is_none() && asked.contract.is_none(),
        SigningForm::Contract => asked.signature.is_none() && asked.contract.is_some(),
    };
    if !fits {
        return Err(Refusal::GroundUnfit);
    }
    Ok(Fact::SignatureRecorded { asked: Box::new(asked.clone()) }.into())
}

impl Program {
    /// The signatures of a batch that count: those of the Safe's owners as it was last observed, by their addresses
    /// ascending, which is the order in which the Safe wants them.
    pub fn signings_of<'a>(&self, batch: &'a Batch) -> Vec<&'a Signing> {
        let owners = self.observation().map_or(&[][..], |observation| &observation.safe.owners);
        let mut signings: Vec<_> =
            batch.signings.iter().filter(|signing| owners.contains(&signing.owner)).collect();
        signings.sort_unstable_by_key(|signing| signing.owner);
        signings
    }
}
