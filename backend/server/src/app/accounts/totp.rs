//! Codes of a second factor: TOTP (RFC 6238) with SHA-1, steps of 30 seconds and six digits, as every
//! authenticator app takes it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use domain::value::Timestamp;
use zeroize::Zeroizing;

use crate::app::{Entropy, Error};

/// As long as SHA-1's output (RFC 4226, section 4).
pub(super) const LENGTH: usize = 20;
const STEP_MICROS: i64 = 30_000_000;
/// How many steps clocks may differ, before and after.
const LEEWAY_STEPS: i64 = 1;
const DIGITS: usize = 6;
/// The alphabet of RFC 4648, section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ISSUER: &str = "Bounty Ledger";

/// What an authenticator app and this server share. Never printed.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; LENGTH]>);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

impl TotpSecret {
    pub(super) fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// 160 bits that nobody can guess.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn draw() -> Result<Self, Error> {
        let drawn = Zeroizing::new(Entropy::System.secret()?);
        let mut bytes = [0; LENGTH];
        for (byte, drawn) in bytes.iter_mut().zip(drawn.iter()) {
            *byte = *drawn;
        }
        Ok(Self::from_bytes(bytes))
    }

    /// Reads a secret in Base32, or the `otpauth:` address that holds one. `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let written = match text.strip_prefix("otpauth://totp/") {
            Some(rest) => rest.split(['?', '&']).find_map(|part| part.strip_prefix("secret="))?,
            None => text,
        };
        from_base32(written)?.try_into().ok().map(Self::from_bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The secret as people type it.
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(base32(self.bytes()))
    }

    /// The address that authenticator apps read from a QR code.
    pub fn uri(&self, handle: &str) -> Zeroizing<String> {
        let issuer = ISSUER.replace(' ', "%20");
        let secret = self.base32();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{handle}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period=30",
            secret.as_str()
        ))
    }

    /// The code that an app shows at a moment.
    pub fn code_at(&self, now: Timestamp) -> String {
        self.code(step(now))
    }

    /// The step of which this is the code, around a moment; `None` if it is wrong.
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let now = step(now);
        let steps = now.saturating_sub(LEEWAY_STEPS)..=now.saturating_add(LEEWAY_STEPS);
        // All are compared, each in the same time.
        let fits = |step: &i64| verify_slices_are_equal(self.code(*step).as_bytes(), code.as_bytes()).is_ok();
        steps.filter(fits).max()
    }

    /// RFC 4226, section 5.3, with the number of the step as the counter.
    fn code(&self, step: i64) -> String {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.bytes());
        let tag = sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 15);
        let cut = tag.iter().skip(offset).take(4).fold(0_u32, |cut, byte| cut << 8 | u32::from(*byte));
        format!("{:0DIGITS$}", (cut & 0x7fff_ffff).rem_euclid(1_000_000))
    }
}

fn step(now: Timestamp) -> i64 {
    now.micros().div_euclid(STEP_MICROS)
}

/// Whether a text looks like a code of an app.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Bytes as letters, without padding; five bytes are eight letters.
pub(super) fn base32(bytes: &[u8]) -> String {
    let groups = bytes.chunks(5).flat_map(|group| {
        let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8_u32).rev().map(move |place| bits >> place.saturating_mul(5) & 31)
    });
    groups.filter_map(|digit| BASE32.get(usize::try_from(digit).ok()?).copied()).map(char::from).collect()
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|byte| *byte != b' ').map(|byte| {
        let place = BASE32.iter().position(|digit| *digit == byte.to_ascii_uppercase())?;
        u64::try_from(place).ok()
    });
    let digits: Vec<u64> = digits.collect::<Option<_>>()?;
    if digits.len().rem_euclid(8) != 0 {
        return None;
    }
    let groups = digits.chunks(8).map(|group| group.iter().fold(0_u64, |bits, digit| bits << 5 | digit));
    Some(groups.flat_map(|bits| bits.to_be_bytes().into_iter().skip(3)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(*b"12345678901234567890")
    }

    /// RFC 6238, appendix B, the rows of SHA-1: their last six of eight digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(rfc().code_at(at(seconds)), code[2..], "{seconds}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_first_codes_are_those_of_the_older_rfc() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (step, code) in (0..).zip(codes) {
            assert_eq!(rfc().code(step), code);
        }
    }

    #[test]
    fn a_code_is_good_one_step_before_and_after_its_own() {
        let code = rfc().code_at(at(59));
        let steps = [0, 29, 30, 59, 60, 89, 90].map(|seconds| rfc().step_of(&code, at(seconds)));
        assert_eq!(steps, [Some(1), Some(1), Some(1), Some(1), Some(1), Some(1), None]);
        for wrong in ["", "287083", "28708", "2870820", "94287082"] {
            assert_eq!(rfc().step_of(wrong, at(59)), None, "{wrong}");
        }
    }

    /// RFC 4648, section 10, where whole groups are encoded.
    #[test]
    fn a_secret_is_written_in_base_32() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(b""), "");
        let written = rfc().base32();
        assert_eq!(written.as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let read = |text: &str| TotpSecret::read(text).map(|secret| secret.bytes().to_vec());
        assert_eq!(read(&written), Some(rfc().bytes().to_vec()));
        assert_eq!(read(" gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n"), Some(rfc().bytes().to_vec()));
        assert_eq!(read(&rfc().uri("ada")), Some(rfc().bytes().to_vec()));
        for wrong in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", "otpauth://totp/x?digits=6", "ä"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nobody_reads_a_secret_in_a_log() {
        assert_eq!(format!("{:?}", rfc()), "***");
    }
}
