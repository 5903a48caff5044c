use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::as_json_string;

const MAX_LEN: usize = 31;

/// A short name in events and addresses: `[a-z][a-z0-9-]{0,30}`.
///
/// Kept inline, because accounts are named by it in every posting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug {
    // Padded with zeros, so that the derived order is that of the text.
    bytes: [u8; MAX_LEN],
    len: u8,
}

/// Why a text is not a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SlugError {
    #[error("a short name is 1 to 31 of a-z, 0-9 and -, and starts with a letter")]
    Malformed,
}

impl Slug {
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let well_formed = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let mut bytes = [0; MAX_LEN];
        let len = u8::try_from(text.len()).map_err(|_| SlugError::Malformed)?;
        match bytes.get_mut(..text.len()) {
            Some(room) if well_formed => room.copy_from_slice(text.as_bytes()),
            _ => return Err(SlugError::Malformed),
        }
        Ok(Self { bytes, len })
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

as_json_string!(Slug, read: str::parse::<Slug>, write: |slug: &Slug| *slug);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_plain_and_ordered_as_text() {
        let longest = "a".repeat(31);
        for text in ["a", "lead", "co-host", "q1-2026", &longest] {
            assert_eq!(text.parse::<Slug>().map(|slug| slug.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "1a", "-a", "A", "a_b", "a b", "ä", &"a".repeat(32)] {
            assert_eq!(text.parse::<Slug>(), Err(SlugError::Malformed), "{text:?}");
        }
        let mut slugs: Vec<Slug> = ["b", "ab", "a", "a-b", "abc"].map(|text| text.parse().unwrap()).to_vec();
        slugs.sort_unstable();
        assert_eq!(slugs.iter().map(Slug::as_str).collect::<Vec<_>>(), ["a", "a-b", "ab", "abc", "b"]);
    }
}
