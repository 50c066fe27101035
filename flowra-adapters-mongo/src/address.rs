//! Where MongoDB is.

use std::fmt;
use std::net::IpAddr;

use mongodb::options::ConnectionString;

/// The address of a database, as MongoDB's own programs read it, with its options: `mongodb://[user:password@]host[:port][,…]/database[?options]`.
///
/// Neither `Debug` nor `Display` shows the user, the password or the options.
#[derive(Clone, PartialEq, Eq)]
pub struct MongoAddress {
    text: String,
    shown: String,
}

/// The text is no address of a database. It does not repeat the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not of the form that MongoDB defines.
    #[error(
        "must be mongodb://[user:password@]host[:port][,…]/database[?options], each part of it percent-encoded"
    )]
    Form,
    /// A name that has to be looked up first.
    #[error("must be mongodb:// with the servers' names; mongodb+srv:// is not supported")]
    Lookup,
    /// Of no database.
    #[error("must name the database after the host, as in mongodb://localhost:27017/flowra")]
    NoDatabase,
    /// An option that this store cannot do without is switched off or to be lost.
    #[error("must leave the write concern to Flowra: take `w`, `journal` and `wTimeoutMS` out")]
    WriteConcern,
}

impl MongoAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BadAddress`], which says what is missing.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        if text.starts_with("mongodb+srv:") {
            return Err(BadAddress::Lookup);
        }
        let parsed = ConnectionString::parse(text).map_err(|_| BadAddress::Form)?;
        let database = parsed.default_database.as_ref().ok_or(BadAddress::NoDatabase)?;
        if parsed.write_concern.is_some() {
            return Err(BadAddress::WriteConcern);
        }
        // The hosts stand between the last @ before the path, if there is one, and the path.
        let hosts = text
            .strip_prefix("mongodb://")
            .and_then(|rest| rest.split('/').next())
            .map(|authority| authority.rsplit('@').next().unwrap_or(authority))
            .ok_or(BadAddress::Form)?;
        Ok(Self {
            shown: format!("mongodb://{hosts}/{database}"),
            text: text.to_owned(),
        })
    }

    /// Whether all its servers are on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let hosts = self.shown.strip_prefix("mongodb://").unwrap_or_default();
        let mut hosts = hosts.split('/').next().unwrap_or_default().split(',');
        hosts.all(|host| {
            let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
            let name = host.rsplit_once(':').filter(|(_, port)| is_port(port));
            let name = name.map_or(host, |(name, _)| name);
            let address = name
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for MongoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for MongoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MongoAddress").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_user_password_and_options() {
        let address =
            "mongodb://ada:s%40cret@one.example:27018,two.example/chat?replicaSet=rs0&authSource=admin";
        let parsed = MongoAddress::parse(address).unwrap();
        assert_eq!(parsed.to_string(), "mongodb://one.example:27018,two.example/chat");
        assert!(!format!("{parsed:?}").contains("cret"));
    }

    #[test]
    fn an_address_is_local_when_no_server_is_elsewhere() {
        for (hosts, is_local) in [
            ("localhost", true),
            ("ada:pw@localhost:27017", true),
            ("127.0.0.1:27099,[::1]:27100,[::1]", true),
            ("localhost,two.example", false),
            ("10.0.0.7:27017", false),
            ("localhost.example", false),
        ] {
            let address = MongoAddress::parse(&format!("mongodb://{hosts}/flowra")).unwrap();
            assert_eq!(address.is_local(), is_local, "{hosts}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_database_is_refused() {
        for (text, refusal) in [
            ("mongodb://", BadAddress::Form),
            ("mongodb:/localhost/flowra", BadAddress::Form),
            ("mongodb://ada:p@ss:word@localhost/flowra", BadAddress::Form),
            ("mongodb://localhost:99999/flowra", BadAddress::Form),
            ("mongodb+srv://cluster.example/flowra", BadAddress::Lookup),
            ("mongodb://localhost:27017", BadAddress::NoDatabase),
            (
                "mongodb://localhost:27017/?replicaSet=rs0",
                BadAddress::NoDatabase,
            ),
            ("mongodb://localhost/flowra?w=1", BadAddress::WriteConcern),
        ] {
            assert_eq!(MongoAddress::parse(text).err(), Some(refusal), "{text}");
        }
    }
}
