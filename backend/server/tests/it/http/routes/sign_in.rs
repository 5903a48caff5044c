//! How people sign in, prove it anew, give their scripts tokens, and come in again.

use reqwest::Method;
use serde_json::{Value, json};
use server::app::TotpSecret;

use crate::accounts::forger::claims_of;
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::cast::{PILOT, claim, file, fund, open, program, record_address};
use crate::http::{Answer, Api, PASSWORD, Person};

const NEW: &str = "grumpy otters juggle plums";

impl Person<'_> {
    /// As this person, with another token.
    fn with(&self, token: &Value) -> Self {
        Person { api: self.api, token: token.as_str().unwrap().to_owned() }
    }

    /// Sets a second factor up in this session; gives the secret and the recovery codes.
    async fn set_second_factor(&self) -> (TotpSecret, Vec<Value>) {
        let begun = self.post("/me/second-factor", &json!({})).await.json(200);
        let secret = TotpSecret::read(begun["secret"].as_str().unwrap()).unwrap();
        let same = TotpSecret::read(begun["uri"].as_str().unwrap()).unwrap();
        assert_eq!(secret.base32(), same.base32());
        let code = json!({ "code": secret.code_at(self.api.app.now().unwrap()) });
        let confirmed = self.post("/me/second-factor/confirm", &code).await.json(200);
        (secret, confirmed["recovery_codes"].as_array().unwrap().clone())
    }

    async fn make_token(&self, scopes: &[&str]) -> Value {
        let new = json!({ "name": "A script", "scopes": scopes, "expires_at": "2026-06-01T00:00:00Z" });
        self.post("/me/tokens", &new).await.json(201)
    }
}

async fn login(api: &Api, body: &Value) -> Answer {
    api.post("/auth/login", body).await
}

on_both! {
    fn a_new_lead_opens_a_program_and_writes_once_a_second_factor_is_set_up(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.by_password("lead").await;
            lead.post("/programs", &program()).await.json(201);
            let period = crate::http::cast::february();
            let told = lead.post(&format!("{PILOT}/periods"), &period).await.refused(403, "second_factor_missing");
            assert!(told.body["detail"].as_str().unwrap().contains("POST /me/second-factor"), "{told:?}");
            lead.get("/me").await.json(200);

            let (secret, codes) = lead.set_second_factor().await;

            lead.post(&format!("{PILOT}/periods"), &period).await.json(201);
            assert_eq!((lead.get("/me").await.json(200)["second_factor"].clone(), codes.len()), (json!(true), 10));
            let body = json!({ "handle": "lead", "password": PASSWORD });
            login(&api, &body).await.refused(401, "second_factor_needed");
            let wrong = json!({ "handle": "lead", "password": "not the password", "code": "123456" });
            login(&api, &wrong).await.refused(401, "wrong_credentials");
            api.after_hours(1);
            let code = secret.code_at(api.app.now().unwrap());
            let right = json!({ "handle": "lead", "password": PASSWORD, "code": code });
            login(&api, &right).await.json(200);
            login(&api, &right).await.refused(401, "wrong_code");
            let recovered = json!({ "handle": "lead", "password": PASSWORD, "code": codes[3] });
            let again = lead.with(&login(&api, &recovered).await.json(200)["access_token"]);
            again.post(&format!("{PILOT}/allotments"), &json!({ "period": 1, "allotments": { "operations": "31" } })).await.json(200);
            api.stop().await;
        });
    }

    fn what_changes_money_or_power_takes_a_fresh_proof(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            fund(&cast.treasurer).await;
            let paid = cast.approved(1, "6").await;
            api.after_hours(1);
            // A session that was renewed since, and not proven.
            let mut stale = Vec::new();
            for handle in ["lead", "treasurer", "alice"] {
                let person = api.sign_in(handle).await;
                let forger = crate::accounts::forger::Forger::new(
                    api.folder.path(), crate::http::ISSUER, claims_of(&person.token)["sub"].as_str().unwrap(), &person.token);
                let now = api.app.now().unwrap().micros() / 1_000_000;
                let mut claims = claims_of(&person.token);
                claims["auth_time"] = json!(now - 901);
                stale.push(person.with(&json!(forger.sign_claims(&claims))));
            }
            let [lead, treasurer, alice] = &stale[..] else { panic!("three") };
            let batch = json!({ "submissions": [paid], "evidence_up": true });
            for answer in [
                treasurer.post(&format!("{PILOT}/batches"), &batch).await,
                lead.post(&format!("{PILOT}/members/6/roles"), &json!({ "role": "auditor" })).await,
                lead.delete(&format!("{PILOT}/members/6/roles/contributor")).await,
                lead.post(&format!("{PILOT}/members"), &json!({ "handle": "zoe", "roles": ["auditor"] })).await,
                lead.post(&format!("{PILOT}/members/6/sign-in-link"), &json!({})).await,
                alice.post("/me/addresses", &json!({ "program": "pilot", "address": address(77) })).await,
                alice.post("/me/second-factor", &json!({})).await,
                alice.delete("/me/second-factor").await,
                alice.post("/me/tokens", &json!({ "name": "x", "scopes": ["read"], "expires_at": "2026-06-01T00:00:00Z" })).await,
            ] {
                let told = answer.refused(403, "fresh_proof_needed");
                assert!(told.body["detail"].as_str().unwrap().contains("POST /auth/prove"), "{told:?}");
            }
            // Whoever may not do it anyway is told that, and the rest goes on.
            alice.post(&format!("{PILOT}/batches"), &batch).await.refused(403, "role_needed");
            alice.post(&format!("{PILOT}/submissions"), &claim(9, "1")).await.json(201);

            let shown = json!({ "password": PASSWORD, "code": api.code_of("treasurer").await });
            let proven = treasurer.post("/auth/prove", &shown).await.json(200);

            let treasurer = treasurer.with(&proven["access_token"]);
            treasurer.post(&format!("{PILOT}/batches"), &batch).await.json(201);
            treasurer.post("/auth/prove", &shown).await.refused(401, "wrong_code");
            api.stop().await;
        });
    }

    fn sessions_are_seen_and_ended_by_their_owner(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let alice = api.person("alice").await;
            let bob = api.person("bob").await;
            let code = api.code_of("alice").await;
            let body = json!({ "handle": "alice", "password": PASSWORD, "code": code });
            let request = api.request(Method::POST, "/api/v1/auth/login").header("user-agent", "Another browser/2").json(&body);
            let other = alice.with(&Answer::of(request.send().await.unwrap()).await.json(200)["access_token"]);

            let seen = alice.get("/me/sessions").await.json(200);

            let items = seen["items"].as_array().unwrap();
            let find = |agent: &str| items.iter().find(|item| item["user_agent"] == agent).unwrap();
            assert_eq!(items.len(), 2, "{items:?}");
            let theirs = find("Another browser/2");
            assert_eq!((&theirs["proof"], &theirs["current"]), (&json!("password_and_code"), &json!(false)));
            assert_eq!(find("")["current"], true);
            let path = format!("/me/sessions/{}", theirs["session"].as_str().unwrap());
            bob.delete(&path).await.refused(404, "not_found");
            assert_eq!(alice.delete(&path).await.status, 204);
            other.get("/me").await.refused(401, "invalid_token");
            alice.delete(&path).await.refused(404, "not_found");
            alice.delete("/me/sessions/nonsense").await.refused(404, "not_found");
            let notices = alice.get("/me/notices").await.json(200);
            let signed: Vec<_> = notices["items"].as_array().unwrap().iter().filter(|it| it["what"] == "signed_in").collect();
            assert_eq!(signed.len(), 2, "{notices}");
            assert!(signed.iter().any(|it| it["detail"] == "password_and_code: Another browser/2"), "{notices}");
            assert_eq!(alice.delete("/me/sessions").await.status, 204);
            alice.get("/me").await.refused(401, "invalid_token");
            bob.get("/me").await.json(200);
            api.stop().await;
        });
    }

    fn a_script_does_what_its_token_is_for_and_nothing_else(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let made = cast.alice.make_token(&["submit", "submit"]).await;
            assert_eq!(made["scopes"], json!(["submit"]));
            assert!(made["secret"].as_str().unwrap().starts_with("bl_"), "{made}");
            let script = cast.alice.with(&made["secret"]);

            let (number, _) = file(&script, 1, "1").await;

            script.post(&format!("{PILOT}/submissions/{number}/comments"), &json!({ "comment": "From a script." })).await.json(200);
            let told = script.get("/me").await.refused(403, "scope_needed");
            assert!(told.body["detail"].as_str().unwrap().contains("scope read"), "{told:?}");
            let address = json!({ "program": "pilot", "address": address(77) });
            script.post("/me/addresses", &address).await.refused(403, "scope_needed");
            script.post("/auth/prove", &json!({ "password": PASSWORD })).await.refused(403, "scope_needed");
            let listed = cast.alice.get("/me/tokens").await.json(200);
            assert_eq!(listed["items"][0]["used_at"], "2026-01-05T12:00:00.000000Z", "{listed}");
            assert!(!listed.to_string().contains(made["secret"].as_str().unwrap()));
            let digests = server::db::rows::ApiToken::list(&mut test.open()).unwrap();
            assert!(!format!("{digests:?}").contains(&made["secret"].as_str().unwrap()[3..67]), "{digests:?}");
            // A treasurer's script exports, and proposes nothing.
            let export = cast.treasurer.with(&cast.treasurer.make_token(&["treasurer-export"]).await["secret"]);
            export.post(&format!("{PILOT}/batches"), &json!({ "submissions": [1] })).await.refused(403, "scope_needed");
            assert_ne!(export.post(&format!("{PILOT}/batches/preview"), &json!({ "submissions": [1] })).await.body["code"], "scope_needed");

            // Signing out everywhere is about sessions; a token ends by itself.
            cast.alice.delete("/me/sessions").await;
            script.post(&format!("{PILOT}/submissions/{number}/comments"), &json!({ "comment": "Still here." })).await.json(200);
            let alice = api.sign_in("alice").await;
            let path = format!("/me/tokens/{}", made["token"].as_str().unwrap());
            cast.bob.delete(&path).await.refused(404, "not_found");
            assert_eq!(alice.delete(&path).await.status, 204);
            let gone = script.get("/me").await.refused(401, "invalid_token");
            assert!(gone.body["detail"].as_str().unwrap().contains("expired or was ended"), "{gone:?}");
            let bent = alice.with(&json!(format!("{}0", made["secret"].as_str().unwrap())));
            bent.get("/me").await.refused(401, "invalid_token");
            api.stop().await;
        });
    }

    fn a_token_ends_within_a_year_and_is_one_of_twenty(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let alice = api.by_password("alice").await;
            let new = |expires: &str| json!({ "name": "A script", "scopes": ["read"], "expires_at": expires });
            for (wrong, field) in [
                (new("2026-01-05T12:00:00Z"), "expires_at"),
                (new("2027-01-05T12:00:00.000001Z"), "expires_at"),
                (new("soon"), "expires_at"),
                (json!({ "name": "", "scopes": ["read"], "expires_at": "2026-06-01T00:00:00Z" }), "name"),
                (json!({ "name": "x", "scopes": [], "expires_at": "2026-06-01T00:00:00Z" }), "scopes"),
                (json!({ "name": "x", "scopes": ["all"], "expires_at": "2026-06-01T00:00:00Z" }), "scopes[0]"),
            ] {
                let told = alice.post("/me/tokens", &wrong).await.refused(422, "malformed");
                assert_eq!(told.body["errors"][0]["field"], field, "{told:?}");
            }
            let short = alice.post("/me/tokens", &new("2026-01-05T12:05:00Z")).await.json(201);
            let script = alice.with(&short["secret"]);
            script.get("/me").await.json(200);
            for _ in 1..20 {
                alice.post("/me/tokens", &new("2027-01-05T12:00:00Z")).await.json(201);
            }
            alice.post("/me/tokens", &new("2027-01-05T12:00:00Z")).await.refused(409, "too_many_tokens");
            api.clock.set("2026-01-05T12:05:00Z".parse().unwrap());
            script.get("/me").await.refused(401, "invalid_token");
            alice.post("/me/tokens", &new("2027-01-05T12:00:00Z")).await.json(201);
            api.stop().await;
        });
    }

    fn a_lead_lets_a_member_in_again_who_forgot_everything(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            let script = cast.alice.with(&cast.alice.make_token(&["read"]).await["secret"]);
            let path = format!("{PILOT}/members/5/sign-in-link");
            cast.bob.post(&path, &json!({})).await.refused(403, "role_needed");
            cast.lead.post(&format!("{PILOT}/members/1/sign-in-link"), &json!({})).await.refused(403, "forbidden");
            cast.lead.post(&format!("{PILOT}/members/7/sign-in-link"), &json!({})).await.refused(404, "not_found");
            cast.lead.post(&format!("{PILOT}/members/99/sign-in-link"), &json!({})).await.refused(404, "no_such_member");
            let first = cast.lead.post(&path, &json!({})).await.json(200);
            let link = cast.lead.post(&path, &json!({ "remove_second_factor": true })).await.json(200);
            assert_eq!(link["expires_at"], "2026-01-06T12:00:00.000000Z");
            cast.alice.get("/me").await.json(200);
            let reset = |secret: &Value, password: &str| {
                let body = json!({ "secret": secret, "password": password });
                let api = &api;
                async move { api.post("/auth/reset", &body).await }
            };
            reset(&first["secret"], NEW).await.refused(404, "not_found");
            reset(&json!("x"), NEW).await.refused(422, "malformed");
            reset(&link["secret"], "too short").await.refused(422, "malformed");

            assert_eq!(reset(&link["secret"], NEW).await.status, 204);

            reset(&link["secret"], NEW).await.refused(404, "not_found");
            cast.alice.get("/me").await.refused(401, "invalid_token");
            script.get("/me").await.refused(401, "invalid_token");
            login(&api, &json!({ "handle": "alice", "password": PASSWORD })).await.refused(401, "wrong_credentials");
            let alice = login(&api, &json!({ "handle": "alice", "password": NEW })).await.json(200);
            let notices = cast.alice.with(&alice["access_token"]).get("/me/notices").await.json(200).to_string();
            for what in ["sign_in_link_made", "sign_in_reset", "second_factor_removed", "token_made"] {
                assert!(notices.contains(what), "{what}: {notices}");
            }
            let late = cast.lead.post(&path, &json!({})).await.json(200);
            api.after_hours(24);
            reset(&late["secret"], PASSWORD).await.refused(404, "not_found");
            let links = server::db::rows::SignInLink::list(&mut test.open()).unwrap();
            assert!(!format!("{links:?}").contains(late["secret"].as_str().unwrap()));
            api.stop().await;
        });
    }

    fn nobody_lets_in_whom_somebody_elses_program_knows(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            let mallory = api.person("mallory").await;
            let victim = api.by_password("victim").await;
            let members = json!([{ "handle": "mallory", "roles": ["lead"] }]);
            let own = crate::http::cast::but(program(), json!({ "slug": "trap", "safe": address(900), "members": members }));
            mallory.post("/programs", &own).await.json(201);
            let add = |handle: &str| json!({ "handle": handle, "roles": ["contributor"] });
            for handle in ["treasurer", "victim"] {
                mallory.post("/programs/trap/members", &add(handle)).await.json(201);
            }

            let taken = mallory.post("/programs/trap/members/2/sign-in-link", &json!({ "remove_second_factor": true })).await;
            taken.refused(403, "forbidden");

            // Nor with a link from before they joined the other one.
            let early = mallory.post("/programs/trap/members/3/sign-in-link", &json!({})).await.json(200);
            cast.lead.post(&format!("{PILOT}/members"), &add("victim")).await.json(201);
            let body = json!({ "secret": early["secret"], "password": NEW });
            api.post("/auth/reset", &body).await.refused(404, "not_found");
            victim.get("/me").await.json(200);
            api.stop().await;
        });
    }

    fn who_gets_a_new_address_is_told(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            api.clock.set("2026-01-05T12:00:01Z".parse().unwrap());
            record_address(&cast.alice).await;
            let notices = cast.alice.get("/me/notices").await.json(200);
            assert_eq!(notices["items"][0]["what"], "address_recorded", "{notices}");
            let told = notices["items"][0]["detail"].as_str().unwrap().to_lowercase();
            assert_eq!(told, address(5));
            let bobs = cast.bob.get("/me/notices").await.json(200);
            assert!(!bobs.to_string().contains("address_recorded"), "{bobs}");
            api.stop().await;
        });
    }
}
