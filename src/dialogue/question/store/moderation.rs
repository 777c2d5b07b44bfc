//! The SQL of moderation: the history of questions, releases, redactions, refusals and merges.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use crate::{
    dialogue::question::rules::{LatestAnswer, QuestionHistory},
    kernel::{
        ids::{DialogueId, OrganisationId, PersonId, QuestionId},
        text::LocalizedText,
    },
};

/// A question and its history at one time.
#[derive(Clone, Debug)]
pub struct QuestionSnapshot {
    pub id: QuestionId,
    pub dialogue: DialogueId,
    pub history: QuestionHistory,
    /// Latest answer, public or held.
    pub latest_answer: Option<LatestAnswer>,
    /// Whether other questions were merged into it.
    pub has_merged: bool,
    /// Whether `reader` asked it.
    pub own: bool,
}

/// Loads these questions with their history at `now`. `own` marks the questions that `reader`
/// asked.
pub async fn snapshots(
    connection: &mut PgConnection,
    ids: &[QuestionId],
    reader: Option<OrganisationId>,
    now: DateTime<Utc>,
) -> Result<Vec<QuestionSnapshot>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select q.id as "id!: QuestionId", q.dialogue_id as "dialogue!: DialogueId",
                  not d.moderated or q.was_released as "released!", q.withdrawn as "withdrawn!",
                  q.merged as "merged!", q.refused as "refused!",
                  exists (select from question_merge where into_id = q.id) as "has_merged!",
                  exists (select from readable_answer where question_id = q.id and published_at <= $3) as "answered!",
                  latest.revision as "revision?", latest.published_at as "published_at?",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!",
                  coalesce(q.asker_organisation_id = $2, false) as "own!"
           from question_history q join dialogue d on d.id = q.dialogue_id
           left join lateral (select revision, published_at from answer
                              where question_id = q.id order by revision desc limit 1) latest on true
           where q.id = any($1)"#,
        &ids,
        reader as Option<OrganisationId>,
        now,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| QuestionSnapshot {
            id: row.id,
            dialogue: row.dialogue,
            history: QuestionHistory {
                released: row.released,
                withdrawn: row.withdrawn,
                merged: row.merged,
                answered: row.answered,
                refused: row.refused,
                answers_until: row.answers_until,
            },
            latest_answer: row
                .revision
                .zip(row.published_at)
                .map(|(revision, published_at)| LatestAnswer {
                    revision,
                    published_at,
                }),
            has_merged: row.has_merged,
            own: row.own,
        })
        .collect())
}

/// Inserts the release of a question.
pub async fn insert_release(
    connection: &mut PgConnection,
    question: QuestionId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question_release (question_id, released_by, at) values ($1, $2, $3)",
        question as QuestionId,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A redaction about to be inserted.
#[derive(Debug)]
pub struct Redaction<'a> {
    pub question: QuestionId,
    pub text: &'a str,
    pub reason: &'a LocalizedText,
    pub keeps_attachments: bool,
    pub redacted_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts a redaction with the question's next number.
pub async fn insert_redaction(
    connection: &mut PgConnection,
    redaction: &Redaction<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question_redaction (question_id, number, text, reason, keeps_attachments, redacted_by, at)
         select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6 from question_redaction where question_id = $1",
        redaction.question as QuestionId,
        redaction.text,
        Json(redaction.reason) as Json<&LocalizedText>,
        redaction.keeps_attachments,
        redaction.redacted_by as PersonId,
        redaction.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the refusal of a question.
pub async fn insert_refusal(
    connection: &mut PgConnection,
    question: QuestionId,
    reason: &LocalizedText,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question_refusal (question_id, reason, refused_by, at) values ($1, $2, $3, $4)",
        question as QuestionId,
        Json(reason) as Json<&LocalizedText>,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the merge of these questions into another.
pub async fn insert_merges(
    connection: &mut PgConnection,
    questions: &[QuestionId],
    into: QuestionId,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    let questions: Vec<uuid::Uuid> = questions.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into question_merge (question_id, into_id, merged_by, at)
         select id, $2, $3, $4 from unnest($1::uuid[]) as merged (id)",
        &questions,
        into as QuestionId,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}
