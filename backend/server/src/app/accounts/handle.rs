use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use uuid::Uuid;

use crate::db::{Corrupt, read_text};

const MAX_LENGTH: usize = 40;

/// What people sign in with: 2 to 40 of `a` to `z`, `0` to `9` and `-`, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle(String);

/// Why a text is not a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HandleError {
    #[error("a handle has 2 to 40 characters: small letters, digits and hyphens, a letter first")]
    Malformed,
}

impl Handle {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = HandleError;

    fn from_str(text: &str) -> Result<Self, HandleError> {
        let letter = text.starts_with(|first: char| first.is_ascii_lowercase());
        let plain =
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if letter && plain && (2..=MAX_LENGTH).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(HandleError::Malformed)
        }
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An account of this server; the journal never names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Uuid);

impl AccountId {
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Reads the id of a row.
    pub(super) fn read(id: &str) -> Result<Self, Corrupt> {
        Ok(Self(read_text("users", "id", id)?))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_one_spelling() {
        for text in ["al", "space-co-host", "a1", &"a".repeat(40)] {
            assert_eq!(text.parse::<Handle>().map(|handle| handle.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "a", "1a", "-a", "Alice", "al ice", "älice", "al_ice", &"a".repeat(41)] {
            assert_eq!(text.parse::<Handle>(), Err(HandleError::Malformed), "{text:?}");
        }
    }
}
