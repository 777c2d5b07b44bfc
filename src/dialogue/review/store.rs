//! The SQL of draft review: the anchors of questions, and counts of dispositions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Anchor, Disposition};
use crate::kernel::ids::{DialogueId, DocumentId, OrganisationId, QuestionId};

/// Inserts the anchor of a new question.
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

/// Loads the anchors of these questions as a reader acting for `reader` sees them. The section and
/// the quote are `None` for readers who may not read the question's text; once the text is
/// redacted or the document withdrawn, they are `None` for everyone.
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
           join question_history q on q.id = a.question_id
           join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           cross join lateral (
               select question_readable(d.moderated, q.was_released, q.withdrawn, p.buyer_id,
                                        q.asker_organisation_id, $2)
                      and not q.redacted and not is_withdrawn(a.document_id) as words
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

/// Counts the comments of each of these rounds by the disposition of the answer in force. A comment
/// that was merged into another is not counted itself.
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
           cross join lateral (select disposition from readable_answer
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
