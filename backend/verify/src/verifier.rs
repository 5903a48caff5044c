//! The verification of a bundle, member by member.

use std::collections::BTreeSet;
use std::io::{BufRead, Read};

use domain::value::{BatchNumber, Seq, Timestamp};

use crate::chain::lines;
use crate::checkpoint::Checkpoint;
use crate::difference::difference;
use crate::events::{Events, Payments};
use crate::files::{Encoded, batch_file};
use crate::finding::{Code, Finding, Findings, Gap, MAX_FINDINGS, Unchecked};
use crate::limits::Limits;
use crate::member::{BatchFile, Member};
use crate::outcome::{Checked, Money, Outcome};
use crate::papers::{PaperError, Papers, Taken, Turn};
use crate::receipts::Receipts;
use crate::unusable::Unusable;

mod gaps;
mod made;

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
    /// Files beyond those that `unchecked` names.
    more_unchecked: u64,
    events: Events,
    /// What to expect of documents, once the events are read.
    papers: Option<Papers>,
    /// What is said of receipts, once the events are read.
    receipts: Option<Receipts>,
    checkpoint: Option<Vec<u8>>,
    /// Whether the checkpoint was compared: it is as soon as the events are read.
    compared: bool,
    /// How many events the kept checkpoints cover that this journal continues, the longest first.
    covered: Vec<Seq>,
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
            more_unchecked: 0,
            events: Events::new(&options.kept),
            papers: None,
            receipts: None,
            checkpoint: None,
            compared: false,
            covered: Vec::new(),
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

    /// Whether there were events.
    pub(crate) fn has_events(&self) -> bool {
        self.papers.is_some()
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
                let taken = papers.take(digest, &bytes, &mut self.findings);
                let Taken { turn, sound } = taken.map_err(Unusable::read("the temporary file"))?;
                let state = self.events.replay.state().filter(|_| sound);
                if let (Some(receipts), Some(program)) = (&mut self.receipts, state) {
                    receipts.judge(&digest, &bytes, program, &mut self.findings);
                }
                match turn {
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
                let known = self.check_file(number, file, &bytes)?;
                // Of batches that the journal has not, there may be any number; nothing depends on them.
                known && !self.files.insert((number, file))
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
        let (events, namings) = (&mut self.events, self.limits.namings);
        lines(content, &self.limits, &mut self.findings, |line, findings| {
            events.push(line, findings)?;
            for (what, count) in [
                ("documents named", events.namings.len()),
                ("statements that rest on receipts", events.claims.len()),
            ] {
                if u64::try_from(count).unwrap_or(u64::MAX) > namings {
                    return Err(Unusable::TooMany { what, limit: namings });
                }
            }
            Ok(events.next())
        })?;
        let identity = events.identity().ok_or(Unusable::NoEvents)?;
        // Whether it is this history comes before all that may be found in it.
        if self.checkpoint.is_some() {
            self.check_checkpoint();
        }
        self.covered = self.events.chain.compare_kept(&mut self.findings);
        self.events.check_keys(&mut self.findings);
        let namings = std::mem::take(&mut self.events.namings);
        let claims = std::mem::take(&mut self.events.claims);
        let state = self.events.replay.state();
        self.receipts = Some(Receipts::expect(claims, state));
        self.papers = Some(Papers::expect(identity, namings, state, &mut self.findings));
        Ok(())
    }

    /// Compares a file of a batch with what the journal makes; whether it has such a batch.
    fn check_file(&mut self, number: BatchNumber, file: BatchFile, bytes: &[u8]) -> Result<bool, Unusable> {
        let member = Member::Batch(number, file);
        let known = self.events.replay.state().and_then(|program| Some((program, program.batch(number)?)));
        let (Some((program, batch)), Some(papers)) = (known, &self.papers) else {
            if self.events.replay.stopped().is_none() {
                let words = format!("the journal has no batch {number}");
                self.findings.add(Finding::of(Code::FileExtra, member, words));
            }
            return Ok(false);
        };
        if !BatchFile::of(batch).contains(&file) {
            let words = format!("batch {number} is a rejection: nobody writes such a file of it");
            self.findings.add(Finding::of(Code::FileExtra, member, words));
            return Ok(false);
        }
        // The files of a batch come one after another: its transaction is encoded once for all.
        if self.encoded.as_ref().is_none_or(|(encoded, _)| *encoded != number) {
            self.encoded = Encoded::again(program, batch).ok().map(|encoded| (number, encoded));
        }
        // If it cannot be, the batch's event has its own finding.
        let Some((_, encoded)) = &self.encoded else { return Ok(true) };
        match batch_file(file, program, batch, encoded, &mut &*papers) {
            Ok(made) => {
                if compare(member, bytes, &made, &mut self.findings) {
                    self.sound_files = self.sound_files.saturating_add(1);
                }
            }
            Err(error) => self.not_made(member, error)?,
        }
        Ok(true)
    }

    /// Says that a file was not made again. Only for want of a text that is a gap: a document has its finding, then.
    fn not_made(&mut self, member: Member, error: PaperError) -> Result<(), Unusable> {
        match error {
            PaperError::Missing(_) if self.unchecked.len() < MAX_FINDINGS => {
                self.gap(Gap::NoText, format!("{member} was not made again: {error}"));
            }
            PaperError::Missing(_) => self.more_unchecked = self.more_unchecked.saturating_add(1),
            PaperError::Io(error) => return Err(Unusable::read("the temporary file")(error)),
            PaperError::File(error) => {
                let words = format!("the journal makes no such file: {error}");
                self.find(Finding::of(Code::FileDiffers, member, words));
            }
        }
        Ok(())
    }

    /// What it all comes to.
    ///
    /// # Errors
    /// There were no events.
    pub fn finish(mut self) -> Result<Outcome, Unusable> {
        let papers = self.papers.take().ok_or(Unusable::NoEvents)?;
        let made = self.events.chain.checkpoint().ok_or(Unusable::NoEvents)?;
        if !self.compared {
            self.check_checkpoint();
        }
        let documents = papers.finish(&mut self.findings);
        let (documents_named, documents_erased) = (papers.named(), papers.erased());
        if let Some(receipts) = &self.receipts {
            receipts.check_erased(|receipt| papers.erased_by(receipt), &mut self.findings);
        }
        // The audit needs the room that the index of documents takes.
        drop(papers);
        self.audit();
        let made_files = self.check_made_files()?;
        self.check_missing_files();
        if self.more_unchecked > 0 {
            let words = format!("{} more files were not made again", self.more_unchecked);
            self.gap(Gap::NoText, words);
        }
        let judged = self.receipts.as_ref().map(Receipts::judged).unwrap_or_default();
        self.note_gaps(made.size, judged);
        let Payments { batches, rejections, payouts } = self.events.payments();
        let state = self.events.whole();
        let checked = Checked {
            events: made.size.get(),
            span: self.events.span(),
            decisions: self.events.decided().clone(),
            kept: self.covered,
            batches,
            rejections,
            payouts,
            batch_files: self.sound_files,
            documents,
            documents_named,
            documents_erased,
            receipts: judged.shown,
            signatures: self.events.signed(),
            money: state.and_then(Money::of),
            periods: made_files.then(|| state.map_or(0, |program| program.periods().count())),
        };
        Ok(Outcome { checkpoint: made, checked, unchecked: self.unchecked, findings: self.findings })
    }

    fn gap(&mut self, code: Gap, words: impl Into<String>) {
        self.unchecked.push(Unchecked { code, words: words.into() });
    }

    fn check_checkpoint(&mut self) {
        self.compared = true;
        let Some(bytes) = self.checkpoint.as_deref() else {
            self.find(missing(Member::Checkpoint));
            return self
                .gap(Gap::NoCheckpoint, "the root, because there is no checkpoint to compare it with");
        };
        let stated = String::from_utf8_lossy(bytes).parse::<Checkpoint>();
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
}

fn out_of_order(member: Member) -> Unusable {
    Unusable::OutOfOrder { name: member.to_string() }
}

fn missing(member: Member) -> Finding {
    Finding::of(Code::FileMissing, member, "it is missing: every export writes it. Fetch the bundle again")
}

/// Counts the bytes of all members of a kind.
fn add(sum: &mut u64, bytes: &[u8], what: &'static str, limit: u64) -> Result<(), Unusable> {
    *sum = sum.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if *sum > limit { Err(Unusable::TooMany { what, limit }) } else { Ok(()) }
}

/// Whether a file is what the journal makes.
fn compare(member: Member, found: &[u8], made: &str, findings: &mut Findings) -> bool {
    if found == made.as_bytes() {
        return true;
    }
    let table =
        matches!(member, Member::Report | Member::Batch(_, BatchFile::Airdrop | BatchFile::Annotated));
    let words = format!("it is not what the journal makes{}", difference(found, made, table));
    findings.add(Finding::of(Code::FileDiffers, member, words));
    false
}

#[cfg(test)]
mod tests {
    use domain::value::Digest;

    use crate::files::FileError;

    use super::*;

    /// What hides a forged file behind words that nobody reads would be worse than a forged file.
    #[test]
    fn a_file_that_cannot_be_made_is_a_finding_unless_a_text_is_missing() {
        let mut verifier = Verifier::new(&Options::default());

        verifier.not_made(Member::Report, FileError::Overflow.into()).unwrap();
        verifier.not_made(Member::Keys, FileError::NotText.into()).unwrap();
        let found: Vec<_> = verifier.findings.list().iter().map(|it| (it.code, it.file.as_deref())).collect();
        assert_eq!(found, [(Code::FileDiffers, Some("report.csv")), (Code::FileDiffers, Some("keys.json"))]);

        let failed = verifier.not_made(Member::Report, std::io::Error::other("the disk").into());
        assert!(matches!(failed, Err(Unusable::Read { .. })), "{failed:?}");
        for _ in 0..MAX_FINDINGS + 3 {
            verifier.not_made(Member::Report, PaperError::Missing(Digest::ZERO)).unwrap();
        }
        assert_eq!((verifier.unchecked.len(), verifier.more_unchecked), (MAX_FINDINGS, 3));
        assert_eq!(verifier.findings.list().len(), 2);
    }
}
