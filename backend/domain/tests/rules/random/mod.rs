//! Whatever is asked, by whomever, in whatever order: every invariant holds after every event.
//!
//! The commands come from seeds, so that every run is the same. A failure prints its seed and step, and
//! `BOUNTY_LEDGER_SEED=n` runs that one alone; `BOUNTY_LEDGER_SEEDS=n` runs more of them than usual.

mod budget;
mod chain;
mod charter;
mod disputes;
mod likely;
mod lives;
mod nonsense;
mod people;
mod policies;
mod preview;
mod reading;
mod rng;

use std::collections::BTreeMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use domain::command::Actor;
use domain::event::{Event, Kind, Recorded};
use domain::permission::{Allowed, allowed};
use domain::refusal::{COMMON, codes_of};
use domain::value::{MemberNumber, Timestamp};
use domain::words::Side;
use domain::{Program, Request, decide, open};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use crate::common::{at, request, text};
use lives::Lives;
use rng::Rng;

const SEEDS: u64 = 500;
const STEPS: u32 = 450;

/// What was asked and accepted, over all seeds.
#[derive(Default)]
struct Counts {
    asked: u32,
    accepted: BTreeMap<Kind, u32>,
    refused: BTreeMap<(Kind, &'static str), u32>,
    lives: Lives,
}

/// Says which run failed, because a panic deep inside does not.
struct Running {
    seed: u64,
    step: u32,
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "failed at step {} of seed {1}: BOUNTY_LEDGER_SEED={1} runs it alone",
                self.step, self.seed
            );
        }
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[test]
fn whatever_is_asked_the_books_balance_and_the_journal_replays() {
    let only = setting("BOUNTY_LEDGER_SEED");
    let seeds = match only {
        Some(seed) => seed..seed + 1,
        None => 0..setting("BOUNTY_LEDGER_SEEDS").unwrap_or(SEEDS),
    };
    let mut counts = Counts::default();

    for seed in seeds.clone() {
        run(seed, &mut counts);
    }

    let accepted: u32 = counts.accepted.values().sum();
    println!("count: random commands {}", counts.asked);
    println!("count: accepted {accepted}");
    for kind in Kind::ALL {
        println!("count: accepted {kind} {}", counts.accepted.get(kind).unwrap_or(&0));
    }
    println!("count: refusals of a kind met at random {}", counts.refused.len());
    for (kind, code) in counts.refused.keys() {
        assert!(
            COMMON.contains(code) || codes_of(*kind).contains(code),
            "{kind} met {code}, not listed for it"
        );
    }
    if seeds.end - seeds.start == SEEDS {
        counts.lives.hold();
    }
    if seeds.end - seeds.start >= SEEDS {
        assert!(counts.asked >= 100_000);
        assert!(accepted * 10 >= counts.asked * 3, "too few commands are accepted to prove anything");
        for kind in Kind::ALL {
            assert!(counts.accepted.get(kind).is_some_and(|accepted| *accepted >= 100), "{kind}: too few");
            let by_role = matches!(allowed(*kind), Allowed::Roles(_));
            assert_eq!(counts.refused.contains_key(&(*kind, "role_needed")), by_role, "{kind}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_journal_again() {
    let mut counts = Counts::default();
    let mut root = |seed| run(seed, &mut counts).root();

    assert_eq!(root(1), root(1));
    assert_ne!(root(1), root(2));
}

/// Plays one seed and checks everything after every command.
fn run(seed: u64, counts: &mut Counts) -> Program {
    let mut running = Running { seed, step: 0 };
    let mut rng = Rng::new(seed);
    let mut now = at("2026-02-25T09:00:00Z");
    let opening = request(Actor::Member(MemberNumber::FIRST), charter::any(&mut rng), now);
    let id = Uuid::from_u64_pair(7, seed);
    let first = checked(open(id, &opening).unwrap());
    assert_eq!(open(id, &Request::behind(&first.event)), Ok(first.event.clone()));
    let mut program = Program::begin(&first).unwrap();
    let mut journal = vec![first];
    count(counts, Kind::ProgramOpened);

    for step in 1..STEPS {
        running.step = step;
        now = later(&mut rng, now);
        let asked = any_request(&mut rng, &program, now);
        counts.asked += 1;
        let before = program.clone();
        preview::agrees(&program, &asked);
        match decide(&program, &asked) {
            Ok(event) => {
                let recorded = checked(event);
                assert_eq!(Request::behind(&recorded.event), asked);
                assert_eq!(decide(&before, &Request::behind(&recorded.event)), Ok(recorded.event.clone()));
                program.apply(&recorded).unwrap();
                counts.lives.note(&before, &program, &recorded.event);
                assert_eq!(program.audit(), Ok(()), "after {}", text(&recorded));
                *counts.accepted.entry(asked.command.kind()).or_default() += 1;
                journal.push(recorded);
            }
            Err(refusal) => {
                assert_ne!(refusal.code(), "books", "{refusal}: {asked:?}");
                assert_eq!(program, before);
                *counts.refused.entry((asked.command.kind(), refusal.code())).or_default() += 1;
            }
        }
    }
    agrees(&program, &journal);
    program
}

fn count(counts: &mut Counts, kind: Kind) {
    counts.asked += 1;
    *counts.accepted.entry(kind).or_default() += 1;
}

/// Mostly minutes pass, sometimes most of a day.
fn later(rng: &mut Rng, now: Timestamp) -> Timestamp {
    let minutes = if rng.percent(80) { rng.below(20) } else { rng.below(1_000) };
    Timestamp::from_micros(now.micros() + i64::try_from(minutes).unwrap() * 60_000_000).unwrap()
}

fn any_request(rng: &mut Rng, program: &Program, now: Timestamp) -> Request {
    let (actor, command) = if rng.percent(15) { nonsense::any(rng) } else { likely::any(rng, program, now) };
    // A clock that runs behind is refused.
    let behind = rng.percent(1);
    let now = if behind { Timestamp::from_micros(now.micros() - 86_400_000_000).unwrap() } else { now };
    request(actor, command, now)
}

/// The event with its bytes, which are canonical and read back as the same event.
fn checked(event: Event) -> Recorded {
    let recorded = event.record().unwrap();
    assert_eq!(Recorded::from_bytes(&recorded.bytes).unwrap(), recorded);
    let value: Value = serde_json::from_slice(&recorded.bytes).unwrap();
    let mut canonical = String::new();
    write_canonical(&value, &mut canonical);
    assert_eq!(canonical, text(&recorded));
    recorded
}

/// Writes JSON of strings, arrays and objects with sorted keys: all that RFC 8785 asks of such values.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'));
            out.extend(["\"", text, "\""]);
        }
        Value::Array(entries) => {
            out.push('[');
            for (position, entry) in entries.iter().enumerate() {
                out.push_str(if position == 0 { "" } else { "," });
                write_canonical(entry, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let sorted: BTreeMap<&str, &Value> =
                fields.iter().map(|(key, value)| (key.as_str(), value)).collect();
            out.push('{');
            for (position, (key, value)) in sorted.into_iter().enumerate() {
                out.push_str(if position == 0 { "" } else { "," });
                out.extend(["\"", key, "\":"]);
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{value} in an event"),
    }
}

/// What others make of the stored bytes alone: the same state, the same balances, the same root.
fn agrees(program: &Program, journal: &[Recorded]) {
    let mut replayed: Option<Program> = None;
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    // Debits and credits of each account; what came, went and came again may turn over more than can be counted.
    let mut balances: BTreeMap<String, [u128; 2]> = BTreeMap::new();
    for recorded in journal {
        let read = Recorded::from_bytes(&recorded.bytes).unwrap();
        match &mut replayed {
            None => replayed = Some(Program::begin(&read).unwrap()),
            Some(program) => program.apply(&read).unwrap(),
        }
        // Half-way through it comes from a snapshot, as after a restart.
        if let Some(half) =
            replayed.as_ref().filter(|half| usize::try_from(half.size().get()) == Ok(journal.len() / 2))
        {
            replayed = Some(Program::from_snapshot(&half.snapshot().unwrap()).unwrap());
        }
        let value: Value = serde_json::from_slice(&recorded.bytes).unwrap();
        let mut moved = [0, 0];
        for posting in value["post"].as_array().unwrap() {
            let [account, side, wei] = [0, 1, 2].map(|place| posting[place].as_str().unwrap());
            let (side, wei) = (usize::from(side == "C"), wei.parse::<u128>().unwrap());
            let turnover = &mut balances.entry(account.to_owned()).or_default()[side];
            *turnover = turnover.wrapping_add(wei);
            moved[side] += wei;
        }
        assert_eq!(moved[0], moved[1]);
        tree.push(recorded.bytes.clone());
    }
    assert_eq!(replayed.as_ref(), Some(program));
    assert!(replayed.unwrap().snapshot() == program.snapshot(), "equal states give equal bytes");
    assert_eq!(tree.root().as_bytes().as_slice(), program.root().bytes());
    assert_eq!(program.books().balances().count(), balances.len());
    for (account, balance) in program.books().balances() {
        let [debits, credits] = balances[&account.to_string()];
        let differences = [debits.wrapping_sub(credits), credits.wrapping_sub(debits)];
        let normal = usize::from(account.normal_side() == Side::Credit);
        assert_eq!(differences[normal], balance.wei(), "{account}");
    }
}
