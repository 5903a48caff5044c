//! The guide's tables are the API's. `UPDATE_DOCS=1` writes that of the calls anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use domain::permission::{self, Access};
use domain::refusal::Refusal;
use server::http::{document, problem};

use super::{GUIDE, guide};

const BEGIN: &str =
    "<!-- the table of calls: written by a test, see backend/server/tests/it/guide/table.rs -->\n";
const END: &str = "<!-- the end of the table of calls -->\n";
const API: &str = "/api/v1";

/// Who may make a call, as a heading.
fn who(access: Access) -> String {
    match access {
        Access::Public => "Everybody".to_owned(),
        Access::SignedIn => "Whoever has an account".to_owned(),
        Access::Member => "Every member of the program".to_owned(),
        Access::System => panic!("no call is the ledger's own"),
        Access::Roles(roles) => {
            let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            format!("Members with one of these roles: {}", roles.join(", "))
        }
    }
}

/// Every call of the API: whose it is, and its row.
fn calls() -> Vec<(Access, String)> {
    let document = serde_json::to_value(document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut calls = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let permission = permission::find(id).unwrap();
            let separations: Vec<&str> = permission.separations.to_vec();
            let more =
                if separations.is_empty() { String::new() } else { format!(" *{}*", separations.join("; ")) };
            let (method, path) = (method.to_uppercase(), path.strip_prefix(API).unwrap());
            let words = operation["summary"].as_str().unwrap().replace('\n', " ");
            calls.push((permission.access, format!("| `{method} {path}` | `{id}` | {words}{more} |\n")));
        }
    }
    calls
}

#[test]
fn the_guides_table_names_every_call_of_the_api() {
    let calls = calls();
    let mut table = String::new();
    let mut seen: Vec<Access> = Vec::new();
    for (access, _) in &calls {
        if !seen.contains(access) {
            seen.push(*access);
        }
    }
    seen.sort_by_key(|access| {
        let rank =
            [Access::Public, Access::SignedIn, Access::Member].iter().position(|known| known == access);
        (rank.unwrap_or(usize::MAX), std::cmp::Reverse(access.roles().len()), who(*access))
    });
    for access in seen {
        write!(table, "\n#### {}\n\n| call | operation | what it does |\n|---|---|---|\n", who(access))
            .unwrap();
        table.extend(calls.iter().filter(|(of, _)| *of == access).map(|(_, row)| row.as_str()));
    }
    table.push('\n');

    let text = guide();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (held, after) = rest.split_once(END).unwrap();

    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(GUIDE, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert!(
            held == table,
            "docs/api.md differs from the API: run the tests with UPDATE_DOCS=1 and read the diff"
        );
    }
    println!("count: calls in the table of docs/api.md {}", calls.len());
}

#[test]
fn the_guide_says_what_to_do_about_every_status_of_a_problem() {
    let others = problem::CODES.iter().map(|(_, status, _)| *status);
    let refusals = Refusal::TABLE.iter().map(|(code, remedy, _)| problem::status_of(code, *remedy));
    let answered: BTreeSet<u16> = others.chain(refusals).map(|status| status.as_u16()).collect();

    let text = guide();
    let (_, rows) = text.split_once("| status | what to do |\n|---|---|\n").unwrap();
    let rows = rows.lines().map_while(|line| line.strip_prefix("| ")?.split_once(" |"));
    let said: BTreeSet<u16> =
        rows.flat_map(|(statuses, _)| statuses.split(", ")).map(|status| status.parse().unwrap()).collect();

    assert_eq!(said, answered);
}
