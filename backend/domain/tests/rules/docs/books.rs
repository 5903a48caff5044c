//! `docs/ledger.md`: its worked example is played here, and written into the page between two marks.

use std::fmt::Write;

use domain::report::Report;
use domain::value::{Amount, PeriodNumber};

use super::{hold, place};
use crate::common::*;

const PAGE: &str = "docs/ledger.md";
const BEGIN: &str =
    "<!-- the worked example: written by a test, see backend/domain/tests/rules/docs/books.rs -->\n";
const END: &str = "<!-- the end of the worked example -->\n";

/// The steps of the example, each with the movements it posts, and the balances at the end.
struct Example {
    ledger: Ledger,
    page: String,
}

impl Example {
    /// Notes what the last event posted.
    fn step(&mut self, what: &str) {
        let moved = self.ledger.moved();
        for (line, movement) in moved.iter().enumerate() {
            let (accounts, amount) = movement.rsplit_once(' ').unwrap();
            let (from, to) = accounts.split_once(" -> ").unwrap();
            let what = if line == 0 { what } else { "" };
            writeln!(self.page, "| {what} | `{from}` | `{to}` | {amount} |").unwrap();
        }
        if moved.is_empty() {
            writeln!(self.page, "| {what} | – | – | – |").unwrap();
        }
    }
}

fn example() -> Example {
    let page = String::from("| what happens | debit | credit | LPT |\n|---|---|---|---|\n");
    let mut example = Example { ledger: opened(), page };
    let ledger = &mut example.ledger;
    for person in [ANA, BEN, CLEO] {
        ledger.does(person, record_address(address(u8::try_from(person).unwrap())));
    }
    ledger.does(LEAD, period("750", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"));
    example.step("period 1 opens with a cap of 750");

    let ledger = &mut example.ledger;
    ledger.now = at("2026-03-02T09:00:00Z");
    ledger.does(
        LEAD,
        allot(&[("lead", "500"), ("bounties", "125"), ("marketing", "50"), ("operations", "25")]),
    );
    example.step("the lead allots 500, 125, 50 and 25");

    example.ledger.does(TREASURER, funding(&example.ledger, "750"));
    example.step("the funder sends 750 to the Safe");

    let offer = example.ledger.posts(bounty("bounties", "20", 2));
    example.step("a bounty offers 20 for each of 2 slots");

    let hosted = example.ledger.files(ANA, bounty_claim(&example.ledger, ANA, offer, "15"));
    example.step("Ana claims 15 for it");
    assert_eq!(example.ledger.approves(hosted), "approved");
    example.step("the second reviewer approves: a slot is used, 5 return");

    let receipt = example.ledger.files(BEN, claim(&example.ledger, BEN, "marketing", "28.5"));
    assert_eq!(example.ledger.approves(receipt), "approved");
    example.step("Ben's receipt of 28.5 is approved");

    let stickers = example.ledger.files(CLEO, claim(&example.ledger, CLEO, "marketing", "24"));
    assert_eq!(example.ledger.approves(stickers), "agreed");
    example.step("Cleo's 24 are agreed: 21.5 are available, 2.5 are missing");

    example.ledger.does(LEAD, allot(&[("marketing", "60")]));
    example.step("marketing is given 60 instead of 50");
    example.ledger.ask_as_system(approve_waiting(stickers)).unwrap();
    example.step("the ledger approves what waited");

    example.ledger.wait(50);
    example.ledger.does(TREASURER, observation(&example.ledger, 0, "750"));
    example.ledger.does(TREASURER, batch(&example.ledger, &[hosted, receipt]));
    example.step("a batch is to pay Ana and Ben");

    example.ledger.does(TREASURER, executed(1));
    example.step("the Safe executes it");

    example.ledger.does(TREASURER, refund(&example.ledger, receipt, "3.5"));
    example.step("Ben sends 3.5 back: the receipt was wrong");
    example.balances();
    example
}

impl Example {
    fn balances(&mut self) {
        let report = Report::of(&self.ledger.program, PeriodNumber::FIRST).unwrap();
        self.page.push_str("\nWhere the 750 LPT then are:\n\n");
        self.page
            .push_str("| category | allotted | expended | in flight | encumbered | reserved | available |\n");
        self.page.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
        for line in &report.lines {
            writeln!(
                self.page,
                "| {} | {} | {} | {} | {} | {} | {} |",
                line.category,
                line.allotment,
                line.expended,
                line.inflight,
                line.encumbered,
                line.reserved,
                line.available
            )
            .unwrap();
        }
        let total = |column: fn(&domain::report::Line) -> Amount| report.total(column).unwrap();
        let totals = [
            total(|line| line.allotment),
            total(|line| line.expended),
            total(|line| line.inflight),
            total(|line| line.encumbered),
            total(|line| line.reserved),
            total(|line| line.available),
        ];
        write!(self.page, "| **together** |").unwrap();
        for total in totals {
            write!(self.page, " **{total}** |").unwrap();
        }
        let buckets = Amount::sum(totals[1..].iter().copied()).unwrap();
        assert_eq!(buckets, totals[0]);
        let cap = buckets.checked_add(report.unallotted).unwrap();
        assert_eq!(cap, report.cap);
        write!(
            self.page,
            "\n\nI2: {} unallotted + {} + {} + {} + {} + {} = {cap}, the cap.\n",
            report.unallotted, totals[1], totals[2], totals[3], totals[4], totals[5]
        )
        .unwrap();
        let [safe, contributed] = ["safe", "contributed"].map(|account| self.ledger.balance(account));
        writeln!(
            self.page,
            "\nThe Safe holds {safe}: {contributed} that came in, less {} expended, which is what was paid less what came back.",
            totals[1]
        )
        .unwrap();
    }
}

#[test]
fn the_worked_example_in_the_page_about_the_books_is_what_the_rules_post() {
    let page = std::fs::read_to_string(place(PAGE)).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();

    hold(PAGE, &format!("{before}{BEGIN}\n{}\n{END}{after}", example().page));
}
