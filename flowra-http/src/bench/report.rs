//! How a figure is judged and shown: beside its floor and its goal, for people as a table, for machines as JSON lines.

use std::fmt::Write;

use serde::Serialize;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Measure {
    /// The name by which it is followed over time; it never changes.
    line: &'static str,
    /// What was measured, in words.
    work: String,
    /// Absent when only the floors were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    figure: Option<f64>,
    unit: &'static str,
    /// The same work with bare parts, in the same unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<f64>,
    /// The figure divided by the floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    /// The goals in words.
    goal: String,
    /// Whether all goals are met; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
    /// What else the run tells, such as other percentiles.
    note: String,
}

impl Measure {
    pub(super) fn new(
        line: &'static str,
        work: impl Into<String>,
        figure: Option<f64>,
        unit: &'static str,
    ) -> Self {
        Self {
            line,
            work: work.into(),
            figure,
            unit,
            floor: None,
            ratio: None,
            goal: String::new(),
            met: None,
            note: String::new(),
        }
    }

    pub(super) fn floor(mut self, floor: f64) -> Self {
        self.floor = Some(floor);
        self.ratio = self.figure.filter(|_| floor > 0.0).map(|figure| figure / floor);
        self
    }

    /// The figure is to be at least this.
    pub(super) fn at_least(self, goal: f64) -> Self {
        let met = self.figure.map(|figure| figure >= goal);
        let words = format!("≥ {} {}", number(goal), self.unit);
        self.goal(&words, met)
    }

    /// The figure is to be at most this.
    pub(super) fn at_most(self, goal: f64) -> Self {
        let met = self.figure.map(|figure| figure <= goal);
        let words = format!("≤ {} {}", number(goal), self.unit);
        self.goal(&words, met)
    }

    /// The figure is to be at least this share (0 to 1) of the floor.
    pub(super) fn at_least_of_floor(self, share: f64) -> Self {
        let met = self
            .figure
            .map(|_| self.ratio.is_some_and(|ratio| ratio >= share));
        self.goal(&format!("≥ {:.0} % of the floor", share * 100.0), met)
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn goal(mut self, words: &str, met: Option<bool>) -> Self {
        if !self.goal.is_empty() {
            self.goal.push_str(", ");
        }
        self.goal.push_str(words);
        self.met = met.map(|met| met && self.met != Some(false));
        self
    }

    fn cells(&self) -> [String; 7] {
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        [
            self.line.to_owned(),
            self.figure
                .map(|figure| format!("{} {}", number(figure), self.unit))
                .unwrap_or_default(),
            self.floor
                .map(|floor| format!("{} {}", number(floor), self.unit))
                .unwrap_or_default(),
            self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            self.goal.clone(),
            met.to_owned(),
            match (&self.work, self.note.as_str()) {
                (work, "") => work.clone(),
                (work, note) => format!("{work}; {note}"),
            },
        ]
    }
}

const HEADINGS: [&str; 7] = ["line", "figure", "floor", "ratio", "goal", "met", "what"];

/// The measures as an aligned table with headings.
pub(super) fn table(measures: &[Measure]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(measures.iter().map(Measure::cells));
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Numbers stand right, words left. Writing to a string cannot fail.
            let _ = match column {
                1..=3 => write!(line, "{cell:>width$}  "),
                _ => write!(line, "{cell:<width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A number with as many digits as it is worth: three or so, thousands apart.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = whole.len();
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (digits - at).is_multiple_of(3) && digit.is_ascii_digit() && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts() -> Measure {
        Measure::new("post", "posts", Some(15_000.0), "req/s")
    }

    #[test]
    fn a_measure_meets_its_goals_only_together() {
        assert_eq!(posts().met, None);
        let fast = posts().floor(30_000.0).at_least(15_000.0);
        assert_eq!((fast.met, fast.ratio), (Some(true), Some(0.5)));
        let late = fast.clone().at_least_of_floor(0.6);
        assert_eq!(late.met, Some(false));
        assert_eq!(late.goal, "≥ 15,000 req/s, ≥ 60 % of the floor");
        assert_eq!(late.at_most(20_000.0).met, Some(false));
        assert_eq!(posts().at_least_of_floor(0.1).met, Some(false), "without a floor");
    }

    #[test]
    fn the_table_is_aligned() {
        let table = table(&[
            posts().floor(37_500.0).at_least(15_000.0),
            Measure::new("idle", "sockets", Some(5.25), "KiB").note("of 4,000"),
        ]);
        assert_eq!(
            table,
            "line        figure         floor  ratio  goal            met  what\n\
             post  15,000 req/s  37,500 req/s   0.40  ≥ 15,000 req/s  yes  posts\n\
             idle      5.25 KiB                                            sockets; of 4,000\n"
        );
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.126, 9.5, 12.34, 999.6, 1_234_567.8, -1234.0].map(number);
        assert_eq!(
            shown,
            ["0", "0.13", "9.5", "12.3", "1,000", "1,234,568", "-1,234"]
        );
    }

    #[test]
    fn json_names_the_line_and_leaves_out_what_there_is_not() {
        let json = serde_json::to_value(posts()).unwrap();
        assert_eq!(json["line"], "post");
        assert!(json.get("floor").is_none() && json.get("met").is_none());
    }

    #[test]
    fn a_floor_alone_is_not_judged() {
        let alone = Measure::new("post", "posts", None, "req/s")
            .floor(9.0)
            .at_least(1.0)
            .at_least_of_floor(0.5);
        assert_eq!((alone.ratio, alone.met), (None, None));
    }
}
