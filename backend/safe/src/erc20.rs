//! The one token call this project makes: `transfer(address,uint256)` (ERC-20).

use domain::value::{Address, Amount};
use ethers::types::U256;
use thiserror::Error;

use crate::constant::constant;
use crate::word;

/// The selector of `transfer(address,uint256)`.
pub const TRANSFER_SELECTOR: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
/// The length of `transfer` calldata: selector, address word, amount word.
pub const TRANSFER_BYTES: usize = 68;

/// LPT on Ethereum (chain 1), from livepeer/docs and the arbitrum-lpt-bridge deployments.
pub const LPT_ETHEREUM: Address = constant("0x58b6A8A3302369DAEc383334672404Ee733aB239");
/// LPT on Arbitrum One (chain 42161), from the arbitrum-lpt-bridge deployments.
///
/// The same address on Ethereum is another contract: an address means something only with its chain id.
pub const LPT_ARBITRUM: Address = constant("0x289ba1701C2F088cf0faf8B3705246331cB8A839");

/// The LPT token of a chain; `None` where none is known.
pub fn lpt(chain_id: u64) -> Option<Address> {
    match chain_id {
        1 => Some(LPT_ETHEREUM),
        42161 => Some(LPT_ARBITRUM),
        _ => None,
    }
}

/// One payout line: who gets how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who is paid.
    pub recipient: Address,
    /// How much, in wei of the token.
    pub amount: Amount,
}

/// A `transfer` call read from calldata, with an amount as large as the contract allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferCall {
    /// Who is paid.
    pub recipient: Address,
    /// How much, in wei of the token.
    pub amount: U256,
}

impl From<&Transfer> for TransferCall {
    fn from(transfer: &Transfer) -> Self {
        Self { recipient: transfer.recipient, amount: U256::from(transfer.amount.wei()) }
    }
}

/// Why calldata is not exactly one `transfer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TransferError {
    /// The first four bytes are not the selector of `transfer`.
    #[error(
        "the calldata is not a token transfer (it does not begin with a9059cbb): do not sign it as a payout"
    )]
    Selector,
    /// There are fewer or more than 68 bytes.
    #[error("transfer calldata is 68 bytes, this has {found}: have the batch made again")]
    Length {
        /// How many bytes there are.
        found: usize,
    },
    /// The 12 bytes before the recipient are not zero.
    #[error("the recipient's word has bytes before the address: have the batch made again")]
    DirtyAddress,
}

/// The 68 bytes that make the token move `amount` wei to `recipient`.
pub fn transfer_calldata(recipient: &Address, amount: U256) -> Vec<u8> {
    [&TRANSFER_SELECTOR[..], &word::of_address(recipient), &word::of_uint(amount)].concat()
}

/// Reads `transfer` calldata, refusing everything that [`transfer_calldata`] would not write.
///
/// # Errors
/// Another selector, another length than 68 bytes, or an address word with high bytes.
pub fn decode_transfer(data: &[u8]) -> Result<TransferCall, TransferError> {
    let call = read_transfer(data)?;
    if data.len() == TRANSFER_BYTES { Ok(call) } else { Err(TransferError::Length { found: data.len() }) }
}

/// Reads `transfer` calldata as the token does, which ignores bytes after the 68th.
pub(crate) fn read_transfer(data: &[u8]) -> Result<TransferCall, TransferError> {
    let arguments = data.strip_prefix(&TRANSFER_SELECTOR).ok_or(TransferError::Selector)?;
    let short = TransferError::Length { found: data.len() };
    let (recipient, clean) = word::to_address(&word::at(arguments, 0).ok_or(short)?);
    let amount = word::to_uint(&word::at(arguments, word::WORD).ok_or(short)?);
    if clean { Ok(TransferCall { recipient, amount }) } else { Err(TransferError::DirtyAddress) }
}
