//! What the demo's bounties and claims have in common: who claims, and what was done, is added in the scenes.

use domain::words::ClaimKind;

use super::stage::Claim;

/// Bounty 1.
pub(super) const CO_HOST: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("1"),
    category: "bounties",
    function: "co-host",
    channel: "x",
    amount: "8",
    title: "",
    summary: "",
    links: &[],
};

/// Bounty 2.
pub(super) const HOST: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("2"),
    category: "bounties",
    function: "host",
    channel: "x",
    amount: "10",
    title: "",
    summary: "",
    links: &[],
};

/// Bounty 3.
pub(super) const THREAD: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("3"),
    category: "bounties",
    function: "author",
    channel: "x",
    amount: "6",
    title: "",
    summary: "",
    links: &[],
};

/// Bounty 4.
pub(super) const EXPLAINER: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("4"),
    category: "bounties",
    function: "explainer",
    channel: "youtube",
    amount: "12",
    title: "",
    summary: "",
    links: &[],
};

/// Bounty 5.
pub(super) const ONBOARDING: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("5"),
    category: "bounties",
    function: "onboarding",
    channel: "discord",
    amount: "5",
    title: "",
    summary: "",
    links: &[],
};

/// Bounty 6.
pub(super) const GRAPHIC: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("6"),
    category: "marketing",
    function: "graphic",
    channel: "x",
    amount: "7",
    title: "",
    summary: "",
    links: &[],
};

/// Bounty 7.
pub(super) const ANALYTICS: Claim = Claim {
    who: "",
    kind: ClaimKind::Bounty,
    bounty: Some("7"),
    category: "marketing",
    function: "analytics",
    channel: "forum",
    amount: "12",
    title: "",
    summary: "",
    links: &[],
};

/// Money laid out for tools.
pub(super) const EXPENSE: Claim = Claim {
    who: "",
    kind: ClaimKind::Expense,
    bounty: None,
    category: "operations",
    function: "tooling",
    channel: "x",
    amount: "14",
    title: "",
    summary: "",
    links: &[],
};

/// Work that no bounty asked for.
pub(super) const RETRO: Claim = Claim {
    who: "",
    kind: ClaimKind::Retro,
    bounty: None,
    category: "marketing",
    function: "analytics",
    channel: "forum",
    amount: "15",
    title: "",
    summary: "",
    links: &[],
};

/// A week of the lead.
pub(super) const LEAD_PAY: Claim = Claim {
    who: "",
    kind: ClaimKind::Lead,
    bounty: None,
    category: "lead",
    function: "lead",
    channel: "forum",
    amount: "100",
    title: "",
    summary: "",
    links: &[],
};
