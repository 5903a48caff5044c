//! What is committed about the API says what the code says. `UPDATE_DOCS=1` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use domain::permission;
use domain::preview::Warning;
use domain::refusal::Refusal;
use domain::submission::Stage;
use domain::words::{
    Choice, ClaimKind, Consumption, Erasure, FindingKind, Ground, HoldKind, Lane, PeriodKind, PeriodState,
    Role, Seconding, SignedVotes, SigningForm, Verdict, Weekday,
};
use serde_json::Value;
use server::app::{Happened, Proof};
use server::http::{document, problem};

/// The file must hold this text.
fn held(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/{file} differs from the code: run the tests with UPDATE_DOCS=1 and read the diff"
    );
}

#[test]
fn the_openapi_document_is_the_committed_one() {
    held("openapi.json", &format!("{}\n", document().to_pretty_json().unwrap()));
}

#[test]
fn every_error_is_documented_in_the_order_of_precedence() {
    let mut text = "# Errors\n\nEvery problem is `application/problem+json` with one of these codes, which never change. \
                    Earlier ones are\nanswered first. Values that a message speaks of stand beside it, by name.\n\n\
                    ## Requests and accounts\n\n| code | status | meaning |\n|---|---|---|\n"
        .to_owned();
    for (code, status, title) in problem::CODES {
        writeln!(text, "| `{code}` | {} | {title} |", status.as_u16()).unwrap();
    }
    text.push_str("\n## Refusals of the rules\n\n| code | status | message |\n|---|---|---|\n");
    for (code, remedy, message) in Refusal::TABLE {
        writeln!(text, "| `{code}` | {} | {message} |", problem::status_of(code, *remedy).as_u16()).unwrap();
    }
    text.push_str("\n## Warnings of a preview\n\nThey stand beside what is shown, and refuse nothing.\n\n| code | message |\n|---|---|\n");
    for (code, message) in Warning::TABLE {
        writeln!(text, "| `{code}` | {message} |").unwrap();
    }
    held("errors.md", &text);
}

#[test]
fn the_permission_table_is_the_committed_one() {
    let mut text = "operation,access,roles,tokens,fresh,separations\n".to_owned();
    for row in permission::TABLE {
        let roles: Vec<&str> = row.access.roles().iter().map(|role| role.as_str()).collect();
        let separations = row.separations.join("; ");
        let scopes: Vec<&str> = row.scopes.iter().map(|scope| scope.as_str()).collect();
        let fresh = if row.fresh { "fresh" } else { "" };
        let (roles, scopes) = (roles.join(" "), scopes.join(" "));
        writeln!(text, "{},{},{roles},{scopes},{fresh},\"{separations}\"", row.operation, row.access.word())
            .unwrap();
    }
    held("permissions.csv", &text);
}

#[test]
fn the_permission_table_and_the_openapi_document_name_the_same_operations() {
    let paths = document().paths.paths;
    let operations = paths.values().flat_map(|item| [&item.get, &item.post, &item.delete]);
    let documented: BTreeSet<String> =
        operations.flatten().map(|operation| operation.operation_id.clone().unwrap()).collect();
    // What follows by itself is no call.
    let permitted = permission::TABLE.iter().filter(|row| row.access != permission::Access::System);
    let permitted: BTreeSet<String> = permitted.map(|row| row.operation.to_owned()).collect();
    assert_eq!(documented, permitted);
    println!("count: operations of the API {}", documented.len());
}

/// The lists of words that a JSON document takes for values, each as a set.
fn lists(found: &Value, lists: &mut BTreeSet<BTreeSet<String>>) {
    if let Some(pattern) = found.get("pattern").and_then(Value::as_str) {
        let words = pattern.strip_prefix("^(").and_then(|rest| rest.strip_suffix(")$"));
        let words = words.filter(|words| {
            words.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'|' | b'/'))
        });
        lists.extend(words.map(|words| words.split('|').map(ToOwned::to_owned).collect()));
    }
    match found {
        Value::Object(fields) => fields.values().for_each(|value| self::lists(value, lists)),
        Value::Array(items) => items.iter().for_each(|value| self::lists(value, lists)),
        _ => {}
    }
}

fn set<T: ToString>(words: &[T]) -> BTreeSet<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn the_openapi_document_lists_the_words_that_the_rules_know() {
    let mut documented = BTreeSet::new();
    lists(&serde_json::to_value(document()).unwrap(), &mut documented);

    let known = BTreeSet::from([
        set(&Stage::NAMES),
        set(ClaimKind::ALL),
        set(Lane::ALL),
        set(Choice::ALL),
        set(Ground::ALL),
        set(HoldKind::ALL),
        set(Verdict::ALL),
        set(PeriodKind::ALL),
        set(PeriodState::ALL),
        set(Consumption::ALL),
        set(FindingKind::ALL),
        set(SigningForm::ALL),
        set(Seconding::ALL),
        set(SignedVotes::ALL),
        set(Erasure::ALL),
        set(Weekday::ALL),
        set(Role::ALL),
    ]);
    // What only the API says.
    let own = BTreeSet::from([
        set(&["executed", "proposed", "replaced"]),
        set(&["executed", "failed", "mismatched", "replaced"]),
        // Of which the Safe is asked on the chain.
        set(&["approved_hash", "contract"]),
        set(&["contradicted", "elsewhere", "inflow", "mismatched", "outflow"]),
        set(&["open", "resolved"]),
        set(&["application/pdf", "image/jpeg", "image/png", "image/webp"]),
        set(&["open", "used", "withdrawn"]),
        set(&["awaited", "passed"]),
        set(&["funding", "inflow", "outflow", "refund"]),
        set(&["explained", "open", "withdrawn"]),
        set(&["public", "signed_in", "member", "roles", "system"]),
        set(&Proof::ALL),
        set(&Happened::ALL),
        set(&["changed", "known", "new"]),
    ]);
    assert_eq!(documented, &known | &own);
}
