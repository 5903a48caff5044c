//! Bounties: posted, taken slot by slot, and closed.

use domain::command::{CloseBounty, PostBounty, ReleaseSlot, TakeSlot};
use domain::value::{Amount, BountyNumber, Count, MemberNumber, PeriodNumber, Slug, Timestamp};
use domain::words::YesNo;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::disputes::Why;
use super::documents::{TEXT, TITLE, text};
use super::spelling::{number, optional_number};
use super::writer::Receipt;
use super::{App, Error, shape};

const POST_BOUNTY: Operation = Operation::post("post_bounty");
const TAKE_SLOT: Operation = Operation::post("take_slot");
const RELEASE_SLOT: Operation = Operation { id: "release_slot", method: "DELETE" };
const CLOSE_BOUNTY: Operation = Operation::post("close_bounty");

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
    /// Whether it is a feeler in another channel, for little money.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
    /// The kind of work, where it was made from a template: host, thread, explainer, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::ShortName>)]
    pub template: Option<String>,
}

/// A slot to be taken.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlot {
    /// Whom a lead assigns it to; whoever asks, if left out.
    #[serde(default, deserialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Number>)]
    pub member: Option<String>,
}

#[derive(Serialize)]
struct BriefText<'a> {
    brief: &'a str,
    title: &'a str,
}

impl App {
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
            probe: YesNo::from(new.probe),
            reward: new.reward.parse::<Amount>().map_err(Error::field("reward"))?,
            slots: Count::new(new.slots),
            template: new
                .template
                .as_deref()
                .map(|template| template.parse::<Slug>().map_err(Error::field("template")))
                .transpose()?,
        };
        self.write(ask, ask.cause(POST_BOUNTY, "/bounties", new)?, command, vec![brief]).await
    }

    /// Reserves one of a bounty's slots for whoever asks, or for somebody whom a lead names.
    ///
    /// # Errors
    /// A member that is none, or a refusal: no slot free, …
    pub async fn take_slot(
        &self,
        ask: Ask<'_>,
        bounty: BountyNumber,
        new: &NewSlot,
    ) -> Result<Receipt, Error> {
        let member = new.member.as_deref().map(str::parse::<MemberNumber>).transpose();
        let member = member.map_err(Error::field("member"))?.filter(|member| *member != ask.member);
        let cause = ask.cause(TAKE_SLOT, &format!("/bounties/{bounty}/slots"), new)?;
        self.write(ask, cause, TakeSlot { bounty, member }, Vec::new()).await
    }

    /// Gives a member's slot back: their own, or that of somebody else if a lead asks.
    ///
    /// # Errors
    /// A refusal: nothing taken, a claim made of it, …
    pub async fn release_slot(
        &self,
        ask: Ask<'_>,
        bounty: BountyNumber,
        member: MemberNumber,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(RELEASE_SLOT, &format!("/bounties/{bounty}/slots/{member}"), &())?;
        let member = Some(member).filter(|member| *member != ask.member);
        self.write(ask, cause, ReleaseSlot { bounty, member }, Vec::new()).await
    }

    /// Ends an offer; what its undecided claims do not need comes free. Only a lead does.
    ///
    /// # Errors
    /// A reason that is none, or a refusal.
    pub async fn close_bounty(
        &self,
        ask: Ask<'_>,
        bounty: BountyNumber,
        why: &Why,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &why.reason)?;
        let cause = ask.cause(CLOSE_BOUNTY, &format!("/bounties/{bounty}/close"), why)?;
        self.write(ask, cause, CloseBounty { bounty, reason: reason.digest() }, vec![reason]).await
    }
}
