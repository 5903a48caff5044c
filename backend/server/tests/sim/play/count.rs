//! What a run went through, for the figures at its end.

use std::collections::{BTreeMap, BTreeSet};

use domain::books::{Account, Posting};
use domain::command::Actor;
use domain::event::{Command, Event, Fact};
use domain::value::Seq;
use domain::words::{Bucket, Consumption, FindingKind, Seconding, Side, Verdict, YesNo};
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
        let mut chain = Chain::default();
        for recorded in &held.journal {
            chain.follow(held, &recorded.event).into_iter().for_each(&mut count);
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

    /// How often something was refused in these words.
    pub fn refused(&self, words: &str) -> u64 {
        self.refused.iter().filter(|(known, _)| known.contains(words)).map(|(_, count)| count).sum()
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

/// What was read of the chain so far.
#[derive(Default)]
struct Chain {
    /// What was last found of a nonce, and is not taken back.
    found: BTreeMap<Seq, FindingKind>,
    ended: BTreeSet<Seq>,
    seen: u64,
    /// Observations, fundings and ends that are the ledger's own.
    read: BTreeSet<Seq>,
}

impl Chain {
    fn follow(&mut self, held: &Held, event: &Event) -> Option<&'static str> {
        let (by_ledger, moves) = (event.actor == Actor::System, !event.postings.is_empty());
        if by_ledger {
            self.read.insert(event.seq);
        }
        match &event.fact {
            Fact::SafeObserved { asked } => {
                let lower = std::mem::replace(&mut self.seen, asked.nonce.get()) > asked.nonce.get();
                let found =
                    self.found.keys().any(|nonce| *nonce >= asked.nonce && !self.ended.contains(nonce));
                if lower && found {
                    return Some("corrections to a nonce on which a finding stands");
                }
                lower.then_some("corrections to a lower nonce")
            }
            Fact::BatchProposed { asked, .. } if asked.adopts.is_some() => {
                Some(match asked.to == held.program.charter().multi_send || asked.payouts.len() == 1 {
                    _ if asked.beside == YesNo::No => "batches adopted on a nonce of the wallet's",
                    true => "batches adopted beside others",
                    false => "batches adopted with another MultiSend",
                })
            }
            Fact::FindingRecorded { asked } => {
                self.found.insert(asked.nonce, asked.finding);
                Some(match asked.finding {
                    FindingKind::Contradicted => "findings that contradict an end",
                    FindingKind::Elsewhere | FindingKind::Mismatched => "findings that keep lines in flight",
                })
            }
            Fact::BatchExecuted { asked, outcome } if outcome.verdict == Seconding::Done => {
                self.ended.extend(held.program.batch(asked.batch).map(|batch| batch.nonce));
                (by_ledger && moves).then_some("executions that the ledger read")
            }
            Fact::NonceConsumed { asked, outcome } if outcome.verdict == Seconding::Done => {
                self.ended.insert(asked.nonce);
                match asked.how {
                    Consumption::Mismatched => Some("ends after a finding"),
                    _ => (by_ledger && moves).then_some("claims owed again by what the ledger read"),
                }
            }
            Fact::ExecutionWithdrawn { asked } => {
                let ended = self.ended.remove(&asked.nonce);
                match self.found.remove(&asked.nonce) {
                    Some(_) if !ended => Some("findings taken back alone"),
                    Some(FindingKind::Contradicted) => Some("ends taken back that the chain contradicted"),
                    _ => (by_ledger && moves).then_some("ends that the chain no longer has"),
                }
            }
            Fact::WordConfirmed { asked } => {
                let stated = usize::try_from(asked.event.get()).ok().and_then(|seq| held.journal.get(seq))?;
                match stated.event.fact {
                    Fact::BatchExecuted { .. } | Fact::NonceConsumed { .. } => Some("ends confirmed"),
                    Fact::FundingRecorded { .. } => Some("fundings confirmed"),
                    Fact::RefundRecorded { .. } => Some("refunds confirmed"),
                    _ => Some("inflows and outflows confirmed"),
                }
            }
            Fact::FundingRecorded { .. } if by_ledger => Some("fundings that the ledger read"),
            Fact::FundingWithdrawn { asked } if by_ledger => {
                let read = self.read.contains(&asked.event);
                Some(if read { "fundings read and gone" } else { "fundings attested that the chain has not" })
            }
            _ => None,
        }
    }
}
