//! Texts kept until the files that show them come: in memory, and beyond a limit in a temporary file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of texts stay in memory.
const MEMORY: usize = 4 << 20;
/// Places are counted in these, so that they fit into a word: 16 GiB of texts in all.
const UNIT: usize = 4;
/// How much is read at first: most texts are shorter.
const FIRST: usize = 256;

/// Where a text lies, in units: first those in memory, then those in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    /// Where nothing lies.
    pub(crate) const NONE: Self = Self(u32::MAX);
    /// Where a text is to lie that did not come yet.
    pub(crate) const AWAITED: Self = Self(u32::MAX - 1);

    fn of(offset: usize) -> io::Result<Self> {
        let place = u32::try_from(offset.div_euclid(UNIT)).map(Self).map_err(io::Error::other)?;
        if place.is_nowhere() { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(place) }
    }

    fn is_nowhere(self) -> bool {
        self == Self::NONE || self == Self::AWAITED
    }

    fn offset(self) -> io::Result<usize> {
        let place = usize::try_from(self.0).map_err(io::Error::other)?;
        Ok(place.saturating_mul(UNIT))
    }
}

/// Texts by their places; nothing is ever removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    memory: Vec<u8>,
    /// Has no name: it goes away with the process. Only ever appended to, so clones may share it.
    file: Option<Arc<Mutex<File>>>,
}

impl Shelf {
    pub(crate) fn put(&mut self, text: &str) -> io::Result<Place> {
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        let mut bytes = [&length.to_le_bytes(), text.as_bytes()].concat();
        bytes.resize(bytes.len().next_multiple_of(UNIT), 0);
        if self.memory.len().saturating_add(bytes.len()) <= MEMORY {
            let place = Place::of(self.memory.len());
            self.memory.extend_from_slice(&bytes);
            return place;
        }
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(Arc::new(Mutex::new(tempfile::tempfile()?))),
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let end = usize::try_from(file.seek(SeekFrom::End(0))?).map_err(io::Error::other)?;
        file.write_all(&bytes)?;
        Place::of(end.saturating_add(MEMORY))
    }

    /// The text of a place; `None` where nothing lies.
    pub(crate) fn get(&self, place: Place) -> io::Result<Option<String>> {
        if place.is_nowhere() {
            return Ok(None);
        }
        let offset = place.offset()?;
        let bytes = match (offset.checked_sub(MEMORY), &self.file) {
            (None, _) => read(&mut self.memory.get(offset..).unwrap_or_default())?,
            (Some(start), Some(file)) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(u64::try_from(start).map_err(io::Error::other)?))?;
                read(&mut *file)?
            }
            (Some(_), None) => return Err(io::ErrorKind::NotFound.into()),
        };
        String::from_utf8(bytes).map(Some).map_err(io::Error::other)
    }
}

fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(u64::try_from(FIRST).map_err(io::Error::other)?).read_to_end(&mut bytes)?;
    let (length, text) = bytes.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = u32::from_le_bytes(*length);
    let mut text = text.to_vec();
    let whole = usize::try_from(length).map_err(io::Error::other)?;
    let rest = whole.saturating_sub(text.len());
    from.take(u64::try_from(rest).map_err(io::Error::other)?).read_to_end(&mut text)?;
    text.truncate(whole);
    if text.len() == whole { Ok(text) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_memory_and_from_the_file() {
        let mut shelf = Shelf::default();
        let large = "x".repeat(MEMORY / 2);
        let some = "y".repeat(FIRST);
        let texts = ["", "a", &large, &some, "b", &large, &some, &large, "c"];

        let places: Vec<Place> = texts.iter().map(|text| shelf.put(text).unwrap()).collect();
        let mut other = shelf.clone();
        let apart = other.put(&"z".repeat(MEMORY)).unwrap();
        let behind = shelf.put("d").unwrap();

        for (place, text) in places.iter().zip(texts) {
            assert_eq!(shelf.get(*place).unwrap().as_deref(), Some(text));
            assert_eq!(other.get(*place).unwrap().as_deref(), Some(text));
        }
        let in_file = |place: Place| place.offset().unwrap() >= MEMORY;
        assert!(in_file(places[5]) && !in_file(places[6]) && in_file(places[7]) && !in_file(places[8]));
        assert_eq!(shelf.get(behind).unwrap().as_deref(), Some("d"));
        assert_eq!(other.get(apart).unwrap().map(|text| text.len()), Some(MEMORY));
        assert_eq!(shelf.get(Place::NONE).unwrap(), None);
        assert_eq!(shelf.get(Place::AWAITED).unwrap(), None);
    }
}
