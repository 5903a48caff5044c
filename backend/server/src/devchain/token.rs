//! A token at LPT's address: the preset of `@openzeppelin/contracts`, of which LPT is made, too.
//!
//! Unlike LPT it can be paused, and burning needs no role; what pays and what fails is the same.

use domain::value::{Address, Amount};
use safe::U256;
use safe::calldata::{Argument, calldata, encode};

use super::{Devchain, DevchainError, Transaction, artifact, wire};

/// LPT on Arbitrum One.
pub const LPT: Address = safe::erc20::LPT_ARBITRUM;
/// Livepeer's treasury on Arbitrum One, from which programs are funded.
pub const TREASURY: Address = Address::from_bytes([
    0xf8, 0x2c, 0x1f, 0xf4, 0x15, 0xf1, 0xfc, 0xf5, 0x82, 0x55, 0x4f, 0xdb, 0xa7, 0x90, 0xe2, 0x70, 0x19,
    0xc8, 0xe8, 0xc4,
]);
/// Who created LPT there, and with how many transactions before: its address follows from the two.
const DEPLOYER: Address = Address::from_bytes([
    0xb5, 0xaf, 0x41, 0x38, 0xf0, 0xf3, 0x3b, 0xe0, 0xd6, 0x41, 0x4e, 0xb2, 0x52, 0x71, 0xb9, 0xc2, 0xdc,
    0x24, 0x5f, 0xb5,
]);
const DEPLOYER_NONCE: u64 = 3;
const FILE: &str = "@openzeppelin/contracts/build/contracts/ERC20PresetMinterPauser.json";

impl Devchain {
    pub(super) async fn deploy_token(&self) -> Result<(), DevchainError> {
        let arguments = encode(&[Argument::Bytes(b"Livepeer Token"), Argument::Bytes(b"LPT")]);
        let code = [artifact::creation_code(&self.contracts, FILE)?, arguments].concat();
        self.set_nonce(&DEPLOYER, DEPLOYER_NONCE).await?;
        self.send(&Transaction::create(DEPLOYER, code)).await?;
        self.must_have_code(LPT).await
    }

    /// Makes new LPT.
    ///
    /// # Errors
    /// More than there can be, or the zero address.
    pub async fn mint(&self, to: &Address, amount: Amount) -> Result<(), DevchainError> {
        let arguments = [Argument::Address(*to), Argument::Uint(U256::from(amount.wei()))];
        let data = calldata("mint(address,uint256)", &arguments);
        self.carry_out(&Transaction::call(DEPLOYER, LPT, data)).await?;
        Ok(())
    }

    /// Funds an account as a program is funded: by a transfer from the treasury, which is this one's receipt.
    ///
    /// # Errors
    /// As [`Devchain::mint`].
    pub async fn fund(&self, to: &Address, amount: Amount) -> Result<super::Receipt, DevchainError> {
        self.mint(&TREASURY, amount).await?;
        self.carry_out(&Transaction::pay_lpt(TREASURY, to, amount)).await
    }

    /// How much LPT an account has.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn lpt_balance(&self, of: &Address) -> Result<Amount, DevchainError> {
        let answer = self.read(LPT, calldata("balanceOf(address)", &[Argument::Address(*of)])).await?;
        match wire::words(&answer) {
            [balance] => wire::uint(balance).map(Amount::from_wei),
            _ => None,
        }
        .ok_or(DevchainError::Answer { method: "balanceOf" })
    }
}
