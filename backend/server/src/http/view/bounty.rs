//! Bounties, and who has taken their slots.

use domain::Program;
use domain::bounty::Bounty;
use domain::value::{Seq, SubmissionNumber, Timestamp};
use domain::words::YesNo;
use serde::Serialize;
use utoipa::ToSchema;

use super::Lpt;
use crate::app::{Texts, shape};

/// An offer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BountyView {
    pub number: u32,
    pub period: u32,
    #[schema(value_type = shape::ShortName)]
    pub category: String,
    #[schema(value_type = shape::ShortName)]
    pub function: String,
    /// The kind of work, where it was made from a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::ShortName>)]
    pub template: Option<String>,
    pub title: Option<String>,
    pub brief: Option<String>,
    /// Whether title and brief were erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// For each slot.
    pub reward: Lpt,
    pub slots: u32,
    pub slots_left: u32,
    /// Slots left that people have taken; they alone can claim them.
    pub taken: Vec<TakeView>,
    /// Claims that wait for a decision.
    pub undecided: u32,
    /// Whether it is a feeler in another channel.
    pub probe: bool,
    #[schema(value_type = shape::Moment)]
    pub opens_at: String,
    /// The first moment at which a claim is too late.
    #[schema(value_type = shape::Moment)]
    pub closes_at: String,
    /// The event that posted it.
    pub posted_seq: u64,
    /// The event that closed it; claims are taken only without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_seq: Option<u64>,
}

/// A slot that somebody has taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TakeView {
    pub member: u32,
    #[schema(value_type = shape::Moment)]
    pub until: String,
    /// The claim made of it, while which is undecided the slot stays taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<u32>,
}

impl BountyView {
    pub fn new(program: &Program, bounty: &Bounty, texts: &Texts, at: Timestamp) -> Self {
        let taken = bounty.takes.iter().filter(|take| take.stands(at)).map(|take| TakeView {
            member: take.member.get(),
            until: take.until.to_string(),
            submission: take.claim.map(SubmissionNumber::get),
        });
        Self {
            number: bounty.number.get(),
            period: bounty.period.get(),
            category: bounty.category.to_string(),
            function: bounty.function.to_string(),
            template: bounty.template.map(|template| template.to_string()),
            title: texts.field(&bounty.brief, "title"),
            brief: texts.field(&bounty.brief, "brief"),
            erased: program.erased(&bounty.brief).is_some(),
            reward: bounty.reward.into(),
            slots: bounty.slots.get(),
            slots_left: bounty.slots_left(),
            taken: taken.collect(),
            undecided: bounty.undecided.get(),
            probe: bounty.probe == YesNo::Yes,
            opens_at: bounty.opens_at.to_string(),
            closes_at: bounty.closes_at.to_string(),
            posted_seq: bounty.posted.get(),
            closed_seq: bounty.closed.map(Seq::get),
        }
    }
}
