//! A checkpoint: which journal, how long, which root. The body of a C2SP `tlog-checkpoint`.
//!
//! Three lines today. Signatures join later behind an empty line, as signed notes have them; until this
//! program can check them, a checkpoint that has some is not read as if it had none.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::value::{Digest, Seq};
use thiserror::Error;

const ORIGIN: &str = "bounty-ledger/";

/// The state of a journal in three lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The leaf hash of event 0.
    pub identity: Digest,
    pub size: Seq,
    pub root: Digest,
}

/// Why a text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    #[error("the first line is not bounty-ledger/ and the 64 hex digits of a program's identity")]
    Origin,
    #[error("the second line is not a number of events")]
    Size,
    #[error("the third line is not a root in base64")]
    Root,
    #[error(
        "a checkpoint is three lines, each ended by a line feed, and nothing else; signatures are not known yet"
    )]
    Lines,
}

impl Checkpoint {
    /// Reads a checkpoint that somebody kept. Copies lose their last line feed, or have other line ends: whatever
    /// stands between the three parts and around them says nothing.
    ///
    /// # Errors
    /// The text holds no checkpoint, or more than one.
    pub fn from_kept(text: &str) -> Result<Self, CheckpointError> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        format!("{}\n", parts.join("\n")).parse()
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, size, root } = self;
        write!(formatter, "{ORIGIN}{identity}\n{size}\n{}\n", STANDARD.encode(root.bytes()))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let (origin, size, root) = (line(), line(), line());
        let identity = origin.strip_prefix(ORIGIN).and_then(|identity| identity.parse().ok());
        let bytes = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let checkpoint = Self {
            identity: identity.ok_or(CheckpointError::Origin)?,
            size: size.parse().map_err(|_| CheckpointError::Size)?,
            root: bytes.map(Digest::from_bytes).ok_or(CheckpointError::Root)?,
        };
        // One spelling: nothing before, between or behind.
        if checkpoint.to_string() == text { Ok(checkpoint) } else { Err(CheckpointError::Lines) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_has_one_spelling() {
        let checkpoint = Checkpoint {
            identity: Digest::sha256(&[b"identity"]),
            size: Seq::new(112),
            root: Digest::sha256(&[b"abc"]),
        };
        let text = checkpoint.to_string();
        assert!(text.ends_with("\n112\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n"), "{text}");
        assert_eq!(text.parse(), Ok(checkpoint));
        let tight = text.trim_end();
        for copy in [
            tight.to_owned(),
            tight.replace('\n', "\r\n"),
            format!("\n  {}\r\n\r\n", text.replace('\n', "\r\n")),
        ] {
            assert_eq!(Checkpoint::from_kept(&copy), Ok(checkpoint), "{copy:?}");
        }
        let signed = format!("{text}\n— bounty-ledger AAAA\n");
        for (spoiled, error) in [
            (text.replacen("bounty", "Bounty", 1), CheckpointError::Origin),
            (text.replacen("112", "0112", 1), CheckpointError::Size),
            (text.replacen("ungW", "ung", 1), CheckpointError::Root),
            (text.trim_end().to_owned(), CheckpointError::Lines),
            (format!("{text}\n"), CheckpointError::Lines),
            (signed, CheckpointError::Lines),
            (String::new(), CheckpointError::Origin),
        ] {
            assert_eq!(spoiled.parse::<Checkpoint>(), Err(error), "{spoiled:?}");
            if !spoiled.starts_with(tight) || spoiled.contains('—') {
                assert_eq!(Checkpoint::from_kept(&spoiled), Err(error), "{spoiled:?}");
            }
        }
    }
}
