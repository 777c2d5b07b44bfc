//! The SQL of summaries.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::SummaryChange;
use crate::{
    document::Withdrawal,
    kernel::{
        ids::{DialogueId, DocumentId, NoticeId, PersonId, SummaryId},
        text::LocalizedText,
    },
};

/// A version of a round's summary.
#[derive(Clone, Debug)]
pub struct Summary {
    pub id: SummaryId,
    pub dialogue: DialogueId,
    /// Version number, from 1.
    pub version: i32,
    /// What the buyer learnt; `None` once the version is withdrawn.
    pub heard: Option<LocalizedText>,
    /// Changes; empty once the version is withdrawn.
    pub changes: Vec<SummaryChange>,
    /// Notice that its changes link to.
    pub notice: NoticeId,
    /// Reason for revising the earlier version; empty in the first version, and once withdrawn.
    pub reason: LocalizedText,
    pub published_at: DateTime<Utc>,
    /// Attached documents, in order; empty once the version is withdrawn.
    pub documents: Vec<DocumentId>,
    /// Reason and time of the withdrawal of its content.
    pub withdrawal: Option<Withdrawal>,
}

/// A version about to be inserted.
#[derive(Debug)]
pub struct NewSummary<'a> {
    pub id: SummaryId,
    pub dialogue: DialogueId,
    pub version: i32,
    pub heard: &'a LocalizedText,
    pub changes: &'a [SummaryChange],
    pub documents: &'a [DocumentId],
    pub notice: NoticeId,
    pub reason: &'a LocalizedText,
    pub published_by: PersonId,
    pub published_at: DateTime<Utc>,
}

/// Returns the latest version number of the round's summary; 0 without a summary.
pub async fn latest_version(
    connection: &mut PgConnection,
    dialogue: DialogueId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(version), 0) as "version!" from dialogue_summary where dialogue_id = $1"#,
        dialogue as DialogueId,
    )
    .fetch_one(connection)
    .await
}

/// Inserts a version with its attachments. The caller holds the lock on the procurement's row and
/// passes the next version number.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewSummary<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue_summary (id, dialogue_id, version, heard, changes, notice_id, reason, published_by,
                                       published_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as SummaryId,
        new.dialogue as DialogueId,
        new.version,
        Json(new.heard) as Json<&LocalizedText>,
        Json(new.changes) as Json<&[SummaryChange]>,
        new.notice as NoticeId,
        Json(new.reason) as Json<&LocalizedText>,
        new.published_by as PersonId,
        new.published_at,
    )
    .execute(&mut *connection)
    .await?;
    let documents: Vec<Uuid> = new.documents.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into summary_attachment (summary_id, position, document_id)
         select $1, place, id from unnest($2::uuid[]) with ordinality as attached (id, place)",
        new.id as SummaryId,
        &documents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the round of each of these summaries, in no order.
pub async fn dialogues_of(
    pool: &PgPool,
    summaries: &[SummaryId],
) -> Result<Vec<(SummaryId, DialogueId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = summaries.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: SummaryId", dialogue_id as "dialogue: DialogueId" from dialogue_summary
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.dialogue)).collect())
}

/// Loads all versions of these rounds' summaries, ordered by round, the latest first.
pub async fn of_dialogues(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<Summary>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: SummaryId", dialogue_id as "dialogue: DialogueId", version,
                  case when withdrawal.at is null then heard end as "heard: Json<LocalizedText>",
                  case when withdrawal.at is null then changes else '[]' end as "changes!: Json<Vec<SummaryChange>>",
                  notice_id as "notice: NoticeId",
                  case when withdrawal.at is null then s.reason else '{}' end as "reason!: Json<LocalizedText>",
                  published_at,
                  array(select document_id from summary_attachment
                        where summary_id = s.id and withdrawal.at is null order by position) as "documents!",
                  withdrawal.reason as "withdrawal_reason?: Json<LocalizedText>", withdrawal.at as "withdrawn_at?"
           from dialogue_summary s left join content_withdrawal withdrawal on withdrawal.subject_id = s.id
           where dialogue_id = any($1) order by dialogue_id, version desc"#,
        &dialogues,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Summary {
            id: row.id,
            dialogue: row.dialogue,
            version: row.version,
            heard: row.heard.map(|heard| heard.0),
            changes: row.changes.0,
            notice: row.notice,
            reason: row.reason.0,
            published_at: row.published_at,
            documents: row.documents.into_iter().map(DocumentId).collect(),
            withdrawal: Withdrawal::of(row.withdrawal_reason, row.withdrawn_at),
        })
        .collect())
}
