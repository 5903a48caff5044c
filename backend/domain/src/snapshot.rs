//! The state as bytes, so that a server need not replay a long journal before it answers.
//!
//! A snapshot is a help and never the truth: it may be thrown away at any time, and what it leads to is compared
//! with the journal. The same state gives the same bytes; they mean something to the same [`BUILD`] only.

use thiserror::Error;

use crate::program::Program;

/// Which code gives a snapshot's bytes their meaning: a digest of this crate's sources and of its manifest.
pub const BUILD: &str = env!("BOUNTY_LEDGER_BUILD");

/// Why bytes are not a state.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SnapshotError {
    #[error("the bytes are no snapshot of this build: {0}")]
    Unreadable(#[from] postcard::Error),
    #[error("{rest} bytes follow the snapshot")]
    TooLong { rest: usize },
}

impl Program {
    /// The whole state as bytes: equal states give equal bytes.
    ///
    /// # Errors
    /// A state that cannot be written, which is a defect of ours.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// The state that [`Program::snapshot`] wrote, in the same build.
    ///
    /// # Errors
    /// Bytes of another build, or damaged ones as far as they show it: who keeps them keeps their hash as well.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        match postcard::take_from_bytes(bytes)? {
            (program, []) => Ok(program),
            (_, rest) => Err(SnapshotError::TooLong { rest: rest.len() }),
        }
    }
}

/// Maps as pairs in the order of their keys: a hash map has none of its own.
pub(crate) mod map {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<'a, M, K, V, S>(map: &'a M, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a M: IntoIterator<Item = (&'a K, &'a V)>,
        K: Serialize + Ord + 'a,
        V: Serialize + 'a,
        S: Serializer,
    {
        let mut pairs: Vec<(&K, &V)> = map.into_iter().collect();
        pairs.sort_unstable_by_key(|(key, _)| *key);
        pairs.serialize(serializer)
    }

    pub fn deserialize<'de, M, K, V, D>(deserializer: D) -> Result<M, D::Error>
    where
        M: FromIterator<(K, V)>,
        K: Deserialize<'de>,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Lists as they are.
pub(crate) mod list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<'a, L, T, S>(list: &'a L, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a L: IntoIterator<Item = &'a T>,
        T: Serialize + 'a,
        S: Serializer,
    {
        serializer.collect_seq(list.into_iter().collect::<Vec<&T>>())
    }

    pub fn deserialize<'de, L, T, D>(deserializer: D) -> Result<L, D::Error>
    where
        L: FromIterator<T>,
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<T>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Sets as lists in order.
pub(crate) mod set {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<'a, M, T, S>(set: &'a M, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a M: IntoIterator<Item = &'a T>,
        T: Serialize + Ord + 'a,
        S: Serializer,
    {
        let mut items: Vec<&T> = set.into_iter().collect();
        items.sort_unstable();
        items.serialize(serializer)
    }

    pub fn deserialize<'de, M, T, D>(deserializer: D) -> Result<M, D::Error>
    where
        M: FromIterator<T>,
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<T>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// What a command said, as events write it: such texts leave absent fields out, which packed bytes cannot.
pub(crate) mod json {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
