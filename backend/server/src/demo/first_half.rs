//! The first week: people join, money comes in, bounties are posted, work is claimed and judged.

use domain::value::SubmissionNumber;
use domain::words::{Choice, Verdict};

use super::offers::{CO_HOST, EXPENSE, EXPLAINER, GRAPHIC, HOST, ONBOARDING, THREAD};
use super::stage::{Claim, Stage};
use super::{DemoError, cast, on_chain};
use crate::app::{NewAddress, NewBounty, NewFunding, NewMember};

/// What the program is funded with, in LPT.
const GRANT: &str = "750";

/// The first week; gives the claims that the first batch pays.
pub(super) async fn play(stage: &Stage) -> Result<Vec<SubmissionNumber>, DemoError> {
    join(stage).await?;
    fund(stage).await?;
    post_bounties(stage).await?;
    first_week(stage).await
}

async fn join(stage: &Stage) -> Result<(), DemoError> {
    stage.at(0, 9);
    for handle in cast::CONTRIBUTORS {
        let new = NewMember { handle: handle.to_owned(), roles: cast::CONTRIBUTOR_ROLES.to_vec() };
        stage.ask("lead", async |ask| stage.app.add_member_without_account(ask, &new).await).await?;
    }
    stage.at(0, 10);
    for who in cast::payees() {
        let new = NewAddress { address: cast::written("payee", who), proof: None };
        stage.ask(who, async |ask| stage.app.record_address(ask, &new).await).await?;
    }
    Ok(())
}

/// The grant arrives: 750 LPT.
async fn fund(stage: &Stage) -> Result<(), DemoError> {
    stage.at(0, 12);
    let new = match &stage.chain {
        Some(chain) => on_chain::fund(stage, chain, GRANT).await?,
        None => NewFunding {
            amount: GRANT.to_owned(),
            tx_hash: format!("0x{}", cast::digest("transaction", "funding")),
            log_index: 0,
            sender: Some(cast::written("funder", "treasury")),
        },
    };
    stage.ask("treasurer", async |ask| stage.app.record_funding(ask, &new).await).await?;
    super::payday::observe(stage, 0, &super::payday::FUNDED).await
}

async fn post_bounties(stage: &Stage) -> Result<(), DemoError> {
    stage.at(0, 14);
    for (category, function, reward, slots, title, brief) in [
        (
            "bounties",
            "co-host",
            "8",
            4,
            "Co-host a weekly Space",
            "Run a Livepeer Space of an hour or more with the host: prepare questions, keep the room going, and post a \
             recap within two days.",
        ),
        (
            "bounties",
            "host",
            "10",
            2,
            "Host an AMA with a team of the ecosystem",
            "Find the guest, announce three days ahead, host on X Spaces, collect open questions for the forum.",
        ),
        (
            "bounties",
            "author",
            "6",
            4,
            "Thread on what somebody built with Livepeer",
            "Eight posts or more, accurate and with sources. Tag the builders; no price talk.",
        ),
        (
            "bounties",
            "explainer",
            "12",
            2,
            "Explainer for newcomers",
            "One idea of the protocol explained for people who never staked, as a video or an illustrated post.",
        ),
        (
            "bounties",
            "onboarding",
            "5",
            3,
            "Onboarding hour",
            "Two hours in the Discord newcomers' channel, with a short note of questions that came up twice.",
        ),
        (
            "marketing",
            "graphic",
            "7",
            3,
            "Graphics for an announcement",
            "A set of three sizes with the source file, in the brand's colours, alt texts included.",
        ),
        (
            "marketing",
            "analytics",
            "12",
            1,
            "What worked: analytics of the first two weeks",
            "Reach and engagement by channel from public figures, with the numbers in a table and how they were read.",
        ),
    ] {
        let new = NewBounty {
            period: "1".to_owned(),
            category: category.to_owned(),
            function: function.to_owned(),
            title: title.to_owned(),
            brief: brief.to_owned(),
            reward: reward.to_owned(),
            slots,
            opens_at: stage.moment(0, 14).to_string(),
            // As long as the period takes claims: work of its last day is claimed after it.
            closes_at: stage.moment(36, 0).to_string(),
            probe: false,
            template: None,
        };
        stage.ask("lead", async |ask| stage.app.post_bounty(ask, &new).await).await?;
    }
    Ok(())
}

async fn first_week(stage: &Stage) -> Result<Vec<SubmissionNumber>, DemoError> {
    let (one, two) = ("reviewer-one", "reviewer-two");
    stage.at(2, 10);
    let space = Claim {
        who: "space-co-host",
        title: "Co-hosted Space 1: video on open infrastructure",
        summary: "64 minutes, four speakers, recap posted the next morning.",
        links: &["space:space-1@1", "x:recap-1@2"],
        ..CO_HOST
    };
    let space = stage.file(&space).await?;
    stage.at(2, 11);
    let host = Claim {
        who: "community-manager",
        title: "Hosted Space 1 with two orchestrators as guests",
        summary: "Announced three days ahead; eleven questions answered, three open ones posted to the forum.",
        // The same Space, in another function: not a second payment for the same work.
        links: &["space:space-1@1", "web:space-1-open-questions"],
        ..HOST
    };
    let host = stage.file(&host).await?;
    stage.at(3, 9);
    stage.approve(space, [one, two], "Recording and recap are there, questions were well prepared.").await?;
    stage.approve(host, [two, one], "Good guests, and the open questions made it to the forum.").await?;

    let thread = thread_with_changes(stage).await?;

    stage.at(4, 15);
    let onboarding = Claim {
        who: "onboarding-guide",
        title: "Onboarding hours on two evenings",
        summary: "Nine newcomers helped to delegate for the first time; bridging came up four times.",
        links: &["discord:onboarding-1@3"],
        ..ONBOARDING
    };
    let onboarding = stage.file(&onboarding).await?;
    stage
        .vote(onboarding, two, Choice::Approve, 1, "I was there: patient and correct.", Verdict::Approved)
        .await?;

    stage.at(4, 16);
    let graphic = Claim {
        who: "designer",
        title: "Graphics for the AMA series",
        summary: "Three sizes with source file and alt texts.",
        links: &["x:ama-graphics@4"],
        ..GRAPHIC
    };
    let graphic = stage.file(&graphic).await?;
    stage.at(5, 9);
    // One approval is enough for a small claim; that it was enough is looked at by somebody else.
    stage
        .check_sample(onboarding, one, "Asked two of the nine: they were helped, and have delegated.")
        .await?;
    stage.at(5, 10);
    stage.approve(graphic, [one, two], "Clean, readable on phones, source file works.").await?;

    let explainer = split_vote(stage).await?;
    rejected(stage).await?;

    stage.at(6, 18);
    let tool = Claim {
        who: "community-manager",
        title: "Recording and transcription, one month",
        summary: "Subscription for recording Spaces and turning them into text; receipt linked.",
        links: &["web:receipt-transcription"],
        ..EXPENSE
    };
    let tool = stage.file(&tool).await?;
    stage.at(7, 9);
    stage.approve(tool, [one, two], "We need transcripts for the recaps; the receipt matches.").await?;
    Ok(vec![space, host, thread, onboarding, graphic, explainer, tool])
}

/// A reviewer sends a thread back, the author revises it, and somebody else claims the same post in vain.
async fn thread_with_changes(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(3, 14);
    let mut thread = Claim {
        who: "thread-writer",
        title: "Thread: live transcoding at a music festival",
        summary: "Nine posts on how a festival streamed through Livepeer.",
        links: &["x:thread-festival@3"],
        ..THREAD
    };
    let number = stage.file(&thread).await?;
    stage.at(3, 20);
    let reason = "Two figures have no source: please link where the viewer numbers come from.";
    stage.vote(number, "reviewer-one", Choice::NeedsChanges, 1, reason, Verdict::NeedsChanges).await?;
    stage.at(4, 8);
    thread.summary = "Nine posts on how a festival streamed through Livepeer; viewer numbers now linked to the \
                      organisers' report.";
    thread.links = &["x:thread-festival@3", "web:festival-report"];
    stage.revise(number, &thread, thread.who).await?;
    stage.at(4, 12);
    stage
        .approve(number, ["reviewer-one", "reviewer-two"], "Sources are in now. Accurate and well told.")
        .await?;
    stage.at(4, 14);
    let copy = Claim {
        who: "clip-editor",
        title: "Thread: festival streaming",
        summary: "The festival thread, which I helped with.",
        links: &["x:thread-festival@3"],
        ..thread
    };
    stage.refused(&copy, "evidence_used").await?;
    Ok(number)
}

/// Two reviewers differ, so that neither side can win; the alternate whom the lead calls decides.
async fn split_vote(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(5, 16);
    let explainer = Claim {
        who: "explainer",
        title: "Explainer: what does a delegator actually do?",
        summary: "Six-minute video with captions, made with three newcomers who asked the questions.",
        links: &["yt:explainer-delegator@5"],
        ..EXPLAINER
    };
    let number = stage.file(&explainer).await?;
    stage.at(6, 9);
    let good = "Clear and correct; best thing to send to newcomers.";
    stage.vote(number, "reviewer-one", Choice::Approve, 1, good, Verdict::Counted).await?;
    let long = "The reward cut is explained too late; I would have cut it to four minutes.";
    stage.vote(number, "reviewer-two", Choice::Reject, 1, long, Verdict::Counted).await?;
    stage.at(6, 11);
    stage.call_alternate(number).await?;
    stage.at(6, 12);
    let settled = "Meets the brief as posted; length was not part of it.";
    stage.vote(number, "reviewer-alternate", Choice::Approve, 1, settled, Verdict::Approved).await?;
    Ok(number)
}

async fn rejected(stage: &Stage) -> Result<(), DemoError> {
    stage.at(6, 13);
    let thread = Claim {
        who: "clip-editor",
        title: "Thread: ten facts about video",
        summary: "Ten facts about streaming video.",
        links: &["x:thread-facts@6"],
        ..THREAD
    };
    let number = stage.file(&thread).await?;
    stage.at(6, 17);
    let off_topic = "Nothing in it is about Livepeer or what was built with it.";
    stage.vote(number, "reviewer-one", Choice::Reject, 1, off_topic, Verdict::Counted).await?;
    let brief = "Does not meet the brief: no builders, no sources.";
    stage.vote(number, "reviewer-two", Choice::Reject, 1, brief, Verdict::Rejected).await
}
