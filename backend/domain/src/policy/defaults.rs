//! The values that a program is offered: those of the pilot.

use crate::payday::Payday;
use crate::value::{Amount, Count};
use crate::words::{SignedVotes, Weekday, YesNo};

use super::{LaneRules, Lanes, Policy};

const DAY: u32 = 24;
const WEEK: Count = days(7);

const fn days(count: u32) -> Count {
    Count::new(count.saturating_mul(DAY))
}

const fn lpt(count: u128) -> Amount {
    Amount::from_wei(count.saturating_mul(Amount::LPT.wei()))
}

/// As many rejections decide as approvals do.
const fn lane(approvals: u32, outside: u32, objection_hours: Count) -> LaneRules {
    let decide = Count::new(approvals);
    LaneRules { approvals: decide, objection_hours, outside: Count::new(outside), rejections: decide }
}

impl Default for Policy {
    /// The pilot's values, without the two that each program says for itself: nobody's share of a category is
    /// limited, and nobody decides alone.
    fn default() -> Self {
        Self {
            address_changed_hours: days(2),
            address_unproven_hours: days(2),
            alternate_hours: WEEK,
            appeal_hours: WEEK,
            batch_lines: Count::new(20),
            challenge_hours: days(3),
            claim_credits: Count::ZERO,
            claim_grace_hours: days(5),
            cooldown_hours: Count::ZERO,
            decision_grace_hours: days(12),
            decision_hours: days(5),
            evidence_up: YesNo::Yes,
            hold_hours: WEEK,
            invite_hours: WEEK,
            lanes: Lanes {
                lead: lane(2, 2, WEEK),
                normal: lane(2, 1, days(2)),
                retro: lane(2, 2, WEEK),
                small: lane(1, 1, days(1)),
            },
            lead_pay_hours: WEEK,
            notice_hours: WEEK,
            observation_hours: days(1),
            open_claims: Count::new(12),
            open_joining: YesNo::No,
            payday: Payday {
                batch_on: Weekday::Friday,
                claims_by: Weekday::Sunday,
                every_weeks: Count::new(1),
                votes_by: Weekday::Wednesday,
            },
            person_shares: Vec::new(),
            probe_limit: lpt(10),
            renewal_hours: WEEK,
            retro_limit: lpt(25),
            sample_at_least: Count::new(3),
            sample_one_in: Count::new(4),
            signed_votes: SignedVotes::Offered,
            single_handed_hours: None,
            slot_hours: days(5),
            small_limit: lpt(5),
            small_person_limit: lpt(10),
        }
    }
}
