//! Captures: files that show a claim's evidence as it was seen.

/// The most bytes of one, without its salt: 5 MiB.
pub const MAX_CAPTURE: usize = 5 << 20;

/// What kind of file a capture is, by its first bytes; `None` if it is of no kind that may be one.
pub fn media_type(content: &[u8]) -> Option<&'static str> {
    let is_webp = content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP".as_slice());
    if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if content.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if is_webp {
        Some("image/webp")
    } else if content.starts_with(b"%PDF-") {
        Some("application/pdf")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_known_by_its_first_bytes() {
        for (content, kind) in [
            (&b"\x89PNG\r\n\x1a\n and more"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some("image/webp")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"\x89PNG\r\n\x1a", None),
            (b"\xff\xd8", None),
            (b"RIFF\x01\x02\x03\x04WAVE", None),
            (b"RIFF", None),
            (b" %PDF-1.7", None),
            (b"{\"reason\":\"Fine.\"}", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"GIF89a", None),
            (b"", None),
        ] {
            assert_eq!(media_type(content), kind, "{content:?}");
        }
    }
}
