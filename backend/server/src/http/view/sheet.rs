//! The signer's sheet of a batch, for programs.

use domain::batch::Signing;
use domain::preview::Payee;
use domain::value::Address;
use safe::SafeTx;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Checksummed, EndView, FoundView, Lpt, ObservationView, PayoutView, Remark, hash};
use crate::app::{Beside, Caution, Earlier, HashTool, Sheet, SheetLine, shape};

/// Everything that an owner of the Safe compares before signing a batch, or a rejection.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetView {
    /// Whether nothing of it may be signed.
    pub demo: bool,
    /// What the program is called; null if that was erased.
    pub program: Option<String>,
    pub number: u32,
    pub nonce: u64,
    /// Whether it pays nobody and only keeps others on its nonce from being executed.
    pub rejection: bool,
    /// What a Ledger calls "Domain hash".
    #[schema(value_type = shape::Hash)]
    pub domain_hash: String,
    /// What a Ledger calls "Message hash".
    #[schema(value_type = shape::Hash)]
    pub message_hash: String,
    /// What the owners sign.
    #[schema(value_type = shape::Hash)]
    pub safe_tx_hash: String,
    /// Domain hash and message hash in upper case, as a Ledger shows them.
    pub on_ledger: LedgerView,
    #[schema(pattern = "^(executed|proposed|replaced)$")]
    pub state: String,
    pub state_in_words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EndView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<FoundView>,
    /// Reasons not to sign yet, or not any more.
    pub cautions: Vec<Remark>,
    /// What signers should know, though no rule forbids it.
    pub warnings: Vec<Remark>,
    pub chain: OnChainView,
    pub safe: SheetSafeView,
    pub signatures: AgreementView,
    pub operation_in_words: String,
    /// What the target is, as far as it is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    pub transaction: SafeTxView,
    /// Keccak-256 of the calldata.
    #[schema(value_type = shape::Hash)]
    pub data_hash: String,
    /// Whether no fee can be taken from the Safe.
    pub gas_fields_are_zero: bool,
    pub token: Checksummed,
    pub count: usize,
    pub total: Lpt,
    pub total_wei: String,
    pub lines: Vec<SheetLineView>,
    /// What else is proposed for the nonce.
    pub beside: Vec<BesideView>,
    /// Nonces that the Safe has to consume first, and something is proposed for.
    pub earlier: Vec<EarlierView>,
    /// How many it has to consume first that nothing is proposed for.
    pub unproposed: u64,
    /// The checksum in the file for the Transaction Builder. Anybody can make one: it is no security check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder_checksum: Option<String>,
    /// A second way to the hashes; absent on a chain that the tool does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_tool: Option<HashToolView>,
    /// The journal before it was proposed.
    pub journal_size: u64,
    #[schema(value_type = shape::Digest)]
    pub journal_root: String,
    #[schema(value_type = shape::Moment)]
    pub proposed_at: String,
    pub proposed_seq: u64,
}

/// Hashes in the letter case of a Ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LedgerView {
    #[schema(pattern = "^0x[0-9A-F]{64}$")]
    pub domain_hash: String,
    #[schema(pattern = "^0x[0-9A-F]{64}$")]
    pub message_hash: String,
}

/// A chain and its names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnChainView {
    pub id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// What stands before an address of it (ERC-3770).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_name: Option<&'static str>,
}

/// The Safe, as it was last observed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetSafeView {
    pub address: Checksummed,
    /// With the short name of its chain, as wallets show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefixed: Option<String>,
    pub version: String,
    /// What its code is, as far as it is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub singleton: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation: Option<ObservationView>,
    /// What it held then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance_wei: Option<String>,
}

/// Who agreed to a batch, and who did not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgreementView {
    /// How many owners have to; absent before the Safe was ever observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
    pub signed: usize,
    pub owners: Vec<OwnerView>,
    /// Who agreed and is no owner any more: that counts no longer.
    pub former: Vec<OwnerView>,
}

/// An owner of the Safe.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnerView {
    pub owner: Checksummed,
    /// How they agreed; absent if they did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(approved_hash|contract|eip712|eth_sign)$")]
    pub form: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Moment>)]
    pub at: Option<String>,
}

/// The ten fields of a Safe transaction, as wallets name them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SafeTxView {
    pub to: Checksummed,
    pub value: String,
    #[schema(pattern = "^0x([0-9a-f]{2})*$")]
    pub data: String,
    pub operation: u8,
    pub safe_tx_gas: String,
    pub base_gas: String,
    pub gas_price: String,
    pub gas_token: Checksummed,
    pub refund_receiver: Checksummed,
    pub nonce: u64,
}

/// One payout of a sheet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetLineView {
    pub line: usize,
    pub submission: u32,
    /// Null if it was erased.
    pub title: Option<String>,
    /// What the person is called; null if that was erased.
    pub handle: Option<String>,
    pub payee: Checksummed,
    /// Compared with earlier batches on other nonces that paid this person or still may: `known`, the last one pays here
    /// too; `new`, there is none; `changed`, it pays another address.
    #[schema(pattern = "^(changed|known|new)$")]
    pub payee_is: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_payee: Option<Checksummed>,
    pub amount: Lpt,
    pub amount_wei: String,
    pub warnings: Vec<Remark>,
}

/// Another batch on the same nonce, and what the sheet's does otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BesideView {
    pub batch: u32,
    pub rejection: bool,
    #[schema(value_type = shape::Hash)]
    pub safe_tx_hash: String,
    pub to: Checksummed,
    pub count: usize,
    pub total: Lpt,
    /// How many current owners agreed to that one.
    pub signed: usize,
    /// Lines that the sheet's batch alone has.
    pub added: Vec<PayoutView>,
    /// Lines that the other one alone has.
    pub removed: Vec<PayoutView>,
    /// Claims that both pay, otherwise.
    pub changed: Vec<ChangedView>,
    /// Whether both pay the same lines, in another order.
    pub reordered: bool,
    /// Whether both call the same contract.
    pub same_target: bool,
}

/// A claim that two batches pay otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangedView {
    pub there: PayoutView,
    pub here: PayoutView,
}

/// A nonce that the Safe has to consume first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EarlierView {
    pub nonce: u64,
    pub batches: Vec<u32>,
}

/// How `safe_hashes.sh` (safe-tx-hashes-util) is asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HashToolView {
    /// For a transaction that the Safe Transaction Service has.
    pub command: String,
    /// For one that it does not have.
    pub interactive: String,
    /// What it asks for then, in its order.
    pub answers: Vec<AnswerView>,
}

/// What a tool asks for, and what to type.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnswerView {
    pub asked: &'static str,
    pub answer: String,
}

impl From<&Sheet> for SheetView {
    fn from(sheet: &Sheet) -> Self {
        let batch = &sheet.batch;
        let (domain, message) = sheet.on_ledger();
        Self {
            demo: sheet.demo,
            program: sheet.program.clone(),
            number: batch.number.get(),
            nonce: batch.nonce.get(),
            rejection: batch.payouts.is_empty(),
            domain_hash: hash(&sheet.hashes.domain),
            message_hash: hash(&sheet.hashes.message),
            safe_tx_hash: hash(&sheet.hashes.safe_tx),
            on_ledger: LedgerView { domain_hash: domain, message_hash: message },
            state: sheet.state.name().to_owned(),
            state_in_words: sheet.state_in_words(),
            end: sheet.state.end().map(Into::into),
            finding: sheet.finding.map(Into::into),
            cautions: sheet.cautions.iter().map(Into::into).collect(),
            warnings: sheet.warnings.iter().map(Into::into).collect(),
            chain: OnChainView {
                id: sheet.safe.chain_id,
                name: sheet.chain.map(|chain| chain.name),
                short_name: sheet.chain.map(|chain| chain.short_name),
            },
            safe: SheetSafeView {
                address: sheet.safe.address.into(),
                prefixed: sheet.prefixed(),
                version: sheet.safe.version.to_string(),
                singleton: sheet.singleton(),
                observation: sheet.observation.as_ref().map(Into::into),
                balance_wei: sheet.observation.as_ref().map(|seen| seen.safe.balance.wei().to_string()),
            },
            signatures: AgreementView {
                needed: sheet.observation.as_ref().map(|seen| seen.safe.threshold.get()),
                signed: sheet.signed(),
                owners: sheet
                    .owners
                    .iter()
                    .map(|(owner, signing)| owner_view(*owner, signing.as_ref()))
                    .collect(),
                former: sheet.former.iter().map(|signing| owner_view(signing.owner, Some(signing))).collect(),
            },
            operation_in_words: sheet.operation_in_words(),
            target: sheet.name_of(&sheet.tx.to),
            transaction: (&sheet.tx).into(),
            data_hash: hash(&sheet.tx.data_hash()),
            gas_fields_are_zero: sheet.is_free_of_gas_fields(),
            token: sheet.token.into(),
            count: sheet.lines.len(),
            total: batch.total.into(),
            total_wei: batch.total.wei().to_string(),
            lines: (1..).zip(&sheet.lines).map(Into::into).collect(),
            beside: sheet.beside.iter().map(Into::into).collect(),
            earlier: sheet.earlier.iter().map(Into::into).collect(),
            unproposed: sheet.unproposed,
            builder_checksum: sheet.builder_checksum.clone(),
            hash_tool: HashTool::of(sheet).map(Into::into),
            journal_size: batch.size.get(),
            journal_root: batch.root.to_string(),
            proposed_at: batch.proposed_at.to_string(),
            proposed_seq: batch.proposed.get(),
        }
    }
}

fn owner_view(owner: Address, signing: Option<&Signing>) -> OwnerView {
    OwnerView {
        owner: owner.into(),
        form: signing.map(|signing| signing.form.to_string()),
        at: signing.map(|signing| signing.at.to_string()),
    }
}

impl From<&SafeTx> for SafeTxView {
    fn from(tx: &SafeTx) -> Self {
        Self {
            to: tx.to.into(),
            value: tx.value.to_string(),
            data: safe::hex::encode(&tx.data),
            operation: tx.operation.code(),
            safe_tx_gas: tx.safe_tx_gas.to_string(),
            base_gas: tx.base_gas.to_string(),
            gas_price: tx.gas_price.to_string(),
            gas_token: tx.gas_token.into(),
            refund_receiver: tx.refund_receiver.into(),
            nonce: tx.nonce.low_u64(),
        }
    }
}

impl From<&Caution> for Remark {
    fn from(caution: &Caution) -> Self {
        Self { code: caution.code(), detail: caution.to_string(), facts: std::collections::BTreeMap::new() }
    }
}

impl From<(usize, &SheetLine)> for SheetLineView {
    fn from((line, shown): (usize, &SheetLine)) -> Self {
        Self {
            line,
            submission: shown.payout.submission.get(),
            title: shown.title.clone(),
            handle: shown.handle.clone(),
            payee: shown.payout.payee.into(),
            payee_is: shown.payee.name(),
            last_payee: match shown.payee {
                Payee::Changed { last } => Some(last.into()),
                Payee::Known | Payee::New => None,
            },
            amount: shown.payout.amount.into(),
            amount_wei: shown.payout.amount.wei().to_string(),
            warnings: shown.warnings.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Beside> for BesideView {
    fn from(beside: &Beside) -> Self {
        let difference = &beside.difference;
        Self {
            batch: beside.batch.get(),
            rejection: beside.lines == 0,
            safe_tx_hash: hash(&beside.safe_tx_hash),
            to: beside.to.into(),
            count: beside.lines,
            total: beside.total.into(),
            signed: beside.signatures,
            added: difference.added.iter().map(Into::into).collect(),
            removed: difference.removed.iter().map(Into::into).collect(),
            changed: difference
                .changed
                .iter()
                .map(|(there, here)| ChangedView { there: there.into(), here: here.into() })
                .collect(),
            reordered: difference.reordered,
            same_target: !difference.target,
        }
    }
}

impl From<&Earlier> for EarlierView {
    fn from(earlier: &Earlier) -> Self {
        let batches = earlier.batches.iter().map(|batch| batch.get()).collect();
        Self { nonce: earlier.nonce.get(), batches }
    }
}

impl From<HashTool> for HashToolView {
    fn from(tool: HashTool) -> Self {
        let answers = tool.answers.into_iter().map(|(asked, answer)| AnswerView { asked, answer }).collect();
        Self { command: tool.command, interactive: tool.interactive, answers }
    }
}
