//! `bounty-ledger check-config`

use super::{CliError, Found, Place};

/// What is wrong was found before: whoever comes here has settings that can be used.
#[expect(clippy::unnecessary_wraps, reason = "every command answers alike")]
pub(super) fn run(place: &Place) -> Result<Found, CliError> {
    say_on!("{}", place.config.masked());
    Ok(Found::Nothing)
}
