//! Which value of a JSON document is none, named as people write it: `evidence[0].url`.

use serde_path_to_error::{Path, Segment};

/// Where a document is wrong, by what serde says of it: the place around a fault, and the field at fault.
pub fn located(path: Option<&Path>, detail: &str) -> (String, String) {
    let mut place: Vec<&Segment> = path.into_iter().flatten().collect();
    let named = named_field(detail);
    // The path of what is missing ends around it, that of what is not known at it.
    let known = |segment: &&Segment| matches!(segment, Segment::Map { key } if Some(key.as_str()) == named);
    if detail.starts_with(UNKNOWN) {
        place.pop_if(|last| known(last));
    }
    let mut around = String::new();
    for segment in place {
        join(&mut around, &segment.to_string());
    }
    let mut field = around.clone();
    if let Some(named) = named {
        join(&mut field, named);
    }
    (around, field)
}

/// Adds a name or an index to a path.
pub(super) fn join(path: &mut String, part: &str) {
    if !path.is_empty() && !part.starts_with('[') {
        path.push('.');
    }
    path.push_str(part);
}

const UNKNOWN: &str = "unknown field `";

/// The field that a message of serde names, such as "missing field `amount`".
fn named_field(message: &str) -> Option<&str> {
    let named = ["missing field `", UNKNOWN, "duplicate field `"];
    let rest = named.iter().find_map(|start| message.strip_prefix(start))?;
    rest.split('`').next()
}
