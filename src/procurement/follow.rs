//! Following: a person is told what happens to a procurement.

use super::{read, store};
use crate::{
    auth::{Actor, policy},
    database::{Database, UnitOfWork},
    kernel::{ids::ProcurementId, refusal::Fallible},
};

/// Follows a procurement; any signed-in person may. Again is no change.
pub async fn follow(
    database: &Database,
    actor: &Actor,
    procurement: ProcurementId,
) -> Fallible<ProcurementId> {
    let person = policy::in_person(actor)?.id;
    read::visible(database, actor, procurement).await?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    let now = work.now().await?;
    store::insert_follow(work.connection(), person, procurement, now).await?;
    work.commit(&procurement).await?;
    Ok(procurement)
}

/// Stops following; not following is no change.
pub async fn unfollow(
    database: &Database,
    actor: &Actor,
    procurement: ProcurementId,
) -> Fallible<ProcurementId> {
    let person = policy::in_person(actor)?.id;
    read::visible(database, actor, procurement).await?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    store::delete_follow(work.connection(), person, procurement).await?;
    work.commit(&procurement).await?;
    Ok(procurement)
}
