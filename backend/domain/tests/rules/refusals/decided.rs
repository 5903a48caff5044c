//! Refusals of what is asked about claims that were decided: appeals, holds, challenges, reversals.

use domain::command::FileSubmission;
use domain::refusal::Remedy;
use domain::words::{Choice, ClaimKind, Ground, Role};

use super::disputes::{approved, batched, rejected, undecided};
use super::{Case, case};
use crate::common::*;

pub(super) fn cases() -> Vec<Case> {
    [on_appeals(), on_holds(), on_reversal()].into_iter().flatten().collect()
}

fn on_appeals() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(ANA, appeal(9))
        }),
        case("not_your_claim", AskSomeoneElse, "somebody else", || {
            let (mut ledger, number) = rejected();
            ledger.refuses(BEN, appeal(number))
        }),
        case("not_rejected", AskWhenThingsChange, "is submitted", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(ANA, appeal(number))
        }),
        case("appealed_before", AskSomeoneElse, "that is final", || {
            let (mut ledger, number) = rejected();
            ledger.does(ANA, appeal(number));
            ledger.rejects(number);
            ledger.refuses(ANA, appeal(number))
        }),
        case("nothing_to_look_up", AskSomeoneElse, "by judgement", || {
            let (mut ledger, number) = undecided();
            ledger.rejects(number);
            ledger.refuses(ANA, appeal(number))
        }),
        case("period_closed", AskWhenThingsChange, "period 1 is closed", || {
            let mut ledger = pilot();
            ledger.now = at("2026-04-05T23:00:00Z");
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Duplicate));
            }
            ledger.wait(1);
            ledger.does(LEAD, close_period());
            ledger.refuses(ANA, appeal(number))
        }),
        case("appeal_late", AskSomeoneElse, "until 2026-03-09T09:00:00.000000Z", || {
            let (mut ledger, number) = rejected();
            ledger.wait(168);
            ledger.refuses(ANA, appeal(number))
        }),
        case("lead_only", AskSomeoneElse, "only a lead", || {
            let mut ledger = pilot();
            ledger.wait(200);
            let number = ledger.files(LEAD, of_kind(ClaimKind::Lead, claim(&ledger, LEAD, "lead", "100")));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
            }
            ledger.does(LEAD, grant(BEN, Role::Lead));
            ledger.does(LEAD, revoke(LEAD, Role::Lead));
            ledger.refuses(LEAD, appeal(number))
        }),
        case("evidence_used", AskWhenThingsChange, "submission 2", || {
            let (mut ledger, number) = rejected();
            let evidence = ledger.submission(number).revision.evidence.clone();
            let again = FileSubmission { evidence, ..claim(&ledger, BEN, "marketing", "10") };
            ledger.files(BEN, again);
            ledger.refuses(ANA, appeal(number))
        }),
        case("over_person_share", AskDifferently, "40 %", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "bounties", "30"));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
            }
            ledger.files(ANA, claim(&ledger, ANA, "bounties", "30"));
            ledger.refuses(ANA, appeal(number))
        }),
        case("over_retro_limit", AskDifferently, "at most 25 LPT", || {
            let mut ledger = pilot();
            let retro = |ledger: &Ledger| of_kind(ClaimKind::Retro, claim(ledger, ANA, "marketing", "15"));
            let number = ledger.files(ANA, retro(&ledger));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
            }
            ledger.files(ANA, retro(&ledger));
            ledger.refuses(ANA, appeal(number))
        }),
        case("no_slot_left", AskWhenThingsChange, "all 1 slots", || {
            let mut ledger = pilot();
            let offer = ledger.posts(bounty("bounties", "10", 1));
            let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
            let other = ledger.files(BEN, bounty_claim(&ledger, BEN, offer, "10"));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
            }
            ledger.approves(other);
            ledger.refuses(ANA, appeal(number))
        }),
        case("over_budget", AskWhenThingsChange, "is missing", || {
            let mut ledger = pilot();
            let offer = ledger.posts(bounty("marketing", "30", 1));
            let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "30"));
            ledger.does(LEAD, close_bounty(offer));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
            }
            ledger.approved(BEN, "marketing", "30");
            ledger.refuses(ANA, appeal(number))
        }),
    ]
}

fn on_holds() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(TREASURER, hold_back(9))
        }),
        case("own_claim", AskSomeoneElse, "another", || {
            let mut ledger = pilot();
            let number = ledger.approved(TREASURER, "marketing", "10");
            ledger.refuses(TREASURER, hold_back(number))
        }),
        case("already_batched", AskWhenThingsChange, "in batch 1", || {
            let (mut ledger, number) = batched();
            ledger.refuses(TREASURER, hold_back(number))
        }),
        case("not_approved", AskWhenThingsChange, "is submitted", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(TREASURER, hold_back(number))
        }),
        case("on_hold", AskWhenThingsChange, "until 2026-03-09T09:00:00.000000Z", || {
            let (mut ledger, number) = approved();
            ledger.does(TREASURER, hold_back(number));
            ledger.refuses(LEAD, hold_back(number))
        }),
        case("held_before", AskSomeoneElse, "once already", || {
            let (mut ledger, number) = approved();
            ledger.does(TREASURER, hold_back(number));
            ledger.does(TREASURER, release(number));
            ledger.refuses(TREASURER, hold_back(number))
        }),
        case("on_hold", AskWhenThingsChange, "released before", || {
            let (mut ledger, number) = approved();
            ledger.wait(48);
            ledger.does(LEAD, hold_back(number));
            ledger.is_ready_to_pay();
            let batch = batch(&ledger, &[number]);
            ledger.refuses(TREASURER, batch)
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(BEN, challenge(9))
        }),
        case("own_claim", AskSomeoneElse, "another", || {
            let (mut ledger, number) = approved();
            ledger.refuses(ANA, challenge(number))
        }),
        case("one_challenge", AskWhenThingsChange, "submission 1 stands", || {
            let (mut ledger, number) = approved();
            let other = ledger.approved(CLEO, "marketing", "10");
            ledger.does(BEN, challenge(number));
            ledger.refuses(BEN, challenge(other))
        }),
        case("already_batched", AskWhenThingsChange, "in batch 1", || {
            let (mut ledger, number) = batched();
            ledger.refuses(BEN, challenge(number))
        }),
        case("not_approved", AskWhenThingsChange, "is submitted", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(BEN, challenge(number))
        }),
        case("on_hold", AskWhenThingsChange, "until 2026-03-09T09:00:00.000000Z", || {
            let (mut ledger, number) = approved();
            ledger.does(TREASURER, hold_back(number));
            ledger.refuses(BEN, challenge(number))
        }),
        case("held_before", AskSomeoneElse, "once already", || {
            let (mut ledger, number) = approved();
            ledger.does(BEN, challenge(number));
            ledger.does(BEN, release(number));
            ledger.refuses(BEN, challenge(number))
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(BEN, release(9))
        }),
        case("own_claim", AskSomeoneElse, "another", || {
            let (mut ledger, number) = approved();
            ledger.refuses(ANA, release(number))
        }),
        case("not_held", AskWhenThingsChange, "nobody keeps", || {
            let (mut ledger, number) = approved();
            ledger.refuses(LEAD, release(number))
        }),
        case("not_your_hold", AskSomeoneElse, "member 4 keeps", || {
            let (mut ledger, number) = approved();
            ledger.does(TREASURER, hold_back(number));
            ledger.refuses(BEN, release(number))
        }),
    ]
}

fn on_reversal() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(OUTSIDE, reverse(9))
        }),
        case("own_claim", AskSomeoneElse, "another", || {
            let mut ledger = pilot();
            let number = ledger.files(OUTSIDE, claim(&ledger, OUTSIDE, "marketing", "10"));
            for reviewer in [SECOND_OUTSIDE, ALTERNATE] {
                ledger.votes(reviewer, number, Choice::Approve);
            }
            ledger.refuses(OUTSIDE, reverse(number))
        }),
        case("conflict_declared", AskSomeoneElse, "a conflict with member 7", || {
            let (mut ledger, number) = approved();
            ledger.does(OUTSIDE, conflict(ANA, true));
            ledger.refuses(OUTSIDE, reverse(number))
        }),
        case("own_payee", AskSomeoneElse, "an address or a node of yours", || {
            let (mut ledger, number) = approved();
            ledger.does(OUTSIDE, node(address(7), true));
            ledger.refuses(OUTSIDE, reverse(number))
        }),
        case("already_batched", AskWhenThingsChange, "in batch 1", || {
            let (mut ledger, number) = batched();
            ledger.refuses(OUTSIDE, reverse(number))
        }),
        case("not_approved", AskWhenThingsChange, "is submitted", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(OUTSIDE, reverse(number))
        }),
        case("recused", AskSomeoneElse, "declared a conflict", || {
            let (mut ledger, number) = undecided();
            ledger.votes(ALTERNATE, number, Choice::Recuse);
            ledger.approves(number);
            ledger.refuses(ALTERNATE, reverse(number))
        }),
        case("reversal_counted", AskSomeoneElse, "others have to join it", || {
            let (mut ledger, number) = approved();
            ledger.does(OUTSIDE, reverse(number));
            ledger.refuses(OUTSIDE, reverse(number))
        }),
    ]
}
