//! Double entry in wei: accounts, postings, balances.
//!
//! Keeps I1 (every event balances, every amount is at least 1 wei) and I3 (no account is ever negative).

use std::fmt;
use std::str::FromStr;

use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::snapshot;
use crate::value::{Amount, PeriodNumber, Slug, as_json_string};
use crate::words::{Bucket, Side};

/// An account of a program's books, in the order reports show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a period may spend (debit-normal).
    Authority(PeriodNumber),
    /// What no category was given yet.
    Unallotted(PeriodNumber),
    /// One bucket of a category's money in a period.
    Line(PeriodNumber, Slug, Bucket),
    /// What left the Safe for a category (debit-normal).
    Spent(PeriodNumber, Slug),
    /// LPT in the Safe (debit-normal).
    Safe,
    /// LPT that funders gave.
    Contributed,
    /// LPT that came in from nobody known.
    SuspenseIn,
    /// LPT that left and matches nothing (debit-normal).
    SuspenseOut,
    /// LPT written off (debit-normal).
    Lost,
}

/// Why a text is not an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "no such account: accounts read 1/authority, 1/unallotted, 1/bounties/available, 1/bounties/spent, safe, contributed, suspense_in, suspense_out or lost"
)]
pub struct UnknownAccount;

impl Account {
    /// The side that makes this account's balance grow.
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Authority(_) | Self::Spent(..) | Self::Safe | Self::SuspenseOut | Self::Lost => Side::Debit,
            Self::Unallotted(_) | Self::Line(..) | Self::Contributed | Self::SuspenseIn => Side::Credit,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authority(period) => write!(formatter, "{period}/authority"),
            Self::Unallotted(period) => write!(formatter, "{period}/unallotted"),
            Self::Line(period, category, bucket) => write!(formatter, "{period}/{category}/{bucket}"),
            Self::Spent(period, category) => write!(formatter, "{period}/{category}/spent"),
            Self::Safe => formatter.write_str("safe"),
            Self::Contributed => formatter.write_str("contributed"),
            Self::SuspenseIn => formatter.write_str("suspense_in"),
            Self::SuspenseOut => formatter.write_str("suspense_out"),
            Self::Lost => formatter.write_str("lost"),
        }
    }
}

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let mut parts = text.split('/');
        let parts = (parts.next(), parts.next(), parts.next(), parts.next());
        let period = |text: &str| text.parse().map_err(|_| UnknownAccount);
        match parts {
            (Some("safe"), None, ..) => Ok(Self::Safe),
            (Some("contributed"), None, ..) => Ok(Self::Contributed),
            (Some("suspense_in"), None, ..) => Ok(Self::SuspenseIn),
            (Some("suspense_out"), None, ..) => Ok(Self::SuspenseOut),
            (Some("lost"), None, ..) => Ok(Self::Lost),
            (Some(number), Some("authority"), None, _) => Ok(Self::Authority(period(number)?)),
            (Some(number), Some("unallotted"), None, _) => Ok(Self::Unallotted(period(number)?)),
            (Some(number), Some(category), Some(last), None) => {
                let category = category.parse().map_err(|_| UnknownAccount)?;
                let period = period(number)?;
                if last == "spent" {
                    return Ok(Self::Spent(period, category));
                }
                let bucket = last.parse().map_err(|_| UnknownAccount)?;
                Ok(Self::Line(period, category, bucket))
            }
            _ => Err(UnknownAccount),
        }
    }
}

as_json_string!(Account, read: str::parse::<Account>, write: |account: &Account| *account);

/// One line of an event's `post`: account, side, wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting(pub Account, pub Side, pub Amount);

/// Money that moves: a debit of `from` and a credit of `to`.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    pub from: Account,
    pub to: Account,
    pub amount: Amount,
}

/// Writes transfers as postings: a debit and a credit each, in order, nothing for zero.
pub fn postings(transfers: &[Transfer]) -> Vec<Posting> {
    transfers
        .iter()
        .filter(|transfer| !transfer.amount.is_zero())
        .flat_map(|transfer| {
            [
                Posting(transfer.from, Side::Debit, transfer.amount),
                Posting(transfer.to, Side::Credit, transfer.amount),
            ]
        })
        .collect()
}

/// Why postings cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BooksError {
    #[error("I1: the event's debits and credits differ, or a line is zero")]
    Unbalanced,
    #[error("I3: account {account} holds {balance} LPT, and {missing} LPT more is needed")]
    Negative { account: Account, balance: Amount, missing: Amount },
    #[error("account {account} would pass the largest amount")]
    Overflow { account: Account },
}

/// The balance of every account that was ever posted to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    #[serde(with = "snapshot::map")]
    balances: RedBlackTreeMapSync<Account, Amount>,
}

impl Books {
    pub fn balance(&self, account: Account) -> Amount {
        self.balances.get(&account).copied().unwrap_or(Amount::ZERO)
    }

    pub fn line(&self, period: PeriodNumber, category: Slug, bucket: Bucket) -> Amount {
        self.balance(Account::Line(period, category, bucket))
    }

    /// Every account ever posted to, in order, with its balance on its normal side.
    pub fn balances(&self) -> impl Iterator<Item = (Account, Amount)> {
        self.balances.iter().map(|(account, balance)| (*account, *balance))
    }

    /// The books after an event's postings: all growth first, then all that shrinks.
    ///
    /// # Errors
    /// Postings that do not balance (I1), an account that would turn negative (I3) or overflow.
    pub fn posted(&self, postings: &[Posting]) -> Result<Self, BooksError> {
        let mut after = self.clone();
        after.post(postings)?;
        Ok(after)
    }

    /// Enters an event's postings, as [`Books::posted`]; nothing if they cannot be.
    pub(crate) fn post(&mut self, postings: &[Posting]) -> Result<(), BooksError> {
        for (account, balance) in self.check(postings)? {
            self.balances.insert_mut(account, balance);
        }
        Ok(())
    }

    /// The new balances of the accounts that an event's postings name.
    pub(crate) fn check(&self, postings: &[Posting]) -> Result<Vec<(Account, Amount)>, BooksError> {
        balanced(postings)?;
        // An event names few accounts, however many lines it has.
        let mut balances: Vec<(Account, Amount)> = Vec::new();
        for grows in [true, false] {
            for Posting(account, side, amount) in postings {
                if (*side == account.normal_side()) != grows {
                    continue;
                }
                let known = balances.iter().position(|(known, _)| known == account);
                let place = known.unwrap_or(balances.len());
                if known.is_none() {
                    balances.push((*account, self.balance(*account)));
                }
                let Some((_, balance)) = balances.get_mut(place) else { continue };
                *balance = if grows {
                    balance.checked_add(*amount).ok_or(BooksError::Overflow { account: *account })?
                } else {
                    balance.checked_sub(*amount).ok_or(BooksError::Negative {
                        account: *account,
                        balance: *balance,
                        missing: amount.saturating_sub(*balance),
                    })?
                };
            }
        }
        Ok(balances)
    }
}

/// I1: debits equal credits, and no line is zero.
///
/// # Errors
/// [`BooksError::Unbalanced`].
pub fn balanced(postings: &[Posting]) -> Result<(), BooksError> {
    let total = |wanted: Side| {
        Amount::sum(
            postings
                .iter()
                .filter(|Posting(_, side, _)| *side == wanted)
                .map(|Posting(_, _, amount)| *amount),
        )
    };
    let no_zero = postings.iter().all(|Posting(_, _, amount)| !amount.is_zero());
    match (total(Side::Debit), total(Side::Credit)) {
        (Some(debits), Some(credits)) if debits == credits && no_zero => Ok(()),
        _ => Err(BooksError::Unbalanced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Account {
        text.parse().unwrap()
    }

    fn move_lpt(from: &str, to: &str, lpt: &str) -> Transfer {
        Transfer { from: account(from), to: account(to), amount: lpt.parse().unwrap() }
    }

    #[test]
    fn accounts_have_one_spelling() {
        for text in ["1/authority", "12/unallotted", "1/bounties/available", "1/ops/spent", "safe", "lost"] {
            assert_eq!(account(text).to_string(), text);
        }
        for text in [
            "",
            "0/authority",
            "1",
            "1/bounties",
            "1/Bounties/available",
            "1/a/b/c",
            "safe/1",
            "01/authority",
        ] {
            assert_eq!(text.parse::<Account>(), Err(UnknownAccount), "{text:?}");
        }
    }

    #[test]
    fn money_moves_and_never_turns_negative() {
        let books = Books::default();
        let opened = books.posted(&postings(&[move_lpt("1/authority", "1/unallotted", "750")])).unwrap();
        assert_eq!(opened.balance(account("1/authority")), "750".parse().unwrap());

        let overdrawn = opened.posted(&postings(&[move_lpt("1/unallotted", "1/lead/available", "750.5")]));

        assert_eq!(
            overdrawn.unwrap_err(),
            BooksError::Negative {
                account: account("1/unallotted"),
                balance: "750".parse().unwrap(),
                missing: "0.5".parse().unwrap()
            }
        );
        assert_eq!(opened.balance(account("1/unallotted")), "750".parse().unwrap());
    }

    #[test]
    fn unbalanced_and_zero_lines_are_refused() {
        let one = Amount::LPT;
        let lopsided = [Posting(account("safe"), Side::Debit, one)];
        assert_eq!(Books::default().posted(&lopsided), Err(BooksError::Unbalanced));
        let zero = [
            Posting(account("safe"), Side::Debit, Amount::ZERO),
            Posting(account("contributed"), Side::Credit, Amount::ZERO),
        ];
        assert_eq!(Books::default().posted(&zero), Err(BooksError::Unbalanced));
    }
}
