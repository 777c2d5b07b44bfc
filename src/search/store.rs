//! SQL of the indexes: published and changed procurements, questions and their context.

use chrono::{DateTime, Utc};
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use crate::kernel::{
    clock::Clock,
    ids::{ProcurementId, QuestionId},
    text::LocalizedText,
};

pub(super) mod locks;
pub(super) mod requests;

/// Loads the next published procurements by ID.
pub async fn published_after(
    pool: &PgPool,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id from procurement
           where id > $1 and procurement_visible(notice_id is not null, buyer_id, joint_buyers, null)
           order by id limit $2"#,
        after,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Reads the database's clock.
pub async fn now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(pool)
        .await
}

/// Returns a clock that follows the database's. It decides which answers are public in the index.
pub async fn clock(pool: &PgPool) -> Result<Clock, sqlx::Error> {
    let clock = Clock::default();
    let sent = clock.steady();
    let now = now(pool).await?;
    clock.follow(sent, now, clock.steady());
    Ok(clock)
}

/// Procurement and lot that a question is about, for the index.
pub struct QuestionContext {
    pub id: QuestionId,
    pub procurement: ProcurementId,
    /// Titles of the procurement and of the lot in the notice in force.
    pub title: LocalizedText,
    pub lot: Option<LocalizedText>,
    /// Name of the buyer.
    pub buyer: String,
}

/// Loads the context of each of these questions whose procurement is published.
pub async fn question_contexts(
    pool: &PgPool,
    ids: &[QuestionId],
) -> Result<Vec<QuestionContext>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select question.id as "id: QuestionId", procurement.id as "procurement: ProcurementId",
                  notice.content -> 'title' as "title!: Json<LocalizedText>", lot.content -> 'title' as "lot: Json<LocalizedText>",
                  organisation.name as buyer
           from question
           join dialogue on dialogue.id = question.dialogue_id
           join procurement on procurement.id = dialogue.procurement_id
           join notice on notice.id = procurement.notice_id
           join organisation on organisation.id = procurement.buyer_id
           left join lot on lot.notice_id = notice.id and lot.id = question.lot_id
           where question.id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| QuestionContext {
            id: row.id,
            procurement: row.procurement,
            title: row.title.0,
            lot: row.lot.map(|lot| lot.0),
            buyer: row.buyer,
        })
        .collect())
}

/// Loads the next questions by ID.
pub async fn questions_after(
    pool: &PgPool,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from question where id > $1 order by id limit $2",
        after,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Returns the numbers of these procurements in cursors; gives a number to those that have none.
pub async fn numbers(
    pool: &PgPool,
    ids: &[ProcurementId],
) -> Result<Vec<(ProcurementId, u32)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    // A conflict would use up a number, so only missing ones are inserted.
    sqlx::query!(
        "insert into search_number (procurement_id)
         select wanted.id from unnest($1::uuid[]) as wanted (id)
         where not exists (select from search_number where procurement_id = wanted.id)
         on conflict do nothing",
        &ids,
    )
    .execute(pool)
    .await?;
    let rows = sqlx::query!(
        r#"select procurement_id as "id: ProcurementId", number from search_number
           where procurement_id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let number = |number: i32| u32::try_from(number).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| (row.id, number(row.number)))
        .collect())
}

/// Loads the procurements of these questions.
pub async fn procurements_of(
    pool: &PgPool,
    questions: &[QuestionId],
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    let questions: Vec<Uuid> = questions.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select distinct dialogue.procurement_id as "id: ProcurementId" from question
           join dialogue on dialogue.id = question.dialogue_id where question.id = any($1)"#,
        &questions,
    )
    .fetch_all(pool)
    .await
}

/// Loads the questions of these procurements.
pub async fn questions_of(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<QuestionId>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select question.id as "id: QuestionId" from question
           join dialogue on dialogue.id = question.dialogue_id where dialogue.procurement_id = any($1)"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// Loads these questions and those that were merged into them, without repetitions.
pub async fn with_merged(pool: &PgPool, ids: &[QuestionId]) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select unnest($1::uuid[]) as "id!"
           union select question_id from question_merge where into_id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// Returns which of these passages are in a question or in an answer that everyone may read at
/// `now`, in the procurement next to each, by their places in the list.
pub async fn readable_passages(
    pool: &PgPool,
    procurements: &[Uuid],
    passages: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select shown.place as "place!"
           from unnest($1::uuid[], $2::text[]) with ordinality as shown (procurement, passage, place)
           where exists (
               select from dialogue d join question_history q on q.dialogue_id = d.id
               where d.procurement_id = shown.procurement
                 and (question_readable(d.moderated, q.was_released, q.withdrawn, null, null, null)
                      and strpos(coalesce((select text from question_redaction where question_id = q.id
                                           order by number desc limit 1), q.text), shown.passage) > 0
                      or exists (
                          select from readable_answer a cross join lateral jsonb_each_text(a.text) as translation
                          where a.question_id = q.id and answer_visible(a.published_at, $3, null, null)
                            and strpos(translation.value, shown.passage) > 0)))"#,
        procurements,
        passages,
        now,
    )
    .fetch_all(pool)
    .await
}
