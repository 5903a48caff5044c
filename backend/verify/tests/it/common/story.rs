//! More than 300 events: every kind, every stage of a claim, sixteen batches; and twists that change one thing early
//! and leave the whole history valid.

use domain::command::{
    AcceptOffer, Actor, AddComment, AddMember, Allot, Allotment, AppealRejection, ApproveWaiting, CastVote,
    ChallengeSubmission, CloseBounty, FileSubmission, GrantRole, HoldSubmission, ObserveSafe, OpenPeriod,
    PostBounty, RecordAddress, RecordFunding, ReleaseSlot, ReleaseSubmission, ReopenSubmission,
    ReverseSubmission, ReviseSubmission, RevokeRole, TakeSlot, WithdrawSubmission,
};
use domain::event::Fact;
use domain::evidence::EvidenceKey;
use domain::submission::Stage;
use domain::value::{Address, BountyNumber, Count, Digest, PeriodNumber, Seq};
use domain::words::{Choice, ClaimKind, Ground, PeriodKind, Role, Source, YesNo};
use serde_json::{Value, json};

use super::april::april;
use super::chain::chain;
use super::charter::{charter, lpt, slug};
use super::treasury::treasury;
use super::{Ledger, address, member, submission};

pub const LEAD: u32 = 1;
pub const OUTSIDE: u32 = 2;
pub const SECOND: u32 = 3;
pub const TREASURER: u32 = 4;
pub const ALTERNATE: u32 = 5;
pub const FIRST_CONTRIBUTOR: u32 = 7;
const CONTRIBUTORS: u32 = 6;

/// What a history may have otherwise, still in keeping with all rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    None,
    /// Two reviewers vote in another order.
    VotesMoved,
    /// A claim asks for more.
    AmountRaised,
    /// A claim pays another address of the claimant.
    PayeeChanged,
    /// A role is granted later.
    RoleGrantedLate,
    /// Something that nothing depends on never happened.
    EventDropped,
    /// A reviewer gave another reason.
    ReasonSwapped,
    /// A category was given more.
    AllotmentRaised,
}

impl Twist {
    pub const ALL: [Self; 7] = [
        Self::VotesMoved,
        Self::AmountRaised,
        Self::PayeeChanged,
        Self::RoleGrantedLate,
        Self::EventDropped,
        Self::ReasonSwapped,
        Self::AllotmentRaised,
    ];
}

impl Ledger {
    pub fn claim(&mut self, person: u32, kind: ClaimKind, category: &str, amount: &str) -> FileSubmission {
        let n = self.journal.len();
        let url = format!("https://x.com/a/status/{}", 1_790_000_000_000_000_000 + n);
        let key = EvidenceKey::from_link(&url).unwrap().bound_to(&self.program.identity());
        let texts = self.paper(&json!({
            "evidence": [{"captured_at": "2026-03-02T09:00:00Z", "url": url}],
            "summary": format!("What was done, the {n}th.\nIt went well."),
            "title": format!("Work {n}"),
        }));
        FileSubmission {
            amount: lpt(amount),
            bounty: None,
            captures: Vec::new(),
            category: slug(category),
            channel: slug("x"),
            contests: None,
            evidence: vec![key],
            function: slug("author"),
            kind,
            payee: address(u8::try_from(person).unwrap()),
            period: PeriodNumber::FIRST,
            promoted: YesNo::No,
            share: None,
            texts,
        }
    }

    pub fn files(&mut self, person: u32, claim: FileSubmission) -> u32 {
        match self.does(person, claim) {
            Fact::SubmissionFiled { outcome, .. } => outcome.submission.get(),
            other => panic!("{other:?}"),
        }
    }

    pub fn votes(&mut self, reviewer: u32, number: u32, choice: Choice, reason: &str) -> &'static str {
        let claim = self.program.submission(submission(number)).unwrap();
        let Stage::Submitted { ballots } = &claim.stage else { panic!("{:?}", claim.stage) };
        let before = ballots.get(&member(reviewer)).map_or(Count::ZERO, |ballot| ballot.ordinal);
        let (revision, ordinal) = (claim.revision.digest, before.next().unwrap());
        let reason = self.reason(reason);
        let ground = (choice == Choice::Reject).then_some(Ground::Proof);
        let (signature, signer, submission) = (None, None, submission(number));
        let vote = CastVote {
            choice,
            ground,
            offer: None,
            ordinal,
            reason,
            revision,
            signature,
            signer,
            submission,
        };
        match self.does(reviewer, vote) {
            Fact::VoteCast { outcome, .. } => outcome.verdict.as_str(),
            other => panic!("{other:?}"),
        }
    }

    pub fn observes(&mut self, nonce: u64, balance: &str) {
        let block = self.program.observation().map_or(100, |last| last.safe.block.get() + 10);
        self.does(
            TREASURER,
            ObserveSafe {
                balance: lpt(balance),
                block: Seq::new(block),
                block_hash: Digest::sha256(&[b"block", &block.to_be_bytes()]),
                corrects: None,
                guard: None,
                modules: Vec::new(),
                nonce: Seq::new(nonce),
                owners: vec![address(0xa1), address(0xa2), address(0xa3)],
                singleton: safe::deployments::DEPLOYMENTS[2].safe,
                source: Source::Attested,
                threshold: Count::new(2),
            },
        );
    }

    fn records(&mut self, person: u32, address: Address) {
        self.does(person, RecordAddress { address, proof: None });
    }
}

fn grant(ledger: &mut Ledger, role: Role) {
    ledger.does(LEAD, GrantRole { member: member(FIRST_CONTRIBUTOR + 1), role });
}

fn set_up(ledger: &mut Ledger, twist: Twist) {
    for n in 1..CONTRIBUTORS {
        let name = ledger.paper(&json!({ "handle": format!("contributor-{n}") }));
        ledger.does(LEAD, AddMember { name, roles: vec![Role::Contributor] });
    }
    for person in FIRST_CONTRIBUTOR..FIRST_CONTRIBUTOR + CONTRIBUTORS {
        ledger.records(person, address(u8::try_from(person).unwrap()));
        ledger.records(person, address(u8::try_from(person + 0x40).unwrap()));
    }
    if twist != Twist::EventDropped {
        ledger.records(LEAD, address(0x77));
    }
    if twist != Twist::RoleGrantedLate {
        grant(ledger, Role::Auditor);
    }
    ledger.does(
        LEAD,
        OpenPeriod {
            cap: lpt("750"),
            ends_at: "2026-04-01T00:00:00Z".parse().unwrap(),
            kind: PeriodKind::Month,
            starts_at: "2026-03-01T00:00:00Z".parse().unwrap(),
        },
    );
    let operations = if twist == Twist::AllotmentRaised { "27" } else { "25" };
    allot(ledger, &[("bounties", "120"), ("marketing", "50"), ("operations", operations)]);
    ledger.does(
        TREASURER,
        RecordFunding {
            amount: lpt("750"),
            log_index: Count::ZERO,
            receipt: None,
            sender: Some(address(0xf1)),
            source: Source::Attested,
            tx_hash: Digest::sha256(&[b"funding"]),
        },
    );
    ledger.now = "2026-03-05T09:00:00Z".parse().unwrap();
}

fn allot(ledger: &mut Ledger, amounts: &[(&str, &str)]) {
    let allotments =
        amounts.iter().map(|(category, amount)| Allotment { amount: lpt(amount), category: slug(category) });
    ledger.does(LEAD, Allot { allotments: allotments.collect(), period: PeriodNumber::FIRST, reason: None });
}

fn bounty(ledger: &mut Ledger, reward: &str) -> BountyNumber {
    let brief = ledger.paper(&json!({"brief": "Host a space.", "title": "Space"}));
    let bounty = PostBounty {
        brief,
        category: slug("bounties"),
        closes_at: "2026-03-30T00:00:00Z".parse().unwrap(),
        function: slug("host"),
        opens_at: "2026-03-01T00:00:00Z".parse().unwrap(),
        period: PeriodNumber::FIRST,
        probe: YesNo::No,
        reward: lpt(reward),
        slots: Count::new(2),
        template: None,
    };
    match ledger.does(LEAD, bounty) {
        Fact::BountyPosted { outcome, .. } => outcome.bounty,
        other => panic!("{other:?}"),
    }
}

/// What is approved at the end of a round is paid a day later.
fn pay(ledger: &mut Ledger, submissions: &[u32]) {
    ledger.now = ledger.now.plus_hours(Count::new(60));
    ledger.observes(4, "750");
    let batch = ledger.batch(submissions);
    ledger.does(TREASURER, batch);
}

/// A round of claims: for a bounty, on marketing, and on operations; gives those that were approved.
fn round(ledger: &mut Ledger, n: u32, twist: Twist) -> Vec<u32> {
    let offer = bounty(ledger, "3");
    let mut approved = Vec::new();
    for person in FIRST_CONTRIBUTOR..FIRST_CONTRIBUTOR + CONTRIBUTORS {
        let turn = person - FIRST_CONTRIBUTOR + n;
        let category = ["bounties", "marketing", "operations"][usize::try_from(turn % 3).unwrap()];
        let kind =
            [ClaimKind::Bounty, ClaimKind::Expense, ClaimKind::Expense][usize::try_from(turn % 3).unwrap()];
        let mut claim = ledger.claim(person, kind, category, "1.5");
        if kind == ClaimKind::Bounty {
            claim = FileSubmission { bounty: Some(offer), function: slug("host"), ..claim };
        }
        let first = n == 0 && person == FIRST_CONTRIBUTOR;
        if first && twist == Twist::AmountRaised {
            claim.amount = lpt("1.75");
        }
        if first && twist == Twist::PayeeChanged {
            claim.payee = address(u8::try_from(person + 0x40).unwrap());
        }
        let number = ledger.files(person, claim);
        let mut reviewers = [OUTSIDE, SECOND];
        if first && twist == Twist::VotesMoved {
            reviewers.reverse();
        }
        let reason =
            if first && twist == Twist::ReasonSwapped { "Fine, and early." } else { "Fine; \"good\"." };
        assert_eq!(ledger.votes(reviewers[0], number, Choice::Approve, reason), "counted");
        assert_eq!(ledger.votes(reviewers[1], number, Choice::Approve, "=Agreed"), "approved");
        approved.push(number);
    }
    approved
}

/// Revisions, changed minds, a rejection, a recusal, a claim that waits for money, one nobody voted on.
fn detours(ledger: &mut Ledger, twist: Twist) -> Vec<u32> {
    let [ana, ben, cleo] = [FIRST_CONTRIBUTOR, FIRST_CONTRIBUTOR + 1, FIRST_CONTRIBUTOR + 2];
    let claim = ledger.claim(ana, ClaimKind::Expense, "marketing", "4");
    let evidence = claim.evidence.clone();
    let revised = ledger.files(ana, claim);
    assert_eq!(ledger.votes(OUTSIDE, revised, Choice::NeedsChanges, "Too much."), "needs_changes");
    let url = ledger.documents.len();
    let texts = {
        let link = &ledger.program.submission(submission(revised)).unwrap().revision.texts;
        let mut old: Value = serde_json::from_slice(&ledger.documents[link][16..]).unwrap();
        old["title"] = json!(format!("Better {url}"));
        ledger.paper(&old)
    };
    ledger.does(
        ana,
        ReviseSubmission {
            amount: lpt("3.5"),
            captures: Vec::new(),
            channel: slug("x"),
            evidence,
            function: slug("author"),
            payee: address(u8::try_from(ana).unwrap()),
            period: None,
            promoted: YesNo::No,
            share: None,
            submission: submission(revised),
            texts,
        },
    );
    assert_eq!(ledger.votes(OUTSIDE, revised, Choice::Reject, "Hm."), "counted");
    assert_eq!(ledger.votes(OUTSIDE, revised, Choice::Approve, "Well."), "counted");
    assert_eq!(ledger.votes(SECOND, revised, Choice::Recuse, "A friend."), "counted");
    assert_eq!(ledger.votes(ALTERNATE, revised, Choice::Approve, "Yes."), "approved");

    let claim = ledger.claim(ben, ClaimKind::Retro, "operations", "4");
    let rejected = ledger.files(ben, claim);
    assert_eq!(ledger.votes(OUTSIDE, rejected, Choice::Reject, "No."), "counted");
    assert_eq!(ledger.votes(ALTERNATE, rejected, Choice::Reject, "No."), "rejected");

    let claim = ledger.claim(cleo, ClaimKind::Expense, "operations", "20");
    let waiting = ledger.files(cleo, claim);
    assert_eq!(ledger.votes(OUTSIDE, waiting, Choice::Approve, "Dear."), "counted");
    assert_eq!(ledger.votes(SECOND, waiting, Choice::Approve, "Dear."), "agreed");
    allot(ledger, &[("operations", "50")]);
    ledger.ask(Actor::System, ApproveWaiting { submission: submission(waiting) }).unwrap();

    let claim = ledger.claim(ben, ClaimKind::Expense, "marketing", "1");
    ledger.files(ben, claim);
    if twist == Twist::RoleGrantedLate {
        grant(ledger, Role::Auditor);
    }
    ledger.does(LEAD, RevokeRole { member: member(FIRST_CONTRIBUTOR + 1), role: Role::Auditor });
    vec![revised, waiting]
}

/// An offer ended, one accepted, and what is doubted, held, given up, appealed and taken back.
fn disputes(ledger: &mut Ledger) {
    let [ana, ben] = [0, 1].map(|n| FIRST_CONTRIBUTOR + n);
    let offer = bounty(ledger, "2");
    ledger.does(ana, TakeSlot { bounty: offer, member: None });
    ledger.does(ana, ReleaseSlot { bounty: offer, member: None });
    let reason = ledger.reason("Enough of them.");
    ledger.does(LEAD, CloseBounty { bounty: offer, reason });

    let claim = ledger.claim(ana, ClaimKind::Expense, "bounties", "6");
    let number = ledger.files(ana, claim);
    let (submission, revision) =
        (submission(number), ledger.program.submission(submission(number)).unwrap().revision.digest);
    let (reason, amount) = (ledger.reason("For five."), lpt("5"));
    let (choice, ordinal) = (Choice::NeedsChanges, Count::new(1));
    let offered = CastVote {
        choice,
        ground: None,
        offer: Some(amount),
        ordinal,
        reason,
        revision,
        signature: None,
        signer: None,
        submission,
    };
    ledger.does(OUTSIDE, offered);
    ledger.does(ana, AcceptOffer { amount, submission });
    let text = ledger.paper(&json!({ "comment": "Thank you." }));
    ledger.does(ben, AddComment { submission, text });
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve, "Five."), "counted");
    assert_eq!(ledger.votes(SECOND, number, Choice::Approve, "Five."), "approved");
    let why =
        |ledger: &mut Ledger, n: u32| ledger.reason(&format!("It has to be looked at, the {n}th time."));
    let reason = why(ledger, 1);
    ledger.does(TREASURER, HoldSubmission { reason, submission });
    let reason = why(ledger, 2);
    ledger.does(TREASURER, ReleaseSubmission { reason, submission });
    let reason = why(ledger, 3);
    ledger.does(ben, ChallengeSubmission { reason, submission });
    let reason = why(ledger, 4);
    ledger.does(ana, ReopenSubmission { reason, submission });
    let reason = why(ledger, 5);
    ledger.does(ana, WithdrawSubmission { reason, submission });

    let claim = ledger.claim(ben, ClaimKind::Expense, "bounties", "6");
    let number = ledger.files(ben, claim);
    let submission = crate::common::submission(number);
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Reject, "Where is it?"), "counted");
    assert_eq!(ledger.votes(SECOND, number, Choice::Reject, "Where is it?"), "rejected");
    let reason = why(ledger, 6);
    ledger.does(ben, AppealRejection { reason, submission });
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve, "There."), "counted");
    assert_eq!(ledger.votes(SECOND, number, Choice::Approve, "There."), "approved");
    for (reviewer, n) in [(OUTSIDE, 7), (ALTERNATE, 8)] {
        let reason = why(ledger, n);
        ledger.does(reviewer, ReverseSubmission { reason, submission });
    }
}

/// The history with a twist.
pub fn story(twist: Twist) -> Ledger {
    let mut ledger = Ledger::open("2026-02-25T09:00:00Z", charter);
    set_up(&mut ledger, twist);
    for n in 0..3 {
        let approved = round(&mut ledger, n, twist);
        pay(&mut ledger, &approved);
    }
    let approved = detours(&mut ledger, twist);
    pay(&mut ledger, &approved[..1]);
    for n in 3..8 {
        round(&mut ledger, n, twist);
    }
    disputes(&mut ledger);
    treasury(&mut ledger);
    chain(&mut ledger);
    april(&mut ledger);
    assert_eq!(ledger.program.audit(), Ok(()));
    ledger
}
