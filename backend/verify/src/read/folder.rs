//! A bundle as a folder: the members by their names, whatever order the disk has them in.

use std::fs::{self, File, Metadata};
use std::io::BufReader;
use std::path::Path;

use domain::value::BatchNumber;

use super::BUFFER;
use crate::finding::printable;
use crate::limits::Limits;
use crate::member::Member;
use crate::outcome::Outcome;
use crate::unusable::Unusable;
use crate::verifier::{Options, Verifier};

/// Verifies a bundle in a folder.
///
/// # Errors
/// As [`super::bundle`].
pub fn folder(root: &Path, options: &Options) -> Result<Outcome, Unusable> {
    let limits = &options.limits;
    let mut verifier = Verifier::new(options);
    let mut folders = Vec::new();
    each(root, "", limits, |name, metadata| {
        match name {
            "documents" | "batches" if metadata.is_dir() => folders.push(name.to_owned()),
            _ => {
                member(name, metadata)?;
            }
        }
        Ok(())
    })?;
    for first in [Member::Checkpoint, Member::Keys, Member::Report, Member::Events] {
        let name = first.to_string();
        match fs::symlink_metadata(root.join(&name)) {
            Ok(metadata) => take(root, &name, &metadata, &mut verifier)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Unusable::Read { name, error }),
        }
    }
    if !verifier.has_events() {
        return Err(Unusable::NoEvents);
    }
    if folders.iter().any(|name| name == "documents") {
        each(root, "documents", limits, |name, metadata| take(root, name, metadata, &mut verifier))?;
    }
    if folders.iter().any(|name| name == "batches") {
        for number in batches(root, limits)? {
            each(root, &format!("batches/{number}"), limits, |name, metadata| {
                take(root, name, metadata, &mut verifier)
            })?;
        }
    }
    verifier.finish()
}

/// The batches that have a folder, in their order.
fn batches(root: &Path, limits: &Limits) -> Result<Vec<BatchNumber>, Unusable> {
    let mut found = Vec::new();
    each(root, "batches", limits, |name, metadata| {
        let number = name.strip_prefix("batches/").and_then(|number| number.parse().ok());
        let number = number.filter(|_| metadata.is_dir());
        found.push(number.ok_or_else(|| Unusable::UnexpectedMember { name: printable(name) })?);
        Ok(())
    })?;
    found.sort_unstable();
    Ok(found)
}

/// Calls `each` with what lies in a folder; links are not followed.
fn each(
    root: &Path,
    folder: &str,
    limits: &Limits,
    mut each: impl FnMut(&str, &Metadata) -> Result<(), Unusable>,
) -> Result<(), Unusable> {
    let unreadable = || Unusable::read(if folder.is_empty() { "the folder" } else { folder });
    let mut count = 0_u64;
    for entry in fs::read_dir(root.join(folder)).map_err(unreadable())? {
        let entry = entry.map_err(unreadable())?;
        count = count.saturating_add(1);
        if count > limits.members {
            return Err(Unusable::TooMany { what: "members", limit: limits.members });
        }
        let name = entry.file_name();
        let own = name.to_string_lossy();
        let name = if folder.is_empty() { own.into_owned() } else { format!("{folder}/{own}") };
        let metadata = entry.metadata().map_err(Unusable::read(printable(&name)))?;
        if metadata.is_symlink() {
            return Err(Unusable::NotAFile { name: printable(&name), kind: "a symbolic link" });
        }
        each(&name, &metadata)?;
    }
    // An export makes a folder for what is in it; one that is empty is something else.
    if count == 0 && !folder.is_empty() {
        return Err(Unusable::UnexpectedMember { name: printable(folder) });
    }
    Ok(())
}

/// Which member a file is.
fn member(name: &str, metadata: &Metadata) -> Result<Member, Unusable> {
    let Ok(member) = name.parse::<Member>() else {
        return Err(Unusable::UnexpectedMember { name: printable(name) });
    };
    if metadata.is_file() {
        return Ok(member);
    }
    let kind = if metadata.is_dir() { "a folder" } else { "a link, pipe or device" };
    Err(Unusable::NotAFile { name: name.to_owned(), kind })
}

fn take(root: &Path, name: &str, metadata: &Metadata, verifier: &mut Verifier) -> Result<(), Unusable> {
    let member = member(name, metadata)?;
    let file = File::open(root.join(name)).map_err(Unusable::read(member))?;
    let buffer = usize::try_from(metadata.len()).unwrap_or(BUFFER).clamp(1, BUFFER);
    verifier.take(member, &mut BufReader::with_capacity(buffer, file))
}
