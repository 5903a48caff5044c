//! A preview says what deciding says.

use domain::event::{Command, Fact};
use domain::preview::preview;
use domain::refusal::Refusal;
use domain::report::Report;
use domain::{Program, Request, decide};

/// Looks at a batch before it is decided, and compares.
pub fn agrees(program: &Program, asked: &Request) {
    let Command::BatchProposed(proposal) = &asked.command else { return };
    let shown = match preview(program, &proposal.payouts, Some(proposal.nonce), asked.at) {
        Ok(shown) => shown,
        Err(refusal) => {
            assert!(
                matches!(
                    refusal,
                    Refusal::NoSuchSubmission { .. } | Refusal::AmountTooLarge | Refusal::TooMany { .. }
                ),
                "{refusal}"
            );
            assert!(decide(program, asked).is_err());
            return;
        }
    };
    let mut against = shown.lines.iter().filter_map(|line| line.refusal.as_ref());
    match decide(program, asked) {
        Ok(event) => {
            assert_eq!(against.next(), None);
            let Fact::BatchProposed { outcome, .. } = &event.fact else { panic!("{event:?}") };
            assert_eq!(shown.total, outcome.total);
            let mut after = program.clone();
            after.apply(&event.record().unwrap()).unwrap();
            for budget in &shown.budgets {
                assert_eq!(Report::of(&after, budget.period).as_ref(), Ok(budget));
            }
        }
        Err(
            refusal @ (Refusal::NotApproved { .. }
            | Refusal::AlreadyBatched { .. }
            | Refusal::PayoutDiffers { .. }
            | Refusal::ObjectionPeriod { .. }
            | Refusal::AddressCooling { .. }),
        ) => assert_eq!(against.next(), Some(&refusal)),
        Err(_) => {}
    }
}
