//! What a sheet says in sentences, the same for people and programs.

use domain::batch::How;
use domain::preview::{Payee, Warning};
use domain::words::{Consumption, Source};
use safe::Operation;
use safe::eip55::checksum;

use super::{Difference, Line, Sheet, State};

/// How the ledger knows a fact of the chain.
pub const fn known_by(source: Source) -> &'static str {
    match source {
        Source::Attested => "attested, not checked on chain",
        Source::Chain => "read from the chain",
    }
}

/// A number with its noun.
pub fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

impl Sheet {
    /// How far it has come, as wallets call it.
    pub fn stage(&self) -> String {
        let needed = self.observation.as_ref().map(|seen| seen.safe.threshold.get());
        let signed = self.signed();
        match (&self.state, needed) {
            (State::Executed(_), _) => "Executed".to_owned(),
            (State::Replaced(_), _) => "Replaced".to_owned(),
            (State::Proposed, None) => "Awaiting confirmations".to_owned(),
            (State::Proposed, Some(needed)) if u32::try_from(signed).is_ok_and(|signed| signed >= needed) => {
                "Awaiting execution".to_owned()
            }
            (State::Proposed, Some(needed)) => format!("Awaiting confirmations ({signed} of {needed})"),
        }
    }

    /// What is known to have become of it.
    pub fn state_in_words(&self) -> String {
        let Some(end) = self.state.end() else { return "The ledger knows of no execution.".to_owned() };
        let how = match (&self.state, end.how) {
            (State::Executed(_) | State::Proposed, _) => "This batch was executed".to_owned(),
            (State::Replaced(_), How::Executed(other)) => format!("Batch {other} was executed instead"),
            (State::Replaced(_), How::Unpaid(Consumption::Failed)) => "It failed and paid nobody".to_owned(),
            (State::Replaced(_), How::Unpaid(Consumption::Mismatched)) => {
                "What was executed is not what was proposed".to_owned()
            }
            (State::Replaced(_), How::Unpaid(Consumption::Replaced)) => {
                "Another transaction was executed instead".to_owned()
            }
        };
        format!("{how}: {}, transaction 0x{}.", known_by(end.source), end.tx_hash)
    }

    /// What the Safe is asked to do.
    pub fn operation_in_words(&self) -> String {
        let lines = counted(self.lines.len(), "transfer", "transfers");
        match self.tx.operation {
            Operation::Call if self.lines.is_empty() => {
                format!("a call of the Safe itself, which does nothing but consume nonce {}", self.tx.nonce)
            }
            Operation::Call => format!("a call of the token: {lines}"),
            Operation::DelegateCall => {
                let target = self.name_of(&self.tx.to);
                let target = target.unwrap_or_else(|| "a contract that is not known here".to_owned());
                format!(
                    "a delegate call to {target}, a contract known to run only calls: {lines} of the token"
                )
            }
            Operation::Unknown(code) => format!("operation {code}, which no Safe knows: do not sign"),
        }
    }
}

/// Something to look at before a line is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub text: String,
    /// Whether it may well mean that somebody else would be paid.
    pub grave: bool,
}

impl Line {
    /// What to look at before this line is signed.
    pub fn remarks(&self) -> Vec<Remark> {
        let payee = match &self.payee {
            Payee::Known => None,
            Payee::New => Some(Remark { text: "First payment to this person.".to_owned(), grave: false }),
            Payee::Changed { last } => {
                let text = format!("Another address than the last time, which was {}.", checksum(last));
                Some(Remark { text, grave: true })
            }
        };
        let of_warning = |warning: &Warning| match warning {
            Warning::Unproven { .. } => {
                Remark { text: "No signature proves whose address this is.".to_owned(), grave: false }
            }
            Warning::Twin { twin, .. } => {
                let text = format!("Looks like {}: compare every digit.", checksum(twin));
                Remark { text, grave: true }
            }
            // They are about more than a line.
            Warning::Demo
            | Warning::Attested { .. }
            | Warning::OneSignature
            | Warning::Guarded { .. }
            | Warning::Module { .. }
            | Warning::EarlierNonces { .. }
            | Warning::Beside { .. }
            | Warning::Short { .. } => {
                Remark { text: safe::eip55::in_text(&warning.to_string()), grave: false }
            }
        };
        payee.into_iter().chain(self.warnings.iter().map(of_warning)).collect()
    }
}

impl Difference {
    /// What differs where the lines do not.
    pub fn in_words(&self) -> Option<&'static str> {
        match (self.has_same_lines(), self.reordered, self.target) {
            (false, ..) => None,
            (true, false, false) => Some("The same lines in the same order."),
            (true, false, true) => Some("The same lines in the same order, through another contract."),
            (true, true, false) => Some("The same lines in another order."),
            (true, true, true) => Some("The same lines in another order, through another contract."),
        }
    }
}
