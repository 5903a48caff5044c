//! The program of the story: its budget, its people, its policy.

use domain::command::{AddMember, Category, OpenProgram};
use domain::payday::Payday;
use domain::policy::{LaneRules, Lanes, PersonShare, Policy};
use domain::value::{Amount, Count, Digest, Seq, Slug};
use domain::words::{Role, SignedVotes, Weekday, YesNo};
use serde_json::{Value, json};

use super::address;

pub fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

pub fn lpt(text: &str) -> Amount {
    text.parse().unwrap()
}

fn lane(approvals: u32) -> LaneRules {
    LaneRules {
        approvals: Count::new(approvals),
        objection_hours: Count::new(24),
        outside: Count::new(1),
        rejections: Count::new(2),
    }
}

/// What the story's program is opened with.
pub fn charter(paper: &mut dyn FnMut(&Value) -> Digest) -> OpenProgram {
    let version = "1.4.1".parse().unwrap();
    let category = |slug: &str, floor: &str, ceiling: &str| Category {
        ceiling: lpt(ceiling),
        floor: lpt(floor),
        slug: slug.parse().unwrap(),
    };
    let roles: [(&str, &[Role]); 7] = [
        ("lena", &[Role::Lead, Role::Reviewer]),
        ("otto", &[Role::Reviewer]),
        ("second=outside", &[Role::Reviewer]),
        ("=treasure()", &[Role::Treasurer]),
        ("alma", &[Role::Reviewer]),
        ("audrey", &[Role::Auditor]),
        ("ana \"quoted\", here", &[Role::Contributor]),
    ];
    let members = roles
        .map(|(handle, roles)| AddMember { name: paper(&json!({"handle": handle})), roles: roles.to_vec() });
    OpenProgram {
        cap: lpt("750"),
        categories: vec![
            category("bounties", "100", "150"),
            category("marketing", "50", "100"),
            category("operations", "25", "50"),
        ],
        chain: Seq::new(42_161),
        demo: YesNo::Yes,
        members: members.to_vec(),
        multi_send: safe::deployments::multi_send_call_only(version, 42_161).unwrap(),
        policy: Policy {
            address_changed_hours: Count::new(48),
            address_unproven_hours: Count::ZERO,
            alternate_hours: Count::new(168),
            appeal_hours: Count::new(168),
            batch_lines: Count::new(20),
            challenge_hours: Count::new(72),
            claim_credits: Count::ZERO,
            claim_grace_hours: Count::new(120),
            cooldown_hours: Count::ZERO,
            decision_grace_hours: Count::new(288),
            decision_hours: Count::new(120),
            evidence_up: YesNo::Yes,
            hold_hours: Count::new(72),
            invite_hours: Count::new(168),
            lanes: Lanes { lead: lane(2), normal: lane(2), retro: lane(2), small: lane(1) },
            lead_pay_hours: Count::ZERO,
            notice_hours: Count::new(24),
            observation_hours: Count::new(24),
            open_claims: Count::new(12),
            open_joining: YesNo::No,
            payday: Payday {
                batch_on: Weekday::Friday,
                claims_by: Weekday::Sunday,
                every_weeks: Count::new(1),
                votes_by: Weekday::Wednesday,
            },
            person_shares: vec![PersonShare { category: slug("bounties"), percent: Count::new(90) }],
            probe_limit: lpt("10"),
            renewal_hours: Count::new(168),
            retro_limit: lpt("25"),
            sample_at_least: Count::new(1),
            sample_one_in: Count::new(4),
            signed_votes: SignedVotes::Offered,
            single_handed_hours: None,
            slot_hours: Count::new(120),
            small_limit: lpt("1"),
            small_person_limit: lpt("4"),
        },
        refused_payees: vec![address(0xee)],
        safe: address(0xe2),
        safe_version: "1.4.1".parse().unwrap(),
        texts: paper(&json!({
            "description": "A month of work,\nand of proof.", "name": "Story", "scope_excludes": "Nothing.", "slug": "story"
        })),
        token: safe::erc20::LPT_ARBITRUM,
    }
}
