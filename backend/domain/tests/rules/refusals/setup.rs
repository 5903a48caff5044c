//! Refusals of opening, membership, addresses, periods, allotments and bounties.

use domain::command::{Actor, Allot, Category, OpenPeriod, OpenProgram, PostBounty};
use domain::decide;
use domain::event::{Command, Event};
use domain::policy::Policy;
use domain::refusal::{Refusal, Remedy};
use domain::value::{Address, Amount, Count, PeriodNumber};
use domain::words::Role;

use super::{Case, case};
use crate::common::*;

fn opening(spoil: fn(&mut OpenProgram)) -> Refusal {
    let mut charter = charter();
    spoil(&mut charter);
    Ledger::open(&charter).unwrap_err()
}

fn policy_of(spoil: fn(&mut Policy)) -> Refusal {
    let mut charter = charter();
    spoil(&mut charter.policy);
    Ledger::open(&charter).unwrap_err()
}

fn asked(member: u32, command: impl Into<Command>) -> Refusal {
    pilot().refuses(member, command)
}

pub(super) fn cases() -> Vec<Case> {
    [on_opening(), on_members(), on_names_and_lists(), on_the_budget()].into_iter().flatten().collect()
}

fn on_opening() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse};
    vec![
        case("not_opened", AskDifferently, "the first command", || {
            let asked = request(Actor::System, grant(ANA, Role::Lead), at("2026-02-25T09:00:00Z"));
            ruling(None, &asked).unwrap_err()
        }),
        case("already_opened", AskDifferently, "open already", || asked(LEAD, charter())),
        case("empty_list", AskDifferently, "categories", || opening(|charter| charter.categories.clear())),
        case("too_many", AskDifferently, "categories has at most 16", || {
            opening(|charter| {
                charter.categories = (0..17)
                    .map(|n| Category {
                        ceiling: Amount::LPT,
                        floor: Amount::ZERO,
                        slug: slug(&format!("c{n}")),
                    })
                    .collect();
            })
        }),
        case("too_many", AskDifferently, "refused_payees has at most 100", || {
            opening(|charter| charter.refused_payees = (0..101).map(address).collect())
        }),
        case("repeated", AskDifferently, "members names", || {
            opening(|charter| charter.members.push(charter.members[0].clone()))
        }),
        case("repeated", AskDifferently, "person_share_percent names", || {
            policy_of(|policy| policy.person_shares.push(policy.person_shares[0]))
        }),
        case("zero_amount", AskDifferently, "at least", || {
            opening(|charter| charter.categories[0].ceiling = Amount::ZERO)
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            opening(|charter| {
                for category in &mut charter.categories {
                    category.ceiling = Amount::from_wei(u128::MAX);
                }
            })
        }),
        case("first_member_leads", AskDifferently, "must have the role lead", || {
            opening(|charter| charter.members[0].roles = vec![Role::Reviewer])
        }),
        case("first_member_leads", AskDifferently, "opens the program", || {
            let asked = request(Actor::System, charter(), at("2026-02-25T09:00:00Z"));
            ruling(None, &asked).unwrap_err()
        }),
        case("floor_above_ceiling", AskDifferently, "bounties: the floor of 151 LPT", || {
            opening(|charter| charter.categories[1].floor = amount("151"))
        }),
        case("floors_above_cap", AskDifferently, "675 LPT, over the cap of 674.9 LPT", || {
            opening(|charter| charter.cap = amount("674.9"))
        }),
        case("policy_value", AskDifferently, "batch_lines: signers", || {
            policy_of(|policy| policy.batch_lines = Count::ZERO)
        }),
        case("policy_value", AskDifferently, "open_claims: at least", || {
            policy_of(|policy| policy.open_claims = Count::ZERO)
        }),
        case("policy_value", AskDifferently, "decisions cannot be due before claims", || {
            policy_of(|policy| policy.decision_grace_hours = Count::new(119))
        }),
        case("policy_value", AskDifferently, "payday.every_weeks: people are paid every week", || {
            policy_of(|policy| policy.payday.every_weeks = Count::ZERO)
        }),
        case("policy_value", AskDifferently, "person_share_percent: a share is 1 to 100 percent", || {
            policy_of(|policy| policy.person_shares[0].percent = Count::new(101))
        }),
        case("policy_value", AskDifferently, "lanes.small.approvals: a claim needs", || {
            policy_of(|policy| policy.lanes.small.approvals = Count::ZERO)
        }),
        case("policy_value", AskDifferently, "lanes.normal.outside: no more outside", || {
            policy_of(|policy| policy.lanes.normal.outside = Count::new(3))
        }),
        case("policy_value", AskDifferently, "lanes.small.outside: a lead alone never decides", || {
            policy_of(|policy| policy.lanes.small.outside = Count::ZERO)
        }),
        case("policy_value", AskDifferently, "lanes.retro.rejections: a claim is rejected", || {
            policy_of(|policy| policy.lanes.retro.rejections = Count::ZERO)
        }),
        case("no_such_category", AskForSomethingElse, "no category travel", || {
            policy_of(|policy| policy.person_shares[0].category = slug("travel"))
        }),
        case("repeated", AskDifferently, "safe, token and multi_send names something twice", || {
            opening(|charter| charter.safe = charter.token)
        }),
        case("zero_address", AskDifferently, "not the zero address", || {
            opening(|charter| charter.token = Address::ZERO)
        }),
        case("zero_address", AskDifferently, "not the zero address", || {
            opening(|charter| charter.multi_send = Address::ZERO)
        }),
    ]
}

fn on_members() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskLater, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("not_a_member", AskSomeoneElse, "member 99", || asked(99, grant(ANA, Role::Lead))),
        case("role_needed", AskSomeoneElse, "one of these roles: lead", || {
            asked(ANA, grant(ANA, Role::Lead))
        }),
        case("members_only", AskSomeoneElse, "a member has to", || {
            pilot().ask_as_system(grant(ANA, Role::Lead)).unwrap_err()
        }),
        case("clock_behind", AskLater, "before the last event at 2026-03-02T09:00:00", || {
            let mut ledger = pilot();
            ledger.now = at("2026-03-02T08:59:59.999999Z");
            ledger.refuses(LEAD, grant(ANA, Role::Lead))
        }),
        case("empty_list", AskDifferently, "roles needs at least one entry", || {
            asked(LEAD, add_member("dora", &[]))
        }),
        case("too_many", AskDifferently, "roles has at most 100", || {
            asked(LEAD, add_member("dora", &[Role::Contributor; 101]))
        }),
        case("no_such_member", AskForSomethingElse, "no member 99", || asked(LEAD, revoke(99, Role::Lead))),
        case("repeated", AskDifferently, "roles names something twice", || {
            asked(LEAD, add_member("dora", &[Role::Contributor, Role::Contributor]))
        }),
        case("role_held", AskWhenThingsChange, "member 7 already has the role contributor", || {
            asked(LEAD, grant(ANA, Role::Contributor))
        }),
        case("role_not_held", AskWhenThingsChange, "member 7 does not have the role lead", || {
            asked(LEAD, revoke(ANA, Role::Lead))
        }),
        case("last_lead", AskWhenThingsChange, "a program needs a lead", || {
            asked(LEAD, revoke(LEAD, Role::Lead))
        }),
        case("payee_refused", AskDifferently, "is the zero address", || refused_payee(Address::ZERO)),
        case("payee_refused", AskDifferently, "is the token contract", || refused_payee(address(TOKEN))),
        case("payee_refused", AskDifferently, "program's own Safe", || refused_payee(address(SAFE))),
        case("payee_refused", AskDifferently, "Safe software", || refused_payee(address(MULTI_SEND))),
        case("payee_refused", AskDifferently, "Safe software", || refused_payee(address(OTHER_CONTRACT))),
        case("address_known", AskWhenThingsChange, "already one of your", || {
            asked(ANA, record_address(address(7)))
        }),
        case("other_accounts_address", AskDifferently, "of member 7, another account of yours", || {
            let mut ledger = pilot();
            ledger.does(LEAD, linking(ANA, BEN, true));
            ledger.refuses(BEN, record_address(address(7)))
        }),
        case("address_taken", AskDifferently, "of member 7", || asked(BEN, record_address(address(7)))),
        case("no_such_member", AskForSomethingElse, "no member 99", || asked(LEAD, grant(99, Role::Lead))),
    ]
}

fn on_names_and_lists() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse};
    vec![
        case("empty_list", AskDifferently, "slots needs at least one", || {
            asked(LEAD, bounty("bounties", "10", 0))
        }),
        case("empty_list", AskDifferently, "allotments", || asked(LEAD, allot(&[]))),
        case("too_many", AskDifferently, "slots has at most 1000", || {
            asked(LEAD, bounty("bounties", "0.001", 1_001))
        }),
        case("too_many", AskDifferently, "allotments has at most 100", || {
            let lines: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
            let lines: Vec<(&str, &str)> = lines.iter().map(|name| (name.as_str(), "1")).collect();
            asked(LEAD, allot(&lines))
        }),
        case("repeated", AskDifferently, "allotments names", || {
            asked(LEAD, allot(&[("marketing", "50"), ("marketing", "60")]))
        }),
        case("no_such_period", AskForSomethingElse, "no period 2", || {
            let period = PeriodNumber::new(2).unwrap();
            asked(LEAD, PostBounty { period, ..bounty("bounties", "10", 1) })
        }),
        case("no_such_period", AskForSomethingElse, "no period 2", || {
            let period = PeriodNumber::new(2).unwrap();
            asked(LEAD, Allot { period, ..allot(&[("marketing", "1")]) })
        }),
        case("no_such_category", AskForSomethingElse, "no category travel", || {
            asked(LEAD, allot(&[("travel", "1")]))
        }),
        case("no_such_category", AskForSomethingElse, "no category travel", || {
            asked(LEAD, bounty("travel", "1", 1))
        }),
    ]
}

fn on_the_budget() -> Vec<Case> {
    use Remedy::{AskDifferently, AskLater, AskWhenThingsChange};
    vec![
        case("zero_amount", AskDifferently, "at least 0.000000000000000001 LPT", || {
            asked(LEAD, bounty("bounties", "0", 1))
        }),
        case("zero_amount", AskDifferently, "at least", || {
            asked(LEAD, period("0", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"))
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            asked(LEAD, PostBounty { reward: Amount::from_wei(u128::MAX), ..bounty("bounties", "1", 2) })
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            let vast = period("1", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z");
            asked(LEAD, OpenPeriod { cap: Amount::from_wei(u128::MAX), ..vast })
        }),
        case("floors_above_cap", AskDifferently, "over the cap of 674 LPT", || {
            let mut ledger = opened();
            ledger.refuses(LEAD, period("674", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"))
        }),
        case("empty_span", AskDifferently, "is nothing", || {
            asked(LEAD, period("1", "2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z"))
        }),
        case("empty_span", AskDifferently, "is nothing", || {
            let bounty = bounty("bounties", "10", 1);
            asked(LEAD, PostBounty { closes_at: bounty.opens_at, ..bounty })
        }),
        case("window_unusable", AskDifferently, "from 2026-03-02T09:00:00.000000Z until 2026-04-06", || {
            let opens_at = at("2026-04-06T00:00:00Z");
            let closes_at = at("2026-05-01T00:00:00Z");
            asked(LEAD, PostBounty { opens_at, closes_at, ..bounty("bounties", "10", 1) })
        }),
        case("window_unusable", AskDifferently, "nobody could claim in this window", || {
            asked(LEAD, PostBounty { closes_at: at("2026-03-02T09:00:00Z"), ..bounty("bounties", "10", 1) })
        }),
        case("period_overlaps", AskDifferently, "period 1 covers", || {
            asked(LEAD, period("1", "2026-03-31T23:59:59Z", "2026-05-01T00:00:00Z"))
        }),
        case("over_program_cap", AskDifferently, "675 LPT over the program's 750 cap", || {
            asked(LEAD, period("675", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"))
        }),
        case("above_ceiling", AskDifferently, "51 LPT for operations is above its ceiling of 50 LPT", || {
            asked(LEAD, allot(&[("operations", "51")]))
        }),
        case("over_cap", AskDifferently, "25 LPT over the 750 cap", || {
            asked(LEAD, allot(&[("bounties", "150"), ("marketing", "100")]))
        }),
        case(
            "floor_needed",
            AskDifferently,
            "leaves 0 LPT unallotted, and other categories' floors still need 25 LPT",
            || asked(LEAD, allot(&[("bounties", "150"), ("marketing", "100"), ("operations", "0")])),
        ),
        case("below_committed", AskWhenThingsChange, "marketing has 20 LPT promised or paid already", || {
            let mut ledger = pilot();
            ledger.posts(bounty("marketing", "20", 1));
            ledger.refuses(LEAD, allot(&[("marketing", "19.9"), ("bounties", "100")]))
        }),
        case(
            "over_budget",
            AskWhenThingsChange,
            "marketing has 50 LPT available, and 60 LPT is needed: 10 LPT",
            || asked(LEAD, bounty("marketing", "20", 3)),
        ),
        case("books", AskLater, "I3: account 1/unallotted holds 0 LPT, and 10 LPT more is needed", || {
            // Only a journal that was tampered with leads here: money that moved without an allotment.
            let mut ledger = pilot();
            let lead = Actor::Member(member_number(LEAD));
            let now = ledger.now;
            let harmless = decide(&ledger.program, &request(lead, grant(ANA, Role::Auditor), now)).unwrap();
            let money = decide(&ledger.program, &request(lead, allot(&[("marketing", "100")]), now)).unwrap();
            let forged = Event { postings: money.postings, ..harmless };
            ledger.program.apply(&forged.record().unwrap()).unwrap();
            ledger.refuses(LEAD, allot(&[("operations", "35")]))
        }),
    ]
}

fn refused_payee(address: Address) -> Refusal {
    asked(ANA, record_address(address))
}
