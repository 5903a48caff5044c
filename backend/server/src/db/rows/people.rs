//! Members and their addresses.

use super::row;

row! {
    /// Who takes part; `name` is a document, `roles` are sorted and separated by commas.
    upsert Member in members [program: String, number: i64] {
        name: String,
        roles: String,
        added_seq: i64,
    }
}

row! {
    /// Recorded addresses; one belongs to one member.
    upsert Address in addresses [program: String, address: String] {
        member: i64,
        position: i64,
        usable_from: String,
        twin_of: Option<String>,
        seq: i64,
        proof: Option<String>,
    }
}
