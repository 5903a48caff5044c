//! A batch looked at before it is proposed.

use std::collections::BTreeSet;

use domain::command::{FileSubmission, ObserveSafe};
use domain::preview::{Payee, Preview, Warning, preview};
use domain::refusal::Refusal;
use domain::value::{Address, Amount, Count, Seq};

use domain::words::Role;

use crate::common::*;

/// A look at a batch of these submissions.
fn look(ledger: &Ledger, submissions: &[u32]) -> Result<Preview, Refusal> {
    preview(&ledger.program, &batch(ledger, submissions).payouts, None, ledger.now)
}

fn codes(shown: &Preview) -> Vec<&'static str> {
    shown.warnings.iter().map(Warning::code).collect()
}

/// Ana's and Ben's claims, approved and past their objection period.
fn payable() -> Ledger {
    let mut ledger = pilot();
    ledger.approved(ANA, "marketing", "20");
    ledger.approved(BEN, "bounties", "40");
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 5, "750"));
    ledger
}

#[test]
fn it_shows_every_line_in_order_the_total_and_the_budget_after_it() {
    let ledger = payable();

    let shown = look(&ledger, &[2, 1]).unwrap();

    let lines: Vec<_> =
        shown.lines.iter().map(|line| (line.claimant.get(), line.category.as_str())).collect();
    assert_eq!(lines, [(BEN, "bounties"), (ANA, "marketing")]);
    assert!(shown.lines.iter().all(|line| line.state == "approved" && line.refusal.is_none()));
    assert_eq!(shown.total, amount("60"));
    let [budget] = shown.budgets.as_slice() else { panic!("{:?}", shown.budgets) };
    let after: Vec<_> = budget.lines.iter().map(|line| (line.encumbered, line.inflight)).collect();
    let moved = |lpt| (Amount::ZERO, amount(lpt));
    assert_eq!(after, [moved("0"), moved("40"), moved("20"), moved("0")]);
    assert_eq!(ledger.balance("1/bounties/inflight"), "0", "nothing moved");
}

#[test]
fn each_line_says_what_stands_against_it_alone() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    let young = ledger.approved(CLEO, "marketing", "6");
    let undecided = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "1"));

    let shown = look(&ledger, &[2, 1, young, undecided]).unwrap();

    let against: Vec<_> = shown.lines.iter().map(|line| line.refusal.as_ref().map(Refusal::code)).collect();
    assert_eq!(against, [None, Some("already_batched"), Some("objection_period"), Some("not_approved")]);
    // What is approved would be in flight, the rest stays where it is.
    let marketing = &shown.budgets[0].lines[2];
    assert_eq!((marketing.inflight, marketing.encumbered), (amount("26"), Amount::ZERO));
    let missing = preview(&ledger.program, &batch_of_a_missing_claim(&ledger), None, ledger.now);
    assert!(matches!(missing, Err(Refusal::NoSuchSubmission { .. })), "{missing:?}");
}

fn batch_of_a_missing_claim(ledger: &Ledger) -> Vec<domain::command::Payout> {
    let mut payouts = batch(ledger, &[1]).payouts;
    payouts[0].submission = submission_number(99);
    payouts
}

#[test]
fn a_payee_is_new_known_or_changed_since_the_last_batch_that_paid_the_person() {
    let mut ledger = payable();
    assert_eq!(look(&ledger, &[1]).unwrap().lines[0].payee, Payee::New);
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(ANA, record_address(address(0x77)));
    let elsewhere = FileSubmission { payee: address(0x77), ..claim(&ledger, ANA, "marketing", "6") };
    let changed = ledger.files(ANA, elsewhere);
    ledger.approves(changed);
    let known = ledger.approved(ANA, "marketing", "7");

    let shown = look(&ledger, &[changed, known, 2]).unwrap();

    let payees = [0, 1, 2].map(|line: usize| shown.lines[line].payee);
    assert_eq!(payees, [Payee::Changed { last: address(7) }, Payee::Known, Payee::New]);
    assert_eq!(payees.each_ref().map(Payee::name), ["changed", "known", "new"]);

    // Once a batch paid there, it is the address of the last time, and the first one has changed.
    ledger.wait(96);
    ledger.does(TREASURER, observation(&ledger, 5, "750"));
    ledger.does(TREASURER, batch(&ledger, &[changed]));
    assert_eq!(look(&ledger, &[known]).unwrap().lines[0].payee, Payee::Changed { last: address(0x77) });
}

#[test]
fn it_warns_of_whatever_signers_should_know() {
    let mut ledger = payable();
    let usual = ["demo", "attested_observation"];
    assert_eq!(codes(&look(&ledger, &[1]).unwrap()), [usual[0], usual[1], "unproven_payee"]);

    let observation = observation(&ledger, 5, "750");
    let [guard, module] = [address(0xb1), address(0xb2)];
    ledger.does(
        TREASURER,
        ObserveSafe { guard: Some(guard), modules: vec![module], threshold: Count::new(1), ..observation },
    );
    ledger.does(TREASURER, batch(&ledger, &[1]));
    // The same first and last four digits as Ben's 0x0808….
    let mut twin = *address(8).bytes();
    twin[9] = 1;
    let payee = Address::from_bytes(twin);
    ledger.does(CLEO, record_address(payee));
    let number = ledger.files(CLEO, FileSubmission { payee, ..claim(&ledger, CLEO, "marketing", "6") });
    ledger.approves(number);

    let shown = look(&ledger, &[2, number]).unwrap();

    let safe = ["threshold_one", "guard", "module", "earlier_nonces"];
    let lines = ["unproven_payee", "unproven_payee", "twin_payee"];
    assert_eq!(codes(&shown), [&usual[..], &safe, &lines].concat());
    let told: Vec<String> = shown.warnings.iter().map(ToString::to_string).collect();
    assert!(told[3].contains(&guard.to_string()) && told[4].contains(&module.to_string()), "{told:?}");
    assert!(told[5].contains("batches wait on: 1"), "{told:?}");
    assert!(told[8].contains(&address(8).to_string()), "{told:?}");
    assert_eq!(shown.warnings[8].facts()[0], ("submission", number.to_string()));
    let beside = candidate(&ledger, 5, &[1, 2]);
    let beside = preview(&ledger.program, &beside.payouts, Some(Seq::new(5)), ledger.now).unwrap();
    assert_eq!(codes(&beside)[5], "beside_others");
    assert_eq!(beside.lines.iter().filter(|line| line.refusal.is_some()).count(), 0);
    // One is told when a program opens, and not of a batch.
    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    ledger.does(LEAD, revoke(SECOND_OUTSIDE, Role::Reviewer));
    let short = domain::preview::short_of_reviewers(&ledger.program);
    assert!(
        short[0].to_string().starts_with("lane lead takes 2 approvals, 2 of them from outside"),
        "{short:?}"
    );
    let short = short.iter().map(Warning::code);
    let met: BTreeSet<&str> = codes(&shown).into_iter().chain(codes(&beside)).chain(short).collect();
    let declared: BTreeSet<&str> = Warning::TABLE.iter().map(|(code, _)| *code).collect();
    assert_eq!(met, declared, "a warning without a case");
}

#[test]
fn it_shows_a_batch_before_the_safe_was_ever_observed() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "20");

    let shown = look(&ledger, &[number]).unwrap();

    assert_eq!(codes(&shown), ["demo", "unproven_payee"]);
    assert_eq!(shown.budgets[0].lines[2].inflight, amount("20"));
}
