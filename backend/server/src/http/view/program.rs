//! Programs and the rules they decide by.

use domain::Program;
use domain::policy::Version;
use domain::value::{Address, Timestamp};
use domain::words::YesNo;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Checksummed, Lpt};
use crate::app::{Error, PolicyFile, Texts, shape};
use crate::db::{Corrupt, read_text, rows};

/// A program in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramSummary {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    pub chain_id: u64,
    pub safe: Checksummed,
    #[schema(value_type = shape::Moment)]
    pub opened_at: String,
}

impl TryFrom<rows::Program> for ProgramSummary {
    type Error = Error;

    fn try_from(row: rows::Program) -> Result<Self, Error> {
        let chain = row.chain_id.parse().map_err(|_| Corrupt { table: "programs", column: "chain_id" })?;
        let safe: Address = read_text("programs", "safe", &row.safe)?;
        Ok(Self { slug: row.slug, chain_id: chain, safe: safe.into(), opened_at: row.opened_at })
    }
}

/// A program as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramView {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    pub name: Option<String>,
    pub description: Option<String>,
    /// What the program does not pay for.
    pub scope_excludes: Option<String>,
    /// Whether these texts were erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// Leaf hash of its first event: what it is called outside this server.
    #[schema(value_type = shape::Digest)]
    pub identity: String,
    /// Whether this is a demo, in which nothing is real.
    pub demo: bool,
    pub cap: Lpt,
    pub chain_id: u64,
    pub token: Checksummed,
    pub safe: Checksummed,
    pub safe_version: String,
    pub categories: Vec<CategoryView>,
    /// The policy in force at the journal's last event; every version stands under `/policy`.
    pub policy: PolicyFile,
    pub journal: JournalView,
}

/// One version of a program's policy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyVersionView {
    pub version: u32,
    /// From when on it decides about what is claimed.
    #[schema(value_type = shape::Moment)]
    pub from: String,
    /// The event that announced it.
    pub seq: u64,
    /// Whether it decides now.
    pub in_force: bool,
    pub policy: PolicyFile,
}

impl PolicyVersionView {
    pub fn new(program: &Program, version: &Version, now: Timestamp) -> Self {
        let current = program.policy_version_at(now).map(|current| current.number);
        Self {
            version: version.number.get(),
            from: version.from.to_string(),
            seq: version.recorded.get(),
            in_force: current == Some(version.number),
            policy: (&version.policy).into(),
        }
    }
}

/// A budget line with the range it is planned for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryView {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    pub floor: Lpt,
    pub ceiling: Lpt,
}

/// Where a journal ends.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JournalView {
    /// How many events there are.
    pub size: u64,
    /// RFC 6962 Merkle root.
    #[schema(value_type = shape::Digest)]
    pub root: String,
    /// Leaf hash of the last event.
    #[schema(value_type = shape::Digest)]
    pub leaf_hash: String,
    #[schema(value_type = shape::Moment)]
    pub at: String,
}

impl From<&Program> for JournalView {
    fn from(program: &Program) -> Self {
        Self {
            size: program.size().get(),
            root: program.root().to_string(),
            leaf_hash: program.last_leaf().to_string(),
            at: program.last_at().to_string(),
        }
    }
}

impl ProgramView {
    pub fn new(program: &Program, slug: &str, texts: &Texts) -> Self {
        let charter = program.charter();
        let text = |field| texts.field(&charter.texts, field);
        let categories = program.categories().iter().map(|category| CategoryView {
            slug: category.slug.to_string(),
            floor: category.floor.into(),
            ceiling: category.ceiling.into(),
        });
        Self {
            slug: slug.to_owned(),
            name: text("name"),
            description: text("description"),
            scope_excludes: text("scope_excludes"),
            erased: program.erased(&charter.texts).is_some(),
            identity: program.identity().to_string(),
            demo: charter.demo == YesNo::Yes,
            cap: program.cap().into(),
            chain_id: charter.chain.get(),
            token: charter.token.into(),
            safe: charter.safe.into(),
            safe_version: charter.safe_version.to_string(),
            categories: categories.collect(),
            policy: program.policy_at(program.last_at()).into(),
            journal: program.into(),
        }
    }
}
