//! The files of a proposed batch, in the forms that signers and auditors use.

use domain::Program;
use domain::batch::Batch;
use domain::submission::Submission;
use domain::value::Digest;
use domain::words::YesNo;
use safe::payout::PayoutError;
use safe::tx_builder::BuilderBatch;
use safe::{SafeAccount, SafeTx};

use super::{FileError, Texts, csv};
use crate::member::BatchFile;
use crate::payment::{PaymentError, rebuilt, transfers};

/// What a demo's exports start with: nobody may take them for real.
const DEMO: &str = "DEMO – do not sign. ";

/// What stands for a text that was erased.
const ERASED: &str = "[erased]";

/// A text of a document, unless that was erased.
fn text<T: Texts>(
    program: &Program,
    texts: &mut T,
    document: Digest,
    field: &'static str,
) -> Result<String, T::Error> {
    match program.erased(&document) {
        Some(_) => Ok(ERASED.to_owned()),
        None => texts.text(document, field),
    }
}

/// The Safe transaction of a batch, encoded again from its lines.
#[derive(Clone, Debug)]
pub struct Encoded {
    safe: SafeAccount,
    tx: SafeTx,
}

impl Encoded {
    /// Encodes a batch's lines: the transaction must hash as it did when it was proposed.
    ///
    /// # Errors
    /// Lines that cannot be paid, or a batch that states another transaction than its lines make.
    pub fn again(program: &Program, batch: &Batch) -> Result<Self, FileError> {
        let (safe, tx) =
            rebuilt(program.charter(), batch)?.ok_or(FileError::Altered { seq: batch.proposed })?;
        Ok(Self { safe, tx })
    }
}

/// One file of a batch.
///
/// # Errors
/// A text that is not there, or a file that nobody writes of a rejection.
pub fn batch_file<T: Texts>(
    file: BatchFile,
    program: &Program,
    batch: &Batch,
    encoded: &Encoded,
    texts: &mut T,
) -> Result<String, T::Error> {
    if !BatchFile::of(batch).contains(&file) {
        return Err(FileError::from(PaymentError::from(PayoutError::Empty)).into());
    }
    match file {
        BatchFile::TransactionBuilder => {
            let name = text(program, texts, program.charter().texts, "name")?;
            Ok(builder_file(program, batch, &name)?)
        }
        BatchFile::TypedData => Ok(typed_data(encoded)?),
        BatchFile::Airdrop => {
            let lines = transfers(&batch.payouts);
            Ok(safe::airdrop::write(&program.charter().token, &lines).map_err(FileError::from)?)
        }
        BatchFile::Annotated => annotated_csv(program, batch, texts),
    }
}

fn typed_data(Encoded { safe, tx }: &Encoded) -> Result<String, FileError> {
    let typed_data = serde_json::to_string_pretty(&safe::typed_data(safe, tx))?;
    Ok(format!("{typed_data}\n"))
}

/// What the signer reads first: the program, the batch, its nonce, how many payouts, how much.
fn title(program: &Program, batch: &Batch, name: &str) -> String {
    let demo = if program.charter().demo == YesNo::Yes { DEMO } else { "" };
    let count = batch.payouts.len();
    let payouts = if count == 1 { "payout" } else { "payouts" };
    let Batch { number, nonce, total, .. } = batch;
    format!("{demo}{name}, batch {number}, nonce {nonce}: {count} {payouts}, {total} LPT")
}

/// What the app that reads the file cannot know: it takes the nonce that it finds to be the next, and beside a
/// transaction on another one, this batch and those beside it could be executed as well.
fn describe(title: &str, batch: &Batch) -> String {
    format!(
        "{title}. Before signing set the nonce to {} by hand and compare the safeTxHash 0x{}: on another nonce the \
         same claims could be paid twice.",
        batch.nonce, batch.safe_tx_hash
    )
}

fn builder_file(program: &Program, batch: &Batch, name: &str) -> Result<String, FileError> {
    let title = title(program, batch, name);
    let lines = transfers(&batch.payouts);
    let created_at_ms = batch.proposed_at.micros().checked_div(1_000).and_then(|ms| u64::try_from(ms).ok());
    let file = BuilderBatch {
        chain_id: program.charter().chain.get(),
        safe: Some(program.charter().safe),
        token: program.charter().token,
        transfers: &lines,
        name: &title,
        description: &describe(&title, batch),
        created_at_ms: created_at_ms.unwrap_or_default(),
    };
    Ok(safe::tx_builder::write(&file)?)
}

const ANNOTATED: [&str; 20] = [
    "batch",
    "line",
    "claim",
    "person",
    "title",
    "category",
    "bounty",
    "kind",
    "function",
    "lane",
    "amount_lpt",
    "amount_wei",
    "payee",
    "address_known_since",
    "address_twin",
    "approved_at",
    "approvals",
    "journal_size",
    "safe_tx_hash",
    "note",
];

/// Who is paid for what, and who agreed: one row for each line of the batch.
fn annotated_csv<T: Texts>(program: &Program, batch: &Batch, texts: &mut T) -> Result<String, T::Error> {
    let mut table = csv::writer();
    table.write_record(ANNOTATED).map_err(FileError::from)?;
    let demo = if program.charter().demo == YesNo::Yes { DEMO } else { "" };
    let note = format!("{demo}On nonce {} only.", batch.nonce);
    for (line, payout) in (1..).zip(&batch.payouts) {
        let submission = program.submission(payout.submission).map_err(FileError::from)?;
        let revision = &submission.revision;
        let known = program.address(&payout.payee);
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        let person = program.member(submission.claimant).map_err(FileError::from)?;
        let record: [String; 20] = [
            batch.number.to_string(),
            line.to_string(),
            payout.submission.to_string(),
            text(program, texts, person.name, "handle")?,
            text(program, texts, revision.texts, "title")?,
            submission.category.to_string(),
            or_empty(submission.bounty.map(|bounty| bounty.to_string())),
            submission.kind.to_string(),
            revision.function.to_string(),
            revision.lane.to_string(),
            payout.amount.to_string(),
            payout.amount.wei().to_string(),
            safe::eip55::checksum(&payout.payee),
            or_empty(known.map(|address| address.recorded_at.to_string())),
            or_empty(known.and_then(|address| address.twin).map(|twin| safe::eip55::checksum(&twin))),
            or_empty(submission.stage.decided_at().map(|at| at.to_string())),
            approvals(program, submission, texts)?,
            batch.size.to_string(),
            format!("0x{}", batch.safe_tx_hash),
            note.clone(),
        ];
        table.write_record(record.iter().map(|cell| csv::guarded(cell))).map_err(FileError::from)?;
    }
    Ok(csv::text(table)?)
}

/// Whose approvals decided, and why they approved: `handle: reason`, one after another.
fn approvals<T: Texts>(
    program: &Program,
    submission: &Submission,
    texts: &mut T,
) -> Result<String, T::Error> {
    let mut said = Vec::new();
    for (approver, reason) in submission.stage.approvals().iter().flat_map(|approvals| approvals.iter()) {
        let name = program.member(approver).map_err(FileError::from)?.name;
        let (handle, reason) =
            (text(program, texts, name, "handle")?, text(program, texts, reason, "reason")?);
        said.push(format!("{handle}: {reason}"));
    }
    Ok(said.join("; "))
}
