//! The SQL of who reads the files of contributions.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::ids::{DialogueId, OrganisationId};

/// What the organisation wrote in the round that may hold files: its draft and its contributions.
pub async fn holders(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id!" from contribution where dialogue_id = $1 and organisation_id = $2
           union all
           select id from contribution_draft where dialogue_id = $1 and organisation_id = $2"#,
        dialogue as DialogueId,
        organisation as OrganisationId,
    )
    .fetch_all(connection)
    .await
}

/// What the organisation handed in to the round before is its own again.
pub async fn take_back(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from document_share where holder_id in (
             select id from contribution where dialogue_id = $1 and organisation_id = $2)",
        dialogue as DialogueId,
        organisation as OrganisationId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Everybody reads the files of the round's published contributions that are no business secrets.
pub async fn publish(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into document_share (holder_id, document_id, at)
         select published.id, (file ->> 'document')::uuid, $2
         from published_contribution as published, jsonb_array_elements(answers) as answer,
              jsonb_array_elements(answer -> 'value' -> 'FILE') as file
         where dialogue_id = $1",
        dialogue as DialogueId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}
