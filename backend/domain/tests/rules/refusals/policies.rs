//! Refusals of policies that change, and of documents that have to go.

use domain::command::{ChangePolicy, EraseDocument};
use domain::policy::{PersonShare, Policy};
use domain::refusal::{Refusal, Remedy};
use domain::value::Count;
use domain::words::{Erasure, YesNo};

use super::{Case, case};
use crate::common::*;

fn changed(change: fn(&mut Policy)) -> Refusal {
    let mut ledger = pilot();
    let mut policy = policy();
    change(&mut policy);
    ledger.refuses(LEAD, ChangePolicy { after: Count::new(1), policy, reason: digest("why") })
}

/// Ana's claim, and what erases its text.
fn claimed(over: bool) -> (Ledger, EraseDocument) {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "6"));
    if over {
        ledger.does(ANA, withdraw(number));
    }
    let claim = ledger.submission(number);
    let (author, document, submission) = (claim.claimant, claim.revision.texts, Some(claim.number));
    (ledger, EraseDocument { author, class: Erasure::Personal, document, submission })
}

pub(super) fn cases() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("policy_value", AskDifferently, "at least one approval", || {
            changed(|policy| policy.lanes.small.approvals = Count::ZERO)
        }),
        case("too_many", AskDifferently, "person_share_percent has at most 16", || {
            changed(|policy| {
                let share =
                    |place| PersonShare { category: slug(&format!("c{place}")), percent: Count::new(1) };
                policy.person_shares = (0..17).map(share).collect();
            })
        }),
        case("repeated", AskDifferently, "person_share_percent names", || {
            changed(|policy| policy.person_shares.push(policy.person_shares[0]))
        }),
        case("no_such_category", AskForSomethingElse, "travel", || {
            changed(|policy| policy.person_shares[0].category = slug("travel"))
        }),
        case("policy_moved", AskDifferently, "version 1 of the policy was announced last, not 2", || {
            let after = Count::new(2);
            pilot().refuses(LEAD, ChangePolicy { after, policy: policy(), reason: digest("why") })
        }),
        case("nothing_changes", AskDifferently, "", || changed(|_| {})),
        case("evidence_unlooked", AskDifferently, "still up, and say so", || {
            let mut ledger = pilot();
            let number = ledger.approved(ANA, "marketing", "6");
            let mut unlooked = batch(&ledger, &[number]);
            unlooked.evidence_up = YesNo::No;
            ledger.refuses(TREASURER, unlooked)
        }),
        case("no_such_member", AskForSomethingElse, "99", || {
            let (mut ledger, asked) = claimed(true);
            ledger.refuses(ANA, EraseDocument { author: member_number(99), ..asked })
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            let (mut ledger, asked) = claimed(true);
            ledger.refuses(ANA, EraseDocument { submission: Some(submission_number(9)), ..asked })
        }),
        case("still_needed", AskWhenThingsChange, "submission 1 is submitted", || {
            let (mut ledger, asked) = claimed(false);
            ledger.refuses(ANA, asked)
        }),
        case("author_first", AskSomeoneElse, "member 7 wrote this document", || {
            let (mut ledger, asked) = claimed(true);
            ledger.refuses(LEAD, asked)
        }),
        case("said_before", AskSomeoneElse, "somebody else", || {
            let (mut ledger, asked) = claimed(true);
            ledger.does(ANA, asked);
            ledger.refuses(ANA, asked)
        }),
        case("runners_only", AskSomeoneElse, "a lead, a reviewer or a treasurer", || {
            let (mut ledger, asked) = claimed(true);
            ledger.does(ANA, asked);
            ledger.refuses(BEN, asked)
        }),
        case("erased_before", AskWhenThingsChange, "erased in event", || {
            let (mut ledger, asked) = claimed(true);
            ledger.does(ANA, asked);
            ledger.does(LEAD, asked);
            ledger.refuses(ANA, asked)
        }),
    ]
}
