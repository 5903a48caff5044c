//! A panic is answered, dressed and counted like everything else.

use reqwest::Method;

use super::Api;
use crate::app::world::run;
use crate::common::on_both;

/// The headers that every answer carries.
const HEADERS: [&str; 6] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
];

on_both! {
    fn a_panic_carries_the_headers_of_every_answer_and_is_counted(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let ask = |path| api.request(Method::GET, path).send();

            let (panicked, usual) = (ask("/panic").await.unwrap(), ask("/api/v1/nothing").await.unwrap());
            let again = ask("/panic").await.unwrap();

            assert_eq!((panicked.status().as_u16(), usual.status().as_u16()), (500, 404));
            for header in HEADERS {
                assert!(usual.headers().contains_key(header), "{header}");
                assert_eq!(panicked.headers().get(header), usual.headers().get(header), "{header}");
            }
            let id = |response: &reqwest::Response| response.headers()["x-request-id"].to_str().unwrap().to_owned();
            assert_eq!(id(&panicked).len(), 36);
            assert_ne!(id(&panicked), id(&again));
            assert_eq!(panicked.json::<serde_json::Value>().await.unwrap()["code"], "internal");
            let metrics = ask("/metrics").await.unwrap().text().await.unwrap();
            let counted = "bounty_ledger_http_requests_total{endpoint=\"unmatched\",method=\"GET\",status=\"500\"} 2";
            assert!(metrics.contains(counted), "{metrics}");
            api.stop().await;
        });
    }
}
