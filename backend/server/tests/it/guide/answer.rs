//! What was printed, against what the text shows: `…` stands for anything.

use serde_json::Value;

use super::blocks::Block;

const ANYTHING: &str = "…";

/// Compares what commands printed with the block behind them.
pub fn compare(shown: Option<&Block<'_>>, printed: &str) -> Result<(), String> {
    match shown {
        None if printed.is_empty() => Ok(()),
        None => Err("the text shows nothing of this".to_owned()),
        Some(block) if block.language == "json" => json(block.text, printed),
        Some(block) => lines(block.text, printed),
    }
}

fn json(shown: &str, printed: &str) -> Result<(), String> {
    let read = |whose: &str, text: &str| {
        let values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        values.collect::<Result<Vec<_>, _>>().map_err(|error| format!("{whose} is not JSON: {error}"))
    };
    let (shown, printed) = (read("what is shown", shown)?, read("what was printed", printed)?);
    if shown.len() != printed.len() {
        return Err(format!("{} values are shown, {} were printed", shown.len(), printed.len()));
    }
    shown.iter().zip(&printed).try_for_each(|(shown, printed)| value("", shown, printed))
}

fn value(place: &str, shown: &Value, printed: &Value) -> Result<(), String> {
    let differ = || Err(format!("{place} is shown as {shown}, and {printed} was printed"));
    match (shown, printed) {
        (Value::String(shown), _) if shown == ANYTHING => Ok(()),
        (Value::String(shown), Value::String(printed)) if fits(shown, printed) => Ok(()),
        (Value::Object(shown), Value::Object(printed)) => {
            for (name, shown) in shown.iter().filter(|(name, _)| *name != ANYTHING) {
                let place = format!("{place}/{name}");
                let printed = printed.get(name).ok_or_else(|| format!("{place} was not printed"))?;
                value(&place, shown, printed)?;
            }
            let more = printed.keys().find(|name| !shown.contains_key(*name));
            match more.filter(|_| !shown.contains_key(ANYTHING)) {
                None => Ok(()),
                Some(name) => Err(format!("{place}/{name} was printed and is not shown")),
            }
        }
        (Value::Array(shown), Value::Array(printed)) => {
            let (shown, more) = match shown.split_last() {
                Some((last, rest)) if last == ANYTHING => (rest, true),
                _ => (shown.as_slice(), false),
            };
            if printed.len() < shown.len() || (printed.len() > shown.len() && !more) {
                return Err(format!("{place} has {} values, not {}", printed.len(), shown.len()));
            }
            (0..).zip(shown.iter().zip(printed)).try_for_each(|(at, (shown, printed)): (u32, _)| {
                value(&format!("{place}/{at}"), shown, printed)
            })
        }
        _ if shown == printed => Ok(()),
        _ => differ(),
    }
}

fn lines(shown: &str, printed: &str) -> Result<(), String> {
    let mut printed = printed.lines();
    for shown in shown.lines() {
        match printed.next().map(str::trim_end) {
            Some(printed) if fits(shown, printed) => {}
            other => return Err(format!("shown is {shown:?}, and printed was {other:?}")),
        }
    }
    printed.next().map_or(Ok(()), |more| Err(format!("printed and not shown: {more:?}")))
}

/// Whether a text is the pattern with something, or nothing, for each `…`.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once(ANYTHING) else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once(ANYTHING).unwrap_or(("", rest));
    for piece in middle.split(ANYTHING) {
        let Some(found) = text.find(piece) else { return false };
        text = &text[found + piece.len()..];
    }
    text.ends_with(last)
}

#[test]
fn an_answer_that_differs_from_the_text_is_found() {
    let ask = |language, text, printed| compare(Some(&Block { language, text, line: 1 }), printed);
    for (shown, printed, same) in [
        (r#"{ "a": "1", "b": 2 }"#, r#"{"b":2,"a":"1"}"#, true),
        (r#"{ "a": "1" }"#, r#"{"a":"2"}"#, false),
        (r#"{ "a": "1" }"#, r#"{"a":1}"#, false),
        (r#"{ "a": "1" }"#, r#"{"a":"1","b":2}"#, false),
        (r#"{ "a": "1", "b": 2 }"#, r#"{"a":"1"}"#, false),
        (r#"{ "a": "…" }"#, r#"{"a":7}"#, true),
        (r#"{ "a": "…" }"#, r#"{"b":7}"#, false),
        (r#"{ "a": "1", "…": "…" }"#, r#"{"a":"1","b":2}"#, true),
        (r#"{ "a": "1", "…": "…" }"#, r#"{"a":"2","b":2}"#, false),
        (r#"{ "a": "until …Z: later" }"#, r#"{"a":"until 12:00Z: later"}"#, true),
        (r#"{ "a": "until …Z: later" }"#, r#"{"a":"until 12:00: later"}"#, false),
        ("[1, 2]", "[1,2]", true),
        ("[1, 2]", "[1,2,3]", false),
        ("[1, 2]", "[1]", false),
        (r#"[1, "…"]"#, "[1,2,3]", true),
        (r#"[1, "…"]"#, "[2,2,3]", false),
        (r#"[1, 2, "…"]"#, "[1]", false),
        ("1\n\"two\"", "1 \"two\"", true),
        ("1", "1 2", false),
        ("1", "", false),
        ("{}", "{", false),
    ] {
        assert_eq!(ask("json", shown, printed).is_ok(), same, "{shown} {printed}");
    }
    for (shown, printed, same) in [
        ("a\nb\n", "a\r\nb\r\n", true),
        ("a\nb\n", "a\n", false),
        ("a\n", "a\nb\n", false),
        ("a…c…e\n", "abcde\n", true),
        ("a…d…c…e\n", "abcde\n", false),
        ("a…e\n", "abcd\n", false),
        ("a…\n", "a\n", true),
    ] {
        assert_eq!(ask("text", shown, printed).is_ok(), same, "{shown} {printed}");
    }
    assert!(compare(None, "").is_ok() && compare(None, "surprise").is_err());
}
