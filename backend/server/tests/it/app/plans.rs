//! How SQLite finds the rows of a page: by an index, in its order.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use domain::books::Account;
use domain::value::{BatchNumber, BountyNumber, MemberNumber, PeriodNumber, Seq, SubmissionNumber};
use server::db::query::{self, BountyFilter, Limit, Order, Page, Paging, SubmissionFilter};
use server::db::{AnyConn, open_read};
use uuid::Uuid;

use super::history::play;
use super::world::{run, slug, time};
use crate::common::TestDb;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The SQL that runs on a connection from now on.
fn listen(conn: &mut AnyConn) -> Arc<Mutex<Vec<String>>> {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = heard.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            log.lock().unwrap().push(text.split(" -- binds").next().unwrap().to_owned());
        }
    });
    heard
}

fn plan(conn: &mut AnyConn, sql: &str) -> Vec<String> {
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

/// The first page and the second of a list.
fn two_pages<T>(mut list: impl FnMut(&Paging) -> Page<T>) {
    let limit = Limit::new(1).unwrap();
    let first = list(&Paging::first(limit));
    if let Some(after) = first.next {
        list(&Paging { limit, after: Some(after) });
    }
}

fn read_all(conn: &mut AnyConn, id: Uuid) {
    let first = PeriodNumber::FIRST;
    two_pages(|paging| query::list_programs(conn, paging).unwrap());
    two_pages(|paging| query::list_members(conn, id, paging).unwrap());
    two_pages(|paging| query::list_periods(conn, id, paging).unwrap());
    two_pages(|paging| query::list_observations(conn, id, paging).unwrap());
    two_pages(|paging| query::list_funding(conn, id, paging).unwrap());
    for order in [Order::OldestFirst, Order::NewestFirst] {
        two_pages(|paging| query::list_batches(conn, id, order, paging).unwrap());
        for account in [None, Some(Account::Safe), Some(Account::Unallotted(first))] {
            two_pages(|paging| query::list_entries(conn, id, account, order, paging).unwrap());
        }
        let (none, open_at) = (BountyFilter::default(), Some(time("2026-01-05T12:00:00Z")));
        for filter in [
            none,
            BountyFilter { period: Some(first), ..none },
            BountyFilter { category: Some(slug("bounties")), ..none },
            BountyFilter { open_at, ..none },
        ] {
            two_pages(|paging| query::list_bounties(conn, id, &filter, order, paging).unwrap());
        }
        let none = SubmissionFilter::default();
        let (state, category) = (Some("approved"), Some(slug("bounties")));
        for filter in [
            none,
            SubmissionFilter { state, ..none },
            SubmissionFilter { category, ..none },
            SubmissionFilter { period: Some(first), ..none },
            SubmissionFilter { member: MemberNumber::new(5), ..none },
            SubmissionFilter { bounty: Some(BountyNumber::FIRST), ..none },
            SubmissionFilter { state, category, period: Some(first), ..none },
        ] {
            two_pages(|paging| query::list_submissions(conn, id, &filter, order, paging).unwrap());
        }
    }
    for period in [None, Some(first)] {
        two_pages(|paging| query::list_accounts(conn, id, period, paging).unwrap());
    }
    query::find_member(conn, id, MemberNumber::FIRST).unwrap();
    query::find_period(conn, id, first).unwrap();
    query::list_categories(conn, id).unwrap();
    query::find_bounty(conn, id, BountyNumber::FIRST).unwrap();
    query::find_submission(conn, id, SubmissionNumber::FIRST).unwrap();
    query::find_batch(conn, id, BatchNumber::FIRST).unwrap();
    query::find_observation(conn, id).unwrap();
    query::find_account(conn, id, Account::Safe).unwrap();
    query::list_events(conn, id, Some(Seq::new(3)), Limit::MAX).unwrap();
    query::seq_at(conn, id, time("2026-01-05T12:00:00Z")).unwrap();
    query::report_as_of(conn, id, first, Seq::new(30)).unwrap();
}

#[test]
fn no_list_scans_a_table_or_sorts_what_it_found() {
    let test = TestDb::sqlite();
    let id = run(async { play(&test).await.program().await.id() });
    let mut conn = open_read(&test.target).unwrap();
    let heard = listen(&mut conn);
    read_all(&mut conn, id);
    let mut queries = std::mem::take(&mut *heard.lock().unwrap());
    queries.sort();
    queries.dedup();
    for sql in &queries {
        let steps = plan(&mut conn, sql);
        assert!(!steps.is_empty());
        // Programs are few, and read in the order of their unique short names.
        let listed = |step: &str| step == "SCAN programs USING INDEX sqlite_autoindex_programs_2";
        let found =
            |step: &str| step.starts_with("SEARCH ") || step.starts_with("CORRELATED SCALAR SUBQUERY");
        assert!(steps.iter().all(|step| found(step) || listed(step)), "{sql}\n{steps:#?}");
        // All rows of a program in order are no cost only where a limit stops them; categories are few.
        let whole = |step: &String| step.ends_with("(program=?)") && !step.starts_with("SEARCH c ");
        let few = sql.contains(" LIMIT ") || sql.contains("FROM `categories`");
        assert!(few || !steps.iter().any(whole), "{sql}\n{steps:#?}");
    }
    println!("count: plans without a scan {}", queries.len());
    assert!(queries.len() > 40);
}

#[test]
fn every_filter_of_claims_has_an_index_of_its_own() {
    let test = TestDb::sqlite();
    let mut conn = open_read(&test.target).unwrap();
    let none = SubmissionFilter::default();
    for (filter, index) in [
        (SubmissionFilter { state: Some("approved"), ..none }, "submissions_by_state"),
        (SubmissionFilter { category: Some(slug("lead")), ..none }, "submissions_by_category"),
        (SubmissionFilter { period: Some(PeriodNumber::FIRST), ..none }, "submissions_by_period"),
        (SubmissionFilter { member: MemberNumber::new(5), ..none }, "submissions_by_member"),
        (SubmissionFilter { bounty: Some(BountyNumber::FIRST), ..none }, "submissions_by_bounty"),
    ] {
        let heard = listen(&mut conn);
        let page = Paging::first(Limit::USUAL);
        query::list_submissions(&mut conn, Uuid::nil(), &filter, Order::NewestFirst, &page).unwrap();
        let sql = heard.lock().unwrap().pop().unwrap();
        let steps = plan(&mut conn, &sql);
        assert!(steps.iter().all(|step| step.contains(index)), "{index}: {steps:?}");
    }
    let heard = listen(&mut conn);
    let page = Paging::first(Limit::USUAL);
    query::list_entries(&mut conn, Uuid::nil(), Some(Account::Safe), Order::NewestFirst, &page).unwrap();
    let sql = heard.lock().unwrap().swap_remove(0);
    let steps = plan(&mut conn, &sql);
    assert!(
        steps.iter().any(|step| step.contains("entries_by_account (program=? AND account=?)")),
        "{steps:?}"
    );
}
