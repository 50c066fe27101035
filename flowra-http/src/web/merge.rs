//! A field of a form that somebody fills in while others change the same thing: what nobody touched is left alone, what both touched is asked about.
//!
//! A version of the whole would also clash with what others did to its other parts.

use super::problem::Complaint;

/// A field, as its form has it.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    /// What is typed into it.
    pub(super) typed: Option<&'a str>,
    /// What the form was made with.
    pub(super) was: Option<&'a str>,
    /// What is stored now.
    pub(super) stored: &'a str,
}

impl Field<'_> {
    /// What to store; nothing where that is as it was.
    ///
    /// # Errors
    /// Somebody else stored something else meanwhile. The form is to be shown with it as what it was made with, so that saving again replaces it.
    pub(super) fn change(&self) -> Result<Option<String>, Complaint> {
        let Some(typed) = self.typed.filter(|typed| Some(*typed) != self.was) else {
            return Ok(None);
        };
        let is_changed = self.was.is_some_and(|was| was != self.stored);
        if is_changed && typed != self.stored {
            let stored = if self.stored.is_empty() {
                "nothing"
            } else {
                self.stored
            };
            let message = format!(
                "Somebody else changed this meanwhile, to: {stored}. Save again to replace it with yours."
            );
            return Err(Complaint::at_field(self.name, message));
        }
        Ok(Some(typed.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(typed: &str, was: &str, stored: &str) -> Result<Option<String>, String> {
        let field = Field {
            name: "topic",
            typed: Some(typed),
            was: Some(was),
            stored,
        };
        field.change().map_err(|complaint| complaint.message)
    }

    #[test]
    fn what_nobody_typed_leaves_what_others_stored() {
        assert_eq!(change("looms", "looms", "gears"), Ok(None));
        let absent = Field {
            name: "topic",
            typed: None,
            was: None,
            stored: "gears",
        };
        assert!(matches!(absent.change(), Ok(None)));
    }

    #[test]
    fn what_both_changed_is_asked_about_and_replaced_the_second_time() {
        assert_eq!(
            change("punch cards", "looms", "looms"),
            Ok(Some("punch cards".to_owned()))
        );
        assert!(
            change("punch cards", "looms", "gears")
                .unwrap_err()
                .contains("gears")
        );
        assert_eq!(
            change("punch cards", "gears", "gears"),
            Ok(Some("punch cards".to_owned()))
        );
        assert_eq!(change("gears", "looms", "gears"), Ok(Some("gears".to_owned())));
    }
}
