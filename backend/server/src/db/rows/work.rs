//! Bounties, claims and what is decided about them.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::row;
use crate::db::{AnyConn, both, schema};

row! {
    /// Offers and how many of their slots are used.
    upsert Bounty in bounties [program: String, number: i64] fixed {
        period: i64,
        category: String,
    } {
        function: String,
        brief: String,
        reward: String,
        slots: i64,
        used: i64,
        opens_at: String,
        closes_at: String,
        seq: i64,
        probe: String,
        closed: Option<i64>,
        template: Option<String>,
    }
}

row! {
    /// Claims as they stand; `seq` is the last event that touched one.
    upsert Submission in submissions [program: String, number: i64] fixed {
        member: i64,
        kind: String,
        bounty: Option<i64>,
    } {
        period: i64,
        category: String,
        function: String,
        channel: String,
        state: String,
        revision: i64,
        digest: String,
        lane: String,
        amount: String,
        payee: String,
        texts: String,
        filed_at: String,
        decided_at: Option<String>,
        batch: Option<i64>,
        seq: i64,
        due_at: Option<String>,
    }
}

row! {
    /// Every version of a claim, as voted on.
    insert Revision in revisions [program: String, submission: i64, revision: i64] {
        digest: String,
        amount: String,
        payee: String,
        texts: String,
        lane: String,
        seq: i64,
        at: String,
        policy: i64,
        captures: String,
    }
}

row! {
    /// What a live or paid claim holds: where it says that all of it is its own and contests nobody, it is alone.
    insert Evidence in evidence [program: String, key: String, function: String, submission: i64] {
        share: i64,
        alone: i64,
    }
}

row! {
    /// Every vote ever cast; the highest ordinal of a reviewer counts.
    insert Vote in votes [program: String, submission: i64, revision: i64, reviewer: i64, ordinal: i64] {
        choice: String,
        reason: String,
        seq: i64,
        at: String,
        signature: Option<String>,
        signer: Option<String>,
        ground: Option<String>,
        offer: Option<String>,
    }
}

row! {
    /// What happened to a claim beside revisions and votes: who did what, and why.
    insert History in history [program: String, submission: i64, seq: i64] {
        kind: String,
        member: Option<i64>,
        text: Option<String>,
        until: Option<String>,
        verdict: Option<String>,
        at: String,
    }
}

/// Keys that fit one statement: both databases take at least 32,766 parameters.
const KEYS_PER_STATEMENT: usize = 32_000;

impl Evidence {
    /// Frees what was held: key, function and who held it. What nobody holds is no error.
    ///
    /// # Errors
    /// The database fails.
    pub fn release(conn: &mut AnyConn, program: &str, held: &[(String, String, i64)]) -> QueryResult<()> {
        let mut by_holder: BTreeMap<(&str, i64), Vec<&str>> = BTreeMap::new();
        for (key, function, submission) in held {
            by_holder.entry((function, *submission)).or_default().push(key);
        }
        for ((function, submission), keys) in &by_holder {
            for keys in keys.chunks(KEYS_PER_STATEMENT) {
                let held = schema::evidence::table
                    .filter(schema::evidence::program.eq(program))
                    .filter(schema::evidence::function.eq(*function))
                    .filter(schema::evidence::submission.eq(*submission))
                    .filter(schema::evidence::key.eq_any(keys));
                both!(&mut *conn, |conn| diesel::delete(held).execute(conn))?;
            }
        }
        Ok(())
    }
}
