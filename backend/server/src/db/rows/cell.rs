use std::fmt::Write as _;

/// One column of one row as text, so that two databases can be compared.
pub trait Cell {
    fn cell(&self) -> String;
}

impl Cell for i64 {
    fn cell(&self) -> String {
        self.to_string()
    }
}

/// In quotes, which nothing else has.
impl Cell for String {
    fn cell(&self) -> String {
        format!("{self:?}")
    }
}

/// As hexadecimal digits.
impl Cell for Vec<u8> {
    fn cell(&self) -> String {
        self.iter().fold("x".to_owned(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl<T: Cell> Cell for Option<T> {
    fn cell(&self) -> String {
        self.as_ref().map_or_else(|| "null".to_owned(), Cell::cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_cells_look_different() {
        assert_eq!("a \"b\"".to_owned().cell(), r#""a \"b\"""#);
        assert_eq!([Some("null".to_owned()).cell(), None::<String>.cell()], ["\"null\"", "null"]);
        assert_eq!([vec![0_u8, 255].cell(), 255_i64.cell()], ["x00ff", "255"]);
    }
}
