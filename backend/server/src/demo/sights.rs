//! What there is to see in the demo, read from its journal: nobody has to look for it among all events.

use domain::Program;
use domain::event::{Event, Fact, Recorded};
use domain::value::{Seq, Timestamp};
use domain::words::{HoldKind, PeriodState, Source};

use super::{DemoError, slug};
use crate::app::{App, Error};
use crate::db::query::Limit;

/// Something that happened, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    pub what: &'static str,
    /// By the numbers of periods, bounties, claims, batches and events.
    pub places: Vec<String>,
}

/// What can be seen at a moment; what there is not is left out.
///
/// # Errors
/// The database fails.
pub async fn sights(app: &App, now: Timestamp) -> Result<Vec<Sight>, DemoError> {
    let slug = slug()?;
    let (id, program) = (app.program_id(slug).await?, app.program(slug).await?);
    let mut seen = Seen::default();
    let mut after: Option<Seq> = None;
    loop {
        let page = app.list_events(id, after, Limit::MAX).await?;
        if page.is_empty() {
            break;
        }
        for event in &page {
            let recorded = Recorded::from_bytes(&event.bytes).map_err(Error::from)?;
            after = Some(recorded.event.seq);
            seen.look(&recorded.event);
        }
    }
    let sights = [
        ("periods in evaluation", evaluated(&program, now)),
        ("counter-offers taken", seen.offers),
        ("slots taken", seen.slots),
        ("claims challenged", challenged(&program, now)),
        ("claims reopened", seen.reopened),
        ("allotments moved", seen.moves),
        ("alternates called", seen.calls),
        ("second looks", seen.checks),
        ("batches executed", seen.executed),
        ("rejections proposed", seen.rejections),
        ("waiting for money", waiting(&program)),
        ("overdue decisions", overdue(&program, now)),
    ];
    let sights = sights.into_iter().filter(|(_, places)| !places.is_empty());
    Ok(sights.map(|(what, places)| Sight { what, places }).collect())
}

#[derive(Default)]
struct Seen {
    offers: Vec<String>,
    slots: Vec<String>,
    reopened: Vec<String>,
    moves: Vec<String>,
    calls: Vec<String>,
    checks: Vec<String>,
    executed: Vec<String>,
    rejections: Vec<String>,
    /// Whether the event before moved an allotment, or followed from one that did.
    moving: bool,
}

impl Seen {
    fn look(&mut self, event: &Event) {
        let claim = |number| format!("claim {number}");
        match &event.fact {
            Fact::OfferAccepted { asked, .. } => {
                self.offers.push(format!("claim {}, {} LPT", asked.submission, asked.amount));
            }
            Fact::SlotTaken { asked, outcome } => {
                self.slots.push(format!(
                    "bounty {}, to be claimed until {}",
                    asked.bounty,
                    minute(outcome.until)
                ));
            }
            Fact::SubmissionReopened { asked } => self.reopened.push(claim(asked.submission)),
            Fact::AllotmentMoved { asked } => {
                self.moves.push(format!("{} LPT from {} to {}", asked.amount, asked.from, asked.to));
            }
            Fact::WaitingApproved { asked, .. } if self.moving => {
                if let Some(last) = self.moves.last_mut() {
                    let waited = format!(", for which claim {} had waited", asked.submission);
                    last.push_str(&waited);
                }
            }
            Fact::AlternateCalled { asked } => self.calls.push(claim(asked.submission)),
            Fact::SampleChecked { asked } => self.checks.push(claim(asked.submission)),
            Fact::BatchExecuted { asked, .. } => {
                let who = match asked.source {
                    Source::Attested => "as the treasurer says",
                    Source::Chain => "as the chain shows",
                };
                self.executed.push(format!("batch {}, {who}", asked.batch));
            }
            Fact::RejectionProposed { asked, outcome } => {
                self.rejections.push(format!("batch {}, on nonce {}", outcome.batch, asked.nonce));
            }
            _ => {}
        }
        self.moving = match event.fact {
            Fact::AllotmentMoved { .. } => true,
            Fact::WaitingApproved { .. } => self.moving,
            _ => false,
        };
    }
}

fn evaluated(program: &Program, now: Timestamp) -> Vec<String> {
    let evaluated = program.periods().filter(|period| period.state(now) == PeriodState::Evaluating);
    let said = evaluated.map(|period| {
        let policy = program.policy_at(now);
        let (claims, decisions) = (period.claims_until(policy), period.decisions_until(policy));
        format!(
            "period {}, claims until {}, decisions until {}",
            period.number,
            minute(claims),
            minute(decisions)
        )
    });
    said.collect()
}

fn challenged(program: &Program, now: Timestamp) -> Vec<String> {
    let mut said = Vec::new();
    for submission in program.submissions() {
        for hold in submission.holds.iter().filter(|hold| hold.kind == HoldKind::Challenge) {
            let until = if now < hold.until { "stands until" } else { "ended" };
            said.push(format!("claim {}, {until} {}", submission.number, minute(hold.until)));
        }
    }
    said
}

fn waiting(program: &Program) -> Vec<String> {
    let agreed = program.submissions().filter(|submission| submission.stage.name() == "agreed");
    agreed.map(|submission| format!("claim {}", submission.number)).collect()
}

fn overdue(program: &Program, now: Timestamp) -> Vec<String> {
    let late = program.submissions().filter(|submission| {
        let due = program.decision_due(submission);
        due.is_some_and(|due| due <= now)
    });
    late.map(|submission| format!("claim {}", submission.number)).collect()
}

/// A moment to the minute, as people write it.
fn minute(moment: Timestamp) -> String {
    let text: String = moment.to_string().chars().take(16).collect();
    format!("{} UTC", text.replace('T', " "))
}
