//! Which documents the events name, in the order of first naming.
//!
//! A journal of a million events names about as many documents: 52 bytes for each, and 20 more for a claim.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

use domain::event::{Event, Fact};
use domain::value::{Digest, MemberNumber, Seq, SubmissionNumber};
use domain::words::Seconding;

use crate::chunks::Chunks;
use crate::erasures::{Erased, Erasure, Wrong};
use crate::naming::{Bonds, Bound, Origin, Shape, documents_of};

/// One naming of a document. The event's number and the shape share a word, to save memory.
#[derive(Clone, Copy, Debug)]
struct Naming {
    digest: Digest,
    tag: u32,
    /// Both 0 for none.
    author: u32,
    submission: u32,
}

/// The bits of a tag that hold the event's number; [`crate::Limits`] fits in.
const SEQ_BITS: u32 = 28;

impl Naming {
    fn seq(self) -> Seq {
        Seq::new(u64::from(self.tag & ((1 << SEQ_BITS) - 1)))
    }

    fn shape(self) -> Option<Shape> {
        let shape = usize::try_from(self.tag >> SEQ_BITS).ok()?;
        Shape::ALL.get(shape).copied()
    }

    fn origin(self) -> Origin {
        Origin { author: MemberNumber::new(self.author), submission: SubmissionNumber::new(self.submission) }
    }
}

/// A place in the journal as a tag holds it.
fn packed(place: Seq) -> u32 {
    let last = (1 << SEQ_BITS) - 1;
    u32::try_from(place.get()).unwrap_or(last).min(last)
}

/// How many namings are remembered, so that the same ones are not kept again. What compression repeats for next to
/// nothing lies less than 32 KiB back: fewer names than this.
const RECENT: usize = 1_024;

/// All that a naming says of a document.
type Said = (Digest, Shape, Option<Bound>);

/// The last things that were not the same as one of them.
#[derive(Clone, Debug)]
struct Recent<T> {
    order: VecDeque<T>,
    known: HashSet<T>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { order: VecDeque::new(), known: HashSet::new() }
    }
}

impl<T: Copy + Eq + Hash> Recent<T> {
    /// Remembers a thing; whether it was not known.
    fn insert(&mut self, said: T) -> bool {
        if !self.known.insert(said) {
            return false;
        }
        if self.order.len() == RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(said);
        true
    }
}

/// The documents that events name, and those that they erase, while they are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Namings {
    list: Chunks<Naming>,
    bound: Chunks<(u32, Bound)>,
    recent: Recent<Said>,
    erasures: Chunks<Erasure>,
    erasing: Recent<(Digest, Origin, Seconding)>,
}

impl Namings {
    /// Takes the documents that an event names; `place` is where it stands in the journal.
    pub(crate) fn push(&mut self, place: Seq, event: &Event) {
        let origin = Origin::of(event);
        documents_of(&event.fact, |digest, shape, bonds| {
            self.add(place, digest, shape, bonds.map(Bonds::bound), origin);
        });
        if let Fact::DocumentErased { asked, outcome } = &event.fact {
            let origin = Origin { author: Some(asked.author), submission: asked.submission };
            self.erase(place, asked.document, origin, outcome.verdict);
        }
    }

    fn erase(&mut self, place: Seq, document: Digest, origin: Origin, verdict: Seconding) {
        if self.erasing.insert((document, origin, verdict)) {
            self.erasures.push(Erasure { document, place: packed(place), origin, verdict });
        }
    }

    fn add(&mut self, place: Seq, digest: Digest, shape: Shape, bound: Option<Bound>, origin: Origin) {
        let Ok(position) = u32::try_from(self.list.len()) else { return };
        if !self.recent.insert((digest, shape, bound)) {
            return;
        }
        let shape = Shape::ALL.iter().zip(0_u32..).find(|(known, _)| **known == shape);
        let shape = shape.map_or(0, |(_, place)| place);
        let author = origin.author.map_or(0, MemberNumber::get);
        let submission = origin.submission.map_or(0, SubmissionNumber::get);
        self.list.push(Naming { digest, tag: (shape << SEQ_BITS) | packed(place), author, submission });
        if let Some(bound) = bound {
            self.bound.push((position, bound));
        }
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.list.len().saturating_add(self.erasures.len())
    }

    /// The same, to be looked up by digest; `wrong` is told of erasures that say otherwise whose a document is.
    pub(crate) fn seal(self, wrong: impl FnMut(Wrong)) -> Named {
        let count = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let mut by_digest: Vec<u32> = (0..count).collect();
        let digest = |position: u32| at(&self.list, position).map(|naming| naming.digest);
        by_digest.sort_unstable_by_key(|position| (digest(*position), *position));
        let mut seen = Marks::of(count);
        let mut documents = 0_u64;
        let mut before = None;
        let mut ends = vec![0; PREFIXES];
        for (place, position) in (1_u32..).zip(&by_digest) {
            let digest = digest(*position);
            if let Some(end) = digest.and_then(|digest| ends.get_mut(prefix(&digest))) {
                *end = place;
            }
            if digest == before {
                // Named again: the first naming stands for all.
                seen.mark(*position);
            } else {
                documents = documents.saturating_add(1);
            }
            before = digest;
        }
        let mut last = 0;
        for end in &mut ends {
            last = (*end).max(last);
            *end = last;
        }
        let erased = Erased::default();
        let named = Named { list: self.list, bound: self.bound, by_digest, ends, seen, documents, erased };
        let erased = Erased::of(&self.erasures, |document| named.first(document), wrong);
        Named { erased, ..named }
    }
}

fn at(list: &Chunks<Naming>, position: u32) -> Option<Naming> {
    list.get(usize::try_from(position).ok()?).copied()
}

/// The first bits of a digest by which it is found: a million of them leave four or so to be compared.
const PREFIX_BITS: u32 = 18;
const PREFIXES: usize = 1 << PREFIX_BITS;

fn prefix(digest: &Digest) -> usize {
    let first = digest.bytes().first_chunk().copied().map_or(0, u32::from_be_bytes);
    usize::try_from(first >> (u32::BITS - PREFIX_BITS)).unwrap_or_default()
}

/// A document by its first naming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u32);

impl Position {
    /// Its place among all namings.
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// What one naming of a document expects of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) seq: Seq,
    pub(crate) shape: Shape,
    pub(crate) bound: Option<Bound>,
}

/// The documents that a journal names.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    list: Chunks<Naming>,
    bound: Chunks<(u32, Bound)>,
    by_digest: Vec<u32>,
    /// Where the digests end that begin with these bits, or with lower ones: most of a search.
    ends: Vec<u32>,
    seen: Marks,
    documents: u64,
    pub(crate) erased: Erased,
}

impl Named {
    /// How many different documents are named.
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    /// As [`Named::find`], quick for the document that is named next.
    pub(crate) fn find_after(&self, last: Option<Position>, digest: &Digest) -> Option<Position> {
        let next = last.map_or(Some(0), |Position(last)| last.checked_add(1))?;
        // A naming that was seen is the document's first one no more.
        let is_next = !self.seen.has(next) && at(&self.list, next).is_some_and(|next| next.digest == *digest);
        if is_next { Some(Position(next)) } else { self.find(digest) }
    }

    pub(crate) fn find(&self, digest: &Digest) -> Option<Position> {
        let first = self.by_digest.get(self.place(digest))?;
        at(&self.list, *first).filter(|naming| naming.digest == *digest).map(|_| Position(*first))
    }

    /// The first naming of a document: its position, the event, and whose it is.
    fn first(&self, digest: &Digest) -> Option<(Position, Seq, Origin)> {
        let position = self.find(digest)?;
        at(&self.list, position.0).map(|naming| (position, naming.seq(), naming.origin()))
    }

    /// Where a digest stands, or would, in the order of digests.
    fn place(&self, digest: &Digest) -> usize {
        let end = |prefix: usize| self.ends.get(prefix).and_then(|end| usize::try_from(*end).ok());
        let prefix = prefix(digest);
        let start = prefix.checked_sub(1).and_then(end).unwrap_or_default();
        let same = end(prefix).and_then(|end| self.by_digest.get(start..end)).unwrap_or_default();
        let before = same.partition_point(|position| {
            at(&self.list, *position).is_some_and(|naming| naming.digest < *digest)
        });
        start.saturating_add(before)
    }

    /// What the events that name a document expect of it, each thing once however often it is named.
    pub(crate) fn expected(&self, digest: &Digest) -> impl Iterator<Item = Expected> {
        let mut before = Vec::new();
        let namings = self.by_digest.get(self.place(digest)..).unwrap_or_default();
        let namings = namings.iter().filter_map(|position| Some((*position, at(&self.list, *position)?)));
        namings.take_while(move |(_, naming)| naming.digest == *digest).filter_map(
            move |(position, naming)| {
                let bound = self.bound.find(position, |(position, _)| *position).map(|(_, bound)| *bound);
                let expected = Expected { seq: naming.seq(), shape: naming.shape()?, bound };
                let same = |other: &Expected| (other.shape, other.bound) == (expected.shape, expected.bound);
                if before.iter().any(same) {
                    return None;
                }
                before.push(expected);
                Some(expected)
            },
        )
    }

    /// How many namings there are.
    pub(crate) fn namings(&self) -> usize {
        self.by_digest.len()
    }

    /// Marks a document as seen; whether it was before.
    pub(crate) fn see(&mut self, document: Position) -> bool {
        self.seen.mark(document.0)
    }

    /// Every document that was not seen and has to be there, in the order of first naming, with the event that names it.
    pub(crate) fn unseen(&self) -> impl Iterator<Item = (Digest, Seq)> {
        let namings = (0_u32..).zip(self.list.iter());
        namings
            .filter(|(position, _)| {
                !self.seen.has(*position) && self.erased.by(Position(*position)).is_none()
            })
            .map(|(_, naming)| (naming.digest, naming.seq()))
    }
}

/// A bit for each naming.
#[derive(Clone, Debug)]
struct Marks(Vec<u64>);

impl Marks {
    fn of(count: u32) -> Self {
        let words = usize::try_from(count.div_ceil(u64::BITS)).unwrap_or_default();
        Self(vec![0; words])
    }

    /// The word of a position, and its bit in it.
    fn place(position: u32) -> (usize, u64) {
        let word = usize::try_from(position.div_euclid(u64::BITS)).unwrap_or(usize::MAX);
        (word, 1 << position.rem_euclid(u64::BITS))
    }

    fn has(&self, position: u32) -> bool {
        let (word, bit) = Self::place(position);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Sets a bit; whether it was set.
    fn mark(&mut self, position: u32) -> bool {
        let (word, bit) = Self::place(position);
        let Some(word) = self.0.get_mut(word) else { return false };
        let before = *word & bit != 0;
        *word |= bit;
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Origin = Origin { author: None, submission: None };

    #[test]
    fn a_document_is_read_once_however_often_it_is_named() {
        let mut namings = Namings::default();
        let digest = |n: u64| Digest::sha256(&[&n.to_be_bytes()]);
        for n in 0..20_000_u64 {
            // Far apart, close together, and as something else.
            let (again, shape) = if n % 1_500 == 0 { (0, Shape::Claim) } else { (n / 2, Shape::Reason) };
            let bound = (shape == Shape::Claim).then_some([7; 16]);
            namings.add(Seq::new(n), digest(again), shape, bound, NOBODY);
        }
        assert!((10_000..10_020).contains(&namings.len()), "{}", namings.len());

        let named = namings.seal(|_| {});

        let expected: Vec<_> =
            named.expected(&digest(0)).map(|it| (it.seq.get(), it.shape, it.bound)).collect();
        assert_eq!(expected, [(0, Shape::Claim, Some([7; 16])), (1, Shape::Reason, None)]);
        assert_eq!((named.documents(), named.expected(&digest(77)).count()), (10_000, 1));
    }

    fn origin(author: u32, submission: u32) -> Origin {
        Origin { author: MemberNumber::new(author), submission: SubmissionNumber::new(submission) }
    }

    #[test]
    fn erasures_are_kept_once_and_say_what_the_first_naming_does() {
        let mut namings = Namings::default();
        let digest = |n: u64| Digest::sha256(&[&n.to_be_bytes()]);
        for n in 0..3 {
            namings.add(Seq::new(n), digest(n), Shape::Reason, None, origin(1, 7));
            namings.add(Seq::new(n + 10), digest(n), Shape::Comment, None, origin(2, 8));
        }
        for _ in 0..1_000 {
            namings.erase(Seq::new(5), digest(0), origin(1, 7), Seconding::Counted);
            namings.erase(Seq::new(6), digest(0), origin(1, 7), Seconding::Done);
            namings.erase(Seq::new(7), digest(1), origin(2, 8), Seconding::Done);
            namings.erase(Seq::new(8), digest(2), origin(1, 7), Seconding::Counted);
            namings.erase(Seq::new(9), digest(9), origin(1, 7), Seconding::Done);
            namings.erase(Seq::new(1), digest(2), origin(1, 7), Seconding::Done);
        }
        assert_eq!(namings.len(), 6 + 6);

        let mut wrong = Vec::new();
        let named =
            namings.seal(|it| wrong.push((it.document, it.event.get(), it.named.map(|(seq, _)| seq.get()))));

        assert_eq!(wrong, [(digest(1), 7, Some(1)), (digest(9), 9, None), (digest(2), 1, None)]);
        let erased: Vec<_> =
            (0..3).map(|n| named.find(&digest(n)).and_then(|it| named.erased.by(it)).map(Seq::get)).collect();
        assert_eq!(erased, [Some(6), Some(7), None]);
        assert_eq!((named.documents(), named.erased.count()), (3, 2));
        assert_eq!(named.unseen().collect::<Vec<_>>(), [(digest(2), Seq::new(2))]);
    }

    #[test]
    fn a_place_beyond_all_limits_is_not_another_one() {
        let mut namings = Namings::default();
        namings.add(Seq::new((1 << SEQ_BITS) + 5), Digest::ZERO, Shape::Name, None, NOBODY);
        let found: Vec<Seq> =
            namings.seal(|_| {}).expected(&Digest::ZERO).map(|expected| expected.seq).collect();
        assert_eq!(found, [Seq::new((1 << SEQ_BITS) - 1)]);
    }
}
