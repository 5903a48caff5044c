use domain::value::{Address, Seq};
use safe::eip55;
use serde_json::{Value, json};
use server::transaction_service::{Confirmation, Fault, Proposal, ServiceError};

use super::line::Line;
use super::pending::hold;
use super::service_at::ServiceAt;
use super::shown;
use super::world::{alice, batch, hash, odd, proposal, rejection, safe, sign, signers};
use crate::chain::node_at::NodeAt;

/// A line to a service with the odd transaction of nonce 7, over which every answer is altered.
async fn altered(alter: impl Fn(&mut Value) + Send + Sync + 'static) -> Line {
    let at = ServiceAt::start();
    at.client().propose(&safe(), &proposal(&odd(7), &sign(&odd(7), &alice()))).await.unwrap();
    Line::start(at, move |passing| passing.altered(&alter))
}

/// What is made of the odd transaction, alone and in the list, if its members are altered.
async fn shown_with(member: &'static str, value: Value) -> [Result<Proposal, Fault>; 2] {
    let line = altered(move |json| {
        let tx = if json["results"].is_array() { &mut json["results"][0] } else { json };
        tx[member] = value.clone();
    })
    .await;
    let client = line.client();
    let fault = |error: ServiceError| error.fault;
    let alone = client.transaction(&safe(), &hash(&odd(7))).await.map(Option::unwrap);
    let listed = client.pending(&safe(), Seq::new(7)).await.map(|mut listed| listed.remove(0));
    [alone.map_err(fault), listed.map_err(fault)]
}

#[tokio::test]
async fn other_fields_than_those_of_the_hash_are_refused() {
    let address = json!(eip55::checksum(&Address::from_bytes([0xee; 20])));
    let lies = [
        ("to", address.clone()),
        ("value", json!("0")),
        ("data", json!("0x0102fe")),
        ("data", Value::Null),
        ("operation", json!(1)),
        ("operation", json!(2)),
        ("safeTxGas", json!("4")),
        ("baseGas", json!("3")),
        ("gasPrice", json!("50")),
        ("gasToken", address.clone()),
        ("gasToken", Value::Null),
        ("refundReceiver", address),
        ("refundReceiver", Value::Null),
        ("nonce", json!("8")),
        ("safeTxHash", json!(format!("0x{}", hash(&odd(8))))),
    ];
    for (member, value) in &lies {
        for shown in shown_with(member, value.clone()).await {
            let fault = shown.unwrap_err();
            let Fault::OtherHash { named, computed } = fault else { panic!("{member}: {fault}") };
            assert!(named != computed && (named == hash(&odd(7))) == (*member != "safeTxHash"));
        }
    }
    println!("count: lies about a transaction {}", lies.len());
}

#[tokio::test]
async fn values_in_another_form_are_refused_with_the_member_s_name() {
    let forms = [
        ("to", json!("0xd1d1")),
        ("to", Value::Null),
        ("to", json!("0xd1D1D1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1")),
        ("value", json!(0)),
        ("value", json!("")),
        ("value", json!("0x1")),
        ("value", json!("1e18")),
        ("value", json!("-1")),
        ("value", json!("01")),
        ("value", json!("1".repeat(78).replacen('1', "9", 1))),
        ("value", json!("1".repeat(100_000))),
        ("nonce", json!(7)),
        ("nonce", Value::Null),
        ("data", json!("0102ff")),
        ("data", json!("0x0102f")),
        ("data", json!([1, 2])),
        ("operation", json!("0")),
        ("operation", json!(256)),
        ("operation", json!(-1)),
        ("safe", Value::Null),
        ("safeTxHash", json!("0x")),
        ("safeTxHash", Value::Null),
        ("isExecuted", json!("false")),
        ("isExecuted", Value::Null),
        ("confirmations", json!({})),
        ("confirmations", json!([{}])),
        ("confirmations", json!([{ "owner": "me", "signature": null, "signatureType": "EOA" }])),
    ];
    for (member, value) in &forms {
        let [alone, listed] = shown_with(member, value.clone()).await;
        let (alone, listed) = (alone.unwrap_err(), listed.unwrap_err());
        let named = |fault: &Fault, path: &str| matches!(fault, Fault::Shape { why } if why.starts_with(&format!("{path}{member}")));
        assert!(named(&alone, ""), "{member}: {alone}");
        assert!(named(&listed, "results[0]."), "{member}: {listed}");
    }
    println!("count: values in another form {}", forms.len());
}

#[tokio::test]
async fn the_same_values_in_another_spelling_are_taken() {
    for (member, value) in [
        ("to", json!(odd(7).to.to_string())),
        ("data", json!("0x0102FF")),
        ("safeTxHash", json!(format!("0x{}", hash(&odd(7)).to_string().to_uppercase()))),
        ("proposer", Value::Null),
        ("somethingNew", json!({ "not": ["looked", "at"] })),
    ] {
        for shown in shown_with(member, value.clone()).await {
            assert_eq!(shown.unwrap().tx, odd(7), "{member}");
        }
    }
    for value in [Value::Null, json!([])] {
        for shown in shown_with("confirmations", value).await {
            assert_eq!(shown.unwrap().confirmations, []);
        }
    }
}

#[tokio::test]
async fn a_transaction_of_another_safe_is_refused() {
    let other = Address::from_bytes([0xac; 20]);
    for shown in shown_with("safe", json!(eip55::checksum(&other))).await {
        assert_eq!(shown.unwrap_err(), Fault::OtherSafe(other));
    }
}

#[tokio::test]
async fn another_transaction_than_the_one_asked_for_is_refused() {
    let at = ServiceAt::start();
    hold(&mut at.service(), batch(7));
    hold(&mut at.service(), rejection(7));
    let other = shown::transaction(&at.service().held[1]);
    let line = Line::start(at, move |passing| passing.altered(|json| json.clone_from(&other)));
    let error = line.client().transaction(&safe(), &hash(&batch(7))).await.unwrap_err();
    let expected = Fault::OtherTransaction { asked: hash(&batch(7)), found: hash(&rejection(7)) };
    assert_eq!(error.fault, expected);
}

#[tokio::test]
async fn a_signature_that_is_put_under_another_name_is_refuted() {
    let line = altered(|json| {
        json["confirmations"][0]["owner"] = json!(eip55::checksum(&Address::from_bytes([5; 20])));
    });
    let found = line.await.client().confirmations(&safe(), &hash(&odd(7))).await.unwrap().unwrap();
    assert_eq!(signers(&found), []);
    assert!(matches!(found.as_slice(), [Confirmation::Refuted { owner, .. }] if owner.bytes() == &[5; 20]));
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_pending() {
    let line = altered(|json| json["results"][0]["isExecuted"] = json!(true));
    let error = line.await.client().pending(&safe(), Seq::new(7)).await.unwrap_err();
    assert_eq!(error.fault, Fault::NotPending(hash(&odd(7))));

    let at = ServiceAt::start();
    hold(&mut at.service(), batch(6));
    let before = shown::transaction(&at.service().held[0]);
    let line = Line::start(at, move |passing| {
        passing.altered(|json| *json = json!({ "count": 1, "next": null, "results": [before] }))
    });
    let error = line.client().pending(&safe(), Seq::new(7)).await.unwrap_err();
    assert_eq!(error.fault, Fault::NotPending(hash(&batch(6))));
}

/// What becomes of a list of sixty, and how many requests it takes, if each page is altered.
async fn listed(alter: impl Fn(&mut Value) + Send + Sync + 'static) -> (Result<usize, Fault>, usize) {
    let at = ServiceAt::start();
    (0..60).for_each(|nonce| hold(&mut at.service(), rejection(nonce)));
    let line = Line::start(at, move |passing| passing.altered(&alter));
    let listed = line.client().pending(&safe(), Seq::new(0)).await;
    (listed.map(|found| found.len()).map_err(|error| error.fault), line.requests())
}

#[tokio::test]
async fn a_next_page_elsewhere_is_never_fetched() {
    let other = NodeAt::replies([]);
    for next in [
        other.url(),
        format!("https://{}/tx-service/arb1/api/v2/", other.address()),
        "file:///etc/passwd".to_owned(),
        "//".to_owned(),
        "no URL".to_owned(),
    ] {
        let led = listed(move |json| {
            if !json["next"].is_null() {
                json["next"] = json!(next);
            }
        });
        assert_eq!(led.await, (Ok(60), 2));
    }
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn a_list_without_an_end_is_given_up() {
    let forever = json!("http://127.0.0.1/next");
    let next = forever.clone();
    assert_eq!(listed(move |json| json["next"] = next.clone()).await, (Err(Fault::Changed), 2));
    let next = forever.clone();
    let more = listed(move |json| {
        json["next"] = next.clone();
        json["count"] = json!(500);
    });
    assert_eq!(more.await, (Err(Fault::Changed), 3), "a page that is empty");
    let next = forever;
    let again = listed(move |json| {
        json["next"] = next.clone();
        json["count"] = json!(usize::MAX);
    });
    assert_eq!(again.await, (Err(Fault::TooMany { limit: 500 }), 1));

    let at = ServiceAt::start();
    let line = Line::start(at, |passing| {
        let page: Vec<Value> =
            (0..50).map(|place| made(u64::try_from(passing.asked.before).unwrap() * 50 + place)).collect();
        let list = json!({ "count": 500, "next": "more", "results": page });
        passing.altered(|json| *json = list)
    });
    let error = line.client().pending(&safe(), Seq::new(0)).await.unwrap_err();
    assert_eq!((error.fault, line.requests()), (Fault::Changed, 10));
}

/// A transaction that nobody proposed, as the service would show it.
fn made(nonce: u64) -> Value {
    let mut service = super::rules::Service::new();
    hold(&mut service, rejection(nonce));
    shown::transaction(&service.held[0])
}

#[tokio::test]
async fn a_list_that_does_not_add_up_is_none() {
    let halved = listed(|json| {
        json["results"].as_array_mut().unwrap().truncate(25);
        json["next"] = Value::Null;
    });
    assert_eq!(halved.await, (Err(Fault::Changed), 1));
    let twice = listed(|json| json["results"][1] = json["results"][0].clone());
    assert_eq!(twice.await, (Err(Fault::Changed), 1));
    let fewer = listed(|json| json["count"] = json!(40));
    assert_eq!(fewer.await, (Err(Fault::Changed), 1));
    let (long, _) = listed(|json| {
        let results = json["results"].as_array_mut().unwrap();
        results.extend((1000..1010).map(made));
    })
    .await;
    assert!(matches!(long, Err(Fault::Shape { .. })), "{long:?}");
    // One that is proposed while the list is read changes places with none.
    let (short, _) = listed(|json| {
        json["results"].as_array_mut().unwrap().pop();
    })
    .await;
    assert_eq!(short, Err(Fault::Changed));
}
