//! Periods, allotments, bounties, and the report by category.

use std::collections::BTreeMap;

use domain::command::{Allot, Allotment, OpenPeriod, PostBounty};
use domain::journal::Document;
use domain::report::Report;
use domain::value::{Amount, Count, PeriodNumber, Slug, Timestamp};
use domain::words::PeriodKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::documents::{TEXT, TITLE, text};
use super::spelling::number;
use super::writer::Receipt;
use super::{App, Error, shape};

const OPEN_PERIOD: Operation = Operation::post("open_period");
const ALLOT: Operation = Operation::post("allot");
const POST_BOUNTY: Operation = Operation::post("post_bounty");

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

/// A bounty to be posted.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBounty {
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub period: String,
    #[schema(value_type = shape::ShortName)]
    pub category: String,
    #[schema(value_type = shape::ShortName)]
    pub function: String,
    #[schema(value_type = shape::Title)]
    pub title: String,
    #[schema(value_type = shape::Text)]
    pub brief: String,
    #[schema(value_type = shape::Lpt)]
    pub reward: String,
    pub slots: u32,
    #[schema(value_type = shape::Moment)]
    pub opens_at: String,
    #[schema(value_type = shape::Moment)]
    pub closes_at: String,
}

#[derive(Serialize)]
struct BriefText<'a> {
    brief: &'a str,
    title: &'a str,
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

    /// Posts a bounty and reserves its rewards; only a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: more than is available.
    pub async fn post_bounty(&self, ask: Ask<'_>, new: &NewBounty) -> Result<Receipt, Error> {
        let brief = self.document(&BriefText {
            brief: text("brief", &new.brief, TEXT)?,
            title: text("title", &new.title, TITLE)?,
        })?;
        let command = PostBounty {
            brief: brief.digest(),
            category: new.category.parse::<Slug>().map_err(Error::field("category"))?,
            closes_at: new.closes_at.parse::<Timestamp>().map_err(Error::field("closes_at"))?,
            function: new.function.parse::<Slug>().map_err(Error::field("function"))?,
            opens_at: new.opens_at.parse::<Timestamp>().map_err(Error::field("opens_at"))?,
            period: new.period.parse::<PeriodNumber>().map_err(Error::field("period"))?,
            reward: new.reward.parse::<Amount>().map_err(Error::field("reward"))?,
            slots: Count::new(new.slots),
        };
        self.write(ask, ask.cause(POST_BOUNTY, "/bounties", new)?, command, vec![brief]).await
    }

    /// The budget of a period by category.
    ///
    /// # Errors
    /// No such program or period, or the database fails.
    pub async fn budget(&self, program: Slug, period: PeriodNumber) -> Result<Report, Error> {
        Ok(Report::of(&self.program(program).await?, period)?)
    }
}
