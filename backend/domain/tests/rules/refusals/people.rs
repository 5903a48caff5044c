//! Refusals about people: invites, links, conflicts, alternates, samples, signed votes.

use domain::command::{CastVote, Leave};
use domain::refusal::{Refusal, Remedy};
use domain::words::{Choice, Role, SignedVotes};

use super::{Case, case};
use crate::common::*;

/// What the pilot refuses after `prepare`.
fn after(prepare: fn(&mut Ledger), member: u32, command: impl Into<domain::event::Command>) -> Refusal {
    let mut ledger = pilot();
    prepare(&mut ledger);
    ledger.refuses(member, command)
}

/// Why somebody cannot join after `prepare`.
fn joining(prepare: fn(&mut Ledger), secret: Option<&str>) -> Refusal {
    let mut ledger = pilot();
    prepare(&mut ledger);
    ledger.ask_as_system(join("dora", secret)).unwrap_err()
}

/// A vote of the alternate reviewer on Ana's claim of 10 LPT, under a policy and spoiled.
fn voted(signed: SignedVotes, spoil: fn(CastVote) -> CastVote) -> Refusal {
    let mut ledger = pilot_where(|policy| policy.signed_votes = signed);
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let vote = spoil(vote(&ledger, ALTERNATE, number, Choice::Approve));
    ledger.refuses(ALTERNATE, vote)
}

/// What stands against a vote on Ana's claim of 10 LPT.
fn stake(prepare: fn(&mut Ledger)) -> Refusal {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    prepare(&mut ledger);
    let vote = vote(&ledger, OUTSIDE, number, Choice::Approve);
    ledger.refuses(OUTSIDE, vote)
}

/// What stands against calling a new alternate for Ana's claim of 10 LPT, which has the number 1.
fn called(prepare: fn(&mut Ledger)) -> Refusal {
    let mut ledger = pilot();
    ledger.does(LEAD, add_member("dora", &[Role::Alternate]));
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    prepare(&mut ledger);
    ledger.refuses(LEAD, call(10, 1))
}

/// What stands against a second look at Ana's claim of 5 LPT, which a reviewer approved.
fn checked(prepare: fn(&mut Ledger), reviewer: u32) -> Refusal {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    assert_eq!(ledger.approves(number), "approved");
    prepare(&mut ledger);
    ledger.refuses(reviewer, check(number, true))
}

pub(super) fn cases() -> Vec<Case> {
    [on_invites(), on_persons(), on_votes(), on_calling(), on_samples()].into_iter().flatten().collect()
}

fn on_invites() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("empty_list", AskDifferently, "roles needs at least one", || {
            after(|_| (), LEAD, invite("knock", &[]))
        }),
        case("too_many", AskDifferently, "roles has at most 100", || {
            after(|_| (), LEAD, invite("knock", &[Role::Auditor; 101]))
        }),
        case("repeated", AskDifferently, "roles names something twice", || {
            after(|_| (), LEAD, invite("knock", &[Role::Auditor, Role::Auditor]))
        }),
        case("invite_known", AskDifferently, "was made before: make another secret", || {
            after(
                |ledger| {
                    ledger.does(LEAD, invite("knock", &[Role::Auditor]));
                    ledger.does(LEAD, withdraw_invite("knock"));
                },
                LEAD,
                invite("knock", &[Role::Auditor]),
            )
        }),
        case("no_such_invite", AskForSomethingElse, "no invite with the digest", || {
            after(|_| (), LEAD, withdraw_invite("knock"))
        }),
        case("invite_closed", AskWhenThingsChange, "is used: ask a lead", || {
            after(
                |ledger| {
                    ledger.does(LEAD, invite("knock", &[Role::Auditor]));
                    ledger.ask_as_system(join("dora", Some("knock"))).unwrap();
                },
                LEAD,
                withdraw_invite("knock"),
            )
        }),
        case("no_such_invite", AskForSomethingElse, "no invite with the digest", || {
            joining(|_| (), Some("knock"))
        }),
        case("invite_closed", AskWhenThingsChange, "is withdrawn", || {
            joining(
                |ledger| {
                    ledger.does(LEAD, invite("knock", &[Role::Auditor]));
                    ledger.does(LEAD, withdraw_invite("knock"));
                },
                Some("knock"),
            )
        }),
        case("invite_expired", AskWhenThingsChange, "until 2026-03-09T09:00:00", move || {
            let mut ledger = pilot();
            ledger.does(LEAD, invite("knock", &[Role::Reviewer]));
            ledger.wait(168);
            ledger.ask_as_system(join("dora", Some("knock"))).unwrap_err()
        }),
        case("invite_needed", AskSomeoneElse, "it takes an invite", || joining(|_| (), None)),
    ]
}

fn on_persons() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_roles_left", AskWhenThingsChange, "nothing to leave", || {
            after(|ledger| _ = ledger.does(ANA, Leave {}), ANA, Leave {})
        }),
        case("last_lead", AskWhenThingsChange, "a program needs a lead", || after(|_| (), LEAD, Leave {})),
        case("no_such_member", AskForSomethingElse, "no member 99", || {
            after(|_| (), LEAD, linking(ANA, 99, true))
        }),
        case("same_person", AskDifferently, "members 7 and 8 are one person", || {
            after(|ledger| _ = ledger.does(LEAD, linking(BEN, ANA, true)), LEAD, linking(ANA, BEN, true))
        }),
        case("same_person", AskDifferently, "members 7 and 7 are one person", || {
            after(|_| (), LEAD, linking(ANA, ANA, false))
        }),
        case("lead_links", AskSomeoneElse, "a lead links members, or one of the two", || {
            after(|_| (), CLEO, linking(ANA, BEN, true))
        }),
        case("lead_links", AskSomeoneElse, "somebody who runs the program", || {
            after(|_| (), ANA, linking(ANA, OUTSIDE, true))
        }),
        case("lead_links", AskSomeoneElse, "take a link apart", || {
            after(|ledger| _ = ledger.does(LEAD, linking(BEN, ANA, true)), ANA, linking(ANA, BEN, false))
        }),
        case("not_linked", AskWhenThingsChange, "members 7 and 9 are not linked", || {
            after(
                |ledger| {
                    ledger.does(LEAD, linking(ANA, BEN, true));
                    ledger.does(LEAD, linking(BEN, CLEO, true));
                },
                LEAD,
                linking(ANA, CLEO, false),
            )
        }),
        case("no_such_member", AskForSomethingElse, "no member 99", || {
            after(|_| (), OUTSIDE, conflict(99, true))
        }),
        case("same_person", AskDifferently, "members 2 and 7 are one person", || {
            after(|ledger| _ = ledger.does(LEAD, linking(ANA, OUTSIDE, true)), OUTSIDE, conflict(ANA, true))
        }),
        case("conflict_known", AskWhenThingsChange, "with member 7 stands already", || {
            after(|ledger| _ = ledger.does(OUTSIDE, conflict(ANA, true)), OUTSIDE, conflict(ANA, true))
        }),
        case("no_conflict", AskWhenThingsChange, "no conflict of yours with member 7", || {
            after(|ledger| _ = ledger.does(ALTERNATE, conflict(ANA, true)), OUTSIDE, conflict(ANA, false))
        }),
        case("node_unchanged", AskWhenThingsChange, "the register says so", || {
            after(|_| (), ANA, node(address(0x77), false))
        }),
        case("node_unchanged", AskWhenThingsChange, "the register says so", || {
            after(|ledger| _ = ledger.does(ANA, node(address(0x77), true)), ANA, node(address(0x77), true))
        }),
    ]
}

fn on_votes() -> Vec<Case> {
    use Remedy::{AskDifferently, AskSomeoneElse};
    vec![
        case("own_claim", AskSomeoneElse, "nobody votes on their own claim", || {
            stake(|ledger| _ = ledger.does(LEAD, linking(ANA, OUTSIDE, true)))
        }),
        case("conflict_declared", AskSomeoneElse, "a conflict with member 7", || {
            stake(|ledger| _ = ledger.does(OUTSIDE, conflict(ANA, true)))
        }),
        case("own_payee", AskSomeoneElse, "an address or a node of yours", || {
            stake(|ledger| _ = ledger.does(OUTSIDE, node(address(7), true)))
        }),
        case("not_called", AskSomeoneElse, "no lead called you for submission 1", || {
            let mut ledger = pilot();
            ledger.does(LEAD, add_member("dora", &[Role::Alternate]));
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
            let vote = vote(&ledger, 10, number, Choice::Approve);
            ledger.refuses(10, vote)
        }),
        case("signature_needed", AskDifferently, "votes are signed", || {
            voted(SignedVotes::Demanded, |vote| vote)
        }),
        case("signatures_off", AskDifferently, "votes are not signed", || {
            voted(SignedVotes::Off, |vote| CastVote { signature: Some(signature()), ..vote })
        }),
        case("signature_incomplete", AskDifferently, "both a signature and its signer", || {
            voted(SignedVotes::Offered, |vote| CastVote { signer: Some(address(5)), ..vote })
        }),
        case("signature_incomplete", AskDifferently, "both a signature and its signer", || {
            voted(SignedVotes::Demanded, |vote| CastVote { signature: Some(signature()), ..vote })
        }),
        case("signer_not_yours", AskDifferently, "is not one of your recorded addresses", || {
            voted(SignedVotes::Offered, |vote| CastVote {
                signature: Some(signature()),
                signer: Some(address(2)),
                ..vote
            })
        }),
    ]
}

fn on_calling() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            after(|_| (), LEAD, call(ALTERNATE, 9))
        }),
        case("no_such_member", AskForSomethingElse, "no member 99", || {
            let mut ledger = pilot();
            ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
            ledger.refuses(LEAD, call(99, 1))
        }),
        case("revision_awaited", AskWhenThingsChange, "was sent back", || {
            called(|ledger| _ = ledger.votes(OUTSIDE, 1, Choice::NeedsChanges))
        }),
        case("already_decided", AskWhenThingsChange, "is approved", || {
            called(|ledger| _ = ledger.approves(1))
        }),
        case("not_an_alternate", AskDifferently, "member 10 does not have the role alternate", || {
            called(|ledger| _ = ledger.does(LEAD, revoke(10, Role::Alternate)))
        }),
        case("called_already", AskWhenThingsChange, "is called for submission 1 already", || {
            called(|ledger| {
                ledger.wait(168);
                ledger.does(LEAD, call(10, 1));
            })
        }),
        case("not_callable", AskDifferently, "cannot judge submission 1", || {
            called(|ledger| {
                ledger.wait(168);
                ledger.does(10, conflict(ANA, true));
            })
        }),
        case("not_callable", AskDifferently, "or votes on it anyway", || {
            called(|ledger| {
                ledger.wait(168);
                ledger.does(LEAD, linking(10, OUTSIDE, true));
            })
        }),
        case("too_early_to_call", AskWhenThingsChange, "from 2026-03-09T09:00:00", || called(|_| ())),
    ]
}

fn on_samples() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("sample_unchecked", AskWhenThingsChange, "is in the audit sample", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
            assert_eq!(ledger.approves(number), "approved");
            ledger.wait(24);
            ledger.does(TREASURER, funding(&ledger, "750"));
            ledger.does(TREASURER, observation(&ledger, 0, "750"));
            let batch = batch(&ledger, &[number]);
            ledger.refuses(TREASURER, batch)
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            after(|_| (), OUTSIDE, check(9, true))
        }),
        case("own_claim", AskSomeoneElse, "nobody votes on their own", || {
            checked(|ledger| _ = ledger.does(LEAD, linking(ANA, ALTERNATE, true)), ALTERNATE)
        }),
        case("conflict_declared", AskSomeoneElse, "a conflict with member 7", || {
            checked(|ledger| _ = ledger.does(ALTERNATE, conflict(ANA, true)), ALTERNATE)
        }),
        case("own_payee", AskSomeoneElse, "an address or a node of yours", || {
            checked(|ledger| _ = ledger.does(ALTERNATE, node(address(7), true)), ALTERNATE)
        }),
        case("recused", AskSomeoneElse, "you declared a conflict on submission 1", || {
            let mut ledger = pilot();
            let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
            ledger.votes(ALTERNATE, number, Choice::Recuse);
            assert_eq!(ledger.approves(number), "approved");
            ledger.refuses(ALTERNATE, check(number, true))
        }),
        case("no_sample_awaited", AskWhenThingsChange, "does not wait for a second look", || {
            checked(|ledger| _ = ledger.does(ALTERNATE, check(1, true)), ALTERNATE)
        }),
        case("own_approval", AskSomeoneElse, "you approved submission 1", || checked(|_| (), OUTSIDE)),
    ]
}
