//! The SQL of threads: questions that follow up others.

use sqlx::PgPool;
use uuid::Uuid;

use crate::kernel::{
    ids::{OrganisationId, QuestionId},
    paging::Page,
};

/// Returns a page of the follow-ups of each of these questions that a reader acting for `reader`
/// may know of, each after the question that it follows up, by number. The page has one row more if
/// there are more follow-ups.
pub async fn page(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: Option<OrganisationId>,
    page: Page<i32>,
) -> Result<Vec<(QuestionId, QuestionId)>, sqlx::Error> {
    let questions: Vec<Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select about as "about!: QuestionId", id as "id!: QuestionId" from (
               select q.id, q.number, q.about_question_id as about,
                      row_number() over (partition by q.about_question_id
                                         order by case when $5::bool then q.number end desc,
                                                  case when not $5 then q.number end) as place
               from question_history q
               join dialogue d on d.id = q.dialogue_id
               join procurement p on p.id = d.procurement_id
               where q.dialogue_id in (select dialogue_id from question where id = any($1))
                 and q.about_question_id = any($1)
                 and ($3::int is null or q.number > $3) and ($4::int is null or q.number < $4)
                 and question_visible(d.moderated, q.was_released, q.withdrawn, q.refused, q.merged,
                                       p.buyer_id, q.asker_organisation_id, $2)
           ) follow_up where place <= $6 order by about, number"#,
        &questions,
        reader as Option<OrganisationId>,
        page.after,
        page.before,
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.about, row.id)).collect())
}

/// Counts the follow-ups of each of these questions that the reader may know of. Questions without
/// such a follow-up are left out.
pub async fn counts(
    pool: &PgPool,
    questions: &[QuestionId],
    reader: Option<OrganisationId>,
) -> Result<Vec<(QuestionId, i64)>, sqlx::Error> {
    let questions: Vec<Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select q.about_question_id as "about!: QuestionId", count(*) as "count!"
           from question_history q
           join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           where q.dialogue_id in (select dialogue_id from question where id = any($1))
             and q.about_question_id = any($1)
             and question_visible(d.moderated, q.was_released, q.withdrawn, q.refused, q.merged,
                                   p.buyer_id, q.asker_organisation_id, $2)
           group by q.about_question_id"#,
        &questions,
        reader as Option<OrganisationId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.about, row.count)).collect())
}
