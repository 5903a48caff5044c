//! How the page about events describes an object, a field, a movement of money, a kind.

use std::collections::BTreeSet;

use domain::event::Kind;
use serde_json::Value;

use super::shape::Shape;

/// A field of an object in an event.
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    /// Left out where there is nothing to say.
    pub optional: bool,
    pub meaning: &'static str,
}

/// An object in an event, with its fields in the order of their names.
pub struct Object {
    pub name: &'static str,
    pub meaning: &'static str,
    pub fields: &'static [Field],
}

/// Money that moves: one debit and one credit.
pub struct Movement {
    pub from: &'static str,
    pub to: &'static str,
    pub amount: &'static str,
}

/// One kind of event.
pub struct Description {
    pub kind: Kind,
    pub meaning: &'static str,
    /// Who may not ask although the role would allow it; empty if there is nothing to say.
    pub separations: &'static str,
    pub asked: &'static Object,
    pub outcome: Option<&'static Object>,
    /// In the order in which they are posted.
    pub postings: Vec<Movement>,
}

pub const fn field(name: &'static str, shape: Shape, meaning: &'static str) -> Field {
    Field { name, shape, optional: false, meaning }
}

pub const fn optional(name: &'static str, shape: Shape, meaning: &'static str) -> Field {
    Field { name, shape, optional: true, meaning }
}

pub const fn movement(from: &'static str, to: &'static str, amount: &'static str) -> Movement {
    Movement { from, to, amount }
}

impl Object {
    /// Checks that a value has the fields described, and tells `seen` which of them it has.
    pub fn check(&'static self, value: &Value, seen: &mut dyn FnMut(&'static Self, &'static str, bool)) {
        let found: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let described: BTreeSet<&str> = self.fields.iter().map(|field| field.name).collect();
        let unknown: Vec<_> = found.difference(&described).collect();
        assert!(unknown.is_empty(), "{} has fields that nobody describes: {unknown:?}", self.name);
        assert!(self.fields.is_sorted_by_key(|field| field.name), "{}: fields in order of names", self.name);
        for field in self.fields {
            let value = value.get(field.name);
            assert!(value.is_some() || field.optional, "{} lacks {}", self.name, field.name);
            if let Some(value) = value {
                field.shape.check(value, seen);
            }
            seen(self, field.name, value.is_some());
        }
    }
}
