//! The SQL of the read access to the files of contributions.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::ids::{DialogueId, OrganisationId};

/// Returns the IDs of the organisation's draft and contributions in the round, which may hold
/// files.
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

/// Ends the read access of others to the files of the organisation's contributions to the round.
pub async fn unshare(
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

/// Lets everyone read the files of the round's published contributions that are not business
/// secrets.
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
