//! Aligned columns. Pure.

use std::fmt;

/// Rows of text under a header, or pairs of a label and a value without one.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        let rows = vec![header.iter().map(|text| (*text).to_owned()).collect()];
        Self { rows }
    }

    /// Labels and values, a pair a line.
    pub fn pairs() -> Self {
        Self::default()
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a label and its value.
    pub fn pair(&mut self, label: &str, value: impl fmt::Display) {
        self.row([format!("{label}:"), value.to_string()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            writeln!(formatter, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_lines_end_with_text() {
        let mut table = Table::new(["NAME", "STATE"]);
        table.row(["brave-otter".to_owned(), "running".to_owned()]);
        table.row(["x".to_owned(), String::new()]);
        assert_eq!(
            table.to_string(),
            "NAME         STATE\nbrave-otter  running\nx\n"
        );
    }

    #[test]
    fn pairs_have_labels() {
        let mut table = Table::pairs();
        table.pair("name", "box");
        table.pair("vCPU", 2);
        assert_eq!(table.to_string(), "name:  box\nvCPU:  2\n");
    }
}
