//! The ledger's own eyes: reads what happened to each Safe on the chain, and writes it into the books as `system`.
//!
//! A round reads the blocks after the mark up to the newest trusted one. What it has to write follows from the state
//! and the receipts alone, so a round that is cut off, or done twice, or by two servers, leaves the same books. The
//! mark moves on only after everything before it is in the books.

mod facts;
mod fault;
mod reconcile;
mod round;
mod window;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::refusal::Refusal;
use domain::value::{Seq, Slug, Timestamp};
use uuid::Uuid;

use super::writer::Receipt;
use super::{App, Error};
use crate::chain::Nodes;
use crate::db::read_text;

pub use fault::ReadFault;

/// The way to the chain, and what is known of each program's place in it.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) nodes: Nodes,
    /// One round of a program at a time.
    memories: Mutex<HashMap<Uuid, Arc<tokio::sync::Mutex<Memory>>>>,
    standings: Mutex<BTreeMap<Uuid, Standing>>,
}

/// What a server remembers of a program from round to round; nothing is lost with it.
#[derive(Debug, Default)]
struct Memory {
    /// The nonces for which all was read from the start again: once is enough.
    read_again_for: BTreeSet<u64>,
}

/// How far the chain was read for a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last block that was read, and when.
    pub block: Option<u64>,
    pub read_at: Option<Timestamp>,
    /// Why the last round ended early.
    pub fault: Option<String>,
    /// What the chain shows and the rules do not let into the books yet.
    pub held: Vec<String>,
}

/// What a round led to.
#[derive(Debug, Default)]
pub struct Round {
    /// What was written, in its order.
    pub written: Vec<Receipt>,
    /// Why the rest could not be written yet.
    pub held: Vec<Refusal>,
    /// What the chain shows to be wrong in the books, and cannot be taken back because people built on it.
    pub told: Vec<Refusal>,
    /// Nonces that the Safe has consumed, and no transaction that was shown did.
    pub unseen: Vec<Seq>,
    /// The last block that was read.
    pub block: Option<u64>,
}

impl Round {
    /// What the chain shows and the books do not have.
    pub fn missing(&self) -> Vec<String> {
        let unseen = self.unseen.iter().map(|nonce| {
            format!("the Safe has consumed nonce {nonce}, and the node shows no transaction that did: ask another node")
        });
        let kept_out = self
            .held
            .iter()
            .map(|refusal| format!("what the chain shows is not in the books yet: {refusal}"));
        let wrong =
            self.told.iter().map(|refusal| format!("the chain shows otherwise than the books: {refusal}"));
        kept_out.chain(wrong).chain(unseen).collect()
    }
}

impl Reader {
    fn new(nodes: Nodes) -> Self {
        Self { nodes, memories: Mutex::default(), standings: Mutex::default() }
    }

    fn memory(&self, id: Uuid) -> Arc<tokio::sync::Mutex<Memory>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
    }

    fn standing(&self, id: Uuid) -> Option<Standing> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn note(&self, id: Uuid, change: impl FnOnce(&mut Standing)) {
        change(self.standings.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default());
    }
}

impl App {
    /// The same ledger, which reads the chain from these nodes; without any it does not.
    pub fn with_nodes(self, nodes: Option<Nodes>) -> Self {
        Self { reader: nodes.map(|nodes| Arc::new(Reader::new(nodes))), ..self }
    }

    /// Whether this ledger reads the chain.
    pub fn reads_chain(&self) -> bool {
        self.reader.is_some()
    }

    /// The nodes that the chain is read from.
    pub(super) fn nodes(&self) -> Option<&Nodes> {
        self.reader.as_deref().map(|reader| &reader.nodes)
    }

    /// How far the chain was read for a program; `None` where it is not read.
    pub fn chain_standing(&self, id: Uuid) -> Option<Standing> {
        self.reader.as_ref().map(|reader| reader.standing(id).unwrap_or_default())
    }

    /// Reads what happened to the Safe of a program since the last time, and writes it into the books.
    ///
    /// # Errors
    /// No such program, no nodes, nodes that cannot be read or are not to be believed, or a fault of the database. What
    /// was written before it stays.
    pub async fn read_chain(&self, program: Slug) -> Result<Round, Error> {
        let id = self.program_id(program).await?;
        self.read_chain_of(id, false).await
    }

    /// As [`App::read_chain`]; `look` has the Safe observed also where nothing happened.
    pub(super) async fn read_chain_of(&self, id: Uuid, look: bool) -> Result<Round, Error> {
        let reader = self.reader.clone().ok_or(Error::NoNode)?;
        let memory = reader.memory(id);
        let mut memory = memory.lock().await;
        // Boxed, because many wait for it who are small themselves.
        let read = Box::pin(round::round(self, &reader.nodes, id, look, &mut memory)).await;
        let now = self.now().ok();
        reader.note(id, |standing| match &read {
            Ok(round) => {
                *standing = Standing { block: round.block, read_at: now, fault: None, held: round.missing() };
            }
            Err(error) => standing.fault = Some(error.to_string()),
        });
        if let Some(standing) = reader.standing(id) {
            let told = standing.fault.into_iter().chain(standing.held).collect();
            self.writer.health().chain(id, told);
        }
        read
    }

    /// Reads the chain for every program, again and again. Ends with the writer.
    pub async fn follow_chain(&self, pause: Duration) {
        loop {
            let programs = self.programs().await.unwrap_or_else(|error| {
                tracing::error!(%error, "the chain is not read: the programs cannot be listed");
                Vec::new()
            });
            for row in programs {
                let Ok(id) = read_text::<Uuid>("programs", "id", &row.id) else { continue };
                // What went wrong is noted, and tried again after the pause.
                if let Err(error) = self.read_chain_of(id, false).await {
                    tracing::debug!(program.id = %id, %error, "the chain was not read");
                }
            }
            tokio::select! {
                () = self.stopped() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
