//! The life of a period: planned, open, evaluating, closed.

use domain::command::{
    Allot, ChangeLimits, ClosePeriod, FileSubmission, ReviseSubmission, WithdrawSubmission,
};
use domain::refusal::Refusal;
use domain::report::Report;
use domain::value::{Amount, Count, PeriodNumber};
use domain::words::{Choice, Ground, PeriodState};

use crate::common::*;

/// The first moment at which period 1 of the pilot can be closed: claims were taken for 120 hours after its end.
fn closable(ledger: &mut Ledger) {
    ledger.now = at("2026-04-06T00:00:00Z");
}

#[test]
fn a_period_is_planned_open_evaluating_and_closed() {
    let mut ledger = started();
    let state =
        |ledger: &Ledger, moment| ledger.program.period(PeriodNumber::FIRST).unwrap().state(at(moment));

    assert_eq!(state(&ledger, "2026-02-28T23:59:59.999999Z"), PeriodState::Planned);
    assert_eq!(state(&ledger, "2026-03-01T00:00:00Z"), PeriodState::Open);
    assert_eq!(state(&ledger, "2026-03-31T23:59:59.999999Z"), PeriodState::Open);
    assert_eq!(state(&ledger, "2026-04-01T00:00:00Z"), PeriodState::Evaluating);
    closable(&mut ledger);
    ledger.does(LEAD, close_period());
    assert_eq!(state(&ledger, "2026-04-06T00:00:00Z"), PeriodState::Closed);

    let period = ledger.program.period(PeriodNumber::FIRST).unwrap();
    let policy = ledger.program.policy_at(ledger.now);
    assert_eq!(period.claims_until(policy), at("2026-04-06T00:00:00Z"));
    assert_eq!(period.decisions_until(policy), at("2026-04-13T00:00:00Z"));
    assert_eq!(period.renewal_due(policy), at("2026-03-25T00:00:00Z"));
}

#[test]
fn closing_a_period_lapses_what_is_available_and_returns_what_is_unallotted() {
    let mut ledger = pilot();
    ledger.approved(ANA, "marketing", "20");
    closable(&mut ledger);

    ledger.does(LEAD, close_period());

    assert_eq!(
        ledger.moved(),
        [
            "1/lead/available -> 1/lead/lapsed 500",
            "1/bounties/available -> 1/bounties/lapsed 125",
            "1/marketing/available -> 1/marketing/lapsed 30",
            "1/operations/available -> 1/operations/lapsed 25",
            "1/unallotted -> 1/authority 50",
        ]
    );
    assert_eq!(ledger.balance("1/authority"), "700");
    let report = Report::of(&ledger.program, PeriodNumber::FIRST).unwrap();
    assert_eq!((report.cap, report.unallotted), (amount("750"), Amount::ZERO));
    assert_eq!(report.total(|line| line.lapsed), Some(amount("680")));
    let marketing = report.lines[2];
    assert_eq!((marketing.allotment, marketing.lapsed), (amount("50"), amount("30")));
    assert_eq!(marketing.floor_shortfall(), Some(amount("30")));
    assert_eq!(marketing.excess(), Some(Amount::ZERO));
}

#[test]
fn a_period_with_an_undecided_claim_does_not_close() {
    let mut ledger = pilot();
    let waiting = ledger.files(ANA, claim(&ledger, ANA, "marketing", "60"));
    let sent_back = ledger.files(BEN, claim(&ledger, BEN, "marketing", "20"));
    let spam = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "20"));
    assert_eq!(ledger.approves(waiting), "agreed");
    ledger.votes(OUTSIDE, sent_back, Choice::NeedsChanges);
    closable(&mut ledger);

    let three = ledger.refuses(LEAD, close_period());
    for reviewer in [OUTSIDE, SECOND_OUTSIDE] {
        ledger.votes(reviewer, spam, Choice::Reject);
    }
    let two = ledger.refuses(LEAD, close_period());
    ledger.does(LEAD, allot(&[("marketing", "60")]));
    ledger.ask_as_system(approve_waiting(waiting)).unwrap();
    let one = ledger.refuses(LEAD, close_period());
    ledger.does(BEN, revision(&ledger, sent_back, "10"));
    for reviewer in [OUTSIDE, SECOND_OUTSIDE] {
        ledger.votes(reviewer, sent_back, Choice::Reject);
    }

    assert_eq!(three.to_string(), "period 1 has 3 undecided claims: decide them first");
    assert_eq!(two.to_string(), "period 1 has 2 undecided claims: decide them first");
    assert_eq!(one.to_string(), "period 1 has 1 undecided claims: decide them first");
    ledger.does(LEAD, close_period());
}

#[test]
fn a_period_closes_when_nobody_may_claim_in_it_any_more() {
    let mut ledger = pilot();
    for moment in ["2026-03-31T12:00:00Z", "2026-04-01T00:00:00Z", "2026-04-05T23:59:59.999999Z"] {
        ledger.now = at(moment);
        let refusal = ledger.refuses(LEAD, close_period());
        assert_eq!(
            refusal.to_string(),
            "period 1 takes claims until 2026-04-06T00:00:00.000000Z: it can be closed then"
        );
    }
    closable(&mut ledger);

    ledger.does(LEAD, close_period());
}

#[test]
fn a_period_whose_bounty_still_promises_something_does_not_close() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "20", 2));
    ledger.posts(bounty("marketing", "5", 1));
    closable(&mut ledger);

    let refusal = ledger.refuses(LEAD, close_period());

    assert_eq!(
        refusal.to_string(),
        format!("bounty {offer} of period 1 still promises 40 LPT: close it first")
    );
}

#[test]
fn an_obligation_of_a_closed_period_stays_in_it() {
    let mut ledger = pilot();
    let stickers = ledger.approved(ANA, "marketing", "20");
    let flyers = ledger.approved(BEN, "marketing", "10");
    ledger.wait(50);
    ledger.proposes(&[flyers]);
    closable(&mut ledger);
    ledger.does(LEAD, close_period());
    ledger.does(LEAD, period("700", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));

    ledger.does(TREASURER, observation(&ledger, 0, "750"));
    ledger.does(TREASURER, batch(&ledger, &[stickers]));

    assert_eq!(ledger.moved(), ["1/marketing/encumbered -> 1/marketing/inflight 20"]);
    assert_eq!(ledger.balance("1/marketing/inflight"), "30");
    assert_eq!(ledger.balance("1/authority"), "700");
    assert_eq!(ledger.program.held(), Some(amount("730")));
}

#[test]
fn nothing_new_happens_in_a_closed_period() {
    let mut ledger = pilot();
    closable(&mut ledger);
    let late = claim(&ledger, ANA, "marketing", "5");
    ledger.does(LEAD, close_period());
    ledger.now = at("2026-03-20T00:00:00Z").max(ledger.now);

    let refusals = [
        ledger.refuses(LEAD, close_period()),
        ledger.refuses(LEAD, allot(&[("marketing", "60")])),
        ledger.refuses(LEAD, move_allotment("bounties", "marketing", "5")),
        ledger.refuses(LEAD, change_cap("760")),
        ledger.refuses(LEAD, bounty("marketing", "5", 1)),
        ledger.refuses(ANA, late),
    ];

    for refusal in refusals {
        assert_eq!(
            refusal.to_string(),
            "period 1 is closed: what is owed in it is paid, and nothing else changes"
        );
    }
}

#[test]
fn claims_of_the_next_period_do_not_keep_the_last_one_open() {
    let mut charter = charter();
    charter.cap = amount("1500");
    charter.policy.claim_grace_hours = Count::ZERO;
    let mut ledger = Ledger::open(&charter).unwrap();
    ledger.does(ANA, record_address(address(7)));
    ledger.does(LEAD, period("750", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"));
    ledger.does(LEAD, period("750", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"));
    ledger.now = at("2026-04-01T00:00:00Z");
    let second = PeriodNumber::new(2).unwrap();
    ledger.files(ANA, FileSubmission { period: second, ..claim(&ledger, ANA, "marketing", "5") });

    ledger.does(LEAD, close_period());

    let refusal = ledger.refuses(LEAD, ClosePeriod { period: second, ..close_period() });
    assert_eq!(refusal.code(), "period_runs");
}

#[test]
fn an_approval_given_up_or_taken_back_after_the_close_lapses() {
    let mut ledger = pilot();
    let one = ledger.approved(ANA, "marketing", "20");
    let two = ledger.approved(BEN, "marketing", "10");
    closable(&mut ledger);
    ledger.does(LEAD, close_period());

    ledger.does(ANA, reopen(one));
    assert_eq!(ledger.moved(), ["1/marketing/encumbered -> 1/marketing/lapsed 20"]);
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, reverse(two));
    }
    assert_eq!(ledger.moved(), ["1/marketing/encumbered -> 1/marketing/lapsed 10"]);
}

#[test]
fn a_claim_reopened_after_the_close_names_an_open_period_and_is_paid_there() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 1));
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    ledger.approves(hosted);
    closable(&mut ledger);
    ledger.does(LEAD, close_period());
    ledger.does(ANA, reopen(hosted));
    let reason = digest("a second month");
    ledger.does(LEAD, ChangeLimits { cap: Some(amount("1500")), categories: Vec::new(), reason });
    ledger.does(LEAD, period("700", "2026-04-06T00:00:00Z", "2026-05-01T00:00:00Z"));
    let april = PeriodNumber::new(2).unwrap();
    let given = Allot { period: april, ..allot(&[("bounties", "100")]) };
    ledger.does(LEAD, given);

    let late = revision(&ledger, hosted, "10");
    assert_eq!(ledger.refuses(ANA, late.clone()).code(), "period_closed");
    // What it asked in the closed period makes no room in the open one: 40 percent of 100 are Ana's there.
    ledger.now = at("2026-04-06T09:00:00Z");
    let other = ledger.files(ANA, FileSubmission { period: april, ..claim(&ledger, ANA, "bounties", "35") });
    let there = ReviseSubmission { period: Some(april), ..late.clone() };
    assert_eq!(ledger.refuses(ANA, there).code(), "over_person_share");
    ledger.does(ANA, withdraw(other));
    ledger.does(ANA, ReviseSubmission { period: Some(april), ..late });
    assert_eq!(ledger.approves(hosted), "approved");

    assert_eq!(ledger.moved(), ["2/bounties/available -> 2/bounties/encumbered 10"]);
    assert_eq!(ledger.balance("1/bounties/encumbered"), "0");

    // There it can be rejected and appealed for like any other: its slot is still its own.
    ledger.does(ANA, reopen(hosted));
    let again = revision(&ledger, hosted, "8");
    ledger.does(ANA, again);
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, rejection(&ledger, reviewer, hosted, Ground::Proof));
    }
    ledger.does(ANA, appeal(hosted));
    assert_eq!(ledger.approves(hosted), "approved");
    assert_eq!(ledger.moved(), ["2/bounties/available -> 2/bounties/encumbered 8"]);
}

/// A claimant who never answers, and money that never comes, keep no period open for ever.
#[test]
fn a_lead_ends_what_no_vote_can_end_once_decisions_are_overdue() {
    let mut ledger = pilot();
    let approved = ledger.approved(CLEO, "marketing", "5");
    let silent = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let fresh = ledger.files(BEN, claim(&ledger, BEN, "marketing", "10"));
    ledger.does(OUTSIDE, vote(&ledger, OUTSIDE, silent, Choice::NeedsChanges));
    let waiting = ledger.files(BEN, claim(&ledger, BEN, "operations", "26"));
    ledger.approves(waiting);
    assert_eq!(ledger.state(waiting), "agreed");
    let ends = |number| WithdrawSubmission {
        reason: digest("Nobody answers."),
        submission: submission_number(number),
    };
    let theirs = |number| Refusal::NotYourClaim { submission: submission_number(number) };

    ledger.now = at("2026-04-12T23:59:59.999999Z");
    assert_eq!(ledger.refuses(LEAD, ends(silent)), theirs(silent));
    ledger.now = at("2026-04-13T00:00:00Z");
    assert_eq!(ledger.refuses(LEAD, ends(fresh)), theirs(fresh), "reviewers can decide it");
    assert_eq!(ledger.refuses(TREASURER, ends(silent)), theirs(silent));
    for number in [silent, waiting] {
        ledger.does(LEAD, ends(number));
        assert_eq!(ledger.state(number), "withdrawn");
    }

    ledger.does(BEN, ends(fresh));
    ledger.does(LEAD, close_period());
    // What comes back after the close keeps nobody waiting: its claimant may name another period.
    ledger.does(CLEO, reopen(approved));
    assert_eq!(ledger.refuses(LEAD, ends(approved)), theirs(approved));
}
