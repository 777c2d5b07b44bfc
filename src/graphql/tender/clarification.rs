//! Buyers' questions to tenderers about their tenders.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object, dataloader::Loader};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{
        context::request,
        errors::loading,
        loaders::{Loaded, Loaders, group},
    },
    kernel::ids::TenderId,
    tender::store::clarification as store,
};

/// A question about a tender.
#[derive(Clone)]
pub struct Clarification(store::Clarification);

/// Buyer's question to a tenderer about its tender, with the answer. Only the two read it.
#[Object]
impl Clarification {
    /// ID of the question; an input of `answerClarification`.
    async fn clarification_id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Question of the buyer.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Time of the question.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// Time until which the tenderer can answer.
    async fn answer_until(&self) -> DateTime<Utc> {
        self.0.answer_until
    }

    /// Answer of the tenderer. Null until there is one.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// Time of the answer. Null until there is one.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }
}

/// Key for the questions about a tender. The caller checks the policy before it loads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ClarificationsOf(TenderId);

impl Loader<ClarificationsOf> for Loaders {
    type Value = Vec<store::Clarification>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ClarificationsOf]) -> Loaded<ClarificationsOf, Self::Value> {
        let ids: Vec<TenderId> = keys.iter().map(|key| key.0).collect();
        let rows = store::of_tenders(&self.pool, &ids).await?;
        Ok(group(rows, |row| ClarificationsOf(row.tender)))
    }
}

/// Loads the questions about a tender, oldest first.
pub async fn clarifications(
    context: &Context<'_>,
    tender: TenderId,
) -> Result<Vec<Clarification>, Error> {
    let found = request(context).loader.load_one(ClarificationsOf(tender));
    let found = found.await.map_err(loading)?.unwrap_or_default();
    Ok(found.into_iter().map(Clarification).collect())
}
