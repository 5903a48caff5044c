//! What a Safe and its token are asked by `eth_call`, and how their answers are read.
//!
//! An answer counts only if it is, byte for byte, how Solidity encodes what was read from it. Nothing in an answer
//! can make this panic, or keep more than the limits below.

use std::collections::BTreeSet;

use domain::value::{Address, Amount};
use thiserror::Error;

use crate::constant::constant;
use crate::word::{self, WORD};

/// The most owners that are read.
pub const MAX_OWNERS: usize = 1000;
/// The most modules that are read, page by page.
pub const MAX_MODULES: usize = 1000;
/// Modules asked for at once.
const PAGE: usize = 50;
/// The longest version that is read.
const MAX_VERSION: usize = 64;

/// The slot of a Safe's storage that holds the address of its code, the singleton.
pub const SINGLETON_SLOT: [u8; 32] = [0; 32];
/// The slot that holds the address of its guard: keccak256 of `guard_manager.guard.address`.
pub const GUARD_SLOT: [u8; 32] = [
    0x4a, 0x20, 0x4f, 0x62, 0x0c, 0x8c, 0x5c, 0xcd, 0xca, 0x3f, 0xd5, 0x4d, 0x00, 0x3b, 0xad, 0xd8, 0x5b,
    0xa5, 0x00, 0x43, 0x6a, 0x43, 0x1f, 0x0c, 0xbd, 0xa4, 0xf5, 0x58, 0xc9, 0x3c, 0x34, 0xc8,
];

/// Where the lists of owners and modules begin and end: no owner, no module.
const SENTINEL: Address = constant("0x0000000000000000000000000000000000000001");

/// Why an answer cannot be that of the contract that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Nothing came back: there is no code.
    #[error("{call} answers nothing: is there a contract at this address, on this chain?")]
    Empty {
        /// The function that was called.
        call: &'static str,
    },
    /// The bytes are not those of such a value.
    #[error("{call} does not answer what a Safe or a token answers: is this the right address?")]
    Form {
        /// The function that was called.
        call: &'static str,
    },
    /// A slot of storage does not hold an address.
    #[error("the storage of this contract is not that of a Safe: is this the right address?")]
    Slot,
}

/// A call without effect, and how its answer is read.
#[derive(Clone, Debug)]
pub struct Question<T> {
    call: &'static str,
    data: Vec<u8>,
    read: fn(&[u8]) -> Option<T>,
}

/// Some of a Safe's modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModulesPage {
    /// In the order of the Safe's list, newest first.
    pub modules: Vec<Address>,
    /// What to ask with for more.
    pub after: Option<Address>,
}

impl<T> Question<T> {
    /// The calldata.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The value that was answered.
    ///
    /// # Errors
    /// An answer that is not, byte for byte, how such a value is encoded.
    pub fn read(&self, answer: &[u8]) -> Result<T, AnswerError> {
        let call = self.call;
        if answer.is_empty() {
            return Err(AnswerError::Empty { call });
        }
        (self.read)(answer).ok_or(AnswerError::Form { call })
    }
}

/// `VERSION()` of a Safe: printable ASCII.
pub fn version() -> Question<String> {
    Question { call: "VERSION()", data: vec![0xff, 0xa1, 0xad, 0x74], read: read_version }
}

/// `getOwners()` of a Safe: each once, at least one.
pub fn owners() -> Question<Vec<Address>> {
    Question { call: "getOwners()", data: vec![0xa0, 0xe6, 0x7e, 0x2b], read: read_owners }
}

/// `getThreshold()` of a Safe: how many owners must sign, at least one.
pub fn threshold() -> Question<u32> {
    let read = |answer: &[u8]| u32::try_from(read_number(answer)?).ok().filter(|threshold| *threshold > 0);
    Question { call: "getThreshold()", data: vec![0xe7, 0x52, 0x35, 0xb8], read }
}

/// `nonce()` of a Safe: that of the next transaction.
pub fn nonce() -> Question<u64> {
    let read = |answer: &[u8]| u64::try_from(read_number(answer)?).ok();
    Question { call: "nonce()", data: vec![0xaf, 0xfe, 0xd0, 0xe0], read }
}

/// `getModulesPaginated(address,uint256)` of a Safe, from the beginning or after a module.
///
/// The answer's own word for where to go on is not used: Safe 1.3.0 names a module that was not listed yet, and
/// would leave it out, when asked to go on there.
pub fn modules(after: Option<&Address>) -> Question<ModulesPage> {
    let after = word::of_address(after.unwrap_or(&SENTINEL));
    let data = [&[0xcc, 0x2f, 0x84, 0x52][..], &after, &word::of_len(PAGE)].concat();
    Question { call: "getModulesPaginated(address,uint256)", data, read: read_modules }
}

/// `balanceOf(address)` of a token, in wei.
pub fn balance(account: &Address) -> Question<Amount> {
    let data = [&[0x70, 0xa0, 0x82, 0x31][..], &word::of_address(account)].concat();
    let read = |answer: &[u8]| read_number(answer).map(Amount::from_wei);
    Question { call: "balanceOf(address)", data, read }
}

/// The address that a slot of storage holds; `None` where it was never set.
///
/// # Errors
/// A word that is no address.
pub fn address_in(slot: &[u8; 32]) -> Result<Option<Address>, AnswerError> {
    let (address, clean) = word::to_address(slot);
    if clean { Ok((address != Address::ZERO).then_some(address)) } else { Err(AnswerError::Slot) }
}

/// One number of up to 128 bits.
fn read_number(answer: &[u8]) -> Option<u128> {
    let word: &[u8; WORD] = answer.try_into().ok()?;
    u128::try_from(word::to_uint(word)).ok()
}

fn read_version(answer: &[u8]) -> Option<String> {
    let bytes = word::bytes_argument(answer, 0).filter(|bytes| (1..=MAX_VERSION).contains(&bytes.len()))?;
    let text = std::str::from_utf8(bytes).ok().filter(|_| bytes.iter().all(u8::is_ascii_graphic))?;
    let encoded = [&word::of_len(WORD)[..], &word::bytes_tail(bytes)].concat();
    (encoded == answer).then(|| text.to_owned())
}

fn read_owners(answer: &[u8]) -> Option<Vec<Address>> {
    let (head, list) = answer.split_at_checked(WORD)?;
    let owners = read_list(list, MAX_OWNERS)?;
    (head == word::of_len(WORD) && !owners.is_empty()).then_some(owners)
}

fn read_modules(answer: &[u8]) -> Option<ModulesPage> {
    let (head, rest) = answer.split_at_checked(WORD)?;
    let (next, list) = rest.split_at_checked(WORD)?;
    let (next, clean) = word::to_address(next.try_into().ok()?);
    let modules = read_list(list, PAGE)?;
    // A Safe that was never set up has no list, and so no end of one.
    let more = next != SENTINEL && next != Address::ZERO;
    let after = if more { Some(*modules.last()?) } else { None };
    (clean && head == word::of_len(2 * WORD)).then_some(ModulesPage { modules, after })
}

/// A list of different addresses, none of them nobody's: its length, its words, and nothing after them.
fn read_list(list: &[u8], limit: usize) -> Option<Vec<Address>> {
    let (len, rest) = list.split_at_checked(WORD)?;
    let (words, odd) = rest.as_chunks::<WORD>();
    if word::to_len(len.try_into().ok()?)? != words.len() || !odd.is_empty() || words.len() > limit {
        return None;
    }
    let named = |word| match word::to_address(word) {
        (address, true) if ![Address::ZERO, SENTINEL].contains(&address) => Some(address),
        _ => None,
    };
    let addresses: Vec<Address> = words.iter().map(named).collect::<Option<_>>()?;
    let different: BTreeSet<&Address> = addresses.iter().collect();
    (different.len() == addresses.len()).then_some(addresses)
}
