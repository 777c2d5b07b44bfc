//! Joint procurement: the answers of the buyers beside the lead.

use async_graphql::{Context, Error, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::ConsentsTo;
use crate::{
    graphql::{context::request, errors::loading, organisation::Organisation},
    procurement::store,
};

/// A joint buyer and its answer.
#[derive(SimpleObject)]
pub struct JointConsent {
    /// The buyer that is named.
    buyer: Organisation,
    /// Does it take part? Null until it has answered.
    consent: Option<bool>,
    /// When it last answered; null until then.
    answered_at: Option<DateTime<Utc>>,
}

impl JointConsent {
    /// Of every buyer that the draft or the notice in force names beside the lead.
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
