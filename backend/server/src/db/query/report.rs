use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use domain::books::Account;
use domain::report::{Line, Report};
use domain::value::{Amount, PeriodNumber, Seq};
use domain::words::Bucket;
use uuid::Uuid;

use super::{ListError, int};
use crate::db::schema::{caps, periods};
use crate::db::{AnyConn, Stored, both, read_text};

/// The balance of every account of a period after an event: one look-up in `entries_by_account` for each.
/// Both databases read `$1` as the first parameter.
const BALANCES: &str = "
    SELECT a.account,
        (SELECT e.balance_after FROM entries e
            WHERE e.program = a.program AND e.account = a.account AND e.seq <= $1
            ORDER BY e.seq DESC, e.line DESC LIMIT 1) AS balance
    FROM accounts a
    WHERE a.program = $2 AND a.account >= $3 AND a.account < $4";

/// What every category was given first, and last before an event ends: two look-ups for each; and its range as it
/// stood after `$4`, if it was there.
const CATEGORIES: &str = "
    SELECT c.slug, c.position, c.floor, c.ceiling,
        (SELECT a.amount FROM allotments a
            WHERE a.program = c.program AND a.period = $1 AND a.category = c.slug AND a.seq <= $2
            ORDER BY a.seq LIMIT 1) AS original,
        (SELECT a.amount FROM allotments a
            WHERE a.program = c.program AND a.period = $1 AND a.category = c.slug AND a.seq <= $2
            ORDER BY a.seq DESC LIMIT 1) AS allotment
    FROM categories c
    WHERE c.program = $3 AND c.seq = (SELECT k.seq FROM categories k
        WHERE k.program = c.program AND k.slug = c.slug AND k.seq <= $4 ORDER BY k.seq DESC LIMIT 1)";

#[derive(QueryableByName)]
struct Balance {
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Nullable<Text>)]
    balance: Option<String>,
}

#[derive(QueryableByName)]
struct Given {
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Text)]
    floor: String,
    #[diesel(sql_type = Text)]
    ceiling: String,
    #[diesel(sql_type = Nullable<Text>)]
    original: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    allotment: Option<String>,
}

/// The budget of a period by category after an event, equal to `Report::of` the program as it stood then.
///
/// Its cost grows with the number of accounts, not of events. `None` if the period was not open yet. Rows of an
/// event that is being written are not seen: what is asked is history, which never changes.
///
/// # Errors
/// The database fails, or a row holds what we never write.
pub fn report_as_of(
    conn: &mut AnyConn,
    program: Uuid,
    period: PeriodNumber,
    seq: Seq,
) -> Result<Option<Report>, ListError> {
    let (key, number, seq) = (program.store(), int(period.get()), int(seq.get()));
    let cap: Option<String> = caps::table
        .filter(caps::program.eq(&key).and(caps::period.eq(number)).and(caps::seq.le(seq)))
        .order(caps::seq.desc())
        .select(caps::cap)
        .first(conn)
        .optional()?;
    let Some(cap) = cap else { return Ok(None) };
    let closed: Option<i64> = periods::table.find((&key, number)).select(periods::closed_seq).first(conn)?;
    // Ranges that changed after it was closed are not its own.
    let ranges = closed.map_or(seq, |closed| seq.min(closed));
    let balances = balances(conn, &key, period, seq)?;
    let mut categories: Vec<Given> = both!(conn, |conn| sql_query(CATEGORIES)
        .bind::<BigInt, _>(number)
        .bind::<BigInt, _>(seq)
        .bind::<Text, _>(&key)
        .bind::<BigInt, _>(ranges)
        .load(conn))?;
    categories.sort_by_key(|category| category.position);
    let balance = |account: Account| balances.get(&account).copied().unwrap_or(Amount::ZERO);
    let lines = categories.iter().map(|given| line(given, period, balance)).collect::<Result<_, _>>()?;
    Ok(Some(Report {
        period,
        cap: read_text("caps", "cap", &cap)?,
        unallotted: balance(Account::Unallotted(period)),
        lines,
    }))
}

fn balances(
    conn: &mut AnyConn,
    program: &str,
    period: PeriodNumber,
    seq: i64,
) -> Result<HashMap<Account, Amount>, ListError> {
    // `0` follows `/`: all names that begin with the period and a slash, and no others.
    let rows: Vec<Balance> = both!(conn, |conn| sql_query(BALANCES)
        .bind::<BigInt, _>(seq)
        .bind::<Text, _>(program)
        .bind::<Text, _>(format!("{period}/"))
        .bind::<Text, _>(format!("{period}0"))
        .load(conn))?;
    let mut balances = HashMap::new();
    for row in rows {
        let Some(balance) = row.balance else { continue };
        let account = row.account.parse();
        let account = account.map_err(|_| crate::db::Corrupt { table: "accounts", column: "account" })?;
        balances.insert(account, read_text("entries", "balance_after", &balance)?);
    }
    Ok(balances)
}

fn line(given: &Given, period: PeriodNumber, balance: impl Fn(Account) -> Amount) -> Result<Line, ListError> {
    let slug = given.slug.parse();
    let category = slug.map_err(|_| crate::db::Corrupt { table: "categories", column: "slug" })?;
    let bucket = |bucket| balance(Account::Line(period, category, bucket));
    let amount = |amount: Option<&String>| {
        amount.map_or(Ok(Amount::ZERO), |amount| read_text("allotments", "amount", amount))
    };
    Ok(Line {
        category,
        floor: read_text("categories", "floor", &given.floor)?,
        ceiling: read_text("categories", "ceiling", &given.ceiling)?,
        original: amount(given.original.as_ref())?,
        allotment: amount(given.allotment.as_ref())?,
        expended: bucket(Bucket::Expended),
        inflight: bucket(Bucket::Inflight),
        encumbered: bucket(Bucket::Encumbered),
        reserved: bucket(Bucket::Reserved),
        available: bucket(Bucket::Available),
        lapsed: bucket(Bucket::Lapsed),
    })
}
