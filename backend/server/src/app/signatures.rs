//! Owners of the Safe agree to a batch: what wallets give is read, recovered, and kept as a fact.

use domain::Program;
use domain::batch::{Batch, Signing};
use domain::command::RecordSignature;
use domain::refusal::Refusal;
use domain::value::{Address, BatchNumber, ContractSignature, Digest};
use domain::words::SigningForm;
use safe::approval::{Approval, approved_hashes_answer, approved_hashes_calldata, assemble};
use safe::eip1271::Eip1271;
use safe::signature::{Form, NoOwner, OwnerSignature, WalletSignature};
use safe::{SafeAccount, SafeTx, U256};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::files::FileError;
use verify::payment;

use super::call::{Ask, Operation};
use super::treasury::address;
use super::watching::ReadFault;
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};
use crate::chain::ChainError;

const RECORD_SIGNATURE: Operation = Operation::post("record_signature");

/// How far around a batch's nonce a signature is looked for that fits no batch.
const NEARBY: u64 = 20;
/// Chains that people have open by mistake: Ethereum, Arbitrum One and Arbitrum Sepolia.
const CHAINS: [u64; 3] = [1, 42_161, 421_614];

/// An owner's agreement to a batch.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignature {
    /// The 65 bytes that the owner's wallet gives, in hex; of a contract, what it accepts as its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(0x)?([0-9a-fA-F]{2}){1,4096}$")]
    pub signature: Option<String>,
    /// Who signed; needed where no key did, else found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub owner: Option<String>,
    /// Needed for an owner that is a contract, and for one who approved the hash on the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(approved_hash|contract)$")]
    pub form: Option<SigningForm>,
}

/// What carries a batch out, once enough owners have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    pub safe: SafeAccount,
    pub tx: SafeTx,
    /// The calldata of `execTransaction`, which anyone may send to the Safe.
    pub calldata: Vec<u8>,
    /// Whose signatures it holds, ascending.
    pub owners: Vec<Address>,
}

impl App {
    /// Records that an owner agrees to a batch; any member does.
    ///
    /// # Errors
    /// What is no signature of a current owner for this batch, with the reason; or a refusal: signed before, the nonce is
    /// consumed.
    pub async fn record_signature(
        &self,
        ask: Ask<'_>,
        batch: BatchNumber,
        new: &NewSignature,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(RECORD_SIGNATURE, &format!("/batches/{batch}/signatures"), new)?;
        let program = self.program(ask.program).await?;
        let signed = program.batch(batch).ok_or(Error::NoSuchBatch { number: batch.get() })?;
        let owner = new.owner.as_deref().map(|owner| address("owner", owner)).transpose()?;
        let command = match new.form {
            Some(SigningForm::ApprovedHash) => self.approved(&program, signed, owner).await?,
            Some(SigningForm::Contract) => {
                self.by_contract(&program, signed, owner, new.signature.as_deref()).await?
            }
            Some(SigningForm::Eip712 | SigningForm::EthSign) | None => by_key(&program, signed, owner, new)?,
        };
        self.write(ask, cause, command, Vec::new()).await
    }

    /// The owner approved the hash on the chain: the Safe itself says so.
    pub(super) async fn approved(
        &self,
        program: &Program,
        batch: &Batch,
        owner: Option<Address>,
    ) -> Result<RecordSignature, Error> {
        let owner = owner_of(program, owner)?;
        let asked = approved_hashes_calldata(&owner, &batch.safe_tx_hash);
        let answer = self.ask_contract(program, &program.charter().safe, &asked).await?;
        if answer.as_deref().and_then(approved_hashes_answer) != Some(true) {
            return Err(Error::NotApproved { owner: safe::eip55::checksum(&owner), batch: batch.number });
        }
        let (contract, signature) = (None, None);
        Ok(RecordSignature {
            batch: batch.number,
            contract,
            form: SigningForm::ApprovedHash,
            owner,
            signature,
        })
    }

    /// The owner is a contract (EIP-1271), and says itself that this is its signature.
    pub(super) async fn by_contract(
        &self,
        program: &Program,
        batch: &Batch,
        owner: Option<Address>,
        shown: Option<&str>,
    ) -> Result<RecordSignature, Error> {
        let owner = owner_of(program, owner)?;
        let shown = shown.ok_or_else(|| missing("signature"))?;
        let digits = shown.strip_prefix("0x").unwrap_or(shown).to_ascii_lowercase();
        let contract: ContractSignature = digits.parse().map_err(Error::field("signature"))?;
        let (safe, tx) = transaction_of(program, batch)?;
        let question = Eip1271::of(safe.version);
        let asked = question.calldata(&tx.hashes(&safe).preimage(), contract.bytes());
        let answer = self.ask_contract(program, &owner, &asked).await?;
        if !answer.is_some_and(|answer| question.says_yes(&answer)) {
            return Err(Error::ContractRefuses { owner: safe::eip55::checksum(&owner), batch: batch.number });
        }
        let (contract, signature) = (Some(contract), None);
        Ok(RecordSignature { batch: batch.number, contract, form: SigningForm::Contract, owner, signature })
    }

    /// What a contract answers now; `None` if it reverts.
    async fn ask_contract(
        &self,
        program: &Program,
        contract: &Address,
        asked: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let nodes = self.nodes().ok_or(Error::NoNode)?;
        let block = nodes.trusted(program.charter().chain.get()).await.map_err(ReadFault::from)?;
        match nodes.call(contract, asked, &block).await {
            Ok(answer) => Ok(Some(answer)),
            Err(ChainError::Rpc(error)) if error.fault.is_revert() => Ok(None),
            Err(error) => Err(ReadFault::from(error).into()),
        }
    }
}

fn missing(field: &'static str) -> Error {
    Error::Malformed { field: field.into(), error: FieldError::Empty }
}

/// Who is named, as an owner of the Safe: nobody else's agreement is asked for on the chain.
fn owner_of(program: &Program, owner: Option<Address>) -> Result<Address, Error> {
    let owner = owner.ok_or_else(|| missing("owner"))?;
    if owners_of(program)?.contains(&owner) {
        Ok(owner)
    } else {
        Err(Refusal::NotAnOwner { address: owner }.into())
    }
}

fn owners_of(program: &Program) -> Result<&[Address], Refusal> {
    Ok(&program.observation().ok_or(Refusal::SafeUnobserved)?.safe.owners)
}

/// The transaction of a batch, as it was proposed.
pub(super) fn transaction_of(program: &Program, batch: &Batch) -> Result<(SafeAccount, SafeTx), Error> {
    let made = payment::rebuilt(program.charter(), batch).map_err(FileError::from)?;
    made.ok_or_else(|| safe::payout::PayoutError::Differs.into())
}

/// A key signed: whose it is and in which form, only recovery tells.
fn by_key(
    program: &Program,
    batch: &Batch,
    owner: Option<Address>,
    new: &NewSignature,
) -> Result<RecordSignature, Error> {
    let text = new.signature.as_deref().ok_or_else(|| missing("signature"))?;
    let signature: WalletSignature = text.parse().map_err(Error::field("signature"))?;
    let owners = match owner {
        Some(owner) => vec![owner_of(program, Some(owner))?],
        None => owners_of(program)?.to_vec(),
    };
    let found = signature.by_owner(&batch.safe_tx_hash, &owners);
    let OwnerSignature { owner, form, signature } = match found {
        Ok(found) => found,
        Err(nobody) => return Err(other_meaning(program, batch, &signature, owner, nobody)?),
    };
    let form = match form {
        Form::TypedData => SigningForm::Eip712,
        Form::EthSign => SigningForm::EthSign,
    };
    let (contract, signature) = (None, Some(signature));
    Ok(RecordSignature { batch: batch.number, contract, form, owner, signature })
}

/// What else a signature may be of: another batch, nonce, chain or Safe.
fn other_meaning(
    program: &Program,
    batch: &Batch,
    signature: &WalletSignature,
    named: Option<Address>,
    nobody: NoOwner,
) -> Result<Error, Error> {
    let owners = owners_of(program)?;
    let (safe, tx) = transaction_of(program, batch)?;
    let mut others: Vec<(String, Digest)> = Vec::new();
    if named.is_some() {
        others.push(("this batch, by another owner than the one named".to_owned(), batch.safe_tx_hash));
    }
    for other in program.batches().filter(|other| other.number != batch.number) {
        others.push((format!("batch {}", other.number), other.safe_tx_hash));
    }
    let first = batch.nonce.get().saturating_sub(NEARBY);
    for nonce in
        (first..=batch.nonce.get().saturating_add(NEARBY)).filter(|nonce| *nonce != batch.nonce.get())
    {
        let tx = SafeTx { nonce: U256::from(nonce), ..tx.clone() };
        others.push((format!("this batch on nonce {nonce}"), tx.hashes(&safe).safe_tx));
    }
    for chain_id in CHAINS.into_iter().filter(|chain| *chain != safe.chain_id) {
        let elsewhere = SafeAccount { chain_id, ..safe };
        others.push((format!("this batch on chain {chain_id}"), tx.hashes(&elsewhere).safe_tx));
    }
    for owner in owners {
        let other = SafeAccount { address: *owner, ..safe };
        let told = format!("this batch on another Safe, {}", safe::eip55::checksum(owner));
        others.push((told, tx.hashes(&other).safe_tx));
    }
    let error = match signature.meant_for(&others, owners) {
        Some((meant, found)) => FieldError::SignedOther {
            owner: safe::eip55::checksum(&found.owner),
            meant: meant.clone(),
            batch: batch.number,
        },
        None => FieldError::NoOwner(nobody),
    };
    Ok(Error::Malformed { field: "signature".into(), error })
}

/// What a recorded agreement is to the Safe.
fn approval(signing: &Signing) -> Option<Approval> {
    let owner = signing.owner;
    let signed =
        |form| signing.signature.map(|signature| Approval::Signed(OwnerSignature { owner, form, signature }));
    match signing.form {
        SigningForm::Eip712 => signed(Form::TypedData),
        SigningForm::EthSign => signed(Form::EthSign),
        SigningForm::ApprovedHash => Some(Approval::Hash { owner }),
        SigningForm::Contract => {
            let signature = signing.contract.as_ref()?.bytes().to_vec();
            Some(Approval::Contract { owner, signature })
        }
    }
}

/// What carries a batch out: the calldata with as many signatures of current owners as the Safe wants.
///
/// # Errors
/// Too few of them, or a Safe that nobody observed.
pub fn executable(program: &Program, batch: &Batch) -> Result<Executable, Error> {
    let observation = program.observation().ok_or(Refusal::SafeUnobserved)?;
    let (number, needed) = (batch.number, observation.safe.threshold);
    let wanted = usize::try_from(needed.get()).unwrap_or(usize::MAX);
    let mut signings = program.signings_of(batch);
    // Keys first: what a contract said may change, and a hash that is approved stays so.
    signings.sort_by_key(|signing| signing.form == SigningForm::Contract);
    let approvals: Vec<Approval> = signings.into_iter().filter_map(approval).take(wanted).collect();
    if approvals.len() < wanted {
        return Err(Error::TooFewSignatures { batch: number, signed: approvals.len(), needed });
    }
    let (safe, tx) = transaction_of(program, batch)?;
    let calldata = tx.exec_calldata(&assemble(&approvals).map_err(|_| Error::Conflict)?);
    let mut owners: Vec<Address> = approvals.iter().map(|approval| *approval.owner()).collect();
    owners.sort_unstable();
    Ok(Executable { safe, tx, calldata, owners })
}
