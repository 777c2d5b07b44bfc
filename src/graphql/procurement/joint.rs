//! The consents of buyers in a joint procurement.

use async_graphql::{Context, Error, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::ConsentsTo;
use crate::{
    graphql::{context::request, errors::loading, organisation::Organisation},
    procurement::store,
};

/// Buyer in a joint procurement, with its answer to being named.
#[derive(SimpleObject)]
pub struct JointConsent {
    /// Buyer that the draft or the notice in force names.
    buyer: Organisation,
    /// Whether the buyer has consented to be named. Null until it has answered.
    consent: Option<bool>,
    /// Time of the latest answer. Null until the buyer has answered.
    answered_at: Option<DateTime<Utc>>,
}

impl JointConsent {
    /// Loads the answers of all buyers that the draft or the notice in force names in addition to
    /// the lead.
    pub async fn all(
        context: &Context<'_>,
        procurement: &store::Procurement,
    ) -> Result<Vec<Self>, Error> {
        let loader = &request(context).loader;
        let answers = loader.load_one(ConsentsTo(procurement.id)).await;
        let answers = answers.map_err(loading)?.unwrap_or_default();
        let buyers = Organisation::load_all(context, &procurement.joint_buyers).await?;
        let consent = |buyer: Organisation| {
            let answer = answers
                .iter()
                .find(|answer| answer.organisation == buyer.key());
            Self {
                buyer,
                consent: answer.map(|answer| answer.consent),
                answered_at: answer.map(|answer| answer.at),
            }
        };
        Ok(buyers.into_iter().map(consent).collect())
    }
}
