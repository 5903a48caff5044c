//! What a verification comes to, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use domain::event::Kind;
use domain::value::{Digest, Seq, Timestamp};
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
    pub payouts: u64,
    /// Files of batches that are what the journal makes.
    pub batch_files: u64,
    /// Documents that are there and sound.
    pub documents: u64,
    pub documents_named: u64,
    /// Periods in the report, if it and the keys are what the journal makes.
    pub periods: Option<usize>,
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
    payouts: u64,
    batch_files: u64,
    documents: u64,
    documents_named: u64,
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
                payouts: self.checked.payouts,
                batch_files: self.checked.batch_files,
                documents: self.checked.documents,
                documents_named: self.checked.documents_named,
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
            "  {} batches encoded again, {} payouts, {} files",
            checked.batches, checked.payouts, checked.batch_files
        )?;
        writeln!(formatter, "  {} of {} documents", checked.documents, checked.documents_named)?;
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
