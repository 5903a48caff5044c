//! What is on the node from the start.

use domain::value::Amount;
use safe::calldata::{Argument, calldata, keccak};
use safe::deployments::DEPLOYMENTS;
use safe::signer::LocalKey;
use safe::{SafeVersion, deployments};
use server::devchain::{
    Devchain, LPT, NOTHING, NewSafe, Singleton, Transaction, multi_send_call_only_code_hash,
};

use super::{RELAYER, address};
use crate::common::node::{contracts, devchain, run};

/// A text that a contract answers.
async fn text(chain: &Devchain, contract: domain::value::Address, function: &str) -> String {
    let call = Transaction::call(RELAYER, contract, calldata(function, &[]));
    let answer = chain.call(&call).await.unwrap();
    let length = usize::from(answer[63]);
    String::from_utf8(answer[64..64 + length].to_vec()).unwrap()
}

#[test]
fn every_safe_contract_is_at_its_published_address_with_its_published_code() {
    run(async {
        let chain = devchain().await;

        for deployment in &DEPLOYMENTS {
            // The last one, `SignMessageLib`, is not there.
            for contract in &deployment.addresses()[..6] {
                assert!(!chain.code(contract).await.unwrap().is_empty(), "{contract}");
            }
            let code = chain.code(&deployment.multi_send_call_only).await.unwrap();
            assert_eq!(Some(keccak(&code)), multi_send_call_only_code_hash(deployment.version));
            for singleton in [deployment.safe, deployment.safe_l2] {
                assert_eq!(text(&chain, singleton, "VERSION()").await, deployment.version.to_string());
            }
        }
    });
}

#[test]
fn the_token_is_where_lpt_is_and_calls_itself_so() {
    run(async {
        let chain = devchain().await;

        assert_eq!(text(&chain, LPT, "name()").await, "Livepeer Token");
        assert_eq!(text(&chain, LPT, "symbol()").await, "LPT");
        assert_eq!(chain.lpt_balance(&address(1)).await.unwrap(), Amount::ZERO);

        let funded = chain.fund(&address(1), Amount::LPT).await.unwrap();

        assert_eq!(chain.lpt_balance(&address(1)).await.unwrap(), Amount::LPT);
        let [transfer] = &funded.logs[..] else { panic!("{funded:?}") };
        assert_eq!((transfer.address, transfer.topics.len()), (LPT, 3));
        assert_eq!(transfer.topics[0], keccak(b"Transfer(address,address,uint256)"));
    });
}

#[test]
fn a_safe_of_any_set_of_contracts_has_its_owners_in_their_order() {
    run(async {
        let chain = devchain().await;
        let owners = [3, 1, 2].map(|n| LocalKey::from_seed(&[n]).address());

        for deployment in &DEPLOYMENTS {
            for singleton in [Singleton::Safe, Singleton::SafeL2] {
                let new = NewSafe { deployment, singleton, owners: &owners, threshold: 2, salt: 7 };
                let safe = chain.create_safe(&new).await.unwrap();

                assert_eq!(safe.version, deployment.version);
                assert_eq!(chain.owners(&safe.address).await.unwrap(), owners);
                assert_eq!(chain.threshold(&safe.address).await.unwrap(), 2);
                assert_eq!(chain.safe_nonce(&safe.address).await.unwrap().get(), 0);
                // The proxy's slot 0 is what `getStorageAt(0, 1)` answers.
                let slots = [0, 1].map(|n| Argument::Uint(n.into()));
                let read = calldata("getStorageAt(uint256,uint256)", &slots);
                let answer = chain.call(&Transaction::call(RELAYER, safe.address, read)).await.unwrap();
                let runs = domain::value::Address::from_bytes(answer[76..96].try_into().unwrap());
                assert_eq!(deployments::version_of_singleton(42_161, &runs), Some(deployment.version));
                assert_eq!(runs == deployment.safe_l2, singleton == Singleton::SafeL2);

                let again = chain.create_safe(&new).await.unwrap_err();
                assert!(again.to_string().starts_with("the contract reverts"), "{again}");
            }
        }
        assert!(NewSafe::new("1.2.0".parse().unwrap(), &owners, 2).is_err());
    });
}

#[test]
fn what_is_no_safe_does_not_answer_as_one() {
    run(async {
        let chain = devchain().await;
        chain.set_code(&address(9), &NOTHING).await.unwrap();

        for not_a_safe in [address(9), address(8), LPT] {
            assert!(chain.safe_nonce(&not_a_safe).await.is_err(), "{not_a_safe}");
            assert!(chain.owners(&not_a_safe).await.is_err(), "{not_a_safe}");
        }
    });
}

#[test]
fn from_the_same_second_two_nodes_hold_the_same() {
    run(async {
        const GENESIS_S: u64 = 1_767_225_600;
        let safe = async || {
            let chain = Devchain::start_at(&contracts(), GENESIS_S).await.unwrap();
            let owners = [address(1)];
            let new = NewSafe::new(SafeVersion::V1_4_1, &owners, 1).unwrap();
            let safe = chain.create_safe(&new).await.unwrap();
            let paid = chain.fund(&safe.address, Amount::LPT).await.unwrap();
            (safe, paid.transaction, chain.latest().await.unwrap())
        };

        let (first, second) = (safe().await, safe().await);

        assert_eq!((first.0, first.1), (second.0, second.1));
        assert_eq!((first.2.number, first.2.time_s), (second.2.number, second.2.time_s));
        assert_eq!(first.2.time_s, GENESIS_S + first.2.number);
        assert_eq!(first.2.hash, second.2.hash);
    });
}
