//! Every vector, and what holds for any input.

#[cfg(test)]
mod common;
#[cfg(test)]
mod encoding;
#[cfg(test)]
mod hashes;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod inspect_any;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod statement;
#[cfg(test)]
mod tx_builder;
