//! Who joins and leaves, and accounts of one person.

use domain::command::{FileSubmission, Leave, RecordAddress};
use domain::event::Fact;
use domain::value::Count;
use domain::words::{Choice, Role, YesNo};

use crate::common::*;

/// Joins by the ledger's own event; the new member's number.
fn joins(ledger: &mut Ledger, handle: &str, secret: Option<&str>) -> u32 {
    let fact = ledger.ask_as_system(join(handle, secret)).unwrap().event.fact;
    let Fact::MemberJoined { outcome, .. } = fact else { panic!("{fact:?}") };
    outcome.member.get()
}

fn roles(ledger: &Ledger, member: u32) -> Vec<&'static str> {
    let member = ledger.program.member(member_number(member)).unwrap();
    member.roles.iter().map(|(role, _)| role.as_str()).collect()
}

#[test]
fn an_invite_lets_one_person_in_with_its_roles() {
    let mut ledger = pilot();
    let invited = ledger.does(LEAD, invite("knock", &[Role::Reviewer, Role::Contributor]));
    let Fact::MemberInvited { outcome, .. } = invited else { panic!("{invited:?}") };
    assert_eq!(outcome.until, ledger.now.plus_hours(Count::new(168)));
    ledger.wait(167);

    assert_eq!(joins(&mut ledger, "dora", Some("knock")), 10);

    assert_eq!(roles(&ledger, 10), ["contributor", "reviewer"]);
    let again = ledger.ask_as_system(join("eve", Some("knock"))).unwrap_err();
    assert_eq!(again.code(), "invite_closed");
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(10, number, Choice::Approve), "counted");
}

#[test]
fn an_invite_is_refused_from_the_moment_it_ends() {
    let mut ledger = pilot();
    ledger.does(LEAD, invite("knock", &[Role::Contributor]));
    let mut late = ledger.clone();
    ledger.wait(168);
    late.now = domain::value::Timestamp::from_micros(ledger.now.micros() - 1).unwrap();

    assert_eq!(ledger.ask_as_system(join("dora", Some("knock"))).unwrap_err().code(), "invite_expired");
    assert_eq!(joins(&mut late, "dora", Some("knock")), 10);
}

#[test]
fn where_everybody_may_join_they_are_contributors() {
    let mut ledger = pilot_where(|policy| policy.open_joining = YesNo::Yes);

    let member = joins(&mut ledger, "dora", None);

    assert_eq!(roles(&ledger, member), ["contributor"]);
    ledger.does(member, record_address(address(10)));
    ledger.files(member, claim(&ledger, member, "marketing", "10"));
}

#[test]
fn nobody_joins_before_a_submission_that_is_due() {
    let mut ledger = pilot_where(|policy| policy.open_joining = YesNo::Yes);
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "60"));
    assert_eq!(ledger.approves(number), "agreed");
    ledger.does(LEAD, allot(&[("marketing", "60")]));

    assert_eq!(ledger.ask_as_system(join("dora", None)).unwrap_err().code(), "system_first");
    ledger.ask_as_system(approve_waiting(number)).unwrap();
    joins(&mut ledger, "dora", None);
}

#[test]
fn who_leaves_loses_every_role_and_every_open_vote_and_keeps_their_claims() {
    let mut ledger = pilot();
    let own = ledger.files(OUTSIDE, claim(&ledger, OUTSIDE, "marketing", "4"));
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");

    ledger.does(OUTSIDE, Leave {});

    assert!(roles(&ledger, OUTSIDE).is_empty());
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, own, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, own, Choice::Approve), "approved");
}

#[test]
fn the_last_lead_does_not_leave() {
    let mut ledger = pilot();
    assert_eq!(ledger.refuses(LEAD, Leave {}).code(), "last_lead");

    ledger.does(LEAD, grant(OUTSIDE, Role::Lead));
    ledger.does(LEAD, Leave {});

    assert_eq!(ledger.refuses(OUTSIDE, Leave {}).code(), "last_lead");
}

#[test]
fn nobody_votes_on_a_claim_of_another_account_of_theirs() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");

    ledger.does(OUTSIDE, linking(ANA, OUTSIDE, true));

    // The vote that was cast counts no longer, and the lead's lane takes two from outside.
    assert_eq!(ledger.refuses(OUTSIDE, vote(&ledger, OUTSIDE, number, Choice::Reject)).code(), "own_claim");
    assert_eq!(ledger.program.lane_now(ledger.submission(number)).as_str(), "lead");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
}

#[test]
fn limits_of_a_person_are_sums_over_their_accounts() {
    let mut ledger = pilot();
    ledger.files(ANA, claim(&ledger, ANA, "bounties", "30"));
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    ledger.files(BEN, claim(&ledger, BEN, "marketing", "4"));
    ledger.does(ANA, linking(ANA, BEN, true));

    let shared = claim(&ledger, BEN, "bounties", "20.1");
    assert_eq!(ledger.refuses(BEN, shared).code(), "over_person_share");
    let small = ledger.files(BEN, claim(&ledger, BEN, "marketing", "1.1"));
    assert_eq!(ledger.submission(small).revision.lane.as_str(), "normal");
    for _ in 0..8 {
        ledger.files(BEN, claim(&ledger, BEN, "marketing", "0.1"));
    }
    let thirteenth = claim(&ledger, ANA, "marketing", "0.1");
    assert_eq!(ledger.refuses(ANA, thirteenth).code(), "too_many_open_claims");

    ledger.does(LEAD, linking(BEN, ANA, false));
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "0.1"));
}

#[test]
fn links_hang_together_and_come_apart_where_they_are_cut() {
    let mut ledger = pilot();
    let person = |ledger: &Ledger, member| ledger.program.person(member_number(member)).get();
    ledger.does(LEAD, linking(CLEO, BEN, true));
    ledger.does(LEAD, linking(ANA, CLEO, true));
    assert_eq!([ANA, BEN, CLEO].map(|member| person(&ledger, member)), [ANA; 3]);
    assert_eq!(ledger.refuses(LEAD, linking(ANA, BEN, true)).code(), "same_person");

    ledger.does(LEAD, linking(CLEO, ANA, false));

    assert_eq!([ANA, BEN, CLEO].map(|member| person(&ledger, member)), [ANA, BEN, BEN]);
}

#[test]
fn a_proven_address_does_not_wait_for_its_proof() {
    let mut ledger = pilot();
    let proven = |byte| RecordAddress { proof: Some(signature()), ..record_address(address(byte)) };
    ledger.does(ALTERNATE, proven(0x55));
    ledger.does(ANA, proven(0x77));

    let usable = |byte| ledger.program.address(&address(byte)).unwrap().usable_from;
    assert_eq!(usable(0x55), ledger.now);
    assert_eq!(usable(0x77), ledger.now.plus_hours(Count::new(48)));
}

#[test]
fn an_address_of_ones_other_account_is_refused() {
    let mut ledger = pilot();
    ledger.does(LEAD, linking(ANA, BEN, true));

    let refusal = ledger.refuses(BEN, record_address(address(7)));

    assert_eq!(
        (refusal.code(), refusal.to_string().contains("of member 7")),
        ("other_accounts_address", true)
    );
    let taken = FileSubmission { payee: address(7), ..claim(&ledger, BEN, "marketing", "4") };
    assert_eq!(ledger.refuses(BEN, taken).code(), "payee_not_yours");
}
