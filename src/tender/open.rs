//! The buyer asks for the tenders to be opened.

use serde::Serialize;
use serde_json::json;

use super::{rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, Job, UnitOfWork},
    kernel::{
        ids::ProcurementId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::manage::lock,
};

/// Which tenders.
#[derive(Debug, Serialize)]
pub struct Open {
    /// The procurement's.
    pub procurement: ProcurementId,
}

/// Requests the opening, once the deadline has passed; it is logged before anything is decrypted.
/// The opener's process does it a moment later. Needs the role OPENER in the buyer.
pub async fn open(
    database: &Database,
    actor: &Actor,
    command: Open,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("openTenders", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(
        &mut work,
        actor,
        command.procurement,
        const { table::buyer("openTenders") },
    )
    .await?;
    let now = work.now().await?;
    rules::check_opening(procurement.stored_phase(), procurement.tender_deadline, now)?;
    if !store::insert_opening(work.connection(), procurement.id, person, now).await? {
        return Err(Refusal::new(
            Code::AlreadyDone,
            "the opening of these tenders was requested before",
        )
        .into());
    }
    work.audit("tenders.open", procurement.id.0, json!({}))
        .await?;
    work.enqueue(Job::OpenTenders(procurement.id)).await?;
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}
