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
                /// Reads the text where it stands: an event has dozens, and none needs a copy.
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $read(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}
pub(crate) use as_json_string;
