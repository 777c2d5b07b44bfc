//! The SQL of summaries.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{Change, publish::Publish};
use crate::kernel::{
    ids::{DialogueId, DocumentId, NoticeId, PersonId, SummaryId},
    text::LocalizedText,
};

/// One version of a round's summary.
#[derive(Clone, Debug)]
pub struct Summary {
    pub id: SummaryId,
    pub dialogue: DialogueId,
    /// 1, 2, 3, … within the round.
    pub version: i32,
    pub heard: LocalizedText,
    pub changes: Vec<Change>,
    /// The notice that its changes name things of.
    pub notice: NoticeId,
    /// Why the version before was revised; empty for the first.
    pub reason: LocalizedText,
    pub published_at: DateTime<Utc>,
    /// What is attached, in order.
    pub documents: Vec<DocumentId>,
}

/// A version about to be published.
#[derive(Debug)]
pub struct NewSummary<'a> {
    pub id: SummaryId,
    pub version: i32,
    pub command: &'a Publish,
    pub notice: NoticeId,
    pub published_by: PersonId,
    pub published_at: DateTime<Utc>,
}

/// How many versions the round's summary has.
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

/// Appends a version with what is attached; the procurement's row is locked and the version the next.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewSummary<'_>,
) -> Result<(), sqlx::Error> {
    let command = new.command;
    sqlx::query!(
        "insert into dialogue_summary (id, dialogue_id, version, heard, changes, notice_id, reason, published_by,
                                       published_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as SummaryId,
        command.dialogue as DialogueId,
        new.version,
        Json(&command.heard) as Json<&LocalizedText>,
        Json(&command.changes) as Json<&Vec<Change>>,
        new.notice as NoticeId,
        Json(&command.reason) as Json<&LocalizedText>,
        new.published_by as PersonId,
        new.published_at,
    )
    .execute(&mut *connection)
    .await?;
    let documents: Vec<Uuid> = command.documents.iter().map(|id| id.0).collect();
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

/// All versions of these rounds' summaries, each round's latest first.
pub async fn of_dialogues(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<Summary>, sqlx::Error> {
    let dialogues: Vec<Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: SummaryId", dialogue_id as "dialogue: DialogueId", version,
                  heard as "heard: Json<LocalizedText>", changes as "changes: Json<Vec<Change>>",
                  notice_id as "notice: NoticeId", reason as "reason: Json<LocalizedText>", published_at,
                  array(select document_id from summary_attachment where summary_id = s.id
                        order by position) as "documents!"
           from dialogue_summary s where dialogue_id = any($1) order by dialogue_id, version desc"#,
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
            heard: row.heard.0,
            changes: row.changes.0,
            notice: row.notice,
            reason: row.reason.0,
            published_at: row.published_at,
            documents: row.documents.into_iter().map(DocumentId).collect(),
        })
        .collect())
}
