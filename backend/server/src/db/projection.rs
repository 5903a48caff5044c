//! What an event makes of the tables: rows that are written in the commit that appends it.
//!
//! Everything here follows from the journal, so `rebuild` makes the same rows again.

mod budget;

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryResult;
use domain::Program;
use domain::books::{Account, Posting};
use domain::command::{Actor, Cause};
use domain::event::{Event, Fact, Recorded};
use domain::journal::Document;
use domain::submission::{Stage, Submission, WHOLE};
use domain::value::{BatchNumber, Count, Digest, Seq, SubmissionNumber, Timestamp};
use domain::words::{Seconding, YesNo};

use super::rows;
use super::uploads::{erase_documents, keep_uploads};
use super::{AnyConn, Stored, hex};

/// A key of evidence, the function it is held for, and who holds it.
type Held = (String, String, i64);

/// Rows to be written together, table by table.
#[derive(Debug, Default)]
pub struct Changes {
    events: Vec<rows::Event>,
    documents: Vec<rows::Document>,
    /// Uploads that become documents, and documents that go.
    uploads: Vec<String>,
    erased: Vec<String>,
    head: Option<rows::Head>,
    entries: Vec<rows::Entry>,
    accounts: Vec<rows::Account>,
    categories: Vec<rows::Category>,
    members: Vec<rows::Member>,
    addresses: Vec<rows::Address>,
    periods: Vec<rows::Period>,
    caps: Vec<rows::Cap>,
    allotments: Vec<rows::Allotment>,
    bounties: Vec<rows::Bounty>,
    submissions: Vec<rows::Submission>,
    revisions: Vec<rows::Revision>,
    released: BTreeSet<Held>,
    held: BTreeMap<Held, rows::Evidence>,
    votes: Vec<rows::Vote>,
    history: Vec<rows::History>,
    observations: Vec<rows::Observation>,
    funding: Vec<rows::Funding>,
    batches: Vec<rows::Batch>,
    payouts: Vec<rows::Payout>,
}

/// A sequence number or another count as both databases keep it.
///
/// Numbers of the domain fit: a journal of 2⁶³ events cannot be written.
fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn list<T: ToString>(things: &[T]) -> String {
    things.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// An event as the journal keeps it: its bytes, and columns that repeat some of what they say.
pub(super) fn event_row(recorded: &Recorded) -> rows::Event {
    let Recorded { event, bytes, leaf } = recorded;
    rows::Event {
        program: event.program.store(),
        seq: int(event.seq.get()),
        bytes: bytes.clone(),
        leaf: leaf.store(),
        at: event.at.store(),
        actor: event.actor.to_string(),
        kind: event.fact.kind().to_string(),
        cause_key: event.cause.map(|Cause(key, _)| key.store()),
        cause_request: event.cause.map(|Cause(_, request)| request.store()),
    }
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.entries.is_empty() && self.head.is_none()
    }

    /// Adds the event itself and the documents it came with.
    pub fn append(&mut self, recorded: &Recorded, after: &Program, documents: &[Document]) {
        let program = recorded.event.program.store();
        self.events.push(event_row(recorded));
        // Who knows the salt of what was erased could bring it again.
        let wanted = documents.iter().filter(|document| after.erased(&document.digest()).is_none());
        self.documents.extend(wanted.map(|document| rows::Document {
            program: program.clone(),
            digest: document.digest().store(),
            salt: hex(&document.salt),
            content: document.content.clone(),
            media_type: document.media_type.to_owned(),
        }));
        if let Fact::DocumentErased { asked, outcome } = &recorded.event.fact
            && outcome.verdict == Seconding::Done
        {
            self.erased.push(asked.document.store());
        }
        self.head = Some(rows::Head {
            program,
            size: int(after.size().get()),
            leaf: after.last_leaf().store(),
            root: after.root().store(),
            at: after.last_at().store(),
        });
    }

    /// Makes documents of uploads that an event names.
    pub fn use_uploads(&mut self, digests: &[Digest]) {
        self.uploads.extend(digests.iter().map(Stored::store));
    }

    /// Whether an upload becomes a document here.
    pub fn uses(&self, digest: &Digest) -> bool {
        self.uploads.contains(&digest.store())
    }

    /// Adds what the event changes in the projections: `before` is `None` for the first.
    pub fn project(&mut self, before: Option<&Program>, after: &Program, event: &Event) {
        self.post(after, event);
        match &event.fact {
            Fact::ProgramOpened { .. } => {
                self.put_categories(after, event, |_| true);
                self.members.extend(after.members().map(|member| member_row(event, member)));
            }
            Fact::MemberAdded { outcome, .. } | Fact::MemberJoined { outcome, .. } => {
                self.put_member(after, event, outcome.member);
            }
            Fact::RoleGranted { asked } => self.put_member(after, event, asked.member),
            Fact::RoleRevoked { asked } => self.put_member(after, event, asked.member),
            Fact::AddressRecorded { asked, .. } => self.put_address(after, event, asked),
            Fact::MemberLeft { .. } => {
                if let Actor::Member(number) = event.actor {
                    self.put_member(after, event, number);
                }
            }
            Fact::PeriodOpened { outcome, .. } => {
                self.put_period(after, event, outcome.period);
                self.put_cap(after, event, outcome.period, None);
            }
            Fact::Allotted { asked } => {
                for allotment in &asked.allotments {
                    self.put_allotment(after, event, (asked.period, allotment.category), asked.reason);
                }
            }
            Fact::AllotmentMoved { asked } => {
                for category in [asked.from, asked.to] {
                    self.put_allotment(after, event, (asked.period, category), Some(asked.reason));
                }
            }
            Fact::CapChanged { asked } => {
                self.put_period(after, event, asked.period);
                self.put_cap(after, event, asked.period, Some(asked.reason));
            }
            Fact::LimitsChanged { asked } => self.put_categories(after, event, |slug| {
                asked.categories.iter().any(|category| category.slug == slug)
            }),
            Fact::PeriodClosed { asked } => self.put_period(after, event, asked.period),
            Fact::BountyPosted { outcome, .. } => self.put_bounty(after, event, outcome.bounty),
            // Slots taken, invites, persons, conflicts and nodes are few: they are shown from memory.
            Fact::SlotTaken { .. }
            | Fact::SlotReleased { .. }
            | Fact::MemberInvited { .. }
            | Fact::InviteWithdrawn { .. }
            | Fact::MembersLinked { .. }
            | Fact::ConflictDeclared { .. }
            | Fact::NodeDeclared { .. } => {}
            Fact::BountyClosed { asked } => self.put_bounty(after, event, asked.bounty),
            Fact::SubmissionFiled { outcome, .. } => {
                self.put_revision(before, after, event, outcome.submission);
            }
            Fact::SubmissionRevised { asked, .. } => {
                self.put_revision(before, after, event, asked.submission);
            }
            Fact::OfferAccepted { asked, .. } => {
                self.put_revision(before, after, event, asked.submission);
                self.put_history(event, asked.submission, Said::default());
            }
            Fact::RejectionAppealed { asked, .. } => {
                self.put_revision(before, after, event, asked.submission);
                self.put_history(event, asked.submission, Said::text(asked.reason));
            }
            Fact::CommentAdded { asked } => {
                self.put_history(event, asked.submission, Said::text(asked.text));
            }
            Fact::SubmissionWithdrawn { .. }
            | Fact::SubmissionReopened { .. }
            | Fact::SubmissionHeld { .. }
            | Fact::SubmissionChallenged { .. }
            | Fact::SubmissionReleased { .. }
            | Fact::ReversalVoted { .. }
            | Fact::AlternateCalled { .. }
            | Fact::SampleChecked { .. } => {
                if let Some((submission, said)) = said(&event.fact) {
                    self.put_submission(before, after, event, submission);
                    self.put_history(event, submission, said);
                }
            }
            Fact::VoteCast { asked, .. } => {
                self.put_vote(before, event, asked);
                self.put_submission(before, after, event, asked.submission);
                let bounty = after.submission(asked.submission).ok().and_then(|submission| submission.bounty);
                if let Some(bounty) = bounty {
                    self.put_bounty(after, event, bounty);
                }
            }
            Fact::WaitingApproved { asked, .. } => {
                self.put_submission(before, after, event, asked.submission);
                self.put_history(event, asked.submission, Said::default());
            }
            Fact::SafeObserved { asked } => self.put_observation(event, asked),
            Fact::FundingRecorded { .. } => self.put_funding(after, event.seq, None),
            Fact::FundingWithdrawn { asked } => self.put_funding(after, asked.event, Some(asked.reason)),
            Fact::BatchProposed { asked, outcome } => {
                self.put_batch(after, event, outcome.batch);
                for payout in &asked.payouts {
                    self.put_submission(before, after, event, payout.submission);
                }
            }
            Fact::RejectionProposed { outcome, .. } => self.put_batch(after, event, outcome.batch),
            Fact::BatchExecuted { asked, .. } => {
                let nonce = after.batch(asked.batch).map(|batch| batch.nonce);
                self.put_nonce(before, after, event, nonce);
            }
            Fact::NonceConsumed { asked, .. } => self.put_nonce(before, after, event, Some(asked.nonce)),
            Fact::ExecutionWithdrawn { asked } => self.put_nonce(before, after, event, Some(asked.nonce)),
            Fact::RefundRecorded { asked } => self.put_submission(before, after, event, asked.submission),
            Fact::TransferWithdrawn { asked } => {
                let refund = after.refunds().find(|(recorded, _)| *recorded == asked.event);
                if let Some((_, refund)) = refund {
                    self.put_submission(before, after, event, refund.submission);
                }
            }
            Fact::InflowClassified { asked, .. } => {
                if let Some(submission) = asked.submission {
                    self.put_submission(before, after, event, submission);
                }
            }
            Fact::OutflowSettled { asked, .. } => {
                if let Some(submission) = asked.submission {
                    self.put_submission(before, after, event, submission);
                }
            }
            // Policies, what lies in suspense, and what was erased are few: they are shown from memory.
            Fact::PolicyChanged { .. }
            | Fact::InflowRecorded { .. }
            | Fact::OutflowRecorded { .. }
            | Fact::DocumentErased { .. } => {}
        }
    }

    /// Adds all that `later` holds, as if its events had been added here.
    pub fn merge(&mut self, later: Self) {
        self.events.extend(later.events);
        self.documents.extend(later.documents);
        self.uploads.extend(later.uploads);
        self.erased.extend(later.erased);
        self.head = later.head.or(self.head.take());
        self.entries.extend(later.entries);
        self.accounts.extend(later.accounts);
        self.categories.extend(later.categories);
        self.members.extend(later.members);
        self.addresses.extend(later.addresses);
        self.periods.extend(later.periods);
        self.caps.extend(later.caps);
        self.allotments.extend(later.allotments);
        self.bounties.extend(later.bounties);
        self.submissions.extend(later.submissions);
        self.revisions.extend(later.revisions);
        for held in &later.released {
            self.held.remove(held);
        }
        self.released.extend(later.released);
        self.held.extend(later.held);
        self.votes.extend(later.votes);
        self.history.extend(later.history);
        self.observations.extend(later.observations);
        self.funding.extend(later.funding);
        self.batches.extend(later.batches);
        self.payouts.extend(later.payouts);
    }

    /// Writes everything, table by table: a statement for each on PostgreSQL, on SQLite one for each row, prepared once.
    ///
    /// # Errors
    /// A constraint, or the database fails; the caller rolls back.
    pub fn write(&self, conn: &mut AnyConn, program: &str) -> QueryResult<()> {
        rows::Event::insert(conn, &self.events)?;
        rows::Document::insert_new(conn, &self.documents)?;
        keep_uploads(conn, program, &self.uploads)?;
        erase_documents(conn, program, &self.erased)?;
        rows::Head::upsert(conn, self.head.as_slice())?;
        rows::Entry::insert(conn, &self.entries)?;
        rows::Account::upsert(conn, &self.accounts)?;
        rows::Category::insert(conn, &self.categories)?;
        rows::Member::upsert(conn, &self.members)?;
        rows::Address::upsert(conn, &self.addresses)?;
        rows::Period::upsert(conn, &self.periods)?;
        rows::Cap::insert(conn, &self.caps)?;
        rows::Allotment::insert(conn, &self.allotments)?;
        rows::Bounty::upsert(conn, &self.bounties)?;
        rows::Submission::upsert(conn, &self.submissions)?;
        rows::Revision::insert(conn, &self.revisions)?;
        let released: Vec<Held> = self.released.iter().cloned().collect();
        rows::Evidence::release(conn, program, &released)?;
        let held: Vec<rows::Evidence> = self.held.values().cloned().collect();
        rows::Evidence::insert(conn, &held)?;
        rows::Vote::insert(conn, &self.votes)?;
        rows::History::insert(conn, &self.history)?;
        rows::Observation::insert(conn, &self.observations)?;
        rows::Funding::upsert(conn, &self.funding)?;
        rows::Batch::insert(conn, &self.batches)?;
        rows::Payout::insert(conn, &self.payouts)
    }

    fn post(&mut self, after: &Program, event: &Event) {
        let touched: BTreeSet<Account> = event.postings.iter().map(|Posting(account, ..)| *account).collect();
        for (line, Posting(account, side, amount)) in (1..).zip(&event.postings) {
            self.entries.push(rows::Entry {
                program: event.program.store(),
                seq: int(event.seq.get()),
                line,
                account: account.to_string(),
                side: side.to_string(),
                amount: amount.store(),
                // After the whole event: lines of one event happen at once.
                balance_after: after.books().balance(*account).store(),
            });
        }
        self.accounts.extend(touched.into_iter().map(|account| rows::Account {
            program: event.program.store(),
            account: account.to_string(),
            balance: after.books().balance(account).store(),
            seq: int(event.seq.get()),
        }));
    }

    fn put_member(&mut self, after: &Program, event: &Event, number: domain::value::MemberNumber) {
        self.members.extend(after.member(number).ok().map(|member| member_row(event, member)));
    }

    fn put_address(&mut self, after: &Program, event: &Event, asked: &domain::command::RecordAddress) {
        self.addresses.extend(after.address(&asked.address).map(|known| rows::Address {
            program: event.program.store(),
            address: asked.address.store(),
            member: int(known.owner.get()),
            position: int(known.position.get()),
            usable_from: known.usable_from.store(),
            twin_of: known.twin.map(|twin| twin.store()),
            seq: int(known.recorded.get()),
            proof: asked.proof.map(|proof| proof.to_string()),
        }));
    }

    fn put_bounty(&mut self, after: &Program, event: &Event, number: domain::value::BountyNumber) {
        self.bounties.extend(after.bounty(number).ok().map(|bounty| rows::Bounty {
            program: event.program.store(),
            number: int(number.get()),
            period: int(bounty.period.get()),
            category: bounty.category.to_string(),
            function: bounty.function.to_string(),
            brief: bounty.brief.store(),
            reward: bounty.reward.store(),
            slots: int(bounty.slots.get()),
            used: int(bounty.used.get()),
            opens_at: bounty.opens_at.store(),
            closes_at: bounty.closes_at.store(),
            seq: int(bounty.posted.get()),
            probe: bounty.probe.to_string(),
            closed: bounty.closed.map(|closed| int(closed.get())),
            template: bounty.template.map(|template| template.to_string()),
        }));
    }

    fn put_revision(
        &mut self,
        before: Option<&Program>,
        after: &Program,
        event: &Event,
        number: SubmissionNumber,
    ) {
        self.revisions.extend(after.submission(number).ok().map(|submission| rows::Revision {
            program: event.program.store(),
            submission: int(number.get()),
            revision: int(submission.revision.number.get()),
            digest: submission.revision.digest.store(),
            amount: submission.revision.amount.store(),
            payee: submission.revision.payee.store(),
            texts: submission.revision.texts.store(),
            lane: submission.revision.lane.to_string(),
            seq: int(event.seq.get()),
            at: event.at.store(),
            policy: int(submission.revision.policy.get()),
            captures: list(&submission.revision.captures),
        }));
        self.put_submission(before, after, event, number);
    }

    fn put_submission(
        &mut self,
        before: Option<&Program>,
        after: &Program,
        event: &Event,
        number: SubmissionNumber,
    ) {
        let held = |program: Option<&Program>| {
            let submission = program.and_then(|program| program.submission(number).ok().cloned());
            submission.map(|submission| evidence_rows(event, &submission)).unwrap_or_default()
        };
        let (old, new) = (held(before), held(Some(after)));
        for (key, _) in old.iter().filter(|(key, row)| new.get(*key) != Some(*row)) {
            self.held.remove(key);
            self.released.insert(key.clone());
        }
        self.held.extend(new.into_iter().filter(|(key, row)| old.get(key) != Some(row)));
        self.submissions
            .extend(after.submission(number).ok().map(|submission| submission_row(after, submission)));
    }

    fn put_vote(&mut self, before: Option<&Program>, event: &Event, asked: &domain::command::CastVote) {
        let Actor::Member(reviewer) = event.actor else { return };
        let submission = before.and_then(|program| program.submission(asked.submission).ok());
        self.votes.extend(submission.map(|submission| rows::Vote {
            program: event.program.store(),
            submission: int(asked.submission.get()),
            revision: int(submission.revision.number.get()),
            reviewer: int(reviewer.get()),
            ordinal: int(asked.ordinal.get()),
            choice: asked.choice.to_string(),
            reason: asked.reason.store(),
            seq: int(event.seq.get()),
            at: event.at.store(),
            signature: asked.signature.map(|signature| signature.to_string()),
            signer: asked.signer.map(|signer| signer.store()),
            ground: asked.ground.map(|ground| ground.to_string()),
            offer: asked.offer.map(|offer| offer.store()),
        }));
    }

    fn put_history(&mut self, event: &Event, submission: SubmissionNumber, said: Said) {
        self.history.push(rows::History {
            program: event.program.store(),
            submission: int(submission.get()),
            seq: int(event.seq.get()),
            kind: event.fact.kind().to_string(),
            member: match event.actor {
                Actor::Member(member) => Some(int(member.get())),
                Actor::System => None,
            },
            text: said.text.map(|text| text.store()),
            until: said.until.map(|until| until.store()),
            verdict: said.verdict.map(ToOwned::to_owned),
            at: event.at.store(),
        });
    }

    fn put_observation(&mut self, event: &Event, asked: &domain::command::ObserveSafe) {
        self.observations.push(rows::Observation {
            program: event.program.store(),
            seq: int(event.seq.get()),
            block: int(asked.block.get()),
            block_hash: asked.block_hash.store(),
            at: event.at.store(),
            nonce: int(asked.nonce.get()),
            owners: list(&asked.owners),
            threshold: int(asked.threshold.get()),
            singleton: asked.singleton.store(),
            modules: list(&asked.modules),
            guard: asked.guard.map(|guard| guard.store()),
            balance: asked.balance.store(),
            source: asked.source.to_string(),
        });
    }

    fn put_batch(&mut self, after: &Program, event: &Event, number: BatchNumber) {
        let Some(batch) = after.batch(number) else { return };
        let (program, number) = (event.program.store(), int(number.get()));
        self.batches.push(rows::Batch {
            program: program.clone(),
            number,
            nonce: int(batch.nonce.get()),
            total: batch.total.store(),
            safe_to: batch.to.store(),
            operation: match batch.operation {
                domain::words::Operation::Call => 0,
                domain::words::Operation::DelegateCall => 1,
            },
            domain_hash: batch.domain_hash.store(),
            message_hash: batch.message_hash.store(),
            safe_tx_hash: batch.safe_tx_hash.store(),
            proposed_at: event.at.store(),
            size: int(batch.size.get()),
            root: batch.root.store(),
            seq: int(event.seq.get()),
        });
        self.payouts.extend((1..).zip(&batch.payouts).map(|(line, payout)| rows::Payout {
            program: program.clone(),
            batch: number,
            line,
            submission: int(payout.submission.get()),
            payee: payout.payee.store(),
            amount: payout.amount.store(),
        }));
    }

    /// The claims of all candidates for a nonce.
    fn put_nonce(&mut self, before: Option<&Program>, after: &Program, event: &Event, nonce: Option<Seq>) {
        let candidates = nonce.and_then(|nonce| after.nonce(nonce)).map(|nonce| &nonce.candidates);
        let batches = candidates.into_iter().flatten().filter_map(|batch| after.batch(*batch));
        let claims: BTreeSet<SubmissionNumber> =
            batches.flat_map(|batch| &batch.payouts).map(|payout| payout.submission).collect();
        for claim in claims {
            let touched = after.submission(claim).is_ok_and(|claim| claim.touched == event.seq);
            if touched {
                self.put_submission(before, after, event, claim);
            }
        }
    }
}

/// What an event about a claim says beside who, what and when.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    text: Option<Digest>,
    until: Option<Timestamp>,
    verdict: Option<&'static str>,
}

impl Said {
    fn text(text: Digest) -> Self {
        Self { text: Some(text), ..Self::default() }
    }
}

/// The claim that something beside a revision or a vote happened to.
fn said(fact: &Fact) -> Option<(SubmissionNumber, Said)> {
    let until = |reason, until| Said { until: Some(until), ..Said::text(reason) };
    match fact {
        Fact::SubmissionWithdrawn { asked } => Some((asked.submission, Said::text(asked.reason))),
        Fact::SubmissionReopened { asked } => Some((asked.submission, Said::text(asked.reason))),
        Fact::SubmissionHeld { asked, outcome } => {
            Some((asked.submission, until(asked.reason, outcome.until)))
        }
        Fact::SubmissionChallenged { asked, outcome } => {
            Some((asked.submission, until(asked.reason, outcome.until)))
        }
        Fact::SubmissionReleased { asked } => Some((asked.submission, Said::text(asked.reason))),
        Fact::ReversalVoted { asked, outcome } => {
            let verdict = Some(outcome.verdict.as_str());
            Some((asked.submission, Said { verdict, ..Said::text(asked.reason) }))
        }
        Fact::AlternateCalled { asked } => Some((asked.submission, Said::default())),
        Fact::SampleChecked { asked } => {
            let verdict = Some(if asked.passed == YesNo::Yes { "passed" } else { "sent_back" });
            Some((asked.submission, Said { verdict, ..Said::text(asked.reason) }))
        }
        _ => None,
    }
}

fn member_row(event: &Event, member: &domain::member::Member) -> rows::Member {
    let roles: Vec<&str> = member.roles.iter().map(|(role, _)| role.as_str()).collect();
    rows::Member {
        program: event.program.store(),
        number: int(member.number.get()),
        name: member.name.store(),
        roles: roles.join(","),
        added_seq: int(member.added.get()),
    }
}

/// What a live submission holds: nothing once it asks for nothing any more.
fn evidence_rows(event: &Event, submission: &Submission) -> BTreeMap<Held, rows::Evidence> {
    if !submission.stage.is_live() {
        return BTreeMap::new();
    }
    let function = submission.revision.function.to_string();
    let row = |key: &Digest| {
        let row = rows::Evidence {
            program: event.program.store(),
            key: key.store(),
            function: function.clone(),
            submission: int(submission.number.get()),
            share: int(submission.revision.share.map_or(WHOLE, Count::get)),
            alone: int(submission.revision.share.is_none() && submission.contests.is_none()),
        };
        ((row.key.clone(), function.clone(), row.submission), row)
    };
    submission.revision.evidence.iter().map(row).collect()
}

/// A claim as it stands.
pub(crate) fn submission_row(program: &Program, submission: &Submission) -> rows::Submission {
    let revision = &submission.revision;
    rows::Submission {
        program: program.id().store(),
        number: int(submission.number.get()),
        member: int(submission.claimant.get()),
        kind: submission.kind.to_string(),
        bounty: submission.bounty.map(|bounty| int(bounty.get())),
        period: int(submission.period.get()),
        category: submission.category.to_string(),
        function: revision.function.to_string(),
        channel: revision.channel.to_string(),
        state: submission.stage.name().to_owned(),
        revision: int(revision.number.get()),
        digest: revision.digest.store(),
        lane: revision.lane.to_string(),
        amount: revision.amount.store(),
        payee: revision.payee.store(),
        texts: revision.texts.store(),
        filed_at: submission.filed_at.store(),
        decided_at: submission.stage.decided_at().as_ref().map(Timestamp::store),
        batch: match &submission.stage {
            Stage::InBatch { batch, .. } => Some(int(batch.get())),
            Stage::Paid { batch, .. } => batch.map(|batch| int(batch.get())),
            Stage::Submitted { .. }
            | Stage::NeedsChanges { .. }
            | Stage::Agreed { .. }
            | Stage::Approved { .. }
            | Stage::Rejected { .. }
            | Stage::Withdrawn { .. }
            | Stage::Reversed { .. } => None,
        },
        seq: int(submission.touched.get()),
        due_at: program.decision_due(submission).as_ref().map(Timestamp::store),
    }
}
