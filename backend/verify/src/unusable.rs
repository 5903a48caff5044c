//! Why an input cannot be verified at all: it is no bundle, hostile, unreadable, or of other rules.

use std::io;
use std::path::PathBuf;

use domain::value::Seq;
use thiserror::Error;

/// Why an input cannot be verified.
#[derive(Debug, Error)]
pub enum Unusable {
    #[error("cannot read {name}: {error}{}", again(error))]
    Read { name: String, error: io::Error },
    #[error("{} is neither a folder nor a gzip file: a bundle is one of them", .0.display())]
    NotABundle(PathBuf),
    #[error("not a bundle: it has no events.jsonl, or an empty one")]
    NoEvents,
    #[error("{name}: a bundle has no such member")]
    UnexpectedMember { name: String },
    #[error("{name}: a bundle holds plain files only, this is {kind}")]
    NotAFile { name: String, kind: &'static str },
    #[error(
        "{name} stands twice, or out of its order, or there is no events.jsonl before it. Unpack the archive and verify the folder"
    )]
    OutOfOrder { name: String },
    #[error("{name} has more than {limit} bytes, the most that is read")]
    TooLarge { name: String, limit: u64 },
    #[error("event {seq} has more than {limit} bytes, the most that is read")]
    LongEvent { seq: Seq, limit: u64 },
    #[error("there are more than {limit} {what}, the most that is read")]
    TooMany { what: &'static str, limit: u64 },
    #[error(
        "more than {limit} lines of events.jsonl are no events: this is no journal. Fetch the bundle again, or ask for another export"
    )]
    NoJournal { limit: u64 },
    #[error("the archive is damaged behind {after}: {what}")]
    Archive { after: String, what: &'static str },
    #[error(
        "event {seq} was decided by rules version {found:?}, and this program knows version 1 only: get a newer one"
    )]
    UnknownRules { seq: Seq, found: String },
}

/// What helps where compressed bytes are not those that were written.
fn again(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            ". It was cut or altered on its way: fetch it again"
        }
        _ => "",
    }
}

impl Unusable {
    pub(crate) fn read(name: impl ToString) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Read { name: name.to_string(), error }
    }
}
