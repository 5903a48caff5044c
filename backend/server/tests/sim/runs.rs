//! The runs: fixed seeds and fresh ones, through the pure ledger alone and through the writers of both databases.

use domain::event::Kind;
use server::db::dump;

use crate::checks::{overspent, paid_twice};
use crate::machine::Machine;
use crate::play::{Counts, Play};

/// The seed that is to be played alone, line by line.
fn only() -> Option<u64> {
    let seed = std::env::var("BOUNTY_LEDGER_SIM_SEED").ok()?;
    Some(seed.parse().expect("BOUNTY_LEDGER_SIM_SEED is a number"))
}

fn is_long() -> bool {
    std::env::var_os("BOUNTY_LEDGER_TEST_LONG").is_some()
}

/// The fixed seeds 1 to `fixed`, and `fresh` ones that nobody has tried yet; more of each in a long run.
fn seeds(fixed: u64, fresh: u64, longer: u64) -> Vec<u64> {
    if let Some(seed) = only() {
        return vec![seed];
    }
    let times = if is_long() { longer } else { 1 };
    let fresh: Vec<u64> = (0..fresh * times).map(|_| getrandom::u32().unwrap().into()).collect();
    println!("seeds 1 to {}, and fresh ones: {fresh:?}", fixed * times);
    (1..=fixed * times).chain(fresh).collect()
}

/// What must be none, counted in the journals themselves.
#[derive(Default)]
struct Harm {
    overspent: u128,
    paid_twice: usize,
}

impl Harm {
    fn look(&mut self, play: &Play) {
        self.overspent += play.auditors.iter().map(overspent).sum::<u128>();
        self.paid_twice += play.auditors.iter().map(paid_twice).sum::<usize>();
    }

    fn is_none(&self, machine: &str) {
        assert_eq!((self.overspent, self.paid_twice), (0, 0));
        println!("count: simulated on {machine}: wei overspent {}", self.overspent);
        println!("count: simulated on {machine}: claims paid twice {}", self.paid_twice);
    }
}

/// Prints the figures of a machine; only files of a crashed SQLite show a commit half written.
fn print(machine: &str, counts: &Counts) {
    let tears = machine == "SQLite";
    let events: u64 = counts.events.values().sum();
    for (what, count) in [
        ("seeds", counts.seeds),
        ("commands", counts.commands),
        ("commands accepted, percent", counts.accepted * 100 / counts.commands),
        ("events", events),
        ("different refusals", u64::try_from(counts.refused.len()).unwrap()),
        ("repeats of a request", counts.retries),
        ("repeats answered from the event already written", counts.replayed),
        ("answers lost", counts.lost_answers),
        ("crashes before a commit", counts.crashes_before + if tears { 0 } else { counts.crashes_during }),
        ("crashes after a commit", counts.crashes_after),
        ("requests without an answer when a server died", counts.unanswered),
    ] {
        println!("count: simulated on {machine}: {what} {count}");
    }
    if tears {
        println!("count: simulated on {machine}: commits torn by a crash {}", counts.crashes_during);
    }
}

/// How many things are counted that seldom happen.
const RARE: usize = 42;

/// In which words it is refused what nobody should say of the chain, or read there.
const REFUSED: [&str; 12] = [
    "a member attests and says why, the ledger itself names the receipt",
    "the ledger read on the chain what event",
    "states nothing of the chain that still stands",
    "never sent a funding that was recorded",
    "found on the chain what does not fit the batches",
    "nothing was found on the chain that does not fit the batches",
    "can still be executed; observe the Safe",
    "is not an owner of the Safe as it was last observed",
    "the signature of",
    "these are not the lines of batch",
    "only the ledger itself",
    "a member has to ask for this",
];

/// Every kind of event, votes by what they lead to.
fn kinds() -> Vec<String> {
    let verdicts = |kind: Kind| match kind {
        Kind::VoteCast => vec![" agreed", " approved", " counted", " needs_changes", " rejected"],
        Kind::ReversalVoted => vec![" counted", " reversed"],
        Kind::BatchExecuted
        | Kind::NonceConsumed
        | Kind::InflowClassified
        | Kind::OutflowSettled
        | Kind::DocumentErased => vec![" counted", " done"],
        _ => vec![""],
    };
    Kind::ALL
        .iter()
        .flat_map(|kind| verdicts(*kind).into_iter().map(move |verdict| format!("{kind}{verdict}")))
        .collect()
}

#[test]
fn whatever_happens_the_pure_ledger_keeps_every_rule_of_the_documentation() {
    let (mut counts, mut harm) = (Counts::default(), Harm::default());
    for seed in seeds(225, 10, 5) {
        let play = Play::new(seed, "the_pure_ledger", only().is_some()).run();
        counts.add(&play.counts);
        harm.look(&play);
    }
    print("the pure ledger", &counts);
    harm.is_none("the pure ledger");
    for (what, count) in counts.events.iter().chain(&counts.rare) {
        println!("count: simulated {what} {count}");
    }
    if only().is_none() {
        let least = if is_long() { 1_000_000 } else { 200_000 };
        assert!(counts.commands >= least, "{} commands", counts.commands);
        assert!(counts.accepted * 2 > counts.commands, "too few commands pass to prove anything");
        for kind in kinds() {
            assert!(counts.events.get(&kind).is_some_and(|count| *count >= 150), "{kind}: too few");
        }
        assert!(
            counts.rare.len() == RARE && counts.rare.values().all(|count| *count >= 10),
            "{:?}",
            counts.rare
        );
        assert!(counts.refused.len() >= 50, "{:?}", counts.refused);
        for words in REFUSED {
            let count = counts.refused(words);
            println!("count: simulated refusals, … {words} … {count}");
            assert!(count >= 10, "{words}: {:?}", counts.refused);
        }
        // A batch shares a nonce with others only where that is meant, and where there are others.
        for words in ["the next free nonce of the Safe is", "nothing is proposed for nonce"] {
            let found = counts.batches_refused.iter().find(|(known, _)| known.starts_with(words));
            let count = found.map_or(0, |(_, count)| *count);
            println!("count: simulated batches refused, {words} … {count}");
            assert!(count >= 10, "{:?}", counts.batches_refused);
        }
    }
}

#[test]
fn a_seed_gives_the_same_journals_again() {
    let roots = |seed| {
        let play = Play::new(seed, "a_seed", false).run();
        let journals: Vec<_> = play.ledger.programs.iter().map(|held| held.journal.clone()).collect();
        let roots: Vec<_> = play.ledger.programs.iter().map(|held| held.program.root()).collect();
        (journals, roots)
    };

    let seed = only().unwrap_or(3);
    assert!(roots(seed) == roots(seed));
    assert_ne!(roots(seed).1, roots(seed + 1).1);
}

/// The same seeds through real writers: every answer, every byte, every row and every report is what the pure
/// ledger and the auditor say, also after crashes.
mod the_writers_do_what_the_pure_ledger_says {
    use super::*;

    fn run(name: &'static str, test: &'static str, machine: fn(usize, usize) -> Machine) {
        let (mut counts, mut harm, mut told, mut lost, mut commits) =
            (Counts::default(), Harm::default(), 0, 0, 0);
        for seed in seeds(11, 3, 8) {
            let play = Play::new(seed, test, only().is_some()).with(machine).run();
            counts.add(&play.counts);
            harm.look(&play);
            for machine in &play.machines {
                told += machine.told();
                lost += machine.lost(&play.ledger);
                commits += machine.commits();
            }
        }
        print(name, &counts);
        println!("count: simulated on {name}: lists and reports compared {}", counts.reads);
        println!("count: simulated on {name}: rows made anew, none otherwise {}", counts.rebuilt);
        println!("count: simulated on {name}: commits {commits}");
        println!("count: simulated on {name}: events named in answers {told}");
        println!("count: simulated on {name}: events named in answers and lost {lost}");
        assert_eq!(lost, 0);
        harm.is_none(name);
        if only().is_none() {
            assert!(counts.commands >= 10_000, "{} commands", counts.commands);
            for kind in kinds() {
                assert!(counts.events.contains_key(&kind), "{kind}: never");
            }
            for crashes in [counts.crashes_before, counts.crashes_during, counts.crashes_after] {
                assert!(crashes >= 20, "{counts:?}");
            }
        }
    }

    #[test]
    fn sqlite() {
        run("SQLite", "pure_ledger_says::sqlite", Machine::sqlite);
    }

    #[test]
    fn postgres() {
        run("PostgreSQL", "pure_ledger_says::postgres", Machine::postgres);
    }
}

/// Both databases at the same time, request by request: in the end they hold the same rows.
mod the_databases_hold_the_same_rows {
    use super::*;

    #[test]
    fn postgres() {
        let mut rows = 0;
        for seed in seeds(2, 1, 4) {
            let play = Play::new(seed, "the_same_rows", only().is_some());
            let play = play.with(Machine::sqlite).with(Machine::postgres).run();
            for held in &play.ledger.programs {
                let id = held.program.id().to_string();
                let [sqlite, postgres] =
                    [0, 1].map(|place| dump(&mut play.machines[place].reader(), &id).unwrap());
                assert!(sqlite == postgres, "the rows of {}", held.slug);
                rows += sqlite.iter().map(|(_, lines)| lines.len()).sum::<usize>();
            }
        }
        println!("count: rows that both databases hold after the same run {rows}");
    }
}
