//! Requirement B.1: what may be allotted, at every corner and for every whole number of LPT.

use domain::command::{Actor, Allot, Allotment};
use domain::decide;
use domain::refusal::Refusal;
use domain::report::Report;
use domain::value::{Amount, PeriodNumber};

use crate::common::*;

/// Allots the lead's 500 and the three ranges in one event.
fn plan(bounties: &str, marketing: &str, operations: &str) -> Allot {
    allot(&[("lead", "500"), ("bounties", bounties), ("marketing", marketing), ("operations", operations)])
}

#[test]
fn the_corners_of_the_full_plan_pass_and_everything_beyond_is_refused() {
    let accepted = [
        ("100", "50", "25"),
        ("125", "100", "25"),
        ("150", "75", "25"),
        ("100", "100", "50"),
        ("150", "50", "50"),
        ("125", "75", "50"),
        // One line below its floor passes while what it lacks stays unallotted.
        ("99", "100", "50"),
        ("150", "49", "50"),
        ("124", "100", "25"),
        ("0", "0", "0"),
    ];
    let refused = [
        (("150", "100", "25"), "over_cap", "25 LPT over the 750 cap"),
        (("125", "100", "50"), "over_cap", "25 LPT over the 750 cap"),
        (("150", "100", "50"), "over_cap", "50 LPT over the 750 cap"),
        (("126", "100", "25"), "over_cap", "1 LPT over the 750 cap"),
        (("125", "100", "25.000000000000000001"), "over_cap", "0.000000000000000001 LPT over the 750 cap"),
        (("100", "50", "51"), "above_ceiling", "51 LPT for operations is above its ceiling of 50 LPT"),
        (("150", "100", "51"), "above_ceiling", "51 LPT for operations is above its ceiling of 50 LPT"),
        (("151", "50", "25"), "above_ceiling", "151 LPT for bounties is above its ceiling of 150 LPT"),
        (("100", "101", "25"), "above_ceiling", "101 LPT for marketing is above its ceiling of 100 LPT"),
        (
            ("150", "100", "0"),
            "floor_needed",
            "this leaves 0 LPT unallotted, and other categories' floors still need 25 LPT",
        ),
        (
            ("150", "76", "24"),
            "floor_needed",
            "this leaves 0 LPT unallotted, and other categories' floors still need 1 LPT",
        ),
    ];

    for (bounties, marketing, operations) in accepted {
        let mut ledger = started();
        ledger.does(LEAD, plan(bounties, marketing, operations));
    }
    for ((bounties, marketing, operations), code, message) in refused {
        let refusal = started().refuses(LEAD, plan(bounties, marketing, operations));
        assert_eq!((refusal.code(), refusal.to_string().as_str()), (code, message));
    }
    println!("count: budget vectors {}", accepted.len() + refused.len());
}

#[test]
fn of_67626_whole_lpt_plans_exactly_48126_are_accepted() {
    let ledger = started();
    let lead = Actor::Member(member_number(LEAD));
    let whole = |lpt: u32| Amount::LPT.checked_mul(lpt).unwrap();
    let (mut tried, mut accepted, mut full) = (0_u32, 0_u32, 0_u32);

    for bounties in 100..=150 {
        for marketing in 50..=100 {
            for operations in 25..=50 {
                let lines = [
                    ("lead", 500),
                    ("bounties", bounties),
                    ("marketing", marketing),
                    ("operations", operations),
                ];
                let allotments = lines
                    .map(|(category, lpt)| Allotment { amount: whole(lpt), category: slug(category) })
                    .to_vec();
                let asked = Allot { allotments, period: PeriodNumber::FIRST, reason: None };
                let sum = 500 + bounties + marketing + operations;
                tried += 1;
                match decide(&ledger.program, &request(lead, asked, ledger.now)) {
                    Ok(_) => {
                        assert!(sum <= 750);
                        accepted += 1;
                        full += u32::from(sum == 750);
                    }
                    Err(refusal) => {
                        let (excess, cap) = (whole(sum - 750), whole(750));
                        assert_eq!(refusal, Refusal::OverCap { excess, cap });
                    }
                }
            }
        }
    }

    println!("count: budget plans tried {tried}");
    println!("count: budget plans accepted {accepted}");
    println!("count: budget plans of exactly 750 LPT {full}");
    assert_eq!((tried, accepted, full), (67_626, 48_126, 1_001));
}

#[test]
fn in_steps_of_25_lpt_14_of_18_plans_pass() {
    let mut accepted = Vec::new();
    for bounties in ["100", "125", "150"] {
        for marketing in ["50", "75", "100"] {
            for operations in ["25", "50"] {
                if started().ask(LEAD, plan(bounties, marketing, operations)).is_ok() {
                    accepted.push((bounties, marketing, operations));
                }
            }
        }
    }

    assert_eq!(accepted.len(), 14);
    // Two lines at their ceilings need the third at its floor; bounties and marketing never fit together.
    let beside = |plan| accepted.contains(&plan);
    assert!(beside(("150", "50", "50")) && !beside(("150", "75", "50")));
    assert!(beside(("100", "100", "50")) && !beside(("125", "100", "50")));
    assert!(!beside(("150", "100", "25")));
}

#[test]
fn bounties_below_their_floor_pass_only_while_what_they_lack_stays_unallotted() {
    let mut ledger = started();
    ledger.does(LEAD, plan("99", "100", "50"));
    assert_eq!(ledger.balance("1/unallotted"), "1");
    let mut ledger = started();
    ledger.does(LEAD, change_cap("749"));

    let refusal = ledger.refuses(LEAD, plan("99", "100", "50"));

    assert_eq!(
        refusal.to_string(),
        "this leaves 0 LPT unallotted, and other categories' floors still need 1 LPT"
    );
}

#[test]
fn allotments_move_between_lines_in_one_event_even_when_nothing_is_unallotted() {
    let mut ledger = started();
    ledger.does(LEAD, plan("150", "50", "50"));
    assert_eq!(ledger.balance("1/unallotted"), "0");

    ledger.does(LEAD, allot(&[("marketing", "75"), ("bounties", "125")]));

    assert_eq!(
        ledger.moved(),
        ["1/unallotted -> 1/marketing/available 25", "1/bounties/available -> 1/unallotted 25"]
    );
    assert_eq!(ledger.balance("1/unallotted"), "0");
}

#[test]
fn a_line_is_lowered_to_what_is_promised_and_not_below() {
    let mut ledger = pilot();
    ledger.approved(ANA, "marketing", "20");
    ledger.posts(bounty("marketing", "5", 2));

    let refusal = ledger.refuses(LEAD, allot(&[("marketing", "29.999999999999999999"), ("bounties", "100")]));
    // Below the floor: allowed, while what the floor lacks stays unallotted.
    ledger.does(LEAD, allot(&[("marketing", "30")]));

    assert_eq!(
        refusal.to_string(),
        "marketing has 30 LPT promised or paid already: it can be at most 20 LPT lower, not 29.999999999999999999 LPT"
    );
    assert_eq!(ledger.balance("1/marketing/available"), "0");
    assert_eq!(ledger.balance("1/unallotted"), "70");
    let blocked = ledger.refuses(LEAD, allot(&[("bounties", "150"), ("operations", "50.5")]));
    assert_eq!(blocked.code(), "above_ceiling");
}

#[test]
fn the_report_keeps_the_original_allotment_beside_the_one_in_force() {
    let mut ledger = pilot();
    ledger.does(LEAD, allot(&[("marketing", "80")]));
    ledger.approved(ANA, "marketing", "20");

    let report = Report::of(&ledger.program, PeriodNumber::FIRST).unwrap();

    let marketing = report.lines[2];
    assert_eq!((marketing.original, marketing.allotment), (amount("50"), amount("80")));
    assert_eq!((marketing.encumbered, marketing.available), (amount("20"), amount("60")));
    assert_eq!((marketing.permille_used(), marketing.excess()), (Some(250), Some(Amount::ZERO)));
    assert_eq!(report.unallotted, amount("20"));
    assert_eq!(report.total(|line| line.allotment), Some(amount("730")));
}

#[test]
fn periods_together_stay_within_the_programs_cap() {
    let mut charter = charter();
    charter.cap = amount("1500");
    let mut ledger = Ledger::open(&charter).unwrap();
    ledger.does(LEAD, period("750", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"));

    let refusal = ledger.refuses(LEAD, period("751", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"));
    ledger.does(LEAD, period("750", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"));

    assert_eq!(refusal.to_string(), "1 LPT over the program's 1500 cap");
    assert_eq!(ledger.moved(), ["2/authority -> 2/unallotted 750"]);
}
