//! The port [`CredentialStore`].

use flowra_core::user::CredentialStore;
use flowra_core::{BoxFuture, PortResult, UserId};
use mongodb::bson::doc;

use crate::fault::Fault;
use crate::{MongoStore, codec, schema};

impl CredentialStore for MongoStore {
    fn password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<Option<String>>> {
        Box::pin(async move {
            let row = self
                .collection(schema::PASSWORDS)
                .find_one(doc! { "_id": codec::id(user) })
                .await
                .map_err(|error| Fault::from(error).into_failure("mongo.credential_store.password_hash"))?;
            Ok(row.and_then(|row| row.get_str("hash").ok().map(str::to_owned)))
        })
    }

    fn set_password_hash(&self, user: UserId, hash: String) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let set = self
                .durable(schema::PASSWORDS)
                .update_one(doc! { "_id": codec::id(user) }, doc! { "$set": { "hash": hash } })
                .upsert(true)
                .await;
            set.map(drop)
                .map_err(|error| Fault::from(error).into_failure("mongo.credential_store.set_password_hash"))
        })
    }

    fn remove_password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let removed = self
                .durable(schema::PASSWORDS)
                .delete_one(doc! { "_id": codec::id(user) })
                .await;
            removed.map(drop).map_err(|error| {
                Fault::from(error).into_failure("mongo.credential_store.remove_password_hash")
            })
        })
    }
}
