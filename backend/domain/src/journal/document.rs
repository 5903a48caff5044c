//! Texts and files kept beside the journal, bound to it by a salted digest.

use crate::value::Digest;

/// Sixteen random bytes that hide a document's content from those who only see its digest.
pub type Salt = [u8; 16];

/// A text or file that an event names by its digest; erasing it leaves the journal valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub salt: Salt,
    /// What the content is, such as `application/json`.
    pub media_type: &'static str,
    pub content: Vec<u8>,
}

impl Document {
    /// `SHA-256(salt ‖ content)`: the name by which events bind this document.
    pub fn digest(&self) -> Digest {
        Digest::sha256(&[&self.salt, &self.content])
    }
}
