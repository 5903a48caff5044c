use std::time::Duration;

use serde_json::{Value, json};
use server::chain::{Client, Fault, Limits};

use super::node_at::{NodeAt, Reply, http, patient};

async fn block_number(client: &Client) -> Result<String, Fault> {
    let asked = client.ask::<String>("eth_blockNumber", &json!([])).await;
    asked.map_err(|error| {
        let told = format!("{error} {error:?}");
        assert!(told.contains("http://127.0.0.1") && told.contains("eth_blockNumber"), "{told}");
        assert!(!told.contains("s3cret") && !told.contains("v2"), "{told}");
        error.fault
    })
}

/// What becomes of one call of a node that makes these replies, and how often it was asked.
async fn outcome(replies: impl Into<Vec<Reply>>) -> (Result<String, Fault>, usize) {
    let node = NodeAt::replies(replies);
    let answer = block_number(&node.client()).await;
    (answer, node.seen().len())
}

fn good() -> Reply {
    Reply::Result(json!("0x2a"))
}

fn is_good(outcome: &(Result<String, Fault>, usize), asked: usize) -> bool {
    *outcome == (Ok("0x2a".to_owned()), asked)
}

#[tokio::test]
async fn a_call_is_json_rpc_with_an_id_of_its_own() {
    let node = NodeAt::start(|asked| {
        assert!(
            asked.head.starts_with("POST /v2/s3cretKEY?token=s3cretTOKEN HTTP/1.1\r\n"),
            "{}",
            asked.head
        );
        assert!(asked.head.to_lowercase().contains("content-type: application/json\r\n"), "{}", asked.head);
        assert!(!asked.head.to_lowercase().contains("accept-encoding"), "nothing is decompressed");
        good()
    });
    let client = node.client();

    let answers = [
        client.call("eth_getCode", &json!(["0x01", "latest"])).await.unwrap().get().to_owned(),
        client.clone().call("eth_blockNumber", &json!([])).await.unwrap().get().to_owned(),
    ];

    assert_eq!(answers, ["\"0x2a\"", "\"0x2a\""]);
    let sent: Vec<Value> = node.seen().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(
        sent,
        [
            json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getCode", "params": ["0x01", "latest"] }),
            json!({ "jsonrpc": "2.0", "id": 2, "method": "eth_blockNumber", "params": [] }),
        ]
    );
}

#[tokio::test]
async fn a_result_is_kept_byte_for_byte() {
    let result = "{ \"b\" : 1e2,\n\t\"a\":[null , \"\\u00e9\"] }";
    let body = format!(" {{\"result\":  {result} , \"id\":1, \"more\": {{}}, \"jsonrpc\":\"2.0\"}}\n");
    let node = NodeAt::replies([Reply::Body(body)]);
    assert_eq!(node.client().call("eth_getTransactionReceipt", &json!([])).await.unwrap().get(), result);
}

#[tokio::test]
async fn a_null_is_a_result() {
    let node = NodeAt::replies([Reply::Result(Value::Null)]);
    assert_eq!(node.client().ask::<Option<String>>("eth_getTransactionReceipt", &json!([])).await, Ok(None));
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\":\"2.0\"".to_vec();
    let unmeasured =
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"res".to_vec();
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"jsonrpc\"".to_vec();
    for (name, bytes) in [
        ("a failure of the server", http("500 Internal Server Error", "", "s3cretKEY")),
        ("a gateway", http("502 Bad Gateway", "", "")),
        ("too many requests", http("429 Too Many Requests", "Retry-After: 0\r\n", "")),
        ("half an answer", cut),
        ("half an answer of unknown length", unmeasured),
        ("half a chunk", chunk),
        ("half a head", b"HTTP/1.1 200 O".to_vec()),
        ("nothing", Vec::new()),
    ] {
        let once = outcome([Reply::Bytes(bytes.clone()), good()]).await;
        assert!(is_good(&once, 2), "{name}: {once:?}");
        let (always, asked) = outcome([Reply::Bytes(bytes)]).await;
        assert!(always.unwrap_err().may_pass() && asked == 3, "{name}");
    }
}

#[tokio::test]
async fn a_node_that_asks_for_more_time_than_there_is_is_not_asked_again() {
    let busy = Reply::Bytes(http("429 Too Many Requests", "Retry-After: 3600\r\n", ""));
    let fault = Fault::Status { status: 429, retry_after: Some(Duration::from_hours(1)) };
    assert_eq!(outcome([busy, good()]).await, (Err(fault), 1));
}

#[tokio::test]
async fn a_node_that_stops_speaking_is_given_up() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".to_vec();
    let short = Duration::from_millis(50);
    for limits in [Limits { per_try: short, ..patient() }, Limits { whole: short, ..patient() }] {
        for bytes in [Vec::new(), b"HTTP/1.1 200".to_vec(), begun.clone()] {
            let node = NodeAt::replies([Reply::Stall(bytes)]);
            assert_eq!(block_number(&node.client_within(limits)).await, Err(Fault::TimedOut));
            let tries = if limits.whole == short { 1 } else { 3 };
            assert!(node.seen().len() <= tries, "the call is over");
        }
    }
}

#[tokio::test]
async fn nobody_at_the_port_is_told_apart() {
    let client = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/v2/s3cretKEY", listener.local_addr().unwrap());
        Client::new(url.parse().unwrap(), patient()).unwrap()
    };
    let fault = block_number(&client).await.unwrap_err();
    assert!(matches!(&fault, Fault::Unreachable { why } if why.contains("refused")), "{fault}");
}

#[tokio::test]
async fn https_wants_a_certificate_from_an_authority() {
    let node = NodeAt::replies([good()]);
    let url = node.url().replace("http://", "https://");
    let error = Client::new(url.parse().unwrap(), patient()).unwrap().call("eth_chainId", &json!([])).await;
    let error = error.unwrap_err();
    assert!(matches!(error.fault, Fault::Unreachable { .. }), "{error}");
    assert!(
        error.to_string().starts_with("https://127.0.0.1: ") && !error.to_string().contains("s3cret"),
        "{error}"
    );
    assert_eq!(node.seen().len(), 0, "nothing is said in the clear");
}

#[test]
fn a_client_does_not_show_its_url() {
    let client = Client::new("https://node.example.org/v2/s3cretKEY".parse().unwrap(), patient()).unwrap();
    let told = format!("{client:?} {}", client.node());
    assert!(told.contains("https://node.example.org") && !told.contains("s3cret"), "{told}");
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let too_large = Err(Fault::TooLarge { limit: 100_000 });
    assert_eq!(outcome([Reply::Endless]).await, (too_large.clone(), 1));
    let text = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"{}\"}}", "x".repeat(100_000));
    assert_eq!(outcome([Reply::Body(text)]).await, (too_large, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = NodeAt::replies([good()]);
    let location = format!("Location: {}\r\n", other.url());
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (answer, asked) = outcome([Reply::Bytes(http(status, &location, ""))]).await;
        let code = status[..3].parse().unwrap();
        assert_eq!((answer, asked), (Err(Fault::Status { status: code, retry_after: None }), 1));
    }
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn compressed_answers_are_none() {
    let gzip = http("200 OK", "Content-Encoding: gzip\r\n", "\u{1f}\u{8b}\u{8}");
    let (answer, asked) = outcome([Reply::Bytes(gzip)]).await;
    assert!(matches!(answer, Err(Fault::NotJson { .. })) && asked == 1, "{answer:?}");
}

#[tokio::test]
async fn an_error_of_the_node_is_told_and_not_asked_again() {
    let refused = |code, message: &str| Err(Fault::Refused { code, message: message.to_owned() });
    let expected = (refused(-32000, "header not found"), 1);
    assert_eq!(outcome([Reply::Error(-32000, "header not found")]).await, expected);

    let rude = "bad key s3cretKEY or s3cretTOKEN\u{1b}[2J\n";
    let expected = (refused(-32001, "bad key *** or ***\\u{1b}[2J\\n"), 1);
    assert_eq!(outcome([Reply::Error(-32001, rude)]).await, expected);

    let said = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"too many blocks\"}}";
    let with_status = Reply::Bytes(http("400 Bad Request", "", said));
    assert_eq!(outcome([with_status]).await, (refused(-32602, "too many blocks"), 1));

    let nobodys = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse error\"}}";
    assert_eq!(outcome([Reply::Body(nobodys.to_owned())]).await, (refused(-32700, "parse error"), 1));
}

#[tokio::test]
async fn a_status_of_failure_is_told_and_not_asked_again() {
    for (status, code) in [("400 Bad Request", 400), ("401 Unauthorized", 401), ("404 Not Found", 404)] {
        for body in ["", "<html>", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x2a\"}"] {
            let reply = Reply::Bytes(http(status, "", body));
            let fault = Fault::Status { status: code, retry_after: None };
            assert_eq!(outcome([reply]).await, (Err(fault), 1), "{status} {body}");
        }
    }
}

#[tokio::test]
async fn an_answer_to_another_request_is_none() {
    for id in ["2", "0", "\"1\"", "1.0", "null", "[1]"] {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":\"0x2a\"}}");
        assert_eq!(outcome([Reply::Body(body)]).await, (Err(Fault::OtherId), 1), "{id}");
    }
    let error = "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,\"message\":\"\"}}";
    assert_eq!(outcome([Reply::Body(error.to_owned())]).await, (Err(Fault::OtherId), 1));
}

#[tokio::test]
async fn garbage_is_none() {
    let result = "\"id\":1,\"result\":\"0x2a\"";
    let not_json = ["<html>", "{'jsonrpc'}", "\u{0}", "nul"];
    let not_rpc = [
        "[]".to_owned(),
        "\"text\"".to_owned(),
        "{}".to_owned(),
        format!("{{{result}}}"),
        format!("{{\"jsonrpc\":\"1.0\",{result}}}"),
        format!("{{\"jsonrpc\":2.0,{result}}}"),
        "{\"jsonrpc\":\"2.0\",\"result\":\"0x2a\"}".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":1}".to_owned(),
        format!("{{\"jsonrpc\":\"2.0\",{result},\"error\":{{\"code\":1,\"message\":\"\"}}}}"),
        format!("{{\"jsonrpc\":\"2.0\",{result},\"error\":null}}"),
        format!("{{\"jsonrpc\":\"2.0\",{result},{result}}}"),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"no\"}".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"\"}}".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1}}".to_owned(),
    ];
    for body in not_json {
        let (answer, asked) = outcome([Reply::Body(body.to_owned())]).await;
        let found = matches!(answer, Err(Fault::NotJson { .. } | Fault::CutOff { .. }));
        assert!(found && asked <= 3, "{body}: {answer:?}");
    }
    for body in &not_rpc {
        let (answer, asked) = outcome([Reply::Body(body.clone())]).await;
        assert!(matches!(answer, Err(Fault::NotJsonRpc { .. })) && asked == 1, "{body}: {answer:?}");
    }
    let (answer, _) = outcome([Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())]).await;
    assert!(matches!(answer, Err(Fault::CutOff { .. })), "{answer:?}");
    println!("count: answers that are garbage {}", not_json.len() + not_rpc.len() + 1);
}

#[tokio::test]
async fn a_result_of_another_type_is_none() {
    for result in [json!(42), json!(["0x2a"]), json!({}), json!(true), Value::Null] {
        let (answer, asked) = outcome([Reply::Result(result.clone())]).await;
        assert!(matches!(answer, Err(Fault::Shape { .. })) && asked == 1, "{result}: {answer:?}");
    }
}
