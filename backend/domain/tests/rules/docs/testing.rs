//! The page that says which test stands for which promise, held to the names of the tests.

use std::collections::BTreeSet;

use super::place;

/// Names on the page, such as `rules::scenarios::…`, and their rows.
fn named(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().flat_map(|row| row.split('`').skip(1).step_by(2).map(move |name| (name, row)));
    rows.filter(|(name, _)| (name.starts_with("rules::") || name.starts_with("it::")) && !name.contains('…'))
        .collect()
}

/// Where a test of this name has to stand, and as which function.
fn file_of(name: &str) -> (String, &str) {
    let (module, function) = name.rsplit_once("::").unwrap();
    let package = if name.starts_with("rules::") { "domain" } else { "server" };
    let path = format!("backend/{package}/tests/{}", module.replace("::", "/"));
    let alone = format!("{path}.rs");
    if place(&alone).exists() { (alone, function) } else { (format!("{path}/mod.rs"), function) }
}

fn text(file: &str) -> String {
    std::fs::read_to_string(place(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The functions of a file that are tests on their own, for both databases, or for each version of the Safe.
fn tests_of(file: &str) -> BTreeSet<String> {
    let text = text(file);
    let mut found = BTreeSet::new();
    for (before, line) in text.lines().zip(text.lines().skip(1)) {
        let Some(function) = line.trim_start().strip_prefix("fn ") else { continue };
        let given =
            ["(test: TestDb)", "(bench: Bench)", "(stage: Stage)"].iter().any(|given| line.contains(given));
        if given || before.trim() == "#[test]" {
            found.insert(function.split('(').next().unwrap().to_owned());
        }
    }
    found
}

#[test]
fn every_name_on_the_page_about_tests_is_a_test() {
    let page = text("docs/testing.md");

    let named = check(&page);

    assert!(named > 60, "{named} names");
    println!("count: tests that the page about tests names {named}");
}

#[test]
fn every_name_on_the_page_about_security_is_a_test() {
    let page = text("docs/security.md");

    let named = check(&page);

    assert!(named > 30, "{named} names");
    println!("count: tests that the page about security names {named}");
}

/// Every name on a page is that of a test; gives how many there are.
fn check(page: &str) -> usize {
    let named = named(page);
    for (name, _) in &named {
        let (file, function) = file_of(name);
        assert!(tests_of(&file).contains(function), "{name} is no test of {file}");
    }
    named.len()
}

#[test]
fn every_scenario_is_told_and_stands_on_the_page() {
    let page = text("docs/testing.md");
    let scenarios = page.split("## ").find(|part| part.starts_with("Scenarios")).unwrap();
    let named: BTreeSet<&str> = named(scenarios).into_iter().map(|(name, _)| name).collect();

    let numbers: Vec<u32> =
        scenarios.lines().filter_map(|row| row.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(numbers, (1..=18).collect::<Vec<_>>());
    for row in scenarios.lines().filter(|row| row.starts_with("| ") && !row.starts_with("| #")) {
        assert!(row.contains("`it::"), "nobody tells this over HTTP: {row}");
    }
    for module in ["rules::scenarios", "it::http::scenarios::money", "it::http::scenarios::people"] {
        let (file, _) = file_of(&format!("{module}::any"));
        let tests = tests_of(&file);
        assert!(!tests.is_empty(), "{file}");
        for test in tests {
            assert!(named.contains(&*format!("{module}::{test}")), "{module}::{test} is not on the page");
        }
    }
}
