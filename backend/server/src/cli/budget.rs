//! The budget by category, as people read it.

use domain::report::{Line, Report};
use domain::value::Amount;

const COLUMNS: [&str; 14] = [
    "category",
    "range",
    "original",
    "amended",
    "given",
    "spent",
    "in flight",
    "approved",
    "reserved",
    "available",
    "lapsed",
    "short of floor",
    "used",
    "excess",
];

/// The budget of a period as a table with a total.
pub(super) fn render(report: &Report) -> String {
    let mut rows: Vec<[String; 14]> = vec![COLUMNS.map(str::to_owned)];
    rows.extend(report.lines.iter().map(cells));
    rows.push(total(report));
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(column, (cell, width))| {
                    if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn cells(line: &Line) -> [String; 14] {
    [
        line.category.to_string(),
        format!("{}–{}", line.floor, line.ceiling),
        line.original.to_string(),
        line.amended().to_string(),
        line.allotment.to_string(),
        line.expended.to_string(),
        line.inflight.to_string(),
        line.encumbered.to_string(),
        line.reserved.to_string(),
        line.available.to_string(),
        line.lapsed.to_string(),
        shown(line.floor_shortfall()),
        percent(line.permille_used()),
        shown(line.excess()),
    ]
}

fn total(report: &Report) -> [String; 14] {
    let sum = |column: fn(&Line) -> Amount| shown(report.total(column));
    let given = report.total(|line| line.allotment);
    let used = Amount::sum(report.lines.iter().filter_map(Line::used));
    let permille = used.zip(given).and_then(|(used, given)| {
        used.wei().checked_mul(1_000).and_then(|used| used.checked_div(given.wei()))
    });
    [
        "total".to_owned(),
        format!("cap {}", report.cap),
        sum(|line| line.original),
        report.amended().map_or_else(|| "–".to_owned(), |change| change.to_string()),
        shown(given),
        sum(|line| line.expended),
        sum(|line| line.inflight),
        sum(|line| line.encumbered),
        sum(|line| line.reserved),
        sum(|line| line.available),
        sum(|line| line.lapsed),
        shown(report.sum_of(Line::floor_shortfall)),
        percent(permille),
        shown(report.sum_of(Line::excess)),
    ]
}

fn shown(amount: Option<Amount>) -> String {
    amount.map_or_else(|| "–".to_owned(), |amount| amount.to_string())
}

/// Tenths of a percent, written with one decimal.
fn percent(permille: Option<u128>) -> String {
    permille.map_or_else(
        || "–".to_owned(),
        |permille| format!("{}.{} %", permille.div_euclid(10), permille.rem_euclid(10)),
    )
}
