//! An auditor that knows nothing of our code: written from docs/events.md and docs/ledger.md, over plain JSON.
//!
//! It reads a journal line by line, folds it into maps of its own, and derives for each event what must stand in
//! it. The first event that breaks a rule is named with the rule. It uses the standard library, `serde_json` and
//! `sha2`, and nothing else; a test reads its sources.

mod books;
mod budget;
mod chain;
mod claim;
mod claims;
mod disputes;
mod limits;
mod nonces;
mod offers;
mod opening;
mod payouts;
mod people;
mod persons;
mod policies;
mod readings;
mod rule;
mod second_looks;
mod shares;
mod state;
mod suspense;
mod tree;
mod value;
mod votes;
mod whole;

use std::collections::BTreeSet;

use serde_json::Value;

pub use books::Books;
pub use chain::{Batch, Funding, Observation};
pub use claim::Claim;
pub use rule::Rule;
pub use state::{Bounty, Category, Entry, Headline, Member, Period, Place, State};
pub use value::{Micros, Wei, hex};
pub use whole::{Report, ReportLine};

use books::{Move, Posting, postings};
use rule::{Broken, broken, hold};
use tree::Tree;
use value::{Fields, canonical};

/// What is wrong with a journal, and where.
#[derive(Debug)]
pub struct Finding {
    pub seq: u64,
    pub rule: Rule,
    pub says: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "event {}: {:?}: {}", self.seq, self.rule, self.says)
    }
}

const KEYS: &[&str] = &["actor", "at", "cause", "data", "kind", "post", "prev", "program", "seq", "v"];

/// The envelope of the event at hand.
struct Envelope<'a> {
    seq: u64,
    at: Micros,
    at_text: &'a str,
    /// `None` for the ledger itself.
    actor: Option<u32>,
    kind: &'a str,
    data: &'a Value,
}

/// A fold over one journal.
#[derive(Clone, Debug, Default)]
pub struct Auditor {
    /// `None` before event 0.
    state: Option<State>,
    pub books: Books,
    pub entries: Vec<Entry>,
    pub events: Vec<Headline>,
    program: String,
    tree: Tree,
    keys: BTreeSet<String>,
}

/// What an event leads to: the money that moves. The state has changed already.
type Effect = Result<Vec<Move>, Broken>;

impl Auditor {
    /// What the events so far add up to.
    pub fn state(&self) -> &State {
        self.state.as_ref().expect("a journal has an event 0")
    }

    /// The same, for a test that spoils it.
    pub fn state_mut(&mut self) -> &mut State {
        self.state.as_mut().expect("a journal has an event 0")
    }

    /// How many events were taken.
    pub fn size(&self) -> u64 {
        u64::try_from(self.events.len()).expect("a journal in memory")
    }

    /// The Merkle root of the events so far.
    pub fn root(&self) -> String {
        hex(&self.tree.root())
    }

    /// Takes the next line of the journal.
    ///
    /// # Errors
    /// The rule that it breaks. The auditor is of no use after that.
    pub fn take(&mut self, line: &[u8]) -> Result<(), Finding> {
        let seq = self.size();
        self.follow(line).map_err(|Broken { rule, says }| Finding { seq, rule, says })
    }

    fn follow(&mut self, line: &[u8]) -> Result<(), Broken> {
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return broken(Rule::Canonical, "no JSON");
        };
        let mut again = String::with_capacity(line.len());
        canonical(&value, &mut again)?;
        hold(Rule::Canonical, again.as_bytes() == line, || format!("written again it reads {again}"))?;
        let event = Fields::of("event", Some(&value), KEYS, &[])?;
        hold(Rule::Version, event.text("v")? == "1", || format!("rules {:?}", event.value("v")))?;
        let seq = event.long("seq")?;
        hold(Rule::Sequence, seq == self.size(), || format!("event {seq} at place {}", self.size()))?;
        self.check_chain(&event)?;
        let envelope = self.envelope(&event, seq)?;
        let kind = envelope.kind;
        self.check_waiting(&envelope, kind)?;

        let posted = books::read(event.list("post")?)?;
        let balances = self.books.after(&posted)?;
        let moves = self.act(kind, &envelope, line)?;
        let expected = postings(&moves);
        hold(Rule::Postings, posted == expected, || format!("posts {posted:?}, not {expected:?}"))?;
        self.books.balances.extend(balances);
        self.enter(seq, posted.clone());
        self.tree.push(Tree::leaf(line));
        if let Some(state) = &mut self.state {
            policies::remember_papers(state, &envelope);
            state.prev = hex(&Tree::leaf(line));
        }
        let cause = event.list("cause")?.iter().map(|digest| digest.as_str().unwrap_or_default().to_owned());
        self.events.push(Headline {
            at: envelope.at,
            at_text: envelope.at_text.to_owned(),
            kind: kind.to_owned(),
            actor: event.text("actor")?.to_owned(),
            leaf: hex(&Tree::leaf(line)),
            cause: cause.collect::<Vec<String>>().try_into().ok(),
        });
        self.check_periods(&posted)
    }

    fn check_chain(&mut self, event: &Fields<'_>) -> Result<(), Broken> {
        let prev = self.events.last().map_or_else(|| "0".repeat(64), |last| last.leaf.clone());
        hold(Rule::Chain, event.digest("prev")? == prev, || format!("the event before hashes to {prev}"))?;
        let program = event.text("program")?;
        if self.events.is_empty() {
            let dashes = program.char_indices().filter(|(_, letter)| *letter == '-').map(|(place, _)| place);
            let shape = program.len() == 36 && dashes.eq([8, 13, 18, 23]);
            hold(Rule::Shape, shape, || format!("{program} is no UUID"))?;
            program.clone_into(&mut self.program);
        }
        hold(Rule::Program, program == self.program, || format!("an event of program {program}"))
    }

    /// Time, actor and cause.
    fn envelope<'a>(&mut self, event: &Fields<'a>, seq: u64) -> Result<Envelope<'a>, Broken> {
        let at = event.time("at")?;
        let last = self.events.last().map_or(at, |last| last.at);
        hold(Rule::Time, at >= last, || format!("at {at} after {last}"))?;
        let actor = match event.text("actor")? {
            "system" => None,
            _ => Some(event.number("actor")?),
        };
        let cause = event.digests("cause")?;
        let digests = if actor.is_some() { 2 } else { 0 };
        hold(Rule::Cause, cause.len() == digests, || format!("a cause of {} digests", cause.len()))?;
        if let Some(key) = cause.first() {
            hold(Rule::KeySpent, self.keys.insert((*key).to_owned()), || format!("key {key} comes again"))?;
        }
        let Some(data) = event.value("data") else { return broken(Rule::Shape, "no data") };
        Ok(Envelope { seq, at, at_text: event.text("at")?, actor, kind: event.text("kind")?, data })
    }

    fn act(&mut self, kind: &str, envelope: &Envelope<'_>, line: &[u8]) -> Effect {
        let Some(state) = &mut self.state else {
            hold(Rule::Opening, kind == "program_opened", || format!("event 0 is {kind}"))?;
            self.state = Some(opening::open(envelope, hex(&Tree::leaf(line)))?);
            return Ok(Vec::new());
        };
        check_actor(state, kind, envelope.actor)?;
        match kind {
            "program_opened" => broken(Rule::Opening, "the program is open"),
            "member_added" => people::add(state, envelope),
            "role_granted" => people::grant(state, envelope),
            "role_revoked" => people::revoke(state, envelope),
            "address_recorded" => people::record(state, envelope),
            "period_opened" => budget::open_period(state, &self.books, envelope),
            "allotted" => budget::allot(state, envelope),
            "allotment_moved" => limits::move_allotment(state, &self.books, envelope),
            "cap_changed" => limits::change_cap(state, &self.books, envelope),
            "limits_changed" => limits::change_limits(state, &self.books, envelope),
            "period_closed" => limits::close_period(state, &self.books, envelope),
            "bounty_posted" => offers::post_bounty(state, envelope),
            "slot_taken" => offers::take(state, envelope),
            "slot_released" => offers::release(state, envelope),
            "bounty_closed" => offers::close(state, envelope),
            "submission_filed" => claims::file(state, envelope),
            "submission_revised" => claims::revise(state, envelope),
            "offer_accepted" => claims::accept(state, envelope),
            "submission_withdrawn" => disputes::withdraw(state, envelope),
            "comment_added" => disputes::comment(state, envelope),
            "rejection_appealed" => disputes::appeal(state, envelope),
            "submission_reopened" => disputes::reopen(state, envelope),
            "submission_held" | "submission_challenged" => disputes::keep_back(state, envelope),
            "submission_released" => disputes::release(state, envelope),
            "reversal_voted" => disputes::reverse(state, envelope),
            "vote_cast" => votes::cast(state, &self.books, envelope),
            "waiting_approved" => votes::approve_waiting(state, envelope),
            "member_invited" => persons::invite(state, envelope),
            "invite_withdrawn" => persons::withdraw(state, envelope),
            "member_joined" => persons::join(state, envelope),
            "member_left" => persons::leave(state, envelope),
            "members_linked" => persons::link(state, envelope),
            "conflict_declared" => persons::conflict(state, envelope),
            "node_declared" => persons::node(state, envelope),
            "alternate_called" => second_looks::call(state, envelope),
            "sample_checked" => second_looks::check(state, envelope),
            "safe_observed" => payouts::observe(state, envelope),
            "funding_recorded" => payouts::fund(state, envelope),
            "funding_withdrawn" => payouts::withdraw(state, &self.books, envelope),
            "batch_proposed" => payouts::propose(state, &self.books, &self.tree, envelope),
            "rejection_proposed" => payouts::reject(state, &self.tree, envelope),
            "batch_executed" => nonces::execute(state, envelope),
            "nonce_consumed" => nonces::consume(state, envelope),
            "execution_withdrawn" => nonces::withdraw(state, envelope),
            "inflow_recorded" | "outflow_recorded" => suspense::record(state, envelope),
            "refund_recorded" => suspense::record_refund(state, envelope),
            "transfer_withdrawn" => suspense::withdraw(state, &self.books, envelope),
            "inflow_classified" | "outflow_settled" => suspense::explain(state, envelope),
            "word_confirmed" => readings::confirm(state, envelope),
            "finding_recorded" => readings::find(state, envelope),
            "signature_recorded" => readings::sign(state, envelope),
            "policy_changed" => policies::change(state, envelope),
            "document_erased" => policies::erase(state, envelope),
            other => broken(Rule::Shape, format!("there is no kind {other}")),
        }
    }

    /// Free money goes to the oldest agreed claim that fits, before anything else happens.
    fn check_waiting(&self, envelope: &Envelope<'_>, kind: &str) -> Result<(), Broken> {
        let Some(state) = &self.state else { return Ok(()) };
        let due = votes::due(state, &self.books);
        let asked = envelope.data.get("asked").and_then(|asked| asked.get("submission"));
        let named = asked.and_then(Value::as_str).and_then(|number| number.parse::<u32>().ok());
        match (due, kind) {
            (Some(due), "waiting_approved") => {
                hold(Rule::Waiting, named == Some(due), || format!("claim {due} is due, not {named:?}"))
            }
            (Some(due), _) => broken(Rule::Waiting, format!("claim {due} is due, and {kind} comes first")),
            (None, "waiting_approved") => broken(Rule::Waiting, "no claim is due"),
            (None, _) => Ok(()),
        }
    }

    /// Keeps the postings with the balances after them.
    fn enter(&mut self, seq: u64, posted: Vec<Posting>) {
        for (line, Posting { account, side, amount }) in (1..).zip(posted) {
            let balance_after = self.books.balance(&account);
            self.entries.push(Entry { seq, line, account, side, amount, balance_after });
        }
    }
}

/// Who may ask for a kind.
fn check_actor(state: &State, kind: &str, actor: Option<u32>) -> Result<(), Broken> {
    const CLAIMANTS: &[&str] = &["contributor", "lead", "reviewer", "treasurer"];
    let roles: &[&str] = match kind {
        _ if actor.is_none() && readings::READ.contains(&kind) => return Ok(()),
        "waiting_approved" | "member_joined" | "word_confirmed" | "finding_recorded" => {
            return hold(Rule::Actor, actor.is_none(), || format!("{actor:?} asks for {kind}"));
        }
        "address_recorded"
        | "slot_taken"
        | "slot_released"
        | "submission_filed"
        | "submission_revised"
        | "offer_accepted"
        | "submission_withdrawn"
        | "rejection_appealed"
        | "submission_reopened" => CLAIMANTS,
        "submission_held" => &["lead", "reviewer", "treasurer"],
        "comment_added"
        | "submission_challenged"
        | "submission_released"
        | "document_erased"
        | "member_left"
        | "members_linked"
        | "node_declared"
        | "signature_recorded" => state::ROLES,
        "batch_executed" | "nonce_consumed" | "inflow_classified" | "outflow_settled" => {
            &["lead", "reviewer", "treasurer"]
        }
        "vote_cast" | "conflict_declared" => &["alternate", "reviewer"],
        "reversal_voted" | "sample_checked" => &["reviewer"],
        "safe_observed"
        | "funding_recorded"
        | "funding_withdrawn"
        | "batch_proposed"
        | "rejection_proposed"
        | "execution_withdrawn"
        | "inflow_recorded"
        | "outflow_recorded"
        | "refund_recorded"
        | "transfer_withdrawn" => &["treasurer"],
        _ => &["lead"],
    };
    let Some(number) = actor else {
        return broken(Rule::Actor, format!("the ledger itself asks for {kind}"));
    };
    let Some(member) = state.members.get(&number) else {
        return broken(Rule::Actor, format!("there is no member {number}"));
    };
    let anybody = ["document_erased", "member_left", "members_linked", "node_declared", "signature_recorded"];
    let anybody = anybody.contains(&kind);
    let may = anybody || roles.iter().any(|role| member.holds(role));
    hold(Rule::Role, may, || format!("member {number} holds none of {roles:?}"))
}
