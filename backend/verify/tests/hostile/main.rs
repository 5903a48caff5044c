//! Bundles made to harm whoever reads them: refused with words, and within bounded memory.
//!
//! A binary of its own: one test runs it again, to measure what memory it takes.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod make;
#[cfg(test)]
mod memory;
#[cfg(test)]
#[path = "../it/common/python.rs"]
mod python;
#[cfg(test)]
mod second_verifier;
