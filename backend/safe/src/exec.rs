//! The calldata of `execTransaction`, which anyone may send once enough owners have signed.

use domain::value::Address;
use ethers::types::U256;
use thiserror::Error;

use crate::safe_tx::{Operation, SafeTx};
use crate::word::{self, WORD};

/// The selector of `execTransaction` and its ten arguments.
pub const EXEC_TRANSACTION_SELECTOR: [u8; 4] = [0x6a, 0x76, 0x12, 0x02];

/// The arguments of `execTransaction`: a Safe transaction without its nonce, and the signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecTransaction {
    /// What is called.
    pub to: Address,
    /// ETH sent along, in wei.
    pub value: U256,
    /// The calldata.
    pub data: Vec<u8>,
    /// Call or delegate call.
    pub operation: Operation,
    /// Gas for the inner call.
    pub safe_tx_gas: U256,
    /// Gas refunded on top.
    pub base_gas: U256,
    /// Price of the refund.
    pub gas_price: U256,
    /// Token of the refund.
    pub gas_token: Address,
    /// Who gets the refund.
    pub refund_receiver: Address,
    /// Signatures of 65 bytes each, in ascending order of their owners.
    pub signatures: Vec<u8>,
}

/// Why calldata is not an `execTransaction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExecError {
    /// The first four bytes are not the selector.
    #[error(
        "this is not execTransaction calldata (it does not begin with 6a761202): copy the transaction's input"
    )]
    Selector,
    /// An argument points outside the calldata.
    #[error("the execTransaction calldata is cut off: copy the transaction's whole input")]
    CutOff,
    /// The operation does not fit its type.
    #[error("the operation of the execTransaction calldata is above 255: the Safe refuses it")]
    Operation,
    /// The arguments read well, but the bytes are not those an honest encoder writes.
    #[error("the execTransaction calldata is not in standard encoding: have it assembled again")]
    NotCanonical,
}

impl SafeTx {
    /// The `execTransaction` calldata of this transaction; the nonce is not part of it.
    pub fn exec_calldata(&self, signatures: &[u8]) -> Vec<u8> {
        const HEAD: usize = 10 * WORD;
        let data = word::bytes_tail(&self.data);
        [
            &EXEC_TRANSACTION_SELECTOR[..],
            &word::of_address(&self.to),
            &word::of_uint(self.value),
            &word::of_len(HEAD),
            &word::of_uint(self.operation.code().into()),
            &word::of_uint(self.safe_tx_gas),
            &word::of_uint(self.base_gas),
            &word::of_uint(self.gas_price),
            &word::of_address(&self.gas_token),
            &word::of_address(&self.refund_receiver),
            &word::of_len(data.len().saturating_add(HEAD)),
            &data,
            &word::bytes_tail(signatures),
        ]
        .concat()
    }
}

impl ExecTransaction {
    /// The Safe transaction these arguments run, if the Safe's nonce is this one.
    pub fn with_nonce(&self, nonce: U256) -> SafeTx {
        SafeTx {
            to: self.to,
            value: self.value,
            data: self.data.clone(),
            operation: self.operation,
            safe_tx_gas: self.safe_tx_gas,
            base_gas: self.base_gas,
            gas_price: self.gas_price,
            gas_token: self.gas_token,
            refund_receiver: self.refund_receiver,
            nonce,
        }
    }

    /// Reads `execTransaction` calldata strictly: exactly what [`SafeTx::exec_calldata`] writes.
    ///
    /// # Errors
    /// Other or cut-off calldata, and every encoding but the standard one.
    pub fn decode(calldata: &[u8]) -> Result<Self, ExecError> {
        let exec = Self::read(calldata)?;
        if exec.is_encoded_as(calldata) { Ok(exec) } else { Err(ExecError::NotCanonical) }
    }

    /// Whether the standard encoding of these arguments is exactly this calldata.
    pub(crate) fn is_encoded_as(&self, calldata: &[u8]) -> bool {
        self.with_nonce(U256::zero()).exec_calldata(&self.signatures) == calldata
    }

    /// Reads the arguments as the contract does, whatever the padding.
    pub(crate) fn read(calldata: &[u8]) -> Result<Self, ExecError> {
        let arguments = calldata.strip_prefix(&EXEC_TRANSACTION_SELECTOR).ok_or(ExecError::Selector)?;
        let field = |index: usize| {
            index.checked_mul(WORD).and_then(|offset| word::at(arguments, offset)).ok_or(ExecError::CutOff)
        };
        let uint = |index| field(index).map(|word| word::to_uint(&word));
        let address = |index| field(index).map(|word| word::to_address(&word).0);
        let bytes = |index: usize| {
            let tail = index.checked_mul(WORD).and_then(|head| word::bytes_argument(arguments, head));
            tail.map(<[u8]>::to_vec).ok_or(ExecError::CutOff)
        };
        let operation = u64::try_from(uint(3)?).ok().and_then(|code| u8::try_from(code).ok());
        Ok(Self {
            to: address(0)?,
            value: uint(1)?,
            data: bytes(2)?,
            operation: operation.ok_or(ExecError::Operation)?.into(),
            safe_tx_gas: uint(4)?,
            base_gas: uint(5)?,
            gas_price: uint(6)?,
            gas_token: address(7)?,
            refund_receiver: address(8)?,
            signatures: bytes(9)?,
        })
    }
}
