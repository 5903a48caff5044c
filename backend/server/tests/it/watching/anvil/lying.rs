//! Nodes that do not tell the truth: nothing of it gets into the books.

use std::net::TcpListener;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App as Routes, HttpResponse, HttpServer};
use serde_json::{Value, json};
use server::app::Error;
use server::chain::{Client, Confirmations, Limits, Nodes};

use super::{for_each_version, is_in_batch, is_paid, nodes};

/// What a node does to the answers of an honest one.
type Lie = fn(&str, Value) -> Value;

struct Liar {
    honest: String,
    lie: Lie,
}

async fn answer(liar: Data<Liar>, body: Bytes) -> HttpResponse {
    let question: Value = serde_json::from_slice(&body).unwrap();
    let asked = reqwest::Client::new().post(&liar.honest).header("content-type", "application/json");
    let mut told: Value = asked.body(body.to_vec()).send().await.unwrap().json().await.unwrap();
    let method = question["method"].as_str().unwrap();
    if let Some(result) = told.get("result").cloned() {
        told["result"] = (liar.lie)(method, result);
    }
    HttpResponse::Ok().json(told)
}

/// The URL of a node that lies about an honest one.
fn lies_about(honest: &str, lie: Lie) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let liar = Data::new(Liar { honest: honest.to_owned(), lie });
    let server =
        HttpServer::new(move || Routes::new().app_data(liar.clone()).route("/", web::post().to(answer)));
    tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    url
}

/// Leaves out all logs.
fn hides_logs(method: &str, result: Value) -> Value {
    if method == "eth_getLogs" { json!([]) } else { result }
}

/// Shows every transfer of the receipt to be of one wei more.
fn pays_more(method: &str, mut result: Value) -> Value {
    if method != "eth_getTransactionReceipt" {
        return result;
    }
    for log in result["logs"].as_array_mut().into_iter().flatten() {
        let data = log["data"].as_str().unwrap();
        if data.len() == 66 && log["topics"].as_array().unwrap().len() == 3 {
            let wei = u128::from_str_radix(&data[34..], 16).unwrap();
            log["data"] = json!(format!("{:#066x}", wei + 1));
        }
    }
    result
}

/// Says that every transaction failed.
fn reverts(method: &str, mut result: Value) -> Value {
    if method == "eth_getTransactionReceipt" {
        result["status"] = json!("0x0");
        result["logs"] = json!([]);
    }
    result
}

for_each_version! {
    fn a_node_that_leaves_logs_out_is_found_by_the_safes_own_nonce(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        let before = stage.world.dump().await;
        let lied_to = stage.world.app.clone().with_nodes(Some(nodes(&lies_about(stage.chain.url(), hides_logs))));

        let error = lied_to.read_chain(stage.world.slug).await.unwrap_err();

        assert!(error.to_string().contains("the node leaves logs out"), "{error}");
        assert!(stage.world.dump().await == before);
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }

    fn a_node_that_hides_a_receipt_behind_its_logs_is_not_believed(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        let lied_to = stage.world.app.clone().with_nodes(Some(nodes(&lies_about(stage.chain.url(), reverts))));

        let error = lied_to.read_chain(stage.world.slug).await.unwrap_err();

        assert!(error.to_string().contains("has logs of transaction"), "{error}");
        assert!(is_in_batch(&stage.program().await, 1));
    }

    fn of_two_nodes_that_differ_none_is_believed(stage: Stage) {
        let batch = stage.propose(&[1, 2]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        let before = stage.world.dump().await;
        let lies: [Lie; 3] = [hides_logs, pays_more, reverts];
        for lie in lies {
            let client = |url: &str| Client::new(url.parse().unwrap(), Limits::default()).unwrap();
            let (honest, liar) = (client(stage.chain.url()), client(&lies_about(stage.chain.url(), lie)));
            let both = Nodes::new(honest, Some(liar), Confirmations::Blocks(0));
            let app = stage.world.another(stage.test).app.with_nodes(Some(both));

            let error = app.read_chain(stage.world.slug).await.unwrap_err();

            assert!(matches!(error, Error::Chain(_)), "{error}");
            assert!(error.to_string().contains("do not tell the same"), "{error}");
            let program = stage.program().await;
            assert!(is_in_batch(&program, 1) && !is_paid(&program, 1));
        }
        // The Safe was seen by both alike; nothing else was written.
        let after = stage.world.dump().await;
        assert!(after != before || stage.program().await.nonce(domain::value::Seq::ZERO).unwrap().end.is_none());
        stage.read().await;
        assert!(is_paid(&stage.program().await, 1));
        stage.settled().await;
    }
}
