//! What values look like in the OpenAPI document.
//!
//! Nothing is read or checked here: that is the domain's work. Requests made up from the document compare the two.

use domain::value::Amount;
use serde::Serialize;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Object, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Declares texts of one look each.
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident($example:expr) { $($key:ident: $value:expr),+ $(,)? })+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                let text = text.description(Some(concat!($($doc),+).trim_ascii())).examples([$example]);
                text $(.$key(Some($value)))+ .build().into()
            }
        }

        impl ToSchema for $name {}
    )+ };
}

/// The pattern of texts that are not blank, without these characters and those that hide or turn others.
macro_rules! visible {
    ($control:literal) => {
        concat!(
            "^[^",
            $control,
            "\\u007f-\\u009f\\u200b\\u202a-\\u202e\\u2066-\\u2069]*",
            "[^\\s",
            $control,
            "\\u007f-\\u009f\\u200b\\u202a-\\u202e\\u2066-\\u2069]",
            "[^",
            $control,
            "\\u007f-\\u009f\\u200b\\u202a-\\u202e\\u2066-\\u2069]*$"
        )
    };
}

const HEX: &str = "7b1c9f5ad1c1a1b0c8ea0eabf1e3f3b8f3a5c9f7de9d2f0f4a3c8b1e2d4c6a80";

texts! {
    /// A short name: of a program, a category, a function, a channel.
    ShortName("bounties") { pattern: "^[a-z][a-z0-9-]{0,30}$" }
    /// What somebody signs in with.
    Handle("ada") { pattern: "^[a-z][a-z0-9-]{1,39}$" }
    /// What a member is called: one line without characters that control, hide or turn others.
    Name("reviewer-one") { min_length: 1, max_length: 40, pattern: visible!("\\u0000-\\u001f") }
    /// One line without characters that control, hide or turn others.
    Title("Co-host a Space") { min_length: 1, max_length: 120, pattern: visible!("\\u0000-\\u001f") }
    /// Some lines without characters that control, hide or turn others.
    Text("Two hours, with a recap.") {
        min_length: 1,
        max_length: 8000,
        pattern: visible!("\\u0000-\\u0009\\u000b-\\u001f"),
    }
    /// An address: 0x and 40 hex digits, with their EIP-55 checksum where the case is mixed.
    WrittenAddress("0x289ba1701C2F088cf0faf8B3705246331cB8A839") { pattern: "^0x[0-9a-fA-F]{40}$" }
    /// A whole number, of wei or gas, in decimal digits.
    WrittenUint("0") { pattern: "^[0-9]{1,77}$" }
    /// 32 bytes in hex.
    WrittenHash(format!("0x{HEX}")) { pattern: "^(0x)?[0-9a-fA-F]{64}$" }
    /// 32 bytes in hex, as the chain's tools write them.
    Hash(format!("0x{HEX}")) { pattern: "^0x[0-9a-f]{64}$" }
    /// 32 bytes in hex, as the journal writes them.
    Digest(HEX) { pattern: "^[0-9a-f]{64}$" }
    /// A signature of 65 bytes in hex, as wallets write it.
    WrittenSignature(format!("0x{}1b", "11".repeat(64))) { pattern: "^(0x)?[0-9a-fA-F]{130}$" }
    /// 16 bytes in hex.
    Salt("000102030405060708090a0b0c0d0e0f") { pattern: "^[0-9a-f]{32}$" }
    /// The name of a thing that lies outside the journal (RFC 9562).
    Id("6f1c7c3e-0f0a-4a55-9c63-1f5a5f0d8c11") { pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" }
    /// Six digits that an authenticator app shows, or a recovery code.
    Code("492039") { min_length: 6, max_length: 40 }
    /// A time (RFC 3339) in the years 1970 to 9999.
    Moment("2026-01-05T12:00:00Z") { format: SchemaFormat::KnownFormat(KnownFormat::DateTime) }
    /// A public link: no user name, no port.
    Link("https://x.com/livepeer/status/1") {
        max_length: 2048,
        pattern: "^https?://[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+([/?#][!-~]*)?$",
    }
    /// An account of the books.
    AccountName("1/bounties/available") {
        pattern: "^(safe|contributed|suspense_in|suspense_out|lost|[1-9][0-9]{0,8}/(authority|unallotted|[a-z][a-z0-9-]{0,30}/(available|encumbered|expended|inflight|lapsed|reserved|spent)))$",
    }
    /// What an API token may be made for.
    ScopeName("submit") { pattern: "^(read|submit|treasurer-export)$" }
    /// What a member may do.
    RoleName("contributor") { pattern: "^(alternate|auditor|contributor|lead|reviewer|treasurer)$" }
    /// Three numbers with dots.
    Version("1.4.1") { pattern: "^(0|[1-9][0-9]?)(\\.(0|[1-9][0-9]?)){2}$" }
}

/// An exact amount of LPT as decimal text, such as "20.5": JSON numbers cannot carry it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(pattern = "^[0-9]{1,20}(\\.[0-9]{1,18})?$", example = "20.5")]
pub struct Lpt(String);

impl From<Amount> for Lpt {
    fn from(amount: Amount) -> Self {
        Self(amount.to_string())
    }
}

/// The number of a period, a bounty, a claim: a JSON number, or the same as text.
#[derive(Clone, Copy, Debug)]
pub struct Number;

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[1-9][0-9]{0,8}$"));
        let number = OneOfBuilder::new().item(whole_number()).item(text);
        let number = number.description(Some("The number of a thing: a JSON number, or the same as text."));
        RefOr::T(Schema::OneOf(number.build()))
    }
}

impl ToSchema for Number {}

/// A moment of a journal: the number of an event, or a time.
#[derive(Clone, Copy, Debug)]
pub struct AsOf;

impl PartialSchema for AsOf {
    fn schema() -> RefOr<Schema> {
        let event =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0_u32)).maximum(Some(u64::MAX));
        let moment = OneOfBuilder::new().item(event).item(Moment::schema());
        RefOr::T(Schema::OneOf(moment.build()))
    }
}

impl ToSchema for AsOf {}

/// A file, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct File;

impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).build().into()
    }
}

impl ToSchema for File {}

/// The number of a thing, as paths and queries hold it.
#[derive(Clone, Copy, Debug)]
pub struct WholeNumber;

impl PartialSchema for WholeNumber {
    fn schema() -> RefOr<Schema> {
        whole_number().into()
    }
}

impl ToSchema for WholeNumber {}

/// What things are numbered with: from 1 on.
pub fn whole_number() -> Object {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    number.minimum(Some(1_u32)).maximum(Some(u32::MAX)).build()
}
