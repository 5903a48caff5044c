//! Owners who sign, and what their wallets make of a batch.

use domain::refusal::Refusal;
use domain::value::{Address, BatchNumber, Seq};
use domain::words::SigningForm;
use safe::approval::{Approval, assemble};
use safe::calldata::{Argument, calldata};
use safe::eip1271::Eip1271;
use safe::signature::Form;
use safe::signer::LocalKey;
use safe::{SafeAccount, SafeTx, U256};
use server::app::{Error, NewSignature, WalletTransaction, executable};
use server::devchain::{NewSafe, Transaction, own_call_tx};

use super::{RELAYER, Stage, TREASURER, for_each_version, is_paid, kinds};

/// What is wrong with a signature, in words.
async fn refusal(stage: &Stage<'_>, batch: BatchNumber, bytes: &[u8]) -> String {
    match stage.bring(batch, bytes).await.unwrap_err() {
        Error::Malformed { field, error } => format!("{field}: {error}"),
        other => other.to_string(),
    }
}

/// What a wallet shows of a transaction.
fn shown(tx: &SafeTx) -> WalletTransaction {
    WalletTransaction {
        to: tx.to.to_string(),
        value: tx.value.to_string(),
        data: safe::hex::encode(&tx.data),
        operation: tx.operation.code(),
        safe_tx_gas: tx.safe_tx_gas.to_string(),
        base_gas: tx.base_gas.to_string(),
        gas_price: tx.gas_price.to_string(),
        gas_token: None,
        refund_receiver: None,
        nonce: tx.nonce.low_u64(),
    }
}

async fn adopt(stage: &Stage<'_>, batch: BatchNumber, tx: &SafeTx) -> Result<BatchNumber, Error> {
    let key = stage.world.key();
    let ask = stage.world.ask(TREASURER, &key);
    let receipt = stage.world.app.adopt_transaction(ask, batch, &shown(tx)).await?;
    Ok(crate::app::history::proposed(&receipt).batch)
}

/// Sends what enough owners have signed.
async fn carry_out(stage: &Stage<'_>, batch: BatchNumber) {
    let executable = executable(&stage.program().await, &stage.batch(batch).await).unwrap();
    let call = Transaction::call(RELAYER, executable.safe.address, executable.calldata);
    stage.chain.carry_out(&call).await.unwrap();
}

for_each_version! {
    fn signatures_are_refused_with_the_reason(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let later = stage.propose(&[3]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let by_first = |hash| stage.keys[0].sign(&hash, Form::TypedData).unwrap().bytes();
        let good = by_first(tx.hashes(&stage.safe).safe_tx);
        let mut high = good;
        let order = U256::from_big_endian(&hex_bytes("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
        let s = order - U256::from_big_endian(&good[32..64]);
        s.to_big_endian(&mut high[32..64]);
        high[64] = 55 - high[64];
        let stranger = LocalKey::from_seed(b"stranger").sign(&tx.hashes(&stage.safe).safe_tx, Form::TypedData).unwrap().bytes();
        let other_nonce = SafeTx { nonce: U256::from(7), ..tx.clone() }.hashes(&stage.safe).safe_tx;
        let other_chain = tx.hashes(&SafeAccount { chain_id: 1, ..stage.safe }).safe_tx;
        let other_batch = stage.batch(later).await.safe_tx_hash;

        for (bytes, expected) in [
            (&good[..64], "signature: this is a compact signature of 64 bytes"),
            (&good[..60], "signature: a signature is 65 bytes (130 hex digits), this has 60"),
            (&[good, good].concat()[..], "signature: these are 2 signatures in one"),
            (&high[..], "signature: the signature has the high one of the two possible s"),
            (&stranger[..], "signature: no owner signed this transaction"),
            (&by_first(other_nonce)[..], "signed this batch on nonce 7, not batch 1"),
            (&by_first(other_chain)[..], "signed this batch on chain 1, not batch 1"),
            (&by_first(other_batch)[..], "signed batch 2, not batch 1"),
        ] {
            let refused = refusal(&stage, batch, bytes).await;
            assert!(refused.contains(expected), "{expected}: {refused}");
        }
        assert!(stage.batch(batch).await.signings.is_empty());
        stage.bring(batch, &good).await.unwrap();
        let again = stage.bring(batch, &good).await.unwrap_err();
        assert!(matches!(again, Error::Refused(Refusal::SignedBefore { .. })), "{again}");
        let few = executable(&stage.program().await, &stage.batch(batch).await).unwrap_err();
        assert!(few.to_string().contains("signatures of 1 current owners, and the Safe wants 2"), "{few}");
        stage.settled().await;
    }

    fn an_owner_who_approved_in_the_safe_counts_once_the_safe_says_so(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let hash = stage.batch(batch).await.safe_tx_hash;
        let owner = stage.keys[1].address();
        let new = NewSignature { signature: None, owner: Some(owner.to_string()), form: Some(SigningForm::ApprovedHash) };
        let early = stage.record_signature(batch, &new).await.unwrap_err();
        assert!(matches!(early, Error::NotApproved { .. }), "{early}");
        stage.chain.carry_out(&Transaction::approve_hash(owner, &stage.safe, &hash)).await.unwrap();

        stage.record_signature(batch, &new).await.unwrap();

        stage.sign(batch, 0, Form::EthSign).await.unwrap();
        carry_out(&stage, batch).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }

    fn a_safe_that_is_an_owner_signs_by_its_own_owners(stage: Stage) {
        let key = LocalKey::from_seed(b"owner of the owner");
        let owners = [key.address()];
        let new = NewSafe { salt: 9, ..NewSafe::new(stage.safe.version, &owners, 1).unwrap() };
        let child = stage.chain.create_safe(&new).await.unwrap();
        swap(&stage, stage.keys[1].address(), child.address).await;
        stage.read().await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let shown = Eip1271::of(stage.safe.version).shown(&tx.preimage(&stage.safe));
        let message = child.message_hashes(&shown).safe_message;
        let inner = assemble(&[Approval::Signed(key.sign(&message, Form::TypedData).unwrap())]).unwrap();
        let form = Some(SigningForm::Contract);
        let with = |bytes: &[u8]| NewSignature {
            signature: Some(safe::hex::encode(bytes)), owner: Some(child.address.to_string()), form,
        };
        let wrong = stage.record_signature(batch, &with(&[7; 65])).await.unwrap_err();
        assert!(matches!(wrong, Error::ContractRefuses { .. }), "{wrong}");

        stage.record_signature(batch, &with(&inner)).await.unwrap();

        stage.sign(batch, 2, Form::TypedData).await.unwrap();
        carry_out(&stage, batch).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 2));
        stage.settled().await;
    }

    fn signatures_of_owners_who_left_count_no_longer(stage: Stage) {
        let first = stage.propose(&[1]).await.unwrap();
        let batch = stage.propose(&[2, 3]).await.unwrap();
        for (owner, form) in [(0, Form::TypedData), (1, Form::EthSign)] {
            stage.sign(batch, owner, form).await.unwrap();
        }
        executable(&stage.program().await, &stage.batch(batch).await).unwrap();
        let fourth = LocalKey::from_seed(b"fourth");
        // It takes the nonce of the first batch.
        swap(&stage, stage.keys[1].address(), fourth.address()).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "nonce_consumed"]);
        assert!(stage.batch(first).await.signings.is_empty());
        let few = executable(&stage.program().await, &stage.batch(batch).await).unwrap_err();
        assert!(matches!(few, Error::TooFewSignatures { signed: 1, .. }), "{few}");
        let gone = stage.keys[1].sign(&stage.batch(batch).await.safe_tx_hash, Form::TypedData).unwrap();
        let refused = refusal(&stage, batch, &gone.bytes()).await;
        assert!(refused.contains("no owner signed this transaction"), "{refused}");
        let fresh = fourth.sign(&stage.batch(batch).await.safe_tx_hash, Form::TypedData).unwrap();
        stage.bring(batch, &fresh.bytes()).await.unwrap();
        carry_out(&stage, batch).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 3));
        stage.settled().await;
    }

    fn what_a_wallet_made_of_the_lines_is_adopted_on_its_nonce(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let same = adopt(&stage, batch, &tx).await.unwrap_err();
        assert!(matches!(same, Error::Refused(_)), "{same}");
        let elsewhere = SafeTx { nonce: U256::from(4), ..tx.clone() };
        let held = adopt(&stage, batch, &elsewhere).await.unwrap_err();
        assert!(matches!(held, Error::Refused(Refusal::AlreadyBatched { .. })), "{held}");
        for (wrong, why) in [
            (SafeTx { safe_tx_gas: U256::one(), ..tx.clone() }, "its gas fields are not all zero"),
            (SafeTx { value: U256::one(), ..tx.clone() }, "it sends ETH along"),
            (SafeTx { to: RELAYER, ..tx.clone() }, "it calls a contract that is not"),
            (SafeTx { operation: safe::Operation::Call, ..tx.clone() }, "its operation is another"),
            (SafeTx { data: tx.data[4..].to_vec(), ..tx.clone() }, "its calldata pays other lines"),
        ] {
            let refused = adopt(&stage, batch, &wrong).await.unwrap_err();
            assert!(refused.to_string().contains(why), "{refused}");
        }
        // The nonce is consumed by a rejection: then the lines are free for the wallet's.
        let rejection = stage.reject(batch).await;
        stage.run(&stage.transaction(rejection).await).await;
        stage.read().await;
        let theirs = SafeTx { nonce: U256::from(1), ..tx.clone() };
        let adopted = adopt(&stage, batch, &theirs).await.unwrap();
        assert_eq!(stage.batch(adopted).await.safe_tx_hash, theirs.hashes(&stage.safe).safe_tx);
        assert_eq!(stage.batch(adopted).await.nonce, Seq::new(1));
        for (owner, form) in [(0, Form::TypedData), (2, Form::EthSign)] {
            stage.sign(adopted, owner, form).await.unwrap();
        }
        carry_out(&stage, adopted).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }
}

/// The owners put somebody in another's place.
async fn swap(stage: &Stage<'_>, old: Address, new: Address) {
    let owners = stage.chain.owners(&stage.safe.address).await.unwrap();
    let place = owners.iter().position(|owner| *owner == old).unwrap();
    let before = place.checked_sub(1).map_or(Address::from_bytes(sentinel()), |before| owners[before]);
    let arguments = [before, old, new].map(Argument::Address);
    let data = calldata("swapOwner(address,address,address)", &arguments);
    let nonce = stage.chain.safe_nonce(&stage.safe.address).await.unwrap();
    stage.run(&own_call_tx(&stage.safe, data, nonce)).await;
}

/// Where the list of owners begins.
fn sentinel() -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes[19] = 1;
    bytes
}

fn hex_bytes(digits: &str) -> Vec<u8> {
    safe::hex::decode(&format!("0x{digits}")).unwrap()
}
