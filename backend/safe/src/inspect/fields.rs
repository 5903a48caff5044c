//! Reading the fields of typed data and transactions, which tools write in several ways.

use domain::value::Address;
use ethers::types::U256;

use super::calls::Findings;
use super::{Code, InspectError};
use crate::json::{Json, js_number};
use crate::{eip55, hex};

/// A whole number: a JSON number, decimal digits, or `0x` and hex digits.
pub(super) fn number(json: Option<&Json>, field: &'static str) -> Result<U256, InspectError> {
    let fault = InspectError::Number { field };
    match json {
        None | Some(Json::Null) => Err(InspectError::Missing { field }),
        Some(Json::Number(text)) if is_digits(text) => U256::from_dec_str(text).map_err(|_| fault),
        Some(Json::Number(text)) => {
            let text = js_number(text);
            if is_digits(&text) { U256::from_dec_str(&text).map_err(|_| fault) } else { Err(fault) }
        }
        Some(Json::Text(text)) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                U256::from_str_radix(digits, 16).map_err(|_| fault)
            }
            None if is_digits(text) => U256::from_dec_str(text).map_err(|_| fault),
            Some(_) | None => Err(fault),
        },
        Some(Json::Bool(_) | Json::List(_) | Json::Object(_)) => Err(fault),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Warns of a JSON number that JavaScript would round.
pub(super) fn warn_rounding(findings: &mut Findings, json: Option<&Json>, field: &str) {
    if let Some(Json::Number(text)) = json {
        let rounded = js_number(text);
        if rounded != *text && is_digits(text) && !(text.starts_with('0') && rounded == "0") {
            let detail = format!(
                "{field} is the JSON number {text}, which wallets may round to {rounded}: have it \
                 written as a string."
            );
            findings.warn(Code::MalformedPayload, &detail);
        }
    }
}

/// 20 bytes of hex. Wallets do not check the letter case here, so a wrong checksum is only warned about.
pub(super) fn address(json: Option<&Json>, field: &'static str) -> Result<Address, InspectError> {
    let text = match json {
        None | Some(Json::Null) => return Err(InspectError::Missing { field }),
        Some(json) => json.as_text().unwrap_or_default(),
    };
    let digits = text.strip_prefix("0x").ok_or(InspectError::Address { field })?;
    eip55::parse_digits(digits).map_err(|_| InspectError::Address { field })
}

/// Warns of an address whose letter case does not match its digits.
pub(super) fn warn_checksum(findings: &mut Findings, json: Option<&Json>, field: &str) {
    let text = json.and_then(Json::as_text).unwrap_or_default();
    if eip55::parse(text) == Err(eip55::AddressError::Checksum) {
        let detail =
            format!("{field} is {text}, whose checksum is wrong: a character may have been changed.");
        findings.warn(Code::MalformedPayload, &detail);
    }
}

/// Calldata: `0x` and hex; null or an empty text for none.
pub(super) fn data(json: Option<&Json>, field: &'static str) -> Result<Vec<u8>, InspectError> {
    match json {
        None => Err(InspectError::Missing { field }),
        Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Text(text)) if text.is_empty() => Ok(Vec::new()),
        Some(json) => {
            let text = json.as_text().ok_or(InspectError::Hex { field })?;
            hex::decode(text).ok_or(InspectError::Hex { field })
        }
    }
}
