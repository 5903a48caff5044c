//! Refusals of new claims and of votes.

use domain::command::{CastVote, FileSubmission, PostBounty};
use domain::refusal::{Refusal, Remedy};
use domain::value::{Amount, BountyNumber, Count, PeriodNumber};
use domain::words::{Choice, ClaimKind, Role};

use super::{Case, case};
use crate::common::*;

/// Ana's claim of 10 LPT on marketing, spoiled.
fn filed(spoil: fn(FileSubmission) -> FileSubmission) -> Refusal {
    let mut ledger = pilot();
    let claim = spoil(claim(&ledger, ANA, "marketing", "10"));
    ledger.refuses(ANA, claim)
}

/// Ana's claim on a bounty of 20 LPT, spoiled.
fn filed_for_bounty(spoil: fn(FileSubmission) -> FileSubmission) -> Refusal {
    let mut ledger = pilot();
    let number = ledger.posts(bounty("bounties", "20", 1));
    let claim = spoil(bounty_claim(&ledger, ANA, number, "20"));
    ledger.refuses(ANA, claim)
}

/// A vote on Ana's claim of 10 LPT after `prepare`, spoiled.
fn voted(prepare: fn(&mut Ledger, u32), spoil: fn(CastVote) -> CastVote) -> Refusal {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    prepare(&mut ledger, number);
    let vote = spoil(vote(&ledger, ALTERNATE, number, Choice::Approve));
    ledger.refuses(ALTERNATE, vote)
}

pub(super) fn cases() -> Vec<Case> {
    [on_filing(), on_limits(), on_deciding()].into_iter().flatten().collect()
}

fn on_filing() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("role_needed", AskSomeoneElse, "contributor, lead, reviewer, treasurer", || {
            let mut ledger = pilot();
            let claim = claim(&ledger, ANA, "marketing", "10");
            ledger.refuses(AUDITOR, claim)
        }),
        case("payee_not_yours", AskDifferently, "record it first", || {
            filed(|claim| FileSubmission { payee: address(8), ..claim })
        }),
        case("payee_not_yours", AskDifferently, "record it first", || {
            filed(|claim| FileSubmission { payee: address(0x77), ..claim })
        }),
        case("zero_amount", AskDifferently, "at least", || {
            filed(|claim| FileSubmission { amount: Amount::ZERO, ..claim })
        }),
        case("empty_list", AskDifferently, "evidence needs", || {
            filed(|claim| FileSubmission { evidence: vec![], ..claim })
        }),
        case("too_many", AskDifferently, "evidence has at most 10", || {
            filed(|claim| {
                let evidence = (0..11).map(|n| digest(&format!("link {n}"))).collect();
                FileSubmission { evidence, ..claim }
            })
        }),
        case("repeated", AskDifferently, "evidence names", || {
            filed(|claim| FileSubmission { evidence: vec![digest("one"), digest("one")], ..claim })
        }),
        case("no_such_period", AskForSomethingElse, "no period 2", || {
            filed(|claim| FileSubmission { period: PeriodNumber::new(2).unwrap(), ..claim })
        }),
        case("no_such_category", AskForSomethingElse, "no category travel", || {
            filed(|claim| FileSubmission { category: slug("travel"), ..claim })
        }),
        case("no_such_bounty", AskForSomethingElse, "no bounty 9", || {
            filed_for_bounty(|claim| FileSubmission { bounty: BountyNumber::new(9), ..claim })
        }),
        case("bounty_mismatch", AskDifferently, "another period, category or function", || {
            filed_for_bounty(|claim| FileSubmission { category: slug("marketing"), ..claim })
        }),
        case("bounty_mismatch", AskDifferently, "another period, category or function", || {
            filed_for_bounty(|claim| FileSubmission { function: slug("guest"), ..claim })
        }),
        case(
            "above_ceiling",
            AskDifferently,
            "101 LPT for marketing is above its ceiling of 100 LPT",
            || filed(|claim| FileSubmission { amount: amount("101"), ..claim }),
        ),
        case("kind_needs_bounty", AskDifferently, "names its bounty", || {
            filed(|claim| of_kind(ClaimKind::Bounty, claim))
        }),
        case("kind_has_no_bounty", AskDifferently, "kind retro names no bounty", || {
            filed_for_bounty(|claim| of_kind(ClaimKind::Retro, claim))
        }),
        case("lead_only", AskSomeoneElse, "only a lead", || filed(|claim| of_kind(ClaimKind::Lead, claim))),
        case("over_reward", AskDifferently, "20.1 LPT is over the reward of 20 LPT of bounty 1", || {
            filed_for_bounty(|claim| FileSubmission { amount: amount("20.1"), ..claim })
        }),
        case("outside_window", AskWhenThingsChange, "from 2026-03-03T00:00:00.000000Z until", || {
            let mut ledger = pilot();
            let opens_at = at("2026-03-03T00:00:00Z");
            let number = ledger.posts(PostBounty { opens_at, ..bounty("bounties", "20", 1) });
            let claim = bounty_claim(&ledger, ANA, number, "20");
            ledger.refuses(ANA, claim)
        }),
        case("outside_window", AskWhenThingsChange, "until 2026-04-01T00:00:00.000000Z", || {
            let mut ledger = pilot();
            let number = ledger.posts(bounty("bounties", "20", 1));
            let claim = bounty_claim(&ledger, ANA, number, "20");
            ledger.now = at("2026-04-01T00:00:00Z");
            ledger.refuses(ANA, claim)
        }),
        case("no_slot_left", AskWhenThingsChange, "all 1 slots of bounty 1", || {
            let mut ledger = pilot();
            let number = ledger.posts(bounty("bounties", "20", 1));
            let first = ledger.files(ANA, bounty_claim(&ledger, ANA, number, "20"));
            ledger.approves(first);
            let claim = bounty_claim(&ledger, BEN, number, "20");
            ledger.refuses(BEN, claim)
        }),
        case("outside_period", AskWhenThingsChange, "until 2026-04-06T00:00:00.000000Z", || {
            let mut ledger = pilot();
            let claim = claim(&ledger, ANA, "marketing", "10");
            ledger.now = at("2026-04-06T00:00:00Z");
            ledger.refuses(ANA, claim)
        }),
        case("outside_period", AskWhenThingsChange, "from 2026-03-01T00:00:00.000000Z", || {
            let mut ledger = opened();
            ledger.does(ANA, record_address(address(7)));
            ledger.does(LEAD, period("750", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"));
            let claim = claim(&ledger, ANA, "marketing", "10");
            ledger.refuses(ANA, claim)
        }),
    ]
}

fn on_limits() -> Vec<Case> {
    use Remedy::{AskDifferently, AskWhenThingsChange};
    vec![
        case("evidence_used", AskWhenThingsChange, "already held by submission 1", || {
            let mut ledger = pilot();
            let first = claim(&ledger, ANA, "marketing", "10");
            ledger.files(ANA, first.clone());
            ledger.refuses(BEN, FileSubmission { payee: address(8), ..first })
        }),
        case("share_out_of_range", AskDifferently, "1 to 99 percent", || {
            filed(|claim| FileSubmission { share: Some(Count::new(100)), ..claim })
        }),
        case("no_such_submission", Remedy::AskForSomethingElse, "no submission 9", || {
            filed(|claim| FileSubmission { contests: Some(submission_number(9)), ..claim })
        }),
        case("nothing_contested", AskDifferently, "submission 1 is not somebody else's unpaid claim", || {
            let mut ledger = pilot();
            let other = ledger.files(BEN, claim(&ledger, BEN, "marketing", "10"));
            let contests = Some(submission_number(other));
            let claim = FileSubmission { contests, ..claim(&ledger, ANA, "marketing", "10") };
            ledger.refuses(ANA, claim)
        }),
        case("cooling_down", AskWhenThingsChange, "from 2026-03-02T15:00:00.000000Z", || {
            let mut charter = charter();
            charter.policy.cooldown_hours = Count::new(6);
            let mut ledger = started_with(&charter);
            ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
            let second = claim(&ledger, ANA, "marketing", "1");
            ledger.refuses(ANA, second)
        }),
        case("pay_in_arrears", AskWhenThingsChange, "from 2026-03-08T00:00:00.000000Z", || {
            let mut ledger = pilot();
            let pay = of_kind(ClaimKind::Lead, claim(&ledger, LEAD, "lead", "100"));
            ledger.refuses(LEAD, pay)
        }),
        case("no_credit_left", AskWhenThingsChange, "all 1 claims without a bounty", || {
            let mut charter = charter();
            charter.policy.claim_credits = Count::new(1);
            let mut ledger = started_with(&charter);
            ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
            let second = claim(&ledger, ANA, "marketing", "1");
            ledger.refuses(ANA, second)
        }),
        case("too_many_open_claims", AskWhenThingsChange, "at most 12 claims", || {
            let mut ledger = pilot();
            for _ in 0..12 {
                ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
            }
            let claim = claim(&ledger, ANA, "marketing", "1");
            ledger.refuses(ANA, claim)
        }),
        case(
            "over_person_share",
            AskDifferently,
            "at most 40 % of it, 50 LPT: with this one they would be 50.1",
            || {
                let mut ledger = pilot();
                ledger.files(ANA, claim(&ledger, ANA, "bounties", "30"));
                let claim = claim(&ledger, ANA, "bounties", "20.1");
                ledger.refuses(ANA, claim)
            },
        ),
        case(
            "over_retro_limit",
            AskDifferently,
            "at most 25 LPT: with this one they would be 26 LPT",
            || {
                let mut ledger = pilot();
                ledger.files(ANA, of_kind(ClaimKind::Retro, claim(&ledger, ANA, "marketing", "20")));
                let claim = of_kind(ClaimKind::Retro, claim(&ledger, BEN, "marketing", "6"));
                ledger.refuses(BEN, claim)
            },
        ),
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
            let second = claim(&ledger, ANA, "marketing", "1");
            ledger.refuses(ANA, FileSubmission { amount: vast, ..second })
        }),
    ]
}

fn on_deciding() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskLater, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("own_claim", AskSomeoneElse, "nobody votes on their own", || {
            let mut ledger = pilot();
            let number = ledger.files(OUTSIDE, claim(&ledger, OUTSIDE, "marketing", "10"));
            let vote = vote(&ledger, OUTSIDE, number, Choice::Recuse);
            ledger.refuses(OUTSIDE, vote)
        }),
        case("role_needed", AskSomeoneElse, "one of these roles: alternate, reviewer", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
            let vote = vote(&ledger, TREASURER, number, Choice::Approve);
            ledger.refuses(TREASURER, vote)
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            voted(|_, _| (), |vote| CastVote { submission: submission_number(9), ..vote })
        }),
        case("no_slot_left", AskWhenThingsChange, "all 1 slots of bounty 1", || {
            let mut ledger = pilot();
            let number = ledger.posts(bounty("bounties", "4", 1));
            let [first, second] = [ANA, BEN].map(|person| {
                let claim = bounty_claim(&ledger, person, number, "4");
                ledger.files(person, claim)
            });
            ledger.approves(first);
            let vote = vote(&ledger, OUTSIDE, second, Choice::Approve);
            ledger.refuses(OUTSIDE, vote)
        }),
        case("revision_awaited", AskWhenThingsChange, "was sent back", move || {
            voted(|ledger, number| _ = ledger.votes(OUTSIDE, number, Choice::NeedsChanges), |vote| vote)
        }),
        case("already_decided", AskWhenThingsChange, "is rejected", || {
            voted(
                |ledger, number| {
                    ledger.votes(OUTSIDE, number, Choice::Reject);
                    ledger.votes(SECOND_OUTSIDE, number, Choice::Reject);
                },
                |vote| vote,
            )
        }),
        case("stale_revision", AskWhenThingsChange, "read revision", || {
            voted(|_, _| (), |vote| CastVote { revision: digest("the old one"), ..vote })
        }),
        case(
            "ordinal_out_of_turn",
            AskWhenThingsChange,
            "number 2 on this revision, but your next one is number 1",
            || voted(|_, _| (), |vote| CastVote { ordinal: Count::new(2), ..vote }),
        ),
        case("recused", AskSomeoneElse, "you declared a conflict on submission 1", || {
            voted(|ledger, number| _ = ledger.votes(ALTERNATE, number, Choice::Recuse), |vote| vote)
        }),
        case("system_only", AskSomeoneElse, "only the ledger itself", || {
            let mut ledger = pilot();
            let number = ledger.approved(ANA, "marketing", "10");
            ledger.refuses(LEAD, approve_waiting(number))
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            pilot().ask_as_system(approve_waiting(9)).unwrap_err()
        }),
        case("not_waiting", AskWhenThingsChange, "not the one whose turn", || {
            let mut ledger = pilot();
            let number = ledger.approved(ANA, "marketing", "10");
            ledger.ask_as_system(approve_waiting(number)).unwrap_err()
        }),
        case("system_first", AskLater, "submission 1 is waiting for money that is free now", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "60"));
            assert_eq!(ledger.approves(number), "agreed");
            ledger.does(LEAD, allot(&[("marketing", "100")]));
            ledger.refuses(LEAD, grant(ANA, Role::Reviewer))
        }),
    ]
}
