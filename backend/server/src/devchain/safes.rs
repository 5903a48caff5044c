//! Safes on the local node: making them, reading them, changing them.

use domain::value::{Address, Digest, Seq};
use safe::calldata::{Argument, calldata};
use safe::deployments::Deployment;
use safe::{SafeAccount, SafeTx, SafeVersion, U256, rejection_tx};

use super::{Devchain, DevchainError, Transaction, deployment, wire};

/// Who pays for making a Safe; it gets no rights by it.
const CREATOR: Address = Address::from_bytes([0xc1; 20]);

/// Which contract a Safe runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Singleton {
    /// For Ethereum.
    Safe,
    /// For chains where logs cost little, such as Arbitrum: it tells every call in an event.
    SafeL2,
}

/// A Safe to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewSafe<'a> {
    /// Whose contracts.
    pub deployment: &'a Deployment,
    pub singleton: Singleton,
    pub owners: &'a [Address],
    /// How many owners sign.
    pub threshold: u64,
    /// Two Safes with the same owners and threshold differ by it.
    pub salt: u64,
}

impl<'a> NewSafe<'a> {
    /// A Safe as people make them on Arbitrum: `SafeL2` of the canonical contracts.
    ///
    /// # Errors
    /// A version without contracts here.
    pub fn new(version: SafeVersion, owners: &'a [Address], threshold: u64) -> Result<Self, DevchainError> {
        let deployment = deployment(version)?;
        Ok(Self { deployment, singleton: Singleton::SafeL2, owners, threshold, salt: 0 })
    }

    /// What its proxy runs first.
    fn setup(&self) -> Vec<u8> {
        let nobody = Argument::Address(Address::ZERO);
        let arguments = [
            Argument::Addresses(self.owners),
            Argument::Uint(U256::from(self.threshold)),
            nobody,
            Argument::Bytes(&[]),
            Argument::Address(self.deployment.fallback_handler),
            nobody,
            Argument::Uint(U256::zero()),
            nobody,
        ];
        calldata("setup(address[],uint256,address,bytes,address,address,uint256,address)", &arguments)
    }

    fn creation(&self) -> Transaction {
        let singleton = match self.singleton {
            Singleton::Safe => self.deployment.safe,
            Singleton::SafeL2 => self.deployment.safe_l2,
        };
        let setup = self.setup();
        let arguments =
            [Argument::Address(singleton), Argument::Bytes(&setup), Argument::Uint(U256::from(self.salt))];
        let data = calldata("createProxyWithNonce(address,bytes,uint256)", &arguments);
        Transaction::call(CREATOR, self.deployment.proxy_factory, data)
    }
}

/// A Safe's transaction that calls the Safe itself, as changes to it are made.
pub fn own_call_tx(safe: &SafeAccount, data: Vec<u8>, nonce: Seq) -> SafeTx {
    SafeTx { data, ..rejection_tx(&safe.address, nonce) }
}

/// A Safe's transaction that lets a module move its money from then on.
pub fn enable_module_tx(safe: &SafeAccount, module: Address, nonce: Seq) -> SafeTx {
    own_call_tx(safe, calldata("enableModule(address)", &[Argument::Address(module)]), nonce)
}

impl Devchain {
    /// Makes a Safe.
    ///
    /// # Errors
    /// Owners or a threshold that the contract refuses, or a Safe that is there already.
    pub async fn create_safe(&self, new: &NewSafe<'_>) -> Result<SafeAccount, DevchainError> {
        let creation = new.creation();
        let answer = self.call(&creation).await?;
        let address = wire::words(&answer).first().and_then(wire::address);
        let address = address.ok_or(DevchainError::Answer { method: "createProxyWithNonce" })?;
        self.carry_out(&creation).await?;
        Ok(SafeAccount { chain_id: Self::CHAIN_ID, address, version: new.deployment.version })
    }

    /// The nonce of the next transaction to run.
    ///
    /// # Errors
    /// An address that is no Safe.
    pub async fn safe_nonce(&self, safe: &Address) -> Result<Seq, DevchainError> {
        self.number(safe, "nonce()", "nonce").await.map(Seq::new)
    }

    /// How many owners sign.
    ///
    /// # Errors
    /// An address that is no Safe.
    pub async fn threshold(&self, safe: &Address) -> Result<u64, DevchainError> {
        self.number(safe, "getThreshold()", "getThreshold").await
    }

    /// Who may sign, in the contract's order.
    ///
    /// # Errors
    /// An address that is no Safe.
    pub async fn owners(&self, safe: &Address) -> Result<Vec<Address>, DevchainError> {
        let answer = self.read(*safe, calldata("getOwners()", &[])).await?;
        wire::addresses(&answer).ok_or(DevchainError::Answer { method: "getOwners" })
    }

    /// The safeTxHash as the contract itself makes it.
    ///
    /// # Errors
    /// An address that is no Safe.
    pub async fn transaction_hash(&self, safe: &Address, tx: &SafeTx) -> Result<Digest, DevchainError> {
        let arguments = [
            Argument::Address(tx.to),
            Argument::Uint(tx.value),
            Argument::Bytes(&tx.data),
            Argument::Uint(tx.operation.code().into()),
            Argument::Uint(tx.safe_tx_gas),
            Argument::Uint(tx.base_gas),
            Argument::Uint(tx.gas_price),
            Argument::Address(tx.gas_token),
            Argument::Address(tx.refund_receiver),
            Argument::Uint(tx.nonce),
        ];
        let signature =
            "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)";
        let answer = self.read(*safe, calldata(signature, &arguments)).await?;
        match wire::words(&answer) {
            [hash] => Ok(Digest::from_bytes(*hash)),
            _ => Err(DevchainError::Answer { method: "getTransactionHash" }),
        }
    }

    async fn number(
        &self,
        safe: &Address,
        signature: &str,
        method: &'static str,
    ) -> Result<u64, DevchainError> {
        let answer = self.read(*safe, calldata(signature, &[])).await?;
        match wire::words(&answer) {
            [number] => wire::uint(number).and_then(|number| u64::try_from(number).ok()),
            _ => None,
        }
        .ok_or(DevchainError::Answer { method })
    }
}
