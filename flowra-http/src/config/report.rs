//! The effective settings as text for people, each with where it came from.

use std::fmt;

use super::keys::KEYS;
use super::layers::Values;

/// One line a key: `name = value  # origin`, valid TOML but for the keys' order, with secrets hidden.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<(String, String)> = KEYS
            .iter()
            .map(|key| {
                let (text, origin) = self.of(key);
                let shown = key.secret.hide(text);
                (
                    format!("{} = {}", key.name, toml::Value::from(&*shown)),
                    origin.to_string(),
                )
            })
            .collect();
        let width = lines
            .iter()
            .map(|(line, _)| line.chars().count())
            .max()
            .unwrap_or(0);
        lines
            .iter()
            .try_for_each(|(line, origin)| writeln!(f, "{line:width$}  # {origin}"))
    }
}
