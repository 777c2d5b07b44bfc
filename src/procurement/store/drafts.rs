//! The SQL of discarding drafts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::uuids;
use crate::kernel::ids::{OrganisationId, ProcurementId};

/// Removes the draft of a published procurement. `joint_buyers` are those of the notice in force.
/// The caller has locked the row.
pub async fn discard(
    connection: &mut PgConnection,
    id: ProcurementId,
    joint_buyers: &[OrganisationId],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update procurement set draft = null, joint_buyers = $2, revision = revision + 1, updated_at = $3 where id = $1",
        id as ProcurementId,
        &uuids(joint_buyers),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a procurement that was never published, with what refers to it. The caller has locked
/// the row.
pub async fn delete(connection: &mut PgConnection, id: ProcurementId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from notification where procurement_id = $1",
        id as ProcurementId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "with deleted as (delete from follow where procurement_id = $1 returning procurement_id)
         select free_storage('FOLLOW', procurement_id) from deleted limit 1",
        id as ProcurementId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from joint_consent where procurement_id = $1",
        id as ProcurementId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from procurement where id = $1", id as ProcurementId)
        .execute(connection)
        .await?;
    Ok(())
}
