//! One round: the blocks after the mark, transaction by transaction.

use domain::batch::Observation;
use domain::command::{Actor, ObserveSafe};
use domain::event::Command;
use domain::journal::Document;
use domain::refusal::Refusal;
use domain::value::{Digest, Seq, Timestamp};
use domain::words::Source;
use domain::{Program, Request, decide};
use uuid::Uuid;

use super::facts::Happened;
use super::fault::ReadFault;
use super::window::{Touched, Wanted, Window};
use super::{Memory, Round, words};
use crate::app::writer::{Call, Job, Receipt, Target};
use crate::app::{App, Error};
use crate::chain::{Block, ChainError, Fault, Nodes, SafeError, SafeSeen};
use crate::db::marks::{Mark, drop_mark, find_mark, put_mark};

/// What a receipt is kept as.
const JSON: &str = "application/json";
/// How old an observation of a Safe gets at which nothing happens.
const DAILY_MICROS: i64 = 24 * 3_600 * 1_000_000;
/// How far the clocks of the ledger and the chain may lie apart.
pub(super) const SLACK_MICROS: i64 = 5 * 60 * 1_000_000;
/// How often something is tried again that somebody else may have written meanwhile.
const TRIES: u32 = 8;

/// A program, and where its chain is read.
pub(super) struct Reading<'a> {
    pub app: &'a App,
    pub nodes: &'a Nodes,
    pub id: Uuid,
    /// The newest block that is trusted.
    pub tip: Block,
    pub round: Round,
}

/// Reads what happened to a Safe since the last time, and writes it into the books.
pub(super) async fn round(
    app: &App,
    nodes: &Nodes,
    id: Uuid,
    look: bool,
    memory: &mut Memory,
) -> Result<Round, Error> {
    let program = app.state_of(id).await?;
    let tip = nodes.trusted(program.charter().chain.get()).await.map_err(ReadFault::from)?;
    let mut reading = Reading { app, nodes, id, tip, round: Round::default() };
    let Some(mut mark) = reading.mark(&program).await? else { return Ok(reading.round) };
    let wanted = Wanted::of(program.charter());
    let mut looked = false;
    while mark.block < tip.number {
        let window = wanted.window(nodes, &mark, &tip).await?;
        looked |= reading.take(&window, look).await?;
        if !reading.round.held.is_empty() {
            break;
        }
        mark = window.end;
        reading.keep(mark).await?;
    }
    if look && !looked && mark.block == tip.number {
        let seen = reading.see(&tip).await?;
        reading.observe(&seen, true).await?;
    }
    reading.round.block = Some(mark.block);
    words::check(&mut reading, &mark).await?;
    if reading.round.held.is_empty() && reading.missed(&mark, memory).await? {
        // Something was proposed for a nonce that was read past before, or was not shown then: from the start again.
        reading.forget().await?;
    }
    Ok(reading.round)
}

impl App {
    /// The state of a program, which is there.
    pub(in crate::app) async fn state_of(&self, id: Uuid) -> Result<Program, Error> {
        self.writer.state(id).await?.ok_or(Error::Stopped)
    }

    /// Writes what the ledger itself knows.
    pub(super) async fn record(
        &self,
        id: Uuid,
        command: Command,
        documents: Vec<Document>,
    ) -> Result<Receipt, Error> {
        let calls = vec![Call { command, cause: None, documents }];
        let job = Job { target: Target::Existing(id), actor: Actor::System, calls, accounts: Vec::new() };
        self.writer.submit(job).await?.pop().ok_or(Error::Stopped)
    }

    /// Whether the rules let the ledger write this now.
    pub(super) fn may_record(&self, program: &Program, command: &Command) -> Result<(), Error> {
        let at = self.now()?.max(program.last_at());
        let request = Request { actor: Actor::System, at, cause: None, command: command.clone() };
        decide(program, &request).map(|_| ()).map_err(Error::from)
    }
}

impl Reading<'_> {
    /// Where to read on. After a change of the chain below the mark: from the start, without what is gone; nowhere as long
    /// as that cannot be taken back.
    async fn mark(&mut self, program: &Program) -> Result<Option<Mark>, Error> {
        let id = self.id;
        let found = self.app.read(move |conn| Ok(find_mark(conn, id)?.transpose()?)).await?;
        if let Some(mark) = found {
            if mark.block > self.tip.number {
                // Another node lags behind, or the chain is shorter now: what there is, is looked at.
                let newest = self.nodes.block_of(&mark.block_hash).await.map_err(ReadFault::from)?;
                if newest.is_some_and(|block| block.number == mark.block) {
                    return Ok(Some(mark));
                }
            } else {
                let there = self.nodes.block_at(mark.block).await.map_err(ReadFault::from)?;
                if there.hash == mark.block_hash {
                    return Ok(Some(mark));
                }
            }
            tracing::warn!(program.id = %id, block = mark.block, "the chain has changed below what was read");
            words::take_back(self).await?;
            if !self.round.held.is_empty() {
                // What was built on it has to be undone first: tried again until then.
                return Ok(None);
            }
            self.forget().await?;
        }
        let mark = self.begin(program).await?;
        self.keep(mark).await?;
        Ok(Some(mark))
    }

    /// The mark at the last block before the program opened, or at the newest one if that is older.
    async fn begin(&self, program: &Program) -> Result<Mark, Error> {
        let opened = words::told_at(self, Seq::ZERO).await?;
        let first = self.last_before(opened).await?;
        let seen = self.see(&self.tip).await?;
        let now = mark_of(&seen);
        let charter = program.charter();
        let known = known(program).filter(|known| (first.number..=self.tip.number).contains(&known.block));
        let known = match known {
            // Unless that block was replaced since.
            Some(known) => {
                let there = self.nodes.block_at(known.block).await.map_err(ReadFault::from)?;
                Some(known).filter(|known| there.hash == known.block_hash)
            }
            None => None,
        };
        let mark = Wanted::of(charter).mark_before(self.nodes, &first, &now, &self.tip, known).await?;
        // A node that keeps old states knows it itself; one that does not says so.
        match self.nodes.count_at(&charter.safe, &charter.token, &first).await {
            Ok((nonce, balance)) if (nonce, balance) == (mark.nonce, mark.balance) => Ok(mark),
            Ok(_) => Err(ReadFault::LeftOut { block: self.tip.number }.into()),
            Err(error) if is_stateless(&error) => Ok(mark),
            Err(error) => Err(ReadFault::from(error).into()),
        }
    }

    /// The last trusted block before a moment; the first one if there is none.
    async fn last_before(&self, moment: Timestamp) -> Result<Block, ReadFault> {
        if self.tip.time < moment {
            return Ok(self.tip);
        }
        // Before `low` or at it, and not after `high`.
        let (mut low, mut high) = (0_u64, self.tip.number);
        while high.saturating_sub(low) > 1 {
            let middle = low.midpoint(high);
            let block = self.nodes.block_at(middle).await?;
            if block.time < moment { low = middle } else { high = middle }
        }
        Ok(self.nodes.block_at(low).await?)
    }

    /// The Safe at the end of a block.
    async fn see(&self, block: &Block) -> Result<SafeSeen, Error> {
        let program = self.app.state_of(self.id).await?;
        let charter = program.charter();
        let seen = self.nodes.observe_at(charter.chain.get(), &charter.safe, &charter.token, block).await;
        Ok(seen.map_err(ReadFault::from)?)
    }

    /// Takes a window into the books; tells whether the Safe was observed.
    async fn take(&mut self, window: &Window, look: bool) -> Result<bool, Error> {
        let program = self.app.state_of(self.id).await?;
        self.compare(&program, window).await?;
        let old = program.observation().is_none_or(|last| {
            last.safe.source == Source::Attested || age(self.app, last.at) >= DAILY_MICROS
        });
        if !window.stirred && !old && !look {
            return Ok(false);
        }
        if window.last.number == self.tip.number {
            let seen = self.see(&window.last).await?;
            self.observe(&seen, old || look).await?;
        }
        for touched in &window.touched {
            let (happened, document) = self.read(touched).await?;
            self.settle(&document, |program| Ok(happened.missing(program)?)).await?;
        }
        Ok(true)
    }

    /// Makes sure that the logs lead to what the Safe has. If they do not, all is read from the start the next time: what
    /// was left out may lie before the mark.
    async fn compare(&self, program: &Program, window: &Window) -> Result<(), Error> {
        let (charter, block) = (program.charter(), window.last.number);
        let (safe, counted, booked) = (charter.safe, window.end.nonce, window.end.balance);
        let found = match self.nodes.count_at(&safe, &charter.token, &window.last).await {
            // The newest block's state is always there: what is left out shows then.
            Err(error) if block < self.tip.number && is_stateless(&error) => return Ok(()),
            found => found,
        };
        let (nonce, balance) = found.map_err(ReadFault::from)?;
        if (nonce, balance) == (counted, booked) {
            return Ok(());
        }
        self.forget().await?;
        Err(ReadFault::Incomplete { safe, block, counted, booked, nonce, balance }.into())
    }

    /// Reads the receipt of a transaction of which there are logs. Anybody can make one that is too large for whoever judges
    /// it: of that the logs that are about the Safe are kept.
    async fn read(&self, touched: &Touched) -> Result<(Happened, Document), Error> {
        let transaction = touched.transaction;
        let found = match self.nodes.receipt(&transaction).await {
            Err(ChainError::Rpc(error)) if matches!(error.fault, Fault::TooLarge { .. }) => {
                return self.judged(touched.receipt().to_string(), transaction, touched.nonce).await;
            }
            found => found.map_err(ReadFault::from)?,
        };
        let found = found.filter(|receipt| receipt.block_hash == touched.block_hash && receipt.succeeded);
        let found = found.ok_or(ReadFault::OtherReceipt { transaction })?;
        match self.happened(&found, touched.nonce).await {
            Err(Error::Chain(fault)) if matches!(*fault, ReadFault::Unjudgeable { .. }) => {
                self.judged(touched.receipt().to_string(), transaction, touched.nonce).await
            }
            read => read,
        }
    }

    /// What a receipt says, and the document that keeps it.
    pub(super) async fn happened(
        &self,
        found: &crate::chain::Receipt,
        nonce: Seq,
    ) -> Result<(Happened, Document), Error> {
        self.judged(found.json.get().to_owned(), found.transaction, nonce).await
    }

    async fn judged(
        &self,
        text: String,
        transaction: Digest,
        nonce: Seq,
    ) -> Result<(Happened, Document), Error> {
        // What no verifier could read is not recorded.
        let receipt = verify::receipts::read(text.as_bytes())
            .map_err(|error| ReadFault::Unjudgeable { transaction, error })?;
        let document =
            Document { salt: self.app.entropy.bytes()?, media_type: JSON, content: text.into_bytes() };
        let program = self.app.state_of(self.id).await?;
        let happened = Happened::read(&program, receipt, document.digest(), nonce)?;
        Ok((happened, document))
    }

    /// Writes what is missing, one after another, until nothing is missing or nothing of it can be written.
    pub(super) async fn settle(
        &mut self,
        document: &Document,
        missing: impl Fn(&Program) -> Result<Vec<Command>, Error>,
    ) -> Result<(), Error> {
        let mut tries = 0_u32;
        loop {
            let program = self.app.state_of(self.id).await?;
            let wanted = missing(&program)?;
            let (mut refusals, mut told) = (Vec::new(), Vec::new());
            let mut next = None;
            for command in wanted {
                match self.app.may_record(&program, &command) {
                    Ok(()) => {
                        next = Some(command);
                        break;
                    }
                    Err(Error::Refused(refusal)) if takes_back(&command) => told.push(refusal),
                    Err(Error::Refused(refusal)) => refusals.push(refusal),
                    Err(error) => return Err(error),
                }
            }
            let Some(command) = next else {
                self.round.told.extend(told);
                self.round.held.extend(refusals);
                return Ok(());
            };
            let documents: Vec<Document> =
                command.documents().iter().map(|_| document.clone()).take(1).collect();
            match self.app.record(self.id, command, documents).await {
                Ok(receipt) => {
                    tries = 0;
                    self.round.written.push(receipt);
                }
                // Somebody else was faster.
                Err(Error::Refused(_) | Error::Conflict) if tries < TRIES => tries = tries.saturating_add(1),
                Err(error) => return Err(error),
            }
        }
    }

    /// Records the Safe as it was seen, if it is wanted or differs from how the books know it.
    async fn observe(&mut self, seen: &SafeSeen, wanted: bool) -> Result<(), Error> {
        let program = self.app.state_of(self.id).await?;
        let last = program.observation();
        if !wanted && last.is_some_and(|last| is_same(&last.safe, seen)) {
            return Ok(());
        }
        let command = |corrects| Command::from(observation(seen, corrects));
        let refusal = match self.app.may_record(&program, &command(None)) {
            Ok(()) => None,
            Err(Error::Refused(refusal)) => Some(refusal),
            Err(error) => return Err(error),
        };
        let command = match (refusal, last) {
            (None, _) => command(None),
            (Some(_), Some(last))
                if last.safe.block_hash != seen.block.hash && self.is_wrong(last).await? =>
            {
                command(Some(last.recorded))
            }
            // This block was observed before, or a later one.
            (Some(Refusal::ObservedBefore { .. }), _) => return Ok(()),
            (Some(refusal), _) => {
                self.round.held.push(refusal);
                return Ok(());
            }
        };
        match self.app.record(self.id, command, Vec::new()).await {
            Ok(receipt) => self.round.written.push(receipt),
            // Another server was faster.
            Err(Error::Refused(Refusal::ObservedBefore { .. } | Refusal::NotTheLastObservation { .. })) => {}
            Err(Error::Refused(refusal)) => self.round.held.push(refusal),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whether the chain shows that an observation never was: it is of a block that is not there, or a member said it of
    /// one that should be there by now.
    async fn is_wrong(&self, last: &Observation) -> Result<bool, Error> {
        let block = last.safe.block.get();
        if last.safe.source == Source::Attested {
            return Ok(passed(last.at, &self.tip));
        }
        Ok(block > self.tip.number || self.nodes.block_at(block).await?.hash != last.safe.block_hash)
    }

    /// Whether a nonce that the Safe has consumed has no end in the books, or one that was never checked: what was
    /// proposed for it came after the reading.
    async fn missed(&mut self, mark: &Mark, memory: &mut Memory) -> Result<bool, Error> {
        let program = self.app.state_of(self.id).await?;
        let consumed = program.nonces().filter(|nonce| nonce.number < mark.nonce && nonce.finding.is_none());
        let unread =
            consumed.filter(|nonce| nonce.end.as_ref().is_none_or(|end| end.source == Source::Attested));
        let numbers: Vec<u64> = unread.map(|nonce| nonce.number.get()).collect();
        memory.read_again_for.retain(|number| numbers.contains(number));
        let mut new = false;
        for number in numbers {
            if memory.read_again_for.insert(number) {
                new = true;
            } else {
                self.round.unseen.push(Seq::new(number));
            }
        }
        Ok(new)
    }

    async fn keep(&self, mark: Mark) -> Result<(), Error> {
        let id = self.id;
        self.app.writer.keep(move |conn| Ok(put_mark(conn, id, &mark)?)).await
    }

    async fn forget(&self) -> Result<(), Error> {
        let id = self.id;
        self.app.writer.keep(move |conn| Ok(drop_mark(conn, id)?)).await
    }
}

/// Whether a command takes something back that people may have built on: then they have to be told, and all else goes on.
fn takes_back(command: &Command) -> bool {
    matches!(
        command,
        Command::FundingWithdrawn(_) | Command::TransferWithdrawn(_) | Command::ExecutionWithdrawn(_)
    )
}

/// What the ledger itself last saw the Safe have.
fn known(program: &Program) -> Option<Mark> {
    let seen = &program.observation().filter(|last| last.safe.source == Source::Chain)?.safe;
    let (block, block_hash) = (seen.block.get(), seen.block_hash);
    Some(Mark { block, block_hash, nonce: seen.nonce, balance: seen.balance })
}

/// Whether a node says that it does not keep the state of so old a block.
fn is_stateless(error: &SafeError) -> bool {
    matches!(error, SafeError::Chain(ChainError::Rpc(error)) if matches!(error.fault, Fault::Refused { .. }))
}

fn mark_of(seen: &SafeSeen) -> Mark {
    let Block { number: block, hash: block_hash, .. } = seen.block;
    Mark { block, block_hash, nonce: seen.nonce, balance: seen.balance }
}

fn observation(seen: &SafeSeen, corrects: Option<Seq>) -> ObserveSafe {
    ObserveSafe {
        balance: seen.balance,
        block: Seq::new(seen.block.number),
        block_hash: seen.block.hash,
        corrects,
        guard: seen.guard,
        modules: seen.modules.clone(),
        nonce: seen.nonce,
        owners: seen.owners.clone(),
        singleton: seen.singleton,
        source: Source::Chain,
        threshold: seen.threshold,
    }
}

/// Whether the books know the Safe as it was seen, whatever the block.
fn is_same(known: &ObserveSafe, seen: &SafeSeen) -> bool {
    let again = ObserveSafe {
        block: known.block,
        block_hash: known.block_hash,
        corrects: known.corrects,
        source: known.source,
        ..observation(seen, None)
    };
    again == *known
}

/// How long ago, by the ledger's clock.
fn age(app: &App, at: Timestamp) -> i64 {
    app.now().map_or(0, |now| now.micros().saturating_sub(at.micros()))
}

/// Whether the chain has gone on since a moment: what was said then to have happened is in it, or never was.
pub(super) fn passed(at: Timestamp, tip: &Block) -> bool {
    tip.time.micros() > at.micros().saturating_add(SLACK_MICROS)
}

impl From<ReadFault> for Error {
    fn from(fault: ReadFault) -> Self {
        Self::Chain(Box::new(fault))
    }
}

impl From<ChainError> for Error {
    fn from(error: ChainError) -> Self {
        ReadFault::from(error).into()
    }
}
