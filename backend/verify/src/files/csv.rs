//! RFC 4180 CSV as all our exports write it.

use super::FileError;

/// A writer of RFC 4180 CSV: every cell quoted, lines end in CRLF.
pub fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new())
}

/// The text of a finished table.
///
/// # Errors
/// A cell that could not be written.
pub fn text(table: csv::Writer<Vec<u8>>) -> Result<String, FileError> {
    let bytes = table.into_inner().map_err(|error| FileError::Csv(error.into_error().into()))?;
    String::from_utf8(bytes).map_err(|_| FileError::NotText)
}

/// A cell that no spreadsheet takes for a formula.
pub fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        let mut table = writer();
        for cell in ["=1+1", "plain", "with \"quotes\", and comma"] {
            table.write_field(guarded(cell)).unwrap();
        }
        table.write_record(None::<&[u8]>).unwrap();
        let text = text(table).unwrap();
        assert_eq!(text, "\"'=1+1\",\"plain\",\"with \"\"quotes\"\", and comma\"\r\n");
    }
}
