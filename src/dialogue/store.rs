//! The SQL of dialogues. No reading function tells who asked.

pub mod answers;
pub mod attachments;
pub mod events;
pub mod moderation;
pub mod participants;
pub mod questions;
pub mod threads;
pub mod timeline;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use super::{
    extend::Extend,
    open::Open,
    rules::{Kind, Window},
};
use crate::kernel::{
    ids::{DialogueId, PersonId, ProcurementId},
    text::LocalizedText,
    zone::Zone,
};

/// A round of dialogue.
#[derive(Clone, Debug)]
pub struct Dialogue {
    pub id: DialogueId,
    pub procurement: ProcurementId,
    /// 1, 2, 3, … within the procurement.
    pub number: i32,
    pub kind: Kind,
    pub title: LocalizedText,
    pub description: LocalizedText,
    pub window: Window,
    /// What the buyer reads its deadlines in.
    pub time_zone: Zone,
    /// Are questions public once the buyer releases them?
    pub moderated: bool,
}

/// One extension of a window.
#[derive(Clone, Debug)]
pub struct Extension {
    pub dialogue: DialogueId,
    /// 1, 2, 3, … within the round.
    pub number: i32,
    /// What the window became.
    pub questions_until: DateTime<Utc>,
    pub answers_until: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub reason: LocalizedText,
    pub at: DateTime<Utc>,
}

struct Row {
    id: DialogueId,
    procurement_id: ProcurementId,
    number: i32,
    kind: Kind,
    title: Json<LocalizedText>,
    description: Json<LocalizedText>,
    opens_at: DateTime<Utc>,
    questions_until: DateTime<Utc>,
    answers_until: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    time_zone: Zone,
    moderated: bool,
}

impl From<Row> for Dialogue {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            procurement: row.procurement_id,
            number: row.number,
            kind: row.kind,
            title: row.title.0,
            description: row.description.0,
            window: Window {
                opens_at: row.opens_at,
                questions_until: row.questions_until,
                answers_until: row.answers_until,
                closes_at: row.closes_at,
            },
            time_zone: row.time_zone,
            moderated: row.moderated,
        }
    }
}

/// One round.
pub async fn by_id(
    connection: &mut PgConnection,
    id: DialogueId,
) -> Result<Option<Dialogue>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: DialogueId", procurement_id as "procurement_id: ProcurementId", number,
                  kind as "kind: Kind", title as "title: Json<LocalizedText>",
                  description as "description: Json<LocalizedText>", opens_at, questions_until,
                  coalesce(answers_until, closes_at) as "answers_until!", closes_at,
                  time_zone as "time_zone: Zone", moderated
           from dialogue where id = $1"#,
        id as DialogueId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Dialogue::from))
}

/// These rounds.
pub async fn by_ids(pool: &PgPool, ids: &[DialogueId]) -> Result<Vec<Dialogue>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: DialogueId", procurement_id as "procurement_id: ProcurementId", number,
                  kind as "kind: Kind", title as "title: Json<LocalizedText>",
                  description as "description: Json<LocalizedText>", opens_at, questions_until,
                  coalesce(answers_until, closes_at) as "answers_until!", closes_at,
                  time_zone as "time_zone: Zone", moderated
           from dialogue where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Dialogue::from).collect())
}

/// All rounds of these procurements, by procurement and number.
pub async fn of_procurements(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Dialogue>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: DialogueId", procurement_id as "procurement_id: ProcurementId", number,
                  kind as "kind: Kind", title as "title: Json<LocalizedText>",
                  description as "description: Json<LocalizedText>", opens_at, questions_until,
                  coalesce(answers_until, closes_at) as "answers_until!", closes_at,
                  time_zone as "time_zone: Zone", moderated
           from dialogue where procurement_id = any($1) order by procurement_id, number"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Dialogue::from).collect())
}

/// Inserts a round with the next number; the procurement's row is locked by the caller.
pub async fn insert(
    connection: &mut PgConnection,
    id: DialogueId,
    command: &Open,
    window: &Window,
    opened_by: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue (id, procurement_id, number, kind, title, description, opens_at,
                               questions_until, answers_until, closes_at, time_zone, moderated, opened_by)
         select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
         from dialogue where procurement_id = $2",
        id as DialogueId,
        command.procurement as ProcurementId,
        command.kind as Kind,
        Json(&command.title) as Json<&LocalizedText>,
        Json(&command.description) as Json<&LocalizedText>,
        window.opens_at,
        window.questions_until,
        window.answers_until,
        window.closes_at,
        command.time_zone.name(),
        command.moderated,
        opened_by as PersonId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a round a later window and notes it in the history; the procurement's row is locked by the caller.
pub async fn extend(
    connection: &mut PgConnection,
    command: &Extend,
    window: &Window,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with extended as (
             update dialogue set questions_until = $2, answers_until = $3, closes_at = $4 where id = $1
         )
         insert into dialogue_extension (dialogue_id, number, questions_until, answers_until, closes_at, reason,
                                         extended_by, at)
         select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7
         from dialogue_extension where dialogue_id = $1",
        command.dialogue as DialogueId,
        window.questions_until,
        window.answers_until,
        window.closes_at,
        Json(&command.reason) as Json<&LocalizedText>,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How these rounds were extended, by round, the first extension first.
pub async fn extensions(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<Extension>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select dialogue_id as "dialogue: DialogueId", number, questions_until, answers_until, closes_at,
                  reason as "reason: Json<LocalizedText>", at
           from dialogue_extension where dialogue_id = any($1) order by dialogue_id, number"#,
        &dialogues,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Extension {
            dialogue: row.dialogue,
            number: row.number,
            questions_until: row.questions_until,
            answers_until: row.answers_until,
            closes_at: row.closes_at,
            reason: row.reason.0,
            at: row.at,
        })
        .collect())
}
