//! The worked examples of docs/audit.md, made by the code that writes bundles.

use std::fmt::Write;

use domain::command::{AddMember, Allot, Allotment, Category, OpenPeriod, OpenProgram, Payout};
use domain::evidence::EvidenceKey;
use domain::payday::Payday;
use domain::policy::{LaneRules, Lanes, Policy};
use domain::value::{Amount, BatchNumber, Count, Digest, PeriodNumber, Seq};
use domain::words::{PeriodKind, Role, SignedVotes, Weekday, YesNo};
use serde_json::json;
use verify::{BatchFile, Member, payment};

use crate::common::bundle::{get, members};
use crate::common::story::{Twist, story};
use crate::common::{Ledger, address, shorter, submission};

fn lpt(text: &str) -> Amount {
    text.parse().unwrap()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// One member, one category, nothing that could be left out.
fn charter(paper: &mut dyn FnMut(&serde_json::Value) -> Digest) -> OpenProgram {
    let lane = LaneRules {
        approvals: Count::new(1),
        objection_hours: Count::ZERO,
        outside: Count::new(1),
        rejections: Count::new(1),
    };
    OpenProgram {
        cap: lpt("100"),
        categories: vec![Category { ceiling: lpt("60"), floor: lpt("40"), slug: "art".parse().unwrap() }],
        chain: Seq::new(42_161),
        demo: YesNo::Yes,
        members: vec![AddMember { name: paper(&json!({"handle": "ana"})), roles: vec![Role::Lead] }],
        multi_send: safe::deployments::multi_send_call_only("1.4.1".parse().unwrap(), 42_161).unwrap(),
        policy: Policy {
            address_changed_hours: Count::ZERO,
            address_unproven_hours: Count::ZERO,
            alternate_hours: Count::ZERO,
            appeal_hours: Count::ZERO,
            batch_lines: Count::new(1),
            challenge_hours: Count::ZERO,
            claim_credits: Count::ZERO,
            claim_grace_hours: Count::ZERO,
            cooldown_hours: Count::ZERO,
            decision_grace_hours: Count::ZERO,
            decision_hours: Count::ZERO,
            evidence_up: YesNo::No,
            hold_hours: Count::ZERO,
            invite_hours: Count::ZERO,
            lanes: Lanes { lead: lane, normal: lane, retro: lane, small: lane },
            lead_pay_hours: Count::ZERO,
            notice_hours: Count::ZERO,
            observation_hours: Count::new(1),
            open_claims: Count::new(1),
            open_joining: YesNo::No,
            payday: Payday {
                batch_on: Weekday::Friday,
                claims_by: Weekday::Sunday,
                every_weeks: Count::new(1),
                votes_by: Weekday::Wednesday,
            },
            person_shares: vec![],
            probe_limit: Amount::ZERO,
            renewal_hours: Count::ZERO,
            retro_limit: Amount::ZERO,
            sample_at_least: Count::ZERO,
            sample_one_in: Count::ZERO,
            signed_votes: SignedVotes::Off,
            single_handed_hours: None,
            slot_hours: Count::ZERO,
            small_limit: Amount::ZERO,
            small_person_limit: Amount::ZERO,
        },
        refused_payees: vec![],
        safe: address(0xe2),
        safe_version: "1.4.1".parse().unwrap(),
        texts: paper(&json!({
            "description": "A small one.", "name": "Small", "scope_excludes": "Nothing.", "slug": "small"
        })),
        token: safe::erc20::LPT_ARBITRUM,
    }
}

/// A journal of three events, the least that gives a category something.
fn small() -> Ledger {
    let mut ledger = Ledger::open("2026-02-25T09:00:00Z", charter);
    ledger.does(
        1,
        OpenPeriod {
            cap: lpt("100"),
            ends_at: "2026-04-01T00:00:00Z".parse().unwrap(),
            kind: PeriodKind::Month,
            starts_at: "2026-03-01T00:00:00Z".parse().unwrap(),
        },
    );
    let allotments = vec![Allotment { amount: lpt("45.5"), category: "art".parse().unwrap() }];
    ledger.does(1, Allot { allotments, period: PeriodNumber::FIRST, reason: None });
    ledger
}

fn block(page: &mut String, kind: &str, content: &str) {
    write!(page, "```{kind}\n{}\n```\n\n", content.trim_end_matches(['\r', '\n']).replace("\r\n", "\n"))
        .unwrap();
}

/// A journal of three events, and all that a bundle of it holds.
pub fn journal() -> String {
    let ledger = small();
    let all = members(&ledger);
    let mut page = "`events.jsonl` holds three lines:\n\n".to_owned();
    block(&mut page, "json", text(get(&all, Member::Events)));
    let [zero, one, two] = [0, 1, 2].map(|seq| Digest::sha256(&[&[0x00], &ledger.journal[seq].bytes]));
    let pair = Digest::sha256(&[&[0x01], zero.bytes(), one.bytes()]);
    let root = Digest::sha256(&[&[0x01], pair.bytes(), two.bytes()]);
    assert_eq!((pair, root), (shorter(&ledger, 2).program.root(), ledger.program.root()));
    let prev = [1, 2].map(|seq| ledger.journal[seq].event.prev);
    assert_eq!((ledger.program.identity(), prev), (zero, [zero, one]));
    let bytes = |seq: usize| ledger.journal[seq].bytes.len();
    let rows = [
        (
            format!("SHA-256(`00` ‖ the {} bytes of line 0)", bytes(0)),
            "leaf 0: `prev` of event 1, and the identity",
            zero,
        ),
        (format!("SHA-256(`00` ‖ the {} bytes of line 1)", bytes(1)), "leaf 1: `prev` of event 2", one),
        (format!("SHA-256(`00` ‖ the {} bytes of line 2)", bytes(2)), "leaf 2", two),
        ("SHA-256(`01` ‖ leaf 0 ‖ leaf 1)".to_owned(), "the root of the first two", pair),
        ("SHA-256(`01` ‖ the root of the first two ‖ leaf 2)".to_owned(), "the root of all three", root),
    ];
    page.push_str("| hash | is | in hex |\n|---|---|---|\n");
    for (how, what, digest) in rows {
        writeln!(page, "| {how} | {what} | `{digest}` |").unwrap();
    }
    page.push_str("\nSo `checkpoint` is\n\n");
    block(&mut page, "text", text(get(&all, Member::Checkpoint)));
    page.push_str("`keys.json`, without `observed` because nobody observed the Safe:\n\n");
    block(&mut page, "json", text(get(&all, Member::Keys)));
    page.push_str("What the events post, added up by account (`authority` grows by its debits, the others by their credits):\n\n");
    page.push_str("| account | wei | LPT |\n|---|---:|---:|\n");
    for (account, balance) in ledger.program.books().balances() {
        writeln!(page, "| `{account}` | {} | {balance} |", balance.wei()).unwrap();
    }
    page.push_str("\nand so `report.csv`, whose lines end in CR LF:\n\n");
    block(&mut page, "csv", text(get(&all, Member::Report)));
    page.push_str("Event 0 names two documents, first the handle of member 1:\n\n");
    page.push_str("| file | salt, in hex | content |\n|---|---|---|\n");
    for (member, bytes) in all.iter().filter(|(member, _)| member.rank() == 4) {
        let (salt, content) = bytes.split_at(16);
        assert_eq!(member.to_string(), format!("documents/{}", Digest::sha256(&[salt, content])));
        writeln!(page, "| `{member}` | `{}` | `{}` |", hex(salt), text(content)).unwrap();
    }
    format!("{}\n", page.trim_end())
}

/// Links and their keys, one of each kind of place.
pub fn links() -> String {
    let mut table = "| link | key |\n|---|---|\n".to_owned();
    for link in [
        "https://x.com/livepeer/status/1790000000000000001?s=20",
        "https://twitter.com/i/web/status/001790000000000000001/photo/1",
        "https://x.com/i/spaces/1YqKDqWqdPLsV/peek",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5s",
        "https://youtu.be/dQw4w9WgXcQ",
        "https://m.youtube.com/shorts/dQw4w9WgXcQ",
        "https://old.reddit.com/r/livepeer/comments/1abc2d/a_title/",
        "https://www.reddit.com/r/livepeer/comments/1ABC2D/a_title/C1",
        "https://redd.it/1abc2d",
        "https://discord.com/channels/1/2/3",
        "https://t.me/s/Livepeer/77",
        "http://WWW.Forum.example./t/%7ea%2fb/2/?b=2&utm_source=x&a=1&fbclid=1#reply",
        "https://x.com/livepeer",
    ] {
        writeln!(table, "| `{link}` | `{}` |", EvidenceKey::from_link(link).unwrap().as_str()).unwrap();
    }
    let ledger = small();
    let (identity, key) =
        (ledger.program.identity(), EvidenceKey::from_link("https://redd.it/1abc2d").unwrap());
    let bound = key.bound_to(&identity);
    assert_eq!(bound, Digest::sha256(&[identity.bytes(), key.as_str().as_bytes()]));
    writeln!(table, "\nIn the program `{identity}` the key `{}` is bound as\n`{bound}`.", key.as_str())
        .unwrap();
    format!("{}\n", table.trim_end())
}

/// A Safe transaction of two lines, taken apart.
pub fn payment() -> String {
    let program = small().program;
    let payouts = [(0x11, "1"), (0x22, "0.5")].map(|(payee, amount)| Payout {
        amount: lpt(amount),
        payee: address(payee),
        submission: submission(1),
    });
    let (_, one) = payment::transaction(program.charter(), &payouts[..1], Seq::new(7)).unwrap();
    let (account, tx) = payment::transaction(program.charter(), &payouts, Seq::new(7)).unwrap();
    let transfer = hex(&one.data);
    assert_eq!((one.data.len(), &transfer[..8]), (68, "a9059cbb"));
    let mut page = format!(
        "The Safe `{}` on chain {} pays 1 LPT to `{}` and 0.5 LPT to `{}` with nonce 7. The first line alone would\n\
         be a call of `{}` with the data\n\n",
        account.address, account.chain_id, payouts[0].payee, payouts[1].payee, one.to
    );
    let word = |at: usize| &transfer[8 + 64 * at..72 + 64 * at];
    block(&mut page, "text", &format!("{}\n{}\n{}", &transfer[..8], word(0), word(1)));
    writeln!(page, "Both are a delegate call of `{}` with the data\n", tx.to).unwrap();
    let data = hex(&tx.data);
    let mut rest = data.as_str();
    let mut lines = String::new();
    // Selector, offset, length; each call: operation, target, value, length, selector and two words; padding.
    let call = [2, 40, 64, 64, 8, 64, 64];
    for length in [8, 64, 64].into_iter().chain(call).chain(call) {
        let (line, after) = rest.split_at(length);
        writeln!(lines, "{line}").unwrap();
        rest = after;
    }
    assert!(rest.len() < 64 && rest.bytes().all(|digit| digit == b'0'));
    block(&mut page, "text", &format!("{lines}{rest}"));
    let hashes = tx.hashes(&account);
    page.push_str("| hash | in hex |\n|---|---|\n");
    for (name, digest) in [
        ("`domain_hash`", hashes.domain),
        ("`message_hash`", hashes.message),
        ("`safe_tx_hash`", hashes.safe_tx),
    ] {
        writeln!(page, "| {name} | `{digest}` |").unwrap();
    }
    format!("{}\n", page.trim_end())
}

/// The files of a batch of one line.
pub fn batch() -> String {
    let all = members(&story(Twist::None));
    let number = BatchNumber::new(4).unwrap();
    let mut page =
        "Batch 4 of the bundle in `backend/verify/tests/golden`, which pays one line.\n\n".to_owned();
    for file in BatchFile::ALL {
        let member = Member::Batch(number, file);
        let kind = if file.name().ends_with("json") { "json" } else { "csv" };
        writeln!(page, "`{member}`:\n").unwrap();
        block(&mut page, kind, text(get(&all, member)));
    }
    format!("{}\n", page.trim_end())
}
