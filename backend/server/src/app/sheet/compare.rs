//! A second way to the hashes: a tool of somebody else's, and what to type into it.

use safe::eip55::checksum;

use super::Sheet;

/// How `safe_hashes.sh` (safe-tx-hashes-util) is asked for the hashes of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashTool {
    /// Reads the transaction from the Safe Transaction Service: it has to be there.
    pub command: String,
    /// Asks for the fields instead.
    pub interactive: String,
    /// What it asks for then, in its order, and what to answer.
    pub answers: Vec<(&'static str, String)>,
}

impl HashTool {
    /// `None` on a chain that the tool does not know.
    pub fn of(sheet: &Sheet) -> Option<Self> {
        let network = sheet.chain?.hash_tool?;
        let (safe, tx) = (checksum(&sheet.safe.address), &sheet.tx);
        let command = format!("./safe_hashes.sh --network {network} --address {safe} --nonce {}", tx.nonce);
        let answers = vec![
            ("version", sheet.safe.version.to_string()),
            ("to", checksum(&tx.to)),
            ("value", tx.value.to_string()),
            ("data", safe::hex::encode(&tx.data)),
            ("operation", tx.operation.code().to_string()),
            ("safeTxGas", tx.safe_tx_gas.to_string()),
            ("baseGas", tx.base_gas.to_string()),
            ("gasPrice", tx.gas_price.to_string()),
            ("gasToken", checksum(&tx.gas_token)),
            ("refundReceiver", checksum(&tx.refund_receiver)),
        ];
        Some(Self { interactive: format!("{command} --interactive"), command, answers })
    }
}
