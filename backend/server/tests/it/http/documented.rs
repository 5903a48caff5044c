//! Whatever problem any test is answered with, the OpenAPI document says so at its operation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use domain::refusal::{COMMON, Refusal};
use reqwest::{Method, Url};
use serde_json::Value;
use server::http::{document, problem};

/// The codes that an operation documents, by status.
type Codes = BTreeMap<u16, BTreeSet<String>>;

/// Method, path and codes of every operation.
static OPERATIONS: LazyLock<Vec<(String, String, Codes)>> = LazyLock::new(|| {
    let document = serde_json::to_value(document()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.to_uppercase(), path.clone(), codes(&document, operation)));
        }
    }
    operations
});

fn codes(document: &Value, operation: &Value) -> Codes {
    let mut codes = Codes::new();
    for (status, response) in operation["responses"].as_object().unwrap() {
        let place = response["$ref"].as_str().map(|place| place.trim_start_matches('#'));
        let response = place.map_or(response, |place| document.pointer(place).unwrap());
        let code =
            &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"];
        if let (Ok(status), Some(words)) = (status.parse(), code["enum"].as_array()) {
            codes.insert(status, words.iter().map(|word| word.as_str().unwrap().to_owned()).collect());
        }
    }
    codes
}

fn is_of(path: &str, template: &str) -> bool {
    let (parts, wanted): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
    let same = |(part, wanted): (&&str, &&str)| wanted.starts_with('{') || part == wanted;
    parts.len() == wanted.len() && parts.iter().zip(&wanted).all(same)
}

/// The operation that is asked with a method at an address; HEAD is answered as GET.
fn operation(method: &str, path: &str) -> Option<&'static (String, String, Codes)> {
    let method = if method == "HEAD" { "GET" } else { method };
    let found = OPERATIONS.iter().filter(|(its, template, _)| its == method && is_of(path, template));
    // Where two fit, the one with the fewer braces is asked.
    found.min_by_key(|(_, template, _)| template.matches('{').count())
}

/// The methods that were asked at each address: an answer tells its address, and not its method.
static ASKED: LazyLock<Mutex<BTreeSet<(String, String)>>> = LazyLock::new(Mutex::default);

/// Notes what is about to be asked.
pub fn asked(method: &Method, address: &str) {
    let address = address.split('?').next().unwrap();
    ASKED.lock().unwrap().insert((address.to_owned(), method.to_string()));
}

/// Fails for a problem that the document does not foresee at its operation.
#[track_caller]
pub fn check(address: &Url, status: u16, code: &Value) {
    let place = format!("{}{}", address.origin().ascii_serialization(), address.path());
    let asked = ASKED.lock().unwrap().clone();
    let methods = asked.into_iter().filter(|(asked, _)| *asked == place).map(|(_, method)| method);
    // What another method was asked excuses nothing, if no operation takes it.
    let methods: Vec<String> = methods.filter(|method| operation(method, address.path()).is_some()).collect();
    let slips: Vec<String> =
        methods.iter().filter_map(|method| slip(method, address.path(), status, code)).collect();
    assert!(slips.is_empty() || slips.len() < methods.len(), "{slips:?}");
}

/// What is wrong with a problem, if its operation does not document it. Faults of ours may happen anywhere.
fn slip(method: &str, path: &str, status: u16, code: &Value) -> Option<String> {
    // A method that an address does not take is no operation.
    if status < 400 || status == 405 || status == 500 {
        return None;
    }
    let (_, template, codes) = operation(method, path)?;
    let listed =
        code.as_str().is_some_and(|code| codes.get(&status).is_some_and(|codes| codes.contains(code)));
    (!listed)
        .then(|| format!("{method} {template} answered {status} {code}, which the document does not list"))
}

#[test]
fn every_code_that_the_api_can_answer_with_stands_at_an_operation() {
    let listed: BTreeSet<&str> =
        OPERATIONS.iter().flat_map(|(_, _, codes)| codes.values().flatten()).map(String::as_str).collect();
    let known = problem::CODES.iter().map(|(code, ..)| *code).chain(Refusal::CODES.iter().copied());
    // Addresses that are no operation, faults, what only the ledger itself asks, and what its front doors prevent.
    let nowhere = ["no_such_path", "method_not_allowed", "internal", "not_waiting", "nothing_stated"];
    let expected =
        known.filter(|code| !nowhere.contains(code) && (*code == "role_needed" || !COMMON.contains(code)));
    assert_eq!(listed, expected.collect());

    let statuses = OPERATIONS.iter().map(|(_, _, codes)| codes.len()).sum::<usize>();
    println!("count: problem statuses documented at operations {statuses}");
}

#[test]
fn a_problem_that_is_not_documented_is_noticed() {
    let slips = |path: &str, status, code| slip("GET", path, status, &Value::from(code)).is_some();
    let program = "/api/v1/programs/pilot";

    assert!(!slips(program, 404, "no_such_program"));
    assert!(slips(program, 404, "no_such_bounty"), "another operation's code");
    assert!(slips(program, 409, "no_such_program"), "another status");
    assert!(slips(program, 401, "unauthenticated"), "another status and code");
    assert!(!slips("/api/v1/nothing", 404, "no_such_path"), "no operation");
    let elsewhere = Url::parse("http://127.0.0.1:1/api/v1/programs/pilot").unwrap();
    asked(&Method::GET, elsewhere.as_str());
    let noticed = std::panic::catch_unwind(|| check(&elsewhere, 401, &Value::from("unauthenticated")));
    assert!(noticed.is_err());
}
