//! Commands that pass in the pilot unless a test spoils them.

use std::str::FromStr;

use domain::command::{
    AcceptOffer, AddComment, AddMember, Allot, Allotment, AppealRejection, ApproveWaiting, CallAlternate,
    CastVote, Category, ChallengeSubmission, ChangeCap, ChangeLimits, CheckSample, CloseBounty, ClosePeriod,
    DeclareConflict, DeclareNode, FileSubmission, GrantRole, HoldSubmission, InviteMember, Join, LinkMembers,
    MoveAllotment, ObserveSafe, OpenPeriod, Payout, PostBounty, ProposeBatch, RecordAddress, RecordFunding,
    ReleaseSlot, ReleaseSubmission, ReopenSubmission, ReverseSubmission, ReviseSubmission, RevokeRole,
    TakeSlot, WithdrawFunding, WithdrawInvite, WithdrawSubmission,
};
use domain::evidence::EvidenceKey;
use domain::submission::Stage;
use domain::value::{
    Address, Amount, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Signature, Slug,
    SubmissionNumber, Timestamp,
};
use domain::words::{Choice, ClaimKind, Ground, Operation, PeriodKind, Role, Source, YesNo};

use super::{Ledger, MULTI_SEND, TOKEN};

/// Reads a value that a test writes down.
fn read<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn amount(lpt: &str) -> Amount {
    read(lpt)
}

pub fn slug(name: &str) -> Slug {
    read(name)
}

pub fn at(moment: &str) -> Timestamp {
    read(moment)
}

/// A digest that stands for a document with this text.
pub fn digest(text: &str) -> Digest {
    Digest::sha256(&[text.as_bytes()])
}

pub const fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 20])
}

pub fn member_number(number: u32) -> MemberNumber {
    MemberNumber::new(number).unwrap()
}

pub fn submission_number(number: u32) -> SubmissionNumber {
    SubmissionNumber::new(number).unwrap()
}

pub fn add_member(handle: &str, roles: &[Role]) -> AddMember {
    AddMember { name: digest(handle), roles: roles.to_vec() }
}

pub fn grant(member: u32, role: Role) -> GrantRole {
    GrantRole { member: member_number(member), role }
}

pub fn revoke(member: u32, role: Role) -> RevokeRole {
    RevokeRole { member: member_number(member), role }
}

pub fn record_address(address: Address) -> RecordAddress {
    RecordAddress { address, proof: None }
}

/// A signature of nobody: the rules never ask whose it is.
pub fn signature() -> Signature {
    read(&format!("{}1b", "11".repeat(64)))
}

pub fn invite(secret: &str, roles: &[Role]) -> InviteMember {
    InviteMember { invite: Digest::sha256(&[digest(secret).bytes()]), roles: roles.to_vec() }
}

pub fn withdraw_invite(secret: &str) -> WithdrawInvite {
    WithdrawInvite { invite: Digest::sha256(&[digest(secret).bytes()]) }
}

/// Somebody with this handle joins, with the secret if there is one.
pub fn join(handle: &str, secret: Option<&str>) -> Join {
    Join { name: digest(handle), secret: secret.map(digest) }
}

pub fn linking(member: u32, other: u32, linked: bool) -> LinkMembers {
    let (member, other) = (member_number(member), member_number(other));
    LinkMembers { linked: YesNo::from(linked), member, other, reason: digest("the same person") }
}

pub fn conflict(with: u32, stands: bool) -> DeclareConflict {
    DeclareConflict { reason: digest("family"), stands: YesNo::from(stands), with: member_number(with) }
}

pub fn node(address: Address, operated: bool) -> DeclareNode {
    DeclareNode { address, note: digest("an orchestrator"), operated: YesNo::from(operated) }
}

pub fn call(member: u32, submission: u32) -> CallAlternate {
    CallAlternate { member: member_number(member), submission: submission_number(submission) }
}

pub fn check(submission: u32, passed: bool) -> CheckSample {
    let submission = submission_number(submission);
    CheckSample { passed: YesNo::from(passed), reason: digest("looked again"), submission }
}

pub fn period(cap: &str, starts: &str, ends: &str) -> OpenPeriod {
    OpenPeriod { cap: amount(cap), ends_at: at(ends), kind: PeriodKind::Month, starts_at: at(starts) }
}

/// Sets allotments of period 1, with a reason for those that are lowered.
pub fn allot(lines: &[(&str, &str)]) -> Allot {
    let allotments = lines
        .iter()
        .map(|(category, lpt)| Allotment { amount: amount(lpt), category: slug(category) })
        .collect();
    Allot { allotments, period: PeriodNumber::FIRST, reason: Some(digest("plans changed")) }
}

/// Moves money of period 1 from one category to another.
pub fn move_allotment(from: &str, to: &str, lpt: &str) -> MoveAllotment {
    MoveAllotment {
        amount: amount(lpt),
        from: slug(from),
        period: PeriodNumber::FIRST,
        reason: digest("plans changed"),
        to: slug(to),
    }
}

/// Sets the cap of period 1.
pub fn change_cap(lpt: &str) -> ChangeCap {
    ChangeCap { cap: amount(lpt), period: PeriodNumber::FIRST, reason: digest("plans changed") }
}

pub fn category(name: &str, floor: &str, ceiling: &str) -> Category {
    Category { ceiling: amount(ceiling), floor: amount(floor), slug: slug(name) }
}

/// Sets the program's cap, and the ranges of categories.
pub fn change_limits(cap: Option<&str>, categories: &[Category]) -> ChangeLimits {
    ChangeLimits { cap: cap.map(amount), categories: categories.to_vec(), reason: digest("plans changed") }
}

/// Closes period 1.
pub fn close_period() -> ClosePeriod {
    ClosePeriod { period: PeriodNumber::FIRST, variance: digest("fewer Spaces than planned") }
}

pub fn withdraw_funding(event: Seq) -> WithdrawFunding {
    WithdrawFunding { event, reason: Some(digest("another transfer")) }
}

/// A bounty of period 1, open all March.
pub fn bounty(category: &str, reward: &str, slots: u32) -> PostBounty {
    PostBounty {
        brief: digest("host a Space"),
        category: slug(category),
        closes_at: at("2026-04-01T00:00:00Z"),
        function: slug("host"),
        opens_at: at("2026-03-01T00:00:00Z"),
        period: PeriodNumber::FIRST,
        probe: YesNo::No,
        reward: amount(reward),
        slots: Count::new(slots),
        template: None,
    }
}

/// What binds a link as evidence in this program.
pub fn evidence(ledger: &Ledger, link: &str) -> Digest {
    EvidenceKey::from_link(link).unwrap().bound_to(&ledger.program.identity())
}

/// An expense claim on fresh evidence, paid to the person's first address.
pub fn claim(ledger: &Ledger, person: u32, category: &str, lpt: &str) -> FileSubmission {
    let link = format!("https://x.com/a/status/{}", ledger.program.size());
    FileSubmission {
        amount: amount(lpt),
        bounty: None,
        category: slug(category),
        captures: Vec::new(),
        channel: slug("x"),
        contests: None,
        evidence: vec![evidence(ledger, &link)],
        function: slug("author"),
        kind: ClaimKind::Expense,
        payee: address(u8::try_from(person).unwrap()),
        period: PeriodNumber::FIRST,
        promoted: YesNo::No,
        share: None,
        texts: digest(&link),
    }
}

/// A claim for a bounty, on fresh evidence.
pub fn bounty_claim(ledger: &Ledger, person: u32, bounty: BountyNumber, lpt: &str) -> FileSubmission {
    let offer = ledger.program.bounty(bounty).unwrap();
    FileSubmission {
        bounty: Some(bounty),
        function: offer.function,
        kind: ClaimKind::Bounty,
        period: offer.period,
        ..claim(ledger, person, offer.category.as_str(), lpt)
    }
}

pub fn of_kind(kind: ClaimKind, claim: FileSubmission) -> FileSubmission {
    FileSubmission { kind, ..claim }
}

/// A new revision that only changes the amount.
pub fn revision(ledger: &Ledger, submission: u32, lpt: &str) -> ReviseSubmission {
    let before = &ledger.submission(submission).revision;
    ReviseSubmission {
        amount: amount(lpt),
        captures: before.captures.clone(),
        channel: before.channel,
        evidence: before.evidence.clone(),
        function: before.function,
        payee: before.payee,
        period: None,
        promoted: before.promoted,
        share: before.share,
        submission: submission_number(submission),
        texts: digest("better"),
    }
}

/// A reviewer's next vote on the current revision.
pub fn vote(ledger: &Ledger, reviewer: u32, submission: u32, choice: Choice) -> CastVote {
    let submission = ledger.submission(submission);
    let cast = match &submission.stage {
        Stage::Submitted { ballots } => ballots.get(&member_number(reviewer)).map(|ballot| ballot.ordinal),
        _ => None,
    };
    CastVote {
        choice,
        ground: (choice == Choice::Reject).then_some(Ground::Criteria),
        offer: None,
        ordinal: cast.unwrap_or(Count::ZERO).next().unwrap(),
        reason: digest(choice.as_str()),
        revision: submission.revision.digest,
        signature: None,
        signer: None,
        submission: submission.number,
    }
}

/// A transfer into the Safe that is not in the journal yet.
pub fn funding(ledger: &Ledger, lpt: &str) -> RecordFunding {
    RecordFunding {
        amount: amount(lpt),
        log_index: Count::ZERO,
        sender: None,
        source: Source::Attested,
        receipt: None,
        tx_hash: digest(&format!("funding {}", ledger.program.size())),
    }
}

/// The Safe with two of three owners, one block further than last seen.
pub fn observation(ledger: &Ledger, nonce: u64, lpt: &str) -> ObserveSafe {
    let block = ledger.program.observation().map_or(0, |last| last.safe.block.get()) + 1;
    ObserveSafe {
        corrects: None,
        balance: amount(lpt),
        block: Seq::new(block),
        block_hash: digest(&format!("block {block}")),
        guard: None,
        modules: Vec::new(),
        nonce: Seq::new(nonce),
        owners: vec![address(0xa1), address(0xa2), address(0xa3)],
        singleton: address(0xe4),
        source: Source::Attested,
        threshold: Count::new(2),
    }
}

/// A batch of submissions on the next nonce, calling what a batch of its size must.
pub fn batch(ledger: &Ledger, submissions: &[u32]) -> ProposeBatch {
    let payouts: Vec<Payout> = submissions
        .iter()
        .map(|number| {
            let revision = &ledger.submission(*number).revision;
            Payout { amount: revision.amount, payee: revision.payee, submission: submission_number(*number) }
        })
        .collect();
    let single = payouts.len() == 1;
    ProposeBatch {
        adopts: None,
        beside: YesNo::No,
        domain_hash: digest("domain"),
        evidence_up: YesNo::Yes,
        message_hash: digest("message"),
        nonce: ledger.program.next_nonce().unwrap_or(Seq::ZERO),
        operation: if single { Operation::Call } else { Operation::DelegateCall },
        payouts,
        safe_tx_hash: digest("safe tx"),
        to: if single { address(TOKEN) } else { address(MULTI_SEND) },
    }
}

pub fn approve_waiting(submission: u32) -> ApproveWaiting {
    ApproveWaiting { submission: submission_number(submission) }
}

/// A command that names a submission and why.
macro_rules! about {
    ($($name:ident: $command:ident),+ $(,)?) => {
        $(pub fn $name(submission: u32) -> $command {
            $command { reason: digest(stringify!($name)), submission: submission_number(submission) }
        })+
    };
}

about!(
    withdraw: WithdrawSubmission,
    reopen: ReopenSubmission,
    appeal: AppealRejection,
    hold_back: HoldSubmission,
    challenge: ChallengeSubmission,
    release: ReleaseSubmission,
    reverse: ReverseSubmission,
);

pub fn accept_offer(submission: u32, lpt: &str) -> AcceptOffer {
    AcceptOffer { amount: amount(lpt), submission: submission_number(submission) }
}

pub fn comment(submission: u32) -> AddComment {
    AddComment { submission: submission_number(submission), text: digest("words") }
}

pub fn take_slot(bounty: BountyNumber) -> TakeSlot {
    TakeSlot { bounty, member: None }
}

pub fn release_slot(bounty: BountyNumber) -> ReleaseSlot {
    ReleaseSlot { bounty, member: None }
}

pub fn close_bounty(bounty: BountyNumber) -> CloseBounty {
    CloseBounty { bounty, reason: digest("enough") }
}

/// A vote that sends the claim back, and says what would be approved.
pub fn counter_offer(ledger: &Ledger, reviewer: u32, submission: u32, lpt: &str) -> CastVote {
    CastVote { offer: Some(amount(lpt)), ..vote(ledger, reviewer, submission, Choice::NeedsChanges) }
}

/// A rejection on a ground.
pub fn rejection(ledger: &Ledger, reviewer: u32, submission: u32, ground: Ground) -> CastVote {
    CastVote { ground: Some(ground), ..vote(ledger, reviewer, submission, Choice::Reject) }
}
