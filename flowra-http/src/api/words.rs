//! The words of closed sets, read without regard to case.

use std::fmt::Display;
use std::str::FromStr;

use crate::http::ApiError;

/// Reads a word of a closed set; the error names the field and the words that would do.
pub(super) fn read<T>(field: &'static str, text: &str) -> Result<T, ApiError>
where
    T: FromStr<Err: Display>,
{
    text.parse()
        .map_err(|unknown| ApiError::validation(format!("{field} {unknown}")).with_field(field))
}

/// Reads a word that may be left out.
pub(super) fn read_optional<T>(field: &'static str, text: Option<&str>) -> Result<Option<T>, ApiError>
where
    T: FromStr<Err: Display>,
{
    text.map(|text| read(field, text)).transpose()
}
