//! Refusals of new revisions.

use domain::command::{FileSubmission, ReviseSubmission};
use domain::refusal::{Refusal, Remedy};
use domain::value::{Amount, Count, PeriodNumber};
use domain::words::{ClaimKind, Role};

use super::{Case, case};
use crate::common::*;

/// A revision of Ana's claim of 10 LPT on marketing, spoiled.
fn revised(spoil: fn(ReviseSubmission) -> ReviseSubmission) -> Refusal {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let revision = spoil(revision(&ledger, number, "9"));
    ledger.refuses(ANA, revision)
}

/// A revision of Ana's claim on a bounty of 20 LPT, spoiled.
fn revised_for_bounty(spoil: fn(ReviseSubmission) -> ReviseSubmission) -> Refusal {
    let mut ledger = pilot();
    let bounty = ledger.posts(bounty("bounties", "20", 1));
    let number = ledger.files(ANA, bounty_claim(&ledger, ANA, bounty, "20"));
    let revision = spoil(revision(&ledger, number, "20"));
    ledger.refuses(ANA, revision)
}

/// Ana's approved claim, which she gave up after its period was closed.
fn reopened_late() -> (Ledger, u32) {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "10");
    ledger.now = at("2026-04-06T00:00:00Z");
    ledger.does(LEAD, close_period());
    ledger.does(ANA, reopen(number));
    (ledger, number)
}

pub(super) fn cases() -> Vec<Case> {
    [on_standing(), on_values(), on_limits()].into_iter().flatten().collect()
}

fn on_standing() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            revised(|revision| ReviseSubmission { submission: submission_number(9), ..revision })
        }),
        case("not_your_claim", AskSomeoneElse, "belongs to somebody else", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
            let revision = revision(&ledger, number, "9");
            ledger.refuses(BEN, revision)
        }),
        case("already_decided", AskWhenThingsChange, "is approved: it is past", || {
            let mut ledger = pilot();
            let number = ledger.approved(ANA, "marketing", "10");
            let revision = revision(&ledger, number, "9");
            ledger.refuses(ANA, revision)
        }),
        case("lead_only", AskSomeoneElse, "only a lead claims pay", || {
            let mut ledger = pilot();
            ledger.wait(168);
            let number = ledger.files(LEAD, of_kind(ClaimKind::Lead, claim(&ledger, LEAD, "lead", "10")));
            ledger.does(LEAD, grant(ANA, Role::Lead));
            ledger.does(LEAD, revoke(LEAD, Role::Lead));
            let revision = revision(&ledger, number, "9");
            ledger.refuses(LEAD, revision)
        }),
    ]
}

fn on_values() -> Vec<Case> {
    use Remedy::{AskDifferently, AskWhenThingsChange};
    vec![
        case("period_stays", AskDifferently, "names period 1", || {
            revised(|revision| ReviseSubmission { period: PeriodNumber::new(2), ..revision })
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            let (mut ledger, number) = reopened_late();
            let revision = revision(&ledger, number, "9");
            ledger.refuses(ANA, revision)
        }),
        case("no_such_period", Remedy::AskForSomethingElse, "no period 2", || {
            let (mut ledger, number) = reopened_late();
            let revision =
                ReviseSubmission { period: PeriodNumber::new(2), ..revision(&ledger, number, "9") };
            ledger.refuses(ANA, revision)
        }),
        case("share_out_of_range", AskDifferently, "1 to 99 percent", || {
            revised(|revision| ReviseSubmission { share: Some(Count::ZERO), ..revision })
        }),
        case("zero_amount", AskDifferently, "at least", || {
            revised(|revision| ReviseSubmission { amount: Amount::ZERO, ..revision })
        }),
        case("above_ceiling", AskDifferently, "100.1 LPT for marketing is above its ceiling", || {
            revised(|revision| ReviseSubmission { amount: amount("100.1"), ..revision })
        }),
        case("bounty_mismatch", AskDifferently, "another period, category or function", || {
            revised_for_bounty(|revision| ReviseSubmission { function: slug("guest"), ..revision })
        }),
        case("over_reward", AskDifferently, "20.1 LPT is over the reward of 20 LPT of bounty 1", || {
            revised_for_bounty(|revision| ReviseSubmission { amount: amount("20.1"), ..revision })
        }),
        case("payee_not_yours", AskDifferently, "record it first", || {
            revised(|revision| ReviseSubmission { payee: address(8), ..revision })
        }),
        case("empty_list", AskDifferently, "evidence needs", || {
            revised(|revision| ReviseSubmission { evidence: vec![], ..revision })
        }),
        case("too_many", AskDifferently, "evidence has at most 10", || {
            revised(|revision| {
                let evidence = (0..11).map(|n| digest(&format!("link {n}"))).collect();
                ReviseSubmission { evidence, ..revision }
            })
        }),
        case("repeated", AskDifferently, "evidence names", || {
            revised(|revision| ReviseSubmission { evidence: vec![digest("one"), digest("one")], ..revision })
        }),
        case("evidence_used", AskWhenThingsChange, "already held by submission 1", || {
            let mut ledger = pilot();
            let first = claim(&ledger, ANA, "marketing", "10");
            ledger.files(ANA, first.clone());
            let number = ledger.files(BEN, claim(&ledger, BEN, "marketing", "10"));
            let revision = revision(&ledger, number, "10");
            ledger.refuses(BEN, ReviseSubmission { evidence: first.evidence, ..revision })
        }),
    ]
}

fn on_limits() -> Vec<Case> {
    use Remedy::AskDifferently;
    vec![
        case("over_person_share", AskDifferently, "50 LPT: with this one they would be 50.1 LPT", || {
            let mut ledger = pilot();
            ledger.files(ANA, claim(&ledger, ANA, "bounties", "30"));
            let number = ledger.files(ANA, claim(&ledger, ANA, "bounties", "20"));
            let revision = revision(&ledger, number, "20.1");
            ledger.refuses(ANA, revision)
        }),
        case("over_retro_limit", AskDifferently, "25 LPT: with this one they would be 26 LPT", || {
            let mut ledger = pilot();
            ledger.files(ANA, of_kind(ClaimKind::Retro, claim(&ledger, ANA, "marketing", "20")));
            let number = ledger.files(BEN, of_kind(ClaimKind::Retro, claim(&ledger, BEN, "marketing", "5")));
            let revision = revision(&ledger, number, "6");
            ledger.refuses(BEN, revision)
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            // A line without a limit for each person: their sum is still counted.
            let mut charter = charter();
            let vast = Amount::from_wei(u128::MAX / 2 + 1);
            charter.categories[2].ceiling = vast;
            let mut ledger = Ledger::open(&charter).unwrap();
            ledger.does(ANA, record_address(address(7)));
            ledger.does(LEAD, period("750", "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z"));
            let first = claim(&ledger, ANA, "marketing", "1");
            ledger.files(ANA, FileSubmission { amount: vast, ..first });
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
            let revision = revision(&ledger, number, "1");
            ledger.refuses(ANA, ReviseSubmission { amount: vast, ..revision })
        }),
    ]
}
