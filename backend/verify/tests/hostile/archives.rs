//! Archives that are damaged, lie about themselves, or hold what has no place in a bundle.

use std::io::{Read, Write};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use tar::EntryType;
use verify::{Code, Unusable};

use crate::make::{Entry, GOLDEN, bomb, golden, golden_tar, gzip, pack, up_to, verify, verify_within};

fn refused(bytes: &[u8]) -> Unusable {
    match verify(bytes) {
        Err(refused) => refused,
        Ok(outcome) => panic!("{outcome}"),
    }
}

#[test]
fn the_golden_bundle_is_sound_also_when_it_is_packed_again() {
    assert!(verify(GOLDEN).unwrap().is_sound());
    assert!(verify(&pack(&golden())).unwrap().is_sound());
}

#[test]
fn names_that_no_member_has_are_refused() {
    let mut count = 0;
    for name in [
        "../checkpoint",
        "/etc/passwd",
        "./checkpoint",
        "checkpoint/",
        "documents/../keys.json",
        "documents/../../../../etc/passwd",
        "documents",
        "documents/0",
        "batches/1/other.csv",
        "batches/01/airdrop.csv",
        "batches/0/airdrop.csv",
        "receipts/1.json",
        "CHECKPOINT",
        "a\u{1b}[2Jb",
        "C:\\checkpoint",
        "",
    ] {
        for place in [0, 4, golden().len()] {
            let mut entries = golden();
            entries.insert(place, Entry::new(name, b"evil"));
            let refused = refused(&pack(&entries));
            let Unusable::UnexpectedMember { name: found } = &refused else { panic!("{name:?}: {refused}") };
            assert!(!found.contains('\u{1b}'), "what is printed changes no terminal");
            count += 1;
        }
    }
    println!("count: hostile names refused {count}");
}

#[test]
fn what_is_no_plain_file_is_refused_even_with_a_members_name() {
    let mut count = 0;
    for kind in [
        EntryType::Link,
        EntryType::Symlink,
        EntryType::Char,
        EntryType::Block,
        EntryType::Directory,
        EntryType::Fifo,
        EntryType::Continuous,
        EntryType::GNULongName,
        EntryType::GNULongLink,
        EntryType::GNUSparse,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::new(b'Z'),
    ] {
        for (place, name) in [(0, "checkpoint"), (1, "keys.json"), (4, "././@LongLink")] {
            let mut entries = golden();
            let content: &[u8] = if kind == EntryType::XHeader { b"16 size=1000000\n" } else { b"" };
            entries.insert(place, Entry::of_kind(kind, name, content));
            let refused = refused(&pack(&entries));
            assert!(matches!(refused, Unusable::NotAFile { .. }), "{kind:?}: {refused}");
            count += 1;
        }
    }
    println!("count: hostile kinds of entries refused {count}");
}

#[test]
fn members_stand_once_and_in_their_order() {
    let all = golden();
    let mut count = 0;
    // Every place is tried in memory; here the archive's own order is meant.
    for place in (0..all.len()).filter(|place| *place < 5 || *place % 20 == 0 || *place > all.len() - 9) {
        count += 2;
        let mut twice = all.clone();
        twice.insert(place, all[place].clone());
        assert!(matches!(refused(&pack(&twice)), Unusable::OutOfOrder { .. }));
        let mut last = all.clone();
        let moved = last.remove(place);
        if place + 1 < all.len() {
            last.push(moved);
            let refused = refused(&pack(&last));
            assert!(matches!(refused, Unusable::OutOfOrder { .. }), "{}: {refused}", all[place].name());
        }
    }
    println!("count: entries doubled or moved and refused {count}");
}

/// Whatever an archive is cut down to, or has behind it, it is no bundle.
#[test]
fn an_archive_ends_where_it_ends() {
    for end in (0..GOLDEN.len()).step_by(997).chain(GOLDEN.len() - 9..GOLDEN.len()) {
        refused(&GOLDEN[..end]);
    }
    let whole = golden_tar();
    for end in (0..whole.len()).step_by(512 * 31).chain([whole.len() - 512, whole.len() - 1_024]) {
        refused(&gzip(&whole[..end]));
    }
    let behind: [Vec<u8>; 5] = [
        [GOLDEN, b"x"].concat(),
        [GOLDEN, GOLDEN].concat(),
        [GOLDEN, &gzip(b"")[..]].concat(),
        gzip(&[&whole[..], &[0; 512]].concat()),
        gzip(&[&whole[..whole.len() - 512], b"x", &[0; 511]].concat()),
    ];
    for bytes in behind {
        let refused = refused(&bytes);
        assert!(matches!(refused, Unusable::Archive { .. }), "{refused}");
    }
}

#[test]
fn padding_and_headers_hide_nothing() {
    let whole = golden_tar();
    let first = golden()[0].content.len();
    for place in [512 + first, 1_023] {
        let mut hidden = whole.clone();
        hidden[place] = b'x';
        let refused = refused(&gzip(&hidden));
        assert!(matches!(refused, Unusable::Archive { what: "the padding is not empty", .. }), "{refused}");
    }
    // A header whose sum was not made again is damaged; one that adds up and says other things is found.
    let mut count = 0;
    for place in (0..512).step_by(3) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        refused(&gzip(&flipped));
        let mut entries = golden();
        entries[0].header.as_mut_bytes()[place] ^= 1;
        entries[0].header.set_cksum();
        match verify(&tar_as_it_is(&entries)) {
            Err(_) => {}
            Ok(outcome) => {
                // The sum itself was made again.
                let sum = (148..156).contains(&place);
                assert_eq!(outcome.is_sound(), sum, "byte {place} of a header: {outcome}");
            }
        }
        count += 2;
    }
    println!("count: bytes of headers flipped {count}");
}

/// Packs headers that may announce another size than their content has.
fn tar_as_it_is(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Entry { header, content } in entries {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend_from_slice(&[0; 1_024]);
    gzip(&bytes)
}

/// The compressed bytes say nothing of who packed them, when and where: there is one header.
#[test]
fn a_gzip_header_says_nothing() {
    let mut count = 0;
    for place in 0..10 {
        for bit in 0..8 {
            let mut other = GOLDEN.to_vec();
            other[place] ^= 1 << bit;
            refused(&other);
            count += 1;
        }
    }
    let with = |builder: GzBuilder| {
        let mut gzip = builder.write(Vec::new(), Compression::default());
        gzip.write_all(&golden_tar()).unwrap();
        gzip.finish().unwrap()
    };
    assert!(verify(&with(GzBuilder::new().operating_system(255))).unwrap().is_sound());
    for named in [
        GzBuilder::new().operating_system(255).filename("pilot.tar"),
        GzBuilder::new().operating_system(255).comment("from the office"),
        GzBuilder::new().operating_system(255).extra("more"),
        GzBuilder::new().operating_system(255).mtime(1_790_000_000),
        GzBuilder::new().operating_system(3),
    ] {
        let refused = refused(&with(named));
        assert!(
            matches!(refused, Unusable::Archive { what, .. } if what.starts_with("its gzip header is not the one")),
            "{refused}"
        );
        count += 1;
    }
    println!("count: gzip headers refused {count}");
}

#[test]
fn entries_are_stamped_with_the_last_event() {
    let mut entries = golden();
    for entry in &mut entries {
        entry.header.set_mtime(entry.header.mtime().unwrap() + 1);
        entry.header.set_cksum();
    }
    let outcome = verify(&pack(&entries)).unwrap();
    let [finding] = outcome.findings.list() else { panic!("{outcome}") };
    assert_eq!(finding.code, Code::ArchiveHeader);
}

/// Bytes that were changed on the way: sound is only what unpacks to the same bytes all the same, because they repeat
/// a text from another place where it stands as well.
#[test]
fn flipped_bytes_of_the_compressed_file_are_not_sound() {
    let whole = golden_tar();
    let mut count = 0;
    for place in (0..GOLDEN.len()).step_by(499).chain(0..20).chain(GOLDEN.len() - 20..GOLDEN.len()) {
        let mut flipped = GOLDEN.to_vec();
        flipped[place] ^= 1;
        let mut unpacked = Vec::new();
        let same = place >= 10
            && GzDecoder::new(&flipped[..]).read_to_end(&mut unpacked).is_ok()
            && unpacked == whole;
        let sound = verify(&flipped).is_ok_and(|outcome| outcome.is_sound());
        assert_eq!(sound, same, "byte {place}");
        count += 1;
    }
    println!("count: bytes of a compressed bundle flipped {count}");
}

#[test]
fn what_announces_too_much_is_refused_before_it_is_read() {
    let limits = verify::Limits::default();
    for (name, limit) in [
        ("checkpoint", limits.file),
        ("keys.json", limits.file),
        ("report.csv", limits.file),
        ("events.jsonl", limits.events_bytes),
        ("documents/", limits.document),
        ("batches/", limits.batch),
    ] {
        let refused = refused(&bomb(&up_to(name, limit + 1), 0, 1));
        assert!(
            matches!(&refused, Unusable::TooLarge { limit: found, .. } if *found == limit),
            "{name}: {refused}"
        );
    }
}

#[test]
fn every_limit_is_kept() {
    let default = verify::Limits::default();
    let few = |limits| verify_within(GOLDEN, limits).unwrap_err();
    let events = u64::try_from(golden()[3].content.len()).unwrap();
    let longest = golden()[3].content.split(|byte| *byte == b'\n').map(<[u8]>::len).max().unwrap();
    let longest = u64::try_from(longest).unwrap();
    assert!(
        verify_within(GOLDEN, verify::Limits { line: longest, events_bytes: events, ..default })
            .unwrap()
            .is_sound()
    );
    assert!(matches!(few(verify::Limits { line: longest - 1, ..default }), Unusable::LongEvent { .. }));
    assert!(matches!(
        few(verify::Limits { events: 326, ..default }),
        Unusable::TooMany { what: "events", limit: 326 }
    ));
    assert!(matches!(few(verify::Limits { events_bytes: events - 1, ..default }), Unusable::TooLarge { .. }));
    // 249 documents, and 7 words of those that are to go.
    assert!(verify_within(GOLDEN, verify::Limits { namings: 256, ..default }).unwrap().is_sound());
    assert!(matches!(
        few(verify::Limits { namings: 255, ..default }),
        Unusable::TooMany { what: "documents named", limit: 255 }
    ));
    assert!(matches!(few(verify::Limits { document: 100, ..default }), Unusable::TooLarge { .. }));
    assert!(matches!(few(verify::Limits { documents_bytes: 999, ..default }), Unusable::TooMany { .. }));
    assert!(matches!(few(verify::Limits { file: 127, ..default }), Unusable::TooLarge { .. }));
    assert!(matches!(few(verify::Limits { batch: 127, ..default }), Unusable::TooLarge { .. }));
    assert!(matches!(few(verify::Limits { files_bytes: 999, ..default }), Unusable::TooMany { .. }));
    let members = u64::try_from(golden().len()).unwrap() - 1;
    assert!(matches!(few(verify::Limits { members, ..default }), Unusable::TooMany { what: "members", .. }));
}

#[test]
fn what_is_no_archive_is_refused() {
    for bytes in
        [&b""[..], b"x", b"PK\x03\x04", &[0; 1_024], &gzip(b""), &gzip(&[0; 512]), &gzip(&[0; 1_024])]
    {
        refused(bytes);
    }
    let no_events: Vec<Entry> = golden().into_iter().take(3).collect();
    assert!(matches!(refused(&pack(&no_events)), Unusable::NoEvents));
}
