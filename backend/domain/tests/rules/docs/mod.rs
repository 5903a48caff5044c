//! Pages and samples that are written from the code, and held to it.
//!
//! `UPDATE_DOCS=1 cargo test -p domain --test rules` writes them anew.

mod books;
mod budget;
mod chain;
mod describe;
mod disputes;
mod events;
pub mod golden;
mod kinds;
mod objects;
mod people;
mod policies;
mod shape;
mod testing;

use std::path::PathBuf;

/// The place of a file of this repository.
pub fn place(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Fails if a file says something else than it should, or writes it if asked to.
pub fn hold(path: &str, should: &str) {
    let place = place(path);
    let mut found = std::fs::read_to_string(&place).unwrap_or_default();
    if found != should && std::env::var_os("UPDATE_DOCS").is_some() {
        // Other tests read it at the same time: they see the old page or the new one, never half of it.
        let half = place.with_extension("new");
        std::fs::write(&half, should).unwrap();
        std::fs::rename(&half, &place).unwrap();
        should.clone_into(&mut found);
    }
    let line = found.lines().zip(should.lines()).take_while(|(found, should)| found == should).count() + 1;
    assert!(
        found == should,
        "{path} is not what the code says, from line {line}: run with UPDATE_DOCS=1 to rewrite it"
    );
}
