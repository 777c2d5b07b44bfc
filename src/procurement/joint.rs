//! Joint procurement (Directive 2014/24/EU art. 38): several buyers, one of them lead. The lead
//! writes and publishes; the others are named in the content, accept the invitation
//! ([`super::invitation`]), read along, and consent before a notice names them. Only verified buyers
//! are invited.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    content::Content,
    lock::lock_visible,
    phase::BuyerStep,
    store::{self, Consent, Procurement},
};
use crate::{
    auth::{
        OrganisationKind,
        policy::{
            BuyerAction, Mutation,
            mutation::{ByAnyBuyer, Member},
        },
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
};

/// Maximum number of joint buyers, the lead not counted.
pub const BUYER_LIMIT: usize = 50;

/// Answers for a joint buyer that the draft or the notice in force names: consents to be named in a
/// notice, or withdraws the consent before a notice names the buyer. The same answer again changes
/// nothing.
#[derive(Debug, Serialize)]
pub struct AnswerJointProcurement {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Whether the buyer takes part.
    pub consent: bool,
}

impl UseCase for AnswerJointProcurement {
    type Access = ByAnyBuyer;
    const MUTATION: Mutation<ByAnyBuyer> =
        Mutation::joint_buyer("answerJointProcurement", BuyerAction::Publish);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        lock_visible(work, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        let (id, organisation) = (procurement.id, caller.organisation);
        check_answer(&procurement, organisation, self.consent)?;
        procurement.phase(now).after(BuyerStep::Edit)?;
        let in_force = in_force(&procurement);
        let consenting = store::consenting(work.connection(), id, in_force).await?;
        if consenting.contains(&organisation) != self.consent {
            let consent = Consent {
                procurement: id,
                organisation,
                consent: self.consent,
                at: now,
            };
            store::insert_consent(work.connection(), &consent, caller.person).await?;
            let detail = json!({ "consent": self.consent });
            work.audit("procurement.joint", id.0, detail);
        }
        Ok(id)
    }
}

fn check_answer(
    procurement: &Procurement,
    organisation: OrganisationId,
    consent: bool,
) -> Result<(), Refusal> {
    if !procurement.joint_buyers.contains(&organisation) {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only a joint buyer that the procurement names can answer; ask the lead to name your organisation",
        ));
    }
    let published = (procurement.notice.as_ref())
        .is_some_and(|notice| notice.content.joint_buyers.contains(&organisation));
    if published && !consent {
        return Err(Refusal::at(
            Code::AlreadyDone,
            &["consent"],
            "a published notice names your organisation, with its consent; ask the lead to publish a notice without it",
        ));
    }
    Ok(())
}

/// Checks that the lead may name these buyers. Each buyer that it may not name is refused.
pub async fn check_named(
    work: &mut UnitOfWork,
    lead: OrganisationId,
    named: &[OrganisationId],
) -> Fallible<()> {
    if named.is_empty() {
        return Ok(());
    }
    if named.len() > BUYER_LIMIT {
        let message = message!(
            "`jointBuyerIds` has too many buyers; name at most {limit}",
            limit = BUYER_LIMIT,
        );
        return Err(Refusal::at(Code::TooLong, &["jointBuyerIds"], message).into());
    }
    let kinds = store::kinds(work.connection(), named).await?;
    let verified = store::verified(work.connection(), named).await?;
    let mut seen = HashSet::new();
    let mut refusals = Refusals::default();
    for (position, buyer) in named.iter().enumerate() {
        let (code, message) = match kinds.get(buyer) {
            None => (Code::NotFound, "there is no organisation with this ID"),
            Some(kind) if *kind != OrganisationKind::Buyer => (
                Code::Invalid,
                "this organisation is not a buyer; name buyers only",
            ),
            Some(_) if *buyer == lead => (
                Code::Invalid,
                "this is the lead buyer itself; name the other buyers only",
            ),
            Some(_) if !seen.insert(buyer) => (
                Code::Invalid,
                "this buyer is listed twice; remove one of them",
            ),
            Some(_) if !verified.contains(buyer) => (
                Code::NotVerified,
                "the marketplace has not verified this buyer, so it cannot be invited; ask its administrators",
            ),
            Some(_) => continue,
        };
        let position = position.to_string();
        refusals.push(Refusal::at(code, &["jointBuyerIds", &position], message));
    }
    Ok(refusals.into_result()?)
}

/// Checks that all joint buyers of a new notice have consented and are verified.
pub async fn check_consents(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    content: &Content,
) -> Fallible<()> {
    if content.joint_buyers.is_empty() {
        return Ok(());
    }
    let in_force = in_force(procurement);
    let consenting = store::consenting(work.connection(), procurement.id, in_force).await?;
    let verified = store::verified(work.connection(), &content.joint_buyers).await?;
    let mut refusals = Refusals::default();
    for (position, buyer) in content.joint_buyers.iter().enumerate() {
        refusals.require(consenting.contains(buyer), || {
            let message = "this buyer has not consented to the current draft; ask its publisher to answer, or remove the buyer";
            let position = position.to_string();
            Refusal::at(Code::ConsentMissing, &["jointBuyers", &position], message)
        });
        refusals.require(verified.contains(buyer), || {
            let message = "the marketplace has not verified this buyer; ask its administrators, or remove the buyer";
            let position = position.to_string();
            Refusal::at(Code::NotVerified, &["jointBuyers", &position], message)
        });
    }
    Ok(refusals.into_result()?)
}

/// Returns the joint buyers that the notice in force names.
fn in_force(procurement: &Procurement) -> &[OrganisationId] {
    let notice = procurement.notice.as_ref();
    notice.map_or(&[], |notice| &notice.content.joint_buyers)
}

/// Returns the joint buyers that a draft or the notice in force names. They find the procurement
/// among their own.
pub fn named(draft: &Content, in_force: Option<&Content>) -> Vec<OrganisationId> {
    let all = in_force.into_iter().chain([draft]);
    let mut named: Vec<OrganisationId> = all
        .flat_map(|content| content.joint_buyers.iter().copied())
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}
