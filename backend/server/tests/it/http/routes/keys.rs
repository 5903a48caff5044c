//! Idempotency keys: a repeat is answered again, and does nothing twice.

use reqwest::Method;
use serde_json::json;

use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::cast::{PILOT, but, claim, february, open, record_address};
use crate::http::operations::{Asker, Scene, operations, permissions};
use crate::http::{Answer, Api, Stock};

on_both! {
    fn every_write_is_done_once_however_often_it_is_sent(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let scene = Scene::set(&api).await;
            let (table, mut stock, mut repeated) = (permissions(), Stock::of(test), 0);
            for operation in operations().iter().filter(|it| table[&it.id].access == "roles" && it.id != "make_sign_in_link") {
                let cast = &scene.cast;
                let roles = &table[&operation.id].roles;
                let (person, handle, member) = [
                    ("lead", &cast.lead, "lead", 1),
                    ("treasurer", &cast.treasurer, "treasurer", 4),
                    ("reviewer", &cast.reviewers[0], "first-reviewer", 2),
                ].into_iter().find(|(role, ..)| roles.contains(role)).map(|(_, person, handle, member)| (person, handle, member)).unwrap();
                let sample = scene.sample(operation, Asker { handle, member: Some(member), nth: 9 });
                let (key, path) = (api.key(), sample.found(&api).await);
                let send = || async {
                    let request = api.request(operation.method.clone(), &path).bearer_auth(&person.token);
                    let request = request.header("idempotency-key", &key);
                    let request = match &sample.body { Some(body) => request.json(body), None => request };
                    Answer::of(request.send().await.unwrap()).await
                };

                let first = send().await;
                let stored = stock.count();
                let second = send().await;

                assert!(!first.replayed && second.replayed, "{}: {second:?}", operation.id);
                assert_eq!((first.status, second.status), (operation.success, operation.success), "{}", operation.id);
                // The secret of an invite is told once, and to nobody again.
                let mut told = first.body.clone();
                let secret = told.as_object_mut().unwrap().remove("secret");
                assert_eq!(secret.is_some(), operation.id == "invite_member");
                assert_eq!(told, second.body, "{}", operation.id);
                assert_eq!(first.header("location"), second.header("location"));
                assert_eq!(stock.count(), stored, "{}", operation.id);
                repeated += 1;
            }
            println!("count: writes repeated with the same key {repeated}");
            assert!(repeated >= 14, "{repeated}");
            api.stop().await;
        });
    }

    fn a_refusal_spends_no_key(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let path = format!("{PILOT}/submissions");
            people.alice.post_with(&path, &claim(1, "10"), "mine").await.refused(422, "payee_not_yours");
            people.alice.post_with(&path, &but(claim(1, "10"), json!({ "amount": "x" })), "mine").await.refused(422, "malformed");
            record_address(&people.alice).await;

            let filed = people.alice.post_with(&path, &claim(1, "10"), "mine").await;

            assert!(!filed.replayed);
            filed.json(201);
            people.alice.post_with(&path, &claim(2, "10"), "mine").await.refused(422, "idempotency_key_reused");
            api.stop().await;
        });
    }

    fn a_key_belongs_to_a_member_and_an_operation(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let bobs = json!({ "program": "pilot", "address": address(6) });
            people.bob.post_with("/me/addresses", &bobs, "same").await.json(200);
            let path = format!("{PILOT}/submissions");

            let alices = people.alice.post_with(&path, &claim(1, "10"), "same").await;
            let others = people.bob.post_with(&path, &but(claim(2, "10"), json!({ "payee": address(6) })), "same").await;

            assert!(!alices.replayed && !others.replayed);
            assert_eq!((alices.status, others.status), (201, 201));
            // The same words in another order are another request: what was sent is what counts.
            let request = api.request(Method::POST, &format!("/api/v1{path}")).bearer_auth(&people.alice.token);
            let request = request.header("idempotency-key", "same").header("content-type", "application/json");
            let spaced = format!(" {}", claim(1, "10"));
            let answer = Answer::of(request.body(spaced).send().await.unwrap()).await;
            answer.refused(422, "idempotency_key_reused");
            api.stop().await;
        });
    }

    fn many_at_once_with_one_key_do_one_thing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let path = format!("{PILOT}/periods");
            let size = api.get(PILOT).await.json(200)["journal"]["size"].as_u64().unwrap();

            let february = february();
            let ask = || people.lead.post_with(&path, &february, "once");
            let answers = <[Answer; 6]>::from(tokio::join!(ask(), ask(), ask(), ask(), ask(), ask()));

            assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1, "one did it, the others were told");
            let bodies = answers.map(|answer| answer.json(201));
            assert!(bodies.iter().all(|body| *body == bodies[0]));
            assert_eq!(api.get(PILOT).await.json(200)["journal"]["size"], size + 1);
            api.stop().await;
        });
    }
}
