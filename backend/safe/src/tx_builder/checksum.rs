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
    serialise(&without_name_and_checksum(file), &mut text);
    let digest: Digest = word::keccak(&[text.as_bytes()]);
    hex::encode(digest.bytes())
}

fn without_name_and_checksum(file: &Json) -> Json {
    let mut file = match file {
        Json::Object(members) => members.clone(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => BTreeMap::new(),
    };
    let mut meta = match file.remove("meta") {
        Some(Json::Object(members)) => members,
        _ => BTreeMap::new(),
    };
    meta.remove("checksum");
    meta.insert("name".to_owned(), Json::Null);
    file.insert("meta".to_owned(), Json::Object(meta));
    Json::Object(file)
}

/// Objects become `{`, the list of their sorted keys, each value and a comma, `}`.
fn serialise(json: &Json, text: &mut String) {
    match json {
        Json::Null => text.push_str("null"),
        Json::Bool(bool) => text.push_str(&bool.to_string()),
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
            let mut members: Vec<(&String, &Json)> = members.iter().collect();
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            let keys: Vec<String> = members.iter().map(|(key, _)| quote(key)).collect();
            text.push_str("{[");
            text.push_str(&keys.join(","));
            text.push(']');
            for (_, value) in members {
                serialise(value, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

/// A string as `JSON.stringify` writes it; `serde_json` escapes the same characters.
fn quote(string: &str) -> String {
    serde_json::Value::from(string).to_string()
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
