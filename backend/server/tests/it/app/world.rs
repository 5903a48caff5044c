//! The pilot, opened through the use cases on a database of its own.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use domain::Program;
use domain::command::VoteCast;
use domain::event::Fact;
use domain::value::{Digest, MemberNumber, Slug, SubmissionNumber, Timestamp};
use domain::words::{Choice, ClaimKind, Ground};
use server::app::{
    Allotments, App, Ask, Clock, Entropy, Error, NewAddress, NewEvidence, NewSubmission, NewVote,
    ProgramFile, Receipt, Seed, SetClock,
};
use server::db::rows::{Event, Head};
use server::db::{AnyConn, Dump, Stored, Target};

use crate::common::TestDb;

pub const LEAD: u32 = 1;
pub const REVIEWER: u32 = 2;
pub const REVIEWER_2: u32 = 3;
pub const TREASURER: u32 = 4;
pub const ALICE: u32 = 5;
pub const BOB: u32 = 6;
pub const CAROL: u32 = 7;
pub const NOON: &str = "2026-01-05T12:00:00Z";

/// Runs a test's futures on several threads.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap().block_on(work)
}

/// Runs all at the same time: none starts before all are ready.
pub async fn at_once<T, F>(works: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let works: Vec<F> = works.into_iter().collect();
    let ready = Arc::new(tokio::sync::Barrier::new(works.len()));
    let started: Vec<_> = works
        .into_iter()
        .map(|work| {
            let ready = ready.clone();
            tokio::spawn(async move {
                ready.wait().await;
                work.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in started {
        results.push(task.await.unwrap());
    }
    results
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

pub fn lpt(text: &str) -> domain::value::Amount {
    text.parse().unwrap()
}

/// An address that nobody holds.
pub fn address(n: u64) -> String {
    let digest = Digest::sha256(&[b"address", &n.to_be_bytes()]).to_string();
    format!("0x{}", digest.get(..40).unwrap())
}

pub fn pilot() -> ProgramFile {
    ProgramFile::read(include_str!("pilot.toml")).unwrap()
}

/// What a deciding vote led to.
pub fn outcome(receipt: &Receipt) -> VoteCast {
    match &receipt.fact {
        Fact::VoteCast { outcome, .. } => *outcome,
        other => panic!("not a vote: {other:?}"),
    }
}

/// The number of a filed claim.
pub fn filed(receipt: &Receipt) -> SubmissionNumber {
    match &receipt.fact {
        Fact::SubmissionFiled { outcome, .. } => outcome.submission,
        other => panic!("not a claim: {other:?}"),
    }
}

/// A claim of 10 LPT on operations, with evidence of its own for every `n`.
pub fn expense(member: u32, n: u64) -> NewSubmission {
    NewSubmission {
        kind: ClaimKind::Expense,
        bounty: None,
        period: "1".to_owned(),
        category: "operations".to_owned(),
        function: "host".to_owned(),
        channel: "x".to_owned(),
        title: format!("Expense {n}"),
        summary: "What was bought, and why: \"café\".\nSecond line.".to_owned(),
        evidence: vec![link(n)],
        captures: Vec::new(),
        promoted: false,
        amount: "10".to_owned(),
        payee: address(u64::from(member)),
        share: None,
        contests: None,
    }
}

pub fn link(n: u64) -> NewEvidence {
    NewEvidence { url: format!("https://x.com/livepeer/status/{n}"), captured_at: NOON.to_owned() }
}

/// A running server, the pilot's clock, and keys that are used once.
#[derive(Clone)]
pub struct World {
    pub app: App,
    pub clock: SetClock,
    pub slug: Slug,
    name: &'static str,
    keys: Arc<AtomicU64>,
}

impl World {
    /// The pilot with a payout address for every member.
    pub async fn open(test: &TestDb) -> Self {
        Self::open_with(test, |_| {}).await
    }

    /// The pilot with other values.
    pub async fn open_with(test: &TestDb, change: impl FnOnce(&mut ProgramFile)) -> Self {
        let world = Self::unopened(test);
        let mut file = pilot();
        change(&mut file);
        world.app.open_program(&file, true, "open").await.unwrap();
        for member in LEAD..=CAROL {
            world.record(member, &address(u64::from(member))).await.unwrap();
        }
        world
    }

    /// A server on a database without programs.
    pub fn unopened(test: &TestDb) -> Self {
        Self::start(test, "a", SetClock::at(time(NOON)))
    }

    /// Another server on the same database, with the same clock.
    pub fn another(&self, test: &TestDb) -> Self {
        Self { slug: self.slug, ..Self::start(test, "b", self.clock.clone()) }
    }

    fn start(test: &TestDb, name: &'static str, clock: SetClock) -> Self {
        let entropy = Entropy::Seeded(Seed::new(7));
        let app = App::start(&test.target, Clock::Set(clock.clone()), entropy).unwrap();
        Self { app, clock, slug: slug("pilot"), name, keys: Arc::new(AtomicU64::new(1)) }
    }

    /// A key that was never used.
    pub fn key(&self) -> String {
        format!("{}-{}", self.name, self.keys.fetch_add(1, Ordering::SeqCst))
    }

    pub fn ask<'a>(&self, member: u32, key: &'a str) -> Ask<'a> {
        Ask { program: self.slug, member: MemberNumber::new(member).unwrap(), key, sent: None }
    }

    pub async fn record(&self, member: u32, address: &str) -> Result<Receipt, Error> {
        let new = NewAddress { address: address.to_owned(), proof: None };
        self.app.record_address(self.ask(member, &self.key()), &new).await
    }

    pub async fn file(&self, member: u32, new: &NewSubmission) -> Result<Receipt, Error> {
        self.app.file_submission(self.ask(member, &self.key()), new).await
    }

    /// Votes on the current revision, for the first time.
    pub async fn vote(
        &self,
        reviewer: u32,
        submission: SubmissionNumber,
        choice: Choice,
    ) -> Result<Receipt, Error> {
        let new = self.ballot(submission, choice).await;
        self.app.cast_vote(self.ask(reviewer, &self.key()), submission, &new).await
    }

    /// A first vote on the current revision.
    pub async fn ballot(&self, submission: SubmissionNumber, choice: Choice) -> NewVote {
        let revision = self.program().await.submission(submission).unwrap().revision.digest;
        NewVote {
            choice,
            revision: revision.to_string(),
            ordinal: 1,
            reason: format!("I say {choice}."),
            ground: (choice == Choice::Reject).then_some(Ground::Criteria),
            offer: None,
            salt: None,
            signature: None,
            signer: None,
        }
    }

    pub async fn allot(&self, period: &str, allotments: &[(&str, &str)]) -> Result<Receipt, Error> {
        let allotments =
            allotments.iter().map(|(slug, amount)| ((*slug).to_owned(), (*amount).to_owned())).collect();
        let new = Allotments { period: period.to_owned(), allotments, reason: None };
        self.app.allot(self.ask(LEAD, &self.key()), &new).await
    }

    pub async fn program(&self) -> Program {
        self.app.program(self.slug).await.unwrap()
    }

    pub async fn dump(&self) -> Dump {
        self.app.dump(self.slug).await.unwrap()
    }

    /// The journal as it lies in the database.
    pub async fn events(&self, test: &TestDb) -> Vec<Event> {
        Event::list(&mut test.open(), &self.id().await).unwrap()
    }

    pub async fn id(&self) -> String {
        self.program().await.id().store()
    }

    /// What memory says is what the journal says: replayed here, reloaded by another server, and the head.
    pub async fn check(&self, test: &TestDb) {
        let program = self.program().await;
        assert_eq!(program.audit(), Ok(()));
        let mut conn = test.open();
        let replayed = server::app::replay(&mut conn, program.id(), |_, _| Ok(())).unwrap().unwrap();
        assert!(replayed == program, "memory differs from the replay");
        assert!(self.another(test).program().await == program, "memory differs from what a restart loads");
        let head = Head::list(&mut conn, &program.id().store()).unwrap();
        let [head] = head.as_slice() else { panic!("a program has one head: {head:?}") };
        assert_eq!(
            (head.size, &head.leaf, &head.root, &head.at),
            (
                i64::try_from(program.size().get()).unwrap(),
                &program.last_leaf().store(),
                &program.root().store(),
                &program.last_at().store()
            )
        );
        let events = Event::list(&mut conn, &program.id().store()).unwrap();
        assert_eq!(i64::try_from(events.len()).unwrap(), head.size);
        assert!((0..).zip(&events).all(|(seq, event)| event.seq == seq), "the journal has a gap");
    }
}

/// Keeps everybody from writing to a program for as long as it lives.
pub struct Held {
    conn: AnyConn,
}

impl Held {
    pub fn take(test: &TestDb) -> Self {
        let mut conn = test.open();
        conn.batch_execute(match test.target {
            Target::Sqlite(_) => "BEGIN IMMEDIATE",
            Target::Postgres(_) => "BEGIN; SELECT program FROM heads FOR UPDATE",
        })
        .unwrap();
        Self { conn }
    }

    pub fn release(mut self) {
        self.conn.batch_execute("ROLLBACK").unwrap();
    }
}
