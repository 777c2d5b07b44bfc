//! The SQL of threads: the questions that follow up others.

use sqlx::PgPool;
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, QuestionId};

/// One page of what follows up each of these questions (which are of few rounds), one more than asked for where there is
/// one, each with the question it follows up: those that a reader who acts for `reader` may know of.
pub async fn page(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: Option<OrganisationId>,
    (after, first): (i32, i64),
) -> Result<Vec<(QuestionId, QuestionId)>, sqlx::Error> {
    let questions: Vec<Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select about as "about!: QuestionId", id as "id!: QuestionId" from (
               select q.id, q.number, q.about_question_id as about,
                      row_number() over (partition by q.about_question_id order by q.number) as place
               from question q join dialogue d on d.id = q.dialogue_id join procurement p on p.id = d.procurement_id
               where q.dialogue_id in (select dialogue_id from question where id = any($1))
                 and q.about_question_id = any($1) and q.number > $3
                 and (not d.moderated or p.buyer_id = $2 or q.asker_organisation_id = $2
                      or exists (select from question_release where question_id = q.id)
                      or exists (select from question_withdrawal where question_id = q.id)
                      or exists (select from question_refusal where question_id = q.id)
                      or exists (select from question_merge where question_id = q.id))
           ) follow_up where place <= $4 order by about, number"#,
        &questions,
        reader as Option<OrganisationId>,
        after,
        first + 1,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.about, row.id)).collect())
}

/// How many questions follow up each of these that the reader may know of; one without is left out.
pub async fn counts(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: Option<OrganisationId>,
) -> Result<Vec<(QuestionId, i64)>, sqlx::Error> {
    let questions: Vec<Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select q.about_question_id as "about!: QuestionId", count(*) as "count!"
           from question q join dialogue d on d.id = q.dialogue_id join procurement p on p.id = d.procurement_id
           where q.dialogue_id in (select dialogue_id from question where id = any($1))
             and q.about_question_id = any($1)
             and (not d.moderated or p.buyer_id = $2 or q.asker_organisation_id = $2
                  or exists (select from question_release where question_id = q.id)
                  or exists (select from question_withdrawal where question_id = q.id)
                  or exists (select from question_refusal where question_id = q.id)
                  or exists (select from question_merge where question_id = q.id))
           group by q.about_question_id"#,
        &questions,
        reader as Option<OrganisationId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.about, row.count)).collect())
}
