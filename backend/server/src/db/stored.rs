use domain::value::{Address, Amount, Digest, Timestamp};
use thiserror::Error;
use uuid::Uuid;

/// A row holds what we never write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{table}.{column} holds a value this program never writes: {}", remedy(.table))]
pub struct Corrupt {
    pub table: &'static str,
    pub column: &'static str,
}

/// What helps: projections are made anew from the journal, and the journal from a backup only.
fn remedy(table: &str) -> &'static str {
    match table {
        "programs" | "heads" | "events" | "documents" => "restore a backup",
        _ => "run `bounty-ledger rebuild`, or restore a backup if that does not help",
    }
}

/// A value with one spelling in the database, the same in both.
pub trait Stored: Sized {
    /// What the column holds.
    fn store(&self) -> String;

    /// Reads exactly what [`Stored::store`] writes.
    fn restore(text: &str) -> Option<Self>;
}

/// Digits of `u128::MAX`: padded to these, amounts compare as texts.
const AMOUNT_DIGITS: usize = 39;

impl Stored for Amount {
    fn store(&self) -> String {
        format!("{:0AMOUNT_DIGITS$}", self.wei())
    }

    fn restore(text: &str) -> Option<Self> {
        let digits = text.len() == AMOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self::from_wei) } else { None }
    }
}

/// Types whose `Display` is their one spelling.
macro_rules! stored_as_displayed {
    ($($type:ty),+) => { $(
        impl Stored for $type {
            fn store(&self) -> String {
                self.to_string()
            }

            fn restore(text: &str) -> Option<Self> {
                text.parse().ok().filter(|value: &Self| value.store() == text)
            }
        }
    )+ };
}
stored_as_displayed!(Address, Digest, Timestamp, Uuid);

/// Bytes as lower-case hex without a prefix.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads a text of a row.
///
/// # Errors
/// The text is not one that [`Stored::store`] writes.
pub fn read_text<T: Stored>(table: &'static str, column: &'static str, text: &str) -> Result<T, Corrupt> {
    T::restore(text).ok_or(Corrupt { table, column })
}

/// Reads a number of a row, such as a `u32` or a `u64`.
///
/// # Errors
/// The number does not fit.
pub fn read_number<T: TryFrom<i64>>(
    table: &'static str,
    column: &'static str,
    number: i64,
) -> Result<T, Corrupt> {
    T::try_from(number).map_err(|_| Corrupt { table, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_order_as_text() {
        let powers = (0..39).map(|exponent| 10_u128.pow(exponent));
        let wei: Vec<u128> = [0].into_iter().chain(powers).chain([u128::MAX]).collect();
        let texts: Vec<String> = wei.iter().map(|wei| Amount::from_wei(*wei).store()).collect();
        assert!(texts.is_sorted() && texts.iter().all(|text| text.len() == 39));
        for (wei, text) in wei.iter().zip(&texts) {
            assert_eq!(Amount::restore(text), Some(Amount::from_wei(*wei)));
        }
    }

    #[test]
    fn only_the_one_spelling_is_read() {
        for text in ["", "1", &"9".repeat(39), &format!("+{:038}", 1), &format!("{:040}", 1)] {
            assert_eq!(Amount::restore(text), None, "{text}");
        }
        assert!(Timestamp::restore("2026-01-02T03:04:05.678901Z").is_some());
        assert_eq!(Timestamp::restore("2026-01-02T03:04:05Z"), None);
        assert_eq!(Uuid::restore("urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8"), None);
        let error = read_text::<Amount>("accounts", "balance", "12").unwrap_err();
        assert_eq!(error, Corrupt { table: "accounts", column: "balance" });
        assert!(error.to_string().starts_with("accounts.balance holds"));
        assert_eq!(
            read_number::<u32>("votes", "ordinal", -1),
            Err(Corrupt { table: "votes", column: "ordinal" })
        );
    }
}
