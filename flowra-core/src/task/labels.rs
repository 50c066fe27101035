//! What a task is about, in words of the team's own.

use super::TaskRefusal;
use crate::text::Line;

/// A label: 1 to 50 characters. Labels are compared without regard to case.
pub type Label = Line<1, 50>;

/// A set of labels, at most 20, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Labels(Vec<Label>);

impl Labels {
    /// How many labels a task may have.
    pub const MAX: usize = 20;

    /// These labels, those that differ in case only once.
    ///
    /// # Errors
    /// [`TaskRefusal::TooManyLabels`] when more than [`MAX`](Self::MAX) are left.
    pub fn parse(labels: impl IntoIterator<Item = Label>) -> Result<Self, TaskRefusal> {
        let mut set = Self::default();
        for label in labels {
            if !set.has(&label) {
                set.0.push(label);
            }
        }
        if set.0.len() > Self::MAX {
            Err(TaskRefusal::TooManyLabels { max: Self::MAX })
        } else {
            Ok(set)
        }
    }

    /// Whether it has this label, in any case.
    #[must_use]
    pub fn has(&self, label: &Label) -> bool {
        let folded = label.as_str().to_lowercase();
        self.0.iter().any(|one| one.as_str().to_lowercase() == folded)
    }

    /// Whether these are the same labels, in any order and case.
    #[must_use]
    pub fn is_same_set(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && other.0.iter().all(|label| self.has(label))
    }

    /// These and those; of two that differ in case only, the one that it has already.
    ///
    /// # Errors
    /// [`TaskRefusal::TooManyLabels`] when they are more than [`MAX`](Self::MAX) together.
    pub fn with(&self, others: &Self) -> Result<Self, TaskRefusal> {
        Self::parse(self.0.iter().chain(&others.0).cloned())
    }

    /// These but those, in any case.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|label| !others.has(label))
                .cloned()
                .collect(),
        )
    }

    /// The labels.
    #[must_use]
    pub fn as_slice(&self) -> &[Label] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(texts: &[&str]) -> Labels {
        Labels::parse(texts.iter().map(|text| Label::parse(text).unwrap())).unwrap()
    }

    fn texts(labels: &Labels) -> Vec<&str> {
        labels.as_slice().iter().map(Label::as_str).collect()
    }

    #[test]
    fn labels_that_differ_in_case_are_one_and_the_first_stays() {
        assert_eq!(texts(&labels(&["UI", "ui", "api"])), ["UI", "api"]);
        assert_eq!(
            texts(&labels(&["UI"]).with(&labels(&["ui", "x"])).unwrap()),
            ["UI", "x"]
        );
        assert_eq!(texts(&labels(&["UI", "x"]).without(&labels(&["ui", "y"]))), ["x"]);
    }

    #[test]
    fn a_task_has_at_most_20_labels() {
        let many = |count: usize| (0..count).map(|n| Label::parse(&n.to_string()).unwrap());
        assert!(Labels::parse(many(20)).is_ok());
        assert_eq!(
            Labels::parse(many(21)),
            Err(TaskRefusal::TooManyLabels { max: 20 })
        );
    }
}
