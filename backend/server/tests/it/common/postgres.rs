//! Databases in the cluster that `scripts/test` starts.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use server::db::{self, AnyConn};

const VARIABLE: &str = "BOUNTY_LEDGER_TEST_POSTGRES";
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");

/// The database that others are copied from: a cluster may be older than the last migration.
fn template() -> String {
    let names = std::fs::read_dir(MIGRATIONS).unwrap().map(|entry| entry.unwrap().file_name());
    let last = names.max().unwrap().into_string().unwrap();
    format!("template_{}", last.replace('-', "_"))
}

/// A database that is dropped with this value.
pub struct Database {
    pub url: String,
    name: String,
}

impl Database {
    pub fn empty() -> Self {
        Self::create("template0", &mut admin())
    }

    pub fn migrated() -> Self {
        let (mut admin, template) = (admin(), template());
        // A database cannot be copied while somebody is connected to it, such as another test that migrates it.
        admin.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
        let exists = format!("EXISTS (SELECT FROM pg_database WHERE datname = '{template}')");
        if !diesel::select(sql::<Bool>(&exists)).get_result::<bool>(&mut admin).unwrap() {
            admin
                .batch_execute(&format!("CREATE DATABASE {template}_unfinished TEMPLATE template0"))
                .unwrap();
            let target = url_of(&format!("{template}_unfinished")).parse().unwrap();
            db::migrate(&mut db::open_write(&target).unwrap()).unwrap();
            admin
                .batch_execute(&format!("ALTER DATABASE {template}_unfinished RENAME TO {template}"))
                .unwrap();
        }
        Self::create(&template, &mut admin)
    }

    fn create(template: &str, admin: &mut AnyConn) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).unwrap();
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
        Self { url: url_of(&name), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = admin().batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        if !std::thread::panicking() {
            dropped.unwrap();
        }
    }
}

fn cluster() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!("{VARIABLE} names no PostgreSQL: run scripts/test, or `cargo test -- --skip ::postgres` for SQLite only")
    })
}

/// `scheme://host/postgres?options` with another database.
fn url_of(database: &str) -> String {
    let cluster = cluster();
    let (place, options) = cluster.split_once('?').unwrap_or((&cluster, ""));
    let (place, _) = place.rsplit_once('/').unwrap();
    format!("{place}/{database}?{options}")
}

fn admin() -> AnyConn {
    let mut admin = db::open_write(&cluster().parse().unwrap()).unwrap();
    admin.batch_execute("SET lock_timeout = 0; SET statement_timeout = 0").unwrap();
    admin
}
