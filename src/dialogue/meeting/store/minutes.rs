//! The SQL of minutes.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    document::Withdrawal,
    kernel::{
        ids::{DocumentId, MeetingId, MinutesId, PersonId},
        text::LocalizedText,
    },
};

/// A revision of the minutes of a meeting.
#[derive(Clone, Debug)]
pub struct Minutes {
    pub id: MinutesId,
    pub meeting: MeetingId,
    /// Revision of the minutes, from 1.
    pub revision: i32,
    /// Text of the minutes; `None` once it is withdrawn.
    pub text: Option<LocalizedText>,
    pub published_at: DateTime<Utc>,
    /// Reason and time of the withdrawal of their content.
    pub withdrawal: Option<Withdrawal>,
}

/// Minutes about to be inserted.
#[derive(Debug)]
pub struct NewMinutes<'a> {
    pub id: MinutesId,
    pub meeting: MeetingId,
    pub revision: i32,
    pub text: &'a LocalizedText,
    pub documents: &'a [DocumentId],
    pub published_by: PersonId,
    pub published_at: DateTime<Utc>,
}

/// Counts the revisions of a meeting's minutes.
pub async fn minutes_count(
    connection: &mut PgConnection,
    meeting: MeetingId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(revision), 0) as "revision!" from meeting_minutes where meeting_id = $1"#,
        meeting as MeetingId,
    )
    .fetch_one(connection)
    .await
}

/// Inserts minutes with their documents. The caller holds the lock on the procurement's row and
/// passes the next revision.
pub async fn insert_minutes(
    connection: &mut PgConnection,
    minutes: &NewMinutes<'_>,
) -> Result<(), sqlx::Error> {
    let documents: Vec<Uuid> = minutes.documents.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into meeting_minutes (id, meeting_id, revision, text, published_by, published_at)
         values ($1, $2, $3, $4, $5, $6)",
        minutes.id as MinutesId,
        minutes.meeting as MeetingId,
        minutes.revision,
        Json(minutes.text) as Json<&LocalizedText>,
        minutes.published_by as PersonId,
        minutes.published_at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into meeting_minutes_document (minutes_id, position, document_id)
         select $1, place, id from unnest($2::uuid[]) with ordinality as attached (id, place)",
        minutes.id as MinutesId,
        &documents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the meeting of each of these minutes, in no order.
pub async fn meetings_of(
    pool: &PgPool,
    minutes: &[MinutesId],
) -> Result<Vec<(MinutesId, MeetingId)>, sqlx::Error> {
    let ids: Vec<Uuid> = minutes.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: MinutesId", meeting_id as "meeting: MeetingId" from meeting_minutes
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.meeting)).collect())
}

/// Loads all minutes of these meetings, ordered by meeting, the latest revision first. Withdrawn
/// minutes have no text.
pub async fn minutes(pool: &PgPool, meetings: &[MeetingId]) -> Result<Vec<Minutes>, sqlx::Error> {
    let meetings: Vec<Uuid> = meetings.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: MinutesId", meeting_id as "meeting: MeetingId", revision,
                  case when withdrawal.at is null then text end as "text: Json<LocalizedText>", published_at,
                  withdrawal.reason as "withdrawal_reason?: Json<LocalizedText>", withdrawal.at as "withdrawn_at?"
           from meeting_minutes left join content_withdrawal withdrawal on withdrawal.subject_id = id
           where meeting_id = any($1) order by meeting_id, revision desc"#,
        &meetings,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Minutes {
            id: row.id,
            meeting: row.meeting,
            revision: row.revision,
            text: row.text.map(|text| text.0),
            published_at: row.published_at,
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.withdrawn_at),
        })
        .collect())
}
