//! The SQL of answers: public, held and drafted.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    dialogue::review::Disposition,
    document::Withdrawal,
    kernel::{
        ids::{AnswerId, OrganisationId, PersonId, QuestionId},
        text::LocalizedText,
    },
};

/// An answer, the latest revision or an earlier one.
#[derive(Clone, Debug)]
pub struct Answer {
    pub id: AnswerId,
    pub question: QuestionId,
    /// Revision of the answer, from 1.
    pub revision: i32,
    /// Text of the answer; `None` once it is withdrawn.
    pub text: Option<LocalizedText>,
    /// Decision on the comment that it answers; `None` outside a DRAFT_REVIEW.
    pub disposition: Option<Disposition>,
    /// Time at which it became or becomes public.
    pub published_at: DateTime<Utc>,
    /// Whether it is a first answer and became public after the time for answers.
    pub late: bool,
    /// Reason and time of the withdrawal of its text.
    pub withdrawal: Option<Withdrawal>,
}

struct Row {
    id: AnswerId,
    question: QuestionId,
    revision: i32,
    text: Option<Json<LocalizedText>>,
    disposition: Option<Disposition>,
    published_at: DateTime<Utc>,
    late: bool,
    withdrawal_reason: Option<Json<LocalizedText>>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl From<Row> for Answer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            question: row.question,
            revision: row.revision,
            text: row.text.map(|text| text.0),
            disposition: row.disposition,
            published_at: row.published_at,
            late: row.late,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.withdrawn_at),
        }
    }
}

/// A draft of an answer.
#[derive(Clone, Debug)]
pub struct AnswerDraft {
    pub question: QuestionId,
    /// Number of times it was saved.
    pub revision: i32,
    pub text: LocalizedText,
    pub disposition: Option<Disposition>,
    pub at: DateTime<Utc>,
}

/// An answer about to be inserted.
pub struct NewAnswer<'a> {
    pub question: QuestionId,
    pub revision: i32,
    pub text: &'a LocalizedText,
    pub disposition: Option<Disposition>,
    pub answered_by: PersonId,
    /// Time at which it becomes public; an answer with a later time is held until then.
    pub published_at: DateTime<Utc>,
}

/// Inserts an answer and returns its ID. The caller holds the lock on the procurement's row and
/// passes the next revision.
pub async fn insert(
    connection: &mut PgConnection,
    answer: &NewAnswer<'_>,
) -> Result<AnswerId, sqlx::Error> {
    let id = AnswerId::new();
    sqlx::query!(
        "insert into answer (id, question_id, revision, text, answered_by, published_at, disposition)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id as AnswerId,
        answer.question as QuestionId,
        answer.revision,
        Json(answer.text) as Json<&LocalizedText>,
        answer.answered_by as PersonId,
        answer.published_at,
        answer.disposition as Option<Disposition>,
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// Replaces a held answer and returns its ID. The caller holds the lock on the procurement's row
/// and has checked that the answer is held.
pub async fn replace_held(
    connection: &mut PgConnection,
    answer: &NewAnswer<'_>,
) -> Result<AnswerId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update answer set text = $3, answered_by = $4, published_at = $5, disposition = $6
           where question_id = $1 and revision = $2 returning id as "id: AnswerId""#,
        answer.question as QuestionId,
        answer.revision,
        Json(answer.text) as Json<&LocalizedText>,
        answer.answered_by as PersonId,
        answer.published_at,
        answer.disposition as Option<Disposition>,
    )
    .fetch_one(connection)
    .await
}

/// Returns the question of each of these answers, in no order.
pub async fn questions_of(
    pool: &PgPool,
    answers: &[AnswerId],
) -> Result<Vec<(AnswerId, QuestionId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = answers.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: AnswerId", question_id as "question: QuestionId" from answer where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.question)).collect())
}

/// Loads the answers to these questions that are public at `now`, ordered by question, the latest
/// revision first. A withdrawn answer has no text.
pub async fn published(
    pool: &PgPool,
    questions: &[QuestionId],
    now: DateTime<Utc>,
) -> Result<Vec<Answer>, sqlx::Error> {
    let questions: Vec<uuid::Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select a.id as "id: AnswerId", a.question_id as "question: QuestionId", a.revision,
                  case when answer_readable(withdrawal.at is not null, a.published_at, $2, null, null)
                       then a.text end as "text: Json<LocalizedText>",
                  a.published_at, a.disposition as "disposition: Disposition",
                  a.revision = 1 and a.published_at >= coalesce(d.answers_until, d.closes_at) as "late!",
                  withdrawal.reason as "withdrawal_reason?: Json<LocalizedText>", withdrawal.at as "withdrawn_at?"
           from answer a join question q on q.id = a.question_id join dialogue d on d.id = q.dialogue_id
           left join content_withdrawal withdrawal on withdrawal.subject_id = a.id
           where a.question_id = any($1) and answer_visible(a.published_at, $2, null, null)
           order by a.question_id, a.revision desc"#,
        &questions,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Answer::from).collect())
}

/// Loads the answers to these questions that are held at `now`, if `reader` is the buyer.
pub async fn held(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: OrganisationId,
    now: DateTime<Utc>,
) -> Result<Vec<Answer>, sqlx::Error> {
    let questions: Vec<uuid::Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select a.id as "id: AnswerId", a.question_id as "question: QuestionId", a.revision,
                  case when answer_readable(is_withdrawn(a.id), a.published_at, $3, p.buyer_id, $2)
                       then a.text end as "text: Json<LocalizedText>",
                  a.published_at, a.disposition as "disposition: Disposition",
                  a.revision = 1 and a.published_at >= coalesce(d.answers_until, d.closes_at) as "late!",
                  null::jsonb as "withdrawal_reason: Json<LocalizedText>", null::timestamptz as withdrawn_at
           from answer a join question q on q.id = a.question_id join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           where a.question_id = any($1) and answer_visible(a.published_at, $3, p.buyer_id, $2)
             and not answer_visible(a.published_at, $3, null, null)"#,
        &questions,
        reader as OrganisationId,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Answer::from).collect())
}

/// Loads the drafts of answers to these questions, if `reader` is the buyer.
pub async fn drafts(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: OrganisationId,
) -> Result<Vec<AnswerDraft>, sqlx::Error> {
    let questions: Vec<uuid::Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select draft.question_id as "question: QuestionId", draft.revision,
                  draft.text as "text: Json<LocalizedText>", draft.at,
                  draft.disposition as "disposition: Disposition"
           from answer_draft draft join question q on q.id = draft.question_id
           join dialogue d on d.id = q.dialogue_id join procurement p on p.id = d.procurement_id
           where draft.question_id = any($1) and p.buyer_id = $2"#,
        &questions,
        reader as OrganisationId,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AnswerDraft {
            question: row.question,
            revision: row.revision,
            text: row.text.0,
            disposition: row.disposition,
            at: row.at,
        })
        .collect())
}

/// Returns the revision of the draft; `None` without a draft.
pub async fn draft_revision(
    connection: &mut PgConnection,
    question: QuestionId,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select revision from answer_draft where question_id = $1",
        question as QuestionId,
    )
    .fetch_optional(connection)
    .await
}

/// Inserts or replaces the draft. The caller holds the lock on the procurement's row and has
/// checked the revision.
pub async fn put_draft(
    connection: &mut PgConnection,
    question: QuestionId,
    (text, disposition): (&LocalizedText, Option<Disposition>),
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into answer_draft (question_id, revision, text, saved_by, at, disposition) values ($1, 1, $2, $3, $4, $5)
         on conflict (question_id) do update
         set revision = answer_draft.revision + 1, text = $2, saved_by = $3, at = $4, disposition = $5",
        question as QuestionId,
        Json(text) as Json<&LocalizedText>,
        person as PersonId,
        now,
        disposition as Option<Disposition>,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the draft, if there is one.
pub async fn delete_draft(
    connection: &mut PgConnection,
    question: QuestionId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from answer_draft where question_id = $1",
        question as QuestionId,
    )
    .execute(connection)
    .await?;
    Ok(())
}
