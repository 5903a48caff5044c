//! Contracts that nobody would publish, in a few bytes of EVM code each: to be put somewhere by
//! [`super::Devchain::set_code`].

/// Does nothing and answers nothing, whatever it is asked: a contract that is no Safe and no token.
pub const NOTHING: [u8; 1] = [0x00]; // STOP

/// Writes one log with so many topics (0 to 4): what it is called with is the topics' words, then the log's data.
///
/// So anybody's contract can look like a token that paid, or like a Safe that ran something.
pub fn log_writer(topics: u8) -> Vec<u8> {
    let topics = topics.min(4);
    let words = topics.saturating_mul(32);
    // PUSH1 words, CALLDATASIZE, SUB: how long the data is.
    let length = [0x60, words, 0x36, 0x03];
    // PUSH1 words, PUSH1 0, CALLDATACOPY: the data to memory.
    let copy = [0x60, words, 0x60, 0x00, 0x37];
    // PUSH1 place, CALLDATALOAD: a topic, the last one first.
    let load = (0..topics).rev().flat_map(|topic| [0x60, topic.saturating_mul(32), 0x35]);
    // The length again, PUSH1 0, LOGn, STOP.
    let write = [0x60, 0x00, 0xa0_u8.saturating_add(topics), 0x00];
    length.into_iter().chain(copy).chain(load).chain(length).chain(write).collect()
}
