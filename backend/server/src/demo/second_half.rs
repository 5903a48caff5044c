//! The second to fourth week: retroactive work, lead pay, a claim that waits for money, and what stays open.

use domain::value::SubmissionNumber;
use domain::words::{Choice, Verdict};

use super::DemoError;
use super::cast;
use super::offers::{ANALYTICS, CO_HOST, EXPENSE, GRAPHIC, LEAD_PAY, ONBOARDING, RETRO, THREAD};
use super::stage::{Claim, Stage};
use crate::app::{NewAddress, NewMove};

pub(super) const ONE: &str = "reviewer-one";
pub(super) const TWO: &str = "reviewer-two";
pub(super) const ALTERNATE: &str = "reviewer-alternate";

pub(super) fn lead_pay(title: &'static str, links: &'static [&'static str]) -> Claim {
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

    let dashboard = counter_offer(stage).await?;

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
    challenged(stage, scheduling).await?;

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
    stage.vote(onboarding, ONE, Choice::Approve, 1, reason, Verdict::Approved).await?;
    stage.at(10, 9);
    stage.check_sample(onboarding, TWO, "Read the channel of both evenings: as described.").await?;
    Ok(vec![week, dashboard, space, scheduling, onboarding])
}

/// A reviewer would approve less than was asked, and the claimant takes it.
async fn counter_offer(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(8, 11);
    let dashboard = Claim {
        who: "data-analyst",
        amount: "18",
        title: "Public dashboard of community channels, built before the pilot",
        summary: "Used by three teams since it was posted; now maintained for the pilot's reports.",
        links: &["web:community-dashboard", "x:dashboard@0"],
        ..RETRO
    };
    let dashboard = stage.file(&dashboard).await?;
    stage.at(8, 15);
    let less = "Good, and in use. 18 LPT is half as much again as we offer for analytics of two weeks: 15 I would \
                approve.";
    stage.offer(dashboard, ONE, "15", less).await?;
    stage.at(8, 17);
    stage.accept(dashboard, "data-analyst", "15").await?;
    stage.at(8, 20);
    stage.approve(dashboard, [ONE, TWO], "We all use it already, and nobody had asked for it.").await?;
    Ok(dashboard)
}

/// Somebody doubts an approved expense, gets an answer, and is content.
async fn challenged(stage: &Stage, scheduling: SubmissionNumber) -> Result<(), DemoError> {
    stage.at(9, 14);
    let doubt = "The receipt is for three seats, and one person posts. Who has the other two?";
    stage.challenge(scheduling, "data-analyst", doubt).await?;
    stage.at(9, 17);
    let answer =
        "Three is the smallest plan. The lead and the community manager post the Spaces with the others.";
    stage.comment(scheduling, "thread-writer", answer).await?;
    stage.at(9, 19);
    stage.release(scheduling, "data-analyst", "Both confirmed it in the channel: no doubt left.").await
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

/// The lead moves to the line what another has left over, and the ledger itself approves what waited for it.
pub(super) async fn more_money(stage: &Stage) -> Result<(), DemoError> {
    stage.at(12, 9);
    let new = NewMove {
        period: "1".to_owned(),
        from: "bounties".to_owned(),
        to: "operations".to_owned(),
        amount: "4".to_owned(),
        reason: "No bounty needs the last ten LPT of its line, and for the captions four are missing."
            .to_owned(),
    };
    stage.ask("lead", async |ask| stage.app.move_allotment(ask, &new).await).await?;
    Ok(())
}

/// The third week; gives the claims the second batch pays, and which of them nobody has decided yet.
pub(super) async fn third_week(
    stage: &Stage,
) -> Result<(Vec<SubmissionNumber>, SubmissionNumber), DemoError> {
    // One slot only: whoever takes it can work without a race.
    stage.at(13, 9);
    stage.take_slot(7, "data-analyst").await?;
    stage.no_slot(7, "community-manager").await?;

    let mut paid = vec![changed_mind(stage).await?];
    stage.at(14, 18);
    let week = stage.file(&lead_pay("Lead, week 2", &["web:degen-pilot-week-2"])).await?;
    stage.at(15, 9);
    stage.approve(week, [TWO, ONE], "Note complete; the onboarding figures are up.").await?;
    paid.push(week);

    stage.at(15, 10);
    let graphics = Claim {
        who: "designer",
        title: "Graphics for the explainer series",
        summary: "Three sizes with source file and alt texts.",
        links: &["x:explainer-graphics@14"],
        ..GRAPHIC
    };
    let number = stage.file(&graphics).await?;
    stage.at(15, 16);
    stage.approve(number, [ONE, TWO], "Consistent with the first set.").await?;
    paid.push(number);

    stage.at(16, 10);
    let analytics = Claim {
        who: "data-analyst",
        title: "What worked in the first two weeks",
        summary: "Reach and engagement by channel, with how each figure was read.",
        links: &["web:pilot-analytics-1"],
        ..ANALYTICS
    };
    let analytics = stage.file(&analytics).await?;
    stage.at(16, 16);
    let honest = "Honest about what the figures cannot say.";
    stage.vote(analytics, ONE, Choice::Approve, 1, honest, Verdict::Counted).await?;

    reopened(stage, number, &graphics).await?;
    stage.at(18, 10);
    let studio = Claim {
        who: "clip-editor",
        title: "Thread: a game studio's live events, in clips",
        summary: "Eight posts with clips, all by the studio's own developers.",
        links: &["x:thread-studio@17"],
        ..THREAD
    };
    let studio = stage.file(&studio).await?;
    stage.at(18, 16);
    let better = "Much better than the first try: builders speak for themselves.";
    stage.approve(studio, [ONE, TWO], better).await?;
    stage.at(19, 10);
    let space = Claim {
        who: "space-co-host",
        title: "Co-hosted Space 3: what to ask before delegating",
        summary: "58 minutes, recap posted.",
        links: &["space:space-3@18", "x:recap-3@19"],
        ..CO_HOST
    };
    let space = stage.file(&space).await?;
    stage.at(19, 16);
    stage.approve(space, [TWO, ONE], "Useful questions, good recap.").await?;
    stage.at(20, 11);
    let busy = "I want to check the tables myself, and may not get to it in time. Do not wait for me.";
    stage.comment(analytics, TWO, busy).await?;
    paid.extend([studio, space, analytics]);
    Ok((paid, analytics))
}

/// Who lost their wallet stops the payment to it, and is approved anew with another address.
async fn reopened(stage: &Stage, number: SubmissionNumber, graphics: &Claim) -> Result<(), DemoError> {
    stage.at(17, 9);
    let lost = "My phone was stolen, and the wallet with it: please pay nothing to that address.";
    stage.reopen(number, graphics.who, lost).await?;
    stage.at(17, 10);
    let new = NewAddress { address: cast::written("payee", "designer, second wallet"), proof: None };
    stage.ask(graphics.who, async |ask| stage.app.record_address(ask, &new).await).await?;
    stage.at(17, 11);
    stage.revise(number, graphics, "designer, second wallet").await?;
    stage.at(17, 16);
    let same = "The same work. The designer told us of the new address in a call.";
    stage.approve(number, [TWO, ONE], same).await
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

/// The lead's third week, which is paid a week later than the others: a long objection period.
pub(super) async fn lead_again(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(21, 18);
    let week = stage.file(&lead_pay("Lead, week 3", &["web:degen-pilot-week-3"])).await?;
    stage.at(22, 9);
    stage.approve(week, [ONE, TWO], "Note complete.").await?;
    Ok(week)
}

/// A reviewer did not get to the analytics in a week, so the lead may call the alternate.
pub(super) async fn late(stage: &Stage, analytics: SubmissionNumber) -> Result<(), DemoError> {
    stage.at(23, 10);
    stage.call_alternate(analytics).await?;
    stage.at(23, 15);
    let tables = "Recounted two of the tables: right.";
    stage.vote(analytics, ALTERNATE, Choice::Approve, 1, tables, Verdict::Approved).await
}

/// What is left when the curtain falls: one waits for money, one for a second vote, one for its author.
pub(super) async fn still_open(stage: &Stage) -> Result<(), DemoError> {
    stage.at(23, 16);
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
    stage.vote(access, TWO, Choice::Approve, 1, "Cheapest plan that does it.", Verdict::Agreed).await?;

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
