//! Lists read from other members of the database than the one that takes writes.
//!
//! These members lag. A list is read in a session that has seen the primary's time first, which is later than all that this process wrote,
//! and a member answers when it has come as far. So lists cost the primary an empty command each, and show an author nothing old.

use mongodb::Database;
use mongodb::action::Find;
use mongodb::bson::{Document, doc};
use mongodb::options::SelectionCriteria;

use crate::fault::Outcome;

/// Reads all that a query finds, from one of these replicas if there are any.
pub(crate) async fn read(
    replicas: Option<(&Database, &SelectionCriteria)>,
    find: Find<'_, Document>,
) -> Outcome<Vec<Document>> {
    let mut rows = Vec::new();
    let Some((database, replicas)) = replicas else {
        let mut found = find.await?;
        while found.advance().await? {
            rows.push(found.deserialize_current()?);
        }
        return Ok(rows);
    };
    let session = database.client().start_session();
    let mut session = session.causal_consistency(true).await?;
    database
        .run_command(doc! { "ping": 1 })
        .session(&mut session)
        .await?;
    let found = find.selection_criteria(replicas.clone());
    let mut found = found.session(&mut session).await?;
    while found.advance(&mut session).await? {
        rows.push(found.deserialize_current()?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use crate::watched::{self, every_clause, support};

    /// A query: its collection, the members that it prefers, and whether it waits for a time.
    type Find = (String, String, bool);

    /// The queries that the contract's clauses make with a store whose address has these options.
    async fn finds_with(options: &str) -> BTreeSet<Find> {
        let finds = Arc::<Mutex<BTreeSet<Find>>>::default();
        let fixture = async || {
            let database = support::database();
            let (address, _) = database.split_once('?').unwrap();
            let finds = Arc::clone(&finds);
            watched::stores(&format!("{address}?{options}"), move |event| {
                let preferred = event.command.get_document("$readPreference");
                let preferred = preferred.and_then(|preferred| preferred.get_str("mode"));
                let preferred = preferred.unwrap_or("primary");
                if let Ok(collection) = event.command.get_str("find") {
                    let concern = event.command.get_document("readConcern");
                    let waits = concern.is_ok_and(|concern| concern.contains_key("afterClusterTime"));
                    let find = (collection.to_owned(), preferred.to_owned(), waits);
                    finds.lock().unwrap().insert(find);
                } else if !["getMore", "endSessions"].contains(&event.command_name.as_str()) {
                    assert_eq!(preferred, "primary", "{}", event.command_name);
                }
            })
            .await
        };
        flowra_testkit::storage_clauses! { [every_clause] fixture }
        let mut finds = finds.lock().unwrap();
        std::mem::take(&mut finds)
    }

    #[tokio::test(flavor = "multi_thread")]
    #[cfg_attr(
        not(has_mongodb),
        ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
    )]
    async fn lists_alone_are_read_from_the_preferred_members_and_wait_for_the_authors_writes() {
        let finds = finds_with("replicaSet=secantus&readPreference=secondaryPreferred").await;
        let (elsewhere, primary): (Vec<_>, Vec<_>) = finds
            .into_iter()
            .partition(|(_, preferred, _)| preferred != "primary");
        assert!(!primary.is_empty());
        let wanted = ["chats", "messages", "tasks", "users", "workspaces"]
            .map(|name| (name.to_owned(), "secondaryPreferred".to_owned(), true));
        assert_eq!(elsewhere, wanted);
    }

    #[tokio::test(flavor = "multi_thread")]
    #[cfg_attr(
        not(has_mongodb),
        ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
    )]
    async fn all_is_read_from_the_primary_unless_the_address_says_otherwise() {
        for (_, preferred, _) in finds_with("replicaSet=secantus").await {
            assert_eq!(preferred, "primary");
        }
    }
}
