use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use domain::value::Amount;
use server::db::mend::{Difference, Projection, Visit, compare};
use server::db::rows::{
    Account, Bounty, Document, Entry, Event, Evidence, Head, Payout, Program, Submission, lock_head,
};
use server::db::{self, AnyConn, Target, Trouble, read_text, trouble};

use crate::common::samples::{self, PROGRAM, account, amount, event, evidence, payout};
use crate::common::{TestDb, on_both, with_both};

fn with_program(test: &TestDb) -> AnyConn {
    let mut conn = test.open();
    Program::insert(&mut conn, &[samples::program()]).unwrap();
    conn
}

fn with_everything(test: &TestDb) -> AnyConn {
    let mut conn = test.open();
    samples::write_everything(&mut conn).unwrap();
    conn
}

fn kind(error: &QueryError) -> DatabaseErrorKind {
    match error {
        QueryError::DatabaseError(kind, _) => *kind,
        other => panic!("not an error of the database: {other:?}"),
    }
}

/// Counts the statements that reach the database from now on.
fn count_statements(conn: &mut AnyConn) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    count
}

on_both! {
    fn any_number_of_rows_is_one_text_that_is_prepared_once(test: TestDb) {
        let mut conn = with_program(test);
        let prepared = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&prepared);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let accounts =
            |from, to| -> Vec<Account> { (from..to).map(|n| account(&format!("{n:03}"), 1, 1)).collect() };
        let events = |from, to| -> Vec<Event> { (from..to).map(|seq| event(seq, None)).collect() };

        for (from, to) in [(0, 1), (1, 4), (4, 100)] {
            Account::upsert(&mut conn, &accounts(from, to)).unwrap();
            Event::insert(&mut conn, &events(from, to)).unwrap();
        }

        assert_eq!(prepared.load(Ordering::Relaxed), 2, "one for each table");
        assert_eq!(Account::list(&mut conn, PROGRAM).unwrap(), accounts(0, 100));
        assert_eq!(Event::list(&mut conn, PROGRAM).unwrap(), events(0, 100));
    }

}

/// Takes each first row of one database away, sees it missed, and puts it back.
struct Compared {
    made: AnyConn,
    stored: AnyConn,
    tables: usize,
}

impl Visit for Compared {
    type Error = QueryError;

    fn visit<P: Projection>(&mut self) -> Result<(), QueryError> {
        let Self { made, stored, tables } = self;
        let same = compare::<P>(made, stored, PROGRAM)?;
        assert!(same.wrong.is_empty() && same.missing.is_empty() && same.rows > 0, "{}", P::TABLE);
        let row = P::stream(stored, PROGRAM)?.next().unwrap()?;
        assert!(P::find(stored, PROGRAM, &row.key())?.as_ref() == Some(&row));

        P::remove(stored, PROGRAM, &row.key())?;

        assert!(P::find(stored, PROGRAM, &row.key())?.is_none());
        let (rows, key) = (same.rows, vec![row.key()]);
        let missing = Difference { wrong: Vec::new(), missing: key.clone(), rows };
        assert!(compare::<P>(made, stored, PROGRAM)? == missing, "{}", P::TABLE);
        let wrong = Difference { wrong: key, missing: Vec::new(), rows: rows - 1 };
        assert!(compare::<P>(stored, made, PROGRAM)? == wrong, "{}", P::TABLE);
        P::add(stored, &[row])?;
        assert!(compare::<P>(made, stored, PROGRAM)? == same, "{}", P::TABLE);
        *tables += 1;
        Ok(())
    }
}

on_both! {
    fn every_amount_round_trips(test: TestDb) {
        let mut conn = with_program(test);
        let powers = (0..39).map(|exponent| 10_u128.pow(exponent));
        let wei: Vec<u128> = [0].into_iter().chain(powers).chain([u128::MAX - 1, u128::MAX]).collect();
        let rows: Vec<Account> =
            wei.iter().enumerate().map(|(n, wei)| account(&format!("{n:02}"), *wei, 0)).collect();
        Account::upsert(&mut conn, &rows).unwrap();

        let back = Account::list(&mut conn, PROGRAM).unwrap();
        assert_eq!(back, rows);
        for (row, wei) in back.iter().zip(&wei) {
            assert_eq!(read_text("accounts", "balance", &row.balance), Ok(Amount::from_wei(*wei)));
        }
    }

    fn many_rows_are_one_text_to_parse(test: TestDb) {
        let on_sqlite = matches!(test.target, Target::Sqlite(_));
        // PostgreSQL gets all rows at once, SQLite each with the same prepared statement.
        let statements = |rows: usize| if on_sqlite { rows } else { 1 };
        let mut conn = with_program(test);
        let rows = |wei| -> Vec<Account> { (0..300).map(|n| account(&format!("{n:03}"), wei, 1)).collect() };
        let count = count_statements(&mut conn);
        Account::upsert(&mut conn, &rows(1)).unwrap();
        Account::upsert(&mut conn, &rows(2)).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 2 * statements(300));
        assert_eq!(Account::list(&mut conn, PROGRAM).unwrap(), rows(2));

        // Also with columns that may be NULL.
        let claims: Vec<Submission> =
            (1..=300).map(|n| samples::submission(n, if n % 2 == 0 { Some(n) } else { None })).collect();
        count.store(0, Ordering::Relaxed);
        Submission::upsert(&mut conn, &claims).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), statements(300));
        assert_eq!(Submission::list(&mut conn, PROGRAM).unwrap(), claims);

        let events: Vec<Event> = (0..256).map(|seq| event(seq, u8::try_from(seq).ok().filter(|n| n % 3 == 0))).collect();
        count.store(0, Ordering::Relaxed);
        Event::insert(&mut conn, &events).unwrap();
        Account::upsert(&mut conn, &[]).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), statements(256), "and none for nothing");
        assert_eq!(Event::list(&mut conn, PROGRAM).unwrap(), events);
    }

    fn more_rows_than_parameters_of_a_statement_are_written(test: TestDb) {
        let mut conn = with_program(test);
        let rows: Vec<Account> = (0..9_000).map(|n| account(&format!("{n:05}"), n, 1)).collect();
        Account::upsert(&mut conn, &rows).unwrap();
        assert_eq!(Account::list(&mut conn, PROGRAM).unwrap(), rows);
    }

    fn what_is_fixed_stays_when_a_claim_changes(test: TestDb) {
        let mut conn = with_program(test);
        let claim = samples::submission(1, None);
        Submission::upsert(&mut conn, std::slice::from_ref(&claim)).unwrap();
        let later = Submission { member: claim.member + 1, state: "rejected".to_owned(), ..claim.clone() };
        Submission::upsert(&mut conn, &[later]).unwrap();
        let expected = Submission { state: "rejected".to_owned(), ..claim };
        assert_eq!(Submission::list(&mut conn, PROGRAM).unwrap(), [expected]);
    }

    fn of_rows_with_one_key_the_last_counts(test: TestDb) {
        let mut conn = with_program(test);
        Account::upsert(&mut conn, &[account("a", 1, 1), account("b", 5, 1), account("a", 2, 2)]).unwrap();
        assert_eq!(Account::list(&mut conn, PROGRAM).unwrap(), [account("a", 2, 2), account("b", 5, 1)]);
    }

    fn a_repeated_key_is_a_unique_violation(test: TestDb) {
        let mut conn = with_everything(test);
        for error in [
            Event::insert(&mut conn, &[event(1, None)]).unwrap_err(),
            Event::insert(&mut conn, &[event(3, Some(7))]).unwrap_err(),
            Evidence::insert(&mut conn, &[evidence(1, "host", 9)]).unwrap_err(),
            Payout::insert(&mut conn, &[Payout { line: 9, ..payout(1, 0, 1) }]).unwrap_err(),
            Program::insert(&mut conn, &[Program { id: PROGRAM.replace('0', "f"), slug: "other".into(), ..samples::program() }])
                .unwrap_err(),
        ] {
            assert!(matches!(kind(&error), DatabaseErrorKind::UniqueViolation), "{error:?}");
            assert_eq!(trouble(&error), Trouble::Constraint);
        }
    }

    fn what_we_never_write_is_refused(test: TestDb) {
        let mut conn = with_everything(test);
        let balance = |balance: &str| Account { balance: balance.to_owned(), ..account("x", 1, 1) };
        let lone_key = Event { cause_request: None, ..event(9, Some(9)) };
        let mut crowded = Bounty::list(&mut conn, PROGRAM).unwrap();
        crowded[0].used = 3;
        let mut side = Entry::list(&mut conn, PROGRAM).unwrap();
        side[0].side = "d".to_owned();
        side[0].line = 9;
        let salt = Document { salt: "XY".repeat(16), ..Document::list(&mut conn, PROGRAM).unwrap().remove(0) };
        let salt = Document { digest: samples::hash(77), ..salt };
        let mut head = Head::list(&mut conn, PROGRAM).unwrap();
        head[0].at = "2026-01-02 03:04:05.678901Z".to_owned();
        for error in [
            Account::upsert(&mut conn, &[balance("1")]).unwrap_err(),
            Account::upsert(&mut conn, &[balance(&format!("{:038}-", 1))]).unwrap_err(),
            Account::upsert(&mut conn, &[balance(&format!("{:039}\n", 1))]).unwrap_err(),
            Account::upsert(&mut conn, &[account("x", 1, -1)]).unwrap_err(),
            Payout::insert(&mut conn, &[Payout { payee: samples::address(0xab).to_uppercase(), ..payout(3, 0, 3) }])
                .unwrap_err(),
            Event::insert(&mut conn, &[lone_key]).unwrap_err(),
            Bounty::upsert(&mut conn, &crowded).unwrap_err(),
            Entry::insert(&mut conn, &side).unwrap_err(),
            Document::insert_new(&mut conn, &[salt]).unwrap_err(),
            Head::upsert(&mut conn, &head).unwrap_err(),
        ] {
            assert!(matches!(kind(&error), DatabaseErrorKind::CheckViolation), "{error:?}");
            assert_eq!(trouble(&error), Trouble::Constraint);
        }
        let stranger = Account { program: PROGRAM.replace('0', "f"), ..account("x", 1, 1) };
        let error = Account::upsert(&mut conn, &[stranger]).unwrap_err();
        assert!(matches!(kind(&error), DatabaseErrorKind::ForeignKeyViolation), "{error:?}");
    }

    fn evidence_is_released_by_key_function_and_holder(test: TestDb) {
        let mut conn = with_program(test);
        let held = [evidence(1, "guest", 1), evidence(1, "host", 2), evidence(2, "host", 3), evidence(3, "host", 4)];
        Evidence::insert(&mut conn, &held).unwrap();
        let count = count_statements(&mut conn);
        let freed = [(1, 2), (9, 2), (2, 4)].map(|(key, by)| (samples::hash(key), "host".to_owned(), by));
        Evidence::release(&mut conn, PROGRAM, &freed).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 2, "one statement for a holder");
        assert_eq!(Evidence::list(&mut conn, PROGRAM).unwrap(), [held[0].clone(), held[2].clone(), held[3].clone()]);
        Evidence::insert(&mut conn, &[evidence(1, "host", 5)]).unwrap();
    }

    fn every_projection_is_compared_row_by_row_with_a_temporary_file(test: TestDb) {
        let (mut made, stored) = (db::open_scratch().unwrap(), with_everything(test));
        samples::write_everything(&mut made).unwrap();
        let mut compared = Compared { made, stored, tables: 0 };
        db::mend::visit_projections(&mut compared).unwrap();
        assert_eq!(compared.tables, 18);
        assert_eq!(db::dump(&mut compared.stored, PROGRAM).unwrap(), db::dump(&mut compared.made, PROGRAM).unwrap());
        assert_eq!(db::dump(&mut compared.stored, "another").unwrap().iter().map(|(_, rows)| rows.len()).sum::<usize>(), 0);
    }

    fn a_head_is_found_and_locked(test: TestDb) {
        let mut conn = with_program(test);
        let found = db::write_tx(&mut conn, |conn| lock_head(conn, PROGRAM)).unwrap();
        assert_eq!(found, None);
        let head =
            Head { program: PROGRAM.into(), size: 1, leaf: samples::hash(1), root: samples::hash(2), at: samples::AT.into() };
        Head::upsert(&mut conn, std::slice::from_ref(&head)).unwrap();

        let second = test.target.clone();
        let busy = db::write_tx(&mut conn, |conn| {
            assert_eq!(lock_head(conn, PROGRAM)?, Some(head));
            let mut second = db::open_write(&second).unwrap();
            let impatient = match second {
                AnyConn::Sqlite(_) => "PRAGMA busy_timeout = 100",
                AnyConn::Postgres(_) => "SET lock_timeout = '100ms'",
            };
            second.batch_execute(impatient)?;
            Ok::<_, QueryError>(db::write_tx(&mut second, |conn| lock_head(conn, PROGRAM)).unwrap_err())
        });
        assert_eq!(trouble(&busy.unwrap()), Trouble::Busy);
    }
}

with_both! {
    fn both_databases_hold_the_same_text(sqlite: TestDb, postgres: TestDb) {
        let [sqlite, postgres] = [sqlite, postgres].map(|test| db::dump(&mut with_everything(test), PROGRAM).unwrap());
        assert_eq!(sqlite, postgres);
        println!("count: tables compared {}", sqlite.len());
        println!("count: rows compared {}", sqlite.iter().map(|(_, rows)| rows.len()).sum::<usize>());
        assert!(format!("{sqlite:?}").contains(&amount(u128::MAX)));
    }
}
