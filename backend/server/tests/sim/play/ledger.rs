//! The ledger as it must be: the pure state machine, with what the writer promises around it.
//!
//! Keys are spent once, time never goes back, what follows by itself is written at once, a refused job leaves
//! nothing. No database, no thread, no clock: what it answers is what every real writer must answer.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::command::{Actor, ApproveWaiting, Cause, EraseDocument};
use domain::event::{Command, Fact, Recorded};
use domain::journal::Document;
use domain::submission::Stage;
use domain::value::{Address, Digest, MemberNumber, Seq, Slug, SubmissionNumber, Timestamp};
use domain::words::Seconding;
use domain::{Program, Request, decide, open};
use server::app::{Call, Error, FieldError, Job, Target};
use uuid::Uuid;

/// How far a clock may lie behind the last event.
pub const SLACK_MICROS: i64 = 60_000_000;

/// What a client asks, and asks again with the same key.
#[derive(Clone, Debug)]
pub struct Ask {
    pub target: Target,
    pub actor: Actor,
    pub calls: Vec<Call>,
}

impl Ask {
    pub fn job(&self) -> Job {
        Job {
            target: self.target.clone(),
            actor: self.actor,
            calls: self.calls.clone(),
            accounts: Vec::new(),
        }
    }

    /// The keys that it would spend.
    fn keys(&self) -> impl Iterator<Item = Digest> {
        self.calls.iter().filter_map(|call| call.cause).map(|Cause(key, _)| key)
    }

    pub fn program(&self) -> Uuid {
        match self.target {
            Target::Existing(id) | Target::New { id, .. } => id,
        }
    }
}

/// Proof of a written command.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub seq: Seq,
    pub leaf: Digest,
    pub at: Timestamp,
    pub fact: Fact,
    pub replayed: bool,
}

/// What somebody is told: the proofs, or the words of the error.
pub type Answer = Result<Vec<Written>, String>;

/// Claims by where they stand, so that a generator need not look for them.
#[derive(Clone, Debug, Default)]
pub struct Stands {
    pub submitted: BTreeSet<SubmissionNumber>,
    pub sent_back: BTreeSet<SubmissionNumber>,
    pub agreed: BTreeSet<SubmissionNumber>,
    pub approved: BTreeSet<SubmissionNumber>,
    pub in_batch: BTreeSet<SubmissionNumber>,
    pub paid: BTreeSet<SubmissionNumber>,
    /// On a ground that can be looked up.
    pub rejected: BTreeSet<SubmissionNumber>,
}

/// One program with its journal.
#[derive(Clone, Debug)]
pub struct Held {
    pub slug: Slug,
    pub program: Program,
    pub journal: Vec<Arc<Recorded>>,
    pub documents: BTreeMap<Digest, Document>,
    pub stands: Stands,
    /// How often each reviewer has voted on each revision.
    pub votes: HashMap<(Digest, MemberNumber), u32>,
    /// What was asked to be erased, and is not yet.
    pub erasing: Vec<EraseDocument>,
    spent: HashMap<Digest, (Digest, u64)>,
    safe_tx_hashes: HashSet<Digest>,
}

/// All programs of one database.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub programs: Vec<Held>,
}

/// What a job adds while nobody knows yet whether all of it passes.
struct Draft {
    program: Option<Program>,
    added: Vec<Arc<Recorded>>,
}

impl Ledger {
    pub fn find(&self, id: Uuid) -> Option<&Held> {
        self.programs.iter().find(|held| held.program.id() == id)
    }

    /// Takes a job at a moment.
    pub fn ask(&mut self, ask: &Ask, now: Timestamp) -> Answer {
        self.written(ask, now).map_err(|error| error.to_string())
    }

    fn written(&mut self, ask: &Ask, now: Timestamp) -> Result<Vec<Written>, Error> {
        let known = match &ask.target {
            Target::Existing(id) => self.find(*id),
            // An opening that is repeated comes with another id.
            Target::New { slug, .. } => self.programs.iter().find(|held| held.slug == *slug),
        };
        if let Some(written) = known.map(|held| held.repeated(ask)).transpose()?.flatten() {
            return Ok(written);
        }
        let id = ask.program();
        let mut draft = Draft { program: self.find(id).map(|held| held.program.clone()), added: Vec::new() };
        let mut written = Vec::new();
        for call in &ask.calls {
            let recorded = draft.add(id, ask.actor, call, now)?;
            written.push(proof(&recorded, false));
        }
        if let Target::New { slug, .. } = &ask.target {
            let charter = draft.program.as_ref().map(Program::charter).ok_or(Error::Stopped)?;
            self.check_new(*slug, charter.safe)?;
        }
        self.keep(ask, draft)?;
        Ok(written)
    }

    /// A short name and a Safe belong to one program.
    fn check_new(&self, slug: Slug, safe: Address) -> Result<(), Error> {
        if self.programs.iter().any(|held| held.slug == slug) {
            return Err(Error::SlugTaken { slug: slug.to_string() });
        }
        match self.programs.iter().find(|held| held.program.charter().safe == safe) {
            Some(other) => {
                Err(Error::SafeTaken { safe: safe::eip55::checksum(&safe), slug: other.slug.to_string() })
            }
            None => Ok(()),
        }
    }

    /// Keeps what was drafted, unless the tables refuse it: a key or a hash that comes twice.
    fn keep(&mut self, ask: &Ask, draft: Draft) -> Result<(), Error> {
        let Some(program) = draft.program else { return Ok(()) };
        let place = self.programs.iter().position(|held| held.program.id() == program.id());
        let slug = match (&ask.target, place) {
            (Target::New { slug, .. }, None) => *slug,
            (_, Some(place)) => self.programs[place].slug,
            // The journal of a program that nobody registered.
            (Target::Existing(_), None) => return Err(Error::Conflict),
        };
        let keys: HashSet<Digest> = ask.keys().collect();
        let fresh =
            |hash: &Digest| place.is_none_or(|place| !self.programs[place].safe_tx_hashes.contains(hash));
        let proposed: Vec<Digest> =
            draft.added.iter().filter_map(|recorded| safe_tx_hash(recorded)).collect();
        let hashes: HashSet<Digest> = proposed.iter().copied().filter(fresh).collect();
        if keys.len() < ask.keys().count() || hashes.len() < proposed.len() {
            return Err(Error::Conflict);
        }
        let place = place.unwrap_or_else(|| {
            self.programs.push(Held::new(slug, program.clone()));
            self.programs.len() - 1
        });
        let held = &mut self.programs[place];
        for document in ask.calls.iter().flat_map(|call| &call.documents) {
            held.documents.entry(document.digest()).or_insert_with(|| document.clone());
        }
        held.safe_tx_hashes.extend(hashes);
        held.program = program;
        for recorded in draft.added {
            held.learn(&recorded);
            held.journal.push(recorded);
        }
        Ok(())
    }

    /// Forgets everything but the bytes of the journals, and reads them again: a restart.
    pub fn restart(&self) {
        for held in &self.programs {
            let mut events = held.journal.iter().map(|recorded| {
                let read = Recorded::from_bytes(&recorded.bytes).unwrap();
                assert_eq!(read, **recorded, "read back, it is another event");
                read
            });
            let mut program = Program::begin(&events.next().unwrap()).unwrap();
            for event in events {
                program.apply(&event).unwrap();
            }
            assert!(program == held.program, "the state differs from what its journal says");
        }
    }
}

fn safe_tx_hash(recorded: &Recorded) -> Option<Digest> {
    match &recorded.event.fact {
        Fact::BatchProposed { asked, .. } => Some(asked.safe_tx_hash),
        Fact::RejectionProposed { asked, .. } => Some(asked.safe_tx_hash),
        _ => None,
    }
}

fn proof(recorded: &Recorded, replayed: bool) -> Written {
    let Recorded { event, leaf, .. } = recorded;
    Written { seq: event.seq, leaf: *leaf, at: event.at, fact: event.fact.clone(), replayed }
}

impl Draft {
    /// One command, and what follows from it by itself.
    fn add(&mut self, id: Uuid, actor: Actor, call: &Call, now: Timestamp) -> Result<Arc<Recorded>, Error> {
        self.check_documents(call)?;
        let last = self.program.as_ref().map(Program::last_at);
        if let Some(last) = last.filter(|last| last.micros() - now.micros() > SLACK_MICROS) {
            return Err(Error::ClockBehind { now, last });
        }
        let at = last.map_or(now, |last| last.max(now));
        let command = call.command.clone();
        let recorded = self.write(id, &Request { actor, at, cause: call.cause, command })?;
        while let Some(submission) = self.program.as_ref().and_then(Program::due) {
            let command = ApproveWaiting { submission }.into();
            self.write(id, &Request { actor: Actor::System, at, cause: None, command })?;
        }
        Ok(recorded)
    }

    /// Every document comes with the command, but for captures that the claim has already; nobody uploads any here.
    fn check_documents(&self, call: &Call) -> Result<(), Error> {
        let (captures, claim) = match &call.command {
            Command::SubmissionFiled(asked) => (asked.captures.as_slice(), None),
            Command::SubmissionRevised(asked) => (asked.captures.as_slice(), Some(asked.submission)),
            _ => (&[][..], None),
        };
        let claim = claim.zip(self.program.as_ref());
        let claim = claim.and_then(|(number, program)| program.submission(number).ok());
        let had = claim.map(|claim| claim.revision.captures.clone()).unwrap_or_default();
        let brought = call.documents.iter().map(Document::digest);
        let there: HashSet<Digest> = brought.chain(had).collect();
        let named = call.command.documents();
        let Some(digest) = named.into_iter().find(|digest| !there.contains(digest)) else { return Ok(()) };
        Err(match captures.iter().position(|capture| *capture == digest) {
            None => Error::DocumentMissing { digest },
            Some(place) => {
                let error = FieldError::NoUpload;
                Error::Malformed { field: format!("captures[{place}]").into(), error }
            }
        })
    }

    fn write(&mut self, id: Uuid, request: &Request) -> Result<Arc<Recorded>, Error> {
        let event = match &self.program {
            Some(program) => decide(program, request)?,
            None => open(id, request)?,
        };
        let recorded = Arc::new(event.record()?);
        match &mut self.program {
            Some(program) => program.apply(&recorded)?,
            None => self.program = Some(Program::begin(&recorded)?),
        }
        self.added.push(recorded.clone());
        Ok(recorded)
    }
}

impl Held {
    fn new(slug: Slug, program: Program) -> Self {
        Self {
            slug,
            program,
            journal: Vec::new(),
            documents: BTreeMap::new(),
            stands: Stands::default(),
            votes: HashMap::new(),
            erasing: Vec::new(),
            spent: HashMap::new(),
            safe_tx_hashes: HashSet::new(),
        }
    }

    /// The answer to a job that was written before; an error if a key came with another request.
    fn repeated(&self, ask: &Ask) -> Result<Option<Vec<Written>>, Error> {
        let mut written = Vec::new();
        for Cause(key, request) in ask.calls.iter().filter_map(|call| call.cause.as_ref()) {
            let Some((spent_on, seq)) = self.spent.get(key) else { continue };
            if spent_on != request {
                return Err(Error::KeyReused);
            }
            written.push(proof(&self.journal[usize::try_from(*seq).unwrap()], true));
        }
        match written.len() {
            0 => Ok(None),
            all if all == ask.calls.len() => Ok(Some(written)),
            _ => Err(Error::KeyReused),
        }
    }

    fn learn(&mut self, recorded: &Recorded) {
        if let Some(Cause(key, request)) = recorded.event.cause {
            self.spent.insert(key, (request, recorded.event.seq.get()));
        }
        match &recorded.event.fact {
            Fact::SubmissionFiled { outcome, .. } => self.place(outcome.submission),
            Fact::SubmissionRevised { asked, .. } => self.place(asked.submission),
            Fact::VoteCast { asked, .. } => {
                if let Actor::Member(reviewer) = recorded.event.actor {
                    *self.votes.entry((asked.revision, reviewer)).or_default() += 1;
                }
                self.place(asked.submission);
            }
            Fact::WaitingApproved { asked, .. } => self.place(asked.submission),
            Fact::OfferAccepted { asked, .. } => self.place(asked.submission),
            Fact::SubmissionWithdrawn { asked } => self.place(asked.submission),
            Fact::RejectionAppealed { asked, .. } => self.place(asked.submission),
            Fact::SubmissionReopened { asked } => self.place(asked.submission),
            Fact::ReversalVoted { asked, .. } => self.place(asked.submission),
            Fact::SampleChecked { asked } => self.place(asked.submission),
            Fact::BatchProposed { asked, .. } => {
                asked.payouts.iter().for_each(|payout| self.place(payout.submission));
            }
            Fact::BatchExecuted { asked, .. } => {
                let nonce = self.program.batch(asked.batch).map(|batch| batch.nonce);
                self.place_all(nonce);
            }
            Fact::NonceConsumed { asked, .. } => self.place_all(Some(asked.nonce)),
            Fact::ExecutionWithdrawn { asked } => self.place_all(Some(asked.nonce)),
            Fact::OutflowSettled { asked, .. } => {
                if let Some(submission) = asked.submission {
                    self.place(submission);
                }
            }
            Fact::DocumentErased { asked, outcome } => match outcome.verdict {
                Seconding::Counted => self.erasing.push(**asked),
                Seconding::Done => self.erasing.retain(|other| other.document != asked.document),
            },
            _ => {}
        }
    }

    /// The claims of all candidates for a nonce.
    fn place_all(&mut self, nonce: Option<Seq>) {
        let nonce = nonce.and_then(|nonce| self.program.nonce(nonce));
        let candidates = nonce.into_iter().flat_map(|nonce| &nonce.candidates);
        let batches = candidates.filter_map(|batch| self.program.batch(*batch));
        let claims: Vec<SubmissionNumber> =
            batches.flat_map(|batch| &batch.payouts).map(|payout| payout.submission).collect();
        for claim in claims {
            self.place(claim);
        }
    }

    /// Puts a claim among those that stand where it does now.
    fn place(&mut self, number: SubmissionNumber) {
        let Stands { submitted, sent_back, agreed, approved, in_batch, paid, rejected } = &mut self.stands;
        let before = [&mut *submitted, &mut *sent_back, &mut *agreed, &mut *approved];
        for set in before.into_iter().chain([&mut *in_batch, &mut *paid, &mut *rejected]) {
            set.remove(&number);
        }
        let Ok(submission) = self.program.submission(number) else { return };
        match submission.stage {
            Stage::Submitted { .. } => submitted.insert(number),
            Stage::NeedsChanges { .. } => sent_back.insert(number),
            Stage::Agreed { .. } => agreed.insert(number),
            Stage::Approved { .. } => approved.insert(number),
            Stage::InBatch { .. } => in_batch.insert(number),
            Stage::Paid { .. } => paid.insert(number),
            Stage::Rejected { objective: true, .. } => rejected.insert(number),
            Stage::Rejected { .. } | Stage::Withdrawn { .. } | Stage::Reversed { .. } => false,
        };
    }
}
