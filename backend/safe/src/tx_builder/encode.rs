//! What the Transaction Builder makes of a method and its input texts (tx-builder 2.0.1).
//!
//! The app reads amounts in surprising ways, and falls back to empty calldata where it fails.

use std::collections::BTreeMap;

use ethers::abi::{self, Token};
use ethers::types::{H160, U256};
use ethers::utils::id;

use super::note::Note;
use crate::json::Json;
use crate::{eip55, hex};
use domain::value::Address;

/// What came of a method: calldata, or a type whose encoding is not modelled here.
pub(super) enum Encoded {
    /// The calldata; empty where the app fails to encode.
    Data(Vec<u8>),
    /// A method with arrays or tuples.
    Unsupported { method: String },
}

/// An input's value, or why there is none.
enum Value {
    Read(Token),
    Fails,
    Unsupported,
}

/// Encodes a method as the app does; what a signer should know goes to `notes`.
pub(super) fn method(method: &Json, values: Option<&Json>, notes: &mut Vec<Note>) -> Encoded {
    let name = method.get("name").and_then(Json::as_text).unwrap_or_default();
    let failed = Encoded::Data(Vec::new());
    let inputs = match method.get("inputs") {
        Some(Json::List(inputs)) => inputs.as_slice(),
        Some(other) if other.is_truthy() => return not_encoded(name, notes),
        _ => &[],
    };
    if !is_identifier(name) || ["receive", "fallback"].contains(&name) {
        return not_encoded(name, notes);
    }
    let (mut kinds, mut tokens, mut fails) = (Vec::new(), Vec::new(), false);
    for (index, input) in inputs.iter().enumerate() {
        let Some(kind) = input.get("type").and_then(Json::as_text) else {
            return not_encoded(name, notes);
        };
        let key = match input.get("name") {
            Some(Json::Text(name)) if !name.is_empty() => name.clone(),
            _ => index.to_string(),
        };
        let empty = Json::Text(String::new());
        let value =
            values.and_then(|values| values.get(&key)).filter(|value| value.is_truthy()).unwrap_or(&empty);
        match read(kind, &key, value, notes) {
            Value::Read(token) => tokens.push(token),
            Value::Fails => fails = true,
            Value::Unsupported => return Encoded::Unsupported { method: name.to_owned() },
        }
        kinds.push(canonical(kind));
    }
    if fails {
        return failed;
    }
    let selector = id(format!("{name}({})", kinds.join(",")));
    Encoded::Data([&selector[..], &abi::encode(&tokens)].concat())
}

fn not_encoded(name: &str, notes: &mut Vec<Note>) -> Encoded {
    notes.push(Note::NotEncoded { method: name.to_owned() });
    Encoded::Data(Vec::new())
}

fn is_identifier(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$';
    let mut bytes = name.bytes();
    bytes.next().is_some_and(letter) && bytes.all(|byte| letter(byte) || byte.is_ascii_digit())
}

fn canonical(kind: &str) -> &str {
    match kind {
        "uint" => "uint256",
        "int" => "int256",
        kind => kind,
    }
}

fn read(kind: &str, input: &str, value: &Json, notes: &mut Vec<Note>) -> Value {
    let token = if let Some((signed, bits)) = int_kind(kind) {
        let read = value.as_text().and_then(|text| integer(text, signed, bits));
        let text = value.as_text().unwrap_or_default();
        if read.is_none() || !is_decimal(js_trim(text)) {
            notes.push(Note::Amount { input: input.to_owned(), text: text.to_owned(), read });
        }
        read.map(if signed { Token::Int } else { Token::Uint })
    } else {
        match kind {
            "address" => {
                let address = value.as_text().and_then(address);
                if address.is_none() {
                    let text = value.as_text().unwrap_or_default().to_owned();
                    notes.push(Note::Recipient { input: input.to_owned(), text });
                }
                address.map(|address| Token::Address(H160(*address.bytes())))
            }
            "bool" => boolean(value).map(Token::Bool),
            "string" => value.as_text().map(|text| Token::String(text.to_owned())),
            "bytes" => value.as_text().and_then(hex::decode).map(Token::Bytes),
            _ => match kind.strip_prefix("bytes").map(str::parse::<usize>) {
                Some(Ok(len @ 1..=32)) => value
                    .as_text()
                    .and_then(hex::decode)
                    .filter(|bytes| bytes.len() == len)
                    .map(Token::FixedBytes),
                _ => return Value::Unsupported,
            },
        }
    };
    token.map_or(Value::Fails, Value::Read)
}

/// The integer types the ABI knows: signed or not, and how many bits.
fn int_kind(kind: &str) -> Option<(bool, usize)> {
    let (signed, bits) = match kind.strip_prefix("uint") {
        Some(bits) => (false, bits),
        None => (true, kind.strip_prefix("int")?),
    };
    let bits = if bits.is_empty() { 256 } else { bits.parse().ok()? };
    ((8..=256).contains(&bits) && bits % 8 == 0).then_some((signed, bits))
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// White space as JavaScript's `trim` removes it.
fn js_trim(text: &str) -> &str {
    text.trim_matches(|char: char| (char.is_whitespace() && char != '\u{85}') || char == '\u{feff}')
}

/// The app's reading of an integer: digits with any of a to f are hex, quotes and outer spaces go.
fn integer(text: &str, signed: bool, bits: usize) -> Option<U256> {
    let text = text.replace(['"', '\''], "");
    let text = js_trim(&text);
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let is_hex = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let prefixed = magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X"));
    let value = match prefixed {
        Some(digits) => digits_of(digits, 16)?,
        None if is_hex(magnitude) && !is_decimal(magnitude) => digits_of(magnitude, 16)?,
        None => decimal_or_octal(magnitude, negative)?,
    };
    let limit = if signed { bits.checked_sub(1)? } else { bits };
    match (negative && !value.is_zero(), signed) {
        (false, _) => (value.bits() <= limit).then_some(value),
        (true, true) => {
            let fits = value.checked_sub(U256::one())?.bits() <= limit;
            fits.then(|| value.overflowing_neg().0)
        }
        (true, false) => None,
    }
}

/// What `BigInt` takes besides hex: decimal digits with an optional plus, or `0o` octal.
fn decimal_or_octal(text: &str, negative: bool) -> Option<U256> {
    if negative {
        return digits_of(text, 10);
    }
    match text.strip_prefix("0o").or_else(|| text.strip_prefix("0O")) {
        Some(octal) => digits_of(octal, 8),
        None => digits_of(text.strip_prefix('+').unwrap_or(text), 10),
    }
}

pub(super) fn digits_of(digits: &str, radix: u32) -> Option<U256> {
    let digits = if digits.is_empty() { None } else { Some(digits) };
    digits?.chars().try_fold(U256::zero(), |value, char| {
        let digit = char.to_digit(radix)?;
        value.checked_mul(radix.into())?.checked_add(digit.into())
    })
}

fn boolean(value: &Json) -> Option<bool> {
    match value {
        Json::Text(text) => match js_trim(text).to_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        other => Some(other.is_truthy()),
    }
}

/// An address as the app's library (ethers 6) takes it: `0x` may be missing, EIP-55 if mixed case.
pub(super) fn address(text: &str) -> Option<Address> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    eip55::parse(&format!("0x{digits}")).ok()
}

/// The members of an object, or none.
pub(super) fn members(json: Option<&Json>) -> impl Iterator<Item = (&String, &Json)> {
    let members: Option<&BTreeMap<String, Json>> = match json {
        Some(Json::Object(members)) => Some(members),
        _ => None,
    };
    members.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_read_as_the_app_reads_them() {
        for (text, read) in [
            ("20", Some(20_u64)),
            ("007", Some(7)),
            (" 12 ", Some(12)),
            ("\"12\"", Some(12)),
            ("+5", Some(5)),
            ("-0", Some(0)),
            ("1e18", Some(0x1e18)),
            ("1E18", Some(0x1e18)),
            ("0b101", Some(0xb101)),
            ("0o17", Some(15)),
            ("0x1f", Some(31)),
            ("0X1F", Some(31)),
            ("deadbeef", Some(0xdead_beef)),
            ("", None),
            ("0x", None),
            ("-5", None),
            ("--5", None),
            ("1.5", None),
            ("1_000", None),
            ("5 LPT", None),
            ("１", None),
        ] {
            assert_eq!(integer(text, false, 256), read.map(U256::from), "{text:?}");
        }
        assert_eq!(integer(&U256::MAX.to_string(), false, 256), Some(U256::MAX));
        assert_eq!(integer(&format!("{}0", U256::MAX), false, 256), None);
        assert_eq!(integer("256", false, 8), None);
        assert_eq!(integer("-1", true, 256), Some(U256::MAX));
        assert_eq!(integer("-128", true, 8), Some(U256::MAX - 127));
        assert_eq!(integer("-129", true, 8), None);
        assert_eq!(integer("128", true, 8), None);
    }
}
