//! What a server that stays up asks of the ledger.

use domain::value::Timestamp;

use super::{App, Error};
use crate::db::journal::list_programs;

impl App {
    /// Now, by the ledger's clock.
    ///
    /// # Errors
    /// A machine whose clock lies outside the years 1970 to 9999.
    pub fn now(&self) -> Result<Timestamp, Error> {
        self.clock.now()
    }

    /// Why requests cannot be carried out now; nothing if they can.
    pub async fn check(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Err(error) = self.read(|conn| Ok(list_programs(conn)?)).await {
            tracing::warn!(%error, "not ready: a query failed");
            reasons.push("the database does not answer".to_owned());
        }
        if self.writer.drain().await.is_err() {
            reasons.push("the writer has stopped after a fault: restart the server".to_owned());
        }
        if self.clock.now().is_err() {
            reasons.push("this machine's clock lies outside the years 1970 to 9999".to_owned());
        }
        reasons
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
