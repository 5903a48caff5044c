//! A wallet chose nonce and MultiSend itself: its transaction is taken instead, if it pays the same lines.

use domain::command::ProposeBatch;
use domain::value::{BatchNumber, Seq};
use domain::words::{Operation as Word, YesNo};
use safe::{Operation as Call, SafeTx, U256};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::files::FileError;
use verify::payment;

use super::batches::check_code;
use super::call::{Ask, Operation};
use super::treasury::{address, counted};
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

const ADOPT_TRANSACTION: Operation = Operation::post("adopt_transaction");

/// A Safe transaction as a wallet shows it, or as a Safe Transaction Service names its fields.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WalletTransaction {
    #[schema(value_type = shape::WrittenAddress)]
    pub to: String,
    /// ETH that is sent along, in wei: always 0.
    #[serde(default = "zero")]
    #[schema(value_type = shape::WrittenUint)]
    pub value: String,
    #[schema(pattern = "^0x([0-9a-fA-F]{2})*$")]
    pub data: String,
    /// 0 for a call, 1 for a delegate call.
    #[schema(maximum = 1)]
    pub operation: u8,
    #[serde(default = "zero")]
    #[schema(value_type = shape::WrittenUint)]
    pub safe_tx_gas: String,
    #[serde(default = "zero")]
    #[schema(value_type = shape::WrittenUint)]
    pub base_gas: String,
    #[serde(default = "zero")]
    #[schema(value_type = shape::WrittenUint)]
    pub gas_price: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub gas_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub refund_receiver: Option<String>,
    #[schema(maximum = 4_611_686_018_427_387_903_u64)]
    pub nonce: u64,
}

fn zero() -> String {
    "0".to_owned()
}

fn uint(field: &'static str, text: &str) -> Result<U256, Error> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| U256::from_dec_str(text).ok()).flatten();
    number.ok_or(Error::Malformed { field: field.into(), error: FieldError::Uint })
}

impl WalletTransaction {
    fn read(&self) -> Result<SafeTx, Error> {
        let optional = |field, text: &Option<String>| {
            text.as_deref().map_or(Ok(domain::value::Address::ZERO), |text| address(field, text))
        };
        let data = safe::hex::decode(&self.data);
        Ok(SafeTx {
            to: address("to", &self.to)?,
            value: uint("value", &self.value)?,
            data: data.ok_or(Error::Malformed { field: "data".into(), error: FieldError::Hex })?,
            operation: Call::from(self.operation),
            safe_tx_gas: uint("safeTxGas", &self.safe_tx_gas)?,
            base_gas: uint("baseGas", &self.base_gas)?,
            gas_price: uint("gasPrice", &self.gas_price)?,
            gas_token: optional("gasToken", &self.gas_token)?,
            refund_receiver: optional("refundReceiver", &self.refund_receiver)?,
            nonce: U256::from(counted("nonce", self.nonce)?.get()),
        })
    }
}

impl App {
    /// Proposes the transaction that a wallet made of a batch, as a batch of its own; a treasurer does.
    ///
    /// # Errors
    /// Fields that are none, a transaction that does not pay exactly these lines and nothing else, a Safe of unknown code,
    /// or a refusal: the lines are in flight on another nonce, which a rejection has to consume first.
    pub async fn adopt_transaction(
        &self,
        ask: Ask<'_>,
        batch: BatchNumber,
        new: &WalletTransaction,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(ADOPT_TRANSACTION, &format!("/batches/{batch}/adopt"), new)?;
        let program = self.program(ask.program).await?;
        let adopted = program.batch(batch).ok_or(Error::NoSuchBatch { number: batch.get() })?;
        if adopted.payouts.is_empty() {
            return Err(Error::OfRejection { number: batch.get() });
        }
        let given = new.read()?;
        let nonce = Seq::new(new.nonce);
        let made = payment::adopted(program.charter(), &adopted.payouts, nonce, given.to)
            .map_err(FileError::from)?;
        let differs = |why| Error::NotTheLines { batch, why };
        let (safe, tx) =
            made.ok_or(differs("it calls a contract that is not the token's or a known MultiSendCallOnly"))?;
        if let Some(why) = difference(&given, &tx) {
            return Err(differs(why));
        }
        check_code(&program)?;
        let hashes = tx.hashes(&safe);
        let command = ProposeBatch {
            adopts: Some(batch),
            beside: YesNo::from(program.nonce(nonce).is_some()),
            domain_hash: hashes.domain,
            // It was looked at when the lines were proposed.
            evidence_up: YesNo::Yes,
            message_hash: hashes.message,
            nonce,
            operation: if tx.operation == Call::Call { Word::Call } else { Word::DelegateCall },
            payouts: adopted.payouts.clone(),
            safe_tx_hash: hashes.safe_tx,
            to: tx.to,
        };
        self.write(ask, cause, command, Vec::new()).await
    }
}

/// In what a transaction is not the one that pays the lines.
fn difference(given: &SafeTx, tx: &SafeTx) -> Option<&'static str> {
    let gas = |tx: &SafeTx| (tx.safe_tx_gas, tx.base_gas, tx.gas_price, tx.gas_token, tx.refund_receiver);
    if given.operation != tx.operation {
        return Some(
            "its operation is another: a delegate call where a call belongs, or the other way round",
        );
    }
    if given.value != tx.value {
        return Some("it sends ETH along");
    }
    if gas(given) != gas(tx) {
        return Some("its gas fields are not all zero, so that somebody could be paid from the Safe");
    }
    (given.data != tx.data).then_some(
        "its calldata pays other lines, pays them in another order, or is not in standard encoding",
    )
}
