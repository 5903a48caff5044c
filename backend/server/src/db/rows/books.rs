//! Money by account, category and period.

use super::row;

row! {
    /// Postings with the balance after each, so that a report as of any moment is one look-up.
    insert Entry in entries [program: String, seq: i64, line: i64] {
        account: String,
        side: String,
        amount: String,
        balance_after: String,
    }
}

row! {
    /// Balances now; `seq` is the last event that moved the account.
    upsert Account in accounts [program: String, account: String] {
        balance: String,
        seq: i64,
    }
}

row! {
    /// Budget lines, range by range.
    insert Category in categories [program: String, slug: String, seq: i64] {
        position: i64,
        floor: String,
        ceiling: String,
    }
}

row! {
    /// Months or quarters with a cap.
    upsert Period in periods [program: String, number: i64] {
        kind: String,
        starts_at: String,
        ends_at: String,
        cap: String,
        seq: i64,
        closed_seq: Option<i64>,
        closed_at: Option<String>,
        variance: Option<String>,
    }
}

row! {
    /// The caps of a period, from the event on that set each.
    insert Cap in caps [program: String, period: i64, seq: i64] {
        cap: String,
        reason: Option<String>,
    }
}

row! {
    /// What a category was given, version by version.
    insert Allotment in allotments [program: String, period: i64, category: String, version: i64] {
        amount: String,
        seq: i64,
        reason: Option<String>,
    }
}
