//! Every refusal code has a case that meets it, with the words a person reads.

mod budget;
mod chain;
mod claims;
mod decided;
mod disputes;
mod payouts;
mod people;
mod policies;
mod reading;
mod revising;
mod setup;

use std::collections::BTreeSet;

use domain::event::Kind;
use domain::refusal::{COMMON, Refusal, Remedy, codes_of};

use crate::common::met;

/// A way to meet one refusal.
struct Case {
    code: &'static str,
    remedy: Remedy,
    /// Part of the sentence that the person reads.
    says: &'static str,
    meet: fn() -> Refusal,
}

/// A case, in one line each.
fn case(code: &'static str, remedy: Remedy, says: &'static str, meet: fn() -> Refusal) -> Case {
    Case { code, remedy, says, meet }
}

fn cases() -> Vec<Case> {
    let all = [
        setup::cases(),
        budget::cases(),
        claims::cases(),
        disputes::cases(),
        decided::cases(),
        revising::cases(),
        payouts::cases(),
        chain::cases(),
        reading::cases(),
        policies::cases(),
        people::cases(),
    ];
    all.into_iter().flatten().collect()
}

#[test]
fn every_refusal_is_met_and_says_what_stands_in_the_way() {
    let cases = cases();

    for Case { code, remedy, says, meet } in &cases {
        let refusal = meet();
        assert_eq!(refusal.code(), *code, "{refusal}");
        assert_eq!(refusal.remedy(), *remedy, "{code}");
        assert!(refusal.to_string().contains(says), "{code} says: {refusal}");
    }

    let met: BTreeSet<&str> = cases.iter().map(|case| case.code).collect();
    let declared: BTreeSet<&str> = Refusal::CODES.iter().copied().collect();
    assert_eq!(met, declared, "codes without a case, or cases of no code");
    assert_eq!(declared.len(), Refusal::CODES.len(), "a code is declared twice");
    println!("count: refusal codes {}", declared.len());
    println!("count: refusal cases {}", cases.len());
}

#[test]
fn each_kind_of_command_has_a_case_for_every_refusal_listed_for_it_and_meets_no_other() {
    for case in cases() {
        (case.meet)();
    }

    let met: BTreeSet<_> = met().into_iter().filter(|(_, code)| !COMMON.contains(code)).collect();
    let pairs = Kind::ALL.iter().flat_map(|kind| codes_of(*kind).iter().map(|code| (*kind, *code)));
    let listed: BTreeSet<_> = pairs.clone().collect();

    let (unmet, unlisted): (Vec<_>, Vec<_>) =
        (listed.difference(&met).collect(), met.difference(&listed).collect());
    assert!(
        unmet.is_empty() && unlisted.is_empty(),
        "listed, never met: {unmet:?}; not listed: {unlisted:?}"
    );
    assert_eq!(pairs.count(), listed.len(), "a code is listed twice");
    println!("count: refusals by kind of command {}", listed.len());
}
