use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use thiserror::Error;

use super::{Count, as_json_string};

const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// A moment in UTC, counted in microseconds since 1970 (what PostgreSQL keeps).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text or a number is not a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimestampError {
    #[error("a time is RFC 3339, such as 2026-03-14T18:00:00Z")]
    Malformed,
    #[error("a time lies between the years 1970 and 9999")]
    OutOfRange,
}

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Outside the years 1970 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, TimestampError> {
        const END: i64 = 253_402_300_800_000_000;
        if (0..END).contains(&micros) { Ok(Self(micros)) } else { Err(TimestampError::OutOfRange) }
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This moment and `hours` more, or the last moment of the year 9999.
    pub fn plus_hours(self, hours: Count) -> Self {
        let later =
            i64::from(hours.get()).checked_mul(MICROS_PER_HOUR).and_then(|step| self.0.checked_add(step));
        later.and_then(|micros| Self::from_micros(micros).ok()).unwrap_or(Self(253_402_300_799_999_999))
    }

    /// This moment less `hours`, or the first moment of 1970.
    pub fn minus_hours(self, hours: Count) -> Self {
        let earlier =
            i64::from(hours.get()).checked_mul(MICROS_PER_HOUR).and_then(|step| self.0.checked_sub(step));
        earlier.and_then(|micros| Self::from_micros(micros).ok()).unwrap_or(Self(0))
    }

    /// Reads the one spelling that events use: 27 characters, six decimals, `Z`.
    pub(crate) fn from_event_text(text: &str) -> Result<Self, TimestampError> {
        let moment = read_exactly(text.as_bytes()).ok_or(TimestampError::Malformed)?;
        Self::from_micros(moment.timestamp_micros())
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError::Malformed)?;
        Self::from_micros(moment.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment: DateTime<Utc> = DateTime::from_timestamp_micros(self.0).ok_or(fmt::Error)?;
        let parts = [
            u32::try_from(moment.year()).map_err(|_| fmt::Error)?,
            moment.month(),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second(),
            moment.timestamp_subsec_micros(),
        ];
        // From the last digit to the first; what is not a digit in the pattern stands as it is.
        let mut text = *PATTERN;
        let mut parts = parts.iter().rev();
        let mut part = 0;
        let mut within = false;
        for place in text.iter_mut().rev() {
            if *place != b'0' {
                within = false;
                continue;
            }
            if !within {
                part = *parts.next().ok_or(fmt::Error)?;
                within = true;
            }
            *place = b'0'.wrapping_add(u8::try_from(part.rem_euclid(10)).map_err(|_| fmt::Error)?);
            part = part.div_euclid(10);
        }
        formatter.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The one spelling that events use; each 0 stands for a digit.
const PATTERN: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";

/// A moment in exactly that spelling.
fn read_exactly(text: &[u8]) -> Option<DateTime<Utc>> {
    let mut parts = [0_u32; 7];
    let mut filling = parts.iter_mut();
    let mut part = filling.next()?;
    if text.len() != PATTERN.len() {
        return None;
    }
    for (byte, expected) in text.iter().zip(PATTERN) {
        match (byte, expected) {
            (b'0'..=b'9', b'0') => {
                *part = part.checked_mul(10)?.checked_add(u32::from(byte.checked_sub(b'0')?))?;
            }
            (b'Z', b'Z') => {}
            (byte, expected) if byte == expected => part = filling.next()?,
            _ => return None,
        }
    }
    let [year, month, day, hour, minute, second, micros] = parts;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_micro_opt(hour, minute, second, micros)?.and_utc())
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

as_json_string!(Timestamp, read: Timestamp::from_event_text, write: |moment: &Timestamp| *moment,
    packed: i64, pack: |moment: &Timestamp| moment.0, unpack: |micros| Timestamp::from_micros(micros).ok());

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_moment_is_spelled_as_rfc_3339_says_and_read_back(micros in 0_i64..253_402_300_800_000_000) {
            let moment = Timestamp(micros);
            let published = DateTime::from_timestamp_micros(micros).unwrap();
            prop_assert_eq!(moment.to_string(), published.to_rfc3339_opts(SecondsFormat::Micros, true));
            prop_assert_eq!(Timestamp::from_event_text(&moment.to_string()), Ok(moment));
        }

        /// Days and hours that do not exist are no moments, and there is no second spelling of one.
        #[test]
        fn what_is_read_is_what_would_be_written(text in "[0-9]{3}[0-9a-]-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-6][0-9]:[0-6][0-9].[0-9]{6}[Zz0]") {
            match Timestamp::from_event_text(&text) {
                Ok(moment) => prop_assert_eq!(moment.to_string(), text),
                Err(_) => prop_assert!(text.parse::<Timestamp>().map_or(true, |moment| moment.to_string() != text)),
            }
        }
    }

    #[test]
    fn events_have_one_spelling_of_a_moment() {
        let moment: Timestamp = "2026-03-14T19:00:00.5+01:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-03-14T18:00:00.500000Z");
        assert_eq!(Timestamp::from_event_text("2026-03-14T18:00:00.500000Z"), Ok(moment));
        for text in
            ["2026-03-14T18:00:00Z", "2026-03-14T18:00:00.5Z", "2026-03-14T19:00:00.500000+01:00", "now"]
        {
            assert!(Timestamp::from_event_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hours_are_added_up_to_the_end_of_time() {
        let moment: Timestamp = "2026-03-14T18:00:00Z".parse().unwrap();
        assert_eq!(moment.plus_hours(Count::new(48)).to_string(), "2026-03-16T18:00:00.000000Z");
        assert_eq!(moment.plus_hours(Count::new(u32::MAX)).to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!("1969-12-31T23:59:59Z".parse::<Timestamp>(), Err(TimestampError::OutOfRange));
    }
}
