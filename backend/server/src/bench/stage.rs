//! A ledger with thousands of claims that wait for one vote each.

use domain::command::{Actor, CastVote, Cause, FileSubmission};
use domain::event::Command;
use domain::journal::Document;
use domain::submission::Stage;
use domain::value::{Amount, Count, Digest, MemberNumber, PeriodNumber, Slug, SubmissionNumber, Timestamp};
use domain::words::{Choice, ClaimKind, YesNo};
use uuid::Uuid;

use super::{BenchError, News, Watch};
use crate::app::{
    App, Ask, Call, Clock, Entropy, Error, Job, NewAddress, ProgramFile, Seed, SetClock, Target, Writer,
};
use crate::db::{self, open_write};

const PROGRAM: &str = include_str!("program.toml");
const PAYEE: &str = "0x0000000000000000000000000000000000be2c40";
/// A thousandth of an LPT: the category never runs out.
const AMOUNT: Amount = Amount::from_wei(1_000_000_000_000_000);
/// Commands of one commit while a ledger is prepared: so many that commits cost little.
const CALLS: usize = 2_500;
/// Who may vote in the program of the benchmarks.
pub(super) const REVIEWER: &str = "reviewer";

/// A writer and the program it writes to.
#[derive(Debug)]
pub(super) struct Ledger {
    pub writer: Writer,
    pub id: Uuid,
}

/// The clock of every benchmark: it stands in the middle of the period.
pub(super) fn clock() -> Result<SetClock, BenchError> {
    let noon = "2026-01-05T12:00:00Z".parse::<Timestamp>().map_err(Error::field("clock"))?;
    Ok(SetClock::at(noon))
}

fn member(number: u32) -> Result<MemberNumber, BenchError> {
    MemberNumber::new(number).ok_or(BenchError::Stage)
}

pub(super) fn slug(text: &str) -> Result<Slug, BenchError> {
    Ok(text.parse::<Slug>().map_err(Error::field("slug"))?)
}

/// A number as a digest, a salt, or a text: different for each `kind` and `n`.
pub(super) fn digest(kind: &str, n: usize) -> Digest {
    Digest::sha256(&[kind.as_bytes(), n.to_string().as_bytes()])
}

fn call(command: impl Into<Command>, document: Document, n: usize, kind: &str) -> Call {
    let cause = Cause(digest(kind, n), digest("request", n));
    Call { command: command.into(), cause: Some(cause), documents: vec![document] }
}

/// About as long as what people write.
pub(super) fn prose(n: usize) -> String {
    let text = "An hour on X about transcoding, with forty listeners and a recording. ".repeat(3);
    format!("{n}: {text}")
}

fn document(kind: &str, n: usize) -> Document {
    let mut salt = [0; 16];
    for (byte, next) in salt.iter_mut().zip(digest(kind, n).bytes()) {
        *byte = *next;
    }
    let content = format!("{{\"{kind}\":\"{}\"}}", prose(n)).into_bytes();
    Document { salt, media_type: "application/json", content }
}

impl Ledger {
    /// Opens the program of the benchmarks in an empty database.
    pub async fn open(target: &db::Target) -> Result<Uuid, BenchError> {
        let app = App::start(target, Clock::Set(clock()?), Entropy::Seeded(Seed::new(1)))?;
        let file = ProgramFile::read(PROGRAM)?;
        app.open_program(&file, true, "open").await?;
        let ask = Ask { program: file.slug, member: member(3)?, key: "payee", sent: None };
        app.record_address(ask, &NewAddress { address: PAYEE.to_owned(), proof: None }).await?;
        Ok(app.program_id(file.slug).await?)
    }

    /// Starts a writer as the server has it.
    pub fn start(target: &db::Target, id: Uuid) -> Result<Self, BenchError> {
        let (writer, _ends_with_its_last_handle) = Writer::start(open_write(target)?, Clock::Set(clock()?));
        Ok(Self { writer, id })
    }

    /// Starts a writer with at most `group` commands for each commit.
    pub fn start_with_group(target: &db::Target, id: Uuid, group: usize) -> Result<Self, BenchError> {
        let (writer, _ends_with_its_last_handle) =
            Writer::start_with_group(open_write(target)?, Clock::Set(clock()?), group);
        Ok(Self { writer, id })
    }

    fn job(&self, actor: MemberNumber, calls: Vec<Call>) -> Job {
        Job {
            target: Target::Existing(self.id),
            actor: Actor::Member(actor),
            accounts: calls.iter().map(|_| None).collect(),
            calls,
        }
    }

    /// Files claims, many in each commit.
    pub async fn file(&self, claims: usize, watch: Watch<'_>) -> Result<(), BenchError> {
        let (category, channel, function) = (slug("operations")?, slug("x")?, slug("host")?);
        let payee = safe::eip55::parse(PAYEE).map_err(Error::field("payee"))?;
        let claim = |n: usize| {
            let texts = document("claim", n);
            let command = FileSubmission {
                amount: AMOUNT,
                bounty: None,
                captures: Vec::new(),
                category,
                channel,
                contests: None,
                evidence: vec![digest("evidence", n)],
                function,
                kind: ClaimKind::Expense,
                payee,
                period: PeriodNumber::FIRST,
                promoted: YesNo::from(false),
                share: None,
                texts: texts.digest(),
            };
            call(command, texts, n, "file")
        };
        let numbers: Vec<usize> = (0..claims).collect();
        let mut done = 0_usize;
        for numbers in numbers.chunks(CALLS) {
            let calls = numbers.iter().map(|n| claim(*n)).collect();
            self.writer.submit(self.job(member(3)?, calls)).await?;
            done = done.saturating_add(numbers.len());
            watch(News::Step { what: "claims filed", done, of: claims });
        }
        Ok(())
    }

    /// The deciding votes on all claims that wait for one, each a job of its own.
    pub async fn votes(&self) -> Result<Vec<Job>, BenchError> {
        let reviewer = member(2)?;
        Ok(self.calls().await?.into_iter().map(|call| self.job(reviewer, vec![call])).collect())
    }

    /// Approves all claims that wait, many in each commit.
    pub async fn approve_all(&self, watch: Watch<'_>) -> Result<(), BenchError> {
        let mut calls = self.calls().await?;
        let of = calls.len();
        while !calls.is_empty() {
            let rest = calls.split_off(calls.len().min(CALLS));
            self.writer.submit(self.job(member(2)?, calls)).await?;
            calls = rest;
            watch(News::Step { what: "claims approved", done: of.saturating_sub(calls.len()), of });
        }
        Ok(())
    }

    async fn calls(&self) -> Result<Vec<Call>, BenchError> {
        let program = self.writer.state(self.id).await?.ok_or(BenchError::Stage)?;
        let waiting = program.submissions().filter(|claim| matches!(claim.stage, Stage::Submitted { .. }));
        let waiting: Vec<(SubmissionNumber, Digest)> =
            waiting.map(|claim| (claim.number, claim.revision.digest)).collect();
        let vote = |(n, (submission, revision)): (usize, &(SubmissionNumber, Digest))| {
            let reason = document("reason", n);
            let command = CastVote {
                choice: Choice::Approve,
                ground: None,
                offer: None,
                ordinal: Count::new(1),
                reason: reason.digest(),
                revision: *revision,
                signature: None,
                signer: None,
                submission: *submission,
            };
            call(command, reason, n, "vote")
        };
        Ok(waiting.iter().enumerate().map(vote).collect())
    }
}
