//! What is known about people beside their roles: invites, whose accounts are one person's, conflicts, nodes.
//!
//! One person counts once. A group of linked accounts is called by its lowest number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};
use serde::{Deserialize, Serialize};

use crate::member::Member;
use crate::program::Program;
use crate::snapshot;
use crate::totals::Pace;
use crate::value::{Address, Amount, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug, Timestamp};
use crate::words::{Role, YesNo};

/// Two members that are accounts of one person, the lower number first.
pub(crate) type Link = (MemberNumber, MemberNumber);

/// What became of an invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InviteState {
    Open,
    Used { by: MemberNumber },
    Withdrawn,
}

impl InviteState {
    /// The state's word in the API and in refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used { .. } => "used",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An invite: whoever knows its secret may join with its roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    pub roles: Vec<Role>,
    /// The first moment at which it is too late.
    pub until: Timestamp,
    pub state: InviteState,
    pub made: Seq,
}

/// A conflict that a reviewer declared, while it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The document with the reason.
    pub reason: Digest,
    pub declared: Seq,
}

/// An orchestrator or gateway that a member declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The document that says what it is.
    pub note: Digest,
    /// Whether the member operates it now; one that they ever did is never theirs to pay.
    pub operated: YesNo,
    pub declared: Seq,
}

/// What is known about people beside their roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Who votes if called; few.
    #[serde(with = "snapshot::set")]
    pub(crate) alternates: RedBlackTreeSetSync<MemberNumber>,
    /// Every invite by its digest, so that none is made twice.
    #[serde(with = "snapshot::map")]
    pub(crate) invites: RedBlackTreeMapSync<Digest, Invite>,
    #[serde(with = "snapshot::set")]
    links: RedBlackTreeSetSync<Link>,
    /// The accounts of a person, by each of them; members with one account are not in it.
    #[serde(with = "snapshot::map")]
    groups: RedBlackTreeMapSync<MemberNumber, Arc<Vec<MemberNumber>>>,
    /// By reviewer and member.
    #[serde(with = "snapshot::map")]
    pub(crate) conflicts: RedBlackTreeMapSync<(MemberNumber, MemberNumber), Conflict>,
    /// By address and member.
    #[serde(with = "snapshot::map")]
    pub(crate) nodes: RedBlackTreeMapSync<(Address, MemberNumber), Node>,
    /// How many approvals of a period were put into the sample.
    #[serde(with = "snapshot::map")]
    pub(crate) sampled: RedBlackTreeMapSync<PeriodNumber, Count>,
}

/// A link as it is kept.
pub(crate) fn link(one: MemberNumber, other: MemberNumber) -> Link {
    (one.min(other), one.max(other))
}

impl People {
    pub(crate) fn new() -> Self {
        Self {
            alternates: RedBlackTreeSetSync::new_sync(),
            invites: RedBlackTreeMapSync::new_sync(),
            links: RedBlackTreeSetSync::new_sync(),
            groups: RedBlackTreeMapSync::new_sync(),
            conflicts: RedBlackTreeMapSync::new_sync(),
            nodes: RedBlackTreeMapSync::new_sync(),
            sampled: RedBlackTreeMapSync::new_sync(),
        }
    }

    pub(crate) fn is_linked(&self, link: Link) -> bool {
        self.links.contains(&link)
    }

    /// Links two members or takes their link apart, and finds the groups of all that hung on it anew.
    pub(crate) fn put_link(&mut self, changed: Link, linked: bool) {
        let (one, other) = changed;
        let touched: BTreeSet<MemberNumber> =
            [one, other].into_iter().flat_map(|member| self.accounts(member)).collect();
        if linked {
            self.links.insert_mut(changed);
        } else {
            self.links.remove_mut(&changed);
        }
        let links = self.links.iter().filter(|(one, _)| touched.contains(one));
        let groups = components(links.copied());
        for member in touched {
            match groups.get(&member) {
                Some(group) => self.groups.insert_mut(member, Arc::clone(group)),
                None => _ = self.groups.remove_mut(&member),
            }
        }
    }

    /// The accounts of a member's person, in the order of their numbers.
    fn accounts(&self, member: MemberNumber) -> Vec<MemberNumber> {
        self.groups.get(&member).map_or_else(|| vec![member], |group| group.to_vec())
    }

    /// Whether the groups are those that the links make.
    pub(crate) fn agrees(&self) -> bool {
        let groups = components(self.links.iter().copied());
        let ordered = self.links.iter().all(|(one, other)| one < other);
        ordered && groups.iter().eq(self.groups.iter())
    }
}

/// The groups that links make, by each of their members.
fn components(links: impl Iterator<Item = Link>) -> BTreeMap<MemberNumber, Arc<Vec<MemberNumber>>> {
    let mut groups: BTreeMap<MemberNumber, Arc<Vec<MemberNumber>>> = BTreeMap::new();
    for (one, other) in links {
        let of = |member| groups.get(&member).map_or_else(|| vec![member], |group| group.to_vec());
        let joined: BTreeSet<MemberNumber> = of(one).into_iter().chain(of(other)).collect();
        let group = Arc::new(joined.into_iter().collect::<Vec<_>>());
        for member in group.iter() {
            groups.insert(*member, Arc::clone(&group));
        }
    }
    groups
}

impl Program {
    /// The person a member is: the lowest number among the accounts that are linked to each other.
    pub fn person(&self, member: MemberNumber) -> MemberNumber {
        self.people.groups.get(&member).and_then(|group| group.first()).copied().unwrap_or(member)
    }

    /// All accounts of the person that a member is, in the order of their numbers.
    pub fn accounts(&self, member: MemberNumber) -> Vec<MemberNumber> {
        self.people.accounts(member)
    }

    pub(crate) fn same_person(&self, one: MemberNumber, other: MemberNumber) -> bool {
        self.person(one) == self.person(other)
    }

    fn any_account(&self, member: MemberNumber, holds: impl Fn(&Member) -> bool) -> bool {
        let of = |account: &MemberNumber| self.members.get(account).is_some_and(|known| holds(known));
        self.accounts(member).iter().any(of)
    }

    /// Whether any account of a member's person runs the program.
    pub fn is_insider(&self, member: MemberNumber) -> bool {
        self.any_account(member, Member::is_insider)
    }

    /// Whether no account of a member's person leads the program.
    pub(crate) fn is_outside(&self, member: MemberNumber) -> bool {
        !self.any_account(member, |known| known.holds(Role::Lead))
    }

    /// Every invite by its digest.
    pub fn invites(&self) -> impl Iterator<Item = (&Digest, &Invite)> {
        self.people.invites.iter()
    }

    /// The conflicts that stand: reviewer and member.
    pub fn conflicts(&self) -> impl Iterator<Item = (&(MemberNumber, MemberNumber), &Conflict)> {
        self.people.conflicts.iter()
    }

    /// The register of nodes: address and member.
    pub fn nodes(&self) -> impl Iterator<Item = (&(Address, MemberNumber), &Node)> {
        self.people.nodes.iter()
    }

    /// Undecided submissions of a member's person.
    pub fn open_claims(&self, member: MemberNumber) -> u32 {
        let open = self.accounts(member).into_iter().map(|account| self.totals().open(account));
        open.fold(0, u32::saturating_add)
    }

    /// What a member's person asked of a category in a period; `None` for more than can be counted.
    pub fn share(&self, member: MemberNumber, period: PeriodNumber, category: Slug) -> Option<Amount> {
        let accounts = self.accounts(member);
        Amount::sum(accounts.into_iter().map(|account| self.totals().share(account, period, category)))
    }

    /// What a member's person asked through the small lane in a period; `None` for more than can be counted.
    pub fn small(&self, member: MemberNumber, period: PeriodNumber) -> Option<Amount> {
        Amount::sum(self.accounts(member).into_iter().map(|account| self.totals().small(account, period)))
    }

    /// Claims without a bounty that a member's person filed in a period, whatever became of them.
    pub fn filed(&self, member: MemberNumber, period: PeriodNumber) -> u32 {
        let filed = self.accounts(member).into_iter().map(|account| self.totals().filed(account, period));
        filed.fold(0, u32::saturating_add)
    }

    /// When a member's person claimed last, by any of their accounts.
    pub fn pace(&self, member: MemberNumber) -> Pace {
        let of = |account| self.totals().pace(account);
        self.accounts(member).into_iter().map(of).fold(Pace::default(), Pace::later)
    }

    /// How many approvals of a period were put into the sample.
    pub(crate) fn sampled(&self, period: PeriodNumber) -> u32 {
        self.people.sampled.get(&period).map_or(0, |count| count.get())
    }
}
