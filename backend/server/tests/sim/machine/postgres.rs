//! How a server on PostgreSQL dies: by itself, or because the database cuts its connection.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use server::db::{AnyConn, open_write};

use super::probe::Doom;
use crate::common::TestDb;
use crate::play::Moment;

/// The process that serves a connection; none on SQLite.
pub fn process(conn: &mut AnyConn) -> Option<i32> {
    match conn {
        AnyConn::Sqlite(_) => None,
        AnyConn::Postgres(conn) => {
            Some(diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(conn).unwrap())
        }
    }
}

/// Ends a connection from the database's side, or leaves it to the server to die.
pub struct Cut {
    another: AnyConn,
    process: i32,
    by_database: bool,
}

impl Cut {
    pub fn new(database: &TestDb, process: Option<i32>, by_database: bool) -> Self {
        Self { another: open_write(&database.target).unwrap(), process: process.unwrap(), by_database }
    }

    fn cut(&mut self) {
        // Waits until the process is gone, so that the commit cannot overtake it.
        let ended = sql::<Bool>(&format!("pg_terminate_backend({}, 10000)", self.process));
        assert!(diesel::select(ended).get_result::<bool>(&mut self.another).unwrap());
    }
}

impl Doom for Cut {
    /// Nobody outside sees a commit half done: what is cut during it was cut before it.
    fn before(&mut self, moment: Moment) -> bool {
        if moment == Moment::After {
            return false;
        }
        if self.by_database {
            self.cut();
        }
        !self.by_database
    }

    fn after(&mut self, _: Moment) {
        if self.by_database {
            self.cut();
        }
    }
}
