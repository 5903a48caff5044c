//! The list of what waits for signatures, page by page.

use std::collections::BTreeMap;

use domain::value::{Digest, Seq};
use safe::eip55::checksum;
use safe::{SafeAccount, U256};
use serde::Deserialize;

use super::fault::Fault;
use super::proposal::{self, Proposal};
use super::request::{Http, Room};

/// The most transactions of one page.
const PAGE: usize = 50;
/// The most transactions that are read.
pub(super) const MAX_PENDING: usize = 500;

/// A page as the service writes it.
#[derive(Deserialize)]
struct Page {
    /// How many transactions all pages have together.
    count: usize,
    /// Where the service would have the next page fetched. It is not followed: a proxy between makes it wrong, and a
    /// liar leads elsewhere. It only says that there is one.
    next: Option<String>,
    results: Vec<proposal::Written>,
}

/// What the service shows of this Safe from a nonce on and not executed, by nonce and hash.
pub(super) async fn pending(
    http: &Http,
    safe: &SafeAccount,
    from: Seq,
    room: &mut Room,
) -> Result<Vec<Proposal>, Fault> {
    let path = format!("/v2/safes/{}/multisig-transactions/", checksum(&safe.address));
    let mut found: BTreeMap<(U256, Digest), Proposal> = BTreeMap::new();
    loop {
        let offset = found.len();
        // By nonce alone, two of one nonce might change places between two pages.
        let query =
            format!("executed=false&nonce__gte={from}&ordering=nonce,created&limit={PAGE}&offset={offset}");
        let page: Page = http.get(&path, &query, room).await?;
        if page.count > MAX_PENDING {
            return Err(Fault::TooMany { limit: MAX_PENDING });
        }
        if page.results.len() > PAGE {
            return Err(Fault::Shape { why: format!("a page of more than the {PAGE} that were asked for") });
        }
        let is_empty = page.results.is_empty();
        for written in page.results {
            let proposal = written.read(safe)?;
            if proposal.executed || proposal.tx.nonce < U256::from(from.get()) {
                return Err(Fault::NotPending(proposal.hash));
            }
            if found.insert((proposal.tx.nonce, proposal.hash), proposal).is_some() {
                return Err(Fault::Changed);
            }
        }
        let is_whole = found.len() == page.count;
        match (page.next, is_whole) {
            (None, true) => return Ok(found.into_values().collect()),
            (Some(_), false) if !is_empty && found.len() < page.count => {}
            // A page is missing, or one is too many.
            (None | Some(_), _) => return Err(Fault::Changed),
        }
    }
}
