//! HEIC, as telephones write it, turned into JPEG.
//!
//! A picture of 48 megapixels takes about 310 MiB and some seconds, and none takes much more: [`bounds`] says why.
//! Callers let one in at a time.

mod bounds;
mod sps;

use heic_rs::{DecodeOptions, PixelLayout};
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

use super::{CaptureError, MAX_CAPTURE};

/// The largest picture that is read: what telephones take has up to 48 megapixels.
const MAX_PIXELS: u64 = 50_000_000;
/// Tried one after another until the picture is small enough.
const QUALITIES: [u8; 4] = [88, 75, 60, 40];
/// Brands of pictures coded with HEVC; `mif1` says only that there are pictures.
const BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];
/// How many brands are looked at.
const LOOKED_AT: usize = 32;

/// Whether the file says in its first box that it is HEIC.
pub(super) fn is_heic(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return false };
    let Some(rest) = rest.strip_prefix(b"ftyp") else { return false };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let brands = rest.get(..length.saturating_sub(8)).unwrap_or(rest);
    let (brands, _) = brands.as_chunks::<4>();
    brands.iter().take(LOOKED_AT).any(|brand| BRANDS.contains(&brand))
}

/// The picture as it is to be seen, turned as it says, as JPEG without anything beside it.
///
/// # Errors
/// It is damaged, too large, or coded in a way that is not known here or costs too much.
pub(super) fn as_jpeg(bytes: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let options = DecodeOptions {
        layout: PixelLayout::Rgb8,
        max_pixels: Some(MAX_PIXELS),
        apply_transforms: true,
        decode_alpha: false,
        threads: Some(1),
        ..DecodeOptions::default()
    };
    let unreadable = |why: String| CaptureError::Heic { why };
    bounds::check(bytes).map_err(unreadable)?;
    let picture = heic_rs::decode(bytes, &options).map_err(|error| unreadable(error.to_string()))?;
    let side = |length: u32| u16::try_from(length).map_err(|_| unreadable("it is too long".to_owned()));
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    for quality in QUALITIES {
        let coded = encoded(&picture.data, width, height, quality);
        let coded = coded.map_err(|error| unreadable(error.to_string()))?;
        if coded.len() <= MAX_CAPTURE {
            return Ok(coded);
        }
    }
    Err(CaptureError::TooLarge)
}

fn encoded(pixels: &[u8], width: u16, height: u16, quality: u8) -> Result<Vec<u8>, EncodingError> {
    let mut coded = Vec::new();
    let mut encoder = Encoder::new(&mut coded, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(pixels, width, height, ColorType::Rgb)?;
    Ok(coded)
}

#[cfg(test)]
mod tests;
