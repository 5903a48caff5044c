//! Blocks, clock, snapshots, reorganisations.

use domain::value::Amount;
use server::devchain::{FINALITY_BLOCKS, Transaction};

use super::{address, lpt};
use crate::common::node::{devchain, run};

#[test]
fn a_snapshot_brings_back_money_and_blocks() {
    run(async {
        let chain = devchain().await;
        let before = chain.latest().await.unwrap();
        let snapshot = chain.snapshot().await.unwrap();
        chain.fund(&address(1), lpt("5")).await.unwrap();
        assert_eq!(chain.lpt_balance(&address(1)).await.unwrap(), lpt("5"));

        chain.revert(snapshot).await.unwrap();

        assert_eq!(chain.lpt_balance(&address(1)).await.unwrap(), Amount::ZERO);
        assert_eq!(chain.latest().await.unwrap(), before);
    });
}

#[test]
fn a_block_is_final_once_64_others_follow_it() {
    run(async {
        let chain = devchain().await;
        let paid = chain.fund(&address(1), lpt("5")).await.unwrap();

        chain.mine(FINALITY_BLOCKS - 1).await.unwrap();
        assert_eq!(chain.finalized().await.unwrap().number, paid.block - 1);
        chain.mine(1).await.unwrap();

        let finalized = chain.finalized().await.unwrap();
        assert_eq!((finalized.number, finalized.hash), (paid.block, paid.block_hash));
        assert_eq!(chain.latest().await.unwrap().number, paid.block + FINALITY_BLOCKS);
    });
}

#[test]
fn the_next_block_has_the_second_it_was_given() {
    run(async {
        let chain = devchain().await;
        let time_s = chain.latest().await.unwrap().time_s + 86_400;

        chain.set_next_block_time(time_s).await.unwrap();
        chain.mine(1).await.unwrap();

        assert_eq!(chain.latest().await.unwrap().time_s, time_s);
    });
}

#[test]
fn without_mining_at_once_several_transactions_share_a_block_in_their_order() {
    run(async {
        let chain = devchain().await;
        chain.mint(&address(1), lpt("5")).await.unwrap();
        chain.set_automine(false).await.unwrap();
        let there = Transaction::pay_lpt(address(1), &address(2), lpt("5"));
        let on = Transaction::pay_lpt(address(2), &address(3), lpt("5"));
        let (there, on) = (chain.submit(&there).await.unwrap(), chain.submit(&on).await.unwrap());
        assert_eq!(chain.receipt(&there).await.unwrap(), None);

        chain.mine(1).await.unwrap();

        let [there, on] = [there, on].map(async |hash| chain.receipt(&hash).await.unwrap().unwrap());
        let (there, on) = (there.await, on.await);
        assert_eq!(there.block_hash, on.block_hash);
        assert!(there.succeeded && on.succeeded);
        assert_eq!((there.logs[0].index, on.logs[0].index), (0, 1));
    });
}

#[test]
fn a_reorganisation_takes_a_payment_back_and_puts_another_in_its_place() {
    run(async {
        let chain = devchain().await;
        chain.mint(&address(1), lpt("5")).await.unwrap();
        let before = chain.latest().await.unwrap();
        let gone = Transaction::pay_lpt(address(1), &address(2), lpt("5"));
        let gone = chain.send(&gone).await.unwrap();
        chain.mine(3).await.unwrap();
        let height = chain.latest().await.unwrap().number;

        let instead = Transaction::pay_lpt(address(1), &address(3), lpt("4"));
        chain.reorg(height - before.number, &[(0, instead)]).await.unwrap();

        assert_eq!(chain.latest().await.unwrap().number, height);
        assert_eq!(chain.receipt(&gone.transaction).await.unwrap(), None);
        let balances = [1, 2, 3].map(async |n| chain.lpt_balance(&address(n)).await.unwrap());
        let [first, second, third] = balances;
        assert_eq!((first.await, second.await, third.await), (lpt("1"), Amount::ZERO, lpt("4")));
    });
}

#[test]
fn a_reorganisation_leaves_other_hashes() {
    run(async {
        let chain = devchain().await;
        chain.mint(&address(1), lpt("5")).await.unwrap();
        let paid = chain.send(&Transaction::pay_lpt(address(1), &address(2), lpt("5"))).await.unwrap();
        chain.mine(2).await.unwrap();
        let before = chain.latest().await.unwrap();

        chain.reorg(3, &[]).await.unwrap();

        let after = chain.latest().await.unwrap();
        assert_eq!(after.number, before.number);
        assert_ne!(after.hash, before.hash);
        assert_eq!(chain.receipt(&paid.transaction).await.unwrap(), None);
        assert_eq!(chain.lpt_balance(&address(2)).await.unwrap(), Amount::ZERO);
    });
}
