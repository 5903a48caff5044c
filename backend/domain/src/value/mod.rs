//! Values that are valid because they exist: amounts, addresses, digests, times, names, numbers.

mod address;
mod amount;
mod digest;
mod number;
mod slug;
mod time;

pub use address::{Address, AddressError};
pub use amount::{Amount, AmountError};
pub use digest::{Digest, DigestError};
pub use number::{
    BatchNumber, BountyNumber, Count, MemberNumber, NumberError, PeriodNumber, RevisionNumber, Seq,
    SubmissionNumber,
};
pub use slug::{Slug, SlugError};
pub use time::{Timestamp, TimestampError};

/// Reads and writes a value as the JSON string that its `FromStr` and `Display` speak.
macro_rules! as_json_string {
    ($type:ty, read: $read:expr, write: $write:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&$write(self))
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                $read(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use as_json_string;
