//! Inspecting a Transaction Builder file.

use ethers::types::U256;

use super::calls::{Findings, Place};
use super::render::lpt_text;
use super::{Code, InspectError, Inspection, Kind};
use crate::json::Json;
use crate::tx_builder::{BuilderFile, ImportedCall, Note};

pub(super) fn inspect(json: Json) -> Result<Inspection, InspectError> {
    let file = BuilderFile::from_json(json)?;
    let mut findings = Findings::new(file.chain_id, file.safe);
    match &file.checksum.stated {
        None => findings
            .warn(Code::ChecksumMissing, "The file states no checksum: it may have been changed or cut."),
        Some(_) if file.checksum.valid => {}
        Some(stated) => {
            let computed = &file.checksum.computed;
            let detail = format!(
                "The file states checksum {stated:?}, but its content has {computed}: it was changed."
            );
            findings.warn(Code::ChecksumBad, &detail);
        }
    }
    match file.import() {
        Err(refusal) => findings.warn(Code::NotImportable, &format!("Nothing is listed: {refusal}.")),
        Ok(calls) if calls.is_empty() => {
            findings
                .warn(Code::MalformedPayload, "The file holds no transactions: there is nothing to sign.");
        }
        Ok(calls) => {
            for (line, call) in (1..).zip(&calls) {
                transaction(&mut findings, line, call);
            }
        }
    }
    let (transfers, total, warnings) = findings.finish();
    Ok(Inspection {
        kind: Kind::TransactionBuilder,
        name: file.meta("name"),
        description: file.meta("description"),
        chain_id: file.chain_id,
        safe: file.safe,
        nonce: None,
        to: None,
        value: None,
        operation: None,
        domain_hash: None,
        message_hash: None,
        safe_tx_hash: None,
        checksum: Some(file.checksum),
        transfers,
        total,
        warnings,
    })
}

fn transaction(findings: &mut Findings, line: usize, call: &ImportedCall) {
    let mut failed = false;
    for note in &call.notes {
        failed |= explain(findings, line, note);
    }
    // A call that lost its data is explained already; only its ETH remains to be told.
    if !(failed && call.value.is_zero()) {
        findings.call(Place::Line(line), &call.to, call.value, &call.data);
    }
}

/// Warns of a note; answers whether it left the call without data.
fn explain(findings: &mut Findings, line: usize, note: &Note) -> bool {
    match note {
        Note::Overridden => {
            let detail = format!(
                "Transaction {line} carries raw data, so the method and inputs it shows are ignored."
            );
            findings.warn(Code::FieldsOverriddenByData, &detail);
            false
        }
        Note::Recipient { input, text } => {
            let detail = format!(
                "Transaction {line} has {text:?} as {input:?}, not a valid address: Safe's app sends a call \
                 without data, which pays nobody."
            );
            findings.warn(Code::RecipientMalformed, &detail);
            true
        }
        Note::Amount { input, text, read } => {
            findings.warn(Code::AmountNotDecimal, &amount(line, input, text, *read));
            read.is_none()
        }
        Note::NotEncoded { method } => {
            let detail = format!(
                "Transaction {line} has method {method:?}, which Safe's app cannot encode: it sends no data."
            );
            findings.warn(Code::MalformedPayload, &detail);
            true
        }
    }
}

fn amount(line: usize, input: &str, text: &str, read: Option<U256>) -> String {
    match read {
        Some(wei) => format!(
            "Transaction {line} writes {input:?} as {text:?}, which Safe's app reads as {wei} wei ({} LPT).",
            lpt_text(wei.into())
        ),
        None => format!(
            "Transaction {line} writes {input:?} as {text:?}, no number Safe's app can read: it sends a \
             call without data."
        ),
    }
}
