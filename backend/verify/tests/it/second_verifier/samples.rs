//! Bundles that were tampered with: what docs/verify.py must find, and what it leaves out.

use domain::command::{Actor, Cause, EraseDocument, OpenPeriod};
use domain::event::{Event, Fact, Recorded};
use domain::value::{Amount, BatchNumber, Digest};
use domain::words::{Erasure, PeriodKind, SigningForm, Verdict};
use verify::{BatchFile, Checkpoint, Member};

use crate::common::bundle::{Members, checkpoint, erased, forge, get, members, put, with_document};
use crate::common::story::{FIRST_CONTRIBUTOR, LEAD, OUTSIDE, Twist, story};
use crate::common::treasury::{PDF, PNG};
use crate::common::{Ledger, address, member, propose, shorter, submission};

/// What the receipts of the story end in.
const RECEIPT: &[u8] = b"\"type\":\"0x2\"}";

/// A bundle, and checkpoints from before it was tampered with.
pub struct Sample {
    pub kind: &'static str,
    pub members: Members,
    pub kept: Vec<Checkpoint>,
}

impl Sample {
    fn new(kind: &'static str, members: Members) -> Self {
        Self { kind, members, kept: Vec::new() }
    }

    /// Another content of one member.
    fn with(kind: &'static str, all: &Members, member: Member, bytes: Vec<u8>) -> Self {
        let mut members = all.clone();
        put(&mut members, member, bytes);
        Self::new(kind, members)
    }
}

/// Places spread over a length, the last one included.
fn spread(length: usize, count: usize) -> impl Iterator<Item = usize> {
    (1..=count).map(move |n| length * n / count - 1)
}

/// One bit changed: a neighbour in the order of digits, or a letter of another case.
fn flipped(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[place] ^= [0x01, 0x20][place % 2];
    changed
}

/// All kinds of the other tests here, as far as docs/verify.py covers them.
pub fn covered() -> Vec<Sample> {
    let ledger = story(Twist::None);
    let all = members(&ledger);
    let mut samples = in_the_journal(&all);
    samples.extend(in_files(&all));
    samples.extend(in_documents(&all));
    samples.extend(rewritten(&ledger));
    samples.extend(of_two_persons(&ledger, &all));
    samples
}

fn in_the_journal(all: &Members) -> Vec<Sample> {
    let bytes = get(all, Member::Events);
    let with = |kind, bytes| Sample::with(kind, all, Member::Events, bytes);
    let mut samples: Vec<Sample> = spread(bytes.len(), 50)
        .map(|place| with("a byte of an event flipped", flipped(bytes, place)))
        .collect();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for place in spread(lines.len(), 14) {
        let mut dropped = lines.clone();
        let line = dropped.remove(place);
        samples.push(with("an event dropped", dropped.concat()));
        let mut doubled = lines.clone();
        doubled.insert(place, line);
        samples.push(with("an event doubled", doubled.concat()));
        let mut swapped = lines.clone();
        swapped.swap(place, place - 1);
        samples.push(with("an event swapped with the one before", swapped.concat()));
    }
    let carriage = String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n");
    samples.extend([
        with("the last line feed gone", bytes[..bytes.len() - 1].to_vec()),
        with("an empty line behind", [bytes, b"\n"].concat()),
        with("an empty line before", [b"\n", bytes].concat()),
        with("an empty object behind", [bytes, b"{}\n"].concat()),
        with("a line begun behind", [bytes, b"{"].concat()),
        with("carriage returns", carriage.into_bytes()),
        with("no events", Vec::new()),
    ]);
    samples
}

/// The columns of a report at which docs/verify.py looks: what the row is of, and balances.
pub const BALANCES: [&str; 11] = [
    "period",
    "category",
    "final",
    "cap",
    "unallotted",
    "expended",
    "inflight",
    "encumbered",
    "reserved",
    "available",
    "lapsed",
];

/// The places of the balances in a report (every bucket, what they add up to, cap and unallotted) with what they
/// are of; and the places of everything else.
fn balances(report: &[u8]) -> (Vec<usize>, Vec<usize>) {
    let first = std::str::from_utf8(report).unwrap().lines().next().unwrap();
    let head: Vec<&str> = first.trim_matches('"').split("\",\"").collect();
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let (mut row, mut cell, mut quoted) = (0, 0, false);
    for (place, byte) in report.iter().enumerate() {
        match byte {
            b'"' => {
                quoted = !quoted;
                cell += usize::from(!quoted);
            }
            b'\n' => (row, cell) = (row + 1, 0),
            _ if quoted && row > 0 => {
                let name = head[cell].trim_end_matches("_wei").trim_end_matches("_lpt");
                let is_balance = BALANCES.contains(&name);
                (if is_balance { &mut inside } else { &mut outside }).push(place);
            }
            _ => {}
        }
    }
    (inside, outside)
}

fn in_files(all: &Members) -> Vec<Sample> {
    let mut samples = Vec::new();
    let bytes = get(all, Member::Checkpoint);
    samples.extend(spread(bytes.len(), 16).map(|place| {
        Sample::with("a byte of the checkpoint flipped", all, Member::Checkpoint, flipped(bytes, place))
    }));
    let report = get(all, Member::Report);
    let (inside, _) = balances(report);
    samples.extend(spread(inside.len(), 30).map(|n| {
        let mut changed = report.to_vec();
        changed[inside[n]] ^= 1;
        Sample::with("a byte of a balance flipped", all, Member::Report, changed)
    }));
    let lines: Vec<&[u8]> = report.split_inclusive(|byte| *byte == b'\n').collect();
    for place in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(place);
        samples.push(Sample::with("a row of the report dropped", all, Member::Report, dropped.concat()));
    }
    samples.extend(rows_of_nothing());
    for place in 0..4 {
        let mut missing = all.clone();
        missing.remove(place);
        samples.push(Sample::new("a file missing", missing));
        let mut twice = all.clone();
        twice.insert(place, all[place].clone());
        samples.push(Sample::new("a file twice", twice));
    }
    samples
}

/// A period in which nothing was given to anybody yet: its rows can be known from the events alone.
fn rows_of_nothing() -> Vec<Sample> {
    let truth = story(Twist::None);
    let first = |recorded: &Recorded| matches!(recorded.event.fact, Fact::PeriodOpened { .. });
    let mut ledger = shorter(&truth, truth.journal.iter().position(first).unwrap());
    let Fact::PeriodOpened { asked, .. } = &truth.journal[ledger.journal.len()].event.fact else { panic!() };
    ledger.does(LEAD, OpenPeriod { cap: "400".parse().unwrap(), ..**asked });
    let next = OpenPeriod {
        cap: "350".parse().unwrap(),
        ends_at: "2026-05-01T00:00:00Z".parse().unwrap(),
        kind: PeriodKind::Month,
        starts_at: "2026-04-01T00:00:00Z".parse().unwrap(),
    };
    ledger.does(LEAD, next);
    let all = members(&ledger);
    let report = String::from_utf8(get(&all, Member::Report).to_vec()).unwrap();
    let lines: Vec<&str> = report.split_inclusive('\n').collect();
    let place = lines.iter().position(|line| line.starts_with("\"2\",\"category\"")).unwrap();
    let row = lines[place];
    let with = |kind, edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        edit(&mut lines);
        Sample::with(kind, &all, Member::Report, lines.concat().into_bytes())
    };
    let slug = row.split('"').nth(5).unwrap();
    vec![
        with("a row of zeros dropped", &|lines| drop(lines.remove(place))),
        with("a row of zeros doubled", &|lines| lines.insert(place, row.to_owned())),
        with("a row of zeros invented", &|lines| lines.insert(place, row.replacen(slug, "gifts", 1))),
        with("a row of zeros of another period", &|lines| lines.push(row.replacen("\"2\"", "\"3\"", 1))),
        with("rows of zeros in another order", &|lines| lines.swap(place, place + 1)),
        with("a header doubled", &|lines| lines.insert(0, lines[0].clone())),
    ]
}

fn in_documents(all: &Members) -> Vec<Sample> {
    let places: Vec<usize> =
        (0..all.len()).filter(|place| matches!(all[*place].0, Member::Document(_))).collect();
    let mut samples = Vec::new();
    for n in spread(places.len(), 16) {
        let (member, bytes) = &all[places[n]];
        let changed = flipped(bytes, n * 7 % bytes.len());
        samples.push(Sample::with("a byte of a document flipped", all, *member, changed));
    }
    for n in spread(places.len(), 8) {
        let mut missing = all.clone();
        missing.remove(places[n]);
        samples.push(Sample::new("a document missing", missing));
        let mut twice = all.clone();
        twice.insert(places[n], all[places[n]].clone());
        samples.push(Sample::new("a document twice", twice));
        let mut swapped = all.clone();
        let (one, other) = (places[n], places[n - 1]);
        (swapped[one].1, swapped[other].1) = (all[other].1.clone(), all[one].1.clone());
        samples.push(Sample::new("documents in each other's places", swapped));
    }
    let mut stray = all.clone();
    stray.insert(places[0], (Member::Document(Digest::sha256(&[b"stray"])), b"stray".to_vec()));
    samples.push(Sample::new("a document that nothing names", stray));
    samples
}

/// Histories that keep every rule; only a checkpoint kept from before shows that there was another one.
fn rewritten(truth: &Ledger) -> Vec<Sample> {
    let kept = vec![checkpoint(&truth.program)];
    let sample = |kind, members| Sample { kind, members, kept: kept.clone() };
    let twists = Twist::ALL.map(|twist| sample("a valid other history", members(&story(twist))));
    let cuts = spread(truth.journal.len() - 1, 9).map(|events| members(&shorter(truth, events + 1)));
    let mut samples: Vec<Sample> =
        twists.into_iter().chain(cuts.map(|cut| sample("events cut off", cut))).collect();
    let mut other = sample("a checkpoint of another program", members(truth));
    other.kept[0].identity = Digest::sha256(&[b"another"]);
    samples.push(other);
    for (first, again) in [(0, 1), (3, 90)] {
        let forged = forge(truth, |events| events[again].cause = events[first].cause);
        samples.push(Sample::new("a key spent twice", forged));
    }
    samples
}

/// What takes two persons, of whom docs/verify.py sees that they are different members; and what they erased.
fn of_two_persons(ledger: &Ledger, all: &Members) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut forged =
        |kind, edit: &dyn Fn(&mut Vec<Event>)| samples.push(Sample::new(kind, forge(ledger, edit)));
    let twice: [fn(&Fact) -> bool; 5] = [
        |fact| matches!(fact, Fact::BatchExecuted { asked, .. } if asked.batch.get() == 5),
        |fact| matches!(fact, Fact::NonceConsumed { .. }),
        |fact| matches!(fact, Fact::InflowClassified { .. }),
        |fact| matches!(fact, Fact::OutflowSettled { .. }),
        |fact| matches!(fact, Fact::DocumentErased { .. }),
    ];
    for is in twice {
        forged("both words by one member", &|events| {
            let first = seq(events, is);
            events[first + 1].actor = events[first].actor;
        });
        forged("no second word", &|events| drop(events.remove(seq(events, is))));
        forged("two words of different things", &|events| {
            let second = seq(events, is) + 1;
            match &mut events[second].fact {
                Fact::BatchExecuted { asked, .. } => asked.tx_hash = Digest::ZERO,
                Fact::NonceConsumed { asked, .. } => asked.tx_hash = Digest::ZERO,
                Fact::InflowClassified { asked, .. } => asked.submission = Some(submission(1)),
                Fact::OutflowSettled { asked, .. } => asked.submission = None,
                Fact::DocumentErased { asked, .. } => asked.class = Erasure::Unlawful,
                _ => panic!(),
            }
        });
    }
    for is in &twice[..4] {
        forged("money that moves at the first word", &|events| {
            let first = seq(events, is);
            events[first].postings = events[first + 1].postings.clone();
        });
    }
    forged("another amount recorded than posted", &|events| {
        let seq = seq(events, |fact| matches!(fact, Fact::OutflowRecorded { .. }));
        let Fact::OutflowRecorded { asked } = &mut events[seq].fact else { panic!() };
        asked.amount = Amount::LPT;
    });
    forged("said alone as if it was read", &|events| {
        // Somebody is owed again.
        let read = |fact: &Fact| matches!(fact, Fact::BatchExecuted { asked, .. } if asked.batch.get() == 14);
        let seq = seq(events, read);
        let cause = Cause::of_call(member(LEAD), "it", "a key of its own", "POST", "/it", b"");
        (events[seq].actor, events[seq].cause) = (Actor::Member(member(LEAD)), Some(cause));
    });
    let erasing = |fact: &Fact| matches!(fact, Fact::DocumentErased { .. });
    let mut erases = |kind, edit: &dyn Fn(&mut EraseDocument)| {
        forged(kind, &|events| {
            let first = seq(events, erasing);
            for event in &mut events[first..first + 2] {
                let Fact::DocumentErased { asked, .. } = &mut event.fact else { panic!() };
                edit(asked);
            }
        });
    };
    erases("a document erased by another author", &|asked| asked.author = member(OUTSIDE));
    erases("a document erased of no claim", &|asked| asked.submission = None);
    erases("a document erased that nobody named", &|asked| asked.document = Digest::ZERO);
    for (digest, _) in erased(ledger) {
        let members = with_document(ledger, all, digest, ledger.gone[&digest].clone());
        samples.push(Sample::new("an erased document still there", members));
    }
    for start in [PNG, PDF, RECEIPT] {
        let place = all.iter().position(|(_, bytes)| bytes.ends_with(start));
        let Some(place) = place else { continue };
        let (member, bytes) = &all[place];
        samples.push(Sample::with(
            "a byte of a capture or a receipt flipped",
            all,
            *member,
            flipped(bytes, bytes.len() - 2),
        ));
        let mut missing = all.clone();
        missing.remove(place);
        samples.push(Sample::new("a capture or a receipt missing", missing));
    }
    samples
}

fn seq(events: &[Event], is: impl Fn(&Fact) -> bool) -> usize {
    events.iter().position(|event| is(&event.fact)).unwrap()
}

/// One of each kind that docs/verify.py leaves out.
pub fn uncovered() -> Vec<Sample> {
    let ledger = story(Twist::None);
    let all = members(&ledger);
    let mut samples = against_the_rules(&ledger);
    let mut with = |kind, member| {
        let bytes = get(&all, member);
        samples.push(Sample::with(kind, &all, member, flipped(bytes, bytes.len() / 2)));
    };
    with("a byte of keys.json flipped", Member::Keys);
    for file in BatchFile::ALL {
        with("a byte of a batch's file flipped", Member::Batch(BatchNumber::FIRST, file));
    }
    let report = get(&all, Member::Report);
    let (_, outside) = balances(report);
    let mut changed = report.to_vec();
    changed[outside[outside.len() / 2]] ^= 1;
    samples.push(Sample::with("another column of the report flipped", &all, Member::Report, changed));
    let mut missing = all.clone();
    missing.pop();
    samples.push(Sample::new("a batch's file missing", missing));
    let mut late = all.clone();
    let first = all.iter().position(|(member, _)| member.rank() == 4).unwrap();
    late.swap(first, first + 1);
    samples.push(Sample::new("documents in another order", late));
    samples
}

/// Histories forged as a whole that the rules would not have made.
fn against_the_rules(ledger: &Ledger) -> Vec<Sample> {
    let vote = |fact: &Fact| matches!(fact, Fact::VoteCast { .. });
    let batch = |fact: &Fact| matches!(fact, Fact::BatchProposed { .. });
    let forged = |kind, edit: &dyn Fn(&mut Vec<Event>)| Sample::new(kind, forge(ledger, edit));
    let mut wordless = ledger.clone();
    let document = b"0123456789abcdefno JSON".to_vec();
    let digest = Digest::sha256(&[&document]);
    wordless.documents.insert(digest, document);
    vec![
        forged("a vote by the same reviewer again", &|events| {
            let second = seq(events, vote) + 1;
            events[second].actor = Actor::Member(member(OUTSIDE));
        }),
        forged("a role granted after it was used", &|events| {
            let late = events.remove(seq(events, |fact| matches!(fact, Fact::RoleGranted { .. })));
            let place = seq(events, |fact| matches!(fact, Fact::RoleRevoked { .. })) + 1;
            let at = events[place - 1].at;
            events.insert(place, Event { at, ..late });
        }),
        forged("another outcome of a vote", &|events| {
            let seq = seq(events, vote);
            let Fact::VoteCast { outcome, .. } = &mut events[seq].fact else { panic!() };
            outcome.verdict = Verdict::Rejected;
        }),
        forged("another payee in a batch", &|events| {
            let seq = seq(events, batch);
            let Fact::BatchProposed { asked, .. } = &mut events[seq].fact else { panic!() };
            asked.payouts[0].payee = address(0x99);
            **asked = propose(ledger.program.charter(), asked.payouts.clone(), asked.nonce);
        }),
        forged("a batch with another transaction's hash", &|events| {
            let seq = seq(events, batch);
            let Fact::BatchProposed { asked, .. } = &mut events[seq].fact else { panic!() };
            asked.safe_tx_hash = Digest::sha256(&[b"another"]);
        }),
        forged("a rejection with another transaction's hash", &|events| {
            let seq = seq(events, |fact| matches!(fact, Fact::RejectionProposed { .. }));
            let Fact::RejectionProposed { asked, .. } = &mut events[seq].fact else { panic!() };
            asked.safe_tx_hash = Digest::sha256(&[b"another"]);
        }),
        forged("a receipt that shows something else", &|events| {
            let seq = seq(events, |fact| matches!(fact, Fact::FindingRecorded { .. }));
            let Fact::FindingRecorded { asked } = &mut events[seq].fact else { panic!() };
            asked.tx_hash = Digest::ZERO;
        }),
        forged("a signature of another owner", &|events| {
            let seq = seq(events, |fact| matches!(fact, Fact::SignatureRecorded { .. }));
            let Fact::SignatureRecorded { asked } = &mut events[seq].fact else { panic!() };
            asked.form = SigningForm::EthSign;
        }),
        forged("a second word by whoever has no say", &|events| {
            let first = seq(events, |fact| matches!(fact, Fact::InflowClassified { .. }));
            events[first + 1].actor = Actor::Member(member(FIRST_CONTRIBUTOR));
        }),
        forged("captures in another order than the text's", &|events| {
            let claim = |fact: &Fact| matches!(fact, Fact::SubmissionRevised { asked, .. } if asked.captures.len() > 1);
            let seq = seq(events, claim);
            let Fact::SubmissionRevised { asked, .. } = &mut events[seq].fact else { panic!() };
            asked.captures.rotate_left(1);
        }),
        forged("another amount moved than was decided", &|events| {
            // Of its lines nothing becomes anything.
            let seq = events.iter().rposition(|event| batch(&event.fact)).unwrap();
            for posting in &mut events[seq].postings[..2] {
                posting.2 = posting.2.checked_sub(Amount::from_wei(1)).unwrap();
            }
        }),
        Sample::new(
            "a document that does not say what it must",
            forge(&wordless, |events| {
                // One that nobody erases.
                let seq = events.iter().rposition(|event| vote(&event.fact)).unwrap();
                let Fact::VoteCast { asked, .. } = &mut events[seq].fact else { panic!() };
                asked.reason = digest;
            }),
        ),
    ]
}
