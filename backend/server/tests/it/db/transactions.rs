use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection;
use diesel::result::Error as QueryError;
use server::db::rows::{Account, Event, Program};
use server::db::{self, AnyConn};

use crate::common::on_both;
use crate::common::samples::{self, PROGRAM, account, event};

fn accounts(conn: &mut AnyConn) -> Vec<Account> {
    Account::list(conn, PROGRAM).unwrap()
}

on_both! {
    fn an_error_rolls_back_and_is_the_one_returned(test: TestDb) {
        let mut conn = test.open();
        Program::insert(&mut conn, &[samples::program()]).unwrap();
        let result = db::write_tx(&mut conn, |conn| {
            Account::upsert(conn, &[account("a", 1, 1)])?;
            // After this PostgreSQL refuses everything but a rollback; the first error must survive that.
            Event::insert(conn, &[event(0, Some(1)), event(1, Some(1))])
        });
        assert!(matches!(result, Err(QueryError::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _))));
        assert_eq!(accounts(&mut conn), []);

        db::write_tx(&mut conn, |conn| Account::upsert(conn, &[account("a", 2, 1)])).unwrap();
        assert_eq!(accounts(&mut test.open()), [account("a", 2, 1)], "the connection is still good");
    }

    fn a_panic_rolls_back(test: TestDb) {
        let mut conn = test.open();
        Program::insert(&mut conn, &[samples::program()]).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            db::write_tx(&mut conn, |conn| -> Result<(), QueryError> {
                Account::upsert(conn, &[account("a", 1, 1)])?;
                panic!("expected by this test")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(accounts(&mut conn), []);
        db::write_tx(&mut test.open(), |conn| Account::upsert(conn, &[account("b", 2, 1)])).unwrap();
        assert_eq!(accounts(&mut conn), [account("b", 2, 1)], "and no lock stays");
    }

    fn events_are_never_changed_or_deleted(test: TestDb) {
        let mut conn = test.open();
        samples::write_everything(&mut conn).unwrap();
        let before = Event::list(&mut conn, PROGRAM).unwrap();
        for statement in ["UPDATE events SET kind = 'x'", "DELETE FROM events", "DELETE FROM events WHERE seq = 2"] {
            let error = conn.batch_execute(statement).unwrap_err();
            assert!(error.to_string().contains("never changed or deleted"), "{statement}: {error}");
        }
        if let AnyConn::Postgres(conn) = &mut conn {
            conn.batch_execute("TRUNCATE events").unwrap_err();
        } else {
            // A replacement is a deletion in disguise.
            let replace = "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 1";
            assert!(conn.batch_execute(replace).is_err());
        }
        assert_eq!(Event::list(&mut conn, PROGRAM).unwrap(), before);
    }
}

/// Whoever asked may ask again: a crashed PostgreSQL comes back.
mod a_connection_that_broke_is_no_fault_of_ours {
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::{Bool, Integer};
    use server::app::Error;
    use server::http::Problem;

    use crate::common::TestDb;

    #[test]
    fn postgres() {
        let test = &TestDb::postgres();
        let mut conn = test.open();
        let process: i32 = diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(&mut conn).unwrap();
        let end = sql::<Bool>(&format!("pg_terminate_backend({process}, 5000)"));
        assert!(diesel::select(end).get_result::<bool>(&mut test.open()).unwrap());

        for _ in 0..2 {
            let asked = diesel::select(sql::<Integer>("1")).get_result::<i32>(&mut conn);
            let problem = Problem::from(Error::Query(asked.unwrap_err()));
            assert_eq!((problem.status.as_u16(), problem.code), (503, "busy"));
        }
    }
}
