//! What a sheet says in sentences, the same for people and programs.

use domain::batch::{End, How};
use domain::preview::Payee;
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
    /// What is known to have become of it.
    pub fn state_in_words(&self) -> String {
        let end = |end: &End| {
            let End { source, tx_hash, .. } = end;
            format!("{}: transaction 0x{tx_hash}", known_by(*source))
        };
        match &self.state {
            State::Proposed => "Proposed: the ledger knows of no execution.".to_owned(),
            State::Executed(ended) => format!("Executed, {}.", end(ended)),
            State::Replaced(ended) => {
                let how = match ended.how {
                    How::Executed(other) => format!("Replaced by batch {other}"),
                    How::Unpaid(Consumption::Failed) => "It failed and paid nobody".to_owned(),
                    How::Unpaid(Consumption::Mismatched) => {
                        "What was executed is not what was proposed".to_owned()
                    }
                    How::Unpaid(Consumption::Replaced) => "Replaced by another transaction".to_owned(),
                };
                format!("{how}, {}.", end(ended))
            }
        }
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

impl Line {
    /// What to look at before this line is signed.
    pub fn remarks(&self) -> Vec<String> {
        let payee = match &self.payee {
            Payee::Known => None,
            Payee::New => Some("First payment to this person.".to_owned()),
            Payee::Changed { last } => {
                Some(format!("Another address than the last time, which was {}.", checksum(last)))
            }
        };
        let warnings = self.warnings.iter().map(|warning| {
            let told = safe::eip55::in_text(&warning.to_string());
            let mut letters = told.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            format!("{}{}.", first.into_iter().collect::<String>(), letters.as_str())
        });
        payee.into_iter().chain(warnings).collect()
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
