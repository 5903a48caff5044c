//! The CSV that Safe's "CSV Airdrop" app reads (safe-airdrop 2.6.0).

use domain::value::Address;
use thiserror::Error;

use crate::eip55;
use crate::erc20::Transfer;

/// The first line of the file.
pub const HEADER: &str = "token_type,token_address,receiver,amount,id";
/// How many payouts one file may hold.
///
/// The app takes 501 lines; the header and the empty line after the last newline count.
pub const MAX_ROWS: usize = 499;

/// Why no file was written. Lines are counted from 1, without the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AirdropError {
    /// There is no line.
    #[error("an airdrop file needs at least one line: select something to pay")]
    Empty,
    /// There are more lines than the app takes.
    #[error("the CSV Airdrop app takes {MAX_ROWS} lines, this batch has {rows}: split it")]
    TooManyRows {
        /// How many lines there are.
        rows: usize,
    },
    /// A line pays nothing, which the app would drop silently.
    #[error("line {line} pays nothing: remove it or give it an amount")]
    ZeroAmount {
        /// Which line.
        line: usize,
    },
}

/// Writes one row per payout, never merged: `erc20,token,receiver,amount,`.
///
/// Amounts are decimal LPT, which the app multiplies by 10 to the token's decimals (18).
///
/// # Errors
/// No lines, more than [`MAX_ROWS`], or a line that pays nothing.
pub fn write(token: &Address, transfers: &[Transfer]) -> Result<String, AirdropError> {
    if transfers.is_empty() {
        return Err(AirdropError::Empty);
    }
    if transfers.len() > MAX_ROWS {
        return Err(AirdropError::TooManyRows { rows: transfers.len() });
    }
    let mut file = format!("{HEADER}\n");
    let token = eip55::checksum(token);
    for (line, Transfer { recipient, amount }) in (1..).zip(transfers) {
        if amount.is_zero() {
            return Err(AirdropError::ZeroAmount { line });
        }
        let recipient = eip55::checksum(recipient);
        file.extend(["erc20,", &token, ",", &recipient, ",", &amount.to_string(), ",\n"]);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erc20::LPT_ARBITRUM;
    use domain::value::Amount;

    fn line(amount: &str) -> Transfer {
        let recipient = eip55::parse("0x000000000000000000000000000000000000dEaD").unwrap();
        Transfer { recipient, amount: amount.parse().unwrap() }
    }

    #[test]
    fn one_row_per_payout_never_merged() {
        let file = write(&LPT_ARBITRUM, &[line("20.5"), line("20.5"), line("0.000000000000000001")]).unwrap();
        assert_eq!(
            file,
            "token_type,token_address,receiver,amount,id\n\
             erc20,0x289ba1701C2F088cf0faf8B3705246331cB8A839,0x000000000000000000000000000000000000dEaD,\
             20.5,\n\
             erc20,0x289ba1701C2F088cf0faf8B3705246331cB8A839,0x000000000000000000000000000000000000dEaD,\
             20.5,\n\
             erc20,0x289ba1701C2F088cf0faf8B3705246331cB8A839,0x000000000000000000000000000000000000dEaD,\
             0.000000000000000001,\n"
        );
    }

    #[test]
    fn the_file_stays_within_501_lines() {
        let file = write(&LPT_ARBITRUM, &vec![line("1"); MAX_ROWS]).unwrap();
        assert_eq!(file.split('\n').count(), 501);
        let rows = MAX_ROWS + 1;
        assert_eq!(write(&LPT_ARBITRUM, &vec![line("1"); rows]), Err(AirdropError::TooManyRows { rows }));
        assert_eq!(write(&LPT_ARBITRUM, &[]), Err(AirdropError::Empty));
        let nothing = Transfer { amount: Amount::ZERO, ..line("1") };
        assert_eq!(write(&LPT_ARBITRUM, &[line("1"), nothing]), Err(AirdropError::ZeroAmount { line: 2 }));
    }
}
