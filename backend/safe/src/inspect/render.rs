//! An inspection as text for people.

use domain::value::Digest;
use ethers::types::{U256, U512};

use super::{Inspection, Kind};
use crate::safe_tx::Operation;
use crate::{eip55, hex};

/// Decimal places of LPT.
const DECIMALS: usize = 18;
/// How much of a file's own words is shown, in characters.
const MOST_WORDS: usize = 500;

/// What a signer reads: hashes first, every transfer in full, warnings last.
pub fn render_text(inspection: &Inspection) -> String {
    let mut lines = Vec::new();
    hashes(inspection, &mut lines);
    fields(inspection, &mut lines);
    transfers(inspection, &mut lines);
    checksum(inspection, &mut lines);
    warnings(inspection, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

fn hashes(inspection: &Inspection, lines: &mut Vec<String>) {
    // Upper case without a prefix, as hardware wallets show them; apart, to be compared digit by digit.
    let large = |hash: &Digest| {
        let digits = hash.to_string().to_uppercase();
        let groups: Vec<&str> =
            (0..digits.len()).step_by(8).filter_map(|at| digits.get(at..at + 8)).collect();
        groups.join(" ")
    };
    for (name, hash) in [("DOMAIN HASH", &inspection.domain_hash), ("MESSAGE HASH", &inspection.message_hash)]
    {
        lines.push(name.to_owned());
        lines.push(format!("  {}", hash.as_ref().map_or_else(|| "not told by this input".to_owned(), large)));
        if let Some(hash) = hash {
            lines.push(format!("  {}", hex::encode(hash.bytes())));
        }
        lines.push(String::new());
    }
    let hash = inspection.safe_tx_hash.as_ref().map(|hash| hex::encode(hash.bytes()));
    lines.push(format!("safeTxHash   {}", hash.unwrap_or_else(|| "not told by this input".to_owned())));
}

fn fields(inspection: &Inspection, lines: &mut Vec<String>) {
    let unknown = || "not told by this input".to_owned();
    let kind = match inspection.kind {
        Kind::TransactionBuilder => "Transaction Builder file, read as Safe's app imports it",
        Kind::TypedData => "typed data of a SafeTx (eth_signTypedData_v4)",
        Kind::ExecTransaction => "execTransaction calldata",
    };
    lines.push(format!("File         {kind}"));
    for (title, words) in [("Name", &inspection.name), ("Description", &inspection.description)] {
        if let Some(words) = words {
            lines.push(format!("{title:<12} {}", quoted(words)));
        }
    }
    lines.push(format!("Chain        {}", inspection.chain_id.map_or_else(unknown, chain)));
    let safe = inspection.safe.as_ref().map(eip55::checksum);
    lines.push(format!("Safe         {}", safe.unwrap_or_else(unknown)));
    let nonce = inspection.nonce.map(|nonce| nonce.to_string());
    lines.push(format!("Nonce        {}", nonce.unwrap_or_else(unknown)));
    lines.push(format!("Operation    {}", inspection.operation.map_or_else(unknown, operation)));
    if let Some(to) = &inspection.to {
        lines.push(format!("Target       {}", eip55::checksum(to)));
    }
    if let Some(value) = inspection.value {
        lines.push(format!("ETH          {value} wei"));
    }
    lines.push(String::new());
}

/// The file's own words on one line, without what could pass for a line of ours.
fn quoted(words: &str) -> String {
    let shown: String = words.chars().take(MOST_WORDS).collect();
    let cut = if shown.len() < words.len() { " …" } else { "" };
    format!("{shown:?}{cut}")
}

fn chain(chain_id: U256) -> String {
    let name = match u64::try_from(chain_id) {
        Ok(1) => "Ethereum",
        Ok(10) => "OP Mainnet",
        Ok(42161) => "Arbitrum One",
        Ok(421_614) => "Arbitrum Sepolia",
        _ => "a chain not known here",
    };
    format!("{name} ({chain_id})")
}

fn operation(operation: Operation) -> String {
    match operation {
        Operation::Call => "0, a plain call".to_owned(),
        Operation::DelegateCall => "1, a delegate call: the target's code runs as the Safe".to_owned(),
        Operation::Unknown(code) => format!("{code}, which no Safe knows"),
    }
}

fn transfers(inspection: &Inspection, lines: &mut Vec<String>) {
    let count = inspection.transfers.len();
    lines.push(format!("Transfers    {count}"));
    for (number, transfer) in (1_usize..).zip(&inspection.transfers) {
        let recipient = eip55::checksum(&transfer.recipient);
        let amount = transfer.amount;
        lines.push(format!("{number:>5}. {recipient}  {} LPT  ({amount} wei)", lpt_text(amount.into())));
        lines.push(format!("       token {}", eip55::checksum(&transfer.token)));
    }
    lines.push(format!("Total        {} LPT  ({} wei)", lpt_text(inspection.total), inspection.total));
}

fn checksum(inspection: &Inspection, lines: &mut Vec<String>) {
    if let Some(checksum) = &inspection.checksum {
        lines.push(String::new());
        let stated = checksum.stated.as_ref().map(|stated| stated.escape_debug().to_string());
        lines.push(format!("Checksum     stated   {}", stated.unwrap_or_else(|| "none".to_owned())));
        lines.push(format!("             computed {}", checksum.computed));
        lines.push("             (shows accidental changes only: anyone can recompute it)".to_owned());
    }
}

fn warnings(inspection: &Inspection, lines: &mut Vec<String>) {
    lines.push(String::new());
    if inspection.warnings.is_empty() {
        lines.push("No warnings.".to_owned());
        return;
    }
    lines.push(format!("WARNINGS     {}", inspection.warnings.len()));
    for warning in &inspection.warnings {
        lines.push(format!("  {}: {}", warning.code, warning.detail));
    }
}

/// Wei as exact decimal LPT without trailing zeros.
pub(super) fn lpt_text(wei: U512) -> String {
    let digits = format!("{:0>width$}", wei.to_string(), width = DECIMALS + 1);
    let (whole, fraction) =
        digits.split_at_checked(digits.len().saturating_sub(DECIMALS)).unwrap_or((&digits, ""));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wei_reads_as_exact_lpt() {
        for (wei, lpt) in [
            ("0", "0"),
            ("1", "0.000000000000000001"),
            ("20500000000000000000", "20.5"),
            ("7704", "0.000000000000007704"),
        ] {
            assert_eq!(lpt_text(U512::from_dec_str(wei).unwrap()), lpt);
        }
    }
}
