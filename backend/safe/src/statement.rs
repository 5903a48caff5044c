//! What members say with their wallets: EIP-712 statements in the program's own domain, and who signed them.
//!
//! The domain is `{name: "Bounty Ledger", version: "1", chainId, verifyingContract: the Safe}`: no statement of one
//! program counts in another, and none is a transaction of anybody.

use domain::value::{Address, Amount, Count, Digest, MemberNumber, Signature, Slug, SubmissionNumber};
use domain::words::Choice;
use ethers::types::U256;
use ethers::utils::keccak256;
use serde::Serialize;
use serde_json::{Value, json};

use crate::recover::ecrecover;
use crate::typed_data::Field;
use crate::{eip55, hex, word};

/// Where statements are made: the program by its identity, in the domain of its Safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forum {
    pub chain_id: u64,
    pub program: Digest,
    pub safe: Address,
}

/// A statement that a wallet signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A member is paid at an address: signed by that address.
    PayoutAddress { member: MemberNumber, payee: Address },
    /// A reviewer votes on a revision: signed by one of their addresses.
    Vote(Vote),
}

/// A vote as it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    pub submission: SubmissionNumber,
    pub revision: Digest,
    pub ordinal: Count,
    pub choice: Choice,
    pub amount: Amount,
    pub payee: Address,
    pub category: Slug,
    /// The digest of the document with the reason.
    pub reason: Digest,
}

/// The JSON a wallet signs, ready for `eth_signTypedData_v4`; serialise it with serde.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementData {
    types: Value,
    primary_type: &'static str,
    domain: Value,
    message: Value,
}

/// A member of a statement: name, Solidity type, the word that is hashed, and the value as JSON.
struct Part {
    field: Field,
    hashed: [u8; 32],
    written: String,
}

impl Part {
    fn uint(name: &'static str, value: impl Into<U256>) -> Self {
        let value = value.into();
        Self::new(name, "uint256", word::of_uint(value), value.to_string())
    }

    fn digest(name: &'static str, value: &Digest) -> Self {
        Self::new(name, "bytes32", *value.bytes(), hex::encode(value.bytes()))
    }

    fn address(name: &'static str, value: &Address) -> Self {
        Self::new(name, "address", word::of_address(value), eip55::checksum(value))
    }

    fn text(name: &'static str, value: &impl ToString) -> Self {
        let text = value.to_string();
        Self::new(name, "string", keccak256(&text), text)
    }

    const fn new(name: &'static str, kind: &'static str, hashed: [u8; 32], written: String) -> Self {
        Self { field: Field { name, kind }, hashed, written }
    }
}

/// The hash of a struct: its type's text, and its members.
fn hash_struct(name: &str, parts: &[Part]) -> Digest {
    let fields: Vec<String> =
        parts.iter().map(|part| format!("{} {}", part.field.kind, part.field.name)).collect();
    let kind = word::keccak(&[format!("{name}({})", fields.join(",")).as_bytes()]);
    let words: Vec<&[u8]> = std::iter::once(kind.bytes().as_slice())
        .chain(parts.iter().map(|part| part.hashed.as_slice()))
        .collect();
    word::keccak(&words)
}

fn fields(parts: &[Part]) -> Vec<Field> {
    parts.iter().map(|part| part.field).collect()
}

fn written(parts: &[Part]) -> Value {
    parts.iter().map(|part| (part.field.name.to_owned(), Value::from(part.written.clone()))).collect()
}

impl Forum {
    fn parts(&self) -> [Part; 4] {
        [
            Part::text("name", &"Bounty Ledger"),
            Part::text("version", &"1"),
            Part::uint("chainId", self.chain_id),
            Part::address("verifyingContract", &self.safe),
        ]
    }
}

impl Statement {
    const fn name(&self) -> &'static str {
        match self {
            Self::PayoutAddress { .. } => "PayoutAddress",
            Self::Vote(_) => "Vote",
        }
    }

    fn parts(&self, forum: &Forum) -> Vec<Part> {
        let program = Part::digest("program", &forum.program);
        match self {
            Self::PayoutAddress { member, payee } => {
                vec![program, Part::uint("member", member.get()), Part::address("payee", payee)]
            }
            Self::Vote(vote) => vec![
                program,
                Part::uint("submission", vote.submission.get()),
                Part::digest("revision", &vote.revision),
                Part::uint("ordinal", vote.ordinal.get()),
                Part::text("choice", &vote.choice),
                Part::uint("amount", vote.amount.wei()),
                Part::address("payee", &vote.payee),
                Part::text("category", &vote.category),
                Part::digest("reason", &vote.reason),
            ],
        }
    }

    /// What the wallet signs: the EIP-712 hash.
    pub fn hash(&self, forum: &Forum) -> Digest {
        let domain = hash_struct("EIP712Domain", &forum.parts());
        let message = hash_struct(self.name(), &self.parts(forum));
        word::keccak(&[&[0x19, 0x01], domain.bytes(), message.bytes()])
    }

    /// The same as the JSON that wallets show and sign.
    pub fn typed_data(&self, forum: &Forum) -> StatementData {
        let (domain, parts) = (forum.parts(), self.parts(forum));
        let mut written_domain = written(&domain);
        if let Some(chain) = written_domain.get_mut("chainId") {
            *chain = Value::from(forum.chain_id);
        }
        StatementData {
            types: json!({ "EIP712Domain": fields(&domain), self.name(): fields(&parts) }),
            primary_type: self.name(),
            domain: written_domain,
            message: written(&parts),
        }
    }

    /// The address that signed this statement; `None` if the signature is of nobody.
    pub fn signer(&self, forum: &Forum, signature: &Signature) -> Option<Address> {
        let [rs @ .., v] = signature.bytes();
        ecrecover(&self.hash(forum), rs, *v)
    }
}
