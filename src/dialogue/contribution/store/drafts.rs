//! The SQL of drafts, seen by their own organisation alone.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, types::Json};

use super::uuids;
use crate::{
    dialogue::contribution::{Answer, Sheet, draft::Draft},
    kernel::ids::{ContributionDraftId, DialogueId, OrganisationId, PersonId},
};

/// A draft as its own organisation reads it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: ContributionDraftId,
    pub dialogue: DialogueId,
    pub revision: i32,
    pub sheet: Sheet,
    pub saved_at: DateTime<Utc>,
    /// Is a later version of the questionnaire in force?
    pub outdated: bool,
}

/// The organisation's drafts in these rounds.
pub async fn of_dialogues(
    executor: impl PgExecutor<'_>,
    dialogues: &[DialogueId],
    organisation: OrganisationId,
) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: ContributionDraftId", dialogue_id as "dialogue: DialogueId", revision,
                  questionnaire_version as version, answers as "answers: Json<Vec<Answer>>", named, saved_at,
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
        .map(|row| Stored {
            id: row.id,
            dialogue: row.dialogue,
            revision: row.revision,
            sheet: Sheet {
                version: row.version,
                answers: row.answers.0,
                named: row.named,
            },
            saved_at: row.saved_at,
            outdated: row.outdated,
        })
        .collect())
}

/// Saves the draft, over the one there is.
pub async fn put(
    connection: &mut PgConnection,
    id: ContributionDraftId,
    draft: &Draft,
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
        draft.dialogue as DialogueId,
        organisation as OrganisationId,
        draft.sheet.version,
        Json(&draft.sheet.answers) as Json<&Vec<Answer>>,
        draft.sheet.named,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the organisation's draft; answers which it was.
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
