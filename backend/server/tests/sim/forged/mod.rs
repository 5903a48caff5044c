//! Is the auditor awake? Journals are forged in every way we know, hashed again without a seam, and the rule that
//! was broken must be named; and it must know nothing of our code, and agree with the published journal.

mod budget;
mod chain;
mod disputes;
mod envelope;
mod journal;
mod money;
mod offers;
mod owners;
mod papers;
mod people;
mod reading;
mod suspense;

use std::collections::BTreeSet;
use std::path::Path;

use domain::event::Kind;
use serde_json::{Value, json};

use crate::auditor::{Auditor, Claim, Finding, Rule};
use crate::play::Play;
use journal::Journal;

/// The rule that is broken, in which words, and how; nothing if this journal does not lend itself to it.
type Forgery = (Rule, &'static str, fn(&mut Journal) -> Option<()>);

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// 8760 hours after an event: no journal reaches a 29th of February.
fn a_year_after(event: &Value) -> Value {
    let (year, rest) = text(&event["at"]).split_at(4);
    json!(format!("{}{rest}", year.parse::<u32>().unwrap() + 1))
}

/// Adds to a number that stands as text.
fn plus(value: &mut Value, more: i128) {
    let number: u128 = text(value).parse().unwrap();
    *value = json!(number.checked_add_signed(more).unwrap().to_string());
}

fn audit(lines: &[Vec<u8>]) -> Result<Auditor, Finding> {
    let mut auditor = Auditor::default();
    for line in lines {
        auditor.take(line)?;
    }
    auditor.whole()?;
    Ok(auditor)
}

fn verdict(event: &Value) -> &str {
    event["data"]["outcome"]["verdict"].as_str().unwrap_or_default()
}

/// Whether one vote may decide about a revision, by the policy that it cites, in its lane or that of insiders.
fn one_decides(journal: &Journal, revision: &Value, votes: &str) -> bool {
    let made = journal.events.iter().find(|event| event["data"]["outcome"]["digest"] == *revision).unwrap();
    let outcome = &made["data"]["outcome"];
    let is_cited = |event: &&Value| match event["kind"].as_str() {
        Some("program_opened") => outcome["policy"] == "1",
        Some("policy_changed") => event["data"]["outcome"]["version"] == outcome["policy"],
        _ => false,
    };
    let cited = journal.events.iter().find(is_cited).unwrap();
    let lanes = &cited["data"]["asked"]["policy"]["lanes"];
    [text(&outcome["lane"]), "lead"].iter().any(|lane| lanes[*lane][votes] == "1")
}

/// A word of what an event asks.
fn asks<'a>(event: &'a Value, field: &str) -> &'a str {
    event["data"]["asked"][field].as_str().unwrap_or_default()
}

/// Journals of one seed after another, long enough for every forgery.
fn journals() -> impl Iterator<Item = Journal> {
    let plays = (1..).map(|seed| Play::new(seed, "forged", false).run());
    let journals = plays.flat_map(|play| play.ledger.programs.iter().map(Journal::of).collect::<Vec<_>>());
    journals.filter(|journal| money::is_rich(journal) && people::is_rich(journal))
}

/// In how many journals a forgery is tried, and in how many what is seldom there is looked for.
const USUAL: usize = 10;
const MOST: usize = 60;

/// What no event can break, because the postings were derived before: the sums over the whole.
const OF_THE_WHOLE: &[Rule] = &[
    Rule::PeriodWhole,
    Rule::CategoryWhole,
    Rule::Buckets,
    Rule::PaidTwice,
    Rule::SlotsUsed,
    Rule::WholeOfTheWork,
    Rule::Money,
];

fn forgeries() -> impl Iterator<Item = &'static Forgery> {
    let money = money::FORGERIES.iter().chain(chain::FORGERIES).chain(budget::FORGERIES);
    let money = money.chain(suspense::FORGERIES).chain(papers::FORGERIES);
    let money = money.chain(reading::FORGERIES).chain(owners::FORGERIES);
    let claims = offers::FORGERIES.iter().chain(disputes::FORGERIES);
    envelope::FORGERIES.iter().chain(money).chain(claims).chain(people::FORGERIES)
}

#[test]
fn every_forgery_is_found_and_its_rule_named() {
    let (mut source, mut journals) = (journals(), Vec::new());
    let mut found = 0;
    let (mut named, mut forged_kinds) = (BTreeSet::new(), BTreeSet::new());
    for (rule, what, forge) in forgeries() {
        let mut rules = Vec::new();
        for place in 0..MOST {
            // Another broken rule may be met first: then another journal shows this one.
            if rules.contains(rule) && (rules.len() > 1 || place >= USUAL) {
                break;
            }
            if place == journals.len() {
                let journal = source.next().unwrap();
                audit(&journal.clone().lines())
                    .unwrap_or_else(|finding| panic!("nothing is forged yet: {finding}"));
                journals.push(journal);
            }
            let mut forged: Journal = journals[place].clone();
            if forge(&mut forged).is_none() {
                continue;
            }
            let (kinds, lines) = (forged.kinds(), forged.lines());
            let finding = audit(&lines).err().unwrap_or_else(|| panic!("{what}: nobody noticed"));
            if finding.rule == *rule {
                forged_kinds.insert(kinds[usize::try_from(finding.seq).unwrap()].clone());
            }
            rules.push(finding.rule);
            found += 1;
        }
        assert!(rules.contains(rule), "{what}: {rule:?} is broken, and named are {rules:?}");
        named.insert(*rule);
    }
    let all: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
    let rest: Vec<&Rule> = all.iter().filter(|rule| !named.contains(rule)).collect();
    assert!(rest.iter().copied().eq(OF_THE_WHOLE), "rules that no forgery breaks: {rest:?}");
    let kinds = Kind::ALL.iter().map(ToString::to_string);
    let never: Vec<String> = kinds.filter(|kind| !forged_kinds.contains(kind)).collect();
    assert!(never.is_empty(), "kinds of event that no forgery spoils: {never:?}");
    println!("count: kinds of event in which a forgery was found {}", forged_kinds.len());
    println!("count: forged journals found out {found}");
    println!("count: kinds of forgery {}", forgeries().count());
    println!("count: rules of the auditor, each broken once {}", named.len() + OF_THE_WHOLE.len());
}

#[test]
fn what_does_not_add_up_is_named() {
    let is_all_of_it = |claim: &Claim| claim.stage.is_promised() && claim.share() == 100;
    // One with claims in flight, others paid, and more of everything.
    let auditors = journals().map(|journal| audit(&journal.lines()).unwrap());
    let is_whole = |auditor: &Auditor| {
        let full = |end: &str| {
            auditor.books.balances.iter().any(|(account, wei)| account.ends_with(end) && *wei > 0)
        };
        ["/unallotted", "/inflight", "safe", "/expended"].into_iter().all(full)
            && auditor.state().claims.values().any(|claim| claim.slot)
            && auditor.state().claims.values().filter(|claim| is_all_of_it(claim)).count() > 1
            && auditor.state().claims.values().any(|claim| claim.stage.word() == "in_batch")
            && auditor
                .state()
                .nonces
                .values()
                .any(|nonce| nonce.end.as_ref().is_some_and(|end| !end.paid.is_empty()))
    };
    let auditor = auditors.into_iter().find(is_whole).unwrap();
    let found = |spoil: &dyn Fn(&mut Auditor)| {
        let mut spoiled = auditor.clone();
        spoil(&mut spoiled);
        spoiled.whole().unwrap_err().rule
    };
    let move_money = |auditor: &mut Auditor, from: &str, to: &str| {
        let first = |books: &crate::auditor::Books, end: &str| {
            let full = books.balances.iter().find(|(account, wei)| account.ends_with(end) && **wei > 0);
            full.map(|(account, _)| account.clone()).unwrap()
        };
        let from = first(&auditor.books, from);
        let to = if to.is_empty() { from.clone() } else { from.rsplit_once('/').unwrap().0.to_owned() + to };
        *auditor.books.balances.get_mut(&from).unwrap() -= 1;
        if from != to {
            *auditor.books.balances.entry(to).or_default() += 1;
        }
    };
    assert_eq!(found(&|auditor| move_money(auditor, "/unallotted", "")), Rule::PeriodWhole);
    assert_eq!(found(&|auditor| move_money(auditor, "/inflight", "")), Rule::CategoryWhole);
    assert_eq!(found(&|auditor| move_money(auditor, "/inflight", "/encumbered")), Rule::Buckets);
    assert_eq!(found(&|auditor| move_money(auditor, "safe", "")), Rule::Money);
    let pay_again = |auditor: &mut Auditor| {
        let nonces = &mut auditor.state_mut().nonces;
        let mut ends = nonces.values_mut().filter_map(|nonce| nonce.end.as_mut());
        let end = ends.find(|end| !end.paid.is_empty()).unwrap();
        end.paid.push(end.paid[0]);
    };
    assert_eq!(found(&pay_again), Rule::PaidTwice);
    let fly_twice = |auditor: &mut Auditor| {
        let batch = auditor.state().claims.values().find_map(|claim| match claim.stage.word() {
            "in_batch" => claim.stage.batch(),
            _ => None,
        });
        auditor.state_mut().nonces.entry(1_000_000).or_default().candidates.extend(batch);
    };
    assert_eq!(found(&fly_twice), Rule::PaidTwice);
    let lose_slot = |auditor: &mut Auditor| {
        let owner = auditor.state_mut().claims.values_mut().find(|claim| claim.slot);
        owner.unwrap().slot = false;
    };
    assert_eq!(found(&lose_slot), Rule::SlotsUsed);
    let share_all = |auditor: &mut Auditor| {
        let claims = &mut auditor.state_mut().claims;
        let mut promised = claims.values_mut().filter(|claim| is_all_of_it(claim));
        let (one, other) = (promised.next().unwrap(), promised.next().unwrap());
        let (of, said) = (one.revisions.last().unwrap(), other.revisions.last_mut().unwrap());
        (said.evidence, said.function) = (of.evidence.clone(), of.function.clone());
    };
    assert_eq!(found(&share_all), Rule::WholeOfTheWork);
}

#[test]
fn the_auditor_knows_nothing_of_our_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/auditor");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let uses = source
            .lines()
            .map(str::trim_start)
            .filter_map(|line| line.strip_prefix("pub use ").or_else(|| line.strip_prefix("use ")));
        for used in uses {
            let root = used.split([':', ';']).next().unwrap();
            let own = path.ends_with("mod.rs") && !["domain", "safe", "server", "crate"].contains(&root);
            let known = own || ["serde_json", "sha2", "std", "super"].contains(&root);
            assert!(known, "{}: use {used}", path.display());
        }
        for ours in ["domain::", "server::", "safe::", "crate::", "super::super"] {
            assert!(!source.contains(ours), "{} names {ours}", path.display());
        }
        files += 1;
    }
    assert!(files > 10);
}

#[test]
fn the_auditor_agrees_with_the_published_journal() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let golden =
        std::fs::read_to_string(repository.join("backend/domain/tests/golden/events.jsonl")).unwrap();
    let page = std::fs::read_to_string(repository.join("docs/events.md")).unwrap();

    let lines: Vec<Vec<u8>> = golden.lines().map(|line| line.as_bytes().to_vec()).collect();
    let auditor = audit(&lines).unwrap_or_else(|finding| panic!("{finding}"));

    let root = page.split("with the root\n`").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    assert_eq!(auditor.root(), root);
    println!("count: events of the published journal audited {}", lines.len());
}
