use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::ListError;
use crate::db::hex;

/// How many items a page holds at most: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

/// Why a number is not a page's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a page holds 1 to {} items", Limit::MAX.0)]
pub struct LimitError;

impl Limit {
    pub const MAX: Self = Self(200);

    /// What a page holds if nobody asked otherwise.
    pub const USUAL: Self = Self(50);

    /// A limit of `items`.
    ///
    /// # Errors
    /// None, or more than 200.
    pub fn new(items: u32) -> Result<Self, LimitError> {
        if (1..=Self::MAX.0).contains(&items) { Ok(Self(items)) } else { Err(LimitError) }
    }

    /// One more than the page holds: it tells whether there is a next page.
    pub(super) fn and_one(self) -> i64 {
        i64::from(self.0).saturating_add(1)
    }

    fn items(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Where a page ended. Callers hand it back and read nothing into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(self.0.as_bytes()))
    }
}

/// The longest cursor ever made is far shorter.
const LONGEST: usize = 400;

impl FromStr for Cursor {
    type Err = ListError;

    fn from_str(text: &str) -> Result<Self, ListError> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)?.checked_mul(16)?.saturating_add(digit(*low)?)),
            _ => None,
        };
        let bytes: Option<Vec<u8>> =
            if text.len() <= LONGEST { text.as_bytes().chunks(2).map(byte).collect() } else { None };
        let cursor = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(Self);
        cursor.filter(|cursor| cursor.to_string() == text).ok_or(ListError::Cursor)
    }
}

/// Which page of a list is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    pub limit: Limit,
    /// The cursor of the page before; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Paging {
    pub const fn first(limit: Limit) -> Self {
        Self { limit, after: None }
    }

    /// The key after which the page begins.
    pub(super) fn after<K: Key>(&self, list: &'static str) -> Result<Option<K>, ListError> {
        let read = |cursor: &Cursor| {
            let key = cursor.0.strip_prefix(list).and_then(|rest| rest.strip_prefix(' ')).and_then(K::read);
            key.ok_or(ListError::Cursor)
        };
        self.after.as_ref().map(read).transpose()
    }
}

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

/// Some items of a list and where they end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page from the rows after a key, of which one more than the limit was asked for.
    pub(super) fn of<K: Key>(
        list: &'static str,
        mut rows: Vec<T>,
        limit: Limit,
        key: impl FnOnce(&T) -> K,
    ) -> Self {
        let more = rows.len() > limit.items();
        rows.truncate(limit.items());
        let end = if more { rows.last() } else { None };
        let next = end.map(|end| Cursor(format!("{list} {}", key(end).write())));
        Self { items: rows, next }
    }

    /// The same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// What a list is ordered by, as a cursor holds it.
pub(super) trait Key: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Key for i64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Key for (i64, i64) {
    fn write(&self) -> String {
        format!("{} {}", self.0, self.1)
    }

    fn read(text: &str) -> Option<Self> {
        let (one, other) = text.split_once(' ')?;
        Some((one.parse().ok()?, other.parse().ok()?))
    }
}

impl Key for String {
    fn write(&self) -> String {
        self.clone()
    }

    fn read(text: &str) -> Option<Self> {
        // PostgreSQL takes no NUL in a text.
        (!text.contains('\0')).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went_and_fits_its_own_list_only() {
        let page = Page::of("members", vec![7_i64, 8, 9], Limit::new(2).unwrap(), |number| *number);
        assert_eq!(page.items, [7, 8]);
        let cursor: Cursor = page.next.unwrap().to_string().parse().unwrap();
        let paging = Paging { limit: Limit::USUAL, after: Some(cursor) };
        assert_eq!(paging.after::<i64>("members").unwrap(), Some(8));
        assert!(paging.after::<i64>("bounties").is_err() && paging.after::<(i64, i64)>("members").is_err());
        let last = Page::of("members", vec![7_i64, 8], Limit::new(2).unwrap(), |number| *number);
        assert_eq!((last.items.len(), last.next), (2, None));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["0", "zz", "FF", "ff", &"00".repeat(300), "+1", "é"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
        for items in [0, 201, u32::MAX] {
            assert_eq!(Limit::new(items), Err(LimitError));
        }
    }
}
