//! The signer's sheet: what an owner of the Safe compares, on a page and as data.

mod nonces;
mod page;
mod shown;

use domain::value::{Address, Digest};
use ethers::utils::keccak256;
use safe::{Operation, SafeAccount, SafeTx, U256};
use serde_json::{Value, json};

use crate::http::cast::{Cast, fund, open, record_address};
use crate::http::{Answer, Api};
use page::{Page, hex, numbers};

const BATCHES: &str = "/programs/pilot/batches";

async fn start(api: &Api) -> Cast<'_> {
    let people = open(api).await;
    record_address(&people.alice).await;
    fund(&people.treasurer).await;
    people
}

/// Proposes a batch of these claims; beside others if a nonce is named.
async fn propose(people: &Cast<'_>, claims: &[&Value], nonce: Option<u64>) -> Value {
    let body = json!({ "submissions": claims, "nonce": nonce, "evidence_up": true });
    people.treasurer.post(BATCHES, &body).await.json(201)["batch"].clone()
}

async fn data(api: &Api, batch: u32) -> Value {
    let answer = api.get(&format!("{BATCHES}/{batch}/sheet.json")).await;
    assert_eq!(answer.content_type, "application/json");
    let saved = format!("attachment; filename=\"pilot-batch-{batch}-sheet.json\"");
    assert_eq!(answer.header("content-disposition"), Some(&*saved));
    answer.json(200)
}

/// The page of a batch, which must be what a page of ours is.
async fn shown(api: &Api, batch: u32) -> (Page, Answer) {
    let answer = api.get(&format!("{BATCHES}/{batch}/sheet")).await;
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/html; charset=utf-8"));
    let page = Page::read(&answer.text);
    page.is_inert();
    page.is_readable();
    (page, answer)
}

/// Nothing on the page is missing in the data, and no hash, address or amount of the data is missing on the page.
fn says_the_same(page: &Page, data: &Value) {
    let text = data.to_string();
    let calldata = data["transaction"]["data"].as_str().unwrap().trim_start_matches("0x");
    assert_eq!(page.hex(), hex(&text), "hashes and addresses");
    // The length of the calldata, the name of a hash.
    let own = numbers(&format!("{} 256 1", calldata.len() / 2));
    let known = numbers(&text);
    let strange: Vec<_> =
        page.hex_less_numbers().into_iter().filter(|n| !known.contains(n) && !own.contains(n)).collect();
    assert_eq!(strange, Vec::<String>::new(), "numbers that the data does not have");
    for line in data["lines"].as_array().unwrap() {
        for part in [&line["title"], &line["handle"]] {
            assert!(page.text.contains(part.as_str().unwrap_or("erased")), "{part}");
        }
        let amount =
            format!("{} LPT {} wei", line["amount"].as_str().unwrap(), line["amount_wei"].as_str().unwrap());
        assert!(page.text.contains(&amount), "{amount}");
    }
    let said = ["cautions", "warnings"].iter().flat_map(|list| data[list].as_array().unwrap());
    for remark in said {
        let detail = remark["detail"].as_str().unwrap();
        assert!(page.text.contains(&detail[1..]), "{detail}");
    }
    for sentence in ["state_in_words", "operation_in_words"] {
        assert!(page.text.contains(data[sentence].as_str().unwrap()), "{sentence}");
    }
}

impl Page {
    /// Its numbers; digits alone can be a hash, too.
    fn hex_less_numbers(&self) -> std::collections::BTreeSet<String> {
        let long = self.hex();
        numbers(&self.text).into_iter().filter(|number| !long.contains(number)).collect()
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

fn written(value: &Value, name: &str) -> Address {
    safe::eip55::parse(text(value, name)).unwrap()
}

fn uint(value: &Value, name: &str) -> U256 {
    U256::from_dec_str(text(value, name)).unwrap()
}

/// The three hashes of the ten fields, as the data names them.
fn recomputed(data: &Value) -> [String; 3] {
    let fields = &data["transaction"];
    let tx = SafeTx {
        to: written(fields, "to"),
        value: uint(fields, "value"),
        data: safe::hex::decode(text(fields, "data")).unwrap(),
        operation: Operation::from(u8::try_from(fields["operation"].as_u64().unwrap()).unwrap()),
        safe_tx_gas: uint(fields, "safeTxGas"),
        base_gas: uint(fields, "baseGas"),
        gas_price: uint(fields, "gasPrice"),
        gas_token: written(fields, "gasToken"),
        refund_receiver: written(fields, "refundReceiver"),
        nonce: U256::from(fields["nonce"].as_u64().unwrap()),
    };
    let safe = SafeAccount {
        chain_id: data["chain"]["id"].as_u64().unwrap(),
        address: written(&data["safe"], "address"),
        version: text(&data["safe"], "version").parse().unwrap(),
    };
    assert_eq!(format!("0x{}", Digest::from_bytes(keccak256(&tx.data))), text(data, "data_hash"));
    let hashes = tx.hashes(&safe);
    [hashes.domain, hashes.message, hashes.safe_tx].map(|hash| format!("0x{hash}"))
}

fn names(data: &Value) -> [&str; 3] {
    ["domain_hash", "message_hash", "safe_tx_hash"].map(|name| text(data, name))
}
