//! Documents that events erase: what the journal says of each, and which of them may be missing.

use domain::value::{Digest, Seq};
use domain::words::Seconding;

use crate::chunks::Chunks;
use crate::named::Position;
use crate::naming::Origin;

/// An event that erases a document, or asks for that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Erasure {
    pub(crate) document: Digest,
    /// Where the event stands.
    pub(crate) place: u32,
    /// Whose it says that the document is.
    pub(crate) origin: Origin,
    pub(crate) verdict: Seconding,
}

/// What is wrong with an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) document: Digest,
    pub(crate) event: Seq,
    /// The first naming of the document and whose it is; none before the erasure.
    pub(crate) named: Option<(Seq, Origin)>,
}

/// The documents that have to be gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Erased {
    /// First namings, in their order, with the first event that erases each.
    done: Vec<(Position, u32)>,
}

impl Erased {
    /// What erasures come to: `first` looks up the first naming of a document, `wrong` is told of those that say
    /// otherwise than the journal whose it is.
    pub(crate) fn of(
        erasures: &Chunks<Erasure>,
        first: impl Fn(&Digest) -> Option<(Position, Seq, Origin)>,
        mut wrong: impl FnMut(Wrong),
    ) -> Self {
        let mut done = Vec::new();
        for Erasure { document, place, origin, verdict } in erasures.iter() {
            let event = Seq::new(u64::from(*place));
            let named = first(document).filter(|(_, seq, _)| *seq < event);
            if named.is_none_or(|(_, _, known)| known != *origin) {
                let named = named.map(|(_, seq, known)| (seq, known));
                wrong(Wrong { document: *document, event, named });
            }
            if let Some((position, _, _)) = named.filter(|_| *verdict == Seconding::Done) {
                done.push((position, *place));
            }
        }
        done.sort_unstable();
        done.dedup_by_key(|(position, _)| *position);
        Self { done }
    }

    /// The event that erased a document.
    pub(crate) fn by(&self, document: Position) -> Option<Seq> {
        let place = self.done.binary_search_by_key(&document, |(position, _)| *position).ok()?;
        self.done.get(place).map(|(_, event)| Seq::new(u64::from(*event)))
    }

    /// How many documents have to be gone.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.done.len()).unwrap_or(u64::MAX)
    }
}
