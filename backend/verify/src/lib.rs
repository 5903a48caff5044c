//! The audit bundle: written from a journal, and verified without trusting whoever wrote it.
//!
//! A bundle holds everything that can be known of a program without asking its server: the bytes of its
//! journal, the documents that events name, and the files that follow from both. [`bundle`] makes every file
//! and every decision again and says what differs; [`write`](mod@write) is what an export calls. The format
//! stands in `docs/audit.md`.
//!
//! Everything read here may be hostile: sizes are limited ([`Limits`]), nothing but what an export writes is
//! accepted. Memory is bounded by the state of the program, eight bytes for each event of it, 52 for each document
//! named (72 for a claim's), at most [`Limits::namings`], 200 for each statement that
//! rests on a receipt, at most as many, and one member at a time.

pub mod captures;
mod chain;
mod checkpoint;
mod chunks;
mod difference;
mod erasures;
mod events;
pub mod files;
mod finding;
mod header;
mod limits;
mod member;
mod named;
mod naming;
mod outcome;
mod papers;
pub mod payment;
mod read;
pub mod receipts;
mod replay;
mod shelf;
mod spent;
pub mod statements;
mod texts;
mod unusable;
mod verifier;
pub mod write;

pub use chain::{Chained, chain};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use events::Events;
pub use finding::{Code, Finding, Findings, Gap, MAX_FINDINGS, OF_EACH, Unchecked};
pub use limits::{Limits, MAX_UNREAD, SALT};
pub use member::{BatchFile, Member, NoMember};
pub use naming::{Bonds, Origin, Shape, documents_of};
pub use outcome::{Checked, Money, Outcome};
pub use read::{archive, bundle, folder};
pub use unusable::Unusable;
pub use verifier::{Options, Verifier};
