//! What reading a HEIC file costs, before any of it is read.
//!
//! The decoder holds the size that the file states against its limit; the pictures that it is made of, which may be
//! larger, many, or coded again and again, it believes. Its lists are as long as the file says that they are. So
//! everything that costs memory or time is counted here first.

use heic_rs::boxes::{BoxHeader, BoxIter};
use heic_rs::context::Context;
use heic_rs::meta::iloc::Construction;
use heic_rs::props::hvcc::HevcConfig;

use super::sps::{Coded, says_size, size_in};

/// What describes a picture is a few thousand bytes, with a profile of its colours perhaps ten times as many.
const MAX_META: usize = 128 << 10;
/// 48 megapixels in tiles of 256 by 256 are 768.
const MAX_TILES: usize = 1_024;
/// Properties of one item, and how many of them turn, mirror or crop it.
const MAX_PROPERTIES: usize = 32;
const MAX_TRANSFORMS: usize = 4;
/// All samples that are coded, with what tiles have beyond the edge: 52 megapixels with colours at half the resolution.
const MAX_SAMPLES: u64 = 78_000_000;
/// How often each sample may be coded: every part of the data can begin the picture anew.
const MAX_PARTS: u64 = 4;
/// The bytes that an extent has at least in the list of them.
const EXTENT: u8 = 4;

/// Refuses what takes more memory or time than a picture of a telephone.
pub(super) fn check(file: &[u8]) -> Result<(), String> {
    let told = |error: heic_rs::Error| error.to_string();
    let meta = BoxIter::new(file).require(b"meta", "meta").map_err(told)?;
    check_lists(&meta)?;
    let context = Context::open(file).map_err(told)?;
    if context.meta.locations.iter().any(|location| location.construction == Construction::Item) {
        return Err("it is made of parts of parts".to_owned());
    }
    let primary = context.meta.primary;
    check_properties(&context, primary)?;
    if context.props(primary).map_err(told)?.transforms.len() > MAX_TRANSFORMS {
        return Err("it is turned too often".to_owned());
    }
    let tiles = context.grid(primary).map_err(told)?.map_or_else(|| vec![primary], |(_, tiles)| tiles);
    if tiles.len() > MAX_TILES {
        return Err(format!("it is made of {} pictures", tiles.len()));
    }
    let (mut samples, mut work, mut bytes) = (0_u64, 0_u64, 0_usize);
    for tile in tiles {
        check_properties(&context, tile)?;
        let properties = context.props(tile).map_err(told)?;
        let config = properties.hvcc.as_ref().ok_or("a picture in it says nothing of its size")?;
        let data = context.item_data(tile).map_err(told)?;
        let parts = u64::try_from(config.split_nals(&data).map_err(told)?.len()).unwrap_or(u64::MAX);
        let size = size_of(config)?.samples();
        samples = samples.saturating_add(size);
        work = work.saturating_add(size.saturating_mul(parts));
        bytes = bytes.saturating_add(data.len());
    }
    if samples > MAX_SAMPLES {
        return Err("the pictures that it is made of are too large".to_owned());
    }
    if work > MAX_SAMPLES.saturating_mul(MAX_PARTS) || bytes > file.len() {
        return Err("it is coded more often than it is shown".to_owned());
    }
    Ok(())
}

/// Lists that are longer than the bytes they are read from.
fn check_lists(meta: &BoxHeader<'_>) -> Result<(), String> {
    if meta.payload.len() > MAX_META {
        return Err("what describes it is too long".to_owned());
    }
    // Version and flags stand before the boxes.
    for part in BoxIter::new(meta.payload.get(4..).unwrap_or_default()) {
        let part = part.map_err(|error| error.to_string())?;
        let sizes = part.payload.get(4).copied().unwrap_or_default();
        if part.is(b"iloc") && (sizes >> 4).saturating_add(sizes & 0x0f) < EXTENT {
            return Err("it does not say where its parts are".to_owned());
        }
    }
    Ok(())
}

fn check_properties(context: &Context<'_>, item: u32) -> Result<(), String> {
    let many = context.meta.props.associations(item).len() > MAX_PROPERTIES;
    if many { Err("too much is said of one picture in it".to_owned()) } else { Ok(()) }
}

/// The size of a picture as it is coded. With two of them, the data would choose.
fn size_of(config: &HevcConfig<'_>) -> Result<Coded, String> {
    let sets = config.parameter_sets();
    let mut says = sets.into_iter().filter(|set| says_size(set));
    match (says.next().and_then(size_in), says.next()) {
        (Some(size), None) => Ok(size),
        _ => Err("a picture in it does not say one size".to_owned()),
    }
}
