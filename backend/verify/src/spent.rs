//! The idempotency keys that a journal spends: each in one event only.

use std::hash::{BuildHasher, RandomState};

use domain::command::Cause;
use domain::value::Seq;

use crate::chunks::Chunks;

/// In how many parts keys are compared: only one at a time is in memory twice.
const PARTS: u64 = 64;

/// A number for the key of each event, in their order; none where nobody asked.
///
/// Eight bytes instead of a digest's 32, and made with secrets of this process: who chooses keys cannot make two of
/// them meet, and by accident it happens in one verification of thirty million with a million events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent {
    numbers: Chunks<Option<std::num::NonZeroU64>>,
    secrets: RandomState,
}

impl Spent {
    /// Takes the cause of the next event.
    pub(crate) fn push(&mut self, cause: Option<&Cause>) {
        let number = cause.and_then(|Cause(key, _)| self.secrets.hash_one(key).try_into().ok());
        self.numbers.push(number);
    }

    /// The events whose key an earlier one has spent, in their order.
    pub(crate) fn again(&self) -> Vec<Seq> {
        let mut again = Vec::new();
        for part in 0..PARTS {
            let keys = (0..)
                .zip(self.numbers.iter())
                .filter_map(|(seq, number)| Some((number.as_ref()?.get(), seq)));
            let mut keys: Vec<(u64, u64)> = keys.filter(|(number, _)| number % PARTS == part).collect();
            keys.sort_unstable();
            let pairs = keys.iter().zip(keys.iter().skip(1));
            again.extend(pairs.filter(|(one, next)| one.0 == next.0).map(|(_, (_, seq))| Seq::new(*seq)));
        }
        again.sort_unstable();
        again
    }
}
