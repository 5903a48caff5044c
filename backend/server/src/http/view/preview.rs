//! A batch before it is proposed.

use std::collections::BTreeMap;

use domain::preview::{Line, Payee, Warning};
use safe::eip55::in_text;
use serde::Serialize;
use utoipa::ToSchema;

use super::{BudgetView, Checksummed, Lpt, hash};
use crate::app::{Preview, shape};
use crate::http::Problem;

/// A batch as it would be proposed now; nothing was written.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewView {
    pub lines: Vec<PreviewLine>,
    pub total: Lpt,
    /// The budget of each period that pays, as it would stand with every approved claim of the lines in flight.
    pub budgets: Vec<BudgetView>,
    /// What signers should know, though no rule forbids it.
    pub warnings: Vec<Remark>,
    /// What a proposal of yours would be refused with now; absent if it would pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Remark>,
    /// What the Safe would be asked to do; absent before it was observed, or if it cannot be encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<TransactionView>,
    /// The batches after it, if the list is split: each as if those before it were proposed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub more: Vec<PreviewView>,
}

/// One payout of a batch that is looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewLine {
    pub submission: u32,
    /// Whose claim it is.
    pub member: u32,
    pub period: u32,
    pub category: String,
    /// Where the claim stands.
    pub state: String,
    pub payee: Checksummed,
    /// `known`: the last batch with a payout to this person pays here too; `new`: there is none; `changed`: it pays
    /// another address.
    #[schema(pattern = "^(changed|known|new)$")]
    pub payee_is: &'static str,
    /// Where this person was paid the last time, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_payee: Option<Checksummed>,
    pub amount: Lpt,
    pub amount_wei: String,
    /// What stands against this line alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Remark>,
}

/// A warning or a refusal: a stable code, a sentence, and the values that it speaks of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remark {
    pub code: &'static str,
    pub detail: String,
    pub facts: BTreeMap<&'static str, String>,
}

/// A Safe transaction with its hashes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TransactionView {
    pub nonce: u64,
    /// What the Safe calls: the token for one payout, MultiSendCallOnly for more.
    pub to: Checksummed,
    /// "0" a call, "1" a delegate call.
    pub operation: String,
    #[schema(value_type = shape::Hash)]
    pub domain_hash: String,
    #[schema(value_type = shape::Hash)]
    pub message_hash: String,
    /// What the owners would sign.
    #[schema(value_type = shape::Hash)]
    pub safe_tx_hash: String,
}

impl From<Problem> for Remark {
    fn from(problem: Problem) -> Self {
        let (code, detail, facts) = problem.into_parts();
        Self { code, detail, facts: facts.into_iter().collect() }
    }
}

impl From<&Warning> for Remark {
    fn from(warning: &Warning) -> Self {
        let facts = warning.facts().into_iter();
        Self {
            code: warning.code(),
            detail: in_text(&warning.to_string()),
            facts: facts.map(|(name, value)| (name, in_text(&value))).collect(),
        }
    }
}

impl From<&Line> for PreviewLine {
    fn from(line: &Line) -> Self {
        Self {
            submission: line.payout.submission.get(),
            member: line.claimant.get(),
            period: line.period.get(),
            category: line.category.to_string(),
            state: line.state.to_owned(),
            payee: line.payout.payee.into(),
            payee_is: line.payee.name(),
            last_payee: match line.payee {
                Payee::Changed { last } => Some(last.into()),
                Payee::Known | Payee::New => None,
            },
            amount: line.payout.amount.into(),
            amount_wei: line.payout.amount.wei().to_string(),
            refusal: line.refusal.clone().map(|refusal| Problem::from(refusal).into()),
        }
    }
}

impl PreviewView {
    /// # Errors
    /// Sums of the budget that pass the largest amount, or nothing at all: a defect.
    pub fn of_all(previews: Vec<Preview>) -> Result<Self, Problem> {
        let mut views = previews.into_iter().map(Self::new);
        let first = views.next().ok_or_else(|| Problem::fault(&"nothing was looked at"))??;
        Ok(Self { more: views.collect::<Result<_, _>>()?, ..first })
    }

    fn new(preview: Preview) -> Result<Self, Problem> {
        let shown = &preview.shown;
        let too_large = || Problem::fault(&"the budget's sums pass the largest amount");
        let budgets = shown.budgets.iter().map(|report| BudgetView::new(report, preview.as_of));
        let transaction = preview.transaction.as_ref().map(|(tx, hashes)| TransactionView {
            nonce: tx.nonce.low_u64(),
            to: tx.to.into(),
            operation: tx.operation.code().to_string(),
            domain_hash: hash(&hashes.domain),
            message_hash: hash(&hashes.message),
            safe_tx_hash: hash(&hashes.safe_tx),
        });
        Ok(Self {
            lines: shown.lines.iter().map(Into::into).collect(),
            total: shown.total.into(),
            budgets: budgets.collect::<Option<_>>().ok_or_else(too_large)?,
            warnings: shown.warnings.iter().map(Into::into).collect(),
            refusal: preview.refusal.map(|error| Problem::from(error).into()),
            transaction,
            more: Vec::new(),
        })
    }
}
