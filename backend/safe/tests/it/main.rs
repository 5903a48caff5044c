//! Every vector, and what holds for any input.

#[cfg(test)]
mod chain;
#[cfg(test)]
mod common;
#[cfg(test)]
mod contract_owners;
#[cfg(test)]
mod encoding;
#[cfg(test)]
mod hashes;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod inspect_any;
#[cfg(test)]
mod predict;
mod reads;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod receipts_any;
#[cfg(test)]
mod signatures;
mod siwe;
#[cfg(test)]
mod statement;
#[cfg(test)]
mod tx_builder;
