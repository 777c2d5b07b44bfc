//! Batch loader for withdrawn content.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use uuid::Uuid;

use crate::{
    dialogue::withdrawal::{Content, store},
    graphql::loaders::{Loaded, Loaders},
};

/// Key for the kind of a withdrawn object, by its ID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WithdrawnSubject(pub Uuid);

impl Loader<WithdrawnSubject> for Loaders {
    type Value = Content;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[WithdrawnSubject]) -> Loaded<WithdrawnSubject, Self::Value> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let found = store::kinds(&self.pool, &ids).await?.into_iter();
        Ok(found
            .map(|content| (WithdrawnSubject(content.id), content))
            .collect())
    }
}
