//! Periods: where each stands, what its categories were given, and why that changed.

use std::collections::BTreeMap;

use domain::Program;
use domain::period::Period;
use domain::report::Report;
use domain::value::{Amount, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Lpt;
use super::proof::is_erased;
use crate::app::{Error, Texts, shape};
use crate::db::query::PeriodEntry;
use crate::db::{read_text, rows};

/// A period with what each category was given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PeriodView {
    pub number: u32,
    #[schema(pattern = "^(month|quarter)$")]
    pub kind: String,
    /// Where it stands now: planned before its start, evaluating between its end and its closing.
    #[schema(pattern = "^(planned|open|evaluating|closed)$")]
    pub state: String,
    #[schema(value_type = shape::Moment)]
    pub starts_at: String,
    /// The first moment after the period.
    #[schema(value_type = shape::Moment)]
    pub ends_at: String,
    /// The first moment at which a claim is too late.
    #[schema(value_type = shape::Moment)]
    pub claims_until: String,
    /// When the last decisions are due.
    #[schema(value_type = shape::Moment)]
    pub decisions_until: String,
    /// When the renewal is to be asked for at the latest.
    #[schema(value_type = shape::Moment)]
    pub renewal_due: String,
    pub cap: Lpt,
    pub allotments: BTreeMap<String, Lpt>,
    /// What each category's floor foresees and nobody spent or was promised.
    pub floor_shortfalls: BTreeMap<String, Lpt>,
    /// Every cap it had, the first one first.
    pub caps: Vec<CapView>,
    /// Every version of each allotment, by category.
    pub versions: Vec<AllotmentView>,
    /// The event that opened it.
    pub opened_seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing: Option<ClosingView>,
}

/// A cap of a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CapView {
    pub cap: Lpt,
    /// The event that set it.
    pub seq: i64,
    /// Why it was changed; absent for the first, and once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the reason was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// A version of an allotment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AllotmentView {
    #[schema(value_type = shape::ShortName)]
    pub category: String,
    /// Counted from 1.
    pub version: i64,
    pub amount: Lpt,
    /// The event that set it.
    pub seq: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the reason was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// How a period was closed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClosingView {
    #[schema(value_type = shape::Moment)]
    pub at: String,
    /// The event that closed it.
    pub seq: u64,
    /// Why it spent what it spent; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance: Option<String>,
    /// Whether that was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// What a row's reason says.
fn reason(texts: &Texts, digest: Option<&String>) -> Option<String> {
    texts.find(digest?)?.get("reason")?.as_str().map(ToOwned::to_owned)
}

/// Whether that was erased.
fn erased(program: &Program, digest: Option<&String>) -> bool {
    digest.is_some_and(|digest| is_erased(program, digest))
}

fn amount(table: &'static str, text: &str) -> Result<Lpt, Error> {
    let amount: Amount = read_text(table, "amount", text)?;
    Ok(amount.into())
}

impl PeriodView {
    /// A period as it stands in a program, with the rows behind it: those of later events are left out.
    ///
    /// # Errors
    /// A row that holds what we never write.
    pub fn new(
        program: &Program,
        period: &Period,
        entry: Option<&PeriodEntry>,
        texts: &Texts,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let policy = program.policy_at(now);
        let known = |seq: i64| u64::try_from(seq).is_ok_and(|seq| seq < program.size().get());
        let report = Report::of(program, period.number)?;
        let shortfalls = report.lines.iter().map(|line| {
            let shortfall = line.floor_shortfall().unwrap_or(Amount::ZERO);
            (line.category.to_string(), shortfall.into())
        });
        let caps = entry.iter().flat_map(|entry| &entry.caps).filter(|row| known(row.seq));
        let caps = caps.map(|row: &rows::Cap| {
            let erased = erased(program, row.reason.as_ref());
            let reason = reason(texts, row.reason.as_ref());
            Ok(CapView { cap: amount("caps", &row.cap)?, seq: row.seq, reason, erased })
        });
        let versions = entry.iter().flat_map(|entry| &entry.allotments).filter(|row| known(row.seq));
        let versions = versions.map(|row: &rows::Allotment| {
            Ok(AllotmentView {
                category: row.category.clone(),
                version: row.version,
                amount: amount("allotments", &row.amount)?,
                seq: row.seq,
                reason: reason(texts, row.reason.as_ref()),
                erased: erased(program, row.reason.as_ref()),
            })
        });
        let allotments = period.allotments.iter();
        Ok(Self {
            number: period.number.get(),
            kind: period.kind.to_string(),
            state: period.state(now.max(program.last_at())).to_string(),
            starts_at: period.starts_at.to_string(),
            ends_at: period.ends_at.to_string(),
            claims_until: period.claims_until(policy).to_string(),
            decisions_until: period.decisions_until(policy).to_string(),
            renewal_due: period.renewal_due(policy).to_string(),
            cap: period.cap.into(),
            allotments: allotments.map(|(slug, given)| (slug.to_string(), given.amount.into())).collect(),
            floor_shortfalls: shortfalls.collect(),
            caps: caps.collect::<Result<_, Error>>()?,
            versions: versions.collect::<Result<_, Error>>()?,
            opened_seq: period.opened.get(),
            closing: period.closing.as_ref().map(|closing| ClosingView {
                at: closing.at.to_string(),
                seq: closing.seq.get(),
                variance: texts.field(&closing.variance, "reason"),
                erased: program.erased(&closing.variance).is_some(),
            }),
        })
    }
}
