//! The use cases: what people do with the ledger, over the writer and the tables.
//!
//! Here texts are parsed, documents are made, and hashes of the chain are computed; every rule is the
//! domain's. Nothing here knows HTTP or the command line.

mod accounts;
mod adoption;
mod ballots;
mod batches;
mod bounties;
mod budget;
mod call;
mod captures;
mod chain;
mod clock;
mod compare;
mod disputes;
mod documents;
mod erasures;
mod error;
mod exports;
mod findings;
mod health;
mod joining;
mod ledger;
mod limits;
mod located;
mod lock;
mod opening;
mod people;
mod policies;
mod policy;
mod quotas;
mod reads;
mod rebuild;
mod replayer;
mod serving;
pub mod shape;
mod sharing;
mod sheet;
mod signatures;
mod snapshots;
mod spelling;
mod stakes;
mod submissions;
mod treasury;
mod uploads;
mod watching;
mod writer;

use std::sync::Arc;

use domain::Program;
use domain::value::{MemberNumber, Slug};
use replayer::Replayer;
use uuid::Uuid;

use crate::db::journal::{find_program, find_size, list_programs};
use crate::db::{
    AnyConn, ReadPool, Stored, Tables, Target as Database, check_small_file, is_failing, list_missing_tables,
    migrate, open_read, open_write, read_pool, rows, secure_log, tables,
};

pub use accounts::{
    Access, AccountId, ApiToken, Attempt, AuthError, Caller, FRESH_MINUTES, Factor, Handle, HandleError,
    Happened, HashCost, KeyError, Keys, Me, Means, Membership, NewFactor, NewToken, Notice, PasswordError,
    Passwords, Pepper, Proof, Proven, Session, SignIn, SignInLinkMade, TokenError, Tokens, TotpSecret,
    is_privileged,
};
pub use adoption::WalletTransaction;
pub use ballots::{Ballot, NewBallot, NewCall, NewCheck};
pub use batches::{NewBatch, Preview};
pub use bounties::{NewBounty, NewSlot};
pub use budget::{Allotments, NewPeriod};
pub use call::{Ask, Sent};
pub use captures::{CaptureError, MAX_CAPTURE, kept_type as capture_type};
pub use chain::{NewConsumption, NewExecution, NewExplanation, NewInflow, NewOutflow, NewRefund};
pub use clock::{Clock, Entropy, Seed, SetClock};
pub use disputes::{AcceptedOffer, NewComment, Why};
pub use erasures::{Erased, NewErasure};
pub use error::{Error, FieldError};
pub use exports::BatchFiles;
pub use findings::NewResolution;
pub use joining::{NewInvite, NewJoin};
pub use ledger::{LedgerRow, ledger_csv};
pub use limits::{NewCap, NewClosing, NewLimits, NewMove, NewRange};
pub use located::located;
pub use lock::{DataLock, LockError};
pub use opening::{FileError, ProgramFile};
pub use people::{NewAddress, NewMember, NewRole};
pub use policies::NewPolicy;
pub use policy::PolicyFile;
pub use quotas::Quotas;
pub use reads::{AsOf, SubmissionFilter, Texts};
pub use rebuild::Rebuilt;
pub use replayer::Watch;
pub use serving::Readiness;
pub use sharing::{NewShare, Pulled, Shared};
pub use sheet::{
    Beside, Caution, Difference, Earlier, HashTool, Line as SheetLine, Sheet, State as BatchState,
};
pub(crate) use sheet::{counted, known_by};
pub use signatures::{Executable, NewSignature, executable};
pub(crate) use snapshots::rows_of as snapshot_rows;
pub use stakes::{NewConflict, NewLink, NewNode, NoWords};
pub use submissions::{NewEvidence, NewRevision, NewSubmission, NewVote};
pub use treasury::{NewFunding, NewObservation, NewWithdrawal};
pub use uploads::Uploaded;
pub use watching::{ReadFault, Round, Standing};
pub use writer::{Call, Job, Receipt, Target, Writer, replay};

/// Read connections of one process.
const READERS: u32 = 4;

/// A running ledger: the writer, the readers, the clock.
#[derive(Clone)]
pub struct App {
    writer: Writer,
    readers: ReadPool,
    clock: Clock,
    entropy: Entropy,
    sign_in: Arc<SignIn>,
    quotas: Arc<quotas::Counted>,
    /// The way to the chain, if it is read.
    reader: Option<Arc<watching::Reader>>,
    /// Where owners find what they are to sign, if batches are shared.
    service: Option<Arc<crate::transaction_service::TransactionService>>,
    /// Ends with the last use of this ledger.
    _replayer: Option<Arc<Replayer>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("App").field("writer", &self.writer).finish_non_exhaustive()
    }
}

/// Refuses tables that are not those this program writes.
fn demand_tables(conn: &mut AnyConn, database: &Database) -> Result<(), Error> {
    match tables(conn)? {
        Tables::Current => demand_every_table(conn),
        Tables::Missing => Err(Error::NoTables { target: database.to_string() }),
        Tables::Older => Err(Error::OldTables),
        Tables::Newer => Err(Error::NewTables),
    }
}

/// Brings the tables up to date. Those of a newer program are refused: what it keeps in them is not known here.
fn make_tables(conn: &mut AnyConn) -> Result<(), Error> {
    let refuse_newer = |conn: &mut AnyConn| match tables(conn)? {
        Tables::Newer => Err(Error::NewTables),
        Tables::Current | Tables::Missing | Tables::Older => Ok(()),
    };
    refuse_newer(conn)?;
    migrate(conn)?;
    // A newer program may have started at the same moment.
    refuse_newer(conn)?;
    demand_every_table(conn)
}

/// Refuses a database that lacks a table which its migrations have made.
fn demand_every_table(conn: &mut AnyConn) -> Result<(), Error> {
    let missing = list_missing_tables(conn)?;
    if missing.is_empty() { Ok(()) } else { Err(Error::LostTables { tables: missing.join(", ") }) }
}

impl App {
    /// Opens the database, brings its tables up to date, and starts the writer.
    ///
    /// # Errors
    /// The database is damaged, or cannot be opened or brought up to date.
    pub fn start(database: &Database, clock: Clock, entropy: Entropy) -> Result<Self, Error> {
        let mut conn = open_write(database)?;
        secure_log(&mut conn)?;
        check_small_file(&mut conn)?;
        make_tables(&mut conn)?;
        let readers = read_pool(database, READERS)?;
        let (writer, _ends_with_its_last_handle) = Writer::start(conn, clock.clone());
        Ok(Self::over(writer, readers, clock, entropy, SignIn::for_this_process()?))
    }

    /// Opens a ledger for reading only, beside the process that may be writing it.
    ///
    /// # Errors
    /// The database is damaged or cannot be opened, or its tables are not up to date.
    pub fn start_reading(database: &Database) -> Result<Self, Error> {
        let mut conn = open_read(database)?;
        check_small_file(&mut conn)?;
        demand_tables(&mut conn, database)?;
        let readers = read_pool(database, READERS)?;
        let (writer, _ends_with_its_last_handle) = Writer::start(conn, Clock::System);
        let (clock, entropy) = (Clock::System, Entropy::System);
        Ok(Self::over(writer, readers, clock, entropy, SignIn::for_this_process()?))
    }

    fn over(writer: Writer, readers: ReadPool, clock: Clock, entropy: Entropy, sign_in: SignIn) -> Self {
        Self {
            writer,
            readers,
            clock,
            entropy,
            sign_in: Arc::new(sign_in),
            quotas: Arc::new(quotas::Counted::new(Quotas::STANDARD)),
            reader: None,
            service: None,
            _replayer: None,
        }
    }

    /// The same ledger with other quotas.
    pub fn with_quotas(self, quotas: Quotas) -> Self {
        Self { quotas: Arc::new(quotas::Counted::new(quotas)), ..self }
    }

    /// The same ledger with other settings of sign-in. Without them access tokens end with the process.
    pub fn with_sign_in(self, sign_in: SignIn) -> Self {
        Self { sign_in: Arc::new(sign_in), ..self }
    }

    /// Runs a query on a read connection, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut AnyConn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = self.readers.clone();
        let done = tokio::task::spawn_blocking(move || query(&mut *readers.get()?)).await;
        done.map_err(|_| Error::Stopped)?.map_err(|error| match error.of_database() {
            // As when the writer meets it: this process builds nothing more on such a disk.
            Some(fault) if is_failing(fault) => {
                self.writer.halt(fault);
                Error::Stopped
            }
            // Who waits for a connection to a damaged file waits for nothing.
            None if matches!(error, Error::Pool(_)) => {
                self.writer.health().damage_of_file().map_or(error, Error::SetAside)
            }
            // Also what a disk refuses to read at all, as far as SQLite tells (SQLITE_IOERR_CORRUPTFS).
            _ => self.writer.health().garbled(error),
        })
    }

    /// The programs of this ledger.
    ///
    /// # Errors
    /// The database fails.
    pub async fn programs(&self) -> Result<Vec<rows::Program>, Error> {
        self.read(|conn| Ok(list_programs(conn)?)).await
    }

    /// The id behind a short name.
    ///
    /// # Errors
    /// No such program, or the database fails.
    pub async fn program_id(&self, slug: Slug) -> Result<Uuid, Error> {
        let found = self.read(move |conn| Ok(find_program(conn, slug.as_str())?)).await?;
        let row = found.ok_or_else(|| Error::NoSuchProgram { slug: slug.to_string() })?;
        Ok(crate::db::read_text("programs", "id", &row.id)?)
    }

    /// The state of a program after the last commit, also if another server made it.
    ///
    /// # Errors
    /// No such program, or the database fails.
    pub async fn program(&self, slug: Slug) -> Result<Program, Error> {
        let found = self.read(move |conn| {
            let Some(row) = find_program(conn, slug.as_str())? else { return Ok(None) };
            let size = find_size(conn, &row.id)?;
            Ok(Some((crate::db::read_text("programs", "id", &row.id)?, size)))
        });
        let missing = || Error::NoSuchProgram { slug: slug.to_string() };
        let (id, size) = found.await?.ok_or_else(missing)?;
        self.writer.state_from(id, size).await?.ok_or_else(missing)
    }

    /// The handle of a member, from the name document.
    ///
    /// # Errors
    /// The database fails. `None` for a member who is not there, or whose name was erased.
    pub async fn handle(&self, program: &Program, member: MemberNumber) -> Result<Option<String>, Error> {
        let Ok(member) = program.member(member) else { return Ok(None) };
        let (id, name) = (program.id(), member.name);
        if program.erased(&name).is_some() {
            return Ok(None);
        }
        self.read(move |conn| documents::find_field(conn, id, name, "handle").map(Some)).await
    }

    /// The rows of the projections and of the journal, as text; two equal journals give equal texts.
    ///
    /// # Errors
    /// No such program, or the database fails.
    pub async fn dump(&self, slug: Slug) -> Result<crate::db::Dump, Error> {
        let id = self.program_id(slug).await?;
        self.read(move |conn| Ok(crate::db::dump(conn, &id.store())?)).await
    }
}
