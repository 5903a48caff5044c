//! Documents that have to go: asked by their author, agreed by somebody else.

use diesel::connection::SimpleConnection;
use domain::event::{Fact, Recorded};
use domain::value::Digest;
use serde_json::{Value, json};
use server::app::{Error, Rebuilt, replay};
use server::db::rows::{Document, Event};

use super::captures::{JPEG, upload};
use super::changed;
use super::people::{sign, wallet};
use crate::app::world::run;
use crate::common::{TestDb, on_both};
use crate::http::cast::{Cast, PILOT, but, claim, file, file_as, open, open_where, record_address, vote};
use crate::http::{Answer, Api, Person};

const MISTAKE: &str = "mistake";

async fn erase(person: &Person<'_>, document: &Value, class: &str) -> Answer {
    let path = format!("{PILOT}/documents/{}/erase", document.as_str().unwrap());
    person.post(&path, &json!({ "class": class })).await
}

async fn get(api: &Api, document: &Value) -> Answer {
    api.get(&format!("{PILOT}/documents/{}", document.as_str().unwrap())).await
}

/// What the event with this number asked.
async fn asked(api: &Api, seq: &Value) -> Value {
    let after = seq.as_u64().unwrap() - 1;
    api.get(&format!("{PILOT}/journal?after={after}&limit=1")).await.json(200)["items"][0]["event"]["data"]["asked"].clone()
}

async fn withdraw(people: &Cast<'_>, number: &Value) -> Value {
    let path = format!("{PILOT}/submissions/{number}/withdraw");
    people.alice.post(&path, &json!({ "reason": "Not mine." })).await.json(200)
}

async fn id(api: &Api) -> uuid::Uuid {
    api.app.program("pilot".parse().unwrap()).await.unwrap().id()
}

/// Nothing is wrong with journal, documents and tables.
async fn all_is_well(api: &Api, test: &TestDb) {
    let id = id(api).await;
    let state = replay(&mut test.open(), id, |_, _| Ok(())).unwrap();
    assert!(state == Some(api.app.program("pilot".parse().unwrap()).await.unwrap()));
    let [rebuilt] = Rebuilt::make(&test.target, None).unwrap().try_into().unwrap();
    assert_eq!(rebuilt.changed, Vec::<&str>::new());
}

on_both! {
    fn a_claims_text_and_captures_go_once_it_is_over_and_two_persons_say_so(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let capture = upload(&people.alice, None, JPEG).await.json(200)["digest"].clone();
            let filed = people.alice.post(&format!("{PILOT}/submissions"), &but(claim(1, "6"), json!({ "captures": [capture] }))).await.json(201);
            let number = filed["submission"]["number"].clone();
            let texts = asked(&api, &filed["seq"]).await["texts"].clone();
            erase(&people.alice, &texts, MISTAKE).await.refused(409, "still_needed");
            withdraw(&people, &number).await;
            erase(&people.lead, &texts, MISTAKE).await.refused(403, "author_first");

            let first = changed(&api, "pilot", erase(&people.alice, &texts, "personal_data").await).await;

            assert_eq!(first["verdict"], "counted");
            let document = json!({ "digest": texts, "author": 5, "submission": number, "class": "personal_data", "erased": false });
            assert_eq!(first["document"], document);
            get(&api, &texts).await.json(200);
            erase(&people.alice, &texts, "personal_data").await.refused(403, "said_before");
            erase(&people.lead, &texts, MISTAKE).await.refused(403, "author_first");
            erase(&people.bob, &texts, "personal_data").await.refused(403, "runners_only");
            let second = changed(&api, "pilot", erase(&people.lead, &texts, "personal_data").await).await;
            assert_eq!((&second["verdict"], &second["document"]["erased"]), (&json!("done"), &json!(true)));

            let gone = get(&api, &texts).await.refused(410, "erased");
            assert_eq!((&gone.body["event"], &gone.body["class"]), (&json!(second["seq"].to_string()), &json!("personal_data")));
            let left = Document::list(&mut test.open(), &id(&api).await.to_string()).unwrap();
            assert!(left.iter().all(|row| texts != row.digest), "content and salt are gone");
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!((&shown["erased"], &shown["title"], &shown["summary"]), (&json!(true), &Value::Null, &Value::Null));
            assert_eq!((&shown["revisions"][0]["erased"], &shown["evidence"]), (&json!(true), &json!([])));
            assert_eq!(shown["captures"][0]["media_type"], "image/jpeg", "another document");
            erase(&people.alice, &texts, "personal_data").await.refused(409, "erased_before");

            erase(&people.alice, &capture, "rights_of_others").await.json(200);
            assert_eq!(erase(&people.treasurer, &capture, "rights_of_others").await.json(200)["verdict"], "done");
            get(&api, &capture).await.refused(410, "erased");
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!(shown["captures"], json!([{ "digest": capture, "erased": true }]));
            all_is_well(&api, test).await;
            api.stop().await;
        });
    }

    fn an_erased_document_with_a_signed_vote_on_it_leaves_the_signature_valid(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open_where(&api, json!({ "signed_votes": "demanded" })).await;
            record_address(&people.alice).await;
            let (reviewer, (key, own)) = (&people.reviewers[0], wallet(0x42));
            let wanted = json!({ "program": "pilot", "address": own });
            let typed = reviewer.post("/me/addresses/typed-data", &wanted).await.json(200);
            let proven = but(wanted, json!({ "proof": sign(&key, &typed) }));
            reviewer.post("/me/addresses", &proven).await.json(200);
            let (number, digest) = file(&people.alice, 1, "6").await;
            let path = format!("{PILOT}/submissions/{number}");
            let ballot = json!({ "choice": "approve", "reason": "Done as said." });
            let ready = reviewer.post(&format!("{path}/vote-typed-data"), &ballot).await.json(200);
            let signed = json!({ "salt": ready["salt"], "signer": own, "signature": sign(&key, &ready["typed_data"]) });
            let vote = but(vote("approve", &digest), signed);
            let cast = reviewer.post(&format!("{path}/votes"), &vote).await.json(200);
            let reason = asked(&api, &cast["seq"]).await["reason"].clone();
            withdraw(&people, &number).await;

            erase(reviewer, &reason, MISTAKE).await.json(200);
            assert_eq!(erase(&people.lead, &reason, MISTAKE).await.json(200)["verdict"], "done");

            let shown = api.get(&path).await.json(200)["votes"][0].clone();
            assert_eq!((&shown["reason"], &shown["erased"]), (&Value::Null, &json!(true)));
            assert_eq!((&shown["signer"], &shown["signature"]), (&json!(own), &vote["signature"]));
            // Who knows only the journal finds that the wallet signed this vote with this reason.
            let program = api.app.program("pilot".parse().unwrap()).await.unwrap();
            let events = Event::list(&mut test.open(), &program.id().to_string()).unwrap();
            let event = events.iter().find(|row| json!(row.seq) == cast["seq"]).unwrap();
            let Fact::VoteCast { asked, .. } = Recorded::from_bytes(&event.bytes).unwrap().event.fact else { panic!("{event:?}") };
            let claim = program.submission(asked.submission).unwrap();
            let forum = verify::statements::forum_of(&program);
            assert!(verify::statements::is_signed(&forum, claim, &asked));
            let other = domain::command::CastVote { reason: Digest::ZERO, ..*asked };
            assert!(!verify::statements::is_signed(&forum, claim, &other));
            all_is_well(&api, test).await;
            api.stop().await;
        });
    }

    fn what_was_erased_does_not_come_back_with_the_salt_that_its_author_knows(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let reviewer = &people.reviewers[0];
            let salted = json!({ "salt": "000102030405060708090a0b0c0d0e0f" });
            let (first, digest) = file(&people.alice, 1, "6").await;
            let path = |number: &Value| format!("{PILOT}/submissions/{number}/votes");
            let cast = reviewer.post(&path(&first), &but(vote("approve", &digest), salted.clone())).await.json(200);
            let reason = asked(&api, &cast["seq"]).await["reason"].clone();
            withdraw(&people, &first).await;
            erase(reviewer, &reason, "unlawful").await.json(200);
            erase(&people.lead, &reason, "unlawful").await.json(200);

            let (second, digest) = file(&people.alice, 2, "6").await;
            let again = reviewer.post(&path(&second), &but(vote("approve", &digest), salted)).await.json(200);

            assert_eq!(asked(&api, &again["seq"]).await["reason"], reason);
            get(&api, &reason).await.refused(410, "erased");
            let left = Document::list(&mut test.open(), &id(&api).await.to_string()).unwrap();
            assert!(left.iter().all(|row| reason != row.digest));
            all_is_well(&api, test).await;
            api.stop().await;
        });
    }

    fn a_document_is_damage_when_it_is_missing_and_no_event_erased_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let (number, _) = file(&people.alice, 1, "6").await;
            let withdrawn = withdraw(&people, &number).await;
            let reason = asked(&api, &withdrawn["seq"]).await["reason"].clone();
            // Asked for, and not agreed to.
            erase(&people.alice, &reason, MISTAKE).await.json(200);
            all_is_well(&api, test).await;
            let gone = format!("DELETE FROM documents WHERE digest = '{}'", reason.as_str().unwrap());
            test.open().batch_execute(&gone).unwrap();

            let found = replay(&mut test.open(), id(&api).await, |_, _| Ok(()));

            assert!(matches!(found, Err(Error::DocumentLost { digest }) if reason == digest.to_string()));
            get(&api, &reason).await.refused(404, "not_found");
            assert_eq!(erase(&people.lead, &reason, MISTAKE).await.json(200)["verdict"], "done");
            all_is_well(&api, test).await;
            api.stop().await;
        });
    }

    fn whose_a_document_is_the_journal_says(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            erase(&people.lead, &json!("0".repeat(64)), MISTAKE).await.refused(404, "not_found");
            let program = api.app.program("pilot".parse().unwrap()).await.unwrap();
            // Something else than a document has a digest, too.
            erase(&people.lead, &json!(program.identity().to_string()), MISTAKE).await.refused(404, "not_found");
            let texts = json!(program.charter().texts.to_string());
            let opened = erase(&people.lead, &texts, MISTAKE).await.json(200);
            assert_eq!(opened["document"], json!({ "digest": texts, "author": 1, "class": "mistake", "erased": false }));
            assert_eq!(erase(&people.treasurer, &texts, MISTAKE).await.json(200)["verdict"], "done");
            let shown = api.get(PILOT).await.json(200);
            assert_eq!((&shown["name"], &shown["erased"]), (&Value::Null, &json!(true)));

            let (number, _) = file_as(&people.alice, &claim(1, "6")).await;
            let said = people.bob.post(&format!("{PILOT}/submissions/{number}/comments"), &json!({ "comment": "My number is 555." })).await.json(200);
            let comment = asked(&api, &said["seq"]).await["text"].clone();
            erase(&people.bob, &comment, "personal_data").await.refused(409, "still_needed");
            withdraw(&people, &number).await;
            erase(&people.alice, &comment, "personal_data").await.refused(403, "author_first");
            let first = erase(&people.bob, &comment, "personal_data").await.json(200);
            assert_eq!((&first["document"]["author"], &first["document"]["submission"]), (&json!(6), &number));
            erase(&people.reviewers[1], &comment, "personal_data").await.json(200);
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!((&shown["history"][0]["text"], &shown["history"][0]["erased"]), (&Value::Null, &json!(true)));
            all_is_well(&api, test).await;
            api.stop().await;
        });
    }
}
