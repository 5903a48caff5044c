//! Of all that Exif says, one thing is kept: which way up the picture is.

use super::reader::Reader;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
/// Numbers of fields that are looked through: no camera writes as many.
const FIELDS: u16 = 1_000;

/// How a picture is turned and mirrored: 2 to 8 of the TIFF field; one that is upright has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// Reads TIFF data, with or without the mark of Exif before it. What cannot be read is upright.
    pub(super) fn of(exif: &[u8]) -> Option<Self> {
        let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        let mut header = Reader(tiff);
        let little = match header.array()? {
            [b'I', b'I', 42, 0] => true,
            [b'M', b'M', 0, 42] => false,
            _ => return None,
        };
        let short =
            |bytes: [u8; 2]| if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
        let first: [u8; 4] = header.array()?;
        let first = if little { u32::from_le_bytes(first) } else { u32::from_be_bytes(first) };
        let mut fields = Reader(tiff.get(usize::try_from(first).ok()?..)?);
        for _ in 0..short(fields.array()?).min(FIELDS) {
            let (tag, kind) = (short(fields.array()?), short(fields.array()?));
            let [_, _, _, _] = fields.array()?;
            let value = short(fields.array()?);
            let [_, _] = fields.array()?;
            if tag == ORIENTATION && kind == SHORT {
                return u8::try_from(value).ok().filter(|value| (2..=8).contains(value)).map(Self);
            }
        }
        None
    }

    /// TIFF data that says this and nothing else.
    pub(super) const fn tiff(self) -> [u8; 26] {
        #[rustfmt::skip]
        let tiff = [
            b'I', b'I', 42, 0, 8, 0, 0, 0,
            1, 0,
            0x12, 0x01, 3, 0, 1, 0, 0, 0, self.0, 0, 0, 0,
            0, 0, 0, 0,
        ];
        tiff
    }
}
