//! What the treasurer states about the Safe: its state at a block, and LPT that came in.

use domain::command::{ObserveSafe, RecordFunding, WithdrawFunding};
use domain::value::{Address, Amount, Count, Digest, NumberError, Seq};
use domain::words::Source;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

const OBSERVE_SAFE: Operation = Operation::post("observe_safe");
const RECORD_FUNDING: Operation = Operation::post("record_funding");
const WITHDRAW_FUNDING: Operation = Operation::post("withdraw_funding");

/// The Safe at a block, as a treasurer read it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewObservation {
    #[schema(maximum = 4_611_686_018_427_387_903_u64)]
    pub block: u64,
    #[schema(value_type = shape::WrittenHash)]
    pub block_hash: String,
    #[schema(maximum = 4_611_686_018_427_387_903_u64)]
    pub nonce: u64,
    #[schema(value_type = Vec<shape::WrittenAddress>)]
    pub owners: Vec<String>,
    pub threshold: u32,
    #[schema(value_type = shape::WrittenAddress)]
    pub singleton: String,
    #[schema(value_type = Vec<shape::WrittenAddress>)]
    pub modules: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub guard: Option<String>,
    #[schema(value_type = shape::Lpt)]
    pub balance: String,
    /// The number of the last observation's event, if this one replaces it because it was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<u64>,
}

/// LPT that a funder sent to the Safe.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFunding {
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::WrittenHash)]
    pub tx_hash: String,
    pub log_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub sender: Option<String>,
}

/// Why a recorded funding was wrong.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWithdrawal {
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

pub(super) fn address(field: &'static str, text: &str) -> Result<Address, Error> {
    safe::eip55::parse(text).map_err(Error::field(field))
}

pub(super) fn hash(field: &'static str, text: &str) -> Result<Digest, Error> {
    let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    digits.parse().map_err(|_| FieldError::Hash).map_err(Error::field(field))
}

fn addresses(field: &str, texts: &[String]) -> Result<Vec<Address>, Error> {
    let parsed = texts
        .iter()
        .enumerate()
        .map(|(place, text)| safe::eip55::parse(text).map_err(Error::at(|| format!("{field}[{place}]"))));
    parsed.collect()
}

/// A block or a nonce, as far as both databases count with room to spare.
pub(super) fn counted(field: &'static str, number: u64) -> Result<Seq, Error> {
    const LIMIT: u64 = 1 << 62;
    if number < LIMIT {
        Ok(Seq::new(number))
    } else {
        Err(Error::Malformed { field: field.into(), error: NumberError::TooLarge.into() })
    }
}

impl App {
    /// Records what the Safe looked like at a block, attested by the treasurer.
    ///
    /// # Errors
    /// Values that are none, a Safe whose code is not known, or a refusal.
    pub async fn observe_safe(&self, ask: Ask<'_>, new: &NewObservation) -> Result<Receipt, Error> {
        let program = self.program(ask.program).await?;
        let (chain, named) = (program.charter().chain.get(), program.charter().safe_version.to_string());
        let singleton = address("singleton", &new.singleton)?;
        let singleton_error = |error| Error::Malformed { field: "singleton".into(), error };
        if self.reads_chain() {
            return Err(Error::ReadHere);
        }
        let version = safe::deployments::version_of_singleton(chain, &singleton)
            .ok_or(FieldError::Singleton)
            .map_err(singleton_error)?;
        if version.to_string() != named {
            return Err(singleton_error(FieldError::OtherVersion { found: version.to_string(), named }));
        }
        let command = ObserveSafe {
            balance: new.balance.parse::<Amount>().map_err(Error::field("balance"))?,
            block: counted("block", new.block)?,
            block_hash: hash("block_hash", &new.block_hash)?,
            corrects: new.corrects.map(Seq::new),
            guard: new.guard.as_deref().map(|guard| address("guard", guard)).transpose()?,
            modules: addresses("modules", &new.modules)?,
            nonce: counted("nonce", new.nonce)?,
            owners: addresses("owners", &new.owners)?,
            singleton,
            source: Source::Attested,
            threshold: Count::new(new.threshold),
        };
        self.write(ask, ask.cause(OBSERVE_SAFE, "/safe/observations", new)?, command, Vec::new()).await
    }

    /// Records LPT that came into the Safe, attested by the treasurer.
    ///
    /// # Errors
    /// Values that are none, or a refusal: the same transfer twice.
    pub async fn record_funding(&self, ask: Ask<'_>, new: &NewFunding) -> Result<Receipt, Error> {
        let command = RecordFunding {
            amount: new.amount.parse::<Amount>().map_err(Error::field("amount"))?,
            log_index: Count::new(new.log_index),
            receipt: None,
            sender: new.sender.as_deref().map(|sender| address("sender", sender)).transpose()?,
            source: Source::Attested,
            tx_hash: hash("tx_hash", &new.tx_hash)?,
        };
        self.write(ask, ask.cause(RECORD_FUNDING, "/funding", new)?, command, Vec::new()).await
    }
    /// Takes a recorded funding back that was wrong; only a treasurer does.
    ///
    /// # Errors
    /// A reason that is none, or a refusal: withdrawn already, or needed by batches.
    pub async fn withdraw_funding(
        &self,
        ask: Ask<'_>,
        event: Seq,
        new: &NewWithdrawal,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let cause = ask.cause(WITHDRAW_FUNDING, &format!("/funding/{event}/withdraw"), new)?;
        self.write(ask, cause, WithdrawFunding { event, reason: Some(reason.digest()) }, vec![reason]).await
    }
}
