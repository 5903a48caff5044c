//! Caps that change, ranges that change, money that moves between lines.

use domain::report::{Change, Report};
use domain::value::{Amount, PeriodNumber};

use crate::common::*;

/// Closes period 1, in which nobody claims anything.
fn after_the_period(ledger: &mut Ledger) {
    ledger.now = at("2026-04-06T00:00:00Z");
}

#[test]
fn a_cap_is_lowered_to_what_allotments_and_floors_need_and_not_below() {
    let mut ledger = pilot();

    let below = ledger.refuses(LEAD, change_cap("699.5"));
    ledger.does(LEAD, change_cap("700"));

    assert_eq!(below.to_string(), "0.5 LPT over the 699.5 cap");
    assert_eq!(ledger.moved(), ["1/unallotted -> 1/authority 50"]);
    assert_eq!(ledger.balance("1/unallotted"), "0");
    // A line below its floor needs the rest unallotted.
    let mut ledger = pilot();
    ledger.does(LEAD, allot(&[("bounties", "90"), ("marketing", "50")]));
    let starved = ledger.refuses(LEAD, change_cap("674"));
    assert_eq!(
        starved.to_string(),
        "this leaves 9 LPT unallotted, and other categories' floors still need 10 LPT"
    );
    ledger.does(LEAD, change_cap("675"));
}

#[test]
fn lowering_an_allotment_takes_a_reason_and_raising_one_does_not() {
    let mut ledger = pilot();
    let unexplained = |lines: &[(&str, &str)]| domain::command::Allot { reason: None, ..allot(lines) };

    let refusal = ledger.refuses(LEAD, unexplained(&[("marketing", "60"), ("bounties", "115")]));
    ledger.does(LEAD, unexplained(&[("marketing", "60")]));
    ledger.does(LEAD, allot(&[("marketing", "50"), ("bounties", "115")]));

    assert_eq!(refusal.code(), "reason_needed");
    assert_eq!(refusal.to_string(), "bounties would be lowered from 125 LPT to 115 LPT: say why");
}

#[test]
fn a_moved_allotment_releases_a_waiting_claim() {
    let mut ledger = pilot();
    let stickers = ledger.files(ANA, claim(&ledger, ANA, "marketing", "60"));
    assert_eq!(ledger.approves(stickers), "agreed");

    ledger.does(LEAD, move_allotment("bounties", "marketing", "10"));

    assert_eq!(ledger.moved(), ["1/bounties/available -> 1/marketing/available 10"]);
    assert_eq!(ledger.program.due(), Some(submission_number(stickers)));
    ledger.ask_as_system(approve_waiting(stickers)).unwrap();
    assert_eq!(ledger.state(stickers), "approved");
    assert_eq!(ledger.balance("1/marketing/available"), "0");
}

#[test]
fn a_move_counts_as_a_new_version_of_both_allotments_and_keeps_the_first() {
    let mut ledger = pilot();

    ledger.does(LEAD, move_allotment("bounties", "marketing", "15"));
    ledger.does(LEAD, move_allotment("marketing", "operations", "5"));

    let report = Report::of(&ledger.program, PeriodNumber::FIRST).unwrap();
    let shown: Vec<_> = report.lines[1..]
        .iter()
        .map(|line| format!("{} {} {} {}", line.category, line.original, line.amended(), line.allotment))
        .collect();
    assert_eq!(shown, ["bounties 125 -15 110", "marketing 50 10 60", "operations 25 5 30"]);
    let period = ledger.program.period(PeriodNumber::FIRST).unwrap();
    let versions =
        ["bounties", "marketing", "operations"].map(|name| period.given(slug(name)).unwrap().version);
    assert_eq!(versions, [2, 3, 2]);
    assert_eq!(report.lines[0].amended(), Change { lowered: false, amount: Amount::ZERO });
}

#[test]
fn a_move_keeps_ceilings_floors_and_what_is_promised() {
    let mut ledger = pilot();
    ledger.approved(ANA, "bounties", "50");
    ledger.does(LEAD, allot(&[("marketing", "90"), ("operations", "35")]));
    let refused = |ask| ledger.clone().refuses(LEAD, ask).to_string();

    assert_eq!(
        refused(move_allotment("bounties", "marketing", "11")),
        "101 LPT for marketing is above its ceiling of 100 LPT"
    );
    assert_eq!(
        refused(move_allotment("bounties", "operations", "15.5")),
        "50.5 LPT for operations is above its ceiling of 50 LPT"
    );
    ledger.does(LEAD, move_allotment("marketing", "bounties", "25"));
    let refused = |ask| ledger.clone().refuses(LEAD, ask).to_string();
    assert_eq!(
        refused(move_allotment("operations", "marketing", "11")),
        "this leaves 0 LPT unallotted, and other categories' floors still need 1 LPT"
    );
    assert_eq!(
        refused(move_allotment("bounties", "operations", "15.5")),
        "50.5 LPT for operations is above its ceiling of 50 LPT"
    );
    ledger.posts(bounty("marketing", "65", 1));
    assert_eq!(
        ledger.refuses(LEAD, move_allotment("marketing", "operations", "1")).to_string(),
        "marketing has 0 LPT available, and 1 LPT is needed: 1 LPT is missing"
    );
}

#[test]
fn ranges_change_while_every_open_period_keeps_to_them() {
    let mut ledger = pilot();

    let tight = ledger.refuses(LEAD, change_limits(None, &[category("bounties", "100", "124")]));
    let unfunded = ledger.refuses(LEAD, change_limits(None, &[category("marketing", "100.5", "120")]));
    ledger.does(
        LEAD,
        change_limits(None, &[category("bounties", "125", "125"), category("travel", "0", "40")]),
    );

    assert_eq!(
        tight.to_string(),
        "bounties was given 125 LPT in period 1: its ceiling cannot be 124 LPT while it has that"
    );
    assert_eq!(
        unfunded.to_string(),
        "period 1 has 50 LPT unallotted, and these floors would need 50.5 LPT there"
    );
    let above = ledger.refuses(LEAD, allot(&[("bounties", "126")]));
    assert_eq!(above.to_string(), "126 LPT for bounties is above its ceiling of 125 LPT");
    ledger.does(LEAD, allot(&[("travel", "40")]));
    let names: Vec<String> =
        ledger.program.categories().iter().map(|category| category.slug.to_string()).collect();
    assert_eq!(names, ["lead", "bounties", "marketing", "operations", "travel"]);
    assert_eq!(ledger.program.charter().categories.len(), 4);
    let paid = ledger.approved(ANA, "travel", "30");
    assert_eq!(ledger.state(paid), "approved");
}

#[test]
fn the_programs_cap_carries_what_periods_hold_and_what_lapsed_comes_back() {
    let mut ledger = pilot();
    ledger.approved(ANA, "marketing", "20");
    let low = ledger.refuses(LEAD, change_limits(Some("749"), &[]));
    after_the_period(&mut ledger);
    let full = ledger.refuses(LEAD, period("675", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));

    ledger.does(LEAD, close_period());

    assert_eq!(low.to_string(), "1 LPT over the program's 749 cap");
    assert_eq!(full.to_string(), "675 LPT over the program's 750 cap");
    // 20 LPT stay owed; 680 lapsed, 50 were unallotted.
    assert_eq!(ledger.program.held(), Some(amount("20")));
    let over = ledger.refuses(LEAD, period("731", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));
    assert_eq!(over.to_string(), "1 LPT over the program's 750 cap");
    ledger.does(LEAD, period("730", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));
    ledger.does(LEAD, change_limits(Some("751"), &[]));
}

#[test]
fn a_closed_period_keeps_the_ranges_it_was_held_to() {
    let mut ledger = pilot();
    ledger.approved(ANA, "marketing", "20");
    after_the_period(&mut ledger);
    ledger.does(LEAD, close_period());

    ledger
        .does(LEAD, change_limits(None, &[category("marketing", "5", "10"), category("travel", "0", "40")]));

    let report = Report::of(&ledger.program, PeriodNumber::FIRST).unwrap();
    assert_eq!(report.lines.len(), 4);
    assert_eq!((report.lines[2].floor, report.lines[2].ceiling), (amount("50"), amount("100")));
}
