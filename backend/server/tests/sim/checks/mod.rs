//! The databases against the auditors' folds: every row of every table, and lists and reports at random.

mod reads;
mod tables;

use domain::report::Report as DomainReport;
use domain::value::{Amount, SubmissionNumber};

use crate::auditor::{Auditor, Report, ReportLine};
use crate::machine::Machine;
use crate::play::{Held, Play};
use crate::rng::Rng;

/// Compares everything that a database shows with what the auditors know. Gives how many lists and reports it read.
pub fn everything(play: &Play, machine: &Machine, rng: &mut Rng) -> u64 {
    machine.check_journals(&play.ledger);
    machine.check_documents(&play.ledger, &play.auditors);
    let mut conn = machine.reader();
    reads::programs(&mut conn, &play.ledger, rng);
    let mut reads = 1;
    for (place, (held, auditor)) in play.ledger.programs.iter().zip(&play.auditors).enumerate() {
        tables::check(&mut conn, held, auditor);
        reads += reads::lists(&mut conn, held, auditor, rng);
        let seen = play.seen.iter().filter(|seen| seen.program == place);
        reads += reads::reports(&mut conn, held, auditor, seen, rng);
    }
    reads
}

/// What the state machine and the auditor make of the same journals.
pub fn states(play: &Play) {
    for (held, auditor) in play.ledger.programs.iter().zip(&play.auditors) {
        let Held { program, .. } = held;
        assert_eq!(auditor.root(), program.root().to_string());
        assert_eq!(auditor.state().identity, program.identity().to_string());
        let balances =
            program.books().balances().map(|(account, balance)| (account.to_string(), balance.wei()));
        assert!(balances.collect::<std::collections::BTreeMap<_, _>>() == auditor.books.balances);
        assert_eq!(program.submissions().count(), auditor.state().claims.len());
        for submission in program.submissions() {
            let claim = &auditor.state().claims[&submission.number.get()];
            assert_eq!(submission.stage.name(), claim.stage.word(), "claim {}", submission.number);
            assert_eq!(submission.revision.digest.to_string(), claim.revision().digest);
            let held = submission.held_at(program.last_at()).map(|hold| hold.by.get());
            assert_eq!(held, claim.held(program.last_at().micros()).map(|hold| hold.by), "claim {claim:?}");
        }
        for bounty in program.bounties() {
            let known = &auditor.state().bounties[&bounty.number.get()];
            let taken = bounty.takes.iter().filter(|take| take.stands(program.last_at()));
            let mut taken: Vec<_> =
                taken.map(|take| (take.member.get(), take.claim.map(SubmissionNumber::get))).collect();
            let mut theirs: Vec<_> =
                known.taken(program.last_at().micros()).map(|take| (take.member, take.claim)).collect();
            taken.sort_unstable();
            theirs.sort_unstable();
            assert_eq!(taken, theirs, "who has taken slots of bounty {}", bounty.number);
        }
        chains(held, auditor);
        for period in program.periods() {
            let report = DomainReport::of(program, period.number).unwrap();
            same_report(&report, &auditor.report(period.number.get()).unwrap());
        }
    }
}

/// What both know of the chain, and how: findings, ends, LPT that moved, owners who agreed.
fn chains(Held { program, .. }: &Held, auditor: &Auditor) {
    let state = auditor.state();
    assert_eq!(program.nonces().count(), state.nonces.len());
    for nonce in program.nonces() {
        let known = &state.nonces[&nonce.number.get()];
        assert_eq!(nonce.finding.map(|found| found.event.get()), known.finding, "nonce {}", nonce.number);
        let ours = nonce.end.as_ref().map(|end| (end.event.get(), end.source.as_str()));
        let theirs = known.end.as_ref().map(|end| (end.seq, end.source));
        assert_eq!(ours, theirs, "the end of nonce {}", nonce.number);
        let said = |seq: &u64| known.words.iter().any(|word| word.seq == *seq);
        assert!(nonce.voices.iter().all(|voice| said(&voice.seq.get())), "words on nonce {}", nonce.number);
    }
    let moved = program.suspense().map(|(event, item)| (event.get(), item.source.as_str()));
    assert!(moved.eq(state.suspense.iter().map(|(event, item)| (*event, item.source))));
    let back = program.refunds().map(|(event, refund)| (event.get(), refund.source.as_str()));
    assert!(back.eq(state.refunds.iter().map(|(event, refund)| (*event, refund.source))));
    for batch in program.batches() {
        let ours = batch.signings.iter().map(|signing| (signing.event.get(), signing.owner.to_string()));
        assert_eq!(ours.collect::<Vec<_>>(), state.batches[&batch.number.get()].signings);
    }
}

/// Two reports agree in every cell, and nothing is spent beyond an allotment.
pub fn same_report(ours: &DomainReport, theirs: &Report) {
    let lines = ours.lines.iter().map(|line| ReportLine {
        category: line.category.to_string(),
        floor: line.floor.wei(),
        ceiling: line.ceiling.wei(),
        original: line.original.wei(),
        allotment: line.allotment.wei(),
        buckets: [line.available, line.encumbered, line.expended, line.inflight, line.lapsed, line.reserved]
            .map(Amount::wei),
    });
    let read = Report { cap: ours.cap.wei(), unallotted: ours.unallotted.wei(), lines: lines.collect() };
    assert_eq!(&read, theirs);
    assert!(ours.lines.iter().all(|line| line.excess() == Some(Amount::ZERO)), "{ours:?}");
}

/// What was promised or paid beyond an allotment, over all periods: an overspend.
pub fn overspent(auditor: &Auditor) -> u128 {
    let periods = auditor.state().periods.keys().filter_map(|period| auditor.report(*period));
    let lines = periods.flat_map(|report| report.lines);
    lines.map(|line| line.buckets[1..].iter().sum::<u128>().saturating_sub(line.allotment)).sum()
}

/// Claims that were paid more than once.
pub fn paid_twice(auditor: &Auditor) -> usize {
    auditor.payments().values().filter(|times| **times > 1).count()
}
