//! The Safe: what was read from it, what came in, what is to be paid.

use super::row;

row! {
    /// What was read from the Safe.
    insert Observation in observations [program: String, seq: i64] {
        block: i64,
        block_hash: String,
        at: String,
        nonce: i64,
        owners: String,
        threshold: i64,
        singleton: String,
        modules: String,
        guard: Option<String>,
        balance: String,
        source: String,
    }
}

row! {
    /// LPT that came into the Safe.
    upsert Funding in funding [program: String, seq: i64] {
        amount: String,
        tx_hash: String,
        log_index: i64,
        sender: Option<String>,
        source: String,
        withdrawn_seq: Option<i64>,
        reason: Option<String>,
    }
}

row! {
    /// Proposed payouts: candidates for a Safe nonce, never edited. `size` and `root` are the journal's when proposed.
    insert Batch in batches [program: String, number: i64] {
        nonce: i64,
        total: String,
        safe_to: String,
        operation: i64,
        domain_hash: String,
        message_hash: String,
        safe_tx_hash: String,
        proposed_at: String,
        size: i64,
        root: String,
        seq: i64,
    }
}

row! {
    /// Lines of the batches.
    insert Payout in payouts [program: String, batch: i64, line: i64] {
        submission: i64,
        payee: String,
        amount: String,
    }
}
