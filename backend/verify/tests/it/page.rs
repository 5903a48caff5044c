//! docs/audit.md: its tables and examples are written from the code, and held to it.
//!
//! `UPDATE_DOCS=1 cargo test -p verify` writes them anew.

use std::fmt::Write;
use std::path::PathBuf;

use domain::evidence::EvidenceKey;
use safe::{airdrop, erc20, multisend, tx_builder};
use verify::receipts::{MAX_RECEIPT, MAX_SIGNS};
use verify::{Code, Gap, Limits, MAX_FINDINGS, MAX_UNREAD, OF_EACH};

use crate::example::{self, hex};

const PAGE: &str = "docs/audit.md";

/// The page with the text between two comments replaced.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: written by a test -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{PAGE} has no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{PAGE} has no {end}"));
    format!("{before}{begin}\n{table}\n{end}{after}")
}

fn table(rows: &[(&str, &str)]) -> String {
    let mut table = "| code | says |\n|---|---|\n".to_owned();
    for (code, meaning) in rows {
        writeln!(table, "| `{code}` | {meaning} |").unwrap();
    }
    table
}

fn limits() -> String {
    let Limits {
        line,
        events,
        events_bytes,
        namings,
        document,
        documents_bytes,
        file,
        batch,
        files_bytes,
        members,
    } = Limits::default();
    let mut table = "| what | the most that is read |\n|---|---:|\n".to_owned();
    for (what, limit) in [
        ("bytes of one event", line),
        ("events", events),
        ("bytes of `events.jsonl`", events_bytes),
        ("documents that events name", namings),
        ("bytes of one document with its salt", document),
        ("bytes of one receipt without its salt", u64::try_from(MAX_RECEIPT).unwrap()),
        ("of `{`, `[`, `:` and `,` together in one receipt", u64::try_from(MAX_SIGNS).unwrap()),
        ("bytes of all documents", documents_bytes),
        ("bytes of any other file", file),
        ("bytes of one file of a batch", batch),
        ("bytes of all files of batches", files_bytes),
        ("members", members),
        ("lines of `events.jsonl` that are no events", MAX_UNREAD),
    ] {
        writeln!(table, "| {what} | {limit} |").unwrap();
    }
    let findings = "findings that are listed, beside the first";
    writeln!(table, "| {findings} {OF_EACH} of each code; the rest is counted | {MAX_FINDINGS} |").unwrap();
    table
}

/// What stands between the tables, as the code has it.
fn figures() -> Vec<String> {
    let link = |length: usize| EvidenceKey::from_link(&format!("https://a.example/{:x>1$}", "", length - 18));
    assert!(link(2_048).is_ok() && link(2_049).is_err());
    vec![
        "at most 2,048 characters".to_owned(),
        "beyond 2²⁰ accounts or findings, or 2²⁴ documents or keys".to_owned(),
        format!("`{}` ‖ payee ‖ amount", hex(&erc20::TRANSFER_SELECTOR)),
        format!("`{}` ‖ 32 ‖ length ‖ calls", hex(&multisend::MULTI_SEND_SELECTOR)),
        format!("the {} bytes", erc20::TRANSFER_BYTES),
        format!("`meta.txBuilderVersion` | `{}`", tx_builder::TX_BUILDER_VERSION),
        format!("`{}`", airdrop::HEADER),
    ]
}

#[test]
fn the_page_lists_every_code_and_limit_and_works_examples() {
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE);
    let found = std::fs::read_to_string(&place).unwrap();
    let codes: Vec<_> = Code::ALL.iter().map(|code| (code.as_str(), code.meaning())).collect();
    let gaps: Vec<_> = Gap::ALL.iter().map(|gap| (gap.as_str(), gap.meaning())).collect();
    let mut should = with_table(&found, "findings", &table(&codes));
    should = with_table(&should, "gaps", &table(&gaps));
    should = with_table(&should, "limits", &limits());
    should = with_table(&should, "links", &example::links());
    should = with_table(&should, "the journal", &example::journal());
    should = with_table(&should, "the payment", &example::payment());
    should = with_table(&should, "the batch", &example::batch());
    for figure in figures() {
        assert!(should.contains(&figure), "{PAGE} does not say: {figure}");
    }
    if found != should && std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&place, &should).unwrap();
        return;
    }
    assert!(found == should, "{PAGE} is not what the code says: run with UPDATE_DOCS=1 to rewrite it");
}

/// Short enough to be read by whoever relies on it, and it needs nothing but Python.
#[test]
fn the_other_verifier_is_short_and_needs_the_standard_library_only() {
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify.py");
    let text = std::fs::read_to_string(&place).unwrap();
    let long = text.lines().find(|line| line.chars().count() > 120);
    assert!(text.lines().count() <= 200 && long.is_none(), "{} lines, {long:?}", text.lines().count());
    let imports = text.lines().filter_map(|line| line.trim_start().strip_prefix("import "));
    let mut modules: Vec<&str> = imports.flat_map(|line| line.split(", ")).collect();
    modules.sort_unstable();
    let standard = [
        "argparse",
        "base64",
        "collections",
        "datetime",
        "functools",
        "hashlib",
        "io",
        "itertools",
        "json",
        "os",
        "pathlib",
        "re",
        "sys",
        "zlib",
    ];
    assert_eq!(modules, standard);
    assert!(!text.lines().any(|line| line.trim_start().starts_with("from ")), "a module by another way");
    for other in ["__import__", "importlib", "exec(", "eval(", "subprocess", "system(", "popen"] {
        assert!(!text.contains(other), "{other}");
    }
    let Limits { line, events, events_bytes, document, file, batch, .. } = Limits::default();
    let numbers = [
        format!(
            "LINE, EVENTS, NAMES, ACCOUNTS = 1 << {}, 1 << {}, 1 << 24, 1 << 20",
            line.ilog2(),
            events.ilog2()
        ),
        format!(
            "\"checkpoint\": {0} << 20, \"keys.json\": {0} << 20, \"report.csv\": {0} << 20,",
            file >> 20
        ),
        format!("\"events.jsonl\": ({} << 30) - 1,", (events_bytes + 1) >> 30),
        format!(
            "\"documents\": ({} << 20) + {}, \"batches\": {} << 20",
            document >> 20,
            document % (1 << 20),
            batch >> 20
        ),
    ];
    let numbers = numbers.into_iter().chain([format!("self.unread <= {MAX_UNREAD}, ")]);
    for number in numbers {
        assert!(text.contains(&number), "docs/verify.py has other limits than: {number}");
    }
}
