//! One valid journal with an event of every kind, every optional field present and absent.

use std::collections::BTreeSet;

use domain::command::{
    Allot, CastVote, ChangeCap, ChangePolicy, ClosePeriod, EraseDocument, FileSubmission, Leave,
    MoveAllotment, ObserveSafe, PostBounty, ProposeBatch, RecordAddress, RecordFunding, RecordInflow,
    RecordOutflow, RecordRefund, RecordSignature, ReleaseSlot, ReviseSubmission, TakeSlot, WithdrawExecution,
    WithdrawFunding, WithdrawTransfer,
};
use domain::event::{Kind, Recorded};
use domain::policy::Policy;
use domain::value::{Address, Count, PeriodNumber, Seq};
use domain::words::{
    Choice, ClaimKind, Consumption, Erasure, FindingKind, Ground, Role, SigningForm, Source, Verdict, YesNo,
};
use domain::{Program, Request, decide, open};

use super::{hold, place};
use crate::common::*;

const EVENTS: &str = "backend/domain/tests/golden/events.jsonl";
const ROOT: &str = "backend/domain/tests/golden/root";

/// A walk through the pilot that meets everything once.
pub fn journal() -> Ledger {
    let mut ledger = pilot();
    ledger.does(LEAD, add_member("dora", &[Role::Contributor]));
    ledger.does(LEAD, grant(10, Role::Reviewer));
    ledger.does(LEAD, revoke(10, Role::Reviewer));
    ledger.does(BEN, record_address(lookalike()));
    ledger.does(OUTSIDE, RecordAddress { proof: Some(signature()), ..record_address(address(0x22)) });

    let offer = PostBounty { template: Some(slug("host")), ..bounty("bounties", "20", 2) };
    let offer = ledger.posts(offer);
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "15"));
    assert_eq!(ledger.approves(hosted), "approved");

    let receipt =
        FileSubmission { captures: vec![digest("a receipt")], ..claim(&ledger, BEN, "marketing", "30") };
    let receipt = ledger.files(BEN, receipt);
    assert_eq!(ledger.votes(OUTSIDE, receipt, Choice::NeedsChanges), "needs_changes");
    ledger.does(BEN, revision(&ledger, receipt, "28.5"));
    assert_eq!(ledger.votes(LEAD, receipt, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, receipt, Choice::Recuse), "counted");
    assert_eq!(ledger.votes(ALTERNATE, receipt, Choice::Approve), "approved");

    let spam = ledger.files(CLEO, of_kind(ClaimKind::Retro, claim(&ledger, CLEO, "marketing", "5")));
    assert_eq!(ledger.votes(OUTSIDE, spam, Choice::Reject), "counted");
    assert_eq!(ledger.votes(ALTERNATE, spam, Choice::Reject), "rejected");

    let offer_two = ledger.posts(PostBounty { probe: YesNo::Yes, ..bounty("bounties", "5", 2) });
    ledger.does(BEN, take_slot(offer_two));
    ledger.does(BEN, release_slot(offer_two));
    ledger.does(LEAD, TakeSlot { member: Some(member_number(CLEO)), ..take_slot(offer_two) });
    ledger.does(LEAD, ReleaseSlot { member: Some(member_number(CLEO)), ..release_slot(offer_two) });
    let late = ledger.files(BEN, bounty_claim(&ledger, BEN, offer_two, "5"));
    ledger.does(LEAD, close_bounty(offer_two));
    ledger.does(OUTSIDE, rejection(&ledger, OUTSIDE, late, Ground::Proof));
    ledger.does(BEN, appeal(late));
    ledger.does(BEN, withdraw(late));

    let half = FileSubmission { share: Some(Count::new(60)), ..claim(&ledger, ANA, "marketing", "9") };
    let shared = ledger.files(ANA, half.clone());
    let rest = Some(Count::new(40));
    let other = ledger.files(BEN, FileSubmission { payee: address(8), share: rest, ..half.clone() });
    let contests = Some(submission_number(shared));
    let disputed = FileSubmission { payee: address(9), contests, ..half };
    let disputed = ledger.files(CLEO, FileSubmission { share: Some(Count::new(60)), ..disputed });
    ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, shared, "6"));
    ledger.does(ANA, accept_offer(shared, "6"));
    ledger.does(ANA, ReviseSubmission { share: Some(Count::new(50)), ..revision(&ledger, shared, "6") });
    ledger.does(BEN, comment(shared));
    ledger.does(OUTSIDE, rejection(&ledger, OUTSIDE, disputed, Ground::Duplicate));
    assert_eq!(ledger.votes(ALTERNATE, disputed, Choice::Reject), "rejected");
    ledger.does(CLEO, appeal(disputed));
    ledger.does(CLEO, withdraw(disputed));
    let theirs = ledger.submission(disputed);
    let (author, document, submission) = (theirs.claimant, theirs.revision.texts, Some(theirs.number));
    let erase = EraseDocument { author, class: Erasure::Personal, document, submission };
    ledger.does(CLEO, erase);
    ledger.does(LEAD, erase);
    let brief = ledger.program.bounty(offer).unwrap().brief;
    let author = member_number(LEAD);
    ledger.does(LEAD, EraseDocument { author, class: Erasure::Mistake, document: brief, submission: None });
    assert_eq!(ledger.approves(shared), "approved");
    ledger.does(TREASURER, hold_back(shared));
    ledger.does(LEAD, release(shared));
    ledger.does(BEN, challenge(shared));
    ledger.does(ANA, reopen(shared));
    ledger.does(ANA, withdraw(shared));
    assert_eq!(ledger.approves(other), "approved");
    ledger.does(OUTSIDE, reverse(other));
    ledger.does(ALTERNATE, reverse(other));
    assert_eq!(ledger.state(other), "reversed");

    let stickers = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "24"));
    assert_eq!(ledger.approves(stickers), "agreed");
    ledger.does(LEAD, allot(&[("marketing", "60"), ("bounties", "115")]));
    ledger.ask_as_system(approve_waiting(stickers)).unwrap();

    ledger.does(TREASURER, RecordFunding { sender: Some(address(0xf1)), ..funding(&ledger, "700") });
    ledger.does(TREASURER, funding(&ledger, "50"));
    ledger.does(TREASURER, observation(&ledger, 0, "750"));
    ledger.wait(50);
    ledger.does(TREASURER, observation(&ledger, 1, "75"));
    let corrects = ledger.program.observation().map(|wrong| wrong.recorded);
    ledger.does(
        TREASURER,
        ObserveSafe {
            corrects,
            guard: Some(address(0xaa)),
            modules: vec![address(0xab)],
            ..observation(&ledger, 0, "750")
        },
    );
    ledger.does(TREASURER, batch(&ledger, &[hosted, receipt]));
    ledger.does(TREASURER, batch(&ledger, &[stickers]));
    people(&mut ledger);
    chain(&mut ledger, [hosted, receipt, stickers]);
    let looser = Policy { open_claims: Count::new(13), single_handed_hours: None, ..policy() };
    ledger
        .does(LEAD, ChangePolicy { after: Count::new(1), policy: looser, reason: digest("more is welcome") });
    april(&mut ledger);
    ledger
}

/// What becomes of the two nonces, and LPT that moves otherwise.
fn chain(ledger: &mut Ledger, [hosted, receipt, stickers]: [u32; 3]) {
    ledger.does(TREASURER, observation(ledger, 0, "750"));
    ledger.does(TREASURER, candidate(ledger, 0, &[receipt]));
    ledger.does(TREASURER, rejection_of(1));
    ledger.does(ANA, signing(1, 0xa1));
    let signed = RecordSignature { form: SigningForm::ApprovedHash, signature: None, ..signing(2, 0xa2) };
    ledger.does(BEN, signed.clone());
    let contract = Some(contract_signature());
    ledger
        .does(BEN, RecordSignature { contract, form: SigningForm::Contract, owner: address(0xa3), ..signed });
    ledger.sees(1);
    for person in [TREASURER, LEAD] {
        ledger.does(person, executed(3));
    }
    ledger.does(TREASURER, withdraw_execution(0));
    for person in [OUTSIDE, TREASURER] {
        ledger.does(person, consumed(0, Consumption::Failed));
    }
    let attested = ledger.last_event();
    ledger.reads(found(0, FindingKind::Contradicted));
    ledger.reads(confirm(attested));
    ledger.reads(read_execution(2));
    on_chain(ledger);
    let contribution = ledger.receives("12");
    ledger.does(TREASURER, RecordInflow { sender: Some(address(9)), ..inflow(ledger, "2") });
    let returned = ledger.last_event();
    for person in [LEAD, TREASURER] {
        ledger.does(person, classify(contribution, None));
        ledger.does(person, classify(returned, Some(stickers)));
    }
    ledger.does(TREASURER, refund(ledger, stickers, "1"));
    ledger.does(TREASURER, RecordRefund { sender: Some(address(9)), ..refund(ledger, stickers, "1") });
    takes_back(ledger);
    // One is paid too little out of a batch, one too much, which its batch pays again.
    ledger.does(TREASURER, batch(ledger, &[hosted]));
    settles(ledger, "10", hosted);
    ledger.does(TREASURER, executed(5));
    ledger.does(TREASURER, withdraw_execution(2));
    settles(ledger, "20", receipt);
    ledger.does(TREASURER, RecordOutflow { recipient: Some(address(0xf7)), ..outflow(ledger, "3") });
    let lost = ledger.last_event();
    for person in [OUTSIDE, TREASURER] {
        ledger.does(person, settle(lost, None));
    }
    ledger.receives("1");
    takes_back(ledger);
    ledger.loses("1");
    takes_back(ledger);
}

/// Two persons say that an outflow paid a claim.
fn settles(ledger: &mut Ledger, lpt: &str, submission: u32) {
    let out = ledger.loses(lpt);
    for person in [OUTSIDE, TREASURER] {
        ledger.does(person, settle(out, Some(submission)));
    }
}

/// What was recorded last was wrong.
fn takes_back(ledger: &mut Ledger) {
    let event = ledger.last_event();
    ledger.does(TREASURER, withdraw_transfer(event));
}

/// Who joins, leaves, is one person, has a stake; an alternate, a sample, and a signed decision of one alone.
fn people(ledger: &mut Ledger) {
    ledger.does(LEAD, invite("an invite", &[Role::Alternate]));
    ledger.does(LEAD, invite("another", &[Role::Contributor]));
    ledger.does(LEAD, withdraw_invite("another"));
    ledger.ask_as_system(join("eve", Some("an invite"))).unwrap();
    ledger.does(LEAD, linking(ANA, 10, true));
    ledger.does(OUTSIDE, conflict(CLEO, true));
    ledger.does(ANA, node(address(0x77), true));

    let small = ledger.files(ANA, claim(ledger, ANA, "operations", "4"));
    assert_eq!(ledger.votes(OUTSIDE, small, Choice::Approve), "approved");
    ledger.does(ALTERNATE, check(small, true));
    let waiting = ledger.files(BEN, claim(ledger, BEN, "marketing", "3.5"));
    let large = ledger.files(BEN, claim(ledger, BEN, "operations", "30"));
    assert_eq!(ledger.votes(OUTSIDE, large, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, waiting, Choice::Approve), "approved");
    ledger.does(ALTERNATE, check(waiting, false));

    ledger.does(SECOND_OUTSIDE, Leave {});
    ledger.does(LEAD, revoke(ALTERNATE, Role::Reviewer));
    ledger.wait(168);
    ledger.does(LEAD, call(11, large));
    ledger.does(11, Leave {});
    let alone = CastVote {
        signature: Some(signature()),
        signer: Some(address(0x22)),
        ..vote(ledger, OUTSIDE, large, Choice::Approve)
    };
    ledger.does(OUTSIDE, alone);
    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    ledger.does(LEAD, grant(OUTSIDE, Role::Reviewer));
    ledger.does(LEAD, allot(&[("marketing", "53.5")]));
    let last = ledger.files(ANA, claim(ledger, ANA, "marketing", "3"));
    assert_eq!(ledger.votes(OUTSIDE, last, Choice::Approve), "agreed");
    ledger.does(LEAD, allot(&[("marketing", "60")]));
    ledger.ask_as_system(approve_waiting(last)).unwrap();
}

/// What the ledger reads: transfers that are taken back again, as a chain that changes shows them.
fn on_chain(ledger: &mut Ledger) {
    let funding = RecordFunding { sender: Some(address(0xf1)), ..funding(ledger, "6") };
    let (receipt, source) = (Some(digest("a receipt")), Source::Chain);
    ledger.reads(RecordFunding { receipt, source, ..funding });
    let event = ledger.last_event();
    ledger.reads(WithdrawFunding { event, reason: None });
    ledger.reads(read_inflow(ledger, "1"));
    let event = ledger.last_event();
    ledger.reads(WithdrawTransfer { event, reason: None });
    ledger.reads(read_outflow(ledger, "1"));
    let event = ledger.last_event();
    ledger.reads(WithdrawTransfer { event, reason: None });
    ledger.reads(WithdrawExecution { nonce: Seq::new(1), reason: None });
    ledger.sees(2);
    ledger.reads(read_consumption(1, Consumption::Replaced));
    ledger.reads(WithdrawExecution { nonce: Seq::new(1), reason: None });
    ledger.reads(read_execution(2));
}

/// A second period, with new limits and a cap that changes, to its end.
fn april(ledger: &mut Ledger) {
    let second = PeriodNumber::new(2).unwrap();
    ledger.does(
        LEAD,
        change_limits(None, &[category("marketing", "40", "100"), category("travel", "0", "20")]),
    );
    ledger.does(LEAD, change_limits(Some("1500"), &[]));
    ledger.does(LEAD, period("700", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"));
    ledger.does(LEAD, ChangeCap { period: second, ..change_cap("740") });
    ledger.does(LEAD, ChangeCap { period: second, ..change_cap("725") });
    ledger.does(LEAD, Allot { period: second, ..allot(&[("bounties", "120"), ("travel", "10")]) });
    ledger.does(LEAD, MoveAllotment { period: second, ..move_allotment("bounties", "operations", "15.5") });
    ledger.does(TREASURER, funding(ledger, "5"));
    let wrong = ledger.journal.last().unwrap().event.seq;
    ledger.does(TREASURER, withdraw_funding(wrong));
    ledger.now = ledger.now.max(at("2026-04-10T00:00:00Z"));
    let late = FileSubmission { period: second, ..claim(ledger, BEN, "operations", "4") };
    let late = ledger.files(BEN, late);
    assert_eq!(ledger.approves(late), "approved");
    let taken_back = FileSubmission { period: second, ..claim(ledger, ANA, "operations", "4.5") };
    let taken_back = ledger.files(ANA, taken_back);
    assert_eq!(ledger.approves(taken_back), "approved");
    ledger.does(LEAD, grant(ALTERNATE, Role::Reviewer));
    let [owed, flying, paid] = [ANA, BEN, ANA].map(|person| {
        let claim = FileSubmission { period: second, ..claim(ledger, person, "bounties", "10") };
        let number = ledger.files(person, claim);
        assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
        assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
        number
    });
    let wanting = FileSubmission { period: second, ..claim(ledger, BEN, "operations", "2") };
    let wanting = ledger.files(BEN, wanting);
    assert_eq!(ledger.approves(wanting), "approved");
    ledger.now = at("2026-05-06T00:00:00Z");
    ledger.does(TREASURER, observation(ledger, 2, "700"));
    ledger.does(TREASURER, batch(ledger, &[paid]));
    let first = ledger.program.batches().last().unwrap().number;
    let safe_tx_hash = digest("another nonce");
    let adopted =
        ProposeBatch { adopts: Some(first), beside: YesNo::Yes, safe_tx_hash, ..batch(ledger, &[paid]) };
    let nonce = ledger.program.batch(first).unwrap().nonce;
    ledger.does(TREASURER, ProposeBatch { nonce, ..adopted });
    ledger.does(TREASURER, batch(ledger, &[flying]));
    ledger.does(LEAD, ClosePeriod { period: second, ..close_period() });
    ledger.does(TREASURER, executed(5));
    ledger.does(TREASURER, executed(6));
    ledger.does(TREASURER, refund(ledger, paid, "1"));
    takes_back(ledger);
    let returned = ledger.receives("2");
    for person in [LEAD, TREASURER] {
        ledger.does(person, classify(returned, Some(paid)));
    }
    settles(ledger, "9", owed);
    settles(ledger, "8", flying);
    ledger.does(OUTSIDE, reverse(taken_back));
    ledger.does(LEAD, check(wanting, false));
    ledger.does(BEN, reopen(late));
    let third = Some(PeriodNumber::new(3).unwrap());
    ledger.does(LEAD, period("700", "2026-05-06T00:00:00Z", "2026-06-01T00:00:00Z"));
    ledger.does(BEN, ReviseSubmission { period: third, ..revision(ledger, late, "4") });
}

/// An address with the same first and last digits as Ana's.
fn lookalike() -> Address {
    let mut bytes = [0x55; 20];
    for place in [0, 1, 18, 19] {
        bytes[place] = 7;
    }
    Address::from_bytes(bytes)
}

#[test]
fn the_golden_journal_is_what_the_rules_write() {
    let ledger = journal();

    let lines: Vec<String> = ledger.journal.iter().map(|recorded| text(recorded).to_owned() + "\n").collect();
    hold(EVENTS, &lines.concat());
    hold(ROOT, &format!("{}\n", ledger.program.root()));
    println!("count: golden events {}", lines.len());
}

#[test]
fn the_golden_journal_replays_to_its_root() {
    let stored = std::fs::read_to_string(place(EVENTS)).unwrap();
    let root = std::fs::read_to_string(place(ROOT)).unwrap();
    let mut events = stored.lines().map(|line| Recorded::from_bytes(line.as_bytes()).unwrap());
    let first = events.next().unwrap();
    assert_eq!(open(first.event.program, &Request::behind(&first.event)), Ok(first.event.clone()));
    let mut program = Program::begin(&first).unwrap();
    let mut kinds = BTreeSet::from([first.event.fact.kind()]);
    let mut verdicts = BTreeSet::new();

    for recorded in events {
        assert_eq!(decide(&program, &Request::behind(&recorded.event)), Ok(recorded.event.clone()));
        program.apply(&recorded).unwrap();
        assert_eq!(program.audit(), Ok(()));
        kinds.insert(recorded.event.fact.kind());
        if let domain::event::Fact::VoteCast { outcome, .. } = recorded.event.fact {
            verdicts.insert(outcome.verdict);
        }
    }

    assert_eq!(program.root().to_string(), root.trim_end());
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), Kind::ALL);
    assert_eq!(verdicts.into_iter().collect::<Vec<_>>(), Verdict::ALL);
}
