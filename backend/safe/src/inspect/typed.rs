//! Inspecting the typed data of a Safe transaction.

use ethers::types::U256;

use super::calls::Findings;
use super::fields::{self, address, data, number};
use super::{Code, InspectError, Inspection, Kind};
use crate::json::Json;
use crate::safe_tx::{Operation, SafeTx, domain_hash, safe_tx_hash};
use crate::typed_data::{Field, domain_fields, safe_tx_fields};
use domain::value::Address;

/// How the file declares its types, which decides its hashes.
struct Form {
    /// Whether the chain id is part of the domain; `None` for a domain no Safe has.
    chain_id: Option<bool>,
    /// The name of the sixth field; `None` for a `SafeTx` no Safe has.
    base_gas_name: Option<&'static str>,
}

pub(super) fn inspect(json: &Json) -> Result<Inspection, InspectError> {
    let found = json.get("primaryType").and_then(Json::as_text).unwrap_or_default();
    if found != "SafeTx" {
        return Err(InspectError::NotASafeTx { found: found.chars().take(60).collect() });
    }
    let domain = json.get("domain").ok_or(InspectError::Missing { field: "domain" })?;
    let message = json.get("message").ok_or(InspectError::Missing { field: "message" })?;
    let form = form(json, domain);
    let safe = address(domain.get("verifyingContract"), "domain.verifyingContract")?;
    // A chain id outside the hashed type binds nothing.
    let chain_id = match form.chain_id {
        Some(false) => None,
        Some(true) | None => Some(number(domain.get("chainId"), "domain.chainId")?),
    };
    let base_gas_name = form.base_gas_name.unwrap_or("baseGas");
    let tx = safe_tx(message, base_gas_name)?;
    let mut findings = Findings::new(chain_id, Some(safe));
    warn_form(&mut findings, &form);
    warn_texts(&mut findings, domain, message);
    warn_gas(&mut findings, &tx);
    findings.safe_tx(&tx.to, tx.value, &tx.data, tx.operation);
    let (transfers, total, warnings) = findings.finish();
    let domain = form.chain_id.map(|_| domain_hash(chain_id, &safe));
    let message = form.base_gas_name.map(|name| tx.message_hash_as(name));
    Ok(Inspection {
        kind: Kind::TypedData,
        name: None,
        description: None,
        chain_id,
        safe: Some(safe),
        nonce: Some(tx.nonce),
        to: Some(tx.to),
        value: Some(tx.value),
        operation: Some(tx.operation),
        domain_hash: domain,
        message_hash: message,
        safe_tx_hash: domain.zip(message).map(|(domain, message)| safe_tx_hash(&domain, &message)),
        checksum: None,
        transfers,
        total,
        warnings,
    })
}

fn form(json: &Json, domain: &Json) -> Form {
    let types = json.get("types");
    let declared = |name: &str| types.and_then(|types| types.get(name));
    let chain_id = match declared("EIP712Domain") {
        Some(fields) => [true, false].into_iter().find(|with| is_list_of(fields, &domain_fields(*with))),
        // Some libraries leave the domain's type out and take the members that are there.
        None => match domain {
            Json::Object(members) if members.len() == 2 => {
                Some(true).filter(|_| members.contains_key("chainId"))
            }
            Json::Object(members) => Some(false).filter(|_| members.len() == 1),
            _ => None,
        },
    };
    let base_gas_name = declared("SafeTx").and_then(|fields| {
        ["baseGas", "dataGas"].into_iter().find(|name| is_list_of(fields, &safe_tx_fields(name)))
    });
    Form { chain_id, base_gas_name }
}

fn is_list_of(declared: &Json, fields: &[Field]) -> bool {
    let declared = declared.as_list().unwrap_or_default();
    let same = |(json, field): (&Json, &Field)| {
        json.get("name").and_then(Json::as_text) == Some(field.name)
            && json.get("type").and_then(Json::as_text) == Some(field.kind)
    };
    declared.len() == fields.len() && declared.iter().zip(fields).all(same)
}

fn safe_tx(message: &Json, base_gas_name: &str) -> Result<SafeTx, InspectError> {
    let operation = number(message.get("operation"), "message.operation")?;
    let operation = u64::try_from(operation).ok().and_then(|code| u8::try_from(code).ok());
    Ok(SafeTx {
        to: address(message.get("to"), "message.to")?,
        value: number(message.get("value"), "message.value")?,
        data: data(message.get("data"), "message.data")?,
        operation: Operation::from(operation.ok_or(InspectError::Number { field: "message.operation" })?),
        safe_tx_gas: number(message.get("safeTxGas"), "message.safeTxGas")?,
        base_gas: number(message.get(base_gas_name), "message.baseGas")?,
        gas_price: number(message.get("gasPrice"), "message.gasPrice")?,
        gas_token: address(message.get("gasToken"), "message.gasToken")?,
        refund_receiver: address(message.get("refundReceiver"), "message.refundReceiver")?,
        nonce: number(message.get("nonce"), "message.nonce")?,
    })
}

fn warn_form(findings: &mut Findings, form: &Form) {
    if form.chain_id.is_none() {
        let detail = "The type of the domain is not that of any Safe: no Safe accepts a signature of this.";
        findings.warn(Code::MalformedPayload, detail);
    }
    if form.base_gas_name.is_none() {
        let detail = "The type SafeTx is not that of any Safe: no Safe accepts a signature of this.";
        findings.warn(Code::MalformedPayload, detail);
    }
}

fn warn_texts(findings: &mut Findings, domain: &Json, message: &Json) {
    fields::warn_checksum(findings, domain.get("verifyingContract"), "domain.verifyingContract");
    for field in ["to", "gasToken", "refundReceiver"] {
        fields::warn_checksum(findings, message.get(field), field);
    }
    for field in ["value", "safeTxGas", "baseGas", "dataGas", "gasPrice", "nonce"] {
        fields::warn_rounding(findings, message.get(field), field);
    }
}

fn warn_gas(findings: &mut Findings, tx: &SafeTx) {
    gas_fields(findings, [tx.safe_tx_gas, tx.base_gas, tx.gas_price], [tx.gas_token, tx.refund_receiver]);
}

/// Warns unless all five gas fields are zero.
pub(super) fn gas_fields(findings: &mut Findings, numbers: [U256; 3], addresses: [Address; 2]) {
    let [safe_tx_gas, base_gas, gas_price] = numbers;
    let [gas_token, refund_receiver] = addresses.map(|address| crate::eip55::checksum(&address));
    if numbers.iter().any(|number| !number.is_zero())
        || addresses.iter().any(|address| *address != Address::ZERO)
    {
        let detail = format!(
            "The gas fields are not all zero (safeTxGas {safe_tx_gas}, baseGas {base_gas}, gasPrice {gas_price}, \
             gasToken {gas_token}, refundReceiver {refund_receiver}): the Safe may pay a refund, or a failure \
             use up the nonce."
        );
        findings.warn(Code::GasFields, &detail);
    }
}
