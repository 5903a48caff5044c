//! The shapes of values, as docs/events.md lists them, read from plain JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::rule::{Broken, Rule, broken};

/// Amounts in wei.
pub type Wei = u128;
/// Microseconds since 1970.
pub type Micros = i64;

const HOUR: i64 = 3_600_000_000;
/// The last microsecond of the year 9999, where the shape `time` ends.
const END_OF_TIME: i64 = 253_402_300_799_999_999;

/// Writes JSON as RFC 8785 does, as far as events have it: strings, arrays, objects with sorted keys.
pub fn canonical(value: &Value, out: &mut String) -> Result<(), Broken> {
    match value {
        Value::String(text) => {
            let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte));
            if !plain {
                return broken(Rule::Canonical, format!("{text:?} is not plain ASCII"));
            }
            out.extend(["\"", text, "\""]);
        }
        Value::Array(entries) => {
            out.push('[');
            for (place, entry) in entries.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                canonical(entry, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            out.push('{');
            for (place, (key, field)) in sorted.into_iter().enumerate() {
                let _ = write!(out, "{}\"{key}\":", if place == 0 { "" } else { "," });
                canonical(field, out)?;
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return broken(Rule::Canonical, format!("{value} is no string, array or object"));
        }
    }
    Ok(())
}

/// SHA-256 as 64 hex digits.
pub fn sha256(parts: &[&[u8]]) -> String {
    hex(&digest(parts))
}

/// SHA-256 of joined bytes.
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hex digits; none for what is none.
pub fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// A moment some hours later; time ends with the year 9999.
pub fn plus_hours(moment: Micros, hours: u64) -> Micros {
    let step = i64::try_from(hours).ok().and_then(|hours| hours.checked_mul(HOUR));
    step.and_then(|step| moment.checked_add(step)).unwrap_or(END_OF_TIME).min(END_OF_TIME)
}

/// So many percent of an amount, rounded down to the wei.
pub fn part(amount: Wei, percent: u64) -> Wei {
    // Whole hundredths first: the product may be too large to count.
    let percent = Wei::from(percent);
    amount / 100 * percent + amount % 100 * percent / 100
}

/// Decimal digits without a leading zero.
fn decimal<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (text == "0" || !text.starts_with('0')) { text.parse().ok() } else { None }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// `2026-03-14T18:00:00.000000Z`, and no other spelling.
pub fn moment(text: &str) -> Option<Micros> {
    let shape = b"0000-00-00T00:00:00.000000Z";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            other => found == *other,
        });
    if !fits {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in = |month: i64| match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year < 1970 || !(1..=12).contains(&month) || !(1..=days_in(month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let before = year - 1;
    let leaps = |years: i64| years / 4 - years / 100 + years / 400;
    let days =
        (year - 1970) * 365 + leaps(before) - leaps(1969) + (1..month).map(days_in).sum::<i64>() + day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + number(20, 26)?)
}

/// One JSON object whose fields are all known.
pub struct Fields<'a> {
    name: &'static str,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// An object with all of `needed`, any of `optional` and nothing else.
    pub fn of(
        name: &'static str,
        value: Option<&'a Value>,
        needed: &[&str],
        optional: &[&str],
    ) -> Result<Self, Broken> {
        let Some(Value::Object(fields)) = value else {
            return broken(Rule::Shape, format!("{name} is no object"));
        };
        if let Some(missing) = needed.iter().find(|field| !fields.contains_key(**field)) {
            return broken(Rule::Shape, format!("{name} has no {missing}"));
        }
        let known = |field: &str| needed.contains(&field) || optional.contains(&field);
        if let Some(other) = fields.keys().find(|field| !known(field)) {
            return broken(Rule::Shape, format!("{name} has a field {other}"));
        }
        Ok(Self { name, fields })
    }

    fn wrong<T>(&self, field: &str, shape: &str) -> Result<T, Broken> {
        broken(Rule::Shape, format!("{}.{field} is no {shape}: {:?}", self.name, self.fields.get(field)))
    }

    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field)
    }

    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    pub fn text(&self, field: &str) -> Result<&'a str, Broken> {
        match self.fields.get(field) {
            Some(Value::String(text)) => Ok(text),
            _ => self.wrong(field, "text"),
        }
    }

    fn read<T>(&self, field: &str, shape: &str, parse: impl Fn(&'a str) -> Option<T>) -> Result<T, Broken> {
        let parsed = parse(self.text(field)?);
        parsed.map_or_else(|| self.wrong(field, shape), Ok)
    }

    pub fn amount(&self, field: &str) -> Result<Wei, Broken> {
        self.read(field, "amount", decimal)
    }

    /// An amount of at least 1 wei.
    pub fn money(&self, field: &str) -> Result<Wei, Broken> {
        match self.amount(field)? {
            0 => broken(Rule::ZeroAmount, format!("{}.{field} is 0", self.name)),
            amount => Ok(amount),
        }
    }

    pub fn count(&self, field: &str) -> Result<u64, Broken> {
        self.read(field, "count", decimal::<u32>).map(u64::from)
    }

    /// A count below 2⁶⁴.
    pub fn long(&self, field: &str) -> Result<u64, Broken> {
        self.read(field, "count", decimal)
    }

    pub fn number(&self, field: &str) -> Result<u32, Broken> {
        self.read(field, "number", |text| decimal(text).filter(|number| *number > 0))
    }

    pub fn time(&self, field: &str) -> Result<Micros, Broken> {
        self.read(field, "time", moment)
    }

    pub fn digest(&self, field: &str) -> Result<&'a str, Broken> {
        self.read(field, "digest", |text| is_hex(text, 64).then_some(text))
    }

    /// 65 bytes with a low s and a v of 27 or 28.
    pub fn signature(&self, field: &str) -> Result<&'a str, Broken> {
        const HALF: &str = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
        let low = |text: &str| text.get(64..128).is_some_and(|s| s <= HALF);
        let ends = |text: &str| text.ends_with("1b") || text.ends_with("1c");
        self.read(field, "signature", |text| (is_hex(text, 130) && low(text) && ends(text)).then_some(text))
    }

    /// 1 to 4096 bytes.
    pub fn bytes(&self, field: &str) -> Result<&'a str, Broken> {
        let fits = |text: &str| (2..=8192).contains(&text.len()) && text.len().is_multiple_of(2);
        self.read(field, "bytes", |text| (fits(text) && is_hex(text, text.len())).then_some(text))
    }

    pub fn address(&self, field: &str) -> Result<&'a str, Broken> {
        self.read(field, "address", address)
    }

    pub fn slug(&self, field: &str) -> Result<&'a str, Broken> {
        self.read(field, "slug", |text| {
            let plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            (plain && text.len() <= 31 && text.starts_with(|first: char| first.is_ascii_lowercase()))
                .then_some(text)
        })
    }

    pub fn word(&self, field: &str, words: &[&'static str]) -> Result<&'static str, Broken> {
        self.read(field, "known word", |text| words.iter().find(|word| **word == text).copied())
    }

    /// An absent field, or what it holds.
    pub fn maybe<T>(
        &self,
        field: &str,
        read: impl Fn(&Self, &str) -> Result<T, Broken>,
    ) -> Result<Option<T>, Broken> {
        if self.has(field) { read(self, field).map(Some) } else { Ok(None) }
    }

    pub fn list(&self, field: &str) -> Result<&'a [Value], Broken> {
        match self.fields.get(field) {
            Some(Value::Array(entries)) => Ok(entries),
            _ => self.wrong(field, "list"),
        }
    }

    /// A list of texts that all pass.
    pub fn texts(&self, field: &str, is: impl Fn(&str) -> bool) -> Result<Vec<&'a str>, Broken> {
        let entry = |value: &'a Value| value.as_str().filter(|text| is(text));
        let texts: Option<Vec<&str>> = self.list(field)?.iter().map(entry).collect();
        texts.map_or_else(|| self.wrong(field, "list of these"), Ok)
    }

    pub fn digests(&self, field: &str) -> Result<Vec<&'a str>, Broken> {
        self.texts(field, |text| is_hex(text, 64))
    }

    pub fn addresses(&self, field: &str) -> Result<Vec<&'a str>, Broken> {
        self.texts(field, |text| address(text).is_some())
    }
}

fn address(text: &str) -> Option<&str> {
    text.strip_prefix("0x").is_some_and(|digits| is_hex(digits, 40)).then_some(text)
}

/// A list of 1 to `most` entries, each once.
pub fn few<T: Ord>(name: &str, entries: &[T], most: usize) -> Result<(), Broken> {
    if entries.is_empty() || entries.len() > most {
        return broken(Rule::List, format!("{name} has {} entries, not 1 to {most}", entries.len()));
    }
    distinct(name, entries)
}

/// A list of at most 100 entries, each once.
pub fn distinct<T: Ord>(name: &str, entries: &[T]) -> Result<(), Broken> {
    let different: BTreeSet<&T> = entries.iter().collect();
    let once = different.len() == entries.len() && entries.len() <= 100;
    if once { Ok(()) } else { broken(Rule::List, format!("{name} names one twice, or too many")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_as_calendars_do() {
        assert_eq!(moment("1970-01-01T00:00:00.000000Z"), Some(0));
        assert_eq!(moment("2000-02-29T12:34:56.000001Z"), Some(951_827_696_000_001));
        assert_eq!(moment("2026-03-14T18:00:00.000000Z"), Some(1_773_511_200_000_000));
        assert_eq!(moment("9999-12-31T23:59:59.999999Z"), Some(END_OF_TIME));
        for text in ["2100-02-29T00:00:00.000000Z", "2026-13-01T00:00:00.000000Z", "2026-01-01T00:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert_eq!(plus_hours(0, 48), 172_800_000_000);
        assert_eq!(plus_hours(END_OF_TIME - 1, 1), END_OF_TIME);
    }
}
