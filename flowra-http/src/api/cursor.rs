//! The opaque cursors of lists.
//!
//! A cursor is the key of a page's last item, with the list's name in front so that none is taken for another's. Clients must not look
//! inside; nothing inside is secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flowra_core::page::{BadPage, Limit, PageRequest};
use salvo::oapi::ToParameters;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::http::ApiError;
use flowra_core::Refusal;

/// What every list is asked.
#[derive(Debug, Default, Deserialize, ToParameters)]
#[salvo(parameters(default_parameter_in = Query))]
pub(super) struct Paging {
    /// How many items a page has: 1 to 100, 50 when left out.
    pub(super) limit: Option<usize>,
    /// The `next_cursor` of the page before; left out for the first page.
    pub(super) cursor: Option<String>,
}

impl Paging {
    /// The limit, checked.
    pub(super) fn limit(&self) -> Result<Limit, ApiError> {
        let limit = self.limit.map_or(Ok(Limit::default()), Limit::parse);
        limit.map_err(|bad| Refusal::from(bad).into())
    }

    /// What the store is asked; `list` names the list.
    pub(super) fn request<K: DeserializeOwned>(&self, list: &str) -> Result<PageRequest<K>, ApiError> {
        let after = self
            .cursor
            .as_deref()
            .map(|text| decode(list, text))
            .transpose()?;
        Ok(PageRequest {
            limit: self.limit()?,
            after,
        })
    }

    /// The page of a list that is short enough to be read as a whole, and the cursor behind it. The cursor counts items, so what
    /// comes or goes before it between two pages moves the rest.
    pub(super) fn part_of<T>(
        &self,
        list: &str,
        mut all: Vec<T>,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        let request: PageRequest<usize> = self.request(list)?;
        let begin = request.after.unwrap_or(0).min(all.len());
        let mut part = all.split_off(begin);
        let has_more = part.len() > request.limit.get();
        part.truncate(request.limit.get());
        let next_cursor = has_more.then(|| encode(list, &(begin + part.len())));
        Ok((part, next_cursor))
    }
}

/// The cursor behind an item with this key.
pub(crate) fn encode<K: Serialize>(list: &str, key: &K) -> String {
    let json = serde_json::to_vec(&(list, key)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(json)
}

/// The key in a cursor of this list.
pub(crate) fn decode<K: DeserializeOwned>(list: &str, text: &str) -> Result<K, ApiError> {
    let bad = || ApiError::from(Refusal::from(BadPage::Cursor));
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let (of, key): (String, K) = serde_json::from_slice(&json).map_err(|_| bad())?;
    if of == list { Ok(key) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_own_list_only() {
        let text = encode("chats", &7_u64);
        assert_eq!(decode::<u64>("chats", &text).unwrap(), 7);
        assert_eq!(decode::<u64>("tasks", &text).unwrap_err().field(), Some("cursor"));
        assert_eq!(
            decode::<u64>("chats", "nonsense!").unwrap_err().field(),
            Some("cursor")
        );
        assert_eq!(
            decode::<bool>("chats", &text).unwrap_err().field(),
            Some("cursor")
        );
    }
}
