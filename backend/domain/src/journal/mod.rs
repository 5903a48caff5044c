//! The journal: event bytes, their tree, and the documents kept beside them.

mod document;
mod tree;

pub use document::{Document, Salt};
pub use tree::{Frontier, leaf_hash};
