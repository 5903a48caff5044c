//! What people say of the chain: what became of a nonce, and LPT that moved without a batch.

use domain::command::{
    AttestExecution, ClassifyInflow, ConsumeNonce, ProposeRejection, RecordInflow, RecordOutflow,
    RecordRefund, SettleOutflow, WithdrawExecution, WithdrawTransfer,
};
use domain::event::Kind;
use domain::value::{Amount, BatchNumber, Count, Seq, SubmissionNumber};
use domain::words::{Consumption, Source};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::files::FileError;
use verify::payment;

use super::call::{Ask, Operation};
use super::disputes::Why;
use super::spelling::{number, optional_number};
use super::stakes::NoWords;
use super::treasury::{address, counted, hash};
use super::writer::Receipt;
use super::{App, Error, shape};

const PROPOSE_REJECTION: Operation = Operation::post("propose_rejection");
const ATTEST_EXECUTION: Operation = Operation::post("attest_execution");
const CONSUME_NONCE: Operation = Operation::post("consume_nonce");
const WITHDRAW_EXECUTION: Operation = Operation::post("withdraw_execution");
const RECORD_INFLOW: Operation = Operation::post("record_inflow");
const RECORD_OUTFLOW: Operation = Operation::post("record_outflow");
const RECORD_REFUND: Operation = Operation::post("record_refund");
const WITHDRAW_TRANSFER: Operation = Operation::post("withdraw_transfer");
const CLASSIFY_INFLOW: Operation = Operation::post("classify_inflow");
const SETTLE_OUTFLOW: Operation = Operation::post("settle_outflow");

/// The transaction that executed a batch.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExecution {
    #[schema(value_type = shape::WrittenHash)]
    pub tx_hash: String,
}

/// How a nonce was consumed without paying anybody, and how that is known.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsumption {
    #[schema(value_type = String, pattern = "^(failed|mismatched|replaced)$")]
    pub how: Consumption,
    #[schema(value_type = shape::WrittenHash)]
    pub tx_hash: String,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// LPT that came into the Safe, and nobody knows yet what it was.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInflow {
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::WrittenHash)]
    pub tx_hash: String,
    pub log_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub sender: Option<String>,
}

/// LPT that left the Safe, and is no line of an executed batch.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOutflow {
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::WrittenHash)]
    pub tx_hash: String,
    pub log_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub recipient: Option<String>,
}

/// LPT that somebody who was paid sent back.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// The paid claim.
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub submission: String,
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::WrittenHash)]
    pub tx_hash: String,
    pub log_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub sender: Option<String>,
}

/// What LPT in suspense was.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExplanation {
    /// The claim that it paid, or of which it is a refund; without one an inflow is a contribution, an outflow a loss.
    #[serde(default, deserialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Number>)]
    pub submission: Option<String>,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

impl NewExplanation {
    fn submission(&self) -> Result<Option<SubmissionNumber>, Error> {
        let number = self.submission.as_deref().map(str::parse).transpose();
        number.map_err(Error::field("submission"))
    }
}

impl App {
    /// Proposes a transaction that does nothing for the nonce of a batch, so that none on it pays; a treasurer does.
    ///
    /// # Errors
    /// No such batch, or a refusal: its nonce is consumed, or is rejected already.
    pub async fn propose_rejection(
        &self,
        ask: Ask<'_>,
        batch: BatchNumber,
        new: NoWords,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(PROPOSE_REJECTION, &format!("/batches/{batch}/rejection"), &new)?;
        let program = self.program(ask.program).await?;
        let rejected = program.batch(batch).ok_or(Error::NoSuchBatch { number: batch.get() })?;
        let safe = payment::account(program.charter()).map_err(FileError::from)?;
        let hashes = safe::rejection_tx(&safe.address, rejected.nonce).hashes(&safe);
        let command = ProposeRejection {
            domain_hash: hashes.domain,
            message_hash: hashes.message,
            nonce: rejected.nonce,
            safe_tx_hash: hashes.safe_tx,
        };
        self.write(ask, cause, command, Vec::new()).await
    }

    /// Says that a batch was executed; where the chain is read, has it read now.
    ///
    /// # Errors
    /// A hash that is none, a refusal, or what the chain shows instead.
    pub async fn attest_execution(
        &self,
        ask: Ask<'_>,
        batch: BatchNumber,
        new: &NewExecution,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(ATTEST_EXECUTION, &format!("/batches/{batch}/execution"), new)?;
        let tx_hash = hash("tx_hash", &new.tx_hash)?;
        if self.reads_chain() {
            self.check_role(ask, Kind::BatchExecuted).await?;
            return self.reconcile(ask.program, batch, tx_hash).await;
        }
        self.write(
            ask,
            cause,
            AttestExecution { batch, receipt: None, source: Source::Attested, tx_hash },
            Vec::new(),
        )
        .await
    }

    /// Says that a nonce was consumed and paid nobody.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn consume_nonce(
        &self,
        ask: Ask<'_>,
        nonce: Seq,
        new: &NewConsumption,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let cause = ask.cause(CONSUME_NONCE, &format!("/nonces/{nonce}/consumption"), new)?;
        let command = ConsumeNonce {
            how: new.how,
            nonce: counted("nonce", nonce.get())?,
            reason: Some(reason.digest()),
            receipt: None,
            source: Source::Attested,
            tx_hash: hash("tx_hash", &new.tx_hash)?,
        };
        self.write(ask, cause, command, vec![reason]).await
    }

    /// Takes back what was said of the end of a nonce; a treasurer does.
    ///
    /// # Errors
    /// A reason that is none, or a refusal: something was built on it.
    pub async fn withdraw_execution(&self, ask: Ask<'_>, nonce: Seq, why: &Why) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &why.reason)?;
        let cause = ask.cause(WITHDRAW_EXECUTION, &format!("/nonces/{nonce}/withdraw"), why)?;
        let command = WithdrawExecution { nonce, reason: Some(reason.digest()) };
        self.write(ask, cause, command, vec![reason]).await
    }

    /// Records LPT that came in and belongs to nothing yet; a treasurer does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: the same transfer twice.
    pub async fn record_inflow(&self, ask: Ask<'_>, new: &NewInflow) -> Result<Receipt, Error> {
        let command = RecordInflow {
            amount: new.amount.parse::<Amount>().map_err(Error::field("amount"))?,
            log_index: Count::new(new.log_index),
            receipt: None,
            sender: new.sender.as_deref().map(|sender| address("sender", sender)).transpose()?,
            source: Source::Attested,
            tx_hash: hash("tx_hash", &new.tx_hash)?,
        };
        self.write(ask, ask.cause(RECORD_INFLOW, "/inflows", new)?, command, Vec::new()).await
    }

    /// Records LPT that left the Safe and that no batch accounts for; a treasurer does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: more than the books know of.
    pub async fn record_outflow(&self, ask: Ask<'_>, new: &NewOutflow) -> Result<Receipt, Error> {
        let command = RecordOutflow {
            amount: new.amount.parse::<Amount>().map_err(Error::field("amount"))?,
            log_index: Count::new(new.log_index),
            receipt: None,
            recipient: new.recipient.as_deref().map(|to| address("recipient", to)).transpose()?,
            source: Source::Attested,
            tx_hash: hash("tx_hash", &new.tx_hash)?,
        };
        self.write(ask, ask.cause(RECORD_OUTFLOW, "/outflows", new)?, command, Vec::new()).await
    }

    /// Records LPT that somebody who was paid sent back; a treasurer does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: more than was paid.
    pub async fn record_refund(&self, ask: Ask<'_>, new: &NewRefund) -> Result<Receipt, Error> {
        let command = RecordRefund {
            amount: new.amount.parse::<Amount>().map_err(Error::field("amount"))?,
            log_index: Count::new(new.log_index),
            sender: new.sender.as_deref().map(|sender| address("sender", sender)).transpose()?,
            source: Source::Attested,
            submission: new.submission.parse::<SubmissionNumber>().map_err(Error::field("submission"))?,
            tx_hash: hash("tx_hash", &new.tx_hash)?,
        };
        self.write(ask, ask.cause(RECORD_REFUND, "/refunds", new)?, command, Vec::new()).await
    }

    /// Takes back an inflow, an outflow or a refund that was recorded wrongly; a treasurer does.
    ///
    /// # Errors
    /// A reason that is none, or a refusal: something was built on it.
    pub async fn withdraw_transfer(&self, ask: Ask<'_>, event: Seq, why: &Why) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &why.reason)?;
        let cause = ask.cause(WITHDRAW_TRANSFER, &format!("/transfers/{event}/withdraw"), why)?;
        self.write(ask, cause, WithdrawTransfer { event, reason: Some(reason.digest()) }, vec![reason]).await
    }

    /// Says what an inflow was.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn classify_inflow(
        &self,
        ask: Ask<'_>,
        event: Seq,
        new: &NewExplanation,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let cause = ask.cause(CLASSIFY_INFLOW, &format!("/inflows/{event}/classify"), new)?;
        let command = ClassifyInflow { event, reason: reason.digest(), submission: new.submission()? };
        self.write(ask, cause, command, vec![reason]).await
    }

    /// Says what an outflow was.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn settle_outflow(
        &self,
        ask: Ask<'_>,
        event: Seq,
        new: &NewExplanation,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let cause = ask.cause(SETTLE_OUTFLOW, &format!("/outflows/{event}/settle"), new)?;
        let command = SettleOutflow { event, reason: reason.digest(), submission: new.submission()? };
        self.write(ask, cause, command, vec![reason]).await
    }
}
