//! The SQL of withdrawn and erased documents.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::kernel::ids::DocumentId;

/// Returns whether the document's content is withdrawn.
pub async fn is_withdrawn(pool: &PgPool, id: DocumentId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select is_withdrawn($1) as "withdrawn!""#,
        id as DocumentId
    )
    .fetch_one(pool)
    .await
}

/// Deletes the permissions to read documents that these holders granted, except those of withdrawn
/// documents: their readers still see that something was there.
pub async fn unshare_readable(
    connection: &mut PgConnection,
    holders: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from document_share where holder_id = any($1) and not is_withdrawn(document_id)",
        holders,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks a withdrawn document that is not erased; returns whether there is one.
pub async fn lock_withdrawn(
    connection: &mut PgConnection,
    id: DocumentId,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select 1 from document where id = $1 and state = 'STORED' and is_withdrawn(id) for update",
        id as DocumentId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Marks the row of a withdrawn document whose object is removed, and gives back its place in the
/// quotas.
pub async fn mark_erased(connection: &mut PgConnection, id: DocumentId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with erased as (
             update document set state = 'ERASED', file_name = 'erased', sha256 = null where id = $1 returning id
         )
         select free_storage('DOCUMENT', id) from erased",
        id as DocumentId,
    )
    .execute(connection)
    .await?;
    Ok(())
}
