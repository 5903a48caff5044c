//! Where a file differs from the one that the journal makes, said so that people find it.

/// The most characters of a line that are shown.
const SHOWN: usize = 40;

/// The first difference of two texts that are not the same: its line, and in a table its cell. Lines, and bytes of a
/// line, are counted from 1.
pub(crate) fn difference(found: &[u8], made: &str, table: bool) -> String {
    if without_returns(found).eq(without_returns(made.as_bytes())) {
        return " in its line ends only: something changed CR LF or LF on its way".to_owned();
    }
    if table && let Some(words) = cell(found, made.as_bytes()) {
        return words;
    }
    let made = made.as_bytes();
    let same = found.iter().zip(made).take_while(|(found, made)| found == made).count();
    let before = made.get(..same).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end.saturating_add(1));
    let byte = same.saturating_sub(begin).saturating_add(1);
    format!(
        " from line {line}, byte {byte} on: it has {}, and the journal makes {}",
        rest(found, same),
        rest(made, same)
    )
}

fn without_returns(text: &[u8]) -> impl Iterator<Item = &u8> {
    text.iter().filter(|byte| **byte != b'\r')
}

/// What follows in the same line.
fn rest(text: &[u8], from: usize) -> String {
    let rest = text.get(from..).unwrap_or_default();
    match rest.split(|byte| *byte == b'\n').next() {
        _ if rest.is_empty() => "nothing more".to_owned(),
        None | Some([]) => "the end of the line".to_owned(),
        Some(line) => quoted(line),
    }
}

fn quoted(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let more = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
    format!("`{}{more}`", text.chars().take(SHOWN).collect::<String>())
}

/// The first cell that differs, by its line and the name of its column; `None` where all cells are the same.
fn cell(found: &[u8], made: &[u8]) -> Option<String> {
    let rows = |text| csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let (mut found, mut made) = (rows(found).into_byte_records(), rows(made).into_byte_records());
    let mut names = None;
    let mut row = 1_u64;
    loop {
        let (one, other) = match (found.next(), made.next()) {
            (None, None) => return None,
            (None, Some(_)) => return Some(format!(": it ends before row {row}, which the journal makes")),
            (Some(_), None) => return Some(format!(": it has a row {row}, and the journal makes none")),
            (Some(one), Some(other)) => (one.ok()?, other.ok()?),
        };
        let names = names.get_or_insert_with(|| other.clone());
        if one.len() != other.len() {
            return Some(format!(
                " in row {row}: it has {} cells, and the journal makes {}",
                one.len(),
                other.len()
            ));
        }
        let differing = one.iter().zip(&other).zip(names.iter()).find(|((one, other), _)| one != other);
        if let Some(((one, other), name)) = differing {
            let (one, other, name) = (quoted(one), quoted(other), String::from_utf8_lossy(name));
            return Some(format!(
                " in row {row}, column {name}: it has {one}, and the journal makes {other}"
            ));
        }
        row = row.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_said_by_line_and_cell() {
        let table = "\"a\",\"b\"\r\n\"1\",\"2\"\r\n\"3\",\"4\"\r\n";
        for (found, words) in [
            (table.replace('4', "5"), " in row 3, column b: it has `5`, and the journal makes `4`"),
            (table.replace("\r\n", "\n"), " in its line ends only: something changed CR LF or LF on its way"),
            (table.replacen("\"3\",\"4\"\r\n", "", 1), ": it ends before row 3, which the journal makes"),
            (format!("{table}\"5\",\"6\"\r\n"), ": it has a row 4, and the journal makes none"),
            (table.replace("\"3\",", ""), " in row 3: it has 1 cells, and the journal makes 2"),
            (
                table.replace("\"3\"", "3"),
                " from line 3, byte 1 on: it has `3,\"4\"\r`, and the journal makes `\"3\",\"4\"\r`",
            ),
        ] {
            assert_eq!(difference(found.as_bytes(), table, true), words, "{found:?}");
        }
        let text = "{\n  \"a\": 1\n}\n";
        for (found, words) in [
            ("{\n  \"a\": 2\n}\n", " from line 2, byte 8 on: it has `2`, and the journal makes `1`"),
            (
                "{\n  \"a\": 1",
                " from line 2, byte 9 on: it has nothing more, and the journal makes the end of the line",
            ),
            ("", " from line 1, byte 1 on: it has nothing more, and the journal makes `{`"),
        ] {
            assert_eq!(difference(found.as_bytes(), text, false), words, "{found:?}");
        }
        let long = quoted("é".repeat(50).as_bytes());
        assert_eq!(long.chars().count(), SHOWN + 3);
    }
}
