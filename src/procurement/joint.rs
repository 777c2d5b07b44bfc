//! Joint procurement (Directive 2014/24/EU art. 38): several buyers, one of them lead. The lead writes and publishes;
//! the others are named in the content, read along, and consent before a notice names them.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::json;

use super::{
    content::Content,
    manage::lock_visible,
    phase::Step,
    store::{self, Consent, Procurement},
};
use crate::{
    auth::{
        Actor, OrganisationKind,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
};

/// The most buyers beside the lead.
pub const BUYER_LIMIT: usize = 50;

/// A named buyer's answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// To which procurement.
    pub procurement: ProcurementId,
    /// Does it take part?
    pub consent: bool,
}

/// Consents to be named in a notice, or takes the consent back before there is one. Needs the role PUBLISHER in a buyer
/// that the draft or the notice in force names; the same answer again is no change.
pub async fn answer(
    database: &Database,
    actor: &Actor,
    command: Answer,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let (person, organisation) =
        policy::any_buyer(actor, const { table::buyer("answerJointProcurement") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("answerJointProcurement", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock_visible(&mut work, actor, command.procurement).await?;
    let at = work.now().await?;
    check_answer(&procurement, organisation, command.consent)?;
    procurement.phase(at).after(Step::Edit)?;
    let in_force = in_force(&procurement);
    let consenting = store::consenting(work.connection(), procurement.id, in_force).await?;
    if consenting.contains(&organisation) != command.consent {
        let consent = Consent {
            procurement: procurement.id,
            organisation,
            consent: command.consent,
            at,
        };
        store::insert_consent(work.connection(), &consent, person.id).await?;
        let detail = json!({ "consent": command.consent });
        work.audit("procurement.joint", procurement.id.0, detail)
            .await?;
    }
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}

fn check_answer(
    procurement: &Procurement,
    organisation: OrganisationId,
    consent: bool,
) -> Result<(), Refusal> {
    if !procurement.joint_buyers.contains(&organisation) {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only a buyer that the procurement names beside its lead answers here",
        ));
    }
    let published = (procurement.notice.as_ref())
        .is_some_and(|notice| notice.content.joint_buyers.contains(&organisation));
    if published && !consent {
        return Err(Refusal::at(
            Code::AlreadyDone,
            &["consent"],
            "a notice that names you is published upon your consent; ask the lead to publish one without you",
        ));
    }
    Ok(())
}

/// May the lead name these buyers? Answers every one that it may not.
pub async fn check_named(
    work: &mut UnitOfWork,
    lead: OrganisationId,
    named: &[OrganisationId],
) -> Fallible<()> {
    if named.is_empty() {
        return Ok(());
    }
    if named.len() > BUYER_LIMIT {
        let message = format!("at most {BUYER_LIMIT} buyers beside the lead");
        return Err(Refusal::at(Code::TooLong, &["jointBuyerIds"], message).into());
    }
    let kinds = store::kinds(work.connection(), named).await?;
    let mut seen = HashSet::new();
    let mut refusals = Refusals::default();
    for (position, buyer) in named.iter().enumerate() {
        let (code, message) = match kinds.get(buyer) {
            None => (Code::NotFound, "there is no organisation with this ID"),
            Some(kind) if *kind != OrganisationKind::Buyer => {
                (Code::Invalid, "this organisation is no buyer; name buyers")
            }
            Some(_) if *buyer == lead => {
                (Code::Invalid, "this is the lead itself; name the others")
            }
            Some(_) if !seen.insert(buyer) => (Code::Invalid, "this buyer stands twice"),
            Some(_) => continue,
        };
        let position = position.to_string();
        refusals.push(Refusal::at(code, &["jointBuyerIds", &position], message));
    }
    Ok(refusals.into_result()?)
}

/// Have all the buyers that a notice is about to name consented?
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
            let message = "this buyer has not consented to what the draft says now; ask its publisher to answer, or leave it out";
            let position = position.to_string();
            Refusal::at(Code::ConsentMissing, &["jointBuyers", &position], message)
        });
        refusals.require(verified.contains(buyer), || {
            let message = "the marketplace has not verified this buyer; ask its administrators, or leave it out";
            let position = position.to_string();
            Refusal::at(Code::NotVerified, &["jointBuyers", &position], message)
        });
    }
    Ok(refusals.into_result()?)
}

/// Whom the notice in force names beside the lead.
fn in_force(procurement: &Procurement) -> &[OrganisationId] {
    let notice = procurement.notice.as_ref();
    notice.map_or(&[], |notice| &notice.content.joint_buyers)
}

/// Everyone a draft or the notice in force names: they find the procurement among their own.
pub fn named(draft: &Content, in_force: Option<&Content>) -> Vec<OrganisationId> {
    let all = in_force.into_iter().chain([draft]);
    let mut named: Vec<OrganisationId> = all
        .flat_map(|content| content.joint_buyers.iter().copied())
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}
