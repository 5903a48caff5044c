//! An optional client of a Safe Transaction Service: where the owners of a Safe find what they are to sign.
//!
//! The service carries proposals and signatures between people, and decides nothing. Nothing it says is believed: of
//! every transaction the hash is computed again for our own Safe, every signature of a key is recovered, and what only
//! the chain can tell is handed on as a claim. It is asked at the URL of the settings and nowhere else, whatever it
//! answers. The API is that of the service's version 6 (its OpenAPI document, `/v2/` where there is one).

mod client;
mod confirmation;
mod fault;
mod key;
mod pending;
mod proposal;
mod request;
mod url;
mod words;

pub use client::{NewProposal, TransactionService};
pub use confirmation::{Confirmation, Doubt};
pub use fault::{Fault, NotSent, ServiceError};
pub use key::{ServiceKey, ServiceKeyError};
pub use proposal::Proposal;
pub use url::{ServiceUrl, ServiceUrlError};
