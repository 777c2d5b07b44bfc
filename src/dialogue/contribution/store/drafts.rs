//! The SQL of drafts, which only their own organisation may read.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

use super::uuids;
use crate::{
    dialogue::contribution::{AnswerSheet, ContributionAnswer},
    kernel::ids::{ContributionDraftId, DialogueId, OrganisationId, PersonId},
};

/// A draft as its own organisation reads it.
#[derive(Clone, Debug)]
pub struct ContributionDraft {
    pub id: ContributionDraftId,
    pub dialogue: DialogueId,
    pub revision: i32,
    pub sheet: AnswerSheet,
    pub saved_at: DateTime<Utc>,
    /// Whether a later version of the questionnaire is in force.
    pub outdated: bool,
}

/// Returns the round of each of these drafts, in no order.
pub async fn dialogues_of(
    pool: &PgPool,
    drafts: &[ContributionDraftId],
) -> Result<Vec<(ContributionDraftId, DialogueId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = drafts.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: ContributionDraftId", dialogue_id as "dialogue: DialogueId" from contribution_draft
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.dialogue)).collect())
}

/// Loads the organisation's drafts in these rounds.
pub async fn of_dialogues(
    executor: impl PgExecutor<'_>,
    dialogues: &[DialogueId],
    organisation: OrganisationId,
) -> Result<Vec<ContributionDraft>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: ContributionDraftId", dialogue_id as "dialogue: DialogueId", revision,
                  questionnaire_version as version, answers as "answers: Json<Vec<ContributionAnswer>>", named, saved_at,
                  exists (select from questionnaire where questionnaire.dialogue_id = contribution_draft.dialogue_id
                      and version > questionnaire_version) as "outdated!"
           from contribution_draft where dialogue_id = any($1) and organisation_id = $2"#,
        &uuids(dialogues),
        organisation as OrganisationId,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ContributionDraft {
            id: row.id,
            dialogue: row.dialogue,
            revision: row.revision,
            sheet: AnswerSheet {
                version: row.version,
                answers: row.answers.0,
                named: row.named,
            },
            saved_at: row.saved_at,
            outdated: row.outdated,
        })
        .collect())
}

/// Inserts or replaces the draft.
pub async fn put(
    connection: &mut PgConnection,
    id: ContributionDraftId,
    (dialogue, sheet): (DialogueId, &AnswerSheet),
    (person, organisation): (PersonId, OrganisationId),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into contribution_draft (id, dialogue_id, organisation_id, revision, questionnaire_version, answers,
                                           named, saved_by, saved_at)
           values ($1, $2, $3, 1, $4, $5, $6, $7, $8)
           on conflict (dialogue_id, organisation_id) do update
           set revision = contribution_draft.revision + 1, questionnaire_version = excluded.questionnaire_version,
               answers = excluded.answers, named = excluded.named, saved_by = excluded.saved_by,
               saved_at = excluded.saved_at",
        id as ContributionDraftId,
        dialogue as DialogueId,
        organisation as OrganisationId,
        sheet.version,
        Json(&sheet.answers) as Json<&Vec<ContributionAnswer>>,
        sheet.named,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the organisation's draft and returns its ID; `None` when there was none.
pub async fn delete(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Result<Option<ContributionDraftId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"delete from contribution_draft where dialogue_id = $1 and organisation_id = $2
           returning id as "id: ContributionDraftId""#,
        dialogue as DialogueId,
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await
}
