//! The verification of a bundle, member by member.

use std::collections::BTreeSet;
use std::io::{BufRead, Read};

use domain::Program;
use domain::value::{BatchNumber, Seq, Timestamp};

use crate::chain::lines;
use crate::checkpoint::Checkpoint;
use crate::events::Events;
use crate::files::{Encoded, FileError, batch_file, keys_json, report_csv};
use crate::finding::{Code, Finding, Findings, Gap, Unchecked};
use crate::limits::Limits;
use crate::member::{BatchFile, Member};
use crate::outcome::{Checked, Outcome};
use crate::papers::{Papers, Turn};
use crate::unusable::Unusable;

/// What a verification is to hold a bundle to.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Checkpoints that somebody kept: the journal must continue each of them.
    pub kept: Vec<Checkpoint>,
    pub limits: Limits,
}

/// A verification under way: every member of a bundle is handed in once, the events before documents and
/// files of batches, and what it all comes to is told at the end.
#[derive(Clone, Debug)]
pub struct Verifier {
    limits: Limits,
    /// Whether documents must come in the order in which they are named.
    in_order: bool,
    findings: Findings,
    unchecked: Vec<Unchecked>,
    events: Events,
    /// What to expect of documents, once the events are read.
    papers: Option<Papers>,
    checkpoint: Option<Vec<u8>>,
    keys: Option<Vec<u8>>,
    report: Option<Vec<u8>>,
    files: BTreeSet<(BatchNumber, BatchFile)>,
    sound_files: u64,
    encoded: Option<(BatchNumber, Encoded)>,
    documents_bytes: u64,
    batches_bytes: u64,
}

impl Verifier {
    /// Nothing read yet.
    pub fn new(options: &Options) -> Self {
        Self {
            limits: options.limits,
            in_order: false,
            findings: Findings::default(),
            unchecked: Vec::new(),
            events: Events::new(&options.kept),
            papers: None,
            checkpoint: None,
            keys: None,
            report: None,
            files: BTreeSet::new(),
            sound_files: 0,
            encoded: None,
            documents_bytes: 0,
            batches_bytes: 0,
        }
    }

    /// As [`Verifier::new`]; documents must come in the order in which they are named.
    pub fn ordered(options: &Options) -> Self {
        Self { in_order: true, ..Self::new(options) }
    }

    /// What was found so far.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        self.findings.add(finding);
    }

    /// When the last event was, as far as they were read.
    pub(crate) fn last_at(&self) -> Option<Timestamp> {
        self.events.span().map(|(_, last)| last)
    }

    /// Takes a member.
    ///
    /// # Errors
    /// What cannot be read or is beyond the limits, a member that comes twice or before the events.
    pub fn take(&mut self, member: Member, content: &mut dyn BufRead) -> Result<(), Unusable> {
        let twice = match member {
            Member::Checkpoint => self.checkpoint.replace(self.whole(member, content)?).is_some(),
            Member::Keys => self.keys.replace(self.whole(member, content)?).is_some(),
            Member::Report => self.report.replace(self.whole(member, content)?).is_some(),
            Member::Events => return self.read_events(content),
            Member::Document(digest) => {
                let bytes = self.whole(member, content)?;
                add(&mut self.documents_bytes, &bytes, "bytes of documents", self.limits.documents_bytes)?;
                let papers = self.papers.as_mut().ok_or_else(|| out_of_order(member))?;
                let turn = papers.take(digest, &bytes, &mut self.findings);
                match turn.map_err(Unusable::read("the temporary file"))? {
                    Turn::Next => false,
                    Turn::Late => self.in_order,
                    Turn::Again => true,
                }
            }
            Member::Batch(number, file) => {
                let bytes = self.whole(member, content)?;
                add(&mut self.batches_bytes, &bytes, "bytes of batches", self.limits.files_bytes)?;
                if self.papers.is_none() {
                    return Err(out_of_order(member));
                }
                self.check_file(number, file, &bytes);
                !self.files.insert((number, file))
            }
        };
        if twice { Err(out_of_order(member)) } else { Ok(()) }
    }

    /// All bytes of a member, within its limit.
    fn whole(&self, member: Member, content: &mut dyn BufRead) -> Result<Vec<u8>, Unusable> {
        let limit = self.limits.of(&member);
        let mut bytes = Vec::new();
        let mut content = content.take(limit.saturating_add(1));
        content.read_to_end(&mut bytes).map_err(Unusable::read(member))?;
        match u64::try_from(bytes.len()) {
            Ok(length) if length <= limit => Ok(bytes),
            _ => Err(Unusable::TooLarge { name: member.to_string(), limit }),
        }
    }

    fn read_events(&mut self, content: &mut dyn BufRead) -> Result<(), Unusable> {
        if self.papers.is_some() {
            return Err(out_of_order(Member::Events));
        }
        let events = &mut self.events;
        lines(content, &self.limits, &mut self.findings, |line, findings| {
            events.push(line, findings)?;
            Ok(events.next())
        })?;
        let identity = events.identity().ok_or(Unusable::NoEvents)?;
        let namings = std::mem::take(&mut events.namings);
        self.papers = Some(Papers::expect(identity, namings, events.replay.state()));
        Ok(())
    }

    /// Compares a file of a batch with what the journal makes.
    fn check_file(&mut self, number: BatchNumber, file: BatchFile, bytes: &[u8]) {
        let member = Member::Batch(number, file);
        let known = self.events.replay.state().and_then(|program| Some((program, program.batch(number)?)));
        let (Some((program, batch)), Some(papers)) = (known, &self.papers) else {
            if self.events.replay.stopped().is_none() {
                let words = format!("the journal has no batch {number}");
                self.findings.add(Finding::of(Code::FileExtra, member, words));
            }
            return;
        };
        // The files of a batch come one after another: its transaction is encoded once for all.
        if self.encoded.as_ref().is_none_or(|(encoded, _)| *encoded != number) {
            self.encoded = Encoded::again(program, batch).ok().map(|encoded| (number, encoded));
        }
        // If it cannot be, the batch's event has its own finding.
        let Some((_, encoded)) = &self.encoded else { return };
        match batch_file(file, program, batch, encoded, &mut &*papers) {
            Ok(made) => {
                if compare(member, bytes, &made, &mut self.findings) {
                    self.sound_files = self.sound_files.saturating_add(1);
                }
            }
            Err(error) => {
                let words = format!("{member} was not made again: {error}");
                self.unchecked.push(Unchecked { code: Gap::NoText, words });
            }
        }
    }

    /// What it all comes to.
    ///
    /// # Errors
    /// There were no events.
    pub fn finish(mut self) -> Result<Outcome, Unusable> {
        let papers = self.papers.take().ok_or(Unusable::NoEvents)?;
        let made = self.events.chain.checkpoint().ok_or(Unusable::NoEvents)?;
        self.check_checkpoint();
        let covered = self.events.chain.compare_kept(&mut self.findings);
        let (documents, documents_named) = (papers.finish(&mut self.findings), papers.named());
        // The audit needs the room that the index of documents takes.
        drop(papers);
        self.audit();
        let made_files = self.check_made_files();
        self.check_missing_files();
        self.note_gaps(covered, made.size);
        let (batches, payouts) = self.events.payments();
        let state = self.events.whole();
        let checked = Checked {
            events: made.size.get(),
            span: self.events.span(),
            decisions: self.events.decided().clone(),
            kept: covered,
            batches,
            payouts,
            batch_files: self.sound_files,
            documents,
            documents_named,
            periods: made_files.then(|| state.map_or(0, |program| program.periods().count())),
        };
        Ok(Outcome { checkpoint: made, checked, unchecked: self.unchecked, findings: self.findings })
    }

    fn gap(&mut self, code: Gap, words: impl Into<String>) {
        self.unchecked.push(Unchecked { code, words: words.into() });
    }

    fn check_checkpoint(&mut self) {
        let Some(bytes) = self.checkpoint.take() else {
            self.find(missing(Member::Checkpoint));
            return self
                .gap(Gap::NoCheckpoint, "the root, because there is no checkpoint to compare it with");
        };
        let stated = String::from_utf8_lossy(&bytes).parse::<Checkpoint>();
        match stated {
            Ok(stated) => self.events.chain.compare(&stated, &mut self.findings),
            Err(error) => {
                self.find(Finding::of(Code::CheckpointUnreadable, Member::Checkpoint, error.to_string()));
                self.gap(Gap::NoCheckpoint, "the root, because the checkpoint is not readable");
            }
        }
    }

    /// Every invariant, in the state after the last event that follows.
    fn audit(&mut self) {
        if let Some(program) = self.events.replay.state()
            && let Err(violation) = program.audit()
        {
            let last = program.size().get().saturating_sub(1);
            let finding = Finding::at(Code::InvariantBroken, Seq::new(last), violation.to_string());
            self.findings.add(finding);
        }
    }

    /// Compares keys and report with what the journal makes; whether both are that.
    fn check_made_files(&mut self) -> bool {
        let (keys, report) = (self.keys.take(), self.report.take());
        let keys = self.check_made(Member::Keys, keys.as_deref(), keys_json);
        let report = self.check_made(Member::Report, report.as_deref(), report_csv);
        keys && report
    }

    fn check_made(
        &mut self,
        member: Member,
        bytes: Option<&[u8]>,
        make: fn(&Program) -> Result<String, FileError>,
    ) -> bool {
        let Some(bytes) = bytes else {
            self.find(missing(member));
            return false;
        };
        let Some(program) = self.events.whole() else { return false };
        match make(program) {
            Ok(text) => compare(member, bytes, &text, &mut self.findings),
            Err(error) => {
                self.gap(Gap::NoState, format!("{member} was not made again: {error}"));
                false
            }
        }
    }

    fn check_missing_files(&mut self) {
        let Some(program) = self.events.replay.state() else { return };
        for batch in program.batches() {
            for file in BatchFile::ALL {
                if !self.files.contains(&(batch.number, file)) {
                    self.findings.add(missing(Member::Batch(batch.number, file)));
                }
            }
        }
    }

    /// What this verification cannot know.
    fn note_gaps(&mut self, covered: Option<Seq>, size: Seq) {
        if let Some(stopped) = self.events.replay.stopped() {
            let last = size.get().saturating_sub(1).max(stopped.get());
            let words = format!(
                "events {stopped} to {last} were not decided again, because event {stopped} does not follow"
            );
            self.gap(Gap::Undecided, words);
            let words = format!(
                "keys.json, report.csv and the files of batches from event {stopped} on were not made again"
            );
            self.gap(Gap::NoState, words);
        }
        let unsigned = match covered {
            None => "the checkpoint is unsigned: whoever made this bundle could have made it anew. Compare it with one you kept: --since".to_owned(),
            Some(covered) if covered == size => return self.note_standing(),
            Some(covered) => format!(
                "the checkpoint is unsigned: up to event {} it continues the one you kept, and what follows could have been made anew",
                covered.get().saturating_sub(1)
            ),
        };
        self.gap(Gap::Unsigned, unsigned);
        self.note_standing();
    }

    fn note_standing(&mut self) {
        let votes = self.events.unsigned_votes();
        if votes > 0 {
            let words = format!(
                "{votes} votes are not signed by their reviewers: that they cast them is the ledger's word"
            );
            self.gap(Gap::UnsignedVotes, words);
        }
        let attested = self.events.attested();
        if attested > 0 {
            let words = format!(
                "{attested} statements about the chain (the Safe, funding) are a treasurer's: the chain was not asked"
            );
            self.gap(Gap::Attested, words);
        }
    }
}

fn out_of_order(member: Member) -> Unusable {
    Unusable::OutOfOrder { name: member.to_string() }
}

fn missing(member: Member) -> Finding {
    Finding::of(Code::FileMissing, member, "it is missing")
}

/// Counts the bytes of all members of a kind.
fn add(sum: &mut u64, bytes: &[u8], what: &'static str, limit: u64) -> Result<(), Unusable> {
    *sum = sum.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if *sum > limit { Err(Unusable::TooMany { what, limit }) } else { Ok(()) }
}

/// Whether a file is what the journal makes.
fn compare(member: Member, found: &[u8], made: &str, findings: &mut Findings) -> bool {
    let made = made.as_bytes();
    if found == made {
        return true;
    }
    let same = found.iter().zip(made).take_while(|(found, made)| found == made).count();
    let words = format!("it is not what the journal makes, from byte {same} on");
    findings.add(Finding::of(Code::FileDiffers, member, words));
    false
}
