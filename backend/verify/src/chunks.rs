//! A list that grows in pieces of one size: what grows as a whole needs twice its room while it moves.

/// How many entries a piece has.
const PIECE: usize = 2_048;

/// A list in pieces; all but the last are full.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<T>(Vec<Vec<T>>);

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Chunks<T> {
    pub(crate) fn len(&self) -> usize {
        let full = self.0.len().saturating_sub(1).saturating_mul(PIECE);
        self.0.last().map_or(0, |last| full.saturating_add(last.len()))
    }

    pub(crate) fn push(&mut self, entry: T) {
        if let Some(last) = self.0.last_mut().filter(|last| last.len() < PIECE) {
            last.push(entry);
            return;
        }
        let mut piece = Vec::with_capacity(PIECE);
        piece.push(entry);
        self.0.push(piece);
    }

    pub(crate) fn get(&self, place: usize) -> Option<&T> {
        self.0.get(place.div_euclid(PIECE))?.get(place.rem_euclid(PIECE))
    }

    /// The entry with a key, where entries are in the order of their keys.
    pub(crate) fn find<K: Copy + Ord>(&self, key: K, key_of: impl Fn(&T) -> K) -> Option<&T> {
        let behind = self.0.partition_point(|piece| piece.first().is_some_and(|first| key_of(first) <= key));
        let piece = self.0.get(behind.checked_sub(1)?)?;
        piece.binary_search_by_key(&key, key_of).ok().and_then(|place| piece.get(place))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_place_and_by_key_across_pieces() {
        let count = PIECE * 2 + 7;
        let mut list = Chunks::default();
        assert_eq!((list.len(), list.get(0), list.find(0, |entry| *entry)), (0, None, None));

        for entry in 0..count {
            list.push(entry * 2);
        }

        assert_eq!(list.len(), count);
        assert!(list.iter().copied().eq((0..count).map(|entry| entry * 2)));
        for place in [0, 1, PIECE - 1, PIECE, PIECE * 2, count - 1] {
            assert_eq!(list.get(place), Some(&(place * 2)));
            assert_eq!(list.find(place * 2, |entry| *entry), Some(&(place * 2)));
            assert_eq!(list.find(place * 2 + 1, |entry| *entry), None);
        }
        assert_eq!(list.get(count), None);
    }
}
