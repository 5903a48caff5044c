//! Where the Safe contracts live, per version and chain.
//!
//! The table is safe-deployments 1.37.63. It holds for Ethereum (1) and Arbitrum One (42161); on
//! Arbitrum Sepolia (421614) only 1.3.0 canonical and 1.4.1 are listed.

use domain::value::Address;

use crate::constant::constant;
use crate::erc20::{LPT_ARBITRUM, LPT_ETHEREUM};
use crate::version::SafeVersion;

/// A set of Safe contracts deployed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The contracts' version.
    pub version: SafeVersion,
    /// The chains where safe-deployments lists this set.
    pub chains: &'static [u64],
    /// `Safe` (called `GnosisSafe` in 1.3.0): a possible singleton.
    pub safe: Address,
    /// `SafeL2`, which also emits events for each call: a possible singleton.
    pub safe_l2: Address,
    /// `SafeProxyFactory`, which creates Safes.
    pub proxy_factory: Address,
    /// `MultiSend`, which also lets inner calls be delegate calls: never used here.
    pub multi_send: Address,
    /// `MultiSendCallOnly`, the only delegate-call target of a payout batch.
    pub multi_send_call_only: Address,
    /// `CompatibilityFallbackHandler`.
    pub fallback_handler: Address,
    /// `SignMessageLib`.
    pub sign_message_lib: Address,
}

impl Deployment {
    /// All seven addresses.
    pub fn addresses(&self) -> [Address; 7] {
        [
            self.safe,
            self.safe_l2,
            self.proxy_factory,
            self.multi_send,
            self.multi_send_call_only,
            self.fallback_handler,
            self.sign_message_lib,
        ]
    }
}

const WITH_SEPOLIA: &[u64] = &[1, 42161, 421_614];
const WITHOUT_SEPOLIA: &[u64] = &[1, 42161];

/// Every deployment known here; the canonical one of a version comes first.
pub const DEPLOYMENTS: [Deployment; 4] = [
    // 1.3.0 canonical
    Deployment {
        version: SafeVersion::V1_3_0,
        chains: WITH_SEPOLIA,
        safe: constant("0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552"),
        safe_l2: constant("0x3E5c63644E683549055b9Be8653de26E0B4CD36E"),
        proxy_factory: constant("0xa6B71E26C5e0845f74c812102Ca7114b6a896AB2"),
        multi_send: constant("0xA238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761"),
        multi_send_call_only: constant("0x40A2aCCbd92BCA938b02010E17A5b8929b49130D"),
        fallback_handler: constant("0xf48f2B2d2a534e402487b3ee7C18c33Aec0Fe5e4"),
        sign_message_lib: constant("0xA65387F16B013cf2Af4605Ad8aA5ec25a2cbA3a2"),
    },
    // 1.3.0 eip155: for chains that refuse transactions without replay protection
    Deployment {
        version: SafeVersion::V1_3_0,
        chains: WITHOUT_SEPOLIA,
        safe: constant("0x69f4D1788e39c87893C980c06EdF4b7f686e2938"),
        safe_l2: constant("0xfb1bffC9d739B8D520DaF37dF666da4C687191EA"),
        proxy_factory: constant("0xC22834581EbC8527d974F8a1c97E1bEA4EF910BC"),
        multi_send: constant("0x998739BFdAAdde7C933B942a68053933098f9EDa"),
        multi_send_call_only: constant("0xA1dabEF33b3B82c7814B6D82A79e50F4AC44102B"),
        fallback_handler: constant("0x017062a1dE2FE6b99BE3d9d37841FeD19F573804"),
        sign_message_lib: constant("0x98FFBBF51bb33A056B08ddf711f289936AafF717"),
    },
    // 1.4.1
    Deployment {
        version: SafeVersion::V1_4_1,
        chains: WITH_SEPOLIA,
        safe: constant("0x41675C099F32341bf84BFc5382aF534df5C7461a"),
        safe_l2: constant("0x29fcB43b46531BcA003ddC8FCB67FFE91900C762"),
        proxy_factory: constant("0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67"),
        multi_send: constant("0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526"),
        multi_send_call_only: constant("0x9641d764fc13c8B624c04430C7356C1C7C8102e2"),
        fallback_handler: constant("0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99"),
        sign_message_lib: constant("0xd53cd0aB83D845Ac265BE939c57F53AD838012c9"),
    },
    // 1.5.0
    Deployment {
        version: SafeVersion::V1_5_0,
        chains: WITHOUT_SEPOLIA,
        safe: constant("0xFf51A5898e281Db6DfC7855790607438dF2ca44b"),
        safe_l2: constant("0xEdd160fEBBD92E350D4D398fb636302fccd67C7e"),
        proxy_factory: constant("0x14F2982D601c9458F93bd70B218933A6f8165e7b"),
        multi_send: constant("0x218543288004CD07832472D464648173c77D7eB7"),
        multi_send_call_only: constant("0xA83c336B20401Af773B6219BA5027174338D1836"),
        fallback_handler: constant("0x3EfCBb83A4A7AfcB4F68D501E2c2203a38be77f4"),
        sign_message_lib: constant("0x4FfeF8222648872B3dE295Ba1e49110E61f5b5aa"),
    },
];

fn of_chain(chain_id: u64) -> impl Iterator<Item = &'static Deployment> {
    DEPLOYMENTS.iter().filter(move |deployment| deployment.chains.contains(&chain_id))
}

/// The `MultiSendCallOnly` a Safe of this version uses on this chain (1.3.0: the canonical one).
pub fn multi_send_call_only(version: SafeVersion, chain_id: u64) -> Option<Address> {
    of_chain(chain_id)
        .find(|deployment| deployment.version == version)
        .map(|deployment| deployment.multi_send_call_only)
}

/// The version of the Safe whose singleton (storage slot 0) this is; `None` for an unknown contract.
pub fn version_of_singleton(chain_id: u64, singleton: &Address) -> Option<SafeVersion> {
    of_chain(chain_id)
        .find(|deployment| [deployment.safe, deployment.safe_l2].contains(singleton))
        .map(|deployment| deployment.version)
}

/// What a singleton or a `MultiSendCallOnly` of the table is called on this chain, such as `SafeL2 1.4.1`.
pub fn name_of(chain_id: u64, address: &Address) -> Option<String> {
    of_chain(chain_id).find_map(|deployment| {
        let contracts = [
            (deployment.safe, "Safe"),
            (deployment.safe_l2, "SafeL2"),
            (deployment.multi_send_call_only, "MultiSendCallOnly"),
        ];
        let (_, name) = contracts.into_iter().find(|(known, _)| known == address)?;
        Some(format!("{name} {}", deployment.version))
    })
}

/// Whether the address is a `MultiSendCallOnly` of any version on this chain.
pub fn is_multi_send_call_only(chain_id: u64, address: &Address) -> bool {
    of_chain(chain_id).any(|deployment| deployment.multi_send_call_only == *address)
}

/// Addresses that must never be paid: the zero address, LPT itself and every contract of the table.
///
/// Tokens sent to one of them are lost. The Safe's own address is not among them: the caller knows it.
pub fn payee_traps() -> Vec<Address> {
    [Address::ZERO, LPT_ETHEREUM, LPT_ARBITRUM]
        .into_iter()
        .chain(DEPLOYMENTS.iter().flat_map(Deployment::addresses))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eip55;

    #[test]
    fn every_constant_of_the_source_passes_its_checksum() {
        let known: Vec<String> = payee_traps().iter().map(eip55::checksum).collect();
        let sources = [include_str!("deployments.rs"), include_str!("erc20.rs")].concat();
        let written: Vec<&str> = sources
            .split("constant(\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
            .map(|(text, _)| text)
            .filter(|text| text.starts_with("0x"))
            .collect();
        assert_eq!(written.len(), 4 * 7 + 2);
        for text in written {
            assert_eq!(eip55::checksum(&eip55::parse(text).unwrap()), text);
            assert!(known.iter().any(|address| address == text), "{text}");
        }
    }

    #[test]
    fn the_table_is_bound_to_its_chains() {
        let shown =
            |version, chain| multi_send_call_only(version, chain).map(|address| eip55::checksum(&address));
        let canonical = Some("0x40A2aCCbd92BCA938b02010E17A5b8929b49130D".to_owned());
        assert_eq!(shown(SafeVersion::V1_3_0, 42161), canonical);
        assert_eq!(shown(SafeVersion::V1_3_0, 421_614), canonical);
        assert_eq!(shown(SafeVersion::V1_5_0, 421_614), None);
        assert_eq!(shown("1.2.0".parse().unwrap(), 42161), None);
        assert_eq!(shown(SafeVersion::V1_4_1, 10), None);
        let [_, eip155, newer, newest] = DEPLOYMENTS;
        assert!(is_multi_send_call_only(42161, &eip155.multi_send_call_only));
        assert!(!is_multi_send_call_only(421_614, &eip155.multi_send_call_only));
        assert!(!is_multi_send_call_only(42161, &newer.multi_send));
        assert_eq!(version_of_singleton(1, &newest.safe_l2), Some(SafeVersion::V1_5_0));
        assert_eq!(version_of_singleton(42161, &newest.proxy_factory), None);
        let named = |chain, address| name_of(chain, &address);
        assert_eq!(named(42161, newest.safe_l2).as_deref(), Some("SafeL2 1.5.0"));
        assert_eq!(named(1, DEPLOYMENTS[0].multi_send_call_only).as_deref(), Some("MultiSendCallOnly 1.3.0"));
        assert_eq!(named(421_614, newest.safe_l2), None);
        assert_eq!(named(42161, newest.multi_send), None, "it lets inner calls be delegate calls");
    }
}
