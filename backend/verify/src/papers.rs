//! The documents of a bundle: each named one is there, is the one that was named, and says what it must.

use std::io;

use domain::Program;
use domain::value::{Digest, Seq};
use thiserror::Error;

use crate::erasures::Wrong;
use crate::files::{FileError, Texts};
use crate::finding::{Code, Finding, Findings};
use crate::limits::SALT;
use crate::member::Member;
use crate::named::{Expected, Named, Namings, Position};
use crate::naming::Origin;
use crate::shelf::{Place, Shelf};
use crate::texts::{TextError, read};

/// Why a file cannot be made again.
#[derive(Debug, Error)]
pub(crate) enum PaperError {
    #[error("document {0} is missing or damaged")]
    Missing(Digest),
    #[error("a text that was read cannot be kept: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    File(#[from] FileError),
}

/// Where a document stands among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// In the order of first naming, as far as it was seen.
    Next,
    /// Behind a document that is named later.
    Late,
    /// It was there before.
    Again,
}

/// What came of taking a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) turn: Turn,
    /// Whether it is what was named, and has to be there.
    pub(crate) sound: bool,
}

/// The documents that a journal names, and those seen so far.
#[derive(Clone, Debug)]
pub(crate) struct Papers {
    identity: Digest,
    named: Named,
    /// By naming: where the text lies that the files of batches show.
    places: Vec<Place>,
    shelf: Shelf,
    last: Option<Position>,
    sound: u64,
}

impl Papers {
    /// What to expect after the events. `state` says which texts the files of its batches show.
    pub(crate) fn expect(
        identity: Digest,
        namings: Namings,
        state: Option<&Program>,
        findings: &mut Findings,
    ) -> Self {
        let named = namings.seal(|wrong| findings.add(wrong_erasure(&wrong)));
        let mut places = vec![Place::NONE; named.namings()];
        if let Some(program) = state {
            shown(program, |digest| {
                let document = named.find(&digest).map(Position::index);
                if let Some(place) = document.and_then(|document| places.get_mut(document)) {
                    *place = Place::AWAITED;
                }
            });
        }
        Self { identity, named, places, shelf: Shelf::default(), last: None, sound: 0 }
    }

    /// Takes a document, salt and content; gives where it stands among those before it, and whether it is sound.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub(crate) fn take(
        &mut self,
        digest: Digest,
        bytes: &[u8],
        findings: &mut Findings,
    ) -> io::Result<Taken> {
        let member = Member::Document(digest);
        let Some(position) = self.named.find_after(self.last, &digest) else {
            findings.add(Finding::of(
                Code::DocumentExtra,
                member,
                "no event that could be read names this document",
            ));
            return Ok(Taken { turn: Turn::Next, sound: false });
        };
        if self.named.see(position) {
            return Ok(Taken { turn: Turn::Again, sound: false });
        }
        let turn = if self.last < Some(position) { Turn::Next } else { Turn::Late };
        self.last = Some(position);
        if let Some(event) = self.named.erased.by(position) {
            let words = format!("event {event} erased it, and it is still there");
            findings.add(Finding::of(Code::DocumentRemains, member, words).and_at(event));
            return Ok(Taken { turn, sound: false });
        }
        match self.check(&digest, bytes) {
            Ok(text) => {
                self.sound = self.sound.saturating_add(1);
                let place = self.places.get_mut(position.index());
                if let Some(place) = place.filter(|place| **place == Place::AWAITED) {
                    *place = self.shelf.put(&text)?;
                }
                Ok(Taken { turn, sound: true })
            }
            Err(finding) => {
                findings.add(finding);
                Ok(Taken { turn, sound: false })
            }
        }
    }

    /// Whether a document is the one that was named, and says what each of its namings must; its text.
    fn check(&self, digest: &Digest, bytes: &[u8]) -> Result<String, Finding> {
        let member = Member::Document(*digest);
        let mut text = String::new();
        let found = Digest::sha256(&[bytes]);
        for Expected { seq, shape, bound } in self.named.expected(digest) {
            if found != *digest {
                let words = format!("it hashes to {found}");
                return Err(Finding::of(Code::DocumentDiffers, member, words).and_at(seq));
            }
            // What hashes to its name has a salt: the app writes nothing shorter.
            let content = bytes.split_at_checked(SALT).map(|(_, content)| content).unwrap_or_default();
            text = read(content, shape, &self.identity, bound).map_err(|error| {
                let code = match error {
                    TextError::Evidence => Code::EvidenceDiffers,
                    TextError::Json(_)
                    | TextError::Blank(_)
                    | TextError::Time(_)
                    | TextError::NoCapture
                    | TextError::LargeCapture
                    | TextError::Receipt(_) => Code::DocumentUnreadable,
                };
                Finding::of(code, member, error.to_string()).and_at(seq)
            })?;
        }
        Ok(text)
    }

    /// Tells which documents never came; gives how many there are and were found sound.
    pub(crate) fn finish(&self, findings: &mut Findings) -> u64 {
        for (digest, seq) in self.named.unseen() {
            let words = format!("event {seq} names it, and it is missing");
            findings.add(Finding::of(Code::DocumentMissing, Member::Document(digest), words).and_at(seq));
        }
        self.sound
    }

    /// The event that erased a document.
    pub(crate) fn erased_by(&self, digest: &Digest) -> Option<Seq> {
        self.named.erased.by(self.named.find(digest)?)
    }

    /// How many documents the events name.
    pub(crate) fn named(&self) -> u64 {
        self.named.documents()
    }

    /// How many of them have to be gone.
    pub(crate) fn erased(&self) -> u64 {
        self.named.erased.count()
    }
}

/// What an erasure says of a document, and what the journal does.
fn wrong_erasure(Wrong { document, event, named }: &Wrong) -> Finding {
    let words = match named {
        None => "no event before it names this document".to_owned(),
        Some((seq, Origin { author, submission })) => {
            let author = author.map_or_else(|| "nobody".to_owned(), |author| format!("member {author}"));
            let about =
                submission.map_or_else(|| "no submission".to_owned(), |it| format!("submission {it}"));
            format!("event {seq} named this document first: it is of {author}, and about {about}")
        }
    };
    Finding::of(Code::ErasureDiffers, Member::Document(*document), words).and_at(*event)
}

impl Texts for &Papers {
    type Error = PaperError;

    /// The shape says which field was kept.
    fn text(&mut self, document: Digest, _: &'static str) -> Result<String, PaperError> {
        let position = self.named.find(&document);
        let place = position.and_then(|position| self.places.get(position.index()));
        let text = self.shelf.get(place.copied().unwrap_or(Place::NONE))?;
        text.ok_or(PaperError::Missing(document))
    }
}

/// Calls `each` with every document that the files of a program's batches show.
fn shown(program: &Program, mut each: impl FnMut(Digest)) {
    each(program.charter().texts);
    for batch in program.batches() {
        for payout in &batch.payouts {
            let Ok(submission) = program.submission(payout.submission) else { continue };
            each(submission.revision.texts);
            let approvals = submission.stage.approvals();
            let approvals = approvals.iter().flat_map(|approvals| approvals.iter());
            let (members, reasons): (Vec<_>, Vec<_>) = approvals.unzip();
            reasons.into_iter().for_each(&mut each);
            for number in members.into_iter().chain([submission.claimant]) {
                if let Ok(member) = program.member(number) {
                    each(member.name);
                }
            }
        }
    }
}
