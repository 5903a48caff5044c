//! What `bounty-ledger demo --with-chain` says of its chain.

use domain::Program;
use domain::batch::How;
use domain::value::Amount;
use domain::words::Source;
use safe::eip55::checksum;

use super::{CliError, Found};
use crate::demo::{Held, Holdings, LocalChain};
use crate::devchain::Devchain;

/// Says what was paid there, and whether everybody has what the ledger says: finds something if not.
pub(super) async fn print(chain: &LocalChain, program: &Program) -> Result<Found, CliError> {
    let safe = chain.safe();
    let (address, version, chain_id) = (checksum(&safe.address), safe.version, Devchain::CHAIN_ID);
    say!("\nThe local chain, id {chain_id}, at {}: block {}\n", chain.url(), chain.height().await?);
    say!("  Safe {version} at {address}");
    for nonce in program.nonces() {
        let Some(end) = &nonce.end else { continue };
        let How::Executed(number) = end.how else { continue };
        let total = program.batch(number).map_or(Amount::ZERO, |batch| batch.total);
        let known = match end.source {
            Source::Chain => "read from the chain",
            Source::Attested => "as the treasurer says",
        };
        let claims = end.effects.paid.len();
        say!("  batch {number}: {total} LPT paid for {claims} claims, {known}");
        say!("           transaction 0x{}", end.tx_hash);
    }
    let found = print_holdings(&chain.holdings(program).await?);
    say!(
        "\n  Chain and Safe are on this machine alone and worth nothing. Everybody has the keys of the Safe's owners: send \
         nothing\n  to its address on a real chain. The node ends with this program; `demo --with-chain` goes on with it."
    );
    Ok(found)
}

fn print_holdings(Holdings { safe, payees }: &Holdings) -> Found {
    let everybody = payees.iter().chain([safe]);
    let differing: Vec<&Held> = everybody.filter(|held| !held.agrees()).collect();
    if differing.is_empty() {
        let paid = Amount::sum(payees.iter().map(|held| held.in_ledger));
        let paid = paid.map_or_else(|| "–".to_owned(), |paid| paid.to_string());
        let (left, payees) = (safe.on_chain, payees.len());
        say!(
            "  The token's balances are what the ledger says, to the wei: {left} LPT in the Safe, {paid} LPT at {payees} payees"
        );
        return Found::Nothing;
    }
    for Held { address, on_chain, in_ledger } in differing {
        let address = checksum(address);
        say!("  {address} has {on_chain} LPT, and the ledger says {in_ledger} LPT");
    }
    Found::Something
}
