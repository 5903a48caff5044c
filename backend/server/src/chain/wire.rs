//! Values as nodes write them (Ethereum JSON-RPC): hex with `0x`, and nothing that is nearly that.

use std::borrow::Cow;
use std::fmt::Write as _;

use domain::value::{Address, Digest, Timestamp};
use serde::de::{Deserialize, Deserializer, Error};

/// A number as it is sent: without leading zeros.
pub(super) fn of_number(number: u64) -> String {
    format!("{number:#x}")
}

pub(super) fn of_hash(hash: &Digest) -> String {
    format!("0x{hash}")
}

pub(super) fn of_data(bytes: &[u8]) -> String {
    bytes.iter().fold(String::from("0x"), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("hex begins with 0x"))?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hex { Ok(digits.to_owned()) } else { Err(D::Error::custom("not hex")) }
}

/// A number of up to 64 bits: at least one digit, no leading zeros.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let digits = digits(deserializer)?;
    if digits.is_empty() || (digits.starts_with('0') && digits != "0") {
        return Err(D::Error::custom("a number has no leading zeros"));
    }
    u64::from_str_radix(&digits, 16).map_err(|_| D::Error::custom("a number has 64 bits"))
}

/// A number of up to 32 bits: the place of a log in its block.
pub(super) fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    u32::try_from(number(deserializer)?).map_err(|_| D::Error::custom("a place in a block has 32 bits"))
}

/// A moment in seconds since 1970.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let seconds = i64::try_from(number(deserializer)?).ok();
    let micros = seconds.and_then(|seconds| seconds.checked_mul(1_000_000));
    let time = micros.and_then(|micros| Timestamp::from_micros(micros).ok());
    time.ok_or_else(|| D::Error::custom("a time lies before the year 10000"))
}

/// Bytes: an even number of digits.
pub(super) fn data<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let digits = digits(deserializer)?;
    let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return Err(D::Error::custom("bytes have two digits each"));
    }
    let byte = |pair: &[u8; 2]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    pairs.iter().map(byte).collect::<Option<_>>().ok_or_else(|| D::Error::custom("not hex"))
}

fn bytes<'de, const N: usize, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; N], D::Error> {
    let bytes = data(deserializer)?;
    bytes.try_into().map_err(|_| D::Error::custom(format_args!("this has {N} bytes")))
}

pub(super) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    bytes(deserializer)
}

pub(super) fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    bytes(deserializer).map(Digest::from_bytes)
}

pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    bytes(deserializer).map(Address::from_bytes)
}

/// What stands in a list of its own type.
pub(super) fn hashes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Digest>, D::Error> {
    #[derive(serde::Deserialize)]
    struct Hash(#[serde(deserialize_with = "hash")] Digest);
    let hashes = Vec::<Hash>::deserialize(deserializer)?;
    Ok(hashes.into_iter().map(|Hash(hash)| hash).collect())
}

/// 1 or 0: whether a transaction did what it was to do.
pub(super) fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match number(deserializer)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(D::Error::custom("a status is 0 or 1")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for (text, expected) in [("0x0", 0), ("0x1f", 31), ("0xFF", 255), ("0xffffffffffffffff", u64::MAX)] {
            assert_eq!(number(json!(text)).unwrap(), expected);
        }
        for wrong in [
            "",
            "0x",
            "0x00",
            "0x01",
            "1",
            "0x-1",
            "0x+1",
            "0x 1",
            "0xg",
            "0X1",
            "0x10000000000000000",
            "latest",
        ] {
            assert!(number(json!(wrong)).is_err(), "{wrong}");
        }
        for wrong in [json!(1), Value::Null, json!(["0x1"])] {
            assert!(number(wrong).is_err());
        }
        assert_eq!(index(json!("0xffffffff")).unwrap(), u32::MAX);
        assert!(index(json!("0x100000000")).is_err());
        assert_eq!((status(json!("0x1")).unwrap(), status(json!("0x0")).unwrap()), (true, false));
        assert!(status(json!("0x2")).is_err());
        assert_eq!(of_number(31), "0x1f");
        assert_eq!(of_number(0), "0x0");
    }

    #[test]
    fn times_are_seconds_up_to_the_year_9999() {
        assert_eq!(time(json!("0x6553f100")).unwrap().to_string(), "2023-11-14T22:13:20.000000Z");
        for wrong in ["0x3afff44180", "0x7fffffffffffffff", "0xffffffffffffffff"] {
            assert!(time(json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_whole_and_of_their_length() {
        assert_eq!(data(json!("0x")).unwrap(), b"");
        assert_eq!(data(json!("0x00fFa1")).unwrap(), [0, 255, 161]);
        assert_eq!(of_data(&[0, 255, 161]), "0x00ffa1");
        assert_eq!(of_data(&[]), "0x");
        for wrong in ["", "0", "0x0", "0x0g", "00", "0x 0", "0x+1", "0xé"] {
            assert!(data(json!(wrong)).is_err(), "{wrong}");
        }
        for (digits, is_address, is_hash) in
            [(38, false, false), (40, true, false), (42, false, false), (64, false, true), (66, false, false)]
        {
            let text = json!(format!("0x{}", "aB".repeat(digits / 2)));
            assert_eq!(address(text.clone()).is_ok(), is_address, "{digits}");
            assert_eq!(hash(text.clone()).is_ok(), is_hash, "{digits}");
            assert_eq!(word(text).is_ok(), is_hash, "{digits}");
        }
        let topic = format!("0x{}", "1b".repeat(32));
        assert_eq!(of_hash(&hash(json!(topic)).unwrap()), topic);
        assert_eq!(hashes(json!([topic, topic])).unwrap().len(), 2);
        assert!(hashes(json!([topic, "0x1b"])).is_err());
    }
}
