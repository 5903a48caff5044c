//! What the books already say of the chain: confirmed, or taken back where the chain shows otherwise.

use domain::Program;
use domain::batch::How;
use domain::command::WithdrawExecution;
use domain::event::Command;
use domain::value::{Digest, Seq, Timestamp};
use domain::words::{Consumption, Source};

use super::facts::taken_back;
use super::fault::ReadFault;
use super::round::{Reading, passed};
use crate::app::Error;
use crate::db::journal::find_event;
use crate::db::marks::{Mark, list_seen};

/// Something that the books say of the chain.
#[derive(Clone, Copy, Debug)]
struct Statement {
    event: Seq,
    tx_hash: Digest,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Transfer { funding: bool },
    End { nonce: Seq, how: How },
    Finding { nonce: Seq },
}

/// What stands, and is known in this way.
fn statements(program: &Program, source: Source) -> Vec<Statement> {
    let mut all = transfers(program, source);
    for nonce in program.nonces() {
        if let Some(end) = nonce.end.as_ref().filter(|end| end.source == source) {
            let what = What::End { nonce: nonce.number, how: end.how };
            all.push(Statement { event: end.event, tx_hash: end.tx_hash, what });
        }
        if let Some(found) = nonce.finding.filter(|_| source == Source::Chain && nonce.end.is_none()) {
            let what = What::Finding { nonce: nonce.number };
            all.push(Statement { event: found.event, tx_hash: found.tx_hash, what });
        }
    }
    all.sort_unstable_by_key(|statement| std::cmp::Reverse(statement.event));
    all
}

fn transfers(program: &Program, source: Source) -> Vec<Statement> {
    let fundings = program.fundings().filter(|(_, it)| it.source == source && it.withdrawn.is_none());
    let fundings = fundings.map(|(event, it)| (event, it.tx_hash, true));
    let refunds = program.refunds().filter(|(_, it)| it.source == source && it.withdrawn.is_none());
    let refunds = refunds.map(|(event, it)| (event, it.tx_hash, false));
    let others = program.suspense().filter(|(_, it)| it.source == source && it.withdrawn.is_none());
    // What a batch paid a second time goes with the batch.
    let others = others.filter(|(_, it)| it.log_index.is_some());
    let others = others.map(|(event, it)| (event, it.tx_hash, false));
    let all = fundings.chain(refunds).chain(others);
    all.map(|(event, tx_hash, funding)| Statement { event, tx_hash, what: What::Transfer { funding } })
        .collect()
}

/// Compares what members said with the chain. What is not in a trusted block yet has time.
pub(super) async fn check(reading: &mut Reading<'_>, mark: &Mark) -> Result<(), Error> {
    let program = reading.app.state_of(reading.id).await?;
    for statement in transfers(&program, Source::Attested) {
        let receipt = reading.nodes.receipt(&statement.tx_hash).await?;
        match receipt {
            Some(receipt) if receipt.block_number <= reading.tip.number => {
                let (happened, document) = reading.happened(&receipt, Seq::ZERO).await?;
                let event = statement.event;
                reading.settle(&document, |program| Ok(happened.checked(program, event)?)).await?;
            }
            Some(_) => {}
            None => {
                if passed(told_at(reading, statement.event).await?, &reading.tip) {
                    withdraw(reading, statement, false).await?;
                }
            }
        }
    }
    if mark.block != reading.tip.number {
        return Ok(());
    }
    // The Safe has not consumed these.
    let early = program.nonces().rev().filter(|nonce| nonce.number >= mark.nonce);
    let wrong: Vec<Statement> = early
        .filter_map(|nonce| {
            let end = nonce.end.as_ref()?;
            let unchecked = end.source == Source::Attested && passed(end.at, &reading.tip);
            let what = What::End { nonce: nonce.number, how: end.how };
            unchecked.then_some(Statement { event: end.event, tx_hash: end.tx_hash, what })
        })
        .collect();
    for statement in wrong {
        withdraw(reading, statement, false).await?;
    }
    Ok(())
}

/// Takes back what the ledger read in blocks that the chain no longer has, the last first.
pub(super) async fn take_back(reading: &mut Reading<'_>) -> Result<(), Error> {
    let program = reading.app.state_of(reading.id).await?;
    let sure = sure(reading).await?;
    let doubtful = statements(&program, Source::Chain).into_iter().filter(|statement| statement.event > sure);
    for statement in doubtful {
        let receipt = reading.nodes.receipt(&statement.tx_hash).await?;
        let receipt =
            receipt.filter(|receipt| receipt.succeeded && receipt.block_number <= reading.tip.number);
        let Some(receipt) = receipt else {
            withdraw(reading, statement, true).await?;
            continue;
        };
        let (happened, document) = reading.happened(&receipt, Seq::ZERO).await?;
        match statement.what {
            What::Transfer { .. } => {
                let event = statement.event;
                reading.settle(&document, |program| Ok(happened.checked(program, event)?)).await?;
            }
            What::End { how, .. } if happened.shows_end(&program, how) => {}
            What::Finding { .. } if happened.shows_end(&program, How::Unpaid(Consumption::Replaced)) => {}
            What::End { .. } | What::Finding { .. } => withdraw(reading, statement, true).await?,
        }
    }
    Ok(())
}

/// The last event that rests on blocks which the chain still has: what was read before the Safe was seen at such a block.
async fn sure(reading: &Reading<'_>) -> Result<Seq, Error> {
    let id = reading.id;
    let seen = reading.app.read(move |conn| Ok(list_seen(conn, id)?)).await?;
    for (event, block, hash) in seen {
        if block <= reading.tip.number && reading.nodes.block_at(block).await?.hash == hash {
            return Ok(event);
        }
    }
    Ok(Seq::ZERO)
}

/// Takes a statement back; where the rules refuse it, that `stops` the reading or is only told.
async fn withdraw(reading: &mut Reading<'_>, statement: Statement, stops: bool) -> Result<(), Error> {
    let command: Command = match statement.what {
        What::Transfer { funding } => taken_back(statement.event, funding),
        What::End { nonce, .. } | What::Finding { nonce } => WithdrawExecution { nonce, reason: None }.into(),
    };
    let program = reading.app.state_of(reading.id).await?;
    match reading.app.may_record(&program, &command) {
        Ok(()) => {
            let receipt = reading.app.record(reading.id, command, Vec::new()).await?;
            reading.round.written.push(receipt);
            Ok(())
        }
        Err(Error::Refused(refusal)) => {
            if stops { &mut reading.round.held } else { &mut reading.round.told }.push(refusal);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// When an event was recorded.
pub(super) async fn told_at(reading: &Reading<'_>, event: Seq) -> Result<Timestamp, Error> {
    let (id, seq) = (reading.id, i64::try_from(event.get()).unwrap_or(i64::MAX));
    let found = reading.app.read(move |conn| Ok(find_event(conn, id, seq)?)).await?;
    found.map(|recorded| recorded.event.at).ok_or_else(|| ReadFault::NoEvent { event }.into())
}
