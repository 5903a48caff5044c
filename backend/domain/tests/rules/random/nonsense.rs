//! Commands of any kind with any values, by anybody: most are refused, and none does harm.

use domain::command::{
    AcceptOffer, Actor, AddComment, AddMember, Allot, Allotment, AppealRejection, ApproveWaiting,
    AttestExecution, CallAlternate, CastVote, Category, ChallengeSubmission, ChangeCap, ChangeLimits,
    ChangePolicy, CheckSample, ClassifyInflow, CloseBounty, ClosePeriod, ConfirmWord, ConsumeNonce,
    DeclareConflict, DeclareNode, EraseDocument, FileSubmission, GrantRole, HoldSubmission, InviteMember,
    Join, Leave, LinkMembers, MoveAllotment, ObserveSafe, OpenPeriod, Payout, PostBounty, ProposeBatch,
    ProposeRejection, RecordAddress, RecordFinding, RecordFunding, RecordInflow, RecordOutflow, RecordRefund,
    RecordSignature, ReleaseSlot, ReleaseSubmission, ReopenSubmission, ReverseSubmission, ReviseSubmission,
    RevokeRole, SettleOutflow, TakeSlot, WithdrawExecution, WithdrawFunding, WithdrawInvite,
    WithdrawSubmission, WithdrawTransfer,
};
use domain::event::{Command, Kind};
use domain::value::{
    Address, Amount, BatchNumber, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug,
    SubmissionNumber, Timestamp,
};
use domain::words::{
    Choice, ClaimKind, Consumption, Erasure, FindingKind, Ground, Operation, PeriodKind, Role, SigningForm,
    Source, YesNo,
};

use super::likely::{any_address, any_evidence};
use super::people::any_secret;
use super::rng::Rng;
use crate::common::{MULTI_SEND, SAFE, TOKEN, address, at, charter, contract_signature, signature, slug};

/// Anybody asks anything.
pub fn any(rng: &mut Rng) -> (Actor, Command) {
    let actor = if rng.percent(10) { Actor::System } else { Actor::Member(member(rng)) };
    let kind = *rng.pick(Kind::ALL).expect("there are kinds");
    (actor, command(rng, kind))
}

fn member(rng: &mut Rng) -> MemberNumber {
    MemberNumber::new(1 + rng.small(14)).unwrap()
}

fn period(rng: &mut Rng) -> PeriodNumber {
    PeriodNumber::new(1 + rng.small(4)).unwrap()
}

fn bounty(rng: &mut Rng) -> BountyNumber {
    BountyNumber::new(1 + rng.small(8)).unwrap()
}

fn batch(rng: &mut Rng) -> BatchNumber {
    BatchNumber::new(1 + rng.small(8)).unwrap()
}

fn submission(rng: &mut Rng) -> SubmissionNumber {
    SubmissionNumber::new(1 + rng.small(60)).unwrap()
}

fn role(rng: &mut Rng) -> Role {
    *rng.pick(Role::ALL).expect("there are roles")
}

fn category(rng: &mut Rng) -> Slug {
    slug(rng.of(["lead", "bounties", "marketing", "operations", "travel"]))
}

fn amount(rng: &mut Rng) -> Amount {
    let wei = u128::from(rng.below(60));
    rng.of([
        Amount::ZERO,
        Amount::from_wei(1),
        Amount::from_wei(wei),
        Amount::from_wei(Amount::LPT.wei() * wei),
        Amount::from_wei(u128::MAX),
        Amount::from_wei(u128::MAX / 2),
    ])
}

fn digest(rng: &mut Rng) -> Digest {
    Digest::sha256(&[&rng.below(40).to_be_bytes()])
}

fn any_place(rng: &mut Rng) -> Address {
    let known = any_address(rng);
    rng.of([Address::ZERO, address(TOKEN), address(SAFE), address(MULTI_SEND), known, known])
}

fn count(rng: &mut Rng) -> Count {
    Count::new(rng.of([0, 1, 2, 3, 1_001, u32::MAX]))
}

fn seq(rng: &mut Rng) -> Seq {
    Seq::new(rng.of([0, 1, 2, 3, 50, u64::MAX]))
}

fn moment(rng: &mut Rng) -> Timestamp {
    at(rng.of([
        "1970-01-01T00:00:00Z",
        "2026-02-26T00:00:00Z",
        "2026-03-10T00:00:00Z",
        "9999-12-31T00:00:00Z",
    ]))
}

fn yes_no(rng: &mut Rng) -> YesNo {
    YesNo::from(rng.percent(50))
}

/// None to three of something.
fn few<T>(rng: &mut Rng, one: fn(&mut Rng) -> T) -> Vec<T> {
    (0..rng.below(4)).map(|_| one(rng)).collect()
}

fn command(rng: &mut Rng, kind: Kind) -> Command {
    match kind {
        Kind::ProgramOpened => charter().into(),
        Kind::MemberAdded => AddMember { name: digest(rng), roles: few(rng, role) }.into(),
        Kind::RoleGranted => GrantRole { member: member(rng), role: role(rng) }.into(),
        Kind::RoleRevoked => RevokeRole { member: member(rng), role: role(rng) }.into(),
        Kind::AddressRecorded => RecordAddress { address: any_place(rng), proof: None }.into(),
        Kind::PeriodOpened
        | Kind::Allotted
        | Kind::AllotmentMoved
        | Kind::CapChanged
        | Kind::LimitsChanged
        | Kind::PolicyChanged
        | Kind::PeriodClosed => about_the_budget(rng, kind),
        Kind::DocumentErased => erasure(rng),
        Kind::BountyPosted => PostBounty {
            brief: digest(rng),
            category: category(rng),
            closes_at: moment(rng),
            function: slug("host"),
            opens_at: moment(rng),
            period: period(rng),
            probe: yes_no(rng),
            reward: amount(rng),
            slots: count(rng),
            template: None,
        }
        .into(),
        Kind::SlotTaken => {
            TakeSlot { bounty: bounty(rng), member: rng.percent(30).then(|| member(rng)) }.into()
        }
        Kind::SlotReleased => {
            ReleaseSlot { bounty: bounty(rng), member: rng.percent(30).then(|| member(rng)) }.into()
        }
        Kind::BountyClosed => CloseBounty { bounty: bounty(rng), reason: digest(rng) }.into(),
        Kind::OfferAccepted
        | Kind::SubmissionWithdrawn
        | Kind::CommentAdded
        | Kind::RejectionAppealed
        | Kind::SubmissionReopened
        | Kind::SubmissionHeld
        | Kind::SubmissionChallenged
        | Kind::SubmissionReleased
        | Kind::ReversalVoted => about_a_claim(rng, kind),
        Kind::SubmissionFiled => file(rng).into(),
        Kind::SubmissionRevised => revise(rng).into(),
        Kind::VoteCast => CastVote {
            choice: *rng.pick(Choice::ALL).expect("there are choices"),
            ground: rng.pick(Ground::ALL).copied().filter(|_| rng.percent(50)),
            offer: rng.percent(20).then(|| amount(rng)),
            ordinal: count(rng),
            reason: digest(rng),
            revision: digest(rng),
            signature: rng.percent(20).then(signature),
            signer: rng.percent(20).then(|| any_place(rng)),
            submission: submission(rng),
        }
        .into(),
        Kind::WaitingApproved => ApproveWaiting { submission: submission(rng) }.into(),
        Kind::SafeObserved => observe(rng).into(),
        Kind::FundingRecorded => RecordFunding {
            amount: amount(rng),
            log_index: count(rng),
            sender: None,
            receipt: any_receipt(rng),
            source: any_source(rng),
            tx_hash: digest(rng),
        }
        .into(),
        Kind::FundingWithdrawn => {
            WithdrawFunding { event: seq(rng), reason: rng.percent(80).then(|| digest(rng)) }.into()
        }
        Kind::BatchProposed => propose(rng).into(),
        Kind::RejectionProposed
        | Kind::BatchExecuted
        | Kind::NonceConsumed
        | Kind::ExecutionWithdrawn
        | Kind::InflowRecorded
        | Kind::OutflowRecorded
        | Kind::RefundRecorded
        | Kind::TransferWithdrawn
        | Kind::InflowClassified
        | Kind::OutflowSettled
        | Kind::WordConfirmed
        | Kind::FindingRecorded
        | Kind::SignatureRecorded => about_the_chain(rng, kind),
        Kind::MemberInvited
        | Kind::InviteWithdrawn
        | Kind::MemberJoined
        | Kind::MemberLeft
        | Kind::MembersLinked
        | Kind::ConflictDeclared
        | Kind::NodeDeclared
        | Kind::AlternateCalled
        | Kind::SampleChecked => about_people(rng, kind),
    }
}

fn erasure(rng: &mut Rng) -> Command {
    EraseDocument {
        author: member(rng),
        class: *rng.pick(Erasure::ALL).expect("there are reasons"),
        document: digest(rng),
        submission: rng.percent(50).then(|| submission(rng)),
    }
    .into()
}

fn about_the_budget(rng: &mut Rng, kind: Kind) -> Command {
    match kind {
        Kind::PeriodOpened => OpenPeriod {
            cap: amount(rng),
            ends_at: moment(rng),
            kind: PeriodKind::Quarter,
            starts_at: moment(rng),
        }
        .into(),
        Kind::Allotted => {
            let one = |rng: &mut Rng| Allotment { amount: amount(rng), category: category(rng) };
            let reason = rng.percent(50).then(|| digest(rng));
            Allot { allotments: few(rng, one), period: period(rng), reason }.into()
        }
        Kind::AllotmentMoved => MoveAllotment {
            amount: amount(rng),
            from: category(rng),
            period: period(rng),
            reason: digest(rng),
            to: category(rng),
        }
        .into(),
        Kind::CapChanged => ChangeCap { cap: amount(rng), period: period(rng), reason: digest(rng) }.into(),
        Kind::LimitsChanged => {
            let one =
                |rng: &mut Rng| Category { ceiling: amount(rng), floor: amount(rng), slug: category(rng) };
            let cap = rng.percent(50).then(|| amount(rng));
            ChangeLimits { cap, categories: few(rng, one), reason: digest(rng) }.into()
        }
        Kind::PolicyChanged => {
            ChangePolicy { after: count(rng), policy: super::charter::any(rng).policy, reason: digest(rng) }
                .into()
        }
        Kind::PeriodClosed => ClosePeriod { period: period(rng), variance: digest(rng) }.into(),
        _ => unreachable!("{kind} is asked elsewhere"),
    }
}

fn any_receipt(rng: &mut Rng) -> Option<Digest> {
    rng.percent(20).then(|| digest(rng))
}

fn any_source(rng: &mut Rng) -> Source {
    if rng.percent(20) { Source::Chain } else { Source::Attested }
}

fn about_the_chain(rng: &mut Rng, kind: Kind) -> Command {
    match kind {
        Kind::RejectionProposed => ProposeRejection {
            domain_hash: digest(rng),
            message_hash: digest(rng),
            nonce: seq(rng),
            safe_tx_hash: digest(rng),
        }
        .into(),
        Kind::BatchExecuted => {
            let (receipt, source) = (any_receipt(rng), any_source(rng));
            AttestExecution { batch: batch(rng), receipt, source, tx_hash: digest(rng) }.into()
        }
        Kind::NonceConsumed => ConsumeNonce {
            how: *rng.pick(Consumption::ALL).expect("there are ways"),
            nonce: seq(rng),
            reason: rng.percent(80).then(|| digest(rng)),
            receipt: any_receipt(rng),
            source: any_source(rng),
            tx_hash: digest(rng),
        }
        .into(),
        Kind::ExecutionWithdrawn => {
            WithdrawExecution { nonce: seq(rng), reason: rng.percent(80).then(|| digest(rng)) }.into()
        }
        Kind::InflowRecorded => RecordInflow {
            amount: amount(rng),
            log_index: count(rng),
            sender: rng.percent(50).then(|| any_place(rng)),
            receipt: any_receipt(rng),
            source: any_source(rng),
            tx_hash: digest(rng),
        }
        .into(),
        Kind::OutflowRecorded => RecordOutflow {
            amount: amount(rng),
            log_index: count(rng),
            recipient: rng.percent(50).then(|| any_place(rng)),
            receipt: any_receipt(rng),
            source: any_source(rng),
            tx_hash: digest(rng),
        }
        .into(),
        Kind::RefundRecorded => RecordRefund {
            amount: amount(rng),
            log_index: count(rng),
            sender: rng.percent(50).then(|| any_place(rng)),
            source: Source::Attested,
            submission: submission(rng),
            tx_hash: digest(rng),
        }
        .into(),
        Kind::TransferWithdrawn => {
            WithdrawTransfer { event: seq(rng), reason: rng.percent(80).then(|| digest(rng)) }.into()
        }
        Kind::InflowClassified => ClassifyInflow {
            event: seq(rng),
            reason: digest(rng),
            submission: rng.percent(50).then(|| submission(rng)),
        }
        .into(),
        Kind::WordConfirmed => ConfirmWord { event: seq(rng), receipt: digest(rng) }.into(),
        Kind::FindingRecorded => RecordFinding {
            finding: *rng.pick(FindingKind::ALL).expect("there are findings"),
            nonce: seq(rng),
            receipt: digest(rng),
            tx_hash: digest(rng),
        }
        .into(),
        Kind::SignatureRecorded => RecordSignature {
            batch: batch(rng),
            contract: rng.percent(30).then(contract_signature),
            form: *rng.pick(SigningForm::ALL).expect("there are forms"),
            owner: any_place(rng),
            signature: rng.percent(70).then(signature),
        }
        .into(),
        Kind::OutflowSettled => SettleOutflow {
            event: seq(rng),
            reason: digest(rng),
            submission: rng.percent(50).then(|| submission(rng)),
        }
        .into(),
        _ => unreachable!("{kind} is asked elsewhere"),
    }
}

fn about_a_claim(rng: &mut Rng, kind: Kind) -> Command {
    match kind {
        Kind::OfferAccepted => AcceptOffer { amount: amount(rng), submission: submission(rng) }.into(),
        Kind::SubmissionWithdrawn => {
            WithdrawSubmission { reason: digest(rng), submission: submission(rng) }.into()
        }
        Kind::CommentAdded => AddComment { submission: submission(rng), text: digest(rng) }.into(),
        Kind::RejectionAppealed => {
            AppealRejection { reason: digest(rng), submission: submission(rng) }.into()
        }
        Kind::SubmissionReopened => {
            ReopenSubmission { reason: digest(rng), submission: submission(rng) }.into()
        }
        Kind::SubmissionHeld => HoldSubmission { reason: digest(rng), submission: submission(rng) }.into(),
        Kind::SubmissionChallenged => {
            ChallengeSubmission { reason: digest(rng), submission: submission(rng) }.into()
        }
        Kind::SubmissionReleased => {
            ReleaseSubmission { reason: digest(rng), submission: submission(rng) }.into()
        }
        Kind::ReversalVoted => ReverseSubmission { reason: digest(rng), submission: submission(rng) }.into(),
        other => panic!("{other} is about something else"),
    }
}

fn about_people(rng: &mut Rng, kind: Kind) -> Command {
    match kind {
        Kind::MemberInvited => InviteMember { invite: digest(rng), roles: few(rng, role) }.into(),
        Kind::InviteWithdrawn => WithdrawInvite { invite: Digest::sha256(&[any_secret(rng).bytes()]) }.into(),
        Kind::MemberJoined => {
            Join { name: digest(rng), secret: rng.percent(50).then(|| any_secret(rng)) }.into()
        }
        // Seldom: who left does nothing any more.
        Kind::MemberLeft if rng.percent(20) => Leave {}.into(),
        Kind::MemberLeft | Kind::MembersLinked => {
            let (linked, member, other) = (yes_no(rng), member(rng), member(rng));
            LinkMembers { linked, member, other, reason: digest(rng) }.into()
        }
        Kind::ConflictDeclared => {
            DeclareConflict { reason: digest(rng), stands: yes_no(rng), with: member(rng) }.into()
        }
        Kind::NodeDeclared => {
            DeclareNode { address: any_place(rng), note: digest(rng), operated: yes_no(rng) }.into()
        }
        Kind::AlternateCalled => CallAlternate { member: member(rng), submission: submission(rng) }.into(),
        Kind::SampleChecked => {
            CheckSample { passed: yes_no(rng), reason: digest(rng), submission: submission(rng) }.into()
        }
        other => panic!("{other} is about something else"),
    }
}

fn file(rng: &mut Rng) -> FileSubmission {
    FileSubmission {
        amount: amount(rng),
        bounty: rng.percent(50).then(|| bounty(rng)),
        category: category(rng),
        captures: few(rng, digest),
        channel: slug("x"),
        contests: rng.percent(20).then(|| submission(rng)),
        evidence: any_evidence(rng),
        function: slug("host"),
        kind: *rng.pick(ClaimKind::ALL).expect("there are kinds"),
        payee: any_place(rng),
        period: period(rng),
        promoted: yes_no(rng),
        share: rng.percent(20).then(|| count(rng)),
        texts: digest(rng),
    }
}

fn revise(rng: &mut Rng) -> ReviseSubmission {
    ReviseSubmission {
        amount: amount(rng),
        captures: few(rng, digest),
        channel: slug("x"),
        evidence: few(rng, digest),
        function: slug("host"),
        payee: any_place(rng),
        period: rng.percent(10).then(|| period(rng)),
        promoted: yes_no(rng),
        share: rng.percent(20).then(|| count(rng)),
        submission: submission(rng),
        texts: digest(rng),
    }
}

fn observe(rng: &mut Rng) -> ObserveSafe {
    ObserveSafe {
        corrects: rng.percent(20).then(|| seq(rng)),
        balance: amount(rng),
        block: seq(rng),
        block_hash: digest(rng),
        guard: None,
        modules: few(rng, any_place),
        nonce: seq(rng),
        owners: few(rng, any_place),
        singleton: address(0xe4),
        source: Source::Attested,
        threshold: count(rng),
    }
}

fn propose(rng: &mut Rng) -> ProposeBatch {
    let one =
        |rng: &mut Rng| Payout { amount: amount(rng), payee: any_place(rng), submission: submission(rng) };
    ProposeBatch {
        adopts: rng.percent(20).then(|| batch(rng)),
        beside: yes_no(rng),
        domain_hash: digest(rng),
        evidence_up: yes_no(rng),
        message_hash: digest(rng),
        nonce: seq(rng),
        operation: rng.of([Operation::Call, Operation::DelegateCall]),
        payouts: few(rng, one),
        safe_tx_hash: digest(rng),
        to: any_place(rng),
    }
}
