//! The Merkle tree of RFC 6962 §2.1 over leaf hashes.

use super::value::digest;

type Hash = [u8; 32];

/// Leaves, and every complete subtree above them: what the recursion would compute again and again.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// `levels[h][i]` is the root of leaves `i·2ʰ` up to `(i+1)·2ʰ`.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub fn leaf(bytes: &[u8]) -> Hash {
        digest(&[&[0], bytes])
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut subtree = leaf;
        for height in 0.. {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let level = &mut self.levels[height];
            level.push(subtree);
            if level.len() % 2 == 1 {
                return;
            }
            subtree = node(&level[level.len() - 2], &subtree);
        }
    }

    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The root over all leaves so far; of none, the hash of nothing.
    pub fn root(&self) -> Hash {
        if self.size() == 0 { digest(&[]) } else { self.span(0, self.size()) }
    }

    /// The root of `count` leaves from `start`, which is a multiple of the power of two not below `count`.
    fn span(&self, start: usize, count: usize) -> Hash {
        if count.is_power_of_two() {
            let height = count.trailing_zeros();
            return self.levels[usize::try_from(height).expect("a small number")][start >> height];
        }
        let split = count.next_power_of_two() / 2;
        node(&self.span(start, split), &self.span(start + split, count - split))
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    digest(&[&[1], left, right])
}
