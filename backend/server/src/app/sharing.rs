//! A Safe Transaction Service, where owners find what they are to sign: batches go there, and signatures come back.
//!
//! Nothing it says is believed: a transaction is hashed again from its fields, and every signature recovered.

use domain::Program;
use domain::batch::{Batch, Signing};
use domain::command::{Actor, Cause, RecordSignature};
use domain::value::{Address, BatchNumber, Slug};
use domain::words::SigningForm;
use safe::approval::Approval;
use safe::signature::{Form, OwnerSignature, WalletSignature};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Ask, Operation};
use super::signatures::transaction_of;
use super::treasury::address;
use super::writer::{Call, Job, Receipt, Target, receipt_of};
use super::{App, Error, FieldError, shape};
use crate::db::journal::{find_event, find_spent};
use crate::transaction_service::{Confirmation, NewProposal, ServiceError, TransactionService};

const PULL_CONFIRMATIONS: Operation = Operation::post("pull_confirmations");

/// What is told to the service of where a transaction comes from.
const ORIGIN: &str = "Bounty Ledger";

/// Who proposes a batch to the service.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// An owner, or a delegate of one that the service knows; an owner whose signature is recorded if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub sender: Option<String>,
    /// The sender's signature of the batch's safeTxHash; with `sender` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenSignature>)]
    pub signature: Option<String>,
}

/// Who proposes, as far as that is said.
#[derive(Clone, Copy, Debug)]
struct Proposer {
    sender: Option<Address>,
    signature: Option<WalletSignature>,
}

impl NewShare {
    fn read(&self) -> Result<Proposer, Error> {
        let sender = self.sender.as_deref().map(|sender| address("sender", sender)).transpose()?;
        let signature = self.signature.as_deref().map(str::parse).transpose();
        Ok(Proposer { sender, signature: signature.map_err(Error::field("signature"))? })
    }
}

/// What a service was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// Scheme and host of the service.
    pub service: String,
    /// Whether it knew the transaction already.
    pub known: bool,
    /// Whose signatures it has now of those that are recorded here.
    pub confirmed: Vec<Address>,
}

/// What a service gave.
#[derive(Debug, Default)]
pub struct Pulled {
    /// The signatures that are recorded now.
    pub receipts: Vec<Receipt>,
    /// Those that were not taken, and why.
    pub refused: Vec<(Address, String)>,
}

impl App {
    /// The same ledger, which shares batches with this service; without one it does not.
    pub fn with_service(self, service: Option<TransactionService>) -> Self {
        Self { service: service.map(Into::into), ..self }
    }

    /// Proposes a batch to the service with an owner's or a delegate's signature, and adds the signatures that are recorded
    /// here. Nothing is written to the ledger; repeating it changes nothing.
    ///
    /// # Errors
    /// No service, no such batch, no signature to propose it with, or a service that refuses or cannot be reached.
    pub async fn share_batch(
        &self,
        program: Slug,
        batch: BatchNumber,
        new: &NewShare,
    ) -> Result<Shared, Error> {
        let service = self.service.clone().ok_or(Error::NoService)?;
        let by = new.read()?;
        let program = self.program(program).await?;
        let batch = program.batch(batch).ok_or(Error::NoSuchBatch { number: batch.get() })?;
        let (safe, tx) = transaction_of(&program, batch)?;
        let recorded: Vec<OwnerSignature> =
            program.signings_of(batch).into_iter().filter_map(by_key).collect();
        let hash = batch.safe_tx_hash;
        let known = service.transaction(&safe, &hash).await.map_err(Error::from)?;
        let mut shared = Shared { service: service.service(), known: known.is_some(), ..Shared::default() };
        let mut there: Vec<Address> = known
            .iter()
            .flat_map(|proposal| &proposal.confirmations)
            .filter(|confirmation| matches!(confirmation, Confirmation::Signed(_)))
            .map(|confirmation| *confirmation.owner())
            .collect();
        if known.is_none() {
            let signature = proposer(by, batch, &recorded)?;
            let sender = signature.owner;
            let proposal = NewProposal { tx: &tx, hash, sender, signature: &signature, origin: ORIGIN };
            service.propose(&safe, &proposal).await?;
            there.push(sender);
        }
        for signature in &recorded {
            if !there.contains(&signature.owner) {
                service.confirm(&safe, &hash, signature).await?;
            }
            shared.confirmed.push(signature.owner);
        }
        Ok(shared)
    }

    /// Records the signatures of a batch that owners left at the service, as far as they are what they are said to be.
    ///
    /// # Errors
    /// No service, no such batch, a service that does not know it or cannot be read, or a refusal.
    pub async fn pull_confirmations(&self, ask: Ask<'_>, batch: BatchNumber) -> Result<Pulled, Error> {
        let service = self.service.clone().ok_or(Error::NoService)?;
        let cause = ask.cause(PULL_CONFIRMATIONS, &format!("/batches/{batch}/service/confirmations"), &())?;
        let id = self.program_id(ask.program).await?;
        let program = self.program(ask.program).await?;
        let batch = program.batch(batch).ok_or(Error::NoSuchBatch { number: batch.get() })?;
        // What the same request recorded is told again: the service may have more by now.
        let before = self.recorded_before(id, cause, batch.signings.len()).await?;
        if !before.is_empty() {
            return Ok(Pulled { receipts: before, refused: Vec::new() });
        }
        let (commands, refused) = self.confirmed(&service, &program, batch).await?;
        let calls = (0..).zip(commands).map(|(part, command)| Call {
            command: command.into(),
            cause: Some(cause.of_part(part)),
            documents: Vec::new(),
        });
        let calls: Vec<Call> = calls.collect();
        if calls.is_empty() {
            return Ok(Pulled { receipts: Vec::new(), refused });
        }
        let job = Job {
            target: Target::Existing(id),
            actor: Actor::Member(ask.member),
            calls,
            accounts: Vec::new(),
        };
        Ok(Pulled { receipts: self.writer.submit(job).await?, refused })
    }

    /// The signatures that an earlier request of this cause recorded, of at most so many.
    async fn recorded_before(&self, id: Uuid, cause: Cause, most: usize) -> Result<Vec<Receipt>, Error> {
        let causes: Vec<Cause> = (0..).take(most).map(|part| cause.of_part(part)).collect();
        let Cause(_, asked) = cause;
        self.read(move |conn| {
            let spent = find_spent(conn, id, &causes)?;
            let mut receipts = Vec::new();
            for (request, seq) in causes.iter().filter_map(|Cause(key, _)| spent.get(key)) {
                if *request != asked {
                    return Err(Error::KeyReused);
                }
                receipts.extend(find_event(conn, id, *seq)?.map(|recorded| receipt_of(recorded, true)));
            }
            Ok(receipts)
        })
        .await
    }

    /// What the service has of a batch and the ledger has not; and what is not taken of it.
    async fn confirmed(
        &self,
        service: &TransactionService,
        program: &Program,
        batch: &Batch,
    ) -> Result<(Vec<RecordSignature>, Vec<(Address, String)>), Error> {
        let (safe, _) = transaction_of(program, batch)?;
        let found = service.confirmations(&safe, &batch.safe_tx_hash).await?;
        let found = found.ok_or(Error::NotShared { batch: batch.number })?;
        let owners = &program.observation().ok_or(domain::refusal::Refusal::SafeUnobserved)?.safe.owners;
        let (mut commands, mut refused) = (Vec::new(), Vec::new());
        for confirmation in found {
            let owner = *confirmation.owner();
            if batch.signings.iter().any(|signing| signing.owner == owner) {
                continue;
            }
            if !owners.contains(&owner) {
                refused.push((owner, "is no owner of the Safe as it was last observed".to_owned()));
                continue;
            }
            match confirmation {
                Confirmation::Signed(signed) => commands.push(signed_by(batch.number, &signed)),
                Confirmation::Claimed(approval) => match self.claimed(program, batch, approval).await {
                    Ok(command) => commands.push(command),
                    Err(
                        error @ (Error::NotApproved { .. } | Error::ContractRefuses { .. } | Error::NoNode),
                    ) => {
                        refused.push((owner, error.to_string()));
                    }
                    Err(error) => return Err(error),
                },
                Confirmation::Refuted { doubt, .. } => refused.push((owner, doubt.to_string())),
            }
        }
        Ok((commands, refused))
    }

    /// What the service says of a contract or an approved hash, as the chain confirms it.
    async fn claimed(
        &self,
        program: &Program,
        batch: &Batch,
        approval: Approval,
    ) -> Result<RecordSignature, Error> {
        match approval {
            Approval::Signed(signed) => Ok(signed_by(batch.number, &signed)),
            Approval::Hash { owner } => self.approved(program, batch, Some(owner)).await,
            Approval::Contract { owner, signature } => {
                let text = safe::hex::encode(&signature);
                self.by_contract(program, batch, Some(owner), Some(&text)).await
            }
        }
    }
}

fn signed_by(batch: BatchNumber, signed: &OwnerSignature) -> RecordSignature {
    let form = match signed.form {
        Form::TypedData => SigningForm::Eip712,
        Form::EthSign => SigningForm::EthSign,
    };
    RecordSignature { batch, contract: None, form, owner: signed.owner, signature: Some(signed.signature) }
}

fn by_key(signing: &Signing) -> Option<OwnerSignature> {
    let form = match signing.form {
        SigningForm::Eip712 => Form::TypedData,
        SigningForm::EthSign => Form::EthSign,
        SigningForm::ApprovedHash | SigningForm::Contract => return None,
    };
    Some(OwnerSignature { owner: signing.owner, form, signature: signing.signature? })
}

/// The signature that a batch is proposed with: the one that is given, or the first that is recorded.
fn proposer(by: Proposer, batch: &Batch, recorded: &[OwnerSignature]) -> Result<OwnerSignature, Error> {
    let unsigned = Error::Unsigned { batch: batch.number };
    let Some(sender) = by.sender else { return recorded.first().copied().ok_or(unsigned) };
    let Some(signature) = by.signature else {
        let own = recorded.iter().find(|signature| signature.owner == sender);
        return own.copied().ok_or(unsigned);
    };
    signature
        .by_owner(&batch.safe_tx_hash, &[sender])
        .map_err(|nobody| Error::Malformed { field: "signature".into(), error: FieldError::NoOwner(nobody) })
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}
