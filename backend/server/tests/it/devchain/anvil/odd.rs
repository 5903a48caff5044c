//! What strangers, modules and other Safes can do around a payout.

use domain::value::{Address, Amount, Digest, Seq};
use safe::approval::{Approval, assemble};
use safe::calldata::{Argument, calldata, encode, keccak};
use safe::signature::Form;
use safe::{SafeVersion, Transfer, U256};
use server::devchain::{LPT, Log, NewSafe, Transaction, enable_module_tx, log_writer};

use super::{Bench, RELAYER, address, five_lines, for_each_version, lpt};
use crate::common::node::{devchain, run};

/// Sender, recipient and wei of a transfer that some contract reports.
fn transfer(log: &Log) -> Option<(Address, Address, Amount)> {
    let [topic, from, to] = log.topics[..] else { return None };
    let address = |word: Digest| Address::from_bytes(word.bytes()[12..].try_into().unwrap());
    let wei = u128::from_be_bytes(log.data[16..32].try_into().unwrap());
    (topic == keccak(b"Transfer(address,address,uint256)"))
        .then(|| (address(from), address(to), Amount::from_wei(wei)))
}

fn is_success(log: &Log) -> bool {
    log.topics.first() == Some(&keccak(b"ExecutionSuccess(bytes32,uint256)"))
}

for_each_version! {
    fn a_stranger_puts_empty_transfers_of_the_safe_around_the_payout(bench: Bench) {
        let tx = bench.payout(&five_lines()).await;
        let nothing_from_the_safe = |to| {
            let arguments = [
                Argument::Address(bench.safe.address),
                Argument::Address(to),
                Argument::Uint(U256::zero()),
            ];
            Transaction::call(RELAYER, LPT, calldata("transferFrom(address,address,uint256)", &arguments)).as_call()
        };
        let calls =
            [nothing_from_the_safe(address(8)), bench.execution(&tx).as_call(), nothing_from_the_safe(address(9))];

        let receipt = bench.chain.carry_out(&Transaction::many(RELAYER, bench.safe.version, &calls).unwrap()).await.unwrap();

        let transfers: Vec<_> = receipt.logs.iter().filter_map(transfer).collect();
        let mut expected: Vec<_> = five_lines().iter().map(|line| (line.recipient, line.amount)).collect();
        expected.insert(0, (address(8), Amount::ZERO));
        expected.push((address(9), Amount::ZERO));
        let expected: Vec<_> = expected.into_iter().map(|(to, amount)| (bench.safe.address, to, amount)).collect();
        assert_eq!(transfers, expected);
        assert_eq!(receipt.logs.iter().filter(|log| is_success(log)).count(), 1);
        assert_eq!(bench.nonce().await, Seq::new(1));
    }

    fn a_module_pays_without_signatures_and_without_a_success(bench: Bench) {
        let module = address(0x77);
        let line = Transfer { recipient: address(1), amount: lpt("5") };
        let payment = safe::erc20::transfer_calldata(&line.recipient, U256::from(line.amount.wei()));
        let payment = Transaction::by_module(module, &bench.safe, LPT, &payment);
        assert!(bench.chain.call(&payment).await.is_err());
        assert!(bench.run(&enable_module_tx(&bench.safe, module, Seq::new(0))).await.succeeded);

        let receipt = bench.chain.carry_out(&payment).await.unwrap();

        assert!(!receipt.logs.iter().any(is_success));
        assert_eq!((bench.balance(&address(1)).await, bench.own_balance().await), (lpt("5"), lpt("745")));
        assert_eq!(bench.nonce().await, Seq::new(1));
    }

    fn two_safes_pay_the_same_lines_in_one_transaction(bench: Bench) {
        let owners = bench.keys.each_ref().map(safe::signer::LocalKey::address);
        let new = NewSafe { salt: 1, ..NewSafe::new(bench.safe.version, &owners, 2).unwrap() };
        let other = bench.chain.create_safe(&new).await.unwrap();
        bench.chain.fund(&other.address, lpt("750")).await.unwrap();
        let tx = bench.payout(&five_lines()).await;
        let of_other = tx.hashes(&other).safe_tx;
        assert_ne!(of_other, tx.hashes(&bench.safe).safe_tx);
        let signed = [0, 1].map(|n| Approval::Signed(bench.keys[n].sign(&of_other, Form::TypedData).unwrap()));
        let of_other = Transaction::execute(RELAYER, &other, &tx, &assemble(&signed).unwrap());
        let calls = [of_other.as_call(), bench.execution(&tx).as_call()];

        let receipt = bench.chain.carry_out(&Transaction::many(RELAYER, bench.safe.version, &calls).unwrap()).await.unwrap();

        let successes: Vec<Address> =
            receipt.logs.iter().filter(|log| is_success(log)).map(|log| log.address).collect();
        assert_eq!(successes, [other.address, bench.safe.address]);
        assert_eq!(bench.balance(&address(2)).await, lpt("25"));
    }
}

#[test]
fn a_contract_of_anybody_writes_whatever_log_it_is_told() {
    run(async {
        let chain = devchain().await;
        let words: Vec<Digest> = (1..=4).map(|n| Digest::from_bytes([n; 32])).collect();
        for topics in 0..=4_u8 {
            let writer = address(0x50 + topics);
            chain.set_code(&writer, &log_writer(topics)).await.unwrap();
            let topics = &words[..usize::from(topics)];
            let arguments: Vec<Argument<'_>> = topics.iter().map(|topic| Argument::Word(*topic)).collect();
            let data: Vec<u8> = (0..45).collect();

            let told = [encode(&arguments), data.clone()].concat();
            let receipt = chain.carry_out(&Transaction::call(RELAYER, writer, told)).await.unwrap();

            let [log] = &receipt.logs[..] else { panic!("{receipt:?}") };
            assert_eq!((log.address, &log.topics[..], &log.data), (writer, topics, &data));
        }
    });
}

#[test]
fn a_log_that_looks_like_a_payment_moves_nothing() {
    run(async {
        let bench = Bench::start(SafeVersion::V1_4_1).await;
        let liar = address(0x55);
        bench.chain.set_code(&liar, &log_writer(3)).await.unwrap();
        let told = encode(&[
            Argument::Word(keccak(b"Transfer(address,address,uint256)")),
            Argument::Address(bench.safe.address),
            Argument::Address(address(1)),
            Argument::Uint(U256::from(lpt("20").wei())),
        ]);

        let receipt = bench.chain.carry_out(&Transaction::call(RELAYER, liar, told)).await.unwrap();

        let claimed: Vec<_> = receipt.logs.iter().filter_map(transfer).collect();
        assert_eq!(claimed, [(bench.safe.address, address(1), lpt("20"))]);
        assert_eq!((bench.balance(&address(1)).await, bench.own_balance().await), (Amount::ZERO, lpt("750")));
    });
}
