use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
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

    /// Reads the one spelling that events use: 27 characters, six decimals, `Z`.
    pub(crate) fn from_event_text(text: &str) -> Result<Self, TimestampError> {
        let moment: Self = text.parse()?;
        if moment.to_string() == text { Ok(moment) } else { Err(TimestampError::Malformed) }
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
        formatter.write_str(&moment.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
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
