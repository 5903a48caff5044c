use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::as_json_string;

/// Why a text is not a number as events write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    #[error("a number is decimal digits without a sign or a leading zero")]
    Malformed,
    #[error("numbers of this kind start at 1")]
    Zero,
    #[error("the number is too large")]
    TooLarge,
}

fn parse<N: FromStr>(text: &str) -> Result<N, NumberError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.starts_with('0') && text != "0") {
        return Err(NumberError::Malformed);
    }
    text.parse().map_err(|_| NumberError::TooLarge)
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            pub const FIRST: Self = Self(1);

            /// The number `n`, unless it is 0.
            pub const fn new(n: u32) -> Option<Self> {
                if n == 0 { None } else { Some(Self(n)) }
            }

            pub const fn get(self) -> u32 {
                self.0
            }

            /// The next one, until 2³² − 1.
            pub fn next(self) -> Option<Self> {
                self.0.checked_add(1).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = NumberError;

            fn from_str(text: &str) -> Result<Self, NumberError> {
                Self::new(parse(text)?).ok_or(NumberError::Zero)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        as_json_string!($name, read: str::parse::<$name>, write: |number: &$name| *number,
            packed: u32, pack: |number: &$name| number.0, unpack: $name::new);
    };
}

numbered!(
    /// A member of a program, counted from 1.
    MemberNumber
);
numbered!(
    /// A period of a program, counted from 1.
    PeriodNumber
);
numbered!(
    /// A bounty of a program, counted from 1.
    BountyNumber
);
numbered!(
    /// A submission of a program, counted from 1.
    SubmissionNumber
);
numbered!(
    /// A revision of a submission, counted from 1.
    RevisionNumber
);
numbered!(
    /// A payout batch of a program, counted from 1.
    BatchNumber
);

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            pub const ZERO: Self = Self(0);

            pub const fn new(n: $inner) -> Self {
                Self(n)
            }

            pub const fn get(self) -> $inner {
                self.0
            }

            pub fn next(self) -> Option<Self> {
                self.0.checked_add(1).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = NumberError;

            fn from_str(text: &str) -> Result<Self, NumberError> {
                parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        as_json_string!($name, read: str::parse::<$name>, write: |number: &$name| *number,
            packed: $inner, pack: |number: &$name| number.0, unpack: |number| Some($name(number)));
    };
}

counted!(
    /// The place of an event in its journal, counted from 0; also chain ids, nonces and block heights.
    Seq(u64)
);
counted!(
    /// A small count: slots, votes, hours, percent.
    Count(u32)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!("1".parse(), Ok(MemberNumber(1)));
        assert_eq!("0".parse::<MemberNumber>(), Err(NumberError::Zero));
        assert_eq!("0".parse(), Ok(Seq(0)));
        for text in ["", "01", "+1", "-1", " 1", "1.0", "one"] {
            assert_eq!(text.parse::<Seq>(), Err(NumberError::Malformed), "{text:?}");
        }
        assert_eq!("4294967296".parse::<Count>(), Err(NumberError::TooLarge));
    }
}
