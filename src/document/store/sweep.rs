//! The SQL that removes dead uploads and unused documents.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::kernel::ids::DocumentId;

/// Times before which uploads count as dead and unreferenced documents as unused.
#[derive(Clone, Copy, Debug)]
pub struct SweepLimits {
    pub dead: DateTime<Utc>,
    pub unused: DateTime<Utc>,
}

/// Locks a batch of documents to be swept; skips those that another transaction has locked.
pub async fn lock_sweepable(
    connection: &mut PgConnection,
    before: SweepLimits,
    limit: i64,
) -> Result<Vec<DocumentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: DocumentId" from document d
           where (state = 'UPLOADING' and uploaded_at < $1)
              or (state = 'STORED' and unused_since < $2
                  and not exists (select from document_hold where document_id = d.id)
                  and not exists (select from published_document where document_id = d.id))
           order by id limit $3 for update skip locked"#,
        before.dead,
        before.unused,
        limit,
    )
    .fetch_all(connection)
    .await
}

/// Marks for deletion those of the locked documents that nothing refers to. A separate statement is
/// needed, because it sees what was attached before the lock.
pub async fn mark_for_deletion(
    connection: &mut PgConnection,
    ids: &[DocumentId],
) -> Result<u64, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let marked = sqlx::query!(
        "update document d set state = 'DOOMED' where id = any($1)
         and not exists (select from document_hold where document_id = d.id)
         and not exists (select from published_document where document_id = d.id)",
        &ids,
    )
    .execute(connection)
    .await?;
    Ok(marked.rows_affected())
}

/// Returns a batch of the documents marked for deletion, after the cursor.
pub async fn marked_for_deletion(
    pool: &PgPool,
    after: Option<DocumentId>,
    limit: i64,
) -> Result<Vec<DocumentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: DocumentId" from document
           where state = 'DOOMED' and ($1::uuid is null or id > $1) order by id limit $2"#,
        after as Option<DocumentId>,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Deletes the row of a document marked for deletion whose object is removed, and gives back its
/// place in the quotas.
pub async fn delete_marked(pool: &PgPool, id: DocumentId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with deleted as (delete from document where id = $1 and state = 'DOOMED' returning id)
         select free_storage('DOCUMENT', id) from deleted",
        id as DocumentId,
    )
    .execute(pool)
    .await?;
    Ok(())
}
