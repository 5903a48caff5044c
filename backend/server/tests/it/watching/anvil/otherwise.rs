//! Batches that are not executed as they were proposed: the money is where it belongs, and people are asked where they
//! have to be.

use domain::batch::How;
use domain::refusal::Refusal;
use domain::value::{Seq, SubmissionNumber};
use domain::words::{Consumption, FindingKind, Source};
use safe::{SafeTx, SafeVersion, Transfer};
use server::app::Error;
use server::devchain::{LPT, Singleton, Transaction, enable_module_tx, own_call_tx};

use crate::app::world::run;
use crate::common::TestDb;

use super::{RELAYER, Stage, address, end, for_each_version, is_approved, is_in_batch, is_paid, kinds, lpt};

/// Another transaction of the Safe that pays these lines.
fn foreign(stage: &Stage<'_>, lines: &[Transfer], nonce: u64) -> SafeTx {
    let version = stage.safe.version;
    safe::payout_tx(stage.safe.chain_id, version, &LPT, lines, Seq::new(nonce)).unwrap()
}

async fn lines(stage: &Stage<'_>, numbers: &[u32]) -> Vec<Transfer> {
    let program = stage.program().await;
    let line = |number: &u32| {
        let revision = &program.submission(SubmissionNumber::new(*number).unwrap()).unwrap().revision;
        Transfer { recipient: revision.payee, amount: revision.amount }
    };
    numbers.iter().map(line).collect()
}

for_each_version! {
    fn a_rejection_frees_the_claims(stage: Stage) {
        let batch = stage.propose(&[1, 2, 3]).await.unwrap();
        let rejection = stage.reject(batch).await;
        let receipt = stage.run(&stage.transaction(rejection).await).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "batch_executed"]);
        let program = stage.program().await;
        assert!((1..=3).all(|number| is_approved(&program, number)));
        let nonce = stage.nonce(0).await;
        assert_eq!(end(&nonce), Some((How::Executed(rejection), Source::Chain, receipt.transaction)));
        stage.settled().await;
        // The claims can be paid by the next batch.
        let next = stage.propose(&[1, 2, 3]).await.unwrap();
        stage.run(&stage.transaction(next).await).await;
        stage.read().await;
        assert!(is_paid(&stage.program().await, 3));
        stage.settled().await;
    }

    fn another_transaction_on_the_nonce_frees_the_claims(stage: Stage) {
        stage.propose(&[1, 2]).await.unwrap();
        let other = own_call_tx(&stage.safe, Vec::new(), Seq::new(0));
        let other = SafeTx { to: RELAYER, ..other };
        let receipt = stage.run(&other).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "nonce_consumed"]);
        let nonce = stage.nonce(0).await;
        let how = How::Unpaid(Consumption::Replaced);
        assert_eq!(end(&nonce), Some((how, Source::Chain, receipt.transaction)));
        assert!(is_approved(&stage.program().await, 1));
        stage.settled().await;
    }

    fn a_transaction_that_fails_as_a_whole_leaves_the_batch_as_it_is(stage: Stage) {
        let module = address(0x77);
        stage.run(&enable_module_tx(&stage.safe, module, Seq::new(0))).await;
        stage.read().await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        // A module takes the money away, so the batch fails inside and is undone.
        let all = safe::erc20::transfer_calldata(&RELAYER, lpt("750").wei().into());
        stage.chain.carry_out(&Transaction::by_module(module, &stage.safe, LPT, &all)).await.unwrap();
        let failed = stage.chain.send(&stage.execution(&stage.transaction(batch).await)).await.unwrap();
        assert!(!failed.succeeded);

        let refused = stage.reconcile(batch, failed.transaction).await.unwrap_err();

        assert!(matches!(refused, Error::NotExecuted { .. }), "{refused}");
        assert!(refused.to_string().contains("it was reverted"), "{refused}");
        let round = stage.read().await;
        assert_eq!(kinds(&round), ["safe_observed", "outflow_recorded"]);
        assert!(is_in_batch(&stage.program().await, 1));
        stage.settled().await;
        let blocked = stage.propose(&[3]).await.unwrap_err();
        assert!(matches!(blocked, Error::Refused(Refusal::OutflowUnexplained { .. })), "{blocked}");
    }

    fn the_same_lines_under_another_hash_wait_for_two_people(stage: Stage) {
        stage.propose(&[1, 2, 3]).await.unwrap();
        let other = foreign(&stage, &lines(&stage, &[3, 2, 1]).await, 0);
        let receipt = stage.run(&other).await;

        let round = stage.read().await;

        assert_eq!(
            kinds(&round),
            ["safe_observed", "finding_recorded", "outflow_recorded", "outflow_recorded", "outflow_recorded"]
        );
        let found = stage.nonce(0).await.finding.unwrap();
        assert_eq!((found.finding, found.tx_hash), (FindingKind::Elsewhere, receipt.transaction));
        let program = stage.program().await;
        assert!((1..=3).all(|number| is_in_batch(&program, number)));
        let blocked = stage.propose(&[4]).await.unwrap_err();
        assert!(matches!(blocked, Error::Refused(Refusal::OutflowUnexplained { .. })), "{blocked}");
        stage.settled().await;
        let outflows: Vec<Seq> = round.written[2..].iter().map(|written| written.seq).collect();
        for (event, number) in outflows.into_iter().zip([3, 2, 1]) {
            stage.explain(event, Some(number)).await;
        }
        stage.mismatched(0, receipt.transaction).await;
        let program = stage.program().await;
        assert!((1..=3).all(|number| is_paid(&program, number)));
        stage.settled().await;
        stage.propose(&[4]).await.unwrap();
    }

    fn the_lines_of_a_later_nonce_stay_in_flight_until_people_say_so(stage: Stage) {
        stage.propose(&[1, 2]).await.unwrap();
        let later = stage.propose(&[3, 4]).await.unwrap();
        let other = foreign(&stage, &lines(&stage, &[3, 4]).await, 0);
        stage.run(&other).await;

        let round = stage.read().await;

        assert_eq!(
            kinds(&round),
            ["safe_observed", "nonce_consumed", "outflow_recorded", "outflow_recorded"]
        );
        let program = stage.program().await;
        assert!(is_approved(&program, 1) && is_approved(&program, 2));
        assert!(is_in_batch(&program, 3) && is_in_batch(&program, 4));
        stage.settled().await;
        let rejection = stage.reject(later).await;
        for (written, number) in round.written[2..].iter().zip([3, 4]) {
            stage.explain(written.seq, Some(number)).await;
        }
        assert!(is_paid(&stage.program().await, 3));
        stage.run(&stage.transaction(rejection).await).await;
        assert_eq!(kinds(&stage.read().await), ["safe_observed", "batch_executed"]);
        let program = stage.program().await;
        assert!(is_paid(&program, 3) && is_paid(&program, 4) && is_approved(&program, 1));
        stage.settled().await;
    }

    fn what_is_paid_to_somebody_else_is_a_loss_and_the_line_is_owed_again(stage: Stage) {
        stage.propose(&[1, 2, 5]).await.unwrap();
        let mut wrong = lines(&stage, &[1, 2, 5]).await;
        wrong[2].recipient = address(0x99);
        let receipt = stage.run(&foreign(&stage, &wrong, 0)).await;

        let round = stage.read().await;

        assert_eq!(stage.nonce(0).await.finding.map(|found| found.finding), Some(FindingKind::Elsewhere));
        for (written, number) in round.written[2..].iter().zip([Some(1), Some(2), None]) {
            stage.explain(written.seq, number).await;
        }
        stage.mismatched(0, receipt.transaction).await;
        let program = stage.program().await;
        assert!(is_paid(&program, 1) && is_paid(&program, 2) && is_approved(&program, 5));
        stage.settled().await;
    }

    fn an_extra_transfer_in_the_same_transaction_is_none_of_the_batchs(stage: Stage) {
        stage.allow("3", 0).await;
        stage.read().await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let calls = [stage.execution(&tx), stage.transfer_from(address(0x66), "3")];
        stage.send_all(&calls).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "batch_executed", "outflow_recorded"]);
        assert!(is_paid(&stage.program().await, 1));
        stage.explain(round.written[2].seq, None).await;
        stage.settled().await;
    }

    fn a_strangers_empty_transfers_change_nothing(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let empty = |to| stage.transfer_from(to, "0");
        stage.send_all(&[empty(address(8)), stage.execution(&tx), empty(address(9))]).await;

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "batch_executed"]);
        assert!(is_paid(&stage.program().await, 2));
        stage.settled().await;
    }
}

/// A Safe for Ethereum does not tell where its execution begins: what left it just before cannot be told apart.
fn extra(version: SafeVersion) {
    run(async {
        let test = TestDb::sqlite();
        let stage = Stage::set_on(&test, version, Singleton::Safe).await;
        stage.allow("3", 0).await;
        stage.read().await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.transaction(batch).await;
        let receipt = stage.send_all(&[stage.transfer_from(address(0x66), "3"), stage.execution(&tx)]).await;

        let round = stage.read().await;

        let finding = stage.nonce(1).await.finding.unwrap();
        assert_eq!((finding.finding, finding.tx_hash), (FindingKind::Mismatched, receipt.transaction));
        assert_eq!(
            kinds(&round)[1..],
            ["finding_recorded", "outflow_recorded", "outflow_recorded", "outflow_recorded"]
        );
        assert!(is_in_batch(&stage.program().await, 1));
        for (written, number) in round.written[2..].iter().zip([None, Some(1), Some(2)]) {
            stage.explain(written.seq, number).await;
        }
        stage.mismatched(1, receipt.transaction).await;
        let program = stage.program().await;
        assert!(is_paid(&program, 1) && is_paid(&program, 2));
        stage.settled().await;
    });
}

mod an_extra_transfer_before_the_execution_is_for_people {
    #[test]
    fn v1_3_0() {
        super::extra(safe::SafeVersion::V1_3_0);
    }
    #[test]
    fn v1_4_1() {
        super::extra(safe::SafeVersion::V1_4_1);
    }
    #[test]
    fn v1_5_0() {
        super::extra(safe::SafeVersion::V1_5_0);
    }
}
