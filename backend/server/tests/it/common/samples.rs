//! Rows that every constraint accepts.

use diesel::prelude::*;
use domain::value::Amount;
use server::db::rows::{
    Account, Address, Allotment, Batch, Bounty, Cap, Category, Document, Entry, Event, Evidence, Funding,
    Head, History, Mark, Member, Observation, Payout, Period, Program, Revision, Submission, Vote,
};
use server::db::{AnyConn, Stored};

pub const PROGRAM: &str = "01234567-89ab-7def-8123-456789abcdef";
pub const AT: &str = "2026-01-02T03:04:05.678901Z";

pub fn hash(n: u8) -> String {
    format!("{n:02x}").repeat(32)
}

pub fn address(n: u8) -> String {
    format!("0x{}", format!("{n:02x}").repeat(20))
}

pub fn amount(wei: u128) -> String {
    Amount::from_wei(wei).store()
}

fn text(text: &str) -> String {
    text.to_owned()
}

pub fn program() -> Program {
    Program {
        id: text(PROGRAM),
        slug: text("pilot"),
        chain_id: text("42161"),
        safe: address(9),
        opened_at: text(AT),
    }
}

/// Event `seq`; `cause` makes it one that a person caused.
pub fn event(seq: i64, cause: Option<u8>) -> Event {
    Event {
        program: text(PROGRAM),
        seq,
        bytes: vec![0, 255, b'{', b'}'],
        leaf: hash(1),
        at: text(AT),
        actor: text("1"),
        kind: text("vote_cast"),
        cause_key: cause.map(hash),
        cause_request: cause.map(hash),
    }
}

pub fn account(name: &str, wei: u128, seq: i64) -> Account {
    Account { program: text(PROGRAM), account: text(name), balance: amount(wei), seq }
}

pub fn payout(batch: i64, line: i64, submission: i64) -> Payout {
    Payout { program: text(PROGRAM), batch, line, submission, payee: address(3), amount: amount(7) }
}

pub fn evidence(key: u8, function: &str, submission: i64) -> Evidence {
    Evidence {
        program: text(PROGRAM),
        key: hash(key),
        function: text(function),
        submission,
        share: 100,
        alone: 1,
    }
}

pub fn submission(number: i64, bounty: Option<i64>) -> Submission {
    Submission {
        program: text(PROGRAM),
        number,
        member: 2,
        kind: text("bounty"),
        bounty,
        period: 1,
        category: text("bounties"),
        function: text("host"),
        channel: text("x"),
        state: text("submitted"),
        revision: 1,
        digest: hash(4),
        lane: text("normal"),
        amount: amount(20),
        payee: address(3),
        texts: text("Zürich \"ö\" \u{1f980}\nnew line"),
        filed_at: text(AT),
        decided_at: None,
        batch: None,
        seq: 5,
        due_at: None,
    }
}

/// Writes rows into every table of a program.
pub fn write_everything(conn: &mut AnyConn) -> QueryResult<()> {
    let id = || text(PROGRAM);
    let at = || text(AT);
    Program::insert(conn, &[program()])?;
    Head::upsert(conn, &[Head { program: id(), size: 2, leaf: hash(1), root: hash(2), at: at() }])?;
    Event::insert(conn, &[event(0, None), event(1, Some(7)), event(2, None)])?;
    let document = Document {
        program: id(),
        digest: hash(5),
        salt: "0f".repeat(16),
        content: vec![0, 1],
        media_type: text("text/plain"),
    };
    Document::insert_new(conn, &[document.clone(), document])?;
    let mark = Mark { program: id(), block: 7, block_hash: hash(3), nonce: 1, balance: amount(9) };
    Mark::upsert(conn, &[mark.clone(), Mark { block: 8, ..mark }])?;
    let entry = |line, account: &str| Entry {
        program: id(),
        seq: 1,
        line,
        account: text(account),
        side: text(if line == 0 { "D" } else { "C" }),
        amount: amount(10_u128.pow(18)),
        balance_after: amount(u128::MAX),
    };
    Entry::insert(conn, &[entry(1, "1/unallotted"), entry(0, "1/bounties/available")])?;
    // In bytes "A" < "_" < "a" < "é": other collations differ.
    let accounts = ["a", "A", "_", "é", "1/bounties/available", "1/b", "1/a-b"];
    Account::upsert(conn, &accounts.map(|name| account(name, 0, 1)))?;
    let category = Category {
        program: id(),
        slug: text("bounties"),
        seq: 0,
        position: 0,
        floor: amount(100),
        ceiling: amount(150),
    };
    Category::insert(conn, &[category])?;
    let period = Period {
        program: id(),
        number: 1,
        kind: text("month"),
        starts_at: at(),
        ends_at: at(),
        cap: amount(750),
        seq: 1,
        closed_seq: Some(30),
        closed_at: Some(at()),
        variance: None,
    };
    Period::upsert(conn, &[period])?;
    let cap = |seq, reason| Cap { program: id(), period: 1, seq, cap: amount(750), reason };
    Cap::insert(conn, &[cap(2, Some(hash(7))), cap(1, None)])?;
    let allotment = |version| Allotment {
        program: id(),
        period: 1,
        category: text("bounties"),
        version,
        amount: amount(120),
        seq: version,
        reason: (version == 10).then(|| hash(7)),
    };
    Allotment::insert(conn, &[allotment(10), allotment(9)])?;
    let member =
        |number| Member { program: id(), number, name: hash(6), roles: text("lead,reviewer"), added_seq: 0 };
    Member::upsert(conn, &[member(1), member(2)])?;
    let place = |n, twin_of| Address {
        program: id(),
        address: address(n),
        member: 1,
        position: i64::from(n),
        usable_from: at(),
        twin_of,
        seq: 0,
        proof: None,
    };
    Address::upsert(conn, &[place(3, None), place(4, Some(address(3)))])?;
    let bounty = Bounty {
        program: id(),
        number: 1,
        period: 1,
        category: text("bounties"),
        function: text("host"),
        brief: hash(7),
        reward: amount(20),
        slots: 2,
        used: 1,
        opens_at: at(),
        closes_at: at(),
        seq: 3,
        probe: text("no"),
        closed: Some(4),
        template: None,
    };
    Bounty::upsert(conn, &[bounty])?;
    Submission::upsert(conn, &[submission(1, Some(1)), submission(2, None)])?;
    write_work(conn)?;
    write_money(conn)
}

fn write_work(conn: &mut AnyConn) -> QueryResult<()> {
    let revision = Revision {
        program: text(PROGRAM),
        submission: 1,
        revision: 1,
        digest: hash(4),
        amount: amount(20),
        payee: address(3),
        texts: text("[]"),
        lane: text("normal"),
        seq: 5,
        at: text(AT),
        policy: 1,
        captures: hash(7),
    };
    Revision::insert(conn, &[revision])?;
    Evidence::insert(conn, &[evidence(1, "host", 1), evidence(1, "guest", 2)])?;
    let vote = |ordinal| Vote {
        program: text(PROGRAM),
        submission: 1,
        revision: 1,
        reviewer: 1,
        ordinal,
        choice: text("approve"),
        reason: hash(8),
        seq: ordinal,
        at: text(AT),
        signature: None,
        signer: None,
        ground: (ordinal == 1).then(|| text("other")),
        offer: (ordinal == 2).then(|| amount(9)),
    };
    Vote::insert(conn, &[vote(2), vote(1)])?;
    let moment = |seq, member: Option<i64>| History {
        program: text(PROGRAM),
        submission: 1,
        seq,
        kind: text("submission_held"),
        member,
        text: member.map(|_| hash(9)),
        until: member.map(|_| text(AT)),
        verdict: None,
        at: text(AT),
    };
    History::insert(conn, &[moment(7, Some(2)), moment(6, None)])
}

fn write_money(conn: &mut AnyConn) -> QueryResult<()> {
    let observation = |seq, guard| Observation {
        program: text(PROGRAM),
        seq,
        block: 400_000_000,
        block_hash: hash(9),
        at: text(AT),
        nonce: 0,
        owners: text("a,b"),
        threshold: 2,
        singleton: address(5),
        modules: String::new(),
        guard,
        balance: amount(750),
        source: text("rpc"),
    };
    Observation::insert(conn, &[observation(6, None), observation(7, Some(address(6)))])?;
    let funding = Funding {
        program: text(PROGRAM),
        seq: 8,
        amount: amount(750),
        tx_hash: hash(10),
        log_index: 3,
        sender: None,
        source: text("rpc"),
        withdrawn_seq: Some(9),
        reason: Some(hash(7)),
    };
    Funding::upsert(conn, &[funding])?;
    let batch = Batch {
        program: text(PROGRAM),
        number: 1,
        nonce: 0,
        total: amount(20),
        safe_to: address(7),
        operation: 1,
        domain_hash: hash(11),
        message_hash: hash(12),
        safe_tx_hash: hash(13),
        proposed_at: text(AT),
        size: 8,
        root: hash(2),
        seq: 9,
    };
    Batch::insert(conn, &[batch])?;
    Payout::insert(conn, &[payout(1, 0, 1), payout(1, 1, 2)])
}
