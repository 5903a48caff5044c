use std::fmt;
use std::str::FromStr;

use reqwest::header::HeaderValue;
use thiserror::Error;
use zeroize::Zeroizing;

/// Texts that are shorter stand in many words, from which they would be taken out.
const SHORTEST: usize = 8;
const LONGEST: usize = 4096;

/// The key that a Safe Transaction Service gives to those who ask often. It is not shown.
#[derive(Clone)]
pub struct ServiceKey {
    text: Zeroizing<String>,
    header: HeaderValue,
}

/// Why a text is not a key. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ServiceKeyError {
    #[error(
        "the key of a Safe Transaction Service is {SHORTEST} to {LONGEST} letters, digits and signs without spaces: copy \
         it again, without the word Bearer"
    )]
    Malformed,
}

impl ServiceKey {
    /// What the header `Authorization` holds.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// A text without this key.
    pub(super) fn conceal(&self, text: &str) -> String {
        text.replace(self.text.as_str(), "***")
    }
}

impl FromStr for ServiceKey {
    type Err = ServiceKeyError;

    fn from_str(text: &str) -> Result<Self, ServiceKeyError> {
        let fits =
            (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            return Err(ServiceKeyError::Malformed);
        }
        let mut header =
            HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| ServiceKeyError::Malformed)?;
        header.set_sensitive(true);
        Ok(Self { text: Zeroizing::new(text.to_owned()), header })
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word_and_is_not_shown() {
        let key: ServiceKey = "s3cret.K-E_Y=".parse().unwrap();
        assert_eq!(format!("{key:?} {:?}", key.header()), "*** Sensitive");
        assert_eq!(key.header().to_str().unwrap(), "Bearer s3cret.K-E_Y=");
        assert_eq!(key.conceal("bad s3cret.K-E_Y=!"), "bad ***!");
        for text in ["", "short", "Bearer s3cret", "s3cret\nkey", "s3cret-kéy", &"x".repeat(LONGEST + 1)] {
            assert_eq!(text.parse::<ServiceKey>().unwrap_err(), ServiceKeyError::Malformed, "{text:?}");
        }
    }
}
