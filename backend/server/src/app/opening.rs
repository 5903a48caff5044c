//! Opening a program from a file that people can read.

use std::collections::{BTreeMap, BTreeSet};

use domain::command::{
    AddMember, Allot, Allotment, Category, Cause, ContractVersion, OpenPeriod, OpenProgram,
};
use domain::event::Command;
use domain::policy::{LaneRules, Lanes, PersonShare, Policy};
use domain::value::{Address, Amount, Count, MemberNumber, PeriodNumber, Seq, Slug, Timestamp};
use domain::words::{PeriodKind, Role, SignedVotes, YesNo};
use safe::SafeVersion;
use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;
use utoipa::ToSchema;

use super::accounts::AccountId;
use super::budget::{Allotments, NewPeriod};
use super::call::{Ask, Operation, Sent};
use super::documents::{HANDLE, TEXT, TITLE, text};
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

/// The rules a program decides by; hours and counts are whole numbers. What is left out is as in the pilot.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyFile {
    pub address_changed_hours: u32,
    pub address_unproven_hours: u32,
    /// How old a revision is when a lead may call an alternate to vote on it.
    pub alternate_hours: u32,
    pub appeal_hours: u32,
    pub batch_lines: u32,
    pub challenge_hours: u32,
    /// Claims without a bounty that one person may file in a period; 0 for as many as they like.
    pub claim_credits: u32,
    pub claim_grace_hours: u32,
    pub cooldown_hours: u32,
    pub decision_grace_hours: u32,
    /// How long after a revision its decision is due.
    pub decision_hours: u32,
    pub hold_hours: u32,
    /// How long an invite can be used.
    pub invite_hours: u32,
    pub lead_pay_hours: u32,
    pub observation_hours: u32,
    pub open_claims: u32,
    /// Whether anybody with an account may join as a contributor.
    pub open_joining: bool,
    /// The most that a probe bounty reserves.
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub probe_limit: Amount,
    pub renewal_hours: u32,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub retro_limit: Amount,
    /// How many small claims of a period get a second look in any case.
    pub sample_at_least: u32,
    /// Of how many further ones one does; 0 for none.
    pub sample_one_in: u32,
    /// Whether reviewers sign their votes with their wallets.
    #[schema(value_type = String, pattern = "^(demanded|off|offered)$")]
    pub signed_votes: SignedVotes,
    /// How old a revision is when the only outside reviewer decides it alone; without it nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_handed_hours: Option<u32>,
    pub slot_hours: u32,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub small_limit: Amount,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub small_person_limit: Amount,
    /// Percent of a category's allotment that one person may ask for; categories left out have no limit.
    #[schema(value_type = BTreeMap<shape::ShortName, u32>)]
    pub person_share_percent: BTreeMap<Slug, u32>,
    pub lanes: LanesFile,
}

/// What a claim of each lane needs.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanesFile {
    pub small: LaneFile,
    pub normal: LaneFile,
    pub retro: LaneFile,
    pub lead: LaneFile,
}

/// What a claim of one lane needs.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneFile {
    pub approvals: u32,
    pub outside: u32,
    pub rejections: u32,
    pub objection_hours: u32,
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

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
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

fn displayed<S: serde::Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
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

impl From<LaneFile> for LaneRules {
    fn from(lane: LaneFile) -> Self {
        Self {
            approvals: Count::new(lane.approvals),
            objection_hours: Count::new(lane.objection_hours),
            outside: Count::new(lane.outside),
            rejections: Count::new(lane.rejections),
        }
    }
}

impl From<&PolicyFile> for Policy {
    fn from(file: &PolicyFile) -> Self {
        let shares = file.person_share_percent.iter();
        Self {
            address_changed_hours: Count::new(file.address_changed_hours),
            address_unproven_hours: Count::new(file.address_unproven_hours),
            alternate_hours: Count::new(file.alternate_hours),
            appeal_hours: Count::new(file.appeal_hours),
            batch_lines: Count::new(file.batch_lines),
            challenge_hours: Count::new(file.challenge_hours),
            claim_credits: Count::new(file.claim_credits),
            claim_grace_hours: Count::new(file.claim_grace_hours),
            cooldown_hours: Count::new(file.cooldown_hours),
            decision_grace_hours: Count::new(file.decision_grace_hours),
            decision_hours: Count::new(file.decision_hours),
            hold_hours: Count::new(file.hold_hours),
            invite_hours: Count::new(file.invite_hours),
            lanes: Lanes {
                lead: file.lanes.lead.into(),
                normal: file.lanes.normal.into(),
                retro: file.lanes.retro.into(),
                small: file.lanes.small.into(),
            },
            lead_pay_hours: Count::new(file.lead_pay_hours),
            observation_hours: Count::new(file.observation_hours),
            open_claims: Count::new(file.open_claims),
            open_joining: YesNo::from(file.open_joining),
            person_shares: shares
                .map(|(category, percent)| PersonShare { category: *category, percent: Count::new(*percent) })
                .collect(),
            probe_limit: file.probe_limit,
            renewal_hours: Count::new(file.renewal_hours),
            retro_limit: file.retro_limit,
            sample_at_least: Count::new(file.sample_at_least),
            sample_one_in: Count::new(file.sample_one_in),
            signed_votes: file.signed_votes,
            single_handed_hours: file.single_handed_hours.map(Count::new),
            slot_hours: Count::new(file.slot_hours),
            small_limit: file.small_limit,
            small_person_limit: file.small_person_limit,
        }
    }
}

impl LaneFile {
    const fn of(approvals: u32, outside: u32, objection_hours: u32) -> Self {
        Self { approvals, outside, rejections: approvals, objection_hours }
    }
}

/// Amounts of whole LPT.
const fn lpt(count: u128) -> Amount {
    Amount::from_wei(count.saturating_mul(Amount::LPT.wei()))
}

impl Default for PolicyFile {
    fn default() -> Self {
        Self {
            address_changed_hours: 48,
            address_unproven_hours: 48,
            alternate_hours: 168,
            appeal_hours: 168,
            batch_lines: 20,
            challenge_hours: 72,
            claim_credits: 0,
            claim_grace_hours: 120,
            cooldown_hours: 0,
            decision_grace_hours: 288,
            decision_hours: 120,
            hold_hours: 168,
            invite_hours: 168,
            lanes: LanesFile {
                small: LaneFile::of(1, 1, 24),
                normal: LaneFile::of(2, 1, 48),
                retro: LaneFile::of(2, 2, 168),
                lead: LaneFile::of(2, 2, 168),
            },
            lead_pay_hours: 168,
            observation_hours: 24,
            open_claims: 12,
            open_joining: false,
            person_share_percent: BTreeMap::new(),
            probe_limit: lpt(10),
            renewal_hours: 168,
            retro_limit: lpt(25),
            sample_at_least: 3,
            sample_one_in: 4,
            signed_votes: SignedVotes::Offered,
            single_handed_hours: None,
            slot_hours: 120,
            small_limit: lpt(5),
            small_person_limit: lpt(10),
        }
    }
}

impl From<&LaneRules> for LaneFile {
    fn from(rules: &LaneRules) -> Self {
        Self {
            approvals: rules.approvals.get(),
            objection_hours: rules.objection_hours.get(),
            outside: rules.outside.get(),
            rejections: rules.rejections.get(),
        }
    }
}

impl From<&Policy> for PolicyFile {
    fn from(policy: &Policy) -> Self {
        let shares = policy.person_shares.iter();
        Self {
            address_changed_hours: policy.address_changed_hours.get(),
            address_unproven_hours: policy.address_unproven_hours.get(),
            alternate_hours: policy.alternate_hours.get(),
            appeal_hours: policy.appeal_hours.get(),
            batch_lines: policy.batch_lines.get(),
            challenge_hours: policy.challenge_hours.get(),
            claim_credits: policy.claim_credits.get(),
            claim_grace_hours: policy.claim_grace_hours.get(),
            cooldown_hours: policy.cooldown_hours.get(),
            decision_grace_hours: policy.decision_grace_hours.get(),
            decision_hours: policy.decision_hours.get(),
            hold_hours: policy.hold_hours.get(),
            invite_hours: policy.invite_hours.get(),
            lanes: LanesFile {
                lead: (&policy.lanes.lead).into(),
                normal: (&policy.lanes.normal).into(),
                retro: (&policy.lanes.retro).into(),
                small: (&policy.lanes.small).into(),
            },
            lead_pay_hours: policy.lead_pay_hours.get(),
            observation_hours: policy.observation_hours.get(),
            open_claims: policy.open_claims.get(),
            open_joining: policy.open_joining == YesNo::Yes,
            person_share_percent: shares.map(|share| (share.category, share.percent.get())).collect(),
            probe_limit: policy.probe_limit,
            renewal_hours: policy.renewal_hours.get(),
            retro_limit: policy.retro_limit,
            sample_at_least: policy.sample_at_least.get(),
            sample_one_in: policy.sample_one_in.get(),
            signed_votes: policy.signed_votes,
            single_handed_hours: policy.single_handed_hours.map(Count::get),
            slot_hours: policy.slot_hours.get(),
            small_limit: policy.small_limit,
            small_person_limit: policy.small_person_limit,
        }
    }
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
