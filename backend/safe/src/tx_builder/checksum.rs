//! The checksum of a Transaction Builder file (tx-builder 2.0.1).
//!
//! It shows that a file changed by accident. Anyone can recompute it: it authenticates nothing.

use std::collections::BTreeMap;

use domain::value::Digest;

use crate::json::{Json, js_number};
use crate::{hex, word};

/// The checksum the file's content should carry in `meta.checksum`, as text.
///
/// Keccak-256 over a serialisation of its own: `meta.checksum` is left out and `meta.name` is null, so
/// the name, the order of keys, white space and escapes are free; everything else counts.
pub(crate) fn compute(file: &Json) -> String {
    let mut text = String::new();
    let mut members = members_of(Some(file));
    let meta = members.insert("meta", None).flatten();
    let mut meta = members_of(meta);
    meta.remove("checksum");
    meta.insert("name", None);
    object(members, &mut text, |key, value, text| match value {
        None if key == "meta" => {
            object(std::mem::take(&mut meta), text, |_, value, text| optional(value, text));
        }
        value => optional(value, text),
    });
    let digest: Digest = word::keccak(&[text.as_bytes()]);
    hex::encode(digest.bytes())
}

/// The members of an object, none of anything else; `None` stands for null.
fn members_of(json: Option<&Json>) -> BTreeMap<&str, Option<&Json>> {
    match json {
        Some(Json::Object(members)) => {
            members.iter().map(|(key, value)| (key.as_str(), Some(value))).collect()
        }
        _ => BTreeMap::new(),
    }
}

fn optional(json: Option<&Json>, text: &mut String) {
    match json {
        Some(json) => serialise(json, text),
        None => text.push_str("null"),
    }
}

fn serialise(json: &Json, text: &mut String) {
    match json {
        Json::Null => text.push_str("null"),
        Json::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Json::Number(number) => text.push_str(&js_number(number)),
        Json::Text(string) => text.push_str(&quote(string)),
        Json::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                serialise(item, text);
            }
            text.push(']');
        }
        Json::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.as_str(), value));
            object(members, text, |_, value, text| serialise(value, text));
        }
    }
}

/// Objects become `{`, the list of their sorted keys, each value and a comma, `}`.
fn object<'a, V>(
    members: impl IntoIterator<Item = (&'a str, V)>,
    text: &mut String,
    mut write: impl FnMut(&str, V, &mut String),
) {
    let mut members: Vec<(&str, V)> = members.into_iter().collect();
    members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    text.push_str("{[");
    for (index, (key, _)) in members.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&quote(key));
    }
    text.push(']');
    for (key, value) in members {
        write(key, value, text);
        text.push(',');
    }
    text.push('}');
}

/// A string as `JSON.stringify` writes it; `serde_json` escapes the same characters.
fn quote(string: &str) -> String {
    // Text is always written.
    serde_json::to_string(string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_utf16_and_objects_keep_their_trailing_comma() {
        // U+1F981 is two surrogates in UTF-16 and sorts before U+FB01.
        let file = Json::parse("{\"b\":[1,{}],\"a\":{\"\u{fb01}\":true,\"\u{1f981}\":\"\\u0001/\\u007f\"}}")
            .unwrap();
        let mut text = String::new();
        serialise(&file, &mut text);
        let (lion, ligature) = ('\u{1f981}', '\u{fb01}');
        let expected =
            format!("{{[\"a\",\"b\"]{{[\"{lion}\",\"{ligature}\"]\"\\u0001/\u{7f}\",true,}},[1,{{[]}}],}}");
        assert_eq!(text, expected);
    }
}
