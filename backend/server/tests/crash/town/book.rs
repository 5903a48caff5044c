//! What was asked, and what the ledger said to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::auditor::hex;

/// A write, repeated with the same key until it is answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// The member's place.
    pub who: usize,
    pub operation: &'static str,
    /// Below the program.
    pub path: String,
    pub body: String,
    pub key: String,
}

impl Request {
    /// What the journal knows it by: the first digest of its cause, as docs/events.md says.
    pub fn cause(&self) -> String {
        let member = (self.who + 1).to_string();
        let named = serde_json::to_vec(&[&member, self.operation, &self.key]).unwrap();
        hex(&Sha256::digest(named))
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 2xx: it is in the journal for good.
    Written { receipt: Receipt, replayed: bool, body: Value },
    /// 4xx: as things stand it cannot be.
    Refused(String),
    /// 503.
    Later(String),
    /// The connection broke.
    Nothing,
}

/// An event as its caller knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub seq: u64,
    pub leaf: String,
}

/// Everything asked, by its cause.
#[derive(Debug, Default)]
pub struct Book {
    pub acknowledged: BTreeMap<String, (Receipt, Request)>,
    /// Neither acknowledged nor refused: nobody knows.
    pub open: BTreeMap<String, Request>,
    pub refused: BTreeSet<String>,
    /// Told that the disk was full, and nothing else since.
    pub full: BTreeSet<String>,
    /// Answers by their codes.
    pub codes: BTreeMap<String, u64>,
    /// Asked again after a crash, and found to have been written before it.
    pub written_unanswered: u64,
    /// Asked again after a crash, and not found.
    pub not_written: u64,
    /// Acknowledged, asked again after a crash, and answered the same.
    pub repeated: u64,
}

impl Book {
    /// Notes a request before it is sent.
    pub fn asked(&mut self, request: &Request) {
        let cause = request.cause();
        if !self.acknowledged.contains_key(&cause) {
            self.open.insert(cause, request.clone());
        }
    }

    /// Notes what all attempts at one request, made at the same time, came to. Gives the first news of an event.
    pub fn told(&mut self, request: &Request, answers: &[Answer]) -> Option<Value> {
        let cause = request.cause();
        for answer in answers {
            let code = match answer {
                Answer::Written { .. } => "written",
                Answer::Refused(code) | Answer::Later(code) => code,
                Answer::Nothing => "nothing",
            };
            *self.codes.entry(code.to_owned()).or_default() += 1;
            self.full.remove(&cause);
        }
        let mut news = None;
        for answer in answers {
            if let Answer::Written { receipt, body, .. } = answer {
                if let Some((known, _)) = self.acknowledged.get(&cause) {
                    assert_eq!(known, receipt, "a key has one event: {request:?}");
                } else {
                    self.acknowledged.insert(cause.clone(), (receipt.clone(), request.clone()));
                    news = Some(body.clone());
                }
            }
        }
        if self.acknowledged.contains_key(&cause) {
            let refused = answers.iter().find(|answer| matches!(answer, Answer::Refused(_)));
            // A refusal that was decided before the event, beside it, is none.
            assert!(refused.is_none() || news.is_some(), "acknowledged, then {refused:?}: {request:?}");
            self.open.remove(&cause);
            self.refused.remove(&cause);
        } else if answers.iter().all(|answer| matches!(answer, Answer::Refused(_))) {
            self.open.remove(&cause);
            self.refused.insert(cause);
        } else if answers.iter().all(|answer| matches!(answer, Answer::Later(code) if code == "storage_full"))
        {
            self.full.insert(cause);
        }
        news
    }

    pub fn count(&self, code: &str) -> u64 {
        self.codes.get(code).copied().unwrap_or(0)
    }
}
