//! Lists and reports with filters, pages and moments of chance, against a plain look through the fold.
//!
//! A query is the place where a ledger can lie while its journal is right, so nothing here is asked twice alike.

use domain::value::{
    BatchNumber, BountyNumber, Digest, MemberNumber, PeriodNumber, Seq, Slug, SubmissionNumber, Timestamp,
};
use server::db::AnyConn;
use server::db::query::{
    self, BatchEntry, BountyFilter, Limit, MemberEntry, Order, Page, Paging, PeriodEntry, SubmissionFilter,
};
use server::db::rows::{self, Submission};
use uuid::Uuid;

use super::tables::{Tables, bare, int};
use crate::auditor::{Auditor, Report};
use crate::play::{Held, Ledger, Seen};
use crate::rng::Rng;

/// Reads a whole list page by page, with pages of one size.
fn pages<T, E: std::fmt::Debug>(
    rng: &mut Rng,
    mut page: impl FnMut(&Paging) -> Result<Page<T>, E>,
) -> Vec<T> {
    let size = rng.of([1, 2, 7, 50, 200]);
    let limit = Limit::new(size).unwrap();
    let (mut all, mut paging) = (Vec::new(), Paging::first(limit));
    loop {
        let Page { items, next } = page(&paging).unwrap();
        assert!(items.len() <= usize::try_from(size).unwrap());
        assert!(next.is_none() || items.len() == usize::try_from(size).unwrap(), "a page that is not full");
        all.extend(items);
        // Pages of one item take long: some of a long list prove as much.
        let Some(cursor) = next.filter(|_| size > 7 || all.len() < 60) else { return all };
        // As a caller sends it back.
        paging = Paging { limit, after: Some(cursor.to_string().parse().unwrap()) };
    }
}

/// What was read is the list, or its beginning if the reading stopped early.
fn same<T: PartialEq + std::fmt::Debug>(found: &[T], expected: &[T], what: &str) {
    assert!(
        found.len() == expected.len() || found.len() >= 60 && found.len() < expected.len(),
        "{what}: length"
    );
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{what}");
    }
}

fn ordered<T>(mut rows: Vec<T>, order: Order) -> Vec<T> {
    if order == Order::NewestFirst {
        rows.reverse();
    }
    rows
}

fn order(rng: &mut Rng) -> Order {
    rng.of([Order::OldestFirst, Order::NewestFirst])
}

/// The programs of the database by short name.
pub fn programs(conn: &mut AnyConn, ledger: &Ledger, rng: &mut Rng) {
    let found = pages(rng, |paging| query::list_programs(conn, paging));
    let found: Vec<(String, String)> = found.into_iter().map(|row| (row.slug, row.id)).collect();
    let known = ledger.programs.iter().map(|held| (held.slug.to_string(), held.program.id().to_string()));
    let mut expected: Vec<(String, String)> = known.collect();
    expected.sort_unstable();
    same(&found, &expected, "programs");
}

/// Lists of one program. Gives how many were compared.
pub fn lists(conn: &mut AnyConn, held: &Held, auditor: &Auditor, rng: &mut Rng) -> u64 {
    let (tables, id) = (Tables::of(held, auditor), held.program.id());
    let mut count = 0;
    for _ in 0..4 {
        submissions(conn, id, &tables, held, rng);
        bounties(conn, id, &tables, held, rng);
        entries(conn, id, &tables, rng);
        accounts(conn, id, &tables, rng);
        events(conn, id, &tables, rng);
        count += 5;
    }
    one_of_each(conn, id, &tables, held, rng);
    let found = pages(rng, |paging| query::list_observations(conn, id, paging));
    same(&found, &ordered(tables.observations(), Order::NewestFirst), "observations");
    let last = query::find_observation(conn, id).unwrap();
    assert_eq!(last, tables.observations().pop());
    let found = pages(rng, |paging| query::list_funding(conn, id, paging));
    same(&found, &tables.funding(), "funding");
    assert_eq!(query::list_categories(conn, id).unwrap(), tables.categories_in_force());
    count + 9
}

fn submissions(conn: &mut AnyConn, id: Uuid, tables: &Tables<'_>, held: &Held, rng: &mut Rng) {
    let states = [
        "submitted",
        "needs_changes",
        "agreed",
        "approved",
        "in_batch",
        "rejected",
        "withdrawn",
        "reversed",
        "paid",
    ];
    let slugs: Vec<Slug> = held.program.categories().iter().map(|category| category.slug).collect();
    let filter = SubmissionFilter {
        state: rng.percent(40).then(|| rng.of(states)),
        category: if rng.percent(40) { rng.pick(&slugs).copied() } else { None },
        period: rng.percent(30).then(|| PeriodNumber::new(1 + rng.small(5)).unwrap()),
        member: rng.percent(40).then(|| MemberNumber::new(1 + rng.small(14)).unwrap()),
        bounty: rng.percent(15).then(|| BountyNumber::new(1 + rng.small(12)).unwrap()),
        due_by: rng.percent(20).then(|| held.program.last_at()),
    };
    let order = order(rng);
    let found = pages(rng, |paging| query::list_submissions(conn, id, &filter, order, paging));
    let wanted = |row: &Submission| {
        filter.state.is_none_or(|state| row.state == state)
            && filter
                .due_by
                .is_none_or(|due_by| row.due_at.as_ref().is_some_and(|due_at| *due_at <= due_by.to_string()))
            && filter.category.is_none_or(|category| row.category == category.as_str())
            && filter.period.is_none_or(|period| row.period == int(period.get()))
            && filter.member.is_none_or(|member| row.member == int(member.get()))
            && filter.bounty.is_none_or(|bounty| row.bounty == Some(int(bounty.get())))
    };
    let expected: Vec<Submission> = tables.submissions().into_iter().filter(wanted).collect();
    same(&found, &ordered(expected, order), &format!("submissions {filter:?} {order:?}"));
}

fn bounties(conn: &mut AnyConn, id: Uuid, tables: &Tables<'_>, held: &Held, rng: &mut Rng) {
    let slugs: Vec<Slug> = held.program.categories().iter().map(|category| category.slug).collect();
    let filter = BountyFilter {
        period: rng.percent(30).then(|| PeriodNumber::new(1 + rng.small(5)).unwrap()),
        category: if rng.percent(40) { rng.pick(&slugs).copied() } else { None },
        open_at: if rng.percent(50) { Some(moment(held, rng)) } else { None },
    };
    let order = order(rng);
    let found = pages(rng, |paging| query::list_bounties(conn, id, &filter, order, paging));
    let open = |row: &rows::Bounty, moment: Timestamp| {
        let moment = moment.to_string();
        row.closed.is_none() && row.used < row.slots && row.opens_at <= moment && moment < row.closes_at
    };
    let wanted = |row: &rows::Bounty| {
        filter.period.is_none_or(|period| row.period == int(period.get()))
            && filter.category.is_none_or(|category| row.category == category.as_str())
            && filter.open_at.is_none_or(|moment| open(row, moment))
    };
    let expected: Vec<rows::Bounty> = tables.bounties().into_iter().filter(wanted).collect();
    same(&found, &ordered(expected, order), &format!("bounties {filter:?} {order:?}"));
}

fn entries(conn: &mut AnyConn, id: Uuid, tables: &Tables<'_>, rng: &mut Rng) {
    let accounts: Vec<String> = tables.accounts().into_iter().map(|row| row.account).collect();
    let account = if rng.percent(60) { rng.pick(&accounts).cloned() } else { None };
    let order = order(rng);
    let filter = account.as_ref().map(|account| account.parse().unwrap());
    let found = pages(rng, |paging| query::list_entries(conn, id, filter, order, paging));
    let events = tables.events();
    for line in &found {
        let event = &events[usize::try_from(line.entry.seq).unwrap()];
        let headline = (&line.event.at, &line.event.kind, &line.event.actor, &line.event.leaf);
        assert_eq!(headline, (&event.at, &event.kind, &event.actor, &event.leaf));
    }
    let found: Vec<rows::Entry> = found.into_iter().map(|line| line.entry).collect();
    let wanted = |row: &rows::Entry| account.as_ref().is_none_or(|account| row.account == *account);
    let expected: Vec<rows::Entry> = tables.entries().into_iter().filter(wanted).collect();
    same(&found, &ordered(expected, order), &format!("entries of {account:?} {order:?}"));
}

fn accounts(conn: &mut AnyConn, id: Uuid, tables: &Tables<'_>, rng: &mut Rng) {
    let period = rng.percent(50).then(|| PeriodNumber::new(1 + rng.small(12)).unwrap());
    let found = pages(rng, |paging| query::list_accounts(conn, id, period, paging));
    let wanted = |row: &rows::Account| {
        let of = row.account.split_once('/').map(|(period, _)| period.to_owned());
        period.is_none_or(|period| of == Some(period.to_string()))
    };
    let expected: Vec<rows::Account> = tables.accounts().into_iter().filter(wanted).collect();
    same(&found, &expected, &format!("accounts of period {period:?}"));
    if let Some(row) = rng.pick(&tables.accounts()) {
        assert_eq!(query::find_account(conn, id, row.account.parse().unwrap()).unwrap().as_ref(), Some(row));
    }
}

fn events(conn: &mut AnyConn, id: Uuid, tables: &Tables<'_>, rng: &mut Rng) {
    let expected = tables.events();
    let after = rng.percent(80).then(|| rng.below(u64::try_from(expected.len()).unwrap() + 3));
    let limit = 1 + rng.small(200);
    let found = query::list_events(conn, id, after.map(Seq::new), Limit::new(limit).unwrap()).unwrap();
    let found: Vec<rows::Event> = found.into_iter().map(bare).collect();
    let first = after.map_or(0, |after| usize::try_from(after).unwrap() + 1);
    let page = expected.iter().skip(first).take(usize::try_from(limit).unwrap()).cloned();
    assert_eq!(found, page.collect::<Vec<_>>(), "events after {after:?}");
}

/// Members, periods and batches with what belongs to them; one claim with its history.
fn one_of_each(conn: &mut AnyConn, id: Uuid, tables: &Tables<'_>, held: &Held, rng: &mut Rng) {
    let members: Vec<MemberEntry> = (tables.members().into_iter())
        .map(|member| {
            let mut addresses = tables.addresses();
            addresses.retain(|address| address.member == member.number);
            addresses.sort_by_key(|address| address.position);
            MemberEntry { member, addresses }
        })
        .collect();
    let found = pages(rng, |paging| query::list_members(conn, id, paging));
    same(&found, &members, "members");
    let number = MemberNumber::new(1 + rng.small(30)).unwrap();
    let expected = members.into_iter().find(|entry| entry.member.number == int(number.get()));
    assert_eq!(query::find_member(conn, id, number).unwrap(), expected);

    let periods: Vec<PeriodEntry> = (tables.periods().into_iter())
        .map(|period| {
            let mut allotments = tables.allotments();
            allotments.retain(|allotment| allotment.period == period.number);
            let mut caps = tables.caps();
            caps.retain(|cap| cap.period == period.number);
            PeriodEntry { period, caps, allotments }
        })
        .collect();
    let found = pages(rng, |paging| query::list_periods(conn, id, paging));
    same(&found, &periods, "periods");
    let number = PeriodNumber::new(1 + rng.small(6)).unwrap();
    let expected = periods.into_iter().find(|entry| entry.period.number == int(number.get()));
    assert_eq!(query::find_period(conn, id, number).unwrap(), expected);

    let batches: Vec<BatchEntry> = (tables.batches().into_iter())
        .map(|batch| {
            let mut payouts = tables.payouts();
            payouts.retain(|payout| payout.batch == batch.number);
            BatchEntry { batch, payouts }
        })
        .collect();
    let order = order(rng);
    let found = pages(rng, |paging| query::list_batches(conn, id, order, paging));
    same(&found, &ordered(batches.clone(), order), "batches");
    let number = BatchNumber::new(1 + rng.small(20)).unwrap();
    let expected = batches.into_iter().find(|entry| entry.batch.number == int(number.get()));
    assert_eq!(query::find_batch(conn, id, number).unwrap(), expected);

    let claims = tables.submissions();
    let Some(claim) = rng.pick(&claims) else { return };
    let number = SubmissionNumber::new(u32::try_from(claim.number).unwrap()).unwrap();
    let found = query::find_submission(conn, id, number).unwrap().unwrap();
    assert_eq!(&found.submission, claim);
    let revisions = tables.revisions().into_iter().filter(|row| row.submission == claim.number);
    assert_eq!(found.revisions, revisions.collect::<Vec<_>>());
    let votes = tables.votes().into_iter().filter(|row| row.submission == claim.number);
    let mut votes: Vec<rows::Vote> = votes.collect();
    votes.sort_by_key(|vote| vote.seq);
    assert_eq!(found.votes, votes);
    let evidence = tables.evidence().into_iter().filter(|row| row.submission == claim.number);
    assert_eq!(found.evidence, evidence.collect::<Vec<_>>());
    let history = tables.history().into_iter().filter(|row| row.submission == claim.number);
    assert_eq!(found.history, history.collect::<Vec<_>>());
    let own = |key: &String| found.evidence.iter().any(|held| held.key == *key);
    let mut siblings: Vec<rows::Evidence> = tables.evidence().into_iter().collect();
    siblings.retain(|row| row.submission != claim.number && own(&row.key));
    let place = |row: &rows::Evidence| (row.submission, row.key.clone(), row.function.clone());
    siblings.sort_by_key(place);
    let mut others = found.siblings.clone();
    others.sort_by_key(place);
    assert_eq!(others, siblings);
    let texts = found.revisions.iter().map(|row| &row.texts).chain(found.votes.iter().map(|row| &row.reason));
    let texts = texts.chain(found.history.iter().filter_map(|row| row.text.as_ref()));
    let erased = |digest: &String| held.program.erased(&digest.parse().unwrap()).is_some();
    let texts: std::collections::BTreeSet<&String> = texts.filter(|digest| !erased(digest)).collect();
    assert!(texts.into_iter().eq(found.documents.iter().map(|row| &row.digest)));
    let brought =
        |row: &rows::Document| held.documents[&row.digest.parse::<Digest>().unwrap()].content.clone();
    assert!(found.documents.iter().all(|row| row.content == brought(row)));
}

/// A moment at, between or outside the events.
fn moment(held: &Held, rng: &mut Rng) -> Timestamp {
    let at = rng.pick(&held.journal).unwrap().event.at.micros();
    let off = rng.of([0, 0, -1, 1, 3_600_000_000, -400 * 24 * 3_600_000_000]);
    Timestamp::from_micros(at + off).unwrap()
}

/// The budget as of events and moments of chance. Gives how many reports were compared.
pub fn reports<'a>(
    conn: &mut AnyConn,
    held: &Held,
    auditor: &Auditor,
    seen: impl Iterator<Item = &'a Seen>,
    rng: &mut Rng,
) -> u64 {
    let id = held.program.id();
    let mut count = 0;
    for Seen { seq, period, report, .. } in seen {
        let period = PeriodNumber::new(*period).unwrap();
        let found = query::report_as_of(conn, id, period, Seq::new(*seq)).unwrap();
        super::same_report(&found.unwrap(), report);
        count += 1;
    }
    // Now, and later than now; and before a period was open.
    for (number, period) in &auditor.state().periods {
        let expected: Report = auditor.report(*number).unwrap();
        let number = PeriodNumber::new(*number).unwrap();
        for later in [0, rng.below(1_000)] {
            let seq = Seq::new(auditor.size() - 1 + later);
            let found = query::report_as_of(conn, id, number, seq).unwrap();
            super::same_report(&found.unwrap(), &expected);
        }
        let before = Seq::new(rng.below(period.opened));
        assert_eq!(query::report_as_of(conn, id, number, before).unwrap(), None);
        count += 3;
    }
    let nobody = PeriodNumber::new(1_000).unwrap();
    assert_eq!(query::report_as_of(conn, id, nobody, Seq::new(auditor.size())).unwrap(), None);
    for _ in 0..5 {
        let moment = moment(held, rng);
        let events = auditor.events.iter().filter(|event| event.at <= moment.micros()).count();
        let expected = u64::try_from(events).unwrap().checked_sub(1).map(Seq::new);
        assert_eq!(query::seq_at(conn, id, moment).unwrap(), expected, "the last event at {moment}");
    }
    count + 6
}
