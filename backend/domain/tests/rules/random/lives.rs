//! `docs/ledger.md`: which way claims went, and money, in the journals made at random; drawn between marks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use domain::Program;
use domain::event::{Event, Kind};
use domain::submission::Submission;

use crate::docs::{hold, place};

const PAGE: &str = "docs/ledger.md";
const BY: &str = "written by a test, see backend/domain/tests/rules/random/lives.rs -->\n";

/// What was met, over all seeds.
#[derive(Default)]
pub struct Lives {
    /// The kinds of events that led from one state of a claim to another.
    states: BTreeMap<(&'static str, &'static str), BTreeSet<Kind>>,
    /// Accounts between which money moved, without periods and categories.
    money: BTreeSet<(String, String)>,
}

impl Lives {
    /// Notes which way an event led claims and money.
    pub fn note(&mut self, before: &Program, after: &Program, event: &Event) {
        for claim in after.submissions().filter(|claim| claim.touched == event.seq) {
            let was = before.submission(claim.number);
            let was = was.map_or("[*]", |was| Submission::clone(was).stage.name());
            let is = claim.stage.name();
            if was != is {
                self.states.entry((was, is)).or_default().insert(event.fact.kind());
            }
        }
        for pair in event.postings.chunks(2) {
            let [from, to] = [pair[0].0, pair[1].0].map(|account| {
                let account = account.to_string();
                account.rsplit('/').next().unwrap().to_owned()
            });
            self.money.insert((from, to));
        }
    }

    /// Holds both drawings in the page.
    pub fn hold(&self) {
        let mut states = String::from("```mermaid\nstateDiagram-v2\n");
        for ((was, is), kinds) in &self.states {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            writeln!(states, "    {was} --> {is}: {}", kinds.join(", ")).unwrap();
        }
        states.push_str("```\n");
        let mut money = String::from("```mermaid\nflowchart LR\n");
        for (from, to) in &self.money {
            writeln!(money, "    {from} --> {to}").unwrap();
        }
        money.push_str("```\n");
        let mut page = std::fs::read_to_string(place(PAGE)).unwrap();
        for (what, drawing) in [("the states of a claim", states), ("the ways of the money", money)] {
            let (begin, end) = (format!("<!-- {what}: {BY}"), format!("<!-- the end of {what} -->\n"));
            let (before, rest) = page.split_once(&begin).unwrap();
            let (_, after) = rest.split_once(&end).unwrap();
            page = format!("{before}{begin}\n{drawing}\n{end}{after}");
        }
        hold(PAGE, &page);
        println!("count: ways between states of a claim {}", self.states.len());
        println!("count: ways of money between accounts {}", self.money.len());
    }
}
