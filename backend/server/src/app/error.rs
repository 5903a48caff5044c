//! What can go wrong in a use case, sorted by what the caller can do.

use std::borrow::Cow;
use std::sync::Arc;

use domain::ApplyError;
use domain::event::EventError;
use domain::evidence::EvidenceError;
use domain::refusal::Refusal;
use domain::value::{
    AmountError, BatchNumber, ContractSignatureError, Count, Digest, MemberNumber, NumberError, Seq,
    SignatureError, SlugError, Timestamp, TimestampError,
};
use domain::words::UnknownWord;
use safe::eip55::AddressError;
use safe::signature::{NoOwner, WalletSignatureError};
use safe::siwe::{SiweError, SiweSignatureError};
use thiserror::Error;

use super::accounts::{HandleError, KeyError, PasswordError};
use super::captures::CaptureError;
use super::watching::ReadFault;
use crate::db::journal::JournalError;
use crate::db::query::ListError;
use crate::db::{Corrupt, OpenError};

/// Why a value that somebody wrote is not one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldError {
    #[error(transparent)]
    Amount(#[from] AmountError),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    Number(#[from] NumberError),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Slug(#[from] SlugError),
    #[error(transparent)]
    Time(#[from] TimestampError),
    #[error(transparent)]
    Word(#[from] UnknownWord),
    #[error(transparent)]
    Handle(#[from] HandleError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    WalletSignature(#[from] WalletSignatureError),
    #[error(transparent)]
    ContractSignature(#[from] ContractSignatureError),
    #[error(transparent)]
    Siwe(#[from] SiweError),
    #[error(transparent)]
    SiweSignature(#[from] SiweSignatureError),
    #[error(transparent)]
    NoOwner(#[from] NoOwner),
    #[error("{owner} signed {meant}, not batch {batch}: sign the hash that this batch shows")]
    SignedOther { owner: String, meant: String, batch: BatchNumber },
    #[error("it is a number of wei or gas in decimal digits")]
    Uint,
    #[error(
        "this finding is about a nonce: say of each of its transfers what it was, then resolve this without a claim"
    )]
    OfNonce,
    #[error("it is 0x and two hex digits for each byte")]
    Hex,
    #[error("nobody registered this handle: ask them to register first")]
    NoAccount,
    #[error("the first member must be yourself: you open the program and lead it")]
    NotFirst,
    #[error("it must not be empty")]
    Empty,
    #[error("it lies in the future: give the time when the link was looked at")]
    Ahead,
    #[error("it has at most {limit} characters")]
    TooLong { limit: usize },
    #[error("the signature is of another statement or another address: sign the typed data as it was given")]
    Signer,
    #[error("a salt is 32 hex digits in small letters, as the typed data came with it")]
    Salt,
    #[error("a secret is 64 hex digits in small letters, as it was told")]
    Secret,
    #[error("a token lasts until a moment within a year from now")]
    Expiry,
    #[error("no list of ours gave this cursor: leave it out to begin anew")]
    Cursor,
    #[error("it makes no policy: {error}")]
    Policy { error: String },
    #[error("a hash is 64 hex digits after 0x")]
    Hash,
    #[error(
        "this is no digest: repeat the `digest` of the revision that was read, 64 hex digits in small letters"
    )]
    Revision,
    #[error("no Safe of this version is known on this chain: payouts go through Safe 1.3.0, 1.4.1 or 1.5.0")]
    SafeVersion,
    #[error("this is not LPT: on chain {chain} the token is {expected}")]
    Token { chain: u64, expected: String },
    #[error("no LPT token is known on this chain: use 42161 (Arbitrum One) or 1 (Ethereum)")]
    Chain,
    #[error("this is the code of a Safe {found}, and the program pays through a Safe {named}")]
    OtherVersion { found: String, named: String },
    #[error("it holds a character that does not print")]
    Unprintable,
    #[error("a digest is 64 hex digits in small letters, as the upload was answered with")]
    Digest,
    #[error(
        "no upload of yours with this digest waits, and the claim did not have it: upload the file, and file the claim within a day"
    )]
    NoUpload,
    #[error("two members cannot have the same handle")]
    SameHandle,
    #[error(
        "no known Safe contract stands at this address on this chain, so nobody can say what the Safe would do"
    )]
    Singleton,
}

/// What can go wrong in a use case.
#[derive(Debug, Error)]
pub enum Error {
    /// Ask differently: a field does not hold a value.
    #[error("{field}: {error}")]
    Malformed { field: Cow<'static, str>, error: FieldError },
    /// A rule stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("there is no program {slug}: `bounty-ledger program open FILE.toml` opens one")]
    NoSuchProgram { slug: String },
    #[error("there is no batch {number} in this program")]
    NoSuchBatch { number: u32 },
    #[error("batch {number} rejects others and pays nobody: typed-data.json is all that is signed of it")]
    OfRejection { number: u32 },
    #[error("there is a program {slug} already: choose another short name")]
    SlugTaken { slug: String },
    #[error("the Safe {safe} already belongs to program {slug}: each program has a Safe of its own")]
    SafeTaken { safe: String, slug: String },
    /// The idempotency key was spent on another request.
    #[error("this idempotency key was used for another request: use a new one")]
    KeyReused,
    #[error("this account is member {member} of the program already")]
    AlreadyMember { member: i64 },
    #[error("member {member} of the program has another account already")]
    MemberHasAccount { member: MemberNumber },
    #[error("there is no such account")]
    NoSuchAccount,
    #[error("you have no session of this name: list yours with GET /me/sessions")]
    NoSuchSession,
    #[error("this account has no such wallet")]
    NoSuchWallet,
    #[error("you have no API token of this name: list yours with GET /me/tokens")]
    NoSuchToken,
    #[error("this link is not good any more: ask a lead for another one")]
    NoSuchLink,
    #[error(
        "a link is for somebody else: change your own password with POST /me/password, or ask another lead"
    )]
    OwnSignIn,
    #[error(
        "they are a member of a program that you do not lead: whoever runs the ledger lets them in again, with `user reset`"
    )]
    OthersSignIn,
    #[error("the request names document {digest} and does not bring it")]
    DocumentMissing { digest: Digest },
    #[error("there is no document {digest} in this program")]
    NoSuchDocument { digest: Digest },
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(
        "too many captures wait to be named by a claim, {whose}: file the claim, or wait until they are dropped"
    )]
    UploadsWait { whose: &'static str },
    #[error(
        "{owner} has not approved the hash of batch {batch} in the Safe: call approveHash from there first"
    )]
    NotApproved { owner: String, batch: BatchNumber },
    #[error(
        "{owner} does not say that this is its signature of batch {batch} (EIP-1271): have it made again"
    )]
    ContractRefuses { owner: String, batch: BatchNumber },
    #[error(
        "batch {batch} has signatures of {signed} current owners, and the Safe wants {needed}: add the others first"
    )]
    TooFewSignatures { batch: BatchNumber, signed: usize, needed: Count },
    #[error("this transaction does not pay just the lines of batch {batch}: {why}. Do not sign it")]
    NotTheLines { batch: BatchNumber, why: &'static str },
    #[error(
        "this ledger shares nothing with a Safe Transaction Service: whoever runs it sets safe_service_url"
    )]
    NoService,
    #[error("the Safe Transaction Service does not know batch {batch}: propose it there first")]
    NotShared { batch: BatchNumber },
    #[error(
        "no signature of an owner is recorded of batch {batch}: bring one first, a service takes no batch without"
    )]
    Unsigned { batch: BatchNumber },
    #[error(transparent)]
    Service(Box<crate::transaction_service::ServiceError>),
    #[error("no more than {limit} {what} in an hour: the rest can wait {retry_after_s} s")]
    QuotaSpent { what: &'static str, limit: u32, retry_after_s: u32 },
    #[error("there is no finding {number} in this program")]
    NoSuchFinding { number: Seq },
    #[error("transaction 0x{tx_hash} does not execute batch {batch}: {why}")]
    NotExecuted { tx_hash: Digest, batch: BatchNumber, why: &'static str },
    #[error("no block has transaction 0x{tx_hash}: check the hash, or wait until it was executed")]
    NoTransaction { tx_hash: Digest },
    #[error(
        "transaction 0x{tx_hash} is in block {block}, and block {trusted} is the last that is final: wait, the ledger reads it by itself"
    )]
    NotFinal { tx_hash: Digest, block: u64, trusted: u64 },
    #[error(
        "the Safe runs the code of {singleton}, which is not that of a Safe {version}: nothing is paid through it. Find out who changed it"
    )]
    UnknownSingleton { singleton: String, version: String },
    #[error(
        "this ledger reads the chain itself: it looks at the Safe before every batch and after every execution"
    )]
    ReadHere,
    #[error("this ledger does not read the chain: whoever runs it sets rpc_url")]
    NoNode,
    #[error("the chain cannot be read: {0}. What it shows is written as soon as it can be read")]
    Chain(Box<ReadFault>),
    #[error(transparent)]
    Payout(#[from] safe::payout::PayoutError),
    #[error(transparent)]
    BuilderFile(#[from] safe::tx_builder::WriteError),
    #[error(transparent)]
    Airdrop(#[from] safe::airdrop::AirdropError),
    /// Ask later.
    #[error("the ledger is busy: try again in {retry_after_s} s")]
    Busy { retry_after_s: u32 },
    #[error(
        "this machine's clock is behind: it says {now}, and the last event was at {last}. Set the clock, then try again"
    )]
    ClockBehind { now: Timestamp, last: Timestamp },
    #[error(
        "this machine's clock is wrong, or the database's: they say {now} and {database}. Set them, then try again"
    )]
    ClocksDiffer { now: Timestamp, database: Timestamp },
    #[error("another server changed the same thing: try again")]
    Conflict,
    #[error(
        "this ledger was written by an older version: any command that writes, such as `bounty-ledger rebuild`, brings it up to date"
    )]
    OldTables,
    #[error("this ledger was written by a newer version of this program: use that one")]
    NewTables,
    #[error(
        "{target} holds no ledger. If it is a copy of an SQLite file, it is only a part: stop the server, then copy the files ending in -wal and -shm with it"
    )]
    NoTables { target: String },
    #[error(
        "the ledger lacks tables that it once had: {tables}. Stop here, keep what is there aside, and restore a backup"
    )]
    LostTables { tables: String },
    #[error(
        "{rows} rows of {table} belong to program {program}, which the table programs does not have. Restore a backup"
    )]
    NoProgramOf { table: &'static str, rows: i64, program: String },
    #[error("the ledger stopped after a fault: start it again, it continues where it was")]
    Stopped,
    #[error("the disk is full and nothing was written: make room, then try again")]
    Full,
    /// Ask when an operator has mended it.
    #[error("program {slug}: {error}")]
    InProgram { slug: String, error: Box<Self> },
    #[error("{}", why_set_aside(.0))]
    SetAside(Arc<Error>),
    #[error(
        "what this server holds in memory is not what the journal says: start the server again, it replays the journal"
    )]
    MemoryDiffers,
    /// Nothing the caller can do.
    #[error("this machine's clock lies outside the years 1970 to 9999")]
    Clock,
    #[error("the operating system gives no randomness")]
    NoEntropy,
    #[error("the password cannot be hashed: {0}")]
    Hash(#[from] argon2::password_hash::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the access token cannot be signed")]
    Sign,
    #[error("the event cannot be written: {0}")]
    Event(#[from] EventError),
    #[error("the journal does not follow from itself: {0}. Restore a backup")]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database refused: {0}{advice}", advice = crate::db::advice(.0))]
    Query(#[from] diesel::result::Error),
    #[error("no read connection came free: {0}")]
    Pool(#[from] diesel::r2d2::PoolError),
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    #[error("the journal does not end where its head says: events are missing or altered. Restore a backup")]
    HeadDiffers,
    #[error("document {digest} is missing or altered. Restore a backup")]
    DocumentLost { digest: Digest },
    #[error("event {seq} is not what its command leads to: the journal was altered. Restore a backup")]
    Altered { seq: Seq },
    #[error("an invariant does not hold after the replay: {0}. Restore a backup")]
    Violated(#[from] domain::audit::Violation),
    #[error("the table cannot be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("a stored text is not UTF-8")]
    NotText,
    #[error("the text cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Why a program takes no writes: what a newer version of this program wrote is no damage.
fn why_set_aside(reason: &Error) -> String {
    match reason {
        Error::Journal(JournalError::Newer { .. }) => reason.to_string(),
        reason => format!("the records of this program are damaged: {reason}"),
    }
}

impl From<ListError> for Error {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Query(error) => Self::Query(error),
            ListError::Corrupt(error) => Self::Corrupt(error),
            ListError::Cursor => Self::Malformed { field: "cursor".into(), error: FieldError::Cursor },
        }
    }
}

impl Error {
    /// Whether the journal, or what was read of it, is not what was once written, or cannot be judged: nothing is
    /// written to such a program.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Apply(_)
                | Self::HeadDiffers
                | Self::Altered { .. }
                | Self::Violated(_)
                | Self::MemoryDiffers
                | Self::SetAside(_)
                | Self::Journal(
                    JournalError::Damaged { .. }
                        | JournalError::Columns { .. }
                        | JournalError::Newer { .. }
                        | JournalError::Corrupt(_)
                )
        )
    }

    /// The error of the database behind this one.
    pub(crate) fn of_database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Query(error)
            | Self::Journal(JournalError::Query(error))
            | Self::Open(OpenError::Query(error)) => Some(error),
            _ => None,
        }
    }

    /// For `map_err`: the field that somebody wrote, with what is wrong about it.
    pub(crate) fn field<E: Into<FieldError>>(field: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Malformed { field: field.into(), error: error.into() }
    }

    /// As [`Error::field`], at a place that has to be written down first, such as `evidence[0].url`.
    pub(crate) fn at<E: Into<FieldError>>(place: impl FnOnce() -> String) -> impl FnOnce(E) -> Self {
        move |error| Self::Malformed { field: place().into(), error: error.into() }
    }
}
