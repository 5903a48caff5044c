//! A second period of the story: its budget moves, and it closes.

use domain::command::{
    Allot, Allotment, Category, ChangeCap, ChangeLimits, ClosePeriod, MoveAllotment, OpenPeriod,
    RecordFunding, WithdrawFunding,
};
use domain::value::{Amount, Count, Digest, PeriodNumber};
use domain::words::{PeriodKind, Source};
use serde_json::json;

use super::Ledger;
use super::charter::{lpt, slug};
use super::story::{LEAD, TREASURER};

/// New limits and a period with a cap that changes, from its opening to its end.
pub fn april(ledger: &mut Ledger) {
    let period = PeriodNumber::new(2).unwrap();
    let reason = ledger.paper(&json!({"reason": "The first month went well."}));
    let travel = Category { ceiling: lpt("20"), floor: Amount::ZERO, slug: slug("travel") };
    ledger.does(LEAD, ChangeLimits { cap: Some(lpt("1500")), categories: vec![travel], reason });
    ledger.does(
        LEAD,
        OpenPeriod {
            cap: lpt("300"),
            ends_at: "2026-05-01T00:00:00Z".parse().unwrap(),
            kind: PeriodKind::Month,
            starts_at: "2026-04-01T00:00:00Z".parse().unwrap(),
        },
    );
    let allotments = vec![Allotment { amount: lpt("5"), category: travel.slug }];
    ledger.does(LEAD, Allot { allotments, period: PeriodNumber::FIRST, reason: None });
    for cap in ["320", "310"] {
        let reason = ledger.paper(&json!({"reason": format!("A cap of {cap}.")}));
        ledger.does(LEAD, ChangeCap { cap: lpt(cap), period, reason });
    }
    for travel in ["12", "10"] {
        let reason = ledger.paper(&json!({"reason": format!("{travel} for trains.")}));
        let line = |name, amount| Allotment { amount: lpt(amount), category: slug(name) };
        let allotments = vec![
            line("bounties", "120"),
            line("marketing", "50"),
            line("operations", "25"),
            line("travel", travel),
        ];
        ledger.does(LEAD, Allot { allotments, period, reason: Some(reason) });
    }
    let reason = ledger.paper(&json!({"reason": "=More trains"}));
    let (from, to) = (slug("bounties"), slug("travel"));
    ledger.does(LEAD, MoveAllotment { amount: lpt("5.5"), from, period, reason, to });
    let event = ledger.program.size();
    ledger.does(
        TREASURER,
        RecordFunding {
            amount: lpt("75"),
            log_index: Count::new(3),
            receipt: None,
            sender: None,
            source: Source::Attested,
            tx_hash: Digest::sha256(&[b"another program's funding"]),
        },
    );
    let reason = ledger.paper(&json!({"reason": "It went to another Safe."}));
    ledger.does(TREASURER, WithdrawFunding { event, reason: Some(reason) });
    ledger.now = "2026-05-06T00:00:00Z".parse().unwrap();
    let variance = ledger.paper(&json!({"reason": "Nobody came."}));
    ledger.does(LEAD, ClosePeriod { period, variance });
}
