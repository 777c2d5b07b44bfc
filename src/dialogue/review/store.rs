//! The SQL of draft review: the documents of rounds, the places that questions are about, and counts of dispositions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{Anchor, Disposition};
use crate::kernel::{
    ids::{DialogueId, DocumentId, OrganisationId, PersonId, QuestionId},
    text::LocalizedText,
};

/// A document of a round.
#[derive(Clone, Debug)]
pub struct RoundDocument {
    pub dialogue: DialogueId,
    pub document: DocumentId,
    /// Why it was added; nothing where nothing was said.
    pub reason: LocalizedText,
    pub added_at: DateTime<Utc>,
}

/// Documents about to be added to a round.
#[derive(Debug)]
pub struct Addition<'a> {
    pub dialogue: DialogueId,
    pub documents: &'a [DocumentId],
    pub reason: &'a LocalizedText,
    pub added_by: PersonId,
    pub added_at: DateTime<Utc>,
}

/// Adds documents to a round, behind those it has; the procurement's row is locked by the caller.
pub async fn insert_documents(
    connection: &mut PgConnection,
    addition: &Addition<'_>,
) -> Result<(), sqlx::Error> {
    let documents: Vec<Uuid> = addition.documents.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into dialogue_document (dialogue_id, position, document_id, reason, added_by, added_at)
         select $1, place + (select coalesce(max(position), 0) from dialogue_document where dialogue_id = $1),
                id, $3, $4, $5
         from unnest($2::uuid[]) with ordinality as added (id, place)",
        addition.dialogue as DialogueId,
        &documents,
        Json(addition.reason) as Json<&LocalizedText>,
        addition.added_by as PersonId,
        addition.added_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The documents of a round, in order.
pub async fn document_ids(
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

/// The documents of these rounds, by round and in order.
pub async fn documents(
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

/// Notes the place that a new question is about.
pub async fn insert_anchor(
    connection: &mut PgConnection,
    question: QuestionId,
    anchor: &Anchor,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question_anchor (question_id, document_id, page, section, quote) values ($1, $2, $3, $4, $5)",
        question as QuestionId,
        anchor.document as DocumentId,
        anchor.page,
        anchor.section,
        anchor.quote,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The places that these questions are about, as a reader who acts for `reader` sees them. What the asker wrote there is
/// read by those who may read the question's text, and by the asker alone once that is redacted.
pub async fn anchors(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: Option<OrganisationId>,
) -> Result<Vec<(QuestionId, Anchor)>, sqlx::Error> {
    let questions: Vec<Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select a.question_id as "question: QuestionId", a.document_id as "document: DocumentId", a.page,
                  case when shown.words then a.section end as section,
                  case when shown.words then a.quote end as quote
           from question_anchor a
           join question q on q.id = a.question_id
           join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           cross join lateral (
               select not exists (select from question_withdrawal where question_id = q.id)
                      and (coalesce(q.asker_organisation_id = $2, false)
                           or (not exists (select from question_redaction where question_id = q.id)
                               and (not d.moderated or coalesce(p.buyer_id = $2, false)
                                    or exists (select from question_release where question_id = q.id)))) as words
           ) shown
           where a.question_id = any($1)"#,
        &questions,
        reader as Option<OrganisationId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let anchor = Anchor {
                document: row.document,
                page: row.page,
                section: row.section,
                quote: row.quote,
            };
            (row.question, anchor)
        })
        .collect())
}

/// How many comments of each of these rounds have an answer in force with each disposition. One that was merged into
/// another is counted there.
pub async fn dispositions(
    pool: &PgPool,
    dialogues: &[DialogueId],
    now: DateTime<Utc>,
) -> Result<Vec<(DialogueId, Disposition, i64)>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select q.dialogue_id as "dialogue: DialogueId", in_force.disposition as "disposition!: Disposition",
                  count(*) as "count!"
           from question q
           cross join lateral (select disposition from answer
                               where question_id = q.id and published_at <= $2
                               order by revision desc limit 1) in_force
           where q.dialogue_id = any($1) and in_force.disposition is not null
             and not exists (select from question_merge where question_id = q.id)
           group by 1, 2"#,
        &dialogues,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.dialogue, row.disposition, row.count))
        .collect())
}
