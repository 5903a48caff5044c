//! Inspecting `execTransaction` calldata, bare or as a transaction's JSON.

use domain::value::Address;
use ethers::types::U256;

use super::calls::Findings;
use super::fields::{address, number, warn_checksum};
use super::typed::gas_fields;
use super::{Code, InspectError, Inspection, Kind};
use crate::exec::{ExecError, ExecTransaction};
use crate::hex;
use crate::json::Json;
use crate::safe_tx::domain_hash;

/// A transaction `{"chain_id", "to", "data"}`: the Safe is its `to`.
pub(super) fn inspect_wrapper(json: &Json) -> Result<Inspection, InspectError> {
    let known = |key: &str| json.get(key).filter(|value| **value != Json::Null);
    let chain_id = known("chain_id").or_else(|| known("chainId"));
    let chain_id = chain_id.map(|chain_id| number(Some(chain_id), "chain_id")).transpose()?;
    let to = known("to");
    let safe = to.map(|to| address(Some(to), "to")).transpose()?;
    let text = json.get("data").and_then(Json::as_text).unwrap_or_default();
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let calldata = hex::decode_digits(digits).ok_or(InspectError::Hex { field: "data" })?;
    let mut inspection = inspect(chain_id, safe, &calldata)?;
    let mut findings = Findings::new(chain_id, safe);
    warn_checksum(&mut findings, to, "to");
    let (_, _, warnings) = findings.finish();
    inspection.warnings.extend(warnings);
    Ok(inspection)
}

pub(super) fn inspect(
    chain_id: Option<U256>,
    safe: Option<Address>,
    calldata: &[u8],
) -> Result<Inspection, InspectError> {
    let exec = ExecTransaction::read(calldata)?;
    let mut findings = Findings::new(chain_id, safe);
    if !exec.is_encoded_as(calldata) {
        let detail = format!("The Safe would run it, but {}.", ExecError::NotCanonical);
        findings.warn(Code::MalformedPayload, &detail);
    }
    let numbers = [exec.safe_tx_gas, exec.base_gas, exec.gas_price];
    gas_fields(&mut findings, numbers, [exec.gas_token, exec.refund_receiver]);
    findings.safe_tx(&exec.to, exec.value, &exec.data, exec.operation);
    let (transfers, total, warnings) = findings.finish();
    Ok(Inspection {
        kind: Kind::ExecTransaction,
        name: None,
        description: None,
        chain_id,
        safe,
        nonce: None,
        to: Some(exec.to),
        value: Some(exec.value),
        operation: Some(exec.operation),
        // Calldata does not tell the Safe's version; every Safe since 1.3.0 binds the chain id.
        domain_hash: chain_id.zip(safe).map(|(chain_id, safe)| domain_hash(Some(chain_id), &safe)),
        message_hash: None,
        safe_tx_hash: None,
        checksum: None,
        transfers,
        total,
        warnings,
    })
}
