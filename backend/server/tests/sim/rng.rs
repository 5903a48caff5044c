//! Numbers of chance that are the same on every machine (`SplitMix64`).

/// A sequence that follows from its seed.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn small(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(u64::from(end))).unwrap()
    }

    /// A place in a list of so many, which is not empty.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).unwrap())).unwrap()
    }

    /// Whether something of this likelihood happens.
    pub fn percent(&mut self, likelihood: u64) -> bool {
        self.below(100) < likelihood
    }

    /// One of some, unless there are none.
    pub fn pick<'a, T>(&mut self, some: &'a [T]) -> Option<&'a T> {
        if some.is_empty() { None } else { some.get(self.place(some.len())) }
    }

    /// One of a few that are written down.
    pub fn of<T: Copy, const N: usize>(&mut self, few: [T; N]) -> T {
        few[self.place(N)]
    }

    /// One of some, each as likely as its weight.
    pub fn weighed<T: Copy>(&mut self, choices: &[(u64, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        unreachable!("the weights add up")
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_le_bytes()[0])
    }
}
