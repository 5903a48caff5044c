//! What leaves the house: the files of a proposed batch, and the audit bundle of a program.

use std::sync::Arc;

use domain::Program;
use domain::event::Recorded;
use domain::value::{BatchNumber, Digest, Seq, Slug};
use verify::BatchFile;
use verify::files::{Encoded, FileError, Texts};
use verify::payment::PaymentError;
use verify::write::{Place, Source, WriteError, Written};

use super::documents::find_field;
use super::{App, Error, FieldError};
use crate::db::journal::read_events;
use crate::db::{AnyConn, query};

/// How many events are read at a time.
const PAGE: u32 = 1_000;
/// How often an export begins, at most.
const TRIES: u32 = 5;

/// The files of a batch, in the order of [`BatchFile::of`]: a rejection has its typed data alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchFiles {
    pub number: BatchNumber,
    pub files: Vec<(&'static str, String)>,
}

impl App {
    /// The files of a proposed batch. Its transaction is rebuilt from its lines and must hash as it did
    /// when it was proposed.
    ///
    /// # Errors
    /// No such program or batch, or the database fails.
    pub async fn export_batch(&self, slug: Slug, number: BatchNumber) -> Result<BatchFiles, Error> {
        self.with_texts(slug, move |program, kept| {
            let batch = program.batch(number).ok_or(Error::NoSuchBatch { number: number.get() })?;
            let encoded = Encoded::again(program, batch)?;
            let mut files = Vec::new();
            for file in BatchFile::of(batch) {
                files.push((file.name(), verify::files::batch_file(*file, program, batch, &encoded, kept)?));
            }
            Ok(BatchFiles { number, files })
        })
        .await
    }

    /// Writes the audit bundle of a program as it stands now; what is appended meanwhile is not in it.
    ///
    /// # Errors
    /// No such program, a journal or documents that do not make its state, or the place cannot be written.
    pub async fn export_bundle(&self, slug: Slug, place: Place) -> Result<Written, WriteError<Error>> {
        // Events are only ever appended and documents never change: the state's size is one moment for all.
        let written = self.with_texts(slug, move |program, kept| match place.fill(program, kept) {
            Err(WriteError::Source(error)) => Err(error),
            done => Ok(done),
        });
        written.await.map_err(WriteError::Source)?
    }

    /// Does something with a program and the documents beside it; anew if one of them was erased since the state was
    /// read, which names it still.
    pub(super) async fn with_texts<T: Send + 'static>(
        &self,
        slug: Slug,
        work: impl Fn(&Program, &mut Kept<'_>) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let work = Arc::new(work);
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let (program, work) = (self.program(slug).await?, work.clone());
            let done = self.read(move |conn| work(&program, &mut Kept { conn, program: &program })).await;
            match done {
                Err(Error::DocumentLost { digest })
                    if tries < TRIES && self.program(slug).await?.erased(&digest).is_some() => {}
                done => return done,
            }
        }
    }
}

/// What the database keeps of a program.
pub(super) struct Kept<'a> {
    conn: &'a mut AnyConn,
    program: &'a Program,
}

impl Texts for Kept<'_> {
    type Error = Error;

    fn text(&mut self, document: Digest, field: &'static str) -> Result<String, Error> {
        find_field(self.conn, self.program.id(), document, field)
    }
}

impl Source for Kept<'_> {
    fn length(&mut self, size: Seq) -> Result<u64, Error> {
        Ok(query::journal_length(self.conn, self.program.id(), size)?)
    }

    fn events(&mut self, from: Seq) -> Result<Vec<Recorded>, Error> {
        Ok(read_events(self.conn, self.program.id(), from, PAGE)?)
    }

    fn documents(&mut self, digests: &[Digest]) -> Result<Vec<Vec<u8>>, Error> {
        let found = query::salted_documents(self.conn, self.program.id(), digests)?;
        let lost = |digest: &Digest| Error::DocumentLost { digest: *digest };
        digests.iter().map(|digest| found.get(digest).cloned().ok_or_else(|| lost(digest))).collect()
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Refused(refusal) => refusal.into(),
            FileError::Payment(PaymentError::Payout(error)) => error.into(),
            FileError::Payment(PaymentError::UnknownVersion(_)) => {
                Self::Malformed { field: "safe_version".into(), error: FieldError::SafeVersion }
            }
            FileError::Altered { seq } => Self::Altered { seq },
            FileError::Builder(error) => error.into(),
            FileError::Airdrop(error) => error.into(),
            FileError::Csv(error) => error.into(),
            FileError::Json(error) => error.into(),
            FileError::NotText => Self::NotText,
            FileError::Overflow => domain::refusal::Refusal::AmountTooLarge.into(),
        }
    }
}
