//! Chains, as wallets and tools call them.

/// A chain that Safes are used on here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The EIP-155 chain id.
    pub id: u64,
    /// What people call it.
    pub name: &'static str,
    /// What stands before the colon of an address that is bound to it (ERC-3770).
    pub short_name: &'static str,
    /// What `safe_hashes.sh` (safe-tx-hashes-util) calls it; `None` if it does not know it.
    pub hash_tool: Option<&'static str>,
}

/// Every chain known here.
pub const CHAINS: [Chain; 3] = [
    Chain { id: 1, name: "Ethereum", short_name: "eth", hash_tool: Some("ethereum") },
    Chain { id: 42161, name: "Arbitrum One", short_name: "arb1", hash_tool: Some("arbitrum") },
    Chain { id: 421_614, name: "Arbitrum Sepolia", short_name: "arb-sep", hash_tool: None },
];

/// The chain of this id; `None` for one that is not known here.
pub fn find(id: u64) -> Option<&'static Chain> {
    CHAINS.iter().find(|chain| chain.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployments::DEPLOYMENTS;

    #[test]
    fn every_chain_with_safes_is_known_by_its_names() {
        for chain in DEPLOYMENTS.iter().flat_map(|deployment| deployment.chains) {
            assert_eq!(find(*chain).map(|known| known.id), Some(*chain));
        }
        assert_eq!(find(42161).map(|chain| chain.short_name), Some("arb1"));
        assert_eq!(find(0), None);
    }
}
