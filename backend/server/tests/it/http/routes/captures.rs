//! Captures: uploaded, named by a claim, and served so that they do nothing.

use domain::value::Digest;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::created;
use crate::app::world::run;
use crate::common::{TestDb, on_both};
use crate::http::cast::{Cast, PILOT, bounty, but, claim, file, file_as, open, record_address, revision};
use crate::http::{Answer, Api, Person};

pub const JPEG: &[u8] = include_bytes!("../../../captures/turned.jpg");
const PNG: &[u8] = include_bytes!("../../../captures/turned.png");
const WEBP: &[u8] = include_bytes!("../../../captures/turned.webp");
const HEIC: &[u8] = include_bytes!("../../../captures/turned.heic");
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n";

/// Uploads a file that says what it is, if anything.
pub async fn upload(person: &Person<'_>, kind: Option<&str>, file: impl Into<Vec<u8>>) -> Answer {
    let request = person.api.request(Method::POST, &format!("/api/v1{PILOT}/captures"));
    let request = request.bearer_auth(&person.token).body(file.into());
    let request = match kind {
        Some(kind) => request.header("content-type", kind),
        None => request,
    };
    Answer::of(request.send().await.unwrap()).await
}

/// A file as it comes over the wire.
async fn fetch(api: &Api, digest: &Value) -> (u16, HeaderMap, Vec<u8>) {
    let path = format!("/api/v1{PILOT}/documents/{}", digest.as_str().unwrap());
    let response = api.request(Method::GET, &path).header("accept-encoding", "gzip").send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().to_vec())
}

fn rows(test: &TestDb, table: &str) -> i64 {
    use diesel::RunQueryDsl;
    let count = diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!("SELECT count(*) FROM {table}"));
    count.get_result(&mut test.open()).unwrap()
}

async fn start(api: &Api) -> Cast<'_> {
    let people = open(api).await;
    record_address(&people.alice).await;
    people
}

/// A claim of alice's that names captures.
fn showing(n: u64, captures: &[&Value]) -> Value {
    but(claim(n, "6"), json!({ "captures": captures }))
}

on_both! {
    fn what_is_uploaded_is_named_by_a_claim_and_served_byte_for_byte_and_inert(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let mut digests = Vec::new();
            for (kind, file) in [("image/jpeg", JPEG), ("image/png", PNG), ("image/webp", WEBP), ("image/heic", HEIC), ("application/pdf", PDF)] {
                let uploaded = upload(&people.alice, Some(kind), file).await.json(200);
                let kept = if kind == "image/heic" { "image/jpeg" } else { kind };
                assert_eq!((&uploaded["media_type"], &uploaded["expires_at"]), (&json!(kept), &json!("2026-01-06T12:00:00.000000Z")));
                digests.push(uploaded);
            }
            assert_eq!((rows(test, "uploads"), fetch(&api, &digests[0]["digest"]).await.0), (5, 404));

            let named: Vec<&Value> = digests.iter().map(|uploaded| &uploaded["digest"]).collect();
            let filed = people.alice.post(&format!("{PILOT}/submissions"), &showing(1, &named)).await;
            let filed = created(&api, "pilot", filed).await;

            let expected: Vec<Value> = digests.iter().map(|uploaded| but(uploaded.clone(), json!({ "expires_at": null }))).collect();
            assert_eq!(filed["submission"]["captures"], json!(expected));
            assert_eq!(rows(test, "uploads"), 0);
            let shown = api.get(&format!("{PILOT}/submissions/{}", filed["submission"]["number"])).await.json(200);
            assert_eq!((&shown["captures"], &shown["revisions"][0]["captures"]), (&json!(expected), &json!(expected)));
            let listed = api.get(&format!("{PILOT}/submissions")).await.json(200);
            assert_eq!(listed["items"][0]["captures"], json!(expected));
            let event = &api.get(&format!("{PILOT}/journal?after={}", filed["seq"].as_u64().unwrap() - 1)).await.json(200)["items"][0];
            let asked = &event["event"]["data"]["asked"];
            assert_eq!(asked["captures"], json!(named));
            let text = api.get(&format!("{PILOT}/documents/{}", asked["texts"].as_str().unwrap())).await.json(200);
            let text: Value = serde_json::from_str(text["content"].as_str().unwrap()).unwrap();
            assert_eq!(text["captures"], json!(named), "votes bind to the text, and so to what it shows");

            for uploaded in &digests {
                let (status, headers, bytes) = fetch(&api, &uploaded["digest"]).await;
                let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
                let (kind, digest) = (uploaded["media_type"].as_str().unwrap(), uploaded["digest"].as_str().unwrap());
                assert_eq!((status, header("content-type").as_str(), json!(bytes.len())), (200, kind, uploaded["bytes"].clone()));
                assert_eq!((header("x-content-type-options").as_str(), header("content-security-policy").as_str()), ("nosniff", "sandbox; default-src 'none'"));
                let place = if kind == "application/pdf" { "attachment; " } else { "inline; " };
                assert!(header("content-disposition").starts_with(place), "{kind}");
                assert_eq!((header("etag"), header("cache-control").as_str()), (format!("\"{digest}\""), "no-cache"));
                let salt = (0..16).map(|n| u8::from_str_radix(&header("document-salt")[2 * n..2 * n + 2], 16).unwrap());
                assert_eq!(Digest::sha256(&[&salt.collect::<Vec<_>>(), &bytes]).to_string(), digest);
                let again = api.request(Method::GET, &format!("/api/v1{PILOT}/documents/{digest}")).header("if-none-match", header("etag"));
                assert_eq!(again.send().await.unwrap().status(), 304);
            }
            let pdf = fetch(&api, named[4]).await.2;
            assert_eq!(pdf, PDF, "nothing is taken out of a PDF");
            api.stop().await;
        });
    }

    fn an_upload_is_its_owners_used_once_and_dropped_after_a_day(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let submissions = format!("{PILOT}/submissions");
            let digest = upload(&people.alice, None, JPEG).await.json(200)["digest"].clone();
            let other = upload(&people.bob, None, JPEG).await.json(200)["digest"].clone();
            assert_ne!(digest, other, "salted");
            let refused = |answer: Answer, place: usize| {
                let answer = answer.refused(422, "malformed");
                assert_eq!(answer.body["errors"][0]["field"], format!("captures[{place}]"), "{answer:?}");
            };
            refused(people.alice.post(&submissions, &showing(1, &[&digest, &other])).await, 1);
            refused(people.alice.post(&submissions, &showing(1, &[&json!("0".repeat(64))])).await, 0);
            refused(people.alice.post(&submissions, &showing(1, &[&json!("no digest")])).await, 0);
            people.alice.post(&submissions, &showing(1, &[&digest, &digest])).await.refused(422, "repeated");
            // What is refused leaves the upload as it was.
            people.alice.post(&submissions, &but(showing(1, &[&digest]), json!({ "period": 9 }))).await.refused(404, "no_such_period");
            assert_eq!((rows(test, "uploads"), rows(test, "submissions")), (2, 0));

            let path = people.alice.ask(&submissions, &showing(1, &[&digest])).build().unwrap();
            let first = Answer::of(api.client.execute(path.try_clone().unwrap()).await.unwrap()).await.json(201);
            let again = Answer::of(api.client.execute(path).await.unwrap()).await;
            assert!(again.replayed);
            assert_eq!(again.json(201), first);
            refused(people.alice.post(&submissions, &showing(2, &[&digest])).await, 0);

            let late = upload(&people.alice, None, PNG).await.json(200)["digest"].clone();
            api.after_hours(25);
            let alice = api.sign_in("alice").await;
            refused(alice.post(&submissions, &showing(3, &[&late])).await, 0);
            assert_eq!(rows(test, "uploads"), 2);
            upload(&alice, None, WEBP).await.json(200);
            assert_eq!(rows(test, "uploads"), 1, "two were dropped");
            for _ in 1..20 {
                upload(&alice, None, WEBP).await.json(200);
            }
            upload(&alice, None, WEBP).await.refused(409, "uploads_wait");
            let bob = api.sign_in("bob").await;
            upload(&bob, None, WEBP).await.json(200);
            api.stop().await;
        });
    }

    fn a_revision_keeps_the_captures_that_it_names(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let [first, second, third] = [JPEG, PNG, WEBP].map(|file| upload(&people.alice, None, file));
            let (first, second, third) = (first.await.json(200), second.await.json(200), third.await.json(200));
            let (number, before) = file_as(&people.alice, &showing(1, &[&first["digest"], &second["digest"]])).await;
            let (foreign, _) = file(&people.alice, 2, "6").await;
            let path = |number: &Value| format!("{PILOT}/submissions/{number}/revisions");
            let new = but(revision(1, "6"), json!({ "captures": [second["digest"], third["digest"]] }));

            let other = but(revision(2, "6"), json!({ "captures": [second["digest"]] }));
            people.alice.post(&path(&foreign), &other).await.refused(422, "malformed");
            let revised = people.alice.post(&path(&number), &new).await.json(201);

            let names = |captures: &Value| captures.as_array().unwrap().iter().map(|capture| capture["digest"].clone()).collect::<Vec<_>>();
            assert_eq!(names(&revised["submission"]["captures"]), [second["digest"].clone(), third["digest"].clone()]);
            assert_ne!(revised["submission"]["digest"], before);
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!(names(&shown["revisions"][0]["captures"]), [first["digest"].clone(), second["digest"].clone()]);
            assert_eq!(names(&shown["revisions"][1]["captures"]), names(&shown["captures"]));
            assert_eq!(fetch(&api, &first["digest"]).await.0, 200, "what was shown once stays");
            let gone = but(revision(1, "6"), json!({ "captures": [first["digest"]] }));
            people.alice.post(&path(&number), &gone).await.refused(422, "malformed");
            api.stop().await;
        });
    }

    fn what_is_no_capture_is_refused_and_why_is_said(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let says = |answer: Answer, words: &str| {
                let detail = answer.body["detail"].as_str().unwrap();
                assert!(detail.contains(words), "{detail}");
            };
            let svg = &b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"[..];
            for kind in [Some("image/svg+xml"), Some("image/png"), None] {
                let answer = upload(&people.alice, kind, svg).await.refused(415, "unsupported_media_type");
                says(answer, "PNG, JPEG, WebP, HEIC or PDF");
            }
            says(upload(&people.alice, Some("image/png"), JPEG).await.refused(415, "unsupported_media_type"), "the file is image/jpeg, and Content-Type says image/png");
            let cut = upload(&people.alice, Some("image/png"), &PNG[..PNG.len() - 20]).await.refused(422, "malformed");
            assert_eq!(cut.body["errors"][0]["field"], "body");
            says(upload(&people.alice, Some("image/heic"), &HEIC[..900]).await.refused(415, "unsupported_media_type"), "export it as JPEG");
            let mut large = PDF.to_vec();
            large.splice(9..9, std::iter::repeat_n(b' ', (5 << 20) - PDF.len()));
            assert_eq!(upload(&people.alice, None, large.clone()).await.json(200)["bytes"], 5 << 20);
            large.push(b'\n');
            upload(&people.alice, None, large).await.refused(413, "too_large");
            let stranger = api.person("stranger").await;
            upload(&stranger, None, JPEG).await.refused(403, "forbidden");
            let packed = api.request(Method::POST, &format!("/api/v1{PILOT}/captures")).bearer_auth(&people.alice.token);
            let packed = packed.header("content-encoding", "gzip").body(JPEG);
            Answer::of(packed.send().await.unwrap()).await.refused(415, "unsupported_media_type");
            assert_eq!(rows(test, "uploads"), 1);
            api.stop().await;
        });
    }

    fn evidence_says_when_it_was_posted_and_whether_the_bounty_was_open(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            people.lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
            // X counts milliseconds since 2010-11-04 in the upper bits of its numbers.
            let posted = |millis: i64| ((millis - 1_288_834_974_657) << 22).unsigned_abs();
            let opens = 1_767_225_600_000; // 2026-01-01T00:00:00Z
            let link = |url: String| json!({ "url": url, "captured_at": "2026-01-05T12:00:00Z" });
            let status = |n: u64| link(format!("https://x.com/livepeer/status/{n}"));
            let evidence = json!([status(posted(opens)), status(posted(opens - 1)), link("https://example.org/post".to_owned())]);
            let of_bounty = json!({ "kind": "bounty", "bounty": 1, "category": "bounties", "evidence": evidence });
            let (number, _) = file_as(&people.alice, &but(claim(1, "20"), of_bounty)).await;

            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);

            assert_eq!((&shown["evidence"][0]["posted_at"], &shown["evidence"][0]["in_window"]), (&json!("2026-01-01T00:00:00.000000Z"), &json!(true)));
            assert_eq!((&shown["evidence"][1]["posted_at"], &shown["evidence"][1]["in_window"]), (&json!("2025-12-31T23:59:59.999000Z"), &json!(false)));
            assert!(shown["evidence"][2].get("posted_at").is_none() && shown["evidence"][2].get("in_window").is_none());
            assert_eq!(shown["revisions"][0]["evidence"], shown["evidence"]);
            let free = but(claim(2, "6"), json!({ "evidence": [status(posted(opens + 5))] }));
            let (number, _) = file_as(&people.alice, &free).await;
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!(shown["evidence"][0]["posted_at"], "2026-01-01T00:00:00.005000Z");
            assert!(shown["evidence"][0].get("in_window").is_none(), "no bounty, no window");
            api.stop().await;
        });
    }
}
