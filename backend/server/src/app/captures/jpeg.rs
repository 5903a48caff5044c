//! JPEG without what it carries beside the picture.

use super::CaptureError;
use super::exif::Orientation;
use super::reader::Reader;

const fn damaged(why: &'static str) -> CaptureError {
    CaptureError::Damaged { kind: "image/jpeg", why }
}

/// What a segment is to the picture.
enum Part {
    /// The picture needs it.
    Needed,
    /// Coded pixels follow it.
    Scan,
    End,
    /// It tells of something else.
    Beside,
}

impl Part {
    fn of(marker: u8) -> Option<Self> {
        match marker {
            // Tables and frames: everything that decoding needs.
            0xc0..=0xcf | 0xdb..=0xdd => Some(Self::Needed),
            0xda => Some(Self::Scan),
            0xd9 => Some(Self::End),
            // Applications' own data, and comments.
            0xe0..=0xef | 0xfe => Some(Self::Beside),
            _ => None,
        }
    }
}

/// The same picture: every coded pixel as it was, and of all else the density, the colours, and which way is up.
///
/// # Errors
/// What is not built as JPEG is, or stops before its end.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let mut reader = Reader(bytes);
    let mut body = Vec::with_capacity(bytes.len());
    let (mut density, mut orientation, mut scans) = (None, None, 0_u32);
    reader.take(2).ok_or(damaged("it is empty"))?;
    loop {
        let marker = next_marker(&mut reader)?;
        let part = Part::of(marker).ok_or(damaged("it has a part that no picture has"))?;
        if matches!(part, Part::End) {
            break;
        }
        let length: [u8; 2] = reader.array().ok_or(damaged("it stops within a part"))?;
        let content = usize::from(u16::from_be_bytes(length)).checked_sub(2);
        let content = content.and_then(|content| reader.take(content));
        let content = content.ok_or(damaged("it stops within a part"))?;
        match part {
            Part::Needed => segment(&mut body, marker, content),
            Part::Scan => {
                scans = scans.saturating_add(1);
                segment(&mut body, marker, content);
                body.extend_from_slice(coded(&mut reader)?);
            }
            Part::Beside if marker == 0xe0 && content.starts_with(b"JFIF\0") => {
                density = density.or(content.get(..12));
            }
            Part::Beside if marker == 0xe1 && content.starts_with(b"Exif\0\0") => {
                orientation = orientation.or(Orientation::of(content));
            }
            Part::Beside if marker == 0xe2 && content.starts_with(b"ICC_PROFILE\0") => {
                segment(&mut body, marker, content);
            }
            // How the colours are coded.
            Part::Beside if marker == 0xee && content.starts_with(b"Adobe") => {
                segment(&mut body, marker, content.get(..12).unwrap_or(content));
            }
            Part::Beside | Part::End => {}
        }
    }
    if scans == 0 {
        return Err(damaged("there is no picture in it"));
    }
    let mut stripped = Vec::with_capacity(body.len().saturating_add(64));
    stripped.extend_from_slice(b"\xff\xd8");
    if let Some(density) = density {
        // Its last two bytes are the size of a small copy of the picture, which goes.
        segment(&mut stripped, 0xe0, &[density, [0, 0].as_slice()].concat());
    }
    if let Some(orientation) = orientation {
        segment(&mut stripped, 0xe1, &[b"Exif\0\0", orientation.tiff().as_slice()].concat());
    }
    stripped.append(&mut body);
    // What comes behind the end is no part of the picture: other pictures, films, anything.
    stripped.extend_from_slice(b"\xff\xd9");
    Ok(stripped)
}

fn next_marker(reader: &mut Reader<'_>) -> Result<u8, CaptureError> {
    let stops = damaged("it stops before its end");
    if reader.byte().ok_or(stops.clone())? != 0xff {
        return Err(damaged("there are bytes between its parts"));
    }
    loop {
        match reader.byte().ok_or(stops.clone())? {
            // Markers may be preceded by any number of these.
            0xff => {}
            marker => return Ok(marker),
        }
    }
}

/// The coded pixels of a scan, up to the next marker.
fn coded<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CaptureError> {
    let ends = |pair: &[u8]| matches!(pair, [0xff, next] if !matches!(next, 0x00 | 0xd0..=0xd7 | 0xff));
    let end = reader.0.windows(2).position(ends);
    end.and_then(|end| reader.take(end)).ok_or(damaged("it stops within the picture"))
}

fn segment(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    // No part is longer than it was.
    let length = u16::try_from(content.len().saturating_add(2)).unwrap_or(u16::MAX);
    file.extend_from_slice(&[0xff, marker]);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(content);
}
