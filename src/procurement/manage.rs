//! The buyer writes: create a draft, change it.

use serde::Serialize;
use serde_json::json;

use super::{
    attachments,
    content::Draft,
    joint,
    phase::Step,
    read, rules,
    store::{self, Procurement},
};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Our prefix of open contracting IDs.
const OCID_PREFIX: &str = "ocds-torg00";

/// A new procurement of the acting buyer.
#[derive(Debug, Serialize)]
pub struct Create {
    /// Its first draft.
    pub draft: Draft,
}

/// Creates a draft. Needs the role EDITOR or PUBLISHER in the buyer the actor acts for.
pub async fn create(
    database: &Database,
    actor: &Actor,
    command: Create,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let (_, buyer) = policy::any_buyer(actor, const { table::buyer("createProcurement") })?;
    rules::check_draft(&command.draft)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("createProcurement", key, &command).await? {
        return Ok(first);
    }
    joint::check_named(&mut work, buyer, &command.draft.content.joint_buyers).await?;
    let id = ProcurementId::new();
    let ocid = format!("{OCID_PREFIX}-{}", id.0.simple());
    let now = work.now().await?;
    store::insert_draft(work.connection(), id, &ocid, buyer, &command.draft, now).await?;
    attachments::hold(&mut work, id, buyer, &command.draft.content, now).await?;
    work.audit("procurement.create", id.0, json!({})).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// A changed draft.
#[derive(Debug, Serialize)]
pub struct Update {
    /// Which procurement.
    pub procurement: ProcurementId,
    /// The revision the editor saw.
    pub revision: i32,
    /// What it shall say now.
    pub draft: Draft,
}

/// Replaces the draft, unless somebody else changed the procurement since the stated revision.
pub async fn update(
    database: &Database,
    actor: &Actor,
    command: Update,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("updateProcurement", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(
        &mut work,
        actor,
        command.procurement,
        const { table::buyer("updateProcurement") },
    )
    .await?;
    let now = work.now().await?;
    procurement.phase(now).after(Step::Edit)?;
    check_revision(&procurement, command.revision)?;
    rules::check_draft(&command.draft)?;
    let (id, draft) = (procurement.id, &command.draft);
    joint::check_named(&mut work, procurement.buyer, &draft.content.joint_buyers).await?;
    let in_force = procurement.notice.as_ref().map(|notice| &*notice.content);
    let named = joint::named(&draft.content, in_force);
    store::update_draft(work.connection(), id, draft, &named, now).await?;
    let content = &command.draft.content;
    attachments::hold(&mut work, id, procurement.buyer, content, now).await?;
    work.audit(
        "procurement.update",
        procurement.id.0,
        json!({ "revision": command.revision + 1 }),
    )
    .await?;
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}

/// The procurement, locked, if the actor may do this for its buyer. One the actor may not see is "not found".
pub async fn lock(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: ProcurementId,
    action: BuyerAction,
) -> Fallible<Procurement> {
    let procurement = lock_visible(work, actor, id).await?;
    policy::buyer(actor, procurement.buyer, action)?;
    Ok(procurement)
}

/// The procurement, locked, if the actor may see it.
pub async fn lock_visible(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: ProcurementId,
) -> Fallible<Procurement> {
    store::lock(work.connection(), id)
        .await?
        .filter(|procurement| read::may_see(actor, procurement))
        .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
}

/// Refuses a change that was made upon an older revision.
pub fn check_revision(procurement: &Procurement, seen: i32) -> Result<(), Refusal> {
    if procurement.revision == seen {
        return Ok(());
    }
    Err(Refusal::at(
        Code::Conflict,
        &["revision"],
        format!(
            "somebody changed this procurement meanwhile (revision {}, you saw {seen}); load it again and repeat your change",
            procurement.revision
        ),
    ))
}

/// The buyer's procurements for its own members, drafts and those it takes part in included: IDs, newest first.
pub async fn of_buyer(
    database: &Database,
    actor: &Actor,
    buyer: OrganisationId,
    before: Option<ProcurementId>,
    first: i64,
) -> Fallible<Vec<ProcurementId>> {
    if !actor.acts_for(buyer) {
        return Ok(Vec::new());
    }
    Ok(store::ids_of_buyer(&database.pool, buyer, before, first + 1).await?)
}
