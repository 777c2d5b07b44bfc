//! The consents of buyers in a joint procurement.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::ConsentsTo;
use crate::{
    graphql::{context::request, errors::loading, organisation::Organisation},
    procurement::{invitation, joint, store},
};

/// Buyer in a joint procurement, with its answer to being named.
#[derive(SimpleObject)]
pub struct JointConsent {
    /// Buyer that the draft or the notice in force names.
    buyer: Organisation,
    /// Whether the buyer has accepted the invitation (`acceptJointInvitation`), so that it reads the
    /// draft.
    accepted: bool,
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
        let in_force = procurement.notice.as_ref().map(|notice| &*notice.content);
        let named = match (&procurement.draft, in_force) {
            (Some(draft), in_force) => joint::named(&draft.content, in_force),
            (None, Some(in_force)) => in_force.joint_buyers.clone(),
            (None, None) => Vec::new(),
        };
        let buyers = Organisation::load_all(context, &named).await?;
        let consent = |buyer: Organisation| {
            let answer = answers
                .iter()
                .find(|answer| answer.organisation == buyer.key());
            Self {
                accepted: procurement.joint_buyers.contains(&buyer.key()),
                buyer,
                consent: answer.map(|answer| answer.consent),
                answered_at: answer.map(|answer| answer.at),
            }
        };
        Ok(buyers.into_iter().map(consent).collect())
    }
}

/// Invitation to take part in a joint procurement.
pub struct JointInvitation(pub invitation::JointInvitation);

/// Invitation of a buyer to take part in a joint procurement. The buyer sees the draft once it has
/// accepted (`acceptJointInvitation`).
#[Object]
impl JointInvitation {
    /// Global ID of the procurement. `procurement` returns null for it until the invitation is
    /// accepted or a notice is published.
    async fn procurement_id(&self) -> ID {
        self.0.procurement.to_global().into()
    }

    /// Buyer that leads the procurement.
    async fn lead(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.lead).await
    }

    /// Time of the invitation.
    async fn invited_at(&self) -> DateTime<Utc> {
        self.0.invited_at
    }

    /// Time when the buyer accepted. Null while the invitation is open.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }
}
