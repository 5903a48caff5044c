//! A batch that is executed as it was proposed, from claims to *paid*, for each version of the Safe.

use domain::batch::How;
use domain::words::Source;

use safe::signature::Form;
use server::app::executable;
use server::devchain::Transaction;

use super::{RELAYER, end, for_each_version, is_paid, kinds, lpt};

for_each_version! {
    fn claims_of_five_become_paid(stage: Stage) {
        let batch = stage.propose(&[1, 2, 3, 4, 5]).await.unwrap();
        stage.sign(batch, 0, Form::TypedData).await.unwrap();
        stage.sign(batch, 2, Form::EthSign).await.unwrap();
        let executable = executable(&stage.program().await, &stage.batch(batch).await).unwrap();
        // Anybody sends it.
        let call = Transaction::call(RELAYER, executable.safe.address, executable.calldata);
        let receipt = stage.chain.carry_out(&call).await.unwrap();

        let round = stage.read().await;

        assert_eq!(kinds(&round), ["safe_observed", "batch_executed"]);
        assert_eq!(round.held, []);
        let program = stage.program().await;
        assert!((1..=5).all(|number| is_paid(&program, number)));
        let nonce = stage.nonce(0).await;
        assert_eq!(end(&nonce), Some((How::Executed(batch), Source::Chain, receipt.transaction)));
        for payout in &program.batch(batch).unwrap().payouts {
            assert_eq!(stage.balance(&payout.payee).await, payout.amount);
        }
        assert_eq!(stage.booked().await, lpt("750").checked_sub(program.batch(batch).unwrap().total).unwrap());
        stage.settled().await;
    }
}
