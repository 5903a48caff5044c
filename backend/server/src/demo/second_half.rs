//! The rest of the month: retroactive work, lead pay, a claim that waits for money, and what stays open.

use domain::value::SubmissionNumber;
use domain::words::{Choice, Verdict};

use super::DemoError;
use super::offers::{ANALYTICS, CO_HOST, EXPENSE, EXPLAINER, GRAPHIC, LEAD_PAY, ONBOARDING, RETRO, THREAD};
use super::stage::{Claim, Stage};
use crate::app::Allotments;

const ONE: &str = "reviewer-one";
const TWO: &str = "reviewer-two";
const ALTERNATE: &str = "reviewer-alternate";

fn lead_pay(title: &'static str, links: &'static [&'static str]) -> Claim {
    Claim {
        who: "lead",
        title,
        summary: "40 hours and more of outreach, onboarding and reporting; the weekly note is linked.",
        links,
        ..LEAD_PAY
    }
}

/// Lead pay, work done before the pilot, and more of the same; gives the claims the second batch pays.
pub(super) async fn second_week(stage: &Stage) -> Result<Vec<SubmissionNumber>, DemoError> {
    stage.at(7, 18);
    let week = stage.file(&lead_pay("Lead, week 1", &["web:degen-pilot-week-1"])).await?;
    stage.at(8, 9);
    stage.approve(week, [ONE, TWO], "The weekly note is complete, and the Space ran well.").await?;

    stage.at(8, 11);
    let dashboard = Claim {
        who: "data-analyst",
        title: "Public dashboard of community channels, built before the pilot",
        summary: "Used by three teams since it was posted; now maintained for the pilot's reports.",
        links: &["web:community-dashboard", "x:dashboard@0"],
        ..RETRO
    };
    let dashboard = stage.file(&dashboard).await?;
    stage.at(8, 15);
    stage.approve(dashboard, [ONE, ALTERNATE], "We all use it already, and nobody had asked for it.").await?;

    stage.at(9, 10);
    let space = Claim {
        who: "space-co-host",
        title: "Co-hosted Space 2: how orchestrators choose hardware",
        summary: "71 minutes, two speakers, recap posted.",
        links: &["space:space-2@8", "x:recap-2@9"],
        ..CO_HOST
    };
    let space = stage.file(&space).await?;
    stage.approve(space, [ONE, TWO], "Lively, and the recap is accurate.").await?;

    stage.at(9, 12);
    let scheduling = Claim {
        who: "thread-writer",
        amount: "9",
        title: "Scheduling tool, one month",
        summary: "Posts go out at the hours the analytics suggest; receipt linked.",
        links: &["web:receipt-scheduling"],
        ..EXPENSE
    };
    let scheduling = stage.file(&scheduling).await?;
    stage.approve(scheduling, [ONE, TWO], "Agreed with the lead beforehand; receipt matches.").await?;

    stage.at(9, 20);
    let onboarding = Claim {
        who: "onboarding-guide",
        title: "Onboarding hours, second week",
        summary: "Seven newcomers; the bridging note from last week is now a pinned message.",
        links: &["discord:onboarding-2@9"],
        ..ONBOARDING
    };
    let onboarding = stage.file(&onboarding).await?;
    let reason = "The pinned note already saves questions.";
    stage.vote(onboarding, ALTERNATE, Choice::Approve, 1, reason, Verdict::Approved).await?;
    Ok(vec![week, dashboard, space, scheduling, onboarding])
}

/// The reviewers agree, but the line has no money left: the claim waits.
pub(super) async fn waiting(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(10, 11);
    let captions = Claim {
        who: "space-co-host",
        channel: "youtube",
        amount: "6",
        title: "Captions for the recorded Spaces",
        summary: "Human-corrected captions for two recordings; receipt linked.",
        links: &["web:receipt-captions"],
        ..EXPENSE
    };
    let captions = stage.file(&captions).await?;
    stage
        .vote(captions, ONE, Choice::Approve, 1, "Captions are part of our promise.", Verdict::Counted)
        .await?;
    stage.vote(captions, TWO, Choice::Approve, 1, "Checked both recordings.", Verdict::Agreed).await?;
    Ok(captions)
}

/// The lead gives the line more money, and the ledger itself approves what waited for it.
pub(super) async fn more_money(stage: &Stage) -> Result<(), DemoError> {
    stage.at(12, 9);
    let new = Allotments {
        period: "1".to_owned(),
        allotments: [("operations".to_owned(), "29".to_owned())].into(),
        reason: None,
    };
    stage.ask("lead", async |ask| stage.app.allot(ask, &new).await).await?;
    Ok(())
}

/// The third week; gives the claims the second batch pays.
pub(super) async fn third_week(stage: &Stage) -> Result<Vec<SubmissionNumber>, DemoError> {
    let mut paid = vec![changed_mind(stage).await?];
    stage.at(14, 18);
    let week = stage.file(&lead_pay("Lead, week 2", &["web:degen-pilot-week-2"])).await?;
    stage.at(15, 9);
    stage.approve(week, [TWO, ALTERNATE], "Note complete; the onboarding figures are up.").await?;
    paid.push(week);

    for (day, claim, reviewers, reason) in [
        (
            15,
            Claim {
                who: "designer",
                title: "Graphics for the explainer series",
                summary: "Three sizes with source file and alt texts.",
                links: &["x:explainer-graphics@14"],
                ..GRAPHIC
            },
            [ONE, TWO],
            "Consistent with the first set.",
        ),
        (
            16,
            Claim {
                who: "data-analyst",
                title: "What worked in the first two weeks",
                summary: "Reach and engagement by channel, with how each figure was read.",
                links: &["web:pilot-analytics-1"],
                ..ANALYTICS
            },
            [ONE, ALTERNATE],
            "Honest about what the figures cannot say.",
        ),
        (
            18,
            Claim {
                who: "clip-editor",
                title: "Thread: a game studio's live events, in clips",
                summary: "Eight posts with clips, all by the studio's own developers.",
                links: &["x:thread-studio@17"],
                ..THREAD
            },
            [ONE, TWO],
            "Much better than the first try: builders speak for themselves.",
        ),
        (
            19,
            Claim {
                who: "space-co-host",
                title: "Co-hosted Space 3: what to ask before delegating",
                summary: "58 minutes, recap posted.",
                links: &["space:space-3@18", "x:recap-3@19"],
                ..CO_HOST
            },
            [TWO, ALTERNATE],
            "Useful questions, good recap.",
        ),
    ] {
        stage.at(day, 10);
        let number = stage.file(&claim).await?;
        stage.at(day, 16);
        stage.approve(number, reviewers, reason).await?;
        paid.push(number);
    }
    paid.push(recused(stage).await?);
    Ok(paid)
}

/// A reviewer rejects, reads the answer, and votes again.
async fn changed_mind(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(13, 10);
    let thread = Claim {
        who: "thread-writer",
        title: "Thread: a school that streams its lessons",
        summary: "Ten posts on a school's setup and its costs before and after.",
        links: &["x:thread-school@12"],
        ..THREAD
    };
    let number = stage.file(&thread).await?;
    stage.at(13, 15);
    let doubt = "The cost comparison looks invented.";
    stage.vote(number, ONE, Choice::Reject, 1, doubt, Verdict::Counted).await?;
    stage.at(13, 19);
    let checked = "The school confirmed its figures under the thread: I was wrong.";
    stage.vote(number, ONE, Choice::Approve, 2, checked, Verdict::Counted).await?;
    stage.vote(number, TWO, Choice::Approve, 1, "Strong example, sources linked.", Verdict::Approved).await?;
    Ok(number)
}

/// A reviewer with a conflict takes no part.
async fn recused(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(20, 11);
    let explainer = Claim {
        who: "explainer",
        title: "Explainer: where do the fees come from?",
        summary: "Five-minute video with captions, reviewed by two orchestrators for accuracy.",
        links: &["yt:explainer-fees@18"],
        ..EXPLAINER
    };
    let number = stage.file(&explainer).await?;
    stage.at(20, 18);
    let conflict = "I am one of the two orchestrators who were asked: I take no part.";
    stage.vote(number, ONE, Choice::Recuse, 1, conflict, Verdict::Counted).await?;
    stage.approve(number, [TWO, ALTERNATE], "Correct, and shorter than the first.").await?;
    Ok(number)
}

/// What is left when the curtain falls: one waits for money, one for a second vote, one for its author.
pub(super) async fn still_open(stage: &Stage) -> Result<(), DemoError> {
    stage.at(21, 18);
    let week = stage.file(&lead_pay("Lead, week 3", &["web:degen-pilot-week-3"])).await?;
    stage.at(22, 9);
    stage.approve(week, [ONE, TWO], "Note complete.").await?;

    stage.at(23, 10);
    let access = Claim {
        who: "data-analyst",
        amount: "8",
        title: "API access for the closing report, one month",
        summary: "Needed for the 72-hour readings; receipt linked.",
        links: &["web:receipt-api-access"],
        ..EXPENSE
    };
    let access = stage.file(&access).await?;
    stage.vote(access, ONE, Choice::Approve, 1, "The closing report needs it.", Verdict::Counted).await?;
    stage.vote(access, ALTERNATE, Choice::Approve, 1, "Cheapest plan that does it.", Verdict::Agreed).await?;

    stage.at(24, 10);
    let onboarding = Claim {
        who: "onboarding-guide",
        title: "Onboarding hours, fourth week",
        summary: "Five newcomers, one of them now answers questions too.",
        links: &["discord:onboarding-3@23"],
        ..ONBOARDING
    };
    // The third small claim of one person: over the small limit, so it takes two approvals like any other.
    let onboarding = stage.file(&onboarding).await?;
    stage.vote(onboarding, TWO, Choice::Approve, 1, "Good as ever.", Verdict::Counted).await?;

    stage.at(24, 12);
    let space = Claim {
        who: "space-co-host",
        title: "Co-hosted Space 4: questions to the builders",
        summary: "66 minutes.",
        links: &["space:space-4@23"],
        ..CO_HOST
    };
    let space = stage.file(&space).await?;
    stage.at(24, 17);
    let reason = "The recap is part of the bounty: please post it and link it.";
    stage.vote(space, ONE, Choice::NeedsChanges, 1, reason, Verdict::NeedsChanges).await
}
