//! What a sheet shows of its batch, on a page and as data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use server::http::sheet_page;

use super::super::people::{sign, wallet};
use super::page::Page;
use super::{BATCHES, data, names, propose, recomputed, says_the_same, shown, start, text};
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, approve, but, claim, file_as, observation, program};
use crate::http::settled::both;

on_both! {
    fn a_sheet_says_what_its_batch_says_and_its_ten_fields_hash_to_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two, three) =
                (people.approved(1, "6").await, people.approved(2, "7.000000000000000001").await, people.approved(3, "5.5").await);
            let batches = [propose(&people, &[&one, &two], None).await, propose(&people, &[&three], None).await];

            for (number, batch) in (1..).zip(&batches) {
                let sheet = data(&api, number).await;

                for same in ["number", "nonce", "rejection", "state", "total", "domain_hash", "message_hash", "safe_tx_hash", "journal_size", "journal_root", "proposed_at", "proposed_seq"] {
                    assert_eq!(sheet[same], batch[same], "{same}");
                }
                assert_eq!(recomputed(&sheet), names(&sheet), "made anew from the ten fields");
                let upper = |name| format!("0x{}", text(&sheet, name)[2..].to_uppercase());
                assert_eq!(sheet["on_ledger"], json!({ "domain_hash": upper("domain_hash"), "message_hash": upper("message_hash") }));
                let typed = api.get(&format!("{BATCHES}/{number}/typed-data.json")).await.json(200);
                let fields = sheet["transaction"].as_object().unwrap();
                assert_eq!(fields.len(), 10);
                for (name, value) in fields {
                    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    assert_eq!(plain(value), plain(&typed["message"][name]), "{name}");
                }
                let lines: Vec<_> = sheet["lines"].as_array().unwrap().iter().map(|line| but(line.clone(), json!({
                    "line": null, "title": null, "handle": null, "payee_is": null, "warnings": null, "last_payee": null,
                }))).collect();
                assert_eq!(&json!(lines), &batch["payouts"]);
                assert_eq!((&sheet["lines"][0]["title"], &sheet["lines"][0]["handle"]), (&json!("Microphones"), &json!("alice")));
                let builder = api.get(&format!("{BATCHES}/{number}/transaction-builder.json")).await.json(200);
                assert_eq!(sheet["builder_checksum"], builder["meta"]["checksum"]);
                says_the_same(&shown(&api, number).await.0, &sheet);
            }

            let [several, single] = [data(&api, 1).await, data(&api, 2).await];
            assert_eq!(several["total_wei"], "13000000000000000001");
            assert_eq!(text(&several, "operation_in_words"), "a delegate call to MultiSendCallOnly 1.4.1, a contract known to run only calls: 2 transfers of the token");
            assert_eq!(text(&single, "operation_in_words"), "a call of the token: 1 transfer");
            assert_eq!((&single["target"], &several["target"]), (&json!("the token"), &json!("MultiSendCallOnly 1.4.1")));
            assert_eq!((&single["transaction"]["to"], &single["gas_fields_are_zero"]), (&program()["token"], &json!(true)));
            assert_eq!(several["chain"], json!({ "id": 42161, "name": "Arbitrum One", "short_name": "arb1" }));
            assert_eq!(text(&several["safe"], "prefixed"), format!("arb1:{}", text(&several["safe"], "address")));
            api.stop().await;
        });
    }

    fn a_page_shows_the_hashes_first_and_loads_nothing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claims = [people.approved(1, "6").await, people.approved(2, "7").await];
            propose(&people, &[&claims[0], &claims[1]], None).await;

            let (page, answer) = shown(&api, 1).await;

            let sheet = data(&api, 1).await;
            let place = |text: &str| page.text.find(text).unwrap_or_else(|| panic!("{text}: {}", page.text));
            let order = [
                place("Compare every digit"), place(text(&sheet, "domain_hash")), place(text(&sheet["on_ledger"], "domain_hash")),
                place(text(&sheet, "message_hash")), place(text(&sheet["on_ledger"], "message_hash")), place(text(&sheet, "safe_tx_hash")),
                place("Does your wallet show this safeTxHash? If not, do not sign."), place("POST /api/v1/programs/pilot/batches/1/adopt"),
                place("What you sign"), place("Who is paid"), place("Not a security check"), place("Raw data"),
            ];
            assert!(order.is_sorted(), "{order:?}");
            let tool = &sheet["hash_tool"];
            let command = format!("./safe_hashes.sh --network arbitrum --address {} --nonce 7", text(&sheet["safe"], "address"));
            assert_eq!((text(tool, "command"), text(tool, "interactive")), (&*command, &*format!("{command} --interactive")));
            assert!(page.text.contains(&command));
            let asked: Vec<_> = tool["answers"].as_array().unwrap().iter().map(|answer| (text(answer, "asked"), text(answer, "answer"))).collect();
            assert_eq!(asked[0], ("version", "1.4.1"));
            for (name, answer) in &asked[1..] {
                let field = &sheet["transaction"][name];
                assert_eq!(field.as_str().map_or_else(|| field.to_string(), str::to_owned), *answer, "{name}");
            }

            // What the page may load is its own style, known by its hash.
            let policy = answer.header("content-security-policy").unwrap();
            let hash = STANDARD.encode(<sha2::Sha256 as sha2::Digest>::digest(page.style.as_bytes()));
            assert_eq!(policy, format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
            let styled = ["@media print", "size:A4", "prefers-color-scheme:dark", "max-width:44rem"];
            assert!(styled.iter().all(|part| page.style.contains(part)));
            api.stop().await;
        });
    }

    fn what_people_wrote_is_shown_as_they_wrote_it_and_never_taken_for_markup(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let title = "<script>alert(\"1\")</script> & </bdi><img src=x onerror='go()'>";
            let (number, digest) = file_as(&people.alice, &but(claim(1, "6"), json!({ "title": title }))).await;
            for reviewer in &people.reviewers {
                approve(reviewer, &number, &digest).await;
            }
            propose(&people, &[&number], None).await;

            let (page, answer) = shown(&api, 1).await;

            assert!(page.text.contains(title), "{}", page.text);
            assert!(!answer.text.contains("<script") && !answer.text.contains("<img"));
            assert_eq!(text(&data(&api, 1).await["lines"][0], "title"), title);
            api.stop().await;
        });
    }

    fn an_erased_title_is_said_to_be_erased(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            propose(&people, &[&claim], None).await;
            // It is replaced by a rejection, and its claim taken back.
            people.treasurer.post(&format!("{BATCHES}/1/rejection"), &json!({})).await.json(201);
            let seen = but(observation(1_001), json!({ "nonce": 8 }));
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
            let rejected = json!({ "tx_hash": "71".repeat(32) });
            both([&people.treasurer, &people.lead], &format!("{BATCHES}/2/execution"), &rejected).await;
            for reviewer in &people.reviewers {
                let why = json!({ "reason": "It was never bought." });
                reviewer.post(&format!("{PILOT}/submissions/{claim}/reverse"), &why).await.json(200);
            }
            let program = api.app.program("pilot".parse().unwrap()).await.unwrap();
            let submission = program.submission(domain::value::SubmissionNumber::FIRST).unwrap();
            let documents = [submission.revision.texts, program.charter().texts];
            for (document, author) in documents.iter().zip([&people.alice, &people.lead]) {
                let path = format!("{PILOT}/documents/{document}/erase");
                let why = json!({ "class": "mistake" });
                author.post(&path, &why).await.json(200);
                assert_eq!(people.treasurer.post(&path, &why).await.json(200)["verdict"], "done");
            }

            let sheet = data(&api, 1).await;

            assert_eq!((&sheet["lines"][0]["title"], &sheet["program"]), (&Value::Null, &Value::Null));
            let (page, answer) = shown(&api, 1).await;
            assert!(page.text.contains("Claim 1: erased , by alice"), "{}", page.text);
            assert!(answer.text.contains("<em>erased</em>"));
            says_the_same(&page, &sheet);
            api.stop().await;
        });
    }

    fn owners_who_signed_are_told_from_those_who_did_not(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            let (key, owner) = wallet(0x41);
            let (former_key, former) = wallet(0x42);
            let owners = json!({ "owners": [owner, former, address(52)], "threshold": 2, "guard": address(60), "modules": [address(61), address(62)] });
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &but(observation(1_001), owners)).await.json(200);
            propose(&people, &[&claim], None).await;
            let typed = api.get(&format!("{BATCHES}/1/typed-data.json")).await.json(200);
            for key in [&key, &former_key] {
                let signed = people.bob.post(&format!("{BATCHES}/1/signatures"), &json!({ "signature": sign(key, &typed) })).await;
                signed.json(200);
            }
            let ready = data(&api, 1).await;
            assert_eq!((&ready["signatures"]["signed"], &ready["signatures"]["needed"]), (&json!(2), &json!(2)));
            assert!(shown(&api, 1).await.0.text.contains("Awaiting execution"));
            let left = json!({ "owners": [owner, address(52)], "threshold": 2, "guard": address(60), "modules": [address(61), address(62)] });
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &but(observation(1_002), left)).await.json(200);

            let sheet = data(&api, 1).await;

            let signatures = &sheet["signatures"];
            let row = |row: &Value| (text(row, "owner").to_lowercase(), row["form"].as_str().map(str::to_owned));
            let rows = |list: &Value| list.as_array().unwrap().iter().map(row).collect::<Vec<_>>();
            let eip712 = Some("eip712".to_owned());
            assert_eq!(rows(&signatures["owners"]), [(owner.to_lowercase(), eip712.clone()), (address(52), None)]);
            assert_eq!(rows(&signatures["former"]), [(former.to_lowercase(), eip712)]);
            assert_eq!(signatures["signed"], 1);
            let (page, _) = shown(&api, 1).await;
            for told in ["Awaiting confirmations (1 of 2)", "1 of 2 signatures needed, from 2 owners", "no owner any more: it counts no longer", "it can stop this transaction", "each can move money without the owners"] {
                assert!(page.text.contains(told), "{told}: {}", page.text);
            }
            says_the_same(&page, &sheet);
            let warned: Vec<_> = sheet["warnings"].as_array().unwrap().iter().map(|remark| text(remark, "code")).collect();
            assert_eq!(warned, ["attested_observation", "guard", "module", "module"]);
            api.stop().await;
        });
    }

    fn what_was_never_observed_is_said_to_be_unknown(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            propose(&people, &[&claim], None).await;
            let (seen, _) = shown(&api, 1).await;
            assert!(seen.text.contains("Guard none Modules none"), "{}", seen.text);
            let mut sheet = api.app.sheet("pilot".parse().unwrap(), domain::value::BatchNumber::FIRST).await.unwrap();
            (sheet.observation, sheet.chain) = (None, None);
            sheet.owners.clear();

            let page = Page::read(&sheet_page(&sheet));

            page.is_inert();
            page.is_readable();
            for told in ["Chain not known here, chain id 42161", "In the Safe never observed", "Observed never", "does not know this chain"] {
                assert!(page.text.contains(told), "{told}: {}", page.text);
            }
            assert!(!page.text.contains("arb1:") && !page.text.contains("Guard"));
            api.stop().await;
        });
    }

    fn a_sheet_that_is_none_is_not_found_and_one_that_is_known_is_not_sent_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            propose(&people, &[&claim], None).await;
            for name in ["sheet", "sheet.json"] {
                for batch in ["2", "0", "x", "4294967295"] {
                    api.get(&format!("{BATCHES}/{batch}/{name}")).await.refused(404, "not_found");
                }
                let path = format!("{BATCHES}/1/{name}");
                let tag = api.get(&path).await.etag.unwrap();
                let ask = || api.request(reqwest::Method::GET, &format!("/api/v1{path}")).header("if-none-match", &tag).send();
                assert_eq!(ask().await.unwrap().status(), 304);
                // A signature is news.
                let looked = but(observation(if name == "sheet" { 1_001 } else { 1_002 }), json!({}));
                people.treasurer.post(&format!("{PILOT}/safe/observations"), &looked).await.json(200);
                assert_eq!(ask().await.unwrap().status(), 200);
            }
            api.stop().await;
        });
    }
}
