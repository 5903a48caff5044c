//! What a service says in its own words when it refuses: JSON of several shapes, or a text.

use serde_json::Value;

/// The most bytes of a refusal that are read.
pub(super) const REFUSAL_BYTES: usize = 64 * 1024;
/// The most characters of it that are repeated.
pub(super) const REPEATED: usize = 400;
/// The most single messages that are put together.
const MESSAGES: usize = 20;

/// The messages of a refusal, and whether it is one of the API itself about a thing that is not there.
pub(super) struct Words {
    pub(super) text: String,
    pub(super) is_detail: bool,
}

/// Reads the body of a refusal; what is neither JSON nor UTF-8 says nothing.
///
/// The service writes `{"nonFieldErrors": ["…"]}`, `{"nonce": ["…"]}`, `{"detail": "…"}`, `{"code": 1, "message": "…",
/// "arguments": […]}`, or `{"exception": "…", "trace": "…"}`; those in front of it write `{"message": "…"}`, or a page.
pub(super) fn words(body: &[u8]) -> Words {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let Some(json) = json else {
        let text = std::str::from_utf8(body).unwrap_or_default().trim();
        // A page of markup is not for people who read a line.
        let text = if text.starts_with('<') { "" } else { text };
        return Words { text: text.to_owned(), is_detail: false };
    };
    let is_detail =
        json.as_object().is_some_and(|members| members.get("detail").is_some_and(Value::is_string));
    let mut messages = Vec::new();
    collect(None, &json, &mut messages);
    Words { text: messages.join("; "), is_detail }
}

/// Members that hold the message itself, or repeat it for machines.
const UNNAMED: [&str; 7] =
    ["nonFieldErrors", "non_field_errors", "detail", "message", "exception", "error", "arguments"];
const LEFT_OUT: [&str; 2] = ["code", "trace"];

fn collect(name: Option<&str>, json: &Value, messages: &mut Vec<String>) {
    if messages.len() >= MESSAGES {
        return;
    }
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => {
            messages.push(name.map_or_else(|| text.clone(), |name| format!("{name}: {text}")));
        }
        Value::Array(items) => {
            for item in items {
                collect(name, item, messages);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                if !LEFT_OUT.contains(&member.as_str()) {
                    let named = (!UNNAMED.contains(&member.as_str())).then_some(member.as_str());
                    collect(named.or(name), value, messages);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_every_shape() {
        for (body, text, is_detail) in [
            (r#"{"nonFieldErrors":["the hash is another","twice"]}"#, "the hash is another; twice", false),
            (
                r#"{"nonce":["a whole number"],"to":["required"]}"#,
                "nonce: a whole number; to: required",
                false,
            ),
            (r#"{"detail":"Not found."}"#, "Not found.", true),
            (r#"{"code":1,"message":"no checksum","arguments":["0xab"]}"#, "0xab; no checksum", false),
            (r#"{"exception":"no node","trace":"Error: no node"}"#, "no node", false),
            (r#"["already there"]"#, "already there", false),
            (r#"{"signature":{"0":["too short"]}}"#, "0: too short", false),
            (r#"{"detail":{"why":"x"}}"#, "why: x", false),
            ("try later\n", "try later", false),
            ("<html>busy</html>", "", false),
            ("\"busy\"", "busy", false),
            ("42", "", false),
            ("", "", false),
        ] {
            let found = words(body.as_bytes());
            assert_eq!((found.text.as_str(), found.is_detail), (text, is_detail), "{body}");
        }
        assert_eq!(words(&[0xff, 0xfe]).text, "");
        let many = format!("[{}]", vec!["\"x\""; 1000].join(","));
        assert_eq!(words(many.as_bytes()).text.len(), 20 + 19 * 2);
    }
}
