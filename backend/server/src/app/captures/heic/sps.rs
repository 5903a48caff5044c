//! The size of a coded picture, from its sequence parameter set (ITU-T H.265, 7.3.2.2).

const SEQUENCE: u8 = 33;
/// Bits of a profile, and of a level.
const PROFILE: u32 = 88;
const LEVEL: u32 = 8;

/// How large a picture is as it is coded, before its edges are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coded {
    pub width: u32,
    pub height: u32,
    /// 0 without colours, 1 with a quarter of the resolution, 2 with half, 3 with all of it.
    pub chroma: u32,
}

impl Coded {
    /// Samples of brightness and of both colours.
    pub fn samples(self) -> u64 {
        let pixels = u64::from(self.width).saturating_mul(self.height.into());
        let halves = match self.chroma {
            0 => 2,
            1 => 3,
            2 => 4,
            _ => 6,
        };
        pixels.saturating_mul(halves).div_ceil(2)
    }
}

/// Whether a parameter set says the size of the picture: it is of another kind or layer if not.
pub(super) fn says_size(set: &[u8]) -> bool {
    let Some([first, second]) = set.first_chunk() else { return false };
    (first >> 1) & 0x3f == SEQUENCE && (first & 1, second >> 3) == (0, 0)
}

/// The size that a parameter set says, if it can be read.
pub(super) fn size_in(set: &[u8]) -> Option<Coded> {
    read(&mut Bits::new(set.get(2..)?))
}

fn read(bits: &mut Bits) -> Option<Coded> {
    bits.take(4)?;
    let layers = bits.take(3)?;
    bits.skip(1 + PROFILE + LEVEL)?;
    let mut more = 0_u32;
    for _ in 0..layers {
        let (profile, level) = (bits.take(1)?, bits.take(1)?);
        more =
            more.saturating_add(profile.saturating_mul(PROFILE)).saturating_add(level.saturating_mul(LEVEL));
    }
    if layers > 0 {
        bits.skip(8_u32.saturating_sub(layers).saturating_mul(2))?;
    }
    bits.skip(more)?;
    let _number = bits.code()?;
    let chroma = bits.code()?;
    if chroma == 3 {
        bits.take(1)?;
    }
    Some(Coded { chroma, width: bits.code()?, height: bits.code()? })
}

/// Bits from the highest of each byte to the lowest.
struct Bits {
    bytes: Vec<u8>,
    place: usize,
}

impl Bits {
    /// Without the bytes that only keep the data from looking like something else.
    fn new(escaped: &[u8]) -> Self {
        let (mut bytes, mut zeros) = (Vec::with_capacity(escaped.len()), 0_u32);
        for byte in escaped {
            if zeros >= 2 && *byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if *byte == 0 { zeros.saturating_add(1) } else { 0 };
            bytes.push(*byte);
        }
        Self { bytes, place: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.place / 8)?;
        let bit = byte.checked_shr(u32::try_from(7_usize.checked_sub(self.place % 8)?).ok()?)? & 1;
        self.place = self.place.checked_add(1)?;
        Some(bit.into())
    }

    fn take(&mut self, length: u32) -> Option<u32> {
        (0..length).try_fold(0_u32, |value, _| Some(value.checked_mul(2)? | self.bit()?))
    }

    fn skip(&mut self, length: u32) -> Option<()> {
        (0..length).try_for_each(|_| self.bit().map(|_| ()))
    }

    /// A number of Exp-Golomb: as many zeros as digits follow its first.
    fn code(&mut self) -> Option<u32> {
        let mut zeros = 0_u32;
        while self.bit()? == 0 {
            zeros = zeros.checked_add(1).filter(|zeros| *zeros <= 16)?;
        }
        (1_u32 << zeros).checked_sub(1)?.checked_add(self.take(zeros)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of the picture in `tests/captures/turned.heic`.
    const SET: &str = "42010103700000030090000003000003001ea030810596ea4929ae6e021a0c080000";

    fn set() -> Vec<u8> {
        let digits: Vec<char> = SET.chars().filter(char::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
            .collect()
    }

    #[test]
    fn the_size_is_that_before_the_edges_are_cut() {
        let coded = size_in(&set()).unwrap();
        assert_eq!(coded, Coded { width: 96, height: 64, chroma: 1 });
        assert_eq!(coded.samples(), 9_216);
    }

    #[test]
    fn other_kinds_and_layers_say_nothing_and_what_is_cut_says_no_size() {
        let mut other = set();
        other[0] = 0x44;
        assert!(says_size(&set()) && !says_size(&other));
        let mut above = set();
        above[1] |= 8;
        assert!(!says_size(&above) && !says_size(&set()[..1]));
        for length in 2..20 {
            assert_eq!(size_in(&set()[..length]), None, "{length}");
        }
    }
}
