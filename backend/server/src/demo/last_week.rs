//! The last days and the first after the month: what is paid then, what is doubted, and what is stopped.

use domain::value::SubmissionNumber;
use domain::words::{Choice, Verdict};

use super::DemoError;
use super::offers::{EXPLAINER, GRAPHIC, THREAD};
use super::payday;
use super::second_half::{ALTERNATE, ONE, TWO, lead_pay};
use super::stage::{Claim, Stage};

/// The fifth week, after which the period is evaluated; the third batch pays `week` with its own.
pub(super) async fn play(stage: &Stage, week: SubmissionNumber) -> Result<(), DemoError> {
    let explainer = recused(stage).await?;
    stage.at(28, 9);
    let graphics = Claim {
        who: "clip-editor",
        title: "Graphics for the month's recap",
        summary: "Three sizes from stills of the clips, with source file and alt texts.",
        links: &["x:recap-graphics@28"],
        ..GRAPHIC
    };
    let graphics = stage.file(&graphics).await?;
    stage.at(28, 14);
    stage.approve(graphics, [ONE, TWO], "As the brief says, alt texts included.").await?;

    stage.at(28, 18);
    let last = stage.file(&lead_pay("Lead, week 4", &["web:degen-pilot-week-4"])).await?;
    stage.at(29, 9);
    stage.approve(last, [TWO, ONE], "Note complete.").await?;
    // The last AMA is the day after: what is taken now can be claimed until the fifth day from now.
    stage.at(29, 10);
    stage.take_slot(2, "community-manager").await?;
    let thread = recap(stage).await?;

    // The month is over: no more work counts, and what was done in it is still claimed, decided and paid.
    let batch = payday::pay(stage, 31, &payday::PAID_TWICE, &[week, explainer, graphics]).await?;
    doubted(stage, thread).await?;
    stopped(stage, graphics).await?;
    payday::reject(stage, batch).await
}

/// A reviewer with a conflict takes no part, and the alternate is called in their place.
async fn recused(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(27, 10);
    let explainer = Claim {
        who: "explainer",
        title: "Explainer: where do the fees come from?",
        summary: "Five-minute video with captions, reviewed by two orchestrators for accuracy.",
        links: &["yt:explainer-fees@26"],
        ..EXPLAINER
    };
    let number = stage.file(&explainer).await?;
    stage.at(27, 14);
    let conflict = "I am one of the two orchestrators who were asked: I take no part.";
    stage.vote(number, ONE, Choice::Recuse, 1, conflict, Verdict::Counted).await?;
    stage.at(27, 16);
    stage.call_alternate(number).await?;
    stage.at(27, 18);
    stage.approve(number, [TWO, ALTERNATE], "Correct, and shorter than the first.").await?;
    Ok(number)
}

async fn recap(stage: &Stage) -> Result<SubmissionNumber, DemoError> {
    stage.at(29, 11);
    let thread = Claim {
        who: "thread-writer",
        title: "Thread: what four Spaces taught us",
        summary: "Eleven posts with the best answers of four Spaces, each linked to its minute.",
        links: &["x:thread-spaces@29"],
        ..THREAD
    };
    let number = stage.file(&thread).await?;
    stage.at(29, 15);
    stage.approve(number, [ONE, TWO], "Every answer is linked; speakers are tagged.").await?;
    Ok(number)
}

/// A challenge that stands when the curtain falls.
async fn doubted(stage: &Stage, thread: SubmissionNumber) -> Result<(), DemoError> {
    stage.at(31, 12);
    let doubt = "Posts 4 and 7 are the recap of Space 2 word for word, which was paid with that Space.";
    stage.challenge(thread, "designer", doubt).await
}

/// What a line of a proposed batch pays for is gone: a batch is never edited, so another candidate will replace it.
async fn stopped(stage: &Stage, graphics: SubmissionNumber) -> Result<(), DemoError> {
    stage.at(31, 14);
    let gone = "The post with these graphics is gone since noon. I ask the owners not to sign batch 3 before it is \
                back; the treasurer puts a rejection beside it.";
    stage.comment(graphics, TWO, gone).await?;
    stage.at(31, 16);
    Ok(())
}
