//! JSON from people's files, read as JavaScript reads it and kept exactly as written.
//!
//! `serde_json`'s own value would round large numbers; here a number keeps its text. Of equal keys
//! the last wins, as in `JSON.parse`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use thiserror::Error;

/// Levels of lists and objects a file may nest; honest files need seven.
const DEPTH: usize = 32;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number as written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// Why a text is not readable JSON.
#[derive(Debug, Error)]
pub enum JsonError {
    /// A fault of syntax, with its line and column.
    #[error(
        "the file is not JSON ({0}): give a Transaction Builder file, typed data or calldata, as it was exported"
    )]
    Syntax(#[from] serde_json::Error),
    /// Lists and objects nest beyond any file of this kind.
    #[error("the file nests more than {DEPTH} levels deep: no wallet writes such a file")]
    TooDeep,
}

impl Json {
    /// Reads one JSON value.
    pub(crate) fn parse(text: &str) -> Result<Self, JsonError> {
        Self::build(serde_json::from_str(text)?, DEPTH)
    }

    fn build(raw: &RawValue, depth: usize) -> Result<Self, JsonError> {
        let text = raw.get();
        let below = || depth.checked_sub(1).ok_or(JsonError::TooDeep);
        match text.bytes().next() {
            Some(b'{') => {
                let below = below()?;
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
                let built = members.into_iter().map(|(key, raw)| Ok((key, Self::build(raw, below)?)));
                built.collect::<Result<_, JsonError>>().map(Self::Object)
            }
            Some(b'[') => {
                let below = below()?;
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let built = items.into_iter().map(|raw| Self::build(raw, below));
                built.collect::<Result<_, JsonError>>().map(Self::List)
            }
            Some(b'"') => Ok(Self::Text(serde_json::from_str(text)?)),
            Some(b't') => Ok(Self::Bool(true)),
            Some(b'f') => Ok(Self::Bool(false)),
            Some(b'n') => Ok(Self::Null),
            _ => Ok(Self::Number(text.to_owned())),
        }
    }

    /// The member of an object; `None` for a missing member or another kind of value.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(key),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) => None,
        }
    }

    /// Whether JavaScript would count the value as true.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(bool) => *bool,
            Self::Number(text) => js_number(text) != "0",
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Object(_) => true,
        }
    }
}

/// A JSON number as `JSON.stringify(JSON.parse(text))` prints it (ECMA-262, `Number::toString`).
pub(crate) fn js_number(text: &str) -> String {
    let Ok(value) = text.parse::<f64>() else { return "null".to_owned() };
    if !value.is_finite() {
        return "null".to_owned();
    }
    // Rust writes the same shortest digits, as `d.ddde-7`.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let digits = mantissa.replace('.', "");
    if digits == "0" {
        return digits;
    }
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{sign}{}", js_digits(&digits, exponent))
}

/// Places the point in digits that read `d.ddd × 10^exponent`.
fn js_digits(digits: &str, exponent: i32) -> String {
    match (usize::try_from(exponent), usize::try_from(exponent.unsigned_abs())) {
        (Ok(places), _) if places < 21 => {
            let whole = places.saturating_add(1);
            match digits.split_at_checked(whole) {
                Some((digits, "")) => digits.to_owned(),
                Some((whole, fraction)) => format!("{whole}.{fraction}"),
                None => format!("{digits:0<whole$}"),
            }
        }
        (Err(_), Ok(places)) if places < 7 => {
            format!("0.{}{digits}", "0".repeat(places.saturating_sub(1)))
        }
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            let exponent = exponent.unsigned_abs();
            match digits.split_at_checked(1) {
                Some((first, rest)) if !rest.is_empty() => format!("{first}.{rest}e{sign}{exponent}"),
                _ => format!("{digits}e{sign}{exponent}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_javascript_prints_them() {
        // Made with JSON.stringify(JSON.parse(text)) in node 20.
        for (text, printed) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1767225600000", "1767225600000"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("1E+2", "100"),
            ("20500000000000000000", "20500000000000000000"),
            ("634639733950475569187688", "6.346397339504756e+23"),
            ("9007199254740993", "9007199254740992"),
            ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("123456789012345680000", "123456789012345680000"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("-0.00000123", "-0.00000123"),
            ("1.25e-7", "1.25e-7"),
            ("-12.5", "-12.5"),
            ("5e-324", "5e-324"),
            ("1e400", "null"),
            ("123.456e2", "12345.6"),
        ] {
            assert_eq!(js_number(text), printed, "{text}");
        }
    }

    #[test]
    fn the_last_of_equal_keys_wins_and_numbers_keep_their_text() {
        let read = Json::parse(r#"{"a":1,"a":1.50,"a":1e18}"#).unwrap();
        assert_eq!(read.get("a"), Some(&Json::Number("1e18".to_owned())));
    }

    #[test]
    fn depth_is_limited_whatever_the_length() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(&nested(DEPTH)).is_ok());
        assert!(matches!(Json::parse(&nested(DEPTH + 1)), Err(JsonError::TooDeep)));
        assert!(matches!(Json::parse(&nested(1_000_000)), Err(JsonError::TooDeep)));
        assert!(matches!(Json::parse(&"[".repeat(1_000_000)), Err(JsonError::Syntax(_))));
    }
}
