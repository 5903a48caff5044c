use domain::value::{Address, Digest, Seq};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use safe::signature::Form;
use safe::{Operation, SafeTx, U256, eip55, hex};
use serde_json::json;
use server::transaction_service::{Fault, NewProposal, NotSent, ServiceError};

use super::service_at::{ServiceAt, client_at};
use super::world::{
    KEY, alice, batch, bob, hash, limits, mallory, odd, proposal, rejection, safe, sign, signers,
};

/// The words of a refusal with this status.
fn told(refused: Result<(), ServiceError>, status: u16) -> String {
    let error = refused.unwrap_err();
    let Fault::Status { status: found, words, .. } = &error.fault else { panic!("{error}") };
    assert_eq!(*found, status, "{error}");
    assert!(error.to_string().contains(words.as_str()), "{error}");
    words.clone()
}

#[tokio::test]
async fn a_proposal_is_read_back_as_it_was_made() {
    let at = ServiceAt::start();
    for tx in [batch(7), rejection(7), odd(8)] {
        let signature = sign(&tx, &alice());

        at.client().propose(&safe(), &proposal(&tx, &signature)).await.unwrap();
        let found = at.client().transaction(&safe(), &hash(&tx)).await.unwrap().unwrap();

        assert_eq!((&found.tx, found.hash), (&tx, hash(&tx)));
        assert_eq!((found.proposer, found.delegate, found.executed), (Some(alice().address()), None, false));
        assert_eq!(signers(&found.confirmations), [alice().address()]);
        assert_eq!(at.service().held.last().unwrap().origin, "Bounty Ledger");
    }
    assert_eq!(at.service().held.len(), 3);
}

#[tokio::test]
async fn a_proposal_is_sent_as_the_service_has_it() {
    let at = ServiceAt::start();
    at.service().key = Some(KEY);
    let tx = odd(9);
    let signature = alice().sign(&hash(&tx), Form::EthSign).unwrap();

    let client = client_at(at.address, Some(KEY), limits());
    client.propose(&safe(), &proposal(&tx, &signature)).await.unwrap();

    let asked = at.service().asked.clone();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    let safe = "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB";
    assert_eq!((asked.method.as_str(), asked.query.as_str()), ("POST", ""));
    assert_eq!(asked.path, format!("/v2/safes/{safe}/multisig-transactions/"));
    assert_eq!(
        asked.body,
        json!({
            "safe": safe,
            "to": eip55::checksum(&tx.to),
            "value": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            "data": "0x0102ff",
            "operation": 0,
            "safeTxGas": "3",
            "baseGas": "4",
            "gasPrice": "5",
            "gasToken": eip55::checksum(&tx.gas_token),
            "refundReceiver": eip55::checksum(&tx.refund_receiver),
            "nonce": "9",
            "contractTransactionHash": format!("0x{}", hash(&tx)),
            "sender": eip55::checksum(&alice().address()),
            "signature": hex::encode(&signature.bytes()),
            "origin": "Bounty Ledger",
        })
    );
    assert!([31, 32].contains(&signature.bytes()[64]), "a message's v says so");
}

#[tokio::test]
async fn whoever_proposes_what_is_there_adds_a_signature() {
    let (at, tx) = (ServiceAt::start(), batch(7));
    for key in [alice(), bob(), alice()] {
        let signature = sign(&tx, &key);
        at.client().propose(&safe(), &proposal(&tx, &signature)).await.unwrap();
    }
    let found = at.client().transaction(&safe(), &hash(&tx)).await.unwrap().unwrap();
    assert_eq!(signers(&found.confirmations), [alice().address(), bob().address()]);
    assert_eq!(at.service().held.len(), 1);
}

#[tokio::test]
async fn a_delegate_proposes_and_does_not_confirm() {
    let (at, tx, delegate) = (ServiceAt::start(), batch(7), mallory());
    at.service().delegates.push((delegate.address(), bob().address()));
    let signature = sign(&tx, &delegate);

    at.client().propose(&safe(), &proposal(&tx, &signature)).await.unwrap();

    let found = at.client().transaction(&safe(), &hash(&tx)).await.unwrap().unwrap();
    assert_eq!((found.proposer, found.delegate), (Some(bob().address()), Some(delegate.address())));
    assert_eq!(found.confirmations, []);
}

#[tokio::test]
async fn what_does_not_belong_together_is_not_sent() {
    let (at, tx, other) = (ServiceAt::start(), batch(7), batch(8));
    let signature = sign(&tx, &alice());
    let fits = proposal(&tx, &signature);
    let signed_by_bob = sign(&tx, &bob());
    let of_another_hash = sign(&other, &alice());
    let long = "é".repeat(201);
    let not_signed = NotSent::NotSigned(alice().address());
    let mut another_safe = safe();
    another_safe.chain_id = 1;
    let computed = |safe| NotSent::OtherHash { named: hash(&tx), computed: tx.hashes(&safe).safe_tx };

    for (safe, wrong, fault) in [
        (
            safe(),
            NewProposal { hash: hash(&other), ..fits },
            NotSent::OtherHash { named: hash(&other), computed: hash(&tx) },
        ),
        (another_safe, fits, computed(another_safe)),
        (safe(), NewProposal { signature: &signed_by_bob, ..fits }, not_signed),
        (safe(), NewProposal { sender: bob().address(), ..fits }, NotSent::NotSigned(bob().address())),
        (safe(), NewProposal { signature: &of_another_hash, ..fits }, not_signed),
        (safe(), NewProposal { origin: &long, ..fits }, NotSent::Origin(200)),
    ] {
        let error = at.client().propose(&safe, &wrong).await.unwrap_err();
        assert_eq!(error.fault, Fault::NotSent(fault));
    }
    let error = at.client().confirm(&safe(), &hash(&tx), &of_another_hash).await.unwrap_err();
    assert_eq!(error.fault, Fault::NotSent(not_signed));
    assert_eq!(at.asked(), [""; 0]);

    let longest = NewProposal { origin: &"é".repeat(200), ..fits };
    at.client().propose(&safe(), &longest).await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_told_in_the_service_s_own_words() {
    let (at, tx) = (ServiceAt::start(), batch(7));
    let signature = sign(&tx, &mallory());
    let stranger = told(at.client().propose(&safe(), &proposal(&tx, &signature)).await, 422);
    assert_eq!(
        stranger,
        format!("Sender={} is not an owner or delegate", eip55::checksum(&mallory().address()))
    );

    let signature = sign(&tx, &alice());
    at.client().propose(&safe(), &proposal(&tx, &signature)).await.unwrap();
    at.service().held[0].executed = true;
    let late = told(at.client().propose(&safe(), &proposal(&tx, &signature)).await, 422);
    assert_eq!(late, "Tx with nonce=7 was already executed");
    let late = told(at.client().confirm(&safe(), &hash(&tx), &sign(&tx, &bob())).await, 400);
    assert_eq!(
        late,
        format!("signature: Transaction with safe-tx-hash=0x{} was already executed", hash(&tx))
    );

    let mut elsewhere = safe();
    elsewhere.address = Address::from_bytes([9; 20]);
    let hash = tx.hashes(&elsewhere).safe_tx;
    let signature = alice().sign(&hash, Form::TypedData).unwrap();
    let unknown = NewProposal { hash, signature: &signature, ..proposal(&tx, &signature) };
    assert_eq!(told(at.client().propose(&elsewhere, &unknown).await, 404), "Safe info could not be read");
}

#[tokio::test]
async fn a_service_that_demands_a_key_says_so() {
    let (at, tx) = (ServiceAt::start(), batch(7));
    at.service().key = Some(KEY);
    let signature = sign(&tx, &alice());
    for key in [None, Some("another-key")] {
        let client = client_at(at.address, key, limits());
        let error = client.propose(&safe(), &proposal(&tx, &signature)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "http://127.0.0.1: propose a transaction: the service answers with HTTP status 401, and says: No API key \
             found in request (is safe_service_key set, and valid?)"
        );
    }
    assert!(
        client_at(at.address, Some(KEY), limits()).pending(&safe(), Seq::new(0)).await.unwrap().is_empty()
    );
}

#[tokio::test]
async fn owners_confirm_what_was_proposed() {
    let (at, tx) = (ServiceAt::start(), batch(7));
    let by_bob = bob().sign(&hash(&tx), Form::EthSign).unwrap();

    let early = at.client().confirm(&safe(), &hash(&tx), &by_bob).await.unwrap_err();
    assert!(matches!(early.fault, Fault::NotFound { .. }), "{early}");
    at.client().propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await.unwrap();
    for _ in 0..2 {
        at.client().confirm(&safe(), &hash(&tx), &by_bob).await.unwrap();
    }
    let stranger = told(at.client().confirm(&safe(), &hash(&tx), &sign(&tx, &mallory())).await, 400);

    let signer = eip55::checksum(&mallory().address());
    assert_eq!(stranger, format!("signature: Signer={signer} is not an owner"));
    let confirmed = at.client().confirmations(&safe(), &hash(&tx)).await.unwrap().unwrap();
    assert_eq!(signers(&confirmed), [alice().address(), bob().address()]);
}

#[tokio::test]
async fn what_the_service_does_not_know_is_nothing() {
    let at = ServiceAt::start();
    assert_eq!(at.client().transaction(&safe(), &Digest::ZERO).await, Ok(None));
    assert_eq!(at.client().confirmations(&safe(), &Digest::ZERO).await, Ok(None));
}

fn any_address() -> impl Strategy<Value = Address> {
    prop_oneof![Just(Address::ZERO), any::<[u8; 20]>().prop_map(Address::from_bytes)]
}

fn any_number() -> impl Strategy<Value = U256> {
    prop_oneof![Just(U256::zero()), any::<u64>().prop_map(U256::from), any::<[u64; 4]>().prop_map(U256)]
}

fn any_tx() -> impl Strategy<Value = SafeTx> {
    let what = (any_address(), any_number(), prop::collection::vec(any::<u8>(), 0..300), any::<bool>());
    let gas = (any_number(), any_number(), any_number(), any_address(), any_address());
    (what, gas, any_number()).prop_map(|((to, value, data, delegate), gas, nonce)| {
        let (safe_tx_gas, base_gas, gas_price, gas_token, refund_receiver) = gas;
        let operation = if delegate { Operation::DelegateCall } else { Operation::Call };
        SafeTx {
            to,
            value,
            data,
            operation,
            safe_tx_gas,
            base_gas,
            gas_price,
            gas_token,
            refund_receiver,
            nonce,
        }
    })
}

#[test]
fn any_transaction_arrives_and_comes_back() {
    let at = ServiceAt::start();
    let client = at.client();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
    let whole = TestRunner::new(config).run(&any_tx(), |tx| {
        let signature = sign(&tx, &alice());
        let found = runtime.block_on(async {
            client.propose(&safe(), &proposal(&tx, &signature)).await.unwrap();
            client.transaction(&safe(), &hash(&tx)).await.unwrap().unwrap()
        });
        prop_assert_eq!(found.tx, tx);
        prop_assert_eq!(signers(&found.confirmations), [alice().address()]);
        Ok(())
    });
    whole.unwrap();
    println!("count: transactions proposed and read back {}", at.service().held.len());
}
