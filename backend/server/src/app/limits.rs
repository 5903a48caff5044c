//! The budget in motion: caps and limits that change, money that moves, periods that close.

use domain::command::{Category, ChangeCap, ChangeLimits, ClosePeriod, MoveAllotment};
use domain::value::{Amount, PeriodNumber, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Ask, Operation};
use super::spelling::number;
use super::writer::Receipt;
use super::{App, Error, Texts, shape};
use crate::db::query::{self, PeriodEntry};
use crate::db::read_text;

const CHANGE_CAP: Operation = Operation::post("change_cap");
const CHANGE_LIMITS: Operation = Operation::post("change_limits");
const MOVE_ALLOTMENT: Operation = Operation::post("move_allotment");
const CLOSE_PERIOD: Operation = Operation::post("close_period");

/// Another cap for a period.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCap {
    /// The whole cap, not the difference.
    #[schema(value_type = shape::Lpt)]
    pub cap: String,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// The range of a budget line, known or new.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRange {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    #[schema(value_type = shape::Lpt)]
    pub floor: String,
    #[schema(value_type = shape::Lpt)]
    pub ceiling: String,
}

/// Another cap for the program, and other ranges or new categories.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimits {
    /// The most that all periods together may spend; as it was if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Lpt>)]
    pub cap: Option<String>,
    /// Categories left out stay as they are.
    #[serde(default)]
    pub categories: Vec<NewRange>,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// Money to be moved from one category to another.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMove {
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub period: String,
    #[schema(value_type = shape::ShortName)]
    pub from: String,
    #[schema(value_type = shape::ShortName)]
    pub to: String,
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// A period to be closed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClosing {
    /// Why the period spent what it spent, and not what was planned.
    #[schema(value_type = shape::Text)]
    pub variance: String,
}

impl App {
    /// Sets the cap of a period; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: more than the program has, less than was given.
    pub async fn change_cap(
        &self,
        ask: Ask<'_>,
        period: PeriodNumber,
        new: &NewCap,
    ) -> Result<Receipt, Error> {
        let cap = new.cap.parse::<Amount>().map_err(Error::field("cap"))?;
        let reason = self.reason("reason", &new.reason)?;
        let cause = ask.cause(CHANGE_CAP, &format!("/periods/{period}/cap"), new)?;
        self.write(ask, cause, ChangeCap { cap, period, reason: reason.digest() }, vec![reason]).await
    }

    /// Sets the program's cap and the ranges of categories; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: a period that would not keep to them.
    pub async fn change_limits(&self, ask: Ask<'_>, new: &NewLimits) -> Result<Receipt, Error> {
        let mut categories = Vec::new();
        for (place, range) in new.categories.iter().enumerate() {
            let at = |field: &'static str| move || format!("categories[{place}].{field}");
            categories.push(Category {
                ceiling: range.ceiling.parse::<Amount>().map_err(Error::at(at("ceiling")))?,
                floor: range.floor.parse::<Amount>().map_err(Error::at(at("floor")))?,
                slug: range.slug.parse::<Slug>().map_err(Error::at(at("slug")))?,
            });
        }
        let cap = new.cap.as_deref().map(str::parse::<Amount>).transpose().map_err(Error::field("cap"))?;
        let reason = self.reason("reason", &new.reason)?;
        let command = ChangeLimits { cap, categories, reason: reason.digest() };
        self.write(ask, ask.cause(CHANGE_LIMITS, "/limits", new)?, command, vec![reason]).await
    }

    /// Moves what one category has available to another; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: above a ceiling, more than is available, into a floor's need.
    pub async fn move_allotment(&self, ask: Ask<'_>, new: &NewMove) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let command = MoveAllotment {
            amount: new.amount.parse::<Amount>().map_err(Error::field("amount"))?,
            from: new.from.parse::<Slug>().map_err(Error::field("from"))?,
            period: new.period.parse::<PeriodNumber>().map_err(Error::field("period"))?,
            reason: reason.digest(),
            to: new.to.parse::<Slug>().map_err(Error::field("to"))?,
        };
        self.write(ask, ask.cause(MOVE_ALLOTMENT, "/allotments/moves", new)?, command, vec![reason]).await
    }

    /// Closes a period for good; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: claims may still be filed, or are undecided; a bounty still promises.
    pub async fn close_period(
        &self,
        ask: Ask<'_>,
        period: PeriodNumber,
        new: &NewClosing,
    ) -> Result<Receipt, Error> {
        let variance = self.reason("variance", &new.variance)?;
        let cause = ask.cause(CLOSE_PERIOD, &format!("/periods/{period}/close"), new)?;
        self.write(ask, cause, ClosePeriod { period, variance: variance.digest() }, vec![variance]).await
    }

    /// What periods were ever given, in the order asked, and why: rows, and the texts of their reasons.
    ///
    /// # Errors
    /// The database fails.
    pub async fn period_entries(
        &self,
        program: Uuid,
        periods: Vec<PeriodNumber>,
    ) -> Result<(Vec<PeriodEntry>, Texts), Error> {
        let entries = self.read(move |conn| Ok(query::find_periods(conn, program, &periods)?)).await?;
        let digests = entries.iter().flat_map(|entry| {
            let reasons = entry.caps.iter().map(|row| &row.reason);
            let reasons = reasons.chain(entry.allotments.iter().map(|row| &row.reason));
            reasons.chain([&entry.period.variance]).flatten()
        });
        let digests =
            digests.map(|digest| read_text("documents", "digest", digest)).collect::<Result<_, _>>()?;
        Ok((entries, self.texts(program, digests).await?))
    }
}
