//! Double entry, posting by posting.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rule::{Broken, Rule, broken, hold};
use super::value::{Fields, Wei};

/// Money that moves from one account (debit) to another (credit).
#[derive(Clone, Debug)]
pub struct Move {
    pub from: String,
    pub to: String,
    pub amount: Wei,
}

impl Move {
    pub fn new(from: impl Into<String>, to: impl Into<String>, amount: Wei) -> Self {
        Self { from: from.into(), to: to.into(), amount }
    }

    /// From one bucket of a line of the budget to another.
    pub fn within(period: u32, category: &str, from: &str, to: &str, amount: Wei) -> Self {
        Self::new(line(period, category, from), line(period, category, to), amount)
    }
}

/// `1/bounties/available`.
pub fn line(period: u32, category: &str, bucket: &str) -> String {
    format!("{period}/{category}/{bucket}")
}

/// One entry of `post`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub account: String,
    pub side: &'static str,
    pub amount: Wei,
}

/// The postings of a kind's movements; a movement of zero is left out.
pub fn postings(moves: &[Move]) -> Vec<Posting> {
    let some = moves.iter().filter(|moved| moved.amount > 0);
    some.flat_map(|Move { from, to, amount }| {
        let side = |account: &String, side| Posting { account: account.clone(), side, amount: *amount };
        [side(from, "D"), side(to, "C")]
    })
    .collect()
}

/// Reads `post`.
pub fn read(post: &[Value]) -> Result<Vec<Posting>, Broken> {
    let one = |posting: &Value| {
        let Some([account, side, wei]) = posting.as_array().map(Vec::as_slice) else {
            return broken(Rule::Shape, format!("{posting} is no posting"));
        };
        let named = [("account", account), ("side", side), ("wei", wei)];
        let object =
            Value::Object(named.map(|(key, value)| (key.to_owned(), value.clone())).into_iter().collect());
        let fields = Fields::of("posting", Some(&object), &["account", "side", "wei"], &[])?;
        let account = fields.text("account")?.to_owned();
        let (side, amount) = (fields.word("side", &["C", "D"])?, fields.amount("wei")?);
        hold(Rule::Balance, amount > 0, || format!("a posting of zero on {account}"))?;
        Ok(Posting { account, side, amount })
    };
    post.iter().map(one).collect()
}

/// The balance of every account that was ever posted to, on its normal side.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub balances: BTreeMap<String, Wei>,
}

impl Books {
    pub fn balance(&self, account: &str) -> Wei {
        self.balances.get(account).copied().unwrap_or(0)
    }

    /// What the postings of one event make of the accounts they touch (I1, I3); its lines happen at once.
    pub fn after(&self, postings: &[Posting]) -> Result<Vec<(String, Wei)>, Broken> {
        let total = |side: &str| {
            let mut amounts =
                postings.iter().filter(|posting| posting.side == side).map(|posting| posting.amount);
            amounts.try_fold(0, Wei::checked_add)
        };
        let (debits, credits) = (total("D"), total("C"));
        hold(Rule::Balance, debits.is_some() && debits == credits, || {
            format!("debits {debits:?}, credits {credits:?}")
        })?;
        // Growth and shrinkage of each account.
        let mut touched: BTreeMap<&str, [Wei; 2]> = BTreeMap::new();
        for posting in postings {
            let shrinks = posting.side != normal_side(&posting.account);
            touched.entry(&posting.account).or_default()[usize::from(shrinks)] += posting.amount;
        }
        let settled = touched.into_iter().map(|(account, [grows, shrinks])| {
            let before = self.balance(account);
            let after = before.checked_add(grows).and_then(|sum| sum.checked_sub(shrinks));
            let negative = || broken(Rule::Negative, format!("{account}: {before} + {grows} - {shrinks}"));
            after.map_or_else(negative, |after| Ok((account.to_owned(), after)))
        });
        settled.collect()
    }
}

/// The side an account grows by; the docs list those that grow by debit.
fn normal_side(account: &str) -> &'static str {
    let debit = ["lost", "safe", "suspense_out"].contains(&account);
    if debit || account.ends_with("/authority") || account.ends_with("/spent") { "D" } else { "C" }
}
