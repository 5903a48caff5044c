//! The Safe transaction that pays a batch of lines.

use domain::value::{Address, Seq};
use ethers::types::U256;
use thiserror::Error;

use crate::deployments::{multi_send_call_only, payee_traps};
use crate::erc20::{self, Transfer, TransferCall, TransferError};
use crate::multisend::{self, BatchError};
use crate::safe_tx::{Operation, SafeTx};
use crate::version::SafeVersion;

/// Why no payout can be made of these lines. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PayoutError {
    /// There is no line.
    #[error("a payout needs at least one line: select something to pay")]
    Empty,
    /// A line pays nothing.
    #[error("line {line} pays nothing: remove it or give it an amount")]
    ZeroAmount {
        /// Which line.
        line: usize,
    },
    /// A line pays an address from which the tokens could never be moved again.
    #[error("line {line} pays {recipient}, where the tokens would be lost: correct the recipient's address")]
    Trap {
        /// Which line.
        line: usize,
        /// The zero address, the token, or a Safe contract.
        recipient: Address,
    },
    /// A batch needs `MultiSendCallOnly`, and none is known for this Safe.
    #[error("no MultiSendCallOnly is known for Safe {version} on chain {chain_id}: pay one line at a time")]
    NoMultiSend {
        /// The Safe's version.
        version: SafeVersion,
        /// The Safe's chain.
        chain_id: u64,
    },
    /// What was encoded did not read back as a single transfer.
    #[error("the transfer just encoded does not read back ({0}): report this as a bug, nothing was exported")]
    TransferCheck(TransferError),
    /// What was encoded did not read back as a batch.
    #[error("the batch just encoded does not read back ({0}): report this as a bug, nothing was exported")]
    BatchCheck(BatchError),
    /// What was encoded read back as something else.
    #[error("the payout just encoded reads back differently: report this as a bug, nothing was exported")]
    Differs,
}

/// The Safe transaction that pays these lines of one token, in their order.
///
/// One line is a call of the token itself (operation 0). More are a delegate call of the
/// `MultiSendCallOnly` of the Safe's own version (operation 1). All gas fields are zero. The bytes are
/// decoded strictly and compared with the lines before they are returned.
///
/// # Errors
/// No lines, a line that pays nothing or into a trap, no known `MultiSendCallOnly`, or a failed check.
pub fn payout_tx(
    chain_id: u64,
    version: SafeVersion,
    token: &Address,
    transfers: &[Transfer],
    nonce: Seq,
) -> Result<SafeTx, PayoutError> {
    refuse_bad_lines(token, transfers)?;
    let lines: Vec<TransferCall> = transfers.iter().map(TransferCall::from).collect();
    let (to, data, operation) = match lines[..] {
        [] => return Err(PayoutError::Empty),
        [line] => (*token, erc20::transfer_calldata(&line.recipient, line.amount), Operation::Call),
        [..] => {
            let to = multi_send_call_only(version, chain_id)
                .ok_or(PayoutError::NoMultiSend { version, chain_id })?;
            (to, multisend::lpt_batch_calldata(token, transfers), Operation::DelegateCall)
        }
    };
    if read_back(token, operation, &data)? != lines {
        return Err(PayoutError::Differs);
    }
    Ok(plain(to, data, operation, nonce))
}

/// The Safe transaction that consumes a nonce and does nothing: a call of the Safe itself with no value and no data,
/// as the Safe's own app makes one to reject another.
pub fn rejection_tx(safe: &Address, nonce: Seq) -> SafeTx {
    plain(*safe, Vec::new(), Operation::Call, nonce)
}

/// A transaction that moves no coin, and whose gas fields are all zero.
fn plain(to: Address, data: Vec<u8>, operation: Operation, nonce: Seq) -> SafeTx {
    SafeTx {
        to,
        value: U256::zero(),
        data,
        operation,
        safe_tx_gas: U256::zero(),
        base_gas: U256::zero(),
        gas_price: U256::zero(),
        gas_token: Address::ZERO,
        refund_receiver: Address::ZERO,
        nonce: U256::from(nonce.get()),
    }
}

fn refuse_bad_lines(token: &Address, transfers: &[Transfer]) -> Result<(), PayoutError> {
    let traps = payee_traps();
    for (line, Transfer { recipient, amount }) in (1..).zip(transfers) {
        if amount.is_zero() {
            return Err(PayoutError::ZeroAmount { line });
        }
        if recipient == token || traps.contains(recipient) {
            return Err(PayoutError::Trap { line, recipient: *recipient });
        }
    }
    Ok(())
}

fn read_back(token: &Address, operation: Operation, data: &[u8]) -> Result<Vec<TransferCall>, PayoutError> {
    match operation {
        Operation::Call => {
            erc20::decode_transfer(data).map(|line| vec![line]).map_err(PayoutError::TransferCheck)
        }
        Operation::DelegateCall | Operation::Unknown(_) => {
            multisend::decode_batch(token, data).map_err(PayoutError::BatchCheck)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployments::DEPLOYMENTS;
    use crate::erc20::LPT_ARBITRUM;
    use domain::value::Amount;

    fn line(n: u8) -> Transfer {
        Transfer { recipient: Address::from_bytes([n; 20]), amount: Amount::from_wei(u128::from(n)) }
    }

    fn pay(version: &str, lines: &[Transfer]) -> Result<SafeTx, PayoutError> {
        payout_tx(42161, version.parse().unwrap(), &LPT_ARBITRUM, lines, Seq::new(7))
    }

    #[test]
    fn one_line_calls_the_token_and_more_go_through_the_safes_own_multisend() {
        let one = pay("1.4.1", &[line(1)]).unwrap();
        assert_eq!((one.to, one.operation, one.data.len()), (LPT_ARBITRUM, Operation::Call, 68));
        assert_eq!(one.nonce, U256::from(7));
        for (version, deployment) in [("1.3.0+L2", 0), ("1.4.1", 2), ("1.5.0", 3)] {
            let two = pay(version, &[line(1), line(2)]).unwrap();
            assert_eq!(two.to, DEPLOYMENTS[deployment].multi_send_call_only);
            assert_eq!(two.operation, Operation::DelegateCall);
            assert_eq!(two.data, multisend::lpt_batch_calldata(&LPT_ARBITRUM, &[line(1), line(2)]));
        }
    }

    #[test]
    fn a_rejection_calls_the_safe_itself_with_nothing() {
        let safe = Address::from_bytes([9; 20]);
        let rejection = rejection_tx(&safe, Seq::new(7));
        let mut bare = pay("1.4.1", &[line(1)]).unwrap();
        bare.to = safe;
        bare.data.clear();
        assert_eq!(rejection, bare);
    }

    #[test]
    fn lines_that_would_lose_money_are_refused() {
        assert_eq!(pay("1.4.1", &[]), Err(PayoutError::Empty));
        assert_eq!(pay("1.4.1", &[line(1), line(0)]), Err(PayoutError::ZeroAmount { line: 2 }));
        for recipient in payee_traps() {
            let trap = Transfer { recipient, amount: Amount::LPT };
            assert_eq!(pay("1.4.1", &[line(1), trap]), Err(PayoutError::Trap { line: 2, recipient }));
        }
        assert!(pay("1.2.0", &[line(1)]).is_ok());
        let version = "1.2.0".parse().unwrap();
        let none = PayoutError::NoMultiSend { version, chain_id: 42161 };
        assert_eq!(pay("1.2.0", &[line(1), line(2)]), Err(none));
    }
}
