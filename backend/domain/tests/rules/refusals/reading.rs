//! Refusals of what the ledger itself reads on the chain, and of owners' signatures.

use domain::command::{
    ObserveSafe, ProposeBatch, RecordFunding, RecordSignature, WithdrawExecution, WithdrawFunding,
};
use domain::refusal::Remedy;
use domain::value::{BatchNumber, Seq};
use domain::words::{Consumption, FindingKind, Source, YesNo};

use super::{Case, case};
use crate::common::*;

/// Two claims of 20 LPT each, in batches 1 and 2 on nonces 0 and 1.
fn proposed() -> Ledger {
    let mut ledger = pilot();
    for person in [ANA, BEN] {
        ledger.approved(person, "marketing", "20");
    }
    ledger.wait(48);
    ledger.is_ready_to_pay();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, batch(&ledger, &[2]));
    ledger
}

/// The same, with a finding on nonce 0.
fn with_a_finding() -> Ledger {
    let mut ledger = proposed();
    ledger.reads(found(0, FindingKind::Elsewhere));
    ledger
}

pub(super) fn cases() -> Vec<Case> {
    [grounds(), adopting(), ending(), undoing(), reading(), signing_cases()].into_iter().flatten().collect()
}

fn grounds() -> Vec<Case> {
    use Remedy::{AskDifferently, AskWhenThingsChange};
    vec![
        case("ground_unfit", AskDifferently, "a member attests and says why", || {
            proposed().refuses(TREASURER, read_execution(1))
        }),
        case("ground_unfit", AskDifferently, "names the receipt", || proposed().misreads(executed(1))),
        case("unknown_funder", AskDifferently, "never sent a funding", || {
            let mut ledger = proposed();
            let receipt = Some(digest("a receipt"));
            let (sender, source) = (Some(address(0x99)), Source::Chain);
            let funding = RecordFunding { receipt, sender, source, ..funding(&ledger, "5") };
            ledger.misreads(funding)
        }),
        case("read_from_chain", AskWhenThingsChange, "nobody takes it back", || {
            let mut ledger = proposed();
            let seen = ObserveSafe { source: Source::Chain, ..observation(&ledger, 0, "750") };
            ledger.reads(seen);
            let corrects = Some(ledger.last_event());
            let corrected = ObserveSafe { corrects, ..observation(&ledger, 1, "750") };
            ledger.refuses(TREASURER, corrected)
        }),
    ]
}

fn adopting() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("no_such_batch", AskForSomethingElse, "no batch 9", || {
            let mut ledger = proposed();
            let adopted = ProposeBatch { adopts: BatchNumber::new(9), ..candidate(&ledger, 0, &[1]) };
            ledger.refuses(TREASURER, adopted)
        }),
        case("lines_differ", AskDifferently, "not the lines of batch 2", || {
            let mut ledger = proposed();
            let adopted = ProposeBatch { adopts: BatchNumber::new(2), ..candidate(&ledger, 0, &[1]) };
            ledger.refuses(TREASURER, adopted)
        }),
        case("finding_stands", AskWhenThingsChange, "settle what left the Safe", || {
            let mut ledger = with_a_finding();
            let beside = candidate(&ledger, 0, &[1]);
            ledger.refuses(TREASURER, beside)
        }),
        case("finding_stands", AskWhenThingsChange, "batches of nonce 0", || {
            with_a_finding().refuses(TREASURER, rejection_of(0))
        }),
        case("nonce_consumed", AskWhenThingsChange, "has consumed nonce 0", || {
            let mut ledger = proposed();
            ledger.sees(1);
            let adopts = BatchNumber::new(1);
            let late = ProposeBatch { adopts, beside: YesNo::Yes, ..candidate(&ledger, 0, &[1]) };
            ledger.refuses(TREASURER, late)
        }),
    ]
}

fn ending() -> Vec<Case> {
    use Remedy::{AskDifferently, AskWhenThingsChange};
    vec![
        case("finding_stands", AskWhenThingsChange, "say that the nonce is mismatched", || {
            with_a_finding().misreads(read_execution(1))
        }),
        case("finding_stands", AskWhenThingsChange, "found on the chain", || {
            with_a_finding().misreads(read_consumption(0, Consumption::Replaced))
        }),
        case("nothing_found", AskDifferently, "failed, or were replaced", || {
            let mut ledger = proposed();
            ledger.sees(1);
            ledger.refuses(TREASURER, consumed(0, Consumption::Mismatched))
        }),
        case("nonce_unconsumed", AskWhenThingsChange, "last seen at nonce 0", || {
            proposed().refuses(TREASURER, consumed(0, Consumption::Replaced))
        }),
        case("nonce_unconsumed", AskWhenThingsChange, "can still be executed", || {
            let mut ledger = proposed();
            ledger.does(TREASURER, rejection_of(0));
            ledger.misreads(read_execution(3))
        }),
    ]
}

fn undoing() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("read_from_chain", AskWhenThingsChange, "the ledger read on the chain", || {
            let mut ledger = proposed();
            ledger.reads(read_execution(1));
            ledger.refuses(TREASURER, withdraw_execution(0))
        }),
        case("read_from_chain", AskWhenThingsChange, "the ledger read on the chain", || {
            let mut ledger = proposed();
            ledger.reads(read_inflow(&ledger, "1"));
            let event = ledger.last_event();
            ledger.refuses(TREASURER, withdraw_transfer(event))
        }),
        case("read_from_chain", AskWhenThingsChange, "nobody takes it back", || {
            let mut ledger = proposed();
            let funding = funding(&ledger, "5");
            ledger.does(TREASURER, funding);
            let event = ledger.last_event();
            ledger.reads(confirm(event));
            let reason = Some(digest("why"));
            ledger.refuses(TREASURER, WithdrawFunding { event, reason })
        }),
        case("nothing_stated", AskForSomethingElse, "event 2 states nothing of the chain", || {
            proposed().misreads(confirm(Seq::new(2)))
        }),
        case("read_from_chain", AskWhenThingsChange, "or has to confirm it", || {
            let mut ledger = proposed();
            ledger.reads(read_execution(1));
            let event = ledger.last_event();
            ledger.misreads(confirm(event))
        }),
        case("nonce_open", AskWhenThingsChange, "nothing was said yet", || {
            proposed().misreads(WithdrawExecution { nonce: Seq::new(0), reason: None })
        }),
    ]
}

fn reading() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("nothing_proposed", AskForSomethingElse, "for nonce 9", || {
            proposed().misreads(found(9, FindingKind::Elsewhere))
        }),
        case("finding_stands", AskWhenThingsChange, "found on the chain", || {
            with_a_finding().misreads(found(0, FindingKind::Mismatched))
        }),
        case("nonce_open", AskWhenThingsChange, "nothing was said yet", || {
            proposed().misreads(found(0, FindingKind::Contradicted))
        }),
        case("nonce_ended", AskWhenThingsChange, "is known already", || {
            let mut ledger = proposed();
            ledger.does(TREASURER, executed(1));
            ledger.misreads(found(0, FindingKind::Elsewhere))
        }),
    ]
}

fn signing_cases() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("no_such_batch", AskForSomethingElse, "no batch 9", || {
            proposed().refuses(ANA, signing(9, 0xa1))
        }),
        case("nonce_ended", AskWhenThingsChange, "is known already", || {
            let mut ledger = proposed();
            ledger.does(TREASURER, executed(1));
            ledger.refuses(ANA, signing(1, 0xa1))
        }),
        case("finding_stands", AskWhenThingsChange, "found on the chain", || {
            with_a_finding().refuses(ANA, signing(1, 0xa1))
        }),
        case("nonce_consumed", AskWhenThingsChange, "has consumed nonce 0", || {
            let mut ledger = proposed();
            ledger.sees(1);
            ledger.refuses(ANA, signing(1, 0xa1))
        }),
        case("not_an_owner", AskDifferently, "observe the Safe again", || {
            proposed().refuses(ANA, signing(1, 0x99))
        }),
        case("signed_before", AskWhenThingsChange, "is in event", || {
            let mut ledger = proposed();
            ledger.does(ANA, signing(1, 0xa1));
            ledger.refuses(BEN, signing(1, 0xa1))
        }),
        case("ground_unfit", AskDifferently, "a signature fits its form", || {
            proposed().refuses(ANA, RecordSignature { signature: None, ..signing(1, 0xa1) })
        }),
    ]
}
