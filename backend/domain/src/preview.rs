//! A batch before it is proposed: whom it would pay, what it would leave of the budget, what signers should know.
//!
//! Nothing here is a rule: whether it may be proposed is what [`crate::decide`] says of the proposal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::batch::{Batch, How, Nonce};
use crate::books::{Transfer, postings};
use crate::command::Payout;
use crate::decide::payouts::{in_flight, payable};
use crate::program::Program;
use crate::refusal::Refusal;
use crate::report::Report;
use crate::submission::Stage;
use crate::value::{
    Address, Amount, Count, MemberNumber, PeriodNumber, Seq, Slug, SubmissionNumber, Timestamp,
};
use crate::words::{Lane, Source, YesNo};

/// What a batch would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub lines: Vec<Line>,
    pub total: Amount,
    /// The budget of each period that pays, once every approved claim among the lines is in flight.
    pub budgets: Vec<Report>,
    pub warnings: Vec<Warning>,
}

/// One payout of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub payout: Payout,
    pub claimant: MemberNumber,
    pub period: PeriodNumber,
    pub category: Slug,
    /// The word for where the claim stands.
    pub state: &'static str,
    pub payee: Payee,
    /// What stands against this line alone.
    pub refusal: Option<Refusal>,
}

/// How a line's payee compares with the last batch that paid this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payee {
    /// The address of the last time.
    Known,
    /// No batch ever paid this person.
    New,
    /// The last time it was another address.
    Changed { last: Address },
}

impl Payee {
    fn compared(payee: Address, last: Option<&Address>) -> Self {
        match last {
            None => Self::New,
            Some(last) if *last == payee => Self::Known,
            Some(last) => Self::Changed { last: *last },
        }
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::New => "new",
            Self::Changed { .. } => "changed",
        }
    }
}

/// Declares the warnings: name, values, stable code, message.
macro_rules! warnings {
    ($($name:ident $({ $($field:ident: $type:ty),+ })? = $code:literal, $message:literal;)+) => {
        /// What signers should know, and no rule forbids.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Warning {
            $($name $({ $($field: $type),+ })?,)+
        }

        impl Warning {
            /// Each warning's stable code, and its message with names for its values.
            pub const TABLE: &'static [(&'static str, &'static str)] = &[$(($code, $message)),+];

            /// The stable code: documented, and never changed.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name $({ $($field: _),+ })? => $code,)+
                }
            }

            /// The values that the message speaks of, by name, for programs that read it.
            pub fn facts(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$name $({ $($field),+ })? => vec![$($((stringify!($field), $field.to_string())),+)?],)+
                }
            }
        }

        impl fmt::Display for Warning {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name $({ $($field),+ })? => write!(formatter, $message),)+
                }
            }
        }
    };
}

warnings! {
    Demo = "demo",
        "this program is a demo: nothing of it may be signed";
    Attested { at: Timestamp } = "attested_observation",
        "the Safe's state of {at} is a treasurer's word: nobody read it from the chain";
    OneSignature = "threshold_one",
        "the Safe's threshold is 1: a single owner can pay this batch, or anything else";
    Guarded { guard: Address } = "guard",
        "the Safe has a guard, {guard}: it can stop this transaction";
    Module { module: Address } = "module",
        "the Safe has a module, {module}: it can move money without the owners";
    EarlierNonces { nonces: Count } = "earlier_nonces",
        "earlier nonces that batches wait on: {nonces}. The Safe consumes those first";
    Beside { nonce: Seq } = "beside_others",
        "other batches are proposed for nonce {nonce}: the Safe executes one of them, and whoever signed the others can still make it theirs";
    Short { lane: Lane, people: u32, outside: u32, approvals: Count, needed_outside: Count } = "short_of_reviewers",
        "lane {lane} takes {approvals} approvals, {needed_outside} of them from outside, and the program has {people} reviewers, {outside} of them from outside: invite more before claims come in";
    Unproven { submission: SubmissionNumber, payee: Address } = "unproven_payee",
        "submission {submission} pays {payee}, and no signature proves whose address that is";
    Twin { submission: SubmissionNumber, payee: Address, twin: Address } = "twin_payee",
        "submission {submission} pays {payee}, which looks like {twin}: compare every digit";
}

/// The lanes whose quorum the program's reviewers could not reach: to be told when it opens.
pub fn short_of_reviewers(program: &Program) -> Vec<Warning> {
    let short = program.short_lanes().into_iter().map(|(lane, eligible)| {
        let rules = program.policy_at(program.last_at()).lane(lane);
        Warning::Short {
            lane,
            people: eligible.people,
            outside: eligible.outside,
            approvals: rules.approvals,
            needed_outside: rules.outside,
        }
    });
    short.collect()
}

/// What a batch of these payouts would come to at a moment.
///
/// # Errors
/// What cannot be shown at all: more lines than a batch may have, a submission that there is not, or amounts that
/// cannot be added up.
pub fn preview(
    program: &Program,
    payouts: &[Payout],
    nonce: Option<Seq>,
    at: Timestamp,
) -> Result<Preview, Refusal> {
    check_length(program, payouts.len(), at)?;
    let last = last_payees(program, |_| true);
    let line = |payout: &Payout| line(program, *payout, nonce, &last, at);
    let lines = payouts.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let total = Amount::sum(payouts.iter().map(|payout| payout.amount)).ok_or(Refusal::AmountTooLarge)?;
    let (budgets, warnings) = (budgets(program, &lines)?, warnings(program, nonce, &lines));
    Ok(Preview { lines, total, budgets, warnings })
}

/// A batch has only so many lines; to be asked before any work is done for each of them.
///
/// # Errors
/// [`Refusal::TooMany`].
pub fn check_length(program: &Program, lines: usize, at: Timestamp) -> Result<(), Refusal> {
    let limit = program.policy_at(at).batch_lines;
    let short = u32::try_from(lines).is_ok_and(|lines| lines <= limit.get());
    if short { Ok(()) } else { Err(Refusal::TooMany { list: "payouts", limit }) }
}

fn line(
    program: &Program,
    payout: Payout,
    on: Option<Seq>,
    last: &BTreeMap<MemberNumber, Address>,
    at: Timestamp,
) -> Result<Line, Refusal> {
    let submission = program.submission(payout.submission)?;
    Ok(Line {
        payout,
        claimant: submission.claimant,
        period: submission.period,
        category: submission.category,
        state: submission.stage.name(),
        payee: Payee::compared(payout.payee, last.get(&submission.claimant)),
        refusal: payable(program, &payout, on, at).err(),
    })
}

/// Where the last batch that counts paid each person: the one that signers remember, whether it was executed or not.
fn last_payees(program: &Program, counts: impl Fn(&Batch) -> bool) -> BTreeMap<MemberNumber, Address> {
    let payouts = program.batches().filter(|batch| counts(batch)).flat_map(|batch| &batch.payouts);
    let paid = payouts.filter_map(|payout| {
        let submission = program.submission(payout.submission).ok()?;
        Some((submission.claimant, payout.payee))
    });
    paid.collect()
}

/// Whether a batch paid its lines, or still may.
fn may_have_paid(program: &Program, batch: &Batch) -> bool {
    let end = program.nonce(batch.nonce).and_then(|nonce| nonce.end.as_ref());
    end.is_none_or(|end| end.how == How::Executed(batch.number))
}

/// What signers should know of a batch that was proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Of each line in turn: how its payee compares with the batches before this one, and what stands out about it. What
    /// stands beside it on its nonce, or never paid anybody, is not compared with.
    pub lines: Vec<(Payee, Vec<Warning>)>,
    /// Of the batch as a whole.
    pub warnings: Vec<Warning>,
}

/// What signers should know of a batch that was proposed.
pub fn marks(program: &Program, batch: &Batch) -> Marks {
    let last = last_payees(program, |other| {
        other.number < batch.number && other.nonce != batch.nonce && may_have_paid(program, other)
    });
    let mark = |payout: &Payout| {
        let claimant = program.submission(payout.submission).ok().map(|submission| submission.claimant);
        let last = claimant.and_then(|claimant| last.get(&claimant));
        (Payee::compared(payout.payee, last), of_payee(program, payout))
    };
    let others = program.nonce(batch.nonce).is_some_and(|nonce| nonce.candidates.len() > 1);
    Marks {
        lines: batch.payouts.iter().map(mark).collect(),
        warnings: around(program, Some(batch.nonce), others),
    }
}

fn budgets(program: &Program, lines: &[Line]) -> Result<Vec<Report>, Refusal> {
    let numbers: BTreeSet<SubmissionNumber> = lines.iter().map(|line| line.payout.submission).collect();
    let mut transfers: Vec<Transfer> = Vec::new();
    for number in numbers {
        let submission = program.submission(number)?;
        if matches!(submission.stage, Stage::Approved { .. }) {
            transfers.push(in_flight(submission));
        }
    }
    let books = program.books().posted(&postings(&transfers)).map_err(|error| Refusal::Books { error })?;
    let after = Program { books, ..program.clone() };
    let periods: BTreeSet<PeriodNumber> = lines.iter().map(|line| line.period).collect();
    periods.into_iter().map(|period| Report::of(&after, period)).collect()
}

fn warnings(program: &Program, nonce: Option<Seq>, lines: &[Line]) -> Vec<Warning> {
    let others =
        nonce.and_then(|nonce| program.nonce(nonce)).is_some_and(|nonce| !nonce.candidates.is_empty());
    let mut warnings = around(program, nonce, others);
    warnings.extend(lines.iter().flat_map(|line| of_payee(program, &line.payout)));
    warnings
}

/// What is to be known of the program, the Safe and the nonce, whatever the lines; `others` are proposed for it, too.
fn around(program: &Program, nonce: Option<Seq>, others: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if program.charter().demo == YesNo::Yes {
        warnings.push(Warning::Demo);
    }
    if let Some(observation) = program.observation() {
        let safe = &observation.safe;
        match safe.source {
            Source::Attested => warnings.push(Warning::Attested { at: observation.at }),
            Source::Chain => {}
        }
        if safe.threshold == Count::new(1) {
            warnings.push(Warning::OneSignature);
        }
        warnings.extend(safe.guard.map(|guard| Warning::Guarded { guard }));
        warnings.extend(safe.modules.iter().map(|module| Warning::Module { module: *module }));
        let open = |other: &&Nonce| other.end.is_none() && other.number >= safe.nonce;
        let earlier =
            program.nonces().filter(open).filter(|other| nonce.is_none_or(|nonce| other.number < nonce));
        let nonces = Count::new(u32::try_from(earlier.count()).unwrap_or(u32::MAX));
        if nonces != Count::ZERO {
            warnings.push(Warning::EarlierNonces { nonces });
        }
        if others {
            warnings.extend(nonce.map(|nonce| Warning::Beside { nonce }));
        }
    }
    warnings
}

/// What is to be known of the address that a line pays.
fn of_payee(program: &Program, payout: &Payout) -> Vec<Warning> {
    let Payout { submission, payee, .. } = *payout;
    let known = program.address(&payee);
    let mut warnings = Vec::new();
    if !known.is_some_and(|known| known.proven) {
        warnings.push(Warning::Unproven { submission, payee });
    }
    let twin = known.and_then(|known| known.twin);
    warnings.extend(twin.map(|twin| Warning::Twin { submission, payee, twin }));
    warnings
}
