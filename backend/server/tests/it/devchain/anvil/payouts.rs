//! What Safes of each version do with transactions of our making.

use domain::value::{Amount, Digest, Seq};
use safe::approval::{Approval, assemble};
use safe::calldata::keccak;
use safe::signature::Form;
use safe::signer::LocalKey;
use safe::{SafeTx, Transfer, U256, rejection_tx};
use server::devchain::{Log, Receipt, Transaction};

use super::{Bench, RELAYER, address, five_lines, for_each_version, lpt};

/// The events of executing that the Safe wrote.
fn outcomes<'a>(bench: &Bench, receipt: &'a Receipt, event: &str) -> Vec<&'a Log> {
    let topic = keccak(event.as_bytes());
    let safe = bench.safe.address;
    receipt.logs.iter().filter(|log| log.address == safe && log.topics[0] == topic).collect()
}

fn successes<'a>(bench: &Bench, receipt: &'a Receipt) -> Vec<&'a Log> {
    outcomes(bench, receipt, "ExecutionSuccess(bytes32,uint256)")
}

fn failures<'a>(bench: &Bench, receipt: &'a Receipt) -> Vec<&'a Log> {
    outcomes(bench, receipt, "ExecutionFailure(bytes32,uint256)")
}

/// The safeTxHash in such an event: from 1.4.1 on a topic, before that the data's first word.
fn named(log: &Log) -> Digest {
    log.topics.get(1).copied().unwrap_or_else(|| Digest::from_bytes(log.data[..32].try_into().unwrap()))
}

/// The reason a contract gives against a transaction.
async fn refusal(bench: &Bench, transaction: &Transaction) -> String {
    bench.chain.call(transaction).await.unwrap_err().to_string()
}

for_each_version! {
    fn a_batch_of_five_signed_in_both_forms_is_paid_to_the_wei(bench: Bench) {
        let lines = five_lines();
        let tx = bench.payout(&lines).await;
        let hash = tx.hashes(&bench.safe).safe_tx;
        assert_eq!(bench.chain.transaction_hash(&bench.safe.address, &tx).await.unwrap(), hash);

        let receipt = bench.run(&tx).await;

        assert!(receipt.succeeded);
        let success = successes(&bench, &receipt);
        assert_eq!(success.iter().map(|log| named(log)).collect::<Vec<_>>(), [hash]);
        for (n, paid) in
            [(1, "27.3"), (2, "12.5"), (3, "0.000000000000000001"), (4, "100.000000000000000009"), (5, "0")]
        {
            assert_eq!(bench.balance(&address(n)).await, lpt(paid), "{n}");
        }
        let total = Amount::sum(lines.map(|line| line.amount)).unwrap();
        assert_eq!(bench.own_balance().await, lpt("750").checked_sub(total).unwrap());
        assert_eq!(bench.nonce().await, Seq::new(1));
    }

    fn a_single_line_is_paid_by_the_token_itself(bench: Bench) {
        let tx = bench.payout(&five_lines()[..1]).await;

        let receipt = bench.run(&tx).await;

        assert!(receipt.succeeded);
        assert_eq!(successes(&bench, &receipt).len(), 1);
        assert_eq!(bench.balance(&address(1)).await, lpt("20"));
        assert_eq!(bench.own_balance().await, lpt("730"));
    }

    fn a_rejection_uses_up_the_nonce_of_a_signed_batch(bench: Bench) {
        let batch = bench.payout(&five_lines()).await;
        let signed_batch = bench.execution(&batch);
        let rejection = rejection_tx(&bench.safe.address, Seq::new(0));

        let receipt = bench.run(&rejection).await;

        assert!(receipt.succeeded);
        assert_eq!(named(successes(&bench, &receipt)[0]), rejection.hashes(&bench.safe).safe_tx);
        assert_eq!((bench.nonce().await, bench.own_balance().await), (Seq::new(1), lpt("750")));
        // With the nonce another hash is signed, so the signatures are of somebody else.
        assert_eq!(refusal(&bench, &signed_batch).await, "the contract reverts: GS026");
    }

    fn a_failure_inside_reverts_all_and_keeps_the_nonce(bench: Bench) {
        let lines = [("20", 1), ("731", 2)];
        let tx = bench.payout(&lines.map(|(amount, n)| Transfer { recipient: address(n), amount: lpt(amount) })).await;

        let receipt = bench.run(&tx).await;

        assert!(!receipt.succeeded);
        assert_eq!(receipt.logs, []);
        assert_eq!((bench.nonce().await, bench.balance(&address(1)).await), (Seq::new(0), Amount::ZERO));
        // Once there is enough, the same signatures pay.
        bench.chain.fund(&bench.safe.address, lpt("1")).await.unwrap();
        assert!(bench.run(&tx).await.succeeded);
        assert_eq!(bench.own_balance().await, Amount::ZERO);
    }

    fn with_safe_tx_gas_a_failure_inside_uses_up_the_nonce_and_pays_nothing(bench: Bench) {
        let mut tx = bench.payout(&[Transfer { recipient: address(1), amount: lpt("751") }]).await;
        tx.safe_tx_gas = U256::one();
        let hash = tx.hashes(&bench.safe).safe_tx;
        assert_eq!(bench.chain.transaction_hash(&bench.safe.address, &tx).await.unwrap(), hash);

        let receipt = bench.run(&tx).await;

        assert!(receipt.succeeded);
        assert_eq!(successes(&bench, &receipt).len(), 0);
        assert_eq!(failures(&bench, &receipt).iter().map(|log| named(log)).collect::<Vec<_>>(), [hash]);
        assert_eq!((bench.nonce().await, bench.own_balance().await), (Seq::new(1), lpt("750")));
        assert_eq!(bench.balance(&address(1)).await, Amount::ZERO);
    }

    fn who_is_no_owner_and_what_is_not_signed_is_gs026(bench: Bench) {
        let tx = bench.payout(&five_lines()).await;
        let hash = tx.hashes(&bench.safe).safe_tx;
        let owner = |n: usize| bench.keys[n].sign(&hash, Form::TypedData).unwrap().bytes();
        let stranger = LocalKey::from_seed(b"mallory").sign(&hash, Form::TypedData).unwrap().bytes();
        // Of the other form than it says: somebody else's.
        let mut other_form = bench.keys[0].sign(&hash, Form::EthSign).unwrap().bytes();
        other_form[64] -= 4;
        let mut ascending = [0, 1].map(|n| (bench.keys[n].address(), owner(n)));
        ascending.sort();
        let [(_, first), (_, second)] = ascending;

        for signatures in [
            [owner(0), stranger].concat(),
            [stranger, owner(0)].concat(),
            [owner(0), owner(0)].concat(),
            [other_form, owner(1)].concat(),
            [owner(1), other_form].concat(),
            [second, first].concat(),
        ] {
            let execution = Transaction::execute(RELAYER, &bench.safe, &tx, &signatures);
            assert_eq!(refusal(&bench, &execution).await, "the contract reverts: GS026");
            let receipt = bench.chain.send(&execution).await.unwrap();
            assert!(!receipt.succeeded);
        }
        assert_eq!((bench.nonce().await, bench.own_balance().await), (Seq::new(0), lpt("750")));
    }

    fn an_owner_who_approved_on_the_chain_counts_without_a_signature(bench: Bench) {
        let tx = bench.payout(&five_lines()).await;
        let hash = tx.hashes(&bench.safe).safe_tx;
        let approver = bench.keys[1].address();
        let signed = bench.keys[0].sign(&hash, Form::TypedData).unwrap();
        let signatures =
            assemble(&[Approval::Signed(signed), Approval::Hash { owner: approver }]).unwrap();
        let execution = Transaction::execute(RELAYER, &bench.safe, &tx, &signatures);
        assert_eq!(refusal(&bench, &execution).await, "the contract reverts: GS025");

        bench.chain.carry_out(&Transaction::approve_hash(approver, &bench.safe, &hash)).await.unwrap();

        assert!(bench.chain.send(&execution).await.unwrap().succeeded);
        assert_eq!(bench.nonce().await, Seq::new(1));
    }

    fn one_signature_is_too_few(bench: Bench) {
        let tx = bench.payout(&five_lines()).await;
        let one = bench.sign(&tx, &[(0, Form::TypedData)]);

        let refused = refusal(&bench, &Transaction::execute(RELAYER, &bench.safe, &tx, &one)).await;

        assert_eq!(refused, "the contract reverts: GS020");
    }

    fn the_hash_of_every_field_is_the_contracts(bench: Bench) {
        let tx = SafeTx {
            to: address(1),
            value: U256::MAX,
            data: (0..=99).collect(),
            operation: safe::Operation::DelegateCall,
            safe_tx_gas: 2.into(),
            base_gas: 3.into(),
            gas_price: 4.into(),
            gas_token: address(5),
            refund_receiver: address(6),
            nonce: U256::from(u64::MAX),
        };

        let of_contract = bench.chain.transaction_hash(&bench.safe.address, &tx).await.unwrap();

        assert_eq!(of_contract, tx.hashes(&bench.safe).safe_tx);
    }
}
