//! Puts the published contracts at their addresses on Arbitrum One.
//!
//! Nothing is put there by hand: the factories make the addresses follow from the code, so a contract of another
//! package would not land where it is looked for.

use domain::value::{Address, Digest};
use safe::deployments::{DEPLOYMENTS, Deployment};
use safe::{SafeVersion, U256};
use serde::Deserialize;
use serde_json::json;

use super::{Devchain, DevchainError, Transaction, artifact, wire};

/// The factory of Safe 1.3.0 (canonical), which the node has from the start.
const DETERMINISTIC_FACTORY: Address = Address::from_bytes([
    0x4e, 0x59, 0xb4, 0x48, 0x47, 0xb3, 0x79, 0x57, 0x85, 0x88, 0x92, 0x0c, 0xa7, 0x8f, 0xbf, 0x26, 0xc0,
    0xb4, 0x95, 0x6c,
]);
/// Who sends to the factories: anybody.
const ANYBODY: Address = Address::from_bytes([0xa1; 20]);
/// 1 ether, in wei.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// A transaction that anybody may send, and its sender.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Presigned {
    signer_address: String,
    transaction: String,
    address: String,
}

/// The contracts of a Safe version: the canonical ones.
///
/// # Errors
/// A version that is not on Arbitrum One.
pub fn deployment(version: SafeVersion) -> Result<&'static Deployment, DevchainError> {
    let known = DEPLOYMENTS.iter().find(|deployment| deployment.version == version);
    known.ok_or(DevchainError::UnknownVersion { version })
}

/// The keccak-256 of the code of a version's `MultiSendCallOnly`, as read on public chains.
pub fn multi_send_call_only_code_hash(version: SafeVersion) -> Option<Digest> {
    let hash = match version {
        SafeVersion::V1_3_0 => "a9865ac2d9c7a1591619b188c4d88167b50df6cc0c5327fcbd1c8c75f7c066ad",
        SafeVersion::V1_4_1 => "ecd5bd14a08c5d2122379900b2f272bdf107a7e92423c10dd5fe3254386c9939",
        SafeVersion::V1_5_0 => "cdbdcec38d2f1c7d961b0029ff8416b7e86e9974d6f0e9c9580c7d17fcfb6663",
        _ => return None,
    };
    hash.parse().ok()
}

/// The contracts of a deployment that a Safe of it runs, pays by or is made by, and the files with their code.
///
/// Without `SignMessageLib`, which nothing here calls: the package of 1.3.0 holds another build than the published.
fn files(deployment: &Deployment) -> [(Address, String); 6] {
    let version = deployment.version;
    // Until 1.3.0 the Safe was named after Gnosis.
    let gnosis = if version == SafeVersion::V1_3_0 { "Gnosis" } else { "" };
    [
        (deployment.safe, "", format!("{gnosis}Safe")),
        (deployment.safe_l2, "", format!("{gnosis}SafeL2")),
        (deployment.proxy_factory, "proxies/", format!("{gnosis}SafeProxyFactory")),
        (deployment.multi_send, "libraries/", "MultiSend".to_owned()),
        (deployment.multi_send_call_only, "libraries/", "MultiSendCallOnly".to_owned()),
        (deployment.fallback_handler, "handler/", "CompatibilityFallbackHandler".to_owned()),
    ]
    .map(|(address, folder, name)| {
        (address, format!("safe-{version}/build/artifacts/contracts/{folder}{name}.sol/{name}.json"))
    })
}

impl Devchain {
    pub(super) async fn deploy_all(&self) -> Result<(), DevchainError> {
        let singleton_factory = self.deploy_singleton_factory().await?;
        for deployment in &DEPLOYMENTS {
            // Of the two sets of 1.3.0 the canonical one came by the older factory.
            let canonical = deployment.version == SafeVersion::V1_3_0 && deployment.chains.contains(&421_614);
            let factory = if canonical { DETERMINISTIC_FACTORY } else { singleton_factory };
            self.deploy_safe_contracts(deployment, factory).await?;
        }
        self.deploy_token().await
    }

    /// The factory of the Safe's own: a transaction signed once for each chain, by a key that Safe holds.
    async fn deploy_singleton_factory(&self) -> Result<Address, DevchainError> {
        let file =
            format!("@safe-global/safe-singleton-factory/artifacts/{}/deployment.json", Self::CHAIN_ID);
        let (file, presigned): (_, Presigned) = artifact::read(&self.contracts, &file)?;
        let address = |text: &str| safe::eip55::parse(text).ok();
        let (Some(signer), Some(factory)) = (address(&presigned.signer_address), address(&presigned.address))
        else {
            return Err(DevchainError::Artifact { file, what: "address" });
        };
        // It was signed with a price for gas.
        self.set_balance(&signer, U256::from(ETHER)).await?;
        let hash: wire::Hash = self.rpc.ask("eth_sendRawTransaction", json!([presigned.transaction])).await?;
        self.wait_for(&hash.0).await?;
        self.set_balance(&signer, U256::zero()).await?;
        self.must_have_code(factory).await?;
        Ok(factory)
    }

    async fn deploy_safe_contracts(
        &self,
        deployment: &Deployment,
        factory: Address,
    ) -> Result<(), DevchainError> {
        for (address, file) in files(deployment) {
            // A salt of zeros, then the code.
            let salt = [0; 32].to_vec();
            let data = [salt, artifact::creation_code(&self.contracts, &file)?].concat();
            self.send(&Transaction::call(ANYBODY, factory, data)).await?;
            self.must_have_code(address).await?;
        }
        let address = deployment.multi_send_call_only;
        let hash = safe::calldata::keccak(&self.code(&address).await?);
        match multi_send_call_only_code_hash(deployment.version) {
            Some(published) if published == hash => Ok(()),
            Some(_) | None => Err(DevchainError::OtherCode { address }),
        }
    }

    pub(super) async fn must_have_code(&self, address: Address) -> Result<(), DevchainError> {
        if self.code(&address).await?.is_empty() {
            return Err(DevchainError::Misplaced { address });
        }
        Ok(())
    }
}
