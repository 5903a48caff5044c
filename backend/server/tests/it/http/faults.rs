//! What operations answer when the records of a program are damaged, or the disk is full.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use reqwest::{Method, RequestBuilder};
use server::db::Target;

use super::operations::{Asker, Operation, Permission, Scene, operations, permissions};
use super::{Answer, Api, Person, Stock};
use crate::app::isolation::damage;
use crate::app::world::{address, run};
use crate::common::{TestDb, on_both};

/// Members who together may ask for everything: role, handle, number.
const MEMBERS: [(&str, &str, u32); 4] = [
    ("lead", "lead", 1),
    ("reviewer", "first-reviewer", 2),
    ("treasurer", "treasurer", 4),
    ("contributor", "alice", 5),
];

/// A request for each of these operations, by somebody who may ask for it.
async fn requests(
    api: &Api,
    scene: &Scene<'_>,
    of: impl Fn(&Operation) -> bool,
) -> Vec<(Operation, RequestBuilder)> {
    let mut tokens = Vec::new();
    for (_, handle, _) in MEMBERS {
        let Person { token, .. } = api.sign_in(handle).await;
        tokens.push(token);
    }
    let Person { token: stranger, .. } = api.sign_in("napper").await;
    let (table, mut requests) = (permissions(), Vec::new());
    for (nth, operation) in operations().into_iter().enumerate().filter(|(_, operation)| of(operation)) {
        let Permission { roles, .. } = &table[&operation.id];
        let may = |role: &str| roles.is_empty() || roles.split_whitespace().any(|listed| listed == role);
        // A lead could not leave.
        let able = |role: &str| may(role) && (operation.id != "leave" || role == "contributor");
        let place = MEMBERS.iter().position(|(role, ..)| able(role)).unwrap();
        let (_, handle, member) = MEMBERS[place];
        // What people do about their own sign-in changes what they may do afterwards: everybody once.
        let oneself = table[&operation.id].access == "signed_in" && operation.method != Method::GET;
        let handle = if oneself { format!("oneself-{nth}").leak() } else { handle };
        let own = if oneself { Some(api.person(handle).await.token) } else { None };
        let asker = Asker { handle, member: Some(member), nth: u64::try_from(nth).unwrap() };
        let request = scene.sample(&operation, asker).request(api, &operation.method).await;
        // Who joins is no member yet.
        let token = if operation.id == "join" { &stranger } else { own.as_ref().unwrap_or(&tokens[place]) };
        let request = request.bearer_auth(token);
        requests.push((operation, request));
    }
    requests
}

/// Asks for everything; gives the names of what is answered with this code, and of what is done.
async fn ask(requests: Vec<(Operation, RequestBuilder)>, code: &str) -> [BTreeSet<String>; 2] {
    let [mut refused, mut done] = [BTreeSet::new(), BTreeSet::new()];
    for (Operation { id, success, .. }, request) in requests {
        let answer = Answer::of(request.send().await.unwrap()).await;
        if answer.status == success {
            done.insert(id);
        } else {
            answer.refused(503, code);
            refused.insert(id);
        }
    }
    [refused, done]
}

/// The names of the operations that this holds for.
fn named(holds: impl Fn(&Operation) -> bool) -> BTreeSet<String> {
    operations().into_iter().filter(holds).map(|operation| operation.id).collect()
}

/// Every write of these tables fails as it does when there is no room, or does so no more.
pub fn fill_the_disk(test: &TestDb, full: bool) {
    let mut conn = test.open();
    for table in [
        "events",
        "users",
        "refresh_tokens",
        "sessions",
        "second_factors",
        "api_tokens",
        "sign_in_links",
        "wallets",
        "siwe_nonces",
        "uploads",
    ] {
        for what in ["INSERT", "UPDATE", "DELETE"] {
            let name = format!("{table}_{}_full", what.to_lowercase());
            let sql = match (&test.target, full) {
                (Target::Sqlite(_), true) => format!(
                    "CREATE TRIGGER {name} BEFORE {what} ON {table} \
                     BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                ),
                (Target::Sqlite(_), false) => format!("DROP TRIGGER {name}"),
                (Target::Postgres(_), true) => format!(
                    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION \
                     USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device'; \
                     END $$; \
                     CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
                ),
                (Target::Postgres(_), false) => format!("DROP FUNCTION {name}() CASCADE"),
            };
            conn.batch_execute(&sql).unwrap();
        }
    }
}

on_both! {
    fn whatever_needs_a_damaged_program_says_so_and_all_else_goes_on(test: TestDb) {
        run(async {
            let before = Api::start_sharing(test);
            let scene = Scene::set(&before).await;
            let id = before.app.program("pilot".parse().unwrap()).await.unwrap().id().to_string();
            damage(test, &id, 3);
            // It has nothing in memory yet.
            let api = Api::start_sharing(test);

            let [refused, done] = ask(requests(&api, &scene, |_| true).await, "damaged").await;

            // Whoever asks about themselves is told about their programs.
            let mine = |it: &Operation| ["get_me", "reset"].contains(&&*it.id) || it.path.starts_with("/api/v1/me/addresses");
            let expected = named(|operation| operation.path.contains("{slug}") || mine(operation));
            assert_eq!(refused, expected);
            assert_eq!(done, named(|operation| !expected.contains(&operation.id)));
            println!("count: operations refused over a damaged program ({}) {}", test.name(), refused.len());
            api.stop().await;
        });
    }

    fn whatever_writes_says_when_the_disk_is_full_and_all_else_goes_on(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let scene = Scene::set(&api).await;
            let mut stock = Stock::of(test);
            let [mut refused, mut done] = [BTreeSet::new(), BTreeSet::new()];
            // Behind an outflow that nobody explained, no batch is proposed.
            for last in [false, true] {
                let requests = requests(&api, &scene, |it| (it.id == "settle_outflow") == last).await;
                let before = stock.count();
                fill_the_disk(test, true);
                let [more_refused, more_done] = ask(requests, "storage_full").await;
                assert_eq!(stock.count(), before);
                fill_the_disk(test, false);
                refused.extend(more_refused);
                done.extend(more_done);
            }

            let looks = ["address_typed_data", "preview_batch", "share_batch", "vote_typed_data"];
            let reads = |it: &Operation| it.method == Method::GET || looks.contains(&it.id.as_str());
            assert_eq!(refused, named(|it| !reads(it)));
            assert_eq!(done, named(reads));
            let new = serde_json::json!({ "program": "pilot", "address": address(5_000) });
            scene.cast.alice.post("/me/addresses", &new).await.json(200);
            println!("count: operations refused over a full disk ({}) {}", test.name(), refused.len());
            api.stop().await;
        });
    }
}
