//! Bundles in memory: untouched, tampered with in every byte, and forged as a whole.

#[cfg(test)]
mod common;

#[cfg(test)]
mod agreed;
#[cfg(test)]
mod beyond;
#[cfg(test)]
mod example;
#[cfg(test)]
mod page;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod rewritten;
#[cfg(test)]
mod second_verifier;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod tampered;
#[cfg(test)]
mod treasury;
#[cfg(test)]
mod untouched;
