//! Offers, approvals, batches, refunds: what each leaves in the books.

use serde_json::{Value, json};

use super::{
    approved, balance, books, closed, executed, hosted, of_bobs, offered, payable, proposed, start, state,
};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, but, cast, claim, file_as, funding, revision};
use crate::http::prepared::why;
use crate::http::settled::both;

on_both! {
    fn a_bounty_of_3_times_10_with_one_approval_of_8_keeps_two_slots_and_frees_2(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let bounty = offered(&people, "bounties", 3).await;
            assert_eq!(books(&api, "bounties").await, ["95", "30", "0", "0", "0", "0"]);
            let filed = file_as(&people.alice, &hosted(1, &bounty, "8")).await;

            assert_eq!(approved(&people, &filed).await["state"], "approved");

            assert_eq!(books(&api, "bounties").await, ["97", "20", "8", "0", "0", "0"]);
            assert_eq!(api.get(&format!("{PILOT}/bounties/{bounty}")).await.json(200)["slots_left"], 2);
            api.stop().await;
        });
    }

    fn a_retroactive_claim_with_nothing_available_and_20_reserved_waits_for_budget(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            offered(&people, "marketing", 2).await;
            let on_marketing = |n, amount, kind| but(claim(n, amount), json!({ "category": "marketing", "kind": kind }));
            let stickers = file_as(&people.alice, &on_marketing(1, "30", "expense")).await;
            assert_eq!(approved(&people, &stickers).await["state"], "approved");
            assert_eq!(books(&api, "marketing").await, ["0", "20", "30", "0", "0", "0"]);

            let retro = file_as(&people.alice, &on_marketing(2, "12", "retro")).await;
            let decided = approved(&people, &retro).await;

            let told = ["state", "available", "needed", "missing"].map(|name| decided[name].clone());
            assert_eq!(told, ["agreed", "0", "12", "12"]);
            assert_eq!(books(&api, "marketing").await, ["0", "20", "30", "0", "0", "0"]);
            api.stop().await;
        });
    }

    fn closing_with_two_undecided_claims_and_two_slots_keeps_20_until_they_are_decided(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let bounty = offered(&people, "bounties", 2).await;
            let (one, digest) = file_as(&people.alice, &hosted(1, &bounty, "10")).await;
            let two = file_as(&people.bob, &of_bobs(hosted(2, &bounty, "8"))).await;

            people.lead.post(&format!("{PILOT}/bounties/{bounty}/close"), &why()).await.json(200);
            assert_eq!(books(&api, "bounties").await, ["105", "20", "0", "0", "0", "0"]);

            for reviewer in &people.reviewers {
                cast(reviewer, &one, &digest, "reject").await.json(200);
            }
            assert_eq!(state(&api, &one).await, "rejected");
            assert_eq!(books(&api, "bounties").await, ["115", "10", "0", "0", "0", "0"]);

            assert_eq!(approved(&people, &two).await["state"], "approved");
            assert_eq!(books(&api, "bounties").await, ["117", "0", "8", "0", "0", "0"]);
            api.stop().await;
        });
    }

    fn an_approval_of_10_reversed_frees_the_money_and_the_evidence_and_keeps_the_slot_used(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let bounty = offered(&people, "bounties", 2).await;
            let filed = file_as(&people.alice, &hosted(1, &bounty, "10")).await;
            approved(&people, &filed).await;
            assert_eq!(books(&api, "bounties").await, ["105", "10", "10", "0", "0", "0"]);
            let submissions = format!("{PILOT}/submissions");
            let same_work = of_bobs(hosted(1, &bounty, "10"));
            let held = people.bob.post(&submissions, &same_work).await.refused(409, "evidence_used");
            assert_eq!(held.body["first"], filed.0.to_string());

            let path = format!("{submissions}/{}/reverse", filed.0);
            people.reviewers[0].post(&path, &why()).await.json(200);
            assert_eq!(state(&api, &filed.0).await, "approved");
            people.alternate.post(&path, &why()).await.json(200);

            assert_eq!(state(&api, &filed.0).await, "reversed");
            assert_eq!(books(&api, "bounties").await, ["115", "10", "0", "0", "0", "0"]);
            assert_eq!(api.get(&format!("{PILOT}/bounties/{bounty}")).await.json(200)["slots_left"], 1);
            people.bob.post(&submissions, &same_work).await.json(201);
            api.stop().await;
        });
    }

    fn a_revision_of_15_on_a_reward_of_10_is_over_by_5(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let bounty = offered(&people, "bounties", 1).await;
            let (number, _) = file_as(&people.alice, &hosted(1, &bounty, "10")).await;

            let path = format!("{PILOT}/submissions/{number}/revisions");
            let over = people.alice.post(&path, &revision(1, "15")).await.refused(422, "over_reward");

            let told = ["asked", "reward", "excess"].map(|name| over.body[name].clone());
            assert_eq!(told, ["15", "10", "5"]);
            let claim = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!((&claim["amount"], &claim["revision"]), (&json!("10"), &json!(1)));
            api.stop().await;
        });
    }

    fn two_candidates_on_one_nonce_share_a_line_that_is_in_flight_once(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claims = payable(&people, &["20", "15", "10"]).await;
            assert_eq!(proposed(&people.treasurer, &[&claims[0], &claims[1]]).await["nonce"], 7);

            let beside = json!({ "submissions": [claims[1], claims[2]], "nonce": 7, "evidence_up": true });
            let other = people.treasurer.post(&format!("{PILOT}/batches"), &beside).await.json(201);

            assert_eq!((&other["batch"]["nonce"], &other["batch"]["total"]), (&json!(7), &json!("25")));
            assert_eq!(books(&api, "bounties").await, ["80", "0", "0", "45", "0", "0"]);
            for claim in &claims {
                assert_eq!(state(&api, claim).await, "in_batch");
            }
            // The Safe needs what the dearer one pays, not both.
            let safe = api.get(&format!("{PILOT}/safe")).await.json(200);
            assert_eq!([&safe["in_open_batches"], &safe["payable"]], ["35", "715"]);
            assert_eq!(safe["next_nonce"], 8);
            api.stop().await;
        });
    }

    fn a_batch_proposed_before_the_close_of_its_period_is_paid_out_of_that_period_after_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut people = start(&api).await;
            let claims = payable(&people, &["20", "15"]).await;
            proposed(&people.treasurer, &claims.iter().collect::<Vec<_>>()).await;
            closed(&api, &mut people).await;
            assert_eq!(books(&api, "bounties").await, ["0", "0", "0", "35", "0", "90"]);

            executed(&people.treasurer, 1).await;

            assert_eq!(books(&api, "bounties").await, ["0", "0", "0", "0", "35", "90"]);
            for claim in &claims {
                assert_eq!(state(&api, claim).await, "paid");
            }
            assert_eq!(balance(&api, "safe").await, "715");
            api.stop().await;
        });
    }

    fn a_refund_of_5_after_the_close_lapses(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut people = start(&api).await;
            let claims = payable(&people, &["20"]).await;
            proposed(&people.treasurer, &[&claims[0]]).await;
            executed(&people.treasurer, 1).await;
            closed(&api, &mut people).await;
            assert_eq!(books(&api, "bounties").await, ["0", "0", "0", "0", "20", "105"]);

            let refund = json!({ "amount": "5", "tx_hash": "05".repeat(32), "log_index": 0, "submission": claims[0] });
            people.treasurer.post(&format!("{PILOT}/refunds"), &refund).await.json(200);

            assert_eq!(books(&api, "bounties").await, ["0", "0", "0", "0", "15", "110"]);
            assert_eq!(balance(&api, "safe").await, "735");
            assert_eq!(state(&api, &claims[0]).await, "paid");
            api.stop().await;
        });
    }

    fn unknown_50_lpt_in_the_safe_lie_in_suspense_and_touch_no_claim(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            payable(&people, &["20"]).await;
            let claims = async || api.get(&format!("{PILOT}/submissions")).await.json(200)["items"].clone();
            let (before, held) = (claims().await, books(&api, "bounties").await);

            let unknown = but(funding(0x50), json!({ "amount": "50" }));
            let recorded = people.treasurer.post(&format!("{PILOT}/inflows"), &unknown).await.json(200);

            assert_eq!([balance(&api, "suspense_in").await, balance(&api, "safe").await], ["50", "800"]);
            assert_eq!((claims().await, books(&api, "bounties").await), (before, held));
            // It pays nobody until two persons say what it is.
            assert_eq!(api.get(&format!("{PILOT}/safe")).await.json(200)["payable"], "700");
            let path = format!("{PILOT}/inflows/{}/classify", recorded["seq"]);
            both([&people.lead, &people.treasurer], &path, &why()).await;
            assert_eq!([balance(&api, "suspense_in").await, balance(&api, "contributed").await], ["0", "800"]);
            let again: Value = people.lead.post(&path, &why()).await.body;
            assert_eq!(again["status"], 409, "{again}");
            api.stop().await;
        });
    }
}
