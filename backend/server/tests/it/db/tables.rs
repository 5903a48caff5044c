use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Text};
use server::db::AnyConn;
use server::db::rows::{self, Row};

use crate::common::{TestDb, with_both};

/// A column: its table, name, kind, whether it may be NULL, its place in the key (0: none).
#[derive(Debug, PartialEq, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = BigInt)]
    key: i64,
}

/// An index, also of a key: its table, whether it is unique, its columns in order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Bool)]
    single: bool,
    #[diesel(sql_type = Text)]
    columns: String,
}

const SQLITE_COLUMNS: &str = r#"
    SELECT t.name AS "table", c.name, c.type AS kind, NOT c."notnull" AS nullable, c.pk AS key
    FROM pragma_table_list t, pragma_table_info(t.name) c
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT GLOB 'sqlite_*' AND t.name NOT GLOB '__diesel*'
    ORDER BY t.name, c.cid"#;

const POSTGRES_COLUMNS: &str = r#"
    SELECT c.table_name::text AS "table", c.column_name::text AS name, c.is_nullable = 'YES' AS nullable,
        CASE c.data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB'
            WHEN 'text' THEN CASE c.collation_name WHEN 'C' THEN 'TEXT' ELSE 'another order' END
            ELSE c.data_type END::text AS kind,
        coalesce(k.ordinal_position, 0)::bigint AS key
    FROM information_schema.columns c
    LEFT JOIN information_schema.key_column_usage k
        ON k.table_name = c.table_name AND k.column_name = c.column_name AND k.constraint_name = c.table_name || '_pkey'
    WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '\_\_diesel%'
    ORDER BY c.table_name COLLATE "C", c.ordinal_position"#;

const SQLITE_INDEXES: &str = r#"
    SELECT t.name AS "table", i."unique" AS single,
        (SELECT group_concat(c.name, ',' ORDER BY c.seqno) FROM pragma_index_info(i.name) c) AS columns
    FROM pragma_table_list t, pragma_index_list(t.name) i
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT GLOB 'sqlite_*' AND t.name NOT GLOB '__diesel*'"#;

const POSTGRES_INDEXES: &str = r#"
    SELECT t.relname::text AS "table", i.indisunique AS single,
        (SELECT string_agg(a.attname, ',' ORDER BY k.place)
            FROM unnest(i.indkey) WITH ORDINALITY k (number, place)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)::text AS columns
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '\_\_diesel%'"#;

fn columns(test: &TestDb) -> Vec<Column> {
    let mut conn = test.open();
    let query = match conn {
        AnyConn::Sqlite(_) => SQLITE_COLUMNS,
        AnyConn::Postgres(_) => POSTGRES_COLUMNS,
    };
    sql_query(query).load(&mut conn).unwrap()
}

fn indexes(test: &TestDb) -> Vec<Index> {
    let mut conn = test.open();
    let query = match conn {
        AnyConn::Sqlite(_) => SQLITE_INDEXES,
        AnyConn::Postgres(_) => POSTGRES_INDEXES,
    };
    let mut indexes: Vec<Index> = sql_query(query).load(&mut conn).unwrap();
    indexes.sort();
    indexes
}

/// The columns of a row type as declared in Rust; which of them stand first in a table is nothing to rely on.
fn declared<R: Row>() -> (String, Vec<String>) {
    let mut columns: Vec<String> = R::COLUMNS.iter().map(|&column| column.to_owned()).collect();
    columns.sort();
    (R::TABLE.to_owned(), columns)
}

with_both! {
    fn both_databases_have_the_same_tables(sqlite: TestDb, postgres: TestDb) {
        let found = columns(sqlite);
        assert_eq!(found, columns(postgres));
        println!("count: columns compared {}", found.len());
        assert!(found.iter().all(|column| ["TEXT", "INTEGER", "BLOB"].contains(&column.kind.as_str())));
    }

    fn both_databases_have_the_same_keys_and_indexes(sqlite: TestDb, postgres: TestDb) {
        let found = indexes(sqlite);
        assert_eq!(found, indexes(postgres));
        println!("count: keys and indexes compared {}", found.len());
        assert!(found.len() > 20);
    }
}

#[test]
fn every_table_has_its_row() {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in columns(&TestDb::sqlite()) {
        found.entry(column.table).or_default().push(column.name);
    }
    for columns in found.values_mut() {
        columns.sort();
    }
    let rows = BTreeMap::from([
        declared::<rows::Program>(),
        declared::<rows::Head>(),
        declared::<rows::Event>(),
        declared::<rows::Document>(),
        declared::<rows::Mark>(),
        declared::<rows::Entry>(),
        declared::<rows::Account>(),
        declared::<rows::Category>(),
        declared::<rows::Period>(),
        declared::<rows::Allotment>(),
        declared::<rows::Cap>(),
        declared::<rows::Member>(),
        declared::<rows::Address>(),
        declared::<rows::Bounty>(),
        declared::<rows::Submission>(),
        declared::<rows::Revision>(),
        declared::<rows::Evidence>(),
        declared::<rows::Vote>(),
        declared::<rows::History>(),
        declared::<rows::Observation>(),
        declared::<rows::Funding>(),
        declared::<rows::Batch>(),
        declared::<rows::Payout>(),
        declared::<rows::Upload>(),
        declared::<rows::User>(),
        declared::<rows::RefreshToken>(),
        declared::<rows::Session>(),
        declared::<rows::SecondFactor>(),
        declared::<rows::RecoveryCode>(),
        declared::<rows::ApiToken>(),
        declared::<rows::SignInLink>(),
        declared::<rows::Wallet>(),
        declared::<rows::SiweNonce>(),
        declared::<rows::Notice>(),
        declared::<rows::Membership>(),
        declared::<rows::Snapshot>(),
    ]);
    assert_eq!(rows, found);
}
