//! Texts kept until the files that show them come: in memory, and beyond a limit in a temporary file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of texts stay in memory.
const MEMORY: usize = 8 << 20;

/// Where a text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u64);

/// Places beyond this one are in the file.
const FILE: u64 = 1 << 40;

/// Texts by their places; nothing is ever removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    memory: Vec<u8>,
    /// Has no name: it goes away with the process. Only ever appended to, so clones may share it.
    file: Option<Arc<Mutex<File>>>,
}

impl Shelf {
    pub(crate) fn put(&mut self, text: &str) -> io::Result<Place> {
        let length = u32::try_from(text.len()).map_err(io::Error::other)?.to_le_bytes();
        if self.memory.len().saturating_add(text.len()) <= MEMORY {
            let place = u64::try_from(self.memory.len()).map_err(io::Error::other)?;
            self.memory.extend_from_slice(&length);
            self.memory.extend_from_slice(text.as_bytes());
            return Ok(Place(place));
        }
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(Arc::new(Mutex::new(tempfile::tempfile()?))),
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let place = file.seek(SeekFrom::End(0))?;
        file.write_all(&[&length, text.as_bytes()].concat())?;
        Ok(Place(place.saturating_add(FILE)))
    }

    pub(crate) fn get(&self, place: Place) -> io::Result<String> {
        let bytes = match (place.0.checked_sub(FILE), &self.file) {
            (None, _) => {
                let start = usize::try_from(place.0).map_err(io::Error::other)?;
                read(&mut self.memory.get(start..).unwrap_or_default())?
            }
            (Some(start), Some(file)) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start))?;
                read(&mut *file)?
            }
            (Some(_), None) => return Err(io::ErrorKind::NotFound.into()),
        };
        String::from_utf8(bytes).map_err(io::Error::other)
    }
}

fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_memory_and_from_the_file() {
        let mut shelf = Shelf::default();
        let large = "x".repeat(MEMORY / 2);
        let texts = ["", "a", &large, "b", &large, &large, "c"];

        let places: Vec<Place> = texts.iter().map(|text| shelf.put(text).unwrap()).collect();
        let mut other = shelf.clone();
        let apart = other.put(&"y".repeat(MEMORY)).unwrap();
        let behind = shelf.put("d").unwrap();

        for (place, text) in places.iter().zip(texts) {
            assert_eq!(shelf.get(*place).unwrap(), text);
            assert_eq!(other.get(*place).unwrap(), text);
        }
        assert!(places.last().unwrap().0 < FILE && places[4].0 >= FILE);
        assert_eq!((shelf.get(behind).unwrap().as_str(), other.get(apart).unwrap().len()), ("d", MEMORY));
    }
}
