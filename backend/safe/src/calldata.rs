//! Calls of contracts by a function's signature: what reads a Safe or a token, and what sets up a local node.
//!
//! Payouts do not come from here: [`crate::payout`] writes those and reads them back.

use domain::value::{Address, Digest};
use ethers::types::U256;

use crate::word::{self, WORD};

/// An argument of a contract's function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// `address`
    Address(Address),
    /// `uint256`, or a shorter one that this value fits
    Uint(U256),
    /// `bytes32`
    Word(Digest),
    /// `bytes`, or a `string` in UTF-8
    Bytes(&'a [u8]),
    /// `address[]`
    Addresses(&'a [Address]),
}

impl Argument<'_> {
    /// The word itself; `None` for one whose length is not fixed.
    fn word(&self) -> Option<[u8; WORD]> {
        match self {
            Self::Address(address) => Some(word::of_address(address)),
            Self::Uint(value) => Some(word::of_uint(*value)),
            Self::Word(digest) => Some(*digest.bytes()),
            Self::Bytes(_) | Self::Addresses(_) => None,
        }
    }

    /// What stands behind the words, for one whose length is not fixed.
    fn tail(&self) -> Vec<u8> {
        match self {
            Self::Address(_) | Self::Uint(_) | Self::Word(_) => Vec::new(),
            Self::Bytes(bytes) => word::bytes_tail(bytes),
            Self::Addresses(addresses) => {
                let words = addresses.iter().map(word::of_address);
                std::iter::once(word::of_len(addresses.len())).chain(words).flatten().collect()
            }
        }
    }
}

/// Keccak-256: of a contract's code its hash, of an event's signature its topic.
pub fn keccak(bytes: &[u8]) -> Digest {
    word::keccak(&[bytes])
}

/// A call such as `transfer(address,uint256)`; the arguments' types are the caller's to get right.
pub fn calldata(signature: &str, arguments: &[Argument<'_>]) -> Vec<u8> {
    let selector = keccak(signature.as_bytes());
    let (selector, _) = selector.bytes().split_at(4);
    [selector, &encode(arguments)].concat()
}

/// Arguments in standard encoding without a selector, as a constructor takes them behind its code.
pub fn encode(arguments: &[Argument<'_>]) -> Vec<u8> {
    let mut offset = arguments.len().saturating_mul(WORD);
    let (mut head, mut tails) = (Vec::new(), Vec::new());
    for argument in arguments {
        let tail = argument.tail();
        head.extend(argument.word().unwrap_or_else(|| word::of_len(offset)));
        offset = offset.saturating_add(tail.len());
        tails.extend(tail);
    }
    [head, tails].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{erc20, hex, multisend};
    use ethers::abi::{Token, encode as abi};

    #[test]
    fn calls_are_those_that_the_writers_of_payouts_write() {
        let recipient = Address::from_bytes([7; 20]);
        let transfer = [Argument::Address(recipient), Argument::Uint(U256::from(9))];
        let expected = erc20::transfer_calldata(&recipient, U256::from(9));
        assert_eq!(calldata("transfer(address,uint256)", &transfer), expected);

        let calls = [multisend::Call { operation: 0, to: recipient, value: U256::one(), data: vec![1, 2] }];
        let packed = multisend::encode_packed(&calls);
        let expected = multisend::calldata(&calls);
        assert_eq!(calldata("multiSend(bytes)", &[Argument::Bytes(&packed)]), expected);
        assert_eq!(hex::encode(&calldata("getOwners()", &[])), "0xa0e67e2b");
    }

    #[test]
    fn arguments_of_any_length_are_encoded_as_the_library_does() {
        let [first, second] = [[1; 20], [2; 20]].map(Address::from_bytes);
        let token = |address: Address| Token::Address((*address.bytes()).into());
        for len in [0, 1, 31, 32, 33, 64] {
            let bytes = vec![9; len];
            let ours = encode(&[
                Argument::Addresses(&[first, second]),
                Argument::Uint(U256::MAX),
                Argument::Bytes(&bytes),
                Argument::Word(Digest::from_bytes([3; 32])),
                Argument::Addresses(&[]),
                Argument::Address(second),
            ]);
            let theirs = abi(&[
                Token::Array(vec![token(first), token(second)]),
                Token::Uint(U256::MAX),
                Token::Bytes(bytes),
                Token::FixedBytes(vec![3; 32]),
                Token::Array(Vec::new()),
                token(second),
            ]);
            assert_eq!(ours, theirs, "{len}");
        }
    }
}
