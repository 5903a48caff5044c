use domain::value::Seq;
use server::transaction_service::{Fault, ServiceError};

use super::line::{Line, Passing};
use super::service_at::{ServiceAt, client_at};
use super::world::{KEY, alice, batch, bob, hash, hasty, limits, mallory, proposal, safe, sign, signers};
use crate::chain::node_at::{Reply, http};

/// What becomes of a proposal over this line, and what the service saw.
async fn proposed(
    pass: impl Fn(&Passing<'_>) -> Reply + Send + Sync + 'static,
) -> (Result<(), Fault>, Vec<&'static str>, Line) {
    let line = Line::start(ServiceAt::start(), pass);
    let tx = batch(7);
    let sent = line.client().propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await;
    let seen = seen(&line);
    (sent.map_err(|error| error.fault), seen, line)
}

fn seen(line: &Line) -> Vec<&'static str> {
    let asked = line.service.asked();
    asked.iter().map(|asked| if asked.starts_with("POST") { "POST" } else { "GET" }).collect()
}

fn lost() -> Reply {
    Reply::Bytes(Vec::new())
}

fn status(line: &str) -> Reply {
    Reply::Bytes(http(line, "", ""))
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_and_nothing_is_sent_twice() {
    type Loss = fn() -> Reply;
    let losses: [(&str, Loss); 5] = [
        ("no answer", lost),
        ("half a head", || Reply::Bytes(b"HTTP/1.1 20".to_vec())),
        ("a gateway that waited too long", || status("504 Gateway Timeout")),
        ("a gateway without an answer", || status("502 Bad Gateway")),
        ("a time-out", || status("408 Request Timeout")),
    ];
    for (name, loss) in losses {
        let (sent, seen, line) = proposed(move |passing| {
            let answer = passing.honest();
            if passing.is_post() { loss() } else { answer }
        })
        .await;
        assert_eq!((sent, seen), (Ok(()), vec!["POST", "GET"]), "{name}");
        assert_eq!(line.service.service().held.len(), 1);
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_after_a_look() {
    let (sent, seen, line) = proposed(|passing| {
        let is_first = passing.asked.before == 0;
        if is_first { lost() } else { passing.honest() }
    })
    .await;
    assert_eq!((sent, seen), (Ok(()), vec!["GET", "POST"]));
    assert_eq!(line.service.service().held.len(), 1);
}

#[tokio::test]
async fn what_was_there_without_our_signature_is_sent_all_the_same() {
    let (at, tx) = (ServiceAt::start(), batch(7));
    at.client().propose(&safe(), &proposal(&tx, &sign(&tx, &bob()))).await.unwrap();
    at.asked();
    let line = Line::start(at, |passing| if passing.asked.before == 0 { lost() } else { passing.honest() });

    line.client().propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await.unwrap();

    assert_eq!(seen(&line), ["GET", "POST"]);
    assert_eq!(line.service.service().held[0].confirmations.len(), 2);
}

#[tokio::test]
async fn a_delegate_s_proposal_is_found_again() {
    let at = ServiceAt::start();
    at.service().delegates.push((mallory().address(), bob().address()));
    let line = Line::start(at, |passing| {
        let answer = passing.honest();
        if passing.is_post() { lost() } else { answer }
    });
    let tx = batch(7);
    line.client().propose(&safe(), &proposal(&tx, &sign(&tx, &mallory()))).await.unwrap();
    assert_eq!(seen(&line), ["POST", "GET"]);
}

#[tokio::test]
async fn a_lost_confirmation_is_looked_for_as_well() {
    for arrives in [true, false] {
        let (at, tx) = (ServiceAt::start(), batch(7));
        at.client().propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await.unwrap();
        at.asked();
        let line = Line::start(at, move |passing| {
            let is_lost = passing.asked.before == 0;
            let answer = if arrives || !is_lost { passing.honest() } else { lost() };
            if is_lost { lost() } else { answer }
        });

        line.client().confirm(&safe(), &hash(&tx), &sign(&tx, &bob())).await.unwrap();

        let expected: &[&str] = if arrives { &["POST", "GET"] } else { &["GET", "POST"] };
        assert_eq!(seen(&line), expected);
        let found = line.client().confirmations(&safe(), &hash(&tx)).await.unwrap().unwrap();
        assert_eq!(signers(&found), [alice().address(), bob().address()]);
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_said_to_be_unsure() {
    let unsure = |fault: Result<(), Fault>| match fault.unwrap_err() {
        Fault::Unsure(fault) => *fault,
        fault => panic!("{fault}"),
    };
    // Nothing ever arrives, though the service can be looked at.
    let (sent, seen, _) = proposed(|passing| if passing.is_post() { lost() } else { passing.honest() }).await;
    assert!(matches!(unsure(sent), Fault::CutOff { .. }));
    assert_eq!(seen, ["GET"; 3], "a look after every try");
    // It arrives, and then nothing comes back any more.
    let (sent, _, line) = proposed(|passing| {
        if passing.is_post() {
            passing.honest();
        }
        status("502 Bad Gateway")
    })
    .await;
    assert!(matches!(unsure(sent), Fault::Status { status: 502, .. }));
    assert_eq!(line.service.service().held.len(), 1);
    // The service says something else of it than was sent.
    let (sent, _, _) = proposed(|passing| {
        if passing.is_post() {
            passing.honest();
            return lost();
        }
        passing.altered(|json| json["to"] = "0x0000000000000000000000000000000000000001".into())
    })
    .await;
    assert!(matches!(unsure(sent), Fault::CutOff { .. }));
}

#[tokio::test]
async fn a_service_that_hangs_after_taking_a_proposal_is_looked_at() {
    let line = Line::start(ServiceAt::start(), |passing| {
        let answer = passing.honest();
        if passing.is_post() { Reply::Stall(Vec::new()) } else { answer }
    });
    let tx = batch(7);
    let client = client_at(line.address(), None, hasty());
    client.propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await.unwrap();
    assert_eq!(seen(&line), ["POST", "GET"]);
}

#[tokio::test]
async fn too_many_requests_are_sent_again_without_a_look() {
    let busy =
        || Reply::Bytes(http("429 Too Many Requests", "Retry-After: 0\r\n", "{\"detail\":\"slow down\"}"));
    let (sent, seen, line) =
        proposed(move |passing| if passing.asked.before < 2 { busy() } else { passing.honest() }).await;
    assert_eq!((sent, seen, line.requests()), (Ok(()), vec!["POST"], 3));

    let (sent, seen, line) = proposed(move |_| busy()).await;
    let fault = sent.unwrap_err();
    assert!(matches!(&fault, Fault::Status { status: 429, words, .. } if words == "slow down"), "{fault}");
    assert!(fault.to_string().contains("with a safe_service_key it allows more"), "{fault}");
    assert_eq!((seen.len(), line.requests()), (0, 3));
}

#[tokio::test]
async fn a_refusal_after_a_lost_try_is_the_answer() {
    let (sent, seen, _) = proposed(|passing| match (passing.is_post(), passing.asked.before) {
        (true, 0) => lost(),
        (true, _) => Reply::Bytes(http("422 Unprocessable Entity", "", "{\"nonFieldErrors\":[\"banned\"]}")),
        (false, _) => passing.honest(),
    })
    .await;
    assert!(matches!(&sent, Err(Fault::Status { status: 422, words, .. }) if words == "banned"), "{sent:?}");
    assert_eq!(seen, ["GET"; 2]);
}

#[tokio::test]
async fn what_is_answered_is_not_sent_again() {
    for line in ["200 OK", "202 Accepted", "302 Found", "400 Bad Request", "403 Forbidden", "404 Not Found"] {
        let (sent, seen, asked) = proposed(move |_| status(line)).await;
        let code: u16 = line[..3].parse().unwrap();
        assert!(matches!(sent, Err(Fault::Status { status, .. }) if status == code), "{line}: {sent:?}");
        assert_eq!((seen.len(), asked.requests()), (0, 1), "{line}");
    }
}

#[tokio::test]
async fn nobody_at_the_port_had_nothing_of_it() {
    let address = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let (client, tx) = (client_at(address, Some(KEY), limits()), batch(7));
    let error: ServiceError =
        client.propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn operations_can_be_handed_to_other_threads() {
    let at = ServiceAt::start();
    let (service, tx) = (at.client(), batch(7));
    let signature = sign(&tx, &alice());
    let task = tokio::spawn(async move {
        service.propose(&safe(), &proposal(&tx, &signature)).await.unwrap();
        service.confirm(&safe(), &hash(&tx), &sign(&tx, &bob())).await.unwrap();
        service.pending(&safe(), Seq::new(0)).await.unwrap().len()
    });
    assert_eq!(task.await.unwrap(), 1);
}
