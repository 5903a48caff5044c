//! What happens around payments: money that comes in, blocks that are replaced, servers and nodes that go away, and
//! what people said before the chain was read.

use domain::batch::How;
use domain::books::Account;
use domain::value::Seq;
use domain::words::Source;
use server::app::Error;
use server::devchain::{Transaction, own_call_tx};

use super::{
    RELAYER, TREASURER, address, attest_by, dead, end, executed, for_each_version, is_in_batch, is_paid,
    kinds, lpt, nodes, propose_by,
};
use crate::app::history::funding;

for_each_version! {
    fn lpt_from_a_known_funder_is_funding_and_from_others_waits(stage: Stage) {
        stage.read().await;
        let batch = stage.propose(&[1]).await.unwrap();
        stage.chain.fund(&stage.safe.address, lpt("50")).await.unwrap();
        stage.chain.mint(&RELAYER, lpt("2")).await.unwrap();
        let gift = Transaction::pay_lpt(RELAYER, &stage.safe.address, lpt("2"));
        stage.chain.carry_out(&gift).await.unwrap();

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "funding_recorded", "inflow_recorded"]);
        let books = stage.program().await.books().clone();
        assert_eq!((books.balance(Account::Contributed), books.balance(Account::SuspenseIn)), (lpt("800"), lpt("2")));
        stage.settled().await;
        // It blocks nothing.
        stage.propose(&[2]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }

    fn the_treasurers_word_of_funding_is_confirmed(stage: Stage) {
        let program = stage.program().await;
        let (event, stated) = program.fundings().next().map(|(event, it)| (event, it.source)).unwrap();
        assert_eq!(stated, Source::Attested);

        let round = stage.read().await;

        assert!(kinds(&round).contains(&"word_confirmed".to_owned()), "{:?}", kinds(&round));
        assert_eq!(stage.program().await.funding(event).unwrap().source, Source::Chain);
        stage.settled().await;
    }

    fn a_word_of_funding_that_never_was_is_taken_back(stage: Stage) {
        let world = &stage.world;
        world.app.record_funding(world.ask(TREASURER, &world.key()), &funding("3", 4)).await.unwrap();
        stage.read().await;
        assert_eq!(stage.booked().await, lpt("753"), "the transaction may be on its way");
        stage.both_later(900).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["funding_withdrawn"]);
        stage.settled().await;
    }

    fn a_payment_in_a_replaced_block_is_taken_back_and_paid_again(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let before = stage.chain.snapshot().await.unwrap();
        stage.run(&tx).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.chain.revert(before).await.unwrap();
        stage.chain.mine(3).await.unwrap();

        let round = stage.read().await;

        assert!(kinds(&round).contains(&"execution_withdrawn".to_owned()), "{:?}", kinds(&round));
        assert_eq!(round.held, []);
        assert!(is_in_batch(&stage.program().await, 1));
        stage.settled().await;
        let receipt = stage.run(&tx).await;
        stage.read().await;
        let nonce = stage.nonce(0).await;
        assert_eq!(end(&nonce), Some((How::Executed(batch), Source::Chain, receipt.transaction)));
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }

    fn a_payment_moved_to_another_block_stands(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let before = stage.chain.snapshot().await.unwrap();
        stage.run(&tx).await;
        stage.read().await;
        stage.chain.revert(before).await.unwrap();
        stage.chain.mine(1).await.unwrap();
        // Sent by somebody else it is another transaction, with the same signatures.
        let again = Transaction::execute(address(0xdd), &stage.safe, &tx, &stage.signed(&tx));
        let receipt = stage.chain.carry_out(&again).await.unwrap();

        let round = stage.read().await;

        assert_eq!(round.held, []);
        let nonce = stage.nonce(0).await;
        assert_eq!(end(&nonce), Some((How::Executed(batch), Source::Chain, receipt.transaction)));
        stage.settled().await;
    }

    fn what_happened_while_no_server_ran_is_read_by_the_next(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        stage.chain.fund(&stage.safe.address, lpt("1")).await.unwrap();
        let restarted = stage.world.another(stage.test).app.with_nodes(Some(nodes(stage.chain.url())));

        let round = restarted.read_chain(stage.world.slug).await.unwrap();

        assert_eq!(kinds(&round), ["safe_observed", "batch_executed", "funding_recorded"]);
        assert!(is_paid(&stage.program().await, 2));
        stage.settled().await;
    }

    fn two_servers_that_read_at_the_same_time_write_everything_once(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        stage.chain.fund(&stage.safe.address, lpt("1")).await.unwrap();
        let other = stage.world.another(stage.test).app.with_nodes(Some(nodes(stage.chain.url())));
        let slug = stage.world.slug;

        let (one, two) = tokio::join!(stage.world.app.read_chain(slug), other.read_chain(slug));

        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((&one.held[..], &two.held[..]), (&[][..], &[][..]));
        let mut written = [kinds(&one), kinds(&two)].concat();
        written.sort();
        written.dedup();
        assert_eq!(written.len(), one.written.len() + two.written.len(), "{written:?}");
        stage.settled().await;
    }

    fn a_node_that_goes_away_changes_nothing(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let receipt = stage.run(&stage.transaction(batch).await).await;
        let gone = stage.world.app.clone().with_nodes(Some(dead()));
        let before = stage.world.dump().await;

        let error = gone.read_chain(stage.world.slug).await.unwrap_err();
        let asked = attest_by(&stage, &gone, batch, receipt.transaction).await.unwrap_err();
        let proposed = propose_by(&stage, &gone, &[3]).await.unwrap_err();

        for error in [&error, &asked, &proposed] {
            assert!(matches!(error, Error::Chain(_)), "{error}");
            assert!(error.to_string().contains("cannot be reached"), "{error}");
        }
        let warnings = gone.check().await.warnings;
        assert!(warnings.iter().any(|warning| warning.contains("cannot be reached")), "{warnings:?}");
        assert!(stage.world.dump().await == before);
        // As soon as it is back, all is read.
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }

    fn a_batch_is_read_at_once_when_its_transaction_is_named(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let unrelated = stage.chain.fund(&RELAYER, lpt("1")).await.unwrap();
        let refused = stage.reconcile(batch, unrelated.transaction).await.unwrap_err();
        assert!(matches!(refused, Error::NotExecuted { .. }), "{refused}");
        let nothing = stage.reconcile(batch, domain::value::Digest::sha256(&[b"no transaction"])).await.unwrap_err();
        assert!(matches!(nothing, Error::NoTransaction { .. }), "{nothing}");
        let receipt = stage.run(&stage.transaction(batch).await).await;

        let written = stage.reconcile(batch, receipt.transaction).await.unwrap();
        let again = stage.reconcile(batch, receipt.transaction).await.unwrap();

        assert_eq!((executed(&written), written.replayed), (Some(batch), false));
        assert_eq!((again.seq, again.replayed), (written.seq, true));
        stage.settled().await;
    }

    fn a_batch_is_proposed_only_for_what_the_safe_has_now(stage: Stage) {
        stage.read().await;
        // Somebody uses the nonce before anything is proposed.
        let other = own_call_tx(&stage.safe, Vec::new(), Seq::new(0));
        stage.run(&other).await;

        let batch = stage.propose(&[1]).await.unwrap();

        assert_eq!(stage.batch(batch).await.nonce, Seq::new(1));
        let observed = stage.program().await.observation().unwrap().clone();
        assert_eq!((observed.safe.nonce, observed.safe.source), (Seq::new(1), Source::Chain));
        stage.settled().await;
    }

    fn a_false_word_of_an_execution_is_taken_back(stage: Stage) {
        stage.read().await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let blind = stage.world.another(stage.test);
        attest_by(&stage, &blind.app, batch, domain::value::Digest::sha256(&[b"never sent"])).await.unwrap();
        assert!(is_paid(&stage.program().await, 1));
        assert_eq!(stage.nonce(0).await.end.unwrap().source, Source::Attested);
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1), "it may be on its way");
        stage.both_later(900).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["execution_withdrawn"]);
        assert!(is_in_batch(&stage.program().await, 1));
        stage.settled().await;
        let receipt = stage.run(&stage.transaction(batch).await).await;
        attest_by(&stage, &blind.app, batch, receipt.transaction).await.unwrap();

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "word_confirmed"]);
        assert_eq!(stage.nonce(0).await.end.unwrap().source, Source::Chain);
        stage.settled().await;
    }

    fn a_word_of_a_batch_when_another_was_executed_is_set_right(stage: Stage) {
        stage.read().await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let rejection = stage.reject(batch).await;
        let receipt = stage.run(&stage.transaction(rejection).await).await;
        let blind = stage.world.another(stage.test);
        attest_by(&stage, &blind.app, batch, receipt.transaction).await.unwrap();
        assert!(is_paid(&stage.program().await, 1));

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "execution_withdrawn", "batch_executed"]);
        let nonce = stage.nonce(0).await;
        assert_eq!(end(&nonce), Some((How::Executed(rejection), Source::Chain, receipt.transaction)));
        stage.settled().await;
    }
}
