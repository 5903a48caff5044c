use server::config::Config;

fn config(variables: &[(&str, &str)]) -> Config {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(None, variables).unwrap()
}

#[test]
fn without_a_url_there_is_no_service() {
    assert!(config(&[]).transaction_service().unwrap().is_none());
    assert!(config(&[("BOUNTY_LEDGER_SAFE_SERVICE_URL", "")]).transaction_service().unwrap().is_none());
}

#[test]
fn with_a_url_there_is_one_and_its_key_is_not_shown() {
    let set = config(&[
        ("BOUNTY_LEDGER_SAFE_SERVICE_URL", "http://127.0.0.1:8000/api"),
        ("BOUNTY_LEDGER_SAFE_SERVICE_KEY", "s3cretKEY"),
    ]);
    let service = set.transaction_service().unwrap().unwrap();
    assert_eq!(service.service(), "http://127.0.0.1");
    let told = format!("{set:?} {service:?} {}", set.masked());
    assert!(!told.contains("s3cret"), "{told}");
}
