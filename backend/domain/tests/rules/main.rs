//! The rules from outside: tables of what is refused, the rules of money and votes, random journals, and
//! the pages of documentation that the code is held to.
//!
//! One binary, because all of it stands on one fixture ([`common`]).

#[cfg(test)]
mod common;

#[cfg(test)]
mod alternates;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod defaults;
#[cfg(test)]
mod disputes;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod funding;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod nonces;
#[cfg(test)]
mod people;
#[cfg(test)]
mod persons;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod previews;
#[cfg(test)]
mod random;
mod reading;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod stakes;
#[cfg(test)]
mod suspense;
#[cfg(test)]
mod votes;
#[cfg(test)]
mod waiting;
