//! Batches: who is paid when, out of what, and on which nonce of the Safe.

use domain::command::{FileSubmission, ObserveSafe, ProposeBatch};
use domain::event::Fact;
use domain::value::{Seq, Timestamp};
use domain::words::{ClaimKind, Role};

use crate::common::*;

fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.micros() - 1).unwrap()
}

/// The last microsecond at which a batch is refused because of `code` is the one before `hours` are over.
fn waits(ledger: &mut Ledger, submission: u32, hours: u32, code: &str) {
    ledger.wait(hours);
    let over = ledger.now;
    ledger.now = just_before(over);
    ledger.does(TREASURER, observation(ledger, 0, "750"));
    let batch = batch(ledger, &[submission]);
    assert_eq!(ledger.refuses(TREASURER, batch.clone()).code(), code);
    ledger.now = over;
    ledger.does(TREASURER, batch);
}

#[test]
fn each_lane_has_its_own_objection_period() {
    for (person, category, kind, lpt, hours) in [
        (ANA, "marketing", ClaimKind::Expense, "5", 24),
        (ANA, "marketing", ClaimKind::Expense, "6", 48),
        (ANA, "marketing", ClaimKind::Retro, "6", 168),
        (LEAD, "lead", ClaimKind::Lead, "6", 168),
    ] {
        let mut ledger = pilot();
        ledger.wait(168);
        ledger.does(TREASURER, funding(&ledger, "750"));
        let number = ledger.files(person, of_kind(kind, claim(&ledger, person, category, lpt)));
        assert_eq!(ledger.approves(number), "approved");
        ledger.passes(number);
        waits(&mut ledger, number, hours, "objection_period");
    }
}

#[test]
fn who_comes_to_run_the_program_waits_as_long_as_a_lead() {
    let mut ledger = pilot();
    ledger.does(TREASURER, funding(&ledger, "750"));
    let number = ledger.approved(ANA, "marketing", "5");

    ledger.does(LEAD, grant(ANA, Role::Reviewer));

    waits(&mut ledger, number, 168, "objection_period");
}

#[test]
fn a_changed_address_cools_off_and_a_first_one_only_waits_for_its_proof() {
    let mut ledger = pilot();
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(ANA, record_address(address(0x77)));
    let changed = FileSubmission { payee: address(0x77), ..claim(&ledger, ANA, "marketing", "5") };
    let number = ledger.files(ANA, changed);
    ledger.approves(number);
    ledger.passes(number);
    waits(&mut ledger, number, 96, "address_cooling");

    let mut ledger = pilot();
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(ALTERNATE, record_address(address(0x55)));
    let usable_from = ledger.program.address(&address(0x55)).unwrap().usable_from;
    assert_eq!(usable_from, ledger.now.plus_hours(domain::value::Count::new(48)));
}

#[test]
fn a_batch_puts_every_line_in_flight_and_names_the_journal_it_was_proposed_on() {
    let mut ledger = pilot();
    let first = ledger.approved(ANA, "marketing", "20");
    let second = ledger.approved(BEN, "bounties", "40");
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 3, "750"));
    let (size, root) = (ledger.program.size(), ledger.program.root());

    let Fact::BatchProposed { outcome, .. } = ledger.does(TREASURER, batch(&ledger, &[second, first])) else {
        panic!("a batch");
    };

    assert_eq!((outcome.size, outcome.root, outcome.total), (size, root, amount("60")));
    assert_eq!(
        ledger.moved(),
        [
            "1/bounties/encumbered -> 1/bounties/inflight 40",
            "1/marketing/encumbered -> 1/marketing/inflight 20"
        ]
    );
    assert_eq!(ledger.program.next_nonce(), Some(Seq::new(4)));
    assert_eq!((ledger.state(first), ledger.state(second)), ("in_batch", "in_batch"));
}

#[test]
fn open_batches_take_consecutive_nonces_and_share_one_balance() {
    let mut ledger = pilot();
    let numbers = [(ANA, "20"), (BEN, "20"), (CLEO, "10.5")]
        .map(|(person, lpt)| ledger.approved(person, "bounties", lpt));
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 7, "50"));
    ledger.does(TREASURER, batch(&ledger, &numbers[..1]));
    let third = batch(&ledger, &numbers[2..]);

    let skipped = ProposeBatch { nonce: Seq::new(9), ..batch(&ledger, &numbers[1..2]) };
    assert_eq!(ledger.refuses(TREASURER, skipped).code(), "nonce_out_of_turn");
    ledger.does(TREASURER, batch(&ledger, &numbers[1..2]));

    // 40 of 50 LPT are asked for already.
    let over = ledger.refuses(TREASURER, ProposeBatch { nonce: Seq::new(9), ..third.clone() });
    assert_eq!(
        over.to_string(),
        "the batch comes to 10.5 LPT, and beside open batches the Safe can pay 10 LPT: 0.5 LPT is missing"
    );
    // Somebody used the Safe for something else: the next free nonce is the chain's.
    ledger.does(TREASURER, observation(&ledger, 12, "50.5"));
    assert_eq!(
        ledger.refuses(TREASURER, ProposeBatch { nonce: Seq::new(9), ..third.clone() }).to_string(),
        "the next free nonce of the Safe is 12, not 9"
    );
    ledger.does(TREASURER, ProposeBatch { nonce: Seq::new(12), ..third });
}

#[test]
fn what_the_safe_has_executed_is_gone_from_its_balance_and_still_in_the_books() {
    let mut ledger = pilot();
    let numbers = [(ANA, "20"), (BEN, "20"), (CLEO, "11")]
        .map(|(person, lpt)| ledger.approved(person, "bounties", lpt));
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "50"));
    ledger.does(TREASURER, observation(&ledger, 7, "50"));
    ledger.does(TREASURER, batch(&ledger, &numbers[..1]));
    let unseen = ledger.clone();

    // The first batch was executed: what is left pays the second, once.
    ledger.does(TREASURER, observation(&ledger, 8, "30"));
    ledger.does(TREASURER, batch(&ledger, &numbers[1..2]));
    let third = batch(&ledger, &numbers[2..]);
    let over = ledger.refuses(TREASURER, third);
    assert_eq!(
        over.to_string(),
        "the batch comes to 11 LPT, and beside open batches the Safe can pay 10 LPT: 1 LPT is missing"
    );
    // LPT that nobody booked pay nothing: the books gave the Safe 50.
    ledger.does(TREASURER, observation(&ledger, 8, "750"));
    let third = batch(&ledger, &numbers[2..]);
    let over = ledger.refuses(TREASURER, third);
    assert_eq!(
        over.to_string(),
        "the batch comes to 11 LPT, and beside open batches the Safe can pay 10 LPT: 1 LPT is missing"
    );

    // A batch that is still open takes its part of the lower balance.
    let mut ledger = unseen;
    ledger.does(TREASURER, observation(&ledger, 7, "39"));
    let second = batch(&ledger, &numbers[1..2]);
    assert_eq!(ledger.refuses(TREASURER, second).code(), "over_safe_balance");
}

#[test]
fn a_wrong_look_at_the_safe_is_corrected_by_the_next() {
    let mut ledger = pilot();
    let right = observation(&ledger, 4, "750");
    ledger.does(TREASURER, ObserveSafe { block: Seq::new(900), ..observation(&ledger, 40, "7500") });
    assert_eq!(ledger.refuses(TREASURER, right.clone()).code(), "observed_before");
    let wrong = ledger.program.observation().unwrap().recorded;
    let corrected = ObserveSafe { corrects: Some(wrong), ..right };

    ledger.does(TREASURER, corrected.clone());

    let last = ledger.program.observation().unwrap();
    assert_eq!((&last.safe, last.recorded), (&corrected, wrong.next().unwrap()));
    assert_eq!(ledger.program.next_nonce(), Some(Seq::new(4)));
    // What was corrected is the last no more, and the next one rises again.
    assert_eq!(ledger.refuses(TREASURER, corrected.clone()).code(), "not_the_last_observation");
    let again = ObserveSafe { corrects: None, ..corrected };
    assert_eq!(ledger.refuses(TREASURER, again).code(), "observed_before");
}

#[test]
fn the_safe_pays_no_more_than_the_books_say_it_was_given() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "20");
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "19"));
    ledger.does(TREASURER, observation(&ledger, 0, "750"));

    let unexplained = batch(&ledger, &[number]);
    let refusal = ledger.refuses(TREASURER, unexplained.clone());
    ledger.does(TREASURER, funding(&ledger, "1"));
    ledger.does(TREASURER, unexplained);

    assert_eq!(
        refusal.to_string(),
        "the batch comes to 20 LPT, and beside open batches the Safe can pay 19 LPT: 1 LPT is missing"
    );
}

#[test]
fn a_look_at_the_safe_is_fresh_for_exactly_its_hours() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "20");
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 0, "750"));
    ledger.wait(24);
    let batch = batch(&ledger, &[number]);
    let fresh = ledger.clone();

    ledger.now = Timestamp::from_micros(ledger.now.micros() + 1).unwrap();
    assert_eq!(ledger.refuses(TREASURER, batch.clone()).code(), "observation_stale");

    let mut ledger = fresh;
    ledger.does(TREASURER, batch);
}

#[test]
fn a_batch_of_twenty_lines_is_the_largest() {
    let mut ledger = pilot();
    let mut numbers = Vec::new();
    for line in 0..21 {
        let person = [ANA, BEN, CLEO][line % 3];
        numbers.push(ledger.approved(person, "bounties", "1"));
    }
    ledger.wait(48);

    let largest: Vec<u32> = numbers[..20].to_vec();
    let too_many = batch(&ledger, &numbers);
    assert_eq!(ledger.refuses(TREASURER, too_many).code(), "too_many");
    ledger.proposes(&largest);

    assert_eq!(ledger.balance("1/bounties/inflight"), "20");
}

#[test]
fn what_is_in_a_batch_is_neither_revised_nor_voted_on_nor_batched_again() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "20");
    ledger.wait(48);
    ledger.proposes(&[number]);

    let revision = revision(&ledger, number, "1");
    let vote = vote(&ledger, ALTERNATE, number, domain::words::Choice::Reject);
    let again = batch(&ledger, &[number]);

    assert_eq!(
        ledger.refuses(ANA, revision).to_string(),
        "submission 1 is in_batch: it is past voting and revising"
    );
    assert_eq!(ledger.refuses(ALTERNATE, vote).code(), "already_decided");
    assert_eq!(ledger.refuses(TREASURER, again).code(), "already_batched");
}

#[test]
fn after_the_last_nonce_there_is_nothing_is_proposed() {
    let mut ledger = pilot();
    let numbers = [ANA, BEN].map(|person| ledger.approved(person, "bounties", "20"));
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, u64::MAX, "750"));
    ledger.does(TREASURER, batch(&ledger, &numbers[..1]));

    let again = ProposeBatch { nonce: Seq::new(u64::MAX), ..batch(&ledger, &numbers[1..]) };

    assert!(ledger.ask(TREASURER, again).is_err());
}
