//! PNG without what it carries beside the picture.

use super::CaptureError;
use super::exif::Orientation;
use super::reader::Reader;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks that say what the picture looks like; all others go, whoever made them up.
const KEPT: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

const fn damaged(why: &'static str) -> CaptureError {
    CaptureError::Damaged { kind: "image/png", why }
}

/// The same picture without texts, times and Exif; which way is up stays.
///
/// # Errors
/// What is not built as PNG is, or stops before its end.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let stops = || damaged("it stops before its end");
    let mut reader = Reader(bytes);
    let mut stripped = reader.take(SIGNATURE.len()).ok_or_else(stops)?.to_vec();
    let (mut first, mut pixels, mut orientation) = (true, false, None);
    loop {
        let before = reader.0;
        let length: [u8; 4] = reader.array().ok_or_else(stops)?;
        let kind: [u8; 4] = reader.array().ok_or_else(stops)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| stops())?;
        let content = reader.take(length).ok_or_else(stops)?;
        let _sum: [u8; 4] = reader.array().ok_or_else(stops)?;
        let whole = before.get(..before.len().saturating_sub(reader.0.len())).unwrap_or_default();
        if first != (&kind == b"IHDR") {
            return Err(damaged("it does not begin with its one header"));
        }
        first = false;
        match &kind {
            b"IEND" => {
                if !pixels {
                    return Err(damaged("there is no picture in it"));
                }
                // What comes behind the end, or in it, is no part of the picture.
                chunk(&mut stripped, *b"IEND", b"");
                return Ok(stripped);
            }
            b"eXIf" => orientation = orientation.or(Orientation::of(content)),
            kind if KEPT.contains(&kind) => {
                if kind == b"IDAT" && !pixels {
                    pixels = true;
                    // Its place is before the pixels; of what comes behind them nobody looks for it any more.
                    let orientation = orientation.or_else(|| later_orientation(reader));
                    if let Some(orientation) = orientation {
                        chunk(&mut stripped, *b"eXIf", &orientation.tiff());
                    }
                }
                stripped.extend_from_slice(whole);
            }
            // What cannot be left out, and is none of ours.
            [b'A'..=b'Z', ..] => return Err(damaged("it has a part that no picture has")),
            _ => {}
        }
    }
}

/// Exif may stand behind the pixels.
fn later_orientation(mut reader: Reader<'_>) -> Option<Orientation> {
    loop {
        let length = usize::try_from(u32::from_be_bytes(reader.array()?)).ok()?;
        let kind: [u8; 4] = reader.array()?;
        let content = reader.take(length)?;
        let _sum: [u8; 4] = reader.array()?;
        if &kind == b"eXIf" {
            return Orientation::of(content);
        }
    }
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&length.to_be_bytes());
    let named = [kind.as_slice(), content].concat();
    file.extend_from_slice(&named);
    file.extend_from_slice(&sum(&named).to_be_bytes());
}

/// CRC-32 as PNG wants it, bit by bit: for some thirty bytes.
fn sum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
