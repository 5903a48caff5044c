//! Periods, allotments, and the report by category.

use std::collections::BTreeMap;

use domain::command::{Allot, Allotment, OpenPeriod};
use domain::journal::Document;
use domain::report::Report;
use domain::value::{Amount, PeriodNumber, Slug, Timestamp};
use domain::words::PeriodKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::spelling::number;
use super::writer::Receipt;
use super::{App, Error, shape};

const OPEN_PERIOD: Operation = Operation::post("open_period");
const ALLOT: Operation = Operation::post("allot");

/// A period to be opened.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPeriod {
    #[schema(value_type = String, pattern = "^(month|quarter)$")]
    pub kind: PeriodKind,
    #[schema(value_type = shape::Moment)]
    pub starts_at: String,
    #[schema(value_type = shape::Moment)]
    pub ends_at: String,
    #[schema(value_type = shape::Lpt)]
    pub cap: String,
}

/// What categories are to be given: decimal LPT by category.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Allotments {
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub period: String,
    #[schema(value_type = BTreeMap<shape::ShortName, shape::Lpt>)]
    pub allotments: BTreeMap<String, String>,
    /// Why; needed when an allotment is lowered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Text>)]
    pub reason: Option<String>,
}

impl App {
    /// Opens a period; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn open_period(&self, ask: Ask<'_>, new: &NewPeriod) -> Result<Receipt, Error> {
        let command = OpenPeriod {
            cap: new.cap.parse::<Amount>().map_err(Error::field("cap"))?,
            ends_at: new.ends_at.parse::<Timestamp>().map_err(Error::field("ends_at"))?,
            kind: new.kind,
            starts_at: new.starts_at.parse::<Timestamp>().map_err(Error::field("starts_at"))?,
        };
        self.write(ask, ask.cause(OPEN_PERIOD, "/periods", new)?, command, Vec::new()).await
    }

    /// Sets what categories are given, all named ones or none; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: above a ceiling, over the cap, into another floor's need, lowered without
    /// a reason.
    pub async fn allot(&self, ask: Ask<'_>, new: &Allotments) -> Result<Receipt, Error> {
        let mut allotments = Vec::new();
        for (category, amount) in &new.allotments {
            let at = || format!("allotments.{category}");
            allotments.push(Allotment {
                amount: amount.parse::<Amount>().map_err(Error::at(at))?,
                category: category.parse::<Slug>().map_err(Error::at(at))?,
            });
        }
        let period = new.period.parse::<PeriodNumber>().map_err(Error::field("period"))?;
        let reason = new.reason.as_deref().map(|reason| self.reason("reason", reason)).transpose()?;
        let command = Allot { allotments, period, reason: reason.as_ref().map(Document::digest) };
        self.write(ask, ask.cause(ALLOT, "/allotments", new)?, command, reason.into_iter().collect()).await
    }

    /// The budget of a period by category.
    ///
    /// # Errors
    /// No such program or period, or the database fails.
    pub async fn budget(&self, program: Slug, period: PeriodNumber) -> Result<Report, Error> {
        Ok(Report::of(&self.program(program).await?, period)?)
    }
}
