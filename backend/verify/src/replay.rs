//! Every decision, made again.

use std::collections::BTreeMap;

use domain::event::{Event, Kind, Recorded};
use domain::refusal::Refusal;
use domain::value::Seq;
use domain::{Program, Request, decide, open};

use crate::finding::{Code, Finding, Findings};

/// The state after the events decided again so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replay {
    state: Option<Program>,
    /// The first event that does not follow; nothing is decided from there on.
    stopped: Option<Seq>,
    decided: BTreeMap<Kind, u64>,
}

impl Replay {
    /// The state after the last event that follows.
    pub(crate) fn state(&self) -> Option<&Program> {
        self.state.as_ref()
    }

    pub(crate) fn stopped(&self) -> Option<Seq> {
        self.stopped
    }

    /// How many events of each kind were decided again.
    pub(crate) fn decided(&self) -> &BTreeMap<Kind, u64> {
        &self.decided
    }

    /// Ends the replay at a line that is no event.
    pub(crate) fn stop(&mut self, seq: Seq) {
        self.stopped.get_or_insert(seq);
    }

    /// Decides again what an event says was asked, and demands the same event.
    pub(crate) fn push(&mut self, recorded: &Recorded, findings: &mut Findings) {
        if self.stopped.is_some() {
            return;
        }
        if let Err(finding) = self.follow(recorded) {
            if let Some(finding) = finding {
                findings.add(finding);
            }
            self.stop(recorded.event.seq);
            return;
        }
        let count = self.decided.entry(recorded.event.fact.kind()).or_default();
        *count = count.saturating_add(1);
    }

    /// Decides and applies an event. An error without a finding: the chain of bytes has said already what is
    /// wrong.
    fn follow(&mut self, recorded: &Recorded) -> Result<(), Option<Finding>> {
        let event = &recorded.event;
        let request = Request::behind(event);
        let decided = match &self.state {
            Some(program) => decide(program, &request),
            None => open(event.program, &request),
        };
        match decided {
            Ok(again) if again == *event => {}
            Ok(again) => {
                let words = difference(event, &again);
                return Err(words.map(|words| Finding::at(Code::DecidedOtherwise, event.seq, words)));
            }
            Err(Refusal::ClockBehind { .. }) => return Err(None),
            Err(refusal) => {
                let words = format!("{} asked by {}: {refusal}", event.fact.kind(), event.actor);
                return Err(Some(Finding::at(Code::Refused, event.seq, words)));
            }
        }
        let applied = match &mut self.state {
            Some(program) => program.apply(recorded),
            None => Program::begin(recorded).map(|program| self.state = Some(program)),
        };
        applied.map_err(|error| {
            // A state that an event does not fit is of no use any more.
            self.state = None;
            Some(Finding::at(Code::DoesNotApply, event.seq, error.to_string()))
        })
    }
}

/// What the rules make otherwise; `None` if only the place in the journal differs.
fn difference(event: &Event, again: &Event) -> Option<String> {
    let differing = match (event.fact != again.fact, event.postings != again.postings) {
        (false, false) => return None,
        (true, false) => "another outcome",
        (false, true) => "other postings",
        (true, true) => "another outcome and other postings",
    };
    Some(format!("by the rules, this {} has {differing}", event.fact.kind()))
}
