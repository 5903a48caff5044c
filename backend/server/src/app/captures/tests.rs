use proptest::prelude::*;

use super::exif::Orientation;
use super::*;

const JPEG: &[u8] = include_bytes!("../../../tests/captures/turned.jpg");
const PNG: &[u8] = include_bytes!("../../../tests/captures/turned.png");
const WEBP: &[u8] = include_bytes!("../../../tests/captures/turned.webp");
const HEIC: &[u8] = include_bytes!("../../../tests/captures/turned.heic");
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n";

const PICTURES: [(&str, &[u8]); 3] = [("image/jpeg", JPEG), ("image/png", PNG), ("image/webp", WEBP)];

fn has(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

/// Where the pixels are coded, from the first mark of them to the end of the longest run that both files share.
fn kept(before: &[u8], after: &[u8], mark: &[u8]) -> bool {
    let from = |bytes: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).unwrap();
    let (before, after) = (&before[from(before)..], &after[from(after)..]);
    let shared = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    shared > 150
}

/// The TIFF data of the orientation 6, as every format writes it.
fn turned() -> Vec<u8> {
    Orientation::of(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0").unwrap().tiff().to_vec()
}

#[test]
fn places_makers_and_comments_go_and_the_picture_stays() {
    for ((kind, file), mark) in PICTURES.into_iter().zip([&b"\xff\xda"[..], b"IDAT", b"VP8 "]) {
        assert!(has(file, "secret") && has(file, "CameraMaker"), "{kind}");
        let capture = prepare(file, Some(kind)).unwrap();
        assert_eq!(capture.media_type, kind);
        for gone in ["secret", "CameraMaker"] {
            assert!(!has(&capture.content, gone), "{kind}: {gone}");
        }
        assert!(capture.content.len() < file.len(), "{kind}");
        assert!(kept(file, &capture.content, mark), "{kind}");
        assert_eq!(prepare(&capture.content, None).unwrap(), capture, "{kind}");
    }
}

#[test]
fn a_picture_is_still_the_right_way_up() {
    for (kind, file) in PICTURES {
        let content = prepare(file, None).unwrap().content;
        let tiff = turned();
        assert!(content.windows(tiff.len()).any(|window| window == tiff), "{kind}");
    }
}

#[test]
fn orientation_is_read_in_either_order_of_bytes_and_from_no_nonsense() {
    let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    assert_eq!(Orientation::of(big).unwrap().tiff().to_vec(), turned());
    assert_eq!(Orientation::of(&[b"Exif\0\0", big.as_slice()].concat()), Orientation::of(big));
    for length in 0..20 {
        assert_eq!(Orientation::of(&big[..length]), None);
    }
    for value in [0, 1, 9, 255] {
        let mut other = *big;
        other[19] = value;
        assert_eq!(Orientation::of(&other), None, "{value}");
    }
}

#[test]
fn heic_becomes_a_jpeg_that_is_the_right_way_up() {
    for declared in [None, Some("image/heic"), Some("image/heif")] {
        let capture = prepare(HEIC, declared).unwrap();
        assert_eq!(capture.media_type, "image/jpeg");
        // Start of frame: length, precision, height, width. It was 96 by 64 before it was turned.
        let frame = capture.content.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
        assert_eq!(capture.content[frame + 5..frame + 9], [0, 96, 0, 64]);
        assert!(!has(&capture.content, "Exif") && !has(&capture.content, "CameraMaker"));
        assert_eq!(prepare(&capture.content, None).unwrap(), capture);
    }
    let mut other = HEIC.to_vec();
    other.truncate(HEIC.len() - 400);
    assert!(matches!(prepare(&other, None), Err(CaptureError::Heic { .. })));
}

#[test]
fn what_is_no_capture_is_refused() {
    for file in [
        &b""[..],
        b"GIF89a",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<!doctype html>",
        b"RIFF\x04\0\0\0WAVE",
        b"\0\0\0\x14ftypavif\0\0\0\0mif1",
        b" %PDF-1.7 %%EOF",
        b"\xff\xd8",
    ] {
        assert_eq!(prepare(file, None), Err(CaptureError::Unknown), "{file:?}");
    }
}

#[test]
fn what_the_sender_says_must_be_so() {
    let error = prepare(PNG, Some("image/jpeg")).unwrap_err();
    assert_eq!(error.to_string(), "the file is image/png, and Content-Type says image/jpeg");
    assert!(prepare(PDF, Some("image/png")).is_err() && prepare(JPEG, Some("image/heic")).is_err());
    assert_eq!(prepare(PDF, Some("application/pdf")).unwrap().content, PDF);
}

#[test]
fn what_comes_behind_a_picture_goes() {
    for (kind, file) in PICTURES {
        let more = [file, b"PK\x03\x04 a film, or another picture"].concat();
        assert_eq!(prepare(&more, None), prepare(file, None), "{kind}");
    }
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let mut refused = 0;
    for (kind, file) in PICTURES.into_iter().chain([("application/pdf", PDF)]) {
        let end = if kind == "application/pdf" { file.len() - 2 } else { file.len() };
        for length in 0..end {
            assert!(prepare(&file[..length], None).is_err(), "{kind}: {length}");
            refused += 1;
        }
    }
    println!("count: captures that were cut {refused}");
}

#[test]
fn a_part_that_no_picture_has_is_refused() {
    let jpeg = [&JPEG[..2], b"\xff\xf0\0\x03x", &JPEG[2..]].concat();
    let png = [&PNG[..33], b"\0\0\0\x01CODEx\0\0\0\0", &PNG[33..]].concat();
    for (file, kind) in [(jpeg, "image/jpeg"), (png, "image/png")] {
        let why = "it has a part that no picture has";
        assert_eq!(prepare(&file, None), Err(CaptureError::Damaged { kind, why }));
    }
}

#[test]
fn private_parts_and_small_copies_go() {
    let small = b"\xff\xe0\0\x13JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01abc";
    let jpeg = [&JPEG[..2], small, &JPEG[20..]].concat();
    assert_eq!(
        prepare(&jpeg, None).unwrap().content[..20],
        *b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
    );
    let png = [&PNG[..33], b"\0\0\0\x06caBXsecret\0\0\0\0", &PNG[33..]].concat();
    assert_eq!(prepare(&png, None), prepare(PNG, None));
    let end = PNG.len() - 12;
    let png = [&PNG[..end], b"\0\0\0\x06IENDsecret\0\0\0\0"].concat();
    assert_eq!(prepare(&png, None), prepare(PNG, None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, there is an answer, and what is kept is kept the same when it comes again.
    #[test]
    fn damaged_files_are_answered(
        which in 0_usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = [JPEG, PNG, WEBP, HEIC, PDF][which].to_vec();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(capture) = prepare(&file, None) {
            prop_assert!(kept_type(capture.media_type).is_some());
            prop_assert_eq!(prepare(&capture.content, Some(capture.media_type)), Ok(capture));
        }
    }
}
