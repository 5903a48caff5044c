//! A program whose Safe is on the node: claims of five people, voted, batched, signed, executed and read.

mod around;
mod otherwise;
mod paid;
mod signing;

use domain::Program;
use domain::batch::{Batch, How, Nonce};
use domain::books::Account;
use domain::event::Fact;
use domain::refusal::Refusal;
use domain::submission::Stage as State;
use domain::value::{Address, Amount, BatchNumber, Digest, Seq, SubmissionNumber};
use domain::words::{Choice, Consumption, Source};
use safe::approval::{Approval, assemble};
use safe::calldata::{Argument, calldata};
use safe::signature::Form;
use safe::signer::LocalKey;
use safe::{SafeAccount, SafeTx, SafeVersion};
use server::app::{
    App, Error, NewBatch, NewConsumption, NewExecution, NewExplanation, NewFunding, NewSignature, NoWords,
    Receipt as Written, Round,
};
use server::chain::{Client, Confirmations, Endpoint, Limits, Nodes};
use server::devchain::{Devchain, LPT, NewSafe, Receipt, Singleton, TREASURY, Transaction, own_call_tx};

use crate::app::history::{claim, proposed};
use crate::app::world::{LEAD, REVIEWER, REVIEWER_2, TREASURER, World, filed};
use crate::common::{TestDb, node};

/// Writes a test once and runs it for each version, as `name::v1_3_0` and so on.
macro_rules! for_each_version {
    ($(fn $name:ident($stage:ident: Stage) $body:block)+) => { $(
        mod $name {
            use super::*;
            fn check(version: safe::SafeVersion) {
                $crate::app::world::run(async {
                    let test = $crate::common::TestDb::sqlite();
                    let $stage = $crate::watching::anvil::Stage::set(&test, version).await;
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
pub(super) use for_each_version;

/// Anybody, who sends what others have signed.
pub const RELAYER: Address = Address::from_bytes([0xee; 20]);
/// 2026-01-04, a day before the program opens.
const GENESIS_S: u64 = 1_767_484_800;
/// 2026-01-05T12:00:00Z, when it opens.
const OPENED_S: u64 = 1_767_614_400;

/// A program, the node with its Safe of three owners of whom two sign, and 750 LPT in it.
pub struct Stage<'a> {
    pub test: &'a TestDb,
    pub chain: Devchain,
    pub world: World,
    pub safe: SafeAccount,
    pub keys: [LocalKey; 3],
}

pub fn lpt(text: &str) -> Amount {
    text.parse().unwrap()
}

pub fn nodes(url: &str) -> Nodes {
    let endpoint: Endpoint = url.parse().unwrap();
    Nodes::new(Client::new(endpoint, Limits::default()).unwrap(), None, Confirmations::Blocks(0))
}

impl<'a> Stage<'a> {
    /// The program is funded, and its claims are approved.
    pub async fn set(test: &'a TestDb, version: SafeVersion) -> Self {
        Self::set_on(test, version, Singleton::SafeL2).await
    }

    /// As [`Stage::set`], with a Safe of another kind.
    pub async fn set_on(test: &'a TestDb, version: SafeVersion, singleton: Singleton) -> Self {
        let chain = Devchain::start_at(&node::contracts(), GENESIS_S).await.unwrap();
        let keys = ["first", "second", "third"].map(|name| LocalKey::from_seed(name.as_bytes()));
        let owners: Vec<Address> = keys.iter().map(LocalKey::address).collect();
        let new = NewSafe { singleton, ..NewSafe::new(version, &owners, 2).unwrap() };
        let safe = chain.create_safe(&new).await.unwrap();
        let mut world = World::open_with(test, |file| {
            file.safe = safe.address;
            file.safe_version = version.to_string().parse().unwrap();
        })
        .await;
        chain.set_next_block_time(OPENED_S + 60).await.unwrap();
        world.app = world.app.clone().with_nodes(Some(nodes(chain.url())));
        let stage = Self { test, chain, world, safe, keys };
        stage.later(60);
        let funded = stage.chain.fund(&stage.safe.address, lpt("750")).await.unwrap();
        stage.later(60);
        stage.attest_funding("750", &funded).await.unwrap();
        for (n, (who, amount)) in (1..).zip([
            (LEAD, "20"),
            (5, "12.5"),
            (6, "0.000000000000000001"),
            (7, "7.3"),
            (TREASURER, "10.000000000000000009"),
        ]) {
            stage.approved(who, amount, n).await;
        }
        stage
    }

    /// Has the clock of the ledger go on.
    pub fn later(&self, seconds: i64) {
        let now = self.world.app.now().unwrap();
        let then = domain::value::Timestamp::from_micros(now.micros() + seconds * 1_000_000).unwrap();
        self.world.clock.set(then);
    }

    /// Has both clocks go on: of the chain by a new block.
    pub async fn both_later(&self, seconds: u64) {
        self.later(i64::try_from(seconds).unwrap());
        let now = self.world.app.now().unwrap().micros() / 1_000_000;
        self.chain.set_next_block_time(u64::try_from(now).unwrap()).await.unwrap();
        self.chain.mine(1).await.unwrap();
    }

    pub async fn attest_funding(&self, amount: &str, receipt: &Receipt) -> Result<Written, Error> {
        let log = receipt.logs.last().unwrap();
        let new = NewFunding {
            amount: amount.to_owned(),
            tx_hash: format!("0x{}", receipt.transaction),
            log_index: u32::try_from(log.index).unwrap(),
            sender: Some(TREASURY.to_string()),
        };
        self.world.app.record_funding(self.world.ask(TREASURER, &self.world.key()), &new).await
    }

    /// A claim that the reviewers approved.
    pub async fn approved(&self, who: u32, amount: &str, n: u64) -> SubmissionNumber {
        use domain::words::ClaimKind::Expense;
        let new = claim(who, Expense, "marketing", amount, n);
        let number = filed(&self.world.file(who, &new).await.unwrap());
        for reviewer in [REVIEWER, REVIEWER_2] {
            let program = self.program().await;
            if matches!(program.submission(number).unwrap().stage, State::Submitted { .. }) {
                self.world.vote(reviewer, number, Choice::Approve).await.unwrap();
            }
        }
        number
    }

    pub async fn propose(&self, submissions: &[u32]) -> Result<BatchNumber, Error> {
        propose_by(self, &self.world.app, submissions).await
    }

    pub async fn program(&self) -> Program {
        self.world.program().await
    }

    pub async fn batch(&self, number: BatchNumber) -> Batch {
        self.program().await.batch(number).unwrap().clone()
    }

    pub async fn nonce(&self, number: u64) -> Nonce {
        self.program().await.nonce(Seq::new(number)).unwrap().clone()
    }

    /// The Safe transaction of a batch.
    pub async fn transaction(&self, number: BatchNumber) -> SafeTx {
        let (program, batch) = (self.program().await, self.batch(number).await);
        let made = if batch.payouts.is_empty() {
            verify::payment::rejection(program.charter(), batch.nonce)
        } else {
            verify::payment::transaction(program.charter(), &batch.payouts, batch.nonce)
        };
        let (_, tx) = made.unwrap();
        assert_eq!(tx.hashes(&self.safe).safe_tx, batch.safe_tx_hash);
        tx
    }

    pub fn signed(&self, tx: &SafeTx) -> Vec<u8> {
        let hash = tx.hashes(&self.safe).safe_tx;
        let by = [(0, Form::TypedData), (2, Form::EthSign)];
        let signed: Vec<Approval> = by
            .iter()
            .map(|(owner, form)| Approval::Signed(self.keys[*owner].sign(&hash, *form).unwrap()))
            .collect();
        assemble(&signed).unwrap()
    }

    pub fn execution(&self, tx: &SafeTx) -> Transaction {
        Transaction::execute(RELAYER, &self.safe, tx, &self.signed(tx))
    }

    /// Signed by two in both forms, and sent by somebody else.
    pub async fn run(&self, tx: &SafeTx) -> Receipt {
        self.chain.carry_out(&self.execution(tx)).await.unwrap()
    }

    pub async fn read(&self) -> Round {
        self.world.app.read_chain(self.world.slug).await.unwrap()
    }

    pub async fn balance(&self, of: &Address) -> Amount {
        self.chain.lpt_balance(of).await.unwrap()
    }

    pub async fn booked(&self) -> Amount {
        self.program().await.books().balance(Account::Safe)
    }

    /// The books are the chain's, every claim is where it should be, and all of it can be replayed.
    pub async fn settled(&self) {
        assert_eq!(self.booked().await, self.balance(&self.safe.address).await);
        self.world.check(self.test).await;
        let again = self.read().await;
        assert_eq!((again.written.len(), &again.held[..]), (0, &[][..]), "{:?}", kinds(&again));
    }
}

/// What a round wrote.
pub fn kinds(round: &Round) -> Vec<String> {
    round.written.iter().map(|receipt| receipt.fact.kind().to_string()).collect()
}

/// A claim was paid by this transaction.
pub fn is_paid(program: &Program, number: u32) -> bool {
    let number = SubmissionNumber::new(number).unwrap();
    matches!(program.submission(number).unwrap().stage, State::Paid { .. })
}

pub fn is_in_batch(program: &Program, number: u32) -> bool {
    let number = SubmissionNumber::new(number).unwrap();
    matches!(program.submission(number).unwrap().stage, State::InBatch { .. })
}

pub fn is_approved(program: &Program, number: u32) -> bool {
    let number = SubmissionNumber::new(number).unwrap();
    matches!(program.submission(number).unwrap().stage, State::Approved { .. })
}

/// How a nonce ended, how that is known, and by which transaction.
pub fn end(nonce: &Nonce) -> Option<(How, Source, Digest)> {
    nonce.end.as_ref().map(|end| (end.how, end.source, end.tx_hash))
}

/// The batch that a receipt's fact says to be executed.
pub fn executed(written: &Written) -> Option<BatchNumber> {
    match &written.fact {
        Fact::BatchExecuted { asked, .. } => Some(asked.batch),
        _ => None,
    }
}

pub fn address(n: u8) -> Address {
    Address::from_bytes([n; 20])
}

impl Stage<'_> {
    /// Proposes a rejection of a batch.
    pub async fn reject(&self, batch: BatchNumber) -> BatchNumber {
        let key = self.world.key();
        let ask = self.world.ask(TREASURER, &key);
        let receipt = self.world.app.propose_rejection(ask, batch, NoWords {}).await.unwrap();
        match &receipt.fact {
            Fact::RejectionProposed { outcome, .. } => outcome.batch,
            other => panic!("no rejection: {other:?}"),
        }
    }

    /// An owner signs a batch in their wallet, and somebody brings it.
    pub async fn sign(&self, batch: BatchNumber, owner: usize, form: Form) -> Result<Written, Error> {
        let hash = self.batch(batch).await.safe_tx_hash;
        self.bring(batch, &self.keys[owner].sign(&hash, form).unwrap().bytes()).await
    }

    /// A contributor brings a signature.
    pub async fn bring(&self, batch: BatchNumber, bytes: &[u8]) -> Result<Written, Error> {
        let signature = Some(safe::hex::encode(bytes));
        let new = NewSignature { signature, owner: None, form: None };
        self.record_signature(batch, &new).await
    }

    pub async fn record_signature(&self, batch: BatchNumber, new: &NewSignature) -> Result<Written, Error> {
        let key = self.world.key();
        self.world.app.record_signature(self.world.ask(5, &key), batch, new).await
    }

    /// The treasurer names the transaction that executed a batch.
    pub async fn reconcile(&self, batch: BatchNumber, transaction: Digest) -> Result<Written, Error> {
        attest_by(self, &self.world.app, batch, transaction).await
    }

    /// Two reviewers say what LPT in suspense was.
    pub async fn explain(&self, event: Seq, submission: Option<u32>) {
        let submission = submission.map(|number| number.to_string());
        let new = NewExplanation { submission, reason: "as the chain shows".to_owned() };
        for who in [REVIEWER, REVIEWER_2] {
            let key = self.world.key();
            self.world.app.settle_outflow(self.world.ask(who, &key), event, &new).await.unwrap();
        }
    }

    /// People say that a nonce with a finding is done with: two where claims are owed again.
    pub async fn mismatched(&self, nonce: u64, transaction: Digest) {
        let new = NewConsumption {
            how: Consumption::Mismatched,
            tx_hash: format!("0x{transaction}"),
            reason: "settled line by line".to_owned(),
        };
        for who in [TREASURER, REVIEWER, REVIEWER_2] {
            if self.nonce(nonce).await.end.is_none() {
                let key = self.world.key();
                let ask = self.world.ask(who, &key);
                let said = self.world.app.consume_nonce(ask, Seq::new(nonce), &new).await;
                assert!(matches!(said, Ok(_) | Err(Error::Refused(Refusal::OwnMoney { .. }))), "{said:?}");
            }
        }
        assert!(self.nonce(nonce).await.end.is_some());
    }

    /// Lets whoever sends several calls in one transaction take LPT out of the Safe.
    pub async fn allow(&self, amount: &str, nonce: u64) {
        let taker = safe::deployments::multi_send_call_only(self.safe.version, self.safe.chain_id).unwrap();
        let arguments = [Argument::Address(taker), Argument::Uint(lpt(amount).wei().into())];
        let data = calldata("approve(address,uint256)", &arguments);
        let tx = SafeTx { to: LPT, ..own_call_tx(&self.safe, data, Seq::new(nonce)) };
        self.run(&tx).await;
    }

    /// All in one transaction.
    pub async fn send_all(&self, calls: &[Transaction]) -> Receipt {
        let calls: Vec<_> = calls.iter().map(Transaction::as_call).collect();
        let many = Transaction::many(RELAYER, self.safe.version, &calls).unwrap();
        self.chain.carry_out(&many).await.unwrap()
    }

    /// A transfer of LPT out of the Safe by whoever sends it.
    pub fn transfer_from(&self, to: Address, amount: &str) -> Transaction {
        let arguments = [
            Argument::Address(self.safe.address),
            Argument::Address(to),
            Argument::Uint(lpt(amount).wei().into()),
        ];
        Transaction::call(RELAYER, LPT, calldata("transferFrom(address,address,uint256)", &arguments))
    }
}

/// Nodes that are not there.
pub fn dead() -> Nodes {
    let endpoint: Endpoint = "http://127.0.0.1:9".parse().unwrap();
    let limits = Limits { tries: 1, ..Limits::default() };
    Nodes::new(Client::new(endpoint, limits).unwrap(), None, Confirmations::Finalized)
}

pub async fn propose_by(stage: &Stage<'_>, app: &App, submissions: &[u32]) -> Result<BatchNumber, Error> {
    let submissions = submissions.iter().map(ToString::to_string).collect();
    let new = NewBatch { submissions, nonce: None, evidence_up: true, split: false };
    let key = stage.world.key();
    let receipt = app.propose_batch(stage.world.ask(TREASURER, &key), &new).await?;
    Ok(proposed(&receipt).batch)
}

/// The treasurer names the transaction that executed a batch, to a server that may not read the chain.
pub async fn attest_by(
    stage: &Stage<'_>,
    app: &App,
    batch: BatchNumber,
    transaction: Digest,
) -> Result<Written, Error> {
    let new = NewExecution { tx_hash: format!("0x{transaction}") };
    let key = stage.world.key();
    app.attest_execution(stage.world.ask(TREASURER, &key), batch, &new).await
}
