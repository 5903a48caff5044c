//! Texts kept until the files that show them come: in memory, and beyond a limit in a temporary file.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of texts stay in memory.
const MEMORY: usize = 4 << 20;
/// Places are counted in these, so that they fit into a word: 16 GiB of texts in all.
const UNIT: usize = 4;
/// How much of the file is written and read at a time: what is shown together mostly lies together.
const WINDOW: usize = 64 << 10;
/// How many pieces of the file stay in memory.
const WINDOWS: usize = 8;
/// The bytes before a text that say how long it is.
const LENGTH: usize = 4;

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
    /// Only ever appended to, so clones may share it.
    file: Option<Arc<Mutex<Spilled>>>,
}

impl Shelf {
    pub(crate) fn put(&mut self, text: &str) -> io::Result<Place> {
        let length = u32::try_from(text.len()).map_err(io::Error::other)?.to_le_bytes();
        let size = LENGTH.saturating_add(text.len()).next_multiple_of(UNIT);
        if self.memory.len().saturating_add(size) <= MEMORY {
            let place = Place::of(self.memory.len());
            append(&mut self.memory, length, text);
            return place;
        }
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(Arc::new(Mutex::new(Spilled::new()?))),
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        Place::of(file.put(length, text)?.saturating_add(MEMORY))
    }

    /// The text of a place; `None` where nothing lies.
    pub(crate) fn get(&self, place: Place) -> io::Result<Option<String>> {
        if place.is_nowhere() {
            return Ok(None);
        }
        let offset = place.offset()?;
        let bytes = match (offset.checked_sub(MEMORY), &self.file) {
            (None, _) => text_at(&self.memory, offset).map(<[u8]>::to_vec),
            (Some(start), Some(file)) => {
                Some(file.lock().unwrap_or_else(PoisonError::into_inner).get(start)?)
            }
            (Some(_), None) => None,
        };
        let bytes = bytes.ok_or(io::ErrorKind::UnexpectedEof)?;
        String::from_utf8(bytes).map(Some).map_err(io::Error::other)
    }
}

/// Adds a text and what is before and behind it.
fn append(bytes: &mut Vec<u8>, length: [u8; LENGTH], text: &str) {
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(UNIT), 0);
}

/// The text that begins at an offset, if all of it is there.
fn text_at(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let (length, text) = bytes.get(offset..)?.split_first_chunk()?;
    text.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

/// The texts in a file that has no name: it goes away with the process.
#[derive(Debug)]
struct Spilled {
    file: File,
    /// How much is in the file; the rest is to be written.
    written: usize,
    rest: Vec<u8>,
    /// What was read last, the newest behind.
    windows: VecDeque<Window>,
}

/// A piece of the file, and where it begins.
#[derive(Debug)]
struct Window {
    start: usize,
    bytes: Vec<u8>,
}

impl Window {
    fn text(&self, place: usize) -> Option<&[u8]> {
        text_at(&self.bytes, place.checked_sub(self.start)?)
    }
}

impl Spilled {
    fn new() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, written: 0, rest: Vec::new(), windows: VecDeque::new() })
    }

    fn put(&mut self, length: [u8; LENGTH], text: &str) -> io::Result<usize> {
        let place = self.written.saturating_add(self.rest.len());
        append(&mut self.rest, length, text);
        if self.rest.len() >= WINDOW {
            self.seek(self.written)?;
            self.file.write_all(&self.rest)?;
            self.written = self.written.saturating_add(self.rest.len());
            self.rest.clear();
        }
        Ok(place)
    }

    fn get(&mut self, place: usize) -> io::Result<Vec<u8>> {
        if let Some(offset) = place.checked_sub(self.written) {
            return text_at(&self.rest, offset)
                .map(<[u8]>::to_vec)
                .ok_or(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(text) = self.windows.iter().rev().find_map(|window| window.text(place)) {
            return Ok(text.to_vec());
        }
        // Each half of a window begins another one: what ends behind one is whole in the next.
        let half = WINDOW.div_euclid(2);
        let mut window = self.read(place.div_euclid(half).saturating_mul(half), WINDOW)?;
        if window.text(place).is_none() {
            let Window { bytes, .. } = self.read(place, LENGTH)?;
            let length = bytes.first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
            let length = usize::try_from(u32::from_le_bytes(*length)).map_err(io::Error::other)?;
            window = self.read(place, LENGTH.saturating_add(length))?;
        }
        let text = window.text(place).map(<[u8]>::to_vec).ok_or(io::ErrorKind::UnexpectedEof)?;
        if window.bytes.len() <= WINDOW {
            if self.windows.len() == WINDOWS {
                self.windows.pop_front();
            }
            self.windows.push_back(window);
        }
        Ok(text)
    }

    /// Reads what lies from a place on, as far as it was written.
    fn read(&mut self, start: usize, size: usize) -> io::Result<Window> {
        self.seek(start)?;
        let mut bytes = Vec::with_capacity(size);
        let size = u64::try_from(size).map_err(io::Error::other)?;
        (&mut self.file).take(size).read_to_end(&mut bytes)?;
        Ok(Window { start, bytes })
    }

    fn seek(&mut self, place: usize) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(u64::try_from(place).map_err(io::Error::other)?)).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_memory_and_from_the_file() {
        let mut shelf = Shelf::default();
        let large = "x".repeat(MEMORY / 2);
        let some = "y".repeat(WINDOW / 4);
        let texts =
            ["", "a", &large, &some, "b", &large, &some, &large, "c", &some, &some, &some, &some, "e"];

        let places: Vec<Place> = texts.iter().map(|text| shelf.put(text).unwrap()).collect();
        let mut other = shelf.clone();
        let apart = other.put(&"z".repeat(MEMORY)).unwrap();
        let behind = shelf.put("d").unwrap();

        // Forwards, backwards, and one as often as the other: no window fits all.
        let pairs: Vec<(&Place, &str)> = places.iter().zip(texts).collect();
        for (place, text) in pairs.iter().chain(pairs.iter().rev()).chain(&pairs).step_by(3).chain(&pairs) {
            assert_eq!(shelf.get(**place).unwrap().as_deref(), Some(*text));
            assert_eq!(other.get(**place).unwrap().as_deref(), Some(*text));
        }
        let in_file = |place: Place| place.offset().unwrap() >= MEMORY;
        assert!(in_file(places[5]) && !in_file(places[6]) && in_file(places[7]) && !in_file(places[8]));
        assert_eq!(shelf.get(behind).unwrap().as_deref(), Some("d"));
        assert_eq!(other.get(apart).unwrap().map(|text| text.len()), Some(MEMORY));
        assert_eq!(shelf.get(Place::NONE).unwrap(), None);
        assert_eq!(shelf.get(Place::AWAITED).unwrap(), None);
    }

    #[test]
    fn many_short_texts_come_back_whatever_is_written_in_between() {
        let mut shelf = Shelf { memory: vec![0; MEMORY], file: None };
        let text = |n: usize| format!("{n}:{}", "t".repeat(n % 97));
        let mut places = Vec::new();
        for n in 0..4_000 {
            places.push(shelf.put(&text(n)).unwrap());
            let earlier = n * 7 % (n + 1);
            assert_eq!(shelf.get(places[earlier]).unwrap(), Some(text(earlier)), "{earlier} after {n}");
        }
        assert!(places.last().unwrap().offset().unwrap() > MEMORY + 3 * WINDOW);
    }
}
