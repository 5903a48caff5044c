//! Programs like the pilot, with other waiting times, quorums and limits.

use domain::command::OpenProgram;
use domain::policy::LaneRules;
use domain::value::{Amount, Count};
use domain::words::{SignedVotes, YesNo};

use super::rng::Rng;
use crate::common::{amount, charter};

/// A program like the pilot, for several periods.
pub fn any(rng: &mut Rng) -> OpenProgram {
    let mut charter = charter();
    charter.cap = amount("3000");
    if rng.percent(50) {
        for category in &mut charter.categories {
            category.floor = Amount::ZERO;
        }
    }
    let policy = &mut charter.policy;
    policy.evidence_up = YesNo::from(rng.percent(50));
    policy.notice_hours = Count::new(rng.of([0, 0, 48, 168]));
    policy.address_changed_hours = Count::new(rng.of([0, 12, 48]));
    policy.address_unproven_hours = Count::new(rng.of([0, 0, 24]));
    policy.batch_lines = Count::new(rng.of([1, 3, 20]));
    policy.claim_grace_hours = Count::new(rng.of([0, 120, 500]));
    policy.decision_grace_hours = Count::new(500 + rng.small(100));
    policy.observation_hours = Count::new(rng.of([12, 100]));
    policy.open_claims = Count::new(rng.of([4, 12]));
    policy.person_shares[0].percent = Count::new(rng.of([40, 100]));
    policy.alternate_hours = Count::new(rng.of([0, 24, 168]));
    policy.invite_hours = Count::new(rng.of([24, 2_000]));
    policy.open_joining = YesNo::from(rng.percent(50));
    policy.sample_at_least = Count::new(rng.of([0, 3]));
    policy.sample_one_in = Count::new(rng.of([0, 1, 4]));
    policy.signed_votes = *rng.pick(SignedVotes::ALL).expect("there are words");
    policy.single_handed_hours = rng.of([None, Some(0), Some(24)]).map(Count::new);
    policy.retro_limit = amount(rng.of(["25", "200"]));
    let lanes = &mut policy.lanes;
    for lane in [&mut lanes.lead, &mut lanes.normal, &mut lanes.retro, &mut lanes.small] {
        *lane = any_lane(rng);
    }
    charter
}

fn any_lane(rng: &mut Rng) -> LaneRules {
    let approvals = 1 + rng.small(2);
    LaneRules {
        approvals: Count::new(approvals),
        objection_hours: Count::new(rng.of([0, 0, 24])),
        outside: Count::new(1 + rng.small(approvals)),
        rejections: Count::new(1 + rng.small(2)),
    }
}
