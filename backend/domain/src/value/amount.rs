use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::as_json_string;

/// Decimal places of LPT: 1 LPT is 10¹⁸ wei.
const DECIMALS: usize = 18;
const WEI_PER_LPT: u128 = 10_u128.pow(18);

/// An exact amount of LPT, counted in wei (10⁻¹⁸ LPT).
///
/// The ways in are [`FromStr`] (decimal LPT, what people write) and [`Amount::from_wei`]. There is no
/// `Add`: use [`Amount::checked_add`], because an overflow of money must be handled where it happens.
/// `Display` writes decimal LPT without trailing zeros; in events (serde) an amount is its wei.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u128);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    #[error("an amount is digits with at most one dot, such as 20.5: no sign, exponent, space or comma")]
    Malformed,
    #[error("an amount has at most 18 decimals: 1 wei is 0.000000000000000001 LPT")]
    TooFine,
    #[error("an amount is at most 340282366920938463463.374607431768211455 LPT")]
    TooLarge,
}

impl Amount {
    pub const ZERO: Self = Self(0);
    /// One LPT.
    pub const LPT: Self = Self(WEI_PER_LPT);

    pub const fn from_wei(wei: u128) -> Self {
        Self(wei)
    }

    pub const fn wei(self) -> u128 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, or zero where `other` is the larger.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub fn checked_mul(self, times: u32) -> Option<Self> {
        self.0.checked_mul(u128::from(times)).map(Self)
    }

    /// `percent` hundredths of this amount, rounded down to the wei.
    pub fn percent(self, percent: u32) -> Option<Self> {
        self.checked_mul(percent).and_then(|product| product.0.checked_div(100)).map(Self)
    }

    /// The sum, or `None` if it overflows.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads what [`Amount::wei`] writes in decimal: digits without a leading zero.
    pub(crate) fn from_wei_text(text: &str) -> Result<Self, AmountError> {
        let canonical = text == "0" || (is_digits(text) && !text.starts_with('0'));
        if !canonical {
            return Err(AmountError::Malformed);
        }
        text.parse().map(Self).map_err(|_| AmountError::TooLarge)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(AmountError::Malformed);
        }
        if fraction.len() > DECIMALS {
            return Err(AmountError::TooFine);
        }
        let whole: u128 = whole.parse().map_err(|_| AmountError::TooLarge)?;
        let fraction: u128 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| AmountError::TooLarge)?;
        whole
            .checked_mul(WEI_PER_LPT)
            .and_then(|wei| wei.checked_add(fraction))
            .map(Self)
            .ok_or(AmountError::TooLarge)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.div_euclid(WEI_PER_LPT);
        let fraction = self.0.rem_euclid(WEI_PER_LPT);
        if fraction == 0 {
            return formatter.pad(&whole.to_string());
        }
        let fraction = format!("{fraction:0>DECIMALS$}");
        formatter.pad(&format!("{whole}.{}", fraction.trim_end_matches('0')))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} LPT")
    }
}

as_json_string!(Amount, read: Amount::from_wei_text, write: |amount: &Amount| amount.wei(),
    packed: u128, pack: |amount: &Amount| amount.0, unpack: |wei| Some(Amount(wei)));

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for (text, wei) in [
            ("0", 0),
            ("1", WEI_PER_LPT),
            ("20.5", 20_500_000_000_000_000_000),
            ("0.000000000000000001", 1),
            ("007", 7 * WEI_PER_LPT),
            ("340282366920938463463.374607431768211455", u128::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Amount(wei)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else_with_its_reason() {
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e18", "1,5", " 1", "1 ", "0x10", "١", "1.2.3", "1_000"]
        {
            assert_eq!(text.parse::<Amount>(), Err(AmountError::Malformed), "{text:?}");
        }
        assert_eq!("0.0000000000000000001".parse::<Amount>(), Err(AmountError::TooFine));
        assert_eq!("340282366920938463463.374607431768211456".parse::<Amount>(), Err(AmountError::TooLarge));
        assert_eq!("99999999999999999999999999999999999999999".parse::<Amount>(), Err(AmountError::TooLarge));
    }

    #[test]
    fn events_hold_canonical_wei_only() {
        for text in ["00", "01", "", "1.0", "+1", "340282366920938463463374607431768211456"] {
            assert!(Amount::from_wei_text(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn writing_and_reading_give_the_same_amount(wei: u128) {
            let amount = Amount(wei);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            prop_assert_eq!(Amount::from_wei_text(&amount.wei().to_string()), Ok(amount));
        }
    }
}
