//! Captures: pictures and pages that show a claim's evidence as it was seen.
//!
//! What a file is, its first bytes say. Where and with what it was taken, and whatever else a picture carries beside
//! its pixels, is taken out; pixels stay as they are. HEIC, which browsers do not show, becomes JPEG.
//! Nothing here trusts its input: a damaged file is refused, and no file needs more memory than [`heic`] says.

mod exif;
mod heic;
mod jpeg;
mod png;
mod reader;
mod webp;

use thiserror::Error;

/// The most bytes of a capture, as it comes and as it is kept: 5 MiB.
pub const MAX_CAPTURE: usize = 5 << 20;
/// How far from its end a PDF says that it ends.
const PDF_END: usize = 1_024;

/// What a file can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Heic,
    Jpeg,
    Pdf,
    Png,
    WebP,
}

/// Why a file is no capture.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CaptureError {
    #[error("a capture is a PNG, JPEG, WebP, HEIC or PDF file, and this is none")]
    Unknown,
    #[error("the file is {found}, and Content-Type says {declared}")]
    Declared { declared: String, found: &'static str },
    #[error("the file is {kind}, and damaged or cut short: {why}")]
    Damaged { kind: &'static str, why: &'static str },
    #[error(
        "this HEIC picture cannot be read: {why}. Send it as JPEG: take a screenshot of it, or export it as JPEG (iPhone: \
         Files, long press, Quick Actions, Convert Image; for new pictures Settings, Camera, Formats, Most Compatible)"
    )]
    Heic { why: String },
    #[error(
        "a capture has at most {MAX_CAPTURE} bytes, and the picture as JPEG has more: send a smaller one"
    )]
    TooLarge,
}

/// A file as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    pub media_type: &'static str,
    pub content: Vec<u8>,
}

impl Kind {
    /// Reads the first bytes.
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(png::SIGNATURE) {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else if bytes.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if heic::is_heic(bytes) {
            Some(Self::Heic)
        } else {
            None
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Heic => "image/heic",
            Self::Jpeg => "image/jpeg",
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

/// The type of a kept capture, from the text that names it.
pub fn kept_type(media_type: &str) -> Option<&'static str> {
    let kept = [Kind::Jpeg, Kind::Pdf, Kind::Png, Kind::WebP].map(Kind::media_type);
    kept.into_iter().find(|known| *known == media_type)
}

/// A file as it will be kept: without what tells of its place, and as a type that browsers show.
///
/// `declared` is what the sender says it is, if they say more than that it is bytes.
///
/// # Errors
/// Another kind of file than a capture may be, another one than was declared, or a damaged one.
pub fn prepare(bytes: &[u8], declared: Option<&str>) -> Result<Capture, CaptureError> {
    let kind = Kind::of(bytes).ok_or(CaptureError::Unknown)?;
    let same =
        |declared: &str| declared == kind.media_type() || (kind == Kind::Heic && declared == "image/heif");
    if let Some(declared) = declared.filter(|declared| !same(declared)) {
        return Err(CaptureError::Declared { declared: declared.to_owned(), found: kind.media_type() });
    }
    let content = match kind {
        Kind::Jpeg => jpeg::strip(bytes)?,
        Kind::Png => png::strip(bytes)?,
        Kind::WebP => webp::strip(bytes)?,
        Kind::Pdf => whole_pdf(bytes)?,
        Kind::Heic => {
            return Ok(Capture { media_type: Kind::Jpeg.media_type(), content: heic::as_jpeg(bytes)? });
        }
    };
    if content.len() > MAX_CAPTURE {
        return Err(CaptureError::TooLarge);
    }
    Ok(Capture { media_type: kind.media_type(), content })
}

/// A PDF as it is: what it carries cannot be taken out reliably, so nothing is.
fn whole_pdf(bytes: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let end = bytes.get(bytes.len().saturating_sub(PDF_END)..).unwrap_or(bytes);
    if end.windows(5).any(|window| window == b"%%EOF") {
        Ok(bytes.to_vec())
    } else {
        Err(CaptureError::Damaged { kind: "application/pdf", why: "it has no end" })
    }
}

#[cfg(test)]
mod tests;
