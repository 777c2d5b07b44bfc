//! The SQL of the documents of rounds.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::kernel::{
    ids::{DialogueId, DocumentId, PersonId},
    text::LocalizedText,
};

/// A document of a round.
#[derive(Clone, Debug)]
pub struct RoundDocument {
    pub dialogue: DialogueId,
    pub document: DocumentId,
    /// Reason for adding it; empty when the buyer gave none.
    pub reason: LocalizedText,
    pub added_at: DateTime<Utc>,
}

/// Documents about to be added to a round.
#[derive(Debug)]
pub struct NewRoundDocuments<'a> {
    pub dialogue: DialogueId,
    pub documents: &'a [DocumentId],
    pub reason: &'a LocalizedText,
    pub added_by: PersonId,
    pub added_at: DateTime<Utc>,
}

/// Appends documents to those of a round. The caller holds the lock on the procurement's row.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewRoundDocuments<'_>,
) -> Result<(), sqlx::Error> {
    let documents: Vec<Uuid> = new.documents.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into dialogue_document (dialogue_id, position, document_id, reason, added_by, added_at)
         select $1, place + (select coalesce(max(position), 0) from dialogue_document where dialogue_id = $1),
                id, $3, $4, $5
         from unnest($2::uuid[]) with ordinality as added (id, place)",
        new.dialogue as DialogueId,
        &documents,
        Json(new.reason) as Json<&LocalizedText>,
        new.added_by as PersonId,
        new.added_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the IDs of a round's documents, in order.
pub async fn ids(
    connection: &mut PgConnection,
    dialogue: DialogueId,
) -> Result<Vec<DocumentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select document_id as "id: DocumentId" from dialogue_document where dialogue_id = $1 order by position"#,
        dialogue as DialogueId,
    )
    .fetch_all(connection)
    .await
}

/// Loads the documents of these rounds, ordered by round and position.
pub async fn of_dialogues(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<RoundDocument>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select dialogue_id as "dialogue: DialogueId", document_id as "document: DocumentId",
                  reason as "reason: Json<LocalizedText>", added_at
           from dialogue_document where dialogue_id = any($1) order by dialogue_id, position"#,
        &dialogues,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RoundDocument {
            dialogue: row.dialogue,
            document: row.document,
            reason: row.reason.0,
            added_at: row.added_at,
        })
        .collect())
}
