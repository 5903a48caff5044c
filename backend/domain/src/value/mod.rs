//! Values that are valid because they exist: amounts, addresses, digests, times, names, numbers.

mod address;
mod amount;
mod digest;
mod number;
mod signature;
mod slug;
mod time;

pub use address::{Address, AddressError};
pub use amount::{Amount, AmountError};
pub use digest::{Digest, DigestError};
pub use number::{
    BatchNumber, BountyNumber, Count, MemberNumber, NumberError, PeriodNumber, RevisionNumber, Seq,
    SubmissionNumber,
};
pub use signature::{ContractSignature, ContractSignatureError, Signature, SignatureError};
pub use slug::{Slug, SlugError};
pub use time::{Timestamp, TimestampError};

/// Reads and writes a value as the JSON string that its `FromStr` and `Display` speak.
///
/// With `packed`, a snapshot holds the value as that type instead; whatever is unpacked is checked again.
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
    ($type:ty, read: $read:expr, write: $write:expr, packed: $packed:ty, pack: $pack:expr, unpack: $unpack:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    return serializer.collect_str(&$write(self));
                }
                let packed: $packed = $pack(self);
                packed.serialize(serializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    return $read(&text).map_err(serde::de::Error::custom);
                }
                let packed = <$packed>::deserialize(deserializer)?;
                $unpack(packed).ok_or_else(|| serde::de::Error::custom(concat!("no ", stringify!($type))))
            }
        }
    };
}
pub(crate) use as_json_string;
