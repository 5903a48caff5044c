//! What the demo's scenes are written with: people, days, and the use cases that everybody has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::event::Fact;
use domain::value::{MemberNumber, Slug, SubmissionNumber, Timestamp};
use domain::words::{Choice, ClaimKind, Ground, Verdict};

use super::{DemoError, LocalChain, cast};
use crate::app::{App, Ask, Error, NewEvidence, NewRevision, NewSubmission, NewVote, Receipt, SetClock};

const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// The demo's stage: a ledger, its clock, and who is who.
pub(super) struct Stage {
    pub app: App,
    /// The chain that the month is played on, if there is one.
    pub chain: Option<LocalChain>,
    clock: SetClock,
    pub slug: Slug,
    /// The first midnight of the month.
    start: Timestamp,
    members: HashMap<&'static str, MemberNumber>,
    keys: AtomicU32,
}

/// What somebody claims. Links are named, and made to fit the day.
pub(super) struct Claim {
    pub who: &'static str,
    pub kind: ClaimKind,
    pub bounty: Option<&'static str>,
    pub category: &'static str,
    pub function: &'static str,
    pub channel: &'static str,
    pub amount: &'static str,
    pub title: &'static str,
    pub summary: &'static str,
    /// Names of links; the same name is the same link.
    pub links: &'static [&'static str],
}

impl Stage {
    pub fn new(app: App, chain: Option<LocalChain>, clock: SetClock, slug: Slug, start: Timestamp) -> Self {
        let names = cast::FOUNDERS.into_iter().chain(cast::CONTRIBUTORS);
        let members =
            (1..).filter_map(MemberNumber::new).zip(names).map(|(number, name)| (name, number)).collect();
        Self { app, chain, clock, slug, start, members, keys: AtomicU32::new(0) }
    }

    /// A moment of the month.
    pub fn moment(&self, day: u32, hour: u32) -> Timestamp {
        let hours = i64::from(day).saturating_mul(24).saturating_add(i64::from(hour));
        let micros = self.start.micros().saturating_add(hours.saturating_mul(MICROS_PER_HOUR));
        Timestamp::from_micros(micros).unwrap_or(self.start)
    }

    /// Sets the clock; everything after happens then.
    pub fn at(&self, day: u32, hour: u32) {
        self.clock.set(self.moment(day, hour));
    }

    /// The number of a member as requests name it.
    pub fn member(&self, who: &str) -> Result<String, DemoError> {
        Ok(self.members.get(who).ok_or(DemoError::Cast)?.to_string())
    }

    /// A request of one person with a key of its own.
    pub async fn ask<T>(
        &self,
        who: &str,
        work: impl AsyncFnOnce(Ask<'_>) -> Result<T, Error>,
    ) -> Result<T, DemoError> {
        let key = format!("demo-{}", self.keys.fetch_add(1, Ordering::SeqCst));
        let member = self.members.get(who).copied().ok_or(DemoError::Cast)?;
        Ok(work(Ask { program: self.slug, member, key: &key, sent: None }).await?)
    }

    /// Files a claim; gives its number.
    pub async fn file(&self, claim: &Claim) -> Result<SubmissionNumber, DemoError> {
        let new = self.submission(claim)?;
        let receipt = self.ask(claim.who, async |ask| self.app.file_submission(ask, &new).await).await?;
        match receipt.fact {
            Fact::SubmissionFiled { outcome, .. } => Ok(outcome.submission),
            _ => Err(DemoError::OffScript),
        }
    }

    /// Files a claim that must be refused with this code.
    pub async fn refused(&self, claim: &Claim, code: &str) -> Result<(), DemoError> {
        let new = self.submission(claim)?;
        match self.ask(claim.who, async |ask| self.app.file_submission(ask, &new).await).await {
            Err(DemoError::App(Error::Refused(refusal))) if refusal.code() == code => Ok(()),
            _ => Err(DemoError::OffScript),
        }
    }

    /// Revises a claim as its claimant, to be paid to their address of this name.
    pub async fn revise(
        &self,
        number: SubmissionNumber,
        claim: &Claim,
        payee: &str,
    ) -> Result<Receipt, DemoError> {
        let new = self.submission(claim)?;
        let new = NewRevision {
            function: new.function,
            channel: new.channel,
            title: new.title,
            summary: new.summary,
            evidence: new.evidence,
            captures: new.captures,
            promoted: new.promoted,
            amount: new.amount,
            payee: cast::written("payee", payee),
            share: new.share,
            period: None,
        };
        self.ask(claim.who, async |ask| self.app.revise_submission(ask, number, &new).await).await
    }

    /// Casts a vote as a reviewer who read the current revision, and checks what it leads to.
    pub async fn vote(
        &self,
        number: SubmissionNumber,
        who: &str,
        choice: Choice,
        ordinal: u32,
        reason: &str,
        expected: Verdict,
    ) -> Result<(), DemoError> {
        let vote = NewVote { ordinal, ..self.ballot(number, choice, reason).await? };
        self.cast(number, who, &vote, expected).await
    }

    /// Sends a claim back with what the reviewer would approve.
    pub async fn offer(
        &self,
        number: SubmissionNumber,
        who: &str,
        amount: &str,
        reason: &str,
    ) -> Result<(), DemoError> {
        let vote = self.ballot(number, Choice::NeedsChanges, reason).await?;
        let vote = NewVote { offer: Some(amount.to_owned()), ..vote };
        self.cast(number, who, &vote, Verdict::NeedsChanges).await
    }

    /// A first vote on the current revision.
    async fn ballot(
        &self,
        number: SubmissionNumber,
        choice: Choice,
        reason: &str,
    ) -> Result<NewVote, DemoError> {
        let revision =
            self.app.program(self.slug).await?.submission(number).map_err(Error::from)?.revision.digest;
        Ok(NewVote {
            choice,
            revision: revision.to_string(),
            ordinal: 1,
            reason: reason.to_owned(),
            ground: (choice == Choice::Reject).then_some(Ground::Criteria),
            offer: None,
            salt: None,
            signature: None,
            signer: None,
        })
    }

    async fn cast(
        &self,
        number: SubmissionNumber,
        who: &str,
        new: &NewVote,
        expected: Verdict,
    ) -> Result<(), DemoError> {
        let receipt = self.ask(who, async |ask| self.app.cast_vote(ask, number, new).await).await?;
        match receipt.fact {
            Fact::VoteCast { outcome, .. } if outcome.verdict == expected => Ok(()),
            _ => Err(DemoError::OffScript),
        }
    }

    /// Two approvals that decide.
    pub async fn approve(
        &self,
        number: SubmissionNumber,
        who: [&str; 2],
        reason: &str,
    ) -> Result<(), DemoError> {
        let [first, second] = who;
        self.vote(number, first, Choice::Approve, 1, reason, Verdict::Counted).await?;
        self.vote(
            number,
            second,
            Choice::Approve,
            1,
            "Checked the links: done as described.",
            Verdict::Approved,
        )
        .await
    }

    fn submission(&self, claim: &Claim) -> Result<NewSubmission, DemoError> {
        let now = self.clock_now()?;
        Ok(NewSubmission {
            kind: claim.kind,
            bounty: claim.bounty.map(ToOwned::to_owned),
            period: "1".to_owned(),
            category: claim.category.to_owned(),
            function: claim.function.to_owned(),
            channel: claim.channel.to_owned(),
            title: claim.title.to_owned(),
            summary: claim.summary.to_owned(),
            evidence: claim.links.iter().map(|name| self.evidence(name, now)).collect(),
            captures: Vec::new(),
            promoted: false,
            amount: claim.amount.to_owned(),
            payee: cast::written("payee", claim.who),
            share: None,
            contests: None,
        })
    }

    pub fn clock_now(&self) -> Result<Timestamp, DemoError> {
        Ok(crate::app::Clock::Set(self.clock.clone()).now()?)
    }

    /// A link by its name, such as `x:space-1@1`: what, which, and the day of the month it was posted on.
    fn evidence(&self, name: &str, now: Timestamp) -> NewEvidence {
        let (place, rest) = name.split_once(':').unwrap_or(("web", name));
        let (which, day) = rest.split_once('@').unwrap_or((rest, "0"));
        // In the morning: nobody claims a post before it is there.
        let posted = self.moment(day.parse().unwrap_or_default(), 8).micros();
        let mark = cast::digest("link", which);
        let short: String = mark.to_string().chars().take(11).collect();
        let nth = mark.bytes().iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        let url = match place {
            "x" => format!("https://x.com/i/status/{}", cast::x_status(posted, nth)),
            "space" => format!("https://x.com/i/spaces/{short}"),
            "yt" => format!("https://youtu.be/{short}"),
            "discord" => format!(
                "https://discord.com/channels/423160867534929930/{}/{}",
                cast::discord_message(self.start.micros(), 7),
                cast::discord_message(posted, nth)
            ),
            _ => format!("https://forum.livepeer.org/t/{which}"),
        };
        NewEvidence { url, captured_at: now.to_string() }
    }
}
