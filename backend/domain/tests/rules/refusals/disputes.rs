//! Refusals of offers, and of what is asked about claims beside their votes.

use domain::command::{CastVote, FileSubmission, PostBounty, ReleaseSlot, TakeSlot};
use domain::refusal::{Refusal, Remedy};
use domain::value::BountyNumber;
use domain::words::{Choice, ClaimKind, Ground, Role, YesNo};

use super::{Case, case};
use crate::common::*;

/// Ana's claim of 10 LPT, approved.
pub(super) fn approved() -> (Ledger, u32) {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "10");
    (ledger, number)
}

/// The same, in a batch.
pub(super) fn batched() -> (Ledger, u32) {
    let (mut ledger, number) = approved();
    ledger.wait(48);
    ledger.proposes(&[number]);
    (ledger, number)
}

/// Ana's claim of 10 LPT, not decided.
pub(super) fn undecided() -> (Ledger, u32) {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    (ledger, number)
}

/// Ana's claim, rejected as a duplicate.
pub(super) fn rejected() -> (Ledger, u32) {
    let (mut ledger, number) = undecided();
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Duplicate));
    }
    (ledger, number)
}

/// Ana's claim of 20 LPT, sent back with an offer of 12.
fn offered() -> (Ledger, u32) {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "20"));
    ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, number, "12"));
    (ledger, number)
}

/// A bounty of two slots of 10 LPT.
fn posted() -> (Ledger, BountyNumber) {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 2));
    (ledger, offer)
}

fn nobody() -> BountyNumber {
    BountyNumber::new(9).unwrap()
}

pub(super) fn cases() -> Vec<Case> {
    [on_slots(), on_votes(), on_offers(), on_taking_back(), on_limits()].into_iter().flatten().collect()
}

/// What was within a category's range when it was claimed or offered.
fn on_limits() -> Vec<Case> {
    let says = "60 LPT";
    let limit = |meet| case("above_ceiling", Remedy::AskDifferently, says, meet);
    vec![
        limit(|| {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "70"));
            ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, number, "60"));
            ledger.does(LEAD, change_limits(None, &[category("marketing", "50", "55")]));
            ledger.refuses(ANA, accept_offer(number, "60"))
        }),
        limit(|| {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "60"));
            for reviewer in [OUTSIDE, ALTERNATE] {
                ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
            }
            ledger.does(LEAD, change_limits(None, &[category("marketing", "50", "55")]));
            ledger.refuses(ANA, appeal(number))
        }),
    ]
}

fn on_slots() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("over_probe_limit", AskDifferently, "at most 10 LPT, not 12 LPT", || {
            let probe = PostBounty { probe: YesNo::Yes, ..bounty("bounties", "6", 2) };
            pilot().refuses(LEAD, probe)
        }),
        case("no_such_bounty", AskForSomethingElse, "no bounty 9", || {
            pilot().refuses(ANA, take_slot(nobody()))
        }),
        case("no_such_bounty", AskForSomethingElse, "no bounty 9", || {
            pilot().refuses(ANA, release_slot(nobody()))
        }),
        case("no_such_bounty", AskForSomethingElse, "no bounty 9", || {
            pilot().refuses(LEAD, close_bounty(nobody()))
        }),
        case("no_such_member", AskForSomethingElse, "no member 99", || {
            let (mut ledger, offer) = posted();
            ledger.refuses(LEAD, TakeSlot { member: Some(member_number(99)), ..take_slot(offer) })
        }),
        case("no_such_member", AskForSomethingElse, "no member 99", || {
            let (mut ledger, offer) = posted();
            ledger.refuses(LEAD, ReleaseSlot { member: Some(member_number(99)), ..release_slot(offer) })
        }),
        case("role_needed", Remedy::AskSomeoneElse, "lead", || {
            let (mut ledger, offer) = posted();
            ledger.refuses(ANA, TakeSlot { member: Some(member_number(BEN)), ..take_slot(offer) })
        }),
        case("bounty_ended", AskWhenThingsChange, "bounty 1 is closed", || {
            let (mut ledger, offer) = posted();
            ledger.does(LEAD, close_bounty(offer));
            ledger.refuses(ANA, take_slot(offer))
        }),
        case("bounty_ended", AskWhenThingsChange, "bounty 1 is closed", || {
            let (mut ledger, offer) = posted();
            ledger.does(LEAD, close_bounty(offer));
            ledger.refuses(LEAD, close_bounty(offer))
        }),
        case("bounty_ended", AskWhenThingsChange, "bounty 1 is closed", || {
            let (mut ledger, offer) = posted();
            ledger.does(LEAD, close_bounty(offer));
            let claim = bounty_claim(&ledger, ANA, offer, "10");
            ledger.refuses(ANA, claim)
        }),
        case("outside_window", AskWhenThingsChange, "until 2026-04-01", || {
            let (mut ledger, offer) = posted();
            ledger.now = at("2026-04-01T00:00:00Z");
            ledger.refuses(ANA, take_slot(offer))
        }),
        case("slot_held", AskWhenThingsChange, "member 7 has a slot of bounty 1 already", || {
            let (mut ledger, offer) = posted();
            ledger.does(ANA, take_slot(offer));
            ledger.refuses(ANA, take_slot(offer))
        }),
        case("no_slot_left", AskWhenThingsChange, "all 1 slots", || {
            let mut ledger = pilot();
            let offer = ledger.posts(bounty("bounties", "10", 1));
            let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
            ledger.approves(hosted);
            ledger.refuses(BEN, take_slot(offer))
        }),
        case("slots_taken", AskWhenThingsChange, "2 slots of bounty 1 are taken", || {
            let (mut ledger, offer) = posted();
            ledger.does(ANA, take_slot(offer));
            ledger.does(BEN, take_slot(offer));
            ledger.refuses(CLEO, take_slot(offer))
        }),
        case("slots_taken", AskWhenThingsChange, "2 slots of bounty 1 are taken", || {
            let (mut ledger, offer) = posted();
            ledger.does(ANA, take_slot(offer));
            ledger.does(BEN, take_slot(offer));
            let claim = bounty_claim(&ledger, CLEO, offer, "10");
            ledger.refuses(CLEO, claim)
        }),
        case("no_slot_held", AskWhenThingsChange, "member 7 has no slot of bounty 1", || {
            let (mut ledger, offer) = posted();
            ledger.refuses(ANA, release_slot(offer))
        }),
        case("slot_claimed", AskWhenThingsChange, "submission 1 waits for this slot", || {
            let (mut ledger, offer) = posted();
            ledger.does(ANA, take_slot(offer));
            ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
            ledger.refuses(ANA, release_slot(offer))
        }),
    ]
}

fn on_votes() -> Vec<Case> {
    use Remedy::{AskDifferently, AskWhenThingsChange};
    /// A vote on Ana's claim of 10 LPT, spoiled.
    fn voted(choice: Choice, spoil: fn(CastVote) -> CastVote) -> Refusal {
        let (mut ledger, number) = undecided();
        let vote = spoil(vote(&ledger, OUTSIDE, number, choice));
        ledger.refuses(OUTSIDE, vote)
    }
    vec![
        case("ground_needed", AskDifferently, "criteria_not_met, duplicate", || {
            voted(Choice::Reject, |vote| CastVote { ground: None, ..vote })
        }),
        case("ground_misplaced", AskDifferently, "leave it out", || {
            voted(Choice::Approve, |vote| CastVote { ground: Some(Ground::Other), ..vote })
        }),
        case("offer_misplaced", AskDifferently, "needs_changes only", || {
            voted(Choice::Approve, |vote| CastVote { offer: Some(amount("5")), ..vote })
        }),
        case("zero_amount", AskDifferently, "at least", || {
            voted(Choice::NeedsChanges, |vote| CastVote { offer: Some(amount("0")), ..vote })
        }),
        case("above_ceiling", AskDifferently, "ceiling of 100 LPT", || {
            voted(Choice::NeedsChanges, |vote| CastVote { offer: Some(amount("101")), ..vote })
        }),
        case("over_reward", AskDifferently, "by 1 LPT", || {
            let (mut ledger, offer) = posted();
            let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
            let offer = counter_offer(&ledger, OUTSIDE, hosted, "11");
            ledger.refuses(OUTSIDE, offer)
        }),
        case("slots_taken", AskWhenThingsChange, "taken by others", || {
            let mut ledger = pilot();
            let offer = ledger.posts(bounty("bounties", "10", 1));
            let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
            ledger.does(BEN, take_slot(offer));
            ledger.votes(OUTSIDE, hosted, Choice::Approve);
            let deciding = vote(&ledger, ALTERNATE, hosted, Choice::Approve);
            ledger.refuses(ALTERNATE, deciding)
        }),
        case("evidence_used", AskWhenThingsChange, "submission 1", || {
            let mut ledger = pilot();
            let work = claim(&ledger, ANA, "marketing", "10");
            let first = ledger.files(ANA, work.clone());
            let contests = Some(submission_number(first));
            let second = ledger.files(BEN, FileSubmission { payee: address(8), contests, ..work });
            ledger.approves(first);
            ledger.votes(OUTSIDE, second, Choice::Approve);
            let deciding = vote(&ledger, ALTERNATE, second, Choice::Approve);
            ledger.refuses(ALTERNATE, deciding)
        }),
    ]
}

fn on_offers() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(ANA, accept_offer(9, "1"))
        }),
        case("not_your_claim", AskSomeoneElse, "somebody else", || {
            let (mut ledger, number) = offered();
            ledger.refuses(BEN, accept_offer(number, "12"))
        }),
        case("no_offer", AskWhenThingsChange, "revise it instead", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(ANA, accept_offer(number, "10"))
        }),
        case("offer_differs", AskDifferently, "is 12 LPT", || {
            let (mut ledger, number) = offered();
            ledger.refuses(ANA, accept_offer(number, "13"))
        }),
        case("lead_only", AskSomeoneElse, "only a lead", || {
            let mut ledger = pilot();
            ledger.wait(200);
            let number = ledger.files(LEAD, of_kind(ClaimKind::Lead, claim(&ledger, LEAD, "lead", "100")));
            ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, number, "90"));
            ledger.does(LEAD, grant(BEN, Role::Lead));
            ledger.does(LEAD, revoke(LEAD, Role::Lead));
            ledger.refuses(LEAD, accept_offer(number, "90"))
        }),
        case("over_person_share", AskDifferently, "40 %", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "bounties", "30"));
            ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, number, "51"));
            ledger.refuses(ANA, accept_offer(number, "51"))
        }),
        case("over_retro_limit", AskDifferently, "at most 25 LPT", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, of_kind(ClaimKind::Retro, claim(&ledger, ANA, "marketing", "20")));
            ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, number, "26"));
            ledger.refuses(ANA, accept_offer(number, "26"))
        }),
    ]
}

fn on_taking_back() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(ANA, withdraw(9))
        }),
        case("not_your_claim", AskSomeoneElse, "somebody else", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(BEN, withdraw(number))
        }),
        case("reopen_first", AskWhenThingsChange, "reopen it before you withdraw it", || {
            let (mut ledger, number) = approved();
            ledger.refuses(ANA, withdraw(number))
        }),
        case("already_decided", AskWhenThingsChange, "is withdrawn", || {
            let (mut ledger, number) = undecided();
            ledger.does(ANA, withdraw(number));
            ledger.refuses(ANA, withdraw(number))
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(ANA, comment(9))
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().refuses(ANA, reopen(9))
        }),
        case("not_your_claim", AskSomeoneElse, "somebody else", || {
            let (mut ledger, number) = approved();
            ledger.refuses(BEN, reopen(number))
        }),
        case("already_batched", AskWhenThingsChange, "in batch 1", || {
            let (mut ledger, number) = batched();
            ledger.refuses(ANA, reopen(number))
        }),
        case("not_approved", AskWhenThingsChange, "is submitted", || {
            let (mut ledger, number) = undecided();
            ledger.refuses(ANA, reopen(number))
        }),
    ]
}
