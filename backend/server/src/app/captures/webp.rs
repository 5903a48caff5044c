//! WebP without what it carries beside the picture.

use super::CaptureError;
use super::exif::Orientation;
use super::reader::Reader;

/// Chunks that say what the picture looks like, and the frames of one that moves.
const KEPT: [&[u8; 4]; 5] = [b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"];
/// In the flags of the extended header.
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
/// What stands before the chunks of a frame.
const FRAME: usize = 16;

const fn damaged(why: &'static str) -> CaptureError {
    CaptureError::Damaged { kind: "image/webp", why }
}

/// The same picture without Exif, XMP and chunks that nobody knows; which way is up stays.
///
/// # Errors
/// What is not built as WebP is, or stops before its end.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let stops = || damaged("it stops before its end");
    let mut reader = Reader(bytes);
    reader.take(4).ok_or_else(stops)?;
    let length = u32::from_le_bytes(reader.array().ok_or_else(stops)?);
    // What comes behind the end is no part of the picture.
    let inner = usize::try_from(length).ok().and_then(|length| reader.take(length)).ok_or_else(stops)?;
    let mut reader = Reader(inner);
    reader.take(4).ok_or_else(stops)?;
    let (mut body, mut header, mut orientation, mut pixels) = (Vec::new(), None, None, false);
    let mut first = true;
    while !reader.is_empty() {
        let (kind, content) = next(&mut reader)?;
        match &kind {
            b"VP8X" if first => header = Some(<[u8; 10]>::try_from(content).map_err(|_| stops())?),
            b"EXIF" => orientation = orientation.or(Orientation::of(content)),
            b"ANMF" => {
                pixels = true;
                chunk(&mut body, kind, &frame(content)?);
            }
            kind if KEPT.contains(&kind) => {
                pixels |= kind.starts_with(b"VP8");
                chunk(&mut body, *kind, content);
            }
            _ => {}
        }
        first = false;
    }
    if !pixels {
        return Err(damaged("there is no picture in it"));
    }
    let mut inside = b"WEBP".to_vec();
    if let Some([flags, rest @ ..]) = header {
        let turned = if orientation.is_some() { EXIF } else { 0 };
        let flags = (flags & !(EXIF | XMP)) | turned;
        chunk(&mut inside, *b"VP8X", &[[flags].as_slice(), &rest].concat());
    }
    inside.append(&mut body);
    // Only files with the extended header may have it.
    if let Some(orientation) = orientation.filter(|_| header.is_some()) {
        chunk(&mut inside, *b"EXIF", &orientation.tiff());
    }
    let mut stripped = Vec::with_capacity(inside.len().saturating_add(8));
    chunk(&mut stripped, *b"RIFF", &inside);
    Ok(stripped)
}

/// One frame of a picture that moves, with its own chunks looked through as well.
fn frame(content: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let mut reader = Reader(content);
    let mut frame = reader.take(FRAME).ok_or(damaged("it stops within a frame"))?.to_vec();
    while !reader.is_empty() {
        let (kind, content) = next(&mut reader)?;
        if KEPT.contains(&&kind) {
            chunk(&mut frame, kind, content);
        }
    }
    Ok(frame)
}

/// The next chunk; one of odd length is followed by a byte that says nothing.
fn next<'a>(reader: &mut Reader<'a>) -> Result<([u8; 4], &'a [u8]), CaptureError> {
    let stops = || damaged("it stops within a part");
    let kind = reader.array().ok_or_else(stops)?;
    let length = u32::from_le_bytes(reader.array().ok_or_else(stops)?);
    let length = usize::try_from(length).map_err(|_| stops())?;
    let content = reader.take(length).ok_or_else(stops)?;
    if length % 2 == 1 {
        // Some writers leave it out at the end.
        let _padding = reader.byte();
    }
    Ok((kind, content))
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&kind);
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(content);
    if content.len() % 2 == 1 {
        file.push(0);
    }
}
