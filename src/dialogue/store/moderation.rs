//! The SQL of what the buyer does with questions, and of where a question stands.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use crate::{
    dialogue::{
        question::moderate::Redact,
        rules::{LatestAnswer, Standing},
    },
    kernel::{
        ids::{DialogueId, OrganisationId, PersonId, QuestionId},
        text::LocalizedText,
    },
};

/// A question that is about to be changed, and where it stands.
#[derive(Clone, Debug)]
pub struct Subject {
    pub id: QuestionId,
    pub dialogue: DialogueId,
    pub standing: Standing,
    /// Its last answer, public or held.
    pub latest: Option<LatestAnswer>,
    /// Were others merged into it?
    pub has_others: bool,
    /// Asked by the organisation that was handed in?
    pub own: bool,
}

/// Where these questions stand at a time; `reader` is the organisation whose own are marked.
pub async fn subjects(
    connection: &mut PgConnection,
    ids: &[QuestionId],
    reader: Option<OrganisationId>,
    now: DateTime<Utc>,
) -> Result<Vec<Subject>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select q.id as "id: QuestionId", q.dialogue_id as "dialogue: DialogueId",
                  not d.moderated or exists (select from question_release where question_id = q.id) as "released!",
                  exists (select from question_withdrawal where question_id = q.id) as "withdrawn!",
                  exists (select from question_merge where question_id = q.id) as "merged!",
                  exists (select from question_merge where into_id = q.id) as "has_others!",
                  exists (select from question_refusal where question_id = q.id) as "refused!",
                  exists (select from answer where question_id = q.id and published_at <= $3) as "answered!",
                  latest.revision as "revision?", latest.published_at as "published_at?",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!",
                  coalesce(q.asker_organisation_id = $2, false) as "own!"
           from question q join dialogue d on d.id = q.dialogue_id
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
        .map(|row| Subject {
            id: row.id,
            dialogue: row.dialogue,
            standing: Standing {
                released: row.released,
                withdrawn: row.withdrawn,
                merged: row.merged,
                answered: row.answered,
                refused: row.refused,
                answers_until: row.answers_until,
            },
            latest: row
                .revision
                .zip(row.published_at)
                .map(|(revision, published_at)| LatestAnswer {
                    revision,
                    published_at,
                }),
            has_others: row.has_others,
            own: row.own,
        })
        .collect())
}

/// Everyone may read the question from now on.
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

/// The question is read with another text from now on.
pub async fn insert_redaction(
    connection: &mut PgConnection,
    command: &Redact,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question_redaction (question_id, number, text, reason, keeps_attachments, redacted_by, at)
         select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6 from question_redaction where question_id = $1",
        command.question as QuestionId,
        command.text,
        Json(&command.reason) as Json<&LocalizedText>,
        command.keep_attachments,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The buyer does not answer.
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

/// One question's answer is that of all these.
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
