//! Lists, page by page, and the budget as of any event.

use std::fmt::Debug;

use domain::Program;
use domain::books::Account;
use domain::report::Report;
use domain::value::{PeriodNumber, Seq, SubmissionNumber};
use domain::words::Choice;
use server::db::query::{
    self, BountyFilter, Cursor, Limit, ListError, Order, Page, Paging, SubmissionFilter,
};
use server::db::{AnyConn, Stored, open_read, read_tx, rows};
use uuid::Uuid;

use super::history::{journal, play};
use super::world::{ALICE, REVIEWER, World, address, expense, run, slug, time};
use crate::common::{TestDb, on_both};

const ORDERS: [Order; 2] = [Order::OldestFirst, Order::NewestFirst];

fn int(number: impl TryInto<i64, Error: Debug>) -> i64 {
    number.try_into().unwrap()
}

fn period(number: u32) -> PeriodNumber {
    PeriodNumber::new(number).unwrap()
}

fn paging(limit: u32, after: Option<&Cursor>) -> Paging {
    // As a caller hands it back: in text.
    let after = after.map(|cursor| cursor.to_string().parse().unwrap());
    Paging { limit: Limit::new(limit).unwrap(), after }
}

/// All items of a list, whatever the size of its pages.
fn walk<T: PartialEq + Debug>(mut list: impl FnMut(&Paging) -> Result<Page<T>, ListError>) -> Vec<T> {
    let mut walks = [1, 2, 3, 200].map(|limit| {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = list(&paging(limit, after.as_ref())).unwrap();
            let held = page.items.len();
            items.extend(page.items);
            match page.next {
                Some(_) => assert_eq!(held, usize::try_from(limit).unwrap(), "a page in between is full"),
                None => break items,
            }
            after = page.next;
        }
    });
    assert!(walks.iter().all(|walk| *walk == walks[3]), "{walks:?}");
    std::mem::take(&mut walks[3])
}

fn ordered<T: Clone>(rows: &[T], order: Order) -> Vec<T> {
    match order {
        Order::OldestFirst => rows.to_vec(),
        Order::NewestFirst => rows.iter().rev().cloned().collect(),
    }
}

/// A played month, and a connection as handlers have it.
struct Library {
    world: World,
    program: Program,
    id: Uuid,
    key: String,
    conn: AnyConn,
}

impl Library {
    async fn open(test: &TestDb) -> Self {
        let world = play(test).await;
        let program = world.program().await;
        let id = program.id();
        Self { world, id, key: id.store(), program, conn: open_read(&test.target).unwrap() }
    }
}

on_both! {
    fn the_report_as_of_every_event_is_the_fold_up_to_it(test: TestDb) {
        run(async {
            let Library { world, mut conn, id, .. } = Library::open(test).await;
            let (mut state, mut reports): (Option<Program>, u32) = (None, 0);
            for recorded in journal(&world, test).await {
                match &mut state {
                    Some(program) => program.apply(&recorded).unwrap(),
                    None => state = Some(Program::begin(&recorded).unwrap()),
                }
                for number in 1..=3 {
                    let folded = Report::of(state.as_ref().unwrap(), period(number)).ok();
                    let read = query::report_as_of(&mut conn, id, period(number), recorded.event.seq).unwrap();
                    assert_eq!(read, folded, "period {number} as of {}", recorded.event.seq);
                    reports += u32::from(read.is_some());
                }
            }
            let end = query::report_as_of(&mut conn, id, period(1), Seq::new(u64::MAX)).unwrap();
            assert_eq!(end, Some(world.app.budget(world.slug, period(1)).await.unwrap()));
            assert!(query::report_as_of(&mut conn, Uuid::nil(), period(1), Seq::new(9)).unwrap().is_none());
            println!("count: reports as of an event compared {reports}");
        });
    }

    fn a_moment_means_the_last_event_up_to_it(test: TestDb) {
        run(async {
            let Library { world, mut conn, id, .. } = Library::open(test).await;
            let events: Vec<_> = journal(&world, test).await.iter()
                .map(|recorded| (recorded.event.at, recorded.event.seq)).collect();
            let mut moments = vec![time("1970-01-01T00:00:00Z"), time("2026-01-05T23:00:00Z"), time("9999-01-01T00:00:00Z")];
            for (at, _) in &events {
                moments.extend([-1, 0, 1].map(|step| domain::value::Timestamp::from_micros(at.micros() + step).unwrap()));
            }
            for moment in moments {
                let last = events.iter().rfind(|(at, _)| *at <= moment).map(|(_, seq)| *seq);
                assert_eq!(query::seq_at(&mut conn, id, moment).unwrap(), last, "{moment}");
            }
            assert_eq!(query::seq_at(&mut conn, Uuid::nil(), time("2026-01-05T23:00:00Z")).unwrap(), None);
        });
    }

    fn every_list_gives_its_table_in_pages_of_any_size(test: TestDb) {
        run(async {
            let Library { mut conn, id, key, .. } = Library::open(test).await;
            let conn = &mut conn;
            assert_eq!(walk(|paging| query::list_programs(conn, paging)), rows::Program::list(conn).unwrap());

            let members = walk(|paging| query::list_members(conn, id, paging));
            let found: Vec<_> = members.iter().map(|entry| entry.member.clone()).collect();
            assert_eq!(found, rows::Member::list(conn, &key).unwrap());
            let mut addresses: Vec<_> = members.iter().flat_map(|entry| entry.addresses.clone()).collect();
            assert!(members.iter().all(|entry| entry.addresses.iter().all(|row| row.member == entry.member.number)));
            let alice = &members[usize::try_from(ALICE).unwrap() - 1];
            assert_eq!(alice.addresses.iter().map(|row| row.address.as_str()).collect::<Vec<_>>(), [address(5), address(55)]);
            assert_eq!(query::find_member(conn, id, domain::value::MemberNumber::new(ALICE).unwrap()).unwrap().as_ref(), Some(alice));
            addresses.sort_by(|one, other| one.address.cmp(&other.address));
            assert_eq!(addresses, rows::Address::list(conn, &key).unwrap());

            let periods = walk(|paging| query::list_periods(conn, id, paging));
            let found: Vec<_> = periods.iter().map(|entry| entry.period.clone()).collect();
            assert_eq!(found, rows::Period::list(conn, &key).unwrap());
            let allotments: Vec<_> = periods.iter().flat_map(|entry| entry.allotments.clone()).collect();
            assert_eq!(allotments, rows::Allotment::list(conn, &key).unwrap());
            assert_eq!(query::find_period(conn, id, period(2)).unwrap().as_ref(), periods.get(1));
            let categories = query::list_categories(conn, id).unwrap();
            let slugs: Vec<_> = categories.iter().map(|row| row.slug.as_str()).collect();
            assert_eq!(slugs, ["lead", "bounties", "marketing", "operations"]);

            for order in ORDERS {
                let batches = walk(|paging| query::list_batches(conn, id, order, paging));
                let found: Vec<_> = batches.iter().map(|entry| entry.batch.clone()).collect();
                assert_eq!(found, ordered(&rows::Batch::list(conn, &key).unwrap(), order));
                let mut payouts: Vec<_> = batches.iter().flat_map(|entry| entry.payouts.clone()).collect();
                payouts.sort_by_key(|row| (row.batch, row.line));
                assert_eq!(payouts, rows::Payout::list(conn, &key).unwrap());
                let first = batches.iter().find(|entry| entry.batch.number == 1);
                assert_eq!(query::find_batch(conn, id, domain::value::BatchNumber::FIRST).unwrap().as_ref(), first);
            }
            let observations = walk(|paging| query::list_observations(conn, id, paging));
            assert_eq!(observations, ordered(&rows::Observation::list(conn, &key).unwrap(), Order::NewestFirst));
            assert_eq!(query::find_observation(conn, id).unwrap().as_ref(), observations.first());
            assert_eq!(walk(|paging| query::list_funding(conn, id, paging)), rows::Funding::list(conn, &key).unwrap());
            assert!(query::list_members(conn, Uuid::nil(), &paging(1, None)).unwrap().items.is_empty());
        });
    }

    fn claims_are_found_by_every_filter_from_either_end(test: TestDb) {
        run(async {
            let Library { mut conn, id, key, program, .. } = Library::open(test).await;
            let conn = &mut conn;
            let all = rows::Submission::list(conn, &key).unwrap();
            let mut filters = vec![SubmissionFilter::default()];
            for claim in program.submissions() {
                filters.extend([
                    SubmissionFilter { state: Some(claim.stage.name()), ..SubmissionFilter::default() },
                    SubmissionFilter { category: Some(claim.category), ..SubmissionFilter::default() },
                    SubmissionFilter { period: Some(claim.period), ..SubmissionFilter::default() },
                    SubmissionFilter { member: Some(claim.claimant), ..SubmissionFilter::default() },
                    SubmissionFilter { bounty: claim.bounty, ..SubmissionFilter::default() },
                    SubmissionFilter { state: Some("approved"), category: Some(claim.category), period: Some(claim.period), member: Some(claim.claimant), bounty: claim.bounty, due_by: None },
                ]);
            }
            for filter in &filters {
                let expected: Vec<_> = all.iter().filter(|row| {
                    filter.state.is_none_or(|state| row.state == state)
                        && filter.category.is_none_or(|category| row.category == category.to_string())
                        && filter.period.is_none_or(|period| row.period == int(period.get()))
                        && filter.member.is_none_or(|member| row.member == int(member.get()))
                        && filter.bounty.is_none_or(|bounty| row.bounty == Some(int(bounty.get())))
                }).cloned().collect();
                for order in ORDERS {
                    let found = walk(|paging| query::list_submissions(conn, id, filter, order, paging));
                    assert_eq!(found, ordered(&expected, order), "{filter:?}");
                }
            }
            println!("count: filters of claims {}", filters.len());
        });
    }

    fn bounties_are_found_by_period_category_and_openness(test: TestDb) {
        run(async {
            let Library { mut conn, id, key, .. } = Library::open(test).await;
            let all = rows::Bounty::list(&mut conn, &key).unwrap();
            let mut count = |filter: BountyFilter| {
                let [oldest, newest] = ORDERS.map(|order| walk(|paging| query::list_bounties(&mut conn, id, &filter, order, paging)));
                assert_eq!(oldest, ordered(&newest, Order::NewestFirst));
                assert!(oldest.iter().all(|row| all.contains(row)));
                oldest.len()
            };
            let none = BountyFilter::default();
            assert_eq!(count(none), 2);
            assert_eq!(count(BountyFilter { period: Some(period(1)), category: Some(slug("bounties")), ..none }), 2);
            assert_eq!(count(BountyFilter { period: Some(period(2)), ..none }), 0);
            assert_eq!(count(BountyFilter { category: Some(slug("lead")), ..none }), 0);
            // Of one, two of three slots are used; the other is closed. The window holds its first moment, and not its last.
            for (moment, open) in [
                ("2025-12-31T23:59:59.999999Z", 0), ("2026-01-01T00:00:00Z", 1),
                ("2026-01-31T23:59:59.999999Z", 1), ("2026-02-01T00:00:00Z", 0),
            ] {
                assert_eq!(count(BountyFilter { open_at: Some(time(moment)), ..none }), open, "{moment}");
            }
            assert_eq!(query::find_bounty(&mut conn, id, domain::value::BountyNumber::FIRST).unwrap().as_ref(), all.first());
        });
    }

    fn postings_are_found_by_account_from_either_end(test: TestDb) {
        run(async {
            let Library { mut conn, id, key, program, .. } = Library::open(test).await;
            let conn = &mut conn;
            let all = rows::Entry::list(conn, &key).unwrap();
            let accounts: Vec<Option<Account>> =
                program.books().balances().map(|(account, _)| Some(account)).chain([None]).collect();
            for account in accounts {
                let expected: Vec<_> = all.iter()
                    .filter(|row| account.is_none_or(|account| row.account == account.to_string()))
                    .cloned().collect();
                for order in ORDERS {
                    let found = walk(|paging| {
                        let page = query::list_entries(conn, id, account, order, paging)?;
                        Ok(page.map(|line| {
                            assert_eq!(line.event.at.len(), 27);
                            line.entry
                        }))
                    });
                    assert_eq!(found, ordered(&expected, order), "{account:?}");
                }
            }
            let accounts = rows::Account::list(conn, &key).unwrap();
            assert_eq!(walk(|paging| query::list_accounts(conn, id, None, paging)), accounts);
            for number in 1..=3 {
                let expected: Vec<_> =
                    accounts.iter().filter(|row| row.account.starts_with(&format!("{number}/"))).cloned().collect();
                assert_eq!(walk(|paging| query::list_accounts(conn, id, Some(period(number)), paging)), expected);
            }
            assert_eq!(query::find_account(conn, id, Account::Safe).unwrap().unwrap().account, "safe");
            assert!(query::find_account(conn, id, Account::Lost).unwrap().is_none());
        });
    }

    fn a_claim_comes_with_its_revisions_votes_and_texts(test: TestDb) {
        run(async {
            let Library { mut conn, id, key, program, .. } = Library::open(test).await;
            let conn = &mut conn;
            let (mut revisions, mut votes, mut evidence) = (0, 0, 0);
            for claim in program.submissions() {
                let found = read_tx(conn, |conn| query::find_submission(conn, id, claim.number)).unwrap().unwrap();
                assert_eq!(found.revisions.last().map(|row| &row.digest), Some(&found.submission.digest));
                assert!(found.votes.is_sorted_by_key(|row| row.seq));
                let texts = found.revisions.iter().map(|row| &row.texts).chain(found.votes.iter().map(|row| &row.reason));
                for digest in texts {
                    let text = found.documents.iter().find(|row| row.digest == *digest).unwrap();
                    let salt: Vec<u8> = (0..16).map(|place| u8::from_str_radix(&text.salt[place * 2..place * 2 + 2], 16).unwrap()).collect();
                    assert_eq!(domain::value::Digest::sha256(&[&salt, &text.content]).store(), *digest);
                }
                let current = query::list_texts(conn, id, std::slice::from_ref(&found.submission)).unwrap();
                assert_eq!(current.iter().map(|row| &row.digest).collect::<Vec<_>>(), [&found.submission.texts]);
                revisions += found.revisions.len();
                votes += found.votes.len();
                evidence += found.evidence.len();
            }
            assert_eq!(revisions, rows::Revision::list(conn, &key).unwrap().len());
            assert_eq!(votes, rows::Vote::list(conn, &key).unwrap().len());
            assert_eq!(evidence, rows::Evidence::list(conn, &key).unwrap().len());
            let missing = SubmissionNumber::new(999).unwrap();
            assert_eq!(query::find_submission(conn, id, missing).unwrap(), None);
        });
    }

    fn the_journal_is_read_on_from_any_event_and_documents_by_their_digest(test: TestDb) {
        run(async {
            let Library { mut conn, id, key, program, .. } = Library::open(test).await;
            let conn = &mut conn;
            let all = rows::Event::list(conn, &key).unwrap();
            let (mut read, mut after) = (Vec::new(), None);
            loop {
                let page = query::list_events(conn, id, after, Limit::new(7).unwrap()).unwrap();
                assert!(page.len() <= 7);
                let Some(last) = page.last() else { break };
                after = Some(Seq::new(u64::try_from(last.seq).unwrap()));
                read.extend(page);
            }
            assert_eq!(read, all);
            assert_eq!(query::find_head(conn, id).unwrap().unwrap().leaf, program.last_leaf().store());
            let stored = rows::Document::list(conn, &key).unwrap();
            let digests: Vec<_> = stored.iter().map(|row| row.digest.parse().unwrap()).collect();
            assert_eq!(query::find_documents(conn, id, &digests).unwrap(), stored);
            assert_eq!(query::find_documents(conn, id, &[program.identity()]).unwrap(), []);
        });
    }

    fn a_page_neither_repeats_nor_hides_what_was_there_when_more_is_written(test: TestDb) {
        run(async {
            let Library { mut conn, id, world, .. } = Library::open(test).await;
            let newest = |conn: &mut AnyConn, after| query::list_submissions(
                conn, id, &SubmissionFilter::default(), Order::NewestFirst, &paging(3, after)).unwrap();
            let before = walk(|paging| query::list_submissions(&mut conn, id, &SubmissionFilter::default(), Order::NewestFirst, paging));
            let first = newest(&mut conn, None);
            world.file(ALICE, &expense(ALICE, 5_000)).await.unwrap();
            let second = newest(&mut conn, first.next.as_ref());
            let seen: Vec<_> = first.items.into_iter().chain(second.items).collect();
            assert_eq!(seen, before[..6]);
        });
    }

    fn a_cursor_of_another_list_is_refused(test: TestDb) {
        run(async {
            let Library { mut conn, id, .. } = Library::open(test).await;
            let next = query::list_members(&mut conn, id, &paging(1, None)).unwrap().next;
            let wrong = query::list_bounties(&mut conn, id, &BountyFilter::default(), Order::OldestFirst, &paging(1, next.as_ref()));
            assert!(matches!(wrong, Err(ListError::Cursor)));
        });
    }

    fn queries_of_one_read_transaction_see_one_moment(test: TestDb) {
        run(async {
            let Library { mut conn, id, world, .. } = Library::open(test).await;
            let number = SubmissionNumber::new(8).unwrap();
            let (before, after) = read_tx(&mut conn, |conn| {
                let before = query::find_submission(conn, id, number)?.unwrap();
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(
                    world.vote(REVIEWER + 1, number, Choice::Approve))).unwrap();
                Ok::<_, ListError>((before, query::find_submission(conn, id, number)?.unwrap()))
            }).unwrap();
            assert_eq!(before, after);
            let now = query::find_submission(&mut conn, id, number).unwrap().unwrap();
            assert_eq!(now.votes.len(), after.votes.len() + 1);
        });
    }
}
