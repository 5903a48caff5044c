//! What a bundle consists of: its members, their names and their order.

use std::fmt;
use std::str::FromStr;

use domain::batch::Batch;
use domain::value::{BatchNumber, Digest};
use thiserror::Error;

/// A file of a batch, in the order in which a bundle holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchFile {
    TransactionBuilder,
    TypedData,
    Airdrop,
    Annotated,
}

impl BatchFile {
    pub const ALL: [Self; 4] = [Self::TransactionBuilder, Self::TypedData, Self::Airdrop, Self::Annotated];

    /// The files of a batch. A rejection has its typed data alone: the others are of lines, and apps that read them
    /// choose the nonce themselves, so that what they make would reject nothing.
    pub const fn of(batch: &Batch) -> &'static [Self] {
        if batch.payouts.is_empty() { &[Self::TypedData] } else { &Self::ALL }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::TransactionBuilder => "transaction-builder.json",
            Self::TypedData => "typed-data.json",
            Self::Airdrop => "airdrop.csv",
            Self::Annotated => "annotated.csv",
        }
    }
}

/// A member of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    Checkpoint,
    Keys,
    Report,
    Events,
    /// Salt and content of a document, named by their digest.
    Document(Digest),
    Batch(BatchNumber, BatchFile),
}

/// A name that no member of a bundle has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a bundle has no such member")]
pub struct NoMember;

impl Member {
    /// The place of its kind in an archive: kinds follow one another, and within one its members.
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Checkpoint => 0,
            Self::Keys => 1,
            Self::Report => 2,
            Self::Events => 3,
            Self::Document(_) => 4,
            Self::Batch(..) => 5,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => formatter.write_str("checkpoint"),
            Self::Keys => formatter.write_str("keys.json"),
            Self::Report => formatter.write_str("report.csv"),
            Self::Events => formatter.write_str("events.jsonl"),
            Self::Document(digest) => write!(formatter, "documents/{digest}"),
            Self::Batch(number, file) => write!(formatter, "batches/{number}/{}", file.name()),
        }
    }
}

impl FromStr for Member {
    type Err = NoMember;

    /// Reads a name in its one spelling: no `./`, no `..`, no leading zeros, lower-case digests.
    fn from_str(name: &str) -> Result<Self, NoMember> {
        let mut parts = name.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("checkpoint"), None, ..) => Ok(Self::Checkpoint),
            (Some("keys.json"), None, ..) => Ok(Self::Keys),
            (Some("report.csv"), None, ..) => Ok(Self::Report),
            (Some("events.jsonl"), None, ..) => Ok(Self::Events),
            (Some("documents"), Some(digest), None, _) => {
                digest.parse().map(Self::Document).map_err(|_| NoMember)
            }
            (Some("batches"), Some(number), Some(file), None) => {
                let number = number.parse().map_err(|_| NoMember)?;
                let file = BatchFile::ALL.into_iter().find(|known| known.name() == file).ok_or(NoMember)?;
                Ok(Self::Batch(number, file))
            }
            _ => Err(NoMember),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_one_spelling() {
        let document = format!("documents/{}", "0a".repeat(32));
        for name in ["checkpoint", "keys.json", "events.jsonl", &document, "batches/12/airdrop.csv"] {
            assert_eq!(name.parse::<Member>().unwrap().to_string(), name);
        }
        for name in [
            "",
            "./checkpoint",
            "/checkpoint",
            "checkpoint/",
            "documents",
            "documents/..",
            "documents/../checkpoint",
            &document.to_uppercase(),
            "batches/0/airdrop.csv",
            "batches/01/airdrop.csv",
            "batches/1/airdrop.csv/",
            "batches/1",
            "batches/1/other.csv",
            "Checkpoint",
        ] {
            assert_eq!(name.parse::<Member>(), Err(NoMember), "{name:?}");
        }
    }
}
