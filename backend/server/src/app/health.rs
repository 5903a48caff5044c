//! What was found wrong with what is stored: the writer refuses by it, and operators read it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use domain::value::Digest;
use uuid::Uuid;

use super::Error;
use crate::db::{OpenError, is_garbled};

/// Findings of this process, shared by the writer, the replayer and the readiness check.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<RwLock<Findings>>);

#[derive(Clone, Debug, Default)]
struct Findings {
    /// The database file itself.
    file: Option<Arc<Error>>,
    /// Programs that take no more writes.
    damaged: BTreeMap<Uuid, Arc<Error>>,
    /// What is wrong beside a sound journal.
    warnings: BTreeMap<(Uuid, &'static str), Warning>,
    /// Whether the last write found no room.
    full: bool,
    /// Whether a read failed at the disk.
    failing: bool,
}

/// What is wrong beside a sound journal: writes go on, and somebody should act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Warning {
    /// Tables whose rows are not those that the journal makes.
    Tables(Vec<&'static str>),
    /// The first document that is missing or altered, and how many there are.
    Documents { first: Digest, count: usize },
    /// What the chain shows and the books do not have, or why it cannot be read.
    Chain(Vec<String>),
}

impl Warning {
    const TABLES: &'static str = "tables";
    const DOCUMENTS: &'static str = "documents";
    const CHAIN: &'static str = "chain";

    const fn kind(&self) -> &'static str {
        match self {
            Self::Tables(_) => Self::TABLES,
            Self::Documents { .. } => Self::DOCUMENTS,
            Self::Chain(_) => Self::CHAIN,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables(tables) => write!(
                formatter,
                "these tables hold other rows than the journal makes: {}. Run `bounty-ledger rebuild`: it mends them, also \
                 while the server runs",
                tables.join(", ")
            ),
            Self::Documents { first, count: 1 } => {
                write!(formatter, "document {first} is missing or altered. Restore a backup")
            }
            Self::Chain(reasons) => formatter.write_str(&reasons.join("; ")),
            Self::Documents { first, count } => write!(
                formatter,
                "{count} documents are missing or altered, document {first} first. Restore a backup"
            ),
        }
    }
}

impl Health {
    fn read<T>(&self, ask: impl FnOnce(&Findings) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut Findings)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Why this program takes no writes: its own records, or the whole file.
    pub(super) fn damage_of(&self, program: Uuid) -> Option<Arc<Error>> {
        self.read(|findings| findings.file.as_ref().or_else(|| findings.damaged.get(&program)).cloned())
    }

    /// Why nothing is written at all: the whole file is damaged.
    pub(super) fn damage_of_file(&self) -> Option<Arc<Error>> {
        self.read(|findings| findings.file.clone())
    }

    /// From now on this program takes no more writes. The first reason stays; it is logged once, here.
    pub(super) fn set_aside(&self, program: Uuid, reason: Error) -> Arc<Error> {
        if let Some(known) = self.damage_of(program) {
            return known;
        }
        tracing::error!(program.id = %program, %reason, "a program takes no more writes");
        let reason = Arc::new(reason);
        self.write(|findings| {
            findings.damaged.insert(program, reason.clone());
        });
        reason
    }

    /// From now on nothing is written. The first reason stays; it is logged once, here.
    pub(super) fn set_file_aside(&self, reason: Error) -> Arc<Error> {
        if let Some(known) = self.damage_of_file() {
            return known;
        }
        tracing::error!(%reason, "the database file is damaged: nothing is written to it any more");
        let reason = Arc::new(reason);
        self.write(|findings| findings.file = Some(reason.clone()));
        reason
    }

    /// The same error, or that the file is set aside if it says that the file is damaged.
    pub(super) fn garbled(&self, error: Error) -> Error {
        let damaged = error.of_database().is_some_and(is_garbled)
            || matches!(error, Error::Open(OpenError::Damaged { .. } | OpenError::Emptied { .. }));
        if damaged { Error::SetAside(self.set_file_aside(error)) } else { error }
    }

    /// Notes what somebody should mend; logged when it is new.
    pub(super) fn warn(&self, program: Uuid, warning: Warning) {
        let known = self.read(|findings| findings.warnings.get(&(program, warning.kind())) == Some(&warning));
        if !known {
            tracing::error!(program.id = %program, %warning, "somebody should look into this");
            self.write(|findings| {
                findings.warnings.insert((program, warning.kind()), warning);
            });
        }
    }

    /// The tables of this program are right again.
    pub(super) fn tables_are_right(&self, program: Uuid) {
        self.is_right(program, Warning::TABLES);
    }

    /// All documents of this program are there again, as they were written.
    pub(super) fn documents_are_right(&self, program: Uuid) {
        self.is_right(program, Warning::DOCUMENTS);
    }

    fn is_right(&self, program: Uuid, kind: &'static str) {
        if self.read(|findings| findings.warnings.contains_key(&(program, kind))) {
            self.write(|findings| drop(findings.warnings.remove(&(program, kind))));
        }
    }

    /// What keeps the chain out of the books, if anything does.
    pub(super) fn chain(&self, program: Uuid, reasons: Vec<String>) {
        if reasons.is_empty() {
            self.is_right(program, Warning::CHAIN);
        } else {
            self.warn(program, Warning::Chain(reasons));
        }
    }

    /// The disk does not give back what it holds: the writer ends, and the process with it.
    pub(super) fn set_failing(&self) {
        self.write(|findings| findings.failing = true);
    }

    /// Whether the disk failed to give back what it holds.
    pub(super) fn is_failing(&self) -> bool {
        self.read(|findings| findings.failing)
    }

    /// Whether the last write found no room on the disk.
    pub(super) fn set_full(&self, full: bool) {
        if self.read(|findings| findings.full) != full {
            self.write(|findings| findings.full = full);
        }
    }

    /// Whether the last write found no room on the disk, and no look since found any.
    pub(super) fn is_full(&self) -> bool {
        self.read(|findings| findings.full)
    }

    /// Why not all requests can be carried out; programs by the names that `name` gives them.
    pub(super) fn reasons(&self, name: impl Fn(&Uuid) -> String) -> Vec<String> {
        self.read(|findings| {
            let file = findings.file.iter().map(ToString::to_string);
            let damaged = findings.damaged.iter();
            let damaged =
                damaged.map(|(id, reason)| format!("program {} takes no more writes: {reason}", name(id)));
            let full = findings.full.then(|| format!("nothing can be written: {}", Error::Full));
            file.chain(full).chain(damaged).collect()
        })
    }

    /// What somebody should mend although requests are carried out.
    pub(super) fn warnings(&self, name: impl Fn(&Uuid) -> String) -> Vec<String> {
        self.read(|findings| {
            let warnings = findings.warnings.iter();
            warnings.map(|((id, _), warning)| format!("program {}: {warning}", name(id))).collect()
        })
    }
}
