//! The SQL of questionnaires.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

use super::uuids;
use crate::{
    dialogue::contribution::{Questionnaire, QuestionnaireQuestion},
    kernel::{
        ids::{DialogueId, PersonId, ProcurementId, QuestionnaireId},
        text::LocalizedText,
    },
    procurement::notification::Notify,
};

/// Loads the versions of these rounds' questionnaires, the latest first, or only the latest.
pub async fn of_dialogues(
    executor: impl PgExecutor<'_>,
    dialogues: &[DialogueId],
    only_latest: bool,
) -> Result<Vec<Questionnaire>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: QuestionnaireId", dialogue_id as "dialogue: DialogueId", version,
                  questions as "questions: Json<Vec<QuestionnaireQuestion>>", reason as "reason: Json<LocalizedText>", published_at
           from questionnaire
           where dialogue_id = any($1) and not ($2 and exists (
               select from questionnaire as later
               where later.dialogue_id = questionnaire.dialogue_id and later.version > questionnaire.version))
           order by dialogue_id, version desc"#,
        &uuids(dialogues),
        only_latest,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Questionnaire {
            id: row.id,
            dialogue: row.dialogue,
            version: row.version,
            questions: row.questions.0,
            reason: row.reason.0,
            published_at: Some(row.published_at),
        })
        .collect())
}

/// Returns the round of each of these versions of questionnaires, in no order.
pub async fn dialogues_of(
    pool: &PgPool,
    questionnaires: &[QuestionnaireId],
) -> Result<Vec<(QuestionnaireId, DialogueId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = questionnaires.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: QuestionnaireId", dialogue_id as "dialogue: DialogueId" from questionnaire
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.dialogue)).collect())
}

/// Inserts a version.
pub async fn insert(
    connection: &mut PgConnection,
    questionnaire: &Questionnaire,
    published_by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into questionnaire (id, dialogue_id, version, questions, reason, published_by, published_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        questionnaire.id as QuestionnaireId,
        questionnaire.dialogue as DialogueId,
        questionnaire.version,
        Json(&questionnaire.questions) as Json<&Vec<QuestionnaireQuestion>>,
        Json(&questionnaire.reason) as Json<&LocalizedText>,
        published_by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notifies the members of the organisations that have a draft or a contribution in the round,
/// whether or not they follow the procurement; each person once per event.
pub async fn notify_contributors(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    notify: &Notify,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), person_id, $2, $3, $4, $5, $6
         from (select distinct person_id from membership where organisation_id in (
             select organisation_id from contribution_draft where dialogue_id = $1
             union select organisation_id from standing_contribution where dialogue_id = $1)) as recipient
         on conflict do nothing",
        dialogue as DialogueId,
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.at,
        notify.about,
    )
    .execute(connection)
    .await?;
    Ok(())
}
