//! Which reads look at a token: those for who is signed in, and no public one.

use reqwest::Method;

use super::{Answer, Api};
use crate::app::world::{pilot, run};
use crate::common::on_both;

on_both! {
    fn public_reads_look_at_no_token_and_checked_ones_demand_a_valid_one(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            lead.post("/programs", &serde_json::to_value(pilot()).unwrap()).await.json(201);
            let get = |place: &str, token: Option<&str>| {
                let request = api.request(Method::GET, &format!("{place}/programs/pilot/budget"));
                let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
                async { Answer::of(request.send().await.unwrap()).await }
            };

            let public = get("/api/v1", None).await.json(200);

            assert_eq!(get("/api/v1", Some("x.y.z")).await.json(200), public);
            assert_eq!(get("/checked", Some(&lead.token)).await.json(200), public);
            get("/checked", Some("x.y.z")).await.refused(401, "invalid_token");
            get("/checked", None).await.refused(401, "unauthenticated");
            api.stop().await;
        });
    }
}
