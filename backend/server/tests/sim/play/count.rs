//! What a run went through, for the figures at its end.

use std::collections::{BTreeMap, BTreeSet};

use domain::books::{Account, Posting};
use domain::event::{Command, Fact};
use domain::words::{Bucket, Seconding, Side, Verdict, YesNo};
use server::app::{Call, Error};

use super::ledger::{Answer, Held, Ledger};
use super::wave::{Moment, Wave};

/// Figures over one run or many.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub seeds: u64,
    /// Commands asked for the first time.
    pub commands: u64,
    /// Of these, those that were answered with an event.
    pub accepted: u64,
    /// Requests sent again with the same key.
    pub retries: u64,
    /// Of these, those that were answered from the event already written.
    pub replayed: u64,
    pub lost_answers: u64,
    pub crashes_before: u64,
    pub crashes_during: u64,
    pub crashes_after: u64,
    /// Commands in flight when a server died.
    pub unanswered: u64,
    /// Answers by the first words of the error.
    pub refused: BTreeMap<String, u64>,
    /// Batches refused by the first words of the error.
    pub batches_refused: BTreeMap<String, u64>,
    /// Events in the journals by kind, votes by what they led to.
    pub events: BTreeMap<String, u64>,
    /// What seldom happens, and is where the rules are thick.
    pub rare: BTreeMap<String, u64>,
    /// Lists and reports compared.
    pub reads: u64,
    /// Rows of the tables that were made anew.
    pub rebuilt: u64,
}

impl Counts {
    pub fn wave(&mut self, wave: &Wave, answers: &[Answer]) {
        match wave.crash.map(|crash| crash.moment) {
            None => {}
            Some(Moment::Before) => self.crashes_before += 1,
            Some(Moment::During) => self.crashes_during += 1,
            Some(Moment::After) => self.crashes_after += 1,
        }
        let stopped = Error::Stopped.to_string();
        for (sent, answer) in wave.sent.iter().zip(answers) {
            let calls = u64::try_from(sent.ask.calls.len()).unwrap();
            if sent.repeat {
                self.retries += 1;
            } else {
                self.commands += calls;
            }
            self.lost_answers += u64::from(sent.lost);
            match answer {
                Ok(written) if written.iter().all(|written| written.replayed) => self.replayed += 1,
                Ok(_) if sent.repeat => {}
                Ok(_) => self.accepted += calls,
                Err(error) if *error == stopped => self.unanswered += 1,
                Err(error) => {
                    let words: Vec<&str> =
                        error.split(' ').filter(|word| !word.contains(char::is_numeric)).collect();
                    let words = words.join(" ");
                    if let [Call { command: Command::BatchProposed(_), .. }] = sent.ask.calls.as_slice() {
                        *self.batches_refused.entry(words.clone()).or_default() += 1;
                    }
                    *self.refused.entry(words).or_default() += 1;
                }
            }
        }
    }

    /// Counts what stands in the journals.
    pub fn journals(&mut self, ledger: &Ledger) {
        for recorded in ledger.programs.iter().flat_map(|held| &held.journal) {
            let fact = &recorded.event.fact;
            let name = match fact {
                Fact::VoteCast { outcome, .. } => format!("{} {}", fact.kind(), outcome.verdict),
                Fact::ReversalVoted { outcome, .. } => format!("{} {}", fact.kind(), outcome.verdict),
                Fact::BatchExecuted { outcome, .. }
                | Fact::NonceConsumed { outcome, .. }
                | Fact::InflowClassified { outcome, .. }
                | Fact::OutflowSettled { outcome, .. }
                | Fact::DocumentErased { outcome, .. } => format!("{} {}", fact.kind(), outcome.verdict),
                _ => fact.kind().to_string(),
            };
            *self.events.entry(name).or_default() += 1;
        }
        for held in &ledger.programs {
            self.rare(held);
        }
    }

    fn rare(&mut self, held: &Held) {
        let mut count = |what: &str| *self.rare.entry(what.to_owned()).or_default() += 1;
        let (mut owned, mut periods, mut captured) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        for recorded in &held.journal {
            let moves = !recorded.event.postings.is_empty();
            let of_lapsed =
                |Posting(account, ..): &Posting| matches!(account, Account::Line(_, _, Bucket::Lapsed));
            let lapses = recorded.event.postings.iter().any(of_lapsed);
            let posts =
                |wanted| recorded.event.postings.iter().any(|Posting(account, ..)| *account == wanted);
            let owed_again = recorded.event.postings.iter().any(|Posting(account, side, _)| {
                matches!((account, side), (Account::Line(_, _, Bucket::Encumbered), Side::Credit))
            });
            match &recorded.event.fact {
                Fact::SubmissionFiled { asked, outcome } => {
                    periods.insert(outcome.submission, asked.period);
                    captured.extend(&asked.captures);
                    if asked.share.is_some() {
                        count("claims to a part of the work");
                    }
                    if asked.contests.is_some() {
                        count("claims that contest another");
                    }
                }
                Fact::PolicyChanged { outcome, .. } if outcome.from > recorded.event.at => {
                    count("policies announced with notice");
                }
                Fact::BatchProposed { asked, .. } if asked.beside == YesNo::Yes => {
                    let shared = recorded.event.postings.len() < 2 * asked.payouts.len();
                    count(if shared {
                        "candidates that share lines with another"
                    } else {
                        "candidates beside others that pay other claims"
                    });
                }
                Fact::BatchExecuted { .. } if posts(Account::SuspenseOut) => {
                    count("executions that pay again what was settled");
                }
                Fact::BatchExecuted { outcome, .. } | Fact::NonceConsumed { outcome, .. }
                    if owed_again && outcome.verdict == Seconding::Done =>
                {
                    count("ends by which claims are owed again");
                }
                Fact::ExecutionWithdrawn { .. } => count("ends taken back"),
                Fact::OutflowSettled { .. } if posts(Account::Lost) => count("losses"),
                Fact::OutflowSettled { .. } if moves => count("claims paid by an outflow"),
                Fact::InflowClassified { asked, .. } if moves && asked.submission.is_some() => {
                    count("inflows that were refunds");
                }
                Fact::RefundRecorded { .. } if lapses => count("refunds after their period closed"),
                Fact::BountyPosted { asked, .. } if asked.probe == YesNo::Yes => count("probes"),
                Fact::BountyClosed { .. } if moves => count("closed bounties that promise less"),
                Fact::SubmissionWithdrawn { .. } if moves => {
                    count("withdrawals that free a closed bounty's slot");
                }
                Fact::RejectionAppealed { .. } if moves => count("appeals that need a closed bounty's slot"),
                Fact::SubmissionReopened { .. } if lapses => {
                    count("claims reopened after their period closed");
                }
                Fact::ReversalVoted { .. } if lapses => count("approvals reversed after their period closed"),
                Fact::SubmissionRevised { asked, .. } => {
                    let elsewhere = asked.period.filter(|period| {
                        periods.insert(asked.submission, *period).is_some_and(|before| before != *period)
                    });
                    if elsewhere.is_some() {
                        count("claims that move to another period");
                    }
                    if asked.captures.iter().filter(|capture| !captured.insert(*capture)).count() > 0 {
                        count("revisions that keep captures");
                    }
                }
                Fact::VoteCast { asked, outcome } => match outcome.verdict {
                    Verdict::Rejected if moves => count("rejections that free a closed bounty's slot"),
                    Verdict::Approved | Verdict::Agreed if !owned.insert(asked.submission) => {
                        count("claims approved again");
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, part) in [
            (&mut self.seeds, other.seeds),
            (&mut self.commands, other.commands),
            (&mut self.accepted, other.accepted),
            (&mut self.retries, other.retries),
            (&mut self.replayed, other.replayed),
            (&mut self.lost_answers, other.lost_answers),
            (&mut self.crashes_before, other.crashes_before),
            (&mut self.crashes_during, other.crashes_during),
            (&mut self.crashes_after, other.crashes_after),
            (&mut self.unanswered, other.unanswered),
            (&mut self.reads, other.reads),
            (&mut self.rebuilt, other.rebuilt),
        ] {
            *sum += part;
        }
        for (sums, parts) in [
            (&mut self.refused, &other.refused),
            (&mut self.batches_refused, &other.batches_refused),
            (&mut self.events, &other.events),
            (&mut self.rare, &other.rare),
        ] {
            for (words, count) in parts {
                *sums.entry(words.clone()).or_default() += count;
            }
        }
    }
}
