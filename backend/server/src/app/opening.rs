//! Opening a program from a file that people can read.

use std::collections::{BTreeMap, BTreeSet};

use domain::command::{
    AddMember, Allot, Allotment, Category, Cause, ContractVersion, OpenPeriod, OpenProgram,
};
use domain::event::Command;
use domain::policy::Policy;
use domain::value::{Address, Amount, MemberNumber, PeriodNumber, Seq, Slug, Timestamp};
use domain::words::{PeriodKind, Role, YesNo};
use safe::SafeVersion;
use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;
use utoipa::ToSchema;

use super::accounts::AccountId;
use super::budget::{Allotments, NewPeriod};
use super::call::{Ask, Operation, Sent};
use super::documents::{HANDLE, TEXT, TITLE, text};
use super::policy::PolicyFile;
use super::writer::{Call, Job, Receipt, Target};
use super::{App, Error, FieldError, shape};

const OPEN_PROGRAM: Operation = Operation::post("open_program");
const OPEN_PERIOD: Operation = Operation::post("open_period");
const ALLOT: Operation = Operation::post("allot");

/// A program as people write it down: who, how much, by which rules. Amounts are LPT.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramFile {
    #[schema(value_type = shape::Title)]
    pub name: String,
    #[schema(value_type = shape::ShortName)]
    pub slug: Slug,
    #[schema(value_type = shape::Text)]
    pub description: String,
    /// What the program does not pay for.
    #[schema(value_type = shape::Text)]
    pub scope_excludes: String,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub cap: Amount,
    pub chain_id: u64,
    #[serde(deserialize_with = "address", serialize_with = "checksummed")]
    #[schema(value_type = shape::WrittenAddress)]
    pub token: Address,
    #[serde(deserialize_with = "address", serialize_with = "checksummed")]
    #[schema(value_type = shape::WrittenAddress)]
    pub safe: Address,
    #[schema(value_type = shape::Version)]
    pub safe_version: ContractVersion,
    pub categories: Vec<CategoryFile>,
    pub members: Vec<MemberFile>,
    pub period: PeriodFile,
    /// What each category is given when the period opens.
    #[serde(deserialize_with = "amounts", serialize_with = "displayed_values")]
    #[schema(value_type = BTreeMap<shape::ShortName, shape::Lpt>)]
    pub allotments: BTreeMap<Slug, Amount>,
    pub policy: PolicyFile,
}

/// A budget line with the range it is planned for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryFile {
    #[schema(value_type = shape::ShortName)]
    pub slug: Slug,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub floor: Amount,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub ceiling: Amount,
}

/// A first member; the first of them opens the program and leads it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberFile {
    #[schema(value_type = shape::Name)]
    pub handle: String,
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<Role>,
}

/// The first period.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodFile {
    #[schema(value_type = String, pattern = "^(month|quarter)$")]
    pub kind: PeriodKind,
    #[serde(deserialize_with = "moment")]
    #[schema(value_type = shape::Moment)]
    pub starts_at: Timestamp,
    #[serde(deserialize_with = "moment")]
    #[schema(value_type = shape::Moment)]
    pub ends_at: Timestamp,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub cap: Amount,
}

/// Why a program file cannot be read: the place and what was expected there.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
}

fn parsed<'de, D: Deserializer<'de>, T, E: std::fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

pub(super) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    parsed(deserializer, str::parse::<Amount>)
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    parsed(deserializer, safe::eip55::parse)
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    parsed(deserializer, str::parse::<Timestamp>)
}

fn amounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Slug, Amount>, D::Error> {
    #[derive(Deserialize)]
    struct Written(#[serde(deserialize_with = "amount")] Amount);
    let written = BTreeMap::<Slug, Written>::deserialize(deserializer)?;
    Ok(written.into_iter().map(|(slug, Written(amount))| (slug, amount)).collect())
}

pub(super) fn displayed<S: serde::Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn displayed_values<S: serde::Serializer>(
    amounts: &BTreeMap<Slug, Amount>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(amounts.iter().map(|(slug, amount)| (slug, amount.to_string())))
}

fn checksummed<S: serde::Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&safe::eip55::checksum(address))
}

impl ProgramFile {
    /// Reads a program file (TOML).
    ///
    /// # Errors
    /// Unknown or missing keys and values that are none, with line and column.
    pub fn read(text: &str) -> Result<Self, FileError> {
        Ok(toml::from_str(text)?)
    }

    /// The token is LPT on the named chain, and payouts can go through the named Safe: by which contract.
    fn check_chain(&self) -> Result<Address, Error> {
        let lpt =
            safe::erc20::lpt(self.chain_id).ok_or(FieldError::Chain).map_err(Error::field("chain_id"))?;
        if self.token != lpt {
            let expected = safe::eip55::checksum(&lpt);
            let error = FieldError::Token { chain: self.chain_id, expected };
            return Err(Error::Malformed { field: "token".into(), error });
        }
        let version: Option<SafeVersion> = self.safe_version.to_string().parse().ok();
        let known =
            version.and_then(|version| safe::deployments::multi_send_call_only(version, self.chain_id));
        known.ok_or(Error::Malformed { field: "safe_version".into(), error: FieldError::SafeVersion })
    }
}

#[derive(Serialize)]
struct ProgramTexts<'a> {
    description: &'a str,
    name: &'a str,
    scope_excludes: &'a str,
    slug: Slug,
}

#[derive(Serialize)]
pub(super) struct NameText<'a> {
    pub handle: &'a str,
}

impl App {
    /// Opens a program with its first period and allotments, all or nothing, as its first member. Members whose
    /// handles have accounts are linked to them.
    ///
    /// # Errors
    /// A refusal, or a short name or Safe that belongs to another program.
    pub async fn open_program(
        &self,
        file: &ProgramFile,
        demo: bool,
        key: &str,
    ) -> Result<Vec<Receipt>, Error> {
        let accounts = self.founders(file).await?;
        self.open_linked(file, demo, key, None, accounts).await
    }

    /// Opens a program as the owner of an account, who becomes its first member.
    ///
    /// # Errors
    /// As [`App::open_program`]; or the first member of the file is somebody else.
    pub async fn open_program_as(
        &self,
        account: AccountId,
        file: &ProgramFile,
        key: &str,
        sent: Option<Sent<'_>>,
    ) -> Result<Vec<Receipt>, Error> {
        let accounts = self.founders(file).await?;
        if accounts.first() != Some(&Some(account)) {
            return Err(Error::Malformed { field: "members".into(), error: FieldError::NotFirst });
        }
        self.open_linked(file, false, key, sent, accounts).await
    }

    /// The accounts of the members of a file, where there are any; each once.
    async fn founders(&self, file: &ProgramFile) -> Result<Vec<Option<AccountId>>, Error> {
        let handles = file.members.iter().map(|member| member.handle.clone()).collect();
        let mut known = self.accounts_by_handle(handles).await?;
        Ok(file.members.iter().map(|member| known.remove(&member.handle)).collect())
    }

    async fn open_linked(
        &self,
        file: &ProgramFile,
        demo: bool,
        key: &str,
        sent: Option<Sent<'_>>,
        accounts: Vec<Option<AccountId>>,
    ) -> Result<Vec<Receipt>, Error> {
        let multi_send = file.check_chain()?;
        let ask = Ask { program: file.slug, member: MemberNumber::FIRST, key, sent };
        let mut calls = vec![self.opening(file, multi_send, demo, ask)?];
        let period: Command = OpenPeriod {
            cap: file.period.cap,
            ends_at: file.period.ends_at,
            kind: file.period.kind,
            starts_at: file.period.starts_at,
        }
        .into();
        let body = NewPeriod {
            kind: file.period.kind,
            starts_at: file.period.starts_at.to_string(),
            ends_at: file.period.ends_at.to_string(),
            cap: file.period.cap.to_string(),
        };
        let cause = ask.cause(OPEN_PERIOD, "/periods", &body)?;
        calls.push(Call { command: period, cause: Some(cause), documents: Vec::new() });
        if !file.allotments.is_empty() {
            let body = Allotments {
                period: PeriodNumber::FIRST.to_string(),
                allotments: file.allotments_text(),
                reason: None,
            };
            calls.push(allotting(file, ask.cause(ALLOT, "/allotments", &body)?));
        }
        let target = Target::New { id: self.entropy.uuid()?, slug: file.slug };
        let actor = domain::command::Actor::Member(MemberNumber::FIRST);
        self.writer.submit(Job { target, actor, calls, accounts }).await
    }

    fn opening(
        &self,
        file: &ProgramFile,
        multi_send: Address,
        demo: bool,
        ask: Ask<'_>,
    ) -> Result<Call, Error> {
        let texts = self.document(&ProgramTexts {
            description: text("description", &file.description, TEXT)?,
            name: text("name", &file.name, TITLE)?,
            scope_excludes: text("scope_excludes", &file.scope_excludes, TEXT)?,
            slug: file.slug,
        })?;
        let mut documents = Vec::new();
        let mut members = Vec::new();
        let mut handles = BTreeSet::new();
        for (place, member) in file.members.iter().enumerate() {
            if !handles.insert(&member.handle) {
                return Err(Error::Malformed { field: "members".into(), error: FieldError::SameHandle });
            }
            let handle = text(format!("members[{place}].handle"), &member.handle, HANDLE)?;
            let name = self.document(&NameText { handle })?;
            members.push(AddMember { name: name.digest(), roles: member.roles.clone() });
            documents.push(name);
        }
        let categories = file.categories.iter().map(|category| Category {
            ceiling: category.ceiling,
            floor: category.floor,
            slug: category.slug,
        });
        let command = OpenProgram {
            cap: file.cap,
            categories: categories.collect(),
            chain: Seq::new(file.chain_id),
            demo: YesNo::from(demo),
            members,
            multi_send,
            policy: Policy::from(&file.policy),
            refused_payees: safe::deployments::payee_traps()
                .into_iter()
                .filter(|trap| *trap != Address::ZERO && *trap != multi_send)
                .collect(),
            safe: file.safe,
            safe_version: file.safe_version,
            texts: texts.digest(),
            token: file.token,
        };
        documents.push(texts);
        let cause = ask.cause_at(OPEN_PROGRAM, "/api/v1/programs", file)?;
        Ok(Call { command: command.into(), cause: Some(cause), documents })
    }
}

impl ProgramFile {
    fn allotments_text(&self) -> BTreeMap<String, String> {
        self.allotments.iter().map(|(slug, amount)| (slug.to_string(), amount.to_string())).collect()
    }
}

fn allotting(file: &ProgramFile, cause: Cause) -> Call {
    let allotments = file.allotments.iter();
    let allotments =
        allotments.map(|(category, amount)| Allotment { amount: *amount, category: *category }).collect();
    let command = Allot { allotments, period: PeriodNumber::FIRST, reason: None }.into();
    Call { command, cause: Some(cause), documents: Vec::new() }
}
