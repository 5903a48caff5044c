//! Folders that hold links, pipes and what has no place in a bundle.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use verify::{Options, Outcome, Unusable, bundle};

use crate::make::golden;

/// The golden bundle as a folder.
fn unpacked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in golden() {
        let path = folder.path().join(entry.name());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &entry.content).unwrap();
    }
    folder
}

fn verify(folder: &Path) -> Result<Outcome, Unusable> {
    bundle(folder, &Options::default())
}

/// Spoils a bundle and says how it is refused.
fn spoiled(spoil: impl FnOnce(&Path)) -> Unusable {
    let folder = unpacked();
    spoil(folder.path());
    match verify(folder.path()) {
        Err(refused) => refused,
        Ok(outcome) => panic!("{outcome}"),
    }
}

#[test]
fn the_unpacked_bundle_is_sound() {
    assert!(verify(unpacked().path()).unwrap().is_sound());
}

#[test]
fn links_and_pipes_are_refused_and_never_opened() {
    for name in ["checkpoint", "events.jsonl", "batches/1/airdrop.csv"] {
        let refused = spoiled(|root| {
            let path = root.join(name);
            fs::rename(&path, root.with_extension("elsewhere")).unwrap();
            symlink(root.with_extension("elsewhere"), &path).unwrap();
        });
        assert!(matches!(&refused, Unusable::NotAFile { name: found, .. } if found == name), "{refused}");
        // Opening a pipe that nobody writes to would wait for ever.
        let refused = spoiled(|root| {
            fs::remove_file(root.join(name)).unwrap();
            assert!(Command::new("mkfifo").arg(root.join(name)).status().unwrap().success());
        });
        assert!(matches!(&refused, Unusable::NotAFile { name: found, .. } if found == name), "{refused}");
        let refused = spoiled(|root| {
            fs::remove_file(root.join(name)).unwrap();
            fs::create_dir(root.join(name)).unwrap();
        });
        assert!(matches!(&refused, Unusable::NotAFile { name: found, .. } if found == name), "{refused}");
    }
    for folder in ["documents", "batches", "batches/1"] {
        let refused = spoiled(|root| {
            let other = tempfile::tempdir().unwrap().keep();
            fs::rename(root.join(folder), other.join("moved")).unwrap();
            symlink(other.join("moved"), root.join(folder)).unwrap();
        });
        assert!(matches!(&refused, Unusable::NotAFile { name, .. } if name == folder), "{refused}");
    }
}

#[test]
fn what_has_no_place_in_a_bundle_is_refused() {
    for name in [
        "README",
        "documents/README",
        "batches/1/README",
        "batches/README",
        "batches/01/airdrop.csv",
        "batches/1/deeper/airdrop.csv",
        "receipts/1.json",
        ".hidden",
    ] {
        let refused = spoiled(|root| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "stray").unwrap();
        });
        assert!(matches!(refused, Unusable::UnexpectedMember { .. }), "{name}: {refused}");
    }
    let refused = spoiled(|root| fs::write(root.join(OsStr::from_bytes(b"\xff\x1b[2J")), "stray").unwrap());
    assert!(!refused.to_string().contains('\u{1b}'), "what is printed changes no terminal");
}

/// An archive has no folders: one that holds nothing says something that nobody checks.
#[test]
fn empty_folders_are_refused() {
    for name in ["batches/77", "batches/1/deeper", "documents/deeper", "deeper"] {
        let refused = spoiled(|root| fs::create_dir(root.join(name)).unwrap());
        assert!(matches!(refused, Unusable::UnexpectedMember { .. }), "{name}: {refused}");
    }
    for name in ["documents", "batches"] {
        let refused = spoiled(|root| {
            fs::remove_dir_all(root.join(name)).unwrap();
            fs::create_dir(root.join(name)).unwrap();
        });
        assert!(matches!(&refused, Unusable::UnexpectedMember { name: found } if found == name), "{refused}");
    }
}

#[test]
fn what_is_no_bundle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(verify(folder.path()), Err(Unusable::NoEvents)));
    assert!(matches!(verify(&folder.path().join("nothing")), Err(Unusable::Read { .. })));
    let file = folder.path().join("file");
    for content in [&b""[..], b"text"] {
        fs::write(&file, content).unwrap();
        assert!(matches!(verify(&file), Err(Unusable::NotABundle(_))));
    }
    assert!(matches!(verify(Path::new("/dev/null")), Err(Unusable::NotABundle(_))));
}
