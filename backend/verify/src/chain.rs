//! The bytes of a journal: canonical events, one after another, and the root of them all.

use std::io::{self, BufRead, Read};

use domain::event::{Event, EventError, Recorded};
use domain::journal::{Frontier, leaf_hash};
use domain::value::{Digest, Seq, Timestamp};
use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use crate::finding::{Code, Finding, Findings, printable};
use crate::limits::{Limits, MAX_UNREAD};
use crate::member::Member;
use crate::unusable::Unusable;

/// What the bytes of a journal add up to.
#[derive(Clone, Debug)]
pub struct Chained {
    pub checkpoint: Checkpoint,
    pub findings: Findings,
}

/// Checks the bytes of a journal alone, one event a line: canonical, numbered without a gap, chained by
/// `prev`, time never back, one program; and hashes them to their root. No rule is looked at.
///
/// # Errors
/// What cannot be read: an event beyond the limits or of other rules, or no event at all.
pub fn chain(mut journal: impl BufRead) -> Result<Chained, Unusable> {
    let mut chain = Chain::new(&[]);
    let mut findings = Findings::default();
    lines(&mut journal, &Limits::default(), &mut findings, |line, findings| {
        chain.push(line, findings)?;
        Ok(chain.next)
    })?;
    Ok(Chained { checkpoint: chain.checkpoint().ok_or(Unusable::NoEvents)?, findings })
}

/// Calls `each` with every line; it answers which event comes next.
pub(crate) fn lines(
    journal: &mut dyn BufRead,
    limits: &Limits,
    findings: &mut Findings,
    mut each: impl FnMut(&[u8], &mut Findings) -> Result<Seq, Unusable>,
) -> Result<(), Unusable> {
    let mut line = Vec::new();
    let mut next = Seq::ZERO;
    let mut count = 0_u64;
    let mut bytes = 0_u64;
    let mut carriage = false;
    loop {
        line.clear();
        let read = read_line(journal, limits.line, &mut line).map_err(Unusable::read(Member::Events))?;
        if read == 0 {
            return Ok(());
        }
        let ended = line.pop_if(|last| *last == b'\n').is_some();
        // Without it the events are what they were: one finding says it for all of them.
        if ended && line.pop_if(|last| *last == b'\r').is_some() && !std::mem::replace(&mut carriage, true) {
            let words = "lines end in CR LF, from this one on: something on their way changed the line ends. Fetch the bundle again";
            findings.add(Finding::at(Code::LineEnd, next, words));
        }
        if u64::try_from(line.len()).is_ok_and(|length| length > limits.line) {
            return Err(Unusable::LongEvent { seq: next, limit: limits.line });
        }
        (count, bytes) = (count.saturating_add(1), bytes.saturating_add(read));
        if count > limits.events {
            return Err(Unusable::TooMany { what: "events", limit: limits.events });
        }
        if bytes > limits.events_bytes {
            return Err(Unusable::TooLarge { name: Member::Events.to_string(), limit: limits.events_bytes });
        }
        if !ended {
            findings.add(Finding::at(Code::LineEnd, next, "the line of the last event does not end"));
        }
        next = each(&line, findings)?;
    }
}

/// Reads a line with its end, or one byte more than the longest that may be.
fn read_line(journal: &mut dyn BufRead, limit: u64, line: &mut Vec<u8>) -> io::Result<u64> {
    // The line feed, and a byte that shows that there is more.
    let longest = limit.saturating_add(2);
    let read = journal.take(longest).read_until(b'\n', line)?;
    Ok(u64::try_from(read).unwrap_or(u64::MAX))
}

/// A checkpoint that somebody kept, and the root of as many events of this journal.
#[derive(Clone, Copy, Debug)]
struct Kept {
    checkpoint: Checkpoint,
    root: Option<Digest>,
}

/// The journal as far as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    tree: Frontier,
    /// The hash of the last line, zeros before the first.
    leaf: Digest,
    /// The number of the event that must come next.
    pub(crate) next: Seq,
    program: Option<Uuid>,
    identity: Option<Digest>,
    pub(crate) first_at: Option<Timestamp>,
    pub(crate) last_at: Option<Timestamp>,
    kept: Vec<Kept>,
    /// How many lines were no events.
    unread: u64,
}

impl Chain {
    pub(crate) fn new(kept: &[Checkpoint]) -> Self {
        let kept = kept.iter().map(|checkpoint| Kept { checkpoint: *checkpoint, root: None });
        let mut chain = Self {
            tree: Frontier::default(),
            leaf: Digest::ZERO,
            next: Seq::ZERO,
            program: None,
            identity: None,
            first_at: None,
            last_at: None,
            kept: kept.collect(),
            unread: 0,
        };
        chain.mark();
        chain
    }

    /// How many lines there were.
    pub(crate) fn size(&self) -> Seq {
        self.tree.size()
    }

    pub(crate) fn identity(&self) -> Option<Digest> {
        self.identity
    }

    /// The checkpoint that this journal makes; `None` before its first event.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        Some(Checkpoint { identity: self.identity?, size: self.size(), root: self.tree.root() })
    }

    /// How many checkpoints somebody kept.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Takes the next line without its end; gives the event if it is one.
    pub(crate) fn push(
        &mut self,
        line: &[u8],
        findings: &mut Findings,
    ) -> Result<Option<Recorded>, Unusable> {
        let place = self.next;
        let recorded = match Recorded::from_bytes(line) {
            Ok(recorded) => {
                self.follow(&recorded.event, findings);
                Some(recorded)
            }
            Err(EventError::UnknownRules { found }) => {
                return Err(Unusable::UnknownRules { seq: place, found: printable(&found) });
            }
            Err(error @ (EventError::NotCanonical { .. } | EventError::NotPlain)) => {
                findings.add(Finding::at(Code::NotCanonical, place, error.to_string()));
                None
            }
            Err(error @ (EventError::Unreadable(_) | EventError::Cause)) => {
                findings.add(Finding::at(Code::NotAnEvent, place, error.to_string()));
                None
            }
        };
        if recorded.is_none() {
            self.unread = self.unread.saturating_add(1);
            if self.unread > MAX_UNREAD {
                return Err(Unusable::NoJournal { limit: MAX_UNREAD });
            }
        }
        self.leaf = recorded.as_ref().map_or_else(|| leaf_hash(line), |recorded| recorded.leaf);
        self.identity.get_or_insert(self.leaf);
        let found = recorded.as_ref().map_or(place, |recorded| recorded.event.seq);
        // After a gap the numbers go on from where they are, so that one missing event is one finding.
        self.next = found.next().unwrap_or(found);
        self.tree.append(self.leaf);
        self.mark();
        Ok(recorded)
    }

    /// Whether an event follows the one before.
    fn follow(&mut self, event: &Event, findings: &mut Findings) {
        let place = self.next;
        if event.seq != place {
            let words = format!("event {} stands where event {place} must", event.seq);
            findings.add(Finding::at(Code::OutOfPlace, place, words));
        }
        if event.prev != self.leaf {
            let before = match place.get().checked_sub(1) {
                Some(before) => format!("event {before} hashes to {}", self.leaf),
                None => "there is none".to_owned(),
            };
            let why = if event.seq == place {
                "one of the two was altered"
            } else {
                "events between them are missing, doubled or moved"
            };
            let words = format!(
                "event {} says that the one before hashes to {}, and {before}: {why}",
                event.seq, event.prev
            );
            findings.add(Finding::at(Code::ChainBroken, place, words));
        }
        if let Some(last) = self.last_at.filter(|last| event.at < *last) {
            let words = format!("event {} is of {}, before the last one's {last}", event.seq, event.at);
            findings.add(Finding::at(Code::TimeBackwards, place, words));
        }
        let program = *self.program.get_or_insert(event.program);
        if event.program != program {
            let words = format!("event {} is of program {}, not {program}", event.seq, event.program);
            findings.add(Finding::at(Code::OtherProgram, place, words));
        }
        self.first_at.get_or_insert(event.at);
        self.last_at = Some(event.at);
    }

    /// Notes the root where a kept checkpoint stands.
    fn mark(&mut self) {
        for kept in &mut self.kept {
            if kept.checkpoint.size == self.tree.size() {
                kept.root = Some(self.tree.root());
            }
        }
    }

    /// Compares the bundle's own checkpoint with the events.
    pub(crate) fn compare(&self, stated: &Checkpoint, findings: &mut Findings) {
        let Some(made) = self.checkpoint() else { return };
        let mut differs = |code, words| findings.add(Finding::of(code, Member::Checkpoint, words));
        if stated.identity != made.identity {
            let words =
                format!("it is of program {}, and event 0 hashes to {}", stated.identity, made.identity);
            differs(Code::IdentityDiffers, words);
        }
        if stated.size != made.size {
            differs(Code::SizeDiffers, format!("it counts {} events, there are {}", stated.size, made.size));
        }
        if stated.root != made.root {
            let words = format!("its root is {}, and the events hash to {}", stated.root, made.root);
            differs(Code::RootDiffers, words);
        }
    }

    /// Compares the checkpoints that somebody kept: each must be a prefix of this journal. Gives how many
    /// events those cover that are prefixes, the longest first.
    pub(crate) fn compare_kept(&self, findings: &mut Findings) -> Vec<Seq> {
        let mut covered = Vec::new();
        for Kept { checkpoint, root } in &self.kept {
            let size = checkpoint.size;
            if self.identity != Some(checkpoint.identity) {
                let words = format!("the checkpoint you kept is of program {}", checkpoint.identity);
                findings.add(Finding::of(Code::KeptOfAnother, Member::Events, words));
                continue;
            }
            match root {
                None => {
                    let words =
                        format!("the checkpoint you kept counts {size} events, there are {}", self.size());
                    findings.add(Finding::of(Code::KeptIsLonger, Member::Events, words));
                }
                Some(root) if *root != checkpoint.root => {
                    let words = format!(
                        "the first {size} events hash to {root}, and to {} in the checkpoint you kept: history was rewritten",
                        checkpoint.root
                    );
                    findings.add(Finding::of(Code::KeptDiffers, Member::Events, words));
                }
                Some(_) => covered.push(size),
            }
        }
        covered.sort_unstable_by(|one, other| other.cmp(one));
        covered
    }
}
