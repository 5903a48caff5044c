//! When people are paid: what is claimed in time is decided in time, and batched on a day that is promised.
//!
//! Nothing is refused for it: it tells everybody when to look.

use serde::{Deserialize, Serialize};

use crate::value::{Count, Timestamp};
use crate::words::Weekday;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// 1970-01-05, the first Monday that is counted.
const FIRST_MONDAY: i64 = 4;
const DAYS_PER_WEEK: i64 = 7;

/// The days of a week, in UTC, by whose end something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payday {
    pub batch_on: Weekday,
    pub claims_by: Weekday,
    /// 1 for every week, 2 for every other, counted from the Monday 1970-01-05; never 0.
    pub every_weeks: Count,
    pub votes_by: Weekday,
}

/// One payday, and by when what it pays was claimed and decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// The first moment at which a claim is too late for it.
    pub claims_until: Timestamp,
    /// The first moment at which a decision is too late for it.
    pub votes_until: Timestamp,
    /// The first moment of its day.
    pub batch_on: Timestamp,
}

impl Payday {
    /// The first payday whose day is not over.
    pub fn next(&self, now: Timestamp) -> Option<Dates> {
        let today = now.micros().checked_div(MICROS_PER_DAY)?;
        let week = today.checked_sub(FIRST_MONDAY)?.div_euclid(DAYS_PER_WEEK);
        // No policy has 0: there would be no payday.
        let every = i64::from(self.every_weeks.get());
        let wait = every.checked_sub(week.checked_rem_euclid(every)?)?.checked_rem_euclid(every)?;
        let payday = |week: i64| {
            let monday = week.checked_mul(DAYS_PER_WEEK)?.checked_add(FIRST_MONDAY)?;
            monday.checked_add(place(self.batch_on))
        };
        let first = week.checked_add(wait)?;
        let day = match payday(first)? {
            day if day < today => payday(first.checked_add(every)?)?,
            day => day,
        };
        // The last such days before it.
        let votes = before(day, self.votes_by)?;
        let claims = before(votes, self.claims_by)?;
        Some(Dates { claims_until: end_of(claims)?, votes_until: end_of(votes)?, batch_on: start_of(day)? })
    }
}

/// How many days after Monday.
fn place(day: Weekday) -> i64 {
    (0..).zip(Weekday::ALL).find(|(_, known)| **known == day).map_or(0, |(place, _)| place)
}

/// The last such day of the week before another day, counted from 1970-01-01.
fn before(day: i64, wanted: Weekday) -> Option<i64> {
    let weekday = day.checked_sub(FIRST_MONDAY)?.rem_euclid(DAYS_PER_WEEK);
    let back =
        weekday.checked_sub(place(wanted))?.checked_sub(1)?.rem_euclid(DAYS_PER_WEEK).checked_add(1)?;
    day.checked_sub(back)
}

fn start_of(day: i64) -> Option<Timestamp> {
    Timestamp::from_micros(day.checked_mul(MICROS_PER_DAY)?).ok()
}

fn end_of(day: i64) -> Option<Timestamp> {
    start_of(day.checked_add(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(every_weeks: u32, now: &str) -> [String; 3] {
        let (claims_by, votes_by, batch_on) = (Weekday::Sunday, Weekday::Wednesday, Weekday::Friday);
        let payday = Payday { batch_on, claims_by, every_weeks: Count::new(every_weeks), votes_by };
        let Dates { claims_until, votes_until, batch_on } = payday.next(now.parse().unwrap()).unwrap();
        [claims_until, votes_until, batch_on].map(|moment| moment.to_string()[..10].to_owned())
    }

    #[test]
    fn what_is_claimed_by_sunday_and_decided_by_wednesday_is_batched_on_friday() {
        // 2026-03-06 is a Friday.
        for now in ["2026-02-28T00:00:00Z", "2026-03-02T12:00:00Z", "2026-03-06T23:59:59Z"] {
            assert_eq!(dates(1, now), ["2026-03-02", "2026-03-05", "2026-03-06"], "{now}");
        }
        assert_eq!(dates(1, "2026-03-07T00:00:00Z"), ["2026-03-09", "2026-03-12", "2026-03-13"]);
    }

    #[test]
    fn every_other_week_is_the_same_week_for_everybody() {
        let one = dates(2, "2026-03-07T00:00:00Z");
        let other = dates(2, "2026-03-14T12:00:00Z");
        assert_eq!(one, other);
        assert_eq!(one, ["2026-03-16", "2026-03-19", "2026-03-20"]);
        assert_eq!(dates(2, "2026-03-21T00:00:00Z")[2], "2026-04-03");
    }

    #[test]
    fn days_of_one_name_lie_a_week_apart() {
        let day = Weekday::Friday;
        let payday = Payday { batch_on: day, claims_by: day, every_weeks: Count::new(1), votes_by: day };
        let Dates { claims_until, votes_until, batch_on } =
            payday.next("2026-03-06T12:00:00Z".parse().unwrap()).unwrap();
        let days = [claims_until, votes_until, batch_on].map(|moment| moment.to_string()[..10].to_owned());
        assert_eq!(days, ["2026-02-21", "2026-02-28", "2026-03-06"]);
    }
}
