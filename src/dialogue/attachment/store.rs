//! The SQL of the attachments of questions, answers and minutes.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::kernel::ids::{AnswerId, DocumentId, QuestionId};

/// Attaches documents to a new question.
pub async fn insert_for_question(
    connection: &mut PgConnection,
    question: QuestionId,
    documents: &[DocumentId],
) -> Result<(), sqlx::Error> {
    let documents: Vec<Uuid> = documents.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into question_attachment (question_id, position, document_id)
         select $1, place, id from unnest($2::uuid[]) with ordinality as attached (id, place)",
        question as QuestionId,
        &documents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces the documents of an answer that is new or held.
pub async fn replace_for_answer(
    connection: &mut PgConnection,
    answer: AnswerId,
    documents: &[DocumentId],
) -> Result<(), sqlx::Error> {
    let documents: Vec<Uuid> = documents.iter().map(|id| id.0).collect();
    sqlx::query!(
        "delete from answer_attachment where answer_id = $1",
        answer as AnswerId,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into answer_attachment (answer_id, position, document_id)
         select $1, place, id from unnest($2::uuid[]) with ordinality as attached (id, place)",
        answer as AnswerId,
        &documents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the documents attached to a question, unless a redaction removed them.
pub async fn of_question(
    connection: &mut PgConnection,
    question: QuestionId,
) -> Result<Vec<DocumentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select document_id as "id: DocumentId" from question_attachment
           where question_id = $1
             and not exists (select from question_redaction where question_id = $1 and not keeps_attachments)
           order by position"#,
        question as QuestionId,
    )
    .fetch_all(connection)
    .await
}

/// Returns the documents attached to these questions, answers and minutes, each with the ID of its
/// holder, ordered by holder and position. Documents that a redaction removed are left out, and so
/// are those of a withdrawn holder.
pub async fn of_holders(
    pool: &PgPool,
    holders: &[Uuid],
) -> Result<Vec<(Uuid, DocumentId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select holder as "holder!", document as "document!: DocumentId" from (
               select question_id as holder, position, document_id as document from question_attachment a
               where question_id = any($1)
                 and not exists (select from question_redaction
                                 where question_id = a.question_id and not keeps_attachments)
               union all
               select answer_id, position, document_id from answer_attachment where answer_id = any($1)
               union all
               select minutes_id, position, document_id from meeting_minutes_document where minutes_id = any($1)
           ) as attached where not is_withdrawn(holder) order by holder, position"#,
        holders,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.holder, row.document))
        .collect())
}
