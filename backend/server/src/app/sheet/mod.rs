//! The signer's sheet: everything that an owner of the Safe compares with a wallet before signing a batch.
//!
//! It holds what the journal and the texts beside it say at one moment, and hashes made anew from the ten fields.
//! [`words`] says it in sentences, [`nonce`] what else the nonce is asked for, [`compare`] is a second way to the hashes.

mod caution;
mod compare;
mod nonce;
mod words;

use domain::Program;
use domain::batch::{Batch, End, Found, How, Observation, Signing};
use domain::command::Payout;
use domain::preview::{self, Payee, Warning};
use domain::value::{Address, BatchNumber, Digest, Slug};
use domain::words::YesNo;
use safe::chain::Chain;
use safe::{SafeAccount, SafeTx, SafeTxHashes};
use verify::BatchFile;
use verify::files::{Encoded, FileError, Texts, batch_file};

use super::{App, Error};

pub use caution::Caution;
pub use compare::HashTool;
pub use nonce::{Beside, Difference, Earlier};
pub use words::{counted, known_by};

/// Everything that an owner of the Safe compares before signing a batch, or a rejection.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub slug: Slug,
    /// What the program is called; `None` if that was erased.
    pub program: Option<String>,
    /// Whether nothing of it may be signed.
    pub demo: bool,
    pub token: Address,
    pub batch: Batch,
    pub state: State,
    /// What the chain shows of the nonce, and people have to settle.
    pub finding: Option<Found>,
    /// `None` for a chain that is not known here.
    pub chain: Option<&'static Chain>,
    pub safe: SafeAccount,
    pub tx: SafeTx,
    /// Made anew from the ten fields; they are those of the batch.
    pub hashes: SafeTxHashes,
    /// The Safe as last observed; `None` before it ever was.
    pub observation: Option<Observation>,
    /// The owners as last observed, each with their agreement.
    pub owners: Vec<(Address, Option<Signing>)>,
    /// Agreements that count no longer: who gave them is no owner any more.
    pub former: Vec<Signing>,
    /// What else is proposed for the nonce.
    pub beside: Vec<Beside>,
    /// Nonces that the Safe has to consume first, and something is proposed for.
    pub earlier: Vec<Earlier>,
    /// How many it has to consume first that nothing is proposed for.
    pub unproposed: u64,
    pub lines: Vec<Line>,
    /// What is to be known of the batch as a whole.
    pub warnings: Vec<Warning>,
    pub cautions: Vec<Caution>,
    /// The checksum of the file for the Transaction Builder; a rejection has no such file.
    pub builder_checksum: Option<String>,
}

/// What is known to have become of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody knows of an end of its nonce.
    Proposed,
    Executed(End),
    /// Its nonce was consumed otherwise: none of its transfers happened by it.
    Replaced(End),
}

impl State {
    /// The word that the API has for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Executed(_) => "executed",
            Self::Replaced(_) => "replaced",
        }
    }

    fn of(program: &Program, batch: &Batch) -> Self {
        let end = program.nonce(batch.nonce).and_then(|nonce| nonce.end.clone());
        match end {
            None => Self::Proposed,
            Some(end) if end.how == How::Executed(batch.number) => Self::Executed(end),
            Some(end) => Self::Replaced(end),
        }
    }

    pub const fn end(&self) -> Option<&End> {
        match self {
            Self::Proposed => None,
            Self::Executed(end) | Self::Replaced(end) => Some(end),
        }
    }
}

/// One payout, with what it is for.
#[derive(Clone, Debug)]
pub struct Line {
    pub payout: Payout,
    /// The claim's title; `None` if it was erased.
    pub title: Option<String>,
    /// What the person is called; `None` if that was erased.
    pub handle: Option<String>,
    pub payee: Payee,
    pub warnings: Vec<Warning>,
}

impl App {
    /// The sheet of a batch or a rejection, as everything stands now.
    ///
    /// # Errors
    /// No such program or batch, or the database fails.
    pub async fn sheet(&self, slug: Slug, number: BatchNumber) -> Result<Sheet, Error> {
        self.with_texts(slug, move |program, kept| {
            let batch = program.batch(number).ok_or(Error::NoSuchBatch { number: number.get() })?;
            Sheet::of(slug, program, batch, kept)
        })
        .await
    }
}

impl Sheet {
    /// The sheet of a batch. Its transaction is rebuilt from its lines and must hash as it did when it was proposed.
    ///
    /// # Errors
    /// A text that is not there, or a batch that states another transaction than its lines make.
    pub fn of<T: Texts>(
        slug: Slug,
        program: &Program,
        batch: &Batch,
        texts: &mut T,
    ) -> Result<Self, T::Error> {
        let charter = program.charter();
        let made = verify::payment::rebuilt(charter, batch).map_err(FileError::from)?;
        let (safe, tx) = made.ok_or(FileError::Altered { seq: batch.proposed })?;
        let observation = program.observation().cloned();
        let marks = preview::marks(program, batch);
        let state = State::of(program, batch);
        let finding = program.nonce(batch.nonce).and_then(|nonce| nonce.finding);
        let unproposed = nonce::unproposed(program, batch);
        let (owners, former) = signings(program, batch);
        Ok(Self {
            slug,
            program: text(program, texts, charter.texts, "name")?,
            demo: charter.demo == YesNo::Yes,
            token: charter.token,
            cautions: caution::cautions(program, batch, &safe, &state, unproposed),
            state,
            finding,
            chain: safe::chain::find(safe.chain_id),
            hashes: tx.hashes(&safe),
            safe,
            tx,
            observation,
            owners,
            former,
            beside: nonce::beside(program, batch),
            earlier: nonce::earlier(program, batch),
            unproposed,
            lines: lines(program, batch, marks.lines, texts)?,
            warnings: marks.warnings,
            builder_checksum: builder_checksum(program, batch, texts)?,
            batch: batch.clone(),
        })
    }

    /// How many of the current owners agreed.
    pub fn signed(&self) -> usize {
        self.owners.iter().filter(|(_, signing)| signing.is_some()).count()
    }

    /// The Safe's address with its chain (ERC-3770), as wallets show it.
    pub fn prefixed(&self) -> Option<String> {
        let address = safe::eip55::checksum(&self.safe.address);
        self.chain.map(|chain| format!("{}:{address}", chain.short_name))
    }

    /// What a contract is, if it is the token, the Safe itself, or one that is known on this chain.
    pub fn name_of(&self, address: &Address) -> Option<String> {
        if *address == self.token {
            return Some("the token".to_owned());
        }
        if *address == self.safe.address {
            return Some("the Safe itself".to_owned());
        }
        safe::deployments::name_of(self.safe.chain_id, address)
    }

    /// What the Safe's code is, as far as it is known here.
    pub fn singleton(&self) -> Option<String> {
        let observation = self.observation.as_ref()?;
        safe::deployments::name_of(self.safe.chain_id, &observation.safe.singleton)
    }

    /// Domain hash and message hash as a Ledger shows them.
    pub fn on_ledger(&self) -> (String, String) {
        let upper = |digest: &Digest| format!("0x{}", digest.to_string().to_ascii_uppercase());
        (upper(&self.hashes.domain), upper(&self.hashes.message))
    }

    /// Whether nothing can be paid back for gas from the Safe, nor any coin leave it.
    pub fn is_free_of_gas_fields(&self) -> bool {
        let SafeTx { safe_tx_gas, base_gas, gas_price, gas_token, refund_receiver, .. } = &self.tx;
        let amounts = [safe_tx_gas, base_gas, gas_price];
        let addresses = [gas_token, refund_receiver];
        amounts.iter().all(|amount| amount.is_zero())
            && addresses.iter().all(|address| **address == Address::ZERO)
    }
}

/// A text of a document; `None` if that was erased.
fn text<T: Texts>(
    program: &Program,
    texts: &mut T,
    document: Digest,
    field: &'static str,
) -> Result<Option<String>, T::Error> {
    if program.erased(&document).is_some() {
        return Ok(None);
    }
    texts.text(document, field).map(Some)
}

fn lines<T: Texts>(
    program: &Program,
    batch: &Batch,
    marks: Vec<(Payee, Vec<Warning>)>,
    texts: &mut T,
) -> Result<Vec<Line>, T::Error> {
    let mut lines = Vec::new();
    for (payout, (payee, warnings)) in batch.payouts.iter().zip(marks) {
        let submission = program.submission(payout.submission).map_err(FileError::from)?;
        let person = program.member(submission.claimant).map_err(FileError::from)?;
        lines.push(Line {
            payout: *payout,
            title: text(program, texts, submission.revision.texts, "title")?,
            handle: text(program, texts, person.name, "handle")?,
            payee,
            warnings,
        });
    }
    Ok(lines)
}

/// The owners with their agreements, and the agreements of those who are none any more.
fn signings(program: &Program, batch: &Batch) -> (Vec<(Address, Option<Signing>)>, Vec<Signing>) {
    let owners = program.observation().map_or(&[][..], |observation| &observation.safe.owners);
    let counting = program.signings_of(batch);
    let of = |owner: &Address| counting.iter().find(|signing| signing.owner == *owner).copied().cloned();
    let counts = |signing: &&Signing| counting.iter().any(|other| other.event == signing.event);
    let former = batch.signings.iter().filter(|signing| !counts(signing)).cloned().collect();
    (owners.iter().map(|owner| (*owner, of(owner))).collect(), former)
}

fn builder_checksum<T: Texts>(
    program: &Program,
    batch: &Batch,
    texts: &mut T,
) -> Result<Option<String>, T::Error> {
    let file = BatchFile::TransactionBuilder;
    if !BatchFile::of(batch).contains(&file) {
        return Ok(None);
    }
    let encoded = Encoded::again(program, batch)?;
    let written = batch_file(file, program, batch, &encoded, texts)?;
    let written: serde_json::Value = serde_json::from_str(&written).map_err(FileError::from)?;
    Ok(written.pointer("/meta/checksum").and_then(serde_json::Value::as_str).map(ToOwned::to_owned))
}
