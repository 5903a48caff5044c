//! Refusals of the budget in motion: caps, limits, moves, periods that close, fundings that are withdrawn.

use domain::command::{Allot, Category, ChangeCap, ClosePeriod, MoveAllotment};
use domain::event::Command;
use domain::refusal::{Refusal, Remedy};
use domain::value::{Amount, PeriodNumber, Seq};

use super::{Case, case};
use crate::common::*;

const HUGE: Amount = Amount::from_wei(u128::MAX);

fn asked(command: impl Into<Command>) -> Refusal {
    pilot().refuses(LEAD, command)
}

/// Asked in period 2, which there is not.
fn elsewhere() -> PeriodNumber {
    PeriodNumber::new(2).unwrap()
}

/// The pilot with its period closed.
fn closed() -> Ledger {
    let mut ledger = pilot();
    ledger.now = at("2026-04-06T00:00:00Z");
    ledger.does(LEAD, close_period());
    ledger
}

pub(super) fn cases() -> Vec<Case> {
    [on_allotments(), on_caps(), on_limits(), on_closing(), on_fundings()].into_iter().flatten().collect()
}

fn on_allotments() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("reason_needed", AskDifferently, "from 125 LPT to 115 LPT: say why", || {
            asked(Allot { reason: None, ..allot(&[("bounties", "115")]) })
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            closed().refuses(LEAD, allot(&[("bounties", "130")]))
        }),
        case("zero_amount", AskDifferently, "at least", || {
            asked(move_allotment("bounties", "marketing", "0"))
        }),
        case("no_such_period", AskForSomethingElse, "no period 2", || {
            asked(MoveAllotment { period: elsewhere(), ..move_allotment("bounties", "marketing", "1") })
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            closed().refuses(LEAD, move_allotment("bounties", "marketing", "1"))
        }),
        case("no_such_category", AskForSomethingElse, "no category travel", || {
            asked(move_allotment("bounties", "travel", "1"))
        }),
        case("repeated", AskDifferently, "from and to names something twice", || {
            asked(move_allotment("bounties", "bounties", "1"))
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            asked(MoveAllotment { amount: HUGE, ..move_allotment("bounties", "marketing", "1") })
        }),
        case("above_ceiling", AskDifferently, "101 LPT for marketing", || {
            asked(move_allotment("bounties", "marketing", "51"))
        }),
        case("over_budget", AskWhenThingsChange, "operations has 25 LPT available, and 26 LPT", || {
            asked(move_allotment("operations", "marketing", "26"))
        }),
        case("floor_needed", AskDifferently, "leaves 0 LPT unallotted", || {
            let mut ledger = pilot();
            ledger.does(LEAD, allot(&[("bounties", "150"), ("marketing", "75")]));
            ledger.refuses(LEAD, move_allotment("operations", "marketing", "1"))
        }),
    ]
}

fn on_caps() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("zero_amount", AskDifferently, "at least", || asked(change_cap("0"))),
        case("no_such_period", AskForSomethingElse, "no period 2", || {
            asked(ChangeCap { period: elsewhere(), ..change_cap("800") })
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            closed().refuses(LEAD, change_cap("700"))
        }),
        case("nothing_changes", AskDifferently, "nothing would change", || asked(change_cap("750"))),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            // Beside what another period holds.
            let mut ledger = pilot();
            ledger.does(LEAD, change_limits(Some("1500"), &[]));
            ledger.does(LEAD, period("675", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"));
            ledger.refuses(LEAD, ChangeCap { cap: HUGE, ..change_cap("1") })
        }),
        case("over_program_cap", AskDifferently, "50 LPT over the program's 750 cap", || {
            asked(change_cap("800"))
        }),
        case("over_cap", AskDifferently, "1 LPT over the 699 cap", || asked(change_cap("699"))),
        case("floor_needed", AskDifferently, "leaves 9 LPT unallotted", || {
            let mut ledger = pilot();
            ledger.does(LEAD, allot(&[("bounties", "90")]));
            ledger.refuses(LEAD, change_cap("674"))
        }),
    ]
}

fn on_limits() -> Vec<Case> {
    use Remedy::{AskDifferently, AskWhenThingsChange};
    vec![
        case("zero_amount", AskDifferently, "at least", || asked(change_limits(Some("0"), &[]))),
        case("repeated", AskDifferently, "categories names something twice", || {
            asked(change_limits(None, &[category("travel", "0", "1"), category("travel", "0", "2")]))
        }),
        case("too_many", AskDifferently, "categories has at most 16", || {
            let named = |n| category(&format!("c{n}"), "0", "1");
            asked(change_limits(None, &(0..13).map(named).collect::<Vec<Category>>()))
        }),
        case("nothing_changes", AskDifferently, "nothing would change", || asked(change_limits(None, &[]))),
        case("nothing_changes", AskDifferently, "nothing would change", || {
            asked(change_limits(Some("750"), &[category("bounties", "100", "150")]))
        }),
        case("floor_above_ceiling", AskDifferently, "travel: the floor of 2 LPT", || {
            asked(change_limits(None, &[category("travel", "2", "1")]))
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            let vast = Category { ceiling: HUGE, ..category("travel", "0", "1") };
            asked(change_limits(None, &[vast]))
        }),
        case("floors_above_cap", AskDifferently, "676 LPT, over the cap of 675.5 LPT", || {
            asked(change_limits(Some("675.5"), &[category("travel", "1", "1")]))
        }),
        case("over_program_cap", AskDifferently, "10 LPT over the program's 740 cap", || {
            asked(change_limits(Some("740"), &[]))
        }),
        case(
            "ceiling_below_allotment",
            AskWhenThingsChange,
            "bounties was given 125 LPT in period 1",
            || asked(change_limits(None, &[category("bounties", "100", "120")])),
        ),
        case(
            "floors_unfunded",
            AskWhenThingsChange,
            "50 LPT unallotted, and these floors would need 51",
            || asked(change_limits(None, &[category("travel", "51", "60")])),
        ),
    ]
}

fn on_closing() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("no_such_period", AskForSomethingElse, "no period 2", || {
            asked(ClosePeriod { period: elsewhere(), ..close_period() })
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            closed().refuses(LEAD, close_period())
        }),
        case("period_runs", AskWhenThingsChange, "until 2026-04-06", || asked(close_period())),
        case("undecided_claims", AskWhenThingsChange, "period 1 has 1 undecided claims", || {
            let mut ledger = pilot();
            ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
            ledger.now = at("2026-04-06T00:00:00Z");
            ledger.refuses(LEAD, close_period())
        }),
        case("bounty_promises", AskWhenThingsChange, "bounty 1 of period 1 still promises 20 LPT", || {
            let mut ledger = pilot();
            ledger.posts(bounty("marketing", "20", 1));
            ledger.now = at("2026-04-06T00:00:00Z");
            ledger.refuses(LEAD, close_period())
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            closed().refuses(LEAD, bounty("marketing", "20", 1))
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            let mut ledger = closed();
            let claim = claim(&ledger, ANA, "marketing", "5");
            ledger.refuses(ANA, claim)
        }),
    ]
}

fn on_fundings() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("no_such_funding", AskForSomethingElse, "event 3 recorded no funding", || {
            pilot().refuses(TREASURER, withdraw_funding(Seq::new(3)))
        }),
        case("funding_withdrawn", AskWhenThingsChange, "was withdrawn already", || {
            let mut ledger = pilot();
            let event = ledger.program.size();
            ledger.does(TREASURER, funding(&ledger, "750"));
            ledger.does(TREASURER, withdraw_funding(event));
            ledger.refuses(TREASURER, withdraw_funding(event))
        }),
        case(
            "funding_needed",
            AskWhenThingsChange,
            "the Safe has 730 LPT beside what batches pay: 20",
            || {
                let mut ledger = pilot();
                let paid = ledger.approved(ANA, "marketing", "20");
                ledger.wait(50);
                let event = ledger.program.size();
                ledger.proposes(&[paid]);
                ledger.refuses(TREASURER, withdraw_funding(event))
            },
        ),
    ]
}
