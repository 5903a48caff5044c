//! The program's cap and the ranges of its categories, as they stand; the charter keeps what they began as.

use serde::{Deserialize, Serialize};

use crate::command::{Category, ChangeLimits, OpenProgram};
use crate::value::{Amount, Slug};

/// What a program and its categories may be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most that all periods together may spend.
    pub cap: Amount,
    /// In the order in which they were first named.
    pub categories: Vec<Category>,
}

impl Limits {
    pub(crate) fn of(charter: &OpenProgram) -> Self {
        Self { cap: charter.cap, categories: charter.categories.clone() }
    }

    /// The limits with what a change names: known categories keep their place, new ones come last.
    pub(crate) fn changed(&self, asked: &ChangeLimits) -> Self {
        let mut after = Self { cap: asked.cap.unwrap_or(self.cap), categories: self.categories.clone() };
        for category in &asked.categories {
            match after.categories.iter_mut().find(|known| known.slug == category.slug) {
                Some(known) => *known = *category,
                None => after.categories.push(*category),
            }
        }
        after
    }
}

/// The category of a name among others.
pub(crate) fn find(categories: &[Category], slug: Slug) -> Option<&Category> {
    categories.iter().find(|category| category.slug == slug)
}
