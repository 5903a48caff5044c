//! Numbers of things in JSON: written as numbers, or as text.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

struct Written(String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Written;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number from 1, such as 7 or \"7\"")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Written, E> {
        Ok(Written(number.to_string()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written(text.to_owned()))
    }
}

/// A number, such as `1` or `"1"`.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Written::deserialize(deserializer).map(|Written(text)| text)
}

/// A number or nothing.
pub(super) fn optional_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(Option::<Written>::deserialize(deserializer)?.map(|Written(text)| text))
}

/// A list of numbers.
pub(super) fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<Written>::deserialize(deserializer)?.into_iter().map(|Written(text)| text).collect())
}
