use std::time::Duration;

use domain::value::{Digest, Seq};
use server::chain::Limits;
use server::transaction_service::{Fault, Proposal, TransactionService};

use super::line::Line;
use super::service_at::{BASE, ServiceAt, client_at};
use super::world::{KEY, alice, batch, hash, hasty, limits, proposal, safe, sign};
use crate::chain::node_at::{NodeAt, Reply, http};

fn client(node: &NodeAt) -> TransactionService {
    client_at(node.address(), Some(KEY), limits())
}

/// What becomes of reading a transaction from a service that makes these replies, and how often it was asked.
async fn outcome(replies: impl Into<Vec<Reply>>) -> (Result<Option<Proposal>, Fault>, usize) {
    let node = NodeAt::replies(replies);
    let read = client(&node).transaction(&safe(), &Digest::ZERO).await;
    let read = read.map_err(|error| {
        let told = format!("{error} {error:?}");
        assert!(told.contains("http://127.0.0.1") && told.contains("read a transaction"), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
        error.fault
    });
    (read, node.seen().len())
}

fn json(status: &str, body: &str) -> Reply {
    Reply::Bytes(http(status, "Content-Type: application/json\r\n", body))
}

/// The answer that there is nothing.
fn nothing() -> Reply {
    json("404 Not Found", "{\"detail\":\"Not found.\"}")
}

#[tokio::test]
async fn a_request_names_its_key_and_what_it_takes() {
    let path = format!("GET {BASE}/v2/multisig-transactions/0x{}/ HTTP/1.1\r\n", Digest::ZERO);
    let node = NodeAt::start(move |asked| {
        let head = asked.head.to_lowercase();
        let fits = asked.head.starts_with(&path)
            && asked.head.contains(&format!("authorization: Bearer {KEY}\r\n"))
            && head.contains("accept: application/json\r\n")
            && head.contains("user-agent: bounty-ledger\r\n")
            && !head.contains("accept-encoding");
        if fits { nothing() } else { json("400 Bad Request", "{}") }
    });
    assert_eq!(client(&node).transaction(&safe(), &Digest::ZERO).await, Ok(None));
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"safe\":\"0x".to_vec();
    let unmeasured = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"safe\":\"0x".to_vec();
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"safe\"".to_vec();
    for (name, bytes) in [
        ("a failure of the server", http("500 Internal Server Error", "", KEY)),
        (
            "a node that is away",
            http("503 Service Unavailable", "Retry-After: 0\r\n", "{\"exception\":\"x\"}"),
        ),
        ("too many requests", http("429 Too Many Requests", "Retry-After: 0\r\n", "")),
        ("half an answer", cut),
        ("half an answer of unknown length", unmeasured),
        ("half a chunk", chunk),
        ("half a head", b"HTTP/1.1 200 O".to_vec()),
        ("nothing", Vec::new()),
    ] {
        assert_eq!(outcome([Reply::Bytes(bytes.clone()), nothing()]).await, (Ok(None), 2), "{name}");
        let (always, asked) = outcome([Reply::Bytes(bytes)]).await;
        assert!(always.unwrap_err().may_pass() && asked == 3, "{name}");
    }
}

#[tokio::test]
async fn a_list_is_asked_for_again_where_it_stopped() {
    let at = ServiceAt::start();
    (0..60).for_each(|nonce| super::pending::hold(&mut at.service(), batch(nonce)));
    let line = Line::start(at, |passing| match passing.asked.before {
        0 | 2 => json("429 Too Many Requests", "{\"detail\":\"slow down\"}"),
        _ => passing.honest(),
    });
    assert_eq!(line.client().pending(&safe(), Seq::new(0)).await.unwrap().len(), 60);
    assert_eq!(line.requests(), 4);
}

#[tokio::test]
async fn a_service_that_asks_for_more_time_than_there_is_is_not_asked_again() {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let busy = Reply::Bytes(http(status, "Retry-After: 3600\r\n", "come back later"));
        let (read, asked) = outcome([busy, nothing()]).await;
        let expected = Fault::Status {
            status: status[..3].parse().unwrap(),
            retry_after: Some(Duration::from_hours(1)),
            words: "come back later".to_owned(),
        };
        assert_eq!((read, asked), (Err(expected), 1));
    }
}

#[tokio::test]
async fn a_service_that_stops_speaking_is_given_up() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".to_vec();
    let refused = b"HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: 1000\r\n\r\n{".to_vec();
    for bytes in [Vec::new(), b"HTTP/1.1 200".to_vec(), begun, refused] {
        let node = NodeAt::replies([Reply::Stall(bytes)]);
        let client = client_at(node.address(), None, Limits { whole: hasty().per_try, ..limits() });
        let error = client.transaction(&safe(), &Digest::ZERO).await.unwrap_err();
        assert_eq!(error.fault, Fault::TimedOut);
        assert!(node.seen().len() <= 1, "the call is over");
    }
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let limit = limits().answer_bytes;
    assert_eq!(outcome([Reply::Endless]).await, (Err(Fault::TooLarge { limit }), 1));
    let long = format!("{{\"safe\":\"{}\"}}", "x".repeat(limit));
    assert_eq!(outcome([json("200 OK", &long)]).await, (Err(Fault::TooLarge { limit }), 1));
    // A refusal that is huge is one without words.
    let (read, _) = outcome([json("422 Unprocessable Entity", &"x".repeat(100_000))]).await;
    assert_eq!(read, Err(Fault::Status { status: 422, retry_after: None, words: String::new() }));
}

#[tokio::test]
async fn all_pages_together_are_no_larger_than_one_answer_may_be() {
    let at = ServiceAt::start();
    (0..60).for_each(|nonce| super::pending::hold(&mut at.service(), batch(nonce)));
    let line =
        Line::start(at, |passing| passing.altered(|json| json["more"] = "x".repeat(3 * 1024 * 1024).into()));
    let error = line.client().pending(&safe(), Seq::new(0)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::TooLarge { limit } if limit < 1024 * 1024), "{error}");
    assert_eq!(line.requests(), 2);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_sees_no_key() {
    let other = NodeAt::replies([nothing()]);
    let location = format!("Location: http://{}{BASE}/\r\n", other.address());
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (read, asked) = outcome([Reply::Bytes(http(status, &location, ""))]).await;
        let fault = read.unwrap_err();
        assert!(matches!(fault, Fault::Status { .. }) && asked == 1, "{fault}");
        assert!(fault.to_string().contains("a redirect, which is not followed"), "{fault}");
        let node = NodeAt::replies([Reply::Bytes(http(status, &location, ""))]);
        let tx = batch(7);
        let sent = client(&node).propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await;
        assert!(matches!(sent.unwrap_err().fault, Fault::Status { .. }));
        assert_eq!(node.seen().len(), 1);
    }
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn garbage_is_none() {
    for body in ["<html>", "nul", "{'safe'}", "{} {}", "\u{0}", "{\"safe\": NaN}"] {
        let (read, asked) = outcome([json("200 OK", body)]).await;
        assert!(
            matches!(read, Err(Fault::NotJson { .. } | Fault::Shape { .. } | Fault::CutOff { .. }))
                && asked <= 3,
            "{body}: {read:?}"
        );
    }
    for body in ["[]", "\"text\"", "{}", "null", "42", "{\"safe\":1}", "{\"detail\":\"Not found.\"}"] {
        let (read, asked) = outcome([json("200 OK", body)]).await;
        assert!(matches!(read, Err(Fault::Shape { .. })) && asked == 1, "{body}: {read:?}");
    }
    let deep = format!("{{\"dataDecoded\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let (read, _) = outcome([json("200 OK", &deep)]).await;
    assert!(matches!(&read, Err(Fault::Shape { why }) if why.contains("missing field")), "{read:?}");
    let (read, _) = outcome([json("400 Bad Request", &"[".repeat(60_000))]).await;
    assert!(matches!(&read, Err(Fault::Status { words, .. }) if words.starts_with("[[[")), "{read:?}");
    let (read, _) = outcome([Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())]).await;
    assert!(matches!(read, Err(Fault::CutOff { .. })), "{read:?}");
    let gzip = http("200 OK", "Content-Encoding: gzip\r\n", "\u{1f}\u{8b}\u{8}");
    assert!(matches!(outcome([Reply::Bytes(gzip)]).await.0, Err(Fault::NotJson { .. })));
}

#[tokio::test]
async fn a_page_that_is_not_there_is_no_transaction_that_is_not_there() {
    for body in ["", "<html>Not Found</html>", "{\"message\":\"no route\"}", "{\"detail\":404}"] {
        let (read, asked) = outcome([json("404 Not Found", body)]).await;
        let fault = read.unwrap_err();
        assert!(matches!(fault, Fault::Status { status: 404, .. }) && asked == 1, "{body}: {fault}");
        assert!(fault.to_string().contains("does safe_service_url lead to the API"), "{fault}");
    }
    let at = ServiceAt::start();
    let url = format!("http://{}/", at.address).parse().unwrap();
    let astray = TransactionService::new(url, None, limits()).unwrap();
    assert!(matches!(
        astray.transaction(&safe(), &Digest::ZERO).await.unwrap_err().fault,
        Fault::Status { status: 404, .. }
    ));
}

#[tokio::test]
async fn rude_words_are_cut_and_tamed_and_hold_no_key() {
    let body =
        format!("{{\"nonFieldErrors\":[\"bad {KEY} \\u001b[2J\\r\\n\\u202e\", \"{}\"]}}", "x".repeat(1000));
    let (read, _) = outcome([json("422 Unprocessable Entity", &body)]).await;
    let Err(Fault::Status { words, .. }) = read else { panic!("{read:?}") };
    assert!(words.starts_with("bad *** \\u{1b}[2J\\r\\n\\u{202e}; xxx"), "{words}");
    assert!(words.ends_with("x…") && words.chars().count() < 450, "{words}");
    assert!(words.chars().all(|character| !character.is_control()));
    // Nor do the errors of reading an answer.
    let (read, _) = outcome([json("200 OK", &format!("{{\"operation\":\"{KEY}\"}}"))]).await;
    assert!(matches!(&read, Err(Fault::Shape { why }) if why.contains("***")), "{read:?}");
}

#[tokio::test]
async fn https_wants_a_certificate_from_an_authority() {
    let node = NodeAt::replies([nothing()]);
    let url = format!("https://{}{BASE}", node.address()).parse().unwrap();
    let client = TransactionService::new(url, Some(KEY.parse().unwrap()), limits()).unwrap();
    let error = client.transaction(&safe(), &hash(&batch(7))).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Unreachable { .. }), "{error}");
    assert_eq!(node.seen().len(), 0, "nothing is said in the clear");
}

#[test]
fn a_client_shows_neither_its_key_nor_its_path() {
    let url = "https://service.example.org/s3cret-path/api".parse().unwrap();
    let client = TransactionService::new(url, Some(KEY.parse().unwrap()), limits()).unwrap();
    let told = format!("{client:?} {}", client.service());
    assert!(told.contains("https://service.example.org") && !told.contains("s3cret"), "{told}");
}
