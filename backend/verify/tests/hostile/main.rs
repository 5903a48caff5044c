//! Bundles made to harm whoever reads them: refused with words, and within bounded memory.
//!
//! A binary of its own, so that the memory it takes is that of these tests alone.

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
