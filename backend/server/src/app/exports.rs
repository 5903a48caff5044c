//! The files of a proposed batch, in the forms that signers and auditors use.

use domain::Program;
use domain::batch::Batch;
use domain::submission::Submission;
use domain::value::{BatchNumber, Slug};
use domain::words::YesNo;
use safe::tx_builder::BuilderBatch;

use super::batches::{rebuilt, transfers};
use super::documents::find_field;
use super::{App, Error};
use crate::db::rows;
use crate::db::{AnyConn, Corrupt, Stored, journal, read_text};

/// The files of a batch, as they are named in its folder.
pub const EXPORT_FILES: [&str; 4] =
    ["transaction-builder.json", "typed-data.json", "airdrop.csv", "annotated.csv"];

/// What a demo's exports start with: nobody may take them for real.
const DEMO: &str = "DEMO – do not sign. ";

/// The files of a batch, in the order of [`EXPORT_FILES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchFiles {
    pub number: BatchNumber,
    pub files: [(&'static str, String); 4],
}

impl App {
    /// The files of a proposed batch. Its transaction is rebuilt from its lines and must hash as it did
    /// when it was proposed.
    ///
    /// # Errors
    /// No such program or batch, or the database fails.
    pub async fn export_batch(&self, slug: Slug, number: BatchNumber) -> Result<BatchFiles, Error> {
        let program = self.program(slug).await?;
        self.read(move |conn| {
            let batch = program.batch(number).ok_or(Error::NoSuchBatch { number: number.get() })?;
            let name = find_field(conn, program.id(), program.charter().texts, "name")?;
            let (safe, tx) = rebuilt(&program, batch)?;
            let [builder, typed, airdrop, annotated] = EXPORT_FILES;
            let typed_data = serde_json::to_string_pretty(&safe::typed_data(&safe, &tx))?;
            let lines = transfers(&batch.payouts);
            let files = [
                (builder, builder_file(&program, batch, &name)?),
                (typed, format!("{typed_data}\n")),
                (airdrop, safe::airdrop::write(&program.charter().token, &lines)?),
                (annotated, annotated_csv(conn, &program, batch)?),
            ];
            Ok(BatchFiles { number, files })
        })
        .await
    }
}

/// What the signer reads first: the program, the batch, how many payouts, how much.
fn describe(program: &Program, batch: &Batch, name: &str) -> String {
    let demo = if program.charter().demo == YesNo::Yes { DEMO } else { "" };
    let count = batch.payouts.len();
    let payouts = if count == 1 { "payout" } else { "payouts" };
    format!("{demo}{name}, batch {}: {count} {payouts}, {} LPT", batch.number, batch.total)
}

fn builder_file(program: &Program, batch: &Batch, name: &str) -> Result<String, Error> {
    let description = describe(program, batch, name);
    let lines = transfers(&batch.payouts);
    let created_at_ms = batch.proposed_at.micros().checked_div(1_000).and_then(|ms| u64::try_from(ms).ok());
    let file = BuilderBatch {
        chain_id: program.charter().chain.get(),
        safe: Some(program.charter().safe),
        token: program.charter().token,
        transfers: &lines,
        name: &description,
        description: &description,
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
fn annotated_csv(conn: &mut AnyConn, program: &Program, batch: &Batch) -> Result<String, Error> {
    let mut table = super::ledger::csv_writer();
    table.write_record(ANNOTATED)?;
    let note = if program.charter().demo == YesNo::Yes { DEMO.trim() } else { "" };
    let votes = rows::Vote::list(conn, &program.id().store())?;
    for (line, payout) in (1..).zip(&batch.payouts) {
        let submission = program.submission(payout.submission)?;
        let revision = &submission.revision;
        let known = program.address(&payout.payee);
        let text = |value: Option<String>| value.unwrap_or_default();
        let person = program.member(submission.claimant)?;
        let recorded = known.map(|address| i64::try_from(address.recorded.get()).unwrap_or(i64::MAX));
        let since = match recorded {
            Some(seq) => {
                journal::find_event(conn, program.id(), seq)?.map(|recorded| recorded.event.at.to_string())
            }
            None => None,
        };
        let record: [String; 20] = [
            batch.number.to_string(),
            line.to_string(),
            payout.submission.to_string(),
            find_field(conn, program.id(), person.name, "handle")?,
            find_field(conn, program.id(), revision.texts, "title")?,
            submission.category.to_string(),
            text(submission.bounty.map(|bounty| bounty.to_string())),
            submission.kind.to_string(),
            revision.function.to_string(),
            revision.lane.to_string(),
            payout.amount.to_string(),
            payout.amount.wei().to_string(),
            safe::eip55::checksum(&payout.payee),
            text(since),
            text(known.and_then(|address| address.twin).map(|twin| safe::eip55::checksum(&twin))),
            text(submission.stage.decided_at().map(|at| at.to_string())),
            approvals(conn, program, submission, &votes)?,
            batch.size.to_string(),
            format!("0x{}", batch.safe_tx_hash),
            note.to_owned(),
        ];
        table.write_record(record.iter().map(|cell| super::ledger::guarded(cell)))?;
    }
    super::ledger::csv_text(table)
}

/// Whose approvals decided, and why they approved: `handle: reason`, one after another.
fn approvals(
    conn: &mut AnyConn,
    program: &Program,
    submission: &Submission,
    votes: &[rows::Vote],
) -> Result<String, Error> {
    let mut said = Vec::new();
    let number = i64::from(submission.number.get());
    let revision = i64::from(submission.revision.number.get());
    for approver in submission.stage.approvers() {
        let cast = votes.iter().filter(|vote| {
            vote.submission == number
                && vote.revision == revision
                && vote.reviewer == i64::from(approver.get())
        });
        // The last one counts: reviewers may change their minds until the decision.
        let last =
            cast.max_by_key(|vote| vote.ordinal).ok_or(Corrupt { table: "votes", column: "reviewer" })?;
        let handle = find_field(conn, program.id(), program.member(*approver)?.name, "handle")?;
        let reason = read_text("votes", "reason", &last.reason)?;
        said.push(format!("{handle}: {}", find_field(conn, program.id(), reason, "reason")?));
    }
    Ok(said.join("; "))
}
