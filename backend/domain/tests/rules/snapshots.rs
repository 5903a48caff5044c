//! The state as bytes: exact, the same for the same state, and read by the build that wrote them only.

use std::fs;
use std::path::Path;

use domain::value::{Amount, BatchNumber, Digest, Seq, Timestamp};
use domain::{BUILD, Program, SnapshotError};

use crate::docs::golden::journal;

#[path = "../../build.rs"]
#[expect(dead_code, reason = "the build script's own main is not for tests")]
mod build;

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn from_the_snapshot_after_any_event_the_rest_leads_to_the_same_state() {
    let ledger = journal();
    let (first, rest) = ledger.journal.split_first().unwrap();
    let mut replayed = Program::begin(first).unwrap();
    for (place, recorded) in rest.iter().enumerate() {
        let mut restored = Program::from_snapshot(&replayed.snapshot().unwrap()).unwrap();
        assert_eq!(restored, replayed);
        assert_eq!((restored.root(), restored.size()), (replayed.root(), replayed.size()));
        for later in &rest[place..] {
            restored.apply(later).unwrap();
        }
        assert_eq!(restored, ledger.program);
        assert_eq!(restored.audit(), Ok(()));
        replayed.apply(recorded).unwrap();
    }
    println!("count: snapshots restored and continued {}", rest.len());
}

/// Hash maps have no order of their own: what was inserted otherwise, with other seeds, still gives these bytes.
#[test]
fn equal_states_give_equal_bytes() {
    let ledger = journal();
    let bytes = ledger.program.snapshot().unwrap();
    for _ in 0..8 {
        assert!(journal().program.snapshot().unwrap() == bytes);
        assert!(Program::from_snapshot(&bytes).unwrap().snapshot().unwrap() == bytes);
    }
    assert!(ledger.journal.iter().map(|recorded| recorded.bytes.len()).sum::<usize>() > 2 * bytes.len());
}

#[test]
fn damaged_bytes_are_refused_or_another_state_and_never_a_panic() {
    let program = journal().program;
    let bytes = program.snapshot().unwrap();
    let mut refused = 0;
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        match Program::from_snapshot(&flipped) {
            Ok(other) => assert!(other != program, "byte {place} says nothing"),
            Err(_) => refused += 1,
        }
        assert!(Program::from_snapshot(&bytes[..place]).is_err(), "cut at {place}");
    }
    let longer = [bytes.as_slice(), b"\0"].concat();
    assert_eq!(Program::from_snapshot(&longer), Err(SnapshotError::TooLong { rest: 1 }));
    println!("count: snapshots with a damaged byte {}, refused as bytes {refused}", bytes.len());
}

/// Values at their ends, exactly; what is no value stays none.
#[test]
fn packed_values_are_exact_and_checked() {
    fn there_and_back<T>(value: &T)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let bytes = postcard::to_allocvec(value).unwrap();
        assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
    }
    for wei in [0, 1, u128::from(u64::MAX), u128::MAX - 1, u128::MAX] {
        there_and_back(&Amount::from_wei(wei));
    }
    there_and_back(&[Seq::ZERO, Seq::new(u64::MAX)]);
    there_and_back(&Digest::from_bytes([0xff; 32]));
    there_and_back(&[0, 253_402_300_799_999_999].map(|micros| Timestamp::from_micros(micros).unwrap()));
    for word in domain::words::Bucket::ALL {
        there_and_back(word);
    }

    let packed = |number: u32| postcard::to_allocvec(&number).unwrap();
    assert!(postcard::from_bytes::<BatchNumber>(&packed(0)).is_err());
    assert!(postcard::from_bytes::<domain::words::Side>(&packed(2)).is_err());
    assert!(postcard::from_bytes::<Timestamp>(&postcard::to_allocvec(&-1_i64).unwrap()).is_err());
}

#[test]
fn a_build_is_named_by_its_sources() {
    assert_eq!(build::build_of(Path::new(CRATE)).unwrap(), BUILD);
    let copy = tempfile::tempdir().unwrap();
    copy_sources(Path::new(CRATE), copy.path());
    let name = || build::build_of(copy.path()).unwrap();
    assert_eq!(name(), BUILD);

    let rule = copy.path().join("src/decide/votes.rs");
    let text = fs::read(&rule).unwrap();
    fs::write(&rule, [text.as_slice(), b"\n"].concat()).unwrap();
    assert_ne!(name(), BUILD, "another rule");
    fs::write(&rule, text).unwrap();
    assert_eq!(name(), BUILD);
    fs::write(copy.path().join("src/decide/notes.txt"), "no source").unwrap();
    assert_eq!(name(), BUILD);
    fs::rename(&rule, copy.path().join("src/decide/ballots.rs")).unwrap();
    assert_ne!(name(), BUILD, "another place");
}

fn copy_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("src")).unwrap();
    fs::copy(from.join("Cargo.toml"), to.join("Cargo.toml")).unwrap();
    copy_folder(&from.join("src"), &to.join("src"));
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
