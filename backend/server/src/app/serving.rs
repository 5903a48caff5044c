//! What a server that stays up asks of the ledger.

use domain::value::Timestamp;

use uuid::Uuid;

use super::{App, Error};
use crate::db::{Orphans, Stored, list_orphans, read_text};

/// Whether requests can be carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Why some cannot; nothing if all can.
    pub reasons: Vec<String>,
    /// What an operator should mend although they can.
    pub warnings: Vec<String>,
}

impl App {
    /// Now, by the ledger's clock.
    ///
    /// # Errors
    /// A machine whose clock lies outside the years 1970 to 9999.
    pub fn now(&self) -> Result<Timestamp, Error> {
        self.clock.now()
    }

    /// Whether requests can be carried out now.
    pub async fn check(&self) -> Readiness {
        let mut reasons = Vec::new();
        let programs = self.programs().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "not ready: a query failed");
            reasons.push("the database does not answer".to_owned());
            Vec::new()
        });
        if self.writer.drain().await.is_err() {
            reasons.push("the writer has stopped after a fault: restart the server".to_owned());
        }
        if self.clock.now().is_err() {
            reasons.push("this machine's clock lies outside the years 1970 to 9999".to_owned());
        }
        if self.writer.health().is_full() && self.writer.finds_room().await {
            self.writer.health().set_full(false);
        }
        let name = |id: &Uuid| {
            let row = programs.iter().find(|row| row.id == id.store());
            row.map_or_else(|| id.to_string(), |row| row.slug.clone())
        };
        reasons.extend(self.writer.health().reasons(name));
        Readiness { reasons, warnings: self.writer.health().warnings(name) }
    }

    /// Loads every program, so that damage shows before anything is served and nobody waits for a long journal later.
    ///
    /// # Errors
    /// Damage, or the database fails.
    pub async fn load_all(&self) -> Result<(), Error> {
        let orphans = self.read(|conn| Ok(list_orphans(conn)?)).await?;
        if let Some(Orphans { program, table, rows }) = orphans.into_iter().next() {
            return Err(Error::NoProgramOf { table, rows, program });
        }
        for row in self.programs().await? {
            let id = read_text("programs", "id", &row.id)?;
            let loaded = self.writer.state(id).await;
            loaded.map_err(|error| Error::InProgram { slug: row.slug, error: error.into() })?;
        }
        Ok(())
    }

    /// Waits until everything handed in so far is written.
    pub async fn drain(&self) {
        // A writer that has stopped has nothing left to write.
        let _ = self.writer.drain().await;
    }

    /// Waits until the writer has stopped after a fault of the database.
    pub async fn stopped(&self) {
        self.writer.stopped().await;
    }
}
