//! On the node: its process, its contracts, and payments by Safes of every version.

mod blocks;
mod contracts;
mod odd;
mod payouts;
mod process;

use domain::value::{Address, Amount, Seq};
use safe::approval::{Approval, assemble};
use safe::signature::Form;
use safe::signer::LocalKey;
use safe::{SafeAccount, SafeTx, SafeVersion, Transfer};
use server::devchain::{Devchain, LPT, NewSafe, Receipt, Transaction};

use crate::common::node;

/// Writes a test once and runs it for each version, as `name::v1_3_0` and so on.
macro_rules! for_each_version {
    ($(fn $name:ident($bench:ident: Bench) $body:block)+) => { $(
        mod $name {
            use super::*;
            fn check(version: safe::SafeVersion) {
                $crate::common::node::run(async {
                    let $bench = $crate::devchain::anvil::Bench::start(version).await;
                    $body
                });
            }
            #[test]
            fn v1_3_0() {
                check(safe::SafeVersion::V1_3_0);
            }
            #[test]
            fn v1_4_1() {
                check(safe::SafeVersion::V1_4_1);
            }
            #[test]
            fn v1_5_0() {
                check(safe::SafeVersion::V1_5_0);
            }
        }
    )+ };
}
use for_each_version;

/// Anybody, who sends what others have signed.
const RELAYER: Address = Address::from_bytes([0xee; 20]);

/// A node with a Safe of three owners, of whom two sign, and 750 LPT in it.
struct Bench {
    chain: Devchain,
    safe: SafeAccount,
    keys: [LocalKey; 3],
}

fn address(n: u8) -> Address {
    Address::from_bytes([n; 20])
}

fn lpt(text: &str) -> Amount {
    text.parse().unwrap()
}

/// What is paid: five lines, down to the wei, one recipient twice.
fn five_lines() -> [Transfer; 5] {
    [(1, "20"), (2, "12.5"), (3, "0.000000000000000001"), (1, "7.3"), (4, "100.000000000000000009")]
        .map(|(n, amount)| Transfer { recipient: address(n), amount: lpt(amount) })
}

impl Bench {
    async fn start(version: SafeVersion) -> Self {
        let chain = node::devchain().await;
        let keys = ["alice", "bob", "carol"].map(|name| LocalKey::from_seed(name.as_bytes()));
        let owners: Vec<Address> = keys.iter().map(LocalKey::address).collect();
        let safe = chain.create_safe(&NewSafe::new(version, &owners, 2).unwrap()).await.unwrap();
        chain.fund(&safe.address, lpt("750")).await.unwrap();
        Self { chain, safe, keys }
    }

    /// The Safe's next transaction that pays these lines.
    async fn payout(&self, lines: &[Transfer]) -> SafeTx {
        let nonce = self.nonce().await;
        safe::payout_tx(Devchain::CHAIN_ID, self.safe.version, &LPT, lines, nonce).unwrap()
    }

    fn sign(&self, tx: &SafeTx, by: &[(usize, Form)]) -> Vec<u8> {
        let hash = tx.hashes(&self.safe).safe_tx;
        let signed: Vec<Approval> = by
            .iter()
            .map(|(owner, form)| Approval::Signed(self.keys[*owner].sign(&hash, *form).unwrap()))
            .collect();
        assemble(&signed).unwrap()
    }

    /// Signed by two in both forms, and sent by somebody else.
    async fn run(&self, tx: &SafeTx) -> Receipt {
        self.chain.send(&self.execution(tx)).await.unwrap()
    }

    fn execution(&self, tx: &SafeTx) -> Transaction {
        let signatures = self.sign(tx, &[(0, Form::TypedData), (2, Form::EthSign)]);
        Transaction::execute(RELAYER, &self.safe, tx, &signatures)
    }

    async fn nonce(&self) -> Seq {
        self.chain.safe_nonce(&self.safe.address).await.unwrap()
    }

    async fn balance(&self, of: &Address) -> Amount {
        self.chain.lpt_balance(of).await.unwrap()
    }

    async fn own_balance(&self) -> Amount {
        self.balance(&self.safe.address).await
    }
}
