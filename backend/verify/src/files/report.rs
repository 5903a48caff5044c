//! `report.csv`: the budgetary comparison schedule of every period.

use domain::Program;
use domain::report::{Change, Line, Report};
use domain::value::Amount;

use super::{FileError, csv};

/// What stands before the amounts of a row.
const NAMES: [&str; 3] = ["period", "row", "category"];

/// The amounts of a row, each in LPT and in wei.
const AMOUNTS: [&str; 13] = [
    "floor",
    "ceiling",
    "original",
    "amended",
    "final",
    "expended",
    "inflight",
    "encumbered",
    "reserved",
    "available",
    "lapsed",
    "floor_shortfall",
    "excess",
];

/// What stands behind them; the last two in the row of a period's total only.
const REST: [&str; 5] = ["used_permille", "cap_lpt", "cap_wei", "unallotted_lpt", "unallotted_wei"];

/// One row for each category of each period, and the total of the period behind them.
///
/// # Errors
/// A column that adds up to more than can be counted.
pub fn report_csv(program: &Program) -> Result<String, FileError> {
    let mut table = csv::writer();
    let amounts = AMOUNTS.iter().flat_map(|name| [format!("{name}_lpt"), format!("{name}_wei")]);
    let header = NAMES.map(str::to_owned).into_iter().chain(amounts).chain(REST.map(str::to_owned));
    table.write_record(header)?;
    for period in program.periods() {
        let report = Report::of(program, period.number)?;
        for line in &report.lines {
            let category = line.category.to_string();
            let names = [report.period.to_string(), "category".to_owned(), category];
            table.write_record(row(names, line, rest(line)?, None))?;
        }
        if let Some(total) = total(&report)? {
            let names = [report.period.to_string(), "total".to_owned(), String::new()];
            // What one category lacks or has too much of is not made up for by another.
            let all = report.lines.iter().map(rest).collect::<Result<Vec<_>, _>>()?;
            let sum = |column: fn(&[Amount; 2]) -> Amount| {
                Amount::sum(all.iter().map(column)).ok_or(FileError::Overflow)
            };
            let all = [sum(|[shortfall, _]| *shortfall)?, sum(|[_, excess]| *excess)?];
            table.write_record(row(names, &total, all, Some(&report)))?;
        }
    }
    csv::text(table)
}

/// The floor's shortfall and the excess.
fn rest(line: &Line) -> Result<[Amount; 2], FileError> {
    let rest = line.floor_shortfall().zip(line.excess());
    rest.map(<[Amount; 2]>::from).ok_or(FileError::Overflow)
}

fn row(
    names: [String; 3],
    line: &Line,
    [shortfall, excess]: [Amount; 2],
    whole: Option<&Report>,
) -> Vec<String> {
    let amounts = [
        Signed::from(line.floor),
        Signed::from(line.ceiling),
        Signed::from(line.original),
        Signed::from(line.amended()),
        Signed::from(line.allotment),
        Signed::from(line.expended),
        Signed::from(line.inflight),
        Signed::from(line.encumbered),
        Signed::from(line.reserved),
        Signed::from(line.available),
        Signed::from(line.lapsed),
        Signed::from(shortfall),
        Signed::from(excess),
    ];
    let permille = line.permille_used().map(|permille| permille.to_string()).unwrap_or_default();
    let whole = match whole {
        Some(report) => [report.cap, report.unallotted].map(Signed::from).map(Signed::both).concat(),
        None => vec![String::new(); 4],
    };
    let amounts = amounts.into_iter().flat_map(Signed::both);
    names.into_iter().chain(amounts).chain([permille]).chain(whole).collect()
}

/// All categories of a period as one line; `None` if it has none.
fn total(report: &Report) -> Result<Option<Line>, FileError> {
    let Some(first) = report.lines.first() else { return Ok(None) };
    let sum = |column: fn(&Line) -> Amount| report.total(column).ok_or(FileError::Overflow);
    Ok(Some(Line {
        category: first.category,
        floor: sum(|line| line.floor)?,
        ceiling: sum(|line| line.ceiling)?,
        original: sum(|line| line.original)?,
        allotment: sum(|line| line.allotment)?,
        expended: sum(|line| line.expended)?,
        inflight: sum(|line| line.inflight)?,
        encumbered: sum(|line| line.encumbered)?,
        reserved: sum(|line| line.reserved)?,
        available: sum(|line| line.available)?,
        lapsed: sum(|line| line.lapsed)?,
    }))
}

/// An amount that may be less than nothing: only what an allotment was amended by is.
struct Signed {
    negative: bool,
    amount: Amount,
}

impl From<Amount> for Signed {
    fn from(amount: Amount) -> Self {
        Self { negative: false, amount }
    }
}

impl From<Change> for Signed {
    fn from(change: Change) -> Self {
        Self { negative: change.lowered, amount: change.amount }
    }
}

impl Signed {
    /// In LPT and in wei.
    fn both(self) -> [String; 2] {
        let sign = if self.negative { "-" } else { "" };
        [format!("{sign}{}", self.amount), format!("{sign}{}", self.amount.wei())]
    }
}
