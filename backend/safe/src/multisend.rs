//! Many calls in one Safe transaction: the payload of `MultiSendCallOnly`, and a strict reader of it.
//!
//! The contract runs payloads that no honest encoder writes (another ABI offset, dirty padding,
//! trailing words). A signer cannot review such a file, so [`decode_batch`] refuses every payload that
//! is not, byte for byte, what [`lpt_batch_calldata`] would write.

use domain::value::Address;
use ethers::types::U256;
use thiserror::Error;

use crate::erc20::{self, Transfer, TransferCall, TransferError};
use crate::word;

/// The selector of `multiSend(bytes)`.
pub const MULTI_SEND_SELECTOR: [u8; 4] = [0x8d, 0x80, 0xff, 0x0a];

/// Bytes of an inner call before its data: operation, target, value, data length.
const HEADER: usize = 85;
/// How far the last call may reach behind the payload before the contract surely runs out of gas.
const OVERRUN: usize = 0x1_0000;

/// One inner call of a `multiSend` payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// 0 calls; `MultiSendCallOnly` reverts on anything else.
    pub operation: u8,
    /// The contract or person called.
    pub to: Address,
    /// ETH sent along, in wei.
    pub value: U256,
    /// The calldata.
    pub data: Vec<u8>,
}

impl Call {
    /// The token transfer of one payout line.
    pub fn transfer(token: &Address, transfer: &TransferCall) -> Self {
        let data = erc20::transfer_calldata(&transfer.recipient, transfer.amount);
        Self { operation: 0, to: *token, value: U256::zero(), data }
    }
}

/// Why calldata is not a `multiSend` the contract could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// The first four bytes are not the selector of `multiSend(bytes)`.
    #[error(
        "the calldata is not multiSend(bytes), it does not begin with 8d80ff0a: do not sign it as a batch"
    )]
    Selector,
    /// The offset or the length of the argument points outside the calldata.
    #[error("the multiSend payload is cut off: have the batch made again")]
    CutOff,
    /// An inner call claims more data than any transaction can carry.
    #[error("inner call {call} claims data far beyond the payload's end: have the batch made again")]
    Overrun {
        /// Which inner call, counted from 1.
        call: usize,
    },
}

/// Which rule of a payout batch a payload breaks. Inner calls are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BatchError {
    /// Not a `multiSend` at all.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// There is no inner call.
    #[error("the batch holds no calls: there is nothing to sign")]
    Empty,
    /// An inner call is not a plain call.
    #[error("inner call {call} has operation {found} instead of 0: do not sign, have the batch made again")]
    Operation {
        /// Which inner call.
        call: usize,
        /// Its operation byte.
        found: u8,
    },
    /// An inner call goes to something else than the token.
    #[error("inner call {call} goes to {found} instead of the token: do not sign, have the batch made again")]
    Target {
        /// Which inner call.
        call: usize,
        /// What it calls.
        found: Address,
    },
    /// An inner call sends ETH.
    #[error("inner call {call} sends {wei} wei of ETH: do not sign, have the batch made again")]
    Value {
        /// Which inner call.
        call: usize,
        /// How much ETH, in wei.
        wei: U256,
    },
    /// An inner call is not exactly one token transfer.
    #[error("inner call {call}: {fault}")]
    Transfer {
        /// Which inner call.
        call: usize,
        /// What is wrong with its calldata.
        fault: TransferError,
    },
    /// Every call reads well, but the bytes are not those an honest encoder writes.
    #[error("the payload is not the standard encoding of its calls: do not sign, have the batch made again")]
    NotCanonical,
}

/// The packed `transactions` argument: per call 1 + 20 + 32 + 32 bytes and its data.
pub fn encode_packed(calls: &[Call]) -> Vec<u8> {
    let mut packed = Vec::new();
    for call in calls {
        packed.push(call.operation);
        packed.extend(call.to.bytes());
        packed.extend(word::of_uint(call.value));
        packed.extend(word::of_len(call.data.len()));
        packed.extend(&call.data);
    }
    packed
}

/// The calldata of `multiSend(bytes)` in standard ABI encoding.
pub fn calldata(calls: &[Call]) -> Vec<u8> {
    let tail = word::bytes_tail(&encode_packed(calls));
    [&MULTI_SEND_SELECTOR[..], &word::of_len(word::WORD), &tail].concat()
}

/// The `multiSend` calldata that pays these lines from one token, in their order.
pub fn lpt_batch_calldata(token: &Address, transfers: &[Transfer]) -> Vec<u8> {
    let calls: Vec<Call> = transfers.iter().map(|line| Call::transfer(token, &line.into())).collect();
    calldata(&calls)
}

/// Reads a payout batch strictly: plain transfers of one token and not a byte more.
///
/// # Errors
/// The first rule broken, and at which inner call.
pub fn decode_batch(token: &Address, data: &[u8]) -> Result<Vec<TransferCall>, BatchError> {
    let calls = read_calls(data)?;
    if calls.is_empty() {
        return Err(BatchError::Empty);
    }
    let transfers = (1..)
        .zip(&calls)
        .map(|(number, call)| decode_line(token, number, call))
        .collect::<Result<Vec<TransferCall>, BatchError>>()?;
    if calldata(&calls) == data { Ok(transfers) } else { Err(BatchError::NotCanonical) }
}

fn decode_line(token: &Address, number: usize, call: &Call) -> Result<TransferCall, BatchError> {
    if call.operation != 0 {
        return Err(BatchError::Operation { call: number, found: call.operation });
    }
    if call.to != *token {
        return Err(BatchError::Target { call: number, found: call.to });
    }
    if !call.value.is_zero() {
        return Err(BatchError::Value { call: number, wei: call.value });
    }
    erc20::decode_transfer(&call.data).map_err(|fault| BatchError::Transfer { call: number, fault })
}

/// Reads the calls as the contract does: any offset, no look at padding, zeros behind the end.
///
/// # Errors
/// What would make the contract revert before its first call, or run out of gas.
pub(crate) fn read_calls(data: &[u8]) -> Result<Vec<Call>, PayloadError> {
    let arguments = data.strip_prefix(&MULTI_SEND_SELECTOR).ok_or(PayloadError::Selector)?;
    let packed = word::bytes_argument(arguments, 0).ok_or(PayloadError::CutOff)?;
    // Behind the payload lies fresh memory, which is zero.
    let mut memory = packed.to_vec();
    memory.resize(packed.len().saturating_add(HEADER).saturating_add(OVERRUN), 0);
    let mut calls = Vec::new();
    let mut start = 0;
    while start < packed.len() {
        let overrun = PayloadError::Overrun { call: calls.len().saturating_add(1) };
        let (call, next) = read_call(&memory, start).ok_or(overrun)?;
        calls.push(call);
        start = next;
    }
    Ok(calls)
}

fn read_call(memory: &[u8], start: usize) -> Option<(Call, usize)> {
    let operation = *memory.get(start)?;
    let to = word::address_at(memory, start.checked_add(1)?)?;
    let value = word::to_uint(&word::at(memory, start.checked_add(21)?)?);
    let len = word::to_len(&word::at(memory, start.checked_add(53)?)?)?;
    let from = start.checked_add(HEADER)?;
    let next = from.checked_add(len)?;
    let data = memory.get(from..next)?.to_vec();
    Some((Call { operation, to, value, data }, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erc20::LPT_ARBITRUM;

    fn two() -> Vec<Call> {
        [1_u8, 2]
            .map(|n| {
                let line = TransferCall { recipient: Address::from_bytes([n; 20]), amount: U256::from(n) };
                Call::transfer(&LPT_ARBITRUM, &line)
            })
            .to_vec()
    }

    fn refusal(change: impl FnOnce(&mut Vec<Call>)) -> BatchError {
        let mut calls = two();
        change(&mut calls);
        decode_batch(&LPT_ARBITRUM, &calldata(&calls)).unwrap_err()
    }

    #[test]
    fn each_rule_names_its_inner_call() {
        assert_eq!(decode_batch(&LPT_ARBITRUM, &calldata(&two())).map(|lines| lines.len()), Ok(2));
        assert_eq!(refusal(Vec::clear), BatchError::Empty);
        assert_eq!(refusal(|calls| calls[1].operation = 1), BatchError::Operation { call: 2, found: 1 });
        let wei = U256::from(7);
        assert_eq!(refusal(|calls| calls[0].value = wei), BatchError::Value { call: 1, wei });
        let found = Address::from_bytes([9; 20]);
        assert_eq!(refusal(|calls| calls[1].to = found), BatchError::Target { call: 2, found });
        let fault = TransferError::Length { found: 69 };
        assert_eq!(refusal(|calls| calls[1].data.push(0)), BatchError::Transfer { call: 2, fault });
        let fault = TransferError::DirtyAddress;
        assert_eq!(refusal(|calls| calls[0].data[4] = 1), BatchError::Transfer { call: 1, fault });
        let fault = TransferError::Selector;
        assert_eq!(refusal(|calls| calls[0].data[0] = 1), BatchError::Transfer { call: 1, fault });
    }

    #[test]
    fn bytes_beyond_the_standard_encoding_are_refused() {
        let mut trailing = calldata(&two());
        trailing.push(0);
        assert_eq!(decode_batch(&LPT_ARBITRUM, &trailing), Err(BatchError::NotCanonical));
        assert_eq!(read_calls(&trailing), Ok(two()));
        let cut = &trailing[..100];
        assert_eq!(decode_batch(&LPT_ARBITRUM, cut), Err(PayloadError::CutOff.into()));
        assert_eq!(decode_batch(&LPT_ARBITRUM, &[]), Err(PayloadError::Selector.into()));
    }

    #[test]
    fn a_huge_inner_length_is_an_error_not_an_allocation() {
        let mut data = calldata(&two());
        // The length word of the first inner call: selector, offset, length, 53 bytes of header.
        data[4 + 64 + 53..4 + 64 + 53 + 32].fill(0xff);
        assert_eq!(read_calls(&data), Err(PayloadError::Overrun { call: 1 }));
    }
}
