//! The shapes that values in events have, each with its form in words and a check of its own.

use serde_json::Value;

use super::describe::Object;

/// The shape of a value.
#[derive(Clone, Copy)]
pub enum Shape {
    Address,
    Amount,
    Bytes,
    Count,
    Digest,
    Number,
    Signature,
    Slug,
    Time,
    Version,
    /// One word of a closed set: its name and its words.
    Word(&'static str, fn() -> Vec<&'static str>),
    Object(&'static Object),
    List(&'static Shape),
}

/// The simple shapes, their names and what they look like.
pub const FORMS: [(Shape, &str); 10] = [
    (Shape::Address, "an Ethereum address: `0x` and 40 lower-case hex digits"),
    (Shape::Amount, "an amount in wei (10⁻¹⁸ LPT): decimal digits without a leading zero, below 2¹²⁸"),
    (Shape::Bytes, "1 to 4096 bytes: two lower-case hex digits for each, without a prefix"),
    (
        Shape::Count,
        "a whole number from 0: decimal digits without a leading zero; below 2³² unless said otherwise",
    ),
    (Shape::Digest, "32 bytes: 64 lower-case hex digits without a prefix"),
    (Shape::Number, "a running number from 1: decimal digits without a leading zero, below 2³²"),
    (
        Shape::Signature,
        "65 bytes r, s, v: 130 lower-case hex digits without a prefix; s is at most half the order of secp256k1, v is 27 or 28",
    ),
    (Shape::Slug, "a short name: `[a-z][a-z0-9-]{0,30}`"),
    (
        Shape::Time,
        "a moment in UTC: RFC 3339 with six decimals and `Z`, such as `2026-03-14T18:00:00.000000Z`",
    ),
    (Shape::Version, "three decimal numbers below 256 with dots, such as `1.4.1`"),
];

impl Shape {
    pub fn name(&self) -> String {
        match self {
            Self::Address => "address".into(),
            Self::Amount => "amount".into(),
            Self::Bytes => "bytes".into(),
            Self::Count => "count".into(),
            Self::Digest => "digest".into(),
            Self::Number => "number".into(),
            Self::Signature => "signature".into(),
            Self::Slug => "slug".into(),
            Self::Time => "time".into(),
            Self::Version => "version".into(),
            Self::Word(name, words) => {
                let words: Vec<String> = words().iter().map(|word| format!("`{word}`")).collect();
                format!("{name}: {}", words.join(", "))
            }
            Self::Object(object) => format!("[{0}](#{0})", object.name),
            Self::List(shape) => format!("list of {}", shape.name()),
        }
    }

    /// Whether a text has this shape; objects and lists are no texts.
    pub fn fits(&self, text: &str) -> bool {
        let hex = |digits: &str, length| {
            digits.len() == length && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        };
        let decimal = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let plain = decimal && (text == "0" || !text.starts_with('0'));
        match self {
            Self::Address => text.strip_prefix("0x").is_some_and(|digits| hex(digits, 40)),
            Self::Amount => plain && text.parse::<u128>().is_ok(),
            Self::Bytes => {
                (2..=8192).contains(&text.len()) && text.len().is_multiple_of(2) && hex(text, text.len())
            }
            Self::Count => plain && text.parse::<u64>().is_ok(),
            Self::Digest => hex(text, 64),
            Self::Number => plain && text.parse::<u32>().is_ok_and(|number| number > 0),
            Self::Signature => hex(text, 130) && (text.ends_with("1b") || text.ends_with("1c")),
            Self::Slug => {
                text.len() <= 31
                    && text.starts_with(|first: char| first.is_ascii_lowercase())
                    && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            }
            Self::Time => text.len() == 27 && text.ends_with('Z') && text.as_bytes()[19] == b'.',
            Self::Version => text.split('.').filter(|part| part.parse::<u8>().is_ok()).count() == 3,
            Self::Word(_, words) => words().contains(&text),
            Self::Object(_) | Self::List(_) => false,
        }
    }

    /// Checks a value, and tells `seen` of every field of every object in it.
    pub fn check(&self, value: &Value, seen: &mut dyn FnMut(&'static Object, &'static str, bool)) {
        match (self, value) {
            (Self::Object(object), Value::Object(_)) => object.check(value, seen),
            (Self::List(shape), Value::Array(entries)) => {
                for entry in entries {
                    shape.check(entry, seen);
                }
            }
            (simple, Value::String(text)) => assert!(simple.fits(text), "{text} is no {}", simple.name()),
            _ => panic!("{value} is no {}", self.name()),
        }
    }
}
