//! Documents that have to go.

use domain::command::EraseDocument;
use domain::event::Fact;
use domain::value::MemberNumber;
use domain::words::{Erasure, Ground, Role, Seconding};

use crate::common::*;

/// Asks to erase what a claim's current revision says.
fn erase(ledger: &Ledger, submission: u32) -> EraseDocument {
    let claim = ledger.submission(submission);
    EraseDocument {
        author: claim.claimant,
        class: Erasure::Personal,
        document: claim.revision.texts,
        submission: Some(claim.number),
    }
}

/// A claim of Ana's that she took back.
fn withdrawn() -> Ledger {
    let mut ledger = pilot();
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "6"));
    ledger.does(ANA, withdraw(1));
    ledger
}

fn verdict(fact: &Fact) -> Seconding {
    let Fact::DocumentErased { outcome, .. } = fact else { panic!("{fact:?}") };
    outcome.verdict
}

#[test]
fn an_author_asks_and_somebody_else_agrees() {
    let mut ledger = withdrawn();
    let asked = erase(&ledger, 1);

    assert_eq!(
        ledger.refuses(LEAD, asked).to_string(),
        "member 7 wrote this document: they ask first, for the same reason"
    );
    assert_eq!(verdict(&ledger.does(ANA, asked)), Seconding::Counted);
    assert_eq!(ledger.program.erased(&asked.document), None);
    assert_eq!(ledger.refuses(ANA, asked).code(), "said_before");
    assert_eq!(
        ledger.refuses(BEN, asked).to_string(),
        "somebody who runs the program has to agree: a lead, a reviewer or a treasurer"
    );
    let other = EraseDocument { class: Erasure::Rights, ..asked };
    assert_eq!(ledger.refuses(LEAD, other).code(), "author_first");

    assert_eq!(verdict(&ledger.does(TREASURER, asked)), Seconding::Done);

    assert_eq!(ledger.program.erased(&asked.document), Some(ledger.last_event()));
    let again = ledger.refuses(ANA, asked);
    assert_eq!(again.to_string(), format!("this document was erased in event {}", ledger.last_event()));
}

#[test]
fn nobody_agrees_with_themselves_under_another_account() {
    let mut ledger = withdrawn();
    let asked = erase(&ledger, 1);
    ledger.does(ANA, asked);
    ledger.does(LEAD, grant(BEN, Role::Treasurer));
    ledger.does(LEAD, linking(ANA, BEN, true));

    assert_eq!(ledger.refuses(BEN, asked).code(), "said_before");
}

#[test]
fn who_asked_as_the_author_and_is_not_any_more_does_not_agree_with_themselves() {
    let mut ledger = withdrawn();
    let asked = erase(&ledger, 1);
    ledger.does(LEAD, linking(ANA, OUTSIDE, true));
    ledger.does(OUTSIDE, asked);
    ledger.does(LEAD, linking(ANA, OUTSIDE, false));

    assert_eq!(ledger.refuses(OUTSIDE, asked).code(), "author_first");
    assert_eq!(verdict(&ledger.does(ANA, asked)), Seconding::Counted);
    assert_eq!(verdict(&ledger.does(OUTSIDE, asked)), Seconding::Done);
}

/// Whose a document is, the rules cannot know: one who lies about it speaks for nobody else.
#[test]
fn who_says_that_a_document_is_theirs_keeps_no_author_from_asking() {
    let mut ledger = withdrawn();
    let asked = erase(&ledger, 1);
    ledger.does(OUTSIDE, EraseDocument { author: member_number(OUTSIDE), ..asked });

    assert_eq!(ledger.refuses(OUTSIDE, asked).code(), "author_first");
    assert_eq!(verdict(&ledger.does(ANA, asked)), Seconding::Counted);
}

#[test]
fn what_a_decision_rests_on_stays_until_it_is_over() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "6"));
    let asked = erase(&ledger, number);
    let still_needed = |ledger: &mut Ledger, state: &str| {
        let refusal = ledger.refuses(ANA, asked).to_string();
        assert!(
            refusal.starts_with(&format!("submission 1 is {state}: what its decision rests on")),
            "{refusal}"
        );
    };
    still_needed(&mut ledger, "submitted");
    let mut rejected = ledger.clone();
    ledger.approves(number);
    still_needed(&mut ledger, "approved");
    ledger.wait(48);
    ledger.is_ready_to_pay();
    ledger.does(TREASURER, batch(&ledger, &[number]));
    still_needed(&mut ledger, "in_batch");
    ledger.does(TREASURER, executed(1));
    // A payment that was none is taken back, and the claim stands in its batch again.
    still_needed(&mut ledger, "paid");
    ledger.now = at("2026-04-06T00:00:00Z");
    ledger.does(LEAD, close_period());
    ledger.does(ANA, asked);

    // A rejection can be appealed against for a week.
    for reviewer in [OUTSIDE, ALTERNATE] {
        let vote = rejection(&rejected, reviewer, number, Ground::Proof);
        rejected.does(reviewer, vote);
    }
    rejected.wait(167);
    still_needed(&mut rejected, "rejected");
    rejected.wait(1);
    rejected.does(ANA, asked);
}

#[test]
fn a_document_of_no_claim_goes_as_well_and_its_author_is_a_member() {
    let mut ledger = pilot();
    let mut asked = EraseDocument {
        author: member_number(LEAD),
        class: Erasure::Mistake,
        document: digest("the pilot"),
        submission: None,
    };
    ledger.does(LEAD, asked);
    ledger.does(OUTSIDE, asked);
    assert!(ledger.program.erased(&asked.document).is_some());

    asked.author = MemberNumber::new(99).unwrap();
    assert_eq!(ledger.refuses(LEAD, asked).code(), "no_such_member");
    let nowhere =
        EraseDocument { author: member_number(LEAD), submission: Some(submission_number(9)), ..asked };
    assert_eq!(
        ledger.refuses(LEAD, EraseDocument { document: digest("x"), ..nowhere }).code(),
        "no_such_submission"
    );
}
