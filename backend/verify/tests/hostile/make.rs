//! Archives as no export writes them.

use std::io::{Read, Write};
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use verify::{Limits, Options, Outcome, Unusable};

/// The bundle that all others are made from.
pub const GOLDEN: &[u8] = include_bytes!("../golden/bundle.tar.gz");

/// A header and what it announces, as they stand in an archive.
#[derive(Clone)]
pub struct Entry {
    pub header: Header,
    pub content: Vec<u8>,
}

impl Entry {
    pub fn new(name: &str, content: &[u8]) -> Self {
        Self::of_kind(EntryType::Regular, name, content)
    }

    /// An entry as an export writes it, but for its kind and its name, which may be any bytes.
    pub fn of_kind(kind: EntryType, name: &str, content: &[u8]) -> Self {
        static FIRST: LazyLock<Header> = LazyLock::new(|| golden()[0].header.clone());
        let mut header = FIRST.clone();
        let name_field = &mut header.as_old_mut().name;
        name_field.fill(0);
        name_field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(u64::try_from(content.len()).unwrap());
        header.set_cksum();
        Self { header, content: content.to_vec() }
    }

    pub fn name(&self) -> String {
        String::from_utf8(self.header.path_bytes().to_vec()).unwrap()
    }
}

/// The entries of the golden bundle.
pub fn golden() -> Vec<Entry> {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(unpack);
    ENTRIES.clone()
}

fn unpack() -> Vec<Entry> {
    let mut archive = tar::Archive::new(GzDecoder::new(GOLDEN));
    let entries = archive.entries().unwrap().raw(true);
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        Entry { header: entry.header().clone(), content }
    };
    entries.map(read).collect()
}

/// The golden tar without its compression.
pub fn golden_tar() -> Vec<u8> {
    let mut tar = Vec::new();
    GzDecoder::new(GOLDEN).read_to_end(&mut tar).unwrap();
    tar
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(bytes).unwrap();
    let mut packed = gzip.finish().unwrap();
    // The header also says how well it was tried to compress.
    packed[8] = 0;
    packed
}

pub fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for Entry { header, content } in entries {
        builder.append(header, &content[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

pub fn pack(entries: &[Entry]) -> Vec<u8> {
    gzip(&tar(entries))
}

/// As [`pack`], and small.
pub fn packed(entries: &[Entry]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::default());
    gzip.write_all(&tar(entries)).unwrap();
    gzip.finish().unwrap()
}

pub fn verify(bytes: &[u8]) -> Result<Outcome, Unusable> {
    verify::archive(bytes, &Options::default())
}

pub fn verify_within(bytes: &[u8], limits: Limits) -> Result<Outcome, Unusable> {
    verify::archive(bytes, &Options { limits, ..Options::default() })
}

/// A gzip file of a beginning and then `count` times a mebibyte of one byte, made without going through them:
/// deflate blocks that end on a byte stand for themselves. It has no end.
pub fn bomb(beginning: &[u8], byte: u8, count: usize) -> Vec<u8> {
    let blocks = |bytes: &[u8]| {
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(bytes).unwrap();
        raw.flush().unwrap();
        raw.get_ref().clone()
    };
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bomb.extend(blocks(beginning));
    let mebibyte = blocks(&vec![byte; 1 << 20]);
    for _ in 0..count {
        bomb.extend_from_slice(&mebibyte);
    }
    bomb
}

/// The bytes of the archive up to and with the header of a member of another size.
pub fn up_to(name: &str, size: u64) -> Vec<u8> {
    let mut entries = golden();
    let place = entries.iter().position(|entry| entry.name().starts_with(name)).unwrap();
    let mut header = entries[place].header.clone();
    header.set_size(size);
    header.set_cksum();
    entries.truncate(place);
    let mut bytes = tar(&entries);
    bytes.truncate(bytes.len() - 1_024);
    bytes.extend_from_slice(header.as_bytes());
    bytes
}
