//! The Merkle tree over event bytes, exactly as RFC 6962 §2.1 (RFC 9162 §2.1).

use serde::{Deserialize, Serialize};

use crate::value::{Digest, Seq};

const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];

/// The hash of one leaf: `SHA-256(0x00 ‖ bytes)`.
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest::sha256(&[LEAF, bytes])
}

fn node_hash(left: Digest, right: Digest) -> Digest {
    Digest::sha256(&[NODE, left.bytes(), right.bytes()])
}

/// The right edge of a growing tree: all that is needed to append leaves and to know the root.
///
/// One digest for each complete subtree, the largest first: the binary digits of the size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Digest>,
}

impl Frontier {
    /// How many leaves the tree has.
    pub fn size(&self) -> Seq {
        Seq::new(self.size)
    }

    /// Appends a leaf by its [`leaf_hash`].
    pub fn append(&mut self, leaf: Digest) {
        let mut subtree = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                subtree = node_hash(left, subtree);
            }
        }
        self.subtrees.push(subtree);
        self.size = self.size.saturating_add(1);
    }

    /// The root: the hash of nothing for an empty tree.
    pub fn root(&self) -> Digest {
        let mut subtrees = self.subtrees.iter().rev().copied();
        match subtrees.next() {
            None => Digest::sha256(&[]),
            Some(last) => subtrees.fold(last, |right, left| node_hash(left, right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sha2::Sha256;

    proptest! {
        /// The published implementation agrees at every size.
        #[test]
        fn the_root_is_that_of_rfc_6962(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..130)) {
            let mut ours = Frontier::default();
            let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            for leaf in leaves {
                ours.append(leaf_hash(&leaf));
                theirs.push(leaf);
                let (root, published) = (ours.root(), theirs.root());
                prop_assert_eq!(root.bytes().as_slice(), published.as_bytes().as_slice());
            }
        }
    }

    #[test]
    fn the_empty_tree_hashes_nothing() {
        assert_eq!(
            Frontier::default().root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
