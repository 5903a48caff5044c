//! What calls of a Safe move, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt;

use domain::value::Address;
use ethers::types::{U256, U512};

use super::{Code, ListedTransfer, Warning};
use crate::deployments::{DEPLOYMENTS, is_multi_send_call_only};
use crate::erc20::{self, TRANSFER_BYTES, TransferError};
use crate::multisend::{self, BatchError, MULTI_SEND_SELECTOR, PayloadError};
use crate::safe_tx::Operation;
use crate::{eip55, hex};

/// A warning's text is cut to this many characters: files may hold megabytes in one field.
const DETAIL_CHARS: usize = 500;

/// Transfers and warnings, gathered call by call.
#[derive(Debug)]
pub(super) struct Findings {
    chain_id: Option<u64>,
    safe: Option<Address>,
    transfers: Vec<ListedTransfer>,
    warnings: Vec<Warning>,
    /// Per foreign token: the first transfer of it, and how many there are.
    foreign: BTreeMap<Address, (usize, usize)>,
}

/// Where a call stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// The Safe transaction itself.
    Whole,
    /// A call inside a `multiSend` payload, counted from 1.
    Inner(usize),
    /// A transaction of a builder file, counted from 1.
    Line(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => formatter.write_str("The transaction"),
            Self::Inner(number) => write!(formatter, "Inner call {number}"),
            Self::Line(number) => write!(formatter, "Transaction {number}"),
        }
    }
}

impl Findings {
    pub(super) fn new(chain_id: Option<U256>, safe: Option<Address>) -> Self {
        let chain_id = chain_id.and_then(|chain_id| u64::try_from(chain_id).ok());
        Self { chain_id, safe, transfers: Vec::new(), warnings: Vec::new(), foreign: BTreeMap::new() }
    }

    pub(super) fn warn(&mut self, code: Code, detail: &str) {
        let detail = match detail.char_indices().nth(DETAIL_CHARS) {
            Some((end, _)) => format!("{}…", detail.get(..end).unwrap_or_default()),
            None => detail.to_owned(),
        };
        self.warnings.push(Warning { code, detail });
    }

    /// The transfers in order, their sum, and every warning.
    pub(super) fn finish(mut self) -> (Vec<ListedTransfer>, U512, Vec<Warning>) {
        for (token, (first, count)) in std::mem::take(&mut self.foreign) {
            let detail = self.foreign_token(&token, first, count);
            self.warn(Code::WrongToken, &detail);
        }
        // Fewer than 2^32 amounts of 256 bits cannot overflow 512 bits; if they did, the sum would stop.
        let total = self.transfers.iter().fold(U512::zero(), |total, transfer| {
            total.checked_add(transfer.amount.into()).unwrap_or(U512::MAX)
        });
        (self.transfers, total, self.warnings)
    }

    fn foreign_token(&self, token: &Address, first: usize, count: usize) -> String {
        let which = match count {
            0 | 1 => format!("Transfer {first}"),
            more => format!("Transfer {first} and {} more", more.saturating_sub(1)),
        };
        let token = eip55::checksum(token);
        match self.chain_id {
            Some(chain_id) => {
                format!("{which} would move the token {token}, which is not LPT on chain {chain_id}.")
            }
            None => format!(
                "{which} would move the token {token}, but without a chain id it may not \
                 be LPT: state the chain."
            ),
        }
    }

    /// What a Safe transaction does.
    pub(super) fn safe_tx(&mut self, to: &Address, value: U256, data: &[u8], operation: Operation) {
        match operation {
            Operation::Call if data.starts_with(&MULTI_SEND_SELECTOR) => {
                self.warn_value(Place::Whole, to, value);
                let to = eip55::checksum(to);
                let detail = format!(
                    "The transaction calls multiSend of {to} with operation 0, so nothing would leave the \
                     Safe itself."
                );
                self.warn(Code::MalformedPayload, &detail);
            }
            Operation::Call => self.call(Place::Whole, to, value, data),
            Operation::DelegateCall => {
                self.warn_value(Place::Whole, to, value);
                self.delegate_call(to, data);
            }
            Operation::Unknown(code) => {
                let detail =
                    format!("The operation is {code}, but a Safe knows only 0 and 1: the transaction fails.");
                self.warn(Code::MalformedPayload, &detail);
            }
        }
    }

    fn delegate_call(&mut self, to: &Address, data: &[u8]) {
        let known = self.chain_id.is_some_and(|chain_id| is_multi_send_call_only(chain_id, to));
        if !known {
            let chain = self.chain_id.map_or_else(
                || "an unstated chain (state it)".to_owned(),
                |chain_id| format!("chain {chain_id}"),
            );
            let to = eip55::checksum(to);
            let detail = format!(
                "The code of {to} would run as the Safe itself (operation 1) and could take everything: it is \
                 not a known MultiSendCallOnly of {chain}."
            );
            self.warn(Code::DelegatecallTarget, &detail);
        }
        match multisend::read_calls(data) {
            Ok(calls) => self.batch(&calls, data),
            Err(fault @ (PayloadError::Selector | PayloadError::CutOff | PayloadError::Overrun { .. })) => {
                self.warn(Code::MalformedPayload, &format!("Nothing is listed: {fault}."));
            }
        }
    }

    fn batch(&mut self, calls: &[multisend::Call], data: &[u8]) {
        if calls.is_empty() {
            self.warn(Code::MalformedPayload, &format!("Nothing is listed: {}.", BatchError::Empty));
        }
        if multisend::calldata(calls) != data {
            let detail = format!("The contract would run it, but {}.", BatchError::NotCanonical);
            self.warn(Code::MalformedPayload, &detail);
        }
        let reverting = (1..).zip(calls).find(|(_, call)| call.operation != 0);
        if let Some((number, call)) = reverting {
            let fault = BatchError::Operation { call: number, found: call.operation };
            self.warn(
                Code::MalformedPayload,
                &format!("Nothing is listed, MultiSendCallOnly refuses all calls: {fault}."),
            );
            return;
        }
        for (number, call) in (1..).zip(calls) {
            let place = Place::Inner(number);
            if !call.value.is_zero() {
                let fault = BatchError::Value { call: number, wei: call.value };
                self.warn(
                    Code::MalformedPayload,
                    &format!("This is not a plain batch of transfers: {fault}."),
                );
            }
            if call.to == Address::ZERO {
                let detail =
                    format!("{place} goes to the zero address, which newer Safes take for the Safe itself.");
                self.warn(Code::MalformedPayload, &detail);
            }
            self.call(place, &call.to, call.value, &call.data);
        }
    }

    /// What one plain call from the Safe does.
    pub(super) fn call(&mut self, place: Place, to: &Address, value: U256, data: &[u8]) {
        self.warn_value(place, to, value);
        if data.is_empty() {
            // A Safe cancels a nonce by calling itself with nothing.
            if value.is_zero() && self.safe != Some(*to) {
                let detail = format!(
                    "{place} calls {} with no value and no data: it does nothing.",
                    eip55::checksum(to)
                );
                self.warn(Code::MalformedPayload, &detail);
            }
            return;
        }
        match erc20::read_transfer(data) {
            Ok(line) => {
                self.list(
                    place,
                    ListedTransfer { token: *to, recipient: line.recipient, amount: line.amount },
                );
                if data.len() != TRANSFER_BYTES {
                    let fault = TransferError::Length { found: data.len() };
                    self.warn(Code::MalformedPayload, &format!("{place} carries extra bytes: {fault}."));
                }
            }
            Err(fault @ TransferError::DirtyAddress) => {
                self.warn(Code::RecipientMalformed, &format!("{place} pays a malformed address: {fault}."));
                self.warn(Code::MalformedPayload, &format!("{place} is not listed: {fault}."));
            }
            Err(fault @ TransferError::Length { .. }) => {
                self.warn(Code::MalformedPayload, &format!("{place} is not listed: {fault}."));
            }
            Err(TransferError::Selector) => {
                let detail = self.foreign_call(place, to, data);
                self.warn(Code::MalformedPayload, &detail);
            }
        }
    }

    fn foreign_call(&self, place: Place, to: &Address, data: &[u8]) -> String {
        let what = if self.safe == Some(*to) {
            "changes the Safe itself".to_owned()
        } else if DEPLOYMENTS.iter().any(|deployment| deployment.addresses().contains(to)) {
            format!("calls the Safe contract {}", eip55::checksum(to))
        } else {
            format!("calls {}", eip55::checksum(to))
        };
        let method = hex::encode(data.get(..4).unwrap_or(data));
        format!(
            "{place} {what} with method {method}, which is no token transfer: do not sign it as a payout."
        )
    }

    fn warn_value(&mut self, place: Place, to: &Address, value: U256) {
        if !value.is_zero() {
            let detail = format!("{place} sends {value} wei of ETH to {}.", eip55::checksum(to));
            self.warn(Code::ValueMoved, &detail);
        }
    }

    fn list(&mut self, place: Place, transfer: ListedTransfer) {
        self.transfers.push(transfer);
        let number = self.transfers.len();
        let ListedTransfer { token, recipient, amount } = transfer;
        let lpt = self.chain_id.and_then(erc20::lpt);
        if lpt != Some(token) {
            let (_, count) = self.foreign.entry(token).or_insert((number, 0));
            *count = count.saturating_add(1);
        }
        let safe = self.safe;
        let mut lost = |code, whom: &str| {
            let detail = format!("{place} sends {amount} wei to {} ({whom}).", eip55::checksum(&recipient));
            self.warn(code, &detail);
        };
        if recipient == Address::ZERO {
            lost(Code::RecipientZero, "the zero address: they would be lost");
        }
        if recipient == token || lpt == Some(recipient) {
            lost(Code::RecipientToken, "the token contract: they would be lost");
        }
        if safe == Some(recipient) {
            lost(Code::RecipientSafe, "the paying Safe: nobody would be paid");
        }
    }
}
