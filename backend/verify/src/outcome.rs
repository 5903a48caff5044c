//! What a verification comes to, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use domain::Program;
use domain::books::Account;
use domain::event::Kind;
use domain::value::{Amount, Digest, Seq, Timestamp};
use domain::words::Bucket;
use serde::Serialize;

use crate::checkpoint::Checkpoint;
use crate::finding::{Code, Finding, Findings, Unchecked};

/// What was checked, and how much of it. What has findings is not counted where it can be counted apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub events: u64,
    /// From the first event to the last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Events decided again, by kind.
    pub decisions: BTreeMap<Kind, u64>,
    /// How many events each kept checkpoint covers that this journal continues, the longest first.
    pub kept: Vec<Seq>,
    /// Batches whose Safe transaction was encoded again and is the one stated.
    pub batches: u64,
    /// Those of them that pay nobody.
    pub rejections: u64,
    pub payouts: u64,
    /// Files of batches that are what the journal makes.
    pub batch_files: u64,
    /// Documents that are there and sound.
    pub documents: u64,
    pub documents_named: u64,
    /// Documents that were erased: none of them has to be there.
    pub documents_erased: u64,
    /// Statements about the chain that their receipts show.
    pub receipts: u64,
    /// Signatures of the Safe's owners that are of the owners they name.
    pub signatures: u64,
    /// What the books say of the money itself, if all events follow.
    pub money: Option<Money>,
    /// Periods in the report, if it and the keys are what the journal makes.
    pub periods: Option<usize>,
}

/// The balances that no period has, and what was expended in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Money {
    pub contributed: Amount,
    pub expended: Amount,
    pub lost: Amount,
    pub safe: Amount,
    pub suspense_in: Amount,
    pub suspense_out: Amount,
}

impl Money {
    /// The money after the last event; `None` if it cannot be counted.
    pub fn of(program: &Program) -> Option<Self> {
        let books = program.books();
        let expended =
            books.balances().filter(|(account, _)| matches!(account, Account::Line(_, _, Bucket::Expended)));
        Some(Self {
            contributed: books.balance(Account::Contributed),
            expended: Amount::sum(expended.map(|(_, balance)| balance))?,
            lost: books.balance(Account::Lost),
            safe: books.balance(Account::Safe),
            suspense_in: books.balance(Account::SuspenseIn),
            suspense_out: books.balance(Account::SuspenseOut),
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contributed, expended, lost, safe, suspense_in, suspense_out } = self;
        write!(
            formatter,
            "{contributed} LPT contributed, {expended} expended, {safe} in the Safe, {suspense_in} came and {suspense_out} left unexplained, {lost} lost"
        )
    }
}

/// What a verification comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The checkpoint that the events make, whatever the bundle states.
    pub checkpoint: Checkpoint,
    pub checked: Checked,
    pub unchecked: Vec<Unchecked>,
    pub findings: Findings,
}

#[derive(Serialize)]
struct Json<'a> {
    sound: bool,
    checked: JsonChecked<'a>,
    unchecked: &'a [Unchecked],
    findings: Vec<JsonFinding<'a>>,
    more_findings: u64,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    words: &'a str,
}

impl<'a> From<&'a Finding> for JsonFinding<'a> {
    fn from(Finding { code, seq, file, words }: &'a Finding) -> Self {
        Self { code: *code, seq: seq.map(Seq::get), file: file.as_deref(), words }
    }
}

#[derive(Serialize)]
struct JsonChecked<'a> {
    identity: Digest,
    events: u64,
    root: Digest,
    first_at: Option<String>,
    last_at: Option<String>,
    kept_events: Option<u64>,
    decisions: BTreeMap<&'a str, u64>,
    batches: u64,
    rejections: u64,
    payouts: u64,
    batch_files: u64,
    documents: u64,
    documents_named: u64,
    documents_erased: u64,
    receipts: u64,
    signatures: u64,
    money: Option<Money>,
    periods: Option<usize>,
}

impl Outcome {
    /// Whether nothing was found.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// One JSON object.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let Checked { span, decisions, .. } = &self.checked;
        let (first_at, last_at) = span.map(|(first, last)| (first.to_string(), last.to_string())).unzip();
        serde_json::to_string_pretty(&Json {
            sound: self.is_sound(),
            checked: JsonChecked {
                identity: self.checkpoint.identity,
                events: self.checked.events,
                root: self.checkpoint.root,
                first_at,
                last_at,
                kept_events: self.checked.kept.first().copied().map(Seq::get),
                decisions: decisions.iter().map(|(kind, count)| (kind.as_str(), *count)).collect(),
                batches: self.checked.batches,
                rejections: self.checked.rejections,
                payouts: self.checked.payouts,
                batch_files: self.checked.batch_files,
                documents: self.checked.documents,
                documents_named: self.checked.documents_named,
                documents_erased: self.checked.documents_erased,
                receipts: self.checked.receipts,
                signatures: self.checked.signatures,
                money: self.checked.money,
                periods: self.checked.periods,
            },
            unchecked: &self.unchecked,
            findings: self.findings.list().iter().map(JsonFinding::from).collect(),
            more_findings: self.findings.more(),
        })
    }
}

impl fmt::Display for Outcome {
    /// What people read: what was checked, what could not be, and what is wrong.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checkpoint = self.checkpoint.to_string();
        let [origin, size, root] = {
            let mut lines = checkpoint.lines();
            [(); 3].map(|()| lines.next().unwrap_or_default())
        };
        let checked = &self.checked;
        writeln!(formatter, "{origin}")?;
        writeln!(formatter, "checked")?;
        let span = checked.span.map(|(first, last)| format!(", {first} to {last}")).unwrap_or_default();
        writeln!(formatter, "  {size} events{span}")?;
        writeln!(formatter, "  root {root} ({})", self.checkpoint.root)?;
        for kept in &checked.kept {
            writeln!(formatter, "  continues the checkpoint you kept, of {kept} events")?;
        }
        let decided = checked.decisions.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let mut kinds = String::new();
        for (kind, count) in &checked.decisions {
            let comma = if kinds.is_empty() { "" } else { ", " };
            write!(kinds, "{comma}{count} {kind}")?;
        }
        let colon = if kinds.is_empty() { "" } else { ": " };
        writeln!(formatter, "  {decided} decisions made again{colon}{kinds}")?;
        writeln!(
            formatter,
            "  {} batches encoded again, {} of them rejections, {} payouts, {} files",
            checked.batches, checked.rejections, checked.payouts, checked.batch_files
        )?;
        writeln!(
            formatter,
            "  {} of {} documents, {} erased",
            checked.documents, checked.documents_named, checked.documents_erased
        )?;
        writeln!(
            formatter,
            "  {} statements about the chain shown by their receipts, {} signatures of the Safe's owners",
            checked.receipts, checked.signatures
        )?;
        if let Some(money) = &checked.money {
            writeln!(formatter, "  {money}")?;
        }
        match checked.periods {
            Some(1) => writeln!(formatter, "  keys, and the report of 1 period")?,
            Some(periods) => writeln!(formatter, "  keys, and the report of {periods} periods")?,
            None => {}
        }
        if !self.unchecked.is_empty() {
            writeln!(formatter, "not checked")?;
        }
        for gap in &self.unchecked {
            writeln!(formatter, "  {}", gap.words)?;
        }
        if self.is_sound() {
            return writeln!(formatter, "nothing wrong was found");
        }
        writeln!(formatter, "findings")?;
        for Finding { code, seq, file, words } in self.findings.list() {
            let seq = seq.map(|seq| format!(" event {seq}")).unwrap_or_default();
            let file = file.as_ref().map(|file| format!(" {file}")).unwrap_or_default();
            writeln!(formatter, "  {code}{seq}{file}: {words}")?;
        }
        match self.findings.more() {
            0 => Ok(()),
            more => writeln!(formatter, "  and {more} more"),
        }
    }
}
