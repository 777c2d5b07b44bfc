//! The SQL of complaints about award decisions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

use crate::{
    kernel::{
        ids::{AwardId, ComplaintId, OrganisationId, PersonId},
        text::LocalizedText,
    },
    tender::award::rules::ReviewOutcome,
};

/// A complaint about to be stored.
pub struct NewComplaint<'a> {
    pub id: ComplaintId,
    pub award: AwardId,
    pub organisation: OrganisationId,
    pub title: &'a str,
    pub text: &'a str,
    pub filed_by: PersonId,
    pub filed_at: DateTime<Utc>,
}

/// Inserts a complaint with the next number; the caller has locked the procurement's row. Returns
/// `false` if the organisation has complained about the decision before.
pub async fn insert(
    connection: &mut PgConnection,
    complaint: &NewComplaint<'_>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into complaint (id, award_id, organisation_id, number, title, text, filed_by, filed_at)
         select $1, $2, $3, 1 + coalesce(max(number), 0), $4, $5, $6, $7 from complaint where award_id = $2
         on conflict (award_id, organisation_id) do nothing",
        complaint.id as ComplaintId,
        complaint.award as AwardId,
        complaint.organisation as OrganisationId,
        complaint.title,
        complaint.text,
        complaint.filed_by as PersonId,
        complaint.filed_at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Inserts the buyer's answer.
pub async fn insert_answer(
    connection: &mut PgConnection,
    complaint: ComplaintId,
    text: &str,
    answered_by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into complaint_answer (complaint_id, text, answered_by, at) values ($1, $2, $3, $4)",
        complaint as ComplaintId,
        text,
        answered_by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The outcome of a review about to be stored.
pub struct NewReview<'a> {
    pub complaint: ComplaintId,
    pub outcome: ReviewOutcome,
    pub text: &'a LocalizedText,
    pub decided_at: DateTime<Utc>,
    pub recorded_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts the outcome of a review.
pub async fn insert_review(
    connection: &mut PgConnection,
    review: &NewReview<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into complaint_review (complaint_id, outcome, text, decided_at, recorded_by, at)
         values ($1, $2, $3, $4, $5, $6)",
        review.complaint as ComplaintId,
        review.outcome as ReviewOutcome,
        Json(review.text) as Json<&LocalizedText>,
        review.decided_at,
        review.recorded_by as PersonId,
        review.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A complaint.
#[derive(Clone, Debug)]
pub struct Complaint {
    pub id: ComplaintId,
    pub award: AwardId,
    pub organisation: OrganisationId,
    /// Order of arrival among the complaints about the decision, from 1.
    pub number: i32,
    pub title: String,
    pub text: String,
    pub filed_at: DateTime<Utc>,
    /// The buyer's answer.
    pub answer: Option<Answer>,
    /// The outcome of the review.
    pub review: Option<Review>,
}

/// The buyer's answer to a complaint.
#[derive(Clone, Debug)]
pub struct Answer {
    pub text: String,
    pub at: DateTime<Utc>,
}

/// The outcome of the review of a complaint.
#[derive(Clone, Debug)]
pub struct Review {
    pub outcome: ReviewOutcome,
    pub text: LocalizedText,
    pub decided_at: DateTime<Utc>,
    /// Time when the buyer recorded it.
    pub at: DateTime<Utc>,
}

struct Row {
    id: ComplaintId,
    award: AwardId,
    organisation: OrganisationId,
    number: i32,
    title: String,
    text: String,
    filed_at: DateTime<Utc>,
    answer: Option<String>,
    answered_at: Option<DateTime<Utc>>,
    outcome: Option<ReviewOutcome>,
    review: Option<Json<LocalizedText>>,
    decided_at: Option<DateTime<Utc>>,
    recorded_at: Option<DateTime<Utc>>,
}

impl From<Row> for Complaint {
    fn from(row: Row) -> Self {
        let answer = (|| {
            Some(Answer {
                text: row.answer?,
                at: row.answered_at?,
            })
        })();
        let review = (|| {
            Some(Review {
                outcome: row.outcome?,
                text: row.review?.0,
                decided_at: row.decided_at?,
                at: row.recorded_at?,
            })
        })();
        Self {
            id: row.id,
            award: row.award,
            organisation: row.organisation,
            number: row.number,
            title: row.title,
            text: row.text,
            filed_at: row.filed_at,
            answer,
            review,
        }
    }
}

/// Loads complaints by ID, in no order.
pub async fn by_ids(
    executor: impl PgExecutor<'_>,
    ids: &[ComplaintId],
) -> Result<Vec<Complaint>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select c.id as "id!: ComplaintId", c.award_id as "award!: AwardId",
                  c.organisation_id as "organisation!: OrganisationId", c.number as "number!",
                  c.title as "title!", c.text as "text!", c.filed_at as "filed_at!",
                  a.text as "answer?", a.at as "answered_at?", r.outcome as "outcome?: ReviewOutcome",
                  r.text as "review?: Json<LocalizedText>", r.decided_at as "decided_at?", r.at as "recorded_at?"
           from complaint c left join complaint_answer a on a.complaint_id = c.id
           left join complaint_review r on r.complaint_id = c.id
           where c.id = any($1)"#,
        &ids,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Complaint::from).collect())
}

/// Loads the complaints about these decisions, ordered by number.
pub async fn of_awards(pool: &PgPool, awards: &[AwardId]) -> Result<Vec<Complaint>, sqlx::Error> {
    let awards: Vec<uuid::Uuid> = awards.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select c.id as "id!: ComplaintId", c.award_id as "award!: AwardId",
                  c.organisation_id as "organisation!: OrganisationId", c.number as "number!",
                  c.title as "title!", c.text as "text!", c.filed_at as "filed_at!",
                  a.text as "answer?", a.at as "answered_at?", r.outcome as "outcome?: ReviewOutcome",
                  r.text as "review?: Json<LocalizedText>", r.decided_at as "decided_at?", r.at as "recorded_at?"
           from complaint c left join complaint_answer a on a.complaint_id = c.id
           left join complaint_review r on r.complaint_id = c.id
           where c.award_id = any($1) order by c.award_id, c.number"#,
        &awards,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Complaint::from).collect())
}
